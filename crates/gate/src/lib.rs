//! The session seam.
//!
//! A *gate* is one session of one protocol: bytes in, [`Command`]s out; [`Event`]s, [`Signal`]s and
//! [`Reply`]s in, bytes out. It has no socket and no clock. Each protocol is one module with a
//! `server` machine (ours answers a client) and a `client` machine (ours speaks to a server); no
//! module knows another.
//!
//! Side effects are not done but written into a [`Turn`], which whoever drives the gate obeys. A
//! gate holds no output of its own while idle, so ten thousand idle sessions hold nothing.

pub mod cp;
pub mod cs494;
pub mod cs594;

use std::time::Instant;

use bytes::{Bytes, BytesMut};
use model::{Command, CommandId, Event, Refusal, Reply, RoomName, Said, Signal, UserName};

/// A protocol as the hub serves it: opens sessions, and renders once what all its sessions get alike.
///
/// Adding a protocol is implementing this (and a line in the binary).
pub trait Protocol: Send + Sync {
    /// The protocol's name in configuration, logs and on the `listening` line.
    fn name(&self) -> &'static str;

    /// A new session on a connection accepted at `now`.
    fn open(&self, now: Instant) -> Box<dyn Gate>;

    /// What a connection is told that is refused before it has a session (limits) [HUB-11].
    fn render_refusal(&self, refusal: &Refusal, out: &mut BytesMut);

    /// A room message as every [`Share::Same`] session gets it, appended to `out`; for
    /// [`Share::Named`] protocols nothing is appended and a [`Template`] is returned.
    fn render_said(&self, said: &Said, out: &mut BytesMut) -> Option<Box<dyn Template>>;

    /// A room's members as every [`Share::Same`] session gets them. Appends nothing where the
    /// protocol does not announce membership.
    fn render_members(&self, room: &RoomName, names: &[UserName], out: &mut BytesMut);

    /// The open rooms as every session with [`Gate::wants_rooms`] gets them.
    fn render_rooms(&self, rooms: &[RoomName], out: &mut BytesMut);
}

/// A frame with one hole: the recipient's name.
pub trait Template {
    /// Appends the frame for `recipient` to `out`.
    fn fill(&self, recipient: &UserName, out: &mut BytesMut);
}

/// How a session takes what its whole room gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// The very bytes of [`Protocol::render_said`].
    Same,
    /// The template, filled with the session's name.
    Named,
    /// Through [`Gate::handle_event`], each session for itself.
    Own,
}

/// One session of one protocol at the hub.
///
/// The driver calls one method at a time and then obeys the [`Turn`]: sends its bytes, carries out
/// its commands in order (each answered by one [`handle_reply`](Self::handle_reply)), closes.
pub trait Gate: Send {
    /// Takes what it can from the front of `input`; an unfinished packet stays there (the driver
    /// keeps it and calls again with more behind it). Must not take more than one packet beyond
    /// [`Turn::is_full`]. Never called while [`is_waiting`](Self::is_waiting).
    fn handle_bytes(&mut self, input: &mut BytesMut, now: Instant, turn: &mut Turn);

    /// An event for this session: always [`Event::Told`]; [`Event::Said`] only under [`Share::Own`].
    fn handle_event(&mut self, event: &Event, now: Instant, turn: &mut Turn);

    /// A signal for this session. [`Signal::Members`] comes where the session alone is answered, or
    /// under [`Share::Own`].
    fn handle_signal(&mut self, signal: &Signal, now: Instant, turn: &mut Turn);

    /// The one answer to the command `id` of this session.
    fn handle_reply(&mut self, id: CommandId, reply: &Reply, now: Instant, turn: &mut Turn);

    /// The time that [`poll_timeout`](Self::poll_timeout) told has come (or a later one).
    fn handle_timeout(&mut self, now: Instant, turn: &mut Turn);

    /// When to call [`handle_timeout`](Self::handle_timeout) next; `None`: never.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Whether the session waits for an answer that may come late and takes no input until then.
    fn is_waiting(&self) -> bool;

    /// How the session takes room messages. May change with what the session has sent.
    fn share(&self) -> Share;

    /// Whether an unasked list of rooms is sent to this session when it changes [494-16].
    fn wants_rooms(&self) -> bool {
        false
    }

    /// Whether the session can be offered files.
    fn takes_files(&self) -> bool;

    /// Whether everything that the session is owed has been written into a turn, and nothing waits
    /// in the gate for its time.
    fn is_flushed(&self) -> bool {
        true
    }

    /// The driver stopped (`true`) or resumed (`false`) reading from this session because somebody
    /// else is slow; a pause is no silence [494-26].
    fn handle_pause(&mut self, paused: bool, now: Instant);

    /// The peer has closed its sending side: no more bytes will come. Whatever is buffered is final.
    fn handle_end(&mut self, input: &mut BytesMut, now: Instant, turn: &mut Turn) {
        let _ = (input, now);
        turn.close(Why::PeerClosed);
    }
}

