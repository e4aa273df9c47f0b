//! One PDU, both directions: [`Command`] is what a client sends, [`Reply`] what the hub sends.
//!
//! Parsing takes one PDU without its terminator (see [`crate::lines`]) and borrows from it.
//! Encoding appends one PDU with CRLF [CP-1] and cannot fail: line breaks inside an argument
//! become spaces and what is over [`MAX_PDU`] is cut at a character boundary, so that no argument can
//! ever forge or break a PDU. [`Command::check`] and [`crate::parts`] keep the cut from happening.
//!
//! An argument that itself begins with a space is written behind the one tolerated space, so that it
//! arrives as it was.

use std::fmt;

use bytes::{BufMut, BytesMut};
use thiserror::Error;

use crate::{Code, MAX_MESSAGE, MAX_NAME, MAX_PASSWORD, MAX_PDU};

/// Whether a message may hold `:` [CP-9].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colons {
    /// A second `:` in an `SMSG` is an error, as the protocol's text has it.
    #[default]
    Refuse,
    /// All after the first `:` is the message.
    Allow,
}

/// What a client sends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Command<'a> {
    /// `USER<name>`: who wants to log in; 1 to [`MAX_NAME`] bytes.
    User(&'a str),
    /// `PASS<password>`: 1 to [`MAX_PASSWORD`] bytes; never shown by `Debug` [CP-13].
    Pass(&'a str),
    /// `SMSG<receiver>:<message>`: a message for somebody's mailbox.
    Smsg {
        /// 1 to [`MAX_NAME`] bytes, without `:`.
        receiver: &'a str,
        /// 1 to [`MAX_MESSAGE`] bytes.
        message: &'a str,
    },
    /// `RMSG`: asks for the messages in the mailbox.
    Rmsg,
    /// `TERM`: logs out.
    Term,
    /// `<code> <text>`: 201 or 250 from a client that keeps to the protocol.
    Code {
        /// Any code of the protocol.
        code: Code,
        /// Whatever the client has to say to it; may be empty.
        text: &'a str,
    },
}

impl<'a> Command<'a> {
    /// Reads one PDU, which comes without its terminator.
    ///
    /// # Errors
    /// Each kind of malformed PDU has its own; [`CommandError::code`] is the hub's answer to it.
    pub fn parse(pdu: &'a [u8], colons: Colons) -> Result<Self, CommandError> {
        if pdu.len() > MAX_PDU {
            return Err(CommandError::TooLong { len: pdu.len() });
        }
        let text = str::from_utf8(pdu).map_err(|_| CommandError::NotUtf8)?;
        if let Some((number, text)) = split_code(text) {
            let code = Code::from_number(number).ok_or(CommandError::UnknownCode { number })?;
            return Ok(Self::Code { code, text });
        }
        let (verb, argument) = split_verb(text).ok_or(CommandError::UnknownCommand)?;
        let command = match &verb {
            b"USER" => Self::User(argument),
            b"PASS" => Self::Pass(argument),
            b"SMSG" => {
                let (receiver, message) = argument.split_once(':').ok_or(CommandError::NoColon)?;
                Self::Smsg { receiver, message }
            }
            b"RMSG" | b"TERM" if !argument.is_empty() => {
                return Err(CommandError::UnexpectedArgument);
            }
            b"RMSG" => Self::Rmsg,
            b"TERM" => Self::Term,
            _ => return Err(CommandError::UnknownCommand),
        };
        command.check(colons)?;
        Ok(command)
    }

    /// Whether every part is well formed and within its limit: what [`Self::parse`] returns is, and
    /// what a client is about to send should be.
    ///
    /// # Errors
    /// The first part that is not.
    pub fn check(&self, colons: Colons) -> Result<(), CommandError> {
        match *self {
            Self::User("") => Err(CommandError::NameEmpty),
            Self::User(name) if name.len() > MAX_NAME => {
                Err(CommandError::NameTooLong { len: name.len() })
            }
            Self::User(name) if name.contains(':') || !is_well_formed(name) => {
                Err(CommandError::NameIllFormed)
            }
            Self::Pass("") => Err(CommandError::PasswordEmpty),
            Self::Pass(password) if password.len() > MAX_PASSWORD => {
                Err(CommandError::PasswordTooLong)
            }
            Self::Smsg { receiver, message } => check_smsg(receiver, message, colons),
            Self::User(_) | Self::Pass(_) | Self::Rmsg | Self::Term | Self::Code { .. } => Ok(()),
        }
    }

    /// Appends the PDU and its CRLF.
    pub fn encode(&self, dst: &mut BytesMut) {
        self.encode_bare(dst);
        dst.put_slice(b"\r\n");
    }

    /// Appends the PDU without a terminator, as clients do that end nothing [CP-2].
    pub fn encode_bare(&self, dst: &mut BytesMut) {
        let mut pdu = Encoder::new(dst);
        match *self {
            Self::User(name) => pdu.verb("USER").argument(name),
            Self::Pass(password) => pdu.verb("PASS").argument(password),
            Self::Smsg { receiver, message } => {
                pdu.verb("SMSG").argument(receiver).text(":").text(message)
            }
            Self::Rmsg => pdu.verb("RMSG"),
            Self::Term => pdu.verb("TERM"),
            Self::Code { code, text } => pdu.code(code, text),
        };
    }
}

/// Passwords stay out of logs, whatever prints a command [CP-13].
impl fmt::Debug for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => f.debug_tuple("User").field(name).finish(),
            Self::Pass(_) => f.write_str("Pass(…)"),
            Self::Smsg { receiver, message } => f
                .debug_struct("Smsg")
                .field("receiver", receiver)
                .field("message", message)
                .finish(),
            Self::Rmsg => f.write_str("Rmsg"),
            Self::Term => f.write_str("Term"),
            Self::Code { code, text } => f
                .debug_struct("Code")
                .field("code", code)
                .field("text", text)
                .finish(),
        }
    }
}

