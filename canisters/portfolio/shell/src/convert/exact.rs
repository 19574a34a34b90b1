//! Frequent arguments, read in the order of their fields when they come under their own header;
//! see [`granary_env::exact`]. Fields and cases are ordered by the hashes of their names.

use granary_api::portfolio as p;
use granary_env::exact::Reader;

use super::Headed;

/// An entry to post; none when the message must be decoded in full.
pub fn entry(message: &[u8]) -> Option<p::PostEntryArgs> {
    let mut reader = Reader::behind(p::PostEntryArgs::HEADER, message)?;
    let (postings, external_ref) = (reader.vec(posting)?, reader.opt(external_ref)?);
    let (kind, intent) = (kind(&mut reader)?, reader.opt(Reader::u64)?);
    let idempotency_key = reader.opt(Reader::text)?;
    let args = p::PostEntryArgs { kind, intent, external_ref, postings, idempotency_key };
    reader.is_finished().then_some(args)
}

/// A number alone; none when the message must be decoded in full.
pub fn number(message: &[u8]) -> Option<u64> {
    let mut reader = Reader::behind(u64::HEADER, message)?;
    let number = reader.u64()?;
    reader.is_finished().then_some(number)
}

/// Whose balances; none when the message must be decoded in full.
pub fn balances(message: &[u8]) -> Option<p::GetBalancesArgs> {
    let mut reader = Reader::behind(p::GetBalancesArgs::HEADER, message)?;
    let (owner, assets) = (owner(&mut reader)?, reader.opt(|reader| reader.vec(Reader::u64))?);
    reader.is_finished().then_some(p::GetBalancesArgs { owner, assets })
}

fn posting(reader: &mut Reader<'_>) -> Option<p::Posting> {
    let (asset, owner) = (reader.u64()?, owner(reader)?);
    Some(p::Posting { owner, asset, delta_units: reader.int()? })
}

fn owner(reader: &mut Reader<'_>) -> Option<p::AccountOwner> {
    Some(match reader.case()? {
        0 => p::AccountOwner::Fees,
        1 => p::AccountOwner::User(reader.u64()?),
        2 => p::AccountOwner::Suspense,
        3 => p::AccountOwner::External(reader.blob()?),
        4 => p::AccountOwner::Treasury,
        5 => p::AccountOwner::GrantCommitment(reader.u64()?),
        _ => return None,
    })
}

fn external_ref(reader: &mut Reader<'_>) -> Option<p::ExternalRef> {
    Some(match reader.case()? {
        0 => p::ExternalRef::Btc { txid: reader.blob()?, vout: reader.u32()? },
        1 => p::ExternalRef::Icrc { ledger: reader.principal()?, block: reader.u64()? },
        _ => return None,
    })
}

