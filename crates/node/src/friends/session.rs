//! One TLS session, driven by hand: whoever owns the socket gives it what came and sends what it
//! says.
//!
//! rustls' own buffers take 4 KiB from a socket at a time and copy each byte twice more; files would
//! crawl. Here a large piece is read, decrypted where it lies, and what is sent is encrypted into one
//! large piece. Between the pieces a session holds no more than a part of a record.

use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::CertificateDer;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus,
};
use rustls::{AlertDescription, CertificateError, Error};

use bytes::BytesMut;

/// Bytes that TLS adds to a record of 16 KiB, at most, and then some.
const RECORD_OVERHEAD: usize = 64;
const RECORD: usize = 16 * 1024;

/// A session of either role.
pub(super) struct Session {
    role: Role,
    /// The part of a record whose rest has not come.
    partial: Vec<u8>,
    /// The other side has said that nothing more comes.
    is_ended: bool,
    /// It must not be asked again.
    is_failed: bool,
}

enum Role {
    Client(Box<UnbufferedClientConnection>),
    Server(Box<UnbufferedServerConnection>),
}

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// The handshake wants more.
    Shaking,
    /// The handshake is done: data comes and goes.
    Open,
    /// Nothing more comes from the other side.
    Ended,
}

/// Why a session failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    /// The other side says no.
    #[error("the other side refuses ({0:?})")]
    Alert(AlertDescription),
    /// We say no: this is not the location that we have called.
    #[error("another location answers there")]
    OtherLocation,
    /// We say no, or nobody can go on.
    #[error("{0}")]
    Tls(String),
}

/// What one step came to.
enum Step {
    /// Go on.
    Again,
    /// Nothing more to do; whether data can be sent.
    Rest(bool),
    /// The other side has said goodbye.
    Ended,
}

impl Session {
    pub(super) fn client(connection: UnbufferedClientConnection) -> Self {
        Self::new(Role::Client(Box::new(connection)))
    }

    pub(super) fn server(connection: UnbufferedServerConnection) -> Self {
        Self::new(Role::Server(Box::new(connection)))
    }

    fn new(role: Role) -> Self {
        Self {
            role,
            partial: Vec::new(),
            is_ended: false,
            is_failed: false,
        }
    }

    /// The other side's certificate, once the handshake is done.
    pub(super) fn certificate(&self) -> Option<&CertificateDer<'static>> {
        let shown = match &self.role {
            Role::Client(connection) => connection.peer_certificates(),
            Role::Server(connection) => connection.peer_certificates(),
        };
        shown.and_then(<[_]>::first)
    }

    /// How many bytes have to be put before what is read next.
    pub(super) fn partial(&self) -> &[u8] {
        &self.partial
    }

    /// Takes what was read: all of `records`, which begins with [`partial`](Self::partial). What was
    /// said goes to `plain`, what is to be sent to `out`.
    ///
    /// # Errors
    /// The session is over; `out` may hold the alert that says so.
    pub(super) fn receive(
        &mut self,
        records: &mut [u8],
        plain: &mut BytesMut,
        out: &mut Vec<u8>,
    ) -> Result<Progress, SessionError> {
        if self.is_failed {
            return Err(SessionError::Tls("the session has failed".into()));
        }
        let mut at = 0;
        let done = loop {
            let rest = records.get_mut(at..).unwrap_or_default();
            let (discard, step) = self.role.step(rest, plain, out);
            at += discard;
            match step {
                Ok(Step::Again) => {}
                Ok(Step::Ended) => self.is_ended = true,
                Ok(Step::Rest(is_open)) => break Ok(is_open),
                Err(error) => break Err(error),
            }
        };
        self.partial.clear();
        self.partial
            .extend_from_slice(records.get(at..).unwrap_or_default());
        match done {
            Ok(_) if self.is_ended => Ok(Progress::Ended),
            Ok(true) => Ok(Progress::Open),
            Ok(false) => Ok(Progress::Shaking),
            Err(error) => {
                // Asked once more, rustls gives its alert; asked again, it would read on.
                self.is_failed = true;
                let rest = records.get_mut(at..).unwrap_or_default();
                let _ = self.role.step(rest, plain, out);
                Err(error.into())
            }
        }
    }

    /// Encrypts behind what is in `out`.
    ///
    /// # Errors
    /// The session cannot go on, or its handshake is not done.
    pub(super) fn send(&mut self, plain: &[u8], out: &mut Vec<u8>) -> Result<(), SessionError> {
        if self.is_failed {
            return Err(SessionError::Tls("the session has failed".into()));
        }
        let mut nothing = BytesMut::new();
        loop {
            let (discard, step) = match &mut self.role {
                Role::Client(connection) => {
                    let status = connection.process_tls_records(&mut self.partial);
                    write_step(status, plain, &mut nothing, out)
                }
                Role::Server(connection) => {
                    let status = connection.process_tls_records(&mut self.partial);
                    write_step(status, plain, &mut nothing, out)
                }
            };
            self.partial.drain(..discard.min(self.partial.len()));
            match step.inspect_err(|_| self.is_failed = true)? {
                Step::Again => {}
                Step::Ended => self.is_ended = true,
                Step::Rest(true) => return Ok(()),
                Step::Rest(false) => {
                    return Err(SessionError::Tls("the handshake is not done".into()));
                }
            }
        }
    }
}