/// Why a client's PDU is refused. None of them carries text of the PDU: it may be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CommandError {
    /// Over [`MAX_PDU`] bytes.
    #[error("a PDU of {len} bytes is over the limit of {MAX_PDU}")]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// Not UTF-8.
    #[error("the PDU is not UTF-8")]
    NotUtf8,
    /// Neither a command nor a code.
    #[error("no such command")]
    UnknownCommand,
    /// Three digits that are no code.
    #[error("no such code: {number}")]
    UnknownCode {
        /// The three digits.
        number: u16,
    },
    /// Something behind `RMSG` or `TERM`.
    #[error("the command takes no argument")]
    UnexpectedArgument,
    /// `USER` and nothing.
    #[error("the name is empty")]
    NameEmpty,
    /// `USER` with more than [`MAX_NAME`] bytes.
    #[error("a name of {len} bytes is over the limit of {MAX_NAME}")]
    NameTooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// `USER` with a `:`, a control character, or white space at an end.
    #[error("the name is ill-formed")]
    NameIllFormed,
    /// `PASS` and nothing.
    #[error("the password is empty")]
    PasswordEmpty,
    /// `PASS` with more than [`MAX_PASSWORD`] bytes.
    #[error("the password is over the limit of {MAX_PASSWORD} bytes")]
    PasswordTooLong,
    /// `SMSG` without `:`.
    #[error("no ':' between receiver and message")]
    NoColon,
    /// `SMSG` with nothing before the `:`.
    #[error("the receiver is empty")]
    ReceiverEmpty,
    /// `SMSG` with more than [`MAX_NAME`] bytes before the `:`.
    #[error("a receiver of {len} bytes is over the limit of {MAX_NAME}")]
    ReceiverTooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// `SMSG` to a name that nobody can have: a control character in it, or white space at an end.
    #[error("the receiver is not a name")]
    ReceiverIllFormed,
    /// `SMSG` with nothing behind the `:`.
    #[error("the message is empty")]
    MessageEmpty,
    /// `SMSG` with more than [`MAX_MESSAGE`] bytes behind the `:`.
    #[error("a message of {len} bytes is over the limit of {MAX_MESSAGE}")]
    MessageTooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// `SMSG` with a second `:` where the setting refuses it.
    #[error("too many ':' in the message")]
    TooManyColons,
}

