//! `granary guard limits`: what may leave, asset by asset.

use candid::Nat;
use clap::{Subcommand, ValueEnum};
use granary_api::risk_guard::{
    AssetArgs, AssetChange, AssetLimits, Parameter, Policy, PolicyChange, StewardAdjustArgs,
    WindowLimit,
};

use super::{names, propose, told};
use crate::{
    amount,
    cli::Mutation,
    client::risk_guard::{CANISTER, GET_LIMITS_STATUS, GET_POLICY, STEWARD_ADJUST},
    exit::Exit,
    failure::Failure,
    operations::change::send,
    render::guard::{Limits, LimitsList, VALUE_DECIMALS},
    session::Session,
};

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Show the limits with what is used of them, of one asset or of all.
    Show(Show),
    /// Change an asset's limits: what tightens holds now, what loosens waits.
    Set(Box<Set>),
    /// Move one limit a little, as a steward.
    Adjust(Adjust),
}

#[derive(clap::Args, Debug)]
pub(crate) struct Show {
    /// Number of the asset; otherwise every asset that may leave.
    asset: Option<u64>,
}

/// What is not named stays as it is.
#[derive(clap::Args, Debug)]
pub(crate) struct Set {
    /// Number of the asset.
    asset: u64,
    /// The most of one payment.
    #[arg(long, value_name = "AMOUNT")]
    max_per_tx: Option<String>,
    /// The most of any hour.
    #[arg(long, value_name = "AMOUNT")]
    hour: Option<String>,
    /// The most of any day.
    #[arg(long, value_name = "AMOUNT")]
    day: Option<String>,
    /// The most of any week.
    #[arg(long, value_name = "AMOUNT")]
    week: Option<String>,
    /// The most of any thirty days.
    #[arg(long, value_name = "AMOUNT")]
    month: Option<String>,
    /// Payments in each of these windows.
    #[arg(long, value_name = "N")]
    max_payments: Option<u32>,
    /// Share of what was there a day ago that must remain, in basis points.
    #[arg(long, value_name = "BPS")]
    keep: Option<u16>,
    /// What one whole token is worth at least, for the approval tiers.
    #[arg(long, value_name = "VALUE")]
    reference: Option<String>,
    /// Nothing of the asset may leave any more.
    #[arg(long, conflicts_with_all = ["max_per_tx", "hour", "day", "week", "month",
        "max_payments", "keep", "reference"])]
    nothing: bool,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Adjust {
    /// Number of the asset.
    asset: u64,
    /// Which limit.
    limit: LimitName,
    /// Its new amount, in the asset's own decimals.
    amount: String,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum LimitName {
    MaxPerTx,
    Hour,
    Day,
    Week,
    Month,
}

impl From<LimitName> for Parameter {
    fn from(name: LimitName) -> Self {
        match name {
            LimitName::MaxPerTx => Self::MaxPerTx,
            LimitName::Hour => Self::Window(3_600),
            LimitName::Day => Self::Window(86_400),
            LimitName::Week => Self::Window(604_800),
            LimitName::Month => Self::Window(2_592_000),
        }
    }
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Show(args) => show(args, session).await,
        Command::Set(args) => set(*args, session).await,
        Command::Adjust(args) => adjust(args, session).await,
    }
}

async fn show(args: Show, session: &Session) -> Result<Exit, Failure> {
    let guard = session.remote(CANISTER, "auditor").await?;
    let policy = guard.ask(GET_POLICY).await?;
    let names = names(session, &policy).await;
    let all = policy.assets.iter().map(|asset| asset.asset);
    let wanted: Vec<u64> = args.asset.map_or_else(|| all.collect(), |asset| vec![asset]);
    let mut items = Vec::new();
    for asset in wanted {
        let found = guard.query(GET_LIMITS_STATUS, &AssetArgs { asset }).await?;
        items.push(Limits::new(&found, &policy, &names));
    }
    session.out.emit(&LimitsList { policy_version: policy.version, items })?;
    Ok(Exit::Ok)
}

