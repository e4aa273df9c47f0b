//! All connections of the node: its orders are carried out here, what happens on them is told in
//! the order it happens.
//!
//! Nothing runs in between: the loop asks for the next [`News`], and what it does not ask for waits
//! in the sockets. A connection that is idle holds no buffer; those that are read and written share
//! two large ones.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::ops::Bound;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use friends::{Closed, ConnectionId, Place};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep, timeout};
use wire_retroshare::LocationId;

use super::session::{Progress, Session};
use super::tls::Tls;
use super::wire::{Buffers, Failure, Outgoing, Wire, dial};

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
/// How long the last words may take to be sent.
const FLUSH_LIMIT: Duration = Duration::from_secs(2);
/// How long to wait for the other side's end after our own: to close before that could destroy our
/// last words by a reset.
const LINGER_LIMIT: Duration = Duration::from_secs(1);
/// How long what we sent may stay without an acknowledgement, where the system can be told: then a
/// cable is out, or we have another address, and the node calls anew [RS-10]. Hearts beat, so
/// something always is under way.
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNANSWERED: Duration = Duration::from_secs(30);

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
    table: BTreeMap<ConnectionId, Connection>,
    farewells: JoinSet<()>,
    /// At once, those that are being closed included.
    limit: usize,
    /// `None`: nobody calls or is called.
    tls: Option<Tls>,
    buffers: Buffers,
    /// Whose turn it was: the next one is asked first.
    turn: ConnectionId,
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
    /// There is nobody to say goodbye to.
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
            table: BTreeMap::new(),
            farewells: JoinSet::new(),
            limit,
            tls,
            buffers: Buffers::new(READ_BYTES),
            turn: ConnectionId(0),
            next_accepted: 1,
        }
    }

    /// Takes up a connection that others have opened; `None`: there are too many.
    pub(super) fn accept(&mut self, tcp: TcpStream, from: SocketAddr) -> Option<ConnectionId> {
        while self.farewells.try_join_next().is_some() {}
        if self.table.len() + self.farewells.len() >= self.limit {
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
        if let Some(connection) = self.table.get_mut(&id)
            && !bytes.is_empty()
        {
            connection.outgoing.push(bytes);
        }
    }

    /// Sends what is queued, closes, and tells nothing more.
    pub(super) fn close(&mut self, id: ConnectionId) {
        if let Some(connection) = self.table.remove(&id) {
            self.say_farewell(connection);
        }
    }

    /// Ends all connections at once, without what is queued.
    pub(super) fn abort_all(&mut self) {
        self.table.clear();
    }

    /// Stops reading, or goes on. `true`: there is input that the node has left.
    pub(super) fn pause(&mut self, id: ConnectionId, is_paused: bool) -> bool {
        self.table.get_mut(&id).is_some_and(|connection| {
            connection.is_paused = is_paused;
            !is_paused && !connection.input.is_empty()
        })
    }

    /// What was read from a connection and is not taken yet.
    pub(super) fn input(&mut self, id: ConnectionId) -> Option<&mut BytesMut> {
        self.table
            .get_mut(&id)
            .map(|connection| &mut connection.input)
    }

    /// The next thing that happens; for ever silent if there are no connections. Can be dropped and
    /// called again.
    pub(super) async fn next(&mut self) -> (ConnectionId, News) {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// Closes all connections and waits until their last words are sent, as long as `limit` allows.
    pub(super) async fn finish(mut self, limit: Duration) {
        for (_, connection) in std::mem::take(&mut self.table) {
            self.say_farewell(connection);
        }
        let farewells = async { while self.farewells.join_next().await.is_some() {} };
        let _ = timeout(limit, farewells).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(ConnectionId, News)> {
        let Self {
            table,
            buffers,
            tls,
            turn,
            ..
        } = self;
        let later = (Bound::Excluded(*turn), Bound::Unbounded);
        let mut found = None;
        for (id, connection) in table.range_mut(later) {
            if let Poll::Ready(news) = connection.poll(cx, buffers, tls.as_ref()) {
                found = Some((*id, news));
                break;
            }
        }
        if found.is_none() {
            for (id, connection) in table.range_mut(..=*turn) {
                if let Poll::Ready(news) = connection.poll(cx, buffers, tls.as_ref()) {
                    found = Some((*id, news));
                    break;
                }
            }
        }
        let Some((id, news)) = found else {
            return Poll::Pending;
        };
        self.turn = id;
        if let News::Closed(_) = &news
            && let Some(connection) = self.table.remove(&id)
        {
            // If it was ended properly, the other side may still read what was on its way to it.
            self.say_farewell(connection);
        }
        Poll::Ready((id, news))
    }

    fn say_farewell(&mut self, connection: Connection) {
        while self.farewells.try_join_next().is_some() {}
        if let Stage::Open(_) = connection.stage
            && self.farewells.len() < self.limit
        {
            self.farewells.spawn(farewell(connection));
        }
    }
}

impl Stage {
    fn shake(tcp: TcpStream, session: Session, limit: Duration) -> Self {
        // What people type goes out at once.
        let _ = tcp.set_nodelay(true);
        #[cfg(any(target_os = "android", target_os = "linux"))]
        let _ = socket2::SockRef::from(&tcp).set_tcp_user_timeout(Some(UNANSWERED));
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

/// Sends what is queued, ends our side, and waits for the other's end.
async fn farewell(connection: Connection) {
    let Connection {
        stage: Stage::Open(mut wire),
        mut outgoing,
        ..
    } = connection
    else {
        return;
    };
    let mut buffers = Buffers::new(0);
    let mut is_said = false;
    let flushed = poll_fn(|cx| {
        // What still comes is thrown away, so that it does not block the other side's own writing.
        let _ = wire.poll_drain(cx);
        loop {
            while !outgoing.is_empty() {
                ready!(wire.poll_send(&mut outgoing, &mut buffers, cx))?;
            }
            if std::mem::replace(&mut is_said, true) {
                return wire.poll_shutdown(cx);
            }
            wire.say_goodbye(&mut outgoing, &mut buffers);
        }
    });
    if let Ok(Ok(())) = timeout(FLUSH_LIMIT, flushed).await {
        let _ = timeout(LINGER_LIMIT, poll_fn(|cx| wire.poll_drain(cx))).await;
    }
}

#[cfg(test)]
mod tests;
