//! A signed-in link, and asking over it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use link::{Happening, Link};
use model::{Command, CommandId, Refusal, Reply, Signal, Text, UserName};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::network::Network;

/// How long a hub may take to answer before we say that it does not.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// How long a goodbye may take.
const GOODBYE_LIMIT: Duration = Duration::from_secs(3);
/// The same for a node of friends, which tells each of them.
const FRIENDS_GOODBYE_LIMIT: Duration = Duration::from_secs(7);
/// What may happen while an answer is awaited and is kept for later, at most. Beyond this nothing
/// is read until somebody looks at it.
const BACKLOG: usize = 16_384;

/// Why something asked was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    /// The hub said no.
    #[error("{0}")]
    Refused(Refusal),
    /// The connection is over.
    #[error("the connection ended: {0}")]
    Over(String),
    /// The hub took too long.
    #[error("the hub does not answer")]
    NoAnswer,
}

/// Somebody's session at a hub. Leave it by [`bye`](Self::bye).
pub(crate) struct Session {
    /// Where we are.
    pub(crate) network: Network,
    /// Who we are; the LAN may call us something else than we wished [LAN-4].
    pub(crate) me: UserName,
    link: Link,
    ids: Arc<AtomicU64>,
    /// Came while an answer was awaited.
    backlog: VecDeque<Happening>,
}

/// A way to ask from another thread.
#[derive(Clone)]
pub(crate) struct Asker {
    commands: mpsc::Sender<(CommandId, Command)>,
    ids: Arc<AtomicU64>,
}

impl Asker {
    /// The number of a question that is about to be asked.
    pub(crate) fn number(&self) -> CommandId {
        CommandId(self.ids.fetch_add(1, Ordering::Relaxed))
    }

    /// Asks under that number, waiting for room; the answer comes to the session. `false`: the link
    /// is over.
    pub(crate) fn ask_blocking(&self, id: CommandId, command: Command) -> bool {
        self.commands.blocking_send((id, command)).is_ok()
    }
}

impl Session {
    /// A session of `me` over a fresh link.
    pub(crate) fn new(network: Network, me: UserName, link: Link) -> Self {
        Self {
            network,
            me,
            link,
            ids: Arc::default(),
            backlog: VecDeque::new(),
        }
    }

    /// A way to ask from another thread.
    pub(crate) fn asker(&self) -> Asker {
        Asker {
            commands: self.link.commands.clone(),
            ids: Arc::clone(&self.ids),
        }
    }

    /// Asks and waits for the answer, which is none of [`Reply::Refused`].
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn ask(&mut self, command: Command) -> Result<Reply, Trouble> {
        self.ask_within(command, ANSWER_LIMIT).await
    }

