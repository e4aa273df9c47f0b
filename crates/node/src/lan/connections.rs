//! All connections of the node: its orders are carried out here, what happens on them is told in
//! the order it happens.
//!
//! Nothing runs in between: the loop asks for the next [`News`], and what it does not ask for waits
//! in the sockets. So a node that is busy reads slowly, and no queue grows.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use lan::{ConnectionId, TlsRole};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::tls::Tls;
use super::wire::{Wire, connect};
use crate::table::{Table, flushed, lingered};
use crate::words;

/// Bytes taken from a connection at a time: a file is not read in crumbs.
const READ_BYTES: usize = 64 * 1024;
/// Bytes that may lie before the node without it taking any: more than its largest stanza. Who sends
/// more is cut off.
const MAX_UNTAKEN: usize = 1024 * 1024;
/// How long TLS may take to stand.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// What happens on a connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// It stands.
    Connected,
    /// There is more in its [`input`](Connections::input).
    Bytes,
    /// The socket has taken so many bytes.
    Sent(usize),
    /// TLS stands; the other side's certificate has this SHA-256.
    Tls([u8; 32]),
    /// It is over and no longer in the table; what it had to say before is told.
    Closed(Option<String>),
}

pub(super) struct Connections {
    table: Table<ConnectionId, Connection>,
    tls: Tls,
    scratch: Box<[u8]>,
    accepted: u64,
}

struct Connection {
    stage: Stage,
    /// Read and not yet taken by the node.
    input: BytesMut,
    queue: VecDeque<Queued>,
    /// Written, but perhaps still inside TLS.
    unflushed: usize,
    is_paused: bool,
    starts_tls: bool,
    write_error: Option<String>,
}

enum Stage {
    Connecting(Attempt<Result<Wire, String>>),
    Open(Wire),
    Handshaking(Attempt<Result<(Wire, [u8; 32]), String>>),
    Over,
}

type Attempt<T> = Pin<Box<dyn Future<Output = T> + Send>>;

enum Queued {
    Bytes(Bytes),
    StartTls(TlsRole),
}

impl Connections {
    /// Takes up others' connections while there are fewer than `limit`.
    pub(super) fn new(tls: Tls, limit: usize) -> Self {
        Self {
            table: Table::new(limit),
            tls,
            scratch: vec![0; READ_BYTES].into(),
            accepted: 0,
        }
    }

    /// Takes up a connection that others have opened; `None`: there are too many.
    pub(super) fn accept(&mut self, tcp: TcpStream) -> Option<ConnectionId> {
        if !self.table.has_room() {
            return None;
        }
        let id = ConnectionId(self.accepted);
        self.accepted += 1;
        let stage = Stage::Open(Wire::plain(tcp));
        self.table.insert(id, Connection::new(stage));
        Some(id)
    }

    /// Opens a connection: [`News::Connected`] or [`News::Closed`] follows.
    pub(super) fn connect(
        &mut self,
        id: ConnectionId,
        interface: u32,
        from: Option<IpAddr>,
        to: SocketAddr,
    ) {
        let stage = Stage::Connecting(Box::pin(connect(interface, from, to)));
        self.table.insert(id, Connection::new(stage));
    }

    pub(super) fn send(&mut self, id: ConnectionId, bytes: Bytes) {
        if let Some(connection) = self.table.get_mut(id)
            && !bytes.is_empty()
        {
            connection.queue.push_back(Queued::Bytes(bytes));
        }
    }

    /// Begins TLS behind what was sent before: [`News::Tls`] or [`News::Closed`] follows. What lies
    /// in the [`input`](Self::input) belongs to it.
    pub(super) fn start_tls(&mut self, id: ConnectionId, role: TlsRole) {
        if let Some(connection) = self.table.get_mut(id) {
            connection.starts_tls = true;
            connection.queue.push_back(Queued::StartTls(role));
        }
    }

