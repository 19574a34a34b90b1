//! Encodings of quantities inside stored records, for `#[cbor(with = "…")]`.

/// 128-bit unsigned integers.
///
/// Up to `u64::MAX` a plain CBOR integer (1 to 9 bytes); above, a positive bignum (tag 2) of
/// exactly 16 bytes, most significant first. Each number has one form and no other is accepted,
/// so equal values are equal bytes.
pub mod u128 {
    use minicbor::data::{IanaTag, Type};
    use minicbor::decode::{self, Decoder};
    use minicbor::encode::{self, Encoder, Write};

    /// Writes `value`.
    pub fn encode<C, W: Write>(
        value: &u128,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match u64::try_from(*value) {
            Ok(small) => e.u64(small)?.ok(),
            Err(_) => e.tag(IanaTag::PosBignum)?.bytes(&value.to_be_bytes())?.ok(),
        }
    }

    /// Reads a value.
    pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<u128, decode::Error> {
        if d.datatype()? != Type::Tag {
            return d.u64().map(u128::from);
        }
        if d.tag()? != IanaTag::PosBignum.tag() {
            return Err(decode::Error::message("expected a positive bignum"));
        }
        let bytes = <[u8; 16]>::try_from(d.bytes()?)
            .map_err(|_| decode::Error::message("a bignum has 16 bytes"))?;
        let value = u128::from_be_bytes(bytes);
        if u64::try_from(value).is_ok() {
            return Err(decode::Error::message("a small number in the large form"));
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use minicbor::{Decode, Encode};
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    #[derive(Encode, Decode, PartialEq, Debug)]
    struct Row {
        #[cbor(n(0), with = "super::u128")]
        value: u128,
    }

    fn round_trip(value: u128) -> (u128, Vec<u8>) {
        let bytes = minicbor::to_vec(Row { value }).expect("writing to a vector");
        (minicbor::decode::<Row>(&bytes).expect("own bytes").value, bytes)
    }

    proptest! {
        #[test]
        fn every_number_comes_back(value in any::<u128>(), small in any::<u64>()) {
            prop_assert_eq!(round_trip(value).0, value);
            let (back, bytes) = round_trip(u128::from(small));
            prop_assert_eq!(back, u128::from(small));
            prop_assert!(bytes.len() <= 10);
        }
    }

    #[test]
    fn there_is_one_form_per_number() {
        let mut bytes = vec![0x81, 0xc2, 0x50];
        bytes.extend_from_slice(&7_u128.to_be_bytes());
        assert!(minicbor::decode::<Row>(&bytes).is_err());
        bytes.truncate(3);
        bytes.extend_from_slice(&(u128::MAX - 1).to_be_bytes());
        assert_eq!(minicbor::decode::<Row>(&bytes).expect("large").value, u128::MAX - 1);
    }
}
