//! Records for rules and for readers.

use granary_stable::keys::FixedKey;
use granary_stable::record;
use ic_stable_structures::Memory;

use crate::errors::{GrantError, Missing};
use crate::records::{
    Account, ApplicationHead, Content, Declaration, GrantHead, GrantMode, GrantRow, Milestone,
    PayoutHead, ProgramHead, Review, Totals,
};
use crate::rules::quorum::{Case, Panel};
use crate::rules::{ApplicationView, GrantView, ProgramView, ReviewKey, stream};
use crate::store::Store;
use crate::store::commit::{account_key, declaration_key, milestone_key, review_key};
use crate::types::{
    ApplicationId, ApplicationState, GrantId, PayoutId, Principal, ProgramId, Timestamp, Units,
};
use granary_kernel::row::damaged;

/// One review with its place and author.
#[derive(Clone, Debug)]
pub struct ReviewEntry {
    /// Who judged.
    pub reviewer: Principal,
    /// Which version, before which panel, from which seat.
    pub key: ReviewKey,
    /// The judgement.
    pub review: Review,
}

/// What reviewers have said about one application.
#[derive(Clone, Debug)]
pub struct ReviewFile {
    /// Every review of every version, oldest version first.
    pub reviews: Vec<ReviewEntry>,
    /// Every declaration with its author.
    pub declarations: Vec<(Principal, Declaration)>,
    /// Reviewers who could still judge the current version, or have.
    pub eligible: u32,
    /// Reviews a decision needs.
    pub min_reviews: u32,
}

/// A milestone with its criteria.
#[derive(Clone, Debug)]
pub struct MilestoneFile {
    /// Its place in the plan.
    pub index: u16,
    /// What must be shown.
    pub acceptance_criteria: String,
    /// The record.
    pub milestone: Milestone,
}

/// A grant with everything about it.
#[derive(Clone, Debug)]
pub struct GrantFile {
    /// Its number.
    pub id: GrantId,
    /// Its row.
    pub head: GrantHead,
    /// What its stream has released; for other grants what was queued or paid.
    pub vested: Units,
    /// Its milestones.
    pub milestones: Vec<MilestoneFile>,
}

impl<M: Memory> Store<M> {
    /// The running figures; O(1).
    pub fn totals(&self) -> Totals {
        self.totals.get(0).unwrap_or_else(damaged)
    }

    /// Programmes, applications and drafts, grants, payouts.
    pub const fn counts(&self) -> [u64; 4] {
        [self.programs.len(), self.applications.len(), self.grants.len(), self.payouts.len()]
    }

    pub(crate) fn program_head(&self, id: u64) -> Result<(ProgramId, ProgramHead), GrantError> {
        let missing = GrantError::from(Missing::Program { id });
        let id = ProgramId::from_wire(id).ok_or_else(|| missing.clone())?;
        self.programs.get(id.slot()).map(|row| (id, row.head)).ok_or(missing)
    }

    /// A programme with its texts and people.
    pub fn program(&self, id: u64) -> Result<ProgramView, GrantError> {
        let (id, head) = self.program_head(id)?;
        let body = self.program_bodies.get(&id.get()).unwrap_or_else(damaged).0;
        Ok(ProgramView { id, head, body })
    }

    /// Applications of a programme in each state, in the order of [`ApplicationState::ALL`].
    pub fn state_counts(&self, id: ProgramId) -> [u64; ApplicationState::ALL.len()] {
        let links = self.programs.get(id.slot()).map(|row| row.links).unwrap_or_default();
        links.by_state.map(|anchor| anchor.len())
    }

    pub(crate) fn account(&self, applicant: &Principal, program: ProgramId) -> Account {
        self.accounts.get(&account_key(applicant, program)).unwrap_or_default()
    }

    /// An application's row.
    pub fn application_head(
        &self,
        id: u64,
    ) -> Result<(ApplicationId, ApplicationHead), GrantError> {
        let missing = GrantError::from(Missing::Application { id });
        let id = ApplicationId::from_wire(id).ok_or_else(|| missing.clone())?;
        self.applications.get(id.slot()).map(|row| (id, row.head)).ok_or(missing)
    }

    /// An application with the body of its current version.
    pub fn application(
        &self,
        id: u64,
    ) -> Result<(ApplicationId, ApplicationHead, Content), GrantError> {
        let missing = GrantError::from(Missing::Application { id });
        let id = ApplicationId::from_wire(id).ok_or_else(|| missing.clone())?;
        let row = self.applications.get(id.slot()).ok_or(missing)?;
        let bytes = self.bodies.read(row.links.body).unwrap_or_else(|_| damaged());
        Ok((id, row.head, record::decode_or_trap(&bytes)))
    }

    pub(crate) fn application_view(&self, id: u64) -> Result<ApplicationView, GrantError> {
        let (id, head) = self.application_head(id)?;
        let account = self.account(&head.applicant, head.program);
        Ok(ApplicationView { id, head, account })
    }

    /// What rules need to know about the reviewers of an application.
    pub(crate) fn panel(&self, id: ApplicationId, head: &ApplicationHead) -> Panel {
        let mut panel = Panel::default();
        for (seat, said) in self.declarations_of(id) {
            panel.declarations.push((seat, said));
        }
        for (key, review) in self.reviews_of(id) {
            if key.panel == 0 {
                panel.first_panel.push(key.seat);
            }
            if key.version == head.version && key.panel == head.panel {
                panel.reviews.push((key.seat, review));
            }
        }
        panel
    }

