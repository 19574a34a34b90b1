//! Applications, their reviews, and their applicants' accounts.

use std::ops::Bound;

use granary_stable::keys::FixedKey;
use granary_stable::record;
use ic_stable_structures::Memory;

use super::Check;
use crate::limits;
use crate::records::application::STATE_LIST;
use crate::records::{ApplicationHead, ApplicationRow, Conflict, Content};
use crate::store::commit::state_list;
use crate::types::{ApplicationId, ApplicationState, GrantState, ProgramId, Timestamp, Units};
use granary_kernel::roles::principal_of;

const ENTITY: &str = "application";

impl<M: Memory> Check<'_, M> {
    /// One application; false behind the last.
    pub(super) fn application(&mut self) -> bool {
        let slot = self.cursor.position;
        let (Some(row), Some(id)) =
            (self.store.applications.get(slot), ApplicationId::from_slot(slot))
        else {
            return false;
        };
        self.cursor.position = slot.saturating_add(1);
        let head = row.head;
        self.sums = self.sums.moved(None, &head, Timestamp::ZERO);
        self.listing(id, &head);
        if let Some(content) = self.body(id, &row) {
            self.amounts(id, &head, &content);
            self.reviews(id, &head, &content);
        }
        self.grant_link(id, &head);
        self.spend(1);
        true
    }

    fn listing(&mut self, id: ApplicationId, head: &ApplicationHead) {
        let listed = STATE_LIST.list_of(&self.store.applications, id.slot());
        if listed != Ok(Some(state_list(head.program, head.state))) {
            self.violation("G10", ENTITY, id.wire(), "is not in the list of its state");
        }
        if self.store.programs.get(head.program.slot()).is_none() {
            self.violation("G1", ENTITY, id.wire(), "belongs to no programme");
        }
    }

    fn body(&mut self, id: ApplicationId, row: &ApplicationRow) -> Option<Content> {
        let bytes = self.store.bodies.read(row.links.body).ok();
        let content = bytes.and_then(|bytes| record::decode::<Content>(&bytes).ok());
        if content.is_none() {
            self.violation("G12", ENTITY, id.wire(), "has no readable body");
        }
        content
    }

    fn amounts(&mut self, id: ApplicationId, head: &ApplicationHead, content: &Content) {
        if content.requested != head.requested {
            self.violation("G4", ENTITY, id.wire(), "asks for another amount than its body");
        }
        if head.version == 0 {
            return;
        }
        if head.requested.is_zero() {
            self.violation("G4", ENTITY, id.wire(), "asks for nothing");
        }
        let sum = Units::checked_sum(content.milestones.iter().map(|plan| plan.amount));
        if !content.milestones.is_empty() && sum != Ok(head.requested) {
            self.violation("G2", ENTITY, id.wire(), "has milestones that miss its request");
        }
    }

    fn reviews(&mut self, id: ApplicationId, head: &ApplicationHead, content: &Content) {
        let reviews = self.store.reviews_of(id);
        if reviews.is_empty() && head.state != ApplicationState::Approved {
            return;
        }
        let declarations = self.store.declarations_of(id);
        let body = self.store.program_bodies.get(&head.program.get()).map(|body| body.0);
        let seats = body.map(|body| body.seats).unwrap_or_default();
        let mut counted: u32 = 0;
        for (key, _) in &reviews {
            let Some(seat) = seats.get(usize::from(key.seat)) else {
                self.violation("G7", ENTITY, id.wire(), "has a review from no seat");
                continue;
            };
            let party = seat.reviewer == head.applicant
                || (key.version == head.version && content.team.contains(&seat.reviewer));
            if party {
                self.violation("G6", ENTITY, id.wire(), "was reviewed by a party");
            }
            let said = declarations.iter().find(|(of, _)| *of == key.seat).map(|(_, said)| said);
            let Some(said) = said else {
                self.violation("G6", ENTITY, id.wire(), "was reviewed without a declaration");
                continue;
            };
            let current = key.version == head.version && key.panel == head.panel;
            // A recusal after the decision does not undo it.
            let cleared = said.conflict == Conflict::None
                || head.decided_at.is_some_and(|decided| said.at > decided);
            let disjoint = key.panel == 0
                || !reviews.iter().any(|(other, _)| other.panel == 0 && other.seat == key.seat);
            if !disjoint {
                self.violation("G5", ENTITY, id.wire(), "was judged twice by one reviewer");
            }
            if current && cleared && disjoint && !party {
                counted = counted.saturating_add(1);
            }
        }
        self.quorum(id, head, counted);
    }

    fn quorum(&mut self, id: ApplicationId, head: &ApplicationHead, counted: u32) {
        if head.state != ApplicationState::Approved {
            return;
        }
        let grant = head.grant.and_then(|grant| self.store.grants.get(grant.slot()));
        let needed = grant.map_or(1, |row| row.head.min_reviews);
        if counted < needed {
            let message = format!("was approved with {counted} reviews of {needed}");
            self.violation("G5", ENTITY, id.wire(), message);
        }
    }

    fn grant_link(&mut self, id: ApplicationId, head: &ApplicationHead) {
        let approved = head.state == ApplicationState::Approved;
        let grant = head.grant.and_then(|grant| self.store.grants.get(grant.slot()));
        let linked = grant.is_some_and(|row| row.head.application == id);
        if approved != linked || approved != head.grant.is_some() {
            self.violation("G1", ENTITY, id.wire(), "and its grant do not name each other");
        }
    }

    /// G10 and G11, when nothing happened meanwhile.
    pub(super) fn compare_totals(&mut self) {
        let (kept, sums) = (self.store.totals(), self.sums);
        if kept.submitted > limits::MAX_APPLICATIONS {
            self.violation("G11", "canister", 0, "holds more applications than its bound");
        }
        if !self.is_quiet() {
            return;
        }
        let figures = [
            ("total_applications", u128::from(kept.submitted), u128::from(sums.submitted)),
            ("approved_applications", kept.approved.into(), sums.approved.into()),
            ("rejected_applications", kept.rejected.into(), sums.rejected.into()),
            ("total_requested", kept.requested, sums.requested),
            ("total_approved", kept.approved_units, sums.approved_units),
            ("decided", kept.decided.into(), sums.decided.into()),
            ("processing_ns", kept.processing_ns, sums.processing_ns),
        ];
        for (name, kept, sum) in figures {
            if kept != sum {
                let message = format!("{name} is {kept} and the applications say {sum}");
                self.violation("G10", "metrics", 0, message);
            }
        }
    }

    /// One account with its chain; false behind the last.
    pub(super) fn account(&mut self) -> bool {
        let from = <[u8; 34]>::try_from(self.cursor.account.as_slice())
            .map_or(Bound::Unbounded, |key| Bound::Excluded(FixedKey(key)));
        let Some(entry) = self.store.accounts.range((from, Bound::Unbounded)).next() else {
            return false;
        };
        let (key, account) = (*entry.key(), entry.value());
        drop(entry);
        self.cursor.account = key.0.to_vec();
        let mut reader = key.reader();
        let (applicant, program) = (principal_of(reader.array()), reader.u32());
        let mut counted = Units::ZERO;
        let mut steps: u64 = 0;
        let mut at = account.newest;
        while let Some(id) = at {
            let Some(row) = self.store.applications.get(id.slot()) else { break };
            let strange = row.head.applicant != applicant
                || Some(row.head.program) != ProgramId::new(program);
            if strange || row.links.applicant_prev.is_some_and(|before| before >= id) {
                self.violation("G4", ENTITY, id.wire(), "is in another applicant's chain");
                break;
            }
            counted = counted.checked_add(self.counts(&row.head)).unwrap_or(Units::MAX);
            steps = steps.saturating_add(1);
            at = row.links.applicant_prev;
        }
        if counted != account.counted {
            let newest = account.newest.map_or(0, ApplicationId::wire);
            let message =
                format!("the applicant's account has {} and its chain {counted}", account.counted);
            self.violation("G4", ENTITY, newest, message);
        }
        self.spend(steps.max(1));
        true
    }

    /// What an application counts against its applicant's cap.
    fn counts(&self, head: &ApplicationHead) -> Units {
        if head.state.is_open() {
            return head.requested;
        }
        let grant = head.grant.and_then(|grant| self.store.grants.get(grant.slot()));
        let awarded = grant.filter(|row| row.head.state != GrantState::Lapsed);
        awarded.map_or(Units::ZERO, |row| row.head.award)
    }
}
