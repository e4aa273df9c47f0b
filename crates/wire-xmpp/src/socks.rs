//! SOCKS5 (RFC 1928) as byte streams use it (XEP-0065): no authentication, CONNECT to a name that is
//! a hash, port 0. Both sides, without a socket; measured deviations are tolerated (facts 2.9).
//!
//! COMPAT(libpurple): its reply carries our address as text where the hash should be, so the
//! address in a reply is skipped whatever it is. The file follows the reply at once.

use bytes::{Buf, BufMut, BytesMut};
use sha1::{Digest, Sha1};

/// Bytes of the longest message of a handshake: a request or a reply with a name of 255 bytes.
pub const MAX_HANDSHAKE: usize = 4 + 1 + 255 + 2;

/// The first byte of every message, and so of every connection that is no XML stream.
pub const VERSION: u8 = 5;

/// The name that is asked for: SHA-1 of sid, sender and receiver, as 40 hexadecimal digits.
///
/// The sender is who offered the file, and both are instance names as in the offer's addresses.
pub fn destination(sid: &str, sender: &str, receiver: &str) -> String {
    let mut hash = Sha1::new();
    for part in [sid, sender, receiver] {
        hash.update(part.as_bytes());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Why there is no byte stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SocksError {
    /// It is no SOCKS5, or wants what we do not do.
    #[error("the other side does not speak SOCKS5 as files need it")]
    Malformed,
    /// The server said no.
    #[error("the other side refuses the byte stream (SOCKS5 reply {0})")]
    Refused(u8),
}

/// The fetching side.
#[derive(Debug)]
pub struct Client {
    state: ClientState,
}

#[derive(Debug)]
enum ClientState {
    /// The greeting is out; this is to be asked for.
    Greeting(String),
    /// The request is out.
    Request,
    Done,
    Failed(SocksError),
}

impl Client {
    /// To fetch `destination`; writes the greeting. Of a destination over 255 bytes, the rest is cut.
    pub fn new(destination: &str, out: &mut BytesMut) -> Self {
        out.put_slice(&[VERSION, 1, NO_AUTHENTICATION]);
        Self {
            state: ClientState::Greeting(destination.into()),
        }
    }

    /// Takes what it can from the front of `input`; `true`: done, what follows is the file. At most
    /// [`MAX_HANDSHAKE`] bytes are ever waited for.
    ///
    /// # Errors
    /// [`SocksError`]; the same again when called again.
    pub fn handle(&mut self, input: &mut BytesMut, out: &mut BytesMut) -> Result<bool, SocksError> {
        let handled = self.step(input, out);
        if let Err(error) = &handled {
            self.state = ClientState::Failed(error.clone());
        }
        handled
    }

    fn step(&mut self, input: &mut BytesMut, out: &mut BytesMut) -> Result<bool, SocksError> {
        if let ClientState::Greeting(destination) = &self.state {
            match input.as_ref() {
                [] | [VERSION] => return Ok(false),
                [VERSION, NO_AUTHENTICATION, ..] => input.advance(2),
                _ => return Err(SocksError::Malformed),
            }
            out.put_slice(&[VERSION, CONNECT, 0]);
            put_name(destination, out);
            self.state = ClientState::Request;
        }
        match &self.state {
            ClientState::Greeting(_) | ClientState::Request => {}
            ClientState::Done => return Ok(true),
            ClientState::Failed(error) => return Err(error.clone()),
        }
        let len = match input.as_ref() {
            [] | [VERSION] => return Ok(false),
            [VERSION, GRANTED, ..] => match address_len(input.get(3..).unwrap_or_default()) {
                Ok(Some(len)) => 3 + len,
                Ok(None) => return Ok(false),
                Err(_) => return Err(SocksError::Malformed),
            },
            [VERSION, refused, ..] => return Err(SocksError::Refused(*refused)),
            _ => return Err(SocksError::Malformed),
        };
        if input.len() < len {
            return Ok(false);
        }
        input.advance(len);
        self.state = ClientState::Done;
        Ok(true)
    }
}

/// The serving side.
#[derive(Debug, Default)]
pub struct Server {
    state: ServerState,
}

#[derive(Debug, Default)]
enum ServerState {
    #[default]
    Greeting,
    Request,
    /// The destination is known; the rest is the caller's.
    Done,
    Failed(SocksError),
}

impl Server {
    /// Takes what it can from the front of `input`; `Some`: this destination is asked for, and the
    /// caller answers with [`grant`] or [`refuse`]; it comes once. At most [`MAX_HANDSHAKE`] bytes are
    /// ever waited for. Whoever wants what we do not do is told so in `out`.
    ///
    /// # Errors
    /// [`SocksError`]; the same again when called again.
    pub fn handle(
        &mut self,
        input: &mut BytesMut,
        out: &mut BytesMut,
    ) -> Result<Option<String>, SocksError> {
        let handled = self.step(input, out);
        if let Err(error) = &handled {
            self.state = ServerState::Failed(error.clone());
        }
        handled
    }

    fn step(
        &mut self,
        input: &mut BytesMut,
        out: &mut BytesMut,
    ) -> Result<Option<String>, SocksError> {
        if matches!(self.state, ServerState::Greeting) {
            let methods = match input.as_ref() {
                [] | [VERSION] => return Ok(None),
                [VERSION, count, methods @ ..] => methods.get(..usize::from(*count)),
                _ => return Err(SocksError::Malformed),
            };
            let Some(methods) = methods else {
                return Ok(None);
            };
            if !methods.contains(&NO_AUTHENTICATION) {
                out.put_slice(&[VERSION, NO_METHOD]);
                return Err(SocksError::Malformed);
            }
            let len = 2 + methods.len();
            out.put_slice(&[VERSION, NO_AUTHENTICATION]);
            input.advance(len);
            self.state = ServerState::Request;
        }
        match &self.state {
            ServerState::Greeting | ServerState::Request => self.request(input, out),
            ServerState::Done => Ok(None),
            ServerState::Failed(error) => Err(error.clone()),
        }
    }

    fn request(
        &mut self,
        input: &mut BytesMut,
        out: &mut BytesMut,
    ) -> Result<Option<String>, SocksError> {
        match input.as_ref() {
            [] | [VERSION] => return Ok(None),
            [VERSION, CONNECT, ..] => {}
            [VERSION, ..] => {
                reply(COMMAND_NOT_SUPPORTED, out);
                return Err(SocksError::Malformed);
            }
            _ => return Err(SocksError::Malformed),
        }
        let asked = input.get(3..).unwrap_or_default();
        match (asked.first(), address_len(asked)) {
            (_, Ok(None)) => Ok(None),
            (Some(&NAME), Ok(Some(len))) if asked.len() < len => Ok(None),
            (Some(&NAME), Ok(Some(len))) => {
                let name = asked.get(2..len - 2).unwrap_or_default();
                let name = str::from_utf8(name).map(str::to_owned);
                input.advance(3 + len);
                self.state = ServerState::Done;
                name.map(Some).map_err(|_| SocksError::Malformed)
            }
            (_, Ok(Some(_)) | Err(_)) => {
                reply(ADDRESS_NOT_SUPPORTED, out);
                Err(SocksError::Malformed)
            }
        }
    }
}

/// The reply that grants `destination`.
pub fn grant(destination: &str, out: &mut BytesMut) {
    out.put_slice(&[VERSION, GRANTED, 0]);
    put_name(destination, out);
}

/// The reply that refuses.
pub fn refuse(out: &mut BytesMut) {
    reply(NOT_ALLOWED, out);
}

/// A reply without an address.
fn reply(code: u8, out: &mut BytesMut) {
    out.put_slice(&[VERSION, code, 0, IPV4, 0, 0, 0, 0, 0, 0]);
}

/// `name` as an address, with port 0.
fn put_name(name: &str, out: &mut BytesMut) {
    let len = u8::try_from(name.len()).unwrap_or(u8::MAX);
    let name = name.as_bytes().get(..usize::from(len)).unwrap_or_default();
    out.put_slice(&[NAME, len]);
    out.put_slice(name);
    out.put_u16(0);
}

/// Bytes of the address that begins `bytes`, with its type and its port; `None`: too little to tell.
fn address_len(bytes: &[u8]) -> Result<Option<usize>, UnknownType> {
    match bytes {
        [] | [NAME] => Ok(None),
        [IPV4, ..] => Ok(Some(1 + 4 + 2)),
        [NAME, len, ..] => Ok(Some(1 + 1 + usize::from(*len) + 2)),
        [IPV6, ..] => Ok(Some(1 + 16 + 2)),
        _ => Err(UnknownType),
    }
}

struct UnknownType;

const NO_AUTHENTICATION: u8 = 0;
const NO_METHOD: u8 = 0xff;

const CONNECT: u8 = 1;

const GRANTED: u8 = 0;
const NOT_ALLOWED: u8 = 2;
const COMMAND_NOT_SUPPORTED: u8 = 7;
const ADDRESS_NOT_SUPPORTED: u8 = 8;

const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;
