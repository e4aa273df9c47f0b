//! One table or scene a rule.

use std::time::Duration;

use model::{
    Claim, FileName, MAX_FILE_SIZE, Place, Recipient, Refusal, SessionId, Transfer, TransferId,
    UserName,
};
use space::{ANSWER_SECONDS, Change, DRAIN_SECONDS, Limits, NameRules, Space};

use crate::driver::{Answer, Driver, Wish};
use crate::{room, session, start, user};

const ROOMY: Limits = Limits {
    users: 50,
    rooms: 50,
    rooms_per_user: 50,
    room_members: 50,
    transfers_per_user: 50,
};

fn hub() -> Driver {
    Driver::new(ROOMY, NameRules::default(), start())
}

fn with(limits: Limits) -> Driver {
    Driver::new(limits, NameRules::default(), start())
}

/// People of these names, in the slots 0, 1, …
fn with_people<const N: usize>(mut hub: Driver, names: [&str; N]) -> (Driver, [SessionId; N]) {
    let mut slot = 0;
    let sessions = names.map(|name| {
        let session = session(slot);
        slot += 1;
        hub.sign_in(session, name);
        session
    });
    (hub, sessions)
}

fn sign_in(hub: &mut Driver, slot: u32, name: &str, proven: bool) -> Result<Answer, Refusal> {
    let name = user(name);
    hub.wish(session(slot), &Wish::SignIn { name, proven })
}

fn names_of(hub: &Driver, name: &str) -> Vec<String> {
    let key = hub.space.room(&room(name)).unwrap();
    let names = hub.space.member_names(key);
    names.iter().map(ToString::to_string).collect()
}

fn join(rooms: &[&str]) -> Wish {
    Wish::Join(rooms.iter().copied().map(room).collect())
}

fn tell(name: &str) -> Wish {
    Wish::Tell(Recipient::Name(user(name)))
}

fn mail(name: &str) -> Wish {
    Wish::Mail(Recipient::Name(user(name)))
}

fn offer(to: &str, size: u64) -> Wish {
    let to = user(to);
    Wish::Offer { to, size }
}

fn segment(id: TransferId, bytes: u64, last: bool) -> Wish {
    Wish::Segment { id, bytes, last }
}

fn claim(id: TransferId, from: Option<&str>, to: Option<&str>) -> Claim {
    Claim {
        id,
        from: from.map(user),
        to: to.map(user),
    }
}

// [HUB-1] [494-8]
#[test]
fn a_name_is_one_person_and_so_are_names_that_look_alike() {
    for (there, wished, together) in [
        ("ana", "ana", false),
        ("ana", "Ana", false),
        ("ANA", "ana", false),
        ("Am\u{e9}lie", "Ame\u{301}lie", false),
        ("Am\u{e9}lie", "AM\u{c9}LIE", false),
        ("straße", "STRASSE", false),
        ("ana", "anna", true),
        ("ana", "an", true),
        ("Amelie", "Am\u{e9}lie", true),
    ] {
        let (mut hub, [_]) = with_people(hub(), [there]);
        let expected = match together {
            true => Ok(Answer::Done),
            false => Err(Refusal::NameInUse(user(wished))),
        };
        let came = sign_in(&mut hub, 1, wished, false);
        assert_eq!(came, expected, "{wished} while {there} is here");
    }
}

// [HUB-1]
#[test]
fn a_setting_lets_look_alikes_in_but_never_the_same_name() {
    let rules = NameRules {
        allow_confusables: true,
        ..NameRules::default()
    };
    let mut hub = Driver::new(ROOMY, rules, start());
    assert_eq!(sign_in(&mut hub, 0, "ana", false), Ok(Answer::Done));
    assert_eq!(sign_in(&mut hub, 1, "Ana", false), Ok(Answer::Done));
    let same = sign_in(&mut hub, 2, "ana", false);
    assert_eq!(same, Err(Refusal::NameInUse(user("ana"))));
}

// [HUB-1]: only while that one is online.
#[test]
fn a_name_is_free_again_once_its_bearer_is_gone() {
    let (mut hub, [ana]) = with_people(hub(), ["ana"]);
    hub.wish(ana, &Wish::SignOut).unwrap();
    assert_eq!(sign_in(&mut hub, 1, "Ana", false), Ok(Answer::Done));
    assert_eq!(hub.space.present(&user("ana")), None);
    assert_eq!(hub.space.present(&user("Ana")), Some(session(1)));
}

