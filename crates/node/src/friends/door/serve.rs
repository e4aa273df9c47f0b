//! The thread between a link and a face.

use std::collections::{BTreeMap, BTreeSet};

use friends::api::{Availability, FileLink, Said, SendState, Wanted};
use friends::{Notice, Report, Request, RequestId};
use link::Happening;
use model::{
    Command, CommandId, Event, MessageId, Place, Recipient, Refusal, Reply, Signal, TellOutcome,
    TransferId, UserName,
};
use tokio::sync::mpsc;

use super::people::{self, People};
use super::transfers::Transfers;
use super::waiting::Waiting;
use crate::friends::Told;
use crate::friends::face::{Ended, Face};

/// Messages of ours that are remembered, so that their echoes are known, at most.
const MAX_OWN: usize = 1024;

struct Serve {
    face: Face,
    tell: mpsc::Sender<Happening>,
    /// Who we are, once signed in.
    me: Option<UserName>,
    people: People,
    transfers: Transfers,
    asked: BTreeMap<RequestId, Asked>,
    /// Messages that are on their way to somebody who is here.
    under_way: BTreeMap<String, BTreeSet<u64>>,
    /// Messages to those who are not.
    waiting: Waiting,
    /// What has left before its request was answered.
    early: BTreeSet<u64>,
    /// Ours, of other faces or of this one: which, the answers will show.
    echoes: Vec<Said>,
    /// What this face has said itself.
    own: BTreeSet<u64>,
    parting: Vec<(CommandId, UserName)>,
}

/// A request under way, and what its answer is for.
enum Asked {
    Tell(CommandId, UserName),
    History(CommandId),
    Give(CommandId, UserName),
    Take(CommandId, TransferId, UserName),
    Typing(CommandId, UserName),
    Announce(CommandId),
    /// Nobody waits for it.
    Nothing,
}

/// Serves until the link or the node is over.
pub(super) async fn run(
    face: Face,
    mut commands: mpsc::Receiver<(CommandId, Command)>,
    tell: mpsc::Sender<Happening>,
) {
    let mut serve = Serve {
        face,
        tell,
        me: None,
        people: People::default(),
        transfers: Transfers::default(),
        asked: BTreeMap::new(),
        under_way: BTreeMap::new(),
        waiting: Waiting::default(),
        early: BTreeSet::new(),
        echoes: Vec::new(),
        own: BTreeSet::new(),
        parting: Vec::new(),
    };
    loop {
        let served = tokio::select! {
            command = commands.recv() => match command {
                Some((id, command)) => serve.command(id, command).await,
                // The link was dropped.
                None => return,
            },
            told = serve.face.next() => serve.told(told).await,
        };
        match served {
            Ok(()) => {}
            Err(Over::Left) => return,
            Err(Over::Ended(Ended(reason))) => {
                let _ = serve.tell.send(Happening::Ended(reason)).await;
                return;
            }
        }
    }
}

/// Why serving is over.
enum Over {
    /// Nobody listens.
    Left,
    Ended(Ended),
}

impl From<Ended> for Over {
    fn from(ended: Ended) -> Self {
        Self::Ended(ended)
    }
}

