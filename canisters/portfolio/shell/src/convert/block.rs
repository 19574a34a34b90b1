//! A block of an ICRC-3 log: its hash, and what it did to one account.

use candid::{Int, Nat, Principal};
use granary_api::icrc::{Block, GetBlocksResult, Value};
use portfolio_core::errors::LedgerFault;
use portfolio_core::records::LedgerAccount;
use portfolio_core::rules::reconcile::{self, Effect};
use portfolio_core::types::{Hash, Timestamp};
use sha2::{Digest, Sha256};

/// How deep a block's value may nest; no block of the standards comes near.
const MAX_DEPTH: u32 = 16;

/// Length of the log; none when it is beyond 64 bits.
pub fn length(page: &GetBlocksResult) -> Option<u64> {
    u64::try_from(&page.log_length.0).ok()
}

/// What the books need of a block.
pub fn read(block: &Block, treasury: &LedgerAccount) -> Result<reconcile::Block, LedgerFault> {
    let reply = || LedgerFault::Reply { method: "icrc3_get_blocks" };
    let index = u64::try_from(&block.id.0).map_err(|_| reply())?;
    let hash = hash(&block.block, MAX_DEPTH).ok_or_else(reply)?;
    let parent = match field(&block.block, "phash") {
        None => None,
        Some(value) => Some(digest(value).ok_or_else(reply)?),
    };
    let at = field(&block.block, "ts").and_then(number).ok_or_else(reply)?;
    let at = u64::try_from(at).map_err(|_| reply())?;
    let effect = effect(&block.block, treasury).ok_or_else(reply)?;
    Ok(reconcile::Block { index, at: Timestamp::from_nanos(at), hash, parent, effect })
}

/// What a block did to the account: none for a block that cannot be understood.
#[expect(clippy::option_option, reason = "nothing done and not understood are two things")]
fn effect(block: &Value, treasury: &LedgerAccount) -> Option<Option<Effect>> {
    let tx = field(block, "tx")?;
    let kind = match field(block, "btype").or_else(|| field(tx, "op"))? {
        Value::Text(kind) => kind.as_str(),
        _ => return None,
    };
    let fee = match field(tx, "fee").or_else(|| field(block, "fee")) {
        None => 0,
        Some(fee) => number(fee)?,
    };
    let (from, to) = (account(tx, "from")?, account(tx, "to")?);
    let mine = |account: &Option<LedgerAccount>| *account == Some(*treasury);
    let other = |account: Option<LedgerAccount>| account.as_ref().map(outside);
    let amount = || field(tx, "amt").and_then(number);
    let effect = match kind {
        "1mint" | "mint" if mine(&to) => {
            Some(Effect { inward: true, amount: amount()?, fee: 0, other: None })
        }
        "1burn" | "burn" if mine(&from) => {
            let other = Some(sink(b"burn"));
            Some(Effect { inward: false, amount: amount()?, fee, other })
        }
        "1xfer" | "xfer" | "2xfer" if mine(&from) && mine(&to) => {
            Some(Effect { inward: false, amount: 0, fee, other: None })
        }
        "1xfer" | "xfer" | "2xfer" if mine(&from) => {
            Some(Effect { inward: false, amount: amount()?, fee, other: other(to) })
        }
        "1xfer" | "xfer" | "2xfer" if mine(&to) => {
            Some(Effect { inward: true, amount: amount()?, fee: 0, other: other(from) })
        }
        "2approve" | "approve" if mine(&from) => {
            Some(Effect { inward: false, amount: 0, fee, other: None })
        }
        _ => None,
    };
    Some(effect)
}

/// The digest under which the books know an account of a ledger: SHA-256 of its owner's bytes and
/// its 32 bytes of subaccount.
pub fn outside(account: &LedgerAccount) -> Hash {
    let mut digest = Sha256::new();
    digest.update(account.owner.as_slice());
    digest.update(account.subaccount);
    digest.finalize().into()
}

