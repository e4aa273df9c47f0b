//! Tests of `friends`.

mod rig;
mod stage;

mod approval;
mod chaos;
mod chat;
mod claims;
mod clocks;
mod connecting;
mod corpus;
mod dial;
mod discovery;
mod golden;
mod handover;
mod hostile;
mod mail;
mod offers;
mod people;
mod pictures;
mod presence;
mod records;
mod transfer;
