//! Addresses as people write them: Bitcoin's with their checksums, and accounts of token ledgers
//! as the first schema kept them.

use candid::Principal;
use sha2::{Digest, Sha256};

use crate::limits;
use crate::types::{BitcoinNetwork, Hash, ScriptType};

/// Why a text is no Bitcoin address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAddress(pub &'static str);

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// What the text says: network, script, and the text in its one spelling. The checksum must hold.
pub fn bitcoin(text: &str) -> Result<(BitcoinNetwork, ScriptType, String), BadAddress> {
    let bytes = text.len();
    if !(limits::MIN_ADDRESS_BYTES..=limits::MAX_ADDRESS_BYTES).contains(&bytes) {
        return Err(BadAddress("its length is no address's"));
    }
    let lower = text.to_ascii_lowercase();
    for (prefix, network) in [
        ("bc", BitcoinNetwork::Mainnet),
        ("tb", BitcoinNetwork::Testnet),
        ("bcrt", BitcoinNetwork::Regtest),
    ] {
        let data = lower.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('1'));
        if let Some(data) = data {
            if lower != *text && text.to_ascii_uppercase() != *text {
                return Err(BadAddress("it mixes upper and lower case"));
            }
            return segwit(prefix, data).map(|script| (network, script, lower));
        }
    }
    let (network, script) = match base58check(text)? {
        0x00 => (BitcoinNetwork::Mainnet, ScriptType::P2pkh),
        0x05 => (BitcoinNetwork::Mainnet, ScriptType::P2sh),
        0x6f => (BitcoinNetwork::Testnet, ScriptType::P2pkh),
        0xc4 => (BitcoinNetwork::Testnet, ScriptType::P2sh),
        _ => return Err(BadAddress("its first byte is no network's")),
    };
    Ok((network, script, text.to_owned()))
}

/// Witness version and program behind the human-readable part, with their checksum.
fn segwit(prefix: &str, data: &str) -> Result<ScriptType, BadAddress> {
    let mut values = vec![];
    for letter in data.bytes() {
        let at = BECH32.iter().position(|known| *known == letter);
        let value = at.and_then(|at| u8::try_from(at).ok());
        values.push(value.ok_or(BadAddress("it has a letter no address has"))?);
    }
    let Some((body, _)) = values.split_last_chunk::<6>() else {
        return Err(BadAddress("it is too short"));
    };
    let (version, program) = body.split_first().ok_or(BadAddress("it is too short"))?;
    let kind = match (*version, program_bytes(program)?) {
        (0, 20) => ScriptType::P2wpkh,
        (0, 32) => ScriptType::P2wsh,
        (1, 32) => ScriptType::P2tr,
        _ => return Err(BadAddress("its witness program is none of the known kinds")),
    };
    // Version 0 has the older checksum, every later one the newer.
    let constant = if *version == 0 { 1 } else { 0x2bc8_30a3 };
    let high = prefix.bytes().map(|letter| letter >> 5);
    let low = prefix.bytes().map(|letter| letter & 31);
    let all = high.chain(core::iter::once(0)).chain(low).chain(values);
    if checksum(all) == constant { Ok(kind) } else { Err(BadAddress("its checksum is wrong")) }
}

/// Bytes of groups of five bits; padding must be short and zero.
fn program_bytes(groups: &[u8]) -> Result<usize, BadAddress> {
    let bits = groups.len().saturating_mul(5);
    let bytes = bits >> 3;
    let padding = bits & 7;
    let last = groups.last().copied().unwrap_or_default();
    let mask = (1_u8 << padding).saturating_sub(1);
    if padding > 4 || last & mask != 0 {
        return Err(BadAddress("its padding is wrong"));
    }
    Ok(bytes)
}

fn checksum(values: impl Iterator<Item = u8>) -> u32 {
    const FACTORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let mut sum: u32 = 1;
    for value in values {
        let top = sum >> 25;
        sum = ((sum & 0x01ff_ffff) << 5) ^ u32::from(value);
        for (bit, factor) in FACTORS.iter().enumerate() {
            if (top >> bit) & 1 == 1 {
                sum ^= factor;
            }
        }
    }
    sum
}

