//! Friends and what they say, in the words of `model`.

use std::collections::BTreeMap;
use std::sync::Arc;

use friends::api::{Availability, Friend, Said, Standing};
use model::{
    Channel, Contact, Event, MAX_TEXT_BYTES, MessageId, Presence, Signal, Text, Timestamp, Told,
    UserName,
};

/// Who was told of as being here.
#[derive(Debug, Default)]
pub(super) struct People {
    known: BTreeMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    contact: Option<Arc<Contact>>,
    fingerprint: [u8; 32],
    /// Whether it was told how safe talking to them is.
    is_assured: bool,
}

impl People {
    /// A friend is other than before: what there is to tell.
    pub(super) fn update(&mut self, friend: &Friend) -> Option<Signal> {
        if friend.standing != Standing::Friend {
            return self.remove(&friend.name);
        }
        let now = contact(friend).map(Arc::new);
        let known = self
            .known
            .entry(friend.name.clone())
            .or_insert_with(|| Known {
                contact: None,
                fingerprint: [0; 32],
                is_assured: false,
            });
        known.fingerprint = fingerprint(&friend.fingerprint);
        if known.contact == now {
            return None;
        }
        let before = std::mem::replace(&mut known.contact, now.clone());
        match (now, before) {
            (Some(now), _) => Some(Signal::Contact(now)),
            (None, Some(before)) => Some(Signal::Gone(before.name.clone())),
            (None, None) => None,
        }
    }

    /// A friend no more: what there is to tell.
    pub(super) fn remove(&mut self, name: &str) -> Option<Signal> {
        let known = self.known.remove(name)?;
        known
            .contact
            .map(|contact| Signal::Gone(contact.name.clone()))
    }

    /// Whether they are a friend.
    pub(super) fn has(&self, name: &UserName) -> bool {
        self.known.contains_key(name.as_str())
    }

    /// Whether a link to them is up.
    pub(super) fn is_here(&self, name: &str) -> bool {
        self.known
            .get(name)
            .is_some_and(|known| known.contact.is_some())
    }

    /// Those who are here, in the order of their names.
    pub(super) fn here(&self) -> Vec<Arc<Contact>> {
        self.known
            .values()
            .filter_map(|known| known.contact.clone())
            .collect()
    }

    /// How safe it is to talk to them, the first time somebody does: always encrypted, to the key that
    /// was approved.
    pub(super) fn assure(&mut self, with: &UserName) -> Option<Signal> {
        let known = self.known.get_mut(with.as_str())?;
        if std::mem::replace(&mut known.is_assured, true) {
            return None;
        }
        Some(Signal::Channel {
            with: with.clone(),
            channel: Channel::Encrypted {
                fingerprint: known.fingerprint,
                known: true,
            },
        })
    }
}

/// `None` while they are offline.
fn contact(friend: &Friend) -> Option<Contact> {
    let availability = match friend.availability {
        Availability::Offline => return None,
        Availability::Online => model::Availability::Available,
        Availability::Idle | Availability::Away => model::Availability::Away,
        Availability::Busy => model::Availability::Busy,
    };
    Some(Contact {
        name: UserName::foreign(&friend.name).ok()?,
        shown: None,
        presence: Presence {
            availability,
            message: friend.message.as_deref().map(Arc::from),
        },
        jid: None,
        email: None,
        picture: friend.avatar.as_deref().map(Arc::from),
    })
}

/// How I am, in the node's words.
pub(super) fn availability(presence: &Presence) -> Availability {
    match presence.availability {
        model::Availability::Available => Availability::Online,
        model::Availability::Away => Availability::Away,
        model::Availability::Busy => Availability::Busy,
    }
}

/// The profile's fingerprint, which has 20 bytes, in the room of a certificate's.
fn fingerprint(digits: &str) -> [u8; 32] {
    let mut room = [0; 32];
    let nibbles: Vec<u8> = digits
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .filter_map(|nibble| u8::try_from(nibble).ok())
        .collect();
    for (byte, pair) in room.iter_mut().zip(nibbles.chunks_exact(2)) {
        *byte = pair.iter().fold(0, |byte, nibble| byte << 4 | nibble);
    }
    room
}

/// What was said, as events: several where it is longer than a message may be.
pub(super) fn told(said: &Said, me: &UserName) -> Vec<Event> {
    let Ok(who) = UserName::foreign(&said.who) else {
        return Vec::new();
    };
    let (from, to) = match said.is_ours {
        true => (me.clone(), who),
        false => (who, me.clone()),
    };
    let event = |text| {
        Event::Told(Arc::new(Told {
            id: MessageId(said.id),
            at: Timestamp(said.at),
            from: from.clone(),
            to: to.clone(),
            text,
        }))
    };
    let texts = pieces(&said.text).into_iter();
    texts
        .filter_map(|piece| Text::adapt(piece).ok())
        .map(event)
        .collect()
}

/// Cut between characters, at a line's end or a space if one is near.
fn pieces(text: &str) -> Vec<&str> {
    // A character that may not pass becomes one of three bytes.
    const LIMIT: usize = MAX_TEXT_BYTES / 3;
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > MAX_TEXT_BYTES || (rest.len() > LIMIT && Text::adapt(rest).is_err()) {
        let limit =
            match rest.len() > MAX_TEXT_BYTES && Text::adapt(head(rest, MAX_TEXT_BYTES)).is_ok() {
                true => MAX_TEXT_BYTES,
                false => LIMIT,
            };
        let piece = head(rest, limit);
        let cut = match piece.rfind(['\n', ' ']) {
            Some(at) if at > limit / 2 => at + 1,
            Some(_) | None => piece.len(),
        };
        let (piece, behind) = rest.split_at(cut);
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    pieces
}

fn head(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.split_at(end).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_into_messages_and_loses_nothing() {
        // [RS-11]
        for unit in ["word ", "ä", "\u{1}", "x"] {
            let text = unit.repeat(200_000 / unit.len());
            let pieces = pieces(&text);
            assert!(
                pieces.iter().all(|piece| Text::adapt(piece).is_ok()),
                "{unit:?}"
            );
            assert_eq!(pieces.concat(), text);
        }
        assert_eq!(pieces("short"), ["short"]);
    }

    #[test]
    fn a_profiles_fingerprint_is_put_in_front() {
        // [RS-1]
        let shown = fingerprint("0123456789ABCDEF0123456789ABCDEF01234567");
        assert_eq!(shown[..4], [0x01, 0x23, 0x45, 0x67]);
        assert_eq!(shown[20..], [0; 12]);
        assert_eq!(fingerprint(""), [0; 32]);
    }
}
