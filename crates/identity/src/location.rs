//! A profile signs its machines: one signature over each location certificate.
//!
//! The certificate looks like X.509 and is not: where the TLS key's signature would be, it holds a
//! detached OpenPGP signature of the profile. No authority, host name or date plays a part. The id of the location
//! is made from that signature, so a certificate signed anew is another location.

use rand::{CryptoRng, RngCore};
use wire_retroshare::location;
use wire_retroshare::{Fingerprint, LocationCertificate};

use crate::error::{KeyError, LocationRefused};
use crate::key::{ProfileKey, crypto};
use crate::profile::PublicProfile;
use crate::signatures;

impl ProfileKey {
    /// The certificate of one of our machines, whose TLS key has the public half `spki_der`
    /// (SubjectPublicKeyInfo). Keep its bytes: signing the same key again makes another location.
    ///
    /// # Errors
    /// Where `spki_der` is no public key, or the libraries beneath fail.
    pub fn sign_location<R: CryptoRng + RngCore>(
        &self,
        spki_der: &[u8],
        now_unix: u32,
        rng: &mut R,
    ) -> Result<LocationCertificate, KeyError> {
        let tbs = location::tbs(self.public().pgp_id(), spki_der);
        let signature = self.sign_detached(&tbs, now_unix, rng)?;
        let der = location::assemble(&tbs, &signature);
        let certificate = LocationCertificate::parse(&der).map_err(|error| crypto(&error))?;
        // What others would refuse must not become our location.
        verify_location(&certificate, self.public()).map_err(|error| crypto(&error))?;
        Ok(certificate)
    }
}

/// Whether `profile` has signed this location. For the older formats, whose signature is over the
/// SHA-1 of the certificate, it is checked over that.
///
/// # Errors
/// Where the certificate names another profile, or the signature does not hold.
pub fn verify_location(
    certificate: &LocationCertificate,
    profile: &PublicProfile,
) -> Result<(), LocationRefused> {
    if certificate.issuer_pgp_id() != profile.pgp_id() {
        return Err(LocationRefused::OtherProfile);
    }
    profile.verify_detached(&certificate.document(), certificate.signature())?;
    Ok(())
}

/// The fingerprint of the key that has signed this location, as the signature or the certificate itself says. The
/// certificate of a real node does; `None` where only the id is told. Nothing is verified.
pub fn claimed_fingerprint(certificate: &LocationCertificate) -> Option<Fingerprint> {
    let told = certificate.issuer().parse::<Fingerprint>().ok();
    let told = told.or_else(|| signatures::claimed_fingerprint(certificate.signature()))?;
    (told.pgp_id() == certificate.issuer_pgp_id()).then_some(told)
}
