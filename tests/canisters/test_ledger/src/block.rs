//! What a block says: how it is stored, and how ICRC-3 shows it.

use candid::Nat;
use granary_api::icrc::Value;
use minicbor::{Decode, Encode};
use serde_bytes::ByteBuf;

use crate::account::Written;
use crate::hashing::{self, Hash};

/// What a transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Operation {
    #[n(0)]
    Transfer,
    #[n(1)]
    Mint,
    #[n(2)]
    Burn,
    #[n(3)]
    Approve,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Transfer => "xfer",
            Self::Mint => "mint",
            Self::Burn => "burn",
            Self::Approve => "approve",
        }
    }
}

/// An amount in the token's smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Units(#[cbor(n(0), with = "granary_units::cbor::u128")] pub u128);

/// What a caller asked for, in the caller's words; what was absent in the call is absent here.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Transaction {
    #[n(0)]
    pub operation: Operation,
    #[n(1)]
    pub from: Option<Written>,
    #[n(2)]
    pub to: Option<Written>,
    #[n(3)]
    pub spender: Option<Written>,
    #[n(4)]
    pub amount: Units,
    #[n(5)]
    pub fee: Option<Units>,
    #[cbor(n(6), with = "minicbor::bytes")]
    pub memo: Option<Vec<u8>>,
    #[n(7)]
    pub created_at_ns: Option<u64>,
    #[n(8)]
    pub expected_allowance: Option<Units>,
    #[n(9)]
    pub expires_at_ns: Option<u64>,
}

impl Transaction {
    /// The transaction as a value; its hash tells two transactions apart.
    pub fn value(&self) -> Value {
        let text = Value::Text(self.operation.name().to_owned());
        map([
            ("amt", Some(nat(self.amount.0))),
            ("expected_allowance", self.expected_allowance.map(units)),
            ("expires_at", self.expires_at_ns.map(nat)),
            ("fee", self.fee.map(units)),
            ("from", self.from.as_ref().map(Written::value)),
            ("memo", self.memo.clone().map(|bytes| Value::Blob(ByteBuf::from(bytes)))),
            ("op", Some(text)),
            ("spender", self.spender.as_ref().map(Written::value)),
            ("to", self.to.as_ref().map(Written::value)),
            ("ts", self.created_at_ns.map(nat)),
        ])
    }
}

/// One link of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Block {
    /// Hash of the block before; none in the first one.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub parent: Option<Hash>,
    /// When the ledger took it, nanoseconds since 1970.
    #[n(1)]
    pub at_ns: u64,
    /// What was charged, told when the caller did not.
    #[n(2)]
    pub fee: Option<Units>,
    #[n(3)]
    pub transaction: Transaction,
}

impl Block {
    /// The block as ICRC-3 shows it.
    pub fn value(&self) -> Value {
        let parent = self.parent.map(|hash| Value::Blob(ByteBuf::from(hash.to_vec())));
        map([
            ("fee", self.fee.map(units)),
            ("phash", parent),
            ("ts", Some(nat(self.at_ns))),
            ("tx", Some(self.transaction.value())),
        ])
    }

    /// The hash the next block names.
    pub fn hash(&self) -> Hash {
        hashing::of(&self.value())
    }
}

fn units(amount: Units) -> Value {
    nat(amount.0)
}

fn nat(number: impl Into<Nat>) -> Value {
    Value::Nat(number.into())
}

fn map<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    let present = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Map(present.collect())
}
