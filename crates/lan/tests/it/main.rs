//! A node of link-local messaging, from outside.

mod mdns_browse;
mod mdns_corpus;
mod mdns_hostile;
mod mdns_net;
mod mdns_publish;
mod mdns_resolve;
mod name;
mod node_answers;
mod node_chat;
mod node_corpus;
mod node_files;
mod node_floods;
mod node_pictures;
mod node_property;
mod node_rig;
mod node_safety;
mod txt;
