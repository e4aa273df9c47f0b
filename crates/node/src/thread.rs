//! Threads with a loop of their own, and the wait for their goodbye.

use std::io;
use std::sync::mpsc as std_mpsc;
use std::thread;
use std::time::Duration;

use link::Happening;
use tokio::sync::mpsc;

/// How long a door waits, when it goes, for its node's goodbye, at most. A node needs about a second.
const GOODBYE_LIMIT: Duration = Duration::from_secs(6);

/// A thread with a loop of its own. The receiver closes when it has ended.
pub(crate) fn spawn(
    name: &str,
    work: impl Future<Output = ()> + Send + 'static,
) -> io::Result<std_mpsc::Receiver<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (alive, thread) = std_mpsc::sync_channel::<()>(0);
    thread::Builder::new().name(name.into()).spawn(move || {
        runtime.block_on(work);
        // A name that is being resolved does not hold us up.
        runtime.shutdown_background();
        drop(alive);
    })?;
    Ok(thread)
}

/// A thread that serves the one link that a door has given out.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) link: mpsc::WeakSender<Happening>,
    /// Closed when the thread has ended.
    pub(crate) thread: std_mpsc::Receiver<()>,
}

impl Served {
    pub(crate) fn has_ended(&self) -> bool {
        match self.thread.try_recv() {
            Err(std_mpsc::TryRecvError::Empty) | Ok(()) => false,
            Err(std_mpsc::TryRecvError::Disconnected) => true,
        }
    }

    /// Waits for the thread's end if the link was given back: a link that is still there goes on
    /// without its door.
    pub(crate) fn await_goodbye(&self) {
        let is_left = self.link.upgrade().is_none_or(|link| link.is_closed());
        if is_left {
            let _ = self.thread.recv_timeout(GOODBYE_LIMIT);
        }
    }
}
