//! TLS between two of ours [LAN-46]: both show a certificate, whose key they prove to hold. Whom
//! it belongs to is decided by its fingerprint, in the node.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, BytesMut};
use lan::TlsRole;
use rustls::DigitallySignedStruct;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use super::keys::{Identity, fingerprint};
use crate::tls::{Judge, configs, provider};

/// Both roles, with our certificate.
#[derive(Clone)]
pub(super) struct Tls {
    acceptor: TlsAcceptor,
    connector: TlsConnector,
}

impl Tls {
    /// # Errors
    /// The key and the certificate do not belong together.
    pub(super) fn new(identity: &Identity) -> Result<Self, rustls::Error> {
        let provider = provider();
        let chain = vec![identity.certificate.clone()];
        let own = CertifiedKey::from_der(chain, identity.key.clone_key(), &provider)?;
        let (server, client) = configs(provider, own, AnyOne)?;
        Ok(Self {
            acceptor: TlsAcceptor::from(server),
            connector: TlsConnector::from(client),
        })
    }

    /// The handshake; `already_read` came before it was known to be part of it. Gives the SHA-256 of
    /// the other side's certificate.
    pub(super) async fn start(
        self,
        role: TlsRole,
        already_read: BytesMut,
        tcp: TcpStream,
    ) -> io::Result<(TlsStream<Prefixed>, [u8; 32])> {
        let stream = Prefixed { already_read, tcp };
        let stream = match role {
            TlsRole::Server => TlsStream::from(self.acceptor.accept(stream).await?),
            TlsRole::Client => {
                // Nobody's name is checked here, but the interface wants one.
                let nobody = ServerName::from(IpAddr::from(Ipv4Addr::UNSPECIFIED));
                TlsStream::from(self.connector.connect(nobody, stream).await?)
            }
        };
        let shown = stream
            .get_ref()
            .1
            .peer_certificates()
            .and_then(<[_]>::first)
            .map(fingerprint)
            .ok_or_else(|| io::Error::other("no certificate was shown"))?;
        Ok((stream, shown))
    }
}

/// A connection of which something was read already.
pub(super) struct Prefixed {
    already_read: BytesMut,
    tcp: TcpStream,
}

impl AsyncRead for Prefixed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.already_read.is_empty() {
            return Pin::new(&mut self.tcp).poll_read(cx, buffer);
        }
        let count = self.already_read.len().min(buffer.remaining());
        let (taken, _) = self.already_read.split_at(count);
        buffer.put_slice(taken);
        self.already_read.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Prefixed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// Takes any certificate.
#[derive(Debug)]
struct AnyOne;

impl Judge for AnyOne {
    fn check(
        &self,
        _certificate: &CertificateDer<'_>,
        _called: Option<&ServerName<'_>>,
    ) -> Result<(), rustls::Error> {
        Ok(())
    }

    fn check_proof(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }
}
