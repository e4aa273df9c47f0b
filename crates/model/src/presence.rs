//! Who else is here, how they are, and how safe it is to talk: what middles without a server tell.
//!
//! Strings in these types come from other people's machines: they are cut, not cleaned. Whoever
//! shows one escapes it first.

use std::sync::Arc;

use crate::UserName;

/// How reachable a person is [LAN-8].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Availability {
    /// Here (`avail`).
    #[default]
    Available,
    /// Not at the keyboard (`away`).
    Away,
    /// Not to be disturbed (`dnd`).
    Busy,
}

impl Availability {
    /// As people call it: `available`, `away`, `busy`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Away => "away",
            Self::Busy => "busy",
        }
    }
}

/// What a person tells about being here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// How reachable.
    pub availability: Availability,
    /// In their own words, where they gave some.
    pub message: Option<Arc<str>>,
}

/// Somebody whom a middle has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The name to write to.
    pub name: UserName,
    /// What else they call themselves: a nickname, else first and last name [LAN-16].
    pub shown: Option<Arc<str>>,
    /// How they are.
    pub presence: Presence,
    /// Their address in the XMPP network, where they tell one.
    pub jid: Option<Arc<str>>,
    /// Their electronic mail address, where they tell one.
    pub email: Option<Arc<str>>,
    /// The SHA-1 of their picture, lower-case hexadecimal, once the picture is in our store [LAN-31].
    pub picture: Option<Arc<str>>,
}

/// How safe a conversation is [LAN-39] [LAN-46].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Neither encrypted nor authenticated: the network can read it, and anybody may pose as them.
    Plain,
    /// Encrypted to the holder of a key.
    Encrypted {
        /// SHA-256 of their certificate.
        fingerprint: [u8; 32],
        /// Whether this key was theirs before; `false`: it is the first time, compare it.
        known: bool,
    },
    /// No conversation takes place; a sentence that says why and what to do.
    Refused(Arc<str>),
}
