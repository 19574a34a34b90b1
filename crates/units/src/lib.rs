//! Quantities that know what they measure.
//!
//! | room | holds |
//! |---|---|
//! | [`amount`] | [`Amount`]: a count of indivisible units of one asset, the asset being a type |
//! | [`cycles`] | [`Cycles`]: what a canister burns |
//! | [`bps`] | [`Bps`]: a share of a whole in hundredths of a percent |
//! | [`time`] | [`Timestamp`] and [`Duration`], both in nanoseconds |
//! | [`ratio`] | multiplication and division through 256 bits with the rounding said aloud |
//! | [`cbor`] | how the quantities look inside a stored record |
//!
//! Nothing here implements `Add`, `Sub`, `Mul` or `Div`: every operation that can leave the range
//! answers with an [`OutOfRange`] that names the operation. There is no float and no silent wrap.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::integer_division,
        clippy::unwrap_used
    )
)]
#![warn(missing_docs)]

pub mod amount;
pub mod bps;
pub mod cbor;
pub mod cycles;
pub mod ratio;
pub mod time;

pub use amount::{Amount, Unit};
pub use bps::Bps;
pub use cycles::Cycles;
pub use ratio::{Rounding, mul_div};
pub use time::{Duration, Timestamp};

/// Why a quantity could not be computed. The operands stay as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutOfRange {
    /// The result would be larger than the type can hold.
    Overflow,
    /// The result would be below zero.
    Underflow,
    /// The divisor is zero.
    DivisionByZero,
    /// A share of more than 10,000 basis points.
    AboveWhole,
}

impl core::fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Overflow => "the result is too large",
            Self::Underflow => "the result is below zero",
            Self::DivisionByZero => "division by zero",
            Self::AboveWhole => "a share is at most 10000 basis points",
        })
    }
}

impl std::error::Error for OutOfRange {}
