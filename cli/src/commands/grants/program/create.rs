//! `granary grants program create`: the terms of a new programme.

use candid::{Nat, Principal};
use granary_api::micro_grants::{ApprovalRule, CreateProgramArgs, Dimension, ProgramTerms};

use crate::{
    amount, cli::Mutation, client::grants::CREATE_PROGRAM, duration, exit::Exit, failure::Failure,
    operations::change, session::Session,
};

/// Amounts are in whole units of the asset: --budget 1.5m, --max 61.95.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// What the programme is called.
    #[arg(long)]
    title: String,
    /// Everything it may spend.
    #[arg(long)]
    budget: String,
    /// Smallest grant.
    #[arg(long, default_value = "1")]
    min: String,
    /// Largest grant.
    #[arg(long)]
    max: String,
    /// Most that one applicant may have open and awarded; otherwise the largest grant.
    #[arg(long)]
    per_applicant: Option<String>,
    /// Payouts above this need the treasurer; otherwise the largest grant.
    #[arg(long)]
    treasurer_above: Option<String>,
    /// Decimal places of the asset.
    #[arg(long, default_value_t = 6)]
    decimals: u8,
    /// Applications it takes.
    #[arg(long, default_value_t = 10_000)]
    max_applications: u64,
    /// Trustee who may review; at least as many as --min-reviews.
    #[arg(long, value_name = "PRINCIPAL", required = true)]
    reviewer: Vec<Principal>,
    /// Manager besides the creator.
    #[arg(long, value_name = "PRINCIPAL")]
    manager: Vec<Principal>,
    /// Reviews an application needs.
    #[arg(long, default_value_t = 2)]
    min_reviews: u32,
    /// Share of the reviews that must recommend approval, in basis points.
    #[arg(long, default_value_t = 5_001)]
    min_approvals_bps: u32,
    /// Weighted mean score that must be reached, in basis points.
    #[arg(long, default_value_t = 5_000)]
    min_score_bps: u32,
    /// Dimension of the rubric: `NAME:MIN:MAX:WEIGHT_BPS`; weights sum to 10000.
    #[arg(long, default_value = "merit:0:10:10000", value_parser = dimension)]
    dimension: Vec<Dimension>,
    /// Time to review.
    #[arg(long, default_value = "14d", value_parser = duration::parse)]
    review_window: u64,
    /// Time to appeal a rejection.
    #[arg(long, default_value = "14d", value_parser = duration::parse)]
    appeal_window: u64,
    /// Time to challenge an award before it becomes active.
    #[arg(long, default_value = "3d", value_parser = duration::parse)]
    challenge_window: u64,
    /// A grant without a sign of life for so long is at risk.
    #[arg(long, default_value = "90d", value_parser = duration::parse)]
    inactivity: u64,
    /// Makes a repeated creation the same programme.
    #[arg(long, value_name = "TEXT")]
    idempotency_key: Option<String>,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let what = format!("create programme \"{}\"", args.title);
    let mutation = args.mutation;
    let call = CreateProgramArgs {
        terms: terms(&args)?,
        managers: args.manager,
        idempotency_key: args.idempotency_key,
    };
    change::apply(session, mutation, "manager", &what, CREATE_PROGRAM, &call).await
}

fn terms(args: &Args) -> Result<ProgramTerms, Failure> {
    let units = |text: &str| {
        amount::parse_units(text, args.decimals)
            .map(Nat::from)
            .map_err(|error| Failure::new(Exit::Usage, "cli.amount", error.to_string()))
    };
    Ok(ProgramTerms {
        title: args.title.clone(),
        budget_units: units(&args.budget)?,
        min_grant_units: units(&args.min)?,
        max_grant_units: units(&args.max)?,
        per_applicant_cap_units: units(args.per_applicant.as_ref().unwrap_or(&args.max))?,
        max_applications: args.max_applications,
        reviewers: args.reviewer.clone(),
        min_reviews: args.min_reviews,
        approval_rule: ApprovalRule {
            min_approvals_bps: args.min_approvals_bps,
            min_score_bps: args.min_score_bps,
        },
        rubric: args.dimension.clone(),
        review_window_ns: args.review_window,
        appeal_window_ns: args.appeal_window,
        challenge_window_ns: args.challenge_window,
        inactivity_ns: args.inactivity,
        treasurer_above_units: units(args.treasurer_above.as_ref().unwrap_or(&args.max))?,
    })
}

fn dimension(text: &str) -> Result<Dimension, String> {
    let wrong = || format!("`{text}` is not a dimension; write NAME:MIN:MAX:WEIGHT_BPS");
    let parts: Vec<&str> = text.split(':').collect();
    let [name, min, max, weight] = parts.as_slice() else { return Err(wrong()) };
    let number = |text: &str| text.parse::<u32>().map_err(|_| wrong());
    Ok(Dimension {
        name: (*name).to_owned(),
        min: number(min)?,
        max: number(max)?,
        weight_bps: number(weight)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dimension_has_four_parts() {
        let merit = dimension("merit:0:10:10000").expect("a dimension");
        assert_eq!((merit.name.as_str(), merit.max, merit.weight_bps), ("merit", 10, 10_000));
        for text in ["", "merit", "merit:0:10", "merit:0:10:-1", "a:b:c:d", "m:0:1:2:3"] {
            assert!(dimension(text).is_err(), "{text}");
        }
    }
}
