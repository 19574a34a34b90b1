//! The figures of the round: what the file says they must be, and what the canister says they are.

use granary_api::micro_grants::{
    ApplicationState, GrantArgs, ListApplicationsArgs, ListGrantsArgs, MilestoneState, ProgramArgs,
};
use serde::Serialize;

use super::cast::{DECIMALS, MAX_GRANT, MIN_GRANT};
use crate::{
    amount,
    client::{
        Client,
        grants::{
            GET_BUDGET, GET_CANISTER_METRICS, GET_GRANT, LIST_APPLICATIONS, LIST_GRANTS,
            LIST_PAYOUTS,
        },
        remote::Remote,
    },
    failure::Failure,
    operations::{import::shares, parallel, round::Round},
    render::Progress,
};

/// Rows asked for in one page.
const PAGE: u32 = 100;

/// Figures of a round; amounts in units of the test dollar.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Totals {
    pub(crate) applications: u64,
    pub(crate) drafts: u64,
    pub(crate) submitted_units: u128,
    pub(crate) approved: u64,
    pub(crate) committed_units: u128,
    pub(crate) milestones_accepted: u64,
    pub(crate) payouts_queued: u64,
    pub(crate) queued_units: u128,
    /// Of these, what the grantees received.
    pub(crate) paid_units: u128,
}

/// Rows of the file that no programme with these bounds takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outside {
    pub(crate) rows: u64,
    pub(crate) units: u128,
}

/// What the file says. Nothing is asked of the canister or of the import.
pub(crate) fn expected(round: &Round) -> (Totals, Outside) {
    let mut totals = Totals::default();
    let mut outside = Outside { rows: u64::try_from(round.skipped.len()).unwrap_or(0), units: 0 };
    for proposal in &round.proposals {
        let Some(asked) = &proposal.asked else {
            totals.drafts += 1;
            continue;
        };
        let Ok(units) = amount::parse_units(asked, DECIMALS) else {
            outside.rows += 1;
            continue;
        };
        if !(MIN_GRANT..=MAX_GRANT).contains(&units) {
            outside.rows += 1;
            outside.units += units;
            continue;
        }
        totals.applications += 1;
        totals.submitted_units += units;
        if proposal.status.is_approved() {
            totals.approved += 1;
            totals.committed_units += units;
            let delivered = proposal.delivered();
            totals.milestones_accepted += u64::from(delivered);
            totals.payouts_queued += u64::from(delivered);
            let delivered = usize::try_from(delivered).unwrap_or(usize::MAX);
            totals.queued_units +=
                shares(units, proposal.milestones()).iter().take(delivered).sum::<u128>();
        }
    }
    // Everything that was accepted is paid in the end.
    totals.paid_units = totals.queued_units;
    (totals, outside)
}

/// What the canister says.
pub(crate) async fn observed<C: Client>(
    grants: &Remote<C>,
    program: u64,
    drafts: u64,
    progress: &Progress,
) -> Result<Totals, Failure> {
    let metrics = grants.ask(GET_CANISTER_METRICS).await?;
    let budget = grants.query(GET_BUDGET, &ProgramArgs { program }).await?;
    let approved = count(grants, program, ApplicationState::Approved).await?;
    let ids = grant_ids(grants, program).await?;
    let milestones = |grant: u64| {
        let grants = grants.clone();
        async move { accepted(&grants, grant).await }
    };
    let accepted = parallel::each("counting milestones", ids, progress, milestones).await?;
    let (payouts_queued, queued_units) = payouts(grants, program).await?;
    Ok(Totals {
        applications: metrics.total_applications,
        drafts,
        submitted_units: metrics.total_requested_units,
        approved,
        // What was promised: what is still owed, and what was paid.
        committed_units: budget.committed_units.saturating_add(budget.paid_units),
        milestones_accepted: accepted.iter().sum(),
        payouts_queued,
        queued_units,
        paid_units: budget.paid_units,
    })
}

/// Applications of the programme in this state, counted row by row.
pub(crate) async fn count<C: Client>(
    grants: &Remote<C>,
    program: u64,
    state: ApplicationState,
) -> Result<u64, Failure> {
    let (mut rows, mut after) = (0, None);
    loop {
        let which = ListApplicationsArgs {
            program: Some(program),
            state: Some(state),
            applicant: None,
            after,
            limit: PAGE,
        };
        let page = grants.query(LIST_APPLICATIONS, &which).await?;
        rows += u64::try_from(page.items.len()).unwrap_or(0);
        after = page.next;
        if after.is_none() {
            return Ok(rows);
        }
    }
}

async fn grant_ids<C: Client>(grants: &Remote<C>, program: u64) -> Result<Vec<u64>, Failure> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let which = ListGrantsArgs { program: Some(program), after, limit: PAGE };
        let page = grants.query(LIST_GRANTS, &which).await?;
        ids.extend(page.items.iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            return Ok(ids);
        }
    }
}

async fn accepted<C: Client>(grants: &Remote<C>, grant: u64) -> Result<u64, Failure> {
    let grant = grants.query(GET_GRANT, &GrantArgs { grant }).await?;
    let accepted = grant.milestones.iter().filter(|milestone| {
        matches!(
            milestone.state,
            MilestoneState::Accepted | MilestoneState::PayoutQueued | MilestoneState::Paid
        )
    });
    Ok(u64::try_from(accepted.count()).unwrap_or(0))
}

/// Payouts that were ever queued, and their sum.
async fn payouts<C: Client>(grants: &Remote<C>, program: u64) -> Result<(u64, u128), Failure> {
    let (mut count, mut units, mut after) = (0_u64, 0_u128, None);
    loop {
        let which = ListGrantsArgs { program: Some(program), after, limit: PAGE };
        let page = grants.query(LIST_PAYOUTS, &which).await?;
        for payout in &page.items {
            count += 1;
            units = units.saturating_add(payout.amount_units);
        }
        after = page.next;
        if after.is_none() {
            return Ok((count, units));
        }
    }
}
