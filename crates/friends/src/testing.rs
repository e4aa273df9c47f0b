//! What the tests within this crate share.

use std::time::Instant;

/// The one instant to start from; all others are counted from it.
#[expect(
    clippy::disallowed_methods,
    reason = "it is looked at once, and never again"
)]
pub(crate) fn any_instant() -> Instant {
    Instant::now()
}
