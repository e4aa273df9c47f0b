//! The client's side: commands in and packets out, packets in and replies out; and both sides
//! against each other.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use model::{Place, Proof};

use super::*;
use crate::cs594::{Cs594, Settings};
use crate::{Protocol, Turn};

struct Face {
    client: Client,
    input: BytesMut,
    now: Instant,
    next: u64,
    why: Option<Why>,
}

/// What one call brought: bytes for the hub, and news for the face as text.
type News = (String, Vec<String>);

impl Face {
    fn new() -> Self {
        Face::with(ClientSettings::default())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the instant that the test starts from"
    )]
    fn with(settings: ClientSettings) -> Self {
        let now = Instant::now();
        Face {
            client: Client::new(settings, now),
            input: BytesMut::new(),
            now,
            next: 1,
            why: None,
        }
    }

    fn named() -> Self {
        let mut face = Face::new();
        let (out, news) = face.command(sign_in());
        assert_eq!((out, news), (line(1, r#""ana""#), vec![]));
        assert_eq!(face.receive(OK), (String::new(), vec!["1: Done".into()]));
        face
    }

    fn turn(
        &mut self,
        act: impl FnOnce(&mut Client, &mut BytesMut, Instant, &mut ClientTurn),
    ) -> News {
        let mut turn = ClientTurn::default();
        act(&mut self.client, &mut self.input, self.now, &mut turn);
        self.why = self.why.take().or(turn.why);
        let out = String::from_utf8(turn.out.to_vec()).unwrap();
        (out, turn.up.iter().map(text).collect())
    }

    /// Gives a command; they are numbered from 1.
    fn command(&mut self, command: Command) -> News {
        let id = CommandId(self.next);
        self.next += 1;
        self.turn(|client, _, now, turn| client.handle_command(id, command, now, turn))
    }

    fn receive(&mut self, bytes: impl AsRef<[u8]>) -> News {
        self.input.extend_from_slice(bytes.as_ref());
        self.turn(|client, input, now, turn| client.handle_bytes(input, now, turn))
    }

    fn wait(&mut self, time: Duration) -> Vec<String> {
        let end = self.now + time;
        let mut written = Vec::new();
        while let Some(at) = self.client.poll_timeout().filter(|at| *at <= end) {
            self.now = at;
            let (out, _) = self.turn(|client, _, now, turn| client.handle_timeout(now, turn));
            written.extend((!out.is_empty()).then_some(out));
        }
        self.now = end;
        written
    }
}

const OK: &str = "{\"Header\":{\"OP-CODE\":2,\"Length\":0},\"Payload\":\"\"}\n";

fn text(upward: &Upward) -> String {
    match upward {
        Upward::Reply(id, reply) => format!("{}: {reply:?}", id.0),
        Upward::Event(Event::Said(said)) => {
            format!(
                "{} in {}: {} ({:?})",
                said.from, said.room, said.text, said.manner
            )
        }
        Upward::Event(Event::Told(told)) => format!("{} to {}: {}", told.from, told.to, told.text),
        Upward::Signal(signal) => format!("{signal:?}"),
    }
}

fn line(op: u16, payload: &str) -> String {
    let length = if payload == "\"\"" { 0 } else { payload.len() };
    format!("{{\"Header\":{{\"OP-CODE\":{op},\"Length\":{length}}},\"Payload\":{payload}}}\n")
}

fn user(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

fn words(text: &str) -> Text {
    Text::adapt(text).unwrap()
}

fn sign_in() -> Command {
    Command::SignIn {
        name: user("ana"),
        proof: Proof::None,
    }
}

fn join(rooms: &[&str]) -> Command {
    Command::Join {
        rooms: rooms.iter().map(|name| room(name)).collect(),
    }
}

fn post(text: &str) -> Command {
    Command::Post {
        rooms: vec![room("r1")],
        text: words(text),
        manner: SaidAs::Post,
        from_outside: false,
    }
}

fn tell(to: &str) -> Command {
    Command::Tell {
        to: Recipient::Name(user(to)),
        text: words("hi"),
    }
}

fn offer() -> Command {
    Command::Offer {
        to: user("bo"),
        name: FileName::parse("f.txt").unwrap(),
        size: 3_000,
    }
}

fn file_7() -> TransferId {
    TransferId::new(7).unwrap()
}

fn show(from: &str, room: &str, kind: &str) -> String {
    line(
        5,
        &format!(
            r#"{{"User-Name":"ana","From-User":"{from}","From-Name":"{from}","To-Room":"{room}","Message":"hi","Type":"{kind}"}}"#
        ),
    )
}

// [594-9..16] [594-25]
#[test]
fn commands_become_packets_and_answers_replies() {
    let history = |place| Command::History {
        place,
        before: Some(MessageId(5)),
        limit: 20,
    };
    let entry =
        r#"{"Message":[{"From-User":"ana","To-Room":"PRV MSG","Message":"x","Time":5,"Id":3}]}"#;
    let error = |code: u16, rest: &str| {
        line(
            code,
            &format!(r#"{{"Error":{code},"Message":"No."{rest}}}"#),
        )
    };
    let table = [
        (
            join(&["r1", "r2"]),
            line(3, r#"{"Room-Name":["r1","r2"],"User-Name":"ana"}"#),
            OK.to_owned(),
            r#"2: Joined([(RoomName("r1"), false), (RoomName("r2"), false)])"#,
        ),
        (
            join(&["[x]"]),
            line(3, r#"{"Room-Name":["[x]"],"User-Name":"ana"}"#),
            error(204, ""),
            "2: Refused(TooManyRooms)",
        ),
        (
            join(&["r1"]),
            line(3, r#"{"Room-Name":"r1","User-Name":"ana"}"#),
            error(203, r#","Room-Name":"r1""#),
            r#"2: Refused(RoomFull(RoomName("r1")))"#,
        ),
        (
            Command::Leave {
                rooms: vec![room("r1")],
            },
            line(8, r#"{"Room-Name":"r1","User-Name":"ana"}"#),
            error(206, ""),
            r#"2: Refused(NotMember(RoomName("r1")))"#,
        ),
        (
            Command::ListRooms,
            line(6, r#""""#),
            line(7, r#"{"Message":"[\"r1\"]"}"#),
            r#"2: Rooms([RoomName("r1")])"#,
        ),
        (
            Command::ListMembers { room: room("r1") },
            line(9, r#"{"Room-Name":"r1"}"#),
            line(10, r#"{"Message":["ana","bo"]}"#),
            r#"2: Members { room: RoomName("r1"), names: [UserName("ana"), UserName("bo")] }"#,
        ),
        (
            Command::ListMembers { room: room("r1") },
            line(9, r#"{"Room-Name":"r1"}"#),
            error(207, ""),
            r#"2: Refused(NoSuchRoom(RoomName("r1")))"#,
        ),
        (
            tell("bo"),
            line(13, r#"{"User-Name":"ana","To-User":"bo","Message":"hi"}"#),
            OK.to_owned(),
            "2: Told(Delivered)",
        ),
        (
            tell("bo"),
            line(13, r#"{"User-Name":"ana","To-User":"bo","Message":"hi"}"#),
            error(208, ""),
            r#"2: Refused(NoSuchUser("bo"))"#,
        ),
        (
            history(Place::Room(room("r1"))),
            line(20, r#"{"Room-Name":"r1","Before":5,"Limit":20}"#),
            line(21, r#"{"Message":"[]"}"#),
            "2: History([])",
        ),
        (
            history(Place::Person(user("bo"))),
            line(20, r#"{"To-User":"bo","Before":5,"Limit":20}"#),
            line(21, entry),
            r#"2: History([Told(Told { id: MessageId(3), at: Timestamp(5), from: UserName("ana"), to: UserName("bo"), text: Text(1 bytes) })])"#,
        ),
    ];
    for (command, packet, answer, reply) in table {
        let mut face = Face::named();
        assert_eq!(face.command(command), (packet, vec![]));
        assert_eq!(
            face.receive(answer),
            (String::new(), vec![reply.to_owned()])
        );
    }
}

// [594-9]
#[test]
fn a_refused_name_leaves_the_session_nameless() {
    let mut face = Face::new();
    face.command(sign_in());
    let (_, news) = face.receive(line(202, "202"));
    assert_eq!(news, [r#"1: Refused(NameInUse(UserName("ana")))"#]);
    assert_eq!(
        face.command(Command::ListRooms).1,
        ["2: Refused(NotSignedIn)"]
    );
    face.command(sign_in());
    assert_eq!(
        face.receive(line(203, r#"{"Error":203}"#)).1,
        ["3: Refused(HubFull)"]
    );
    let long = Command::SignIn {
        name: user("123456789012345678901"),
        proof: Proof::None,
    };
    assert_eq!(face.command(long).1, ["4: Refused(NotPossible)"]);
}

// [594-14] [594-18]
#[test]
fn a_post_is_answered_by_its_own_echo() {
    let mut face = Face::named();
    let packet = line(4, r#"{"Room-Name":"r1","User-Name":"ana","Message":"hi"}"#);
    assert_eq!(face.command(post("hi")), (packet, vec![]));
    assert_eq!(
        face.receive(show("bo", "r1", "")).1,
        ["bo in r1: hi (Post)"]
    );
    assert_eq!(
        face.receive(show("ana", "r2", "")).1,
        ["ana in r2: hi (Post)"]
    );
    let echo = face.receive(show("ana", "r1", "group")).1;
    assert_eq!(echo, ["ana in r1: hi (Group)", "2: Done"]);
    face.command(post("hi"));
    let (_, news) = face.receive(line(207, r#"{"Error":207,"Room-Name":"r1"}"#));
    assert_eq!(news, [r#"3: Refused(NoSuchRoom(RoomName("r1")))"#]);
    assert_eq!(
        face.receive(show("bo", "PRV MSG", "private")).1,
        ["bo to ana: hi"]
    );
}

#[test]
fn one_request_is_outstanding_at_a_time() {
    let mut face = Face::named();
    face.command(Command::ListRooms);
    assert_eq!(face.command(tell("bo")), (String::new(), vec![]));
    assert_eq!(face.command(join(&["r1"])), (String::new(), vec![]));
    let (out, news) = face.receive(line(7, r#"{"Message":[]}"#));
    assert_eq!(
        out,
        line(13, r#"{"User-Name":"ana","To-User":"bo","Message":"hi"}"#)
    );
    assert_eq!(news, ["2: Rooms([])"]);
    let (out, news) = face.receive(OK);
    assert_eq!(out, line(3, r#"{"Room-Name":"r1","User-Name":"ana"}"#));
    assert_eq!(news, ["3: Told(Delivered)"]);
    face.receive(OK);
    let everywhere = Command::PostEverywhere { text: words("hi") };
    let (out, _) = face.command(everywhere);
    assert_eq!(
        out,
        line(4, r#"{"Room-Name":"r1","User-Name":"ana","Message":"hi"}"#)
    );
}

// [594-24]
#[test]
fn a_file_is_sent_in_numbered_segments() {
    let mut face = Face::named();
    let (out, _) = face.command(offer());
    let packet = r#"{"User-Name":"ana","To-User":"bo","File-Name":"f.txt","Size":3000}"#;
    assert_eq!(out, line(16, packet));
    let (_, news) = face.receive(line(2, r#"{"Transfer-Id":7}"#));
    assert!(
        news[0].starts_with("2: Offered(Transfer { id: TransferId(7)"),
        "{news:?}"
    );
    let segment = |bytes: usize, last| Command::Segment {
        id: file_7(),
        data: Bytes::from(vec![0; bytes]).into(),
        last,
    };
    assert_eq!(
        face.command(segment(1, false)).1,
        ["3: Refused(NoSuchTransfer)"]
    );
    let (_, news) = face.receive(line(
        17,
        r#"{"User-Name":"bo","To-User":"ana","Transfer-Id":7}"#,
    ));
    assert!(news[0].contains("accepted: true"), "{news:?}");
    let (out, news) = face.command(segment(2_500, false));
    assert_eq!(
        (out.lines().count(), &news[..]),
        (2, &["4: Done".to_owned()][..])
    );
    let (out, _) = face.command(segment(500, true));
    assert!(out.contains(r#""Seq":2"#) && out.contains(r#""Last":true"#));
    assert_eq!(
        face.command(segment(1, true)).1,
        ["6: Refused(NoSuchTransfer)"]
    );
}

// [594-24]
#[test]
fn offers_that_come_to_nothing_are_told() {
    let mut face = Face::named();
    face.command(offer());
    let none = line(18, r#"{"User-Name":"bo","To-User":"ana","Transfer-Id":0}"#);
    assert_eq!(face.receive(none).1, ["2: Refused(TooManyTransfers)"]);
    face.command(offer());
    assert_eq!(
        face.receive(line(208, "208")).1,
        [r#"3: Refused(NoSuchUser("bo"))"#]
    );
    face.command(offer());
    let no_files = line(206, r#"{"Error":206,"Message":"No.","To-User":"bo"}"#);
    assert_eq!(
        face.receive(no_files).1,
        [r#"4: Refused(TakesNoFiles(UserName("bo")))"#]
    );
    let reject = line(18, r#"{"User-Name":"bo","To-User":"ana","Transfer-Id":7}"#);
    face.command(offer());
    face.receive(line(2, r#"{"Transfer-Id":7}"#));
    assert!(face.receive(&reject).1[0].contains("accepted: false"));
    face.command(offer());
    face.receive(line(2, r#"{"Transfer-Id":7}"#));
    face.receive(line(
        17,
        r#"{"User-Name":"bo","To-User":"ana","Transfer-Id":7}"#,
    ));
    assert!(face.receive(&reject).1[0].starts_with("Ended"));
    assert_eq!(face.receive(&reject).1, [""; 0]);
}

// [594-24]
#[test]
fn a_file_is_taken_and_received() {
    let incoming = line(
        16,
        r#"{"User-Name":"bo","To-User":"ana","File-Name":"f","Size":6,"Transfer-Id":7}"#,
    );
    let answer = |accept| Command::Answer {
        claim: Claim {
            id: file_7(),
            from: None,
            to: None,
        },
        accept,
    };
    let segment = |seq: u64, last: bool| {
        line(
            19,
            &format!(r#"{{"Transfer-Id":7,"Seq":{seq},"Data":"QUJD","Last":{last}}}"#),
        )
    };
    let mine = r#"{"User-Name":"ana","To-User":"bo","Transfer-Id":7}"#;
    let rooms = line(7, r#"{"Message":[]}"#);

    let mut face = Face::named();
    assert!(face.receive(&incoming).1[0].starts_with("Offered"));
    let (out, news) = face.command(answer(true));
    assert_eq!((out, news), (line(17, mine) + &line(6, r#""""#), vec![]));
    assert_eq!(face.receive(&rooms).1, ["2: Done"]);
    let got = face.receive(segment(0, false) + &segment(1, true)).1;
    let signal = |last| format!("Segment {{ id: TransferId(7), data: b\"ABC\", last: {last} }}");
    assert_eq!(got, [signal(false), signal(true)]);
    assert_eq!(face.receive(segment(2, true)).1, [""; 0]);

    let mut face = Face::named();
    face.receive(&incoming);
    assert_eq!(
        face.command(answer(false)).0,
        line(18, mine) + &line(6, r#""""#)
    );
    assert_eq!(face.receive(line(206, "206")).1, [""; 0]);
    assert_eq!(face.receive(&rooms).1, ["2: Refused(NoSuchTransfer)"]);
    assert_eq!(
        face.command(answer(false)).1,
        ["3: Refused(NoSuchTransfer)"]
    );

    let mut face = Face::named();
    face.receive(&incoming);
    face.command(answer(true));
    face.receive(&rooms);
    let (out, news) = face.receive(segment(1, false));
    assert_eq!(out, line(18, mine), "a hole ends it");
    assert!(news[0].starts_with("Ended"));

    let mut face = Face::named();
    face.receive(&incoming);
    assert_eq!(
        face.command(Command::Cancel { id: file_7() }),
        (line(18, mine), vec!["2: Done".into()])
    );
}

// [594-17]
#[test]
fn keep_alives_go_out_and_a_hub_that_sends_them_may_not_fall_silent() {
    let mut face = Face::new();
    assert_eq!(face.client.poll_timeout(), None);
    face = Face::named();
    let alive = line(15, r#""""#);
    assert_eq!(face.wait(Duration::from_secs(60)), vec![alive.clone(); 12]);
    assert_eq!(face.why, None, "the author's hub sends none");
    face.receive(&alive);
    face.wait(Duration::from_secs(14));
    assert_eq!(face.why, None);
    face.wait(Duration::from_secs(1));
    assert_eq!(face.why, Some(Why::Silent));
}

// [594-16] [594-22]
#[test]
fn goodbyes_are_said_and_heard() {
    let mut face = Face::named();
    let (out, news) = face.command(Command::SignOut { farewell: None });
    assert_eq!(
        (out, news),
        (line(11, r#"{"User-Name":"ana"}"#), vec!["2: Done".into()])
    );
    assert_eq!(face.why, Some(Why::Departed));
    let mut face = Face::named();
    face.receive(line(14, r#"{"User-Name":"ana"}"#));
    assert!(matches!(face.why, Some(Why::ServerEnded(_))));
}

// [594-6]
#[test]
fn a_client_with_a_key_seals_what_it_sends() {
    let key = Key::from_bytes([3; 16]);
    let mut count = 0;
    let next_iv = Box::new(move || {
        count += 1;
        [count; 16]
    });
    let seal = Some(Seal {
        key: key.clone(),
        next_iv,
    });
    let mut face = Face::with(ClientSettings {
        seal,
        ..ClientSettings::default()
    });
    let (out, _) = face.command(sign_in());
    let sealed = crypt::encrypt(&key, [1; 16], line(1, r#""ana""#).trim_end().as_bytes());
    assert_eq!(out, sealed + "\n");
    face.receive(OK);
    let (out, _) = face.command(Command::ListRooms);
    assert_eq!(
        out,
        crypt::encrypt(&key, [2; 16], line(6, r#""""#).trim_end().as_bytes()) + "\n"
    );
}

// bad input from a hub
#[test]
fn what_a_hub_should_not_send_is_dropped() {
    let mut face = Face::named();
    for bytes in [
        "%%%\n",
        "{}\n",
        &line(1, r#""x""#),
        &line(99, r#""""#),
        &line(5, "{}"),
        &line(5, r#"{"From-User":"a b","To-Room":"r1","Message":"x"}"#),
        &line(5, r#"{"From-User":"bo","To-Room":"r1","Message":""}"#),
        &line(
            16,
            r#"{"User-Name":"bo","To-User":"ana","File-Name":"../x","Size":1,"Transfer-Id":1}"#,
        ),
        &line(19, r#"{"Transfer-Id":9,"Seq":0,"Data":"","Last":true}"#),
        &line(206, "206"),
        OK,
    ] {
        assert_eq!(face.receive(bytes), (String::new(), vec![]), "{bytes}");
    }
    assert_eq!(face.why, None);
    face.receive("{\"".to_owned() + &"x".repeat(MAX_PACKET_FROM_HUB));
    assert!(matches!(face.why, Some(Why::PeerMisbehaved(_))));
}

// [594-1..26] both machines of ours, without a hub between them
#[test]
fn our_client_and_our_hub_understand_each_other() {
    let mut face = Face::new();
    let mut hub = Cs594::new(Settings::default()).open(face.now);
    let mut talk = |face: &mut Face, command: Command, reply: Reply| -> (Command, Vec<String>) {
        let (out, _) = face.command(command);
        let mut turn = Turn::default();
        hub.handle_bytes(&mut BytesMut::from(out.as_bytes()), face.now, &mut turn);
        let (id, asked) = turn.asks.remove(0);
        hub.handle_reply(id, &reply, face.now, &mut turn);
        let (_, news) = face.receive(&turn.out);
        (asked, news)
    };
    let (asked, news) = talk(&mut face, sign_in(), Reply::Done);
    assert!(matches!(asked, Command::SignIn { .. }));
    assert_eq!(news, ["1: Done"]);
    let joined = Reply::Joined(vec![(room("r1"), false)]);
    let (asked, news) = talk(&mut face, join(&["r1"]), joined);
    assert!(matches!(asked, Command::Join { .. }));
    assert_eq!(news, [r#"2: Joined([(RoomName("r1"), false)])"#]);
    let refused = Reply::Refused(Refusal::NoSuchUser("bo".into()));
    let (asked, news) = talk(&mut face, tell("bo"), refused);
    assert!(matches!(asked, Command::Tell { .. }));
    assert_eq!(news, [r#"3: Refused(NoSuchUser("bo"))"#]);
    let full = Reply::Refused(Refusal::TooManyTransfers);
    let (asked, news) = talk(&mut face, offer(), full);
    assert!(matches!(asked, Command::Offer { .. }));
    assert_eq!(news, ["4: Refused(TooManyTransfers)"]);
}
