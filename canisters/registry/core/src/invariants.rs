//! What must hold in any stored state, checkable in pieces of bounded work.
//!
//! | stage | looks at | rules |
//! |---|---|---|
//! | 0 | the journal | C1 |
//! | 1 | users with their wallets' and roles' chains | U1, U2, U5, U7, U8 |
//! | 2 | the index of identities | U1 |
//! | 3 | wallets | U3 |
//! | 4 | the index of verified addresses | U3 |
//! | 5 | versions of risk profiles | U6 |
//! | 6 | role grants | U4 |
//! | 7 | chains of principals' roles | U5, U8 |
//!
//! Counts over everything (U7) are carried in the cursor. They are compared only when the journal
//! did not grow meanwhile. Lists by status and the index of addresses are checked once the
//! migrations that build them are done.

mod people;
mod roles;
mod wallets;

use granary_kernel::invariants::{Piece, sweep};
use granary_kernel::{Fault, Report, Violation};
use granary_stable::cbor;
use granary_stable::record::{self, Record};
use ic_stable_structures::Memory;
use minicbor::{Decode, Encode};

use crate::store::Store;

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
    /// The last key of an index looked at.
    #[cbor(n(3), with = "cbor::blob")]
    key: Vec<u8>,
    /// Users by status so far.
    #[n(4)]
    users: [u64; 4],
    /// Identities of users that are not closed so far.
    #[n(5)]
    identities: u64,
    /// Wallets by status so far.
    #[n(6)]
    wallets: [u64; 3],
    /// Live grants so far.
    #[n(7)]
    live_grants: u64,
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

const LAST_STAGE: u8 = 7;

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
            .filter(|cursor| cursor.stage <= LAST_STAGE && cursor.key.len() <= 32)
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

/// The cursor of a check that leaves the journal out.
pub(crate) fn behind_the_journal<M: Memory + 'static>(store: &Store<M>) -> Vec<u8> {
    record::encode(&CursorV1 { stage: 1, ..first(store) })
}

fn first<M: Memory + 'static>(store: &Store<M>) -> CursorV1 {
    CursorV1 { events: store.journal_head().0, ..CursorV1::default() }
}

impl<M: Memory + 'static> Check<'_, M> {
    fn run(&mut self) -> Option<Vec<u8>> {
        while self.piece.goes_on() {
            let more = match self.cursor.stage {
                0 => self.piece.journal(self.store, &mut self.cursor.position),
                1 => self.user(),
                2 => self.identity(),
                3 => self.wallet(),
                4 => self.address(),
                5 => self.revision(),
                6 => self.grant(),
                LAST_STAGE => self.chain(),
                _ => return None,
            };
            if !more {
                if self.cursor.stage == LAST_STAGE {
                    self.compare();
                    return None;
                }
                self.cursor.stage = self.cursor.stage.saturating_add(1);
                self.cursor.position = 0;
                self.cursor.key.clear();
            }
        }
        Some(record::encode(&self.cursor))
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

    /// U7: counts beside the indexes, and beside what was counted on the way when nothing happened
    /// since the check began.
    fn compare(&mut self) {
        for (entity, (counted, found)) in self.store.consistency().pairs() {
            if counted != found {
                let text = format!("{counted} are counted and {found} are stored");
                self.violation("U7", entity, 0, text);
            }
        }
        if self.store.journal_head().0 != self.cursor.events {
            return;
        }
        let totals = self.store.totals();
        let CursorV1 { users, identities, wallets, live_grants, .. } = self.cursor;
        let same = [
            ("user", users == totals.users),
            ("identity", identities == totals.identities),
            ("wallet", wallets == totals.wallets),
            ("grant", live_grants == totals.live_grants),
        ];
        for (entity, is_same) in same {
            if !is_same {
                self.violation("U7", entity, 0, "the counts by status are wrong");
            }
        }
    }
}
