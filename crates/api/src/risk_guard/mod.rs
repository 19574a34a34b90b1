//! The rules: limits, reservations, announcements, seals, breakers, alerts.

mod outflows;

pub use outflows::*;
