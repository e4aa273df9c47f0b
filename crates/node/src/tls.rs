//! TLS between two machines that show a certificate each, and prove that they hold its key. Whom a
//! certificate belongs to no authority says: a [`Judge`] looks at what matters of it, and the node
//! decides the rest when the handshake is over.

use std::fmt::Debug;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error,
    PeerIncompatible, ServerConfig, SignatureScheme,
};

/// Says which certificates are taken.
pub(crate) trait Judge: Debug + Send + Sync + 'static {
    /// Whether this may be the other side's certificate. `called`: whom we meant to reach, if we have
    /// called.
    ///
    /// # Errors
    /// It may not.
    fn check(
        &self,
        certificate: &CertificateDer<'_>,
        called: Option<&ServerName<'_>>,
    ) -> Result<(), Error>;

    /// Whether the other side holds the key of this certificate.
    ///
    /// # Errors
    /// It does not.
    fn check_proof(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<HandshakeSignatureValid, Error>;
}

/// The cryptography that all of it uses.
pub(crate) fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

/// Both roles, for TLS 1.3 alone and without resumption, which would prove no key.
///
/// # Errors
/// The provider cannot do TLS 1.3.
pub(crate) fn configs(
    provider: CryptoProvider,
    own: CertifiedKey,
    judge: impl Judge,
) -> Result<(Arc<ServerConfig>, Arc<ClientConfig>), Error> {
    let provider = Arc::new(provider);
    let own = Arc::new(SingleCertAndKey::from(own));
    let verifier = Arc::new(Verifier::new(judge, &provider));
    let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::clone(&verifier) as _)
        .with_cert_resolver(Arc::clone(&own) as _);
    server.send_tls13_tickets = 0;
    server.session_storage = Arc::new(NoServerSessionStorage {});
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(own);
    client.resumption = Resumption::disabled();
    client.enable_sni = false;
    Ok((Arc::new(server), Arc::new(client)))
}

/// Takes any single certificate that its judge takes, and whose key the other side has.
#[derive(Debug)]
pub(crate) struct Verifier<J> {
    judge: J,
    algorithms: WebPkiSupportedAlgorithms,
}

impl<J: Judge> Verifier<J> {
    pub(crate) fn new(judge: J, provider: &CryptoProvider) -> Self {
        Self {
            judge,
            algorithms: provider.signature_verification_algorithms,
        }
    }

    fn check(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        called: Option<&ServerName<'_>>,
    ) -> Result<(), Error> {
        if !intermediates.is_empty() {
            // No authority signs for others here; a chain would only be more to parse.
            return Err(CertificateError::UnknownIssuer.into());
        }
        self.judge.check(certificate, called)
    }
}

/// What rustls asks of either role in the same words.
macro_rules! proofs {
    () => {
        fn verify_tls12_signature(
            &self,
            _message: &[u8],
            _certificate: &CertificateDer<'_>,
            _signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(PeerIncompatible::Tls12NotOffered.into())
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &CertificateDer<'_>,
            signature: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.judge
                .check_proof(message, certificate, signature, &self.algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.algorithms.supported_schemes()
        }
    };
}

impl<J: Judge> ServerCertVerifier for Verifier<J> {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(end_entity, intermediates, Some(server_name))
            .map(|()| ServerCertVerified::assertion())
    }

    proofs!();
}

impl<J: Judge> ClientCertVerifier for Verifier<J> {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.check(end_entity, intermediates, None)
            .map(|()| ClientCertVerified::assertion())
    }

    proofs!();
}
