//! The core's types to the wire.

use candid::{Nat, Principal};
use granary_api::micro_grants as m;
use granary_env::suite::convert::bytes;
use granary_kernel::Ctx;
use micro_grants_core::records as r;
use micro_grants_core::rules::{ProgramView, ReviewKey};
use micro_grants_core::store::{
    ApplicationItem, GrantFile, MilestoneFile, ReportItem, ReviewEntry, ReviewFile,
};
use micro_grants_core::types::{
    ApplicationId, ApplicationState, GrantId, GrantState, MilestoneState, PayoutId, PayoutState,
    ProgramState, Timestamp, Units,
};

use crate::flows::payout::refusal;
use crate::state::Grants;

fn nat(units: Units) -> Nat {
    Nat::from(units.get())
}

fn time(at: Option<Timestamp>) -> Option<u64> {
    at.map(Timestamp::as_nanos)
}

/// A canister-wide role.
pub const fn role(role: r::Role) -> m::Role {
    match role {
        r::Role::ProgramManager => m::Role::ProgramManager,
        r::Role::Treasurer => m::Role::Treasurer,
        r::Role::Auditor => m::Role::Auditor,
        r::Role::Operator => m::Role::Operator,
        r::Role::Backup => m::Role::Backup,
        r::Role::Governor => m::Role::Governor,
    }
}

/// The asset of every programme.
pub fn asset(asset: &r::Asset) -> m::Asset {
    let r::Asset { symbol, decimals, ledger } = asset;
    m::Asset { symbol: symbol.clone(), decimals: *decimals, ledger: *ledger }
}

const fn program_state(state: ProgramState) -> m::ProgramState {
    match state {
        ProgramState::Draft => m::ProgramState::Draft,
        ProgramState::Open => m::ProgramState::Open,
        ProgramState::Paused => m::ProgramState::Paused,
        ProgramState::Closing => m::ProgramState::Closing,
        ProgramState::Closed => m::ProgramState::Closed,
    }
}

const fn application_state(state: ApplicationState) -> m::ApplicationState {
    match state {
        ApplicationState::Draft => m::ApplicationState::Draft,
        ApplicationState::Submitted => m::ApplicationState::Submitted,
        ApplicationState::UnderReview => m::ApplicationState::UnderReview,
        ApplicationState::Approved => m::ApplicationState::Approved,
        ApplicationState::Rejected => m::ApplicationState::Rejected,
        ApplicationState::ChangesRequested => m::ApplicationState::ChangesRequested,
        ApplicationState::Appealed => m::ApplicationState::Appealed,
        ApplicationState::Withdrawn => m::ApplicationState::Withdrawn,
        ApplicationState::Expired => m::ApplicationState::Expired,
    }
}

const fn grant_state(state: GrantState) -> m::GrantState {
    match state {
        GrantState::Offered => m::GrantState::Offered,
        GrantState::Accepted => m::GrantState::Accepted,
        GrantState::Active => m::GrantState::Active,
        GrantState::Suspended => m::GrantState::Suspended,
        GrantState::AtRisk => m::GrantState::AtRisk,
        GrantState::NoticeGiven => m::GrantState::NoticeGiven,
        GrantState::Completed => m::GrantState::Completed,
        GrantState::Terminated => m::GrantState::Terminated,
        GrantState::Lapsed => m::GrantState::Lapsed,
    }
}

const fn milestone_state(state: MilestoneState) -> m::MilestoneState {
    match state {
        MilestoneState::Planned => m::MilestoneState::Planned,
        MilestoneState::Overdue => m::MilestoneState::Overdue,
        MilestoneState::Submitted => m::MilestoneState::Submitted,
        MilestoneState::Returned => m::MilestoneState::Returned,
        MilestoneState::Accepted => m::MilestoneState::Accepted,
        MilestoneState::PayoutQueued => m::MilestoneState::PayoutQueued,
        MilestoneState::Paid => m::MilestoneState::Paid,
        MilestoneState::Cancelled => m::MilestoneState::Cancelled,
    }
}

const fn payout_state(state: PayoutState) -> m::PayoutState {
    match state {
        PayoutState::Queued => m::PayoutState::Queued,
        PayoutState::Sent => m::PayoutState::Sent,
        PayoutState::Settled => m::PayoutState::Settled,
        PayoutState::Failed => m::PayoutState::Failed,
        PayoutState::Quarantined => m::PayoutState::Quarantined,
    }
}

