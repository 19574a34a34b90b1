//! `micro_grants` among the canisters of the suite.

use granary_api::{
    common::HealthStatus,
    micro_grants::{InitArgs, InstallArgs},
};
use granary_tests::{
    subject::MICRO_GRANTS,
    world::{World, encode, init_args},
};

use super::{backup, beat, endpoints, failures, lifecycle, rehearsal};
use crate::{access::Stage, world_of};

/// Something of everything.
fn filled() -> World {
    let world = world_of(&MICRO_GRANTS);
    Stage::build(&world);
    world
}

fn importing() -> Vec<u8> {
    encode(&InstallArgs::Init(InitArgs { importing: Some(true), ..init_args() }))
}

#[test]
fn micro_grants_answers_as_every_canister_does() {
    // Without a programme nobody can apply, and the canister says so.
    endpoints::assert_standard(&world_of(&MICRO_GRANTS), HealthStatus::Degraded);
}

#[test]
fn micro_grants_beats_whatever_happens() {
    beat::assert_beats_always(&world_of(&MICRO_GRANTS));
}

#[test]
fn micro_grants_survives_upgrades_restores_and_drains() {
    lifecycle::assert_survives(&filled());
}

#[test]
fn an_upgrade_of_micro_grants_is_rehearsed_on_a_copy() {
    rehearsal::assert_rehearses(&filled());
}

#[test]
fn a_failed_upgrade_of_micro_grants_leaves_no_trace() {
    failures::assert_failures_leave_no_trace(&filled());
}

#[test]
fn micro_grants_comes_back_from_a_backup() {
    backup::assert_comes_back(&filled(), importing(), &[]);
}
