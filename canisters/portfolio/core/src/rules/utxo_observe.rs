//! What one look at an address means for the outputs known there.
//!
//! A look is the whole set of unspent outputs at one tip. An output that was waiting and is gone
//! left the chain; one that was confirmed and is gone, or sits too high now, was taken back by a
//! reorganisation, and what was booked for it is booked back.

use crate::errors::{PortfolioError, UtxoFault};
use crate::limits;
use crate::records::{EventKind, SuspendReason, UtxoRow, UtxoState};
use crate::types::Hash;

/// An unspent output, as it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The transaction, in the byte order in which it is hashed.
    pub txid: Hash,
    /// Which of its outputs.
    pub vout: u32,
    /// Satoshi.
    pub value: u64,
    /// Height of its block; 0 while it has none.
    pub height: u32,
}

/// What a look is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Height of the newest block.
    pub tip: u32,
    /// Blocks an output needs, its own among them.
    pub min_confirmations: u32,
    /// Tip of our own header chain of that network, if one is kept: nothing is available before
    /// the work on top of it was checked.
    pub checked_tip: Option<u32>,
    /// True while a reorganisation that was too deep waits for a person.
    pub frozen: bool,
}

impl Sight {
    fn confirmed(&self, height: u32) -> bool {
        confirmations(self.tip, height) >= self.min_confirmations
    }

    fn checked(&self, height: u32) -> bool {
        self.checked_tip.is_none_or(|tip| confirmations(tip, height) >= self.min_confirmations)
    }
}

/// Blocks on top of and with the block at `height`; 0 without a block.
pub const fn confirmations(tip: u32, height: u32) -> u32 {
    if height == 0 || height > tip { 0 } else { tip.saturating_sub(height).saturating_add(1) }
}

/// What an entry must do for a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booking {
    /// Nothing.
    None,
    /// The value is the account's now.
    In,
    /// It is not any more.
    Back,
}

/// One step of one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it goes.
    pub to: UtxoState,
    /// Why, when it is suspended.
    pub reason: SuspendReason,
    /// What is booked.
    pub booking: Booking,
    /// What the journal says.
    pub event: EventKind,
}

const fn step(to: UtxoState, booking: Booking, event: EventKind) -> Step {
    Step { to, reason: SuspendReason::Dust, booking, event }
}

/// Refuses a look that cannot be one.
pub fn check(observed: &[Observed], tip: u32) -> Result<(), PortfolioError> {
    let mut known = std::collections::BTreeSet::new();
    for (index, output) in observed.iter().enumerate() {
        if output.value == 0 || output.value > limits::MAX_SAT {
            return Err(UtxoFault::Value { index }.into());
        }
        if output.height > tip {
            let height = output.height;
            return Err(UtxoFault::Height { index, height, tip }.into());
        }
        if !known.insert((output.txid, output.vout)) {
            return Err(UtxoFault::Repeated { index }.into());
        }
    }
    Ok(())
}

/// The first state of an output nobody knew.
pub const fn first(value: u64) -> Step {
    if value < limits::DUST_SAT {
        return Step {
            to: UtxoState::Suspended,
            reason: SuspendReason::Dust,
            booking: Booking::None,
            event: EventKind::UtxoSuspended,
        };
    }
    step(UtxoState::Seen, Booking::None, EventKind::UtxoSeen)
}