// [HUB-1]: two look-alikes were here (the setting), one goes: the other still counts.
#[test]
fn look_alikes_are_counted_not_just_noted() {
    let rules = NameRules {
        allow_confusables: true,
        ..NameRules::default()
    };
    let (mut hub, [ana, _]) = with_people(Driver::new(ROOMY, rules, start()), ["ana", "Ana"]);
    hub.wish(ana, &Wish::SignOut).unwrap();
    assert_eq!(
        sign_in(&mut hub, 2, "Ana", false),
        Err(Refusal::NameInUse(user("Ana")))
    );
    assert_eq!(sign_in(&mut hub, 2, "ana", false), Ok(Answer::Done));
}

// [HUB-2]
#[test]
fn names_of_accounts_are_for_those_who_prove_them() {
    let reserved = |name| Err(Refusal::NameReserved(user(name)));
    for (name, proven, open_names, allow_confusables, expected) in [
        ("ana", false, false, false, reserved("ana")),
        ("Ana", false, false, false, reserved("Ana")),
        ("Ana", false, false, true, Ok(Answer::Done)),
        ("ana", false, false, true, reserved("ana")),
        ("ana", true, false, false, Ok(Answer::Done)),
        ("ana", false, true, false, Ok(Answer::Done)),
        ("Ana", false, true, false, Ok(Answer::Done)),
        ("bo", false, false, false, Ok(Answer::Done)),
    ] {
        let rules = NameRules {
            open_names,
            allow_confusables,
        };
        let mut hub = Driver::new(ROOMY, rules, start());
        hub.accounts(&[user("ana")]);
        let came = sign_in(&mut hub, 0, name, proven);
        assert_eq!(came, expected, "{name} {proven} {rules:?}");
    }
}

// [HUB-2]
#[test]
fn accounts_count_from_the_moment_they_are_known() {
    let mut hub = hub();
    hub.accounts(&[user("ana")]);
    assert!(sign_in(&mut hub, 0, "ana", false).is_err());
    hub.accounts(&[]);
    assert_eq!(sign_in(&mut hub, 0, "ana", false), Ok(Answer::Done));
    // Who is here stays, without a claim to the new account's mail.
    hub.accounts(&[user("ana")]);
    assert!(!hub.space.person(session(0)).unwrap().proven);
    assert_eq!(
        hub.wish(session(0), &Wish::Mailbox),
        Err(Refusal::NotPossible)
    );
}

// [HUB-2]
#[test]
fn who_loses_the_account_has_nothing_proven_any_more() {
    let mut hub = hub();
    hub.accounts(&[user("ana")]);
    sign_in(&mut hub, 0, "ana", true).unwrap();
    assert_eq!(hub.wish(session(0), &Wish::Mailbox), Ok(Answer::Done));
    hub.accounts(&[]);
    hub.accounts(&[user("ana")]);
    assert_eq!(
        hub.wish(session(0), &Wish::Mailbox),
        Err(Refusal::NotPossible)
    );
}

// [HUB-2] [594-25]: where names are open, what was told to an account is still its owner's.
#[test]
fn a_borrowed_name_reads_nobodys_private_history() {
    let rules = NameRules {
        open_names: true,
        ..NameRules::default()
    };
    let history = Wish::History(Place::Person(user("bo")));
    for (proven, expected) in [(true, Ok(Answer::Done)), (false, Err(Refusal::NotPossible))] {
        let mut hub = Driver::new(ROOMY, rules, start());
        hub.accounts(&[user("ana")]);
        sign_in(&mut hub, 0, "ana", proven).unwrap();
        assert_eq!(hub.wish(session(0), &history), expected);
    }
    let (mut hub, [guest]) = with_people(hub(), ["guest"]);
    assert_eq!(hub.wish(guest, &history), Ok(Answer::Done));
}

