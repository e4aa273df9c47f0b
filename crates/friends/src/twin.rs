//! What a friend sends again because a link broke before they knew that it had arrived.

use wire_retroshare::LocationId;

use crate::output::ConnectionId;

/// How a message or a letter came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    location: LocationId,
    link: ConnectionId,
}

impl Way {
    /// From this machine, by this connection.
    pub(crate) fn new(location: LocationId, link: ConnectionId) -> Self {
        Self { location, link }
    }

    /// Whether something that now comes so may be the same that came by `before`: from the same machine by
    /// another connection, or before we were started. By one connection everything comes once.
    pub(crate) fn may_be_another(
        before: Option<Self>,
        location: LocationId,
        link: ConnectionId,
    ) -> bool {
        before.is_none_or(|before| before.location == location && before.link != link)
    }
}