/// The next step of a known output; none when it stays as it is. Asked until it answers none, it
/// walks as far as one look allows.
pub fn next(row: &UtxoRow, seen: Option<u32>, sight: &Sight) -> Option<Step> {
    match (row.state, seen) {
        (UtxoState::Seen, Some(height)) => (sight.confirmed(height) && !sight.frozen)
            .then(|| step(UtxoState::Confirmed, Booking::In, EventKind::UtxoConfirmed)),
        (UtxoState::Seen, None) => {
            Some(step(UtxoState::Dropped, Booking::None, EventKind::UtxoDropped))
        }
        (UtxoState::Confirmed, Some(height)) if sight.confirmed(height) => {
            let free = sight.checked(height) && !sight.frozen;
            free.then(|| step(UtxoState::Available, Booking::None, EventKind::UtxoAvailable))
        }
        (UtxoState::Confirmed, Some(_) | None) => Some(Step {
            to: UtxoState::Suspended,
            reason: SuspendReason::Reorged,
            booking: Booking::Back,
            event: EventKind::UtxoSuspended,
        }),
        (UtxoState::Dropped, Some(_)) => {
            Some(step(UtxoState::Seen, Booking::None, EventKind::UtxoSeen))
        }
        (UtxoState::Suspended, Some(_)) => (row.reason == SuspendReason::Reorged)
            .then(|| step(UtxoState::Seen, Booking::None, EventKind::UtxoSeen)),
        (UtxoState::Available | UtxoState::Reserved | UtxoState::Spent, _)
        | (UtxoState::Suspended | UtxoState::Dropped, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{AccountId, AssetId, Timestamp};

    const SIGHT: Sight = Sight { tip: 100, min_confirmations: 6, checked_tip: None, frozen: false };

    fn row(state: UtxoState) -> UtxoRow {
        UtxoRow {
            txid: [1; 32],
            vout: 0,
            value: 10_000,
            height: 90,
            asset: AssetId::new(1).expect("not zero"),
            account: AccountId::new(1).expect("not zero"),
            state,
            reason: SuspendReason::Reorged,
            intent: None,
            spent_by: None,
            at: Timestamp::from_nanos(0),
            referenced: false,
            dirty: false,
            dirty_next: None,
        }
    }

    fn to(state: UtxoState, seen: Option<u32>, sight: Sight) -> Option<(UtxoState, Booking)> {
        next(&row(state), seen, &sight).map(|step| (step.to, step.booking))
    }

    /// Exactly six: the block itself and five on top.
    #[test]
    fn the_sixth_confirmation_books() {
        assert_eq!(to(UtxoState::Seen, Some(96), SIGHT), None);
        let booked = Some((UtxoState::Confirmed, Booking::In));
        assert_eq!(to(UtxoState::Seen, Some(95), SIGHT), booked);
        assert_eq!(to(UtxoState::Seen, Some(0), SIGHT), None);
        assert_eq!(confirmations(100, 101), 0);
    }

    #[test]
    fn our_own_headers_must_agree_before_it_is_spent() {
        let behind = Sight { checked_tip: Some(99), ..SIGHT };
        let free = Some((UtxoState::Available, Booking::None));
        assert_eq!(to(UtxoState::Confirmed, Some(95), behind), None);
        assert_eq!(to(UtxoState::Confirmed, Some(94), behind), free);
        assert_eq!(to(UtxoState::Confirmed, Some(95), SIGHT), free);
    }

    #[test]
    fn a_reorganisation_takes_back_what_it_took() {
        let back = Some((UtxoState::Suspended, Booking::Back));
        assert_eq!(to(UtxoState::Confirmed, None, SIGHT), back);
        assert_eq!(to(UtxoState::Confirmed, Some(97), SIGHT), back);
        assert_eq!(to(UtxoState::Seen, None, SIGHT), Some((UtxoState::Dropped, Booking::None)));
        let again = Some((UtxoState::Seen, Booking::None));
        assert_eq!(to(UtxoState::Dropped, Some(99), SIGHT), again);
        assert_eq!(to(UtxoState::Suspended, Some(99), SIGHT), again);
        let dust = UtxoRow { reason: SuspendReason::Dust, ..row(UtxoState::Suspended) };
        assert_eq!(next(&dust, Some(90), &SIGHT), None);
    }

    #[test]
    fn frozen_deposits_wait() {
        let frozen = Sight { frozen: true, ..SIGHT };
        assert_eq!(to(UtxoState::Seen, Some(90), frozen), None);
        assert_eq!(to(UtxoState::Confirmed, Some(90), frozen), None);
    }

    #[test]
    fn what_is_spent_or_promised_is_not_touched() {
        for state in [UtxoState::Available, UtxoState::Reserved, UtxoState::Spent] {
            for seen in [None, Some(0), Some(90)] {
                assert_eq!(to(state, seen, SIGHT), None, "{state:?}");
            }
        }
        assert_eq!(first(limits::DUST_SAT - 1).to, UtxoState::Suspended);
        assert_eq!(first(limits::DUST_SAT).to, UtxoState::Seen);
    }
}
