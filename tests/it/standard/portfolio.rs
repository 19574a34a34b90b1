//! `portfolio` among the canisters of the suite.

use granary_api::{common::HealthStatus, portfolio};
use granary_tests::{
    subject::{PORTFOLIO, portfolio_args},
    world::{World, encode},
};

use super::{backup, beat, endpoints, failures, lifecycle, rehearsal};
use crate::{access::portfolio::Stage, world_of};

/// Something of everything.
fn filled() -> World {
    let world = world_of(&PORTFOLIO);
    Stage::build(&world);
    world
}

fn importing() -> Vec<u8> {
    let args = portfolio::InitArgs { importing: Some(true), ..portfolio_args() };
    encode(&portfolio::InstallArgs::Init(args))
}

#[test]
fn portfolio_answers_as_every_canister_does() {
    endpoints::assert_standard(&world_of(&PORTFOLIO), HealthStatus::Healthy);
}

#[test]
fn portfolio_beats_whatever_happens() {
    beat::assert_beats_always(&world_of(&PORTFOLIO));
}

#[test]
fn portfolio_survives_upgrades_restores_and_drains() {
    lifecycle::assert_survives(&filled());
}

#[test]
fn an_upgrade_of_portfolio_is_rehearsed_on_a_copy() {
    rehearsal::assert_rehearses(&filled());
}

#[test]
fn a_failed_upgrade_of_portfolio_leaves_no_trace() {
    failures::assert_failures_leave_no_trace(&filled());
}

#[test]
fn portfolio_comes_back_from_a_backup() {
    // An asset is reconciled as soon as its books are whole.
    backup::assert_comes_back(&filled(), importing(), &["portfolios"]);
}
