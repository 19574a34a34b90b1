//! Moving money, which is minting when it comes from the minting account and burning when it goes
//! there.

use candid::{Nat, Principal};
use granary_api::icrc::{Account, TransferArgs, TransferFromArgs};

use crate::account;
use crate::block::{Operation, Transaction, Units};
use crate::ledger::{Change, Ledger, MEMO_BYTES_MAX, small};
use crate::refusal::{FromRefusal, MoveRefusal, Odd, Refusal};
use crate::timing::New;

/// What is asked for, the same for both methods.
struct Order {
    from: Account,
    to: Account,
    /// Somebody else, who acts under an allowance.
    spender: Option<Account>,
    amount: Nat,
    fee: Option<Nat>,
    memo: Option<Vec<u8>>,
    created_at_ns: Option<u64>,
}

/// What passed every check but those of balance and allowance.
struct Ready {
    transaction: Transaction,
    fee: Option<u128>,
    change: Change,
    new: New,
}

impl Ledger {
    /// `icrc1_transfer`.
    pub fn transfer(
        &mut self,
        now_ns: u64,
        caller: Principal,
        args: TransferArgs,
    ) -> Result<u64, MoveRefusal> {
        let order = Order {
            from: Account { owner: caller, subaccount: args.from_subaccount },
            to: args.to,
            spender: None,
            amount: args.amount,
            fee: args.fee,
            memo: args.memo.map(serde_bytes::ByteBuf::into_vec),
            created_at_ns: args.created_at_time,
        };
        let ready = self.check(now_ns, order)?;
        self.book(now_ns, ready)
    }

    /// `icrc2_transfer_from`. Who spends his own needs no allowance.
    pub fn transfer_from(
        &mut self,
        now_ns: u64,
        caller: Principal,
        args: TransferFromArgs,
    ) -> Result<u64, FromRefusal> {
        let spender = Account { owner: caller, subaccount: args.spender_subaccount };
        let own = account::same(&spender, &args.from);
        let order = Order {
            from: args.from,
            to: args.to,
            spender: (!own).then_some(spender),
            amount: args.amount,
            fee: args.fee,
            memo: args.memo.map(serde_bytes::ByteBuf::into_vec),
            created_at_ns: args.created_at_time,
        };
        let ready = self.check(now_ns, order)?;
        if own {
            return Ok(self.book(now_ns, ready)?);
        }
        let needed = ready.change.from.map_or(0, |(_, amount)| amount);
        let (allowance, expires_at_ns) = self.allowance(now_ns, &args.from, &spender);
        let left = allowance.checked_sub(needed);
        let left = left.ok_or(FromRefusal::InsufficientAllowance { allowance })?;
        let index = self.book(now_ns, ready)?;
        self.set_allowance(&args.from, &spender, left, expires_at_ns);
        Ok(index)
    }

    fn check(&self, now_ns: u64, order: Order) -> Result<Ready, MoveRefusal> {
        let (operation, fee) = self.operation(&order)?;
        let expected = fee.unwrap_or(0);
        if order.fee.as_ref().is_some_and(|fee| *fee != expected) {
            return Err(Refusal::BadFee { expected }.into());
        }
        if order.memo.as_ref().is_some_and(|memo| memo.len() > MEMO_BYTES_MAX) {
            return Err(Refusal::Odd(Odd::MemoTooLong).into());
        }
        let from = account::key(&order.from);
        let balance = self.balance(&from);
        if operation == Operation::Burn {
            let min = self.fee().min(balance).max(1);
            if order.amount < min {
                return Err(MoveRefusal::BadBurn { min });
            }
        }
        let too_large = match operation {
            Operation::Mint => Refusal::Odd(Odd::TooLarge),
            _ => Refusal::InsufficientFunds { balance },
        };
        let amount = small(&order.amount).ok_or(too_large)?;
        let taken = amount.checked_add(expected).ok_or(too_large)?;
        let minted = operation == Operation::Mint;
        let burnt = operation == Operation::Burn;
        let transaction = Transaction {
            operation,
            from: (!minted).then(|| (&order.from).into()),
            to: (!burnt).then(|| (&order.to).into()),
            spender: order.spender.as_ref().map(Into::into),
            amount: Units(amount),
            fee: order.fee.filter(|_| fee.is_some()).map(|_| Units(expected)),
            memo: order.memo,
            created_at_ns: order.created_at_ns,
            expected_allowance: None,
            expires_at_ns: None,
        };
        let new = self.check_new(now_ns, &transaction)?;
        let change = Change {
            from: (!minted).then_some((from, taken)),
            to: (!burnt).then(|| (account::key(&order.to), amount)),
        };
        Ok(Ready { transaction, fee, change, new })
    }

    /// What the order is, and what it costs; mints and burns are free.
    fn operation(&self, order: &Order) -> Result<(Operation, Option<u128>), Refusal> {
        let minting = self.minting_account();
        let comes = account::same(&order.from, &minting);
        let goes = account::same(&order.to, &minting);
        match (comes, goes) {
            (true, true) => Err(Refusal::Odd(Odd::MintingAccount)),
            (true, false) if order.spender.is_some() => Err(Refusal::Odd(Odd::MintingAccount)),
            (true, false) => Ok((Operation::Mint, None)),
            (false, true) => Ok((Operation::Burn, None)),
            (false, false) => Ok((Operation::Transfer, Some(self.fee()))),
        }
    }

    fn book(&mut self, now_ns: u64, ready: Ready) -> Result<u64, MoveRefusal> {
        let Ready { transaction, fee, change, new } = ready;
        let index = self.apply(now_ns, transaction, fee, change)?;
        self.remember(now_ns, new, index);
        Ok(index)
    }
}
