//! TLS 1.3, mutual, between locations [RS-4].
//!
//! A location's certificate looks like X.509 of version 1 with an OpenPGP signature in it; no
//! library for the web's certificates takes it. Here it is only parsed, its key is the one that has
//! to sign the handshake, and a called location has to be the one that was meant. Whether the caller
//! is a friend the node decides when the handshake is over, before anything is read: it alone knows
//! whose keys are accepted, and one place decides.

use std::sync::Arc;

use identity::TlsSecret;
use rustls::client::UnbufferedClientConnection;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer,
};
use rustls::server::UnbufferedServerConnection;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, ServerConfig};
use wire_retroshare::{LocationCertificate, LocationId};

use super::session::Session;
use crate::tls::{Judge, configs, provider};

/// Both roles, with our certificate.
#[derive(Clone)]
pub(super) struct Tls {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl Tls {
    /// # Errors
    /// The key cannot be used.
    pub(super) fn new(
        secret: &TlsSecret,
        certificate: &LocationCertificate,
    ) -> Result<Self, rustls::Error> {
        let provider = provider();
        let pkcs8 = PrivatePkcs8KeyDer::from(secret.pkcs8_der());
        // What the provider keeps of it is its own affair; the copy made here is wiped.
        let key = provider
            .key_provider
            .load_private_key(PrivateKeyDer::from(pkcs8).clone_key())?;
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        // Put together by hand, so that rustls does not parse the certificate.
        let own = CertifiedKey::new(chain, key);
        let (server, client) = configs(provider, own, Locations)?;
        Ok(Self { server, client })
    }

    /// For another machine of rustls than ours.
    #[cfg(test)]
    pub(super) fn client_config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.client)
    }

    /// For a connection that somebody else has opened.
    pub(super) fn accept(&self) -> Result<Session, rustls::Error> {
        UnbufferedServerConnection::new(Arc::clone(&self.server)).map(Session::server)
    }

    /// For a connection that we have opened, to reach exactly this location.
    pub(super) fn connect(&self, location: LocationId) -> Result<Session, rustls::Error> {
        // A name for the verifier below; it is not sent.
        let name = ServerName::try_from(location.to_string())
            .map_err(|_| rustls::Error::General("a location's id is no name".into()))?;
        UnbufferedClientConnection::new(Arc::clone(&self.client), name).map(Session::client)
    }
}

/// Takes any location's certificate; if we have called, only the one that was meant.
#[derive(Debug)]
pub(super) struct Locations;

impl Locations {
    fn parse(certificate: &CertificateDer<'_>) -> Result<LocationCertificate, rustls::Error> {
        LocationCertificate::parse(certificate).map_err(|_| CertificateError::BadEncoding.into())
    }
}

impl Judge for Locations {
    fn check(
        &self,
        certificate: &CertificateDer<'_>,
        called: Option<&ServerName<'_>>,
    ) -> Result<(), rustls::Error> {
        let certificate = Self::parse(certificate)?;
        match called {
            Some(meant) if meant.to_str() != certificate.location_id().to_string() => {
                Err(CertificateError::NotValidForName.into())
            }
            Some(_) | None => Ok(()),
        }
    }

    fn check_proof(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let certificate = Self::parse(certificate)?;
        let key = SubjectPublicKeyInfoDer::from(certificate.subject_public_key_info());
        verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
    }
}
