//! A face's end: ask, be answered, be told.

use std::collections::VecDeque;
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use friends::{Report, Request, RequestId};
use tokio::sync::mpsc;

use super::Told;

/// What came while an answer was awaited and nobody has asked for yet, at most; the oldest go.
const MAX_KEPT: usize = 4096;
/// How long a face waits for the other end when it goes: for the node's goodbye, which takes about a
/// second, or until its last requests are handed over.
const GOODBYE_LIMIT: Duration = Duration::from_secs(6);

/// The node is over, for this reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Ended(pub String);

/// Somebody who asks a node and is told what happens.
///
/// Dropping the face that has started a node ends the node, and waits until it has said goodbye.
#[derive(Debug)]
pub struct Face {
    // Taken when the face goes, so that the other end hears of it.
    ask: Option<mpsc::Sender<(RequestId, Request)>>,
    told: mpsc::Receiver<Told>,
    kept: VecDeque<Told>,
    next: u64,
    ended: Option<String>,
    /// Closed when the other end's thread has ended.
    thread: std_mpsc::Receiver<()>,
}

impl Face {
    pub(super) fn new(
        ask: mpsc::Sender<(RequestId, Request)>,
        told: mpsc::Receiver<Told>,
        thread: std_mpsc::Receiver<()>,
    ) -> Self {
        Self {
            ask: Some(ask),
            told,
            kept: VecDeque::new(),
            next: 0,
            ended: None,
            thread,
        }
    }

    /// Tells this face something before everything else.
    pub(super) fn tell(&mut self, told: Told) {
        self.kept.push_back(told);
    }

    /// Asks, and waits for the answer. What else comes meanwhile is kept for [`next`](Self::next).
    ///
    /// # Errors
    /// The node is over.
    pub async fn ask(&mut self, request: Request) -> Result<Report, Ended> {
        let id = self.number();
        if let Some(ask) = &self.ask
            && ask.send((id, request)).await.is_err()
        {
            // Why comes below.
            tracing::debug!("the node takes no more requests");
        }
        loop {
            match self.told.recv().await {
                Some(Told::Report(answered, report)) if answered == id => return Ok(report),
                Some(Told::Ended(reason)) => return Err(self.end(Some(reason))),
                Some(other @ (Told::Report(..) | Told::Notice(_))) => self.keep(other),
                None => return Err(self.end(None)),
            }
        }
    }

    /// Asks without waiting: the answer comes by [`next`](Self::next) under this number. Where too much
    /// waits already, it is a refusal.
    pub fn send(&mut self, request: Request) -> RequestId {
        let id = self.number();
        let sent = match &self.ask {
            Some(ask) => ask.try_send((id, request)),
            None => return id,
        };
        match sent {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => {
                let words = "the node is busy; try again".to_owned();
                self.keep(Told::Report(id, Report::Refused(words)));
            }
            Err(mpsc::error::TrySendError::Closed(_)) => {
                let words = "the node has ended".to_owned();
                self.keep(Told::Report(id, Report::Refused(words)));
            }
        }
        id
    }

    /// What comes next; after [`Told::Ended`] the same again. Can be dropped and called again.
    pub async fn next(&mut self) -> Told {
        if let Some(kept) = self.kept.pop_front() {
            return kept;
        }
        if let Some(reason) = &self.ended {
            return Told::Ended(reason.clone());
        }
        match self.told.recv().await {
            Some(Told::Ended(reason)) => Told::Ended(self.end(Some(reason)).0),
            Some(other @ (Told::Report(..) | Told::Notice(_))) => other,
            None => Told::Ended(self.end(None).0),
        }
    }

    fn number(&mut self) -> RequestId {
        let id = RequestId(self.next);
        self.next += 1;
        id
    }

    fn keep(&mut self, told: Told) {
        if self.kept.len() >= MAX_KEPT {
            tracing::warn!("nobody takes what the node tells; the oldest is forgotten");
            self.kept.pop_front();
        }
        self.kept.push_back(told);
    }

    fn end(&mut self, reason: Option<String>) -> Ended {
        let reason = self
            .ended
            .get_or_insert_with(|| reason.unwrap_or_else(|| "the node has ended".into()));
        Ended(reason.clone())
    }
}

impl Drop for Face {
    fn drop(&mut self) {
        self.ask = None;
        self.told.close();
        let _ = self.thread.recv_timeout(GOODBYE_LIMIT);
    }
}
