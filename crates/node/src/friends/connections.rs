//! All connections of the node: its orders are carried out here, what happens on them is told in
//! the order it happens.
//!
//! Nothing runs in between: the loop asks for the next [`News`], and what it does not ask for waits
//! in the sockets. A connection that is idle holds no buffer; those that are read and written share
//! two large ones.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use friends::{Closed, ConnectionId, Place};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use wire_retroshare::LocationId;

use super::session::{Progress, Session};
use super::tls::Tls;
use super::wire::{Buffers, Failure, Outgoing, Wire, dial};
use crate::table::{Table, flushed, lingered};

/// Bytes taken from a connection at a time: a file is not read in crumbs.
const READ_BYTES: usize = 256 * 1024;
/// Bytes that may lie before the node without it taking any: more than four of its largest items.
/// Who sends more is cut off.
const MAX_UNTAKEN: usize = 1024 * 1024 + READ_BYTES;
/// How long a caller may take for the handshake …
const ACCEPT_LIMIT: Duration = Duration::from_secs(10);
/// … and somebody we have called.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);
/// Connections that others have opened and that are not encrypted yet, at most: each costs an RSA
/// operation before it has shown anything. The node keeps 64 and gives up the oldest for a new one; this
/// is for those it has not looked at yet.
const MAX_STRANGERS: usize = 96;
/// The same from one address.
const MAX_STRANGERS_EACH: usize = 8;
/// How long what we sent may stay without an acknowledgement, where the system can be told: then a
/// cable is out, or we have another address, and the node calls anew [RS-10]. Hearts beat, so
/// something always is under way.
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNANSWERED: Duration = Duration::from_secs(30);
/// Bytes that the system takes and has not sent, where it can be told: what it has cannot be overtaken,
/// and it would take megabytes. At 1 Mbit/s this is an eighth of a second; with much less, a fast line
/// would rest while the next bytes are encrypted.
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNSENT: u32 = 16 * 1024;

/// What happens on a connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The handshake is done; this is the other side's certificate, whose key it holds.
    Secured(Bytes),
    /// There is more in its [`input`](Connections::input).
    Bytes,
    /// So many bytes are left that the socket has not taken.
    Unsent(usize),
    /// It is over and no longer in the table; what it had to say before is told.
    Closed(Closed),
}

pub(super) struct Connections {
    table: Table<ConnectionId, Connection>,
    /// `None`: nobody calls or is called.
    tls: Option<Tls>,
    buffers: Buffers,
    next_accepted: u64,
}

struct Connection {
    stage: Stage,
    /// Read and not yet taken by the node.
    input: BytesMut,
    /// There is something in `input` that the node was not told of.
    is_news: bool,
    outgoing: Outgoing,
    is_paused: bool,
    /// Who opened it, where others did and it is not encrypted yet.
    stranger: Option<IpAddr>,
    /// Whether anything was ever said by the other side.
    is_heard: bool,
    /// How it ended, behind what is in `input`.
    over: Option<Over>,
}

enum Over {
    /// They said goodbye, and may still read.
    Ended,
    /// Nobody is there to hear more, or to mind: real nodes and ours end so.
    Broken,
}

enum Stage {
    Dialling(
        Pin<Box<dyn Future<Output = Result<TcpStream, String>> + Send>>,
        LocationId,
    ),
    Shaking(Box<Wire>, Pin<Box<Sleep>>),
    Open(Box<Wire>),
    Over,
}

impl Connections {
    /// Takes up others' connections while there are fewer than `limit`.
    pub(super) fn new(tls: Option<Tls>, limit: usize) -> Self {
        Self {
            table: Table::new(limit),
            tls,
            buffers: Buffers::new(READ_BYTES),
            next_accepted: 1,
        }
    }

    /// Takes up a connection that others have opened; `None`: there are too many.
    pub(super) fn accept(&mut self, tcp: TcpStream, from: SocketAddr) -> Option<ConnectionId> {
        if !self.table.has_room() {
            return None;
        }
        let network = link::network(from.ip());
        let strangers = self.table.values().filter_map(|known| known.stranger);
        let (mut all, mut same) = (0, 0);
        for stranger in strangers {
            all += 1;
            same += usize::from(stranger == network);
        }
        if all >= MAX_STRANGERS || same >= MAX_STRANGERS_EACH {
            return None;
        }
        let session = self.tls.as_ref()?.accept().ok()?;
        let id = ConnectionId(self.next_accepted);
        self.next_accepted += 2;
        let stage = Stage::shake(tcp, session, ACCEPT_LIMIT);
        let mut connection = Connection::new(stage);
        connection.stranger = Some(network);
        self.table.insert(id, connection);
        Some(id)
    }

