//! Accounts: an owner and a subaccount, or the 32 bytes both are hashed to.

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use sha2::{Digest, Sha224};

/// Separates account ids from other hashes.
const DOMAIN: &[u8] = b"\x0aaccount-id";

/// An account as callers name it.
#[derive(Clone, Debug, PartialEq, Eq, CandidType, Deserialize)]
pub(super) struct Account {
    pub(super) owner: Principal,
    pub(super) subaccount: Option<ByteBuf>,
}

/// The id of an account, by which the stand-ins keep balances: a checksum and a hash of owner and
/// subaccount, as the ICP ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct AccountId([u8; 32]);

/// A subaccount that is not 32 bytes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadSubaccount;

impl Account {
    /// The default account of `owner`.
    pub(super) fn of(owner: Principal) -> Self {
        Self { owner, subaccount: None }
    }

    /// The id; the length of the subaccount must have been checked.
    pub(super) fn id(&self) -> AccountId {
        self.checked_id().unwrap_or_else(|_| AccountId::new(self.owner, &[0; 32]))
    }

    pub(super) fn checked_id(&self) -> Result<AccountId, BadSubaccount> {
        AccountId::of(self.owner, self.subaccount.as_ref())
    }
}

impl AccountId {
    fn new(owner: Principal, subaccount: &[u8; 32]) -> Self {
        let mut hash = Sha224::new();
        hash.update(DOMAIN);
        hash.update(owner.as_slice());
        hash.update(subaccount);
        let hash: [u8; 28] = hash.finalize().into();
        let mut id = [0; 32];
        id[..4].copy_from_slice(&checksum(&hash));
        id[4..].copy_from_slice(&hash);
        Self(id)
    }

    /// The account of `owner` with this subaccount, or its default one.
    pub(super) fn of(
        owner: Principal,
        subaccount: Option<&ByteBuf>,
    ) -> Result<Self, BadSubaccount> {
        let subaccount = match subaccount {
            None => [0; 32],
            Some(bytes) => bytes.as_slice().try_into().map_err(|_| BadSubaccount)?,
        };
        Ok(Self::new(owner, &subaccount))
    }

    /// The account of `owner` whose subaccount names `principal`, as the minting canister has one
    /// for everybody who pays it.
    pub(super) fn named_after(owner: Principal, principal: Principal) -> Self {
        let mut subaccount = [0; 32];
        let name = principal.as_slice();
        subaccount[0] = u8::try_from(name.len()).unwrap_or(u8::MAX);
        subaccount[1..=name.len()].copy_from_slice(name);
        Self::new(owner, &subaccount)
    }

    /// Reads an id; None when its length or checksum is wrong.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let id: [u8; 32] = bytes.try_into().ok()?;
        (checksum(&id[4..]) == id[..4]).then_some(Self(id))
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

/// CRC-32, big-endian.
fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum().to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_icp_ledger() {
        // The account of the anonymous principal, as block explorers show it.
        let anonymous = Account::of(Principal::anonymous()).id();
        let text = hex::encode(anonymous.as_slice());
        assert_eq!(text, "1c7a48ba6a562aa9eaa2481a9049cdf0433b9738c992d698c31d8abf89cadc79");
        assert_eq!(AccountId::read(anonymous.as_slice()), Some(anonymous));
    }

    #[test]
    fn wrong_lengths_and_checksums_are_seen() {
        let mut bytes = Account::of(Principal::anonymous()).id().as_slice().to_vec();
        assert_eq!(AccountId::read(&bytes[..31]), None);
        bytes[9] ^= 1;
        assert_eq!(AccountId::read(&bytes), None);
        let short = Account {
            subaccount: Some(ByteBuf::from([1, 2])),
            ..Account::of(Principal::anonymous())
        };
        assert_eq!(short.checked_id(), Err(BadSubaccount));
        let zeros = ByteBuf::from([0; 32]);
        let named = Account { subaccount: Some(zeros), ..Account::of(Principal::anonymous()) };
        assert_eq!(named.checked_id(), Ok(Account::of(Principal::anonymous()).id()));
    }
}
