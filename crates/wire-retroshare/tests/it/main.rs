//! The bytes of RetroShare against what real nodes sent: golden bytes, properties, hostile input,
//! corpora.

mod certificate;
mod chat;
mod corpus;
mod discovery;
mod file_lists;
mod file_transfer;
mod frame;
mod hostile;
mod html;
mod ids;
mod invite;
mod item;
mod link;
mod location;
mod mail;
mod packets;
mod rig;
mod service_info;
mod small;
