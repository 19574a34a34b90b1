//! Every refusal reaches the wire, and every code of the catalogue is somebody's.

use std::collections::BTreeSet;

use granary_errors::Error;
use granary_kernel::Fault;

use super::super::{AccessFault, FundsFault, GrantError, InputFault, Missing, StateFault};
use super::code;
use crate::records::Asset;
use crate::rules::fixtures;
use crate::rules::standing::UserStatus;
use crate::types::{
    ApplicationState, GrantState, MilestoneState, PayoutState, ProgramState, Timestamp, Units,
};

fn inputs() -> Vec<InputFault> {
    let field = || "content.title".to_owned();
    let asset: fn() -> Asset = fixtures::asset;
    let (requested, min, max) = (Units::new(5), Units::new(6), Units::new(4));
    vec![
        InputFault::AmountZero { field: field(), asset: asset() },
        InputFault::AmountBelowMin { requested, min, asset: asset() },
        InputFault::AmountAboveMax { requested, max, asset: asset() },
        InputFault::MilestoneSum { sum: min, requested },
        InputFault::BoundsOrder { field: field() },
        InputFault::WindowRange { field: field(), given_ns: 1, min_ns: 2, max_ns: 3 },
        InputFault::BpsRange { field: field(), given: 10_001 },
        InputFault::RubricWeights { sum: 1 },
        InputFault::RubricRange { dimension: 1 },
        InputFault::QuorumSize { min_reviews: 3, reviewers: 2 },
        InputFault::ManagerAlone,
        InputFault::ScoreCount { given: 1, wanted: 2 },
        InputFault::ScoreRange { dimension: 0, given: 11, min: 0, max: 10 },
        InputFault::StreamTerms { problem: "the stream ends before it starts" },
        InputFault::ReviewerRole { reviewer: fixtures::reviewer(0) },
        InputFault::Filter,
    ]
}

fn states() -> Vec<StateFault> {
    let until = Timestamp::from_nanos(7);
    vec![
        StateFault::Program { actual: ProgramState::Draft, allowed: &[ProgramState::Open] },
        StateFault::Application { actual: ApplicationState::Draft, allowed: &[] },
        StateFault::Grant { actual: GrantState::Lapsed, allowed: &[GrantState::Active] },
        StateFault::Milestone { actual: MilestoneState::Paid, allowed: &[] },
        StateFault::Payout { actual: PayoutState::Sent, allowed: &[PayoutState::Queued] },
        StateFault::Mode { actual: "Stream", allowed: &["LumpSum"] },
        StateFault::ProgramBusy { open: 1, live: 2 },
        StateFault::Undeclared,
        StateFault::Recused,
        StateFault::AlreadyDeclared,
        StateFault::AlreadyReviewed,
        StateFault::FirstPanel,
        StateFault::Blocked { eligible: 1, min_reviews: 2 },
        StateFault::ReviewsMissing { counted: 1, min_reviews: 2 },
        StateFault::AppealClosed { until },
        StateFault::AppealUsed,
        StateFault::RevisionClosed { until },
        StateFault::OfferLapsed { until },
        StateFault::ChallengeOpen { until },
        StateFault::NoticeRunning { until },
        StateFault::ReplyGiven,
        StateFault::NothingToClaim { next_at: until },
        StateFault::PayoutExists,
        StateFault::AssetUnset,
        StateFault::StreamUnchanged { paused: true },
        StateFault::ApplicantStanding { status: UserStatus::Suspended },
    ]
}

fn others() -> Vec<GrantError> {
    let (required, available) = (Units::new(9), Units::new(8));
    let asset = fixtures::asset;
    let access = [
        AccessFault::Manager,
        AccessFault::Reviewer,
        AccessFault::Panel,
        AccessFault::Applicant,
        AccessFault::Grantee,
        AccessFault::ReviewerRole,
        AccessFault::Independence,
        AccessFault::Treasurer { amount: required, above: available },
    ];
    let funds = [
        FundsFault::Budget { required, available, asset: asset() },
        FundsFault::Cap { required, available, asset: asset() },
        FundsFault::BudgetCut { required, budget: available, asset: asset() },
    ];
    let missing = [
        Missing::Program { id: 1 },
        Missing::Application { id: 2 },
        Missing::Grant { id: 3 },
        Missing::Milestone { index: 4 },
        Missing::Payout { id: 5 },
    ];
    access
        .into_iter()
        .map(GrantError::from)
        .chain(funds.into_iter().map(GrantError::from))
        .chain(missing.into_iter().map(GrantError::from))
        .chain([Fault::Draining.into(), GrantError::Unasked(vec![fixtures::alice()])])
        .collect()
}

#[test]
fn every_refusal_has_a_code_and_a_sentence() {
    let inputs = inputs().into_iter().map(GrantError::from);
    let all: Vec<GrantError> =
        inputs.chain(states().into_iter().map(GrantError::from)).chain(others()).collect();
    let mut codes = BTreeSet::new();
    for error in all {
        let name = format!("{error:?}");
        let wire = Error::from(error);
        let known = code::CATALOGUE.iter().chain(granary_errors::common::CATALOGUE);
        let entry = known.into_iter().find(|entry| entry.code.as_str() == wire.code());
        let entry = entry.unwrap_or_else(|| panic!("{name} has an unknown code"));
        assert_eq!(entry.category, wire.category(), "{name}");
        let text = wire.message();
        assert!(!text.is_empty() && text.len() < 200, "{name}: {text}");
        assert!(text.starts_with(|c: char| !c.is_uppercase()), "{name}: {text}");
        codes.insert(wire.code().to_owned());
    }
    for entry in code::CATALOGUE {
        assert!(codes.contains(entry.code.as_str()), "nobody says {}", entry.code);
    }
}

#[test]
fn h10_a_refused_amount_names_the_bound_and_the_unit() {
    let (requested, min) = (Units::new(5), Units::new(6));
    let asset = fixtures::asset();
    let wire = Error::from(GrantError::from(InputFault::AmountBelowMin { requested, min, asset }));
    assert!(wire.message().contains("6 (smallest units of TUSD, 6 decimals)"));
    assert_eq!(wire.detail("min_units"), Some(&6_u128.into()));
}
