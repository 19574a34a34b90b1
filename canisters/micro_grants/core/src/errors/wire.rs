//! From each refusal to the wire: one sentence with the thing and the limit, figures as details.

use granary_errors::Error;
use granary_kernel::{Role as _, wording};

use super::catalogue as code;
use super::{AccessFault, FundsFault, InputFault, Missing, StateFault};
use crate::records::{Asset, Role};
use crate::types::{Principal, Units};

/// A number of smallest units with its unit: `5 (smallest units of TUSD, 6 decimals)`.
fn money(units: Units, asset: &Asset) -> String {
    format!("{} (smallest units of {}, {} decimals)", units.get(), asset.symbol, asset.decimals)
}

fn bound(error: Error, key: &'static str, units: Units, asset: &Asset) -> Error {
    error.with(key, units.get()).with("unit", asset.symbol.as_str())
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not named here is named in the next part, the last of which names all"
)]
pub(super) fn input(fault: InputFault) -> Error {
    match fault {
        InputFault::AmountZero { field, asset } => {
            let text = format!("{field} is 0 {}", asset.symbol);
            Error::invalid_input(code::AMOUNT_ZERO.code, field, text).with("unit", asset.symbol)
        }
        InputFault::AmountBelowMin { requested, min, asset } => {
            let text = format!("the request of {requested} is below {}", money(min, &asset));
            let error =
                Error::invalid_input(code::AMOUNT_BELOW_MIN.code, "content.requested_units", text);
            bound(error, "min_units", min, &asset)
        }
        InputFault::AmountAboveMax { requested, max, asset } => {
            let text = format!("the request of {requested} is above {}", money(max, &asset));
            let error =
                Error::invalid_input(code::AMOUNT_ABOVE_MAX.code, "content.requested_units", text);
            bound(error, "max_units", max, &asset)
        }
        InputFault::MilestoneSum { sum, requested } => {
            let text = format!("the milestones sum to {sum} and the request is {requested}");
            Error::invalid_input(code::MILESTONE_SUM.code, "content.milestones", text)
                .with("sum_units", sum.get())
        }
        other => terms(other),
    }
}

/// The rest of the input faults: terms of programmes, reviews and streams, filters.
fn terms(fault: InputFault) -> Error {
    match fault {
        InputFault::BoundsOrder { field } => {
            let text = format!("{field} contradicts the other bounds of the programme");
            Error::invalid_input(code::PROGRAM_BOUNDS.code, field, text)
        }
        InputFault::WindowRange { field, given_ns, min_ns, max_ns } => {
            let text = format!("{field} is {given_ns} ns and must be {min_ns} to {max_ns}");
            Error::invalid_input(code::PROGRAM_WINDOW.code, field, text)
                .with("min_ns", min_ns)
                .with("max_ns", max_ns)
        }
        InputFault::BpsRange { field, given } => {
            let text = format!("{field} is {given} basis points and a whole has 10000");
            Error::invalid_input(code::PROGRAM_BPS.code, field, text)
        }
        InputFault::RubricWeights { sum } => {
            let text = format!("the weights sum to {sum} and must sum to 10000");
            Error::invalid_input(code::RUBRIC_WEIGHTS.code, "terms.rubric", text).with("sum", sum)
        }
        InputFault::RubricRange { dimension } => {
            let field = format!("terms.rubric[{dimension}]");
            let text = "a dimension needs min < max <= 1000000";
            Error::invalid_input(code::RUBRIC_RANGE.code, field, text)
        }
        InputFault::QuorumSize { min_reviews, reviewers } => {
            let text = format!("{min_reviews} reviews are needed and the panel has {reviewers}");
            Error::invalid_input(code::PROGRAM_QUORUM.code, "terms.min_reviews", text)
        }
        InputFault::ManagerAlone => {
            let text = "a manager reviews and min_reviews is 1";
            Error::invalid_input(code::PROGRAM_MANAGER_ALONE.code, "terms.min_reviews", text)
        }
        InputFault::ScoreCount { given, wanted } => {
            let text = format!("{given} scores were given and the rubric has {wanted} dimensions");
            Error::invalid_input(code::SCORE_COUNT.code, "scores", text)
        }
        InputFault::ScoreRange { dimension, given, min, max } => {
            let field = format!("scores[{dimension}]");
            let text = format!("{field} is {given} and the dimension goes from {min} to {max}");
            Error::invalid_input(code::SCORE_RANGE.code, field, text)
        }
        InputFault::StreamTerms { problem } => {
            Error::invalid_input(code::STREAM_TERMS.code, "terms", problem)
        }
        InputFault::ReviewerRole { reviewer } => {
            let text = format!("{reviewer} is no reviewer of this programme in the registry");
            Error::invalid_input(code::PROGRAM_REVIEWER_ROLE.code, "terms.reviewers", text)
                .with("reviewer", reviewer.to_text())
        }
        InputFault::Filter => {
            let text = "use programme, programme and state, or applicant";
            Error::invalid_input(code::LIST_FILTER.code, "program", text)
        }
        // Named here so that the compiler asks for a sentence when a fault is added.
        InputFault::AmountZero { .. }
        | InputFault::AmountBelowMin { .. }
        | InputFault::AmountAboveMax { .. }
        | InputFault::MilestoneSum { .. } => unreachable!("BUG: handled by input"),
    }
}