impl CommandError {
    /// The hub's answer [CP-4..9].
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::TooLong { .. }
            | Self::NotUtf8
            | Self::UnknownCommand
            | Self::UnknownCode { .. }
            | Self::UnexpectedArgument => Code::BadCommand,
            Self::NameEmpty | Self::NameTooLong { .. } | Self::NameIllFormed => {
                Code::UsernameFailed
            }
            Self::PasswordEmpty | Self::PasswordTooLong => Code::NotAuthenticated,
            Self::NoColon
            | Self::ReceiverEmpty
            | Self::ReceiverTooLong { .. }
            | Self::MessageEmpty
            | Self::MessageTooLong { .. } => Code::SendFailed,
            Self::ReceiverIllFormed => Code::NoSuchReceiver,
            Self::TooManyColons => Code::TooManyColons,
        }
    }
}

/// What the hub sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    /// `<code> <text>`; the text is for people and may be empty.
    Code(Code, &'a str),
    /// `RMSG<sender>:<message>`: one message, or one part of one, out of the mailbox.
    Rmsg {
        /// 1 to [`MAX_NAME`] bytes, without `:`.
        sender: &'a str,
        /// What [`MAX_PDU`] leaves beside the sender.
        message: &'a str,
    },
}

impl From<Code> for Reply<'static> {
    /// The code with its standard phrase.
    fn from(code: Code) -> Self {
        Self::Code(code, code.text())
    }
}

impl<'a> Reply<'a> {
    /// Reads one PDU of a hub, which comes without its terminator. The message of an `RMSG` may be
    /// empty and may hold `:`: other hubs have other rules for what they store.
    ///
    /// # Errors
    /// Each kind of malformed PDU has its own.
    pub fn parse(pdu: &'a [u8]) -> Result<Self, ReplyError> {
        if pdu.len() > MAX_PDU {
            return Err(ReplyError::TooLong { len: pdu.len() });
        }
        let text = str::from_utf8(pdu).map_err(|_| ReplyError::NotUtf8)?;
        if let Some((number, text)) = split_code(text) {
            let code = Code::from_number(number).ok_or(ReplyError::UnknownCode { number })?;
            return Ok(Self::Code(code, text));
        }
        match split_verb(text) {
            Some((verb, argument)) if &verb == b"RMSG" => {
                let (sender, message) = argument.split_once(':').ok_or(ReplyError::NoColon)?;
                if sender.is_empty() || sender.len() > MAX_NAME {
                    return Err(ReplyError::BadSender { len: sender.len() });
                }
                Ok(Self::Rmsg { sender, message })
            }
            _ => Err(ReplyError::Unknown),
        }
    }

    /// Appends the PDU and its CRLF [CP-1].
    pub fn encode(&self, dst: &mut BytesMut) {
        let mut pdu = Encoder::new(dst);
        match *self {
            Self::Code(code, text) => pdu.code(code, text),
            Self::Rmsg { sender, message } => {
                pdu.verb("RMSG").argument(sender).text(":").text(message)
            }
        };
        dst.put_slice(b"\r\n");
    }
}

/// Why a hub's PDU makes no sense to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReplyError {
    /// Over [`MAX_PDU`] bytes.
    #[error("a PDU of {len} bytes is over the limit of {MAX_PDU}")]
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// Not UTF-8.
    #[error("the PDU is not UTF-8")]
    NotUtf8,
    /// Neither `RMSG` nor a code.
    #[error("neither a message nor a code")]
    Unknown,
    /// Three digits that are no code.
    #[error("no such code: {number}")]
    UnknownCode {
        /// The three digits.
        number: u16,
    },
    /// `RMSG` without `:`.
    #[error("no ':' between sender and message")]
    NoColon,
    /// `RMSG` from nobody, or from a name over [`MAX_NAME`] bytes.
    #[error("a sender of {len} bytes is not within 1 to {MAX_NAME}")]
    BadSender {
        /// Its length in bytes.
        len: usize,
    },
}

fn check_smsg(receiver: &str, message: &str, colons: Colons) -> Result<(), CommandError> {
    if receiver.is_empty() {
        return Err(CommandError::ReceiverEmpty);
    }
    if receiver.len() > MAX_NAME {
        return Err(CommandError::ReceiverTooLong {
            len: receiver.len(),
        });
    }
    // A receiver with ':' comes from a caller, never from the wire, where it would be the message's.
    if receiver.contains(':') || !is_well_formed(receiver) {
        return Err(CommandError::ReceiverIllFormed);
    }
    if message.is_empty() {
        return Err(CommandError::MessageEmpty);
    }
    if message.len() > MAX_MESSAGE {
        return Err(CommandError::MessageTooLong { len: message.len() });
    }
    if colons == Colons::Refuse && message.contains(':') {
        return Err(CommandError::TooManyColons);
    }
    Ok(())
}

