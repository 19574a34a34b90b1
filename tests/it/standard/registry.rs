//! `registry` among the canisters of the suite.

use granary_api::{common::HealthStatus, registry};
use granary_tests::{
    subject::{REGISTRY, registry_args},
    world::{World, encode},
};

use super::{backup, beat, endpoints, failures, lifecycle, rehearsal};
use crate::{access::registry::Stage, world_of};

/// Something of everything.
fn filled() -> World {
    let world = world_of(&REGISTRY);
    Stage::build(&world);
    world
}

fn importing() -> Vec<u8> {
    let args = registry::InitArgs { importing: Some(true), ..registry_args() };
    encode(&registry::InstallArgs::Init(args))
}

#[test]
fn registry_answers_as_every_canister_does() {
    endpoints::assert_standard(&world_of(&REGISTRY), HealthStatus::Healthy);
}

#[test]
fn registry_beats_whatever_happens() {
    beat::assert_beats_always(&world_of(&REGISTRY));
}

#[test]
fn registry_survives_upgrades_restores_and_drains() {
    lifecycle::assert_survives(&filled());
}

#[test]
fn an_upgrade_of_registry_is_rehearsed_on_a_copy() {
    rehearsal::assert_rehearses(&filled());
}

#[test]
fn a_failed_upgrade_of_registry_leaves_no_trace() {
    failures::assert_failures_leave_no_trace(&filled());
}

#[test]
fn registry_comes_back_from_a_backup() {
    backup::assert_comes_back(&filled(), importing(), &[]);
}
