//! Who asks the node and is told: the face that started it, and those that have attached from other
//! processes. Each numbers its own requests; the node sees numbers of ours.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use friends::{Notice, Report, Request, RequestId};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use super::Told;

/// Requests that wait in a channel, at most: a person types no faster, a script is made to wait.
pub(super) const REQUESTS: usize = 64;
/// What waits for a face, at most. Who reads slower than this misses notices, and is told so: what was
/// said is in the history.
pub(super) const TOLD: usize = 2048;
/// Faces that are attached at once, at most.
const MAX_FACES: usize = 32;
/// Requests of one face that the node has not answered, at most: searching and hashing take time.
const MAX_PENDING: usize = 256;

/// Warnings and requests kept for the first face that watches, at most: a person reads no more.
const MAX_UNHEARD: usize = 100;

/// One face, for as long as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FaceId(u64);

/// The face that started the node; the node ends with it.
const OWNER: FaceId = FaceId(0);

/// The owner's ends of its channels.
pub(super) struct Owner {
    pub(super) requests: mpsc::Receiver<(RequestId, Request)>,
    pub(super) tell: mpsc::Sender<Told>,
}

/// What an attached face's task says.
#[derive(Debug)]
pub(super) enum Said {
    Asks(FaceId, RequestId, Request),
    Leaves(FaceId),
}

/// What happens among the faces.
#[derive(Debug)]
pub(super) enum FaceNews {
    /// Somebody asks; the number is the node's.
    Request(RequestId, Request),
    /// The face that started the node is gone.
    OwnerGone,
    /// Somebody has come or gone, and nothing else.
    Other,
}

pub(super) struct Faces {
    owner: mpsc::Receiver<(RequestId, Request)>,
    table: BTreeMap<FaceId, Known>,
    /// Whose request it is, and how they number it.
    pending: BTreeMap<RequestId, (FaceId, RequestId)>,
    say: mpsc::Sender<Said>,
    said: mpsc::Receiver<Said>,
    listener: Option<Listener>,
    /// What a person has to know and nobody was there to hear; ≤ [`MAX_UNHEARD`], the latest.
    unheard: VecDeque<Notice>,
    tasks: JoinSet<()>,
    next_face: u64,
    next_request: u64,
}

#[cfg(unix)]
type Listener = super::socket::Listener;
/// Where there are no such sockets, nobody attaches.
#[cfg(not(unix))]
type Listener = std::convert::Infallible;

struct Known {
    tell: mpsc::Sender<Told>,
    is_watching: bool,
    pending: usize,
    /// Notices that found no room.
    missed: u64,
    task: Option<AbortHandle>,
}

impl Faces {
    pub(super) fn new(owner: Owner, listener: Option<Listener>) -> Self {
        let (say, said) = mpsc::channel(REQUESTS);
        let known = Known::new(owner.tell);
        Self {
            owner: owner.requests,
            table: BTreeMap::from([(OWNER, known)]),
            pending: BTreeMap::new(),
            say,
            said,
            listener,
            unheard: VecDeque::new(),
            tasks: JoinSet::new(),
            next_face: 1,
            next_request: 0,
        }
    }

    /// What happens next. Can be dropped and called again.
    pub(super) async fn next(&mut self) -> FaceNews {
        tokio::select! {
            asked = self.owner.recv() => match asked {
                Some((id, request)) => self.ask(OWNER, id, request),
                None => FaceNews::OwnerGone,
            },
            Some(said) = self.said.recv() => match said {
                Said::Asks(face, id, request) => self.ask(face, id, request),
                Said::Leaves(face) => {
                    self.remove(face);
                    FaceNews::Other
                }
            },
            stream = accepted(self.listener.as_mut()) => {
                self.attach(stream);
                FaceNews::Other
            }
        }
    }

    /// How many watch.
    pub(super) fn watchers(&self) -> usize {
        self.table
            .values()
            .filter(|known| known.is_watching)
            .count()
    }

    /// Whether the face that started the node reads what it is told.
    pub(super) fn has_owner(&self) -> bool {
        self.table.contains_key(&OWNER)
    }