async fn set(args: Set, session: &Session) -> Result<Exit, Failure> {
    let guard = session.remote(CANISTER, "governor").await?;
    let policy = guard.ask(GET_POLICY).await?;
    let names = names(session, &policy).await;
    let (what, limits) = if args.nothing {
        (format!("let nothing of asset {} leave", args.asset), None)
    } else {
        let limits = limits(&args, &policy, names.decimals(args.asset)?)?;
        (format!("change the limits of asset {}", args.asset), Some(limits))
    };
    let assets = vec![AssetChange { asset: args.asset, limits }];
    let call = PolicyChange { rules: None, assets, destinations: Vec::new() };
    propose(session, args.mutation, &what, &call).await
}

/// The limits there are, with those of the arguments in their place.
fn limits(args: &Set, policy: &Policy, decimals: u8) -> Result<AssetLimits, Failure> {
    let known = policy.assets.iter().find(|asset| asset.asset == args.asset);
    let known = known.and_then(|asset| asset.limits.clone());
    let units = |text: &String| {
        amount::parse_units(text, decimals).map(Nat::from).map_err(|error| wrong_amount(&error))
    };
    let reference = args.reference.as_deref().map(|text| {
        amount::parse_units(text, VALUE_DECIMALS).map(Nat::from).map_err(|e| wrong_amount(&e))
    });
    let (max_per_tx, reference) = (args.max_per_tx.as_ref().map(units), reference.transpose()?);
    let max_per_tx = max_per_tx.transpose()?;
    let mut limits = match (known, max_per_tx.clone(), reference.clone()) {
        (Some(known), _, _) => known,
        (None, Some(max_per_tx_units), Some(reference_value)) => AssetLimits {
            decimals,
            max_per_tx_units,
            windows: Vec::new(),
            max_tx_per_window: 1_000,
            min_retained_bps: 0,
            min_amount_to_limit_units: Nat::from(0_u8),
            reference_value,
        },
        (None, _, _) => return Err(first_limits(args.asset)),
    };
    limits.max_per_tx_units = max_per_tx.unwrap_or(limits.max_per_tx_units);
    limits.reference_value = reference.unwrap_or(limits.reference_value);
    limits.max_tx_per_window = args.max_payments.unwrap_or(limits.max_tx_per_window);
    limits.min_retained_bps = args.keep.unwrap_or(limits.min_retained_bps);
    let spans =
        [(3_600, &args.hour), (86_400, &args.day), (604_800, &args.week), (2_592_000, &args.month)];
    for (seconds, text) in spans {
        let Some(text) = text else { continue };
        let max_amount_units = units(text)?;
        let known = limits.windows.iter_mut().find(|window| window.seconds == seconds);
        if let Some(window) = known {
            window.max_amount_units = max_amount_units;
        } else {
            let max_bps_of_treasury = None;
            limits.windows.push(WindowLimit { seconds, max_amount_units, max_bps_of_treasury });
        }
    }
    Ok(limits)
}

fn wrong_amount(error: &amount::AmountError) -> Failure {
    Failure::new(Exit::Usage, "cli.amount", error.to_string())
}

fn first_limits(asset: u64) -> Failure {
    let message = format!("asset {asset} has no limits yet, so its first ones have to be complete");
    Failure::new(Exit::Usage, "cli.first_limits", message).next(format!(
        "granary guard limits set {asset} --max-per-tx AMOUNT --day AMOUNT --reference VALUE"
    ))
}

async fn adjust(args: Adjust, session: &Session) -> Result<Exit, Failure> {
    let Adjust { asset, limit, amount, mutation } = args;
    let guard = session.remote(CANISTER, "steward").await?;
    let policy = guard.ask(GET_POLICY).await?;
    let names = names(session, &policy).await;
    let units = amount::parse_units(&amount, names.decimals(asset)?)
        .map_err(|error| wrong_amount(&error))?;
    let what = format!("move a limit of asset {asset} to {}", names.money(units, asset));
    let (parameter, value_units) = (limit.into(), Nat::from(units));
    let call = StewardAdjustArgs { asset, parameter, value_units };
    let to = (CANISTER, "steward");
    match send(session, mutation, to, &what, STEWARD_ADJUST, &call).await? {
        Some(receipt) => told(session, receipt.id).await,
        None => Ok(Exit::Ok),
    }
}
