//! `risk_guard` among the canisters of the suite.

use granary_api::{common::HealthStatus, risk_guard};
use granary_tests::{
    subject::{RISK_GUARD, risk_guard_args},
    world::{World, encode},
};

use super::{backup, beat, endpoints, failures, lifecycle, rehearsal};
use crate::{access::risk_guard::Stage, world_of};

/// Something of everything.
fn filled() -> World {
    let world = world_of(&RISK_GUARD);
    Stage::build(&world);
    world
}

fn importing() -> Vec<u8> {
    let args = risk_guard::InitArgs { importing: Some(true), ..risk_guard_args() };
    encode(&risk_guard::InstallArgs::Init(args))
}

#[test]
fn risk_guard_answers_as_every_canister_does() {
    endpoints::assert_standard(&world_of(&RISK_GUARD), HealthStatus::Healthy);
}

#[test]
fn risk_guard_beats_whatever_happens() {
    beat::assert_beats_always(&world_of(&RISK_GUARD));
}

#[test]
fn risk_guard_survives_upgrades_restores_and_drains() {
    lifecycle::assert_survives(&filled());
}

#[test]
fn an_upgrade_of_risk_guard_is_rehearsed_on_a_copy() {
    rehearsal::assert_rehearses(&filled());
}

#[test]
fn a_failed_upgrade_of_risk_guard_leaves_no_trace() {
    failures::assert_failures_leave_no_trace(&filled());
}

#[test]
fn risk_guard_comes_back_from_a_backup() {
    backup::assert_comes_back(&filled(), importing(), &[]);
}
