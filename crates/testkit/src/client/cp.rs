//! cp: lines that the hub always ends with CRLF.

use super::{Message, Received, split_front};

/// The next PDU of a hub.
pub(crate) fn next(buffer: &mut Vec<u8>) -> Result<Option<Received>, String> {
    let Some(end) = buffer.iter().position(|byte| *byte == b'\n') else {
        return Ok(None);
    };
    let raw = split_front(buffer, end + 1);
    let Some(pdu) = raw.strip_suffix(b"\r\n") else {
        return Err("the hub ended a PDU without CRLF".to_owned());
    };
    let pdu = std::str::from_utf8(pdu).map_err(|_| "the hub sent what is not UTF-8")?;
    if pdu.len() > 1024 {
        return Err(format!("the hub sent a PDU of {} bytes", pdu.len()));
    }
    let message = Message::Line(pdu.to_owned());
    Ok(Some((message, raw)))
}

/// The three-digit code that a PDU begins with.
pub(crate) fn code(line: &str) -> Option<u16> {
    match line.split_once(' ') {
        Some((code, text)) if code.len() == 3 && !text.is_empty() => code.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pdus_end_with_crlf_and_fit() {
        // [CP-1]
        let mut good = b"240 message sent\r\nrest".to_vec();
        let line = Message::Line("240 message sent".into());
        assert_eq!(next(&mut good).unwrap().unwrap().0, line);
        assert_eq!(next(&mut good), Ok(None));
        for bad in [
            b"240 x\n".to_vec(),
            b"\xff\r\n".to_vec(),
            [&[b'x'; 1025][..], b"\r\n"].concat(),
        ] {
            assert!(next(&mut bad.clone()).is_err());
        }
        assert_eq!(code("240 message sent"), Some(240));
        assert_eq!(code("RMSGana:hi"), None);
    }
}
