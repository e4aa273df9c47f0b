//! Tests of `friends`.

mod rig;
mod stage;

mod chaos;
mod chat;
mod claims;
mod connecting;
mod corpus;
mod dial;
mod discovery;
mod golden;
mod hostile;
mod mail;
mod people;
mod presence;
mod records;
mod transfer;
