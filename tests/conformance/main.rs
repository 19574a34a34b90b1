//! What the reference tests of the platform ask, case by case, of the server that runs the tests:
//! `localnet`, or the `PocketIC` that `POCKET_IC_BIN` names.
//!
//! | file | holds |
//! |---|---|
//! | [`area`] | cases, the run of an area, what is not supported |
//! | [`page`] | `docs/CONFORMANCE.md` |
//! | [`stage`] | one network, and what cases do on it |
//! | [`http`] | requests as agents send them, and what comes back |
//! | the others | the cases, by area of the source |
//!
//! Names and what they assert are those of the source, which is named with each area; programs and
//! code are this project's. A case that `localnet` does not pass is listed with its reason and with
//! the words it fails with: see [`area::Case::lacking`].

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::similar_names, reason = "hold and held, caller and callee are the words")]
#![expect(clippy::type_complexity, reason = "tables of cases, each used once")]
#![expect(clippy::needless_pass_by_value, reason = "programs are built in one expression")]

mod api;
mod area;
mod between;
mod certified;
mod cycles;
mod governing;
mod history;
mod http;
mod inspect;
mod page;
mod requests;
mod settings;
mod simple;
mod stage;
mod timer;
mod upgrades;
mod validation;
mod version;
mod wide;

use area::Area;

/// The acceptance tests of the interface specification, and where they are.
const SPEC: &str = "ic-hs Spec.hs";

/// What the acceptance tests do not ask and the text of the specification says.
const SPEC_TEXT: &str = "interface specification 0.66.0";

/// Every area, in the order of the page.
fn areas() -> Vec<Area> {
    [
        validation::areas(),
        settings::areas(),
        simple::areas(),
        api::areas(),
        between::areas(),
        governing::areas(),
        upgrades::areas(),
        timer::areas(),
        version::areas(),
        history::areas(),
        certified::areas(),
        cycles::areas(),
        inspect::areas(),
        wide::areas(),
        requests::areas(),
    ]
    .concat()
}

#[test]
fn modules() {
    area::run(validation::areas());
}

#[test]
fn settings() {
    area::run(settings::areas());
}

#[test]
fn simple_calls() {
    area::run(simple::areas());
}

#[test]
fn api_availability() {
    area::run(api::areas());
}

#[test]
fn calls_between_canisters() {
    area::run(between::areas());
}

#[test]
fn canisters_that_control_others() {
    area::run(governing::areas());
}

#[test]
fn upgrades() {
    area::run(upgrades::areas());
}

#[test]
fn global_timer() {
    area::run(timer::areas());
}

#[test]
fn versions() {
    area::run(version::areas());
}

#[test]
fn histories() {
    area::run(history::areas());
}

#[test]
fn certified_variables() {
    area::run(certified::areas());
}

#[test]
fn cycles() {
    area::run(cycles::areas());
}

#[test]
fn inspection() {
    area::run(inspect::areas());
}

#[test]
fn wide_memories() {
    area::run(wide::areas());
}

#[test]
fn requests_over_http() {
    area::run(requests::areas());
}
