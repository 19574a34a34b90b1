//! Byte strings in JSON, as hexadecimal digits.

use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

/// For a plain vector.
pub(super) mod plain {
    use super::{Deserializer, Serializer, read, write};

    pub(in crate::faults) fn serialize<S: Serializer>(
        bytes: &[u8],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        write(bytes, serializer)
    }

    pub(in crate::faults) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        read(deserializer)
    }
}

/// For a vector that is shared.
pub(super) mod shared {
    use std::sync::Arc;

    use super::{Deserializer, Serializer, read, write};

    pub(in crate::faults) fn serialize<S: Serializer>(
        bytes: &Arc<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        write(bytes, serializer)
    }

    pub(in crate::faults) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<Vec<u8>>, D::Error> {
        read(deserializer).map(Arc::new)
    }
}

fn write<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(bytes))
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let digits = String::deserialize(deserializer)?;
    hex::decode(digits).map_err(D::Error::custom)
}
