//! The hub's side: bytes in and commands out, answers and events in and bytes out, deadlines.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use model::{
    Command, CommandId, EndReason, Event, FileName, MessageId, Refusal, Reply, RoomName, Said,
    SaidAs, Signal, TellOutcome, Text, Timestamp, Told, Transfer, TransferId, UserName,
};
use wire_cs594::{Key, crypt};

use super::{Cs594, FIRST_PACKET, PACE, PACKET_TIME, PAUSE, Settings};
use crate::{Gate, Protocol, Share, Turn, Why};

/// A session and all that drives it.
struct Hub {
    gate: Box<dyn Gate>,
    input: BytesMut,
    now: Instant,
    /// Commands without an answer.
    asked: Vec<(CommandId, Command)>,
    why: Option<Why>,
}

impl Hub {
    fn new() -> Self {
        Hub::with(Settings::default())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the instant that the test starts from"
    )]
    fn with(settings: Settings) -> Self {
        let now = Instant::now();
        let gate = Cs594::new(settings).open(now);
        let (input, asked, why) = (BytesMut::new(), Vec::new(), None);
        Hub {
            gate,
            input,
            now,
            asked,
            why,
        }
    }

    /// A session of a name, in lines.
    fn named(name: &str) -> Self {
        let mut hub = Hub::new();
        hub.sign_in(name, "\n");
        assert_eq!(hub.gate.share(), Share::Named);
        hub
    }

    /// A session of a name, in bare packets.
    fn bare(name: &str) -> Self {
        let mut hub = Hub::new();
        hub.sign_in(name, "");
        assert_eq!(hub.gate.share(), Share::Own);
        hub.wait(PACE);
        hub
    }

    fn sign_in(&mut self, name: &str, end: &str) {
        let packet = packet(1, &format!("{name:?}"));
        assert_eq!(self.send(format!("{packet}{end}")), "");
        assert!(matches!(&self.asked[0].1, Command::SignIn { name: n, .. } if n.as_str() == name));
        assert!(self.gate.is_waiting());
        assert_eq!(self.reply(Reply::Done), format!("{OK}{end}"));
        assert!(!self.gate.is_waiting());
    }

    fn turn(
        &mut self,
        act: impl FnOnce(&mut dyn Gate, &mut BytesMut, Instant, &mut Turn),
    ) -> String {
        let mut turn = Turn::default();
        act(self.gate.as_mut(), &mut self.input, self.now, &mut turn);
        self.asked.append(&mut turn.asks);
        self.why = self.why.take().or(turn.why);
        String::from_utf8(turn.out.to_vec()).unwrap()
    }

    fn send(&mut self, bytes: impl AsRef<[u8]>) -> String {
        self.input.extend_from_slice(bytes.as_ref());
        self.turn(|gate, input, now, turn| gate.handle_bytes(input, now, turn))
    }

    /// Sends a packet as a line.
    fn request(&mut self, op: u16, payload: &str) -> String {
        self.send(packet(op, payload) + "\n")
    }

    /// Answers the oldest command, then goes on with what input is left.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "each answer is made where it is given"
    )]
    fn reply(&mut self, reply: Reply) -> String {
        let (id, _) = self.asked.remove(0);
        let mut out = self.turn(|gate, _, now, turn| gate.handle_reply(id, &reply, now, turn));
        if !self.gate.is_waiting() && !self.input.is_empty() {
            out += &self.send("");
        }
        out
    }

    fn event(&mut self, event: &Event) -> String {
        self.turn(|gate, _, now, turn| gate.handle_event(event, now, turn))
    }

    fn signal(&mut self, signal: &Signal) -> String {
        self.turn(|gate, _, now, turn| gate.handle_signal(signal, now, turn))
    }

    /// Lets time pass, calling at each deadline.
    fn wait(&mut self, time: Duration) -> Vec<String> {
        let end = self.now + time;
        let mut written = Vec::new();
        while let Some(at) = self.gate.poll_timeout().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            let out = self.turn(|gate, _, now, turn| gate.handle_timeout(now, turn));
            written.extend((!out.is_empty()).then_some(out));
        }
        self.now = end;
        written
    }

    /// The commands that wait for an answer, as text; forgets them.
    fn asks(&mut self) -> Vec<String> {
        let asked = std::mem::take(&mut self.asked);
        asked
            .iter()
            .map(|(_, command)| format!("{command:?}"))
            .collect()
    }
}

const OK: &str = r#"{"Header":{"OP-CODE":2,"Length":0},"Payload":""}"#;

