//! The loop's middle as a [`Door`] for faces at this machine: no socket, no wire.
//!
//! A face gets a [`Link`], a pair of bounded channels. On the loop's side it is a session like any
//! other, with a gate that hands happenings on instead of rendering them. Channels wake the loop
//! through its waker, so nothing is polled in vain.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use bytes::BytesMut;
use gate::{Gate, Protocol, Share, Template, Turn, Why};
use link::{Door, Exchange, Features, Happening, LINK_COMMANDS, LINK_HAPPENINGS, Link};
use model::{
    Command, CommandId, Event, MAX_TEXT_BYTES, Now, Refusal, Reply, RoomName, Said, SessionId,
    Signal, UserName,
};
use tokio::sync::mpsc;

use crate::reactor::Handle;
use crate::switchboard::Switchboard;

/// Faces that wait to be let in, at most: they are let in within one round.
const WAITING: usize = 16;

/// A middle behind a running loop, for faces in the same process. Made by
/// [`Reactor::door`](crate::reactor::Reactor::door).
#[derive(Clone)]
pub struct LocalDoor {
    admissions: mpsc::Sender<Admission>,
    handle: Handle,
}

impl Door for LocalDoor {
    fn admit(&self) -> Result<Link, Refusal> {
        let (commands, asked) = mpsc::channel(LINK_COMMANDS);
        let (tell, happenings) = mpsc::channel(LINK_HAPPENINGS);
        let admission = Admission { asked, tell };
        self.admissions
            .try_send(admission)
            .map_err(|_| Refusal::HubFull)?;
        self.handle.wake();
        Ok(Link {
            commands,
            happenings,
            features: self.features(),
        })
    }

    fn features(&self) -> Features {
        Features {
            rooms: true,
            private: true,
            mailbox: false,
            files: true,
            paths: false,
            history: true,
            presence: true,
            contacts: false,
            max_text: MAX_TEXT_BYTES,
        }
    }
}

struct Admission {
    asked: mpsc::Receiver<(CommandId, Command)>,
    tell: mpsc::Sender<Happening>,
}

/// The loop's side of all links.
pub(crate) struct Locals {
    admissions: mpsc::Receiver<Admission>,
    links: Vec<(SessionId, mpsc::Receiver<(CommandId, Command)>)>,
    bell: Waker,
}

struct Bell(Handle);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }
}

impl Locals {
    pub(crate) fn new(handle: &Handle) -> (Self, LocalDoor) {
        let (sender, admissions) = mpsc::channel(WAITING);
        let bell = Waker::from(Arc::new(Bell(handle.clone())));
        let door = LocalDoor {
            admissions: sender,
            handle: handle.clone(),
        };
        (
            Self {
                admissions,
                links: Vec::new(),
                bell,
            },
            door,
        )
    }

    /// Lets waiting faces in and takes what faces ask. Called when the loop was woken.
    pub(crate) fn take<X: Exchange>(&mut self, switchboard: &mut Switchboard<X>, now: Now) {
        let mut context = Context::from_waker(&self.bell);
        while let Poll::Ready(Some(Admission { asked, tell })) =
            self.admissions.poll_recv(&mut context)
        {
            let gate = Box::new(LocalGate { tell, ended: false });
            self.links.push((switchboard.open_local(gate, now), asked));
        }
        self.links.retain_mut(|(session, asked)| {
            if !switchboard.is_open(*session) {
                return false;
            }
            // A bounded number each, so that one face does not hold up the others.
            for _ in 0..LINK_COMMANDS {
                match asked.poll_recv(&mut context) {
                    Poll::Ready(Some((id, command))) => {
                        switchboard.ask_as(*session, id, command, now);
                    }
                    Poll::Ready(None) => {
                        switchboard.lose(*session, now);
                        return false;
                    }
                    Poll::Pending => return true,
                }
            }
            context.waker().wake_by_ref();
            true
        });
    }
}

/// A session whose face is in this process.
struct LocalGate {
    tell: mpsc::Sender<Happening>,
    ended: bool,
}

impl LocalGate {
    fn hand(&mut self, happening: Happening, turn: &mut Turn) {
        if !self.ended && self.tell.try_send(happening).is_err() {
            // The face is gone, or does not read: then nothing sensible can follow.
            self.end(Why::TooSlow, turn);
        }
    }

    fn end(&mut self, why: Why, turn: &mut Turn) {
        self.ended = true;
        let _ = self.tell.try_send(Happening::Ended(why.to_string()));
        turn.close(why);
    }
}

impl Gate for LocalGate {
    fn handle_bytes(&mut self, input: &mut BytesMut, _now: Instant, _turn: &mut Turn) {
        input.clear();
    }

    fn handle_event(&mut self, event: &Event, _now: Instant, turn: &mut Turn) {
        self.hand(Happening::Event(event.clone()), turn);
    }

    fn handle_signal(&mut self, signal: &Signal, _now: Instant, turn: &mut Turn) {
        match signal {
            Signal::Closing => self.end(Why::Shutdown, turn),
            other => self.hand(Happening::Signal(other.clone()), turn),
        }
    }

    fn handle_reply(&mut self, id: CommandId, reply: &Reply, _now: Instant, turn: &mut Turn) {
        self.hand(Happening::Reply(id, reply.clone()), turn);
    }

    fn handle_timeout(&mut self, _now: Instant, _turn: &mut Turn) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn is_waiting(&self) -> bool {
        false
    }

    fn share(&self) -> Share {
        Share::Own
    }

    fn takes_files(&self) -> bool {
        true
    }

    fn handle_pause(&mut self, _paused: bool, _now: Instant) {}
}

/// What local sessions speak: nothing.
pub(crate) struct Local;

impl Protocol for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn open(&self, _now: Instant) -> Box<dyn Gate> {
        // Nobody can read what it hands on, so it ends with the first thing it is handed.
        let (tell, _) = mpsc::channel(1);
        Box::new(LocalGate { tell, ended: false })
    }

    fn render_refusal(&self, _refusal: &Refusal, _out: &mut BytesMut) {}

    fn render_said(&self, _said: &Said, _out: &mut BytesMut) -> Option<Box<dyn Template>> {
        None
    }

    fn render_members(&self, _room: &RoomName, _names: &[UserName], _out: &mut BytesMut) {}

    fn render_rooms(&self, _rooms: &[RoomName], _out: &mut BytesMut) {}
}
