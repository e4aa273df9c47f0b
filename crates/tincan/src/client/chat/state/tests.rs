use std::sync::Arc;

use model::{FileName, MessageId, Refusal, Reply, Said, Signal, TellOutcome, Timestamp, Told};

use super::*;
use crate::client::wires::Wire;

fn user(raw: &str) -> UserName {
    UserName::parse(raw).unwrap()
}

fn room(raw: &str) -> RoomName {
    RoomName::parse(raw).unwrap()
}

fn said(from: &str, place: &str, text: &str) -> Happening {
    Happening::Event(Event::Said(Arc::new(Said {
        id: MessageId(1),
        at: Timestamp(1_700_000_000_000),
        from: user(from),
        room: room(place),
        text: Text::adapt(text).unwrap(),
        manner: SaidAs::Post,
    })))
}

fn letter(from: &str, text: &str) -> Arc<Told> {
    Arc::new(Told {
        id: MessageId(5),
        at: Timestamp(1_700_000_000_000),
        from: user(from),
        to: user("ana"),
        text: Text::adapt(text).unwrap(),
    })
}

fn transfer(from: &str, to: &str) -> Transfer {
    Transfer {
        id: TransferId::new(7).unwrap(),
        from: user(from),
        to: user(to),
        name: FileName::parse("a.txt").unwrap(),
        size: 2048,
    }
}

/// A conversation whose questions get numbers.
struct Rig {
    chat: Chat,
    ids: u64,
}

impl Rig {
    fn new(network: impl Into<Network>, interactive: bool) -> Self {
        Self {
            chat: Chat::new(user("ana"), network.into(), View::plain(), interactive),
            ids: 0,
        }
    }

    /// Ana in #tea, looking on.
    fn in_tea() -> Self {
        let mut rig = Self::new(Wire::Cs494, true);
        rig.types("/join tea");
        rig.replies(Reply::Joined(vec![(room("tea"), false)]));
        rig
    }

    /// What was done, shown lines bare, the rest in words; questions are noted as asked.
    fn done(&mut self, todo: Vec<Do>) -> Vec<String> {
        let told = |next| match next {
            Do::Ask(command, purpose) => {
                self.ids += 1;
                self.chat.asked(CommandId(self.ids), purpose);
                let debug = format!("{command:?}");
                let word = debug.split([' ', '{', '(']).next().unwrap_or_default();
                format!("ask {word}")
            }
            Do::Show(line) => line,
            Do::Ring => "ring".into(),
            Do::Offer(to, path) => format!("open {} for {to}", path.display()),
            Do::Give(to, path) => format!("give {} to {to}", path.display()),
            Do::Progress(id, line) => format!("progress {} {line}", id.get()),
            Do::Accept(transfer, folder) => format!("accept {} in {folder:?}", transfer.id.get()),
            Do::Upload(transfer) => format!("upload {}", transfer.id.get()),
            Do::Withdraw(transfer) => format!("withdraw {}", transfer.name),
            Do::Data(id, data, last) => format!("data {} {} {last}", id.get(), data.len()),
            Do::Stop(id) => format!("stop {}", id.get()),
            Do::ListFiles => "list files".into(),
            Do::Quit(words) => format!("quit {:?}", words.map(|w| w.to_string())),
        };
        todo.into_iter().map(told).collect()
    }

    fn types(&mut self, line: &str) -> Vec<String> {
        let todo = self.chat.line(line);
        self.done(todo)
    }

    fn happens(&mut self, happening: Happening) -> Vec<String> {
        let todo = self.chat.happen(happening);
        self.done(todo)
    }

    /// The last question is answered.
    fn replies(&mut self, reply: Reply) -> Vec<String> {
        self.happens(Happening::Reply(CommandId(self.ids), reply))
    }

    fn signals(&mut self, signal: Signal) -> Vec<String> {
        self.happens(Happening::Signal(signal))
    }
}

mod friends;
mod lan;

