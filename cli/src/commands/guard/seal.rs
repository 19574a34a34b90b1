//! `granary guard seal`, `unseal` and `seals`: payments stopped at once.

use granary_api::{
    common::PageArgs,
    risk_guard::{Scope, Seal as Found, SealArgs, SealOutflowsArgs},
};

use super::parse_scope;
use crate::{
    cli::Mutation,
    client::{
        Client,
        remote::Remote,
        risk_guard::{CANISTER, LIFT_SEAL, LIST_SEALS, SEAL_OUTFLOWS},
    },
    duration,
    exit::Exit,
    failure::Failure,
    operations::change::apply_to,
    render::guard::{Seals, scope_name},
    session::Session,
};

/// Seals one page has.
const PAGE: u32 = 50;

/// A guardian's seat is used up by it; a governor may also move the end of a seal there is.
#[derive(clap::Args, Debug)]
pub(crate) struct Seal {
    /// What is stopped: all, asset:1, purpose:grant or destination:HASH.
    #[arg(long, value_parser = parse_scope)]
    scope: Scope,
    /// For how long, 1h to 14d.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration::parse)]
    lasts: u64,
    /// Why, 1 to 120 bytes; everybody can read it.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Unseal {
    /// Number of the seal.
    seal: u64,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// Start behind this number.
    #[arg(long, value_name = "ID")]
    after: Option<u64>,
    /// Rows of one page.
    #[arg(long, default_value_t = PAGE)]
    limit: u32,
}

pub(crate) async fn seal(args: Seal, session: &Session) -> Result<Exit, Failure> {
    let Seal { scope, lasts, reason, mutation } = args;
    let what = format!("seal {} for {}", scope_name(&scope), duration::format(lasts));
    let call = SealOutflowsArgs { scope, duration_ns: lasts, reason };
    apply_to(session, mutation, (CANISTER, "guardian"), &what, SEAL_OUTFLOWS, &call).await
}

pub(crate) async fn unseal(args: Unseal, session: &Session) -> Result<Exit, Failure> {
    let what = format!("end seal {}", args.seal);
    let call = SealArgs { seal: args.seal };
    apply_to(session, args.mutation, (CANISTER, "governor"), &what, LIFT_SEAL, &call).await
}

pub(crate) async fn list(args: List, session: &Session) -> Result<Exit, Failure> {
    let guard = session.remote(CANISTER, "auditor").await?;
    let page = guard.query(LIST_SEALS, &PageArgs { after: args.after, limit: args.limit }).await?;
    session.out.emit(&Seals::from(&page))?;
    Ok(Exit::Ok)
}

/// Every seal there was.
pub(super) async fn all_seals<C: Client>(guard: &Remote<C>) -> Result<Vec<Found>, Failure> {
    let (mut seals, mut after) = (Vec::new(), None);
    loop {
        let page = guard.query(LIST_SEALS, &PageArgs { after, limit: PAGE }).await?;
        seals.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(seals);
        }
    }
}
