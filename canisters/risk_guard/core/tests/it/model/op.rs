//! One step of a course.

use risk_guard_core::types::Purpose;

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Reserve {
        intent: u64,
        asset: u64,
        amount: u128,
        to: u8,
        purpose: Purpose,
        announcement: Option<u64>,
    },
    Commit(u64),
    Release(u64),
    /// Parts of an hour that pass, ten minutes each; with or without a beat of the clock.
    Wait {
        parts: u64,
        ticks: bool,
    },
    Announce {
        amount: u128,
        to: u8,
        late: u64,
    },
    Cancel(u64),
    Seal {
        governs: bool,
        scope: u8,
        hours: u32,
    },
    Lift(u64),
    Arm {
        scope: u8,
        hours: u64,
    },
    Beat(u64),
    /// Other limits of one asset; or none of it may leave.
    Propose {
        asset: u32,
        max: u128,
        day: u128,
        named: bool,
    },
    Apply(u64),
    Adjust {
        asset: u32,
        value: u128,
    },
    Refresh {
        one: u128,
        two: u128,
        short: bool,
    },
    /// The clock goes back by a minute, or leaps by one.
    Clock(bool),
}
