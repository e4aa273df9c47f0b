//! Our key and the certificate that shows it [LAN-46]: made once, kept, never told.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{LanError, folder};

const KEY: &str = "key.pem";
const CERTIFICATE: &str = "cert.pem";
/// What the certificate says of its owner: the same for everybody, so that it tells nothing.
const COMMON_NAME: &str = "tincan";

/// A key and its certificate.
pub(super) struct Identity {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: Zeroizing<PrivateKeyDer<'static>>,
}

impl Identity {
    /// SHA-256 of the certificate: what others compare.
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        fingerprint(&self.certificate)
    }
}

/// SHA-256 of a certificate's DER form.
pub(super) fn fingerprint(certificate: &CertificateDer<'_>) -> [u8; 32] {
    Sha256::digest(certificate).into()
}

/// Where the certificate is.
pub(super) fn certificate_path(folder: &Path) -> PathBuf {
    folder.join(CERTIFICATE)
}

/// Reads the key in `folder`, or makes one if there is none.
///
/// # Errors
/// The files cannot be read or written, or hold something else.
pub(super) fn read_or_make(folder: &Path) -> Result<Identity, LanError> {
    folder::make(folder).map_err(|error| LanError::io(folder, error))?;
    let _held = folder::hold(folder).map_err(|error| LanError::io(folder, error))?;
    let (key_path, certificate_path) = (folder.join(KEY), certificate_path(folder));
    let pem = match fs::read(&key_path) {
        Ok(pem) => {
            #[cfg(unix)]
            folder::protect(&key_path);
            Zeroizing::new(pem)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let (key, certificate) = make()?;
            // The key comes last: where it is, its certificate is.
            folder::write(&certificate_path, certificate.as_bytes())
                .map_err(|error| LanError::io(&certificate_path, error))?;
            folder::write(&key_path, key.as_bytes())
                .map_err(|error| LanError::io(&key_path, error))?;
            Zeroizing::new(key.as_bytes().to_vec())
        }
        Err(error) => return Err(LanError::io(&key_path, error)),
    };
    let key = PrivateKeyDer::from_pem_slice(&pem)
        .map(Zeroizing::new)
        .map_err(|_| LanError::Key(key_path))?;
    let certificate = fs::read(&certificate_path)
        .map_err(|error| LanError::io(&certificate_path, error))
        .and_then(|pem| {
            CertificateDer::from_pem_slice(&pem)
                .map_err(|_| LanError::Certificate(certificate_path))
        })?;
    Ok(Identity { certificate, key })
}

/// A new key and its certificate, as PEM.
fn make() -> Result<(Zeroizing<String>, String), LanError> {
    let failed = |error: rcgen::Error| {
        LanError::Io(
            "cannot make a key".into(),
            io::Error::other(error.to_string()),
        )
    };
    let key = Zeroizing::new(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, COMMON_NAME);
    let certificate = params.self_signed(&*key).map_err(failed)?;
    Ok((Zeroizing::new(key.serialize_pem()), certificate.pem()))
}
