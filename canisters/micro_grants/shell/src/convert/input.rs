//! Wire types to the core's. What has no counterpart there is refused by name; everything else is
//! left to the rules.

use candid::{Nat, Principal};
use granary_api::{micro_grants as m, registry as g};
use granary_kernel::{Fault, checks};
use granary_units::{Duration, Timestamp};
use micro_grants_core::errors::GrantError;
use micro_grants_core::records as r;
use micro_grants_core::rules::standing::{HeldRole, Standing, UserStatus};
use micro_grants_core::rules::terms::Terms;
use micro_grants_core::rules::{create_program, start_stream, submit_review};
use micro_grants_core::store::{ApplicationFilter, DraftInput};
use micro_grants_core::types::{ApplicationState, Hash, Units};
use serde_bytes::ByteBuf;

/// An amount of smallest units.
pub fn units(field: &str, amount: Nat) -> Result<Units, GrantError> {
    let fault = || Fault::AmountRange { field: field.to_owned() };
    u128::try_from(amount.0).map(Units::new).map_err(|_| fault().into())
}

/// A digest of 32 bytes.
pub fn hash(field: &str, bytes: &ByteBuf) -> Result<Hash, GrantError> {
    Ok(checks::hash(field, bytes)?)
}

/// A digest that may be absent.
pub fn opt_hash(field: &str, bytes: Option<&ByteBuf>) -> Result<Option<Hash>, GrantError> {
    bytes.map(|bytes| hash(field, bytes)).transpose()
}

/// A canister-wide role.
pub const fn role(role: m::Role) -> r::Role {
    match role {
        m::Role::ProgramManager => r::Role::ProgramManager,
        m::Role::Treasurer => r::Role::Treasurer,
        m::Role::Auditor => r::Role::Auditor,
        m::Role::Operator => r::Role::Operator,
        m::Role::Backup => r::Role::Backup,
        m::Role::Governor => r::Role::Governor,
    }
}

/// The asset of every programme.
pub fn asset(asset: m::Asset) -> r::Asset {
    let m::Asset { symbol, decimals, ledger } = asset;
    r::Asset { symbol, decimals, ledger }
}

/// A new programme.
pub fn program(args: m::CreateProgramArgs) -> Result<create_program::Input, GrantError> {
    let m::CreateProgramArgs { terms: given, managers, idempotency_key: _ } = args;
    Ok(create_program::Input { terms: terms(given)?, managers })
}

/// The terms of a programme.
pub fn terms(terms: m::ProgramTerms) -> Result<Terms, GrantError> {
    Ok(Terms {
        title: terms.title,
        budget: units("terms.budget_units", terms.budget_units)?,
        bounds: r::Bounds {
            min_grant: units("terms.min_grant_units", terms.min_grant_units)?,
            max_grant: units("terms.max_grant_units", terms.max_grant_units)?,
            per_applicant_cap: units(
                "terms.per_applicant_cap_units",
                terms.per_applicant_cap_units,
            )?,
            treasurer_above: units("terms.treasurer_above_units", terms.treasurer_above_units)?,
            max_applications: terms.max_applications,
            min_reviews: terms.min_reviews,
            min_approvals_bps: terms.approval_rule.min_approvals_bps,
            min_score_bps: terms.approval_rule.min_score_bps,
            review_window: Duration::from_nanos(terms.review_window_ns),
            appeal_window: Duration::from_nanos(terms.appeal_window_ns),
            challenge_window: Duration::from_nanos(terms.challenge_window_ns),
            inactivity: Duration::from_nanos(terms.inactivity_ns),
        },
        reviewers: terms.reviewers,
        rubric: terms
            .rubric
            .into_iter()
            .map(|m::Dimension { name, min, max, weight_bps }| r::Dimension {
                name,
                min,
                max,
                weight_bps,
            })
            .collect(),
    })
}

