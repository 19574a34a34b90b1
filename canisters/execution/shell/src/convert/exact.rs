//! Frequent arguments, read in the order of their fields when they come under their own header;
//! see [`granary_env::exact`]. Fields and cases are ordered by the hashes of their names.

use candid::{CandidType, Nat};
use granary_api::execution as e;
use granary_api::portfolio::LedgerAccount;
use granary_env::exact::Reader;
use granary_kernel::Fault;
use serde::Deserialize;

use super::Headed;

/// An intent to submit; none when the message must be decoded in full.
pub fn submission(message: &[u8]) -> Option<SubmitIntentArgs> {
    let mut reader = Reader::behind(e::SubmitIntentArgs::HEADER, message)?;
    let (destination, asset) = (destination(&mut reader)?, reader.u64()?);
    let (origin, announcement) = (origin(&mut reader)?, reader.opt(Reader::u64)?);
    let amount_units = reader.nat()?;
    let (expires_at_ns, idempotency_key) = (reader.opt(Reader::u64)?, reader.text()?);
    let args = SubmitIntentArgs {
        idempotency_key,
        origin,
        asset,
        destination,
        amount_units,
        announcement,
        expires_at_ns,
    };
    reader.is_finished().then_some(args)
}

/// An intent to submit, with whatever amount was written: what is beyond 128 bits is refused by its
/// name and not by the decoder.
#[derive(CandidType, Deserialize, Debug, PartialEq, Eq)]
pub struct SubmitIntentArgs {
    /// 1–64 bytes. The same key with the same arguments gives the first receipt, for ever; with
    /// other arguments it is refused.
    idempotency_key: String,
    origin: e::Origin,
    /// Number of the asset in `portfolio`.
    asset: u64,
    destination: e::Destination,
    /// What the destination receives; the ledger's fee comes on top.
    amount_units: Nat,
    /// The announcement at `risk_guard` this payment was announced with.
    announcement: Option<u64>,
    /// After this time it is not sent any more; none means thirty days.
    expires_at_ns: Option<u64>,
}

impl SubmitIntentArgs {
    /// With an amount that can be counted.
    pub fn counted(self) -> Result<e::SubmitIntentArgs, Fault> {
        Ok(e::SubmitIntentArgs {
            idempotency_key: self.idempotency_key,
            origin: self.origin,
            asset: self.asset,
            destination: self.destination,
            amount_units: super::input::units("amount_units", &self.amount_units)?,
            announcement: self.announcement,
            expires_at_ns: self.expires_at_ns,
        })
    }
}

/// An account; an address of Bitcoin is rare enough to be decoded in full.
fn destination(reader: &mut Reader<'_>) -> Option<e::Destination> {
    match reader.case()? {
        1 => {
            let owner = reader.principal()?;
            let subaccount = reader.opt(Reader::blob)?;
            Some(e::Destination::Icrc(LedgerAccount { owner, subaccount }))
        }
        _ => None,
    }
}

fn origin(reader: &mut Reader<'_>) -> Option<e::Origin> {
    Some(match reader.case()? {
        0 => e::Origin::Grant { grant: reader.u64()?, payout: reader.u64()? },
        1 => {
            let leg = reader.u32()?;
            e::Origin::Plan { plan: reader.u64()?, leg }
        }
        2 => e::Origin::CyclesTopUp { canister: reader.principal()? },
        3 => e::Origin::Manual,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use candid::{Decode, Encode, Principal};
    use granary_api::portfolio::BtcNetwork;
    use serde_bytes::ByteBuf;

    use super::*;

    fn args(origin: e::Origin, subaccount: Option<usize>, amount: u128) -> e::SubmitIntentArgs {
        let subaccount = subaccount.map(|len| ByteBuf::from(vec![7; len]));
        let owner = Principal::from_slice(&[9; 10]);
        e::SubmitIntentArgs {
            idempotency_key: "payout-7 ü".to_owned(),
            origin,
            asset: u64::MAX,
            destination: e::Destination::Icrc(LedgerAccount { owner, subaccount }),
            amount_units: amount,
            announcement: subaccount_is(&origin).then_some(3),
            expires_at_ns: Some(u64::MAX),
        }
    }

    fn subaccount_is(origin: &e::Origin) -> bool {
        matches!(origin, e::Origin::Manual)
    }

    fn origins() -> [e::Origin; 4] {
        let canister = Principal::from_slice(&[1]);
        [
            e::Origin::Grant { grant: 1, payout: u64::MAX },
            e::Origin::Plan { plan: 7, leg: u32::MAX },
            e::Origin::Manual,
            e::Origin::CyclesTopUp { canister },
        ]
    }

    #[test]
    fn what_is_read_is_what_was_sent() {
        for origin in origins() {
            for (subaccount, amount) in [(None, 0), (Some(32), 1 << 62), (Some(0), 77)] {
                let sent = args(origin, subaccount, amount);
                let message = Encode!(&sent).expect("encodes");
                let read = submission(&message).map(SubmitIntentArgs::counted);
                assert_eq!(read, Some(Ok(sent)));
            }
        }
    }

    #[test]
    fn what_is_unusual_is_decoded_in_full() {
        let edge = args(e::Origin::Manual, None, u128::MAX);
        let large = Encode!(&edge).expect("encodes");
        assert_eq!(submission(&large), None);
        let any = |bytes: &[u8]| Decode!(bytes, SubmitIntentArgs).expect("any amount").counted();
        assert_eq!(any(&large), Ok(edge.clone()));
        let beyond = SubmitIntentArgs {
            idempotency_key: edge.idempotency_key,
            origin: edge.origin,
            asset: edge.asset,
            destination: edge.destination,
            amount_units: Nat::from(u128::MAX) + 1_u32,
            announcement: None,
            expires_at_ns: None,
        };
        let field = "amount_units".to_owned();
        let found = any(&Encode!(&beyond).expect("encodes"));
        assert_eq!(found, Err(Fault::AmountRange { field }));
        let mut btc = args(e::Origin::Manual, None, 5);
        let network = BtcNetwork::Regtest;
        btc.destination = e::Destination::Btc { network, address: "x".to_owned() };
        assert_eq!(submission(&Encode!(&btc).expect("encodes")), None);
    }

    #[test]
    fn whatever_is_read_is_what_the_full_decoder_reads() {
        let good = Encode!(&args(e::Origin::Manual, Some(32), 9)).expect("encodes");
        for at in e::SubmitIntentArgs::HEADER.len()..good.len() {
            for flip in 1..=255_u8 {
                let mut bad = good.clone();
                bad[at] ^= flip;
                if let Some(read) = submission(&bad) {
                    let full = Decode!(&bad, SubmitIntentArgs).ok();
                    assert_eq!(full, Some(read), "{at} {flip}");
                }
            }
        }
    }
}
