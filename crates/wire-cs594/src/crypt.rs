//! The sealed form of packets [594-6]: base64 of a 16-byte IV and the AES-128-CBC (PKCS#7) of the
//! JSON text, under a key that all clients share.
//!
//! It is offered because the protocol's own clients use it. CBC without authentication protects
//! against reading along, not against someone who alters packets, and one shared key tells nobody
//! apart; TLS is the secure way. All failures are one error, found by the same work for texts of
//! the same length.

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockDecryptMut as _, BlockEncryptMut as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

/// AES's block, and so the length of an IV, in bytes.
pub const BLOCK: usize = 16;

/// Base64 text of a whole number of AES blocks has no padding only in multiples of this length.
pub(crate) const UNPADDED_STEP: usize = 64;

/// The pre-shared key. Wiped when dropped; never shown by `Debug`.
#[derive(Clone)]
pub struct Key([u8; BLOCK]);

/// A key is not 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a key is 32 hexadecimal digits")]
pub struct KeyError;

/// A text is not a sealed packet under this key. Does not say why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a sealed packet under this key")]
pub struct CryptError;

impl Key {
    /// Takes 16 bytes, such as fresh random ones.
    pub fn from_bytes(bytes: [u8; BLOCK]) -> Self {
        Key(bytes)
    }

    /// Reads the form of the configuration: 32 hexadecimal digits of either case.
    ///
    /// # Errors
    /// Anything else.
    pub fn from_hex(hex: &str) -> Result<Self, KeyError> {
        let digits = hex.as_bytes();
        if digits.len() != 2 * BLOCK {
            return Err(KeyError);
        }
        let mut key = Key([0; BLOCK]);
        for (byte, pair) in key.0.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(key)
    }

    /// The form of the configuration, for a key that was just generated.
    pub fn to_hex(&self) -> Zeroizing<String> {
        let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
        let pairs = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Zeroizing::new(pairs.map(digit).collect())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Key(…)")
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Seals a packet. The IV must be random and new for each packet.
pub fn encrypt(key: &Key, iv: [u8; BLOCK], text: &[u8]) -> String {
    let cipher = cbc::Encryptor::<Aes128>::new(&key.0.into(), &iv.into());
    let mut sealed = iv.to_vec();
    sealed.append(&mut cipher.encrypt_padded_vec_mut::<Pkcs7>(text));
    STANDARD.encode(sealed)
}

/// Opens a sealed packet, given as base64 text without line end.
///
/// # Errors
/// Not base64, not whole blocks, or the wrong key.
pub fn decrypt(key: &Key, text: &[u8]) -> Result<Vec<u8>, CryptError> {
    let sealed = STANDARD.decode(text).map_err(|_| CryptError)?;
    open_blocks(key, &sealed)
}

/// Whether a text may be the whole of a sealed packet: its last block ends in a padding. Looks at
/// two blocks, however long the text is. `text` must be a multiple of [`UNPADDED_STEP`] long.
pub(crate) fn may_be_whole(key: &Key, text: &[u8]) -> bool {
    let last = &text[text.len().saturating_sub(UNPADDED_STEP)..];
    match STANDARD.decode(last) {
        Ok(blocks) if blocks.len() == 3 * BLOCK => open_blocks(key, &blocks[BLOCK..]).is_ok(),
        Ok(_) | Err(_) => false,
    }
}

/// Opens an IV and at least one block.
fn open_blocks(key: &Key, sealed: &[u8]) -> Result<Vec<u8>, CryptError> {
    let (iv, blocks) = sealed.split_first_chunk::<BLOCK>().ok_or(CryptError)?;
    if blocks.is_empty() || blocks.len() % BLOCK != 0 {
        return Err(CryptError);
    }
    let cipher = cbc::Decryptor::<Aes128>::new(&key.0.into(), &(*iv).into());
    let opened = cipher.decrypt_padded_vec_mut::<Pkcs7>(blocks);
    opened.map_err(|_| CryptError)
}

fn digit(digit: u8) -> Result<u8, KeyError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(KeyError),
    }
}
