//! Frequent arguments, read in the order of their fields when they come under their own header;
//! see [`granary_env::exact`]. Fields are ordered by the hashes of their names.

use candid::Deserialize;
use granary_api::risk_guard as r;
use granary_env::exact::Reader;

use super::Headed;

/// An argument that is one number.
pub trait Number: Headed + for<'de> Deserialize<'de> {
    /// The argument with this number.
    fn of(number: u64) -> Self;
}

impl Number for r::ReservationArgs {
    fn of(intent: u64) -> Self {
        Self { intent }
    }
}

impl Number for r::AssetArgs {
    fn of(asset: u64) -> Self {
        Self { asset }
    }
}

/// An argument that is one number; none when the message must be decoded in full.
pub fn number<T: Number>(message: &[u8]) -> Option<T> {
    let mut reader = Reader::behind(T::HEADER, message)?;
    let number = reader.u64()?;
    reader.is_finished().then(|| T::of(number))
}

/// An outflow; none when the message must be decoded in full.
pub fn outflow(message: &[u8]) -> Option<r::OutflowArgs> {
    let mut reader = Reader::behind(r::OutflowArgs::HEADER, message)?;
    let args = r::OutflowArgs {
        destination: reader.blob()?,
        asset: reader.u64()?,
        initiator: reader.principal()?,
        announcement: reader.opt(Reader::u64)?,
        intent: reader.u64()?,
        amount_units: reader.u128()?,
        purpose: purpose(&mut reader)?,
    };
    reader.is_finished().then_some(args)
}

fn purpose(reader: &mut Reader<'_>) -> Option<r::Purpose> {
    match reader.case()? {
        0 => Some(r::Purpose::Grant),
        1 => Some(r::Purpose::Plan),
        2 => Some(r::Purpose::Cycles),
        3 => Some(r::Purpose::Manual),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use candid::{Encode, Principal};
    use serde_bytes::ByteBuf;

    use super::*;

    #[test]
    fn an_outflow_is_read_in_its_order() {
        let purposes =
            [r::Purpose::Grant, r::Purpose::Plan, r::Purpose::Manual, r::Purpose::Cycles];
        for purpose in purposes {
            for amount_units in [0, 1, 127, 128, u128::from(u64::MAX), u128::MAX] {
                let args = r::OutflowArgs {
                    intent: u64::MAX,
                    asset: 7,
                    amount_units,
                    destination: ByteBuf::from(vec![9; 32]),
                    initiator: Principal::from_slice(&[5; 29]),
                    purpose,
                    announcement: Some(3).filter(|_| amount_units > 1),
                };
                let message = Encode!(&args).expect("encodes");
                assert_eq!(outflow(&message), Some(args));
                assert_eq!(outflow(&[&message[..], &[0]].concat()), None);
                for len in 0..message.len() {
                    assert_eq!(outflow(&message[..len]), None, "{len}");
                }
            }
        }
    }

    #[test]
    fn one_number_is_read() {
        let args = r::ReservationArgs { intent: u64::MAX };
        let message = Encode!(&args).expect("encodes");
        assert_eq!(number::<r::ReservationArgs>(&message), Some(args));
        assert_eq!(number::<r::AssetArgs>(&message), None, "another field");
        let args = r::AssetArgs { asset: 3 };
        assert_eq!(number(&Encode!(&args).expect("encodes")), Some(args));
    }
}
