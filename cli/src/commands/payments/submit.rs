//! `granary payments submit` and `retry`: what is handed in to be paid.

use granary_api::{
    execution::{Destination, Origin, SubmitIntentArgs},
    micro_grants::PayoutArgs,
    portfolio::LedgerAccount,
};

use super::{adopted, money, units};
use crate::{
    account,
    cli::Mutation,
    client::{
        execution::{CANISTER, SUBMIT_INTENT},
        grants::RETRY_PAYOUT,
    },
    duration,
    exit::Exit,
    failure::Failure,
    operations::change::{apply, apply_to},
    session::Session,
};

/// The amount is what the destination receives; the ledger's fee comes on top.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Amount, in the asset's own decimals.
    amount: String,
    /// Number of the asset.
    #[arg(long, value_name = "ID")]
    asset: u64,
    /// Account of the asset's ledger: OWNER, or OWNER.SUBACCOUNT.
    #[arg(long, value_name = "ACCOUNT", value_parser = account::parse)]
    to: LedgerAccount,
    /// Names this payment for ever: the same key is paid once, however often the command is
    /// repeated.
    #[arg(long, value_name = "KEY")]
    key: String,
    /// Announcement at the guard this payment was announced with.
    #[arg(long, value_name = "ID")]
    announcement: Option<u64>,
    /// Not sent any more after so long; otherwise thirty days.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    expires: Option<u64>,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Retry {
    /// Number of the payout, as `payments list` shows it.
    payout: u64,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let hands = session.remote(CANISTER, "treasurer").await?;
    let asset = adopted(&hands, args.asset).await?;
    let amount_units = units(&args.amount, &asset)?;
    let what = format!("pay {} to {}", money(amount_units, &asset), account::format(&args.to));
    let call = SubmitIntentArgs {
        idempotency_key: args.key,
        origin: Origin::Manual,
        asset: args.asset,
        destination: Destination::Icrc(args.to),
        amount_units,
        announcement: args.announcement,
        expires_at_ns: args.expires.map(duration::from_now),
    };
    let to = (CANISTER, "treasurer");
    apply_to(session, args.mutation, to, &what, SUBMIT_INTENT, &call).await
}

pub(crate) async fn retry(args: Retry, session: &Session) -> Result<Exit, Failure> {
    let what = format!("hand payout {} over again", args.payout);
    let call = PayoutArgs { payout: args.payout };
    apply(session, args.mutation, "treasurer", &what, RETRY_PAYOUT, &call).await
}
