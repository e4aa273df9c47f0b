//! PDUs out of a byte stream [CP-1..5].
//!
//! CRLF or a bare LF ends a PDU. COMPAT(author's client): it ends nothing and sends one command a TCP
//! segment, so a stream starts [`Framing::Undecided`]: if a line end comes it is
//! [`Framing::Terminated`] for good; if the stream pauses first ([`PAUSE`], which the caller times), it is
//! [`Framing::Unterminated`] and each pause ends a PDU, until a line end ever comes.
//!
//! A line end that comes alone right after a pause ended a PDU is that PDU's, late: it is no empty PDU.
//!
//! The splitter keeps at most one unfinished PDU; a peer can not make it hold more. It holds
//! no memory at all between PDUs.

use std::{fmt, time::Duration};

use bytes::{Bytes, BytesMut};

use crate::MAX_PDU;

/// The silence that ends a PDU of a peer which ends none itself [CP-2].
pub const PAUSE: Duration = Duration::from_millis(100);

/// How long a PDU's end may take after its first byte on a terminated stream [CP-3].
pub const PDU_TIMEOUT: Duration = Duration::from_secs(30);

/// What ends a PDU on this stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Nothing has ended one yet.
    #[default]
    Undecided,
    /// CRLF or LF.
    Terminated,
    /// A pause, or a line end if one should come after all.
    Unterminated,
}

/// What the splitter found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// One PDU of at most [`MAX_PDU`] bytes, without its line end; possibly empty.
    Pdu(Bytes),
    /// More than [`MAX_PDU`] bytes without an end [CP-4]; said once a line, and the line is gone.
    TooLong,
}

/// Splits one direction of one connection into PDUs.
#[derive(Default)]
pub struct Splitter {
    framing: Framing,
    /// The unfinished PDU: `len() <= MAX_PDU`, or one more if the last byte is a CR.
    partial: BytesMut,
    /// The rest of the line is thrown away; `partial` is empty then.
    discarding: bool,
    /// The last PDU was ended by a pause: its line end may still come.
    end_may_come: bool,
}

impl Splitter {
    /// A splitter at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What ends a PDU, as far as is known.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.framing
    }

    /// Takes the next PDU out of `input`. `None` means that `input` is used up; an unfinished PDU
    /// is kept inside.
    pub fn next(&mut self, input: &mut BytesMut) -> Option<Line> {
        while !input.is_empty() {
            let Some(at) = memchr::memchr(b'\n', input) else {
                return self.keep(input);
            };
            self.framing = Framing::Terminated;
            let mut tail = input.split_to(at + 1);
            tail.truncate(at);
            let late = std::mem::take(&mut self.end_may_come);
            if std::mem::take(&mut self.discarding) {
                continue;
            }
            let mut line = std::mem::take(&mut self.partial);
            if line.is_empty() {
                line = tail;
            } else if line.len() + tail.len() > MAX_PDU + 1 {
                return Some(Line::TooLong);
            } else {
                line.extend_from_slice(&tail);
            }
            strip_cr(&mut line);
            if line.len() > MAX_PDU {
                return Some(Line::TooLong);
            }
            if late && line.is_empty() {
                continue;
            }
            return Some(Line::Pdu(line.freeze()));
        }
        None
    }

    /// The stream has paused for [`PAUSE`]: unless line ends are in use, what has come so far is one
    /// PDU.
    pub fn pause(&mut self) -> Option<Line> {
        if !self.awaits_pause() {
            return None;
        }
        self.framing = Framing::Unterminated;
        self.end_may_come = true;
        if std::mem::take(&mut self.discarding) {
            return None;
        }
        let mut pdu = std::mem::take(&mut self.partial);
        strip_cr(&mut pdu);
        Some(Line::Pdu(pdu.freeze()))
    }

    /// Whether a pause would end something, hence whether to time one.
    #[must_use]
    pub fn awaits_pause(&self) -> bool {
        self.framing != Framing::Terminated && (self.discarding || !self.partial.is_empty())
    }

    /// The unfinished PDU, if there is one: at least a byte. Its beginning tells which error its
    /// delay is ([`crate::Code::for_unfinished`]).
    #[must_use]
    pub fn partial(&self) -> Option<&[u8]> {
        (!self.partial.is_empty()).then_some(&self.partial[..])
    }

    /// Gives up on the unfinished PDU: what still comes of its line is thrown away [CP-3]. Does
    /// nothing if there is none.
    pub fn discard_line(&mut self) {
        if !self.partial.is_empty() {
            self.partial = BytesMut::new();
            self.discarding = true;
        }
    }

    /// Moves `input`, in which no line ends, to the unfinished PDU.
    fn keep(&mut self, input: &mut BytesMut) -> Option<Line> {
        let len = self.partial.len() + input.len();
        if self.discarding {
            input.clear();
            return None;
        }
        // One byte more may be the CR of the line end.
        if len > MAX_PDU + 1 || (len == MAX_PDU + 1 && !input.ends_with(b"\r")) {
            input.clear();
            self.partial = BytesMut::new();
            self.discarding = true;
            return Some(Line::TooLong);
        }
        // Copied, not split off: a part of the read buffer would keep all of it in memory.
        self.partial.extend_from_slice(input);
        input.clear();
        None
    }
}