// [HUB-4] [494-20] [CP-14]
#[test]
fn private_messages_find_the_session_the_mailbox_or_nobody() {
    // Whether there is an account, whether its name is present, whether that session has proved it.
    let here = Answer::Delivered {
        to: session(0),
        name: user("ana"),
    };
    let kept = |also| Answer::Kept {
        account: user("ana"),
        also,
    };
    let nobody = || Err(Refusal::NoSuchUser("ana".into()));
    for (account, present, proven, told, mailed) in [
        (false, false, false, nobody(), nobody()),
        (false, true, false, Ok(here.clone()), Ok(here.clone())),
        (true, false, false, Ok(kept(None)), Ok(kept(None))),
        (true, true, false, Ok(here.clone()), Ok(kept(None))),
        (true, true, true, Ok(here), Ok(kept(Some(session(0))))),
    ] {
        let rules = NameRules {
            open_names: true,
            ..NameRules::default()
        };
        let mut hub = Driver::new(ROOMY, rules, start());
        if account {
            hub.accounts(&[user("ana")]);
        }
        if present {
            sign_in(&mut hub, 0, "ana", proven).unwrap();
        }
        sign_in(&mut hub, 1, "bo", false).unwrap();
        let scene = format!("account {account}, present {present}, proven {proven}");
        assert_eq!(hub.wish(session(1), &tell("ana")), told, "{scene}");
        assert_eq!(hub.wish(session(1), &mail("ana")), mailed, "{scene}");
    }
}

// [HUB-4]: names are compared exactly; a look-alike is somebody else.
#[test]
fn a_private_message_never_goes_to_a_look_alike() {
    let (mut hub, [ana, _]) = with_people(hub(), ["ana", "bo"]);
    let other = hub.wish(ana, &tell("Bo"));
    assert_eq!(other, Err(Refusal::NoSuchUser("Bo".into())));
}

// [CP-12] [HUB-1]: mailbox sessions are not present; several may be open.
#[test]
fn mailbox_sessions_take_no_name_and_do_nothing_but_mail() {
    let mut hub = hub();
    hub.accounts(&[user("ana")]);
    let name = user("ana");
    for slot in [0, 1] {
        let opened = hub.wish(session(slot), &Wish::OpenMailbox { name: name.clone() });
        assert_eq!(opened, Ok(Answer::Done));
    }
    assert_eq!(
        (hub.space.present_count(), hub.space.present(&name)),
        (0, None)
    );
    sign_in(&mut hub, 2, "bo", false).unwrap();
    assert_eq!(hub.wish(session(0), &Wish::Mailbox), Ok(Answer::Done));
    let sent = hub.wish(session(0), &mail("bo"));
    assert!(matches!(sent, Ok(Answer::Delivered { .. })), "{sent:?}");
    for wish in [
        join(&["tea"]),
        Wish::PostEverywhere,
        tell("bo"),
        offer("bo", 1),
        Wish::ListMembers(room("tea")),
        Wish::History(Place::Person(user("bo"))),
        Wish::Cancel(TransferId::new(1).unwrap()),
    ] {
        let refused = hub.wish(session(0), &wish);
        assert_eq!(refused, Err(Refusal::NotPossible), "{wish:?}");
    }
    assert_eq!(hub.wish(session(0), &Wish::SignOut), Ok(Answer::Done));
    assert_eq!(hub.wish(session(1), &Wish::Mailbox), Ok(Answer::Done));
}

// [CP-15]
#[test]
fn an_alias_leads_to_its_name_while_somebody_has_it() {
    let long = user("a-name-that-is-long");
    let by_alias = |name: &UserName| Wish::Tell(Recipient::Alias(name.alias()));
    let (mut hub, [bo, there]) = with_people(hub(), ["bo", long.as_str()]);
    let found = hub.wish(bo, &by_alias(&long));
    let here = Answer::Delivered {
        to: there,
        name: long.clone(),
    };
    assert_eq!(found, Ok(here));
    // A colon alone needs an alias too; a name that fits has none.
    sign_in(&mut hub, 7, "x:y", false).unwrap();
    assert!(hub.wish(bo, &by_alias(&user("x:y"))).is_ok());
    let alias = user("bo").alias();
    let fits = hub.wish(bo, &by_alias(&user("bo")));
    assert_eq!(fits, Err(Refusal::NoSuchUser(alias.to_string())));

    hub.wish(there, &Wish::SignOut).unwrap();
    let gone = hub.wish(bo, &by_alias(&long));
    assert_eq!(gone, Err(Refusal::NoSuchUser(long.alias().to_string())));
    // An account's leads to its mailbox, whoever came and went meanwhile, and after a restart.
    hub.accounts(std::slice::from_ref(&long));
    sign_in(&mut hub, 8, long.as_str(), true).unwrap();
    hub.wish(session(8), &Wish::SignOut).unwrap();
    let kept = Answer::Kept {
        account: long.clone(),
        also: None,
    };
    assert_eq!(hub.wish(bo, &by_alias(&long)), Ok(kept));
    hub.accounts(&[]);
    assert!(hub.wish(bo, &by_alias(&long)).is_err());
}

