//! A face as a [`Door`]: [`Command`]s become requests, notices become events and signals.
//!
//! The node keeps what was said and sends it when the friend is there, so a message is answered when
//! it is on disk. That what waited has arrived later is a note. Files are read and written by the node itself ([`Command::Give`],
//! [`Command::Take`]).

mod people;
mod serve;
mod transfers;
mod waiting;

use std::sync::{Mutex, PoisonError};

use link::{Door, Features, LINK_COMMANDS, Link};
use model::{MAX_TEXT_BYTES, Refusal};
use tokio::sync::mpsc;

use super::face::Face;
use crate::thread::{Served, spawn};

/// Happenings that wait in a link, at most; more wait in the face.
const HAPPENINGS: usize = 256;

/// What links of this door can do.
pub const FEATURES: Features = Features {
    rooms: false,
    private: true,
    mailbox: false,
    files: true,
    paths: true,
    history: true,
    presence: true,
    contacts: true,
    max_text: MAX_TEXT_BYTES,
};

/// Friends, ready to admit one face.
///
/// Dropping the door after its link waits until the node has said goodbye, if it is ours.
#[derive(Debug)]
pub struct FriendsDoor {
    // Taken when a face comes and when the door goes.
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Ready(Box<Face>),
    Taken(Served),
    Spent,
}

impl FriendsDoor {
    /// Over a face; it watches from sign-in on.
    pub fn new(face: Face) -> Self {
        Self {
            state: Mutex::new(State::Ready(Box::new(face))),
        }
    }
}

impl Door for FriendsDoor {
    /// One face, once; a second is refused with [`Refusal::HubFull`].
    fn admit(&self) -> Result<Link, Refusal> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let face = match std::mem::replace(&mut *state, State::Spent) {
            State::Ready(face) => face,
            taken @ (State::Taken(_) | State::Spent) => {
                *state = taken;
                return Err(Refusal::HubFull);
            }
        };
        let (commands, asked) = mpsc::channel(LINK_COMMANDS);
        let (tell, happenings) = mpsc::channel(HAPPENINGS);
        let link = tell.downgrade();
        match spawn("friends-door", serve::run(*face, asked, tell)) {
            Ok(thread) => *state = State::Taken(Served { link, thread }),
            Err(error) => {
                tracing::error!(%error, "the door cannot be opened");
                return Err(Refusal::HubFull);
            }
        }
        Ok(Link {
            commands,
            happenings,
            features: FEATURES,
        })
    }

    fn features(&self) -> Features {
        FEATURES
    }
}

impl Drop for FriendsDoor {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let State::Taken(served) = state {
            served.await_goodbye();
        }
    }
}
