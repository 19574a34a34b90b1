//! Certification: the development keys, the state tree, and the certificates and delegations that
//! agents and canisters verify.
//!
//! `keys` derives every key from one public constant. `tree` makes witnesses of the state tree
//! that `state` builds from the network and `requests` from the ingress messages; `authority`
//! signs them. `parse` and `verify` are for certificates that come from outside.

mod authority;
pub mod cbor;
pub mod keys;
pub(crate) mod parse;
mod requests;
mod state;
pub mod tree;
pub(crate) mod verify;

pub use authority::{Authority, Delegations};
pub use keys::{node_id, root_subnet_id, subnet_public_key};
pub use requests::{Request, RequestId, RequestStatus};

/// The root key, DER-encoded (133 bytes). It is the same for every localnet and its secret half
/// is public: clients may pin it, and nothing of value may rest on it. Use it on the loopback
/// interface only.
pub const DEV_ROOT_KEY_DER: &[u8] = &decode_hex::<133>(DEV_ROOT_KEY_HEX);

/// [`DEV_ROOT_KEY_DER`] in hexadecimal, as configuration files pin it.
pub const DEV_ROOT_KEY_HEX: &str = concat!(
    "308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100",
    "859e51ded5b7582f3ea8b384db8eef4002a40051aa3bfa5406ed097902ff1d62",
    "d4b1569e985b97128fcd43cb9212e4910352ca2bdd4e2394c2fb0989ef427c27",
    "3bd0821e46c231b01ffc3dbdd7bec9e1dffabcd9c636894e397edab474b04b08",
);

const fn decode_hex<const N: usize>(hex: &str) -> [u8; N] {
    const fn digit(character: u8) -> u8 {
        match character {
            b'0'..=b'9' => character - b'0',
            b'a'..=b'f' => character - b'a' + 10,
            _ => panic!("not a hexadecimal digit"),
        }
    }
    let hex = hex.as_bytes();
    assert!(hex.len() == 2 * N, "wrong number of digits");
    let mut bytes = [0; N];
    let mut index = 0;
    while index < N {
        bytes[index] = digit(hex[2 * index]) * 16 + digit(hex[2 * index + 1]);
        index += 1;
    }
    bytes
}
