//! The splitter [594-3..5].

use bytes::BytesMut;
use proptest::prelude::*;
use wire_cs594::crypt::encrypt;
use wire_cs594::{Key, MAX_PACKET, Raw, Splitter, StreamError};

use crate::properties::{encoded, request};

/// What comes out of a splitter, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Out {
    Plain(Vec<u8>),
    Sealed(Vec<u8>),
    Bad(StreamError),
}

fn plain(text: &str) -> Out {
    Out::Plain(text.into())
}

fn sealed(text: &str) -> Out {
    Out::Sealed(text.into())
}

const JUNK: Out = Out::Bad(StreamError::NotAPacket);

fn out(raw: &Raw) -> Out {
    let text = raw.text.to_vec();
    if raw.sealed {
        Out::Sealed(text)
    } else {
        Out::Plain(text)
    }
}

struct Stream {
    splitter: Splitter,
    input: BytesMut,
    key: Option<Key>,
    found: Vec<Out>,
}

impl Stream {
    fn new(key: Option<Key>) -> Self {
        Stream {
            splitter: Splitter::default(),
            input: BytesMut::new(),
            key,
            found: Vec::new(),
        }
    }

    fn feed(&mut self, bytes: &[u8]) -> &mut Self {
        self.input.extend_from_slice(bytes);
        loop {
            match self.splitter.next(&mut self.input, self.key.as_ref()) {
                Ok(Some(raw)) => self.found.push(out(&raw)),
                Ok(None) => return self,
                Err(error) => {
                    self.found.push(Out::Bad(error));
                    if error.is_fatal() {
                        return self;
                    }
                }
            }
        }
    }

    fn pause(&mut self) -> &mut Self {
        match self.splitter.pause(&mut self.input) {
            Ok(Some(raw)) => {
                self.found.push(out(&raw));
                self.feed(b"")
            }
            Ok(None) => self,
            Err(error) => {
                self.found.push(Out::Bad(error));
                self
            }
        }
    }
}

/// Splits a whole stream, and the same stream byte by byte; they must agree.
fn split(stream: &[u8]) -> Vec<Out> {
    let whole = Stream::new(None).feed(stream).found.clone();
    let mut single = Stream::new(None);
    for byte in stream {
        single.feed(&[*byte]);
    }
    assert_eq!(single.found, whole);
    whole
}

