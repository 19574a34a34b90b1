//! The hash of a value as ICRC-3 defines it: independent of how the value is represented.

use candid::{Int, Nat};
use granary_api::icrc::Value;
use sha2::{Digest, Sha256};

/// SHA-256.
pub type Hash = [u8; 32];

/// The hash of `value`.
pub fn of(value: &Value) -> Hash {
    match value {
        Value::Blob(bytes) => sha256(bytes),
        Value::Text(text) => sha256(text.as_bytes()),
        Value::Nat(number) => sha256(&leb128(number)),
        Value::Int(number) => sha256(&sleb128(number)),
        Value::Array(items) => {
            let mut hash = Sha256::new();
            for item in items {
                hash.update(of(item));
            }
            hash.finalize().into()
        }
        Value::Map(entries) => {
            let mut pairs: Vec<(Hash, Hash)> =
                entries.iter().map(|(key, value)| (sha256(key.as_bytes()), of(value))).collect();
            pairs.sort_unstable();
            let mut hash = Sha256::new();
            for (key, value) in pairs {
                hash.update(key);
                hash.update(value);
            }
            hash.finalize().into()
        }
    }
}

/// The unsigned LEB128 form of a number.
pub fn leb128(number: &Nat) -> Vec<u8> {
    let mut bytes = Vec::new();
    number.encode(&mut bytes).expect("BUG: writing to a vector fails");
    bytes
}

fn sleb128(number: &Int) -> Vec<u8> {
    let mut bytes = Vec::new();
    number.encode(&mut bytes).expect("BUG: writing to a vector fails");
    bytes
}

fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use serde_bytes::ByteBuf;

    use super::*;

    fn blob(bytes: &[u8]) -> Value {
        Value::Blob(ByteBuf::from(bytes))
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    /// The standard's own examples.
    #[test]
    fn the_examples_of_the_standard() {
        let array = Value::Array(vec![Value::Nat(3_u8.into()), text("foo"), blob(&[5, 6])]);
        let from = b"\x00\xab\xcd\xef\x00\x12\x34\x00\x56\x78\x9a\x00\xbc\xde\xf0\x00\
            \x01\x23\x45\x67\x89\x00\xab\xcd\xef\x01";
        let to = b"\x00\xab\x0d\xef\x00\x12\x34\x00\x56\x78\x9a\x00\xbc\xde\xf0\x00\
            \x01\x23\x45\x67\x89\x00\xab\xcd\xef\x01";
        let map = Value::Map(vec![
            ("from".to_owned(), blob(from)),
            ("to".to_owned(), blob(to)),
            ("amount".to_owned(), Value::Nat(42_u8.into())),
            ("created_at".to_owned(), Value::Nat(1_699_218_263_u32.into())),
            ("memo".to_owned(), Value::Nat(0_u8.into())),
        ]);
        let cases = [
            (
                Value::Nat(42_u8.into()),
                "684888c0ebb17f374298b65ee2807526c066094c701bcc7ebbe1c1095f494fc1",
            ),
            (
                Value::Int((-42).into()),
                "de5a6f78116eca62d7fc5ce159d23ae6b889b365a1739ad2cf36f925a140d0cc",
            ),
            (
                text("Hello, World!"),
                "dffd6021bb2bd5b0af676290809ec3a53191dd81c7f70a4b28688a362182986f",
            ),
            (
                blob(&[1, 2, 3, 4]),
                "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a",
            ),
            (array, "514a04011caa503990d446b7dec5d79e19c221ae607fb08b2848c67734d468d6"),
            (map, "c56ece650e1de4269c5bdeff7875949e3e2033f85b2d193c2ff4f7f78bdcfc75"),
        ];
        for (value, expected) in cases {
            assert_eq!(hex::encode(of(&value)), expected, "{value:?}");
        }
    }
}
