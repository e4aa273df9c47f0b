//! The store that forgets: for tests and for hubs that keep nothing. (being written)

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {}
