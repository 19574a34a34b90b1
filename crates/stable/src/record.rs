//! Records: one version byte, then CBOR with numbered fields.
//!
//! The byte says which shape follows; nothing is ever found out by trying. A record written by an
//! older version of the code is brought up step by step when it is read and takes its new shape
//! when it is next written. Appending an optional field needs no new version: old bytes read as
//! `None` and old code skips the field. Field numbers are never used again.

use core::fmt;
use std::borrow::Cow;

use ic_stable_structures::Storable;
use ic_stable_structures::storable::Bound;

/// A stored shape.
///
/// ```
/// use granary_stable::record::{self, Record, RecordFault};
/// use minicbor::{Decode, Encode};
///
/// #[derive(Encode, Decode)]
/// struct PersonV1 {
///     #[n(0)]
///     name: String,
/// }
/// impl Record for PersonV1 {
///     const NAME: &'static str = "person";
///     const VERSION: u8 = 1;
/// }
///
/// #[derive(Encode, Decode)]
/// struct PersonV2 {
///     #[n(0)]
///     name: String,
///     #[n(1)]
///     greeted: u64,
/// }
/// impl Record for PersonV2 {
///     const NAME: &'static str = "person";
///     const VERSION: u8 = 2;
///     fn upcast(version: u8, bytes: &[u8]) -> Result<Self, RecordFault> {
///         match version {
///             1 => record::decode::<PersonV1>(bytes)
///                 .map(|old| Self { name: old.name, greeted: 0 }),
///             newer => Err(RecordFault::Newer { name: Self::NAME, version: newer }),
///         }
///     }
/// }
///
/// let old = record::encode(&PersonV1 { name: "Ada".into() });
/// assert_eq!(record::decode::<PersonV2>(&old).expect("an older shape").greeted, 0);
/// ```
pub trait Record: minicbor::Encode<()> + for<'b> minicbor::Decode<'b, ()> {
    /// The family, for messages.
    const NAME: &'static str;
    /// The version byte of this shape.
    const VERSION: u8;

    /// Reads an older shape: `bytes` is the whole record, its first byte is `version`.
    ///
    /// An implementation matches every version it knows and answers [`RecordFault::Newer`] to the
    /// others. The default knows none.
    fn upcast(version: u8, bytes: &[u8]) -> Result<Self, RecordFault> {
        let _ = bytes;
        Err(RecordFault::Newer { name: Self::NAME, version })
    }
}

/// Why bytes are not a record.
#[derive(Debug)]
pub enum RecordFault {
    /// There is not even a version byte.
    Empty {
        /// The family.
        name: &'static str,
    },
    /// The version is one this code does not know.
    Newer {
        /// The family.
        name: &'static str,
        /// The version byte.
        version: u8,
    },
    /// The fields are not those of the version.
    Malformed {
        /// The family.
        name: &'static str,
        /// What the decoder says.
        source: minicbor::decode::Error,
    },
}

impl fmt::Display for RecordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty { name } => write!(f, "{name} record without a version"),
            Self::Newer { name, version } => {
                write!(f, "{name} record version {version} is newer than this code")
            }
            Self::Malformed { name, source } => write!(f, "{name} record is malformed: {source}"),
        }
    }
}

impl std::error::Error for RecordFault {}

/// The stored bytes of `record`.
///
/// # Panics
/// When a field refuses to be encoded, which is a bug of its `with` module.
pub fn encode<R: Record>(record: &R) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    out.push(R::VERSION);
    if let Err(fault) = minicbor::encode(record, &mut out) {
        panic!("BUG: {} record does not encode: {fault}", R::NAME);
    }
    out
}

/// The record in `bytes`, brought up to this shape.
pub fn decode<R: Record>(bytes: &[u8]) -> Result<R, RecordFault> {
    match bytes.split_first() {
        None => Err(RecordFault::Empty { name: R::NAME }),
        Some((version, body)) if *version == R::VERSION => minicbor::decode(body)
            .map_err(|source| RecordFault::Malformed { name: R::NAME, source }),
        Some((version, _)) => R::upcast(*version, bytes),
    }
}

/// The record in `bytes` that this canister wrote itself.
///
/// # Panics
/// When the bytes are no record of this code: state that cannot be read must not be acted on.
pub fn decode_or_trap<R: Record>(bytes: &[u8]) -> R {
    match decode(bytes) {
        Ok(record) => record,
        Err(fault) => panic!("BUG: {fault}"),
    }
}

/// A record as the value of a stable structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<R>(pub R);

impl<R: Record> Storable for Stored<R> {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Owned(encode(&self.0))
    }

    fn into_bytes(self) -> Vec<u8> {
        encode(&self.0)
    }

    fn from_bytes(bytes: Cow<[u8]>) -> Self {
        Self(decode_or_trap(&bytes))
    }

    const BOUND: Bound = Bound::Unbounded;
}

#[cfg(test)]
mod tests {
    use minicbor::{Decode, Encode};
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct First {
        #[n(0)]
        name: String,
    }
    impl Record for First {
        const NAME: &'static str = "example";
        const VERSION: u8 = 1;
    }

    #[derive(Encode, Decode, Debug, PartialEq)]
    struct Second {
        #[n(0)]
        name: String,
        #[n(2)]
        count: u32,
        #[n(3)]
        note: Option<String>,
    }
    impl Record for Second {
        const NAME: &'static str = "example";
        const VERSION: u8 = 2;
        fn upcast(version: u8, bytes: &[u8]) -> Result<Self, RecordFault> {
            match version {
                1 => {
                    decode::<First>(bytes).map(|old| Self { count: 1, name: old.name, note: None })
                }
                newer => Err(RecordFault::Newer { name: Self::NAME, version: newer }),
            }
        }
    }

    #[test]
    fn an_older_shape_is_brought_up() {
        let old = encode(&First { name: "a".into() });
        let new = decode::<Second>(&old).expect("version 1 is known");
        assert_eq!(new, Second { name: "a".into(), count: 1, note: None });
    }

    #[test]
    fn an_optional_field_needs_no_new_version() {
        #[derive(Encode, Decode)]
        struct Before {
            #[n(0)]
            name: String,
            #[n(2)]
            count: u32,
        }
        impl Record for Before {
            const NAME: &'static str = "example";
            const VERSION: u8 = 2;
        }
        let bytes = encode(&Before { name: "b".into(), count: 4 });
        assert_eq!(decode::<Second>(&bytes).expect("same version").note, None);
        let bytes = encode(&Second { name: "b".into(), count: 4, note: Some("n".into()) });
        let back = decode::<Before>(&bytes).expect("the field is skipped");
        assert_eq!((back.name.as_str(), back.count), ("b", 4));
    }

    #[test]
    #[should_panic(expected = "BUG: example record version 9 is newer than this code")]
    fn a_newer_shape_traps() {
        decode_or_trap::<Second>(&[9, 0x80]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode::<Second>(&bytes);
        }

        #[test]
        fn records_come_back(
            name in ".{0,40}", count in any::<u32>(), note in any::<Option<String>>()
        ) {
            let record = Second { name, count, note };
            let bytes = encode(&record);
            prop_assert_eq!(bytes.first(), Some(&2));
            prop_assert_eq!(decode::<Second>(&bytes).expect("own bytes"), record);
            prop_assert!(decode::<Second>(&bytes[..bytes.len() - 1]).is_err());
        }
    }
}
