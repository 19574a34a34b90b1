//! What is measured of `governor`.

use granary_api::{common::PrepareUpgradeArgs, governor as g};
use granary_tests::people::Who;
use serde_bytes::ByteBuf;

use super::seed::{self, MEMBERS, OPEN};
use crate::{
    subject::{Figure, Samples, cost, refusal},
    world::World,
};

/// Everything measured on a state with `rows` proposals, by name.
pub(crate) fn run(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let mut figures = reads(world, rows)?;
    figures.extend(refusals(world, rows)?);
    figures.extend(votes(world, rows)?);
    figures.extend(proposals(world)?);
    Ok(figures)
}

/// The newest proposals that are voted on.
fn open(rows: u64) -> impl Iterator<Item = u64> {
    (rows - OPEN + 1..=rows).filter(|id| !(id - 1).is_multiple_of(4))
}

fn reads(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let reader = seed::member(1);
    let [mut get, mut status, mut render] = [const { Samples::new() }; 3];
    for step in 0..25 {
        let args = g::ProposalArgs { proposal: 1 + step * 7_919 % rows };
        get.push(cost(world.query(reader, "get_proposal", (args,)))?);
        status.push(cost(world.query(reader, "get_proposal_status", (args,)))?);
        render.push(cost(world.query(reader, "render_proposal", (args,)))?);
    }
    let page = |filter| g::ListProposalsArgs { filter, after: None, limit: 50 };
    let all = cost(world.query(reader, "list_proposals", (page(g::ProposalFilter::All),)))?;
    let waiting = cost(world.query(reader, "list_proposals", (page(g::ProposalFilter::Open),)))?;
    let mut figures = vec![
        ("get_proposal", get),
        ("get_proposal_status", status),
        ("render_proposal", render),
        ("list_proposals 50", vec![all]),
        ("list_proposals 50, open ones", vec![waiting]),
    ];
    for method in ["health_check", "get_system_health", "get_version", "get_members"] {
        let answer = world.query(Who::Anonymous.principal(), method, ())?;
        figures.push((method, vec![answer.trace.instructions]));
    }
    let answer = world.query(reader, "explain_authority", ())?;
    figures.push(("explain_authority", vec![answer.trace.instructions]));
    Ok(figures)
}

fn seen(world: &mut World, proposal: u64) -> Result<g::VoteArgs, String> {
    let args = g::ProposalArgs { proposal };
    let answer = world.query(seed::member(1), "get_proposal", (args,))?;
    let details: Result<g::ProposalDetails, granary_errors::Error> =
        candid::decode_one(&answer.reply).map_err(|error| error.to_string())?;
    let g::Proposal { digest, epoch, rehearsal, .. } =
        details.map_err(|error| error.to_string())?.proposal;
    Ok(g::VoteArgs { proposal, digest, epoch, rehearsal })
}

fn refusals(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let stranger = Who::Stranger.principal();
    let vote = seen(world, rows)?;
    let member = refusal(world.update(stranger, "approve", (vote.clone(),)))?;
    let other = g::VoteArgs { digest: ByteBuf::from(vec![1; 32]), ..vote };
    let digest = refusal(world.update(seed::member(4), "approve", (other,)))?;
    let drain = PrepareUpgradeArgs { epoch: 1, deadline_ns: u64::MAX };
    let governor = refusal(world.update(stranger, "prepare_upgrade", (drain,)))?;
    Ok(vec![
        ("refused: no member", vec![member]),
        ("refused: another digest", vec![digest]),
        ("refused: not the governor", vec![governor]),
    ])
}

/// Approvals up to the threshold, which starts the timelock, and one that is taken back.
fn votes(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let [mut approve, mut revoke, mut reject] = [const { Samples::new() }; 3];
    for proposal in open(rows) {
        let vote = seen(world, proposal)?;
        for n in 4..MEMBERS {
            approve.push(cost(world.update(seed::member(n), "approve", (vote.clone(),)))?);
        }
        let args = g::ProposalArgs { proposal };
        revoke.push(cost(world.update(seed::member(4), "revoke_approval", (args,)))?);
        reject.push(cost(world.update(seed::member(MEMBERS), "reject", (vote,)))?);
    }
    Ok(vec![("approve", approve), ("revoke_approval", revoke), ("reject", reject)])
}

fn proposals(world: &mut World) -> Result<Vec<Figure>, String> {
    let [mut create, mut cancel] = [const { Samples::new() }; 2];
    for number in 0..8_u8 {
        let args = g::CreateProposalArgs {
            title: format!("Deny module {number}"),
            description: "It was withdrawn by who built it.".to_owned(),
            payload: g::Payload::DenyModules { modules: vec![ByteBuf::from(vec![number; 32])] },
            idempotency_key: None,
        };
        let answer = world.update(seed::member(5), "create_proposal", (args,))?.ok()?;
        create.push(answer.trace.instructions);
        let receipt: Result<granary_api::common::Receipt, granary_errors::Error> =
            candid::decode_one(&answer.reply).map_err(|error| error.to_string())?;
        let proposal = receipt.map_err(|error| error.to_string())?.id;
        let args = g::EndProposalArgs { proposal, reason: "a better one came".to_owned() };
        cancel.push(cost(world.update(seed::member(5), "cancel", (args,)))?);
    }
    Ok(vec![("create_proposal", create), ("cancel", cancel)])
}
