//! The bytes' way through the socket, in the clear or by TLS, and whom TLS trusts.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream as StdStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use mio::net::TcpStream;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore,
    SignatureScheme,
};
use sha2::{Digest, Sha256};

use super::{DialError, Identity, Target, TlsMode, Trust};

/// A connected, non-blocking way for bytes.
pub(super) enum Transport {
    /// In the clear.
    Plain(TcpStream),
    /// By TLS, the handshake done.
    Tls(Box<ClientConnection>, TcpStream),
}

impl Transport {
    /// Takes over a connected socket.
    pub(super) fn plain(stream: StdStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self::Plain(TcpStream::from_std(stream)))
    }

    /// Greets the server by TLS; blocks until both agree or `deadline` has passed.
    pub(super) fn greet(
        config: Arc<ClientConfig>,
        target: &Target,
        mut stream: StdStream,
        deadline: Instant,
    ) -> Result<Self, DialError> {
        let failed = |reason: String| DialError::Tls {
            at: target.to_string(),
            reason,
        };
        let name = ServerName::try_from(target.host.clone())
            .map_err(|_| failed("the host's name cannot stand in a certificate".into()))?;
        let mut tls = ClientConnection::new(config, name).map_err(|e| failed(e.to_string()))?;
        while tls.is_handshaking() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(failed(
                    "the greeting took too long; is that a TLS port?".into(),
                ));
            }
            stream
                .set_read_timeout(Some(left))
                .map_err(DialError::Local)?;
            stream
                .set_write_timeout(Some(left))
                .map_err(DialError::Local)?;
            let stepped = greet_once(&mut tls, &mut stream);
            stepped.map_err(|error| failed(greeting_failure(&error, target)))?;
        }
        stream.set_nonblocking(true).map_err(DialError::Local)?;
        Ok(Self::Tls(Box::new(tls), TcpStream::from_std(stream)))
    }

    /// The socket, to be waited for.
    pub(super) fn socket(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(socket) | Self::Tls(_, socket) => socket,
        }
    }

    /// As [`Read::read`] of a non-blocking socket: 0 is the end.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (tls, socket) = match self {
            Self::Plain(socket) => return socket.read(buffer),
            Self::Tls(tls, socket) => (tls, socket),
        };
        loop {
            match tls.reader().read(buffer) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
            tls.read_tls(socket)?;
            tls.process_new_packets().map_err(io::Error::other)?;
        }
    }

    /// As [`Write::write`] of a non-blocking socket. What TLS has taken but not sent is sent by
    /// [`push`](Self::push).
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (tls, socket) = match self {
            Self::Plain(socket) => return socket.write(bytes),
            Self::Tls(tls, socket) => (tls, socket),
        };
        push(tls, socket)?;
        tls.writer().write(bytes)
    }

    /// Sends what TLS still holds; `WouldBlock` while something is left.
    pub(super) fn push(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(tls, socket) => push(tls, socket),
        }
    }

    /// Says that nothing more will be sent. Failing is of no consequence: the peer sees the end.
    pub(super) fn end(&mut self) {
        if let Self::Tls(tls, socket) = self {
            tls.send_close_notify();
            let _ = push(tls, socket);
        }
        let _ = self.socket().shutdown(Shutdown::Write);
    }
}

fn push(tls: &mut ClientConnection, socket: &mut TcpStream) -> io::Result<()> {
    while tls.wants_write() {
        tls.write_tls(socket)?;
    }
    Ok(())
}

/// What `mode` means to rustls.
pub(super) fn config(mode: &TlsMode) -> Result<Arc<ClientConfig>, DialError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| DialError::Local(io::Error::other(e)))?;
    let trusting = match &mode.trust {
        Trust::CaFile(path) => builder.with_root_certificates(roots(path)?),
        Trust::Pinned(fingerprint) => {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Pin {
                    fingerprint: *fingerprint,
                    provider,
                }))
        }
    };
    let config = match &mode.identity {
        None => trusting.with_no_client_auth(),
        Some(Identity { cert, key }) => {
            let private = PrivateKeyDer::from_pem_file(key).map_err(|e| unusable(key, &e))?;
            trusting
                .with_client_auth_cert(certificates(cert)?, private)
                .map_err(|e| unusable(cert, &e))?
        }
    };
    Ok(Arc::new(config))
}

fn roots(path: &Path) -> Result<RootCertStore, DialError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|e| unusable(path, &e))?;
    }
    Ok(roots)
}

/// The certificates in a PEM file, at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, DialError> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|e| unusable(path, &e))?;
    if found.is_empty() {
        return Err(unusable(path, &"there is no certificate in it"));
    }
    Ok(found)
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> DialError {
    DialError::TlsFile {
        path: path.display().to_string(),
        reason: reason.to_string(),
    }
}

/// One exchange with the server while greeting.
fn greet_once(tls: &mut ClientConnection, stream: &mut StdStream) -> io::Result<()> {
    while tls.wants_write() {
        tls.write_tls(stream)?;
    }
    if tls.is_handshaking() && tls.wants_read() {
        if tls.read_tls(stream)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Err(error) = tls.process_new_packets() {
            // The alert tells the server why; whether it arrives changes nothing here.
            let _ = tls.write_tls(stream);
            return Err(io::Error::other(error));
        }
    }
    Ok(())
}

/// Why the greeting failed, and what to do.
fn greeting_failure(error: &io::Error, target: &Target) -> String {
    let rustls = error
        .get_ref()
        .and_then(|e| e.downcast_ref::<rustls::Error>());
    match (rustls, error.kind()) {
        (Some(rustls::Error::InvalidCertificate(why)), _) => match why {
            CertificateError::UnknownIssuer => {
                "its certificate is not signed by one that is trusted; name the right file with \
                 --ca or its fingerprint with --pin"
                    .into()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("its certificate is not for {}", target.host)
            }
            other => format!("its certificate is not good: {other}"),
        },
        (Some(rustls::Error::InvalidMessage(_)), _) => {
            "it does not speak TLS on this port; leave out +tls or choose the TLS port".into()
        }
        (Some(rustls::Error::General(reason)), _) => reason.clone(),
        (Some(other), _) => other.to_string(),
        (None, io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            "it does not answer; is that a TLS port?".into()
        }
        (None, io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
            "it hung up during the greeting; is that a TLS port?".into()
        }
        (None, _) => error.to_string(),
    }
}

/// Trusts exactly one certificate. Its holder still has to sign the handshake.
#[derive(Debug)]
struct Pin {
    fingerprint: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let shown: [u8; 32] = Sha256::digest(end_entity).into();
        if shown == self.fingerprint {
            return Ok(ServerCertVerified::assertion());
        }
        Err(rustls::Error::General(format!(
            "its certificate is another than the pinned one: SHA-256 {}",
            hex(&shown)
        )))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
