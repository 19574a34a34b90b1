//! `granary proposal approve`, `reject`, `revoke`, `veto`, `cancel`, `rollback`: members' words.

use granary_api::governor::{EndProposalArgs, ProposalArgs, RollbackReleaseArgs, VoteArgs};
use serde_bytes::ByteBuf;

use crate::{
    cli::Mutation,
    client::{
        governor::{APPROVE, CANCEL, CANISTER, REJECT, REVOKE_APPROVAL, ROLLBACK_RELEASE, VETO},
        remote::Update,
    },
    exit::Exit,
    failure::Failure,
    operations::{
        change::{apply_to, send},
        govern::{
            PROPOSER, parse_hash,
            vote::{Seen, must_be_seen},
        },
    },
    render::proposal::{Voted, Words},
    session::Session,
};

/// The governor, and who usually speaks to it on a local network.
const TO: (&str, &str) = (CANISTER, PROPOSER);

/// Shows what the word is about, and sends the digest of exactly that.
#[derive(clap::Args, Debug)]
pub(crate) struct Word {
    /// Number of the proposal.
    proposal: u64,
    /// Digest that `proposal render` printed: about anything else no word is given.
    #[arg(long, value_name = "HEX", value_parser = parse_hash)]
    digest: Option<ByteBuf>,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Revoke {
    /// Number of the proposal.
    proposal: u64,
    #[command(flatten)]
    mutation: Mutation,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Because {
    /// Number of the proposal.
    proposal: u64,
    /// Why, 1 to 4096 bytes.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    mutation: Mutation,
}

pub(crate) async fn approve(args: Word, session: &Session) -> Result<Exit, Failure> {
    say(args, session, ("approve", "approved"), APPROVE).await
}

pub(crate) async fn reject(args: Word, session: &Session) -> Result<Exit, Failure> {
    say(args, session, ("reject", "rejected"), REJECT).await
}

async fn say(
    args: Word,
    session: &Session,
    (verb, word): (&str, &'static str),
    method: Update<VoteArgs>,
) -> Result<Exit, Failure> {
    let Word { proposal, digest, mutation } = args;
    let seen = seen(session, mutation, proposal, digest.as_ref()).await?;
    let digest = hex::encode(&seen.rendering.digest);
    let summary = &seen.rendering.summary;
    let what = format!("{verb} proposal {proposal} ({summary}; digest {digest})");
    let sent = send(session, mutation, TO, &what, method, &seen.vote()).await?;
    if let Some(receipt) = sent {
        session.out.emit_change(&Voted::new(word, &seen, receipt.event, receipt.at_ns))?;
    }
    Ok(Exit::Ok)
}

/// The proposal and the governor's words about it. Whoever is asked sees all of them before.
async fn seen(
    session: &Session,
    mutation: Mutation,
    proposal: u64,
    digest: Option<&ByteBuf>,
) -> Result<Seen, Failure> {
    let is_mainnet = session.network()?.is_mainnet();
    must_be_seen(is_mainnet, mutation.yes, digest, proposal)?;
    let governor = session.remote(TO.0, TO.1).await?;
    let seen = Seen::of(&governor, proposal, digest).await?;
    if is_mainnet && !mutation.yes && !mutation.dry_run {
        session.out.show(&Words::from(&seen.rendering));
    }
    Ok(seen)
}

pub(crate) async fn revoke(args: Revoke, session: &Session) -> Result<Exit, Failure> {
    let what = format!("take the word about proposal {} back", args.proposal);
    let call = ProposalArgs { proposal: args.proposal };
    apply_to(session, args.mutation, TO, &what, REVOKE_APPROVAL, &call).await
}

pub(crate) async fn veto(args: Because, session: &Session) -> Result<Exit, Failure> {
    end(args, session, "stop", VETO).await
}

pub(crate) async fn cancel(args: Because, session: &Session) -> Result<Exit, Failure> {
    end(args, session, "take back", CANCEL).await
}

async fn end(
    args: Because,
    session: &Session,
    verb: &str,
    method: Update<EndProposalArgs>,
) -> Result<Exit, Failure> {
    let Because { proposal, reason, mutation } = args;
    let what = format!("{verb} proposal {proposal}");
    apply_to(session, mutation, TO, &what, method, &EndProposalArgs { proposal, reason }).await
}

/// As many members have to ask for it as had to approve the release.
pub(crate) async fn rollback(args: Word, session: &Session) -> Result<Exit, Failure> {
    let Word { proposal, digest, mutation } = args;
    let seen = seen(session, mutation, proposal, digest.as_ref()).await?;
    let summary = &seen.rendering.summary;
    let what = format!("ask for the release of proposal {proposal} to be taken back ({summary})");
    let call = RollbackReleaseArgs { proposal, digest: seen.rendering.digest.clone() };
    apply_to(session, mutation, TO, &what, ROLLBACK_RELEASE, &call).await
}
