//! `recovery` among the canisters of the suite.

use granary_api::{common::HealthStatus, recovery};
use granary_tests::{
    subject::{RECOVERY, recovery_args},
    world::{World, encode},
};

use super::{backup, beat, endpoints, failures, lifecycle};
use crate::{access::recovery::Stage, world_of};

/// Something of everything.
fn filled() -> World {
    let world = world_of(&RECOVERY);
    Stage::build(&world);
    world
}

fn importing() -> Vec<u8> {
    let args = recovery::InitArgs { importing: Some(true), ..recovery_args() };
    encode(&recovery::InstallArgs::Init(args))
}

#[test]
fn recovery_answers_as_every_canister_does() {
    endpoints::assert_standard(&world_of(&RECOVERY), HealthStatus::Healthy);
}

#[test]
fn recovery_beats_whatever_happens() {
    beat::assert_beats_always(&world_of(&RECOVERY));
}

#[test]
fn recovery_survives_upgrades_restores_and_drains() {
    lifecycle::assert_survives(&filled());
}

#[test]
fn a_failed_upgrade_of_recovery_leaves_no_trace() {
    failures::assert_failures_leave_no_trace(&filled());
}

#[test]
fn recovery_comes_back_from_a_backup() {
    backup::assert_comes_back(&filled(), importing(), &[]);
}
