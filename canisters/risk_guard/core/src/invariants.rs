//! What must hold in any stored state, checkable in pieces of bounded work.
//!
//! | stage | looks at | rules |
//! |---|---|---|
//! | 0 | the journal | C1 |
//! | 1 | assets with their rolling windows | R1, R7 |
//! | 2 | reservations, their index and their list | R1, R2 |
//! | 3 | announcements | R11 |
//! | 4 | seals and their list | R4 |
//! | 5 | seats | R4, R10 |
//! | 6 | services | R6 |
//! | 7 | alerts and their index | R9 |
//! | 8 | destinations and their index | R7 |
//! | 9 | changes of the policy | R3 |
//!
//! Sums over everything are carried in the cursor: what windows hold is compared with the
//! reservations counted in them, and what assets hold with the reservations that are held. They are
//! compared only when the journal did not grow meanwhile.

mod rows;

use granary_kernel::invariants::{Piece, sweep};
use granary_kernel::{Fault, Report, Violation};
use granary_stable::record::{self, Record};
use granary_units::cbor;
use ic_stable_structures::Memory;
use minicbor::{Decode, Encode};

use crate::store::Store;
use crate::types::Span;

/// A sum that was made in two ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Twice {
    /// From the rows of assets.
    #[cbor(n(0), with = "cbor::u128")]
    pub(crate) kept: u128,
    /// From the reservations.
    #[cbor(n(1), with = "cbor::u128")]
    pub(crate) found: u128,
}

/// Where the check stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct CursorV1 {
    #[n(0)]
    stage: u8,
    /// Next event or slot.
    #[n(1)]
    position: u64,
    /// Length of the journal when the check began.
    #[n(2)]
    events: u64,
    /// What is held.
    #[n(3)]
    held: Twice,
    /// What the windows of each span hold.
    #[n(4)]
    windows: [Twice; 4],
    /// Reservations by state.
    #[n(5)]
    reservations: [u64; 4],
    /// Alerts by level: firing, then acknowledged.
    #[n(6)]
    alerts: [u64; 6],
    /// Assets with limits, announcements that wait, seats that are armed, breakers that are open.
    #[n(7)]
    counts: [u64; 4],
    /// True once a sum was larger than 128 bits hold: then sums say nothing.
    #[n(8)]
    is_beyond: bool,
}

impl Record for CursorV1 {
    const NAME: &'static str = "validation cursor";
    const VERSION: u8 = 1;
}

/// One piece at work.
pub(crate) struct Check<'a, M: Memory> {
    store: &'a Store<M>,
    cursor: CursorV1,
    piece: Piece,
}

const LAST_STAGE: u8 = 9;

/// Looks at about `max_items` entities from `cursor` on.
pub fn check<M: Memory + 'static>(
    store: &Store<M>,
    cursor: Option<&[u8]>,
    max_items: u32,
) -> Result<Report, Fault> {
    let piece = Piece::new(max_items)?;
    let cursor = match cursor {
        None => CursorV1 { events: store.journal_head().0, ..CursorV1::default() },
        Some(bytes) => record::decode::<CursorV1>(bytes)
            .ok()
            .filter(|cursor| cursor.stage <= LAST_STAGE)
            .ok_or(Fault::Cursor)?,
    };
    let mut check = Check { store, cursor, piece };
    let next = check.run();
    Ok(check.piece.finish(next))
}

/// Looks at everything. For tests and tools: its work grows with the state.
pub fn check_all<M: Memory + 'static>(store: &Store<M>) -> Vec<Violation> {
    sweep(|cursor, max_items| check(store, cursor, max_items))
}

impl<M: Memory + 'static> Check<'_, M> {
    fn run(&mut self) -> Option<Vec<u8>> {
        while self.piece.goes_on() {
            let more = match self.cursor.stage {
                0 => self.piece.journal(self.store, &mut self.cursor.position),
                1 => self.asset(),
                2 => self.reservation(),
                3 => self.announcement(),
                4 => self.seal(),
                5 => self.seat(),
                6 => self.service(),
                7 => self.alert(),
                8 => self.destination(),
                LAST_STAGE => self.change(),
                _ => return None,
            };
            if !more {
                if self.cursor.stage == LAST_STAGE {
                    self.compare();
                    return None;
                }
                self.cursor.stage = self.cursor.stage.saturating_add(1);
                self.cursor.position = 0;
            }
        }
        Some(record::encode(&self.cursor))
    }

    /// The next slot of a table with `len` rows; none at its end.
    fn next(&mut self, len: u64) -> Option<u64> {
        let slot = self.cursor.position;
        if slot >= len {
            return None;
        }
        self.cursor.position = slot.saturating_add(1);
        self.piece.spend(1);
        Some(slot)
    }

    fn violation(
        &mut self,
        rule: &'static str,
        entity: &'static str,
        slot: u64,
        message: impl Into<String>,
    ) {
        self.piece.violation(rule, entity, slot.saturating_add(1), message);
    }

    fn sum(&mut self, of: fn(&mut CursorV1) -> &mut u128, amount: u128) {
        let sum = of(&mut self.cursor);
        match sum.checked_add(amount) {
            Some(more) => *sum = more,
            None => self.cursor.is_beyond = true,
        }
    }

    /// Figures beside what was counted on the way, when nothing happened since the check began.
    fn compare(&mut self) {
        if self.store.journal_head().0 != self.cursor.events {
            return;
        }
        let totals = self.store.totals();
        let CursorV1 { reservations, alerts, counts, .. } = self.cursor;
        let open = [totals.firing, totals.acknowledged].concat();
        let figures = [totals.assets, totals.announced, totals.armed, totals.open_breakers];
        let is_same = [
            ("R2", "reservation", reservations == totals.reservations),
            ("R9", "alert", alerts.as_slice() == open),
            ("R7", "asset", counts.first() == figures.first()),
            ("R11", "announcement", counts.get(1) == figures.get(1)),
            ("R10", "seat", counts.get(2) == figures.get(2)),
            ("R6", "service", counts.get(3) == figures.get(3)),
        ];
        for (rule, entity, is_same) in is_same {
            if !is_same {
                self.piece.violation(rule, entity, 0, "the counts are wrong");
            }
        }
        if self.cursor.is_beyond {
            return;
        }
        let Twice { kept, found } = self.cursor.held;
        if kept != found {
            let text = format!("assets hold {kept} and reservations {found}");
            self.piece.violation("R2", "asset", 0, text);
        }
        for (span, Twice { kept, found }) in Span::ALL.into_iter().zip(self.cursor.windows) {
            if kept != found {
                let seconds = span.seconds();
                let text = format!("windows of {seconds} s hold {kept}, reservations {found}");
                self.piece.violation("R1", "asset", 0, text);
            }
        }
    }
}

#[cfg(test)]
mod tests;
