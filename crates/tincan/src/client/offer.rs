//! `tincan offer`: sends a file to somebody who takes it.

use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::{BinaryBytes, ProgressBar, ProgressStyle};
use link::Happening;
use model::{Command, Recipient, Reply, Signal, Transfer, UserName};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::escape::visible;
use super::lists::needs;
use super::login::Login;
use super::network::Network;
use super::send::addressee;
use super::session::Session;
use super::target::Target;
use super::upload::{NEWS, News, Outgoing, Upload};
use super::{address, friends, lan, target, visit_as};
use crate::args::OfferArgs;
use crate::print;

/// How often the bar moves.
const STEP: Duration = Duration::from_millis(100);

/// Offers the file, waits, sends it.
///
/// # Errors
/// It was not taken, or did not arrive whole.
pub(crate) async fn run(args: &OfferArgs) -> anyhow::Result<()> {
    if address::on_friends(&args.connect.url).is_some() {
        return friends::offer(args).await;
    }
    let to = args.to.as_deref().map(target::person).transpose()?;
    let to = to.map(|name| Target::Person(Recipient::Name(name)));
    let login = Login::new(&args.connect, &args.lan)?;
    needs(login.network, "file transfer", |f| f.files)?;
    let Target::Person(Recipient::Name(to)) = addressee(to, &login)? else {
        bail!("files go to people, not to rooms")
    };
    let file = Outgoing::open(&args.file, login.network)?;
    visit_as(&login, async |session| {
        let to = match session.network {
            Network::Hub(_) | Network::Friends => to,
            Network::Lan => lan::find(session, &to).await?,
        };
        let shown = visible(to.as_str());
        print::note(format_args!(
            "offering {} ({}) to {shown}; waiting for an answer",
            visible(file.name.as_str()),
            BinaryBytes(file.size)
        ));
        let answer = offered(session, &to, &file);
        let transfer = match timeout(Duration::from_secs(args.timeout), answer).await {
            Ok(taken) => taken?,
            Err(_) => bail!(
                "{shown} did not answer within {} s; --timeout waits longer",
                args.timeout
            ),
        };
        send(session, file, transfer).await
    })
    .await
}

/// The transfer, once it is taken. The hub's number for it may come with the offer's reply or with
/// the answer, so it is known by what it is.
async fn offered(
    session: &mut Session,
    to: &UserName,
    file: &Outgoing,
) -> anyhow::Result<Transfer> {
    let offer = Command::Offer {
        to: to.clone(),
        name: file.name.clone(),
        size: file.size,
    };
    let shown = visible(to.as_str());
    let asked = session.start(offer).await?;
    let is_ours = |t: &Transfer| t.to == *to && t.name == file.name && t.size == file.size;
    loop {
        match session.next().await {
            Happening::Reply(id, Reply::Refused(refusal)) if id == asked => {
                let why = refusal.to_string();
                bail!("{shown} cannot be offered the file: {}", visible(&why))
            }
            Happening::Signal(Signal::Answered { transfer, accepted }) if is_ours(&transfer) => {
                if accepted {
                    return Ok(transfer);
                }
                bail!("{shown} declined the file")
            }
            Happening::Signal(Signal::Ended { transfer, .. }) if is_ours(&transfer) => {
                bail!("{shown} is gone")
            }
            Happening::Signal(Signal::Channel { with, channel }) => lan::warn(&with, &channel),
            Happening::Ended(reason) => bail!("the connection ended: {}", visible(&reason)),
            Happening::Event(_) | Happening::Signal(_) | Happening::Reply(..) => {}
        }
    }
}

async fn send(session: &mut Session, file: Outgoing, transfer: Transfer) -> anyhow::Result<()> {
    let bar = progress_bar(&transfer);
    let (news, mut told) = mpsc::channel(NEWS);
    let network = session.network;
    let upload = Upload::start(file.file, transfer.clone(), network, session.asker(), news)
        .context("cannot read the file")?;
    let mut ticks = interval(STEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            happening = session.next() => {
                if let Happening::Reply(id, reply) = &happening {
                    upload.answered(*id, reply);
                }
                watch(happening, &transfer)?;
            }
            Some(news) = told.recv() => match news {
                News::Sent(_) => break,
                News::Failed(_, reason) => bail!("not sent: {reason}"),
            },
            _ = ticks.tick() => bar.set_position(upload.sent()),
        }
    }
    bar.set_position(transfer.size);
    if let Network::Hub(_) = network {
        // The hub takes what we send in order: its answer to a question shows that it has all of
        // it. That takes as long as the receiver does.
        session
            .ask_patiently(Command::ListRooms)
            .await
            .context("not sent to its end")?;
    }
    while let Some(happening) = session.next_kept() {
        watch(happening, &transfer)?;
    }
    bar.finish_and_clear();
    print::note(format_args!(
        "sent {} ({}) to {}",
        visible(transfer.name.as_str()),
        BinaryBytes(transfer.size),
        visible(transfer.to.as_str())
    ));
    Ok(())
}

/// Whether the transfer goes on after this.
fn watch(happening: Happening, transfer: &Transfer) -> anyhow::Result<()> {
    match happening {
        Happening::Signal(Signal::Ended {
            transfer: ended, ..
        }) if ended.id == transfer.id => {
            let to = visible(transfer.to.as_str());
            bail!("{to} stopped the transfer or is gone")
        }
        Happening::Ended(reason) => bail!("the connection ended: {}", visible(&reason)),
        Happening::Event(_) | Happening::Signal(_) | Happening::Reply(..) => Ok(()),
    }
}

/// A bar on standard error, if that is a terminal.
pub(crate) fn progress_bar(transfer: &Transfer) -> ProgressBar {
    let style = "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";
    let bar = ProgressBar::new(transfer.size);
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar.with_message(visible(transfer.name.as_str()).into_owned())
}
