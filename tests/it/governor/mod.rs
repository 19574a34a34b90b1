//! `governor` as its members meet it: proposals, votes, timelocks, what changes the governor alone.

mod consent;
mod deciding;
mod malicious;
mod release;
mod repairing;
mod stopping;

use granary_api::governor as g;
use granary_tests::{people::Who, reply::Expect, world::World};

use crate::access::governor::{approve, proposal};

/// Where a proposal stands.
pub(crate) fn state(world: &World, id: u64) -> g::ProposalState {
    proposal(world, id).state
}

/// Two of the three approve.
pub(crate) fn approved(world: &World, id: u64) {
    for who in [Who::Treasurer, Who::Reviewer] {
        approve(world, who, id);
    }
    assert_eq!(state(world, id), g::ProposalState::Timelocked);
}

/// Begins what is ready.
pub(crate) fn execute(
    world: &World,
    id: u64,
) -> granary_tests::reply::Answer<granary_api::common::Receipt> {
    world.caller(Who::Service).receipt("execute", &g::ProposalArgs { proposal: id })
}

/// The rules and what belongs to them.
pub(crate) fn config(world: &World) -> g::Config {
    world.caller(Who::Stranger).plain("get_config").value("it")
}

/// The members.
pub(crate) fn members(world: &World) -> g::Members {
    world.caller(Who::Stranger).plain("get_members").value("they")
}
