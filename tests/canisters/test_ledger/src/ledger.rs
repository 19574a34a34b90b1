//! What is stored, and how a transaction becomes a block.

use candid::{Decode, Encode, Nat};
use granary_api::icrc::Account;
use granary_api::test_ledger::{Faults, InitArgs};
use ic_stable_structures::DefaultMemoryImpl;
use serde_bytes::ByteArray;

use crate::account::{self, Key};
use crate::block::{Block, Operation, Transaction, Units};
use crate::hashing::Hash;
use crate::layout::{Layout, Row};
use crate::refusal::{Odd, Refusal};

/// Bytes a memo may have.
pub const MEMO_BYTES_MAX: usize = 32;

/// What the ledger was installed with.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Settings {
    #[cbor(n(0), with = "minicbor::bytes")]
    minting_owner: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    minting_subaccount: Option<[u8; 32]>,
    #[n(2)]
    pub name: String,
    #[n(3)]
    pub symbol: String,
    #[n(4)]
    pub decimals: u8,
    #[n(5)]
    fee: Units,
}

/// What every transaction changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct Book {
    /// The sum of all balances.
    #[cbor(n(0), with = "granary_units::cbor::u128")]
    pub supply: u128,
    /// Hash of the newest block.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub tip: Option<Hash>,
}

/// The ledger.
#[derive(Debug)]
pub struct Ledger {
    pub(crate) stored: Layout,
    settings: Settings,
    faults: Faults,
}

impl Ledger {
    /// A ledger on empty memory; `Err` says what is wrong with the arguments.
    pub fn install(
        memory: DefaultMemoryImpl,
        args: &InitArgs,
        now_ns: u64,
    ) -> Result<Self, String> {
        let settings = Settings {
            minting_owner: args.minting_account.owner.as_slice().to_vec(),
            minting_subaccount: args.minting_account.subaccount.map(ByteArray::into_array),
            name: args.name.clone(),
            symbol: args.symbol.clone(),
            decimals: args.decimals,
            fee: Units(small(&args.fee).ok_or("the fee does not fit 128 bits")?),
        };
        let mut stored = Layout::open(memory);
        stored.settings.set(Row(Some(settings.clone())));
        let mut ledger = Self { stored, settings, faults: Faults::default() };
        for balance in &args.balances {
            ledger
                .mint(now_ns, &balance.account, &balance.amount, None)
                .map_err(|refusal| format!("a first balance: {refusal:?}"))?;
        }
        Ok(ledger)
    }

    /// The ledger an earlier version left.
    pub fn open(memory: DefaultMemoryImpl) -> Option<Self> {
        let stored = Layout::open(memory);
        let Row(settings) = stored.settings.get().clone();
        let faults = stored.faults.get();
        let faults = Decode!(faults, Faults).unwrap_or_default();
        Some(Self { stored, settings: settings?, faults })
    }

    /// What the ledger was installed with.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The account money comes from and goes to.
    pub fn minting_account(&self) -> Account {
        self.settings.minting_account()
    }

    /// What a transfer costs now.
    pub fn fee(&self) -> u128 {
        self.faults.fee.as_ref().and_then(small).unwrap_or(self.settings.fee.0)
    }

    /// What goes wrong now.
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Replaces what goes wrong.
    pub fn put_faults(&mut self, faults: Faults) {
        self.stored.faults.set(Encode!(&faults).expect("BUG: a wire type does not encode"));
        self.faults = faults;
    }

    /// The sum of all balances.
    pub fn supply(&self) -> u128 {
        self.stored.book.get().0.supply
    }

    /// Blocks so far.
    pub fn length(&self) -> u64 {
        self.stored.blocks.len()
    }

    /// Index and hash of the newest block.
    pub fn tip(&self) -> Option<(u64, Hash)> {
        let hash = self.stored.book.get().0.tip?;
        Some((self.length().checked_sub(1)?, hash))
    }

    /// What an account has.
    pub fn balance(&self, key: &Key) -> u128 {
        self.stored.balances.get(key).unwrap_or_default()
    }

    /// The block at `index`.
    pub fn block(&self, index: u64) -> Option<Block> {
        let bytes = self.stored.blocks.get(index)?;
        Some(minicbor::decode(&bytes).expect("BUG: a stored block does not read back"))
    }

    /// Mints, as the minting account would.
    pub fn mint(
        &mut self,
        now_ns: u64,
        to: &Account,
        amount: &Nat,
        memo: Option<Vec<u8>>,
    ) -> Result<u64, Refusal> {
        let amount = small(amount).ok_or(Refusal::Odd(Odd::TooLarge))?;
        if memo.as_ref().is_some_and(|memo| memo.len() > MEMO_BYTES_MAX) {
            return Err(Refusal::Odd(Odd::MemoTooLong));
        }
        if account::same(to, &self.minting_account()) {
            return Err(Refusal::Odd(Odd::MintingAccount));
        }
        let transaction = Transaction {
            operation: Operation::Mint,
            from: None,
            to: Some(to.into()),
            spender: None,
            amount: Units(amount),
            fee: None,
            memo,
            created_at_ns: None,
            expected_allowance: None,
            expires_at_ns: None,
        };
        let change = Change { to: Some((account::key(to), amount)), ..Change::default() };
        self.apply(now_ns, transaction, None, change)
    }

    /// Books `change` and appends the block that tells it. Nothing happens when it is refused.
    pub fn apply(
        &mut self,
        now_ns: u64,
        transaction: Transaction,
        fee: Option<u128>,
        change: Change,
    ) -> Result<u64, Refusal> {
        let Book { supply, tip } = self.stored.book.get().0.clone();
        let taken = change.from.map_or(0, |(_, amount)| amount);
        let given = change.to.map_or(0, |(_, amount)| amount);
        let left = match change.from {
            Some((key, amount)) => {
                let balance = self.balance(&key);
                let left = balance.checked_sub(amount);
                Some((key, left.ok_or(Refusal::InsufficientFunds { balance })?))
            }
            None => None,
        };
        // The supply bounds every balance, so that no balance can overflow when it does not.
        let supply = supply.checked_sub(taken).and_then(|rest| rest.checked_add(given));
        let supply = supply.ok_or(Refusal::Odd(Odd::TooLarge))?;
        if let Some((key, left)) = left {
            self.set_balance(key, left);
        }
        if let Some((key, amount)) = change.to {
            let balance = self.balance(&key).saturating_add(amount);
            self.set_balance(key, balance);
        }
        let told = if transaction.fee.is_none() { fee.map(Units) } else { None };
        let block = Block { parent: tip, at_ns: now_ns, fee: told, transaction };
        let bytes = minicbor::to_vec(&block).expect("BUG: writing to a vector fails");
        let index = self.stored.blocks.append(&bytes).expect("BUG: no stable memory is left");
        self.stored.book.set(Row(Book { supply, tip: Some(block.hash()) }));
        Ok(index)
    }

    fn set_balance(&mut self, key: Key, balance: u128) {
        if balance == 0 {
            self.stored.balances.remove(&key);
        } else {
            self.stored.balances.insert(key, balance);
        }
    }
}

impl Settings {
    fn minting_account(&self) -> Account {
        Account {
            owner: candid::Principal::from_slice(&self.minting_owner),
            subaccount: self.minting_subaccount.map(ByteArray::new),
        }
    }
}

/// Whose balance changes by how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Loses so much, fee included.
    pub from: Option<(Key, u128)>,
    /// Gets so much.
    pub to: Option<(Key, u128)>,
}

/// A number of at most 128 bits.
pub fn small(number: &Nat) -> Option<u128> {
    u128::try_from(&number.0).ok()
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