pub(super) fn access(fault: &AccessFault) -> Error {
    let (code, needs, text) = match fault {
        AccessFault::Manager => {
            (code::NOT_MANAGER.code, "manager", "the caller is no manager of the programme")
        }
        AccessFault::Reviewer => {
            (code::NOT_REVIEWER.code, "reviewer", "the caller is no reviewer of the programme")
        }
        AccessFault::Panel => (
            code::NOT_PANEL.code,
            "manager or reviewer",
            "the caller is neither manager nor reviewer of the programme",
        ),
        AccessFault::Applicant => {
            (code::NOT_APPLICANT.code, "applicant", "the caller is not the applicant")
        }
        AccessFault::Grantee => {
            (code::NOT_GRANTEE.code, "grantee", "the caller is not the grantee")
        }
        AccessFault::ReviewerRole => (
            code::REVIEWER_NO_ROLE.code,
            "reviewer",
            "the registry knows no effective role of the caller as a reviewer here",
        ),
        AccessFault::Independence => (
            code::NOT_INDEPENDENT.code,
            "somebody without interest",
            "the caller is the applicant or on the team, shares a user or a wallet with one of \
             them, or declared a conflict",
        ),
        AccessFault::Treasurer { amount, above } => {
            let text = format!("{amount} is above the threshold of {above}");
            return Error::unauthorized(code::NOT_TREASURER.code, Role::Treasurer.name(), text)
                .with("amount_units", amount.get())
                .with("above_units", above.get());
        }
    };
    Error::unauthorized(code, needs, text)
}

pub(super) fn funds(fault: FundsFault) -> Error {
    let (code, required, available, asset, text) = match fault {
        FundsFault::Budget { required, available, asset } => {
            let text = format!("{required} are needed; available: {}", money(available, &asset));
            (code::BUDGET_EXHAUSTED.code, required, available, asset, text)
        }
        FundsFault::Cap { required, available, asset } => {
            let text =
                format!("{required} exceed what the cap leaves: {}", money(available, &asset));
            (code::APPLICANT_CAP.code, required, available, asset, text)
        }
        FundsFault::BudgetCut { required, budget, asset } => {
            let text = format!(
                "{required} are committed or paid; the new budget is {}",
                money(budget, &asset)
            );
            (code::BUDGET_CUT.code, required, budget, asset, text)
        }
    };
    Error::insufficient_funds(code, required.get(), available.get(), asset.symbol, text)
}

pub(super) fn unasked(people: &[Principal]) -> Error {
    let count = u64::try_from(people.len()).unwrap_or(u64::MAX);
    let text = format!("{count} people came into it while the registry was asked: ask again");
    Error::not_applied(code::PEOPLE_CHANGED.code, None, text).with("people", count)
}

pub(super) fn missing(missing: &Missing) -> Error {
    let (code, kind, id) = match missing {
        Missing::Program { id } => (code::PROGRAM_NOT_FOUND, "program", id),
        Missing::Application { id } => (code::APPLICATION_NOT_FOUND, "application", id),
        Missing::Grant { id } => (code::GRANT_NOT_FOUND, "grant", id),
        Missing::Milestone { index } => (code::MILESTONE_NOT_FOUND, "milestone", index),
        Missing::Payout { id } => (code::PAYOUT_NOT_FOUND, "payout", id),
    };
    Error::not_found(code.code, kind, id.to_string())
}

fn names<T: Copy>(states: &[T], name: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    states.iter().map(|state| name(*state)).collect()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not named here is named in the next part, the last of which names all"
)]
pub(super) fn state(fault: StateFault) -> Error {
    use crate::types::{ApplicationState, GrantState, MilestoneState, PayoutState, ProgramState};
    let (code, what, actual, allowed) = match fault {
        StateFault::Program { actual, allowed } => {
            (code::PROGRAM_STATE, "programme", actual.name(), names(allowed, ProgramState::name))
        }
        StateFault::Application { actual, allowed } => (
            code::APPLICATION_STATE,
            "application",
            actual.name(),
            names(allowed, ApplicationState::name),
        ),
        StateFault::Grant { actual, allowed } => {
            (code::GRANT_STATE, "grant", actual.name(), names(allowed, GrantState::name))
        }
        StateFault::Milestone { actual, allowed } => (
            code::MILESTONE_STATE,
            "milestone",
            actual.name(),
            names(allowed, MilestoneState::name),
        ),
        StateFault::Payout { actual, allowed } => {
            (code::PAYOUT_STATE, "payout", actual.name(), names(allowed, PayoutState::name))
        }
        StateFault::Mode { actual, allowed } => {
            (code::GRANT_MODE, "grant's release", actual, allowed.to_vec())
        }
        other => return order(other),
    };
    wording::wrong_state(code, format_args!("the {what}"), actual, &allowed)
}

