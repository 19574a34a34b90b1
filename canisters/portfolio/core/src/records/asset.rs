//! An asset: what it is, where the treasury's part of it is held, and its running sums.

use granary_stable::slots::Slot;

use crate::records::row::{ReadMore as _, RowReader, RowWriter, WriteMore as _, damaged, number};
use crate::types::{AccountId, AssetStatus, Hash, Network, Principal, Signed, Timestamp};

/// What kind of thing is counted. Never changed once it is registered, but for the fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetKind {
    /// A token of a ledger that speaks ICRC-1 and ICRC-3.
    Icrc {
        /// The ledger.
        ledger: Principal,
        /// Fee of a transfer, smallest units; as the ledger last said.
        fee: u128,
    },
    /// Bitcoin, in satoshis.
    Btc {
        /// The network.
        network: Network,
        /// Blocks an output needs before it counts as confirmed.
        min_confirmations: u32,
    },
}

impl AssetKind {
    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Icrc { .. } => "Icrc",
            Self::Btc { .. } => "Btc",
        }
    }
}

/// The symbol of an asset: 1 to 12 bytes of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    bytes: [u8; 12],
    len: u8,
}

impl Symbol {
    /// The symbol `text`; none when it is empty or too long.
    pub fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; 12];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        let len = u8::try_from(text.len()).ok().filter(|len| *len > 0)?;
        Some(Self { bytes, len })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let text = self.bytes.get(..self.len.into()).unwrap_or_default();
        core::str::from_utf8(text).unwrap_or_default()
    }
}

/// The account of a ledger that holds the treasury's part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerAccount {
    /// Whose.
    pub owner: Principal,
    /// Which of its accounts; zeroes are the default one.
    pub subaccount: Hash,
}

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetRow {
    /// What is counted.
    pub kind: AssetKind,
    /// For people.
    pub symbol: Symbol,
    /// Decimal places of the smallest unit.
    pub decimals: u8,
    /// Whether it takes entries.
    pub status: AssetStatus,
    /// Where the treasury's part is held; of no meaning for Bitcoin, whose outputs say it.
    pub treasury: LedgerAccount,
    /// When it was registered.
    pub opened_at: Timestamp,
    /// Sum of the accounts of known purpose; never below zero between two entries (P3).
    pub booked: Signed,
    /// Balance of the Suspense account.
    pub suspense: Signed,
    /// Since when the Suspense account is not at zero (P8).
    pub suspense_since: Option<Timestamp>,
    /// The Treasury account, once there is one.
    pub treasury_account: Option<AccountId>,
    /// The Fees account, once there is one.
    pub fees_account: Option<AccountId>,
    /// The Suspense account, once there is one.
    pub suspense_account: Option<AccountId>,
}

impl AssetRow {
    /// The ledger, for a token.
    pub const fn ledger(&self) -> Option<Principal> {
        match self.kind {
            AssetKind::Icrc { ledger, .. } => Some(ledger),
            AssetKind::Btc { .. } => None,
        }
    }
}

const ICRC: u8 = 0;
const BTC: u8 = 1;

impl Slot for AssetRow {
    const SIZE: u32 = 320;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.u8(number(&AssetStatus::ALL, &self.status))
            .short(self.symbol.as_str().as_bytes(), 12)
            .u8(self.decimals)
            .principal(&self.treasury.owner)
            .array(&self.treasury.subaccount)
            .time(self.opened_at)
            .signed(self.booked)
            .signed(self.suspense)
            .opt_time(self.suspense_since)
            .opt_id(self.treasury_account)
            .opt_id(self.fees_account)
            .opt_id(self.suspense_account);
        match self.kind {
            AssetKind::Icrc { ledger, fee } => row.u8(ICRC).principal(&ledger).u128(fee),
            AssetKind::Btc { network, min_confirmations } => {
                row.u8(BTC).u8(number(&Network::ALL, &network)).u32(min_confirmations)
            }
        };
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "an asset row");
        let status = row.case(&AssetStatus::ALL);
        let symbol = core::str::from_utf8(row.short(12)).ok().and_then(Symbol::new);
        let mut asset = Self {
            kind: AssetKind::Btc { network: Network::Regtest, min_confirmations: 0 },
            symbol: symbol.unwrap_or_else(damaged),
            decimals: row.u8(),
            status,
            treasury: LedgerAccount { owner: row.principal(), subaccount: row.hash() },
            opened_at: row.time(),
            booked: row.signed(),
            suspense: row.signed(),
            suspense_since: row.opt_time(),
            treasury_account: row.opt_id(),
            fees_account: row.opt_id(),
            suspense_account: row.opt_id(),
        };
        asset.kind = match row.u8() {
            ICRC => AssetKind::Icrc { ledger: row.principal(), fee: row.u128() },
            BTC => {
                AssetKind::Btc { network: row.case(&Network::ALL), min_confirmations: row.u32() }
            }
            _ => damaged(),
        };
        asset
    }
}
