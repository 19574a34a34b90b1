//! Accounts as keys of stable maps and as parts of blocks.

use candid::Principal;
use granary_api::icrc::{Account, Value};
use minicbor::{Decode, Encode};
use serde_bytes::{ByteArray, ByteBuf};

/// Bytes of a [`Key`]: length and bytes of the owner, then the subaccount.
pub const KEY_BYTES: usize = 62;
const OWNER_BYTES_MAX: usize = 29;

/// An account in a form in which the absent subaccount and the one of zeros are the same.
pub type Key = [u8; KEY_BYTES];

/// The key of an account.
pub fn key(account: &Account) -> Key {
    let mut key = [0; KEY_BYTES];
    let owner = account.owner.as_slice();
    let (head, subaccount) = key.split_at_mut(1 + OWNER_BYTES_MAX);
    for (to, from) in head.iter_mut().zip(core::iter::once(&length(owner)).chain(owner)) {
        *to = *from;
    }
    if let Some(bytes) = &account.subaccount {
        subaccount.copy_from_slice(&bytes[..]);
    }
    key
}

fn length(owner: &[u8]) -> u8 {
    u8::try_from(owner.len()).unwrap_or(u8::MAX)
}

/// Whether both name the same money.
pub fn same(one: &Account, other: &Account) -> bool {
    key(one) == key(other)
}

/// The account numbered `number`: its owner is nobody's identity.
pub fn numbered(number: u32) -> Account {
    let mut owner = *b"test-ledger-0000\x7f";
    owner[12..16].copy_from_slice(&number.to_be_bytes());
    Account::from(Principal::from_slice(&owner))
}

/// An account as a caller wrote it, because the caller's words are what a block repeats.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Written {
    #[cbor(n(0), with = "minicbor::bytes")]
    owner: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    subaccount: Option<[u8; 32]>,
}

impl From<&Account> for Written {
    fn from(account: &Account) -> Self {
        Self {
            owner: account.owner.as_slice().to_vec(),
            subaccount: account.subaccount.map(ByteArray::into_array),
        }
    }
}

impl Written {
    /// The account in a block: its owner and, when it was written, its subaccount.
    pub fn value(&self) -> Value {
        let owner = Value::Blob(ByteBuf::from(self.owner.clone()));
        let subaccount = self.subaccount.map(|bytes| Value::Blob(ByteBuf::from(bytes.to_vec())));
        Value::Array(core::iter::once(owner).chain(subaccount).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(owner: &[u8], subaccount: Option<[u8; 32]>) -> Account {
        let owner = Principal::from_slice(owner);
        Account { owner, subaccount: subaccount.map(ByteArray::new) }
    }

    #[test]
    fn the_absent_subaccount_is_the_one_of_zeros_and_nothing_else() {
        let absent = account(&[1, 2], None);
        assert!(same(&absent, &account(&[1, 2], Some([0; 32]))));
        assert!(!same(&absent, &account(&[1, 2], Some([1; 32]))));
        // A longer owner that ends in a zero is another one.
        assert!(!same(&absent, &account(&[1, 2, 0], None)));
        assert_ne!(key(&account(&[], None)), key(&account(&[0], None)));
    }

    #[test]
    fn a_block_repeats_what_was_written() {
        let parts = |subaccount| match Written::from(&account(&[7], subaccount)).value() {
            Value::Array(parts) => parts.len(),
            other => panic!("{other:?}"),
        };
        assert_eq!((parts(None), parts(Some([0; 32]))), (1, 2));
    }

    #[test]
    fn numbered_accounts_differ() {
        assert!(!same(&numbered(1), &numbered(256)));
    }
}
