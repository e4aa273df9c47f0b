//! One connection's bytes: TCP below, TLS above, large pieces between.

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use friends::{Closed, Place};
use rustls::AlertDescription;
use tokio::io::AsyncWrite;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::session::{Progress, Session, SessionError};
use crate::words;

/// How long TCP may take to stand.
const DIAL_LIMIT: Duration = Duration::from_secs(5);
/// Addresses of one host that are tried, at most.
const MAX_RESOLVED: usize = 4;
/// Bytes that a session may leave before what is read next: a part of a record, or of a handshake
/// message, which has 64 KiB at most.
const MAX_PARTIAL: usize = 128 * 1024;
/// Bytes encrypted at a time: as many as a socket takes at once, or nearly.
const WRITE_BYTES: usize = 256 * 1024;
/// Pieces shorter than this are joined before they are encrypted, up to [`RECORD`]: a record for each
/// would cost more than the copy.
const SHORT: usize = 2048;
/// What TLS carries in one record.
const RECORD: usize = 16 * 1024;

/// TCP and the TLS session on it.
pub(super) struct Wire {
    tcp: TcpStream,
    pub(super) session: Session,
    is_begun: bool,
}

/// What is to be sent.
#[derive(Default)]
pub(super) struct Outgoing {
    queue: VecDeque<Bytes>,
    /// Bytes in `queue`.
    queued: usize,
    /// Encrypted, and not taken by the socket but for the first `taken` bytes.
    backlog: Vec<u8>,
    taken: usize,
}

/// Shared by all connections while they are read and written.
pub(super) struct Buffers {
    read: Box<[u8]>,
    short: Vec<u8>,
    write: Vec<u8>,
}

/// Why a handshake came to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// Their end.
    Gone,
    /// The system says no.
    Io(io::Error),
    /// TLS says no, here or there.
    Session(SessionError),
    /// Nobody went on in time.
    Silent,
}

impl Failure {
    /// The same as the node has it.
    pub(super) fn closed(self) -> Closed {
        let why = match self {
            Self::Session(SessionError::Alert(alert)) if is_about_us(alert) => {
                return Closed::Refused;
            }
            Self::Session(error @ SessionError::Alert(_)) => format!("no encryption: {error}"),
            Self::Session(error @ SessionError::OtherLocation) => error.to_string(),
            Self::Session(error @ SessionError::Tls(_)) => format!("no encryption: {error}"),
            Self::Gone => "no encryption: the other side hung up".into(),
            Self::Io(error) => format!("no encryption: {}", words(&error)),
            Self::Silent => "no encryption: the other side does not answer".into(),
        };
        Closed::Unreachable(why)
    }
}

/// Whether an alert says that we are not wanted, and not that encryption failed. OpenSSL answers a
/// certificate that its program refuses with any of several.
fn is_about_us(alert: AlertDescription) -> bool {
    !matches!(
        alert,
        AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity
            | AlertDescription::DecodeError
            | AlertDescription::IllegalParameter
            | AlertDescription::InternalError
            | AlertDescription::RecordOverflow
            | AlertDescription::UnexpectedMessage
    )
}

impl Outgoing {
    pub(super) fn push(&mut self, bytes: Bytes) {
        self.queued += bytes.len();
        self.queue.push_back(bytes);
    }

    /// Bytes that the socket has not taken.
    pub(super) fn len(&self) -> usize {
        self.queued + self.rest().len()
    }

    /// What is encrypted and not taken by the socket.
    fn rest(&self) -> &[u8] {
        self.backlog.get(self.taken..).unwrap_or_default()
    }