/// One session of one protocol at a client: the mirror of [`Gate`].
pub trait ClientGate: Send {
    /// Takes what it can from the front of `input`; an unfinished packet stays.
    fn handle_bytes(&mut self, input: &mut BytesMut, now: Instant, turn: &mut ClientTurn);

    /// Asks the server for `command`; answered by exactly one [`Upward::Reply`] sooner or later.
    /// What the protocol cannot say is answered at once with [`Refusal::NotPossible`].
    fn handle_command(
        &mut self,
        id: CommandId,
        command: Command,
        now: Instant,
        turn: &mut ClientTurn,
    );

    /// The time that [`poll_timeout`](Self::poll_timeout) told has come (or a later one).
    fn handle_timeout(&mut self, now: Instant, turn: &mut ClientTurn);

    /// When to call [`handle_timeout`](Self::handle_timeout) next; `None`: never.
    fn poll_timeout(&self) -> Option<Instant>;
}

/// What a server session wants done.
///
/// One turn serves all sessions of a loop, one after another; its buffers are reused.
#[derive(Debug, Default)]
pub struct Turn {
    /// Bytes to send, in order. A gate only ever appends.
    pub out: BytesMut,
    /// Commands to carry out, in order.
    pub asks: Vec<(CommandId, Command)>,
    /// Set when the session ends: flush, then close.
    pub why: Option<Why>,
    /// Bytes that go out without a copy, each with the length that `out` has before them.
    pub pieces: Vec<(usize, Bytes)>,
    /// For each command, how much of `out` goes before its answer.
    marks: Vec<usize>,
    /// The length of `out` when the turn began: what stands before it is other sessions'.
    start: usize,
}

impl Turn {
    /// Commands in one turn, at most, before the driver carries them out: bounds a turn's memory
    /// when a peer sends many small packets in one segment.
    pub const MAX_ASKS: usize = 64;

    /// Bytes to send in one turn, beyond which the driver takes them before it gives more input:
    /// bounds what a peer can have us write by small packets that need no command.
    pub const MAX_OUT: usize = 64 * 1024;

    /// Sends `bytes` as they are; for many at once, as files are.
    pub fn send(&mut self, bytes: Bytes) {
        self.pieces.push((self.out.len(), bytes));
    }

    /// The driver lets the next session have its turn, behind what is in `out` already.
    pub fn begin(&mut self) {
        self.start = self.out.len();
    }

    /// Asks the middle. What is in `out` so far is sent before the answer, the rest after it.
    pub fn ask(&mut self, id: CommandId, command: Command) {
        self.asks.push((id, command));
        self.marks.push(self.out.len());
    }

    /// Exchanges the commands, and the length that `out` had when each was asked, for these two
    /// empty lists.
    pub fn swap_asks(&mut self, asks: &mut Vec<(CommandId, Command)>, marks: &mut Vec<usize>) {
        // A command that was pushed past `ask` is asked last.
        self.marks.resize(self.asks.len(), self.out.len());
        std::mem::swap(&mut self.asks, asks);
        std::mem::swap(&mut self.marks, marks);
    }

    /// Whether the gate must leave the rest of its input for the next call.
    pub fn is_full(&self) -> bool {
        self.asks.len() >= Self::MAX_ASKS || self.out.len() - self.start >= Self::MAX_OUT
    }

    /// Ends the session after what is in `out` is flushed. The first reason stays.
    pub fn close(&mut self, why: Why) {
        self.why.get_or_insert(why);
    }
}

/// What a client session wants done.
#[derive(Debug, Default)]
pub struct ClientTurn {
    /// Bytes to send, in order.
    pub out: BytesMut,
    /// What to tell the face, in order.
    pub up: Vec<Upward>,
    /// Set when the session ends: flush, then close.
    pub why: Option<Why>,
}

impl ClientTurn {
    /// Tells the face.
    pub fn tell(&mut self, upward: Upward) {
        self.up.push(upward);
    }

    /// Ends the session after what is in `out` is flushed. The first reason stays.
    pub fn close(&mut self, why: Why) {
        self.why.get_or_insert(why);
    }
}

/// What a client session tells its face.
#[derive(Clone, Debug)]
pub enum Upward {
    /// Something durable happened.
    Event(Event),
    /// Something ephemeral happened.
    Signal(Signal),
    /// The answer to a command.
    Reply(CommandId, Reply),
}

/// Why a session ends; the name says whose doing it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The person said goodbye.
    #[error("departed")]
    Departed,
    /// The peer closed the connection.
    #[error("the other side closed the connection")]
    PeerClosed,
    /// The peer broke the protocol.
    #[error("the other side broke the protocol: {0}")]
    PeerMisbehaved(String),
    /// The peer was told no in a way that ends the session.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The peer was silent too long.
    #[error("no sign of life for too long")]
    Silent,
    /// The server told us that it ends the session, in its words.
    #[error("the server ended the session: {0}")]
    ServerEnded(String),
    /// We are shutting down.
    #[error("shutting down")]
    Shutdown,
    /// The peer did not read what was sent to it; the queue's limit was reached.
    #[error("too slow: its send queue is full")]
    TooSlow,
}
