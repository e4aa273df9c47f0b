//! `tincan fetch`: takes the files that are offered.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use indicatif::{BinaryBytes, MultiProgress, ProgressBar};
use link::Happening;
use model::{Claim, Command, Signal, Transfer, TransferId, UserName};

use super::download::Incoming;
use super::escape::visible;
use super::jsonl::Record;
use super::lists::needs;
use super::login::Login;
use super::network::Network;
use super::offer::progress_bar;
use super::session::Session;
use super::{Usage, address, friends, lan, target, visit_as};
use crate::args::FetchArgs;
use crate::print;

/// Files taken at once, at most, so that nobody has us open files without end.
const MAX_AT_ONCE: usize = 8;

/// Takes files until interrupted, or as many as were asked for.
///
/// # Errors
/// The connection ended. A file that fails is told and waited for again.
pub(crate) async fn run(args: &FetchArgs) -> anyhow::Result<()> {
    if address::on_friends(&args.connect.url).is_some() {
        return friends::fetch(args).await;
    }
    if let Some(what) = args.what.first() {
        return Err(Usage(format!(
            "{} can be named among friends only; here files are taken when they are offered",
            visible(what)
        ))
        .into());
    }
    let login = Login::new(&args.connect, &args.lan)?.patient();
    lan::needs_nobody(&login)?;
    needs(login.network, "file transfer", |f| f.files)?;
    let from = match (&args.from, login.network) {
        (None, _) => None,
        (Some(from), Network::Hub(_)) => Some(target::person(from)?),
        (Some(from), Network::Lan) => Some(lan::person(from)?),
        (Some(from), Network::Friends) => Some(friends::person(from)?),
    };
    std::fs::create_dir_all(&args.dir)
        .with_context(|| format!("cannot make the folder {}", args.dir.display()))?;
    visit_as(&login, async |session| {
        let mut fetch = Fetch {
            network: session.network,
            from,
            folder: &args.dir,
            max_size: args.max_size.unwrap_or(u64::MAX),
            json: args.json,
            left: if args.once { Some(1) } else { args.count },
            bars: MultiProgress::new(),
            coming: BTreeMap::new(),
        };
        fetch.run(session).await
    })
    .await
}

struct Fetch<'a> {
    network: Network,
    from: Option<UserName>,
    folder: &'a Path,
    max_size: u64,
    json: bool,
    /// Files still to come before we leave; `None`: we stay.
    left: Option<u32>,
    bars: MultiProgress,
    coming: BTreeMap<TransferId, (Incoming, ProgressBar)>,
}

