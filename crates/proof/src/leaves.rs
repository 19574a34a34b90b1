//! What the leaves of the books say, byte for byte: numbers big-endian and of fixed width, texts
//! and lists behind their length, so that no two facts share their bytes.

use crate::hash::{self, Domain, Hash};

/// An amount with its sign. Zero is never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// True below zero.
    pub negative: bool,
    /// How far from zero, in the asset's smallest units.
    pub units: u128,
}

impl Signed {
    const BYTES: usize = 17;

    fn put(self, out: &mut Vec<u8>) {
        out.push(u8::from(self.negative && self.units != 0));
        out.extend_from_slice(&self.units.to_be_bytes());
    }
}

/// One account's balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BalanceLeaf {
    /// Number of the account.
    pub account: u64,
    /// Number of its asset.
    pub asset: u32,
    /// Whose it is, in the books' own bytes: the kind, then a number or a digest.
    pub owner: [u8; 33],
    /// What it holds.
    pub balance: Signed,
    /// Number of postings that moved it.
    pub postings: u64,
}

impl BalanceLeaf {
    /// The bytes that are hashed.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Signed::BYTES.saturating_add(53));
        out.extend_from_slice(&self.account.to_be_bytes());
        out.extend_from_slice(&self.asset.to_be_bytes());
        out.extend_from_slice(&self.owner);
        self.balance.put(&mut out);
        out.extend_from_slice(&self.postings.to_be_bytes());
        out
    }

    /// Its hash in the tree of balances.
    pub fn hash(&self) -> Hash {
        hash::leaf(Domain::Balances, &self.bytes())
    }
}

/// One movement within an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostingLeaf {
    /// Number of the account.
    pub account: u64,
    /// Number of its asset.
    pub asset: u32,
    /// What moved.
    pub delta: Signed,
}

/// One entry of the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryLeaf<'a> {
    /// Number of the entry.
    pub entry: u64,
    /// When it was booked, nanoseconds since 1970.
    pub at_ns: u64,
    /// What kind of entry it is: the kind's number in the books.
    pub kind: u8,
    /// The payment intent it belongs to, if any.
    pub intent: Option<u64>,
    /// Where it happened outside, in the books' own bytes; empty for nowhere.
    pub external: &'a [u8],
    /// What moved.
    pub postings: &'a [PostingLeaf],
}

impl EntryLeaf<'_> {
    /// The bytes that are hashed.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        out.extend_from_slice(&self.entry.to_be_bytes());
        out.extend_from_slice(&self.at_ns.to_be_bytes());
        out.push(self.kind);
        out.push(u8::from(self.intent.is_some()));
        out.extend_from_slice(&self.intent.unwrap_or(0).to_be_bytes());
        put_len(&mut out, self.external.len());
        out.extend_from_slice(self.external);
        put_len(&mut out, self.postings.len());
        for PostingLeaf { account, asset, delta } in self.postings {
            out.extend_from_slice(&account.to_be_bytes());
            out.extend_from_slice(&asset.to_be_bytes());
            delta.put(&mut out);
        }
        out
    }

    /// Its hash in the log of entries.
    pub fn hash(&self) -> Hash {
        hash::leaf(Domain::Entries, &self.bytes())
    }
}

fn put_len(out: &mut Vec<u8>, len: usize) {
    out.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes());
}

/// One output of a Bitcoin transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtxoLeaf {
    /// Number of the output in the books.
    pub utxo: u64,
    /// The transaction, in the byte order in which it is hashed.
    pub txid: Hash,
    /// Which of its outputs.
    pub vout: u32,
    /// Satoshi.
    pub value_sat: u64,
    /// Number of the account it belongs to.
    pub account: u64,
    /// Height of its block, 0 while it has none.
    pub height: u32,
    /// Its state: the state's number in the books.
    pub state: u8,
}

impl UtxoLeaf {
    /// The bytes that are hashed.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(65);
        out.extend_from_slice(&self.utxo.to_be_bytes());
        out.extend_from_slice(&self.txid);
        out.extend_from_slice(&self.vout.to_be_bytes());
        out.extend_from_slice(&self.value_sat.to_be_bytes());
        out.extend_from_slice(&self.account.to_be_bytes());
        out.extend_from_slice(&self.height.to_be_bytes());
        out.push(self.state);
        out
    }

    /// Its hash in the tree of outputs.
    pub fn hash(&self) -> Hash {
        hash::leaf(Domain::Utxos, &self.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Signed = Signed { negative: false, units: 0 };

    #[test]
    fn nothing_has_one_sign() {
        let below = Signed { negative: true, units: 0 };
        let leaf =
            |balance| BalanceLeaf { account: 1, asset: 2, owner: [3; 33], balance, postings: 5 };
        assert_eq!(leaf(NOTHING).bytes(), leaf(below).bytes());
        assert_ne!(leaf(NOTHING).hash(), leaf(Signed { negative: false, units: 1 }).hash());
    }

    #[test]
    fn the_bytes_of_a_balance_are_fixed() {
        let leaf = BalanceLeaf {
            account: 7,
            asset: 2,
            owner: [1; 33],
            balance: Signed { negative: true, units: 258 },
            postings: 3,
        };
        let expected = concat!(
            "0000000000000007",
            "00000002",
            "010101010101010101010101010101010101010101010101010101010101010101",
            "01",
            "00000000000000000000000000000102",
            "0000000000000003"
        );
        assert_eq!(hex::encode(leaf.bytes()), expected);
    }

    #[test]
    fn a_posting_cannot_pass_for_the_reference() {
        let postings = [PostingLeaf { account: 1, asset: 1, delta: NOTHING }];
        let with = |external, postings| EntryLeaf {
            entry: 0,
            at_ns: 0,
            kind: 0,
            intent: None,
            external,
            postings,
        };
        let moved = with(&[], &postings).bytes();
        let tail = &moved[moved.len() - 33..];
        assert_ne!(with(tail, &[]).hash(), with(&[], &postings).hash());
        assert_ne!(with(&[], &[]).bytes(), EntryLeaf { intent: Some(0), ..with(&[], &[]) }.bytes());
    }

    #[test]
    fn an_output_has_one_hash_per_state() {
        let leaf = UtxoLeaf {
            utxo: 1,
            txid: [7; 32],
            vout: 0,
            value_sat: 1,
            account: 1,
            height: 0,
            state: 1,
        };
        assert_eq!(leaf.bytes().len(), 65);
        assert_ne!(leaf.hash(), UtxoLeaf { state: 2, ..leaf }.hash());
    }
}