impl Serve {
    async fn command(&mut self, id: CommandId, command: Command) -> Result<(), Over> {
        let Some(me) = self.me.clone() else {
            if let Command::SignIn { name, .. } = command {
                return self.sign_in(id, &name).await;
            }
            return self.refuse(id, Refusal::NotSignedIn).await;
        };
        match command {
            Command::Tell {
                to: Recipient::Name(to),
                text,
            } => {
                let who = to.as_str().to_owned();
                let text = text.as_str().to_owned();
                self.to(id, to, Request::Say { who, text }, Asked::Tell)
                    .await
            }
            Command::Give { to, path } => {
                let who = to.as_str().to_owned();
                self.to(id, to, Request::Offer { who, file: path }, Asked::Give)
                    .await
            }
            Command::Typing { to, is_typing } => {
                let who = to.as_str().to_owned();
                self.to(id, to, Request::Typing { who, is_typing }, Asked::Typing)
                    .await
            }
            Command::Query { user } => {
                let online = self.people.is_here(user.as_str());
                self.reply(id, Reply::Presence { user, online }).await
            }
            Command::ListContacts => {
                let here = self.people.here();
                self.reply(id, Reply::Contacts(here)).await
            }
            Command::History {
                place: Place::Person(with),
                before,
                limit,
            } => {
                let request = Request::History {
                    who: with.as_str().to_owned(),
                    before: before.map(|MessageId(before)| before),
                    limit,
                };
                self.ask(request, Asked::History(id));
                Ok(())
            }
            Command::Announce(presence) => {
                let request = Request::Announce {
                    availability: people::availability(&presence),
                    message: presence.message.as_deref().map(str::to_owned),
                };
                self.ask(request, Asked::Announce(id));
                Ok(())
            }
            Command::Take { id: transfer } => self.take(id, transfer, &me).await,
            Command::Cancel { id: transfer } => self.cancel(id, transfer).await,
            // Taken is by path only; declined is as good as forgotten.
            Command::Answer {
                claim,
                accept: false,
            } => self.cancel(id, claim.id).await,
            Command::Part { with } => {
                self.parting.push((id, with));
                self.part().await
            }
            Command::SignIn { .. } => self.refuse(id, Refusal::AlreadySignedIn).await,
            Command::SignOut { .. } => {
                self.me = None;
                self.reply(id, Reply::Done).await
            }
            Command::Tell {
                to: Recipient::Alias(_),
                ..
            }
            | Command::History {
                place: Place::Room(_),
                ..
            }
            | Command::Answer { accept: true, .. }
            | Command::Join { .. }
            | Command::Leave { .. }
            | Command::ListRooms
            | Command::ListMembers { .. }
            | Command::Post { .. }
            | Command::PostEverywhere { .. }
            | Command::Mail { .. }
            | Command::Offer { .. }
            | Command::Segment { .. }
            | Command::TakeMail { .. }
            | Command::DropMail { .. } => self.refuse(id, Refusal::NotPossible).await,
        }
    }

    /// Whatever name was wished for: we are who our profile says.
    async fn sign_in(&mut self, id: CommandId, wished: &UserName) -> Result<(), Over> {
        let Report::Me(me) = self.face.ask(Request::Me).await? else {
            return self.refuse(id, Refusal::StoreFailed).await;
        };
        let Ok(me) = UserName::foreign(&me.name) else {
            return self.refuse(id, Refusal::StoreFailed).await;
        };
        self.me = Some(me.clone());
        self.reply(id, Reply::Done).await?;
        if *wished != me {
            self.signal(Signal::Named(me)).await?;
        }
        // Watching comes first: who comes online between the two questions is told then.
        let unread = self.face.ask(Request::Watch).await?;
        if let Report::Friends(friends) = self.face.ask(Request::Friends).await? {
            for friend in friends {
                let update = self.people.update(&friend);
                self.signals(update).await?;
            }
        }
        self.unread(unread).await
    }

    /// What was said while nobody watched, with the files that were offered then. A long absence comes in
    /// several answers.
    async fn unread(&mut self, first: Report) -> Result<(), Over> {
        let mut answer = first;
        while let Report::Unread(unread) = answer
            && !unread.is_empty()
        {
            for said in unread {
                self.said(&said).await?;
                for link in said.links() {
                    self.offered(&said.who, link).await?;
                }
            }
            answer = self.face.ask(Request::Watch).await?;
        }
        Ok(())
    }

    /// Asks something about a friend.
    async fn to(
        &mut self,
        id: CommandId,
        to: UserName,
        request: Request,
        asked: impl FnOnce(CommandId, UserName) -> Asked,
    ) -> Result<(), Over> {
        if !self.people.has(&to) {
            let name = to.as_str().to_owned();
            return self.refuse(id, Refusal::NoSuchUser(name)).await;
        }
        if !matches!(request, Request::Typing { .. }) {
            let assurance = self.people.assure(&to);
            self.signals(assurance).await?;
        }
        self.ask(request, asked(id, to));
        Ok(())
    }

    async fn take(
        &mut self,
        id: CommandId,
        transfer: TransferId,
        me: &UserName,
    ) -> Result<(), Over> {
        let Some((from, link)) = self.transfers.take(transfer, me) else {
            return self.refuse(id, Refusal::NoSuchTransfer).await;
        };
        let request = Request::Fetch {
            what: Wanted::Link(link),
            from: Some(from.as_str().to_owned()),
            folder: None,
        };
        self.ask(request, Asked::Take(id, transfer, from));
        Ok(())
    }

