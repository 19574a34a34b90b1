//! Allowances: how much a spender may take from an account, and until when.

use candid::Principal;
use granary_api::icrc::{Account, ApproveArgs};

use crate::account::{self, KEY_BYTES};
use crate::block::{Operation, Transaction, Units};
use crate::ledger::{Change, Ledger, MEMO_BYTES_MAX, small};
use crate::refusal::{ApproveRefusal, Odd, Refusal};

impl Ledger {
    /// `icrc2_approve`: replaces the allowance, for a fee.
    pub fn approve(
        &mut self,
        now_ns: u64,
        caller: Principal,
        args: ApproveArgs,
    ) -> Result<u64, ApproveRefusal> {
        let from = Account { owner: caller, subaccount: args.from_subaccount };
        if account::same(&from, &self.minting_account()) {
            return Err(Refusal::Odd(Odd::MintingAccount).into());
        }
        if account::same(&from, &args.spender) {
            return Err(Refusal::Odd(Odd::SelfApproval).into());
        }
        let fee = self.fee();
        if args.fee.as_ref().is_some_and(|given| *given != fee) {
            return Err(Refusal::BadFee { expected: fee }.into());
        }
        if args.memo.as_ref().is_some_and(|memo| memo.len() > MEMO_BYTES_MAX) {
            return Err(Refusal::Odd(Odd::MemoTooLong).into());
        }
        // An allowance that no number can be larger than is as good as any beyond it.
        let amount = small(&args.amount).unwrap_or(u128::MAX);
        let transaction = Transaction {
            operation: Operation::Approve,
            from: Some((&from).into()),
            to: None,
            spender: Some((&args.spender).into()),
            amount: Units(amount),
            fee: args.fee.as_ref().map(|_| Units(fee)),
            memo: args.memo.map(serde_bytes::ByteBuf::into_vec),
            created_at_ns: args.created_at_time,
            expected_allowance: args.expected_allowance.as_ref().and_then(small).map(Units),
            expires_at_ns: args.expires_at,
        };
        let new = self.check_new(now_ns, &transaction)?;
        if args.expires_at.is_some_and(|at_ns| at_ns <= now_ns) {
            return Err(ApproveRefusal::Expired { now_ns });
        }
        let (current, _) = self.allowance(now_ns, &from, &args.spender);
        if args.expected_allowance.is_some_and(|expected| expected != current) {
            return Err(ApproveRefusal::AllowanceChanged { current });
        }
        let change = Change { from: Some((account::key(&from), fee)), to: None };
        let index = self.apply(now_ns, transaction, Some(fee), change)?;
        self.remember(now_ns, new, index);
        self.set_allowance(&from, &args.spender, amount, args.expires_at);
        Ok(index)
    }

    /// What `spender` may take from `from` now, and until when.
    pub fn allowance(&self, now_ns: u64, from: &Account, spender: &Account) -> (u128, Option<u64>) {
        match self.stored.allowances.get(&pair(from, spender)) {
            Some((amount, 0)) => (amount, None),
            Some((amount, at_ns)) if at_ns > now_ns => (amount, Some(at_ns)),
            _ => (0, None),
        }
    }

    /// Replaces an allowance.
    pub(crate) fn set_allowance(
        &mut self,
        from: &Account,
        spender: &Account,
        amount: u128,
        expires_at_ns: Option<u64>,
    ) {
        let pair = pair(from, spender);
        if amount == 0 {
            self.stored.allowances.remove(&pair);
        } else {
            self.stored.allowances.insert(pair, (amount, expires_at_ns.unwrap_or(0)));
        }
    }
}

fn pair(from: &Account, spender: &Account) -> [u8; 2 * KEY_BYTES] {
    let mut pair = [0; 2 * KEY_BYTES];
    let (first, second) = pair.split_at_mut(KEY_BYTES);
    first.copy_from_slice(&account::key(from));
    second.copy_from_slice(&account::key(spender));
    pair
}
