//! Networks that were joined while we were published: there too our names are announced only when
//! nobody has them (RFC 6762, 8). Elsewhere we stay what we are meanwhile.

use std::collections::BTreeMap;
use std::time::Instant;

/// Interfaces on which we are probing, each with the probes sent and when the next step is due.
#[derive(Debug, Default)]
pub(super) struct Arrivals(BTreeMap<u32, (u8, Instant)>);

impl Arrivals {
    /// Probes on this interface from the first on.
    pub(super) fn begin(&mut self, interface: u32, at: Instant) {
        self.0.insert(interface, (0, at));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn retain(&mut self, mut is_kept: impl FnMut(u32) -> bool) {
        self.0.retain(|interface, _| is_kept(*interface));
    }

    /// How many probes were sent; `None`: we are not probing there.
    pub(super) fn sent(&self, interface: u32) -> Option<u8> {
        self.0.get(&interface).map(|(sent, _)| *sent)
    }

    /// The interfaces whose next step is due, each with the probes sent there before. Where `probes`
    /// were sent we have arrived; elsewhere the step after this one is due at `next`.
    pub(super) fn take_due(&mut self, now: Instant, next: Instant, probes: u8) -> Vec<(u32, u8)> {
        let mut due = Vec::new();
        self.0.retain(|interface, (sent, at)| {
            if *at > now {
                return true;
            }
            due.push((*interface, *sent));
            let is_through = *sent >= probes;
            *sent = sent.saturating_add(1);
            *at = next;
            !is_through
        });
        due
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.0.values().map(|(_, at)| *at).min()
    }
}
