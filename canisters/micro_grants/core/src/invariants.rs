//! What must hold in any stored state, checkable in pieces of bounded work.
//!
//! | stage | looks at | rules |
//! |---|---|---|
//! | 0 | the journal | C1 |
//! | 1 | applications with their reviews | G4, G5, G6, G7, G10, G11, and the lists |
//! | 2 | applicants' accounts | G4 |
//! | 3 | programmes with their grants | G1 |
//! | 4 | grants with their milestones and payouts | G2, G3, G8, G9 |
//!
//! Sums over many entities (G1, G10) are carried in the cursor. They are compared only when the
//! journal did not grow meanwhile: a busy canister is checked drained, or piece by piece without
//! its sums.

mod applications;
mod grants;
mod programs;

use granary_kernel::Fault;
use granary_kernel::invariants::{Piece, sweep};
pub use granary_kernel::invariants::{Report, Violation};
use granary_stable::cbor;
use granary_stable::record::{self, Record};
use granary_stable::slots::Slot;
use ic_stable_structures::Memory;
use minicbor::{Decode, Encode};

use crate::errors::GrantError;
use crate::records::Totals;
use crate::store::Store;

/// Where the check stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct CursorV1 {
    #[n(0)]
    stage: u8,
    /// Next event, slot or programme.
    #[n(1)]
    position: u64,
    /// Length of the journal when the check began.
    #[n(2)]
    events: u64,
    /// Sums over the applications so far, as a row of totals.
    #[cbor(n(3), with = "cbor::blob")]
    sums: Vec<u8>,
    /// The last account looked at.
    #[cbor(n(4), with = "cbor::blob")]
    account: Vec<u8>,
    /// Inside a programme: the next grant, 0 at its beginning.
    #[n(5)]
    grant: u32,
    /// Inside a programme: sum of the awards not paid.
    #[cbor(n(6), with = "cbor::u128")]
    committed: u128,
    /// Inside a programme: sum of what was paid.
    #[cbor(n(7), with = "cbor::u128")]
    paid: u128,
    /// Inside a programme: sum of what is queued.
    #[cbor(n(8), with = "cbor::u128")]
    queued: u128,
    /// Inside a programme: live grants.
    #[n(9)]
    live: u32,
    /// Inside a programme: grants.
    #[n(10)]
    grants: u32,
    /// Over all programmes: listed applications.
    #[n(11)]
    listed: u64,
    /// Over all grants: payouts.
    #[n(12)]
    payouts: u64,
    /// Over all programmes: what is available.
    #[cbor(n(13), with = "cbor::u128")]
    available: u128,
    /// Over all programmes: reviewers.
    #[n(14)]
    reviewers: u64,
}

impl Record for CursorV1 {
    const NAME: &'static str = "validation cursor";
    const VERSION: u8 = 1;
}

/// One piece at work.
pub(crate) struct Check<'a, M: Memory> {
    store: &'a Store<M>,
    cursor: CursorV1,
    sums: Totals,
    piece: Piece,
}

const LAST_STAGE: u8 = 4;

/// Looks at about `max_items` entities from `cursor` on.
pub fn check<M: Memory>(
    store: &Store<M>,
    cursor: Option<&[u8]>,
    max_items: u32,
) -> Result<Report, GrantError> {
    let piece = Piece::new(max_items)?;
    let cursor = match cursor {
        None => first(store),
        Some(bytes) => record::decode::<CursorV1>(bytes)
            .ok()
            .filter(|cursor| cursor.sums.len() == row_bytes())
            .ok_or(Fault::Cursor)?,
    };
    let sums = Totals::read(&cursor.sums);
    Ok(Check { store, cursor, sums, piece }.run())
}

/// Looks at everything. For tests and tools: its work grows with the state.
pub fn check_all<M: Memory>(store: &Store<M>) -> Vec<Violation> {
    sweep(|cursor, max_items| check(store, cursor, max_items))
}

fn row_bytes() -> usize {
    usize::try_from(Totals::SIZE).unwrap_or_default()
}

fn first<M: Memory>(store: &Store<M>) -> CursorV1 {
    CursorV1 {
        stage: 0,
        position: 0,
        events: store.journal_head().0,
        sums: encode_sums(&Totals::default()),
        account: vec![],
        grant: 0,
        committed: 0,
        paid: 0,
        queued: 0,
        live: 0,
        grants: 0,
        listed: 0,
        payouts: 0,
        available: 0,
        reviewers: 0,
    }
}

fn encode_sums(sums: &Totals) -> Vec<u8> {
    let mut bytes = vec![0; row_bytes()];
    sums.write(&mut bytes);
    bytes
}

impl<M: Memory> Check<'_, M> {
    fn run(mut self) -> Report {
        while self.piece.goes_on() {
            let more = match self.cursor.stage {
                0 => self.piece.journal(self.store, &mut self.cursor.position),
                1 => self.application(),
                2 => self.account(),
                3 => self.program(),
                LAST_STAGE => self.grant(),
                _ => return self.piece.finish(None),
            };
            if !more {
                self.finish_stage();
                self.cursor.stage = self.cursor.stage.saturating_add(1);
                self.cursor.position = 0;
                if self.cursor.stage > LAST_STAGE {
                    return self.piece.finish(None);
                }
            }
        }
        self.cursor.sums = encode_sums(&self.sums);
        self.piece.finish(Some(record::encode(&self.cursor)))
    }

    /// Counts the work of one entity.
    fn spend(&mut self, entities: u64) {
        self.piece.spend(entities);
    }

    fn violation(
        &mut self,
        rule: &'static str,
        entity: &'static str,
        id: u64,
        message: impl Into<String>,
    ) {
        self.piece.violation(rule, entity, id, message);
    }

    /// True when nothing happened since the check began, so that sums can be compared.
    fn is_quiet(&self) -> bool {
        self.store.journal_head().0 == self.cursor.events
    }

    fn finish_stage(&mut self) {
        match self.cursor.stage {
            1 => self.compare_totals(),
            3 => self.compare_programs(),
            LAST_STAGE => self.compare_payouts(),
            _ => {}
        }
    }
}
