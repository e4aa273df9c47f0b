//! `tincan lan`: who is there, seen without being seen.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use link::{Happening, Link};
use model::{Contact, Signal, UserName};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use super::{settings, table};
use crate::args::{LanCommandArgs, LanPlaceArgs};
use crate::client::canvas::Canvas;
use crate::client::escape::visible;
use crate::client::jsonl::Record;
use crate::client::login::enter;
use crate::client::view::View;
use crate::client::{Interrupted, interrupted};
use crate::print;

/// How often the table is drawn again, at most.
const FRAME: Duration = Duration::from_millis(100);
/// For so long an empty table may just be early.
const EARLY: Duration = Duration::from_secs(5);

/// Who is there.
#[derive(Debug, Default)]
pub(super) struct Contacts(BTreeMap<UserName, Arc<Contact>>);

impl Contacts {
    /// Takes note; whether anything has changed.
    pub(super) fn take(&mut self, signal: &Signal) -> bool {
        match signal {
            Signal::Contact(contact) => {
                let before = self.0.insert(contact.name.clone(), Arc::clone(contact));
                before.as_ref() != Some(contact)
            }
            Signal::Gone(name) => self.0.remove(name).is_some(),
            Signal::Members { .. }
            | Signal::Rooms(_)
            | Signal::Offered(_)
            | Signal::Answered { .. }
            | Signal::Segment { .. }
            | Signal::Progress { .. }
            | Signal::Arrived { .. }
            | Signal::Note(_)
            | Signal::Ended { .. }
            | Signal::Closing
            | Signal::Named(_)
            | Signal::Typing { .. }
            | Signal::Channel { .. }
            | Signal::Doubtful(_) => false,
        }
    }

    /// Somebody.
    pub(super) fn get(&self, name: &UserName) -> Option<&Arc<Contact>> {
        let exact = self.0.get(name);
        exact.or_else(|| self.0.values().find(|c| super::is_same(&c.name, name)))
    }

    /// All, in the order of their names.
    pub(super) fn all(&self) -> impl Iterator<Item = &Contact> {
        self.0.values().map(|contact| &**contact)
    }
}

/// Shows who is there.
///
/// # Errors
/// There is no node, or standard output is closed; [`Interrupted`].
pub(super) async fn run(args: &LanCommandArgs) -> anyhow::Result<()> {
    if args.once || !(args.json || io::stdout().is_terminal()) {
        let wait = Duration::from_secs(args.wait);
        let contacts = until(&args.place, wait, |_| false).await?;
        return print_list(args, &contacts);
    }
    if args.json {
        print::while_read(stream(&args.place)).await
    } else {
        live(&args.place).await
    }
}

/// Looks for so long, or until it is `enough`.
///
/// # Errors
/// There is no node; [`Interrupted`].
pub(super) async fn until(
    place: &LanPlaceArgs,
    limit: Duration,
    enough: impl Fn(&Contacts) -> bool,
) -> anyhow::Result<Contacts> {
    let mut link = enter(&settings::onlooker(place)?).await?;
    let mut contacts = Contacts::default();
    let mut time = pin!(sleep(limit));
    let mut stop = pin!(interrupted());
    while !enough(&contacts) {
        tokio::select! {
            signal = next(&mut link) => { contacts.take(&signal?); }
            () = &mut time => break,
            () = &mut stop => return Err(Interrupted.into()),
        }
    }
    Ok(contacts)
}

/// The next signal.
async fn next(link: &mut Link) -> anyhow::Result<Signal> {
    loop {
        match link.happenings.recv().await {
            Some(Happening::Signal(signal)) => return Ok(signal),
            Some(Happening::Event(_) | Happening::Reply(..)) => {}
            Some(Happening::Ended(reason)) => bail!("the node ended: {}", visible(&reason)),
            None => bail!("the node ended"),
        }
    }
}

fn print_list(args: &LanCommandArgs, contacts: &Contacts) -> anyhow::Result<()> {
    if args.json {
        let folder = settings::folder(&args.place)?;
        for contact in contacts.0.values() {
            let signal = Signal::Contact(Arc::clone(contact));
            if let Some(record) = Record::of_signal(&signal, Some(&folder)) {
                print::output(record.line())?;
            }
        }
        return Ok(());
    }
    for line in table::lines(contacts.all(), &View::for_stdout(), None) {
        print::output(line)?;
    }
    if contacts.0.is_empty() {
        print::note(format_args!(
            "nobody was found within {} s; `tincan lan doctor` says what may be wrong",
            args.wait
        ));
    }
    Ok(())
}

async fn stream(place: &LanPlaceArgs) -> anyhow::Result<()> {
    let settings = settings::onlooker(place)?;
    let mut link = enter(&settings).await?;
    let mut stop = pin!(interrupted());
    loop {
        let signal = tokio::select! {
            signal = next(&mut link) => signal?,
            () = &mut stop => return Err(Interrupted.into()),
        };
        // Whoever only looks is told nothing else.
        if let Some(record) = Record::of_signal(&signal, Some(&settings.folder)) {
            print::output(record.line())?;
        }
    }
}

/// The table that follows what happens. It stays on the screen when it ends.
async fn live(place: &LanPlaceArgs) -> anyhow::Result<()> {
    let mut link = enter(&settings::onlooker(place)?).await?;
    let mut contacts = Contacts::default();
    let mut canvas = Canvas::default();
    let view = View::for_stdout();
    let early = Instant::now() + EARLY;
    let mut is_early = true;
    let mut frames = interval(FRAME);
    frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stop = pin!(interrupted());
    loop {
        tokio::select! {
            signal = next(&mut link) => { contacts.take(&signal?); }
            // Changes and the window's size are looked at together, not one by one.
            _ = frames.tick() => canvas.draw(|size| lines(&contacts, is_early, &view, size))?,
            () = sleep_until(early), if is_early => is_early = false,
            () = &mut stop => {
                canvas.draw(|size| lines(&contacts, is_early, &view, size))?;
                canvas.leave()?;
                return Err(Interrupted.into());
            }
        }
    }
}

/// The table, or why it is empty.
fn lines(contacts: &Contacts, is_early: bool, view: &View, size: (usize, usize)) -> Vec<String> {
    if !contacts.0.is_empty() {
        return table::lines(contacts.all(), view, Some(size));
    }
    let text = if is_early {
        "looking who is there …"
    } else {
        "nobody is here yet; `tincan lan doctor` says what may be wrong"
    };
    vec![view.dim(&table::cut(text, size.0))]
}
