//! The door: a face of the chat's kind over a node of friends.

use std::fs;

use link::{Door, Happening, Link};
use model::{
    Availability, Channel, Command, CommandId, Event, Place, Presence, Proof, Recipient, Refusal,
    Reply, Signal, TellOutcome, Text, UserName,
};
use node::friends::{Face, FriendsDoor};

use crate::friends_rig::{ANA, BEA, Machine, add, certificate, run};

/// Two friends at doors, signed in and here for each other.
async fn doors(ana: &mut Machine, bea: &mut Machine) -> (End, End) {
    let (mut a, mut b) = (ana.start().await, bea.start().await);
    let text = certificate(&mut b).await;
    add(&mut a, text).await;
    let text = certificate(&mut a).await;
    add(&mut b, text).await;
    let (mut a, mut b) = (End::new(a), End::new(b));
    a.sign_in("whoever").await;
    b.sign_in("bea").await;
    a.until(|happening| here(happening, "bea")).await;
    b.until(|happening| here(happening, "ana")).await;
    (a, b)
}

fn here(happening: &Happening, name: &str) -> Option<()> {
    match happening {
        Happening::Signal(Signal::Contact(contact)) if contact.name.as_str() == name => Some(()),
        _ => None,
    }
}

/// A face's end of a link.
struct End {
    link: Link,
    door: FriendsDoor,
    next: u64,
    kept: Vec<Happening>,
}

impl End {
    fn new(face: Face) -> Self {
        let door = FriendsDoor::new(face);
        let link = door.admit().unwrap();
        Self {
            link,
            door,
            next: 0,
            kept: Vec::new(),
        }
    }

    async fn sign_in(&mut self, name: &str) {
        let name = UserName::foreign(name).unwrap();
        let proof = Proof::None;
        let reply = self.ask(Command::SignIn { name, proof }).await;
        assert!(matches!(reply, Reply::Done), "{reply:?}");
    }

    async fn ask(&mut self, command: Command) -> Reply {
        let id = CommandId(self.next);
        self.next += 1;
        self.link.commands.send((id, command)).await.unwrap();
        loop {
            match self.link.happenings.recv().await.unwrap() {
                Happening::Reply(answered, reply) if answered == id => return reply,
                other => self.kept.push(other),
            }
        }
    }

    /// The first of what came and comes that `is_it` finds something in; what was before it is gone.
    async fn until<T>(&mut self, is_it: impl Fn(&Happening) -> Option<T>) -> T {
        let found = self.kept.iter().position(|kept| is_it(kept).is_some());
        if let Some(at) = found {
            let found = is_it(&self.kept[at]).unwrap();
            self.kept.drain(..=at);
            return found;
        }
        self.kept.clear();
        loop {
            let happening = self.link.happenings.recv().await.unwrap();
            if let Some(found) = is_it(&happening) {
                return found;
            }
        }
    }

    async fn hears(&mut self) -> (String, String) {
        self.until(|happening| match happening {
            Happening::Event(Event::Told(told)) => {
                Some((told.from.as_str().to_owned(), told.text.as_str().to_owned()))
            }
            _ => None,
        })
        .await
    }

    async fn tell(&mut self, to: &str, text: &str) -> Reply {
        let to = Recipient::Name(name(to));
        let text = Text::adapt(text).unwrap();
        self.ask(Command::Tell { to, text }).await
    }
}

fn name(name: &str) -> UserName {
    UserName::foreign(name).unwrap()
}