fn is_well_formed(name: &str) -> bool {
    name.trim() == name && !name.contains(char::is_control)
}

/// `250 text`, `250text` and `250` alike: the number and the text.
fn split_code(text: &str) -> Option<(u16, &str)> {
    let digits = text
        .get(..3)
        .filter(|head| head.bytes().all(|b| b.is_ascii_digit()))?;
    Some((digits.parse().ok()?, without_separator(&text[3..])))
}

/// The first four bytes in upper case, and the argument.
fn split_verb(text: &str) -> Option<([u8; 4], &str)> {
    let mut verb: [u8; 4] = text.as_bytes().get(..4)?.try_into().ok()?;
    verb.make_ascii_uppercase();
    // None only if a character lies across the fourth byte: no command then.
    Some((verb, without_separator(text.get(4..)?)))
}

fn without_separator(argument: &str) -> &str {
    argument.strip_prefix(' ').unwrap_or(argument)
}

/// Appends one PDU of at most [`MAX_PDU`] bytes and without line breaks.
struct Encoder<'d> {
    dst: &'d mut BytesMut,
    /// Bytes that this PDU may still take; 0 once something was cut.
    left: usize,
}

impl<'d> Encoder<'d> {
    fn new(dst: &'d mut BytesMut) -> Self {
        Self { dst, left: MAX_PDU }
    }

    fn verb(&mut self, verb: &str) -> &mut Self {
        self.text(verb)
    }

    fn argument(&mut self, argument: &str) -> &mut Self {
        if argument.starts_with(' ') {
            self.text(" ");
        }
        self.text(argument)
    }