    /// The node has answered.
    pub(super) fn report(&mut self, id: RequestId, report: Report) {
        let Some((face, theirs)) = self.pending.remove(&id) else {
            return;
        };
        if let Some(known) = self.table.get_mut(&face) {
            known.pending = known.pending.saturating_sub(1);
        }
        self.tell(face, Told::Report(theirs, report));
    }

    /// The node tells all that watch. What a person has to know is also told to the face that started
    /// the node, and kept for the first that watches.
    pub(super) fn notice(&mut self, notice: &Notice) {
        let is_for_all = matches!(notice, Notice::Warning(_) | Notice::Approval { .. });
        if is_for_all && self.watchers() == 0 {
            if self.unheard.len() >= MAX_UNHEARD {
                self.unheard.pop_front();
            }
            self.unheard.push_back(notice.clone());
        }
        let told = self
            .table
            .iter()
            .filter(|(face, known)| known.is_watching || (is_for_all && **face == OWNER));
        for face in told.map(|(face, _)| *face).collect::<Vec<_>>() {
            self.tell(face, Told::Notice(notice.clone()));
        }
    }

    /// Ends attaching, calls `release`, tells everybody why it is over, and waits until they have it, as
    /// long as `limit` allows.
    pub(super) async fn finish(mut self, reason: &str, limit: Duration, release: impl FnOnce()) {
        drop(self.listener.take());
        release();
        let last_words = async {
            // Nobody is told that they may ask again.
            for (id, (face, theirs)) in std::mem::take(&mut self.pending) {
                tracing::debug!(?id, "a request is not answered any more");
                let report = Report::Refused(format!("the node has ended: {reason}"));
                self.tell(face, Told::Report(theirs, report));
            }
            for (_, known) in std::mem::take(&mut self.table) {
                let _ = known.tell.send(Told::Ended(reason.to_owned())).await;
            }
            while self.tasks.join_next().await.is_some() {}
        };
        let _ = timeout(limit, last_words).await;
    }

    fn ask(&mut self, face: FaceId, id: RequestId, request: Request) -> FaceNews {
        let Some(known) = self.table.get_mut(&face) else {
            return FaceNews::Other;
        };
        if known.pending >= MAX_PENDING {
            let words = "too many requests are under way; wait for their answers".to_owned();
            self.tell(face, Told::Report(id, Report::Refused(words)));
            return FaceNews::Other;
        }
        known.pending += 1;
        if let Request::Watch = request {
            known.is_watching = true;
            for notice in std::mem::take(&mut self.unheard) {
                self.tell(face, Told::Notice(notice));
            }
        }
        let ours = RequestId(self.next_request);
        self.next_request += 1;
        self.pending.insert(ours, (face, id));
        FaceNews::Request(ours, request)
    }

    fn tell(&mut self, face: FaceId, told: Told) {
        let Some(known) = self.table.get_mut(&face) else {
            return;
        };
        // Nothing ends because a terminal stands still. Answers always find room.
        if matches!(told, Told::Notice(_)) && !known.has_room_for_notices() {
            return;
        }
        match known.tell.try_send(told) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Closed(_)) => self.remove(face),
            Err(mpsc::error::TrySendError::Full(_)) => {
                tracing::warn!(?face, "a face reads too slowly and is closed");
                self.remove(face);
            }
        }
    }

    /// Ends a face; what it has asked is not answered any more.
    fn remove(&mut self, face: FaceId) {
        self.pending.retain(|_, (asker, _)| *asker != face);
        if let Some(task) = self.table.remove(&face).and_then(|known| known.task) {
            task.abort();
        }
    }

    #[cfg(unix)]
    fn attach(&mut self, stream: tokio::net::UnixStream) {
        while self.tasks.try_join_next().is_some() {}
        if self.table.len() >= MAX_FACES {
            tracing::warn!("too many faces are attached");
            return;
        }
        let face = FaceId(self.next_face);
        self.next_face += 1;
        let (tell, told) = mpsc::channel(TOLD);
        let say = self.say.clone();
        let serving = super::socket::serve(face, stream, say, told);
        let mut known = Known::new(tell);
        known.task = Some(self.tasks.spawn(serving));
        self.table.insert(face, known);
    }

    #[cfg(not(unix))]
    fn attach(&mut self, stream: Listener) {
        match stream {}
    }
}