/// What an applicant asks for.
pub fn content(content: m::ApplicationContent) -> Result<r::Content, GrantError> {
    let m::ApplicationContent {
        title,
        summary,
        requested_units,
        plan_hash,
        milestones,
        team,
        links,
    } = content;
    let milestones = milestones.into_iter().map(milestone_plan).collect::<Result<_, _>>()?;
    Ok(r::Content {
        title,
        summary,
        requested: units("content.requested_units", requested_units)?,
        plan_hash: hash("content.plan_hash", &plan_hash)?,
        milestones,
        team,
        links,
    })
}

fn milestone_plan(plan: m::MilestonePlan) -> Result<r::MilestonePlan, GrantError> {
    let m::MilestonePlan { amount_units, due_at_ns, acceptance_criteria } = plan;
    Ok(r::MilestonePlan {
        amount: units("content.milestones.amount_units", amount_units)?,
        due_at: Timestamp::from_nanos(due_at_ns),
        acceptance_criteria,
    })
}

/// A draft, and its idempotency key.
pub fn draft(args: m::SaveDraftArgs) -> Result<(DraftInput, Option<String>), GrantError> {
    let m::SaveDraftArgs { program, draft, content: asked, applicant, idempotency_key } = args;
    let input = DraftInput { program, draft, content: content(asked)?, applicant };
    Ok((input, idempotency_key))
}

/// A submission, and its idempotency key.
pub fn submission(
    args: m::SubmitApplicationArgs,
) -> Result<(DraftInput, Option<String>), GrantError> {
    let m::SubmitApplicationArgs { program, draft, content: asked, applicant, idempotency_key } =
        args;
    let input = DraftInput { program, draft, content: content(asked)?, applicant };
    Ok((input, idempotency_key))
}

/// Things that show work.
pub fn evidence(evidence: Vec<m::Evidence>) -> Result<Vec<r::Evidence>, GrantError> {
    let one = |m::Evidence { uri, sha256 }| {
        Ok(r::Evidence { uri, sha256: hash("evidence.sha256", &sha256)? })
    };
    evidence.into_iter().map(one).collect()
}

/// A reviewer's relation to an application.
pub const fn conflict(conflict: m::Conflict) -> r::Conflict {
    match conflict {
        m::Conflict::None => r::Conflict::None,
        m::Conflict::Financial => r::Conflict::Financial,
        m::Conflict::Employment => r::Conflict::Employment,
        m::Conflict::Personal => r::Conflict::Personal,
        m::Conflict::Other => r::Conflict::Other,
    }
}

/// A judgement.
pub fn review(args: m::SubmitReviewArgs) -> Result<submit_review::Input, GrantError> {
    let m::SubmitReviewArgs { application: _, scores, recommendation, rationale_hash } = args;
    let recommendation = match recommendation {
        m::Recommendation::Approve => r::Recommendation::Approve,
        m::Recommendation::Reject => r::Recommendation::Reject,
        m::Recommendation::Changes => r::Recommendation::Changes,
    };
    let rationale_hash = opt_hash("rationale_hash", rationale_hash.as_ref())?;
    Ok(submit_review::Input { scores, recommendation, rationale_hash })
}

/// The times of a stream.
pub const fn stream(terms: m::StreamTerms) -> start_stream::Input {
    start_stream::Input {
        start: Timestamp::from_nanos(terms.start_ns),
        cliff: Timestamp::from_nanos(terms.cliff_ns),
        end: Timestamp::from_nanos(terms.end_ns),
    }
}

/// Which applications are wanted.
pub fn filter(args: &m::ListApplicationsArgs) -> ApplicationFilter {
    let m::ListApplicationsArgs { program, state, applicant, after: _, limit: _ } = args;
    ApplicationFilter {
        program: *program,
        state: state.map(application_state),
        applicant: *applicant,
    }
}

