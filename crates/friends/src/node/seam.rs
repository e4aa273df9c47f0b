//! What the shell hands to a node.

use std::path::PathBuf;

use identity::PublicProfile;
use wire_retroshare::LocationId;

/// What a node is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who we are.
    pub profile: PublicProfile,
    /// This machine; its certificate and key are the shell's.
    pub location: LocationId,
    /// What this machine is called.
    pub location_name: String,
    /// The program and its version, for friends.
    pub version: String,
    /// The TCP port that friends call.
    pub port: u16,
    /// Whether friends are told of each other, and we ask them for their friends [RS-5].
    pub tells_friends_of_friends: bool,
    /// Where finished downloads go.
    pub incoming: PathBuf,
    /// Where parts of downloads are kept.
    pub partial: PathBuf,
    /// Only the records: nobody is called, and nobody can call.
    pub is_offline: bool,
    /// Makes numbers that nobody guesses; drawn anew for every run.
    pub seed: [u8; 32],
}

/// Why a connection is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It was never made; in words.
    Unreachable(String),
    /// A TLS alert, or an end right after the handshake: they do not want us.
    Refused,
    /// It ended, or was lost.
    Ended,
}