impl Fetch<'_> {
    async fn run(&mut self, session: &mut Session) -> anyhow::Result<()> {
        while self.left != Some(0) {
            match session.next().await {
                Happening::Signal(Signal::Offered(transfer)) => {
                    self.offered(session, transfer).await?;
                }
                Happening::Signal(Signal::Segment { id, data, last }) => {
                    if let Some(reason) = self.segment(id, &data.into_bytes(), last)? {
                        session.start(Command::Cancel { id }).await?;
                        self.failed(id, &reason)?;
                    }
                }
                Happening::Signal(Signal::Ended { transfer, .. }) => {
                    self.failed(transfer.id, "the sender stopped it or is gone")?;
                }
                Happening::Signal(Signal::Named(name)) => self.named(&name)?,
                Happening::Signal(Signal::Channel { with, channel }) => {
                    self.bars.suspend(|| lan::warn(&with, &channel));
                }
                Happening::Ended(reason) => bail!("the connection ended: {}", visible(&reason)),
                Happening::Event(_) | Happening::Signal(_) | Happening::Reply(..) => {}
            }
        }
        Ok(())
    }

    /// Whoever is to send something has to know the name.
    fn named(&self, name: &UserName) -> anyhow::Result<()> {
        let name = name.as_str();
        if self.json {
            return self.print(Record::Named { name }.line());
        }
        let shown = visible(name);
        self.bars
            .suspend(|| print::note(format_args!("you are {shown} here")));
        Ok(())
    }

    async fn offered(&mut self, session: &mut Session, transfer: Transfer) -> anyhow::Result<()> {
        let opened = self.open(&transfer);
        let answer = Command::Answer {
            claim: claim(&transfer),
            accept: opened.is_ok(),
        };
        session.start(answer).await?;
        match opened {
            Ok(incoming) => {
                let bar = self.bars.add(progress_bar(&transfer));
                self.coming.insert(transfer.id, (incoming, bar));
            }
            Err(reason) => print::note(format_args!(
                "declined {} ({}) from {}: {reason}",
                visible(transfer.name.as_str()),
                BinaryBytes(transfer.size),
                visible(transfer.from.as_str()),
            )),
        }
        Ok(())
    }

    /// The part to be filled, or why the file is not wanted.
    fn open(&self, transfer: &Transfer) -> Result<Incoming, String> {
        if self
            .from
            .as_ref()
            .is_some_and(|from| !is_from(transfer, from, self.network))
        {
            return Err("it is from somebody else".into());
        }
        if transfer.size > self.max_size {
            return Err(format!("it is larger than {}", BinaryBytes(self.max_size)));
        }
        let taken = u32::try_from(self.coming.len()).unwrap_or(u32::MAX);
        if self.coming.len() >= MAX_AT_ONCE || self.left.is_some_and(|left| taken >= left) {
            return Err("enough files are on their way".into());
        }
        Incoming::create(self.folder, transfer.clone()).map_err(|e| e.to_string())
    }

    /// Takes bytes; gives the reason where that failed.
    fn segment(
        &mut self,
        id: TransferId,
        data: &[u8],
        last: bool,
    ) -> anyhow::Result<Option<String>> {
        let Some((incoming, bar)) = self.coming.get_mut(&id) else {
            return Ok(None);
        };
        if let Err(error) = incoming.write(data) {
            return Ok(Some(error.to_string()));
        }
        bar.set_position(incoming.written());
        if !last {
            return Ok(None);
        }
        let Some((incoming, bar)) = self.coming.remove(&id) else {
            return Ok(None);
        };
        bar.finish_and_clear();
        let transfer = incoming.transfer.clone();
        match incoming.finish() {
            Ok(path) => self.fetched(&transfer, &path)?,
            Err(error) => self.tell_failure(&transfer, &error)?,
        }
        Ok(None)
    }

    fn fetched(&mut self, transfer: &Transfer, path: &Path) -> anyhow::Result<()> {
        self.left = self.left.map(|left| left.saturating_sub(1));
        let path = path.display().to_string();
        if self.json {
            let record = Record::Fetched {
                transfer: transfer.id.get(),
                from: transfer.from.as_str(),
                name: transfer.name.as_str(),
                size: transfer.size,
                path: &path,
            };
            self.print(record.line())?;
        } else {
            self.print(path)?;
        }
        Ok(())
    }

    fn failed(&mut self, id: TransferId, reason: &str) -> anyhow::Result<()> {
        let Some((incoming, bar)) = self.coming.remove(&id) else {
            return Ok(());
        };
        bar.finish_and_clear();
        let transfer = incoming.transfer.clone();
        // The part is gone before anybody is told.
        drop(incoming);
        self.tell_failure(&transfer, &reason)
    }

    fn tell_failure(
        &self,
        transfer: &Transfer,
        reason: &dyn std::fmt::Display,
    ) -> anyhow::Result<()> {
        let reason = reason.to_string();
        if self.json {
            let record = Record::Failed {
                transfer: transfer.id.get(),
                from: transfer.from.as_str(),
                name: transfer.name.as_str(),
                reason: &reason,
            };
            self.print(record.line())?;
        }
        let name = visible(transfer.name.as_str());
        let from = visible(transfer.from.as_str());
        self.bars.suspend(|| {
            print::note(format_args!("{name} from {from} has not arrived: {reason}"));
        });
        Ok(())
    }

    /// Standard output may be the terminal on which the bars are drawn.
    fn print(&self, line: String) -> anyhow::Result<()> {
        self.bars
            .suspend(|| print::output(line))
            .map_err(Into::into)
    }
}

/// Whether somebody offers it, in whatever ASCII case where the network tells none apart.
fn is_from(transfer: &Transfer, from: &UserName, network: Network) -> bool {
    match network {
        Network::Hub(_) | Network::Friends => transfer.from == *from,
        Network::Lan => lan::is_same(&transfer.from, from),
    }
}

/// The claim that answers `transfer`.
pub(crate) fn claim(transfer: &Transfer) -> Claim {
    Claim {
        id: transfer.id,
        from: Some(transfer.from.clone()),
        to: Some(transfer.to.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::wires::Wire;
    use model::FileName;

    fn transfer(from: &str, size: u64) -> Transfer {
        Transfer {
            id: TransferId::new(1).unwrap(),
            from: UserName::parse(from).unwrap(),
            to: UserName::parse("bo").unwrap(),
            name: FileName::parse("a").unwrap(),
            size,
        }
    }

    #[test]
    fn only_what_was_asked_for_is_taken() {
        // [494-7]
        let folder = tempfile::tempdir().unwrap();
        let fetch = Fetch {
            network: Network::Hub(Wire::Cs494),
            from: UserName::parse("ana").ok(),
            folder: folder.path(),
            max_size: 10,
            json: false,
            left: Some(1),
            bars: MultiProgress::new(),
            coming: BTreeMap::new(),
        };
        assert!(fetch.open(&transfer("ana", 10)).is_ok());
        assert!(
            fetch
                .open(&transfer("carla", 10))
                .unwrap_err()
                .contains("somebody else")
        );
        assert!(
            fetch
                .open(&transfer("ana", 11))
                .unwrap_err()
                .contains("larger")
        );
    }
}
