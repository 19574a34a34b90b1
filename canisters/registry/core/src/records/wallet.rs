//! A wallet: one fixed row.

use granary_kernel::row::{RowReader, RowWriter, damaged, number};
use granary_stable::slots::Slot;
use sha2::{Digest, Sha256};

use crate::limits;
use crate::records::address;
use crate::types::{
    BitcoinNetwork, Hash, Method, Principal, ScriptType, Timestamp, UserId, WalletId, WalletStatus,
};

/// A place that can receive money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An account on a token ledger.
    Icrc {
        /// The ledger.
        ledger: Principal,
        /// Who owns the account.
        owner: Principal,
        /// Which of its accounts; 32 zeros is the first.
        subaccount: Hash,
    },
    /// A Bitcoin address.
    Bitcoin {
        /// Where.
        network: BitcoinNetwork,
        /// As people write it; bech32 in lower case.
        text: String,
        /// What it pays to.
        script: ScriptType,
    },
}

impl Address {
    /// What the address is known by everywhere: SHA-256 over the network and the address, each
    /// part preceded by its length as one byte.
    ///
    /// For a ledger: `icrc`, the ledger, the owner, the subaccount. For Bitcoin: `bitcoin`, the
    /// number of the network (0 mainnet, 1 testnet, 2 regtest), the text.
    pub fn key(&self) -> Hash {
        let mut hasher = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hasher.update([u8::try_from(bytes.len()).unwrap_or(u8::MAX)]);
            hasher.update(bytes);
        };
        match self {
            Self::Icrc { ledger, owner, subaccount } => {
                part(b"icrc");
                part(ledger.as_slice());
                part(owner.as_slice());
                part(subaccount);
            }
            Self::Bitcoin { network, text, .. } => {
                part(b"bitcoin");
                part(&[number(&BitcoinNetwork::ALL, network)]);
                part(text.as_bytes());
            }
        }
        hasher.finalize().into()
    }
}

/// What rules read and write of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletHead {
    /// Whose it is.
    pub user: UserId,
    /// Where money goes.
    pub address: Address,
    /// The address's key.
    pub key: Hash,
    /// What its owner calls it; may be empty.
    pub label: String,
    /// Where it stands.
    pub status: WalletStatus,
    /// When it was added.
    pub added_at: Timestamp,
    /// When money first went there.
    pub first_used_at: Option<Timestamp>,
}

/// The stored row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletRow {
    /// What rules read and write.
    pub head: WalletHead,
    /// The wallet its user added before this one.
    pub user_prev: Option<WalletId>,
    /// The wallet before this one among those that are not revoked.
    pub live_prev: Option<WalletId>,
}

/// The front of a row: what standings and chains need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WalletFront {
    pub(crate) key: Hash,
    pub(crate) user_prev: Option<WalletId>,
    pub(crate) live_prev: Option<WalletId>,
}

/// Bytes of the front of a row: version, key, links.
pub(crate) const FRONT_BYTES: usize = 41;
/// Where the link among the wallets that are not revoked stands.
pub(crate) const LIVE_AT: u32 = 37;
const KIND_BYTES: usize = 100;
const LABEL_BYTES: u8 = 64;
const ADDRESS_BYTES: u8 = 90;
/// The version of the shape that [`WalletRow::read`] brings older ones up to.
const VERSION: u8 = 2;

const _: () = assert!(limits::MAX_LABEL_BYTES <= 64 && limits::MAX_ADDRESS_BYTES <= 90);

impl WalletRow {
    fn read_second(mut row: RowReader<'_>) -> Self {
        let key = row.hash();
        let (user_prev, live_prev) = (row.opt_id(), row.opt_id());
        let user = row.id();
        let mut kind = RowReader::new(row.raw().take(KIND_BYTES), 2, "a wallet's address");
        let address = if row.u8() == 0 {
            Address::Icrc {
                ledger: kind.principal(),
                owner: kind.principal(),
                subaccount: kind.hash(),
            }
        } else {
            Address::Bitcoin {
                network: kind.case(&BitcoinNetwork::ALL),
                script: kind.case(&ScriptType::ALL),
                text: text(&mut kind, ADDRESS_BYTES),
            }
        };
        let label = text(&mut row, LABEL_BYTES);
        let status = read_status(&mut row);
        let (added_at, first_used_at) = (row.time(), row.opt_time());
        let head = WalletHead { user, address, key, label, status, added_at, first_used_at };
        Self { head, user_prev, live_prev }
    }

    /// Key and links from the front of a row; none when it has an older shape.
    pub(crate) fn front(bytes: &[u8; FRONT_BYTES]) -> Option<WalletFront> {
        if bytes.first() != Some(&VERSION) {
            return None;
        }
        let mut row = RowReader::new(bytes, VERSION, "a wallet's row");
        Some(WalletFront { key: row.hash(), user_prev: row.opt_id(), live_prev: row.opt_id() })
    }

