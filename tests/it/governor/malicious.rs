//! A member who means harm, once for each way in which treasuries elsewhere were lost: what it
//! tries, and what it gets. Whoever is shown one thing and signs another is in [`super::consent`]
//! and [`super::deciding`].

mod clock;
mod control;
mod quorum;
mod release;

use granary_api::governor as g;
use granary_tests::{
    people::Who,
    reply::{Answer, Expect},
    subject::{GOVERNOR, governor_args},
    world::{World, encode},
};

use crate::{
    access::governor::{creation, proposal, seen},
    localnet,
};

/// A governor whose arguments were changed.
fn governor_with(change: impl FnOnce(&mut g::InitArgs)) -> World {
    let world = World::bare(localnet(), &GOVERNOR);
    let mut args = governor_args();
    change(&mut args);
    world.install_encoded(encode(&g::InstallArgs::Init(args)));
    world
}

/// The code with which a member's proposal is refused.
fn refused(world: &World, payload: g::Payload) -> String {
    let code = world.caller(Who::Treasurer).receipt("create_proposal", &creation(payload));
    code.code("it must never be proposed")
}

/// Says yes to what is there.
fn approve(world: &World, who: Who, id: u64) -> Answer<granary_api::common::Receipt> {
    world.caller(who).receipt("approve", &seen(&proposal(world, id)))
}
