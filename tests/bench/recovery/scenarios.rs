//! What is measured of `recovery`.

use candid::Decode;
use granary_api::{
    common::{PageArgs, PrepareUpgradeArgs},
    recovery as r,
};
use granary_errors::Error;
use granary_tests::people::{Who, person};
use serde_bytes::ByteBuf;

use super::seed::{MEMBERS, member};
use crate::{
    subject::{Figure, Samples, cost, refusal},
    world::World,
};

/// Everything measured on a state with `rows` requests, by name.
pub(crate) fn run(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let mut figures = reads(world, rows)?;
    figures.extend(refusals(world, rows)?);
    figures.extend(requests(world)?);
    Ok(figures)
}

fn reads(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let stranger = Who::Stranger.principal();
    let mut get = Samples::new();
    for number in 0..25 {
        let args = r::RequestArgs { request: number * 7_919 % rows + 1 };
        get.push(cost(world.query(stranger, "get_request", (args,)))?);
    }
    let args = PageArgs { after: None, limit: 20 };
    let page = cost(world.query(stranger, "list_requests", (args,)))?;
    let mut figures = vec![("get_request", get), ("list_requests 20", vec![page])];
    for method in ["get_committee", "get_recovery_status", "health_check", "get_system_health"] {
        let answer = world.query(Who::Anonymous.principal(), method, ())?;
        figures.push((method, vec![answer.trace.instructions]));
    }
    Ok(figures)
}

fn refusals(world: &mut World, rows: u64) -> Result<Vec<Figure>, String> {
    let stranger = Who::Stranger.principal();
    let unknown = r::RequestArgs { request: rows + 1_000_000 };
    let unknown = refusal(world.query(stranger, "get_request", (unknown,)))?;
    let drain = PrepareUpgradeArgs { epoch: 1, deadline_ns: u64::MAX };
    let governor = refusal(world.update(stranger, "prepare_upgrade", (drain,)))?;
    let execute = r::RequestArgs { request: 1 };
    let member = refusal(world.update(stranger, "execute_request", (execute,)))?;
    Ok(vec![
        ("refused: unknown request", vec![unknown]),
        ("refused: not the governor", vec![governor]),
        ("refused: not a member", vec![member]),
    ])
}

/// Requests of all members until there are as many as may be open, each approved by a quorum.
fn requests(world: &mut World) -> Result<Vec<Figure>, String> {
    let [mut submit, mut approve, mut withdraw] = [const { Samples::new() }; 3];
    for number in 0..MEMBERS {
        let members = vec![person(&format!("governor {number}")); 1];
        let rotate = r::RotateMembersArgs { members, threshold: 1 };
        let operation = r::Operation::RotateGovernorMembers(rotate);
        let args = r::SubmitRequestArgs { operation, idempotency_key: Some(format!("{number}")) };
        let answer = world.update(member(number), "submit_request", (args,))?.ok()?;
        submit.push(answer.trace.instructions);
        let receipt = Decode!(&answer.reply, Result<granary_api::common::Receipt, Error>);
        let receipt = receipt.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
        let request = receipt.id;
        let args = r::RequestArgs { request };
        let found = world.query(member(0), "get_request", (args,))?.ok()?.reply;
        let found = Decode!(&found, Result<r::Request, Error>);
        let found = found.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
        let digest: ByteBuf = found.digest;
        for other in (0..MEMBERS).filter(|other| *other != number).take(10) {
            let args = r::ApproveRequestArgs { request, digest: digest.clone() };
            approve.push(cost(world.update(member(other), "approve_request", (args,)))?);
        }
        withdraw.push(cost(world.update(member(number), "withdraw_approval", (args,)))?);
    }
    Ok(vec![
        ("submit_request", submit),
        ("approve_request", approve),
        ("withdraw_approval", withdraw),
    ])
}
