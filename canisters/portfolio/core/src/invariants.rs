//! What must hold in any stored state, checkable in pieces of bounded work.
//!
//! | stage | looks at | rules |
//! |---|---|---|
//! | 0 | the journal | C1 |
//! | 1 | entries with their postings | P1, P7, orphans (P6) |
//! | 2 | accounts with the chain of their postings | P2, P3, the chain of their owner |
//! | 3 | assets with their sums and reconciliations | P2, P3, P8 |
//! | 4 | outputs | P4, P5 |
//! | 5 | commitments | P12 |
//!
//! Sums over many accounts are carried in the cursor. They are compared only when the journal did
//! not grow meanwhile: a busy canister is checked drained, or piece by piece without its sums.

mod books;
mod proof;

pub(crate) use proof::outputs_of;

use granary_kernel::invariants::Piece;
use granary_kernel::{Fault, Report, Violation};
use granary_stable::cbor;
use granary_stable::record::{self, Record};
use ic_stable_structures::Memory;
use minicbor::{Decode, Encode};

use crate::store::Store;
use crate::types::Signed;

/// What one asset's accounts sum to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct AssetSum {
    #[n(0)]
    booked: Signed,
    #[n(1)]
    suspense: Signed,
    #[n(2)]
    all: Signed,
}

/// Where the check stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct CursorV1 {
    #[n(0)]
    stage: u8,
    /// Next event or slot.
    #[n(1)]
    pub(crate) position: u64,
    /// Length of the journal when the check began.
    #[n(2)]
    events: u64,
    /// Sums by the asset's slot.
    #[n(3)]
    sums: Vec<AssetSum>,
    /// Inside an account: the next posting of its chain, 0 at its beginning.
    #[n(4)]
    posting: u32,
    /// Inside an account: postings seen.
    #[n(5)]
    seen: u32,
    /// Over all entries: references.
    #[n(6)]
    references: u64,
    /// Over all accounts: users.
    #[n(7)]
    users: u64,
    /// Over all accounts: postings.
    #[n(8)]
    postings: u64,
    /// What the stages of outputs and commitments carry.
    #[cbor(n(9), with = "cbor::blob")]
    pub(crate) carried: Vec<u8>,
}

impl Record for CursorV1 {
    const NAME: &'static str = "validation cursor";
    const VERSION: u8 = 1;
}

/// One piece at work.
pub(crate) struct Check<'a, M: Memory> {
    pub(crate) store: &'a Store<M>,
    pub(crate) cursor: CursorV1,
    pub(crate) piece: Piece,
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
            .filter(|cursor| cursor.sums.len() <= 256)
            .ok_or(Fault::Cursor)?,
    };
    Ok(Check { store, cursor, piece }.run())
}

/// Looks at everything. For tests and tools: its work grows with the state.
pub fn check_all<M: Memory + 'static>(store: &Store<M>) -> Vec<Violation> {
    granary_kernel::invariants::sweep(|cursor, max| check(store, cursor, max))
}

fn first<M: Memory>(store: &Store<M>) -> CursorV1 {
    let (events, _) = store.journal_head();
    let assets = usize::try_from(store.asset_count()).unwrap_or_default();
    CursorV1 { events, sums: vec![AssetSum::default(); assets], ..CursorV1::default() }
}

impl<M: Memory + 'static> Check<'_, M> {
    fn run(mut self) -> Report {
        while self.piece.goes_on() {
            let more = match self.cursor.stage {
                0 => self.piece.journal(&**self.store, &mut self.cursor.position),
                1 => self.entry(),
                2 => self.account(),
                3 => self.asset(),
                4 => self.utxos(),
                LAST_STAGE => self.commitments(),
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
        let next = record::encode(&self.cursor);
        self.piece.finish(Some(next))
    }

    /// True when nothing happened since the check began, so that sums can be compared.
    pub(crate) fn is_quiet(&self) -> bool {
        self.store.journal_head().0 == self.cursor.events
    }

    fn finish_stage(&mut self) {
        match self.cursor.stage {
            1 => self.compare_references(),
            2 => self.compare_counts(),
            _ => {}
        }
    }
}
