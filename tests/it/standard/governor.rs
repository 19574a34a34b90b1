//! `governor` among the canisters of the suite.

use granary_api::{common::HealthStatus, governor};
use granary_tests::{
    subject::{GOVERNOR, governor_args},
    world::{World, encode},
};

use super::{backup, beat, endpoints, failures, lifecycle};
use crate::{access::governor::Stage, world_of};

/// Something of everything.
fn filled() -> World {
    let world = world_of(&GOVERNOR);
    Stage::build(&world);
    world
}

fn importing() -> Vec<u8> {
    let args = governor::InitArgs { importing: Some(true), ..governor_args() };
    encode(&governor::InstallArgs::Init(args))
}

#[test]
fn governor_answers_as_every_canister_does() {
    endpoints::assert_standard(&world_of(&GOVERNOR), HealthStatus::Healthy);
}

#[test]
fn governor_beats_whatever_happens() {
    beat::assert_beats_always(&world_of(&GOVERNOR));
}

#[test]
fn governor_survives_upgrades_restores_and_drains() {
    lifecycle::assert_survives(&filled());
}

#[test]
fn a_failed_upgrade_of_governor_leaves_no_trace() {
    failures::assert_failures_leave_no_trace(&filled());
}

#[test]
fn governor_comes_back_from_a_backup() {
    backup::assert_comes_back(&filled(), importing(), &[]);
}
