//! Damage to encoded arguments.

use crate::seed::Seed;

/// The magic number every encoding begins with.
const MAGIC: &[u8] = b"DIDL";
/// LEB128 of 2^63 + 2^35: longer than any memory.
const HUGE: [u8; 10] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x81, 0x80, 0x80, 0x80, 0x01];

/// The beginning of the bytes.
pub fn truncated(seed: &mut Seed, mut bytes: Vec<u8>) -> Vec<u8> {
    let keep = seed.below(bytes.len().max(1));
    bytes.truncate(keep);
    bytes
}

/// One to four bits differ.
pub fn flipped(seed: &mut Seed, mut bytes: Vec<u8>) -> Vec<u8> {
    for _ in 0..=seed.below(4) {
        let at = seed.below(bytes.len());
        bytes[at] ^= 1 << seed.below(8);
    }
    bytes
}

/// A length, an index or a number somewhere becomes larger than any memory.
pub fn with_huge_length(seed: &mut Seed, bytes: &[u8]) -> Vec<u8> {
    let at = seed.below(bytes.len()).max(MAGIC.len().min(bytes.len()));
    let (head, tail) = bytes.split_at(at);
    [head, &HUGE, tail.get(1..).unwrap_or_default()].concat()
}

/// More bytes follow.
pub fn padded(seed: &mut Seed, mut bytes: Vec<u8>) -> Vec<u8> {
    let length = 1 + seed.below(64);
    bytes.extend(seed.bytes(length));
    bytes
}

/// Bytes that never were an encoding, with and without the magic number.
pub fn noise(seed: &mut Seed) -> Vec<u8> {
    let length = seed.below(200);
    let noise = seed.bytes(length);
    if seed.chance(50) { [MAGIC, &noise].concat() } else { noise }
}

/// Few bytes that ask a naive decoder for very much.
pub fn bomb(seed: &mut Seed) -> Vec<u8> {
    match seed.below(4) {
        // One argument: a list of 2^32 nulls, which take no bytes.
        0 => [MAGIC, b"\x01\x6d\x7f\x01\x00\xff\xff\xff\xff\x0f"].concat(),
        // A list of lists of … of nulls, 60 deep.
        1 => {
            let depth: u8 = 60;
            let mut bytes = [MAGIC, &[depth]].concat();
            for level in 1..depth {
                bytes.extend([0x6d, level]);
            }
            bytes.extend([0x6d, 0x7f, 0x01, 0x00]);
            bytes.extend([0xff; 59]);
            bytes
        }
        // A type table of 2^28 entries.
        2 => [MAGIC, b"\xff\xff\xff\x7f\x6d\x7f"].concat(),
        // An optional value inside itself, 1,000 times.
        _ => {
            let mut bytes = [MAGIC, b"\x01\x6e\x00\x01\x00"].concat();
            bytes.extend([0x01; 1_000]);
            bytes
        }
    }
}
