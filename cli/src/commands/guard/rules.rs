//! `granary guard rules`: what holds for all assets.

use candid::Nat;
use clap::{ArgAction, Subcommand};
use granary_api::risk_guard::{ApprovalTier, Floor, PolicyChange, Rules};

use super::propose;
use crate::{
    amount,
    cli::Mutation,
    client::risk_guard::{CANISTER, GET_POLICY},
    duration,
    exit::Exit,
    failure::Failure,
    render::{guard::VALUE_DECIMALS, policy::Shown},
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Show the rules there are.
    Show,
    /// Change rules: what tightens holds now, what loosens waits.
    Set(Box<Set>),
}

/// What is not named stays as it is.
#[derive(clap::Args, Debug)]
pub(crate) struct Set {
    /// Whether money goes to listed destinations only.
    #[arg(long, value_name = "BOOL", action = ArgAction::Set)]
    allow_list_only: Option<bool>,
    /// Least wait before the first payment to a destination.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    first_use_delay: Option<u64>,
    /// Up to which value how many approve, and how long is waited then; lowest first, the last
    /// one `any`. Replaces all tiers.
    #[arg(long, value_name = "UP_TO:APPROVALS:DELAY", value_parser = parse_tier)]
    tier: Vec<ApprovalTier>,
    /// What no tier may go below, for every value above: VALUE:APPROVALS:DELAY.
    #[arg(long, value_name = "ABOVE:APPROVALS:DELAY", value_parser = parse_floor)]
    floor: Option<Floor>,
    /// Wait of what loosens.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    loosen_delay: Option<u64>,
    /// Least time between an announcement and its payment.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    announce_delay: Option<u64>,
    /// Largest change a steward makes, in basis points of the limit.
    #[arg(long, value_name = "BPS")]
    steward_change: Option<u16>,
    /// Least time between two changes of a steward.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    steward_delay: Option<u64>,
    /// Age from which a price is stale.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    price_age: Option<u64>,
    /// Difference of sources from which a price is inconsistent, in basis points.
    #[arg(long, value_name = "BPS")]
    price_deviation: Option<u16>,
    /// Largest share of another asset after a payment, in basis points.
    #[arg(long, value_name = "BPS")]
    concentration: Option<u16>,
    /// Largest loss of the treasury's value within thirty days, in basis points.
    #[arg(long, value_name = "BPS")]
    drawdown: Option<u16>,
    /// What the treasury must have beyond what it owes, in basis points.
    #[arg(long, value_name = "BPS")]
    solvency_buffer: Option<u16>,
    #[command(flatten)]
    mutation: Mutation,
}

/// `20k:1:24h`, with `any` for no bound.
fn parse_tier(text: &str) -> Result<ApprovalTier, String> {
    let (bound, approvals, delay_ns) = parts(text, "UP_TO:APPROVALS:DELAY, such as 20k:1:24h")?;
    let up_to_value = match bound {
        "any" => None,
        bound => Some(value(bound)?),
    };
    Ok(ApprovalTier { up_to_value, approvals, delay_ns })
}

/// `100k:2:24h`.
fn parse_floor(text: &str) -> Result<Floor, String> {
    let (bound, approvals, delay_ns) = parts(text, "ABOVE:APPROVALS:DELAY, such as 100k:2:24h")?;
    Ok(Floor { above_value: value(bound)?, approvals, delay_ns })
}

fn parts<'t>(text: &'t str, form: &str) -> Result<(&'t str, u32, u64), String> {
    let wrong = || format!("`{text}` is not {form}");
    let mut parts = text.split(':');
    let (Some(bound), Some(approvals), Some(delay), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(wrong());
    };
    Ok((bound, approvals.parse().map_err(|_| wrong())?, duration::parse(delay)?))
}

fn value(text: &str) -> Result<Nat, String> {
    amount::parse_units(text, VALUE_DECIMALS).map(Nat::from).map_err(|error| error.to_string())
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Show => {
            let guard = session.remote(CANISTER, "auditor").await?;
            session.out.emit(&Shown::from(&guard.ask(GET_POLICY).await?))?;
            Ok(Exit::Ok)
        }
        Command::Set(args) => {
            let guard = session.remote(CANISTER, "governor").await?;
            let rules = with(&args, guard.ask(GET_POLICY).await?.rules);
            let call = PolicyChange { rules: Some(rules), ..PolicyChange::default() };
            propose(session, args.mutation, "change the rules of all assets", &call).await
        }
    }
}

/// The rules there are, with those of the arguments in their place.
fn with(args: &Set, old: Rules) -> Rules {
    let mut steward = old.steward;
    steward.max_change_bps = args.steward_change.unwrap_or(steward.max_change_bps);
    steward.min_delay_ns = args.steward_delay.unwrap_or(steward.min_delay_ns);
    let tiers = if args.tier.is_empty() { old.approval_tiers } else { args.tier.clone() };
    Rules {
        allow_list_only: args.allow_list_only.unwrap_or(old.allow_list_only),
        first_use_delay_ns: args.first_use_delay.unwrap_or(old.first_use_delay_ns),
        approval_tiers: tiers,
        max_price_age_ns: args.price_age.unwrap_or(old.max_price_age_ns),
        max_price_deviation_bps: args.price_deviation.unwrap_or(old.max_price_deviation_bps),
        concentration_bps: args.concentration.unwrap_or(old.concentration_bps),
        drawdown_bps: args.drawdown.unwrap_or(old.drawdown_bps),
        solvency_buffer_bps: args.solvency_buffer.unwrap_or(old.solvency_buffer_bps),
        loosen_delay_ns: args.loosen_delay.unwrap_or(old.loosen_delay_ns),
        announce_delay_ns: args.announce_delay.unwrap_or(old.announce_delay_ns),
        steward,
        floor: args.floor.clone().or(old.floor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_are_a_bound_people_and_a_delay() {
        let tier = parse_tier("20k:1:24h").expect("a tier");
        assert_eq!(tier.up_to_value, Some(Nat::from(2_000_000_000_000_u64)));
        assert_eq!((tier.approvals, tier.delay_ns), (1, 86_400_000_000_000));
        assert_eq!(parse_tier("any:2:0").expect("the last").up_to_value, None);
        for wrong in ["", "20k", "20k:1", "20k:1:24h:x", "20k:-1:24h", "x:1:1h", "1:1:1"] {
            assert!(parse_tier(wrong).is_err(), "{wrong}");
        }
        assert!(parse_floor("any:1:1h").is_err(), "a floor is above something");
    }
}
