//! Keys that are known, and what is refused [LAN-38] [LAN-39] [LAN-40] [LAN-46].

use std::sync::Arc;

use model::{Channel, Now, Refusal};

use super::seam::Output;
use super::{ConnectionId, Node};
use crate::Instance;

/// Names whose keys are kept, at most: far more than a LAN has people. Beyond, a key counts as new
/// each time.
const MAX_PINS: usize = 10_000;

/// Why a stream is not used.
#[derive(Clone, Debug)]
pub(super) struct Unsafe {
    /// For people: why, and what to do.
    pub(super) why: Arc<str>,
    /// For the peer (RFC 6120 section 4.9.3).
    pub(super) condition: &'static str,
}

impl Node {
    /// Whether a stream with `name` on which they showed this key (`None`: in the clear) may be used. A
    /// key that comes for the first time is kept.
    pub(super) fn judge(
        &mut self,
        name: &Instance,
        key: Option<[u8; 32]>,
    ) -> Result<Channel, Unsafe> {
        let Some(fingerprint) = key else {
            return self.judge_clear(name);
        };
        self.judge_key(name, fingerprint)?;
        let known = self.pins.contains_key(name);
        if !known && self.pins.len() < MAX_PINS {
            self.pins.insert(name.clone(), fingerprint);
            let name = self.shown_name(name).to_string();
            self.outputs
                .push_back(Output::StorePin { name, fingerprint });
        }
        Ok(Channel::Encrypted { fingerprint, known })
    }

    /// Whether this is the key of `name`, or there is none yet.
    pub(super) fn judge_key(&self, name: &Instance, key: [u8; 32]) -> Result<(), Unsafe> {
        if self.pins.get(name).is_none_or(|pin| *pin == key) {
            return Ok(());
        }
        let name = self.shown_name(name);
        let why = format!(
            "the key of {name} has changed: this may be somebody else. Ask them another way; only if \
             the new key is theirs: tincan lan forget '{name}'"
        );
        Err(Unsafe {
            why: why.into(),
            condition: "not-authorized",
        })
    }

    /// Whether one may talk with `name` in the clear.
    pub(super) fn judge_clear(&self, name: &Instance) -> Result<Channel, Unsafe> {
        let shown = self.shown_name(name);
        if self.pins.contains_key(name) {
            let why = format!(
                "{shown} was encrypted before and is not now: this may be somebody else. Ask them another \
                 way; only if it is them: tincan lan forget '{shown}'"
            );
            return Err(Unsafe {
                why: why.into(),
                condition: "policy-violation",
            });
        }
        if self.config.policy.require_tls {
            let why = format!("{shown} cannot encrypt, and nothing is said in the clear here");
            return Err(Unsafe {
                why: why.into(),
                condition: "policy-violation",
            });
        }
        Ok(Channel::Plain)
    }

    /// Whether we let `name` (as a caller claims to be called) talk only after TLS.
    pub(super) fn needs_tls(&self, name: Option<&Instance>) -> bool {
        self.config.policy.require_tls || name.is_some_and(|name| self.pins.contains_key(name))
    }

    /// A stream is not safe: nothing of it is shown, the face hears why. Where we called, that is the
    /// answer to what waits; a caller of that name may be anybody, so then we try for ourselves.
    pub(super) fn refuse_talk(
        &mut self,
        id: ConnectionId,
        name: &Instance,
        found: &Unsafe,
        now: Now,
    ) {
        let is_ours = self.connections.get(&id).is_some_and(|c| !c.is_accepted);
        self.announce_channel(name, Channel::Refused(found.why.clone()));
        self.reject_talk(id, found.condition, now);
        if is_ours {
            self.fail(name, &Refusal::Unsafe(found.why.clone()));
        }
        self.mark(name);
    }
}
