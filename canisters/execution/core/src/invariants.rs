//! What must hold in any stored state, checkable in pieces of bounded work.
//!
//! | stage | looks at | rules |
//! |---|---|---|
//! | 0 | the journal | C1 |
//! | 1 | intents | C8, C11, E1, E2, E3, E4, E5, E9 one by one |
//! | 2 | assets | E7, E9 as a sum, E10 |
//! | 3 | standing authorisations | E8 |
//! | 4 | signing key references | E6 |
//! | 5 | counts of lists and figures | the totals |
//!
//! Sums over many intents are carried in the cursor. They are compared only when the journal did
//! not grow meanwhile: a busy canister is checked drained, or piece by piece without its sums.

mod intents;
mod others;

use granary_kernel::invariants::Piece;
use granary_kernel::{Fault, Report, Violation};
use granary_stable::record::{self, Record};
use ic_stable_structures::Memory;
use minicbor::{Decode, Encode};

use crate::store::Store;

/// What is carried over all intents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Sums {
    /// Intents by state, in the order of the states.
    #[n(0)]
    states: Vec<u64>,
    /// Figures of the totals, in their order.
    #[n(1)]
    figures: Vec<u64>,
    /// What is set aside by asset; high and low half.
    #[n(2)]
    aside: Vec<(u64, u64)>,
    /// Open payments without an intent.
    #[n(3)]
    orphans: u64,
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
    /// What is carried.
    #[n(3)]
    sums: Sums,
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

const LAST_STAGE: u8 = 5;

/// Looks at about `max_items` entities from `cursor` on.
pub fn check<M: Memory + 'static>(
    store: &Store<M>,
    cursor: Option<&[u8]>,
    max_items: u32,
) -> Result<Report, Fault> {
    let piece = Piece::new(max_items)?;
    let cursor = match cursor {
        None => first(store),
        Some(bytes) => record::decode::<CursorV1>(bytes)
            .ok()
            .filter(|cursor| cursor.sums.states.len() == 13 && cursor.sums.figures.len() == 5)
            .filter(|cursor| cursor.sums.aside.len() <= 256)
            .ok_or(Fault::Cursor)?,
    };
    Ok(Check { store, cursor, piece }.run())
}

/// Looks at everything. For tests and tools: its work grows with the state.
pub fn check_all<M: Memory + 'static>(store: &Store<M>) -> Vec<Violation> {
    granary_kernel::invariants::sweep(|cursor, max| check(store, cursor, max))
}

fn first<M: Memory + 'static>(store: &Store<M>) -> CursorV1 {
    let (events, _) = store.journal_head();
    let assets = usize::try_from(store.assets.len()).unwrap_or_default();
    let sums =
        Sums { states: vec![0; 13], figures: vec![0; 5], aside: vec![(0, 0); assets], orphans: 0 };
    CursorV1 { events, sums, ..CursorV1::default() }
}

impl<M: Memory + 'static> Check<'_, M> {
    fn run(mut self) -> Report {
        while self.piece.goes_on() {
            let more = match self.cursor.stage {
                0 => self.piece.journal(&**self.store, &mut self.cursor.position),
                1 => self.intent(),
                2 => self.asset(),
                3 => self.authorisation(),
                4 => self.key(),
                LAST_STAGE => self.counts(),
                _ => return self.piece.finish(None),
            };
            if !more {
                self.cursor.stage = self.cursor.stage.saturating_add(1);
                self.cursor.position = 0;
                if self.cursor.stage > LAST_STAGE {
                    return self.piece.finish(None);
                }
            }
        }
        let next = record::encode(&self.cursor);
        self.piece.finish(Some(next))
    }

    /// The slot to look at, which is thereby looked at.
    fn take(&mut self) -> u64 {
        let slot = self.cursor.position;
        self.cursor.position = slot.saturating_add(1);
        self.piece.spend(1);
        slot
    }

    /// True when nothing happened since the check began, so that sums can be compared.
    fn is_quiet(&self) -> bool {
        self.store.journal_head().0 == self.cursor.events
    }
}
