//! The two forms a module is handed around in, and the hash of its bytes.

use std::{borrow::Cow, io::Read};

use flate2::bufread::GzDecoder;
use sha2::{Digest, Sha256};

use crate::fault::ModuleFault;

/// How the network recognises a packed module.
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// The form of a module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Wasm as it is.
    #[default]
    Raw,
    /// Packed by gzip.
    Gzip,
}

impl Encoding {
    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Gzip => "gzip",
        }
    }
}

/// The form `bytes` are in, by how they begin. What is no module at all counts as raw.
pub fn encoding(bytes: &[u8]) -> Encoding {
    if bytes.starts_with(&GZIP) { Encoding::Gzip } else { Encoding::Raw }
}

/// The module as Wasm, of at most `limit` bytes; never more than these are unpacked. That it is
/// Wasm is not looked at.
pub fn unpack(bytes: &[u8], limit: usize) -> Result<Cow<'_, [u8]>, ModuleFault> {
    let within = |length: usize| {
        if length > limit { Err(ModuleFault::TooLarge { limit }) } else { Ok(()) }
    };
    within(bytes.len())?;
    if encoding(bytes) == Encoding::Raw {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut decoder = GzDecoder::new(bytes);
    let mut unpacked = Vec::new();
    // One byte more than allowed tells a module that is too large from one that just fits.
    let readable = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let ended = decoder.by_ref().take(readable).read_to_end(&mut unpacked);
    within(unpacked.len())?;
    ended.map_err(|_| ModuleFault::Packing)?;
    match decoder.into_inner().len() {
        0 => Ok(Cow::Owned(unpacked)),
        bytes => Err(ModuleFault::Trailing { bytes }),
    }
}

/// SHA-256, which is what the network tells of the module it was handed: of the exact bytes, so
/// that a module has one hash as it is and another one packed.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("into memory");
        encoder.finish().expect("into memory")
    }

    #[test]
    fn both_forms_give_the_same_bytes() {
        let packed = packed(b"twelve bytes");
        assert_eq!(encoding(&packed), Encoding::Gzip);
        assert_eq!(encoding(b"\0asm"), Encoding::Raw);
        assert_eq!(encoding(b""), Encoding::Raw);
        assert_eq!(unpack(&packed, 100).as_deref(), Ok(&b"twelve bytes"[..]));
        assert_eq!(unpack(b"twelve bytes", 12).as_deref(), Ok(&b"twelve bytes"[..]));
        assert_eq!(unpack(b"twelve bytes", 11), Err(ModuleFault::TooLarge { limit: 11 }));
    }

    #[test]
    fn what_is_damaged_is_not_unpacked() {
        let good = packed(b"twelve bytes");
        for end in 3..good.len() {
            assert_eq!(unpack(&good[..end], 100), Err(ModuleFault::Packing), "{end}");
        }
        let mut wrong = good.clone();
        let checksum = wrong.len() - 8;
        wrong[checksum] ^= 1;
        assert_eq!(unpack(&wrong, 100), Err(ModuleFault::Packing));
        let twice = [good.as_slice(), good.as_slice()].concat();
        let bytes = good.len();
        assert_eq!(unpack(&twice, 100), Err(ModuleFault::Trailing { bytes }));
    }

    /// Sixteen mebibytes of zeros in sixteen kibibytes: the bound holds, to the byte.
    #[test]
    fn a_bomb_does_not_go_off() {
        let bomb = packed(&vec![0; 16 << 20]);
        assert!(bomb.len() < 20_000, "{}", bomb.len());
        assert_eq!(unpack(&bomb, 16 << 20).map(|module| module.len()), Ok(16 << 20));
        for limit in [(16 << 20) - 1, 1 << 20, 20_000] {
            assert_eq!(unpack(&bomb, limit), Err(ModuleFault::TooLarge { limit }));
        }
    }

    #[test]
    fn the_hash_is_of_the_exact_bytes() {
        // FIPS 180-2, appendix B.1.
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex::encode(sha256(b"abc")), known);
        assert_ne!(sha256(&packed(b"abc")), sha256(b"abc"));
    }
}
