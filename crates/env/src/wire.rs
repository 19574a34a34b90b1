//! Candid at the border.
//!
//! **Replies.** A Candid message is a type header and the values. Making the header of a
//! `Result<_, Error>` costs more than the rest of a small call, and it is the same every time. So
//! each canister keeps the headers of its reply types as generated constants and writes only the
//! values: [`encode`] puts the two together. A test of the canister compares constant and
//! [`header_of`], so a changed type cannot go out under an old header.
//!
//! **Arguments.** [`decode`] bounds the size before it reads and the work while it reads. What
//! does not decode cannot be answered in the reply type either, so it ends the message; the text
//! names the reason, and nothing has been changed.

use candid::ser::{TypeSerialize, ValueSerializer};
use candid::utils::ArgumentDecoder;
use candid::{CandidType, DecoderConfig};

/// The header of a reply of type `T`, computed. For tests and generators only.
///
/// # Panics
/// When `T` has no Candid type, which its derive rules out.
pub fn header_of<T: CandidType>() -> Vec<u8> {
    candid::types::internal::env_clear();
    let mut types = TypeSerialize::new();
    let made = types.push_type(&T::ty()).and_then(|()| types.serialize());
    assert!(made.is_ok(), "BUG: a reply type without a header");
    [b"DIDL", types.get_result()].concat()
}

/// The reply `value` under `header`.
///
/// # Panics
/// When the value holds something Candid cannot express, which the types in use rule out.
pub fn encode<T: CandidType>(header: &[u8], value: &T) -> Vec<u8> {
    let mut values = ValueSerializer::new();
    if value.idl_serialize(&mut values).is_err() {
        ic_cdk::trap("BUG: a reply does not encode");
    }
    let values = values.get_result();
    let mut bytes = Vec::with_capacity(header.len().saturating_add(values.len()));
    bytes.extend_from_slice(header);
    bytes.extend_from_slice(values);
    bytes
}

/// How much of an argument is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgumentLimits {
    /// Bytes of the whole argument; more is not looked at.
    pub max_bytes: usize,
    /// Work of decoding, in Candid's own count (about one per byte and seven per field).
    pub max_work: usize,
}

/// Work allowed for fields this version does not know, which newer clients may send.
const MAX_SKIPPED_WORK: usize = 10_000;

/// Why an argument was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgumentFault {
    /// It has more bytes than the method takes.
    TooLong {
        /// Its bytes.
        bytes: usize,
        /// The bytes the method takes.
        limit: usize,
    },
    /// It is not what the method's interface says.
    Malformed {
        /// What the decoder says.
        message: String,
    },
}

impl core::fmt::Display for ArgumentFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::TooLong { bytes, limit } => {
                write!(f, "the argument has {bytes} bytes, this method takes {limit}")
            }
            Self::Malformed { message } => {
                write!(f, "the argument is not what this method's interface says: {message}")
            }
        }
    }
}

/// Reads an argument list within `limits`; an absent one is read as empty.
pub fn decode<A>(bytes: &[u8], limits: ArgumentLimits) -> Result<A, ArgumentFault>
where
    A: for<'a> ArgumentDecoder<'a>,
{
    let ArgumentLimits { max_bytes, max_work } = limits;
    if bytes.len() > max_bytes {
        return Err(ArgumentFault::TooLong { bytes: bytes.len(), limit: max_bytes });
    }
    let bytes = if bytes.is_empty() { b"DIDL\0\0" } else { bytes };
    let mut config = DecoderConfig::new();
    config.set_decoding_quota(max_work).set_skipping_quota(MAX_SKIPPED_WORK);
    candid::utils::decode_args_with_config(bytes, &config)
        .map_err(|fault| ArgumentFault::Malformed { message: short(&fault.to_string()) })
}

/// Reads an argument list, or ends the message with the reason.
pub fn decode_or_trap<A>(bytes: &[u8], limits: ArgumentLimits) -> A
where
    A: for<'a> ArgumentDecoder<'a>,
{
    match decode(bytes, limits) {
        Ok(arguments) => arguments,
        Err(fault) => ic_cdk::trap(format!("arguments: {fault}")),
    }
}

/// The decoder's text can repeat the input; a caller learns enough from its beginning.
fn short(message: &str) -> String {
    let end = message.floor_char_boundary(200);
    message.get(..end).unwrap_or_default().to_owned()
}

