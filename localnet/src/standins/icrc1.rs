//! The interface both ledgers share: ICRC-1.

use candid::{CandidType, Nat, Principal};
use pocket_ic::RejectResponse;
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::{
    Request,
    accounts::{Account, AccountId},
    decode,
    ledger::{Ledger, Refusal, Stamp},
    reply, trapped,
};
use crate::network::{pool::Payload, settings::nat_u128};

/// Bytes of a memo.
const MEMO_MAX: usize = 32;

/// What a token is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) id: Principal,
    pub(super) name: &'static str,
    pub(super) symbol: &'static str,
    pub(super) decimals: u8,
}

#[derive(Debug, CandidType, Deserialize)]
pub(super) struct TransferArg {
    pub(super) from_subaccount: Option<ByteBuf>,
    pub(super) to: Account,
    pub(super) amount: Nat,
    pub(super) fee: Option<Nat>,
    pub(super) memo: Option<ByteBuf>,
    pub(super) created_at_time: Option<u64>,
}

#[derive(Debug, PartialEq, Eq, CandidType, Deserialize)]
pub(super) enum TransferError {
    BadFee { expected_fee: Nat },
    BadBurn { min_burn_amount: Nat },
    InsufficientFunds { balance: Nat },
    TooOld,
    CreatedInFuture { ledger_time: u64 },
    Duplicate { duplicate_of: Nat },
    TemporarilyUnavailable,
    GenericError { error_code: Nat, message: String },
}

#[derive(Debug, CandidType, Deserialize)]
enum Value {
    Nat(Nat),
    Text(String),
}

#[derive(Debug, CandidType)]
struct Standard {
    name: &'static str,
    url: &'static str,
}

impl From<Refusal> for TransferError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::BadFee { expected } => Self::BadFee { expected_fee: expected.into() },
            Refusal::InsufficientFunds { balance } => {
                Self::InsufficientFunds { balance: balance.into() }
            }
            Refusal::TooOld => Self::TooOld,
            Refusal::CreatedInFuture { now_ns } => Self::CreatedInFuture { ledger_time: now_ns },
            Refusal::Duplicate { of, .. } => Self::Duplicate { duplicate_of: of.into() },
        }
    }
}

/// Answers a query of the standard; None when it is none.
pub(super) fn query(token: Token, ledger: &Ledger, method: &str, arg: &[u8]) -> Option<Payload> {
    Some(match method {
        "icrc1_name" => reply((token.name,)),
        "icrc1_symbol" => reply((token.symbol,)),
        "icrc1_decimals" => reply((token.decimals,)),
        "icrc1_fee" => reply((Nat::from(ledger.fee()),)),
        "icrc1_total_supply" => reply((Nat::from(ledger.supply()),)),
        "icrc1_minting_account" => reply((None::<Account>,)),
        "icrc1_metadata" => reply((vec![
            ("icrc1:name", Value::Text(token.name.to_owned())),
            ("icrc1:symbol", Value::Text(token.symbol.to_owned())),
            ("icrc1:decimals", Value::Nat(token.decimals.into())),
            ("icrc1:fee", Value::Nat(ledger.fee().into())),
        ],)),
        "icrc1_supported_standards" | "icrc10_supported_standards" => reply((vec![Standard {
            name: "ICRC-1",
            url: "https://github.com/dfinity/ICRC-1/tree/main/standards/ICRC-1",
        }],)),
        "icrc1_balance_of" => balance_of(token, ledger, arg),
        _ => return None,
    })
}

fn balance_of(token: Token, ledger: &Ledger, arg: &[u8]) -> Payload {
    let account: Account = decode(token.id, arg)?;
    let id = account.checked_id().map_err(|_| bad_subaccount(token.id))?;
    reply((Nat::from(ledger.balance(id)),))
}

/// `icrc1_transfer`: who paid whom what, and the answer. None in the first place: nothing moved.
pub(super) fn transfer(
    token: Token,
    ledger: &mut Ledger,
    request: &Request,
) -> Result<(Option<Paid>, Payload), RejectResponse> {
    let arg: TransferArg = decode(token.id, &request.arg)?;
    let from = AccountId::of(request.caller, arg.from_subaccount.as_ref());
    let from = from.map_err(|_| bad_subaccount(token.id))?;
    let to = arg.to.checked_id().map_err(|_| bad_subaccount(token.id))?;
    let memo = arg.memo.unwrap_or_default();
    if memo.len() > MEMO_MAX {
        return Err(trapped(token.id, &format!("a memo has at most {MEMO_MAX} bytes")));
    }
    let stamp = Stamp {
        kind: "transfer",
        created_at_ns: arg.created_at_time,
        memo: &memo,
        now_ns: request.now_ns,
    };
    // Nobody owns more than fits.
    let amount = nat_u128(&arg.amount).unwrap_or(u128::MAX);
    let fee = arg.fee.as_ref().map(|fee| nat_u128(fee).unwrap_or(u128::MAX));
    let moved = ledger.transfer((from, to), amount, fee, stamp);
    let paid = moved.as_ref().ok().map(|block| Paid { block: *block, from, to, amount });
    Ok((paid, reply((moved.map(Nat::from).map_err(TransferError::from),))))
}

/// A transfer that happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paid {
    pub(super) block: u64,
    pub(super) from: AccountId,
    pub(super) to: AccountId,
    pub(super) amount: u128,
}

pub(super) fn bad_subaccount(id: Principal) -> RejectResponse {
    trapped(id, "a subaccount has 32 bytes")
}
