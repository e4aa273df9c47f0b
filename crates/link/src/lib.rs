//! How a face or a gate meets a middle.
//!
//! A middle (the hub, the LAN, later friends) is a [`Door`]: it admits somebody and gives a
//! [`Link`] — commands in, events out, both bounded. Whoever drives many sessions on one loop uses
//! the same middle through [`Exchange`], without queues between.

use model::{
    Command, CommandId, Event, Now, Refusal, Reply, RoomKey, RoomName, SessionId, Signal, UserName,
};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;

/// Commands that wait in a link, at most: a person types no faster, a script is made to wait.
pub const LINK_COMMANDS: usize = 64;
/// Happenings that wait in a link, at most: a face that reads slower than this is closed.
pub const LINK_HAPPENINGS: usize = 4096;

/// A middle that admits people.
pub trait Door {
    /// Lets somebody in. They are nobody until [`Command::SignIn`].
    ///
    /// # Errors
    /// [`Refusal::HubFull`] where no more are taken.
    fn admit(&self) -> Result<Link, Refusal>;

    /// What links of this door can do.
    fn features(&self) -> Features;
}

/// One person's connection to a middle, as a face holds it. Dropping it leaves.
#[derive(Debug)]
pub struct Link {
    /// Commands in. Closed when the middle has ended.
    pub commands: mpsc::Sender<(CommandId, Command)>,
    /// Everything out. `None` after [`Happening::Ended`].
    pub happenings: mpsc::Receiver<Happening>,
    /// What this link can do.
    pub features: Features,
}

/// What comes out of a [`Link`].
#[derive(Clone, Debug)]
pub enum Happening {
    /// Something durable.
    Event(Event),
    /// Something ephemeral.
    Signal(Signal),
    /// The one answer to a command.
    Reply(CommandId, Reply),
    /// The link is over, for this reason; nothing follows.
    Ended(String),
}

/// What a link can do; faces leave out what is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// There are rooms.
    pub rooms: bool,
    /// Private messages arrive at once.
    pub private: bool,
    /// There is a mailbox to take letters from.
    pub mailbox: bool,
    /// Files can be sent and received.
    pub files: bool,
    /// The middle reads and writes files itself, by path ([`Command::Give`], [`Command::Take`]); there
    /// are no segments.
    pub paths: bool,
    /// What was said before can be asked for.
    pub history: bool,
    /// Whether somebody is online can be asked.
    pub presence: bool,
    /// The middle tells who is here, and how they are.
    pub contacts: bool,
    /// Bytes in a message, at most.
    pub max_text: usize,
}

/// A middle as seen by a loop that carries many sessions: no sockets, no clock, no waiting.
///
/// After each call the driver takes all [`Outcome`]s from [`poll`](Self::poll) and carries them out
/// in order.
pub trait Exchange {
    /// A connection was accepted.
    fn open(&mut self, session: SessionId, caller: &Caller, now: Now);

    /// The session asks. The answer comes as [`Outcome::Reply`].
    fn ask(&mut self, session: SessionId, id: CommandId, command: Command, now: Now);

    /// The session is over, however that came about: it leaves everything [494-12].
    fn close(&mut self, session: SessionId, now: Now);

    /// The next thing to carry out.
    fn poll(&mut self) -> Option<Outcome>;

    /// Takes what other threads (store, password check) have finished. Call when woken.
    fn handle_wake(&mut self, now: Now);

    /// The time of [`poll_timeout`](Self::poll_timeout) has come.
    fn handle_timeout(&mut self, now: Now);

    /// When to call [`handle_timeout`](Self::handle_timeout) next.
    fn poll_timeout(&self) -> Option<Instant>;

    /// The driver has carried out all it had: hand over what waits for the store.
    fn end_round(&mut self, now: Now);

    /// Everything sent to the session before a letter's [`Outcome::Letter`] mark was flushed and
    /// the session has since shown life: the letters have arrived [CP-14].
    fn confirm_letters(&mut self, session: SessionId, now: Now);

    /// Whether the session can be offered files; `true` until told otherwise.
    fn set_takes_files(&mut self, session: SessionId, takes: bool);

    /// Whether more commands can be taken; `false` while the store's queue is full, and the driver
    /// stops reading until [`handle_wake`](Self::handle_wake) changes it.
    fn is_ready(&self) -> bool;

    /// Members of an open room, in the order they came.
    fn members(&self, room: RoomKey) -> &[SessionId];

    /// An open room's name and its members' names.
    fn roster(&self, room: RoomKey) -> Option<(RoomName, Arc<[UserName]>)>;

    /// The names of the open rooms, in order.
    fn rooms(&self) -> Arc<[RoomName]>;

    /// The session's name, where it has one.
    fn name(&self, session: SessionId) -> Option<&UserName>;

    /// The sessions that send files to `session`: to be paused while it is slow [494-26].
    fn senders_to(&self, session: SessionId) -> Vec<SessionId>;
}

/// Who calls, as far as the connection tells.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The wire's name, kept with what is said [HUB-6].
    pub wire: &'static str,
    /// Where from; `None`: this machine's own face.
    pub address: Option<IpAddr>,
    /// SHA-256 of the TLS client certificate, whose key the caller has shown to hold.
    pub certificate: Option<[u8; 32]>,
}

/// What limits by address count [HUB-11]: the address itself, of IPv6 the network of 64 bits, all of
/// which are one customer's. A loopback address stays what it is.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            IpAddr::from((u128::from(v6) >> 64 << 64).to_be_bytes())
        }
        other => other,
    }
}

/// What the driver of an [`Exchange`] carries out.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The answer to a command.
    Reply(SessionId, CommandId, Reply),
    /// Something durable for one session.
    Event(SessionId, Event),
    /// The event just before was a letter: tell [`Exchange::confirm_letters`] when it has arrived.
    Letter(SessionId),
    /// Something durable for all members of a room as they are now.
    Room(RoomKey, Event),
    /// Something ephemeral for one session.
    Signal(SessionId, Signal),
    /// The membership of a room has changed: each member is owed its roster [494-15].
    Membership(RoomKey),
    /// Rooms have opened or closed [494-16].
    RoomsChanged,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_customer() {
        // [HUB-11]
        for (address, counted) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("::1", "::1"),
            ("127.0.0.1", "127.0.0.1"),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(network(address).to_string(), counted);
        }
    }
}
