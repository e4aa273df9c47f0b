//! One contract for every backend. (being written)
