//! What a test may set: faults, money, a long log.

use candid::{Nat, Principal};
use granary_api::icrc::Account;
use granary_api::test_ledger::{ControlError, Faults, FillArgs, MintArgs};
use serde_bytes::ByteBuf;

use crate::account::{self, Key};
use crate::ledger::{Ledger, small};

/// Accounts a test may have lied about.
const LIES_MAX: usize = 16;
/// Blocks one call of `fill` appends.
const FILL_MAX: u32 = 20_000;

impl Ledger {
    /// Refuses whoever neither controls the canister nor owns the minting account.
    pub fn check_keeper(&self, caller: Principal, controls: bool) -> Result<(), ControlError> {
        if controls || caller == self.minting_account().owner {
            return Ok(());
        }
        Err(ControlError::NotAllowed)
    }

    /// `set_faults`: replaces all faults.
    pub fn set_faults(&mut self, faults: Faults) -> Result<(), ControlError> {
        if faults.balance_lies.len() > LIES_MAX {
            return Err(invalid(format!("at most {LIES_MAX} balances are lied about")));
        }
        if faults.fee.as_ref().is_some_and(|fee| small(fee).is_none()) {
            return Err(invalid("the fee does not fit 128 bits".to_owned()));
        }
        if faults.balance_lies.iter().any(|lie| i128::try_from(&lie.delta.0).is_err()) {
            return Err(invalid("a difference does not fit 128 bits".to_owned()));
        }
        self.put_faults(faults);
        Ok(())
    }

    /// `mint`.
    pub fn mint_for_test(&mut self, now_ns: u64, args: MintArgs) -> Result<u64, ControlError> {
        let memo = args.memo.map(ByteBuf::into_vec);
        self.mint(now_ns, &args.to, &args.amount, memo)
            .map_err(|refusal| invalid(format!("{refusal:?}")))
    }

    /// `fill`: the length of the log afterwards.
    pub fn fill(&mut self, now_ns: u64, args: FillArgs) -> Result<u64, ControlError> {
        let FillArgs { blocks, accounts } = args;
        if blocks > FILL_MAX || accounts == 0 {
            return Err(invalid(format!("at most {FILL_MAX} blocks, at least one account")));
        }
        let one = Nat::from(1_u8);
        for number in 0..blocks {
            let to = account::numbered(number.checked_rem(accounts).unwrap_or(0));
            self.mint(now_ns, &to, &one, None)
                .map_err(|refusal| invalid(format!("{refusal:?}")))?;
        }
        Ok(self.length())
    }

    /// `icrc1_balance_of`: the balance, or the lie a test asked for.
    pub fn told_balance(&self, account: &Account) -> u128 {
        let key = account::key(account);
        let balance = self.balance(&key);
        match self.lie_about(&key) {
            Some(delta) => balance.saturating_add_signed(delta),
            None => balance,
        }
    }

    fn lie_about(&self, key: &Key) -> Option<i128> {
        let lies = &self.faults().balance_lies;
        let lie = lies.iter().find(|lie| account::key(&lie.account) == *key)?;
        i128::try_from(&lie.delta.0).ok()
    }
}

fn invalid(reason: String) -> ControlError {
    ControlError::Invalid(reason)
}
