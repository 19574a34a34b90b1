//! The frame of the checks: what must hold in any stored state, looked at in pieces of bounded
//! work. The stages and the cursor are each canister's own; the journal's stage is here.

use ic_stable_structures::Memory;

use crate::canister::Canister;
use crate::fault::Fault;
use crate::state::Kernel;
use crate::{checks, limits};

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
    /// At most [`limits::MAX_VIOLATIONS`] of them, and those of the last entity.
    pub violations: Vec<Violation>,
    /// Entities looked at.
    pub checked: u64,
    /// Where to go on; none when the whole state was checked.
    pub next: Option<Vec<u8>>,
}

/// One piece of the check at work.
#[derive(Clone, Debug)]
pub struct Piece {
    left: u64,
    report: Report,
}

impl Piece {
    /// A piece that looks at about `max_items` entities.
    pub fn new(max_items: u32) -> Result<Self, Fault> {
        checks::page(max_items, limits::MAX_VALIDATE_ITEMS)?;
        Ok(Self { left: max_items.into(), report: Report::default() })
    }

    /// True while the piece has work left.
    pub const fn goes_on(&self) -> bool {
        self.left > 0 && self.report.violations.len() < limits::MAX_VIOLATIONS
    }

    /// Entities the piece may still look at.
    pub const fn left(&self) -> u64 {
        self.left
    }

    /// Counts the work of `entities`.
    pub fn spend(&mut self, entities: u64) {
        self.report.checked = self.report.checked.saturating_add(entities);
        self.left = self.left.saturating_sub(entities.max(1));
    }

    /// Something contradicts an invariant.
    pub fn violation(
        &mut self,
        rule: &'static str,
        entity: &'static str,
        id: u64,
        message: impl Into<String>,
    ) {
        self.report.violations.push(Violation { rule, entity, id, message: message.into() });
    }

    /// C1 over as many events as the piece has left, at most a hundred; false at the end.
    pub fn journal<M: Memory, C: Canister>(
        &mut self,
        kernel: &Kernel<M, C>,
        position: &mut u64,
    ) -> bool {
        let (start, len) = (*position, kernel.journal.len());
        if start >= len {
            return false;
        }
        let end = start.saturating_add(self.left.min(100)).min(len);
        if let Err(fault) = kernel.journal.verify(start, end) {
            self.violation("C1", "event", start, fault.to_string());
        }
        self.spend(end.saturating_sub(start));
        *position = end;
        true
    }

    /// What was found, and where to go on.
    pub fn finish(self, next: Option<Vec<u8>>) -> Report {
        Report { next, ..self.report }
    }
}

/// Looks at everything, piece by piece. For tests and tools: its work grows with the state.
///
/// # Panics
/// When the check refuses its own cursor.
pub fn sweep<E: core::fmt::Debug>(
    mut check: impl FnMut(Option<&[u8]>, u32) -> Result<Report, E>,
) -> Vec<Violation> {
    let mut violations = vec![];
    let mut cursor: Option<Vec<u8>> = None;
    loop {
        let report = check(cursor.as_deref(), limits::MAX_VALIDATE_ITEMS)
            .unwrap_or_else(|fault| panic!("BUG: the check refuses its own cursor: {fault:?}"));
        violations.extend(report.violations);
        cursor = report.next;
        if cursor.is_none() {
            return violations;
        }
    }
}
