//! An asset: its limits, what is taken of it, and what is known of the treasury's part.

use granary_stable::slots::Slot;

use granary_kernel::row::{RowReader, RowWriter};

use crate::records::policy::{AssetLimits, WindowLimit};
use crate::types::Timestamp;

/// What is known of the treasury's part of an asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What the treasury has, smallest units.
    pub balance: u128,
    /// When that was asked for; 0 when it never was.
    pub at: Timestamp,
    /// What ledgers hold for everybody, as far as the books know.
    pub assets: u128,
    /// What is owed to users and grants.
    pub owed: u128,
    /// What one whole token is worth, eight decimal places; 0 when no price is known.
    pub value: u128,
    /// True when that price may raise a limit.
    pub is_fresh: bool,
    /// The time of that price.
    pub priced_at: Timestamp,
}

impl Known {
    /// True once the books said something.
    pub fn is_known(&self) -> bool {
        self.at > Timestamp::ZERO
    }
}

/// The stored row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssetRow {
    /// Its limits; none lets nothing of it leave (R7).
    pub limits: Option<AssetLimits>,
    /// When each of a steward's parameters changed last.
    pub changed_at: [Timestamp; 5],
    /// The newest time a flow of it was counted at.
    pub clock: Timestamp,
    /// Reservations that are held.
    pub held_count: u32,
    /// What they hold.
    pub held: u128,
    /// What was taken since the balance was asked for, and may still be in it.
    pub since: u128,
    /// Number of the question since which commitments are summed.
    pub left_run: u64,
    /// What left since that question was asked.
    pub left: u128,
    /// What the treasury has.
    pub known: Known,
    /// True while an alert says that a window is nearly used.
    pub is_nearly_used: bool,
    /// Inflows that were told, smallest units.
    pub inflow: u128,
}

impl Slot for AssetRow {
    const SIZE: u32 = 512;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.u8(self.limits.is_some().into());
        write_limits(&mut row, self.limits.as_ref());
        for at in self.changed_at {
            row.time(at);
        }
        row.time(self.clock).u32(self.held_count).u128(self.held).u128(self.since);
        row.u64(self.left_run).u128(self.left);
        let Known { balance, at, assets, owed, value, is_fresh, priced_at } = self.known;
        row.u128(balance).time(at).u128(assets).u128(owed).u128(value).u8(is_fresh.into());
        row.time(priced_at).u8(self.is_nearly_used.into()).u128(self.inflow);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "an asset row");
        let is_limited = row.u8() != 0;
        let limits = read_limits(&mut row);
        Self {
            limits: is_limited.then_some(limits),
            changed_at: core::array::from_fn(|_| row.time()),
            clock: row.time(),
            held_count: row.u32(),
            held: row.u128(),
            since: row.u128(),
            left_run: row.u64(),
            left: row.u128(),
            known: Known {
                balance: row.u128(),
                at: row.time(),
                assets: row.u128(),
                owed: row.u128(),
                value: row.u128(),
                is_fresh: row.u8() != 0,
                priced_at: row.time(),
            },
            is_nearly_used: row.u8() != 0,
            inflow: row.u128(),
        }
    }
}

/// No limits take the room of limits, so that the fields behind keep their places.
fn write_limits(row: &mut RowWriter<'_>, limits: Option<&AssetLimits>) {
    let none = AssetLimits {
        decimals: 0,
        max_per_tx: 0,
        windows: [None; 4],
        max_tx_per_window: 0,
        min_retained_bps: 0,
        min_amount_to_limit: 0,
        reference_value: 0,
    };
    let limits = limits.unwrap_or(&none);
    row.u8(limits.decimals).u128(limits.max_per_tx).u32(limits.max_tx_per_window);
    row.u16(limits.min_retained_bps).u128(limits.min_amount_to_limit);
    row.u128(limits.reference_value);
    for window in limits.windows {
        // A share above the whole stands for no share.
        let WindowLimit { max_amount, max_bps } =
            window.unwrap_or(WindowLimit { max_amount: 0, max_bps: None });
        row.u8(window.is_some().into()).u128(max_amount).u16(max_bps.unwrap_or(u16::MAX));
    }
}

fn read_limits(row: &mut RowReader<'_>) -> AssetLimits {
    AssetLimits {
        decimals: row.u8(),
        max_per_tx: row.u128(),
        max_tx_per_window: row.u32(),
        min_retained_bps: row.u16(),
        min_amount_to_limit: row.u128(),
        reference_value: row.u128(),
        windows: core::array::from_fn(|_| {
            let is_limited = row.u8() != 0;
            let (max_amount, bps) = (row.u128(), row.u16());
            let max_bps = Some(bps).filter(|bps| *bps != u16::MAX);
            is_limited.then_some(WindowLimit { max_amount, max_bps })
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back() {
        let window = |max_bps| Some(WindowLimit { max_amount: u128::MAX, max_bps });
        let limits = AssetLimits {
            decimals: 8,
            max_per_tx: u128::MAX,
            windows: [window(None), None, window(Some(10_000)), window(Some(0))],
            max_tx_per_window: 7,
            min_retained_bps: 9,
            min_amount_to_limit: 11,
            reference_value: u128::MAX,
        };
        let at = Timestamp::from_nanos(u64::MAX);
        let known = Known { balance: 1, at, owed: 3, value: 4, is_fresh: true, ..Known::default() };
        let row = AssetRow {
            limits: Some(limits),
            changed_at: [at; 5],
            held: u128::MAX,
            known,
            is_nearly_used: true,
            inflow: 5,
            ..AssetRow::default()
        };
        for row in [row, AssetRow::default()] {
            let mut bytes = [0; 512];
            row.write(&mut bytes);
            assert_eq!(AssetRow::read(&bytes), row);
        }
    }
}
