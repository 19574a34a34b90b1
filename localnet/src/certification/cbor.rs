//! CBOR with the self-describing tag, the encoding of everything certified and sent to agents.

use ciborium::Value;
use serde::{Serialize, de::DeserializeOwned};

/// CBOR tag 55799, which marks a byte string as CBOR.
const SELF_DESCRIBE: [u8; 3] = [0xd9, 0xd9, 0xf7];

/// Nesting at which decoding stops: no message of the interface nests deeper than a hash tree of
/// a full key space, and unbounded recursion on hostile input would exhaust the stack.
const RECURSION_LIMIT: usize = 512;
/// The same for requests, which are flat: it is the threads of the server that read them.
const REQUEST_RECURSION_LIMIT: usize = 64;

/// `value` as CBOR, preceded by the self-describing tag.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = SELF_DESCRIBE.to_vec();
    ciborium::into_writer(value, &mut bytes).expect("writing to memory does not fail");
    bytes
}

/// The value in `bytes`, with or without the self-describing tag.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    decode_within(bytes, RECURSION_LIMIT)
}

/// The request in `bytes`, with or without the self-describing tag.
pub(crate) fn decode_request(bytes: &[u8]) -> Result<Value, String> {
    decode_within(bytes, REQUEST_RECURSION_LIMIT)
}

fn decode_within<T: DeserializeOwned>(bytes: &[u8], levels: usize) -> Result<T, String> {
    let bytes = bytes.strip_prefix(&SELF_DESCRIBE[..]).unwrap_or(bytes);
    ciborium::de::from_reader_with_recursion_limit(bytes, levels)
        .map_err(|error| format!("invalid CBOR: {error}"))
}

/// A CBOR map with text keys.
pub fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (text(key), value)).collect())
}

/// A CBOR text.
pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A CBOR byte string.
pub fn bytes(bytes: impl Into<Vec<u8>>) -> Value {
    Value::Bytes(bytes.into())
}

/// The unsigned LEB128 form numbers have in the state tree.
pub fn leb128(number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    leb128::write::unsigned(&mut bytes, number).expect("writing to memory does not fail");
    bytes
}
