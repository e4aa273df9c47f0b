//! The IO around the serverless nodes: sockets, multicast, keys. A [`link::Door`] each.

pub mod lan;
