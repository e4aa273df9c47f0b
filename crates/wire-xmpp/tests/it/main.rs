//! The bytes of XML streams against the measured facts: golden bytes, tables, hostile input,
//! properties, corpora.

mod corpus;
mod encode;
mod hostile;
mod properties;
mod reader;
mod rig;
mod socks;
mod stanza;