// [HUB-11]
#[test]
fn the_hub_takes_so_many_people_and_mailboxes_beside() {
    let mut hub = with(Limits { users: 2, ..ROOMY });
    hub.accounts(&[user("cy")]);
    sign_in(&mut hub, 0, "ana", false).unwrap();
    let name = user("cy");
    hub.wish(session(9), &Wish::OpenMailbox { name }).unwrap();
    sign_in(&mut hub, 1, "bo", false).unwrap();
    assert_eq!(sign_in(&mut hub, 2, "dan", false), Err(Refusal::HubFull));
    hub.wish(session(0), &Wish::SignOut).unwrap();
    assert_eq!(sign_in(&mut hub, 2, "dan", false), Ok(Answer::Done));
}

// [HUB-11] [494-13] [594-11]
#[test]
fn rooms_are_limited_for_the_hub_for_each_person_and_in_size() {
    let full = |name| Err(Refusal::RoomFull(room(name)));
    let many = || Err(Refusal::TooManyRooms);
    let joined = |rooms: &[(&str, bool)]| {
        let rooms = rooms.iter().map(|(name, already)| (room(name), *already));
        Ok(Answer::Joined(rooms.collect()))
    };
    let limits = Limits {
        rooms: 3,
        rooms_per_user: 2,
        room_members: 2,
        ..ROOMY
    };
    let (mut hub, [ana, bo, cy]) = with_people(with(limits), ["ana", "bo", "cy"]);
    for (who, rooms, expected) in [
        (ana, &["a", "b"][..], joined(&[("a", false), ("b", false)])),
        (ana, &["c"], many()),
        // What one is in already costs nothing.
        (ana, &["b", "b", "a"], joined(&[("b", true), ("a", true)])),
        (bo, &["a", "c"], joined(&[("a", false), ("c", false)])),
        (cy, &["a"], full("a")),
        (cy, &["d"], many()),
        // All or nothing, whatever comes first.
        (cy, &["b", "d"], many()),
        (cy, &["c", "a"], full("a")),
        (cy, &["c", "c"], joined(&[("c", false)])),
    ] {
        assert_eq!(hub.wish(who, &join(rooms)), expected, "{who:?} {rooms:?}");
    }
    assert_eq!(names_of(&hub, "a"), ["ana", "bo"]);
    assert_eq!(names_of(&hub, "b"), ["ana"]);
    assert_eq!(names_of(&hub, "c"), ["bo", "cy"]);
}

// [494-13] [494-14]
#[test]
fn members_stand_in_the_order_they_came_and_the_last_one_out_closes_the_room() {
    let (mut hub, [zoe, ana, bo]) = with_people(hub(), ["zoe", "ana", "bo"]);
    for who in [zoe, ana, bo] {
        hub.join(who, "tea");
    }
    assert_eq!(names_of(&hub, "tea"), ["zoe", "ana", "bo"]);
    let leave = Wish::Leave(vec![room("tea")]);
    hub.wish(ana, &leave).unwrap();
    assert_eq!(names_of(&hub, "tea"), ["zoe", "bo"]);
    hub.join(ana, "tea");
    assert_eq!(names_of(&hub, "tea"), ["zoe", "bo", "ana"]);
    for who in [zoe, ana, bo] {
        hub.wish(who, &leave).unwrap();
    }
    assert_eq!(hub.space.room(&room("tea")), None);
    assert_eq!(hub.space.room_count(), 0);
    assert_eq!(hub.wish(zoe, &leave), Err(Refusal::NoSuchRoom(room("tea"))));
}

