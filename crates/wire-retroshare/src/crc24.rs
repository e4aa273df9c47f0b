//! The checksum of OpenPGP's armour, here of certificates and invites.

/// The CRC-24 of some bytes; its upper eight bits are zero.
pub fn crc24(bytes: &[u8]) -> u32 {
    bytes.iter().fold(INIT, |crc, byte| {
        (0..8).fold(crc ^ (u32::from(*byte) << 16), |crc, _| {
            let shifted = crc << 1;
            if shifted & (1 << 24) == 0 {
                shifted
            } else {
                shifted ^ POLYNOMIAL
            }
        })
    })
}

const INIT: u32 = 0x00b7_04ce;
/// With the bit that falls out.
const POLYNOMIAL: u32 = 0x0186_4cfb;