fn sink(what: &[u8]) -> Hash {
    Sha256::digest([b"granary.outside.", what].concat()).into()
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

fn digest(value: &Value) -> Option<Hash> {
    match value {
        Value::Blob(bytes) => Hash::try_from(bytes.as_slice()).ok(),
        _ => None,
    }
}

/// The account in a field: none when the field is not there, nothing when it is no account.
#[expect(clippy::option_option, reason = "absent and unreadable are two things")]
fn account(tx: &Value, name: &str) -> Option<Option<LedgerAccount>> {
    let Some(value) = field(tx, name) else { return Some(None) };
    let Value::Array(parts) = value else { return None };
    let (owner, rest) = parts.split_first()?;
    let Value::Blob(owner) = owner else { return None };
    let owner = Principal::try_from_slice(owner).ok()?;
    let subaccount = match rest {
        [] => [0; 32],
        [value] => digest(value)?,
        _ => return None,
    };
    Some(Some(LedgerAccount { owner, subaccount }))
}

/// The hash of a value as ICRC-3 defines it, independent of how it is written down.
fn hash(value: &Value, depth: u32) -> Option<Hash> {
    let depth = depth.checked_sub(1)?;
    Some(match value {
        Value::Blob(bytes) => Sha256::digest(bytes).into(),
        Value::Text(text) => Sha256::digest(text.as_bytes()).into(),
        Value::Nat(number) => Sha256::digest(nat_bytes(number)?).into(),
        Value::Int(number) => Sha256::digest(int_bytes(number)?).into(),
        Value::Array(items) => {
            let mut digest = Sha256::new();
            for item in items {
                digest.update(hash(item, depth)?);
            }
            digest.finalize().into()
        }
        Value::Map(fields) => {
            let pair = |(key, value): &(String, Value)| {
                let key: Hash = Sha256::digest(key.as_bytes()).into();
                Some((key, hash(value, depth)?))
            };
            let mut pairs: Vec<_> = fields.iter().map(pair).collect::<Option<_>>()?;
            pairs.sort_unstable();
            let mut digest = Sha256::new();
            for (key, value) in pairs {
                digest.update(key);
                digest.update(value);
            }
            digest.finalize().into()
        }
    })
}

fn nat_bytes(number: &Nat) -> Option<Vec<u8>> {
    let mut bytes = vec![];
    number.encode(&mut bytes).ok()?;
    Some(bytes)
}

fn int_bytes(number: &Int) -> Option<Vec<u8>> {
    let mut bytes = vec![];
    number.encode(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use serde_bytes::ByteBuf;

    use super::*;

    fn hex(hash: Hash) -> String {
        use core::fmt::Write;
        let mut text = String::new();
        for byte in hash {
            write!(text, "{byte:02x}").expect("a text grows");
        }
        text
    }

    fn map(fields: Vec<(&str, Value)>) -> Value {
        Value::Map(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The vectors of the standard's own text.
    #[test]
    fn values_hash_as_icrc3_says() {
        let cases = [
            (
                Value::Nat(Nat::from(42_u8)),
                "684888c0ebb17f374298b65ee2807526c066094c701bcc7ebbe1c1095f494fc1",
            ),
            (
                Value::Int(Int::from(-42)),
                "de5a6f78116eca62d7fc5ce159d23ae6b889b365a1739ad2cf36f925a140d0cc",
            ),
            (
                Value::Text("Hello, World!".to_owned()),
                "dffd6021bb2bd5b0af676290809ec3a53191dd81c7f70a4b28688a362182986f",
            ),
            (
                Value::Blob(ByteBuf::from(vec![1, 2, 3, 4])),
                "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a",
            ),
            (
                Value::Array(vec![
                    Value::Nat(Nat::from(3_u8)),
                    Value::Text("foo".to_owned()),
                    Value::Blob(ByteBuf::from(vec![5, 6])),
                ]),
                "514a04011caa503990d446b7dec5d79e19c221ae607fb08b2848c67734d468d6",
            ),
            (
                map(vec![
                    (
                        "from",
                        Value::Blob(ByteBuf::from(
                            [&[0, 0xab, 0xcd, 0xef, 0, 0x12, 0x34, 0, 0x56, 0x78, 0x9a, 0][..],
                             &[0xbc, 0xde, 0xf0, 0, 1, 0x23, 0x45, 0x67, 0x89, 0, 0xab, 0xcd][..],
                             &[0xef, 1][..]].concat(),
                        )),
                    ),
                    (
                        "to",
                        Value::Blob(ByteBuf::from(
                            [&[0, 0xab, 0x0d, 0xef, 0, 0x12, 0x34, 0, 0x56, 0x78, 0x9a, 0][..],
                             &[0xbc, 0xde, 0xf0, 0, 1, 0x23, 0x45, 0x67, 0x89, 0, 0xab, 0xcd][..],
                             &[0xef, 1][..]].concat(),
                        )),
                    ),
                    ("amount", Value::Nat(Nat::from(42_u8))),
                    ("created_at", Value::Nat(Nat::from(1_699_218_263_u64))),
                    ("memo", Value::Nat(Nat::from(0_u8))),
                ]),
                "c56ece650e1de4269c5bdeff7875949e3e2033f85b2d193c2ff4f7f78bdcfc75",
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(hex(hash(&value, MAX_DEPTH).expect("shallow")), expected, "{value:?}");
        }
    }

    #[test]
    fn a_value_too_deep_to_be_a_block_is_none() {
        let mut deep = Value::Nat(Nat::from(1_u8));
        for _ in 0..40 {
            deep = Value::Array(vec![deep]);
        }
        assert_eq!(hash(&deep, MAX_DEPTH), None);
    }

    fn party(n: u8) -> (LedgerAccount, Value) {
        let owner = Principal::from_slice(&[n]);
        let value = Value::Array(vec![Value::Blob(ByteBuf::from(owner.as_slice()))]);
        (LedgerAccount { owner, subaccount: [0; 32] }, value)
    }

    #[test]
    fn blocks_say_what_they_did_to_the_treasury() {
        let ((treasury, mine), (_, theirs)) = (party(1), party(2));
        let nat = |n: u64| Value::Nat(Nat::from(n));
        let block = |kind: &str, tx: Vec<(&str, Value)>| {
            let tx = ("tx", map(tx));
            let kind = ("btype", Value::Text(kind.to_owned()));
            map(vec![kind, tx, ("fee", nat(10)), ("ts", nat(5))])
        };
        let outbound =
            block("1xfer", vec![("from", mine.clone()), ("to", theirs.clone()), ("amt", nat(7))]);
        let found = effect(&outbound, &treasury).expect("readable").expect("ours");
        assert_eq!((found.inward, found.amount, found.fee), (false, 7, 10));
        let inbound =
            block("1xfer", vec![("from", theirs.clone()), ("to", mine.clone()), ("amt", nat(7))]);
        let found = effect(&inbound, &treasury).expect("readable").expect("ours");
        assert_eq!((found.inward, found.amount, found.fee), (true, 7, 0));
        let created = block("1mint", vec![("to", mine.clone()), ("amt", nat(9))]);
        let found = effect(&created, &treasury).expect("readable").expect("ours");
        assert_eq!((found.inward, found.amount, found.other), (true, 9, None));
        let approve = block("2approve", vec![("from", mine), ("amt", nat(9))]);
        let found = effect(&approve, &treasury).expect("readable").expect("ours");
        assert_eq!((found.inward, found.amount, found.fee), (false, 0, 10));
        let others =
            block("1xfer", vec![("from", theirs.clone()), ("to", theirs), ("amt", nat(7))]);
        assert_eq!(effect(&others, &treasury), Some(None));
        assert_eq!(effect(&nat(1), &treasury), None, "no block at all");
    }
}
