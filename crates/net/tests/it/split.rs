//! The network cuts streams where it likes: whole sessions, cut everywhere, mean the same.

use crate::rig::{CP, CS494, CS594, Rig, Setup, store_with};
use crate::wire::{
    direct, enter, farewell, heartbeat, hello, leave, list_rooms, offer, query, say,
};

/// A whole session in which every answer has one place to stand.
fn cs494_session() -> Vec<u8> {
    [
        hello("ana"),
        query("ana"),
        heartbeat(),
        enter("tea"),
        say("tea", "one"),
        query("bo"),
        enter("tea"),
        list_rooms(),
        say("tea", "two words"),
        direct("ana", "to myself"),
        direct("nobody", "psst"),
        offer("ana", "nobody", 5),
        leave("tea"),
        list_rooms(),
        leave("tea"),
        say("tea", "not there"),
        hello("again"),
        query("ana"),
        farewell("bye"),
    ]
    .concat()
}

fn cs594_session() -> Vec<u8> {
    let packets = [
        r#"{"Header":{"OP-CODE":6,"Length":2},"Payload":""}"#,
        r#"{"Header":{"OP-CODE":1,"Length":5},"Payload":"ana"}"#,
        r#"{"Header":{"OP-CODE":3,"Length":0},"Payload":{"Room-Name":["tea","den"],"User-Name":"ana"}}"#,
        r#"{"Header":{"OP-CODE":4,"Length":0},"Payload":{"Room-Name":["tea"],"User-Name":"ana","Message":"{\"}{\" \u00e9"}}"#,
        r#"not a packet"#,
        r#"{"Header":{"OP-CODE":9,"Length":0},"Payload":{"Room-Name":"tea"}}"#,
        r#"{"Header":{"OP-CODE":6,"Length":0}}"#,
        r#"{"Header":{"OP-CODE":13,"Length":0},"Payload":{"User-Name":"ana","To-User":"nobody","Message":"x"}}"#,
        r#"{"Header":{"OP-CODE":8,"Length":0},"Payload":{"Room-Name":["den"],"User-Name":"ana"}}"#,
        r#"{"Header":{"OP-CODE":15,"Length":0},"Payload":""}"#,
        r#"{"Header":{"OP-CODE":77,"Length":0},"Payload":""}"#,
        r#"{"Header":{"OP-CODE":11,"Length":0},"Payload":{"User-Name":"ana"}}"#,
    ];
    let lines = packets.map(|packet| format!("{packet}\n"));
    lines.concat().into_bytes()
}

fn cp_session() -> Vec<u8> {
    let long = format!("SMSGana:{}\r\n", "x".repeat(2_000));
    let lines = [
        "NOOP\r\n",
        "USERana\r\n",
        "PASSwrong\r\n",
        "user ana\r\n",
        "PASSpw-ana\r\n",
        "SMSGana:for myself\r\n",
        "SMSGana:a:b\r\n",
        "SMSGnobody:x\r\n",
        &long,
        "RMSG\n",
        "250 thanks\r\n",
        "RMSG\r\n",
        "TERM\r\n",
        "TERM\r\n",
    ];
    lines.concat().into_bytes()
}

/// A hub where everything that a session leaves behind is gone when it ends.
fn stage(wire: usize) -> Rig {
    let mut setup = Setup {
        store: store_with(&["ana"]),
        ..Setup::default()
    };
    // A list of rooms comes when a round ends, so it depends on where rounds end.
    setup.cs494.push_room_list = false;
    setup.hub.names.open_names = wire != CP;
    Rig::with(setup)
}

/// Plays `session`, cut at `cuts`, and returns what came back.
fn play(rig: &mut Rig, wire: usize, session: &[u8], cuts: &[usize]) -> Vec<u8> {
    let peer = rig.open(wire);
    let mut at = 0;
    for &cut in cuts.iter().chain([&session.len()]) {
        rig.send(peer, &session[at..cut]);
        rig.round();
        at = cut;
    }
    if wire == CP {
        // The others say goodbye.
        rig.ends(peer);
    }
    rig.wait_for("the end", |rig| rig.closed(peer).map(|_| ()));
    rig.got(peer)
}

fn is_the_same_wherever_it_is_cut(wire: usize, session: &[u8], step: usize) {
    let mut rig = stage(wire);
    let whole = play(&mut rig, wire, session, &[]);
    assert!(whole.len() > 100, "{whole:?}");
    let single: Vec<_> = (1..session.len()).collect();
    let bytes = play(&mut rig, wire, session, &single);
    assert_eq!(in_words(wire, &bytes), in_words(wire, &whole), "one by one");
    for cut in (1..session.len()).step_by(step) {
        let halves = play(&mut rig, wire, session, &[cut]);
        assert_eq!(in_words(wire, &halves), in_words(wire, &whole), "at {cut}");
    }
}

fn in_words(wire: usize, bytes: &[u8]) -> Vec<String> {
    if wire == CS494 {
        let mut rest = bytes.to_vec();
        let words = crate::wire::packets(&mut rest);
        assert!(rest.is_empty());
        return words;
    }
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    text.lines().map(ToOwned::to_owned).collect()
}

// [494-4]
#[test]
fn a_cs494_session_means_the_same_wherever_it_is_cut() {
    is_the_same_wherever_it_is_cut(CS494, &cs494_session(), 1);
    let words = in_words(
        CS494,
        &play(&mut stage(CS494), CS494, &cs494_session(), &[]),
    );
    let expected = [
        "ana is 1",
        "in tea: ana",
        "ana in tea: one",
        "bo is 0",
        "in tea: ana",
        "rooms: tea",
        "ana in tea: two words",
        "ana: to myself",
        "nobody is 0",
        "0 is rejected",
        "rooms: ",
        "ana is 1",
    ];
    assert_eq!(words, expected);
}

// [594-3] [594-26]
#[test]
fn a_cs594_session_means_the_same_wherever_it_is_cut() {
    is_the_same_wherever_it_is_cut(CS594, &cs594_session(), 1);
    let words = in_words(
        CS594,
        &play(&mut stage(CS594), CS594, &cs594_session(), &[]),
    );
    let codes: Vec<_> = words
        .iter()
        .map(|line| {
            let code = line.split("\"OP-CODE\":").nth(1).unwrap();
            code.split(',').next().unwrap()
        })
        .collect();
    let expected = [
        "206", "2", "2", "5", "205", "10", "7", "208", "2", "206", "2",
    ];
    assert_eq!(codes, expected);
}

// [CP-1] [CP-4]
#[test]
fn a_cp_session_means_the_same_wherever_it_is_cut() {
    // Each play checks two passwords, so not at every place.
    is_the_same_wherever_it_is_cut(CP, &cp_session(), 67);
    let words = in_words(CP, &play(&mut stage(CP), CP, &cp_session(), &[]));
    let codes: Vec<_> = words.iter().map(|line| &line[..3]).collect();
    let expected = [
        "500", "220", "565", "220", "230", "240", "546", "545", "500", "RMS", "255", "256", "500",
    ];
    assert_eq!(codes, expected);
}
