//! One golden packet for each op-code and direction, written from the page.

use bytes::{Bytes, BytesMut};
use wire_cs594::request::{FileAnswer, FileOffer, FileSegment, Rooms, Say, SayPrivate};
use wire_cs594::response::PRIVATE_ROOM;
use wire_cs594::*;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn ana() -> String {
    "ana".to_owned()
}

/// The packet around a payload, with the length that [594-2] demands.
fn packet(op: u16, payload: &str) -> String {
    let length = if payload == "\"\"" { 0 } else { payload.len() };
    format!(r#"{{"Header":{{"OP-CODE":{op},"Length":{length}}},"Payload":{payload}}}"#)
}

fn requests() -> Vec<(u16, &'static str, Request)> {
    let say = |rooms| Say {
        rooms,
        user: ana(),
        text: "hé\"\n".into(),
    };
    let answer = || FileAnswer {
        user: ana(),
        to: "bo".into(),
        transfer: 7,
    };
    let rooms = |rooms| Rooms { rooms, user: ana() };
    vec![
        (1, r#""ana""#, Request::Connect(ana())),
        (6, r#""""#, Request::ListRooms),
        (
            3,
            r#"{"Room-Name":["r1","r2"],"User-Name":"ana"}"#,
            Request::Join(rooms(NameList::array(names(&["r1", "r2"])))),
        ),
        (
            3,
            r#"{"Room-Name":"r1","User-Name":"ana"}"#,
            Request::Join(rooms(NameList::plain("r1"))),
        ),
        (
            3,
            r#"{"Room-Name":"[\"r1\",\"r2\"]","User-Name":"ana"}"#,
            Request::Join(rooms(NameList::text(names(&["r1", "r2"])))),
        ),
        (9, r#"{"Room-Name":"r1"}"#, Request::ListUsers("r1".into())),
        (
            8,
            r#"{"Room-Name":"r1","User-Name":"ana"}"#,
            Request::Leave(rooms(NameList::plain("r1"))),
        ),
        (
            4,
            r#"{"Room-Name":"r1","User-Name":"ana","Message":"hé\"\n"}"#,
            Request::Say(say(NameList::plain("r1"))),
        ),
        (
            12,
            r#"{"Room-Name":["r1"],"User-Name":"ana","Message":"hé\"\n"}"#,
            Request::SayGroup(say(NameList::array(names(&["r1"])))),
        ),
        (
            13,
            r#"{"User-Name":"ana","To-User":"bo","Message":"hi"}"#,
            Request::SayPrivate(SayPrivate {
                user: ana(),
                to: "bo".into(),
                text: "hi".into(),
            }),
        ),
        (11, r#"{"User-Name":"ana"}"#, Request::Quit(ana())),
        (15, r#""""#, Request::KeepAlive),
        (
            16,
            r#"{"User-Name":"ana","To-User":"bo","File-Name":"a b.txt","Size":4294967295}"#,
            Request::FileOffer(FileOffer {
                user: ana(),
                to: "bo".into(),
                name: "a b.txt".into(),
                size: 4_294_967_295,
                transfer: None,
            }),
        ),
        (
            17,
            r#"{"User-Name":"ana","To-User":"bo","Transfer-Id":7}"#,
            Request::FileAccept(answer()),
        ),
        (
            18,
            r#"{"User-Name":"ana","To-User":"bo","Transfer-Id":7}"#,
            Request::FileReject(answer()),
        ),
        (
            19,
            r#"{"Transfer-Id":7,"Seq":0,"Data":"AP8=","Last":true}"#,
            Request::FileSegment(FileSegment {
                transfer: 7,
                seq: 0,
                data: Bytes::from_static(&[0, 255]),
                last: true,
            }),
        ),
        (
            20,
            r#"{"Room-Name":"r1","Before":9,"Limit":50}"#,
            Request::History(HistoryRequest {
                of: HistoryOf::Room("r1".into()),
                before: Some(9),
                limit: Some(50),
            }),
        ),
        (
            20,
            r#"{"To-User":"bo"}"#,
            Request::History(HistoryRequest {
                of: HistoryOf::User("bo".into()),
                before: None,
                limit: None,
            }),
        ),
    ]
}

fn responses() -> Vec<(u16, &'static str, Response)> {
    let entry = || HistoryEntry {
        from: ana(),
        to_room: PRIVATE_ROOM.into(),
        text: "hi".into(),
        time: 1_700_000_000_000,
        id: 9,
    };
    let answer = || FileAnswer {
        user: "bo".into(),
        to: ana(),
        transfer: 7,
    };
    vec![
        (2, r#""""#, Response::Ok { transfer: None }),
        (
            2,
            r#"{"Transfer-Id":7}"#,
            Response::Ok { transfer: Some(7) },
        ),
        (
            7,
            r#"{"Message":["r1","r2"]}"#,
            Response::Rooms(NameList::array(names(&["r1", "r2"]))),
        ),
        (
            7,
            r#"{"Message":"[]"}"#,
            Response::Rooms(NameList::text(vec![])),
        ),
        (
            10,
            r#"{"Message":"[\"ana\",\"bo\"]"}"#,
            Response::Users(NameList::text(names(&["ana", "bo"]))),
        ),
        (
            5,
            r#"{"User-Name":"bo","From-User":"ana","From-Name":"ana","To-Room":"r1","Message":"hi","Type":""}"#,
            Response::Show(ShowMsg {
                recipient: "bo".into(),
                from: ana(),
                to_room: "r1".into(),
                text: "hi".into(),
                kind: ShowType::Plain,
            }),
        ),
        (
            5,
            r#"{"User-Name":"bo","From-User":"ana","From-Name":"ana","To-Room":"PRV MSG","Message":"hi","Type":"private"}"#,
            Response::Show(ShowMsg {
                recipient: "bo".into(),
                from: ana(),
                to_room: PRIVATE_ROOM.into(),
                text: "hi".into(),
                kind: ShowType::Private,
            }),
        ),
        (14, r#"{"User-Name":"ana"}"#, Response::Shutdown(ana())),
        (15, r#""""#, Response::KeepAlive),
        (
            16,
            r#"{"User-Name":"ana","To-User":"bo","File-Name":"x","Size":1,"Transfer-Id":7}"#,
            Response::FileOffer(FileOffer {
                user: ana(),
                to: "bo".into(),
                name: "x".into(),
                size: 1,
                transfer: Some(7),
            }),
        ),
        (
            17,
            r#"{"User-Name":"bo","To-User":"ana","Transfer-Id":7}"#,
            Response::FileAccept(answer()),
        ),
        (
            18,
            r#"{"User-Name":"bo","To-User":"ana","Transfer-Id":7}"#,
            Response::FileReject(answer()),
        ),
        (
            19,
            r#"{"Transfer-Id":7,"Seq":3,"Data":"","Last":false}"#,
            Response::FileSegment(FileSegment {
                transfer: 7,
                seq: 3,
                data: Bytes::new(),
                last: false,
            }),
        ),
        (
            21,
            r#"{"Message":[{"From-User":"ana","To-Room":"PRV MSG","Message":"hi","Time":1700000000000,"Id":9}]}"#,
            Response::History {
                entries: vec![entry()],
                form: ListForm::Array,
            },
        ),
        (
            21,
            r#"{"Message":"[{\"From-User\":\"ana\",\"To-Room\":\"PRV MSG\",\"Message\":\"hi\",\"Time\":1700000000000,\"Id\":9}]"}"#,
            Response::History {
                entries: vec![entry()],
                form: ListForm::Text,
            },
        ),
        (
            205,
            r#"{"Error":205,"Message":"This is not a well-formed packet."}"#,
            Response::error(ErrorCode::MalformedRequest),
        ),
        (
            207,
            r#"{"Error":207,"Message":"There is no such room.","Room-Name":"r9"}"#,
            Response::Error(ErrorPacket {
                code: ErrorCode::RoomNotFound,
                message: ErrorCode::RoomNotFound.sentence().into(),
                fault: Some(Fault::Room("r9".into())),
            }),
        ),
        (
            208,
            r#"{"Error":208,"Message":"There is no such user.","To-User":"zoe"}"#,
            Response::Error(ErrorPacket {
                code: ErrorCode::UserNotFound,
                message: ErrorCode::UserNotFound.sentence().into(),
                fault: Some(Fault::User("zoe".into())),
            }),
        ),
    ]
}

// [594-1] [594-2] [594-9..17] [594-24] [594-25]
#[test]
fn requests_are_the_packets_of_the_page() {
    for (op, payload, request) in requests() {
        let golden = packet(op, payload);
        let mut out = BytesMut::new();
        request.encode(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), golden);
        assert_eq!(Request::decode(golden.as_bytes()), Ok(request), "{golden}");
    }
}

// [594-1] [594-2] [594-8] [594-18] [594-22] [594-24] [594-25]
#[test]
fn responses_are_the_packets_of_the_page() {
    for (op, payload, response) in responses() {
        let golden = packet(op, payload);
        let mut out = BytesMut::new();
        response.encode(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), golden);
        assert_eq!(
            Response::decode(golden.as_bytes()),
            Ok(response),
            "{golden}"
        );
    }
}

// [594-1] [594-9] other spellings of the same
#[test]
fn a_request_may_be_spelled_in_other_ways() {
    let connect = Request::Connect(ana());
    let table = [
        (
            r#"{"Header":{"OP-CODE":1,"Length":5},"Payload":{"User-Name":"ana"}}"#,
            &connect,
        ),
        (
            r#"{"Payload":"ana","Header":{"Length":-5,"OP-CODE":1}}"#,
            &connect,
        ),
        (
            " {\n \"Header\" : { \"OP-CODE\" : 1 , \"Length\":240},\r\n\"Payload\":\"\\u0061na\"} ",
            &connect,
        ),
        (
            r#"{"Header":{"OP-CODE":1,"Length":18446744073709551615,"x":[1]},"y":null,"Payload":"ana"}"#,
            &connect,
        ),
        (
            r#"{"Header":{"OP-CODE":15,"Length":0}}"#,
            &Request::KeepAlive,
        ),
        (
            r#"{"Header":{"OP-CODE":15,"Length":0},"Payload":{"User-Name":"ana"}}"#,
            &Request::KeepAlive,
        ),
        (
            r#"{"Header":{"OP-CODE":6,"Length":0}}"#,
            &Request::ListRooms,
        ),
    ];
    for (packet, request) in table {
        assert_eq!(
            Request::decode(packet.as_bytes()).as_ref(),
            Ok(request),
            "{packet}"
        );
    }
}

// [594-18] and the author's hub
#[test]
fn the_client_reads_what_other_hubs_send() {
    let show = ShowMsg {
        recipient: String::new(),
        from: ana(),
        to_room: String::new(),
        text: "hi".into(),
        kind: ShowType::Plain,
    };
    let number = Response::error(ErrorCode::NameAlreadyExists);
    let none = Response::Ok { transfer: None };
    let table = [
        (
            r#"{"Header":{"OP-CODE":5,"Length":1},"Payload":{"From-Name":"ana","Message":"hi","Type":"x"}}"#,
            Response::Show(show),
        ),
        (
            r#"{"Header":{"OP-CODE":202,"Length":28},"Payload":202}"#,
            number,
        ),
        (
            r#"{"Header":{"OP-CODE":2,"Length":28},"Payload":"done"}"#,
            none.clone(),
        ),
        (
            r#"{"Header":{"OP-CODE":2,"Length":28},"Payload":{"x":1}}"#,
            none,
        ),
        (
            r#"{"Header":{"OP-CODE":14,"Length":0},"Payload":""}"#,
            Response::Shutdown(String::new()),
        ),
    ];
    for (packet, response) in table {
        assert_eq!(
            Response::decode(packet.as_bytes()),
            Ok(response),
            "{packet}"
        );
    }
}