impl Role {
    fn step(
        &mut self,
        records: &mut [u8],
        plain: &mut BytesMut,
        out: &mut Vec<u8>,
    ) -> (usize, Result<Step, Error>) {
        match self {
            Self::Client(connection) => step(connection.process_tls_records(records), plain, out),
            Self::Server(connection) => step(connection.process_tls_records(records), plain, out),
        }
    }
}

impl From<Error> for SessionError {
    fn from(error: Error) -> Self {
        match error {
            Error::AlertReceived(alert) => Self::Alert(alert),
            Error::InvalidCertificate(CertificateError::NotValidForName) => Self::OtherLocation,
            other => Self::Tls(other.to_string()),
        }
    }
}

/// One state of rustls' machine, handled. How many bytes of the input are done with.
fn step<Data>(
    status: UnbufferedStatus<'_, '_, Data>,
    plain: &mut BytesMut,
    out: &mut Vec<u8>,
) -> (usize, Result<Step, Error>) {
    let UnbufferedStatus { mut discard, state } = status;
    let step = match state {
        Err(error) => Err(error),
        Ok(ConnectionState::ReadTraffic(mut traffic)) => loop {
            match traffic.next_record() {
                None => break Ok(Step::Again),
                Some(Ok(record)) => {
                    discard += record.discard;
                    plain.extend_from_slice(record.payload);
                }
                Some(Err(error)) => break Err(error),
            }
        },
        Ok(ConnectionState::EncodeTlsData(mut data)) => {
            put(out, RECORD, |room| match data.encode(room) {
                Ok(count) => Ok(count),
                Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size })) => {
                    Err(Some(required_size))
                }
                Err(EncodeError::AlreadyEncoded) => Err(None),
            })
            .map(|()| Step::Again)
        }
        // What is in `out` is sent before anything that comes behind it.
        Ok(ConnectionState::TransmitTlsData(data)) => {
            data.done();
            Ok(Step::Again)
        }
        Ok(ConnectionState::PeerClosed) => Ok(Step::Ended),
        Ok(ConnectionState::BlockedHandshake) => Ok(Step::Rest(false)),
        Ok(ConnectionState::WriteTraffic(_) | ConnectionState::Closed) => Ok(Step::Rest(true)),
        // Early data is not offered; a state that rustls may add cannot be handled.
        Ok(other) => Err(Error::General(format!("TLS is in the state {other:?}"))),
    };
    (discard, step)
}

/// As [`step`], and writes as soon as that is possible.
fn write_step<Data>(
    status: UnbufferedStatus<'_, '_, Data>,
    bytes: &[u8],
    plain: &mut BytesMut,
    out: &mut Vec<u8>,
) -> (usize, Result<Step, Error>) {
    let UnbufferedStatus { discard, state } = status;
    let mut traffic = match state {
        Ok(ConnectionState::WriteTraffic(traffic)) => traffic,
        state => return step(UnbufferedStatus { discard, state }, plain, out),
    };
    let needed = |error| match error {
        EncryptError::InsufficientSize(InsufficientSizeError { required_size }) => {
            Some(required_size)
        }
        EncryptError::EncryptExhausted => None,
    };
    let guess = bytes.len() + (bytes.len() / RECORD + 1) * RECORD_OVERHEAD;
    let written = put(out, guess, |room| {
        traffic.encrypt(bytes, room).map_err(needed)
    });
    (discard, written.map(|()| Step::Rest(true)))
}

/// Appends what `write` puts into the room that it is given; with more room if it wants more.
fn put(
    out: &mut Vec<u8>,
    guess: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<usize>>,
) -> Result<(), Error> {
    let before = out.len();
    let mut room = guess;
    loop {
        out.resize(before + room, 0);
        let written = write(out.get_mut(before..).unwrap_or_default());
        match written {
            Ok(count) => {
                out.truncate(before + count);
                return Ok(());
            }
            // Once is enough for a library that keeps its word.
            Err(Some(needed)) if needed > room => room = needed,
            Err(_) => {
                out.truncate(before);
                return Err(Error::General("TLS cannot write any more".into()));
            }
        }
    }
}

#[cfg(test)]
mod tests;
