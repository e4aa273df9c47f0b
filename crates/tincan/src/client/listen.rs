//! `tincan listen`: what happens, line by line, until interrupted.
//!
//! The JSON lines are described in [`super::jsonl`].

use std::path::{Path, PathBuf};

use anyhow::bail;
use link::Happening;
use model::{Command, Event, RoomName, Told};
use tokio::time::{Instant, interval_at};

use super::escape::visible;
use super::jsonl::Record;
use super::login::Login;
use super::send::no_rooms;
use super::session::Session;
use super::view::{View, mentions};
use super::{address, friends, lan, mail, target, visit_as};
use crate::args::ListenArgs;
use crate::print::{self, OutputError};

/// Prints what happens.
///
/// # Errors
/// The connection ended, or standard output did.
pub(crate) async fn run(args: &ListenArgs) -> anyhow::Result<()> {
    if address::on_friends(&args.connect.url).is_some() {
        return friends::listen(args).await;
    }
    let rooms = args.rooms.iter().map(|raw| target::room(raw));
    let rooms = rooms.collect::<Result<Vec<_>, _>>()?;
    let login = Login::new(&args.connect, &args.lan)?.patient();
    lan::needs_nobody(&login)?;
    let network = login.network;
    if !rooms.is_empty() && !network.features().rooms {
        return Err(no_rooms(network).into());
    }
    let printer = Printer {
        json: args.json,
        view: View::for_stdout(),
        me: login.me.to_string(),
        pictures: login.folder().map(Path::to_owned),
    };
    visit_as(&login, async |session| {
        print::while_read(async {
            if network.features().mailbox {
                poll_mail(session, &printer).await
            } else {
                listen(session, rooms, &printer).await
            }
        })
        .await
    })
    .await
}

async fn listen(
    session: &mut Session,
    rooms: Vec<RoomName>,
    printer: &Printer,
) -> anyhow::Result<()> {
    if !rooms.is_empty() {
        session.ask(Command::Join { rooms }).await?;
    }
    loop {
        match session.next().await {
            Happening::Event(event) => printer.event(&event)?,
            Happening::Signal(signal) if printer.json => {
                let pictures = printer.pictures.as_deref();
                if let Some(record) = Record::of_signal(&signal, pictures) {
                    print::output(record.line())?;
                }
            }
            Happening::Signal(signal) => {
                if let Some(line) = printer.view.signal(&signal) {
                    print::output(line)?;
                }
            }
            // Nothing was asked whose answer matters here.
            Happening::Reply(..) => {}
            Happening::Ended(reason) => return printer.over(&reason),
        }
    }
}

async fn poll_mail(session: &mut Session, printer: &Printer) -> anyhow::Result<()> {
    let mut ticks = interval_at(Instant::now(), mail::EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                let show = |letter: &Told| Ok(printer.event(&Event::Told(letter.clone().into()))?);
                mail::take_all(session, show).await?;
            }
            happening = session.next() => if let Happening::Ended(reason) = happening {
                return printer.over(&reason);
            },
        }
    }
}

/// How events are printed.
struct Printer {
    json: bool,
    view: View,
    me: String,
    /// Where the LAN's pictures are.
    pictures: Option<PathBuf>,
}

impl Printer {
    fn event(&self, event: &Event) -> Result<(), OutputError> {
        if self.json {
            return print::output(Record::from(event).line());
        }
        let mention = match event {
            Event::Said(said) => {
                said.from.as_str() != self.me && mentions(said.text.as_str(), &self.me)
            }
            Event::Told(_) => false,
        };
        print::output(self.view.event(event, mention))
    }

    fn over(&self, reason: &str) -> anyhow::Result<()> {
        if self.json {
            print::output(Record::Over { reason }.line())?;
        }
        bail!("the connection ended: {}", visible(reason))
    }
}