    async fn cancel(&mut self, id: CommandId, transfer: TransferId) -> Result<(), Over> {
        match self.transfers.cancel(transfer) {
            None => self.refuse(id, Refusal::NoSuchTransfer).await,
            Some(hash) => {
                if let Some(hash) = hash {
                    self.ask(Request::CancelDownload { hash }, Asked::Nothing);
                }
                self.reply(id, Reply::Done).await
            }
        }
    }

    async fn told(&mut self, told: Told) -> Result<(), Over> {
        match told {
            Told::Report(id, report) => match self.asked.remove(&id) {
                Some(asked) => self.answer(asked, report).await,
                None => Ok(()),
            },
            Told::Notice(notice) => self.notice(notice).await,
            Told::Ended(reason) => Err(Over::Ended(Ended(reason))),
        }
    }

    async fn answer(&mut self, asked: Asked, report: Report) -> Result<(), Over> {
        match asked {
            Asked::Tell(id, to) => {
                let reply = match report {
                    Report::Queued { id, is_sent } => self.queued(id, &to, is_sent),
                    other => refused(&to, other),
                };
                self.reply(id, reply).await?;
                self.echo().await?;
                self.part().await
            }
            Asked::History(id) => {
                let Report::Said(said) = report else {
                    return self.refuse(id, Refusal::StoreFailed).await;
                };
                let events = said.iter().flat_map(|said| self.events(said)).collect();
                self.reply(id, Reply::History(events)).await
            }
            Asked::Give(id, to) => {
                let reply = match report {
                    Report::Offered(link) => self.given(to, link),
                    other => refused(&to, other),
                };
                self.reply(id, reply).await
            }
            Asked::Take(id, transfer, from) => {
                let Report::Download(download) = report else {
                    self.transfers.untake(transfer);
                    return self.reply(id, refused(&from, report)).await;
                };
                // The answer first: what follows may be that it is there already.
                self.reply(id, Reply::Done).await?;
                let signals = self.transfers.progress(&download);
                self.signals(signals).await
            }
            Asked::Typing(id, to) => {
                let reply = match report {
                    Report::Done => Reply::Done,
                    other => refused(&to, other),
                };
                self.reply(id, reply).await
            }
            Asked::Announce(id) => match report {
                Report::Refused(_) => self.refuse(id, Refusal::StoreFailed).await,
                _ => self.reply(id, Reply::Done).await,
            },
            Asked::Nothing => Ok(()),
        }
    }

    fn given(&mut self, to: UserName, link: FileLink) -> Reply {
        let me = self.me.clone().unwrap_or_else(|| to.clone());
        match self.transfers.add(me, to, link) {
            Some(transfer) => Reply::Offered(transfer),
            None => Reply::Refused(Refusal::TooManyTransfers),
        }
    }

    /// A message of ours is on disk.
    fn queued(&mut self, id: u64, to: &UserName, is_sent: bool) -> Reply {
        self.own.insert(id);
        while self.own.len() > MAX_OWN {
            self.own.pop_first();
        }
        if !self.early.remove(&id) {
            if is_sent {
                let under_way = self.under_way.entry(to.as_str().to_owned()).or_default();
                under_way.insert(id);
            } else {
                self.waiting.add(to.as_str(), id);
            }
        }
        Reply::Told(match is_sent {
            true => TellOutcome::Delivered,
            false => TellOutcome::Kept,
        })
    }

    async fn notice(&mut self, notice: Notice) -> Result<(), Over> {
        match notice {
            Notice::Said(said) if said.is_ours => {
                self.echoes.push(said);
                self.echo().await
            }
            Notice::Said(said) => self.said(&said).await,
            Notice::Outgoing { id, who, state } => match state {
                SendState::Queued => Ok(()),
                SendState::Sent => self.left(id, &who, true).await,
                SendState::Dropped => self.left(id, &who, false).await,
            },
            Notice::Friend(friend) => {
                let update = self.people.update(&friend);
                self.signals(update).await?;
                if friend.availability == Availability::Offline {
                    // What was on its way waits on disk again.
                    self.under_way.remove(&friend.name);
                    self.part().await?;
                }
                Ok(())
            }
            Notice::NoFriend(name) => {
                let update = self.people.remove(&name);
                self.under_way.remove(&name);
                self.waiting.forget(&name);
                self.signals(update).await?;
                self.part().await
            }
            Notice::Typing { who, is_typing } => match UserName::foreign(&who) {
                Ok(from) => self.signal(Signal::Typing { from, is_typing }).await,
                Err(_) => Ok(()),
            },
            Notice::Offered { who, link } => self.offered(&who, link).await,
            Notice::Download(download) => {
                let signals = self.transfers.progress(&download);
                self.signals(signals).await
            }
            Notice::Warning(sentence) | Notice::Approval { sentence, .. } => {
                self.signal(Signal::Note(sentence.into())).await
            }
            Notice::Mail(mail) => {
                let note = format!("a letter from {}: {}", mail.from, mail.subject);
                self.signal(Signal::Note(note.into())).await
            }
            // What is shared goes on without anybody watching.
            Notice::Hashing(_) => Ok(()),
        }
    }