fn packet(op: u16, payload: &str) -> String {
    let length = if payload == "\"\"" { 0 } else { payload.len() };
    format!(r#"{{"Header":{{"OP-CODE":{op},"Length":{length}}},"Payload":{payload}}}"#)
}

fn line(op: u16, payload: &str) -> String {
    packet(op, payload) + "\n"
}

/// The codes of the packets that were written.
fn codes(out: &str) -> Vec<u16> {
    let after = out.split("\"OP-CODE\":").skip(1);
    after
        .map(|rest| rest.split(',').next().unwrap().parse().unwrap())
        .collect()
}

fn user(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

fn said(text: &str) -> Event {
    Event::Said(
        Said {
            id: MessageId(9),
            at: Timestamp(1_700),
            from: user("bo"),
            room: room("r1"),
            text: Text::adapt(text).unwrap(),
            manner: SaidAs::Post,
        }
        .into(),
    )
}

fn told(text: &str) -> Event {
    Event::Told(
        Told {
            id: MessageId(10),
            at: Timestamp(1_800),
            from: user("bo"),
            to: user("ana"),
            text: Text::adapt(text).unwrap(),
        }
        .into(),
    )
}

fn show(recipient: &str, text: &str) -> String {
    packet(
        5,
        &format!(
            r#"{{"User-Name":"{recipient}","From-User":"bo","From-Name":"bo","To-Room":"r1","Message":"{text}","Type":""}}"#
        ),
    )
}

fn transfer(from: &str, to: &str) -> Transfer {
    Transfer {
        id: TransferId::new(7).unwrap(),
        from: user(from),
        to: user(to),
        name: FileName::parse("f.txt").unwrap(),
        size: 3_000,
    }
}

// [594-9] [594-20]
#[test]
fn a_name_is_checked_and_a_refused_client_may_try_another() {
    let mut hub = Hub::new();
    for name in [
        r#""""#,
        r#""a b""#,
        r#""123456789012345678901""#,
        r#""é""#,
        r#""~a""#,
    ] {
        assert_eq!(codes(&hub.request(1, name)), [201], "{name}");
    }
    assert_eq!(hub.request(1, r#"{"User-Name":"ana"}"#), "");
    let in_use = Refusal::NameInUse(user("ana"));
    assert_eq!(
        hub.reply(Reply::Refused(in_use)),
        line(202, r#"{"Error":202,"Message":"The name ana is in use."}"#)
    );
    hub.request(1, r#""ana""#);
    let reserved = Refusal::NameReserved(user("ana"));
    assert_eq!(codes(&hub.reply(Reply::Refused(reserved))), [202]);
    hub.request(1, r#""ana""#);
    assert_eq!(codes(&hub.reply(Reply::Refused(Refusal::HubFull))), [203]);
    hub.request(1, r#""bo""#);
    assert_eq!(hub.reply(Reply::Done), format!("{OK}\n"));
    assert_eq!(hub.why, None);
}

// [594-21]
#[test]
fn nothing_but_connect_comes_first_and_connect_only_once() {
    let mut hub = Hub::new();
    let early = [
        (6, r#""""#),
        (3, r#"{"Room-Name":"r1","User-Name":"ana"}"#),
        (9, r#"{"Room-Name":"r1"}"#),
        (13, r#"{"User-Name":"ana","To-User":"bo","Message":"x"}"#),
        (11, r#"{"User-Name":"ana"}"#),
        (20, r#"{"Room-Name":"r1"}"#),
        (19, r#"{"Transfer-Id":1,"Seq":0,"Data":"","Last":true}"#),
    ];
    for (op, payload) in early {
        assert_eq!(codes(&hub.request(op, payload)), [206], "{op}");
    }
    assert_eq!(hub.asks(), [""; 0]);
    hub.sign_in("ana", "\n");
    assert_eq!(codes(&hub.request(1, r#""ana""#)), [206]);
    assert_eq!(codes(&hub.request(1, r#""bo""#)), [206]);
    assert_eq!(hub.asks(), [""; 0]);
}

// [594-10..16] [594-25]
#[test]
fn requests_become_commands() {
    let table = [
        (6, r#""""#, "ListRooms"),
        (
            3,
            r#"{"Room-Name":["r1","r2"],"User-Name":"ana"}"#,
            r#"Join { rooms: [RoomName("r1"), RoomName("r2")] }"#,
        ),
        (
            3,
            r#"{"Room-Name":"[\"r1\",\"r2\"]","User-Name":"ana"}"#,
            r#"Join { rooms: [RoomName("r1"), RoomName("r2")] }"#,
        ),
        (
            3,
            r#"{"Room-Name":"r1","User-Name":"ana"}"#,
            r#"Join { rooms: [RoomName("r1")] }"#,
        ),
        (
            9,
            r#"{"Room-Name":"日本"}"#,
            r#"ListMembers { room: RoomName("日本") }"#,
        ),
        (
            8,
            r#"{"Room-Name":"r1","User-Name":"ana"}"#,
            r#"Leave { rooms: [RoomName("r1")] }"#,
        ),
        (
            4,
            r#"{"Room-Name":"r1","User-Name":"ana","Message":"hi"}"#,
            r#"Post { rooms: [RoomName("r1")], text: Text(2 bytes), manner: Post, from_outside: false }"#,
        ),
        (
            12,
            r#"{"Room-Name":["r1","日"],"User-Name":"ana","Message":"hi"}"#,
            r#"Post { rooms: [RoomName("r1"), RoomName("日")], text: Text(2 bytes), manner: Group, from_outside: false }"#,
        ),
        (
            13,
            r#"{"User-Name":"ana","To-User":"日","Message":"hi"}"#,
            r#"Tell { to: Name(UserName("日")), text: Text(2 bytes) }"#,
        ),
        (11, r#"{"User-Name":"ana"}"#, "SignOut { farewell: None }"),
        (
            16,
            r#"{"User-Name":"ana","To-User":"bo","File-Name":"f.txt","Size":3}"#,
            r#"Offer { to: UserName("bo"), name: FileName("f.txt"), size: 3 }"#,
        ),
        (
            17,
            r#"{"User-Name":"ana","To-User":"bo","Transfer-Id":7}"#,
            r#"Answer { claim: Claim { id: TransferId(7), from: Some(UserName("bo")), to: Some(UserName("ana")) }, accept: true }"#,
        ),
        (
            18,
            r#"{"User-Name":"ana","To-User":"bo","Transfer-Id":7}"#,
            r#"Answer { claim: Claim { id: TransferId(7), from: Some(UserName("bo")), to: Some(UserName("ana")) }, accept: false }"#,
        ),
        (
            20,
            r#"{"Room-Name":"r1"}"#,
            r#"History { place: Room(RoomName("r1")), before: None, limit: 50 }"#,
        ),
        (
            20,
            r#"{"To-User":"bo","Before":5,"Limit":1000}"#,
            r#"History { place: Person(UserName("bo")), before: Some(MessageId(5)), limit: 200 }"#,
        ),
    ];
    for (op, payload, command) in table {
        let mut hub = Hub::named("ana");
        assert_eq!(hub.request(op, payload), "", "{op}");
        assert_eq!(hub.asks(), [command]);
    }
}

// [594-8] and the answers of the table of requests
#[test]
fn answers_become_packets() {
    let no_room = || Reply::Refused(Refusal::NoSuchRoom(room("r1")));
    let not_in = || Reply::Refused(Refusal::NotMember(room("r1")));
    let rooms = || Reply::Rooms([room("r1"), room("日")].into());
    let error =
        |code: u16, rest: &str| line(code, &format!(r#"{{"Error":{code},"Message":{rest}}}"#));
    let ok = || format!("{OK}\n");
    let join = (3, r#"{"Room-Name":"r1","User-Name":"ana"}"#);
    let leave = (8, r#"{"Room-Name":"r1","User-Name":"ana"}"#);
    let members = (9, r#"{"Room-Name":"r1"}"#);
    let post = (4, r#"{"Room-Name":"r1","User-Name":"ana","Message":"hi"}"#);
    let tell = (13, r#"{"User-Name":"ana","To-User":"bo","Message":"hi"}"#);
    let history = (20, r#"{"Room-Name":"r1"}"#);
    let offer = (
        16,
        r#"{"User-Name":"ana","To-User":"bo","File-Name":"f.txt","Size":3000}"#,
    );
    let accept = (17, r#"{"User-Name":"ana","To-User":"bo","Transfer-Id":7}"#);
    let missing = error(207, r#""There is no room r1.","Room-Name":"r1""#);
    let outside = error(206, r#""You are not in the room r1.","Room-Name":"r1""#);
    let nobody = error(208, r#""Nobody called bo is here.","To-User":"bo""#);
    let table: Vec<((u16, &str), Reply, String)> = vec![
        ((6, r#""""#), rooms(), line(7, r#"{"Message":["r1","日"]}"#)),
        (join, Reply::Joined(vec![(room("r1"), false)]), ok()),
        (
            join,
            Reply::Refused(Refusal::TooManyRooms),
            error(204, r#""There are too many rooms.""#),
        ),
        (
            join,
            Reply::Refused(Refusal::RoomFull(room("r1"))),
            error(203, r#""The room r1 is full.","Room-Name":"r1""#),
        ),
        (leave, Reply::Done, ok()),
        (leave, no_room(), missing.clone()),
        (leave, not_in(), outside.clone()),
        (
            members,
            Reply::Members {
                room: room("r1"),
                names: [user("ana"), user("日")].into(),
            },
            line(10, r#"{"Message":["ana","日"]}"#),
        ),
        (members, no_room(), missing.clone()),
        (post, Reply::Done, String::new()),
        (post, no_room(), missing),
        (post, not_in(), outside.clone()),
        (tell, Reply::Told(TellOutcome::Delivered), ok()),
        (tell, Reply::Told(TellOutcome::Kept), ok()),
        (
            tell,
            Reply::Refused(Refusal::NoSuchUser("bo".into())),
            nobody.clone(),
        ),
        (
            tell,
            Reply::Refused(Refusal::StoreFailed),
            error(206, r#""The hub could not store this; try again later.""#),
        ),
        (
            history,
            Reply::History(vec![said("one"), told("two")]),
            line(
                21,
                r#"{"Message":[{"From-User":"bo","To-Room":"r1","Message":"one","Time":1700,"Id":9},{"From-User":"bo","To-Room":"PRV MSG","Message":"two","Time":1800,"Id":10}]}"#,
            ),
        ),
        (history, not_in(), outside),
        (
            offer,
            Reply::Offered(transfer("ana", "bo")),
            line(2, r#"{"Transfer-Id":7}"#),
        ),
        (
            offer,
            Reply::Refused(Refusal::NoSuchUser("bo".into())),
            nobody,
        ),
        (
            offer,
            Reply::Refused(Refusal::TooManyTransfers),
            line(18, r#"{"User-Name":"bo","To-User":"ana","Transfer-Id":0}"#),
        ),
        (
            offer,
            Reply::Refused(Refusal::FileSize),
            error(206, r#""A file has 1 byte to 4 GiB.""#),
        ),
        (accept, Reply::Done, String::new()),
        (
            accept,
            Reply::Refused(Refusal::NoSuchTransfer),
            error(206, r#""There is no such transfer.""#),
        ),
    ];
    for ((op, payload), reply, packets) in table {
        let mut hub = Hub::named("ana");
        hub.request(op, payload);
        assert_eq!(hub.reply(reply), packets, "{op}");
        assert!(!hub.gate.is_waiting());
        assert_eq!(hub.why, None);
    }
}

// [594-19]
#[test]
fn no_one_speaks_as_someone_else() {
    let mut hub = Hub::named("ana");
    let table = [
        (3, r#"{"Room-Name":"r1","User-Name":"bo"}"#),
        (8, r#"{"Room-Name":"r1","User-Name":"Ana"}"#),
        (4, r#"{"Room-Name":"r1","User-Name":"","Message":"x"}"#),
        (12, r#"{"Room-Name":"r1","User-Name":"bo","Message":"x"}"#),
        (13, r#"{"User-Name":"bo","To-User":"bo","Message":"x"}"#),
        (11, r#"{"User-Name":"bo"}"#),
        (
            16,
            r#"{"User-Name":"bo","To-User":"ana","File-Name":"f","Size":1}"#,
        ),
        (17, r#"{"User-Name":"bo","To-User":"ana","Transfer-Id":7}"#),
        (18, r#"{"User-Name":"bo","To-User":"ana","Transfer-Id":7}"#),
    ];
    for (op, payload) in table {
        assert_eq!(codes(&hub.request(op, payload)), [206], "{op}");
    }
    assert_eq!(hub.asks(), [""; 0]);
}

// [594-11] [594-14] [594-15] [594-20] [594-24] [HUB-5]
#[test]
fn what_cannot_be_is_answered_without_asking_the_hub() {
    let mut hub = Hub::named("ana");
    let long = format!(
        r#"{{"Room-Name":"r1","User-Name":"ana","Message":"{}"}}"#,
        "x".repeat(11_999)
    );
    let table = [
        (3, r#"{"Room-Name":["r1","a b"],"User-Name":"ana"}"#, 201),
        (3, r#"{"Room-Name":"","User-Name":"ana"}"#, 201),
        (9, r#"{"Room-Name":"a b"}"#, 207),
        (8, r#"{"Room-Name":"a b","User-Name":"ana"}"#, 207),
        (
            4,
            r#"{"Room-Name":"","User-Name":"ana","Message":"x"}"#,
            207,
        ),
        (
            4,
            r#"{"Room-Name":"r1","User-Name":"ana","Message":""}"#,
            205,
        ),
        (4, &long, 205),
        (
            13,
            r#"{"User-Name":"ana","To-User":"a b","Message":"x"}"#,
            208,
        ),
        (
            13,
            r#"{"User-Name":"ana","To-User":"bo","Message":""}"#,
            205,
        ),
        (
            16,
            r#"{"User-Name":"ana","To-User":"","File-Name":"f","Size":1}"#,
            208,
        ),
        (
            16,
            r#"{"User-Name":"ana","To-User":"bo","File-Name":"a/b","Size":1}"#,
            206,
        ),
        (
            17,
            r#"{"User-Name":"ana","To-User":"bo","Transfer-Id":0}"#,
            206,
        ),
        (
            17,
            r#"{"User-Name":"ana","To-User":"bo","Transfer-Id":65536}"#,
            206,
        ),
        (
            18,
            r#"{"User-Name":"ana","To-User":"a b","Transfer-Id":7}"#,
            206,
        ),
        (
            19,
            r#"{"Transfer-Id":7,"Seq":0,"Data":"AA==","Last":true}"#,
            206,
        ),
        (20, r#"{"Room-Name":""}"#, 207),
        (20, r#"{"To-User":""}"#, 208),
        (20, r#"{"Room-Name":"r1","Limit":0}"#, 21),
    ];
    for (op, payload, code) in table {
        assert_eq!(codes(&hub.request(op, payload)), [code], "{op} {payload}");
    }
    assert_eq!(hub.asks(), [""; 0]);
    assert_eq!(hub.why, None);
}

// [594-20] "can be addressed as they are"
#[test]
fn a_name_of_another_wire_is_joined_only_where_there_is_such_a_room() {
    let join = r#"{"Room-Name":["r1","日本"],"User-Name":"ana"}"#;
    let mut hub = Hub::named("ana");
    let both = line(3, join) + &line(6, r#""""#);
    assert_eq!(hub.send(&both), "");
    assert!(hub.gate.is_waiting());
    let members = Reply::Members {
        room: room("日本"),
        names: [user("bo")].into(),
    };
    assert_eq!(hub.reply(members), "");
    let joined = r#"Join { rooms: [RoomName("r1"), RoomName("日本")] }"#;
    assert_eq!(format!("{:?}", hub.asked[0].1), joined);
    let done = Reply::Joined(vec![(room("r1"), true), (room("日本"), false)]);
    assert_eq!(hub.reply(done), format!("{OK}\n"));
    assert_eq!(hub.asks(), ["ListRooms"], "what came behind is read now");

    hub.request(3, join);
    let refused = hub.reply(Reply::Refused(Refusal::NoSuchRoom(room("日本"))));
    assert_eq!(
        refused,
        line(
            201,
            r#"{"Error":201,"Message":"This name is not allowed.","Room-Name":"日本"}"#
        )
    );
    assert_eq!(hub.asks(), [""; 0]);
    assert!(!hub.gate.is_waiting());
}

// answers keep the order of requests
#[test]
fn nothing_is_read_while_an_answer_may_come_late() {
    let mut hub = Hub::named("ana");
    let tell = line(13, r#"{"User-Name":"ana","To-User":"bo","Message":"hi"}"#);
    assert_eq!(hub.send(line(6, r#""""#) + &tell + &line(6, r#""""#)), "");
    assert_eq!(hub.asked.len(), 2);
    hub.reply(Reply::Rooms([].into()));
    assert!(
        hub.gate.is_waiting(),
        "an earlier answer does not end the wait"
    );
    assert_eq!(hub.reply(Reply::Told(TellOutcome::Kept)), format!("{OK}\n"));
    assert_eq!(hub.asks(), ["ListRooms"]);
}

// [594-16]
#[test]
fn quit_is_answered_and_closes() {
    let mut hub = Hub::named("ana");
    let quit = line(11, r#"{"User-Name":"ana"}"#);
    assert_eq!(hub.send(quit.clone() + &quit), "");
    assert_eq!(hub.why, None);
    assert_eq!(hub.reply(Reply::Done), format!("{OK}\n"));
    assert_eq!(hub.why, Some(Why::Departed));
    assert_eq!(hub.asks(), [""; 0], "nothing is taken after QUIT");
    assert_eq!(hub.send(quit), "");
}

// [594-5] [594-3] [594-4]
#[test]
fn bad_bytes_are_answered_and_end_the_session_only_where_the_page_says_so() {
    let mut hub = Hub::named("ana");
    let table: [(&[u8], &[u16]); 8] = [
        (b"%%%\n", &[205]),
        (b"hello there\n", &[205]),
        (b"hello\n", &[205]),
        (b"{}\n", &[205]),
        (b"{\"Header\":{\"OP-CODE\":6}}\n", &[205]),
        (b"{\"Header\":{\"OP-CODE\":99,\"Length\":0}}\n", &[206]),
        (b"{\"Header\":{\"OP-CODE\":2,\"Length\":0}}\n", &[206]),
        (b"\xff\xfe\n{]\n", &[205, 205]),
    ];
    for (bytes, expected) in table {
        assert_eq!(
            codes(&hub.send(bytes)),
            expected,
            "{}",
            String::from_utf8_lossy(bytes)
        );
        assert_eq!(hub.why, None);
    }
    hub.request(6, r#""""#);
    assert_eq!(hub.asks(), ["ListRooms"], "the connection is kept");
    let out = hub.send("%%%") + &hub.send(vec![b'x'; 70_000]);
    assert_eq!(codes(&out), [205, 205]);
    assert!(matches!(hub.why, Some(Why::PeerMisbehaved(_))));
    let mut hub = Hub::named("ana");
    let out = hub.send("{\"") + &hub.send(vec![b'x'; 70_000]);
    assert_eq!(codes(&out), [205]);
    assert_eq!(hub.why, Some(Why::PeerMisbehaved("packet too long".into())));
    assert!(hub.input.is_empty());
}

// [594-5]
#[test]
fn a_bare_stream_that_breaks_cannot_go_on() {
    let mut hub = Hub::bare("ana");
    assert_eq!(codes(&hub.send("{}")), [205]);
    assert_eq!(hub.why, None, "a whole object is no broken stream");
    hub.wait(PACE);
    assert_eq!(codes(&hub.send("%%%")), [205]);
    assert!(matches!(hub.why, Some(Why::PeerMisbehaved(_))));
}

// [594-5]
#[test]
fn an_object_that_does_not_end_is_205_and_closed_after_30_s() {
    for open in ["{\"Header\":", "%%%", "QUJD"] {
        let mut hub = Hub::named("ana");
        hub.send(open);
        hub.wait(PACKET_TIME - Duration::from_millis(1));
        assert_eq!(hub.why, None);
        hub.send(" ");
        let out = hub.wait(Duration::from_millis(1)).concat();
        assert!(codes(&out).contains(&205) || open == "%%%" || open == "QUJD");
        assert!(matches!(hub.why, Some(Why::PeerMisbehaved(_))), "{open}");
    }
    let mut hub = Hub::named("ana");
    hub.send("{\"Header\":");
    hub.turn(|gate, _, now, _| gate.handle_pause(true, now));
    hub.wait(PACKET_TIME * 3);
    hub.turn(|gate, _, now, _| gate.handle_pause(false, now));
    hub.wait(PACKET_TIME - Duration::from_millis(1));
    assert_eq!(hub.why, None, "a pause of ours is not the client's");
    hub.wait(Duration::from_millis(1));
    assert!(hub.why.is_some());
}

// [594-17]
#[test]
fn who_sends_keep_alives_gets_them_and_may_not_fall_silent() {
    let mut hub = Hub::named("ana");
    assert_eq!(
        hub.wait(Duration::from_secs(3_600)),
        [""; 0],
        "the author's kind"
    );
    assert_eq!(hub.why, None);
    assert_eq!(hub.request(15, r#""""#), "");
    let alive = line(15, r#""""#);
    assert_eq!(hub.wait(Duration::from_secs(14)), [alive.clone(), alive]);
    hub.request(6, r#""""#);
    assert_eq!(
        hub.wait(Duration::from_secs(14)).len(),
        3,
        "any packet is a sign of life"
    );
    assert_eq!(hub.why, None);
    hub.wait(Duration::from_secs(1));
    assert_eq!(hub.why, Some(Why::Silent));
    assert_eq!(hub.gate.poll_timeout(), None);
}

// [594-17] [HUB-9]
#[test]
fn the_same_half_of_a_packet_seen_again_is_no_sign_of_life() {
    let mut hub = Hub::named("ana");
    hub.request(15, r#""""#);
    hub.send(r#"{"Header":"#);
    hub.wait(Duration::from_secs(10));
    hub.send("");
    hub.wait(Duration::from_millis(4_999));
    assert_eq!(hub.why, None);
    hub.wait(Duration::from_millis(1));
    assert_eq!(hub.why, Some(Why::Silent));
}

// [594-17] [HUB-11]
#[test]
fn a_pause_is_no_silence() {
    let mut hub = Hub::named("ana");
    hub.request(15, r#""""#);
    hub.turn(|gate, _, now, _| gate.handle_pause(true, now));
    hub.wait(Duration::from_secs(60));
    assert_eq!(hub.why, None);
    hub.turn(|gate, _, now, _| gate.handle_pause(false, now));
    hub.wait(Duration::from_secs(14));
    assert_eq!(hub.why, None);
    hub.wait(Duration::from_secs(2));
    assert_eq!(hub.why, Some(Why::Silent));
}

// [HUB-11]
#[test]
fn a_connection_that_says_nothing_is_closed() {
    let mut hub = Hub::new();
    hub.send("\n\n");
    hub.wait(FIRST_PACKET - Duration::from_millis(1));
    assert_eq!(hub.why, None);
    hub.wait(Duration::from_millis(1));
    assert_eq!(hub.why, Some(Why::Silent));
}

// [594-18]
#[test]
fn messages_are_shown_with_both_spellings_of_the_sender() {
    let mut hub = Hub::named("ana");
    assert_eq!(
        hub.event(&told("psst")),
        line(
            5,
            r#"{"User-Name":"ana","From-User":"bo","From-Name":"bo","To-Room":"PRV MSG","Message":"psst","Type":"private"}"#
        )
    );
    assert_eq!(hub.event(&said("hi")), show("ana", "hi") + "\n");
    let Event::Said(said) = said("hi") else {
        unreachable!()
    };
    let mut out = BytesMut::new();
    let protocol = Cs594::new(Settings::default());
    let template = protocol.render_said(&said, &mut out).unwrap();
    assert!(out.is_empty());
    template.fill(&user("zoë"), &mut out);
    assert_eq!(out, show("zoë", "hi") + "\n");
}

// [594-22]
#[test]
fn shutdown_names_its_target_and_closes() {
    let mut hub = Hub::named("ana");
    assert_eq!(
        hub.signal(&Signal::Closing),
        line(14, r#"{"User-Name":"ana"}"#)
    );
    assert_eq!(hub.why, Some(Why::Shutdown));
    assert_eq!(hub.event(&said("late")), "");
}

// [HUB-11]
#[test]
fn a_connection_over_the_limit_is_told_so() {
    let mut out = BytesMut::new();
    Cs594::new(Settings::default()).render_refusal(&Refusal::HubFull, &mut out);
    assert_eq!(
        out,
        line(203, r#"{"Error":203,"Message":"The hub is full."}"#)
    );
}

// [594-12]
#[test]
fn members_are_told_to_all_only_where_that_is_set() {
    let signal = Signal::Members {
        room: room("r1"),
        names: [user("ana")].into(),
    };
    assert_eq!(Hub::named("ana").signal(&signal), "");
    let mut hub = Hub::with(Settings {
        list_users_to_all: true,
        ..Settings::default()
    });
    hub.sign_in("ana", "\n");
    assert_eq!(hub.signal(&signal), line(10, r#"{"Message":["ana"]}"#));
}

// [594-26]
#[test]
fn a_datagram_session_gets_bare_packets_one_a_write() {
    let mut hub = Hub::bare("ana");
    assert_eq!(hub.event(&said("1")), show("ana", "1"));
    assert_eq!(hub.event(&said("2")), "");
    assert_eq!(hub.event(&said("3")), "");
    assert_eq!(hub.wait(PACE - Duration::from_millis(1)), [""; 0]);
    assert_eq!(hub.wait(Duration::from_millis(1)), [show("ana", "2")]);
    assert_eq!(
        hub.send(packet(6, r#""""#)),
        show("ana", "3"),
        "a request lets the next go"
    );
    assert_eq!(hub.reply(Reply::Rooms([room("r1")].into())), "");
    let text = packet(7, r#"{"Message":"[\"r1\"]"}"#);
    assert_eq!(hub.wait(PACE), [text], "lists are text");
    assert_eq!(hub.wait(PACE * 10), [""; 0]);
    assert!(!hub.gate.takes_files());
    assert_eq!(hub.gate.poll_timeout(), None);
}

// [594-26]
#[test]
fn two_requests_in_one_read_are_still_two_writes() {
    let mut hub = Hub::bare("ana");
    let bad = packet(2, r#""""#);
    assert_eq!(codes(&hub.send(format!("{bad}{bad}"))), [206]);
    assert_eq!(codes(&hub.wait(PACE).concat()), [206]);
}

// [594-26]
#[test]
fn a_datagram_session_that_is_too_far_behind_is_closed() {
    let mut hub = Hub::bare("ana");
    let mut shown = 0;
    while hub.why.is_none() {
        hub.event(&said(&"x".repeat(1_000)));
        shown += 1;
        assert!(shown < 100);
    }
    assert_eq!(hub.why, Some(Why::TooSlow));
}

// [594-26]
#[test]
fn quit_and_shutdown_flush_what_a_datagram_session_has_not_got() {
    let mut hub = Hub::bare("ana");
    hub.event(&said("1"));
    hub.event(&said("2"));
    let out = hub.signal(&Signal::Closing);
    assert_eq!(
        out,
        show("ana", "2") + &packet(14, r#"{"User-Name":"ana"}"#)
    );
    let mut hub = Hub::bare("ana");
    hub.event(&said("1"));
    hub.event(&said("2"));
    let mut out = hub.send(packet(11, r#"{"User-Name":"ana"}"#));
    out += &hub.reply(Reply::Done);
    assert_eq!(out, show("ana", "2") + OK);
    assert_eq!(hub.why, Some(Why::Departed));
}

// [594-26]
#[test]
fn a_line_end_that_comes_late_makes_the_session_one_of_lines() {
    let mut hub = Hub::new();
    let mut out = String::new();
    for byte in line(1, r#""ana""#).bytes() {
        out += &hub.send([byte]);
        if !hub.asked.is_empty() {
            out += &hub.reply(Reply::Done);
        }
    }
    assert_eq!(out, format!("{OK}\n"));
    assert_eq!(hub.gate.share(), Share::Named);
    let mut hub = Hub::bare("ana");
    hub.event(&said("1"));
    hub.event(&said("2"));
    let out = hub.send(packet(3, r#"{"Room-Name":["r1"],"User-Name":"ana"}"#));
    assert_eq!(out, show("ana", "2") + "\n", "an array is a sign too");
    assert!(hub.gate.takes_files());
}

// [594-26] "lists as text inside a string"
#[test]
fn a_line_session_that_writes_lists_as_text_reads_them_so() {
    let mut hub = Hub::named("ana");
    hub.request(3, r#"{"Room-Name":"[\"r1\"]","User-Name":"ana"}"#);
    hub.reply(Reply::Joined(vec![]));
    hub.request(9, r#"{"Room-Name":"r1"}"#);
    let names = [user("ana")].into();
    let members = Reply::Members {
        room: room("r1"),
        names,
    };
    assert_eq!(hub.reply(members), line(10, r#"{"Message":"[\"ana\"]"}"#));
    hub.request(20, r#"{"Room-Name":"r1"}"#);
    assert_eq!(
        hub.reply(Reply::History(vec![])),
        line(21, r#"{"Message":"[]"}"#)
    );
}

fn keyed(require_encryption: bool) -> (Hub, Key) {
    let key = Key::from_bytes([3; 16]);
    let hub = Hub::with(Settings {
        key: Some(key.clone()),
        require_encryption,
        ..Settings::default()
    });
    (hub, key)
}

// [594-6]
#[test]
fn sealed_packets_are_opened_and_answers_stay_plain() {
    let (mut hub, key) = keyed(false);
    let connect = crypt::encrypt(&key, [1; 16], packet(1, r#""ana""#).as_bytes());
    assert_eq!(hub.send(connect + "\n"), "");
    assert_eq!(hub.reply(Reply::Done), format!("{OK}\n"));
    hub.request(6, r#""""#);
    assert_eq!(hub.asks(), ["ListRooms"], "plain ones still pass");
    let other = crypt::encrypt(&Key::from_bytes([4; 16]), [1; 16], b"{}");
    let inside = crypt::encrypt(&key, [1; 16], b"no packet");
    for bad in [other, inside, "QUJD".into(), "QUI".into()] {
        let malformed = r#"{"Error":205,"Message":"This is not a well-formed packet."}"#;
        assert_eq!(hub.send(bad + "\n"), line(205, malformed));
    }
    assert_eq!(hub.why, None);
}

// [594-6]
#[test]
fn sealed_packets_need_a_key_and_plain_ones_may_be_refused() {
    let key = Key::from_bytes([3; 16]);
    let connect = crypt::encrypt(&key, [1; 16], packet(1, r#""ana""#).as_bytes());
    assert_eq!(codes(&Hub::new().send(connect.clone() + "\n")), [205]);
    let (mut hub, _) = keyed(true);
    assert_eq!(codes(&hub.request(1, r#""ana""#)), [206]);
    assert_eq!(hub.send(connect + "\n"), "");
    assert_eq!(hub.reply(Reply::Done), format!("{OK}\n"));
}

// [594-26] "complete when the stream pauses for 50 ms or the text so far decodes to a whole packet"
#[test]
fn a_bare_sealed_packet_needs_no_end() {
    let (mut hub, key) = keyed(false);
    // One whose base64 has padding, and one (66 bytes) whose has none.
    let padded = crypt::encrypt(&key, [1; 16], packet(1, r#""ana""#).as_bytes());
    assert!(padded.ends_with('='));
    assert_eq!(hub.send(&padded), "");
    assert_eq!(hub.reply(Reply::Done), OK);
    let list = crypt::encrypt(
        &key,
        [1; 16],
        packet(6, r#"{"x":"0123456789abc"}"#).as_bytes(),
    );
    assert!(!list.ends_with('='));
    hub.send(&list);
    assert_eq!(hub.asks(), ["ListRooms"]);
    // Without the right key only the pause tells.
    hub.wait(PACE);
    assert_eq!(hub.send("QUJD"), "");
    assert_eq!(hub.wait(PAUSE - Duration::from_millis(1)), [""; 0]);
    assert_eq!(hub.send("QUJD"), "");
    assert_eq!(hub.wait(PAUSE - Duration::from_millis(1)), [""; 0]);
    assert_eq!(codes(&hub.wait(Duration::from_millis(1)).concat()), [205]);
    hub.send(&list);
    assert_eq!(hub.asks(), ["ListRooms"], "the connection is kept");
}

// [594-24]
#[test]
fn a_file_is_offered_taken_and_sent_on() {
    let mut hub = Hub::named("ana");
    hub.request(
        16,
        r#"{"User-Name":"ana","To-User":"bo","File-Name":"f.txt","Size":3000}"#,
    );
    hub.reply(Reply::Offered(transfer("ana", "bo")));
    let signal = Signal::Answered {
        transfer: transfer("ana", "bo"),
        accepted: true,
    };
    let accept = r#"{"User-Name":"bo","To-User":"ana","Transfer-Id":7}"#;
    assert_eq!(hub.signal(&signal), line(17, accept));
    let segment = |seq: u64, last: bool| {
        format!(r#"{{"Transfer-Id":7,"Seq":{seq},"Data":"QUJD","Last":{last}}}"#)
    };
    assert_eq!(hub.request(19, &segment(0, false)), "");
    assert_eq!(
        codes(&hub.request(19, &segment(0, false))),
        [206],
        "a number twice"
    );
    assert_eq!(codes(&hub.request(19, &segment(2, false))), [206], "a hole");
    assert_eq!(hub.request(19, &segment(1, true)), "");
    assert_eq!(
        codes(&hub.request(19, &segment(2, true))),
        [206],
        "after the last"
    );
    let ask = |last| format!("Segment {{ id: TransferId(7), data: b\"ABC\", last: {last} }}");
    assert_eq!(hub.asks(), [ask(false), ask(true)]);
}

// [594-24] the same service as cs494's, whose pieces are of another size
#[test]
fn a_file_comes_in_segments_of_1024_bytes() {
    let mut hub = Hub::named("ana");
    let offer =
        r#"{"User-Name":"bo","To-User":"ana","File-Name":"f.txt","Size":3000,"Transfer-Id":7}"#;
    assert_eq!(
        hub.signal(&Signal::Offered(transfer("bo", "ana"))),
        line(16, offer)
    );
    hub.request(17, r#"{"User-Name":"ana","To-User":"bo","Transfer-Id":7}"#);
    hub.reply(Reply::Done);
    let segment = |data: &'static [u8], last| Signal::Segment {
        id: TransferId::new(7).unwrap(),
        data: Bytes::from_static(data).into(),
        last,
    };
    let numbers = |out: &str| -> Vec<(u64, usize, bool)> {
        let packets = serde_json_lines(out);
        packets
            .iter()
            .map(|(seq, data, last)| (*seq, *data, *last))
            .collect()
    };
    assert_eq!(numbers(&hub.signal(&segment(&[1; 1000], false))), []);
    let out = hub.signal(&segment(&[2; 1500], false));
    assert_eq!(numbers(&out), [(0, 1024, false), (1, 1024, false)]);
    assert_eq!(
        numbers(&hub.signal(&segment(&[3; 500], true))),
        [(2, 952, true)]
    );
}

/// `Seq`, the length of the data, and `Last` of each FILE_SEGMENT.
fn serde_json_lines(out: &str) -> Vec<(u64, usize, bool)> {
    let read = |line: &str| match wire_cs594::Response::decode(line.as_bytes()) {
        Ok(wire_cs594::Response::FileSegment(it)) => (it.seq, it.data.len(), it.last),
        other => panic!("{other:?}"),
    };
    out.lines().map(read).collect()
}

// [594-24] [594-23]
#[test]
fn a_transfer_that_ends_early_is_rejected_to_whoever_is_left() {
    for (mine, from, to) in [("ana", "ana", "bo"), ("ana", "bo", "ana")] {
        let mut hub = Hub::named(mine);
        let signal = Signal::Ended {
            transfer: transfer(from, to),
            reason: EndReason::OtherSide,
        };
        let reject = r#"{"User-Name":"bo","To-User":"ana","Transfer-Id":7}"#;
        assert_eq!(hub.signal(&signal), line(18, reject));
    }
}

// [594-24]
#[test]
fn a_reject_of_what_is_under_way_cancels_it() {
    let reject = r#"{"User-Name":"ana","To-User":"bo","Transfer-Id":7}"#;
    let mut hub = Hub::named("ana");
    hub.request(
        16,
        r#"{"User-Name":"ana","To-User":"bo","File-Name":"f.txt","Size":3000}"#,
    );
    hub.reply(Reply::Offered(transfer("ana", "bo")));
    hub.request(18, reject);
    assert_eq!(hub.asks(), ["Cancel { id: TransferId(7) }"]);
    let mut hub = Hub::named("ana");
    hub.signal(&Signal::Offered(transfer("bo", "ana")));
    hub.request(17, reject);
    hub.reply(Reply::Done);
    hub.request(18, reject);
    assert_eq!(hub.asks(), ["Cancel { id: TransferId(7) }"]);
}

// [594-25]
#[test]
fn a_history_answer_is_bounded_and_keeps_the_newest() {
    let mut hub = Hub::named("ana");
    hub.request(20, r#"{"Room-Name":"r1","Limit":200}"#);
    let mut events = vec![said(&"old".repeat(3_000)); 200];
    events.push(said("newest"));
    let out = hub.reply(Reply::History(events));
    assert!(out.len() < 300_000 && out.len() > 200_000, "{}", out.len());
    assert!(out.contains("newest"));
}

// a whole session that is piped in
#[test]
fn what_was_sent_before_the_end_is_carried_out() {
    let mut hub = Hub::new();
    let session = line(1, r#""ana""#)
        + &line(6, r#""""#)
        + &line(13, r#"{"User-Name":"ana","To-User":"bo","Message":"hi"}"#)
        + &packet(6, r#""""#);
    hub.input.extend_from_slice(session.as_bytes());
    hub.turn(|gate, input, now, turn| gate.handle_end(input, now, turn));
    assert_eq!(hub.why, None);
    assert_eq!(hub.reply(Reply::Done), format!("{OK}\n"));
    assert_eq!(codes(&hub.reply(Reply::Rooms([].into()))), [7]);
    assert_eq!(hub.why, None);
    assert_eq!(codes(&hub.reply(Reply::Told(TellOutcome::Kept))), [2]);
    assert_eq!(hub.why, None, "an answer is still to come");
    assert_eq!(codes(&hub.reply(Reply::Rooms([].into()))), [7]);
    assert_eq!(hub.why, Some(Why::PeerClosed));
    let mut hub = Hub::named("ana");
    hub.turn(|gate, input, now, turn| gate.handle_end(input, now, turn));
    assert_eq!(hub.why, Some(Why::PeerClosed));
}

// [HUB-9]
#[test]
fn a_turn_is_bounded_however_many_packets_come_at_once() {
    let mut hub = Hub::named("ana");
    hub.send(line(6, r#""""#).repeat(1_000));
    assert_eq!(hub.asked.len(), Turn::MAX_ASKS);
    let mut hub = Hub::named("ana");
    let out = hub.send("{}\n".repeat(100_000));
    assert!(out.len() < Turn::MAX_OUT + 200, "{}", out.len());
    assert!(!hub.input.is_empty());
}

// [594-3] [594-26] one byte at a time, joined, split: the same commands
#[test]
fn a_conversation_does_not_depend_on_how_its_bytes_come() {
    let conversation = line(1, r#""ana""#)
        + &line(3, r#"{"Room-Name":["r1"],"User-Name":"ana"}"#)
        + &line(4, r#"{"Room-Name":"r1","User-Name":"ana","Message":"hi"}"#)
        + &line(6, r#""""#);
    let run = |size: usize| {
        let mut hub = Hub::new();
        let (mut out, mut commands) = (String::new(), Vec::new());
        for piece in conversation.as_bytes().chunks(size) {
            out += &hub.send(piece);
            while let Some((_, command)) = hub.asked.first() {
                commands.push(format!("{command:?}"));
                let reply = match command {
                    Command::ListRooms => Reply::Rooms([room("r1")].into()),
                    Command::Join { .. } => Reply::Joined(vec![]),
                    _ => Reply::Done,
                };
                out += &hub.reply(reply);
            }
        }
        (out, commands)
    };
    let whole = run(conversation.len());
    assert_eq!(whole.1.len(), 4);
    for size in [1, 2, 3, 7, 50, 100] {
        assert_eq!(run(size), whole, "{size}");
    }
}

// [HUB-9] hostile bytes: every flipped bit, every truncation
#[test]
fn no_damage_to_a_packet_breaks_a_session() {
    let requests = [
        packet(3, r#"{"Room-Name":"[\"r1\"]","User-Name":"ana"}"#),
        packet(19, r#"{"Transfer-Id":7,"Seq":0,"Data":"QUJD","Last":true}"#),
        packet(20, r#"{"To-User":"bo","Before":5,"Limit":10}"#),
        crypt::encrypt(&Key::from_bytes([3; 16]), [1; 16], b"{}"),
    ];
    for request in requests {
        let whole = request.into_bytes();
        let flipped = (0..whole.len() * 8).map(|bit| {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        });
        let truncated = (0..whole.len()).map(|end| whole[..end].to_vec());
        for bytes in flipped.chain(truncated) {
            let (mut hub, _) = keyed(false);
            hub.sign_in("ana", "\n");
            hub.send(&bytes);
            hub.send("\n");
            hub.asked.clear();
            hub.wait(PAUSE * 2);
            assert_eq!(hub.why, None, "{}", String::from_utf8_lossy(&bytes));
        }
    }
}

// design: ten thousand idle sessions
#[test]
fn an_idle_session_is_small() {
    assert!(size_of::<super::server::Server>() <= 256);
}