    /// The shape of schema 1: an address as text, and no key. A text that names no address any
    /// more is damaged state: schema 1 took the same texts.
    fn read_first(mut row: RowReader<'_>) -> Self {
        let user = row.id();
        let ledger = row.principal();
        let written = text(&mut row, FIRST_ADDRESS_BYTES);
        let address = if ledger == Principal::management_canister() {
            let (network, script, text) = address::bitcoin(&written).unwrap_or_else(|_| damaged());
            Address::Bitcoin { network, text, script }
        } else {
            let (owner, subaccount) = address::account(&written).unwrap_or_else(|_| damaged());
            Address::Icrc { ledger, owner, subaccount }
        };
        let label = text(&mut row, LABEL_BYTES);
        let status = read_status(&mut row);
        let (added_at, first_used_at) = (row.time(), row.opt_time());
        let key = address.key();
        let head = WalletHead { user, address, key, label, status, added_at, first_used_at };
        Self { head, user_prev: row.opt_id(), live_prev: None }
    }

    /// True for the version byte of the newest shape.
    pub(crate) const fn is_newest(version: u8) -> bool {
        version == VERSION
    }
}

/// Room for an address in schema 1: a principal, a dot and 64 hexadecimal digits.
const FIRST_ADDRESS_BYTES: u8 = 130;

fn text(row: &mut RowReader<'_>, capacity: u8) -> String {
    let bytes = row.raw().short(capacity).to_vec();
    String::from_utf8(bytes).unwrap_or_else(|_| damaged())
}

fn read_status(row: &mut RowReader<'_>) -> WalletStatus {
    let (status, method, at) = (row.u8(), row.case(&Method::ALL), row.time());
    match status {
        0 => WalletStatus::Unverified,
        1 => WalletStatus::Verified { method, at },
        2 => WalletStatus::Revoked,
        _ => damaged(),
    }
}

fn write_status(row: &mut RowWriter<'_>, status: WalletStatus) {
    let (method, at) = match status {
        WalletStatus::Verified { method, at } => (method, at),
        WalletStatus::Unverified | WalletStatus::Revoked => (Method::Ownership, Timestamp::ZERO),
    };
    row.u8(u8::try_from(status.at()).unwrap_or_else(|_| damaged()));
    row.u8(number(&Method::ALL, &method)).time(at);
}

impl Slot for WalletRow {
    const SIZE: u32 = limits::WALLET_BYTES;

    fn write(&self, out: &mut [u8]) {
        let WalletHead { user, address, key, label, status, added_at, first_used_at } = &self.head;
        let mut row = RowWriter::new(out, VERSION);
        row.array(key).opt_id(self.user_prev).opt_id(self.live_prev).id(*user);
        let mut bytes = [0; KIND_BYTES];
        let mut kind = RowWriter::new(&mut bytes, 2);
        let which = match address {
            Address::Icrc { ledger, owner, subaccount } => {
                kind.principal(ledger).principal(owner).array(subaccount);
                0
            }
            Address::Bitcoin { network, text, script } => {
                kind.u8(number(&BitcoinNetwork::ALL, network));
                kind.u8(number(&ScriptType::ALL, script));
                kind.raw().short(text.as_bytes(), ADDRESS_BYTES);
                1
            }
        };
        row.array(&bytes).u8(which);
        row.raw().short(label.as_bytes(), LABEL_BYTES);
        write_status(&mut row, *status);
        row.time(*added_at).opt_time(*first_used_at);
    }

    fn read(bytes: &[u8]) -> Self {
        let version = bytes.first().copied().unwrap_or_default();
        let row = RowReader::new(bytes, VERSION, "a wallet's row");
        if version == 1 { Self::read_first(row) } else { Self::read_second(row) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wallet_with_everything_at_its_bound_comes_back() {
        let who = |n: u8| Principal::from_slice(&[n; 29]);
        let addresses = [
            Address::Icrc { ledger: who(1), owner: who(2), subaccount: [3; 32] },
            Address::Bitcoin {
                network: BitcoinNetwork::Regtest,
                text: "b".repeat(limits::MAX_ADDRESS_BYTES),
                script: ScriptType::P2tr,
            },
        ];
        for address in addresses {
            let head = WalletHead {
                user: UserId::new(u32::MAX).expect("not zero"),
                key: address.key(),
                address,
                label: "l".repeat(limits::MAX_LABEL_BYTES),
                status: WalletStatus::Verified {
                    method: Method::Attestation,
                    at: Timestamp::from_nanos(u64::MAX),
                },
                added_at: Timestamp::from_nanos(u64::MAX),
                first_used_at: Some(Timestamp::from_nanos(u64::MAX)),
            };
            let live_prev = WalletId::new(8);
            let row = WalletRow { head, user_prev: WalletId::new(u32::MAX), live_prev };
            let mut bytes = [0; limits::WALLET_BYTES as usize];
            row.write(&mut bytes);
            assert_eq!(WalletRow::read(&bytes), row);
            let front = bytes[..FRONT_BYTES].try_into().expect("so many");
            let front = WalletRow::front(&front).expect("the newest shape");
            assert_eq!((front.key, front.user_prev), (row.head.key, row.user_prev));
            assert_eq!(bytes[37..41], 8_u32.to_be_bytes(), "the live link stands at LIVE_AT");
        }
    }

    #[test]
    fn parts_of_an_address_do_not_run_together() {
        let icrc = |ledger: &[u8], owner: &[u8]| Address::Icrc {
            ledger: Principal::from_slice(ledger),
            owner: Principal::from_slice(owner),
            subaccount: [0; 32],
        };
        assert_ne!(icrc(&[1, 2], &[3]).key(), icrc(&[1], &[2, 3]).key());
    }
}
