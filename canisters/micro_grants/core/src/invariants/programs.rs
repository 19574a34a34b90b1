//! Programmes and the sums over their grants (G1).

use ic_stable_structures::Memory;

use super::Check;
use crate::records::{Ledger, ProgramRow};
use crate::types::{GrantId, GrantState, ProgramId, Units};

const ENTITY: &str = "program";
/// Grants looked at before the piece is asked again whether it may go on.
const STRIDE: u32 = 100;

impl<M: Memory> Check<'_, M> {
    /// Some grants of one programme, or its end; false behind the last programme.
    pub(super) fn program(&mut self) -> bool {
        let slot = self.cursor.position;
        let (Some(row), Some(id)) = (self.store.programs.get(slot), ProgramId::from_slot(slot))
        else {
            return false;
        };
        let mut at = match GrantId::new(self.cursor.grant) {
            None => {
                self.begin_program(id, &row);
                row.links.newest_grant
            }
            at => at,
        };
        let mut steps: u32 = 0;
        while let Some(grant) = at.filter(|_| steps < STRIDE) {
            let Some(found) = self.store.grants.get(grant.slot()) else { break };
            let head = found.head;
            if head.program != id || found.links.program_prev.is_some_and(|next| next >= grant) {
                self.violation("G1", "grant", grant.wire(), "is in another programme's list");
                break;
            }
            // What had vested in a terminated grant stays committed until it is paid.
            if head.state != GrantState::Lapsed {
                let rest = head.award.get().saturating_sub(head.paid.get());
                self.cursor.committed = self.cursor.committed.saturating_add(rest);
            }
            self.cursor.paid = self.cursor.paid.saturating_add(head.paid.get());
            self.cursor.queued = self.cursor.queued.saturating_add(head.queued.get());
            let live = u32::from(head.state.is_live());
            self.cursor.live = self.cursor.live.saturating_add(live);
            self.cursor.grants = self.cursor.grants.saturating_add(1);
            steps = steps.saturating_add(1);
            at = found.links.program_prev;
        }
        self.spend(u64::from(steps.max(1)));
        if let Some(next) = at.filter(|_| steps == STRIDE) {
            self.cursor.grant = next.get();
            return true;
        }
        self.end_program(id, &row);
        self.cursor.grant = 0;
        self.cursor.position = slot.saturating_add(1);
        true
    }

    fn begin_program(&mut self, id: ProgramId, row: &ProgramRow) {
        self.cursor.committed = 0;
        self.cursor.paid = 0;
        self.cursor.queued = 0;
        self.cursor.live = 0;
        self.cursor.grants = 0;
        let Ledger { budget, available, committed, paid, .. } = row.head.ledger;
        if Units::checked_sum([available, committed, paid]) != Ok(budget) {
            let message = format!("budget {budget} is not {available} + {committed} + {paid}");
            self.violation("G1", ENTITY, id.wire(), message);
        }
        for anchor in &row.links.by_state {
            self.cursor.listed = self.cursor.listed.saturating_add(anchor.len());
        }
        self.cursor.available = self.cursor.available.saturating_add(available.get());
        let Some(body) = self.store.program_bodies.get(&id.get()) else {
            self.violation("G5", ENTITY, id.wire(), "has no body");
            return;
        };
        let reviewers = u64::try_from(body.0.reviewers().count()).unwrap_or(u64::MAX);
        self.cursor.reviewers = self.cursor.reviewers.saturating_add(reviewers);
    }

    fn end_program(&mut self, id: ProgramId, row: &ProgramRow) {
        if !self.is_quiet() {
            return;
        }
        let Ledger { committed, paid, queued, .. } = row.head.ledger;
        let figures = [
            ("committed", committed.get(), self.cursor.committed),
            ("paid", paid.get(), self.cursor.paid),
            ("queued", queued.get(), self.cursor.queued),
            ("live grants", row.head.live_grants.into(), self.cursor.live.into()),
            ("grants", row.head.grants.into(), self.cursor.grants.into()),
        ];
        for (name, kept, sum) in figures {
            if kept != sum {
                let message = format!("{name} is {kept} and its grants say {sum}");
                self.violation("G1", ENTITY, id.wire(), message);
            }
        }
    }

    /// Sums over all programmes.
    pub(super) fn compare_programs(&mut self) {
        if !self.is_quiet() {
            return;
        }
        let totals = self.store.totals();
        let applications = self.store.applications.len();
        let figures = [
            ("listed applications", u128::from(applications), u128::from(self.cursor.listed)),
            ("available", totals.available, self.cursor.available),
            ("reviewers", totals.reviewers.into(), self.cursor.reviewers.into()),
        ];
        for (name, kept, sum) in figures {
            if kept != sum {
                let message = format!("{name}: {kept} are kept and the programmes say {sum}");
                self.violation("G10", "canister", 0, message);
            }
        }
    }
}