const fn application_state(state: m::ApplicationState) -> ApplicationState {
    match state {
        m::ApplicationState::Draft => ApplicationState::Draft,
        m::ApplicationState::Submitted => ApplicationState::Submitted,
        m::ApplicationState::UnderReview => ApplicationState::UnderReview,
        m::ApplicationState::Approved => ApplicationState::Approved,
        m::ApplicationState::Rejected => ApplicationState::Rejected,
        m::ApplicationState::ChangesRequested => ApplicationState::ChangesRequested,
        m::ApplicationState::Appealed => ApplicationState::Appealed,
        m::ApplicationState::Withdrawn => ApplicationState::Withdrawn,
        m::ApplicationState::Expired => ApplicationState::Expired,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_beyond_128_bits_are_refused_by_name() {
        let most = Nat::from(u128::MAX);
        assert_eq!(units("x", most.clone()), Ok(Units::new(u128::MAX)));
        let field = "content.requested_units".to_owned();
        let refused = units(&field, most + 1_u8);
        assert_eq!(refused, Err(Fault::AmountRange { field }.into()));
    }

    #[test]
    fn digests_have_32_bytes() {
        assert_eq!(hash("x", &ByteBuf::from(vec![7; 32])), Ok([7; 32]));
        let fault = Fault::HashSize { field: "x".to_owned(), bytes: 31 };
        assert_eq!(hash("x", &ByteBuf::from(vec![7; 31])), Err(fault.into()));
        assert_eq!(opt_hash("x", None), Ok(None));
    }
}

/// What the registry says about these people, in their order; none when it says something else.
pub fn standings(
    said: Vec<g::Standing>,
    asked: &[Principal],
) -> Option<Vec<(Principal, Standing)>> {
    if said.len() != asked.len() {
        return None;
    }
    let one = |(said, asked): (g::Standing, &Principal)| {
        (said.principal == *asked).then_some((*asked, standing(said)?))
    };
    said.into_iter().zip(asked).map(one).collect()
}

fn standing(said: g::Standing) -> Option<Standing> {
    let g::Standing { principal: _, user, status, roles, wallets } = said;
    let status = status.map(|status| match status {
        g::UserStatus::Pending => UserStatus::Pending,
        g::UserStatus::Active => UserStatus::Active,
        g::UserStatus::Suspended => UserStatus::Suspended,
        g::UserStatus::Closed => UserStatus::Closed,
    });
    let user = match (user, status) {
        (Some(id), Some(status)) => Some((id, status)),
        (None, None) => None,
        _ => return None,
    };
    let role = |g::HeldRole { role, scope }| HeldRole { role, scope };
    let wallet = |key: ByteBuf| Hash::try_from(key.into_vec()).ok();
    let wallets = wallets.into_iter().map(wallet).collect::<Option<_>>()?;
    Some(Standing { user, roles: roles.into_iter().map(role).collect(), wallets })
}

#[cfg(test)]
mod standing_tests {
    use super::*;

    fn said(who: Principal) -> g::Standing {
        let held = g::HeldRole { role: "reviewer".to_owned(), scope: String::new() };
        g::Standing {
            principal: who,
            user: Some(7),
            status: Some(g::UserStatus::Active),
            roles: vec![held],
            wallets: vec![ByteBuf::from(vec![3; 32])],
        }
    }

    #[test]
    fn only_what_was_asked_for_and_can_be_read_is_believed() {
        let [alice, bob] = [1, 2].map(|n| Principal::from_slice(&[n]));
        let read = standings(vec![said(alice), said(bob)], &[alice, bob]).expect("as asked");
        assert_eq!(read[1].0, bob);
        assert_eq!(read[0].1.user, Some((7, UserStatus::Active)));
        assert_eq!(read[0].1.wallets, [[3; 32]]);
        assert_eq!(standings(vec![said(bob), said(alice)], &[alice, bob]), None, "in order");
        assert_eq!(standings(vec![said(alice)], &[alice, bob]), None, "everybody");
        let broken = [
            g::Standing { status: None, ..said(alice) },
            g::Standing { user: None, ..said(alice) },
            g::Standing { wallets: vec![ByteBuf::from(vec![3; 31])], ..said(alice) },
        ];
        for one in broken {
            assert_eq!(standings(vec![one], &[alice]), None);
        }
    }
}
