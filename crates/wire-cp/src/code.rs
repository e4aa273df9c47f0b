//! The three-digit codes: 2xx is well, 5xx is not.
//!
//! 201 and 250 travel from the client to the hub, all others from the hub to the client. The
//! original text explains 240 once as "downloaded" and once as "sent"; it is *sent*.

use std::fmt;

/// A code of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u16)]
pub enum Code {
    /// 201, client to hub: ready for commands again after an error.
    Recovered = 201,
    /// 220: a well-formed name came; whether it exists is not said.
    UsernameReceived = 220,
    /// 230: name and password are right.
    Authenticated = 230,
    /// 240: the message is stored durably.
    MessageSent = 240,
    /// 250, client to hub: the message that was just delivered may leave the mailbox.
    MessageReceived = 250,
    /// 255: that was the last message.
    EndOfMessages = 255,
    /// 256: the mailbox is empty.
    NoNewMessages = 256,
    /// 500: not a command, or not one for this moment.
    BadCommand = 500,
    /// 540: the message could not be sent.
    SendFailed = 540,
    /// 545: nobody has the receiver's name.
    NoSuchReceiver = 545,
    /// 546: a second `:` in `SMSG`.
    TooManyColons = 546,
    /// 550: the message could not be delivered; it stays in the mailbox.
    ReceiveFailed = 550,
    /// 560: the name did not come, or is not well formed.
    UsernameFailed = 560,
    /// 565: name or password is wrong, or the password did not come.
    NotAuthenticated = 565,
}

impl Code {
    /// Every code, in the order of their numbers.
    pub const ALL: [Self; 14] = [
        Self::Recovered,
        Self::UsernameReceived,
        Self::Authenticated,
        Self::MessageSent,
        Self::MessageReceived,
        Self::EndOfMessages,
        Self::NoNewMessages,
        Self::BadCommand,
        Self::SendFailed,
        Self::NoSuchReceiver,
        Self::TooManyColons,
        Self::ReceiveFailed,
        Self::UsernameFailed,
        Self::NotAuthenticated,
    ];

    /// The number, 201 to 565.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The code with this number, if the protocol has one.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }

    /// The phrase that goes with the code.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Recovered => "recovered from error",
            Self::UsernameReceived => "username received",
            Self::Authenticated => "authenticated",
            Self::MessageSent => "message sent",
            Self::MessageReceived => "message received",
            Self::EndOfMessages => "end of messages",
            Self::NoNewMessages => "no new messages",
            Self::BadCommand => "bad command",
            Self::SendFailed => "error sending message",
            Self::NoSuchReceiver => "receiver does not exist",
            Self::TooManyColons => "too many : in the message",
            Self::ReceiveFailed => "error downloading message",
            Self::UsernameFailed => "error with the username",
            Self::NotAuthenticated => "not authenticated",
        }
    }

    /// Whether this is one of the 5xx codes.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.number() >= 500
    }

    /// The answer to a PDU that began with `beginning` and never ended [CP-3]: the error of the
    /// command it was going to be.
    #[must_use]
    pub fn for_unfinished(beginning: &[u8]) -> Self {
        match beginning
            .get(..4)
            .map(<[u8]>::to_ascii_uppercase)
            .as_deref()
        {
            Some(b"USER") => Self::UsernameFailed,
            Some(b"PASS") => Self::NotAuthenticated,
            Some(b"SMSG") => Self::SendFailed,
            Some(b"RMSG") => Self::ReceiveFailed,
            _ => Self::BadCommand,
        }
    }
}

/// As on the wire: `220 username received`.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn every_code_is_found_by_its_number_and_no_other_number_is_one() {
        let mut found = 0;
        for number in 0..=u16::MAX {
            if let Some(code) = Code::from_number(number) {
                assert_eq!(code.number(), number);
                assert!(!code.text().is_empty());
                found += 1;
            }
        }
        assert_eq!(found, Code::ALL.len());
    }

    // [CP-3]
    #[rstest]
    #[case(b"USER", 560)]
    #[case(b"userana", 560)]
    #[case(b"PASSx", 565)]
    #[case(b"SmSgbo:half a mess", 540)]
    #[case(b"RMSG", 550)]
    #[case(b"TERM", 500)]
    #[case(b"USE", 500)]
    #[case(b"250 mess", 500)]
    #[case(b"\xff\xff\xff\xff", 500)]
    fn an_unfinished_pdu_is_answered_by_what_it_began_with(
        #[case] beginning: &[u8],
        #[case] number: u16,
    ) {
        assert_eq!(Code::for_unfinished(beginning).number(), number);
    }
}
