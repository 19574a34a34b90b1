//! A block's header: 80 bytes, their hash, their target.

use super::double_sha256;
use super::number::U256;
use crate::Hash;

/// Bytes of a header.
pub const HEADER_BYTES: usize = 80;

/// The bytes of a header, as they are hashed and stored.
pub type HeaderBytes = [u8; HEADER_BYTES];

/// A block's header, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Hash of the block before, in the byte order in which it is hashed.
    pub previous: Hash,
    /// Root over the block's transactions.
    pub merkle_root: Hash,
    /// When it says it was found, seconds since 1970.
    pub time: u32,
    /// The target in compact form.
    pub bits: u32,
}

impl Header {
    /// Reads the fields that matter; version and nonce only count in the hash.
    pub fn read(bytes: &HeaderBytes) -> Self {
        let field = |at: usize| -> [u8; 4] { part(bytes, at) };
        Self {
            previous: part(bytes, 4),
            merkle_root: part(bytes, 36),
            time: u32::from_le_bytes(field(68)),
            bits: u32::from_le_bytes(field(72)),
        }
    }
}

fn part<const N: usize>(bytes: &HeaderBytes, at: usize) -> [u8; N] {
    let part = bytes.get(at..).and_then(<[u8]>::first_chunk);
    part.copied().unwrap_or([0; N])
}

/// The block's hash, in the byte order in which it is hashed; people write it backwards.
pub fn hash(bytes: &HeaderBytes) -> Hash {
    double_sha256(bytes)
}

/// The target a compact form stands for; none when it is negative, zero or above 2^256.
pub fn target(bits: u32) -> Option<U256> {
    let [exponent, high, middle, low] = bits.to_be_bytes();
    if high & 0x80 != 0 {
        return None;
    }
    let mantissa = [high, middle, low];
    // The mantissa's lowest byte stands `exponent − 3` bytes from the right.
    let mut out = [0_u8; 32];
    for (byte, above) in mantissa.iter().zip(1_u8..) {
        if *byte == 0 {
            continue;
        }
        // Bytes below the point are cut off; above 32 there is no room.
        let Some(from_right) = exponent.checked_sub(above) else { continue };
        let at = 31_usize.checked_sub(usize::from(from_right))?;
        if let Some(slot) = out.get_mut(at) {
            *slot = *byte;
        }
    }
    let target = U256::from_be_bytes(&out);
    (target != U256::ZERO).then_some(target)
}

/// The compact form of a target: what is below its three highest bytes is cut off.
pub fn compact(target: U256) -> u32 {
    let bytes = target.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let at = |offset: usize| zeros.checked_add(offset).and_then(|at| bytes.get(at)).copied();
    let mut size = u8::try_from(32_usize.saturating_sub(zeros)).unwrap_or(32);
    let mut mantissa = [at(0).unwrap_or(0), at(1).unwrap_or(0), at(2).unwrap_or(0)];
    // The highest bit is a sign, so a mantissa that begins with one moves down a byte.
    if mantissa[0] & 0x80 != 0 {
        mantissa = [0, mantissa[0], mantissa[1]];
        size = size.saturating_add(1);
    }
    let [high, middle, low] = mantissa;
    u32::from_be_bytes([size, high, middle, low])
}

/// True when a block's hash is at or below its target.
pub fn meets(hash: &Hash, target: U256) -> bool {
    U256::from_le_bytes(hash) <= target
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bitcoin's first block.
    const GENESIS: &str = concat!(
        "01000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a",
        "29ab5f49",
        "ffff001d",
        "1dac2b7c"
    );

    #[test]
    fn the_first_block_is_itself() {
        let bytes: HeaderBytes = hex::decode(GENESIS).expect("hex").try_into().expect("80 bytes");
        let header = Header::read(&bytes);
        assert_eq!((header.time, header.bits), (1_231_006_505, 0x1d00_ffff));
        let mut written = hash(&bytes);
        written.reverse();
        let known = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";
        assert_eq!(hex::encode(written), known);
        let target = target(header.bits).expect("a target");
        assert!(meets(&hash(&bytes), target));
        let mut other = bytes;
        other[79] ^= 1;
        assert!(!meets(&hash(&other), target));
    }

    /// Forms and their meaning as Bitcoin's own tests have them.
    #[test]
    fn compact_forms() {
        let small = |value| Some(U256::from_u64(value));
        let mut second_highest = [0; 32];
        second_highest[1] = 0xff;
        for (bits, expected) in [
            (0x0100_3456, None),
            (0x0112_3456, small(0x12)),
            (0x0200_8000, small(0x80)),
            (0x0212_3456, small(0x1234)),
            (0x0312_3456, small(0x0012_3456)),
            (0x0412_3456, small(0x1234_5600)),
            (0x0500_9234, small(0x9234_0000)),
            (0x0492_3456, None),
            (0xff12_3456, None),
            (0x0000_0000, None),
            (0x2100_00ff, Some(U256::from_be_bytes(&second_highest))),
        ] {
            assert_eq!(target(bits), expected, "{bits:08x}");
        }
        assert_eq!(compact(U256::from_u64(0x80)), 0x0200_8000);
        assert_eq!(compact(U256::from_u64(0x1234_5600)), 0x0412_3456);
        assert_eq!(target(compact(target(0x1d00_ffff).expect("a target"))), target(0x1d00_ffff));
    }

    /// Bitcoin's block 1 needs 2^32 / 0xffff × 2^16 hashes: 4,295,032,833.
    #[test]
    fn the_first_difficulty_is_worth_its_hashes() {
        let target = target(0x1d00_ffff).expect("a target");
        assert_eq!(target.work_of_target(), U256::from_u64(4_295_032_833));
    }

    proptest! {
        #[test]
        fn a_compact_form_is_kept(bytes: [u8; 32]) {
            let number = U256::from_be_bytes(&bytes);
            let bits = compact(number);
            if let Some(kept) = target(bits) {
                prop_assert!(kept <= number);
                prop_assert_eq!(compact(kept), bits);
            }
        }

        #[test]
        fn no_form_panics(bits: u32) {
            let _ = target(bits);
        }
    }
}