    /// Opens a connection: [`News::Secured`] or [`News::Closed`] follows.
    pub(super) fn connect(&mut self, id: ConnectionId, location: LocationId, to: Place) {
        let stage = Stage::Dialling(Box::pin(dial(to)), location);
        self.table.insert(id, Connection::new(stage));
    }

    pub(super) fn send(&mut self, id: ConnectionId, bytes: Bytes) {
        if let Some(connection) = self.table.get_mut(id)
            && !bytes.is_empty()
        {
            connection.outgoing.push(bytes);
        }
    }

    /// Sends what is queued, closes, and tells nothing more.
    pub(super) fn close(&mut self, id: ConnectionId) {
        if let Some(farewell) = self.table.remove(id).and_then(farewell) {
            self.table.part(farewell);
        }
    }

    /// Drops what goes by addresses that are no longer this machine's, and tells which that were: nothing
    /// will come there any more, and the system would take half a minute to notice. A caller's handshake
    /// is left to its deadline, as the node would blame the caller.
    pub(super) fn cut(&mut self, gone: &BTreeSet<IpAddr>) -> Vec<(ConnectionId, Closed)> {
        if gone.is_empty() {
            return Vec::new();
        }
        let cut = self.table.extract_if(|connection| match &connection.stage {
            Stage::Shaking(wire, _) if connection.stranger.is_none() => wire.is_at(gone),
            Stage::Open(wire) => wire.is_at(gone),
            Stage::Dialling(..) | Stage::Shaking(..) | Stage::Over => false,
        });
        let why = |connection: &Connection| match connection.stage {
            Stage::Open(_) => Closed::Ended,
            Stage::Dialling(..) | Stage::Shaking(..) | Stage::Over => {
                Closed::Unreachable("this machine has another address now".into())
            }
        };
        cut.map(|(id, connection)| (id, why(&connection))).collect()
    }

    /// Ends all connections at once, without what is queued.
    pub(super) fn abort_all(&mut self) {
        self.table.clear();
    }

    /// Stops reading, or goes on. `true`: there is input that the node has left.
    pub(super) fn pause(&mut self, id: ConnectionId, is_paused: bool) -> bool {
        self.table.get_mut(id).is_some_and(|connection| {
            connection.is_paused = is_paused;
            !is_paused && !connection.input.is_empty()
        })
    }

    /// What was read from a connection and is not taken yet.
    pub(super) fn input(&mut self, id: ConnectionId) -> Option<&mut BytesMut> {
        self.table
            .get_mut(id)
            .map(|connection| &mut connection.input)
    }

