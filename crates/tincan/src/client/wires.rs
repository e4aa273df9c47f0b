//! The three wires as a client sees them: name, port, what they can do, who speaks them.

use std::time::Instant;

use anyhow::Context;
use gate::{ClientGate, cp, cs494, cs594};
use link::Features;
use model::MAX_TEXT_BYTES;

/// The variable that holds the key of [594-6], 32 hexadecimal digits.
const CS594_KEY: &str = "TINCAN_CS594_KEY";

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Rooms, private messages, files; binary.
    Cs494,
    /// Rooms, private messages, files, history; JSON.
    Cs594,
    /// A mailbox.
    Cp,
}

impl Wire {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Cs494, Self::Cs594, Self::Cp];

    /// How an address calls it.
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::Cs494 => "cs494",
            Self::Cs594 => "cs594",
            Self::Cp => "cp",
        }
    }

    /// Where hubs speak it in the clear.
    pub(crate) fn default_port(self) -> u16 {
        match self {
            Self::Cs494 => 17734,
            Self::Cs594 => 8000,
            Self::Cp => 5035,
        }
    }

    /// What it can do.
    pub(crate) fn features(self) -> Features {
        let chat = Features {
            rooms: true,
            private: true,
            mailbox: false,
            files: true,
            paths: false,
            history: false,
            presence: true,
            contacts: false,
            max_text: MAX_TEXT_BYTES,
        };
        match self {
            Self::Cs494 => chat,
            Self::Cs594 => Features {
                history: true,
                presence: false,
                ..chat
            },
            Self::Cp => Features {
                rooms: false,
                private: false,
                mailbox: true,
                files: false,
                paths: false,
                history: false,
                presence: false,
                contacts: false,
                // A PDU of 1,024 bytes less `SMSG`, a name of 10 and its colon.
                max_text: 1009,
            },
        }
    }

    /// Bytes of a file in one of its packets [494-25] [594-23].
    pub(crate) fn segment_bytes(self) -> usize {
        match self {
            Self::Cs494 => 4096,
            Self::Cs594 | Self::Cp => 1024,
        }
    }

    /// A client's side of it.
    ///
    /// # Errors
    /// The key in the environment is none.
    pub(crate) fn client(self) -> anyhow::Result<Box<dyn ClientGate>> {
        let now = Instant::now();
        Ok(match self {
            Self::Cs494 => cs494::client(cs494::Settings::default(), now),
            Self::Cs594 => {
                let settings = cs594::ClientSettings {
                    seal: seal()?,
                    ..Default::default()
                };
                Box::new(cs594::Client::new(settings, now))
            }
            Self::Cp => Box::new(cp::Client::new(now)),
        })
    }

    /// The wires that can do what `can` asks for, as a list for people: `cs494:// or cs594://`.
    pub(crate) fn that_can(can: impl Fn(&Features) -> bool) -> String {
        let names: Vec<_> = Self::ALL
            .into_iter()
            .filter(|wire| can(&wire.features()))
            .map(|wire| format!("{}://", wire.scheme()))
            .collect();
        names.join(" or ")
    }
}

/// The seed's encryption, where the environment holds its key: it has no place in an argument list.
fn seal() -> anyhow::Result<Option<cs594::Seal>> {
    let Some(raw) = std::env::var_os(CS594_KEY) else {
        return Ok(None);
    };
    let key = raw
        .to_str()
        .and_then(|hex| cs594::Key::from_hex(hex.trim()).ok());
    let key = key.with_context(|| format!("{CS594_KEY} holds no 32 hexadecimal digits"))?;
    let next_iv = Box::new(rand::random);
    Ok(Some(cs594::Seal { key, next_iv }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wires_that_can_are_named() {
        assert_eq!(Wire::that_can(|f| f.rooms), "cs494:// or cs594://");
        assert_eq!(Wire::that_can(|f| f.history), "cs594://");
        assert_eq!(Wire::that_can(|f| f.presence), "cs494://");
        assert_eq!(Wire::that_can(|f| f.mailbox), "cp://");
    }
}