#[test]
fn friends_talk_through_their_doors() {
    // [RS-9] [RS-11]
    run(async {
        let (mut ana, mut bea) = (Machine::new(&ANA), Machine::new(&BEA));
        let (mut a, mut b) = doors(&mut ana, &mut bea).await;
        let reply = a.tell("bea", "hello").await;
        // Also where the first link gives way to a better one at this very moment.
        assert!(
            matches!(reply, Reply::Told(TellOutcome::Delivered)),
            "{reply:?}"
        );
        // It is safe, and that is told before the first words.
        let channel = b.until(|happening| match happening {
            Happening::Signal(Signal::Channel { with, channel }) => {
                Some((with.as_str().to_owned(), channel.clone()))
            }
            Happening::Event(_) => panic!("the words came first"),
            _ => None,
        });
        let (with, channel) = channel.await;
        assert_eq!(with, "ana");
        assert!(matches!(channel, Channel::Encrypted { known: true, .. }));
        assert_eq!(b.hears().await, ("ana".into(), "hello".into()));
        let with = name("bea");
        assert!(matches!(a.ask(Command::Part { with }).await, Reply::Done));

        let presence = Presence {
            availability: Availability::Busy,
            message: Some("in a meeting".into()),
        };
        a.ask(Command::Announce(presence)).await;
        b.until(|happening| match happening {
            Happening::Signal(Signal::Contact(contact)) => {
                (contact.presence.availability == Availability::Busy).then_some(())
            }
            _ => None,
        })
        .await;

        let history = Command::History {
            place: Place::Person(name("ana")),
            before: None,
            limit: 10,
        };
        let Reply::History(events) = b.ask(history).await else {
            panic!("no history");
        };
        assert_eq!(events.len(), 1, "{events:?}");
        let reply = a.tell("Nobody", "hello").await;
        assert!(
            matches!(reply, Reply::Refused(Refusal::NoSuchUser(_))),
            "{reply:?}"
        );
        // Neither has heard their own words.
        assert!(
            a.kept
                .iter()
                .all(|kept| !matches!(kept, Happening::Event(_)))
        );
        assert!(matches!(a.door.admit(), Err(Refusal::HubFull)));
    });
}

#[test]
fn that_what_waited_has_arrived_is_told() {
    // [RS-11]
    run(async {
        let (mut ana, mut bea) = (Machine::new(&ANA), Machine::new(&BEA));
        let (mut a, b) = doors(&mut ana, &mut bea).await;
        drop(b);
        a.until(|happening| match happening {
            Happening::Signal(Signal::Gone(who)) => (who.as_str() == "bea").then_some(()),
            _ => None,
        })
        .await;
        for text in ["one", "two"] {
            let reply = a.tell("bea", text).await;
            assert!(matches!(reply, Reply::Told(TellOutcome::Kept)), "{reply:?}");
        }
        let mut b = End::new(bea.start().await);
        b.sign_in("bea").await;
        let note = a.until(|happening| match happening {
            Happening::Signal(Signal::Note(note)) => Some(note.to_string()),
            _ => None,
        });
        assert_eq!(note.await, "2 messages that waited for bea have arrived");
        for text in ["one", "two"] {
            assert_eq!(b.hears().await, ("ana".into(), text.into()));
        }
    });
}

#[test]
fn a_file_is_given_and_taken_by_path() {
    // [RS-17] [RS-20]
    run(async {
        let (mut ana, mut bea) = (Machine::new(&ANA), Machine::new(&BEA));
        let (mut a, mut b) = doors(&mut ana, &mut bea).await;
        let path = ana.files().join("plan.txt");
        fs::write(&path, "the plan").unwrap();
        let to = name("bea");
        let reply = a.ask(Command::Give { to, path }).await;
        assert!(matches!(reply, Reply::Offered(_)), "{reply:?}");
        let offer = b.until(|happening| match happening {
            Happening::Signal(Signal::Offered(transfer)) => Some(transfer.clone()),
            _ => None,
        });
        let offer = offer.await;
        assert_eq!((offer.from.as_str(), offer.size), ("ana", 8));
        let reply = b.ask(Command::Take { id: offer.id }).await;
        assert!(matches!(reply, Reply::Done), "{reply:?}");
        let arrived = b.until(|happening| match happening {
            Happening::Signal(Signal::Arrived { path, .. }) => Some(path.clone()),
            Happening::Signal(Signal::Ended { .. }) => panic!("{happening:?}"),
            _ => None,
        });
        assert_eq!(fs::read_to_string(arrived.await).unwrap(), "the plan");
        let gone = b.ask(Command::Take { id: offer.id }).await;
        assert!(
            matches!(gone, Reply::Refused(Refusal::NoSuchTransfer)),
            "{gone:?}"
        );
    });
}