fn kind(reader: &mut Reader<'_>) -> Option<p::EntryKind> {
    Some(match reader.case()? {
        0 => p::EntryKind::Fee,
        1 => p::EntryKind::Explained,
        2 => p::EntryKind::Deposit,
        3 => p::EntryKind::GrantCommitted,
        4 => p::EntryKind::Withdrawal,
        5 => p::EntryKind::Transfer,
        6 => p::EntryKind::GrantPaid,
        7 => p::EntryKind::Unexplained,
        8 => p::EntryKind::Adjustment,
        9 => p::EntryKind::GrantReleased,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use candid::{Decode, Encode, Int, Principal};
    use serde_bytes::ByteBuf;

    use super::*;

    const KINDS: [p::EntryKind; 10] = [
        p::EntryKind::Deposit,
        p::EntryKind::Withdrawal,
        p::EntryKind::Transfer,
        p::EntryKind::GrantCommitted,
        p::EntryKind::GrantReleased,
        p::EntryKind::GrantPaid,
        p::EntryKind::Fee,
        p::EntryKind::Adjustment,
        p::EntryKind::Explained,
        p::EntryKind::Unexplained,
    ];

    fn owners() -> [p::AccountOwner; 6] {
        [
            p::AccountOwner::Treasury,
            p::AccountOwner::User(u64::MAX),
            p::AccountOwner::GrantCommitment(3),
            p::AccountOwner::Fees,
            p::AccountOwner::Suspense,
            p::AccountOwner::External(ByteBuf::from(vec![7; 32])),
        ]
    }

    fn amounts() -> Vec<Int> {
        let edges = [0, 1, 63, 64, 65, 1 << 40, i128::MAX >> 3, (i128::MAX >> 3) + 1];
        edges.iter().flat_map(|edge| [Int::from(*edge), Int::from(-*edge)]).collect()
    }

    fn entries() -> Vec<p::PostEntryArgs> {
        let ledger = Principal::from_slice(&[9; 29]);
        let references = [
            None,
            Some(p::ExternalRef::Icrc { ledger, block: 1 << 60 }),
            Some(p::ExternalRef::Btc { txid: ByteBuf::from(vec![1; 32]), vout: u32::MAX }),
        ];
        let entry = |(at, kind): (usize, p::EntryKind)| {
            let posting = |(number, delta_units): (usize, Int)| {
                let owner = owners()[(at + number) % 6].clone();
                p::Posting { owner, asset: u64::MAX >> number, delta_units }
            };
            p::PostEntryArgs {
                kind,
                intent: at.is_multiple_of(2).then_some(u64::MAX),
                external_ref: references[at % 3].clone(),
                postings: amounts().into_iter().enumerate().skip(at).map(posting).collect(),
                idempotency_key: at.is_multiple_of(3).then(|| "ключ".to_owned()),
            }
        };
        KINDS.into_iter().enumerate().map(entry).collect()
    }

    #[test]
    fn fields_and_cases_are_read_in_their_order() {
        for args in entries() {
            let message = Encode!(&args).expect("encodes");
            assert_eq!(entry(&message), Some(args));
            assert_eq!(entry(&[&message[..], &[0]].concat()), None, "a byte too many");
        }
        for owner in owners() {
            for assets in [None, Some(vec![]), Some(vec![1, u64::MAX])] {
                let args = p::GetBalancesArgs { owner: owner.clone(), assets };
                assert_eq!(balances(&Encode!(&args).expect("encodes")), Some(args));
            }
        }
    }

    #[test]
    fn a_number_is_read() {
        for value in [0, 1, u64::MAX] {
            let message = Encode!(&value).expect("encodes");
            assert_eq!(number(&message), Some(value));
            assert_eq!(number(&message[..message.len() - 1]), None);
        }
        assert_eq!(number(&Encode!(&7_u32).expect("encodes")), None);
        assert_eq!(number(&Encode!(&7_u64, &7_u64).expect("encodes")), None);
    }

    #[test]
    fn whatever_is_read_is_what_the_full_decoder_reads() {
        let args = &entries()[2];
        let good = Encode!(args).expect("encodes");
        for at in p::PostEntryArgs::HEADER.len()..good.len() {
            for flip in 1..=255_u8 {
                let mut bad = good.clone();
                bad[at] ^= flip;
                if let Some(read) = entry(&bad) {
                    assert_eq!(Decode!(&bad, p::PostEntryArgs).ok(), Some(read), "{at} {flip}");
                }
            }
        }
        for len in 0..good.len() {
            assert_eq!(entry(&good[..len]), None);
        }
    }

    #[test]
    fn other_messages_are_left_to_the_full_decoder() {
        let args = entries().swap_remove(0);
        assert_eq!(entry(&Encode!(&args, &1_u8).expect("encodes")), None);
        assert_eq!(entry(b"DIDL\0\0"), None);
        let mut large = args;
        let edge: Int = "340282366920938463463374607431768211455".parse().expect("2^128 - 1");
        large.postings[0].delta_units = edge;
        assert_eq!(entry(&Encode!(&large).expect("encodes")), None);
    }
}