/// The unfinished PDU may be a password: only its length is shown [CP-13].
impl fmt::Debug for Splitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Splitter")
            .field("framing", &self.framing)
            .field("partial_len", &self.partial.len())
            .field("discarding", &self.discarding)
            .finish_non_exhaustive()
    }
}

fn strip_cr(line: &mut BytesMut) {
    if line.ends_with(b"\r") {
        line.truncate(line.len() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn push(splitter: &mut Splitter, bytes: &[u8]) -> Vec<Line> {
        let mut input = BytesMut::from(bytes);
        let lines = std::iter::from_fn(|| splitter.next(&mut input)).collect();
        assert!(input.is_empty());
        assert!(splitter.partial.len() <= MAX_PDU + 1);
        lines
    }

    fn pdu(text: &str) -> Line {
        Line::Pdu(Bytes::copy_from_slice(text.as_bytes()))
    }

    // [CP-1]
    #[test]
    fn crlf_and_a_bare_lf_end_a_pdu() {
        let mut s = Splitter::new();
        assert_eq!(
            push(&mut s, b"USERana\r\nPASSpw\nRM"),
            [pdu("USERana"), pdu("PASSpw")]
        );
        assert_eq!(s.framing(), Framing::Terminated);
        assert_eq!(s.partial(), Some(&b"RM"[..]));
        assert_eq!(push(&mut s, b"SG\r"), []);
        assert_eq!(push(&mut s, b"\n\r\n"), [pdu("RMSG"), pdu("")]);
        assert_eq!(s.partial(), None);
    }

    // [CP-1]: a CR is a byte like any other unless LF follows.
    #[test]
    fn a_cr_inside_a_line_stays() {
        let mut s = Splitter::new();
        assert_eq!(push(&mut s, b"SMSGbo:a\rb\r\r\n"), [pdu("SMSGbo:a\rb\r")]);
    }

    // [CP-2]
    #[test]
    fn a_first_command_without_end_makes_the_stream_unterminated() {
        let mut s = Splitter::new();
        assert!(!s.awaits_pause());
        assert_eq!(s.pause(), None);
        assert_eq!(s.framing(), Framing::Undecided);

        assert_eq!(push(&mut s, b"USER"), []);
        assert_eq!(push(&mut s, b"ana"), []);
        assert!(s.awaits_pause());
        assert_eq!(s.pause(), Some(pdu("USERana")));
        assert_eq!(s.framing(), Framing::Unterminated);
        assert!(!s.awaits_pause());
        assert_eq!(s.pause(), None);

        assert_eq!(push(&mut s, b"PASSpw"), []);
        assert_eq!(s.pause(), Some(pdu("PASSpw")));
    }

    // [CP-2]
    #[test]
    fn a_stream_that_ever_ended_a_line_ignores_pauses() {
        let mut s = Splitter::new();
        assert_eq!(push(&mut s, b"USERana"), []);
        assert_eq!(s.pause(), Some(pdu("USERana")));
        assert_eq!(push(&mut s, b"PASSpw\r\nRM"), [pdu("PASSpw")]);
        assert_eq!(s.framing(), Framing::Terminated);
        assert!(!s.awaits_pause());
        assert_eq!(s.pause(), None);
        assert_eq!(push(&mut s, b"SG\n"), [pdu("RMSG")]);
    }

    // [CP-2]
    #[test]
    fn a_line_end_after_the_pause_is_not_an_empty_pdu() {
        for end in [&[&b"\r\n"[..]][..], &[b"\n"], &[b"\r", b"\n"]] {
            let mut s = Splitter::new();
            assert_eq!(push(&mut s, b"USERana"), []);
            assert_eq!(s.pause(), Some(pdu("USERana")));
            for bytes in end {
                assert_eq!(push(&mut s, bytes), []);
            }
            assert_eq!(s.framing(), Framing::Terminated);
            assert_eq!(push(&mut s, b"\r\n"), [pdu("")]);
        }
        let mut s = Splitter::new();
        assert_eq!(push(&mut s, b"USERana\r"), []);
        assert_eq!(s.pause(), Some(pdu("USERana")));
        assert_eq!(push(&mut s, b"\nPASSpw\n"), [pdu("PASSpw")]);
    }

    // [CP-3]
    #[test]
    fn a_line_that_is_given_up_is_thrown_away_to_its_end() {
        let mut s = Splitter::new();
        assert_eq!(push(&mut s, b"USERana\r\nSMSGbo:ha"), [pdu("USERana")]);
        s.discard_line();
        assert_eq!(s.partial(), None);
        assert_eq!(push(&mut s, b"lf a"), []);
        assert_eq!(push(&mut s, b" line\r\nTERM\r\n"), [pdu("TERM")]);
        s.discard_line();
        assert_eq!(push(&mut s, b"RMSG\r\n"), [pdu("RMSG")]);
    }

    // [CP-4]
    #[test]
    fn a_line_over_the_limit_is_told_once_and_the_next_is_read() {
        let fits = "x".repeat(MAX_PDU);
        for end in ["\n", "\r\n"] {
            let mut s = Splitter::new();
            assert_eq!(
                push(&mut s, format!("{fits}{end}").as_bytes()),
                [pdu(&fits)]
            );
            assert_eq!(
                push(&mut s, format!("{fits}x{end}TERM\n").as_bytes()),
                [Line::TooLong, pdu("TERM")]
            );
        }
        let mut s = Splitter::new();
        let mut lines = Vec::new();
        for _ in 0..10_000 {
            lines.extend(push(&mut s, b"0123456789"));
        }
        lines.extend(push(&mut s, b"\r\nTERM\r\n"));
        assert_eq!(lines, [Line::TooLong, pdu("TERM")]);
    }

    // [CP-2] [CP-4]
    #[test]
    fn a_pause_ends_a_line_over_the_limit_of_an_unterminated_stream() {
        let mut s = Splitter::new();
        assert_eq!(push(&mut s, &[b'x'; 2000]), [Line::TooLong]);
        assert!(s.awaits_pause());
        assert_eq!(s.pause(), None);
        assert!(!s.awaits_pause());
        assert_eq!(push(&mut s, b"USERana"), []);
        assert_eq!(s.pause(), Some(pdu("USERana")));
    }

    #[test]
    fn between_pdus_no_memory_is_held() {
        let mut s = Splitter::new();
        assert_eq!(push(&mut s, b"USER"), []);
        assert_eq!(push(&mut s, b"ana\n"), [pdu("USERana")]);
        assert_eq!(s.partial.capacity(), 0);
    }

    /// Bytes with many line ends and with lines around the limit.
    fn stream() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => prop::collection::vec(any::<u8>(), 0..20),
            4 => Just(b"\r\n".to_vec()),
            2 => Just(b"\n".to_vec()),
            1 => Just(b"\r".to_vec()),
            2 => (1020usize..1030).prop_map(|n| vec![b'x'; n]),
        ];
        prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        // [CP-1] [CP-4]
        #[test]
        fn however_the_stream_is_cut_the_pdus_are_the_same(
            stream in stream(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let whole = push(&mut Splitter::new(), &stream);

            let mut s = Splitter::new();
            let bytewise: Vec<_> = stream.iter().flat_map(|b| push(&mut s, &[*b])).collect();
            prop_assert_eq!(&bytewise, &whole);

            let mut cuts: Vec<_> = cuts.iter().map(|c| c.index(stream.len() + 1)).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let mut s = Splitter::new();
            let cut: Vec<_> =
                cuts.windows(2).flat_map(|w| push(&mut s, &stream[w[0]..w[1]])).collect();
            prop_assert_eq!(&cut, &whole);
        }

        #[test]
        fn hostile_streams_and_pauses_never_panic(data in stream()) {
            crate::fuzz::fuzz_lines(&data);
        }
    }
}