/// The text of a generated file with the headers of `types`: pairs of a type's source text and
/// its header, in the order given.
pub fn headers_source(imports: &str, types: &[(&str, Vec<u8>)]) -> String {
    let mut text = String::from(
        "//! Type headers of what crosses the border alone. Generated; do not edit.\n\n",
    );
    text.push_str(imports);
    for (name, header) in types {
        text.push_str("\nimpl Headed for ");
        text.push_str(name);
        text.push_str(" {\n    const HEADER: &'static [u8] = b\"");
        push_bytes(&mut text, header);
        text.push_str("\";\n}\n");
    }
    text
}

/// Bytes as an escaped literal in lines that fit the house's width.
fn push_bytes(text: &mut String, bytes: &[u8]) {
    for chunk in bytes.chunks(22) {
        text.push_str("\\\n        ");
        for byte in chunk {
            let digits = [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
            text.push_str("\\x");
            text.extend(digits.into_iter().flatten());
        }
    }
}

#[cfg(test)]
mod tests {
    use candid::{Decode, Encode};
    use granary_api::common::{Health, HealthStatus, Mode, Receipt};
    use granary_errors::{Code, Error};

    use super::*;

    const LIMITS: ArgumentLimits = ArgumentLimits { max_bytes: 200, max_work: 2_000 };

    fn same<T: CandidType>(value: &T) {
        let header = header_of::<T>();
        assert_eq!(encode(&header, value), Encode!(value).expect("encodes"));
        assert_eq!(header_of::<T>(), header, "the header is the same every time");
    }

    #[test]
    fn header_and_values_are_candids_own_bytes() {
        let code = Code::new("test.wire.example");
        let error = Error::state_error(code, "Closed", &["Open"], "no").with("limit", 7_u64);
        let receipt = Receipt { id: 1, event: 2, at_ns: 3 };
        same(&Ok::<_, Error>(receipt));
        same(&Err::<Receipt, _>(error.clone()));
        let health = Health {
            status: HealthStatus::Degraded,
            version: "0.1.0".into(),
            schema: 1,
            mode: Mode::Restricted(vec![candid::Principal::anonymous()]),
            reasons: vec!["memory: full".into()],
        };
        same(&health);
        same(&Ok::<_, Error>(vec![health.clone(), health]));
        same(&(1_u64, Some("x")).0);
        let bytes = encode(&header_of::<Result<Receipt, Error>>(), &Err::<Receipt, _>(&error));
        assert_eq!(Decode!(&bytes, Result<Receipt, Error>).expect("decodes"), Err(error));
    }

    #[test]
    fn arguments_are_bounded() {
        let ok = Encode!(&7_u64, &"text").expect("encodes");
        assert_eq!(decode::<(u64, String)>(&ok, LIMITS), Ok((7, "text".to_owned())));
        assert_eq!(decode::<()>(&[], LIMITS), Ok(()));
        let long = Encode!(&vec![0_u8; 300]).expect("encodes");
        let limit = ArgumentFault::TooLong { bytes: long.len(), limit: 200 };
        assert_eq!(decode::<(Vec<u8>,)>(&long, LIMITS), Err(limit));
        let dear = Encode!(&vec![(); 150_000]).expect("encodes");
        let refused = decode::<(Vec<()>,)>(&dear, LIMITS);
        assert!(matches!(refused, Err(ArgumentFault::Malformed { .. })), "{refused:?}");
    }

    #[test]
    fn no_bytes_make_the_decoder_panic() {
        let good = Encode!(&Some(vec![("a", 1_u64)])).expect("encodes");
        for at in 0..good.len() {
            for flip in 1..=255_u8 {
                let mut bad = good.clone();
                if let Some(byte) = bad.get_mut(at) {
                    *byte ^= flip;
                }
                let _ = decode::<(Option<Vec<(String, u64)>>,)>(&bad, LIMITS);
            }
        }
    }

    #[test]
    fn the_generated_text_holds_the_bytes() {
        let text = headers_source("use x;\n", &[("u64", header_of::<u64>())]);
        assert!(text.contains("impl Headed for u64 {\n    const HEADER: &'static [u8] = b\"\\\n"));
        assert!(text.contains("        \\x44\\x49\\x44\\x4c\\x00\\x01\\x78\";\n}\n"), "{text}");
    }
}
