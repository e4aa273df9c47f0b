//! TLS 1.3, mutual, between locations [RS-4].
//!
//! A location's certificate looks like X.509 of version 1 with an OpenPGP signature in it; no
//! library for the web's certificates takes it. Here it is only parsed, its key is the one that has
//! to sign the handshake, and a called location has to be the one that was meant. Whether the caller
//! is a friend the node decides when the handshake is over, before anything is read: it alone knows
//! whose keys are accepted, and one place decides.

use std::sync::Arc;

use identity::TlsSecret;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, UnbufferedClientConnection};
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer,
    UnixTime,
};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, UnbufferedServerConnection};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, PeerIncompatible,
    ServerConfig, SignatureScheme,
};
use wire_retroshare::{LocationCertificate, LocationId};

use super::session::Session;

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
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let pkcs8 = PrivatePkcs8KeyDer::from(secret.pkcs8_der());
        // What the provider keeps of it is its own affair; the copy made here is wiped.
        let key = provider
            .key_provider
            .load_private_key(PrivateKeyDer::from(pkcs8).clone_key())?;
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        // Given by a resolver, so that rustls does not parse the certificate.
        let own = Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key)));
        let verifier = Arc::new(Locations::new(Arc::clone(&provider)));
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_client_cert_verifier(Arc::clone(&verifier) as _)
            .with_cert_resolver(Arc::clone(&own) as _);
        // A resumed session would show no key.
        server.send_tls13_tickets = 0;
        server.session_storage = Arc::new(NoServerSessionStorage {});
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_client_cert_resolver(own);
        client.resumption = Resumption::disabled();
        client.enable_sni = false;
        Ok(Self {
            server: Arc::new(server),
            client: Arc::new(client),
        })
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

/// Takes any single location's certificate whose key the other side has.
#[derive(Debug)]
pub(super) struct Locations(Arc<CryptoProvider>);

impl Locations {
    pub(super) fn new(provider: Arc<CryptoProvider>) -> Self {
        Self(provider)
    }

    fn parse(
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<LocationCertificate, rustls::Error> {
        if !intermediates.is_empty() {
            // A profile signs its locations itself; a chain would only be more to parse.
            return Err(CertificateError::UnknownIssuer.into());
        }
        LocationCertificate::parse(certificate).map_err(|_| CertificateError::BadEncoding.into())
    }

    fn check_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let certificate = Self::parse(certificate, &[])?;
        let key = SubjectPublicKeyInfoDer::from(certificate.subject_public_key_info());
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
    }

    fn schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

impl ServerCertVerifier for Locations {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let certificate = Self::parse(end_entity, intermediates)?;
        if server_name.to_str() != certificate.location_id().to_string() {
            return Err(CertificateError::NotValidForName.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.check_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }
}

impl ClientCertVerifier for Locations {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Self::parse(end_entity, intermediates).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.check_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes()
    }
}