    pub(crate) fn declarations_of(&self, id: ApplicationId) -> Vec<(u16, Declaration)> {
        let range = declaration_key(id, 0)..=declaration_key(id, u16::MAX);
        self.declarations
            .range(range)
            .map(|entry| {
                let mut key = entry.key().reader();
                key.u32();
                (key.u16(), entry.value().0)
            })
            .collect()
    }

    pub(crate) fn reviews_of(&self, id: ApplicationId) -> Vec<(ReviewKey, Review)> {
        let end = ReviewKey { version: u16::MAX, panel: u8::MAX, seat: u16::MAX };
        let start = ReviewKey { version: 0, panel: 0, seat: 0 };
        self.reviews
            .range(review_key(id, start)..=review_key(id, end))
            .map(|entry| (review_key_of(entry.key()), entry.value().0))
            .collect()
    }

    /// What reviewers have said about an application.
    pub fn review_file(&self, id: u64) -> Result<ReviewFile, GrantError> {
        let (id, head, content) = self.application(id)?;
        let program = self.program(head.program.wire())?;
        let panel = self.panel(id, &head);
        let case = Case { body: &program.body, head: &head, content: &content, panel: &panel };
        let sits = |seat: u16| {
            let place = program.body.seats.get(usize::from(seat));
            place.map_or_else(Principal::anonymous, |place| place.reviewer)
        };
        let reviews = self
            .reviews_of(id)
            .into_iter()
            .map(|(key, review)| ReviewEntry { reviewer: sits(key.seat), key, review })
            .collect();
        Ok(ReviewFile {
            reviews,
            eligible: case.tally().eligible,
            min_reviews: program.head.bounds.min_reviews,
            declarations: panel
                .declarations
                .into_iter()
                .map(|(seat, said)| (sits(seat), said))
                .collect(),
        })
    }

    pub(crate) fn grant_row(&self, id: u64) -> Result<(GrantId, GrantRow), GrantError> {
        let missing = GrantError::from(Missing::Grant { id });
        let id = GrantId::from_wire(id).ok_or_else(|| missing.clone())?;
        self.grants.get(id.slot()).map(|row| (id, row)).ok_or(missing)
    }

    pub(crate) fn grant_view(&self, id: u64) -> Result<GrantView, GrantError> {
        let (id, row) = self.grant_row(id)?;
        let program = self.program(row.head.program.wire())?;
        let account = self.account(&row.head.grantee, row.head.program);
        let asset = self.config().asset.clone();
        Ok(GrantView { id, head: row.head, program, account, asset })
    }

    pub(crate) fn milestone(
        &self,
        grant: GrantId,
        index: u64,
    ) -> Result<(u16, Milestone), GrantError> {
        let missing = GrantError::from(Missing::Milestone { index });
        let index = u16::try_from(index).map_err(|_| missing.clone())?;
        let found = self.milestones.get(&milestone_key(grant, index));
        found.map(|milestone| (index, milestone.0)).ok_or(missing)
    }

    pub(crate) fn milestones_of(&self, grant: GrantId) -> Vec<(u16, Milestone)> {
        self.milestones
            .range(milestone_key(grant, 0)..=milestone_key(grant, u16::MAX))
            .map(|entry| {
                let mut key = entry.key().reader();
                key.u32();
                (key.u16(), entry.value().0)
            })
            .collect()
    }

    /// A grant with everything about it. `now` says how much of a stream has vested.
    pub fn grant(&self, id: u64, now: Timestamp) -> Result<GrantFile, GrantError> {
        let (id, row) = self.grant_row(id)?;
        let head = row.head;
        let mut plans = vec![];
        if head.milestones > 0 {
            plans = self.application(head.application.wire())?.2.milestones;
        }
        let milestones = self
            .milestones_of(id)
            .into_iter()
            .map(|(index, milestone)| {
                let plan = plans.get(usize::from(index));
                let acceptance_criteria =
                    plan.map(|plan| plan.acceptance_criteria.clone()).unwrap_or_default();
                MilestoneFile { index, acceptance_criteria, milestone }
            })
            .collect();
        let vested = match &head.mode {
            GrantMode::Stream(stream) => stream::vested(&head, stream, now),
            GrantMode::LumpSum | GrantMode::Milestones => head.paid.checked_add(head.queued)?,
        };
        Ok(GrantFile { id, head, vested, milestones })
    }

    /// A payout's row.
    pub fn payout(&self, id: u64) -> Result<(PayoutId, PayoutHead), GrantError> {
        let missing = GrantError::from(Missing::Payout { id });
        let id = PayoutId::from_wire(id).ok_or_else(|| missing.clone())?;
        self.payouts.get(id.slot()).map(|row| (id, row.head)).ok_or(missing)
    }
}

pub(crate) fn review_key_of(key: &FixedKey<9>) -> ReviewKey {
    let mut key = key.reader();
    key.u32();
    ReviewKey { version: key.u16(), panel: key.u8(), seat: key.u16() }
}
