//! The conversation among friends.

use std::path::PathBuf;

use model::{Channel, Contact, Presence};

use super::*;

fn person(raw: &str) -> UserName {
    UserName::foreign(raw).unwrap()
}

fn here(raw: &str) -> Signal {
    Signal::Contact(Arc::new(Contact {
        name: person(raw),
        shown: None,
        presence: Presence::default(),
        jid: None,
        email: None,
        picture: None,
    }))
}

fn told(from: &str, to: &str, text: &str) -> Happening {
    Happening::Event(Event::Told(Arc::new(Told {
        id: MessageId(5),
        at: Timestamp(1_700_000_000_000),
        from: person(from),
        to: person(to),
        text: Text::adapt(text).unwrap(),
    })))
}

fn rig() -> Rig {
    let mut rig = Rig::new(Network::Friends, true);
    rig.chat.begin_with(person("bea"));
    rig
}

#[test]
fn what_an_offline_friend_is_told_waits_and_that_is_said() {
    // [RS-11]
    let mut rig = rig();
    assert_eq!(rig.types("are you there?"), ["ask Tell"]);
    let kept = Reply::Told(TellOutcome::Kept);
    assert_eq!(
        rig.replies(kept),
        ["* bea is not online; this waits and goes out when you both are"]
    );
    assert!(!rig.chat.has_failed(), "it is no failure");
    rig.signals(here("bea"));
    rig.types("hello");
    assert!(rig.replies(Reply::Told(TellOutcome::Delivered)).is_empty());
    assert_eq!(rig.types("/msg cyd hi"), ["ask Tell"], "cyd is not here");
    let refused = Reply::Refused(Refusal::NoSuchUser("cyd".into()));
    assert!(rig.replies(refused)[0].contains("nobody called cyd is a friend of yours"));
}

#[test]
fn what_another_face_says_is_shown_and_rings_nobody() {
    // [RS-11]
    let mut rig = Rig::new(Network::Friends, true);
    rig.signals(here("bea"));
    let own = rig.happens(told("ana", "bea", "from the phone"));
    assert!(own.iter().all(|line| line != "ring"), "{own:?}");
    assert_eq!(rig.chat.prompt(), "ana> ", "nobody writes to themselves");
    let theirs = rig.happens(told("bea", "ana", "hi"));
    assert_eq!(theirs[0], "ring");
    assert_eq!(rig.chat.prompt(), "→ bea> ");
}

#[test]
fn history_is_asked_of_the_friend_in_the_prompt() {
    // [RS-11]
    let mut rig = rig();
    assert_eq!(rig.types("/history 5"), ["ask History"]);
    let mut nobody = Rig::new(Network::Friends, true);
    assert!(nobody.types("/history")[0].starts_with("! nobody is here yet"));
}

#[test]
fn files_are_given_and_taken_by_path_and_their_progress_is_kept() {
    // [RS-16] [RS-17]
    let mut rig = rig();
    assert_eq!(rig.types("/send bea a.txt"), ["give a.txt to bea"]);
    let offer = transfer("bea", "ana");
    let shown = rig.signals(Signal::Offered(offer.clone()));
    assert!(shown[1].contains("/accept 7"), "{shown:?}");
    assert!(rig.types("/accept 7 /elsewhere")[0].contains("incoming folder"));
    assert_eq!(rig.types("/accept 7"), ["ask Take"]);
    rig.replies(Reply::Done);
    assert!(rig.chat.is_moving());
    let progress = Signal::Progress {
        transfer: offer.clone(),
        done: 1024,
        speed: 512,
        left_s: Some(2),
    };
    assert_eq!(
        rig.signals(progress.clone()),
        ["progress 7 * 7 a.txt 50 %, 512 B/s, 2 s left"]
    );
    let arrived = Signal::Arrived {
        transfer: offer,
        path: PathBuf::from("/in/a.txt"),
    };
    assert_eq!(
        rig.signals(arrived),
        ["stop 7", "* a.txt is here: /in/a.txt"]
    );
    assert!(!rig.chat.is_moving());
    assert!(
        rig.signals(progress).is_empty(),
        "what nobody waits for is not told"
    );
}

#[test]
fn who_asks_and_what_else_there_is_to_know_is_shown_and_harmless() {
    // [RS-3] [RS-22]
    let mut rig = rig();
    let note = Signal::Note("b\u{1b}[2Jea asks to be your friend".into());
    assert_eq!(
        rig.signals(note),
        ["* b\\u{1b}[2Jea asks to be your friend"]
    );
}

#[test]
fn a_conversation_is_always_encrypted_and_says_so_once_at_the_beginning() {
    // [RS-4]
    let mut rig = rig();
    let channel = |known| Signal::Channel {
        with: person("bea"),
        channel: Channel::Encrypted {
            fingerprint: [0; 32],
            known,
        },
    };
    assert!(rig.signals(channel(true)).is_empty());
    assert_eq!(rig.signals(channel(false)).len(), 1);
}
