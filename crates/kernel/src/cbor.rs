//! Encodings of foreign types inside records, for `#[cbor(with = "…")]`.

/// A principal as CBOR bytes.
pub mod principal {
    use minicbor::decode::{self, Decoder};
    use minicbor::encode::{self, Encoder, Write};

    use candid::Principal;

    /// Writes the field.
    pub fn encode<C, W: Write>(
        value: &Principal,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(value.as_slice())?.ok()
    }

    /// Reads the field.
    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Principal, decode::Error> {
        Principal::try_from_slice(d.bytes()?)
            .map_err(|_| decode::Error::message("a principal has at most 29 bytes"))
    }
}

/// A principal or null.
pub mod opt_principal {
    use minicbor::data::Type;
    use minicbor::decode::{self, Decoder};
    use minicbor::encode::{self, Encoder, Write};

    use candid::Principal;

    /// Writes the field.
    pub fn encode<C, W: Write>(
        value: &Option<Principal>,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match value {
            Some(value) => super::principal::encode(value, e, ctx),
            None => e.null()?.ok(),
        }
    }

    /// Reads the field.
    pub fn decode<C>(d: &mut Decoder<'_>, ctx: &mut C) -> Result<Option<Principal>, decode::Error> {
        if d.datatype()? == Type::Null {
            return d.null().map(|()| None);
        }
        super::principal::decode(d, ctx).map(Some)
    }

    /// What an absent field reads as.
    pub fn nil() -> Option<Option<Principal>> {
        Some(None)
    }

    /// True for what is left out.
    pub fn is_nil(value: &Option<Principal>) -> bool {
        value.is_none()
    }
}

/// A list of principals.
pub mod principals {
    use minicbor::decode::{self, Decoder};
    use minicbor::encode::{self, Encoder, Write};

    use candid::Principal;

    /// Writes the field.
    pub fn encode<C, W: Write>(
        value: &[Principal],
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let count = u64::try_from(value.len()).unwrap_or(u64::MAX);
        e.array(count)?;
        for item in value {
            super::principal::encode(item, e, ctx)?;
        }
        Ok(())
    }

    /// Reads the field.
    pub fn decode<C>(d: &mut Decoder<'_>, ctx: &mut C) -> Result<Vec<Principal>, decode::Error> {
        let count = d.array()?.ok_or_else(|| decode::Error::message("a list has a length"))?;
        (0..count).map(|_| super::principal::decode(d, ctx)).collect()
    }
}

/// A SHA-256 digest as CBOR bytes.
pub mod hash {
    use minicbor::decode::{self, Decoder};
    use minicbor::encode::{self, Encoder, Write};

    use crate::Hash;

    /// Writes the field.
    pub fn encode<C, W: Write>(
        value: &Hash,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(value)?.ok()
    }

    /// Reads the field.
    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Hash, decode::Error> {
        Hash::try_from(d.bytes()?).map_err(|_| decode::Error::message("a digest has 32 bytes"))
    }
}

/// A digest or null.
pub mod opt_hash {
    use minicbor::data::Type;
    use minicbor::decode::{self, Decoder};
    use minicbor::encode::{self, Encoder, Write};

    use crate::Hash;

    /// Writes the field.
    pub fn encode<C, W: Write>(
        value: &Option<Hash>,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match value {
            Some(value) => super::hash::encode(value, e, ctx),
            None => e.null()?.ok(),
        }
    }

    /// Reads the field.
    pub fn decode<C>(d: &mut Decoder<'_>, ctx: &mut C) -> Result<Option<Hash>, decode::Error> {
        if d.datatype()? == Type::Null {
            return d.null().map(|()| None);
        }
        super::hash::decode(d, ctx).map(Some)
    }

    /// What an absent field reads as.
    pub fn nil() -> Option<Option<Hash>> {
        Some(None)
    }

    /// True for what is left out.
    pub fn is_nil(value: &Option<Hash>) -> bool {
        value.is_none()
    }
}
