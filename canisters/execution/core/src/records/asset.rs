//! An asset as this canister uses it: which ledger, which account, what it costs, how far the
//! ledger's blocks are known.

use granary_resilience::breaker::Breaker;
use granary_stable::slots::Slot;

use crate::records::row::{ReadMore as _, RowReader, RowWriter, WriteMore as _};
use crate::types::{Account, Principal, Timestamp};

/// A look back over the blocks since a snapshot that was restored (E7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookback {
    /// When it began: what was sent before is in the ledger a while later, or never.
    pub started_at: Timestamp,
    /// The next block to be looked at.
    pub next_block: u64,
    /// Until when a look is under way.
    pub busy_until: Option<Timestamp>,
    /// Looks that were begun; an answer names its own.
    pub turn: u32,
    /// Looks that failed in a row.
    pub failures: u32,
    /// The restores it is made for, counted from 1: after another one it begins its wait anew.
    pub restores: u64,
    /// The drain that ended by itself it is made for; 0 for none.
    pub drain: u64,
}

/// The stored row, by the asset's number in `portfolio`. Numbers in between that were not adopted
/// have a row of zeroes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetRow {
    /// True once it was adopted. Ledger, account and decimals never change from then on (E10).
    pub adopted: bool,
    /// The ledger.
    pub ledger: Principal,
    /// The account that holds the treasury's part.
    pub treasury: Account,
    /// Decimal places of the smallest unit.
    pub decimals: u8,
    /// Symbol, at most 12 bytes.
    pub symbol: [u8; 12],
    /// What a transfer costs, as the ledger last said.
    pub fee: u128,
    /// When the ledger last said it.
    pub fee_at: Timestamp,
    /// Blocks the ledger is known to have.
    pub tip: u64,
    /// What is set aside for intents in flight (E9).
    pub set_aside: u128,
    /// Transfers that ended; what was known of the balance before is out of date after one.
    pub moves: u64,
    /// Restores whose blocks were looked at, counted from 1; 0 when none ever were.
    pub cleared: u64,
    /// The newest drain that ended by itself and whose blocks were looked at.
    pub cleared_drain: u64,
    /// Looks back that were finished; what `risk_guard` said before one is asked again after it.
    pub looks: u64,
    /// The look back that is under way.
    pub lookback: Option<Lookback>,
    /// Payments without an intent nobody has explained yet: nothing is sent while there are any.
    pub orphans: u32,
    /// What left, fees included.
    pub paid: u128,
    /// The ledger's breaker.
    pub breaker: Breaker,
    /// When it was adopted.
    pub adopted_at: Timestamp,
}

impl AssetRow {
    /// The row of a number that was not adopted.
    pub const fn none() -> Self {
        let nobody = Principal::management_canister();
        Self {
            adopted: false,
            ledger: nobody,
            treasury: Account { owner: nobody, subaccount: [0; 32] },
            decimals: 0,
            symbol: [0; 12],
            fee: 0,
            fee_at: Timestamp::ZERO,
            tip: 0,
            set_aside: 0,
            moves: 0,
            cleared: 0,
            cleared_drain: 0,
            looks: 0,
            lookback: None,
            orphans: 0,
            paid: 0,
            breaker: Breaker::new(),
            adopted_at: Timestamp::ZERO,
        }
    }

    /// The symbol as text.
    pub fn symbol(&self) -> &str {
        let end = self.symbol.iter().position(|byte| *byte == 0).unwrap_or(self.symbol.len());
        core::str::from_utf8(self.symbol.get(..end).unwrap_or_default()).unwrap_or_default()
    }
}

impl Slot for AssetRow {
    const SIZE: u32 = 448;

    fn write(&self, out: &mut [u8]) {
        let look = self.lookback;
        RowWriter::new(out, 1)
            .u8(self.adopted.into())
            .principal(&self.ledger)
            .account(&self.treasury)
            .u8(self.decimals)
            .array(&self.symbol)
            .u128(self.fee)
            .time(self.fee_at)
            .u64(self.tip)
            .u128(self.set_aside)
            .u64(self.moves)
            .u64(self.cleared)
            .u64(self.cleared_drain)
            .u64(self.looks)
            .u8(look.is_some().into())
            .opt_time(look.map(|look| look.started_at))
            .u64(look.map_or(0, |look| look.next_block))
            .opt_time(look.and_then(|look| look.busy_until))
            .u32(look.map_or(0, |look| look.turn))
            .u32(look.map_or(0, |look| look.failures))
            .u64(look.map_or(0, |look| look.restores))
            .u64(look.map_or(0, |look| look.drain))
            .u32(self.orphans)
            .u128(self.paid)
            .breaker(&self.breaker)
            .time(self.adopted_at);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "an asset row");
        let mut asset = Self {
            adopted: row.u8() != 0,
            ledger: row.principal(),
            treasury: row.account(),
            decimals: row.u8(),
            symbol: row.raw().array(),
            fee: row.u128(),
            fee_at: row.time(),
            tip: row.u64(),
            set_aside: row.u128(),
            moves: row.u64(),
            cleared: row.u64(),
            cleared_drain: row.u64(),
            looks: row.u64(),
            lookback: None,
            orphans: 0,
            paid: 0,
            breaker: Breaker::new(),
            adopted_at: Timestamp::ZERO,
        };
        let looks = row.u8() != 0;
        let lookback = Lookback {
            started_at: row.time(),
            next_block: row.u64(),
            busy_until: row.opt_time(),
            turn: row.u32(),
            failures: row.u32(),
            restores: row.u64(),
            drain: row.u64(),
        };
        asset.lookback = looks.then_some(lookback);
        asset.orphans = row.u32();
        asset.paid = row.u128();
        asset.breaker = row.breaker();
        asset.adopted_at = row.time();
        asset
    }
}
