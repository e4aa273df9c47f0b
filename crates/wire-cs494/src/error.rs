//! The error codes of the wire, and why bytes were refused.

use crate::filename::FileNameError;
use crate::frame::Kind;
use crate::name::NameError;
use crate::text::TextError;

/// The code byte of an ERR packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// 0x01: none of the others.
    Unknown,
    /// 0x02: a kind nobody knows, or one the sender may not send.
    IllegalKind,
    /// 0x03: a length its kind does not allow.
    IllegalLength,
    /// 0x04: somebody else has that name.
    NameInUse,
    /// 0x05: a name, file name or transfer record that does not hold.
    IllegalName,
    /// 0x06: a text that breaks the rules for text.
    IllegalMessage,
    /// 0x07: file data that belongs to no transfer of its sender.
    IllegalTransfer,
    /// 0x08: the hub or the room is full.
    TooManyUsers,
    /// 0x09: no more rooms.
    TooManyRooms,
    /// A byte that the protocol does not define; kept as it came.
    Other(u8),
}

impl ErrorCode {
    /// The code for `byte`; every byte has one.
    pub fn from_byte(byte: u8) -> Self {
        match byte {
            0x01 => Self::Unknown,
            0x02 => Self::IllegalKind,
            0x03 => Self::IllegalLength,
            0x04 => Self::NameInUse,
            0x05 => Self::IllegalName,
            0x06 => Self::IllegalMessage,
            0x07 => Self::IllegalTransfer,
            0x08 => Self::TooManyUsers,
            0x09 => Self::TooManyRooms,
            other => Self::Other(other),
        }
    }

    /// The byte on the wire.
    pub fn byte(self) -> u8 {
        match self {
            Self::Unknown => 0x01,
            Self::IllegalKind => 0x02,
            Self::IllegalLength => 0x03,
            Self::NameInUse => 0x04,
            Self::IllegalName => 0x05,
            Self::IllegalMessage => 0x06,
            Self::IllegalTransfer => 0x07,
            Self::TooManyUsers => 0x08,
            Self::TooManyRooms => 0x09,
            Self::Other(other) => other,
        }
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unspecified error",
            Self::IllegalKind => "illegal kind of packet",
            Self::IllegalLength => "illegal length",
            Self::NameInUse => "name in use",
            Self::IllegalName => "illegal name",
            Self::IllegalMessage => "illegal message",
            Self::IllegalTransfer => "illegal file transfer",
            Self::TooManyUsers => "too many users",
            Self::TooManyRooms => "too many rooms",
            Self::Other(code) => return write!(f, "undefined error {code:#04x}"),
        })
    }
}

/// Why bytes from a peer were refused. Each ends the connection; [`DecodeError::code`] is what the
/// peer is told before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No packet has this kind byte [494-2].
    #[error("unknown packet kind {0:#04x}")]
    UnknownKind(u8),
    /// The kind exists, but not from this side [494-3].
    #[error("packet kind {0:#04x} is not for this side to send")]
    IllegalKind(u8),
    /// The announced length is not legal for the kind [494-1].
    #[error("{length} payload bytes are not legal for {kind:?}")]
    IllegalLength {
        /// What the packet would have been.
        kind: Kind,
        /// Announced payload length in bytes.
        length: u32,
    },
    /// A name field breaks the name rules [494-5].
    #[error("illegal name: {0}")]
    IllegalName(#[from] NameError),
    /// A text breaks the text rules [494-6].
    #[error("illegal text: {0}")]
    IllegalText(#[from] TextError),
    /// A file name breaks the file name rules [494-7].
    #[error("illegal file name: {0}")]
    IllegalFileName(#[from] FileNameError),
    /// The `finished` byte of file data is neither 0 nor 1 [494-24].
    #[error("file data with a `finished` byte of {0:#04x}")]
    IllegalTransfer(u8),
}

impl DecodeError {
    /// The code for the ERR packet that answers this.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownKind(_) | Self::IllegalKind(_) => ErrorCode::IllegalKind,
            Self::IllegalLength { .. } => ErrorCode::IllegalLength,
            Self::IllegalName(_) | Self::IllegalFileName(_) => ErrorCode::IllegalName,
            Self::IllegalText(_) => ErrorCode::IllegalMessage,
            Self::IllegalTransfer(_) => ErrorCode::IllegalTransfer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_byte_survives_both_ways() {
        for byte in 0..=u8::MAX {
            assert_eq!(ErrorCode::from_byte(byte).byte(), byte);
        }
        assert_eq!(ErrorCode::from_byte(0x0A), ErrorCode::Other(0x0A));
    }

    // [494-1] [494-2] [494-3] [494-5] [494-6] [494-7] [494-24]
    #[test]
    fn each_refusal_has_the_code_its_page_says() {
        let table = [
            (DecodeError::UnknownKind(0xFF), 0x02),
            (DecodeError::IllegalKind(0x07), 0x02),
            (
                DecodeError::IllegalLength {
                    kind: Kind::Heartbeat,
                    length: 1,
                },
                0x03,
            ),
            (DecodeError::IllegalName(NameError::Empty), 0x05),
            (DecodeError::IllegalText(TextError::Empty), 0x06),
            (DecodeError::IllegalFileName(FileNameError::Empty), 0x05),
            (DecodeError::IllegalTransfer(2), 0x07),
        ];
        for (error, code) in table {
            assert_eq!(error.code().byte(), code, "{error}");
        }
    }
}
