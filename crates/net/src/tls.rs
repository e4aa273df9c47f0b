//! TLS on the hub's side [HUB-10]: rustls with ring, driven without a runtime.

use std::fs;
use std::io::{self, IoSlice, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mio::net::TcpStream;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    DigitallySignedStruct, DistinguishedName, ServerConfig, ServerConnection, SignatureScheme,
};
use sha2::{Digest, Sha256};

/// Bytes that wait inside TLS for the socket, at most; the rest waits in the session's own queue,
/// which is counted.
const TLS_BUFFER: usize = 64 * 1024;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("cannot use {0}: {1}")]
    File(PathBuf, #[source] io::Error),
    /// A file does not hold what it should.
    #[error("{0} holds no usable {1}")]
    Content(PathBuf, &'static str),
    /// Certificate and key do not belong together, or cannot be used.
    #[error("cannot use the certificate: {0}")]
    Unusable(String),
}

/// The hub's side of TLS with the certificate chain and key of these PEM files.
///
/// Clients may show a certificate, any: it speaks for the account that it was registered with
/// [HUB-2], by its fingerprint.
///
/// # Errors
/// [`TlsError`].
pub fn server_config(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let read = |path: &Path| fs::read(path).map_err(|error| TlsError::File(path.to_owned(), error));
    let pem = read(certificate)?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .filter_map(Result::ok)
        .collect();
    if chain.is_empty() {
        return Err(TlsError::Content(certificate.to_owned(), "certificate"));
    }
    let pem = zeroize::Zeroizing::new(read(key)?);
    let private = PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| TlsError::Content(key.to_owned(), "private key"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(AnyCertificate(Arc::clone(&provider)));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Unusable(error.to_string()))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, private)
        .map_err(|error| TlsError::Unusable(error.to_string()))?;
    Ok(Arc::new(config))
}

/// Makes a self-signed certificate for `names` in these files, unless both are there: enough for a
/// test set-up whose clients pin it.
///
/// # Errors
/// [`TlsError`].
pub fn ensure_self_signed(
    certificate: &Path,
    key: &Path,
    names: &[String],
) -> Result<(), TlsError> {
    if certificate.exists() && key.exists() {
        return Ok(());
    }
    let made = rcgen::generate_simple_self_signed(names.to_vec())
        .map_err(|error| TlsError::Unusable(error.to_string()))?;
    let private = zeroize::Zeroizing::new(made.signing_key.serialize_pem());
    write_private(key, private.as_bytes())
        .map_err(|error| TlsError::File(key.to_owned(), error))?;
    fs::write(certificate, made.cert.pem())
        .map_err(|error| TlsError::File(certificate.to_owned(), error))
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

/// SHA-256 of a certificate's DER form.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> [u8; 32] {
    Sha256::digest(certificate).into()
}

/// One connection's TLS.
#[derive(Debug)]
pub(crate) struct TlsSession {
    tls: ServerConnection,
    certificate_taken: bool,
}

impl TlsSession {
    pub(crate) fn new(config: Arc<ServerConfig>) -> Result<Self, rustls::Error> {
        let mut tls = ServerConnection::new(config)?;
        tls.set_buffer_limit(Some(TLS_BUFFER));
        Ok(Self {
            tls,
            certificate_taken: false,
        })
    }

    /// Reads what has arrived, at most about `limit` bytes, behind what `buffer` holds.
    /// `Some(true)`: there may be more; `None`: the peer has closed.
    pub(crate) fn read(
        &mut self,
        stream: &mut TcpStream,
        buffer: &mut Vec<u8>,
        limit: usize,
    ) -> io::Result<Option<bool>> {
        let start = buffer.len();
        let mut more = true;
        let mut ended = false;
        while buffer.len() < start + limit {
            match self.tls.read_tls(stream) {
                Ok(0) => ended = true,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => more = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            let state = self.tls.process_new_packets();
            // Also after an error: the alert that says why.
            self.flush(stream)?;
            let state = state.map_err(io::Error::other)?;
            ended |= state.peer_has_closed();
            let plain = state.plaintext_bytes_to_read() as u64;
            if plain > 0 {
                Read::by_ref(&mut self.tls.reader())
                    .take(plain)
                    .read_to_end(buffer)?;
            }
            if ended || !more {
                break;
            }
        }
        match ended && buffer.len() == start {
            true => Ok(None),
            // The end is told by the next read.
            false => Ok(Some(more)),
        }
    }

    pub(crate) fn write(
        &mut self,
        stream: &mut TcpStream,
        bytes: &[IoSlice<'_>],
    ) -> io::Result<usize> {
        self.flush(stream)?;
        let taken = self.tls.writer().write_vectored(bytes)?;
        self.flush(stream)?;
        match taken {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            taken => Ok(taken),
        }
    }

    /// Whether nothing waits inside TLS for the socket.
    pub(crate) fn is_flushed(&self) -> bool {
        !self.tls.wants_write()
    }

    pub(crate) fn flush(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        while self.tls.wants_write() {
            match self.tls.write_tls(stream) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(crate) fn take_certificate(&mut self) -> Option<[u8; 32]> {
        if self.certificate_taken || self.tls.is_handshaking() {
            return None;
        }
        self.certificate_taken = true;
        self.tls.peer_certificates()?.first().map(fingerprint)
    }

    pub(crate) fn close(&mut self, stream: &mut TcpStream) {
        self.tls.send_close_notify();
        // The peer may be gone; then nobody misses the notice.
        let _ = self.flush(stream);
    }
}

/// Takes any client certificate whose key the client has: what it may do is decided by its
/// fingerprint, not by who signed it.
#[derive(Debug)]
struct AnyCertificate(Arc<rustls::crypto::CryptoProvider>);

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
