//! Balances, fees and duplicates: what both ledgers do alike.
//!
//! `minted = burned + balances` holds at all times.

use std::collections::BTreeMap;

use candid::Principal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::accounts::AccountId;

/// How long a transaction is recognised when it comes again, in nanoseconds.
pub(super) const WINDOW_NS: u64 = 24 * 3_600 * 1_000_000_000;
/// How far the clock of a caller may be off, in nanoseconds.
const DRIFT_NS: u64 = 60 * 1_000_000_000;

/// The accounts of one token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ledger {
    fee: u128,
    balances: BTreeMap<AccountId, u128>,
    minted: u128,
    burned: u128,
    /// Blocks so far, which is the number of the next one.
    blocks: u64,
    /// Transactions that told their time, by that time, for as long as they could come again.
    recent: BTreeMap<Key, Recent>,
}

/// The time a transaction told, and the hash of all of it.
type Key = (u64, [u8; 32]);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Recent {
    block: u64,
    /// The canister it created.
    canister: Option<Principal>,
}

/// Why nothing was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    BadFee { expected: u128 },
    InsufficientFunds { balance: u128 },
    TooOld,
    CreatedInFuture { now_ns: u64 },
    Duplicate { of: u64, canister: Option<Principal> },
}

/// What makes two transactions the same: with a time given, one that is equal in everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp<'a> {
    pub(super) kind: &'a str,
    pub(super) created_at_ns: Option<u64>,
    pub(super) memo: &'a [u8],
    pub(super) now_ns: u64,
}

impl Ledger {
    pub(super) fn new(fee: u128) -> Self {
        Self {
            fee,
            balances: BTreeMap::new(),
            minted: 0,
            burned: 0,
            blocks: 0,
            recent: BTreeMap::new(),
        }
    }

    pub(super) fn fee(&self) -> u128 {
        self.fee
    }

    pub(super) fn balance(&self, account: AccountId) -> u128 {
        self.balances.get(&account).copied().unwrap_or(0)
    }

    /// Everything in accounts.
    pub(super) fn supply(&self) -> u128 {
        self.minted - self.burned
    }

    /// Creates tokens in an account and answers the block.
    pub(super) fn mint(&mut self, to: AccountId, amount: u128) -> u64 {
        self.minted += amount;
        self.credit(to, amount);
        self.next_block()
    }

    /// Moves tokens between accounts and burns the fee.
    pub(super) fn transfer(
        &mut self,
        (from, to): (AccountId, AccountId),
        amount: u128,
        offered_fee: Option<u128>,
        stamp: Stamp<'_>,
    ) -> Result<u64, Refusal> {
        if offered_fee.is_some_and(|fee| fee != self.fee) {
            return Err(Refusal::BadFee { expected: self.fee });
        }
        let key = self.admit(from, Some(to), amount, stamp)?;
        self.debit(from, amount, self.fee)?;
        self.burned += self.fee;
        self.credit(to, amount);
        Ok(self.conclude(key))
    }

    /// Takes tokens and the fee out of an account and out of the world.
    pub(super) fn burn(
        &mut self,
        from: AccountId,
        amount: u128,
        stamp: Stamp<'_>,
    ) -> Result<u64, Refusal> {
        let key = self.admit(from, None, amount, stamp)?;
        self.debit(from, amount, self.fee)?;
        self.burned += amount + self.fee;
        Ok(self.conclude(key))
    }

    /// Burns without a fee, as a system canister does with what it owns.
    pub(super) fn burn_free(&mut self, from: AccountId, amount: u128) -> Result<u64, Refusal> {
        self.debit(from, amount, 0)?;
        self.burned += amount;
        Ok(self.next_block())
    }

    /// Remembers which canister the transaction of a block created.
    pub(super) fn remember_canister(&mut self, block: u64, canister: Principal) {
        // It is most likely the latest one.
        if let Some(recent) = self.recent.values_mut().rfind(|recent| recent.block == block) {
            recent.canister = Some(canister);
        }
    }

    /// Refuses what came already, or at no time it may come; the answer is its name.
    fn admit(
        &mut self,
        from: AccountId,
        to: Option<AccountId>,
        amount: u128,
        stamp: Stamp<'_>,
    ) -> Result<Option<Key>, Refusal> {
        let Some(created_at_ns) = stamp.created_at_ns else { return Ok(None) };
        if created_at_ns.saturating_add(WINDOW_NS + DRIFT_NS) < stamp.now_ns {
            return Err(Refusal::TooOld);
        }
        if created_at_ns > stamp.now_ns.saturating_add(DRIFT_NS) {
            return Err(Refusal::CreatedInFuture { now_ns: stamp.now_ns });
        }
        let oldest = stamp.now_ns.saturating_sub(WINDOW_NS + DRIFT_NS);
        while self.recent.first_key_value().is_some_and(|((time, _), _)| *time < oldest) {
            self.recent.pop_first();
        }
        let mut hash = Sha256::new();
        let to = to.as_ref().map_or(&[][..], AccountId::as_slice);
        for part in [stamp.kind.as_bytes(), from.as_slice(), to, stamp.memo] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.update(amount.to_be_bytes());
        let key = (created_at_ns, hash.finalize().into());
        match self.recent.get(&key) {
            Some(known) => Err(Refusal::Duplicate { of: known.block, canister: known.canister }),
            None => Ok(Some(key)),
        }
    }

    fn conclude(&mut self, key: Option<Key>) -> u64 {
        let block = self.next_block();
        if let Some(key) = key {
            self.recent.insert(key, Recent { block, canister: None });
        }
        block
    }

    fn debit(&mut self, from: AccountId, amount: u128, fee: u128) -> Result<(), Refusal> {
        let balance = self.balance(from);
        let left = amount.checked_add(fee).and_then(|total| balance.checked_sub(total));
        match left {
            None => return Err(Refusal::InsufficientFunds { balance }),
            Some(0) => drop(self.balances.remove(&from)),
            Some(left) => drop(self.balances.insert(from, left)),
        }
        Ok(())
    }

    fn credit(&mut self, to: AccountId, amount: u128) {
        if amount > 0 {
            *self.balances.entry(to).or_default() += amount;
        }
    }

    fn next_block(&mut self) -> u64 {
        let block = self.blocks;
        self.blocks += 1;
        block
    }

    #[cfg(test)]
    pub(super) fn check(&self) {
        let balances: u128 = self.balances.values().sum();
        assert_eq!(self.minted, self.burned + balances, "tokens appeared or vanished");
    }
}
