//! Bad packets and the codes that answer them [594-5].

use wire_cs594::{DecodeError, ErrorCode, Request, Response};

fn code(packet: impl AsRef<[u8]>) -> Option<ErrorCode> {
    Request::decode(packet.as_ref())
        .err()
        .map(DecodeError::code)
}

fn with_payload(op: i64, payload: &str) -> String {
    format!(r#"{{"Header":{{"OP-CODE":{op},"Length":1}},"Payload":{payload}}}"#)
}

// [594-1] [594-3] [594-5]
#[test]
fn what_is_not_a_packet_is_205() {
    let table: &[&[u8]] = &[
        b"",
        b"{}",
        b"[]",
        b"1",
        b"null",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":0}",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":0}}x",
        b"{'Header':{'OP-CODE':15,'Length':0}}",
        b"{\"Header\":{\"OP-CODE\":15}}",
        b"{\"Header\":{\"Length\":0}}",
        b"{\"header\":{\"OP-CODE\":15,\"Length\":0}}",
        b"{\"Header\":{\"Op-Code\":15,\"Length\":0}}",
        b"{\"Header\":[15,0],\"Payload\":5}",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":\"0\"}}",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":0.0}}",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":1e2}}",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":null}}",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":true}}",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":99999999999999999999}}",
        b"{\"Header\":{\"OP-CODE\":\"15\",\"Length\":0}}",
        b"{\"Header\":{\"OP-CODE\":15.5,\"Length\":0}}",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":0},\"Payload\":null}",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":0},\"Payload\":0}",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":0},\"Payload\":[]}",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":0},\"Payload\":true}",
        b"{\"Header\":{\"OP-CODE\":99,\"Length\":0},\"Payload\":true}",
        b"{\"Header\":{\"OP-CODE\":1,\"Length\":0},\"Payload\":\"\xff\"}",
        b"{\"Header\":{\"OP-CODE\":15,\"Length\":0},\"\xff\":1}",
        b"{\"Header\":{\"OP-CODE\":1,\"Length\":0},\"Payload\":\"\\ud800\"}",
        b"{\"Header\":{\"OP-CODE\":1,\"Length\":0},\"Payload\":\"a\nb\"}",
        b"{\"Header\":{\"OP-CODE\":15,\"OP-CODE\":15,\"Length\":0}}",
    ];
    for packet in table {
        let text = String::from_utf8_lossy(packet);
        assert_eq!(code(packet), Some(ErrorCode::MalformedRequest), "{text}");
    }
}

// [594-5] [594-9..17] [594-24] [594-25]
#[test]
fn a_payload_that_does_not_fit_its_op_code_is_205() {
    let long = format!(
        r#"{{"Transfer-Id":1,"Seq":0,"Last":false,"Data":"{}"}}"#,
        "AAAA".repeat(342)
    );
    let table = [
        (1, r#"{}"#),
        (1, r#"{"User-Name":1}"#),
        (1, r#"{"Room-Name":"r"}"#),
        (3, r#""""#),
        (3, r#""r""#),
        (3, r#"{"User-Name":"ana"}"#),
        (3, r#"{"Room-Name":"r"}"#),
        (3, r#"{"Room-Name":[],"User-Name":"ana"}"#),
        (3, r#"{"Room-Name":"[]","User-Name":"ana"}"#),
        (3, r#"{"Room-Name":[1],"User-Name":"ana"}"#),
        (3, r#"{"Room-Name":{"a":1},"User-Name":"ana"}"#),
        (3, r#"{"Room-Name":null,"User-Name":"ana"}"#),
        (4, r#"{"Room-Name":"r","User-Name":"ana"}"#),
        (4, r#"{"Room-Name":"r","User-Name":"ana","Message":["x"]}"#),
        (8, r#"{"Room-Name":[],"User-Name":"ana"}"#),
        (9, r#""r""#),
        (9, r#"{"Room-Name":["r"]}"#),
        (11, r#""""#),
        (11, r#"{"User-Name":null}"#),
        (12, r#"{"Room-Name":[],"User-Name":"ana","Message":"x"}"#),
        (13, r#"{"User-Name":"ana","Message":"x"}"#),
        (13, r#"{"User-Name":"ana","To-User":["bo"],"Message":"x"}"#),
        (16, r#"{"User-Name":"a","To-User":"b","File-Name":"f"}"#),
        (
            16,
            r#"{"User-Name":"a","To-User":"b","File-Name":"f","Size":-1}"#,
        ),
        (
            16,
            r#"{"User-Name":"a","To-User":"b","File-Name":"f","Size":1.5}"#,
        ),
        (
            16,
            r#"{"User-Name":"a","To-User":"b","File-Name":"f","Size":"1"}"#,
        ),
        (17, r#"{"User-Name":"a","To-User":"b"}"#),
        (18, r#"{"User-Name":"a","To-User":"b","Transfer-Id":"x"}"#),
        (19, r#"{"Transfer-Id":1,"Seq":0,"Data":"AA","Last":false}"#),
        (
            19,
            r#"{"Transfer-Id":1,"Seq":0,"Data":"A%==","Last":false}"#,
        ),
        (19, r#"{"Transfer-Id":1,"Seq":0,"Data":"AA==","Last":1}"#),
        (
            19,
            r#"{"Transfer-Id":1,"Seq":-1,"Data":"AA==","Last":true}"#,
        ),
        (19, &long),
        (20, r#""""#),
        (20, r#"{}"#),
        (20, r#"{"Room-Name":"r","To-User":"bo"}"#),
        (20, r#"{"Room-Name":"r","Limit":-1}"#),
        (20, r#"{"Room-Name":"r","Before":"x"}"#),
    ];
    for (op, payload) in table {
        let packet = with_payload(op, payload);
        assert_eq!(code(&packet), Some(ErrorCode::MalformedRequest), "{packet}");
    }
}

// [594-24]
#[test]
fn a_segment_of_1024_bytes_is_the_longest() {
    let packet = |bytes: usize| {
        use base64::Engine as _;
        let data = base64::engine::general_purpose::STANDARD.encode(vec![0; bytes]);
        with_payload(
            19,
            &format!(r#"{{"Transfer-Id":1,"Seq":0,"Data":"{data}","Last":true}}"#),
        )
    };
    assert_eq!(code(packet(1024)), None);
    assert_eq!(code(packet(1025)), Some(ErrorCode::MalformedRequest));
}

// [594-5]
#[test]
fn a_packet_for_the_other_direction_is_206() {
    for op in [
        2,
        5,
        7,
        10,
        14,
        21,
        0,
        -1,
        22,
        100,
        200,
        201,
        205,
        208,
        209,
        i64::MAX,
    ] {
        for payload in [r#""""#, r#"{"User-Name":"ana"}"#] {
            let packet = with_payload(op, payload);
            assert_eq!(code(&packet), Some(ErrorCode::IllegalRequest), "{packet}");
        }
    }
    for op in [1, 3, 4, 6, 8, 9, 11, 12, 13, 20, 0, 22, 200, 209] {
        let packet = with_payload(op, r#""""#);
        let error = Response::decode(packet.as_bytes());
        assert_eq!(error, Err(DecodeError::UnexpectedOp(op)), "{packet}");
    }
}

// [594-5] nothing of a packet gets into the log
#[test]
fn an_error_holds_no_text_of_the_packet() {
    let packet = with_payload(
        4,
        r#"{"Room-Name":"secret","User-Name":1,"Message":"secret"}"#,
    );
    let error = Request::decode(packet.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "malformed payload");
}
