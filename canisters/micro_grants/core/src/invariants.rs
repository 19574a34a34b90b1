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

use granary_stable::cbor;
use granary_stable::record::{self, Record};
use granary_stable::slots::Slot;
use ic_stable_structures::Memory;
use minicbor::{Decode, Encode};

use crate::errors::{GrantError, InputFault};
use crate::limits;
use crate::records::Totals;
use crate::store::Store;

/// A stored fact that contradicts an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Number of the invariant.
    pub rule: &'static str,
    /// Kind of the entity.
    pub entity: &'static str,
    /// Its number.
    pub id: u64,
    /// What is wrong, in one sentence.
    pub message: String,
}

/// What one piece of the check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// At most [`limits::MAX_VIOLATIONS`] of them.
    pub violations: Vec<Violation>,
    /// Entities looked at.
    pub checked: u64,
    /// Where to go on; none when the whole state was checked.
    pub next: Option<Vec<u8>>,
}

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
    left: u64,
    report: Report,
}

const LAST_STAGE: u8 = 4;

/// Looks at about `max_items` entities from `cursor` on.
pub fn check<M: Memory>(
    store: &Store<M>,
    cursor: Option<&[u8]>,
    max_items: u32,
) -> Result<Report, GrantError> {
    let max = limits::MAX_VALIDATE_ITEMS;
    if max_items == 0 || max_items > max {
        return Err(InputFault::PageLimit { given: max_items, max }.into());
    }
    let cursor = match cursor {
        None => first(store),
        Some(bytes) => record::decode::<CursorV1>(bytes)
            .ok()
            .filter(|cursor| cursor.sums.len() == row_bytes())
            .ok_or(InputFault::Cursor)?,
    };
    let sums = Totals::read(&cursor.sums);
    let report = Report::default();
    let mut check = Check { store, cursor, sums, left: max_items.into(), report };
    check.run();
    Ok(check.report)
}

/// Looks at everything. For tests and tools: its work grows with the state.
pub fn check_all<M: Memory>(store: &Store<M>) -> Vec<Violation> {
    let mut violations = vec![];
    let mut cursor: Option<Vec<u8>> = None;
    loop {
        let piece = check(store, cursor.as_deref(), limits::MAX_VALIDATE_ITEMS);
        let report = piece.expect("BUG: the check refuses its own cursor");
        violations.extend(report.violations);
        cursor = report.next;
        if cursor.is_none() {
            return violations;
        }
    }
}

fn row_bytes() -> usize {
    usize::try_from(Totals::SIZE).unwrap_or_default()
}

fn first<M: Memory>(store: &Store<M>) -> CursorV1 {
    CursorV1 {
        stage: 0,
        position: 0,
        events: store.journal.len(),
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
    fn run(&mut self) {
        while self.left > 0 && self.report.violations.len() < limits::MAX_VIOLATIONS {
            let more = match self.cursor.stage {
                0 => self.event(),
                1 => self.application(),
                2 => self.account(),
                3 => self.program(),
                LAST_STAGE => self.grant(),
                _ => return,
            };
            if !more {
                self.finish_stage();
                self.cursor.stage = self.cursor.stage.saturating_add(1);
                self.cursor.position = 0;
                if self.cursor.stage > LAST_STAGE {
                    return;
                }
            }
        }
        self.cursor.sums = encode_sums(&self.sums);
        self.report.next = Some(record::encode(&self.cursor));
    }

    /// Counts the work of one entity.
    fn spend(&mut self, entities: u64) {
        self.report.checked = self.report.checked.saturating_add(entities);
        self.left = self.left.saturating_sub(entities.max(1));
    }

    fn violation(
        &mut self,
        rule: &'static str,
        entity: &'static str,
        id: u64,
        message: impl Into<String>,
    ) {
        self.report.violations.push(Violation { rule, entity, id, message: message.into() });
    }

    /// True when nothing happened since the check began, so that sums can be compared.
    fn is_quiet(&self) -> bool {
        self.store.journal.len() == self.cursor.events
    }

    /// C1 over as many events as the piece has left, at most a hundred.
    fn event(&mut self) -> bool {
        let (start, len) = (self.cursor.position, self.store.journal.len());
        if start >= len {
            return false;
        }
        let end = start.saturating_add(self.left.min(100)).min(len);
        if let Err(fault) = self.store.journal.verify(start, end) {
            self.violation("C1", "event", start, fault.to_string());
        }
        self.spend(end.saturating_sub(start));
        self.cursor.position = end;
        true
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
