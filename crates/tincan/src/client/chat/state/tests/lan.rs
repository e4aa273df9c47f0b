//! The conversation on the LAN.

use model::{Availability, Channel, Contact, Presence};

use super::*;

fn person(raw: &str) -> UserName {
    UserName::foreign(raw).unwrap()
}

fn contact(raw: &str, availability: Availability, message: Option<&str>) -> Signal {
    Signal::Contact(Arc::new(Contact {
        name: person(raw),
        shown: None,
        presence: Presence {
            availability,
            message: message.map(Into::into),
        },
        jid: None,
        email: None,
        picture: None,
    }))
}

fn here(raw: &str) -> Signal {
    contact(raw, Availability::Available, None)
}

fn told(from: &str, text: &str) -> Happening {
    Happening::Event(Event::Told(Arc::new(Told {
        id: MessageId(5),
        at: Timestamp(1_700_000_000_000),
        from: person(from),
        to: user("ana"),
        text: Text::adapt(text).unwrap(),
    })))
}

/// Ana, with those people here.
fn among(people: &[&str], interactive: bool) -> Rig {
    let mut rig = Rig::new(Network::Lan, interactive);
    for name in people {
        assert_eq!(
            rig.signals(here(name)),
            [format!("* {name} is here: available")]
        );
    }
    rig
}

/// What is asked when `line` is typed, as it would go to the node.
fn asks(rig: &mut Rig, line: &str) -> Vec<Command> {
    let todo = rig.chat.line(line);
    let commands = todo.into_iter().filter_map(|next| match next {
        Do::Ask(command, purpose) => {
            rig.ids += 1;
            rig.chat.asked(CommandId(rig.ids), purpose);
            Some(command)
        }
        _ => None,
    });
    commands.collect()
}