    fn code(&mut self, code: Code, text: &str) -> &mut Self {
        self.text(&code.number().to_string());
        if !text.is_empty() {
            self.text(" ").text(text);
        }
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        let fits = text.floor_char_boundary(self.left);
        let from = self.dst.len();
        self.dst.put_slice(&text.as_bytes()[..fits]);
        for byte in &mut self.dst[from..] {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
        self.left = if fits == text.len() {
            self.left - fits
        } else {
            0
        };
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn written(encode: impl FnOnce(&mut BytesMut)) -> Vec<u8> {
        let mut dst = BytesMut::new();
        encode(&mut dst);
        dst.to_vec()
    }

    // [CP-1]: the golden bytes of every PDU a client sends.
    #[rstest]
    #[case(Command::User("ana"), b"USERana\r\n")]
    #[case(Command::Pass("s3cret"), b"PASSs3cret\r\n")]
    #[case(Command::Pass(" s"), b"PASS  s\r\n")]
    #[case(Command::Smsg { receiver: "bo", message: "hi there" }, b"SMSGbo:hi there\r\n")]
    #[case(
        Command::Smsg { receiver: "~7f3k", message: "\u{e9}" },
        // SMSG, the alias, ':', e with acute in two bytes, CRLF
        b"SMSG~7f3k:\xc3\xa9\r\n"
    )]
    #[case(Command::Rmsg, b"RMSG\r\n")]
    #[case(Command::Term, b"TERM\r\n")]
    #[case(
        Command::Code { code: Code::Recovered, text: "recovered from error" },
        b"201 recovered from error\r\n"
    )]
    #[case(Command::Code { code: Code::MessageReceived, text: "" }, b"250\r\n")]
    fn a_command_has_these_bytes(#[case] command: Command<'_>, #[case] golden: &[u8]) {
        assert_eq!(written(|dst| command.encode(dst)), golden);
        let pdu = &golden[..golden.len() - 2];
        assert_eq!(written(|dst| command.encode_bare(dst)), pdu);
        assert_eq!(Command::parse(pdu, Colons::Refuse), Ok(command));
    }

    // [CP-1]: the golden bytes of every PDU the hub sends.
    #[rstest]
    #[case(Code::Recovered.into(), "201 recovered from error\r\n")]
    #[case(Code::UsernameReceived.into(), "220 username received\r\n")]
    #[case(Code::Authenticated.into(), "230 authenticated\r\n")]
    #[case(Code::MessageSent.into(), "240 message sent\r\n")]
    #[case(Code::MessageReceived.into(), "250 message received\r\n")]
    #[case(Code::EndOfMessages.into(), "255 end of messages\r\n")]
    #[case(Code::NoNewMessages.into(), "256 no new messages\r\n")]
    #[case(Code::BadCommand.into(), "500 bad command\r\n")]
    #[case(Code::SendFailed.into(), "540 error sending message\r\n")]
    #[case(Code::NoSuchReceiver.into(), "545 receiver does not exist\r\n")]
    #[case(Code::TooManyColons.into(), "546 too many : in the message\r\n")]
    #[case(Code::ReceiveFailed.into(), "550 error downloading message\r\n")]
    #[case(Code::UsernameFailed.into(), "560 error with the username\r\n")]
    #[case(Code::NotAuthenticated.into(), "565 not authenticated\r\n")]
    #[case(Reply::Code(Code::BadCommand, ""), "500\r\n")]
    #[case(Reply::Rmsg { sender: "ana", message: "at 5: tea" }, "RMSGana:at 5: tea\r\n")]
    #[case(Reply::Rmsg { sender: "~7f3k", message: "\u{e9}" }, "RMSG~7f3k:\u{e9}\r\n")]
    fn a_reply_has_these_bytes(#[case] reply: Reply<'_>, #[case] golden: &str) {
        assert_eq!(written(|dst| reply.encode(dst)), golden.as_bytes());
        assert_eq!(Reply::parse(golden.trim_end().as_bytes()), Ok(reply));
    }

    #[rstest]
    #[case("user ana", Command::User("ana"))]
    #[case("uSeRana", Command::User("ana"))]
    #[case("USER0123456789", Command::User("0123456789"))]
    #[case("USERa b", Command::User("a b"))]
    #[case("pass pw", Command::Pass("pw"))]
    #[case("PASS  pw", Command::Pass(" pw"))]
    #[case("PASS0123456789abcde", Command::Pass("0123456789abcde"))]
    #[case("smsg bo:x", Command::Smsg { receiver: "bo", message: "x" })]
    #[case("SMSGbo: x ", Command::Smsg { receiver: "bo", message: " x " })]
    #[case("rmsg", Command::Rmsg)]
    #[case("RMSG ", Command::Rmsg)]
    #[case("Term", Command::Term)]
    #[case("250", Command::Code { code: Code::MessageReceived, text: "" })]
    #[case("250ok", Command::Code { code: Code::MessageReceived, text: "ok" })]
    #[case("201 ok", Command::Code { code: Code::Recovered, text: "ok" })]
    fn generously_written_commands_are_understood(#[case] pdu: &str, #[case] command: Command<'_>) {
        assert_eq!(Command::parse(pdu.as_bytes(), Colons::Refuse), Ok(command));
    }

    // [CP-5] [CP-6] [CP-7] [CP-8] [CP-9]
    #[rstest]
    #[case(b"", CommandError::UnknownCommand, 500)]
    #[case(b"\x00", CommandError::UnknownCommand, 500)]
    #[case(b"USE", CommandError::UnknownCommand, 500)]
    #[case(b"HELO", CommandError::UnknownCommand, 500)]
    #[case(b" USERana", CommandError::UnknownCommand, 500)]
    #[case("US\u{e9}R".as_bytes(), CommandError::UnknownCommand, 500)]
    #[case("USE\u{e9}".as_bytes(), CommandError::UnknownCommand, 500)]
    #[case(b"20", CommandError::UnknownCommand, 500)]
    #[case(b"299 what", CommandError::UnknownCode { number: 299 }, 500)]
    #[case(b"000", CommandError::UnknownCode { number: 0 }, 500)]
    #[case(b"RMSGnow", CommandError::UnexpectedArgument, 500)]
    #[case(b"TERM now", CommandError::UnexpectedArgument, 500)]
    #[case(b"USERan\xff", CommandError::NotUtf8, 500)]
    #[case(b"\xff\xfe\xfd\xfc", CommandError::NotUtf8, 500)]
    #[case(b"SMSGbo:\xc3", CommandError::NotUtf8, 500)]
    #[case(b"USER", CommandError::NameEmpty, 560)]
    #[case(b"USER ", CommandError::NameEmpty, 560)]
    #[case(b"USER01234567890", CommandError::NameTooLong { len: 11 }, 560)]
    #[case("USER\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}".as_bytes(), CommandError::NameTooLong { len: 12 }, 560)]
    #[case(b"USERa:b", CommandError::NameIllFormed, 560)]
    #[case(b"USERa\x07b", CommandError::NameIllFormed, 560)]
    #[case(b"USER  ana", CommandError::NameIllFormed, 560)]
    #[case(b"USERana ", CommandError::NameIllFormed, 560)]
    #[case(b"USERana\r", CommandError::NameIllFormed, 560)]
    #[case(b"PASS", CommandError::PasswordEmpty, 565)]
    #[case(b"PASS ", CommandError::PasswordEmpty, 565)]
    #[case(b"PASS0123456789abcdef", CommandError::PasswordTooLong, 565)]
    #[case(b"SMSG", CommandError::NoColon, 540)]
    #[case(b"SMSGbo hi", CommandError::NoColon, 540)]
    #[case(b"SMSG:hi", CommandError::ReceiverEmpty, 540)]
    #[case(b"SMSG :a:b", CommandError::ReceiverEmpty, 540)]
    #[case(b"SMSG01234567890:hi", CommandError::ReceiverTooLong { len: 11 }, 540)]
    #[case(b"SMSGbo:", CommandError::MessageEmpty, 540)]
    #[case(b"SMSGbo :hi", CommandError::ReceiverIllFormed, 545)]
    #[case(b"SMSGb\x1bo:hi", CommandError::ReceiverIllFormed, 545)]
    #[case(b"SMSGbo:at 5: tea", CommandError::TooManyColons, 546)]
    #[case(b"SMSGbo::", CommandError::TooManyColons, 546)]
    fn a_bad_pdu_has_its_own_error_and_code(
        #[case] pdu: &[u8],
        #[case] error: CommandError,
        #[case] number: u16,
    ) {
        assert_eq!(Command::parse(pdu, Colons::Refuse), Err(error));
        assert_eq!(error.code().number(), number);
        assert!(error.code().is_error());
    }

    // [CP-9]
    #[test]
    fn the_limits_of_an_smsg_are_exact() {
        let smsg = |receiver: &str, len: usize| format!("SMSG{receiver}:{}", "x".repeat(len));
        let ok = smsg("0123456789", MAX_MESSAGE);
        assert_eq!(ok.len(), MAX_PDU);
        assert!(Command::parse(ok.as_bytes(), Colons::Refuse).is_ok());

        let long = smsg("bo", MAX_MESSAGE + 1);
        let error = CommandError::MessageTooLong {
            len: MAX_MESSAGE + 1,
        };
        assert_eq!(Command::parse(long.as_bytes(), Colons::Refuse), Err(error));
        assert_eq!(error.code(), Code::SendFailed);

        let over = smsg("0123456789", MAX_MESSAGE + 1);
        let error = CommandError::TooLong { len: MAX_PDU + 1 };
        assert_eq!(Command::parse(over.as_bytes(), Colons::Refuse), Err(error));
        assert_eq!(error.code(), Code::BadCommand);
    }

    // [CP-9]: the setting that allows more ':'.
    #[test]
    fn with_colons_allowed_the_first_one_splits() {
        assert_eq!(
            Command::parse(b"SMSGbo:at 5: tea", Colons::Allow),
            Ok(Command::Smsg {
                receiver: "bo",
                message: "at 5: tea"
            })
        );
    }

    #[rstest]
    #[case(b"", ReplyError::Unknown)]
    #[case(b"USERana", ReplyError::Unknown)]
    #[case(b"RMS", ReplyError::Unknown)]
    #[case(b"299 x", ReplyError::UnknownCode { number: 299 })]
    #[case(b"RMSGana", ReplyError::NoColon)]
    #[case(b"RMSG:x", ReplyError::BadSender { len: 0 })]
    #[case(b"RMSG01234567890:x", ReplyError::BadSender { len: 11 })]
    #[case(b"RMSGana:\xff", ReplyError::NotUtf8)]
    #[case(&[b'2'; 1025], ReplyError::TooLong { len: 1025 })]
    fn a_bad_reply_has_its_own_error(#[case] pdu: &[u8], #[case] error: ReplyError) {
        assert_eq!(Reply::parse(pdu), Err(error));
    }

    // [CP-13]
    #[test]
    fn a_password_is_not_printed() {
        let shown = format!("{:?}", Command::Pass("s3cret"));
        assert!(!shown.contains("s3cret"), "{shown}");
        let error = Command::Pass("0123456789abcdef")
            .check(Colons::Refuse)
            .unwrap_err();
        assert!(!format!("{error} {error:?}").contains("0123"));
    }

    // [CP-1]: nothing in an argument forges a second PDU.
    #[test]
    fn line_breaks_in_an_argument_become_spaces() {
        let reply = Reply::Rmsg {
            sender: "ana",
            message: "a\r\n230 authenticated",
        };
        assert_eq!(
            written(|dst| reply.encode(dst)),
            b"RMSGana:a  230 authenticated\r\n"
        );
        let command = Command::User("a\nTERM");
        assert_eq!(written(|dst| command.encode(dst)), b"USERa TERM\r\n");
    }

    #[test]
    fn what_is_over_the_limit_is_cut_at_a_character() {
        let message = "\u{20ac}".repeat(400);
        let reply = Reply::Rmsg {
            sender: "ana",
            message: &message,
        };
        let bytes = written(|dst| reply.encode(dst));
        // RMSGana: is 8 bytes; 338 characters of 3 bytes are 1,014; a 339th would not fit.
        assert_eq!(bytes.len(), 8 + 1014 + 2);
        assert!(Reply::parse(&bytes[..bytes.len() - 2]).is_ok());
    }

    fn name() -> impl Strategy<Value = String> {
        "[a-zA-Z0-9~_\u{e9}]{1,5}"
    }

    fn command_bytes() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            name().prop_map(|n| format!("USER{n}").into_bytes()),
            "[ -~]{1,15}".prop_map(|p| format!("pass{p}").into_bytes()),
            (name(), "[^:\r\n]{1,200}").prop_map(|(n, m)| format!("SMSG{n}:{m}").into_bytes()),
            "[a-z ]{0,40}".prop_map(|t| format!("250{t}").into_bytes()),
            Just(b"RMSG".to_vec()),
            Just(b"TERM".to_vec()),
        ]
    }

    proptest! {
        #[test]
        fn commands_survive_the_round_trip(
            receiver in name(),
            message in "[^:\r\n]{1,252}",
            password in "[^\r\n]{1,3}",
            code in prop::sample::select(&Code::ALL[..]),
            text in "[^\r\n]{0,200}",
        ) {
            for command in [
                Command::User(&receiver),
                Command::Pass(&password),
                Command::Smsg { receiver: &receiver, message: &message },
                Command::Code { code, text: &text },
            ] {
                prop_assert_eq!(command.check(Colons::Refuse), Ok(()));
                let bytes = written(|dst| command.encode(dst));
                prop_assert_eq!(&bytes[bytes.len() - 2..], b"\r\n");
                let pdu = &bytes[..bytes.len() - 2];
                prop_assert_eq!(Command::parse(pdu, Colons::Refuse), Ok(command));
            }
        }

        #[test]
        fn replies_survive_the_round_trip(
            sender in name(),
            message in "[^\r\n]{0,252}",
            code in prop::sample::select(&Code::ALL[..]),
        ) {
            for reply in [
                Reply::Rmsg { sender: &sender, message: &message },
                Reply::Code(code, &message),
            ] {
                let bytes = written(|dst| reply.encode(dst));
                prop_assert_eq!(Reply::parse(&bytes[..bytes.len() - 2]), Ok(reply));
            }
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..1100)) {
            crate::fuzz::fuzz_pdu(&bytes);
        }

        #[test]
        fn flipped_and_truncated_pdus_never_panic(
            mut bytes in command_bytes(),
            at in any::<prop::sample::Index>(),
            bit in 0u8..8,
        ) {
            for end in 0..bytes.len() {
                crate::fuzz::fuzz_pdu(&bytes[..end]);
            }
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            crate::fuzz::fuzz_pdu(&bytes);
        }
    }
}