    /// [`ask`](Self::ask) with a limit of one's own.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn ask_within(
        &mut self,
        command: Command,
        limit: Duration,
    ) -> Result<Reply, Trouble> {
        timeout(limit, self.ask_patiently(command))
            .await
            .unwrap_or(Err(Trouble::NoAnswer))
    }

    /// [`ask`](Self::ask) without a limit, for what takes as long as it takes.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn ask_patiently(&mut self, command: Command) -> Result<Reply, Trouble> {
        let asked = self.start(command).await?;
        loop {
            match self.link.happenings.recv().await {
                Some(Happening::Reply(id, reply)) if id == asked => {
                    return self.judge(reply).await;
                }
                Some(Happening::Ended(reason)) => return Err(self.over(reason)),
                Some(other) if self.backlog.len() < BACKLOG => self.backlog.push_back(other),
                Some(_) => return Err(Trouble::NoAnswer),
                None => return Err(self.over("for no known reason".into())),
            }
        }
    }

    /// Asks; the answer comes by [`next`](Self::next).
    ///
    /// # Errors
    /// [`Trouble::Over`].
    pub(crate) async fn start(&mut self, command: Command) -> Result<CommandId, Trouble> {
        let id = CommandId(self.ids.fetch_add(1, Ordering::Relaxed));
        let is_over = loop {
            tokio::select! {
                biased;
                room = self.link.commands.reserve() => {
                    let Ok(room) = room else { break true };
                    room.send((id, command));
                    break false;
                }
                // Whoever only speaks and never listens would wait for ever.
                Some(happening) = self.link.happenings.recv(), if self.backlog.len() < BACKLOG => {
                    self.backlog.push_back(happening);
                }
            }
        };
        if is_over {
            Err(self.ending().await)
        } else {
            Ok(id)
        }
    }

    /// The next thing that happens. After [`Happening::Ended`] it is that again.
    pub(crate) async fn next(&mut self) -> Happening {
        let gone = || Happening::Ended("for no known reason".into());
        let happening = match self.backlog.pop_front() {
            Some(happening) => happening,
            None => self.link.happenings.recv().await.unwrap_or_else(gone),
        };
        if let Happening::Signal(Signal::Named(name)) = &happening {
            self.me = name.clone();
        }
        happening
    }

    /// What the LAN has called us while an answer was awaited, if that is not what we wished [LAN-4].
    pub(crate) fn other_name(&self) -> Option<&UserName> {
        fn named(happening: &Happening) -> Option<&UserName> {
            match happening {
                Happening::Signal(Signal::Named(name)) => Some(name),
                Happening::Event(_)
                | Happening::Signal(_)
                | Happening::Reply(..)
                | Happening::Ended(_) => None,
            }
        }
        let name = self.backlog.iter().rev().find_map(named);
        name.filter(|name| **name != self.me)
    }

    /// What was kept while an answer was awaited, oldest first; waits for nothing.
    pub(crate) fn next_kept(&mut self) -> Option<Happening> {
        self.backlog.pop_front()
    }

    /// Says goodbye and waits, not long, for it to be sent.
    pub(crate) async fn bye(self) {
        self.bye_with(None).await;
    }

    /// [`bye`](Self::bye), with last words for the rooms.
    pub(crate) async fn bye_with(mut self, farewell: Option<Text>) {
        let limit = match self.network {
            Network::Hub(_) | Network::Lan => GOODBYE_LIMIT,
            Network::Friends => FRIENDS_GOODBYE_LIMIT,
        };
        let leave = async {
            let Ok(asked) = self.start(Command::SignOut { farewell }).await else {
                return;
            };
            match self.network {
                Network::Hub(_) => drop(self.ending().await),
                Network::Lan | Network::Friends => self.fade(asked).await,
            }
        };
        // It ends either way; the hub notices by itself.
        let _ = timeout(limit, leave).await;
    }

    /// Waits until a node has gone: it takes leave when nobody asks any more.
    async fn fade(self, asked: CommandId) {
        let is_last = |happening: &Happening| match happening {
            Happening::Reply(id, _) => *id == asked,
            Happening::Ended(_) => true,
            Happening::Event(_) | Happening::Signal(_) => false,
        };
        let Link {
            commands,
            mut happenings,
            ..
        } = self.link;
        while let Some(happening) = happenings.recv().await {
            if is_last(&happening) {
                break;
            }
        }
        drop(commands);
        while happenings.recv().await.is_some() {}
    }

    /// A refusal is trouble; one that comes because the connection ended is another trouble.
    async fn judge(&mut self, reply: Reply) -> Result<Reply, Trouble> {
        match reply {
            Reply::Refused(Refusal::NotPossible) if self.link.commands.is_closed() => {
                Err(self.ending().await)
            }
            Reply::Refused(refusal) => Err(Trouble::Refused(refusal)),
            done => Ok(done),
        }
    }

    /// Waits for the end, which is near, and keeps what comes before it.
    async fn ending(&mut self) -> Trouble {
        loop {
            match self.link.happenings.recv().await {
                Some(Happening::Ended(reason)) => return self.over(reason),
                Some(other) if self.backlog.len() < BACKLOG => self.backlog.push_back(other),
                Some(_) => {}
                None => return self.over("for no known reason".into()),
            }
        }
    }

    /// Notes the end for [`next`](Self::next).
    fn over(&mut self, reason: String) -> Trouble {
        self.backlog.push_back(Happening::Ended(reason.clone()));
        Trouble::Over(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::wires::Wire;

    type Middle = (
        mpsc::Receiver<(CommandId, Command)>,
        mpsc::Sender<Happening>,
    );

    fn pair() -> (Session, Middle) {
        let (commands, asked) = mpsc::channel(1);
        let (told, happenings) = mpsc::channel(8);
        let link = Link {
            commands,
            happenings,
            features: Network::from(Wire::Cs494).features(),
        };
        (
            Session::new(Wire::Cs494.into(), UserName::parse("ana").unwrap(), link),
            (asked, told),
        )
    }

    fn run<T>(test: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(test)
    }

    #[test]
    fn what_happens_while_an_answer_is_awaited_is_kept_in_order() {
        run(async {
            let (mut session, (mut asked, told)) = pair();
            let hub = async {
                let (id, _) = asked.recv().await.unwrap();
                for happening in [
                    Happening::Signal(Signal::Closing),
                    Happening::Reply(CommandId(99), Reply::Done),
                    Happening::Reply(id, Reply::Rooms(Arc::new([]))),
                ] {
                    told.send(happening).await.unwrap();
                }
            };
            let (reply, ()) = tokio::join!(session.ask(Command::ListRooms), hub);
            assert!(matches!(reply, Ok(Reply::Rooms(_))));
            assert!(matches!(session.next().await, Happening::Signal(_)));
            assert!(matches!(
                session.next().await,
                Happening::Reply(CommandId(99), _)
            ));
        });
    }

    #[test]
    fn another_name_than_the_wished_one_is_known_after_the_first_answer() {
        // [LAN-4] [LAN-50]
        for (called, other) in [("ana", None), ("ana1", UserName::parse("ana1").ok())] {
            run(async {
                let (mut session, (mut asked, told)) = pair();
                let lan = async {
                    let (id, _) = asked.recv().await.unwrap();
                    let named = Signal::Named(UserName::parse(called).unwrap());
                    told.send(Happening::Signal(named)).await.unwrap();
                    let done = Happening::Reply(id, Reply::Done);
                    told.send(done).await.unwrap();
                };
                let (reply, ()) = tokio::join!(session.ask(Command::ListRooms), lan);
                assert!(reply.is_ok());
                assert_eq!(session.other_name(), other.as_ref());
                session.next().await;
                assert_eq!(session.me.as_str(), called);
            });
        }
    }

    #[test]
    fn a_refusal_that_comes_of_the_end_tells_the_end() {
        run(async {
            let (mut session, (mut asked, told)) = pair();
            let hub = async {
                let (id, _) = asked.recv().await.unwrap();
                asked.close();
                let refused = Reply::Refused(Refusal::NotPossible);
                told.send(Happening::Reply(id, refused)).await.unwrap();
                told.send(Happening::Ended("unplugged".into()))
                    .await
                    .unwrap();
            };
            let (reply, ()) = tokio::join!(session.ask(Command::ListRooms), hub);
            assert_eq!(reply.unwrap_err(), Trouble::Over("unplugged".into()));
            assert!(matches!(session.next().await, Happening::Ended(why) if why == "unplugged"));
        });
    }

    #[test]
    fn a_refusal_of_the_hub_is_told_as_such() {
        run(async {
            let (mut session, (mut asked, told)) = pair();
            let hub = async {
                let (id, _) = asked.recv().await.unwrap();
                let refused = Reply::Refused(Refusal::NotPossible);
                told.send(Happening::Reply(id, refused)).await.unwrap();
            };
            let (reply, ()) = tokio::join!(session.ask(Command::ListRooms), hub);
            assert_eq!(reply.unwrap_err(), Trouble::Refused(Refusal::NotPossible));
        });
    }

    #[test]
    fn a_full_command_queue_and_full_happenings_do_not_wait_for_each_other() {
        run(async {
            let (mut session, (mut asked, told)) = pair();
            session.start(Command::ListRooms).await.unwrap();
            for _ in 0..8 {
                told.try_send(Happening::Signal(Signal::Closing)).unwrap();
            }
            let hub = async {
                // The hub hands over one thing more before it takes the next command.
                told.send(Happening::Signal(Signal::Closing)).await.unwrap();
                asked.recv().await.unwrap();
            };
            let (started, ()) = tokio::join!(session.start(Command::ListRooms), hub);
            assert!(started.is_ok());
        });
    }
}