    /// The next thing that happens; for ever silent if there are no connections. Can be dropped and
    /// called again.
    pub(super) async fn next(&mut self) -> (ConnectionId, News) {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// Closes all connections and waits until their last words are sent, as long as `limit` allows.
    pub(super) async fn finish(self, limit: Duration) {
        self.table.finish(limit, farewell).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(ConnectionId, News)> {
        let Self {
            table,
            buffers,
            tls,
            ..
        } = self;
        let (id, news) =
            ready!(table.poll_next(|connection| connection.poll(cx, buffers, tls.as_ref())));
        if let News::Closed(_) = &news {
            // If it was ended properly, the other side may still read what was on its way to it.
            self.close(id);
        }
        Poll::Ready((id, news))
    }
}

impl Stage {
    fn shake(tcp: TcpStream, session: Session, limit: Duration) -> Self {
        // What people type goes out at once.
        let _ = tcp.set_nodelay(true);
        #[cfg(any(target_os = "android", target_os = "linux"))]
        {
            let socket = socket2::SockRef::from(&tcp);
            let _ = socket.set_tcp_user_timeout(Some(UNANSWERED));
            let _ = socket.set_tcp_notsent_lowat(UNSENT);
        }
        Self::Shaking(Box::new(Wire::new(tcp, session)), Box::pin(sleep(limit)))
    }
}

impl Connection {
    fn new(stage: Stage) -> Self {
        Self {
            stage,
            input: BytesMut::new(),
            is_news: false,
            outgoing: Outgoing::default(),
            is_paused: false,
            stranger: None,
            is_heard: false,
            over: None,
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        buffers: &mut Buffers,
        tls: Option<&Tls>,
    ) -> Poll<News> {
        match &mut self.stage {
            Stage::Dialling(attempt, location) => {
                let dialled = ready!(attempt.as_mut().poll(cx));
                let called = dialled.and_then(|tcp| {
                    let tls = tls.ok_or("this node only keeps records")?;
                    let session = tls.connect(*location).map_err(|error| error.to_string())?;
                    Ok(Stage::shake(tcp, session, CONNECT_LIMIT))
                });
                match called {
                    Ok(stage) => self.stage = stage,
                    Err(error) => return self.fail(Closed::Unreachable(error)),
                }
                self.poll_shaking(cx, buffers)
            }
            Stage::Shaking(..) => self.poll_shaking(cx, buffers),
            Stage::Open(_) => self.poll_open(cx, buffers),
            Stage::Over => Poll::Pending,
        }
    }

    fn poll_shaking(&mut self, cx: &mut Context<'_>, buffers: &mut Buffers) -> Poll<News> {
        let Stage::Shaking(wire, limit) = &mut self.stage else {
            return Poll::Pending;
        };
        let shaken = match wire.poll_shake(&mut self.input, &mut self.outgoing, buffers, cx) {
            Poll::Pending => {
                ready!(limit.as_mut().poll(cx));
                Err(Failure::Silent)
            }
            Poll::Ready(shaken) => shaken,
        };
        let shown = match shaken {
            Ok(()) => wire.session.certificate().ok_or(Failure::Gone),
            Err(failure) => Err(failure),
        };
        let certificate = match shown {
            Ok(shown) => Bytes::copy_from_slice(shown),
            Err(failure) => return self.fail(failure.closed()),
        };
        self.stranger = None;
        self.is_heard = !self.input.is_empty();
        self.is_news = self.is_heard;
        if let Stage::Shaking(wire, _) = std::mem::replace(&mut self.stage, Stage::Over) {
            self.stage = Stage::Open(wire);
        }
        Poll::Ready(News::Secured(certificate))
    }

    fn poll_open(&mut self, cx: &mut Context<'_>, buffers: &mut Buffers) -> Poll<News> {
        let Stage::Open(wire) = &mut self.stage else {
            return Poll::Pending;
        };
        if !self.outgoing.is_empty() {
            match wire.poll_send(&mut self.outgoing, buffers, cx) {
                Poll::Ready(Ok(())) => return Poll::Ready(News::Unsent(self.outgoing.len())),
                // What the other side said before it went is still to be read.
                Poll::Ready(Err(_)) => self.outgoing = Outgoing::default(),
                Poll::Pending => {}
            }
        }
        if self.is_paused {
            return Poll::Pending;
        }
        if std::mem::take(&mut self.is_news) {
            return Poll::Ready(News::Bytes);
        }
        while self.over.is_none() {
            let before = self.input.len();
            let read = ready!(wire.poll_receive(&mut self.input, &mut self.outgoing, buffers, cx));
            let is_more = self.input.len() > before;
            self.is_heard |= is_more;
            self.over = match read {
                Ok(Progress::Shaking | Progress::Open) if self.input.len() > MAX_UNTAKEN => {
                    Some(Over::Broken)
                }
                Ok(Progress::Shaking | Progress::Open) => None,
                Ok(Progress::Ended) => Some(Over::Ended),
                Err(_) => Some(Over::Broken),
            };
            if is_more {
                return Poll::Ready(News::Bytes);
            }
        }
        if let Some(Over::Broken) = self.over {
            self.stage = Stage::Over;
        }
        // Who goes without having said anything has looked at our certificate and does not want us.
        Poll::Ready(News::Closed(match self.is_heard {
            true => Closed::Ended,
            false => Closed::Refused,
        }))
    }

    /// Over before it was open.
    fn fail(&mut self, why: Closed) -> Poll<News> {
        self.stage = Stage::Over;
        Poll::Ready(News::Closed(why))
    }
}

/// The last words of one that is open.
fn farewell(connection: Connection) -> Option<impl Future<Output = ()> + Send> {
    match connection.stage {
        Stage::Open(wire) => Some(say_farewell(wire, connection.outgoing)),
        Stage::Dialling(..) | Stage::Shaking(..) | Stage::Over => None,
    }
}

/// Sends what is queued, ends our side, and waits for the other's end.
///
/// It is TCP's end, without TLS' own goodbye before it: a RetroShare node that reads one keeps the link for
/// up to fifteen seconds, shows us as online, and what its person says then is lost. Nothing rests
/// on that goodbye: an item says how long it is, and that we go offline is an item.
async fn say_farewell(mut wire: Box<Wire>, mut outgoing: Outgoing) {
    let mut buffers = Buffers::new(0);
    let words = poll_fn(|cx| {
        // What still comes is thrown away, so that it does not block the other side's own writing.
        let _ = wire.poll_drain(cx);
        while !outgoing.is_empty() {
            ready!(wire.poll_send(&mut outgoing, &mut buffers, cx))?;
        }
        wire.poll_shutdown(cx)
    });
    if flushed(words).await {
        lingered(poll_fn(|cx| wire.poll_drain(cx))).await;
    }
}

#[cfg(test)]
mod tests;