// [494-16]
#[test]
fn open_rooms_are_listed_by_name_however_they_came() {
    let (mut hub, [ana, bo]) = with_people(hub(), ["ana", "bo"]);
    for (who, name) in [(ana, "tea"), (bo, "den"), (ana, "attic"), (bo, "Tea")] {
        hub.join(who, name);
    }
    let open = |hub: &Driver| {
        let names = hub.space.room_names();
        names.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(open(&hub), ["Tea", "attic", "den", "tea"]);
    hub.wish(bo, &Wish::SignOut).unwrap();
    assert_eq!(open(&hub), ["attic", "tea"]);
}

// A key of a room that is closed may name the next one: nobody may be left in it.
// [494-14]
#[test]
fn a_room_opened_anew_begins_empty() {
    let (mut hub, [ana, bo]) = with_people(hub(), ["ana", "bo"]);
    hub.join(ana, "tea");
    let old = hub.space.room(&room("tea")).unwrap();
    hub.wish(ana, &Wish::Leave(vec![room("tea")])).unwrap();
    hub.join(bo, "den");
    let new = hub.space.room(&room("den")).unwrap();
    assert_eq!(old, new, "keys are used again");
    assert_eq!(names_of(&hub, "den"), ["bo"]);
    assert!(hub.space.person(ana).unwrap().rooms().is_empty());
}

// [494-17] [594-14]
#[test]
fn what_is_said_goes_to_the_rooms_one_is_in() {
    let (mut hub, [ana, bo]) = with_people(hub(), ["ana", "bo"]);
    hub.join(ana, "tea");
    hub.join(bo, "den");
    let post = |rooms: &[&str], from_outside| Wish::Post {
        rooms: rooms.iter().copied().map(room).collect(),
        from_outside,
    };
    let heard = |rooms: &[&str]| Ok(Answer::Rooms(rooms.iter().copied().map(room).collect()));
    for (rooms, from_outside, expected) in [
        (&["tea"][..], false, heard(&["tea"])),
        (&["den"], false, Err(Refusal::NotMember(room("den")))),
        (&["den"], true, heard(&["den"])),
        (&["den", "tea"], false, heard(&["tea"])),
        (&["tea", "tea"], false, heard(&["tea"])),
        (
            &["nowhere"],
            true,
            Err(Refusal::NoSuchRoom(room("nowhere"))),
        ),
        (
            &["tea", "nowhere"],
            false,
            Err(Refusal::NoSuchRoom(room("nowhere"))),
        ),
    ] {
        let said = hub.wish(ana, &post(rooms, from_outside));
        assert_eq!(said, expected, "{rooms:?} {from_outside}");
    }
}

// [494-18]
#[test]
fn a_broadcast_is_heard_in_every_room_one_is_in_and_no_other() {
    let (mut hub, [ana, bo]) = with_people(hub(), ["ana", "bo"]);
    let none = hub.wish(ana, &Wish::PostEverywhere);
    assert_eq!(none, Ok(Answer::Rooms(vec![])));
    hub.join(bo, "den");
    for name in ["tea", "attic"] {
        hub.join(ana, name);
    }
    let heard = hub.wish(ana, &Wish::PostEverywhere);
    assert_eq!(heard, Ok(Answer::Rooms(vec![room("tea"), room("attic")])));
}

// [594-13]
#[test]
fn leaving_is_all_or_nothing() {
    let (mut hub, [ana, bo]) = with_people(hub(), ["ana", "bo"]);
    hub.join(ana, "tea");
    hub.join(bo, "den");
    for (other, refusal) in [
        ("den", Refusal::NotMember(room("den"))),
        ("nowhere", Refusal::NoSuchRoom(room("nowhere"))),
    ] {
        let leave = Wish::Leave(vec![room("tea"), room(other)]);
        assert_eq!(hub.wish(ana, &leave), Err(refusal));
        assert_eq!(names_of(&hub, "tea"), ["ana"]);
    }
}

// [594-25]
#[test]
fn only_members_read_a_rooms_history() {
    let (mut hub, [ana, bo]) = with_people(hub(), ["ana", "bo"]);
    hub.join(ana, "tea");
    let history = |name| Wish::History(Place::Room(room(name)));
    assert_eq!(hub.wish(ana, &history("tea")), Ok(Answer::Done));
    assert_eq!(
        hub.wish(bo, &history("tea")),
        Err(Refusal::NotMember(room("tea")))
    );
    assert_eq!(
        hub.wish(bo, &history("den")),
        Err(Refusal::NoSuchRoom(room("den")))
    );
}

// [494-22] [594-24]
#[test]
fn an_offer_needs_a_receiver_a_size_and_a_place() {
    let limits = Limits {
        transfers_per_user: 2,
        ..ROOMY
    };
    let (mut hub, [ana, bo, cy]) = with_people(with(limits), ["ana", "bo", "cy"]);
    hub.space.fold(Change::TakesFiles(cy, false));
    for (wish, refusal) in [
        (offer("dan", 1), Refusal::NoSuchUser("dan".into())),
        (offer("cy", 1), Refusal::TakesNoFiles(user("cy"))),
        (offer("bo", 0), Refusal::FileSize),
        (offer("bo", MAX_FILE_SIZE + 1), Refusal::FileSize),
    ] {
        assert_eq!(hub.wish(ana, &wish), Err(refusal), "{wish:?}");
    }
    let mut ids = Vec::new();
    for size in [1, MAX_FILE_SIZE] {
        match hub.wish(ana, &offer("bo", size)) {
            Ok(Answer::Offered { id, to }) => {
                assert_eq!(to, bo);
                ids.push(id);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_ne!(ids[0], ids[1]);
    let one_more = hub.wish(ana, &offer("bo", 1));
    assert_eq!(one_more, Err(Refusal::TooManyTransfers));
    // Being offered files costs nothing, and an end makes room.
    assert!(hub.wish(bo, &offer("ana", 1)).is_ok());
    hub.wish(ana, &Wish::Cancel(ids[0])).unwrap();
    assert!(hub.wish(ana, &offer("bo", 1)).is_ok());
}

// [494-22]: ids are unique among live transfers, never 0, and run out at 65,535.
#[test]
fn every_number_but_zero_is_given_once_and_then_there_are_none() {
    let limits = Limits {
        transfers_per_user: usize::MAX,
        ..ROOMY
    };
    let mut space = Space::new(limits, NameRules::default());
    let ana = session(0);
    let person = space::Person::new(user("ana"), false, true);
    space.fold(Change::SignedIn(ana, person));
    // Enough people that the checks of small spaces do not walk all transfers each time.
    for slot in 1..70 {
        let person = space::Person::new(user(&format!("u{slot}")), false, true);
        space.fold(Change::SignedIn(session(slot), person));
    }
    // Beside the limit per user, each is found by its number: give all of them out.
    let transfer = |number: u16| Transfer {
        id: TransferId::new(number).unwrap(),
        from: user("ana"),
        to: user("ana"),
        name: FileName::parse("f").unwrap(),
        size: 1,
    };
    for number in (1..=u16::MAX).filter(|number| *number != 777) {
        space.fold(Change::Offered(transfer(number), ana, ana));
    }
    let to = user("ana");
    let ask = space::Ask::Offer { to: &to, size: 1 };
    let last = TransferId::new(777).unwrap();
    let given = space.decide(ana, ask);
    let expected = space::Decision::Offer { id: last, to: ana };
    assert_eq!(given, Ok(expected), "the only one left");
    space.fold(Change::Offered(transfer(777), ana, ana));
    assert_eq!(space.decide(ana, ask), Err(Refusal::TooManyTransfers));
    assert_eq!(space.transfer_count(), 65_535);
}

// [494-23]
#[test]
fn an_answer_must_fit_the_offer_and_come_from_its_target() {
    for (who, from, to, ends) in [
        // Somebody else's: touches nobody.
        (2, None, None, false),
        (0, None, None, false),
        (2, Some("ana"), Some("bo"), false),
        // The target's own, but wrong: the offer is over.
        (1, Some("cy"), Some("bo"), true),
        (1, Some("ana"), Some("cy"), true),
    ] {
        let (mut hub, [ana, ..]) = with_people(hub(), ["ana", "bo", "cy"]);
        let Ok(Answer::Offered { id, .. }) = hub.wish(ana, &offer("bo", 5)) else {
            panic!("no offer");
        };
        let answer = Wish::Answer {
            claim: claim(id, from, to),
            accept: true,
        };
        let refused = hub.wish(session(who), &answer);
        assert_eq!(refused, Err(Refusal::NoSuchTransfer), "{from:?} {to:?}");
        assert_eq!(hub.state(id).is_none(), ends, "{who} {from:?} {to:?}");
    }
}

// [494-23]
#[test]
fn a_fitting_answer_goes_to_the_offerer() {
    for accept in [true, false] {
        let (mut hub, [ana, bo]) = with_people(hub(), ["ana", "bo"]);
        let Ok(Answer::Offered { id, .. }) = hub.wish(ana, &offer("bo", 5)) else {
            panic!("no offer");
        };
        let claim = claim(id, Some("ana"), Some("bo"));
        let told = hub.wish(bo, &Wish::Answer { claim, accept });
        let expected = Answer::Delivered {
            to: ana,
            name: user("ana"),
        };
        assert_eq!(told, Ok(expected));
        assert_eq!(
            hub.state(id).map(|state| state.accepted),
            accept.then_some(true)
        );
    }
}

// [494-24]
#[test]
fn a_file_is_as_long_as_announced_and_comes_from_its_offerer() {
    let violation = || Err(Refusal::TransferViolation);
    let forwarded = || Ok(Answer::Forwarded { to: session(1) });
    // Segments of a file of 5 bytes; the last one's outcome, and whether the transfer lives on.
    for (segments, expected, lives) in [
        (&[(5, true)][..], forwarded(), false),
        (&[(2, false), (3, true)], forwarded(), false),
        (&[(2, false), (3, false)], forwarded(), true),
        (&[(2, false), (2, true)], violation(), false),
        (&[(6, true)], violation(), false),
        (&[(3, false), (3, false)], violation(), false),
        (&[(0, false)], violation(), false),
    ] {
        let (mut hub, [ana, bo]) = with_people(hub(), ["ana", "bo"]);
        let id = hub.transfer(ana, bo, 5);
        let came = segments.iter().map(|(n, last)| segment(id, *n, *last));
        let outcome = came.map(|wish| hub.wish(ana, &wish)).last().unwrap();
        assert_eq!(outcome, expected, "{segments:?}");
        assert_eq!(hub.state(id).is_some(), lives, "{segments:?}");
    }
    let (mut hub, [ana, bo]) = with_people(hub(), ["ana", "bo"]);
    let id = hub.transfer(ana, bo, 5);
    let not_mine = hub.wish(bo, &segment(id, 1, false));
    assert_eq!(not_mine, Err(Refusal::NoSuchTransfer));
    let Ok(Answer::Offered { id: offered, .. }) = hub.wish(ana, &offer("bo", 5)) else {
        panic!("no offer");
    };
    let too_early = hub.wish(ana, &segment(offered, 1, false));
    assert_eq!(too_early, Err(Refusal::NoSuchTransfer));
    assert_eq!(hub.state(id).map(|state| state.sent), Some(0));
}

// [494-24]: the end frees the number at once; nothing is under way any more.
#[test]
fn a_finished_file_leaves_no_trace() {
    let (mut hub, [ana, bo]) = with_people(hub(), ["ana", "bo"]);
    let id = hub.transfer(ana, bo, 5);
    hub.wish(ana, &segment(id, 5, true)).unwrap();
    assert_eq!(hub.space.next_rested(), None);
    assert_eq!(
        hub.wish(ana, &segment(id, 1, false)),
        Err(Refusal::NoSuchTransfer)
    );
}

// [494-12] [494-27]
#[test]
fn what_is_under_way_to_somebody_gone_is_dropped_for_thirty_seconds() {
    let (mut hub, [ana, bo, cy]) = with_people(hub(), ["ana", "bo", "cy"]);
    let id = hub.transfer(ana, bo, 1_000);
    hub.wish(ana, &segment(id, 10, false)).unwrap();
    hub.wish(bo, &Wish::SignOut).unwrap();
    assert_eq!(hub.state(id).map(|state| state.sent), None);

    hub.pass(Duration::from_secs(DRAIN_SECONDS) - Duration::from_millis(1));
    assert_eq!(hub.wish(ana, &segment(id, 10, false)), Ok(Answer::Dropped));
    let others = hub.wish(cy, &segment(id, 10, false));
    assert_eq!(others, Err(Refusal::NoSuchTransfer), "only its sender's");

    hub.pass(Duration::from_millis(1));
    let late = hub.wish(ana, &segment(id, 10, false));
    assert_eq!(late, Err(Refusal::NoSuchTransfer));
}

// [494-12] [494-23]: through nobody's fault.
#[test]
fn an_answer_that_crosses_the_offerers_leaving_is_dropped() {
    for accept in [true, false] {
        let (mut hub, [ana, bo, cy]) = with_people(hub(), ["ana", "bo", "cy"]);
        let Ok(Answer::Offered { id, .. }) = hub.wish(ana, &offer("bo", 5)) else {
            panic!("no offer");
        };
        hub.wish(ana, &Wish::SignOut).unwrap();
        let answer = Wish::Answer {
            claim: claim(id, Some("ana"), Some("bo")),
            accept,
        };
        assert_eq!(hub.wish(cy, &answer), Err(Refusal::NoSuchTransfer));
        assert_eq!(hub.wish(bo, &answer), Ok(Answer::Dropped));
        hub.pass(Duration::from_secs(ANSWER_SECONDS));
        assert_eq!(hub.wish(bo, &answer), Err(Refusal::NoSuchTransfer));
    }
}

// [494-27]
#[test]
fn a_number_is_not_given_again_while_it_rests() {
    let limits = Limits {
        transfers_per_user: usize::MAX,
        ..ROOMY
    };
    let (mut hub, [ana, bo]) = with_people(with(limits), ["ana", "bo"]);
    let id = hub.transfer(ana, bo, 5);
    hub.wish(bo, &Wish::Cancel(id)).unwrap();
    // All other numbers, one after another: the round comes back to the resting one.
    let mut seen = 0;
    for _ in 0..u32::from(u16::MAX) {
        let Ok(Answer::Offered { id: given, .. }) = hub.wish(ana, &offer("bo", 5)) else {
            panic!("no offer");
        };
        assert_ne!(given, id);
        hub.wish(bo, &Wish::Cancel(given)).unwrap();
        seen += 1;
    }
    assert_eq!(seen, 65_535);
    hub.pass(Duration::from_secs(DRAIN_SECONDS));
    let again = (0..u16::MAX).any(|_| {
        let given = hub.wish(ana, &offer("bo", 5)).unwrap();
        let Answer::Offered { id: given, .. } = given else {
            panic!("{given:?}");
        };
        hub.wish(bo, &Wish::Cancel(given)).unwrap();
        given == id
    });
    assert!(again, "given once more when it has rested");
}

// [494-12] [494-27] [594-23]
#[test]
fn whoever_leaves_leaves_everything() {
    let (mut hub, [ana, bo, cy]) = with_people(hub(), ["ana", "bo", "cy"]);
    for name in ["tea", "den"] {
        hub.join(bo, name);
    }
    hub.join(ana, "tea");
    let sent = hub.transfer(bo, cy, 5);
    let received = hub.transfer(ana, bo, 5);
    let Ok(Answer::Offered { id: offered, .. }) = hub.wish(cy, &offer("bo", 5)) else {
        panic!("no offer");
    };
    let others = hub.transfer(ana, cy, 5);
    hub.wish(bo, &Wish::SignOut).unwrap();
    for id in [sent, received, offered] {
        assert!(hub.state(id).is_none());
    }
    assert!(hub.state(others).is_some(), "nobody else is disturbed");
    assert_eq!(names_of(&hub, "tea"), ["ana"]);
    assert_eq!(hub.space.room(&room("den")), None);
    assert_eq!(hub.space.present(&user("bo")), None);
}

// [HUB-9] [594-21]
#[test]
fn whoever_is_nobody_can_only_sign_in_and_only_once() {
    let mut hub = hub();
    for wish in [
        Wish::SignOut,
        join(&["tea"]),
        Wish::Leave(vec![room("tea")]),
        Wish::PostEverywhere,
        tell("ana"),
        mail("ana"),
        offer("ana", 1),
        Wish::Mailbox,
        Wish::History(Place::Room(room("tea"))),
        segment(TransferId::new(1).unwrap(), 1, true),
    ] {
        let refused = hub.wish(session(0), &wish);
        assert_eq!(refused, Err(Refusal::NotSignedIn), "{wish:?}");
    }
    assert_eq!(sign_in(&mut hub, 0, "ana", false), Ok(Answer::Done));
    for name in ["ana", "bo"] {
        let again = sign_in(&mut hub, 0, name, false);
        assert_eq!(again, Err(Refusal::AlreadySignedIn));
    }
}

// [HUB-9]: a slot is used again, its generation is not.
#[test]
fn a_session_that_is_over_is_nobody_even_where_its_slot_lives_on() {
    let mut hub = hub();
    let (old, new) = (SessionId::new(0, 1), SessionId::new(0, 2));
    hub.sign_in(old, "ana");
    hub.join(old, "tea");
    hub.wish(old, &Wish::SignOut).unwrap();
    hub.sign_in(new, "bo");
    hub.join(new, "tea");
    assert_eq!(hub.wish(old, &Wish::SignOut), Err(Refusal::NotSignedIn));
    hub.space.fold(Change::SignedOut(old));
    hub.space.fold(Change::TakesFiles(old, false));
    let bo = hub.space.person(new).unwrap();
    assert!(bo.takes_files() && bo.name == user("bo"));
    assert_eq!(names_of(&hub, "tea"), ["bo"]);
}