/// The version byte of 25 bytes in base 58 whose last four are a checksum of the others.
fn base58check(text: &str) -> Result<u8, BadAddress> {
    let mut bytes = [0_u8; 25];
    for letter in text.bytes() {
        let digit = BASE58.iter().position(|known| *known == letter);
        let digit = digit.and_then(|at| u32::try_from(at).ok());
        let mut carry = digit.ok_or(BadAddress("it has a letter no address has"))?;
        for byte in bytes.iter_mut().rev() {
            let value = u32::from(*byte).saturating_mul(58).saturating_add(carry);
            *byte = u8::try_from(value & 0xff).unwrap_or_default();
            carry = value >> 8;
        }
        if carry != 0 {
            return Err(BadAddress("it is too long"));
        }
    }
    // Each leading zero byte is written as one letter 1.
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    if text.bytes().take_while(|letter| *letter == b'1').count() != zeros {
        return Err(BadAddress("it has a wrong number of leading ones"));
    }
    let (body, sum) = bytes.split_at_checked(21).ok_or(BadAddress("it is too short"))?;
    let twice = Sha256::digest(Sha256::digest(body));
    if !twice.starts_with(sum) {
        return Err(BadAddress("its checksum is wrong"));
    }
    body.first().copied().ok_or(BadAddress("it is too short"))
}

/// Owner and subaccount as schema 1 wrote them: the owner's text, and behind a dot the
/// subaccount in 64 hexadecimal digits unless it is the first.
pub(crate) fn account(text: &str) -> Result<(Principal, Hash), BadAddress> {
    let (owner, digits) = text.split_once('.').unwrap_or((text, ""));
    let owner = Principal::from_text(owner).map_err(|_| BadAddress("the owner is no principal"))?;
    let mut subaccount = [0; 32];
    if digits.is_empty() {
        return Ok((owner, subaccount));
    }
    if digits.len() != 64 {
        return Err(BadAddress("a subaccount has 64 digits"));
    }
    for (byte, pair) in subaccount.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let pair = core::str::from_utf8(pair).map_err(|_| BadAddress("no hexadecimal digits"))?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| BadAddress("no hexadecimal digits"))?;
    }
    Ok((owner, subaccount))
}

#[cfg(test)]
mod tests {
    use super::*;

    use BitcoinNetwork::{Mainnet, Regtest, Testnet};

    #[test]
    fn published_addresses_are_read() {
        let known = [
            ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", Mainnet, ScriptType::P2pkh),
            ("3P14159f73E4gFr7JterCCQh9QjiTjiZrG", Mainnet, ScriptType::P2sh),
            ("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", Testnet, ScriptType::P2pkh),
            ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", Mainnet, ScriptType::P2wpkh),
            (
                "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
                Testnet,
                ScriptType::P2wsh,
            ),
            (
                "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
                Mainnet,
                ScriptType::P2tr,
            ),
            ("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", Regtest, ScriptType::P2wpkh),
        ];
        for (text, network, script) in known {
            let read = bitcoin(text);
            let spelled = if script == ScriptType::P2pkh || script == ScriptType::P2sh {
                text.to_owned()
            } else {
                text.to_lowercase()
            };
            assert_eq!(read, Ok((network, script, spelled)), "{text}");
        }
    }

    #[test]
    fn one_wrong_letter_is_found() {
        for text in [
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ] {
            for at in 4..text.len() {
                let mut other = text.as_bytes().to_vec();
                other[at] = if other[at] == b'q' { b'p' } else { b'q' };
                let other = String::from_utf8(other).expect("ascii");
                assert!(bitcoin(&other).is_err(), "{other}");
            }
        }
    }

    #[test]
    fn what_only_looks_like_an_address_is_refused() {
        for text in [
            "",
            "bc1",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4x",
            // The newer checksum under version 0, and the older one under version 1.
            "bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8F3T4",
            "11A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
            "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
        ] {
            assert!(bitcoin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn accounts_of_the_first_schema_are_read() {
        let owner = Principal::from_slice(&[7; 10]);
        assert_eq!(account(&owner.to_text()), Ok((owner, [0; 32])));
        let long = format!("{}.{}", owner.to_text(), "0f".repeat(32));
        assert_eq!(account(&long), Ok((owner, [15; 32])));
        for bad in ["", "x", "aaaaa-aa.12", &long[..long.len() - 1]] {
            assert!(account(bad).is_err(), "{bad}");
        }
    }
}