impl Known {
    fn new(tell: mpsc::Sender<Told>) -> Self {
        Self {
            tell,
            is_watching: false,
            pending: 0,
            missed: 0,
            task: None,
        }
    }

    /// Whether one more notice can be told and leave room for the answers that are due; if not, it is
    /// counted, and once there is room the person is told what is missing.
    fn has_room_for_notices(&mut self) -> bool {
        if self.tell.capacity() <= MAX_PENDING + 1 {
            self.missed += 1;
            return false;
        }
        if self.missed > 0 {
            let sentence = format!(
                "{} things were not shown here, because nothing was read for too long; what was said \
                 is in the history",
                self.missed
            );
            self.missed = 0;
            let _ = self.tell.try_send(Told::Notice(Notice::Warning(sentence)));
        }
        true
    }
}

#[cfg(unix)]
async fn accepted(listener: Option<&mut Listener>) -> tokio::net::UnixStream {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn accepted(_listener: Option<&mut Listener>) -> Listener {
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With an owner that has said nothing yet.
    fn owned() -> (
        Faces,
        mpsc::Sender<(RequestId, Request)>,
        mpsc::Receiver<Told>,
    ) {
        let (requests, asked) = mpsc::channel(REQUESTS);
        let (tell, told) = mpsc::channel(TOLD);
        let owner = Owner {
            requests: asked,
            tell,
        };
        (Faces::new(owner, None), requests, told)
    }

    #[test]
    fn what_nobody_heard_is_told_to_the_first_that_watches() {
        // [RS-3]: somebody asked to be a friend while only the node ran.
        let (mut faces, _requests, mut told) = owned();
        for number in 0..MAX_UNHEARD + 5 {
            faces.notice(&Notice::Warning(number.to_string()));
        }
        let mut take = || match told.try_recv() {
            Ok(Told::Notice(Notice::Warning(text))) => text,
            other => panic!("{other:?}"),
        };
        for number in 0..MAX_UNHEARD + 5 {
            assert_eq!(take(), number.to_string(), "its log has them");
        }
        faces.ask(OWNER, RequestId(1), Request::Watch);
        for number in 5..MAX_UNHEARD + 5 {
            assert_eq!(take(), number.to_string());
        }
        faces.notice(&Notice::Warning("new".into()));
        assert_eq!(take(), "new", "and nothing twice");
    }

    #[test]
    fn an_owner_that_stands_still_ends_nothing_and_hears_what_it_missed() {
        // [RS-11] [RS-22]: a terminal may be stopped for an hour.
        let (mut faces, _requests, mut told) = owned();
        let FaceNews::Request(watch, _) = faces.ask(OWNER, RequestId(1), Request::Watch) else {
            panic!("not asked");
        };
        for number in 0..TOLD * 2 {
            faces.notice(&Notice::Warning(number.to_string()));
        }
        assert!(faces.has_owner());
        faces.report(watch, Report::Done);
        assert!(faces.has_owner());
        let mut heard = 0;
        while let Ok(one) = told.try_recv() {
            heard += 1;
            if let Told::Report(id, _) = one {
                assert_eq!(id, RequestId(1), "the answer found room");
            }
        }
        assert!(heard < TOLD);
        faces.notice(&Notice::Warning("new".into()));
        let missed = told.try_recv().ok();
        let Some(Told::Notice(Notice::Warning(sentence))) = missed else {
            panic!("{missed:?}");
        };
        let count = TOLD * 2 - (heard - 1);
        assert!(sentence.starts_with(&count.to_string()), "{sentence}");
        let new = told.try_recv().ok();
        assert!(matches!(&new, Some(Told::Notice(Notice::Warning(text))) if text == "new"));
    }
}
