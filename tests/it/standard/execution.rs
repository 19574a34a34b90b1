//! `execution` among the canisters of the suite.

use granary_api::{common::HealthStatus, execution};
use granary_tests::{
    subject::{EXECUTION, execution_args},
    world::encode,
};

use super::{backup, beat, endpoints, failures, lifecycle, rehearsal};
use crate::{access::execution::Stage, execution::Treasury, world_of};

/// Something of everything.
fn filled() -> Treasury {
    let treasury = Treasury::new();
    Stage::build(&treasury);
    treasury
}

fn importing() -> Vec<u8> {
    let args = execution::InitArgs { importing: Some(true), ..execution_args() };
    encode(&execution::InstallArgs::Init(args))
}

#[test]
fn execution_answers_as_every_canister_does() {
    endpoints::assert_standard(&world_of(&EXECUTION), HealthStatus::Healthy);
}

#[test]
fn execution_beats_whatever_happens() {
    beat::assert_beats_always(&world_of(&EXECUTION));
}

#[test]
fn execution_survives_upgrades_restores_and_drains() {
    lifecycle::assert_survives(&filled().execution);
}

#[test]
fn an_upgrade_of_execution_is_rehearsed_on_a_copy() {
    rehearsal::assert_rehearses(&filled().execution);
}

#[test]
fn a_failed_upgrade_of_execution_leaves_no_trace() {
    failures::assert_failures_leave_no_trace(&filled().execution);
}

#[test]
fn execution_comes_back_from_a_backup() {
    // Every block is looked at as soon as the state is whole, and steps begin again.
    backup::assert_comes_back(&filled().execution, importing(), &["assets", "intents"]);
}
