//! Somebody who is no friend, with a program of their own.

use std::sync::Arc;

use friends::{Notice, Request};
use identity::TlsSecret;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::friends_rig::{ANA, CYD, Machine, ask, me, run, until, watch};

/// Cyd's TLS key, plain.
const KEY: &[u8] = include_bytes!("../../../identity/tests/keys/cyd.tls.der");
/// What a real node says first: the probe for slices.
const PROBE: &[u8] = b"\x02\xAA\xBB\xCC\0\0\0\x08";

/// Believes everything.
#[derive(Debug)]
struct Credulous(Arc<CryptoProvider>);

impl ServerCertVerifier for Credulous {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

fn connector() -> TlsConnector {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let secret = TlsSecret::from_pkcs8_der(KEY).unwrap();
    let key = PrivatePkcs8KeyDer::from(secret.pkcs8_der());
    let key = PrivateKeyDer::from(key).clone_key();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let chain = vec![CertificateDer::from(CYD.certificate)];
    let own = SingleCertAndKey::from(CertifiedKey::new(chain, key));
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Credulous(provider)))
        .with_client_cert_resolver(Arc::new(own));
    config.enable_sni = false;
    TlsConnector::from(Arc::new(config))
}

#[test]
fn a_stranger_is_told_nothing_and_nothing_they_say_is_read() {
    // [RS-3] [RS-22]
    run(async {
        let mut ana = Machine::new(&ANA);
        let mut a = ana.start().await;
        watch(&mut a).await;
        let address = me(&mut a).await.addresses[0].clone();
        let tcp = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("anybody").unwrap();
        let mut tls = connector().connect(name, tcp).await.unwrap();
        // An item that a friend would be cut off for: it is far too long.
        let _ = tls.write_all(PROBE).await;
        let _ = tls.write_all(b"\x02\x00\x12\x01\xFF\xFF\xFF\xFF").await;
        let mut told = Vec::new();
        let _ = tls.read_to_end(&mut told).await;
        assert_eq!(told, b"");
        // All that came of it is the question whether they are wanted.
        let asks = until(&mut a, |notice| match notice {
            Notice::Approval { sentence, .. } => Some(sentence),
            _ => None,
        })
        .await;
        assert!(asks.contains("asks to be a friend"), "{asks}");
        ask(&mut a, Request::Friends).await;
    });
}