#[test]
fn a_text_goes_to_the_current_room() {
    let mut rig = Rig::new(Wire::Cs494, true);
    assert!(rig.types("hello")[0].contains("/join ROOM"));
    assert_eq!(rig.types("/join tea"), ["ask Join"]);
    assert!(!rig.chat.is_idle());
    rig.replies(Reply::Joined(vec![(room("tea"), false)]));
    assert!(rig.chat.is_idle());
    assert_eq!(rig.chat.prompt(), "#tea> ");
    assert_eq!(rig.types("hello"), ["ask Post"]);
    assert!(rig.replies(Reply::Done).is_empty());
    let refused = Reply::Refused(Refusal::NotMember(room("tea")));
    rig.types("hello again");
    assert_eq!(
        rig.replies(refused),
        ["! not said in #tea: you are not in the room tea"]
    );
}

#[test]
fn rooms_that_are_not_looked_at_are_noted_and_shown_later() {
    let mut rig = Rig::in_tea();
    rig.types("/join garden");
    rig.replies(Reply::Joined(vec![(room("garden"), false)]));
    assert_eq!(
        rig.happens(said("bo", "tea", "one")),
        ["* new in #tea; /join tea shows it"]
    );
    assert!(rig.happens(said("bo", "tea", "two")).is_empty());
    assert_eq!(rig.chat.prompt(), "#garden (2 in #tea)> ");
    assert_eq!(
        rig.types("/join tea"),
        ["22:13 #tea bo: one", "22:13 #tea bo: two"]
    );
    assert_eq!(rig.chat.prompt(), "#tea> ");
    assert_eq!(
        rig.happens(said("bo", "garden", "ana?")),
        ["ring", "22:13 #garden bo: ana?"]
    );
}

#[test]
fn what_is_kept_of_a_room_is_bounded() {
    let mut rig = Rig::in_tea();
    for number in 0..MAX_KEPT + 5 {
        rig.happens(said("bo", "garden", &number.to_string()));
    }
    let shown = rig.types("/join garden");
    assert_eq!(shown.len(), MAX_KEPT + 1);
    assert_eq!(shown[0], "* 5 earlier messages are not kept here");
    assert_eq!(shown[1], "22:13 #garden bo: 5");
}

#[test]
fn own_words_are_not_repeated_to_who_typed_them_but_to_scripts() {
    assert!(Rig::in_tea().happens(said("ana", "tea", "hi")).is_empty());
    let mut script = Rig::new(Wire::Cs494, false);
    assert_eq!(
        script.happens(said("ana", "tea", "hi")),
        ["22:13 #tea ana: hi"]
    );
    assert_eq!(
        script.happens(said("bo", "garden", "hi")),
        ["22:13 #garden bo: hi"]
    );
}

#[test]
fn who_comes_and_goes_is_told_in_the_current_room() {
    let mut rig = Rig::in_tea();
    let members = |place: &str, names: &[&str]| Signal::Members {
        room: room(place),
        names: names.iter().map(|name| user(name)).collect(),
    };
    assert_eq!(
        rig.signals(members("tea", &["ana", "bo"])),
        ["* in #tea: ana, bo"]
    );
    let change = rig.signals(members("tea", &["ana", "carla"]));
    assert_eq!(change, ["* carla came into #tea", "* bo left #tea"]);
    assert!(rig.signals(members("tea", &["ana", "carla"])).is_empty());
    assert!(rig.chat.names().users.contains("carla"));
    assert!(!rig.chat.names().users.contains("ana"));
}

#[test]
fn private_messages_tell_what_became_of_them() {
    let mut rig = Rig::in_tea();
    assert_eq!(rig.types("/msg bo hi"), ["ask Tell"]);
    assert_eq!(
        rig.replies(Reply::Told(TellOutcome::Delivered)),
        ["* delivered to bo"]
    );
    rig.types("/msg bo hi");
    assert_eq!(
        rig.replies(Reply::Told(TellOutcome::Kept)),
        ["* kept in bo's mailbox"]
    );
    rig.types("/msg bo hi");
    let away = rig.replies(Reply::Refused(Refusal::NoSuchUser("bo".into())));
    assert!(
        away[0].starts_with("! not delivered: bo is not here"),
        "{away:?}"
    );
    assert!(rig.chat.has_failed());
    let told = rig.happens(Happening::Event(Event::Told(letter("bo", "psst"))));
    assert_eq!(told, ["ring", "22:13 bo → ana: psst"]);
}

