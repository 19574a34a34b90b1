//! Each refusal reaches the wire under its own code, in its category, as one sentence.

use granary_errors::{Category, Error};

use super::{AccessFault, CATALOGUE, GuardError, InputFault, Missing, PeerFault, StateFault};
use crate::records::ChangeState;
use crate::types::{
    AlertState, AnnouncementState, ReservationId, ReservationState, SealState, SeatState, Timestamp,
};

fn all() -> Vec<GuardError> {
    let until = Timestamp::from_nanos(7);
    let held = ReservationId::new(3).expect("a number");
    vec![
        InputFault::AmountZero { field: "amount_units" }.into(),
        InputFault::AssetNumber { field: "asset".to_owned(), given: 0 }.into(),
        InputFault::WindowSpan { seconds: 7 }.into(),
        InputFault::Policy { field: "tiers".to_owned(), problem: "is empty" }.into(),
        InputFault::Floor { tier: 1 }.into(),
        InputFault::Empty.into(),
        InputFault::Delay { field: "duration_ns", given_ns: 1, min_ns: 2, max_ns: 3 }.into(),
        InputFault::StewardBound { least: 1, most: 2 }.into(),
        AccessFault::NoSeat.into(),
        AccessFault::NotHolder.into(),
        Missing::Reservation { intent: 1 }.into(),
        Missing::Announcement { id: 1 }.into(),
        Missing::Seal { id: 1 }.into(),
        Missing::Seat { id: 1 }.into(),
        Missing::Alert { id: 1 }.into(),
        Missing::Change { id: 1 }.into(),
        StateFault::ReservationConflict { held }.into(),
        StateFault::Reservation {
            actual: ReservationState::Committed,
            allowed: &[ReservationState::Held],
        }
        .into(),
        StateFault::SealActive { until }.into(),
        StateFault::Seal { actual: SealState::Lifted }.into(),
        StateFault::Seat { actual: SeatState::Used }.into(),
        StateFault::Announcement { actual: AnnouncementState::Used }.into(),
        StateFault::Change { actual: ChangeState::Lapsed }.into(),
        StateFault::ChangeWaits { until }.into(),
        StateFault::StewardTooSoon { until }.into(),
        StateFault::StewardUnset.into(),
        StateFault::Alert { actual: AlertState::Resolved }.into(),
        StateFault::Asking { until }.into(),
        PeerFault::Unavailable { reason: "stopped".to_owned() }.into(),
        PeerFault::Reply { method: "list_assets" }.into(),
    ]
}

#[test]
fn every_code_has_its_refusal_and_every_refusal_its_code() {
    let mut codes: Vec<String> =
        all().into_iter().map(|refusal| Error::from(refusal).code().to_owned()).collect();
    let mut known: Vec<_> = CATALOGUE.iter().map(|row| row.code.as_str().to_owned()).collect();
    codes.sort_unstable();
    known.sort_unstable();
    assert_eq!(codes, known);
}

#[test]
fn categories_are_those_of_the_catalogue() {
    for refusal in all() {
        let error = Error::from(refusal);
        let row = CATALOGUE.iter().find(|row| row.code.as_str() == error.code()).expect("known");
        assert_eq!(error.category(), row.category, "{error:?}");
        let first = error.message().chars().next().expect("a sentence");
        assert!(!first.is_uppercase(), "{}", error.message());
    }
}

#[test]
fn whoever_must_wait_is_told_until_when() {
    let until = Timestamp::from_nanos(7);
    for fault in [
        StateFault::ChangeWaits { until },
        StateFault::StewardTooSoon { until },
        StateFault::Asking { until },
        StateFault::SealActive { until },
    ] {
        let error = Error::from(GuardError::from(fault));
        assert_eq!(error.detail("until_ns"), Some(&7_u64.into()), "{error:?}");
        assert_eq!(error.category(), Category::StateError);
    }
}