    fn forget_rest(&mut self) {
        self.backlog = Vec::new();
        self.taken = 0;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Encrypts as much as a socket takes at once.
    fn encrypt(
        &mut self,
        session: &mut Session,
        buffers: &mut Buffers,
    ) -> Result<(), SessionError> {
        let Buffers { short, write, .. } = buffers;
        while write.len() + RECORD <= WRITE_BYTES
            && let Some(piece) = self.queue.front_mut()
        {
            if piece.len() >= SHORT {
                let count = piece
                    .len()
                    .min((WRITE_BYTES - write.len()) / RECORD * RECORD);
                session.send(&piece.split_to(count), write)?;
                self.queued -= count;
                if piece.is_empty() {
                    self.queue.pop_front();
                }
                continue;
            }
            short.clear();
            while let Some(next) = self.queue.front()
                && next.len() < SHORT
                && short.len() + next.len() <= RECORD
            {
                short.extend_from_slice(next);
                self.queue.pop_front();
            }
            session.send(short, write)?;
            self.queued -= short.len();
        }
        Ok(())
    }
}

impl Buffers {
    /// For reading so many bytes at a time.
    pub(super) fn new(read: usize) -> Self {
        Self {
            read: vec![0; MAX_PARTIAL + read].into(),
            short: Vec::new(),
            write: Vec::new(),
        }
    }
}

impl Wire {
    pub(super) fn new(tcp: TcpStream, session: Session) -> Self {
        Self {
            tcp,
            session,
            is_begun: false,
        }
    }

    /// Whether our end has one of these addresses.
    pub(super) fn is_at(&self, addresses: &BTreeSet<IpAddr>) -> bool {
        let ours = self.tcp.local_addr();
        ours.is_ok_and(|ours| addresses.contains(&ours.ip()))
    }

