//! Which services a link carries: those that both sides offer in versions that get on.

use std::collections::BTreeSet;

use wire_retroshare::{Service, ServiceList};

/// A friend whose key is not known yet may only show it, and stay connected meanwhile.
const BEFORE_KEY: [u16; 4] = [
    Service::SERVICE_INFO,
    Service::HEARTBEAT,
    Service::RTT,
    Service::DISCOVERY,
];

/// What a link may carry.
#[derive(Debug)]
pub(crate) struct Agreement {
    ours: ServiceList,
    theirs: Option<ServiceList>,
    agreed: BTreeSet<u16>,
    is_limited: bool,
}

impl Agreement {
    /// Nothing is agreed on yet. `is_limited`: the peer's key is still to come.
    pub(crate) fn new(is_limited: bool) -> Self {
        let mut agreement = Self {
            ours: ServiceList::ours(),
            theirs: None,
            agreed: BTreeSet::new(),
            is_limited,
        };
        agreement.agree();
        agreement
    }

    /// What we offer.
    pub(crate) fn ours(&self) -> ServiceList {
        self.ours.clone()
    }

    /// Their list came; `true` if it is the first.
    pub(crate) fn listed(&mut self, theirs: ServiceList) -> bool {
        let is_first = self.theirs.is_none();
        self.theirs = Some(theirs);
        self.agree();
        is_first
    }

    /// Their key is known.
    pub(crate) fn lift(&mut self) {
        self.is_limited = false;
        self.agree();
    }

    /// Whether their key is still to come.
    pub(crate) fn is_limited(&self) -> bool {
        self.is_limited
    }

    /// Whether both lists were exchanged.
    pub(crate) fn is_done(&self) -> bool {
        self.theirs.is_some()
    }

    /// Whether items of this service pass, in both directions.
    pub(crate) fn passes(&self, service: u16) -> bool {
        self.agreed.contains(&service)
    }

    fn agree(&mut self) {
        self.agreed = BTreeSet::from([Service::SERVICE_INFO]);
        let Some(theirs) = &self.theirs else {
            return;
        };
        let offered = self.ours.0.keys().copied();
        let agreed = offered
            .filter(|service| self.ours.agrees_with(theirs, *service))
            .filter(|service| !self.is_limited || BEFORE_KEY.contains(service));
        self.agreed.extend(agreed);
    }
}