/// A programme with its terms.
pub fn program(view: ProgramView, of: &r::Asset) -> m::Program {
    let ProgramView { id, head, body } = view;
    let r::Bounds {
        min_grant,
        max_grant,
        per_applicant_cap,
        treasurer_above,
        max_applications,
        min_reviews,
        min_approvals_bps,
        min_score_bps,
        review_window,
        appeal_window,
        challenge_window,
        inactivity,
    } = head.bounds;
    let reviewers = body.reviewers().collect();
    let r::ProgramBody { title, managers, seats: _, rubric } = body;
    let dimension =
        |r::Dimension { name, min, max, weight_bps }| m::Dimension { name, min, max, weight_bps };
    m::Program {
        id: id.wire(),
        terms: m::ProgramTerms {
            title,
            budget_units: nat(head.ledger.budget),
            min_grant_units: nat(min_grant),
            max_grant_units: nat(max_grant),
            per_applicant_cap_units: nat(per_applicant_cap),
            max_applications,
            reviewers,
            min_reviews,
            approval_rule: m::ApprovalRule { min_approvals_bps, min_score_bps },
            rubric: rubric.into_iter().map(dimension).collect(),
            review_window_ns: review_window.as_nanos(),
            appeal_window_ns: appeal_window.as_nanos(),
            challenge_window_ns: challenge_window.as_nanos(),
            inactivity_ns: inactivity.as_nanos(),
            treasurer_above_units: nat(treasurer_above),
        },
        asset: asset(of),
        managers,
        state: program_state(head.state),
        created_at_ns: head.created_at.as_nanos(),
        applications: head.applications,
    }
}

/// The money of a programme.
pub fn budget(view: &ProgramView, of: &r::Asset) -> m::Budget {
    let r::Ledger { budget, available, committed, paid, queued, queued_payouts } = view.head.ledger;
    m::Budget {
        program: view.id.wire(),
        asset: asset(of),
        budget_units: budget.get(),
        available_units: available.get(),
        committed_units: committed.get(),
        paid_units: paid.get(),
        queued_payouts: queued_payouts.into(),
        queued_units: queued.get(),
    }
}

/// An application with its current version.
pub fn application(
    (id, head, content): (ApplicationId, r::ApplicationHead, r::Content),
) -> m::Application {
    let r::Content { title, summary, requested, plan_hash, milestones, team, links } = content;
    let plan = |r::MilestonePlan { amount, due_at, acceptance_criteria }| m::MilestonePlan {
        amount_units: nat(amount),
        due_at_ns: due_at.as_nanos(),
        acceptance_criteria,
    };
    m::Application {
        id: id.wire(),
        program: head.program.wire(),
        applicant: head.applicant,
        content: m::ApplicationContent {
            title,
            summary,
            requested_units: nat(requested),
            plan_hash: bytes(&plan_hash),
            milestones: milestones.into_iter().map(plan).collect(),
            team,
            links,
        },
        version: head.version.into(),
        state: application_state(head.state),
        submitted_at_ns: (head.version > 0).then(|| head.submitted_at.as_nanos()),
        decided_at_ns: time(head.decided_at),
        grant: head.grant.map(GrantId::wire),
    }
}

/// A row of a list of applications.
pub fn application_row(item: ApplicationItem) -> m::ApplicationRow {
    let ApplicationItem { id, head, title } = item;
    m::ApplicationRow {
        id: id.wire(),
        program: head.program.wire(),
        applicant: head.applicant,
        title,
        requested_units: head.requested.get(),
        state: application_state(head.state),
        version: head.version.into(),
        submitted_at_ns: head.submitted_at.as_nanos(),
    }
}

/// A row of a programme's report.
pub fn report_row(item: ReportItem) -> m::ReportRow {
    let ReportItem { application, grant, milestones_accepted, milestones_total } = item;
    let ApplicationItem { id, head, title } = application;
    let (award, paid) =
        grant.map_or((Units::ZERO, Units::ZERO), |(_, grant)| (grant.award, grant.paid));
    m::ReportRow {
        application: id.wire(),
        applicant: head.applicant,
        title,
        requested_units: head.requested.get(),
        state: application_state(head.state),
        submitted_at_ns: head.submitted_at.as_nanos(),
        decided_at_ns: time(head.decided_at),
        award_units: award.get(),
        paid_units: paid.get(),
        milestones_accepted,
        milestones_total,
    }
}

const fn conflict(conflict: r::Conflict) -> m::Conflict {
    match conflict {
        r::Conflict::None => m::Conflict::None,
        r::Conflict::Financial => m::Conflict::Financial,
        r::Conflict::Employment => m::Conflict::Employment,
        r::Conflict::Personal => m::Conflict::Personal,
        r::Conflict::Other => m::Conflict::Other,
    }
}