    async fn offered(&mut self, who: &str, link: FileLink) -> Result<(), Over> {
        let (Ok(from), Some(me)) = (UserName::foreign(who), self.me.clone()) else {
            return Ok(());
        };
        let transfer = self.transfers.add(from, me, link);
        self.signals(transfer.map(Signal::Offered)).await
    }

    /// A message has left, or never will.
    async fn left(&mut self, id: u64, who: &str, has_arrived: bool) -> Result<(), Over> {
        let arrived = self.waiting.over(who, id, has_arrived);
        self.signals(arrived.map(|sentence| Signal::Note(sentence.into())))
            .await?;
        if self.is_telling() && self.early.len() < MAX_OWN {
            self.early.insert(id);
        }
        if let Some(under_way) = self.under_way.get_mut(who) {
            under_way.remove(&id);
            if under_way.is_empty() {
                self.under_way.remove(who);
            }
        }
        self.part().await
    }

    /// Tells what other faces have said in our name. Which those are shows when our own are answered.
    async fn echo(&mut self) -> Result<(), Over> {
        if self.is_telling() && self.echoes.len() < MAX_OWN {
            return Ok(());
        }
        self.early.clear();
        for said in std::mem::take(&mut self.echoes) {
            if !self.own.contains(&said.id) {
                self.said(&said).await?;
            }
        }
        Ok(())
    }

    fn is_telling(&self) -> bool {
        let mut asked = self.asked.values();
        asked.any(|asked| matches!(asked, Asked::Tell(..)))
    }

    /// Answers those who wanted to part and whose words are on their way, or safe.
    async fn part(&mut self) -> Result<(), Over> {
        for (id, with) in std::mem::take(&mut self.parting) {
            let mut asked = self.asked.values();
            let is_asked = asked.any(|asked| matches!(asked, Asked::Tell(_, to) if *to == with));
            if is_asked || self.under_way.contains_key(with.as_str()) {
                self.parting.push((id, with));
            } else {
                self.reply(id, Reply::Done).await?;
            }
        }
        Ok(())
    }

    async fn said(&mut self, said: &Said) -> Result<(), Over> {
        if let Ok(who) = UserName::foreign(&said.who) {
            let assurance = self.people.assure(&who);
            self.signals(assurance).await?;
        }
        for event in self.events(said) {
            self.happen(Happening::Event(event)).await?;
        }
        Ok(())
    }

    fn events(&self, said: &Said) -> Vec<Event> {
        match &self.me {
            Some(me) => people::told(said, me),
            None => Vec::new(),
        }
    }

    fn ask(&mut self, request: Request, asked: Asked) {
        let id = self.face.send(request);
        self.asked.insert(id, asked);
    }

    async fn refuse(&mut self, id: CommandId, refusal: Refusal) -> Result<(), Over> {
        self.reply(id, Reply::Refused(refusal)).await
    }

    async fn reply(&mut self, id: CommandId, reply: Reply) -> Result<(), Over> {
        self.happen(Happening::Reply(id, reply)).await
    }

    async fn signals(&mut self, signals: impl IntoIterator<Item = Signal>) -> Result<(), Over> {
        for signal in signals {
            self.signal(signal).await?;
        }
        Ok(())
    }

    async fn signal(&mut self, signal: Signal) -> Result<(), Over> {
        self.happen(Happening::Signal(signal)).await
    }

    async fn happen(&mut self, happening: Happening) -> Result<(), Over> {
        self.tell.send(happening).await.map_err(|_| Over::Left)
    }
}

/// Not what was hoped for.
fn refused(with: &UserName, report: Report) -> Reply {
    let why = match report {
        Report::Refused(sentence) => sentence,
        _ => "the node gives no proper answer".into(),
    };
    Reply::Refused(Refusal::Unreachable(with.clone(), why.into()))
}
