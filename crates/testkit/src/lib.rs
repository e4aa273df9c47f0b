//! Helpers of the tests: conversation scripts, a hub without sockets.