// [594-3] [594-5]
#[test]
fn packets_are_taken_whatever_stands_between_them() {
    let table: &[(&str, Vec<Out>)] = &[
        ("", vec![]),
        (" \r\n\n\t", vec![]),
        ("{}", vec![plain("{}")]),
        ("{}{}", vec![plain("{}"), plain("{}")]),
        ("{}\n{}\r\n {} {}", vec![plain("{}"); 4]),
        (
            "\n\n{\n\"a\" : [{}]\n}\n",
            vec![plain("{\n\"a\" : [{}]\n}")],
        ),
        (r#"{"a":"}{\"}"}{"#, vec![plain(r#"{"a":"}{\"}"}"#)]),
        (r#"{"a":"\\"}{}"#, vec![plain(r#"{"a":"\\"}"#), plain("{}")]),
        ("{", vec![]),
        (r#"{"a":"}"#, vec![]),
        (r#"{"a":tr"#, vec![]),
        (r#"{"a":"\u12"#, vec![]),
    ];
    for (stream, packets) in table {
        assert_eq!(&split(stream.as_bytes()), packets, "{stream}");
    }
}

// [594-5]
#[test]
fn what_is_no_packet_is_skipped_to_the_next_line_and_reported_once() {
    let table: &[(&[u8], Vec<Out>)] = &[
        (b"%%%\n{}", vec![JUNK, plain("{}")]),
        (b"hello there\n{}", vec![JUNK, plain("{}")]),
        (b"{}%%{}\n{}", vec![plain("{}"), JUNK, plain("{}")]),
        (b"{x} {}\n{}", vec![JUNK, plain("{}")]),
        (b"{\"a\":\"x\n{}", vec![JUNK, plain("{}")]),
        (b"{\n\"a\":1,\n\"b\":x}\n{}", vec![JUNK, plain("{}")]),
        (b"{\"a\"\n:]\n{}", vec![JUNK, plain("{}")]),
        (b"{,\n}\n{}", vec![JUNK, JUNK, plain("{}")]),
        (b"[]\n\"a\"\n1 2\n{}", vec![JUNK, JUNK, JUNK, plain("{}")]),
        (b"\x16\x03\x01\x02\x00", vec![JUNK]),
        (b"\xff\n{}", vec![JUNK, plain("{}")]),
        (b"{'a':1}\n{}", vec![JUNK, plain("{}")]),
        (
            b"{\"a\":1}}\n{}",
            vec![plain("{\"a\":1}"), JUNK, plain("{}")],
        ),
    ];
    for (stream, found) in table {
        assert_eq!(&split(stream), found, "{}", String::from_utf8_lossy(stream));
    }
}

// [594-6]
#[test]
fn sealed_texts_end_with_their_line_their_padding_or_an_object() {
    let table: &[(&str, Vec<Out>)] = &[
        ("QUJD\n{}", vec![sealed("QUJD"), plain("{}")]),
        ("QUJD\r\n{}", vec![sealed("QUJD"), plain("{}")]),
        (
            "QUI=QQ==QUJD\n",
            vec![sealed("QUI="), sealed("QQ=="), sealed("QUJD")],
        ),
        ("QUJD{}", vec![sealed("QUJD"), plain("{}")]),
        ("a+/Z\n", vec![sealed("a+/Z")]),
        ("hello\n{}", vec![sealed("hello"), plain("{}")]),
        ("QUJD", vec![]),
        ("QUJD\r", vec![]),
        ("QQ=", vec![]),
        ("QUJD=\n{}", vec![JUNK, plain("{}")]),
        ("QQ=x\n{}", vec![JUNK, plain("{}")]),
        ("QUJD \n{}", vec![JUNK, plain("{}")]),
        ("QUJD\rx\n{}", vec![JUNK, plain("{}")]),
        ("=\n{}", vec![JUNK, plain("{}")]),
    ];
    for (stream, found) in table {
        assert_eq!(&split(stream.as_bytes()), found, "{stream}");
    }
}

// [594-26] "complete when the stream pauses"
#[test]
fn a_pause_ends_a_sealed_text_and_nothing_else() {
    let mut stream = Stream::new(None);
    stream.feed(b"QUJD");
    assert!(stream.splitter.wants_pause());
    assert_eq!(stream.pause().found, [sealed("QUJD")]);
    assert!(!stream.splitter.is_open());
    for open in [&b"{\"a\":"[..], b"%%%", b"{}\nQUJD", b""] {
        let mut stream = Stream::new(None);
        let before = stream.feed(open).found.clone();
        assert_eq!(stream.pause().found, before);
        assert_eq!(stream.splitter.is_open(), !open.is_empty());
        assert!(!stream.splitter.wants_pause());
    }
}

// [594-26] "the text so far decodes to a whole packet"
#[test]
fn with_the_key_a_sealed_text_needs_no_mark_of_its_end() {
    let key = Key::from_bytes([9; 16]);
    // 16 to 31 bytes make three blocks with the IV, whose base64 has no padding.
    let first = encrypt(&key, [1; 16], br#"{"a":"0123456789"}"#);
    let second = encrypt(&key, [2; 16], br#"{"b":"0123456789"}"#);
    assert_eq!(first.len(), 64);
    assert!(!first.ends_with('='));
    let both = format!("{first}{second}");
    let expected = [sealed(&first), sealed(&second)];
    let mut whole = Stream::new(Some(key.clone()));
    assert_eq!(whole.feed(both.as_bytes()).found, expected);
    let mut single = Stream::new(Some(key));
    for byte in both.as_bytes() {
        single.feed(&[*byte]);
    }
    assert_eq!(single.found, expected);
    let mut other = Stream::new(Some(Key::from_bytes([8; 16])));
    assert_eq!(other.feed(both.as_bytes()).found, []);
}

// [594-26] how the dialect is found
#[test]
fn a_line_end_is_noticed_even_when_it_comes_late() {
    for (stream, line) in [
        ("{}\n", true),
        ("{} \r\n", true),
        ("QQ==\n", true),
        ("QUJD\n", true),
        ("{}", false),
        ("\n{}{}", false),
        ("{\n}", false),
        ("%\n{}", false),
        ("{}{}\n", true),
    ] {
        let mut whole = Stream::new(None);
        assert_eq!(
            whole.feed(stream.as_bytes()).splitter.saw_line(),
            line,
            "{stream:?}"
        );
        let mut single = Stream::new(None);
        for byte in stream.bytes() {
            single.feed(&[byte]);
        }
        assert_eq!(single.splitter.saw_line(), line, "{stream:?} byte by byte");
    }
    let mut splitter = Splitter::default();
    let mut input = BytesMut::from("{}\n{}");
    assert!(splitter.next(&mut input, None).unwrap().unwrap().newline);
    assert!(!splitter.next(&mut input, None).unwrap().unwrap().newline);
}

fn object_of(length: usize) -> String {
    format!(r#"{{"a":"{}"}}"#, "}".repeat(length - 8))
}

// [594-4]
#[test]
fn a_packet_may_have_64_kib_and_no_more() {
    let longest = object_of(MAX_PACKET);
    assert_eq!(longest.len(), MAX_PACKET);
    assert_eq!(
        Stream::new(None).feed(longest.as_bytes()).found,
        [plain(&longest)]
    );
    let too_long = [Out::Bad(StreamError::TooLong)];
    let longer = object_of(MAX_PACKET + 1);
    assert_eq!(Stream::new(None).feed(longer.as_bytes()).found, too_long);
    let text = "A".repeat(MAX_PACKET + 1);
    assert_eq!(Stream::new(None).feed(text.as_bytes()).found, too_long);
    let key = Some(Key::from_bytes([1; 16]));
    assert_eq!(Stream::new(key).feed(text.as_bytes()).found, too_long);
    let junk = "%".repeat(MAX_PACKET + 1);
    let lost = [JUNK, Out::Bad(StreamError::Lost)];
    assert_eq!(Stream::new(None).feed(junk.as_bytes()).found, lost);
}

// [594-4]
#[test]
fn a_sender_that_never_ends_grows_nothing() {
    for piece in ["{\"a\":\"}}}}", "AAAA", "%%%%"] {
        let mut stream = Stream::new(None);
        let mut sent = 0;
        let fatal =
            |found: &[Out]| matches!(found.last(), Some(Out::Bad(error)) if error.is_fatal());
        while !fatal(&stream.found) {
            // Only the first piece begins an object; the others are inside its string.
            let piece = if sent == 0 {
                piece
            } else {
                &piece[piece.len() - 4..]
            };
            stream.feed(piece.as_bytes());
            sent += piece.len();
            assert!(sent <= MAX_PACKET + 16 && stream.input.len() <= MAX_PACKET);
        }
        stream.feed(&[b'x'; 1000]);
        assert!(
            stream.input.is_empty(),
            "a stream that is over holds nothing"
        );
    }
}

// [594-4] coalesced packets are not one long packet
#[test]
fn many_packets_in_one_read_are_no_long_packet() {
    let many = "{\"a\":1}".repeat(20_000);
    let found = Stream::new(None).feed(many.as_bytes()).found.clone();
    assert_eq!(found, vec![plain("{\"a\":1}"); 20_000]);
}

proptest! {
    // [594-3]
    #[test]
    fn any_packets_come_back_however_they_are_joined_and_split(
        requests in prop::collection::vec((request(), prop::sample::select(vec!["", "\n", "\r\n", " "])), 0..6),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut stream = Vec::new();
        let mut expected = Vec::new();
        for (request, between) in &requests {
            let packet = encoded(request);
            stream.extend_from_slice(&packet);
            stream.extend_from_slice(between.as_bytes());
            expected.push(Out::Plain(packet));
        }
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let mut dealt = Stream::new(None);
        for cut in cuts.windows(2) {
            dealt.feed(&stream[cut[0]..cut[1]]);
        }
        prop_assert_eq!(&dealt.found, &expected);
        let mut single = Stream::new(None);
        for byte in &stream {
            single.feed(&[*byte]);
        }
        // One byte at a time, a packet full of braces may wait for a pause; never for more.
        single.pause();
        prop_assert_eq!(&single.found, &expected);
    }
}
