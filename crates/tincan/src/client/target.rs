//! Whom something is for: `USER` or `#ROOM`.

use std::fmt;

use model::{Alias, Place, Recipient, RoomName, UserName};

use super::Usage;
use super::escape::visible;

/// A person or a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Everybody in a room.
    Room(RoomName),
    /// One person.
    Person(Recipient),
}

impl Target {
    /// Takes `#ROOM` for the room ROOM, `~alias` for an alias [CP-15], all else for a person's name.
    ///
    /// # Errors
    /// [`Usage`] where it is none of these.
    pub(crate) fn parse(raw: &str) -> Result<Self, Usage> {
        if let Some(name) = raw.strip_prefix('#') {
            return room(name).map(Self::Room);
        }
        if let Some(alias) = Alias::parse(raw) {
            return Ok(Self::Person(Recipient::Alias(alias)));
        }
        person(raw).map(|name| Self::Person(Recipient::Name(name)))
    }

    /// As a place whose history can be asked for; aliases have none.
    ///
    /// # Errors
    /// [`Usage`] for an alias.
    pub(crate) fn place(self) -> Result<Place, Usage> {
        match self {
            Self::Room(room) => Ok(Place::Room(room)),
            Self::Person(Recipient::Name(name)) => Ok(Place::Person(name)),
            Self::Person(Recipient::Alias(alias)) => Err(Usage(format!(
                "{alias} is an alias; take the name behind it"
            ))),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room(room) => write!(f, "#{room}"),
            Self::Person(Recipient::Name(name)) => write!(f, "{name}"),
            Self::Person(Recipient::Alias(alias)) => write!(f, "{alias}"),
        }
    }
}

/// A person's name as somebody typed it.
///
/// # Errors
/// [`Usage`].
pub(crate) fn person(raw: &str) -> Result<UserName, Usage> {
    UserName::parse(raw).map_err(|e| Usage(format!("{:?} is no name: {e}", visible(raw))))
}

/// A room's name as somebody typed it, with or without its `#`.
///
/// # Errors
/// [`Usage`].
pub(crate) fn room(raw: &str) -> Result<RoomName, Usage> {
    let name = raw.strip_prefix('#').unwrap_or(raw);
    RoomName::parse(name).map_err(|e| Usage(format!("{:?} is no room: {e}", visible(raw))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_marks_a_room() {
        let shown = |raw| Target::parse(raw).map(|target| target.to_string()).ok();
        assert_eq!(shown("#tea"), Some("#tea".into()));
        assert_eq!(shown("bo"), Some("bo".into()));
        assert_eq!(shown("~abcdefghi"), Some("~abcdefghi".into()));
        for bad in ["", "#", "a b", "~bo", "#a b", &"x".repeat(33)] {
            assert_eq!(shown(bad), None, "{bad:?}");
        }
        assert_eq!(room("tea").ok(), room("#tea").ok());
    }
}