/// State faults of the application's and the grant's course.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not named here is named in the next part, the last of which names all"
)]
fn order(fault: StateFault) -> Error {
    use granary_kernel::wording::in_the_way as at;
    match fault {
        StateFault::ProgramBusy { open, live } => {
            let text = format!("{open} applications are open and {live} grants are live");
            at(code::PROGRAM_BUSY, "busy", text).with("open", open).with("live", live)
        }
        StateFault::Undeclared => {
            at(code::REVIEW_UNDECLARED, "undeclared", "declare conflicts first")
        }
        StateFault::Recused => {
            at(code::REVIEW_RECUSED, "recused", "the reviewer declared a conflict")
        }
        StateFault::AlreadyDeclared => {
            at(code::DECLARATION_REPEATED, "declared", "the reviewer declared this before")
        }
        StateFault::AlreadyReviewed => {
            at(code::REVIEW_REPEATED, "reviewed", "the reviewer has reviewed this version")
        }
        StateFault::FirstPanel => {
            at(code::REVIEW_FIRST_PANEL, "first panel", "the reviewer sat on the first panel")
        }
        StateFault::Blocked { eligible, min_reviews } => {
            let text = format!("{eligible} eligible reviewers are left and {min_reviews} needed");
            at(code::APPLICATION_BLOCKED, "blocked", text)
                .with("eligible", u64::from(eligible))
                .with("min_reviews", u64::from(min_reviews))
        }
        StateFault::ReviewsMissing { counted, min_reviews } => {
            let text = format!("{counted} reviews count and {min_reviews} are needed");
            at(code::REVIEWS_MISSING, "open", text)
                .with("counted", u64::from(counted))
                .with("min_reviews", u64::from(min_reviews))
        }
        StateFault::AppealUsed => {
            at(code::APPEAL_USED, "appealed", "the application was appealed before")
        }
        StateFault::ApplicantStanding { status } => {
            let text = format!("the applicant's user is {} and must be Active", status.name());
            Error::state_error(code::APPLICANT_NOT_ACTIVE.code, status.name(), &["Active"], text)
        }
        StateFault::ReplyGiven => at(code::NOTICE_REPLIED, "replied", "the grantee has replied"),
        StateFault::PayoutExists => at(code::PAYOUT_EXISTS, "queued", "this was asked for already"),
        StateFault::AssetUnset => {
            at(code::ASSET_UNSET, "unset", "the asset's number in the books is not told")
        }
        other => times(&other),
    }
}

/// State faults that name a time.
fn times(fault: &StateFault) -> Error {
    use granary_kernel::wording::until as at;
    match *fault {
        StateFault::AppealClosed { until } => at(code::APPEAL_CLOSED, "closed", until),
        StateFault::RevisionClosed { until } => at(code::REVISION_CLOSED, "closed", until),
        StateFault::OfferLapsed { until } => at(code::OFFER_LAPSED, "lapsed", until),
        StateFault::ChallengeOpen { until } => at(code::CHALLENGE_OPEN, "open", until),
        StateFault::NoticeRunning { until } => at(code::NOTICE_RUNNING, "running", until),
        StateFault::NothingToClaim { next_at } => at(code::STREAM_NOTHING, "claimed", next_at),
        StateFault::StreamUnchanged { paused } => {
            let actual = if paused { "paused" } else { "running" };
            let text = format!("the stream is {actual} already");
            Error::state_error(code::STREAM_UNCHANGED.code, actual, &[], text)
        }
        // Named here so that the compiler asks for a sentence when a fault is added.
        StateFault::Program { .. }
        | StateFault::Application { .. }
        | StateFault::Grant { .. }
        | StateFault::Milestone { .. }
        | StateFault::Payout { .. }
        | StateFault::Mode { .. }
        | StateFault::ProgramBusy { .. }
        | StateFault::Undeclared
        | StateFault::Recused
        | StateFault::AlreadyDeclared
        | StateFault::AlreadyReviewed
        | StateFault::FirstPanel
        | StateFault::Blocked { .. }
        | StateFault::ReviewsMissing { .. }
        | StateFault::AppealUsed
        | StateFault::ApplicantStanding { .. }
        | StateFault::ReplyGiven
        | StateFault::AssetUnset
        | StateFault::PayoutExists => unreachable!("BUG: handled by state and order"),
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
