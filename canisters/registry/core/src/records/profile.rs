//! Risk profiles. A version never changes: a plan that was approved under it keeps its limits
//! whatever the profile becomes (U6).

use granary_kernel::row::{RowReader, RowWriter, number};
use granary_stable::slots::Slot;

use crate::types::{ProfileId, RevisionId, RiskClass, Timestamp};

/// The limits of one version, basis points of a user's holdings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest single position.
    pub max_position_bps: u32,
    /// Largest fall from a peak.
    pub max_drawdown_bps: u32,
    /// Largest share of one asset.
    pub max_asset_concentration_bps: u32,
}

impl Limits {
    /// True when no limit is higher than the other's.
    pub const fn is_within(&self, other: &Self) -> bool {
        self.max_position_bps <= other.max_position_bps
            && self.max_drawdown_bps <= other.max_drawdown_bps
            && self.max_asset_concentration_bps <= other.max_asset_concentration_bps
    }
}

/// What every installation begins with: profile 1, 2 and 3.
pub const STANDARD: [(RiskClass, Limits); 3] = [
    (
        RiskClass::Conservative,
        Limits {
            max_position_bps: 1_000,
            max_drawdown_bps: 500,
            max_asset_concentration_bps: 3_000,
        },
    ),
    (
        RiskClass::Moderate,
        Limits {
            max_position_bps: 2_500,
            max_drawdown_bps: 1_500,
            max_asset_concentration_bps: 5_000,
        },
    ),
    (
        RiskClass::Aggressive,
        Limits {
            max_position_bps: 5_000,
            max_drawdown_bps: 3_500,
            max_asset_concentration_bps: 8_000,
        },
    ),
];

/// The newest version of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileHead {
    /// How risky it is meant to be.
    pub class: RiskClass,
    /// Its limits.
    pub limits: Limits,
    /// From 1.
    pub version: u32,
    /// When this version was defined.
    pub defined_at: Timestamp,
    /// Where this version is kept.
    pub newest: RevisionId,
}

/// One version as it was defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RevisionRow {
    /// Of which profile.
    pub profile: ProfileId,
    /// From 1.
    pub version: u32,
    /// How risky it was meant to be.
    pub class: RiskClass,
    /// Its limits.
    pub limits: Limits,
    /// When it was defined.
    pub defined_at: Timestamp,
    /// The version before it.
    pub previous: Option<RevisionId>,
}

fn write_limits(row: &mut RowWriter<'_>, limits: &Limits) {
    row.u32(limits.max_position_bps)
        .u32(limits.max_drawdown_bps)
        .u32(limits.max_asset_concentration_bps);
}

fn read_limits(row: &mut RowReader<'_>) -> Limits {
    Limits {
        max_position_bps: row.u32(),
        max_drawdown_bps: row.u32(),
        max_asset_concentration_bps: row.u32(),
    }
}

impl Slot for ProfileHead {
    const SIZE: u32 = 64;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.u8(number(&RiskClass::ALL, &self.class)).u32(self.version).time(self.defined_at);
        row.id(self.newest);
        write_limits(&mut row, &self.limits);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a risk profile's row");
        let (class, version) = (row.case(&RiskClass::ALL), row.u32());
        let (defined_at, newest) = (row.time(), row.id());
        Self { class, limits: read_limits(&mut row), version, defined_at, newest }
    }
}

impl Slot for RevisionRow {
    const SIZE: u32 = 64;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.id(self.profile).u32(self.version).u8(number(&RiskClass::ALL, &self.class));
        row.time(self.defined_at).opt_id(self.previous);
        write_limits(&mut row, &self.limits);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a version of a risk profile");
        let (profile, version, class) = (row.id(), row.u32(), row.case(&RiskClass::ALL));
        let (defined_at, previous) = (row.time(), row.opt_id());
        Self { profile, version, class, limits: read_limits(&mut row), defined_at, previous }
    }
}