#[test]
fn letters_are_taken_one_by_one_and_dropped_only_when_shown() {
    // [CP-10]
    let mut rig = Rig::new(Wire::Cp, true);
    let first = rig.chat.back(&[]);
    assert_eq!(rig.done(first), ["ask TakeMail"]);
    let shown = rig.replies(Reply::Mail(Some(letter("bo", "one"))));
    assert_eq!(shown, ["ring", "22:13 bo → ana: one", "ask DropMail"]);
    assert!(rig.chat.mail_time().is_empty(), "one fetch at a time");
    assert_eq!(rig.replies(Reply::Done), ["ask TakeMail"]);
    assert!(rig.replies(Reply::Mail(None)).is_empty());
    assert_eq!(rig.types("/mail"), ["ask TakeMail"]);
    assert_eq!(rig.replies(Reply::Mail(None)), ["* no new mail"]);
    assert_eq!(rig.types("/msg bo hi"), ["ask Mail"]);
    assert!(rig.types("hello")[0].contains("/msg USER TEXT"));
    assert!(rig.types("/join tea")[0].contains("cs494:// or cs594://"));
}

#[test]
fn what_a_wire_cannot_do_is_told_with_one_that_can() {
    let mut rig = Rig::in_tea();
    assert_eq!(
        rig.types("/history"),
        ["! cs494 has no history; use cs594://"]
    );
    assert_eq!(
        rig.types("/mail"),
        ["! cs494 has no mailbox to look into; use cp://"]
    );
    let mut rig = Rig::new(Wire::Cs594, true);
    assert!(rig.types("/whois bo")[0].contains("use cs494://"));
}

#[test]
fn files_are_offered_taken_and_stopped_by_their_number() {
    let mut rig = Rig::in_tea();
    let offered = rig.signals(Signal::Offered(transfer("bo", "ana")));
    assert_eq!(
        offered,
        ["ring", "bo offers a.txt (2.00 KiB); /accept 7 or /reject 7"]
    );
    assert!(rig.chat.names().offers.contains("7"));
    assert!(rig.types("/accept 8")[0].contains("no offer 8"));
    assert_eq!(rig.types("/accept 7"), ["accept 7 in None"]);
    let todo = rig.chat.accepted(&transfer("bo", "ana"), Ok(()));
    assert_eq!(rig.done(todo), ["ask Answer"]);
    assert!(rig.chat.is_moving());
    let id = TransferId::new(7).unwrap();
    let data = Signal::Segment {
        id,
        data: Bytes::from_static(b"x").into(),
        last: true,
    };
    assert_eq!(rig.signals(data), ["data 7 1 true"]);
    assert_eq!(rig.types("/cancel 7"), ["stop 7", "ask Cancel"]);
    assert!(!rig.chat.is_moving());
    assert!(rig.types("/cancel 7")[0].contains("no transfer 7"));
}

#[test]
fn a_part_that_cannot_be_opened_declines_a_script_s_offer_and_lets_a_person_try_again() {
    let fails = |rig: &mut Rig| {
        rig.signals(Signal::Offered(transfer("bo", "ana")));
        let todo = rig
            .chat
            .accepted(&transfer("bo", "ana"), Err("the disk is full".into()));
        assert!(!rig.chat.is_moving());
        rig.done(todo)
    };
    let mut script = Rig::new(Wire::Cs494, false);
    assert_eq!(
        fails(&mut script),
        [
            "! cannot take a.txt (2.00 KiB): the disk is full",
            "ask Answer"
        ]
    );
    let mut person = Rig::in_tea();
    assert_eq!(
        fails(&mut person),
        [
            "! cannot take a.txt (2.00 KiB): the disk is full; /accept 7 FOLDER tries another folder, \
             /reject 7 declines"
        ]
    );
    assert_eq!(person.types("/accept 7"), ["accept 7 in None"]);
}