const fn recommendation(recommendation: r::Recommendation) -> m::Recommendation {
    match recommendation {
        r::Recommendation::Approve => m::Recommendation::Approve,
        r::Recommendation::Reject => m::Recommendation::Reject,
        r::Recommendation::Changes => m::Recommendation::Changes,
    }
}

/// What reviewers have said about an application.
pub fn review_file(file: ReviewFile) -> m::ReviewFile {
    let ReviewFile { reviews, declarations, eligible, min_reviews } = file;
    let declaration = |(reviewer, said): (Principal, r::Declaration)| m::ConflictDeclaration {
        reviewer,
        conflict: conflict(said.conflict),
        note_hash: said.note_hash.as_ref().map(bytes),
        at_ns: said.at.as_nanos(),
    };
    m::ReviewFile {
        reviews: reviews.into_iter().map(review).collect(),
        declarations: declarations.into_iter().map(declaration).collect(),
        eligible_reviewers: eligible,
        min_reviews,
    }
}

fn review(entry: ReviewEntry) -> m::Review {
    let ReviewEntry { reviewer, key, review } = entry;
    let ReviewKey { version, panel, seat: _ } = key;
    m::Review {
        reviewer,
        version: version.into(),
        panel: panel.into(),
        scores: review.scores,
        score_bps: review.score_bps,
        recommendation: recommendation(review.recommendation),
        rationale_hash: review.rationale_hash.as_ref().map(bytes),
        at_ns: review.at.as_nanos(),
    }
}

/// A grant with its milestones.
pub fn grant(file: GrantFile) -> m::Grant {
    let GrantFile { id, head, vested, milestones } = file;
    let (mode, stream_paused) = match head.mode {
        r::GrantMode::LumpSum => (m::GrantMode::LumpSum, false),
        r::GrantMode::Milestones => (m::GrantMode::Milestones, false),
        r::GrantMode::Stream(r::Stream { start, cliff, end, paused_at }) => {
            let terms = m::StreamTerms {
                start_ns: start.as_nanos(),
                cliff_ns: cliff.as_nanos(),
                end_ns: end.as_nanos(),
            };
            (m::GrantMode::Stream(terms), paused_at.is_some())
        }
    };
    m::Grant {
        id: id.wire(),
        application: head.application.wire(),
        program: head.program.wire(),
        grantee: head.grantee,
        award_units: head.award.get(),
        mode,
        paid_units: head.paid.get(),
        queued_units: head.queued.get(),
        vested_units: vested.get(),
        state: grant_state(head.state),
        stream_paused,
        milestones: milestones.into_iter().map(milestone).collect(),
        offered_at_ns: head.offered_at.as_nanos(),
        active_at_ns: head.active_at.as_nanos(),
        last_activity_ns: head.last_activity.as_nanos(),
        notice_until_ns: time(head.notice_until),
        notice_reply_hash: head.notice_reply.as_ref().map(bytes),
        progress_reports: head.reports,
    }
}

fn milestone(file: MilestoneFile) -> m::Milestone {
    let MilestoneFile { index, acceptance_criteria, milestone } = file;
    let evidence = |r::Evidence { uri, sha256 }| m::Evidence { uri, sha256: bytes(&sha256) };
    m::Milestone {
        index: index.into(),
        amount_units: milestone.amount.get(),
        due_at_ns: milestone.due_at.as_nanos(),
        acceptance_criteria,
        evidence: milestone.evidence.into_iter().map(evidence).collect(),
        state: milestone_state(milestone.state),
    }
}

/// A row of a list of grants.
pub fn grant_row((id, head): (GrantId, r::GrantHead)) -> m::GrantRow {
    m::GrantRow {
        id: id.wire(),
        application: head.application.wire(),
        program: head.program.wire(),
        grantee: head.grantee,
        award_units: head.award.get(),
        paid_units: head.paid.get(),
        state: grant_state(head.state),
    }
}

/// A payout.
pub fn payout(store: &Grants, ctx: &Ctx, (id, head): (PayoutId, r::PayoutHead)) -> m::Payout {
    // What the stored state tells comes first: what execution said is older.
    let reason = store.payout_reason(ctx, &head).or_else(|| refusal(id.wire()));
    m::Payout {
        id: id.wire(),
        grant: head.grant.wire(),
        milestone: head.milestone.map(u32::from),
        amount_units: head.amount.get(),
        state: payout_state(head.state),
        queued_at_ns: head.queued_at.as_nanos(),
        intent: head.intent,
        failures: head.failures,
        reason,
    }
}
