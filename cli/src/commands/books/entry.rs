//! `granary books post`: an entry between two owners.

use candid::{Int, Principal};
use clap::ValueEnum;
use granary_api::portfolio::{
    AccountOwner, AssetKind, EntryKind, ExternalRef, PostEntryArgs, Posting,
};

use super::{asset, parse_owner};
use crate::{
    amount,
    cli::Mutation,
    client::portfolio::{CANISTER, POST_ENTRY},
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    session::Session,
};

/// The amount leaves one owner and comes to the other, so the entry sums to zero.
#[derive(clap::Args, Debug)]
pub(crate) struct Post {
    /// What the entry is about.
    kind: Kind,
    /// Amount, in the asset's own decimals.
    amount: String,
    /// Number of the asset.
    #[arg(long, value_name = "ID")]
    asset: u64,
    /// Whose account it leaves.
    #[arg(long, value_name = "OWNER", value_parser = parse_owner)]
    from: AccountOwner,
    /// Whose account it comes to.
    #[arg(long, value_name = "OWNER", value_parser = parse_owner)]
    to: AccountOwner,
    /// Block of the asset's ledger the entry stands for.
    #[arg(long, value_name = "INDEX")]
    block: Option<u64>,
    /// Repeating the command with the same key changes nothing.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Kind {
    Deposit,
    Withdrawal,
    Transfer,
    GrantCommitted,
    GrantReleased,
    GrantPaid,
    Fee,
    Adjustment,
}

impl From<Kind> for EntryKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Deposit => Self::Deposit,
            Kind::Withdrawal => Self::Withdrawal,
            Kind::Transfer => Self::Transfer,
            Kind::GrantCommitted => Self::GrantCommitted,
            Kind::GrantReleased => Self::GrantReleased,
            Kind::GrantPaid => Self::GrantPaid,
            Kind::Fee => Self::Fee,
            Kind::Adjustment => Self::Adjustment,
        }
    }
}

pub(crate) async fn post(args: Post, session: &Session) -> Result<Exit, Failure> {
    let usual = if matches!(args.kind, Kind::Adjustment) { "operator" } else { "treasurer" };
    let books = session.remote(CANISTER, usual).await?;
    let known = asset(&books, args.asset).await?;
    let units = amount::parse_units(&args.amount, known.decimals)
        .map_err(|error| Failure::new(Exit::Usage, "cli.amount", error.to_string()))?;
    let leg =
        |owner: AccountOwner, delta_units: Int| Posting { owner, asset: known.id, delta_units };
    let what = format!("post {} {}", args.amount, known.symbol);
    let call = PostEntryArgs {
        kind: args.kind.into(),
        intent: None,
        external_ref: args.block.map(|block| reference(&known.kind, block)).transpose()?,
        postings: vec![leg(args.from, Int(-Int::from(units).0)), leg(args.to, Int::from(units))],
        idempotency_key: args.key,
    };
    apply_to(session, args.mutation, (CANISTER, usual), &what, POST_ENTRY, &call).await
}

fn reference(kind: &AssetKind, block: u64) -> Result<ExternalRef, Failure> {
    let ledger = |ledger: Principal| ExternalRef::Icrc { ledger, block };
    match kind {
        AssetKind::Icrc { ledger: id, .. } => Ok(ledger(*id)),
        AssetKind::Btc { .. } => {
            let message = "Bitcoin has outputs and no ledger blocks, so --block cannot be given";
            Err(Failure::new(Exit::Usage, "cli.block", message))
        }
    }
}
