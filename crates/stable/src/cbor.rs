//! Field encodings for `#[cbor(with = "…")]`.

pub use granary_units::cbor::u128;

/// Thirty-two bytes, usually a SHA-256 digest, as one CBOR byte string.
pub mod digest {
    use minicbor::decode::{self, Decoder};
    use minicbor::encode::{self, Encoder, Write};

    /// Writes `value`.
    pub fn encode<C, W: Write>(
        value: &[u8; 32],
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(value)?.ok()
    }

    /// Reads a value.
    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<[u8; 32], decode::Error> {
        <[u8; 32]>::try_from(d.bytes()?)
            .map_err(|_| decode::Error::message("a digest has 32 bytes"))
    }
}

/// Bytes of any length as one CBOR byte string.
pub mod blob {
    use minicbor::decode::{self, Decoder};
    use minicbor::encode::{self, Encoder, Write};

    /// Writes `value`.
    pub fn encode<C, W: Write>(
        value: &[u8],
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(value)?.ok()
    }

    /// Reads a value.
    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Vec<u8>, decode::Error> {
        d.bytes().map(<[u8]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use minicbor::{Decode, Encode};

    #[derive(Encode, Decode, PartialEq, Debug)]
    struct Row {
        #[cbor(n(0), with = "super::digest")]
        digest: [u8; 32],
        #[cbor(n(1), with = "super::blob")]
        blob: Vec<u8>,
        #[cbor(n(2), with = "super::u128")]
        amount: u128,
    }

    #[test]
    fn bytes_are_byte_strings() {
        let row = Row { digest: [7; 32], blob: vec![1, 2, 3], amount: u128::MAX };
        let bytes = minicbor::to_vec(&row).expect("writing to a vector");
        assert_eq!(bytes.len(), 1 + (2 + 32) + (1 + 3) + (2 + 16));
        assert_eq!(minicbor::decode::<Row>(&bytes).expect("own bytes"), row);
    }

    #[test]
    fn a_digest_of_another_length_is_refused() {
        let bytes = [0x83, 0x41, 7, 0x40, 0x00];
        assert!(minicbor::decode::<Row>(&bytes).is_err());
    }
}