#[test]
fn our_offer_is_sent_when_it_is_taken() {
    let mut rig = Rig::in_tea();
    assert_eq!(rig.types("/offer bo a.txt"), ["open a.txt for bo"]);
    let taken = Signal::Answered {
        transfer: transfer("ana", "bo"),
        accepted: true,
    };
    assert_eq!(
        rig.signals(taken),
        ["* bo accepts a.txt (2.00 KiB)", "upload 7"]
    );
    let ended = Signal::Ended {
        transfer: transfer("ana", "bo"),
        reason: model::EndReason::OtherSide,
    };
    assert_eq!(rig.signals(ended)[..2], ["stop 7", "withdraw a.txt"]);
    let declined = Signal::Answered {
        transfer: transfer("ana", "bo"),
        accepted: false,
    };
    assert_eq!(
        rig.signals(declined),
        ["* bo declines a.txt (2.00 KiB)", "withdraw a.txt"]
    );
}

#[test]
fn offers_that_are_not_answered_are_bounded() {
    let mut rig = Rig::in_tea();
    for number in 1..=u16::try_from(MAX_OFFERS).unwrap() {
        let id = TransferId::new(number).unwrap();
        rig.signals(Signal::Offered(Transfer {
            id,
            ..transfer("bo", "ana")
        }));
    }
    let id = TransferId::new(999).unwrap();
    let one_more = rig.signals(Signal::Offered(Transfer {
        id,
        ..transfer("bo", "ana")
    }));
    assert_eq!(one_more, ["ask Answer"]);
}

#[test]
fn a_lost_connection_is_told_and_the_rooms_are_entered_again() {
    let mut rig = Rig::in_tea();
    rig.types("hello");
    let shown = rig.happens(Happening::Ended("no sign of life for too long".into()));
    assert_eq!(
        shown,
        [
            "! the connection is lost: no sign of life for too long",
            "! 1 of your messages may not have been delivered"
        ]
    );
    assert!(rig.chat.is_idle());
    let todo = rig.chat.back(&[]);
    assert_eq!(rig.done(todo), ["ask Join"]);
    rig.replies(Reply::Joined(vec![(room("tea"), false)]));
    assert_eq!(rig.chat.prompt(), "#tea> ");
}

#[test]
fn the_rooms_asked_for_at_the_start_are_entered() {
    let mut rig = Rig::new(Wire::Cs494, false);
    let todo = rig.chat.back(&[room("tea"), room("garden")]);
    assert_eq!(rig.done(todo), ["ask Join"]);
    assert_eq!(rig.chat.prompt(), "#garden> ");
    assert_eq!(rig.types("hello"), ["ask Post"]);
}

#[test]
fn leaving_the_current_room_goes_to_another() {
    let mut rig = Rig::in_tea();
    rig.types("/join garden");
    rig.replies(Reply::Joined(vec![(room("garden"), false)]));
    rig.types("/leave");
    assert_eq!(rig.replies(Reply::Done), ["* left #garden"]);
    assert_eq!(rig.chat.prompt(), "#tea> ");
    rig.types("/leave tea");
    rig.replies(Reply::Done);
    assert_eq!(rig.chat.prompt(), "ana> ");
}

#[test]
fn names_that_would_harm_a_terminal_are_not_completed() {
    let mut rig = Rig::in_tea();
    rig.happens(said("b\u{9b}o", "tea", "hi"));
    rig.happens(said("carla", "tea", "hi"));
    let users = rig.chat.names().users;
    assert_eq!(users.into_iter().collect::<Vec<_>>(), ["carla"]);
}

#[test]
fn leaving_takes_words_along() {
    let mut rig = Rig::in_tea();
    assert_eq!(rig.types("/quit"), ["quit None"]);
    assert_eq!(rig.types("/quit so long"), ["quit Some(\"so long\")"]);
}