    /// The handshake. What comes right behind it goes to `input`.
    pub(super) fn poll_shake(
        &mut self,
        input: &mut BytesMut,
        outgoing: &mut Outgoing,
        buffers: &mut Buffers,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Failure>> {
        if !std::mem::replace(&mut self.is_begun, true) {
            buffers.write.clear();
            let begun = self.session.receive(&mut [], input, &mut buffers.write);
            outgoing.backlog.extend_from_slice(&buffers.write);
            begun.map_err(Failure::Session)?;
        }
        loop {
            if let Poll::Ready(Err(_)) = self.poll_flush_all(outgoing, cx) {
                // They may have said why before they went.
                outgoing.forget_rest();
            }
            match ready!(self.poll_receive(input, outgoing, buffers, cx))? {
                Progress::Shaking => {}
                Progress::Open => return Poll::Ready(Ok(())),
                Progress::Ended => return Poll::Ready(Err(Failure::Gone)),
            }
        }
    }

    /// Reads once.
    pub(super) fn poll_receive(
        &mut self,
        input: &mut BytesMut,
        outgoing: &mut Outgoing,
        buffers: &mut Buffers,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Progress, Failure>> {
        let partial = self.session.partial().len();
        let count = loop {
            ready!(self.tcp.poll_read_ready(cx)).map_err(Failure::Io)?;
            let Some(room) = buffers
                .read
                .get_mut(partial..)
                .filter(|_| partial <= MAX_PARTIAL)
            else {
                let why = "a record without end".into();
                return Poll::Ready(Err(Failure::Session(SessionError::Tls(why))));
            };
            match self.tcp.try_read(room) {
                Ok(0) => return Poll::Ready(Err(Failure::Gone)),
                Ok(count) => break partial + count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(Failure::Io(error))),
            }
        };
        // Room for all at once, or it would be copied again and again while it grows.
        input.reserve(count);
        let Buffers { read, write, .. } = buffers;
        let (records, _) = read.split_at_mut(count);
        records[..partial].copy_from_slice(self.session.partial());
        write.clear();
        let progress = self.session.receive(records, input, write);
        if !write.is_empty() {
            outgoing.backlog.extend_from_slice(write);
            // TLS's own words go out at once: after an error there is no other time for them.
            let _ = self.poll_flush_all(outgoing, cx);
        }
        Poll::Ready(progress.map_err(Failure::Session))
    }

    /// Sends a large piece, if there is anything to send.
    pub(super) fn poll_send(
        &mut self,
        outgoing: &mut Outgoing,
        buffers: &mut Buffers,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if !outgoing.rest().is_empty() {
            ready!(self.poll_flush(outgoing, cx))?;
            if outgoing.backlog.is_empty() {
                // An idle connection holds no buffer.
                let buffer = std::mem::take(&mut outgoing.backlog);
                if buffers.write.capacity() == 0 {
                    buffers.write = buffer;
                }
            }
            return Poll::Ready(Ok(()));
        }
        // Nothing is encrypted that would only lie about.
        ready!(self.tcp.poll_write_ready(cx))?;
        buffers.write.clear();
        outgoing
            .encrypt(&mut self.session, buffers)
            .map_err(io::Error::other)?;
        let taken = match self.tcp.try_write(&buffers.write) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Poll::Ready(Err(error)),
        };
        if taken < buffers.write.len() {
            // It changes hands, as copying most of what is sent would cost more than another buffer.
            outgoing.backlog = std::mem::take(&mut buffers.write);
            outgoing.taken = taken;
        }
        if taken == 0 {
            ready!(self.poll_flush(outgoing, cx))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Ends our side of TCP.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }

    /// Throws away what comes, until their end.
    pub(super) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut sink = [0; 4096];
        loop {
            if ready!(self.tcp.poll_read_ready(cx)).is_err() {
                return Poll::Ready(());
            }
            match self.tcp.try_read(&mut sink) {
                Ok(0) => return Poll::Ready(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Poll::Ready(()),
            }
        }
    }

    /// Lets the socket take all that is encrypted.
    fn poll_flush_all(
        &mut self,
        outgoing: &mut Outgoing,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !outgoing.rest().is_empty() {
            ready!(self.poll_flush(outgoing, cx))?;
        }
        outgoing.backlog = Vec::new();
        Poll::Ready(Ok(()))
    }

    /// Lets the socket take some of what is encrypted.
    fn poll_flush(
        &mut self,
        outgoing: &mut Outgoing,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.tcp.poll_write_ready(cx))?;
            match self.tcp.try_write(outgoing.rest()) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    outgoing.taken += count;
                    if outgoing.rest().is_empty() {
                        outgoing.backlog.clear();
                        outgoing.taken = 0;
                    }
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// Connects by TCP. An error is a sentence for people.
pub(super) async fn dial(to: Place) -> Result<TcpStream, String> {
    let addresses = match &to {
        Place::Address(address) => vec![*address],
        Place::Host(name, port) => resolve(name, *port).await?,
    };
    let mut last = "no connection: the host has no address".to_owned();
    for address in addresses {
        match timeout(DIAL_LIMIT, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => last = format!("no connection to {address}: {}", words(&error)),
            Err(_) => last = format!("no connection to {address}: nobody answers"),
        }
    }
    Err(last)
}

async fn resolve(name: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    match timeout(DIAL_LIMIT, lookup_host((name, port))).await {
        Ok(Ok(found)) => Ok(found.take(MAX_RESOLVED).collect()),
        Ok(Err(error)) => Err(format!("{name} is not known: {}", words(&error))),
        Err(_) => Err(format!("{name} is not known: nobody answers")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_of_our_certificate_is_a_refusal() {
        // [RS-3] [RS-4]
        let closed = |alert| Failure::Session(SessionError::Alert(alert)).closed();
        for about_us in [
            AlertDescription::AccessDenied,
            AlertDescription::BadCertificate,
            AlertDescription::CertificateUnknown,
            AlertDescription::UnknownCA,
            AlertDescription::HandshakeFailure,
            AlertDescription::DecryptError,
        ] {
            assert_eq!(closed(about_us), Closed::Refused);
        }
        for other in [
            AlertDescription::ProtocolVersion,
            AlertDescription::InternalError,
            AlertDescription::DecodeError,
        ] {
            let why = closed(other);
            assert!(matches!(why, Closed::Unreachable(_)), "{other:?}: {why:?}");
        }
    }
}
