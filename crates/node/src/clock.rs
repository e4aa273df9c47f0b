//! Time, as loops that own a node need it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use model::{Now, Timestamp};
use tokio::time::sleep_until;

/// Both clocks.
pub(crate) fn now() -> Now {
    let wall = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Now {
        instant: Instant::now(),
        wall: Timestamp(u64::try_from(wall.as_millis()).unwrap_or(u64::MAX)),
    }
}

/// Waits for a deadline; for ever if there is none.
pub(crate) async fn passed(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
