//! The judgements are counted and the application is decided. The caller has no say in what.

use crate::errors::{AccessFault, FundsFault, GrantError, StateFault};
use crate::limits;
use crate::records::{
    Account, ApplicationHead, Asset, Event, EventKind, GrantHead, GrantMode, Ledger, Milestone,
    ProgramHead,
};
use crate::rules::quorum::{Case, Tally};
use crate::rules::{Change, Ctx, Wake, application_in, content, program_in, revise_application};
use crate::types::{
    ApplicationId, ApplicationState, GrantId, GrantState, MilestoneState, ProgramId, ProgramState,
    Units,
};
use granary_kernel::Fault;

/// What the rule reads besides the case.
#[derive(Clone, Debug)]
pub struct View {
    /// The application's number.
    pub id: ApplicationId,
    /// The programme.
    pub program: (ProgramId, ProgramHead),
    /// What the applicant has in the programme.
    pub account: Account,
    /// The number a grant gets; none when the canister holds no more.
    pub next: Option<GrantId>,
    /// The canister's asset.
    pub asset: Asset,
}

/// Decides.
pub fn finalize_application(view: &View, case: &Case<'_>, ctx: &Ctx) -> Result<Change, GrantError> {
    if !case.body.is_manager(&ctx.actor) && case.body.seat_of(&ctx.actor).is_none() {
        return Err(AccessFault::Panel.into());
    }
    if case.is_party(&ctx.actor) {
        return Err(AccessFault::Independence.into());
    }
    program_in(&view.program.1, &[ProgramState::Open, ProgramState::Closing])?;
    application_in(
        case.head,
        &[ApplicationState::Submitted, ApplicationState::UnderReview, ApplicationState::Appealed],
    )?;
    let tally = case.tally();
    let min_reviews = view.program.1.bounds.min_reviews;
    if tally.eligible < min_reviews {
        return Err(StateFault::Blocked { eligible: tally.eligible, min_reviews }.into());
    }
    if tally.counted < min_reviews {
        return Err(StateFault::ReviewsMissing { counted: tally.counted, min_reviews }.into());
    }
    match outcome(&tally, &view.program.1) {
        ApplicationState::ChangesRequested => Ok(request_changes(view, case, ctx)),
        ApplicationState::Approved => approve(view, case, ctx),
        ApplicationState::Draft
        | ApplicationState::Submitted
        | ApplicationState::UnderReview
        | ApplicationState::Rejected
        | ApplicationState::Appealed
        | ApplicationState::Withdrawn
        | ApplicationState::Expired => reject(view, case, ctx),
    }
}

/// What the counted reviews come to under the programme's rule.
fn outcome(tally: &Tally, program: &ProgramHead) -> ApplicationState {
    let counted = u64::from(tally.counted);
    if u64::from(tally.changes).saturating_mul(2) > counted {
        return ApplicationState::ChangesRequested;
    }
    let bounds = &program.bounds;
    let approvals = u64::from(tally.approvals).saturating_mul(limits::WHOLE_BPS.into());
    let enough = approvals >= counted.saturating_mul(bounds.min_approvals_bps.into());
    let good = tally.score_sum_bps >= counted.saturating_mul(bounds.min_score_bps.into());
    if enough && good { ApplicationState::Approved } else { ApplicationState::Rejected }
}

fn decided(case: &Case<'_>, state: ApplicationState, ctx: &Ctx) -> ApplicationHead {
    ApplicationHead { state, decided_at: Some(ctx.now), ..*case.head }
}

fn request_changes(view: &View, case: &Case<'_>, ctx: &Ctx) -> Change {
    let head = decided(case, ApplicationState::ChangesRequested, ctx);
    let until = revise_application::deadline(&head, &view.program.1);
    Change {
        application: Some((view.id, head)),
        wake: Some(Wake::Application(view.id, until)),
        ..Change::with(Event::new(EventKind::ChangesRequested, view.id.wire()))
    }
}

fn reject(view: &View, case: &Case<'_>, ctx: &Ctx) -> Result<Change, GrantError> {
    let account = content::uncount(&view.account, case.head.requested)?;
    Ok(Change {
        application: Some((view.id, decided(case, ApplicationState::Rejected, ctx))),
        account: Some((case.head.applicant, case.head.program, account)),
        ..Change::with(Event::new(EventKind::ApplicationRejected, view.id.wire()))
    })
}

fn approve(view: &View, case: &Case<'_>, ctx: &Ctx) -> Result<Change, GrantError> {
    let (program, head) = &view.program;
    let award = case.head.requested;
    let Ledger { available, committed, .. } = head.ledger;
    let rest = available.checked_sub(award).map_err(|_| FundsFault::Budget {
        required: award,
        available,
        asset: view.asset.clone(),
    })?;
    let ledger =
        Ledger { available: rest, committed: committed.checked_add(award)?, ..head.ledger };
    let max = u64::from(u32::MAX);
    let full = Fault::Full { what: "the canister's table of grants", max };
    let id = view.next.ok_or(full)?;
    let (grant, milestones) = offer(view, case, id, ctx);
    let application =
        ApplicationHead { grant: Some(id), ..decided(case, ApplicationState::Approved, ctx) };
    let events = vec![
        Event::new(EventKind::ApplicationApproved, view.id.wire()).units(award),
        Event::new(EventKind::GrantOffered, id.wire()).units(award).number(view.id.wire()),
    ];
    let lapses = grant.offered_at.saturating_add(limits::OFFER_LIFETIME);
    Ok(Change {
        program: Some((
            *program,
            ProgramHead {
                ledger,
                live_grants: head.live_grants.saturating_add(1),
                grants: head.grants.saturating_add(1),
                ..*head
            },
        )),
        application: Some((view.id, application)),
        grant: Some((id, grant)),
        milestones,
        wake: Some(Wake::Grant(id, lapses)),
        events,
        ..Change::default()
    })
}

fn offer(
    view: &View,
    case: &Case<'_>,
    id: GrantId,
    ctx: &Ctx,
) -> (GrantHead, Vec<(GrantId, u16, Milestone)>) {
    let plans = &case.content.milestones;
    let milestones: Vec<_> = (0_u16..)
        .zip(plans)
        .map(|(index, plan)| {
            let state = MilestoneState::Planned;
            let (amount, due_at) = (plan.amount, plan.due_at);
            (id, index, Milestone { amount, due_at, state, evidence: vec![] })
        })
        .collect();
    let lump = plans.is_empty();
    let grant = GrantHead {
        application: view.id,
        program: view.program.0,
        grantee: case.head.applicant,
        state: GrantState::Offered,
        mode: if lump { GrantMode::LumpSum } else { GrantMode::Milestones },
        award: case.head.requested,
        paid: Units::ZERO,
        queued: Units::ZERO,
        offered_at: ctx.now,
        active_at: ctx.now.saturating_add(view.program.1.bounds.challenge_window),
        last_activity: ctx.now,
        notice_until: None,
        notice_reply: None,
        reports: 0,
        milestones: u16::try_from(plans.len()).unwrap_or(u16::MAX),
        next_due: plans.iter().map(|plan| plan.due_at).min(),
        min_reviews: view.program.1.bounds.min_reviews,
    };
    (grant, milestones)
}

#[cfg(test)]
#[path = "finalize_application_tests.rs"]
mod tests;
