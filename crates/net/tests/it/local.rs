//! Faces in the hub's own process, through its door.

use link::{Door, Happening, Link};
use model::{Command, CommandId, Event, Proof, Reply, RoomName, SaidAs, Text, UserName};

use crate::rig::CS494;
use crate::sockets::{Server, quiet};
use crate::wire::{enter, hello, query, say};

/// Takes what comes out of `link` until `wanted` finds what it looks for. A face that waits in vain
/// is ended by the test runner; every wait here is for something that was asked for.
fn wait<T>(link: &mut Link, mut wanted: impl FnMut(Happening) -> Option<T>) -> T {
    loop {
        let happening = link.happenings.blocking_recv().expect("the link is open");
        if let Some(found) = wanted(happening) {
            return found;
        }
    }
}

fn ask(link: &mut Link, number: u64, command: Command) -> Reply {
    let id = CommandId(number);
    link.commands.blocking_send((id, command)).unwrap();
    wait(link, |happening| match happening {
        Happening::Reply(answered, reply) if answered == id => Some(reply),
        _ => None,
    })
}

fn tea() -> RoomName {
    RoomName::parse("tea").unwrap()
}

// [HUB-1] [HUB-3] [HUB-8]
#[test]
fn a_face_in_the_process_talks_with_a_client_on_a_wire() {
    let server = Server::start(quiet());
    let mut link = server.door.admit().unwrap();
    assert_eq!(link.features, server.door.features());
    let (name, proof) = (UserName::parse("inga").unwrap(), Proof::None);
    assert!(matches!(
        ask(&mut link, 1, Command::SignIn { name, proof }),
        Reply::Done
    ));
    let joined = ask(&mut link, 2, Command::Join { rooms: vec![tea()] });
    assert!(matches!(joined, Reply::Joined(_)));

    let mut ana = server.client(CS494);
    ana.send(&[hello("ana"), enter("tea"), query("inga")].concat());
    assert!(ana.hear(2).concat().contains("inga"));
    ana.send(&say("tea", "from the wire"));
    let heard = wait(&mut link, |happening| match happening {
        Happening::Event(Event::Said(said)) => Some(said.text.to_string()),
        _ => None,
    });
    assert_eq!(heard, "from the wire");
    ana.hear(1);

    let post = Command::Post {
        rooms: vec![tea()],
        text: Text::adapt("from inside").unwrap(),
        manner: SaidAs::Post,
        from_outside: false,
    };
    assert!(matches!(ask(&mut link, 3, post), Reply::Done));
    assert!(ana.hear(1)[0].contains("from inside"));

    // Dropping the link is leaving.
    drop(link);
    assert!(!ana.hear(1)[0].contains("inga"), "the listing without inga");

    let mut last = server.door.admit().unwrap();
    let rooms = ask(&mut last, 1, Command::ListRooms);
    assert!(matches!(rooms, Reply::Refused(_)), "nobody yet");
    server.stop();
    wait(&mut last, |happening| {
        matches!(happening, Happening::Ended(_)).then_some(())
    });
}
