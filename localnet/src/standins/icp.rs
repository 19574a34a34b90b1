//! The ICP ledger, with the methods that are older than ICRC-1 too.

use candid::CandidType;
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::{
    ICP_LEDGER, Request, StandIns,
    accounts::{Account, AccountId},
    decode,
    icrc1::{self, Paid, Token, bad_subaccount},
    ledger::{Refusal, Stamp, WINDOW_NS},
    reply, trapped,
};
use crate::network::{pool::Payload, rejects};

/// In e8s, hundred-millionths of one ICP.
pub(super) const FEE: u128 = 10_000;

const TOKEN: Token =
    Token { id: ICP_LEDGER, name: "Internet Computer", symbol: "ICP", decimals: 8 };

#[derive(Clone, Copy, Debug, PartialEq, Eq, CandidType, Deserialize)]
pub(super) struct Tokens {
    pub(super) e8s: u64,
}

#[derive(Debug, CandidType, Deserialize)]
pub(super) struct TimeStamp {
    pub(super) timestamp_nanos: u64,
}

#[derive(Debug, CandidType, Deserialize)]
pub(super) struct TransferArgs {
    pub(super) memo: u64,
    pub(super) amount: Tokens,
    pub(super) fee: Tokens,
    pub(super) from_subaccount: Option<ByteBuf>,
    pub(super) to: ByteBuf,
    pub(super) created_at_time: Option<TimeStamp>,
}

#[derive(Debug, PartialEq, Eq, CandidType, Deserialize)]
pub(super) enum TransferError {
    BadFee { expected_fee: Tokens },
    InsufficientFunds { balance: Tokens },
    TxTooOld { allowed_window_nanos: u64 },
    TxCreatedInFuture,
    TxDuplicate { duplicate_of: u64 },
}

#[derive(Debug, CandidType, Deserialize)]
struct AccountArg {
    account: ByteBuf,
}

#[derive(Debug, CandidType)]
struct Symbol {
    symbol: &'static str,
}

#[derive(Debug, CandidType)]
struct Name {
    name: &'static str,
}

#[derive(Debug, CandidType)]
struct Decimals {
    decimals: u32,
}

impl From<Refusal> for TransferError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::BadFee { expected } => Self::BadFee { expected_fee: tokens(expected) },
            Refusal::InsufficientFunds { balance } => {
                Self::InsufficientFunds { balance: tokens(balance) }
            }
            Refusal::TooOld => Self::TxTooOld { allowed_window_nanos: WINDOW_NS },
            Refusal::CreatedInFuture { .. } => Self::TxCreatedInFuture,
            Refusal::Duplicate { of, .. } => Self::TxDuplicate { duplicate_of: of },
        }
    }
}

impl StandIns {
    pub(super) fn icp_query(&self, method: &str, arg: &[u8]) -> Option<Payload> {
        Some(match method {
            "symbol" => reply((Symbol { symbol: TOKEN.symbol },)),
            "name" => reply((Name { name: TOKEN.name },)),
            "decimals" => reply((Decimals { decimals: u32::from(TOKEN.decimals) },)),
            "account_balance" => self.account_balance(arg),
            "account_identifier" => account_identifier(arg),
            _ => return icrc1::query(TOKEN, &self.icp, method, arg),
        })
    }

    fn account_balance(&self, arg: &[u8]) -> Payload {
        let arg: AccountArg = decode(ICP_LEDGER, arg)?;
        // An account nobody can have holds nothing.
        let balance = AccountId::read(&arg.account).map_or(0, |account| self.icp.balance(account));
        reply((tokens(balance),))
    }

    pub(super) fn icp_update(&mut self, request: &Request) -> Payload {
        match request.method.as_str() {
            "transfer" => self.icp_transfer(request),
            "icrc1_transfer" => {
                let (paid, answer) = icrc1::transfer(TOKEN, &mut self.icp, request)?;
                if let Some(paid) = paid {
                    self.minting.record(paid, 0);
                }
                answer
            }
            other => Err(rejects::method_not_found(ICP_LEDGER, "update", other)),
        }
    }

    fn icp_transfer(&mut self, request: &Request) -> Payload {
        let args: TransferArgs = decode(ICP_LEDGER, &request.arg)?;
        let from = AccountId::of(request.caller, args.from_subaccount.as_ref());
        let from = from.map_err(|_| bad_subaccount(ICP_LEDGER))?;
        let to = AccountId::read(&args.to)
            .ok_or_else(|| trapped(ICP_LEDGER, "`to` is not an account identifier"))?;
        let amount = u128::from(args.amount.e8s);
        let stamp = Stamp {
            kind: "transfer",
            created_at_ns: args.created_at_time.map(|time| time.timestamp_nanos),
            memo: &args.memo.to_be_bytes(),
            now_ns: request.now_ns,
        };
        let fee = Some(u128::from(args.fee.e8s));
        let moved = self.icp.transfer((from, to), amount, fee, stamp);
        if let Ok(block) = moved {
            self.minting.record(Paid { block, from, to, amount }, args.memo);
        }
        reply((moved.map_err(TransferError::from),))
    }
}

fn account_identifier(arg: &[u8]) -> Payload {
    let account: Account = decode(ICP_LEDGER, arg)?;
    let id = account.checked_id().map_err(|_| bad_subaccount(ICP_LEDGER))?;
    reply((ByteBuf::from(id.as_slice()),))
}

/// The supply is far below what fits.
fn tokens(e8s: u128) -> Tokens {
    Tokens { e8s: u64::try_from(e8s).unwrap_or(u64::MAX) }
}
