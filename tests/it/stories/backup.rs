//! A logical backup fills a fresh canister, which is then the same to the byte.

use granary_api::{
    common::{ExportStateArgs, StatePage},
    micro_grants::{InitArgs, RequestPayoutArgs},
};
use granary_errors::{Category, common};
use granary_tests::{
    chain,
    clock::{MINUTE, SECOND},
    digest,
    fixtures::{self, DOLLAR},
    people::Who,
    reply::Expect,
    subject::MICRO_GRANTS,
    world::{World, init_args},
};

use crate::{world, world_with};

/// Bytes of one page: small, so that there are several.
const PAGE_BYTES: u32 = 65_536;

fn importing() -> InitArgs {
    InitArgs { importing: Some(true), ..init_args() }
}

/// Every page of every domain, in the order an import takes them.
fn backup(world: &World) -> Vec<StatePage> {
    MICRO_GRANTS
        .domains
        .iter()
        .chain(&["journal"])
        .flat_map(|domain| digest::pages(world, domain, PAGE_BYTES))
        .collect()
}

/// A canister with something of everything.
fn original() -> (World, u64) {
    let world = world();
    let program = fixtures::open_program(&world);
    let steps = fixtures::content_in_steps(30 * DOLLAR, 3, world.now_ns());
    let grant = fixtures::active_grant(&world, program, steps);
    fixtures::hand_in(&world, grant, 0);
    world.by(Who::Reviewer).review_milestone(fixtures::verdict(grant, 0, true)).value("accept");
    let payout = RequestPayoutArgs { grant, milestone: Some(0), idempotency_key: None };
    world.by(Who::Applicant).request_payout(payout).value("payout");
    let mut large = fixtures::content(5 * DOLLAR);
    large.summary = "s".repeat(4_000);
    for _ in 0..40 {
        fixtures::submit(&world, program, large.clone());
    }
    let rejected = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    fixtures::reject(&world, rejected);
    (world, grant)
}

#[test]
fn a_fresh_canister_takes_over_from_a_backup() {
    let (old, grant) = original();
    let pages = backup(&old);
    assert!(pages.len() > MICRO_GRANTS.domains.len() + 1, "some domain has several pages");
    let new = world_with(importing());
    let governor = new.by(Who::Governor);

    // Until it is filled it takes no work, and the pages come in order.
    let submit = fixtures::submission(1, fixtures::content(DOLLAR));
    let code = new.by(Who::Applicant).submit_application(submit).code("while it is filled");
    assert_eq!(code, common::LIFECYCLE_IMPORTING.as_str());
    let code = governor.import_state(&pages[1]).code("the second page first");
    assert_eq!(code, common::IMPORT_ORDER.as_str());
    let mut forged = pages[0].clone();
    forged.records.pop();
    let code = governor.import_state(&forged).code("a page that was changed");
    assert_eq!(code, common::IMPORT_FORMAT.as_str());
    let stranger = new.by(Who::Stranger).import_state(&pages[0]);
    stranger.refused(Category::Unauthorized, "a stranger's page");

    for (number, page) in pages.iter().enumerate() {
        governor.import_state(page).value(&format!("page {number} of {}", page.domain));
        if number == pages.len() / 2 {
            new.upgrade();
        }
    }
    let code = governor.import_state(&pages[0]).code("it is full");
    assert_eq!(code, common::LIFECYCLE_NOT_IMPORTING.as_str());

    new.set_time(old.now_ns());
    assert_eq!(digest::state(&new), digest::state(&old));
    let old_events = chain::checked(&old.by(Who::Auditor));
    let new_events = chain::checked(&new.by(Who::Auditor));
    assert_eq!(new_events[..old_events.len()], old_events[..], "the journal goes on");
    let look = |world: &World| {
        let reader = world.by(Who::Auditor);
        let mut metrics = reader.get_canister_metrics().value("metrics");
        metrics.last_updated_ns = 0;
        (reader.get_grant(grant).value("the grant"), reader.get_budget(1).value("budget"), metrics)
    };
    assert_eq!(look(&new), look(&old));
    fixtures::assert_valid(&new);

    // Work goes on: lists, links and clocks were made anew.
    let next = fixtures::submit(&new, 1, fixtures::content(DOLLAR));
    assert_eq!(next, fixtures::submit(&old, 1, fixtures::content(DOLLAR)));
    fixtures::hand_in(&new, grant, 1);
    new.advance(fixtures::INACTIVITY + MINUTE + SECOND);
    let state = new.by(Who::Auditor).get_grant(grant).value("the grant").state;
    assert_eq!(state, granary_api::micro_grants::GrantState::AtRisk, "its clock runs");
    fixtures::assert_valid(&new);
}

#[test]
fn a_running_canister_takes_no_page() {
    let (old, _) = original();
    let page = &backup(&old)[0];
    let before = digest::state(&old);
    let code = old.by(Who::Governor).import_state(page).code("it runs");
    assert_eq!(code, common::LIFECYCLE_NOT_IMPORTING.as_str());
    assert_eq!(digest::state(&old), before);
}

#[test]
fn a_domain_that_does_not_exist_is_named() {
    let world = world();
    let args = ExportStateArgs { domain: "secrets".to_owned(), cursor: None, max_bytes: 100_000 };
    let error = world.by(Who::Backup).export_state(&args).refused(Category::InvalidInput, "domain");
    assert_eq!(error.code(), "common.export.domain");
    assert!(error.message().contains("secrets"), "{error}");
}
