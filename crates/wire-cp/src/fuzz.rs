//! Fuzz bodies: what must hold for any bytes. Plain functions, so that a test replays the committed
//! corpus with the compiler everyone has.

use bytes::BytesMut;

use crate::{Code, Colons, Command, Line, MAX_PDU, Reply, Splitter, parts};

/// Any stream, cut anywhere and with pauses anywhere: lines stay within the limit, and without
/// pauses the cuts do not matter. The bytes themselves choose the cuts.
pub fn fuzz_lines(data: &[u8]) {
    let whole = lines(&mut Splitter::new(), data);
    let mut cut = Splitter::new();
    let mut paused = Splitter::new();
    let mut found = Vec::new();
    for (n, chunk) in data.chunks(1 + data.len() % 7).enumerate() {
        found.extend(lines(&mut cut, chunk));
        lines(&mut paused, chunk);
        if usize::from(chunk[0]) % 5 == n % 5
            && let Some(line) = paused.pause()
        {
            check(&line);
        }
        if chunk[0] == b'!' {
            let _ = Code::for_unfinished(paused.partial().unwrap_or_default());
            paused.discard_line();
        }
    }
    assert_eq!(found, whole, "cuts change what is read");
}

/// Any bytes as a PDU of either side: refused, or equal after being written and read again.
pub fn fuzz_pdu(data: &[u8]) {
    // A line break within a PDU is written as a space, and a full PDU leaves no place for a separator.
    let exact = data.len() < MAX_PDU && !data.iter().any(|b| matches!(b, b'\r' | b'\n'));
    for colons in [Colons::Refuse, Colons::Allow] {
        match Command::parse(data, colons) {
            Ok(command) => {
                let mut bytes = BytesMut::new();
                command.encode(&mut bytes);
                let again = Command::parse(body(&bytes), colons);
                assert!(
                    !exact || again == Ok(command),
                    "{command:?} became {again:?}"
                );
            }
            Err(error) => assert!(error.code().is_error()),
        }
    }
    if let Ok(reply) = Reply::parse(data) {
        let mut bytes = BytesMut::new();
        reply.encode(&mut bytes);
        let again = Reply::parse(body(&bytes));
        assert!(!exact || again == Ok(reply), "{reply:?} became {again:?}");
    }
}

/// Any text from any sender: every part fits a PDU, and nothing is lost. The first byte is the
/// sender's length.
pub fn fuzz_parts(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let sender = "s".repeat(1 + usize::from(*first) % 10);
    let text = String::from_utf8_lossy(rest);
    let parts = parts::split(&sender, &text);
    let count = parts.len();
    let mut joined = String::new();
    for (n, part) in (1..).zip(&parts) {
        let mut bytes = BytesMut::new();
        Reply::Rmsg {
            sender: &sender,
            message: part,
        }
        .encode(&mut bytes);
        assert_eq!(
            body(&bytes),
            format!("RMSG{sender}:{part}").as_bytes(),
            "a part was cut"
        );
        let prefix = if count == 1 {
            String::new()
        } else {
            format!("({n}/{count}) ")
        };
        joined.push_str(part.strip_prefix(prefix.as_str()).unwrap_or_default());
    }
    assert_eq!(joined, parts::one_line(&text), "the parts are not the text");
}

fn lines(splitter: &mut Splitter, data: &[u8]) -> Vec<Line> {
    let mut input = BytesMut::from(data);
    let lines: Vec<_> = std::iter::from_fn(|| splitter.next(&mut input)).collect();
    assert!(input.is_empty(), "bytes are left over");
    lines.iter().for_each(check);
    assert!(
        splitter.partial().is_none_or(|p| p.len() <= MAX_PDU + 1),
        "an unbounded line"
    );
    lines
}

fn check(line: &Line) {
    if let Line::Pdu(pdu) = line {
        assert!(pdu.len() <= MAX_PDU, "a PDU over the limit");
        fuzz_pdu(pdu);
    }
}

/// The one PDU in `bytes`, without its CRLF.
fn body(bytes: &[u8]) -> &[u8] {
    let body = bytes
        .strip_suffix(b"\r\n")
        .expect("every PDU ends with CRLF");
    assert!(body.len() <= MAX_PDU, "a PDU over the limit");
    assert!(!body.contains(&b'\n'), "two PDUs in one");
    body
}
