//! The hub's shared truth: who is here, which rooms, which transfers; pure decide and fold.