    /// Sends what is queued, closes, and tells nothing more.
    pub(super) fn close(&mut self, id: ConnectionId) {
        if let Some(farewell) = self.table.remove(id).and_then(farewell) {
            self.table.part(farewell);
        }
    }

    /// Drops a connection: without its proper end, the other side's TLS reports an error.
    pub(super) fn abort(&mut self, id: ConnectionId) {
        self.table.remove(id);
    }

    /// Stops reading, or goes on. `true`: there is input that the node has left.
    pub(super) fn pause(&mut self, id: ConnectionId, is_paused: bool) -> bool {
        self.table.get_mut(id).is_some_and(|connection| {
            connection.is_paused = is_paused;
            !is_paused && !connection.starts_tls && !connection.input.is_empty()
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
            scratch,
            tls,
            ..
        } = self;
        let (id, news) = ready!(table.poll_next(|connection| connection.poll(cx, scratch, tls)));
        match &news {
            // The other side has ended, but may still read what was on its way to it.
            News::Closed(None) => self.close(id),
            News::Closed(Some(_)) => self.abort(id),
            News::Connected | News::Bytes | News::Sent(_) | News::Tls(_) => {}
        }
        Poll::Ready((id, news))
    }
}

impl Connection {
    fn new(stage: Stage) -> Self {
        Self {
            stage,
            input: BytesMut::new(),
            queue: VecDeque::new(),
            unflushed: 0,
            is_paused: false,
            starts_tls: false,
            write_error: None,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, scratch: &mut [u8], tls: &Tls) -> Poll<News> {
        match &mut self.stage {
            Stage::Connecting(attempt) => match ready!(attempt.as_mut().poll(cx)) {
                Ok(wire) => {
                    self.stage = Stage::Open(wire);
                    Poll::Ready(News::Connected)
                }
                Err(error) => self.end(Some(error)),
            },
            Stage::Handshaking(attempt) => match ready!(attempt.as_mut().poll(cx)) {
                Ok((wire, fingerprint)) => {
                    self.stage = Stage::Open(wire);
                    self.starts_tls = false;
                    Poll::Ready(News::Tls(fingerprint))
                }
                Err(error) => self.end(Some(error)),
            },
            Stage::Open(_) => self.poll_open(cx, scratch, tls),
            Stage::Over => Poll::Pending,
        }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>, scratch: &mut [u8], tls: &Tls) -> Poll<News> {
        let Stage::Open(wire) = &mut self.stage else {
            return Poll::Pending;
        };
        match poll_send(wire, &mut self.queue, &mut self.unflushed, cx) {
            Poll::Ready(Ok(0)) | Poll::Pending => {}
            Poll::Ready(Ok(count)) => return Poll::Ready(News::Sent(count)),
            Poll::Ready(Err(error)) => {
                // What the other side said before it went is still to be read.
                self.write_error.get_or_insert(words(&error));
                self.queue.clear();
                self.unflushed = 0;
            }
        }
        if self.starts_tls {
            return match self.queue.front() {
                Some(Queued::StartTls(role)) if self.unflushed == 0 => {
                    let role = *role;
                    self.queue.pop_front();
                    self.shake_hands(role, tls.clone());
                    self.poll(cx, scratch, tls)
                }
                Some(_) => Poll::Pending,
                // Sending has failed, so that TLS cannot begin.
                None => {
                    let error = self.write_error.take();
                    self.end(error)
                }
            };
        }
        if self.is_paused {
            return Poll::Pending;
        }
        match ready!(wire.poll_read(cx, scratch)) {
            Ok(0) => {
                let error = self.write_error.take();
                self.end(error)
            }
            Ok(count) => {
                if self.input.len() + count > MAX_UNTAKEN {
                    return self.end(Some("the other side sends too much at once".into()));
                }
                let (read, _) = scratch.split_at(count);
                self.input.extend_from_slice(read);
                Poll::Ready(News::Bytes)
            }
            Err(error) => {
                let error = self.write_error.take().unwrap_or(words(&error));
                self.end(Some(error))
            }
        }
    }

    /// Without an error the wire stays, for the farewell.
    fn end(&mut self, error: Option<String>) -> Poll<News> {
        if error.is_some() {
            self.stage = Stage::Over;
        }
        Poll::Ready(News::Closed(error))
    }

    fn shake_hands(&mut self, role: TlsRole, tls: Tls) {
        let already_read = self.input.split();
        self.stage = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Open(Wire::Plain(tcp)) => Stage::Handshaking(Box::pin(async move {
                let handshake = tls.start(role, already_read, tcp);
                match timeout(HANDSHAKE_LIMIT, handshake).await {
                    Ok(Ok((stream, fingerprint))) => Ok((Wire::Tls(Box::new(stream)), fingerprint)),
                    Ok(Err(error)) => Err(format!("no encryption: {}", words(&error))),
                    Err(_) => Err("no encryption: the other side does not answer".into()),
                }
            })),
            // In TLS already: the order makes no sense, and going on in the old one would hide that.
            Stage::Open(Wire::Tls(_))
            | Stage::Connecting(_)
            | Stage::Handshaking(_)
            | Stage::Over => Stage::Handshaking(Box::pin(async {
                Err("no encryption: it was begun before".into())
            })),
        };
    }
}

/// Writes what is queued before TLS is to begin. How many bytes the socket has taken since the last
/// time; 0: there was nothing to do.
fn poll_send(
    wire: &mut Wire,
    queue: &mut VecDeque<Queued>,
    unflushed: &mut usize,
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    // Piece by piece: what TLS holds and the socket has not taken is not told as sent, so nothing that
    // may have arrived must lie in there beside it.
    if *unflushed == 0
        && let Some(Queued::Bytes(bytes)) = queue.front_mut()
    {
        match wire.poll_write(cx, bytes) {
            Poll::Ready(Ok(count)) => {
                *unflushed += count;
                bytes.advance(count);
                if bytes.is_empty() {
                    queue.pop_front();
                }
            }
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => {}
        }
    }
    if *unflushed > 0 {
        ready!(wire.poll_flush(cx))?;
    }
    Poll::Ready(Ok(std::mem::take(unflushed)))
}

/// The last words of one that is open.
fn farewell(connection: Connection) -> Option<impl Future<Output = ()> + Send> {
    match connection.stage {
        Stage::Open(wire) => Some(say_farewell(wire, connection.queue)),
        Stage::Connecting(_) | Stage::Handshaking(_) | Stage::Over => None,
    }
}

/// Sends what is queued, ends our side, and waits for the other's end.
async fn say_farewell(mut wire: Wire, mut queue: VecDeque<Queued>) {
    // Begun and not finished: what was meant for TLS is not said in the clear.
    let clear = queue
        .iter()
        .position(|queued| matches!(queued, Queued::StartTls(_)));
    queue.truncate(clear.unwrap_or(queue.len()));
    let mut sink = [0; 4096];
    let mut is_ended = false;
    // What still comes is thrown away, so that it does not block the other side's own writing.
    let mut drain = |wire: &mut Wire, cx: &mut Context<'_>| {
        while !is_ended {
            match ready!(wire.poll_read(cx, &mut sink)) {
                Ok(0) | Err(_) => is_ended = true,
                Ok(_) => {}
            }
        }
        Poll::Ready(())
    };
    let mut unflushed = 0;
    let words = poll_fn(|cx| {
        let _ = drain(&mut wire, cx);
        while !queue.is_empty() || unflushed > 0 {
            if ready!(poll_send(&mut wire, &mut queue, &mut unflushed, cx))? == 0 {
                return Poll::Pending;
            }
        }
        wire.poll_shutdown(cx)
    });
    if flushed(words).await {
        lingered(poll_fn(|cx| drain(&mut wire, cx))).await;
    }
}

#[cfg(test)]
mod tests;
