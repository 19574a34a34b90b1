//! Who plays in the demo: every identity is derived from the seed.

use candid::{Nat, Principal};
use granary_api::micro_grants::{ApprovalRule, Asset, Dimension, ProgramTerms};

use crate::{
    failure::Failure,
    identity::{Caller, applicant_name},
};

/// Trustees of the demo's programme.
pub(crate) const REVIEWERS: [&str; 3] = ["reviewer-1", "reviewer-2", "reviewer-3"];
/// The test dollar.
pub(crate) const DECIMALS: u8 = 6;
/// One cent of it.
pub(crate) const CENT: u128 = 10_000;
pub(crate) const DOLLAR: u128 = 100 * CENT;
/// Smallest grant the programme gives.
pub(crate) const MIN_GRANT: u128 = 100 * DOLLAR;
/// Largest grant the programme gives.
pub(crate) const MAX_GRANT: u128 = 250_000 * DOLLAR;
/// Most one applicant may have open and awarded: the busiest author of the round stays below.
const PER_APPLICANT: u128 = 500_000 * DOLLAR;
/// What the programme may spend.
pub(crate) const BUDGET: u128 = 2_000_000 * DOLLAR;
/// Payouts above this are requested by the treasurer.
pub(crate) const TREASURER_ABOVE: u128 = 20_000 * DOLLAR;
/// Score every reviewer gives to a proposal the round approved.
pub(crate) const SCORE: u32 = 8;
const DAY_NS: u64 = 86_400 * 1_000_000_000;

/// The identities of one demo.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cast {
    seed: u64,
}

impl Cast {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The identity with this name.
    pub(crate) fn named(self, name: &str) -> Caller {
        Caller::development(self.seed, name)
    }

    /// The author of a proposal.
    pub(crate) fn author(self, author: &str) -> Caller {
        self.named(&applicant_name(author))
    }

    fn principals(self, names: &[&str]) -> Result<Vec<Principal>, Failure> {
        names.iter().map(|name| self.named(name).principal()).collect()
    }

    /// The programme of the demo.
    pub(crate) fn terms(self, title: &str) -> Result<ProgramTerms, Failure> {
        Ok(ProgramTerms {
            title: title.to_owned(),
            budget_units: Nat::from(BUDGET),
            min_grant_units: Nat::from(MIN_GRANT),
            max_grant_units: Nat::from(MAX_GRANT),
            per_applicant_cap_units: Nat::from(PER_APPLICANT),
            max_applications: 1_000,
            reviewers: self.principals(&REVIEWERS)?,
            min_reviews: 3,
            approval_rule: ApprovalRule { min_approvals_bps: 6_667, min_score_bps: 6_000 },
            rubric: vec![
                Dimension { name: "merit".to_owned(), min: 0, max: 10, weight_bps: 6_000 },
                Dimension { name: "feasibility".to_owned(), min: 0, max: 10, weight_bps: 4_000 },
            ],
            review_window_ns: 30 * DAY_NS,
            appeal_window_ns: 14 * DAY_NS,
            // Money may move at once in a demo that lasts a minute; the profile allows it.
            challenge_window_ns: 0,
            inactivity_ns: 90 * DAY_NS,
            treasurer_above_units: Nat::from(TREASURER_ABOVE),
        })
    }

    /// The dollar that exists only here.
    pub(crate) fn asset() -> Asset {
        Asset { symbol: "TUSD".to_owned(), decimals: DECIMALS, ledger: None }
    }
}
