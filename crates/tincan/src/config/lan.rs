//! The table `[lan]`: who one is on the LAN, and what is published [LAN-42] [LAN-50].

use std::path::PathBuf;

use model::{Availability, Presence};

use super::Layers;

/// The LAN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lan {
    /// What to be called; `None`: as the system has it.
    pub(crate) user: Option<String>,
    /// What the machine is called; `None`: as the system has it.
    pub(crate) machine: Option<String>,
    /// Where to listen; 0: any free port.
    pub(crate) port: u16,
    /// Take part on these interfaces only; empty: on all.
    pub(crate) interfaces: Vec<String>,
    /// How one is.
    pub(crate) presence: Presence,
    /// The file of a picture.
    pub(crate) picture: Option<PathBuf>,
    /// `nick`
    pub(crate) nick: Option<String>,
    /// `1st`
    pub(crate) first: Option<String>,
    /// `last`
    pub(crate) last: Option<String>,
    /// `email`
    pub(crate) email: Option<String>,
    /// `jid`
    pub(crate) jid: Option<String>,
    /// Talk only where it is encrypted [LAN-40].
    pub(crate) require_tls: bool,
}

impl Lan {
    /// What is in effect: what is hidden, by key or all at once, is not there [LAN-42].
    pub(crate) fn resolve(layers: &Layers) -> Self {
        let words = |name| layers.text(name).unwrap_or_default().split_whitespace();
        let hidden: Vec<_> = words("lan.hide").collect();
        let private = layers.flag("lan.private");
        let told = |own: &str| {
            // The message says how one is, not who one is: it is hidden by its own key only.
            let is_hidden = hidden.contains(&own) || (private && own != "message");
            let text = layers.text(&format!("lan.{own}")).map(str::to_owned);
            text.filter(|_| !is_hidden)
        };
        let availability = match layers.text("lan.status") {
            Some("away") => Availability::Away,
            Some("dnd") => Availability::Busy,
            Some(_) | None => Availability::Available,
        };
        Self {
            user: layers.text("lan.user").map(str::to_owned),
            machine: layers.text("lan.machine").map(str::to_owned),
            port: layers.number("lan.port"),
            interfaces: words("lan.interfaces").map(str::to_owned).collect(),
            presence: Presence {
                availability,
                message: told("message").map(Into::into),
            },
            picture: told("picture").map(PathBuf::from),
            nick: told("nick"),
            first: told("first"),
            last: told("last"),
            email: told("email"),
            jid: told("jid"),
            require_tls: layers.flag("lan.require_tls"),
        }
    }
}
