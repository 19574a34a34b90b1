//! A block of an ICRC-3 log, as far as it takes money out of one account.

use candid::{Nat, Principal};
use execution_core::rules::scan::{Outgoing, Page, Seen};
use execution_core::types::{Account, Hash, Timestamp};
use granary_api::icrc::{Block, GetBlocksResult, Value};
use granary_env::call::Answer;
use granary_resilience::failure::{Failure, FailureKind};

/// A page of blocks. An answer that cannot be understood proves nothing, so it is a failure.
pub fn page(answer: Answer<GetBlocksResult>, treasury: &Account) -> Result<Page, Failure> {
    let page = match answer {
        Answer::Done(page) => page,
        Answer::NotApplied { reason } => return Err(Failure::new(FailureKind::Temporary, reason)),
        Answer::Unknown { reason } => return Err(Failure::new(FailureKind::Timeout, reason)),
    };
    if page.blocks.is_empty() && !page.archived_blocks.is_empty() {
        return Err(unread("the blocks are in an archive, which is not read yet"));
    }
    let length = small(&page.log_length).ok_or_else(|| unread("a length beyond 64 bits"))?;
    let blocks = page.blocks.iter().map(|block| read(block, treasury)).collect::<Option<_>>();
    let blocks = blocks.ok_or_else(|| unread("a block that cannot be understood"))?;
    Ok(Page { length, blocks })
}

fn unread(why: &str) -> Failure {
    Failure::new(FailureKind::Permanent, format!("the ledger gave {why}"))
}

fn small(number: &Nat) -> Option<u64> {
    u64::try_from(&number.0).ok()
}

fn read(block: &Block, treasury: &Account) -> Option<Seen> {
    let index = small(&block.id)?;
    let at = u64::try_from(number(field(&block.block, "ts")?)?).ok()?;
    let outgoing = outgoing(&block.block, treasury)?;
    Some(Seen { index, at: Timestamp::from_nanos(at), outgoing })
}

/// What a block takes out of the account: none for a block that cannot be understood.
#[expect(clippy::option_option, reason = "nothing taken and not understood are two things")]
fn outgoing(block: &Value, treasury: &Account) -> Option<Option<Outgoing>> {
    let tx = field(block, "tx")?;
    let kind = match field(block, "btype").or_else(|| field(tx, "op"))? {
        Value::Text(kind) => kind.as_str(),
        _ => return None,
    };
    // Everything that moves money out of an account has a `from` and an `amt`; an approval moves
    // none, and a kind of block nobody knows is taken for one that may.
    if matches!(kind, "2approve" | "approve" | "1mint" | "mint") {
        return Some(None);
    }
    if account(field(tx, "from"))? != Some(*treasury) {
        return Some(None);
    }
    let fee = match field(tx, "fee").or_else(|| field(block, "fee")) {
        None => 0,
        Some(fee) => number(fee)?,
    };
    let amount = number(field(tx, "amt")?)?;
    let memo = match field(tx, "memo") {
        Some(Value::Blob(bytes)) => Hash::try_from(bytes.as_slice()).ok(),
        Some(_) | None => None,
    };
    let to = account(field(tx, "to"))?.map_or([0; 32], |to| to.outside());
    Some(Some(Outgoing { memo, to, amount, fee }))
}

fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Map(fields) => fields.iter().find(|(key, _)| key == name).map(|(_, value)| value),
        _ => None,
    }
}

fn number(value: &Value) -> Option<u128> {
    match value {
        Value::Nat(number) => u128::try_from(&number.0).ok(),
        _ => None,
    }
}

/// The account in a field: none when it is no account, nothing when there is no field.
#[expect(clippy::option_option, reason = "absent and unreadable are two things")]
fn account(value: Option<&Value>) -> Option<Option<Account>> {
    let Some(value) = value else { return Some(None) };
    let Value::Array(parts) = value else { return None };
    let (owner, rest) = parts.split_first()?;
    let Value::Blob(owner) = owner else { return None };
    let owner = Principal::try_from_slice(owner).ok()?;
    let subaccount = match rest {
        [] => [0; 32],
        [Value::Blob(bytes)] => Hash::try_from(bytes.as_slice()).ok()?,
        _ => return None,
    };
    Some(Some(Account { owner, subaccount }))
}

#[cfg(test)]
mod tests {
    use serde_bytes::ByteBuf;

    use super::*;

    fn who(n: u8) -> Account {
        Account { owner: Principal::from_slice(&[n]), subaccount: [n; 32] }
    }

    fn blob(bytes: &[u8]) -> Value {
        Value::Blob(ByteBuf::from(bytes.to_vec()))
    }

    fn named(account: &Account) -> Value {
        Value::Array(vec![blob(account.owner.as_slice()), blob(&account.subaccount)])
    }

    fn map(fields: Vec<(&str, Value)>) -> Value {
        Value::Map(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    fn transfer(from: &Account, memo: Option<&[u8]>) -> Block {
        let mut tx = vec![
            ("op", Value::Text("xfer".to_owned())),
            ("from", named(from)),
            ("to", named(&who(9))),
            ("amt", Value::Nat(Nat::from(500_u32))),
            ("fee", Value::Nat(Nat::from(10_u32))),
        ];
        tx.extend(memo.map(|memo| ("memo", blob(memo))));
        let block = map(vec![("ts", Value::Nat(Nat::from(7_u32))), ("tx", map(tx))]);
        Block { id: Nat::from(3_u32), block }
    }

    fn answered(blocks: Vec<Block>) -> Answer<GetBlocksResult> {
        let archived_blocks = vec![];
        Answer::Done(GetBlocksResult { log_length: Nat::from(4_u32), blocks, archived_blocks })
    }

    #[test]
    fn what_leaves_the_treasury_is_seen_with_its_memo() {
        let seen = |from: &Account, memo: Option<&[u8]>| {
            let page = page(answered(vec![transfer(from, memo)]), &who(1)).expect("readable");
            page.blocks[0]
        };
        let out = seen(&who(1), Some(&[5; 32])).outgoing.expect("it leaves");
        assert_eq!((out.memo, out.amount, out.fee), (Some([5; 32]), 500, 10));
        assert_eq!(out.to, who(9).outside());
        let short = seen(&who(1), Some(&[5; 8])).outgoing.expect("it leaves all the same");
        assert_eq!(short.memo, None);
        assert_eq!(seen(&who(2), Some(&[5; 32])).outgoing, None, "somebody else's");
        assert_eq!(seen(&who(1), None).index, 3);
    }

    #[test]
    fn what_cannot_be_understood_proves_nothing() {
        let mut odd = transfer(&who(1), None);
        odd.block = map(vec![("ts", Value::Nat(Nat::from(7_u32)))]);
        assert!(page(answered(vec![odd]), &who(1)).is_err());
        let silence = Answer::Unknown { reason: "late".to_owned() };
        let failure = page(silence, &who(1)).expect_err("no answer");
        assert_eq!(failure.kind, FailureKind::Timeout);
        let refusal = Answer::NotApplied { reason: "stopped".to_owned() };
        assert_eq!(page(refusal, &who(1)).expect_err("no").kind, FailureKind::Temporary);
    }
}
