//! `granary proposal attest`: what one's own build of a release came to.

use std::path::PathBuf;

use granary_api::governor::{AttestBuildArgs, Payload, ProposalArgs};
use serde_bytes::ByteBuf;

use crate::{
    cli::Mutation,
    client::governor::{ATTEST_BUILD, CANISTER, GET_PROPOSAL, LIST_TARGETS},
    commands::upgrade as direct,
    exit::Exit,
    failure::Failure,
    operations::{
        change::apply_to,
        govern::{PROPOSER, parse_hash, staging},
    },
    session::Session,
};

/// Sends the hash of one's own build of each module, whether it is equal or not.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of the proposal.
    proposal: u64,
    /// Folder with one's own modules; otherwise they are built from this checkout.
    #[arg(long, value_name = "DIR")]
    modules: Option<PathBuf>,
    /// With which builder they were made.
    #[arg(long, default_value = "granary-build")]
    builder: String,
    /// SHA-256 of what an audit of the dependencies said.
    #[arg(long, value_name = "HEX", value_parser = parse_hash)]
    dependency_audit: Option<ByteBuf>,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let governor = session.remote(CANISTER, PROPOSER).await?;
    let which = ProposalArgs { proposal: args.proposal };
    let details = governor.query(GET_PROPOSAL, &which).await?;
    let Payload::UpgradeRelease(release) = details.payload else {
        let message = format!("proposal {} installs no code", args.proposal);
        return Err(Failure::new(Exit::Usage, "cli.no_release", message)
            .next(format!("granary proposal show {}", args.proposal)));
    };
    let targets = governor.ask(LIST_TARGETS).await?;
    let modules = direct::modules(&[], args.modules.as_deref(), session)?;
    for item in &release.items {
        let target = targets.iter().find(|one| one.canister == item.target);
        let name = target.map(|one| one.placement.name.clone()).unwrap_or_default();
        let own = modules.get(&name).ok_or_else(|| {
            let message = format!("there is no module of {name} to compare");
            Failure::new(Exit::Usage, "cli.no_module", message)
                .next("the same with another --modules DIR")
        })?;
        let call = AttestBuildArgs {
            module: item.module.clone(),
            commit: release.commit.clone(),
            builder: args.builder.clone(),
            result: staging::hash(own),
            audit: args.dependency_audit.clone(),
        };
        let same = if call.result == item.module { "the same" } else { "another" };
        let what = format!("say that one's own build of {name} is {same} module");
        apply_to(session, args.mutation, (CANISTER, PROPOSER), &what, ATTEST_BUILD, &call).await?;
    }
    Ok(Exit::Ok)
}