/// To whom what is typed goes.
fn goes_to(rig: &mut Rig, line: &str) -> Option<String> {
    match asks(rig, line).as_slice() {
        [
            Command::Tell {
                to: Recipient::Name(name),
                ..
            },
        ] => Some(name.to_string()),
        [] => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn people_who_come_change_and_go_are_dim_lines() {
    // [LAN-26] [LAN-50]
    let mut rig = among(&["bob@box"], true);
    let away = contact("bob@box", Availability::Away, Some("lunch"));
    assert_eq!(rig.signals(away.clone()), ["* bob@box is away: lunch"]);
    assert!(rig.signals(away).is_empty(), "nothing new");
    assert_eq!(rig.types("/who"), ["* bob@box is away: lunch"]);
    assert!(rig.chat.names().users.contains("bob@box"));
    assert_eq!(
        rig.signals(Signal::Gone(person("bob@box"))),
        ["* bob@box is gone"]
    );
    assert!(rig.signals(Signal::Gone(person("bob@box"))).is_empty());
    assert!(rig.types("/who")[0].contains("nobody is here"));
}

#[test]
fn a_line_goes_to_the_person_in_the_prompt() {
    // [LAN-50]
    let mut rig = among(&["bob smith@box", "carl@box"], true);
    assert_eq!(rig.chat.prompt(), "ana> ");
    assert!(
        rig.types("hello")[0].contains("/to USER"),
        "it could be either"
    );
    assert_eq!(
        rig.types("/to bob smith@box"),
        ["* you write to bob smith@box now"]
    );
    assert_eq!(rig.chat.prompt(), "→ bob smith@box> ");
    assert_eq!(goes_to(&mut rig, "hello").as_deref(), Some("bob smith@box"));
    assert!(rig.replies(Reply::Told(TellOutcome::Delivered)).is_empty());
    assert_eq!(
        goes_to(&mut rig, "/msg carl hi").as_deref(),
        Some("carl@box")
    );
    assert_eq!(
        rig.replies(Reply::Told(TellOutcome::Delivered)),
        ["* sent to carl@box"]
    );
    assert_eq!(rig.chat.prompt(), "→ bob smith@box> ");
    assert_eq!(
        goes_to(&mut rig, "/msg \"bob smith@box\" hi").as_deref(),
        Some("bob smith@box")
    );
    assert!(rig.types("/msg dan hi")[0].contains("nobody called dan"));
}

#[test]
fn the_first_who_writes_is_answered_unless_somebody_was_chosen() {
    // [LAN-50]
    let mut rig = among(&["bob@box", "carl@box"], true);
    assert_eq!(
        rig.happens(told("carl@box", "psst")),
        ["ring", "22:13 carl@box → ana: psst"]
    );
    assert_eq!(rig.chat.prompt(), "→ carl@box> ");
    rig.happens(told("bob@box", "hey"));
    assert_eq!(rig.chat.prompt(), "→ carl@box> ");
    let mut alone = among(&["bob@box"], true);
    assert_eq!(goes_to(&mut alone, "hello").as_deref(), Some("bob@box"));
    assert_eq!(alone.chat.prompt(), "→ bob@box> ");
    let nobody = among(&[], true).types("hello");
    assert!(nobody[0].contains("nobody is here yet"), "{nobody:?}");
}

#[test]
fn the_person_of_the_address_is_written_to_in_whatever_case_they_come() {
    // [LAN-15] [LAN-50]
    let mut rig = Rig::new(Network::Lan, false);
    rig.chat.begin_with(person("Bob@Box"));
    assert!(rig.chat.awaits_partner());
    rig.signals(here("bob@box"));
    assert!(!rig.chat.awaits_partner());
    assert_eq!(goes_to(&mut rig, "hello").as_deref(), Some("bob@box"));
}

#[test]
fn the_warning_stands_before_the_text() {
    // [LAN-39]
    let mut rig = among(&["bob@box"], true);
    let plain = Signal::Channel {
        with: person("bob@box"),
        channel: Channel::Plain,
    };
    let mut screen = rig.signals(plain);
    screen.extend(rig.happens(told("bob@box", "hi")));
    let warning = "! the conversation with bob@box is neither encrypted nor authenticated";
    assert_eq!(screen, [warning, "ring", "22:13 bob@box → ana: hi"]);
    let refused = Signal::Channel {
        with: person("bob@box"),
        channel: Channel::Refused("the key is another one".into()),
    };
    assert_eq!(
        rig.signals(refused),
        [
            "ring",
            "! no conversation with bob@box: the key is another one"
        ]
    );
}

#[test]
fn typing_is_shown_once_and_never_as_a_message() {
    // [LAN-44]
    let mut rig = among(&["bob@box"], true);
    let typing = |is_typing| Signal::Typing {
        from: person("bob@box"),
        is_typing,
    };
    assert_eq!(rig.signals(typing(true)), ["* bob@box is typing…"]);
    assert!(rig.signals(typing(false)).is_empty());
    assert!(
        rig.signals(typing(true)).is_empty(),
        "nobody can fill the screen with it"
    );
    assert_eq!(rig.chat.prompt(), "ana> ", "it is no message");
    rig.happens(told("bob@box", "hi"));
    assert_eq!(rig.signals(typing(true)), ["* bob@box is typing…"]);
}

#[test]
fn our_typing_is_told_to_the_person_in_the_prompt() {
    // [LAN-44]
    let mut rig = among(&["bob@box", "carl@box"], true);
    assert!(rig.chat.editing(true).is_empty(), "there is nobody to tell");
    rig.types("/to bob");
    let tells = |rig: &mut Rig, is_text| match rig.chat.editing(is_text).as_slice() {
        [Do::Ask(Command::Typing { to, is_typing }, Purpose::Look)] => {
            Some((to.to_string(), *is_typing))
        }
        [] => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(tells(&mut rig, true), Some(("bob@box".into(), true)));
    assert_eq!(tells(&mut rig, false), Some(("bob@box".into(), false)));
    tells(&mut rig, true);
    assert_eq!(
        goes_to(&mut rig, "hello").as_deref(),
        Some("bob@box"),
        "that ends it"
    );
    tells(&mut rig, true);
    let asked = asks(&mut rig, "/msg carl hi");
    assert!(
        matches!(
            asked.as_slice(),
            [
                Command::Tell { .. },
                Command::Typing {
                    is_typing: false,
                    ..
                }
            ]
        ),
        "the text is gone, and not to bob: {asked:?}"
    );
}

#[test]
fn what_may_not_have_arrived_is_marked() {
    // [LAN-43]
    let mut rig = among(&["bob@box"], true);
    let doubtful = Signal::Doubtful(Arc::new(Told {
        id: MessageId(5),
        at: Timestamp(0),
        from: user("ana"),
        to: person("bob@box"),
        text: Text::adapt("hello").unwrap(),
    }));
    assert_eq!(
        rig.signals(doubtful),
        ["ring", "! this may not have reached bob@box: hello"]
    );
    assert!(rig.chat.has_failed());
    goes_to(&mut rig, "/msg bob again");
    let why = Refusal::Unreachable(person("bob@box"), "nobody answers at its address".into());
    let shown = rig.replies(Reply::Refused(why));
    assert!(
        shown[0].contains("cannot be reached: nobody answers"),
        "{shown:?}"
    );
}

#[test]
fn another_name_is_told_and_one_as_wished_is_not() {
    // [LAN-4]
    let mut rig = among(&[], true);
    assert!(rig.signals(Signal::Named(user("ana"))).is_empty());
    assert_eq!(
        rig.signals(Signal::Named(person("ana1@box"))),
        ["* you are ana1@box here"]
    );
    assert_eq!(rig.chat.prompt(), "ana1@box> ");
}

#[test]
fn how_one_is_is_told_to_all_and_what_the_lan_has_not_is_said() {
    // [LAN-8] [LAN-17] [LAN-50]
    let mut rig = among(&["bob@box"], true);
    let asked = asks(&mut rig, "/status dnd no calls");
    let [Command::Announce(presence)] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    assert_eq!(presence.availability, Availability::Busy);
    assert_eq!(presence.message.as_deref(), Some("no calls"));
    for (line, part) in [
        ("/join tea", "the LAN has no rooms"),
        ("/rooms", "the LAN has no rooms"),
        ("/history", "the LAN has no history"),
        ("/mail", "the LAN has no mailbox"),
    ] {
        let shown = rig.types(line);
        assert!(shown[0].contains(part), "{line}: {shown:?}");
    }
    let help = rig.types("/help").join("\n");
    assert!(
        help.contains("/to USER") && help.contains("/send USER FILE"),
        "{help}"
    );
    assert!(!help.contains("/join") && !help.contains("/mail"), "{help}");
    let hub = Rig::in_tea().types("/help").join("\n");
    assert!(
        hub.contains("/join ROOM") && !hub.contains("/to USER"),
        "{hub}"
    );
    assert!(
        Rig::in_tea().types("/status away")[0].contains("cs494 has no status to tell; use lan:")
    );
}

#[test]
fn files_go_to_people_by_their_name() {
    // [LAN-45]
    let mut rig = among(&["bob smith@box"], true);
    assert_eq!(
        rig.types("/send \"bob smith@box\" a.txt"),
        ["open a.txt for bob smith@box"]
    );
    assert_eq!(
        rig.types("/offer bob\\ smith a.txt"),
        ["open a.txt for bob smith@box"]
    );
    assert!(rig.types("/send dan a.txt")[0].contains("nobody called dan"));
}

#[test]
fn a_script_makes_sure_that_what_it_said_has_arrived() {
    // [LAN-43]
    let mut rig = among(&["bob@box"], false);
    goes_to(&mut rig, "/msg bob hi");
    assert_eq!(
        rig.replies(Reply::Told(TellOutcome::Delivered)),
        ["* sent to bob@box"]
    );
    let todo = rig.chat.farewells();
    assert_eq!(rig.done(todo), ["ask Part"]);
    assert!(!rig.chat.is_idle());
    rig.replies(Reply::Done);
    assert!(rig.chat.is_idle() && rig.chat.farewells().is_empty());
}

#[test]
fn nothing_that_a_stranger_is_called_reaches_the_terminal_raw() {
    // [LAN-48]
    let mut rig = among(&[], true);
    let evil = "b\u{1b}[2J\u{202e}@box";
    let mut all = rig.signals(contact(evil, Availability::Away, Some("\u{9b}x\ny")));
    all.extend(rig.happens(told(evil, "hi")));
    all.extend(rig.types("/to b"));
    all.extend(rig.types("/who"));
    all.extend(rig.types("hello"));
    all.extend(rig.replies(Reply::Refused(Refusal::Unsafe("\u{1b}[2J".into()))));
    all.push(rig.chat.prompt());
    all.extend(rig.signals(Signal::Gone(person(evil))));
    let screen = all.join("|");
    assert!(
        !screen.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\n']),
        "{screen:?}"
    );
    assert!(rig.chat.names().users.is_empty(), "nor is it completed");
}
