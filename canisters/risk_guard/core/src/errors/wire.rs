//! From each refusal to the wire: one sentence with the thing and the limit, figures as details.

use granary_errors::{CodeEntry, Error};
use granary_kernel::wording::{in_the_way, until, wrong_state};

use super::catalogue as code;
use super::{AccessFault, InputFault, Missing, PeerFault, StateFault};
use crate::types::ReservationState;

pub(super) fn input(fault: &InputFault) -> Error {
    let wrong =
        |entry: CodeEntry, field: &str, text: String| Error::invalid_input(entry.code, field, text);
    match fault {
        InputFault::AmountZero { field } => {
            wrong(code::AMOUNT_ZERO, field, format!("{field} is 0"))
        }
        InputFault::AssetNumber { field, given } => {
            let text = format!("{field} is {given} and no asset has that number");
            wrong(code::ASSET_NUMBER, field, text)
        }
        InputFault::WindowSpan { seconds } => {
            let text = format!(
                "a window has {seconds} seconds and must have 3600, 86400, 604800 or 2592000"
            );
            wrong(code::WINDOW_SPAN, "windows.seconds", text)
        }
        InputFault::Policy { field, problem } => {
            wrong(code::POLICY_FIELD, field, format!("{field} {problem}"))
        }
        InputFault::Floor { tier } => {
            let text = format!("tiers[{tier}] asks for less than the declared floor");
            wrong(code::POLICY_FLOOR, &format!("tiers[{tier}]"), text)
        }
        InputFault::Empty => {
            wrong(code::POLICY_EMPTY, "change", "the change changes nothing".to_owned())
        }
        InputFault::Delay { field, given_ns, min_ns, max_ns } => {
            let text = format!("{field} is {given_ns} ns and must be {min_ns} to {max_ns}");
            wrong(code::DELAY_RANGE, field, text).with("min_ns", *min_ns).with("max_ns", *max_ns)
        }
        InputFault::StewardBound { least, most } => {
            let text = format!("a steward may set {least} to {most} now");
            wrong(code::STEWARD_BOUND, "value", text).with("min", *least).with("max", *most)
        }
    }
}

pub(super) fn access(fault: AccessFault) -> Error {
    match fault {
        AccessFault::NoSeat => {
            let text = "the caller is no governor and has no armed seat for this scope";
            Error::unauthorized(code::SEAL_NO_SEAT.code, "an armed seat", text)
        }
        AccessFault::NotHolder => {
            let text = "the seat is somebody else's";
            Error::unauthorized(code::SEAT_NOT_HOLDER.code, "the seat's holder", text)
        }
    }
}

pub(super) fn missing(missing: Missing) -> Error {
    let (entry, kind, id) = match missing {
        Missing::Reservation { intent } => {
            (code::RESERVATION_NOT_FOUND, "reservation of intent", intent)
        }
        Missing::Announcement { id } => (code::ANNOUNCEMENT_NOT_FOUND, "announcement", id),
        Missing::Seal { id } => (code::SEAL_NOT_FOUND, "seal", id),
        Missing::Seat { id } => (code::SEAT_NOT_FOUND, "seat", id),
        Missing::Alert { id } => (code::ALERT_NOT_FOUND, "alert", id),
        Missing::Change { id } => (code::CHANGE_NOT_FOUND, "change of the policy", id),
    };
    Error::not_found(entry.code, kind, id.to_string())
}

pub(super) fn state(fault: &StateFault) -> Error {
    match fault {
        StateFault::ReservationConflict { held } => {
            let text = format!("reservation {held} of this intent has other arguments");
            in_the_way(code::RESERVATION_CONFLICT, ReservationState::Held.name(), text)
                .with("reservation", held.wire())
        }
        StateFault::Reservation { actual, allowed } => {
            let allowed: Vec<_> = allowed.iter().map(|state| state.name()).collect();
            wrong_state(code::RESERVATION_STATE, "the reservation", actual.name(), &allowed)
        }
        StateFault::SealActive { until: end } => until(code::SEAL_ACTIVE, "Active", *end),
        StateFault::Seal { actual } => {
            wrong_state(code::SEAL_STATE, "the seal", actual.name(), &["Active"])
        }
        StateFault::Seat { actual } => {
            wrong_state(code::SEAT_STATE, "the seat", actual.name(), &["Armed"])
        }
        StateFault::Announcement { actual } => {
            let allowed = &["Announced"];
            wrong_state(code::ANNOUNCEMENT_STATE, "the announcement", actual.name(), allowed)
        }
        StateFault::Change { actual } => {
            wrong_state(code::CHANGE_STATE, "the change", actual.name(), &["Proposed"])
        }
        StateFault::ChangeWaits { until: eta } => until(code::CHANGE_WAITS, "Proposed", *eta),
        StateFault::StewardTooSoon { until: end } => until(code::STEWARD_TOO_SOON, "changed", *end),
        StateFault::StewardUnset => {
            in_the_way(code::STEWARD_UNSET, "unset", code::STEWARD_UNSET.meaning)
        }
        StateFault::Alert { actual } => {
            let allowed = &["Firing", "Acknowledged"];
            wrong_state(code::ALERT_STATE, "the alert", actual.name(), allowed)
        }
        StateFault::Asking { until: end } => until(code::TREASURY_ASKING, "asking", *end),
    }
}

pub(super) fn peer(fault: &PeerFault) -> Error {
    let (entry, text) = match fault {
        PeerFault::Unavailable { reason } => {
            (code::TREASURY_UNAVAILABLE, format!("the books did not answer: {reason:.80}"))
        }
        PeerFault::Reply { method } => {
            (code::TREASURY_REPLY, format!("the books' answer to {method} cannot be used"))
        }
    };
    Error::not_applied(entry.code, None, text)
}
