//! Two thousand applications: every list pages to the end, and no page exceeds its bounds.

use std::collections::BTreeSet;

use candid::Principal;
use granary_api::{
    common::{GetLogsArgs, LogLevel, PageArgs},
    micro_grants::{
        ApplicationContent, ApplicationState, CreateProgramArgs, ExportReportArgs, InitArgs,
        ListApplicationsArgs, ListGrantsArgs,
    },
};
use granary_errors::Category;
use granary_tests::{
    digest,
    fixtures::{self, DOLLAR},
    people::{Who, applicant},
    reply::{Answer, Expect},
    world::{World, encode, init_args},
};
use pocket_ic::common::rest::RawMessageId;

use crate::{world, world_with};

const APPLICATIONS: usize = 2_000;
/// Calls sent before their answers are looked at.
const BATCH: usize = 100;
const AUTHORS: usize = 50;
/// Longest reply allowed, bytes.
const REPLY_MAX: usize = 1_572_864;

fn fill(world: &World, program: u64, count: usize) -> Vec<u64> {
    let bytes = encode(&fixtures::submission(program, fixtures::content(DOLLAR)));
    let post = |sender: Principal| -> RawMessageId {
        let network = world.network();
        network
            .submit_call(world.canister, sender, "submit_application", bytes.clone())
            .expect("a running canister takes calls")
    };
    let mut ids = Vec::new();
    for batch in (0..count).collect::<Vec<_>>().chunks(BATCH) {
        let sent: Vec<_> = batch.iter().map(|number| post(applicant(number % AUTHORS))).collect();
        for id in sent {
            let reply = world.network().await_call(id);
            let receipt: granary_api::common::Receipt =
                granary_tests::reply::typed(reply).value("submit");
            ids.push(receipt.id);
        }
    }
    ids
}

/// Every id a list gives, page by page; fails when a page is too long or an id comes twice.
fn walk<F>(limit: u32, page: F) -> BTreeSet<u64>
where
    F: Fn(Option<u64>) -> Answer<(Vec<u64>, Option<u64>)>,
{
    let mut all = BTreeSet::new();
    let mut after = None;
    loop {
        let (ids, next) = page(after).value("a page");
        assert!(ids.len() <= usize::try_from(limit).unwrap(), "{} items", ids.len());
        for id in ids {
            assert!(all.insert(id), "{id} comes twice");
        }
        if next.is_none() {
            return all;
        }
        assert_ne!(next, after, "the list advances");
        after = next;
    }
}

#[test]
fn every_list_pages_to_the_end() {
    let world = world();
    let mut terms = fixtures::terms();
    terms.budget_units = (10_000 * DOLLAR).into();
    let program = fixtures::open_program_with(&world, terms);
    let ids = fill(&world, program, APPLICATIONS);
    let expected: BTreeSet<u64> = ids.iter().copied().collect();
    assert_eq!(expected.len(), APPLICATIONS);
    let reader = world.by(Who::Auditor);
    let applications = |args: ListApplicationsArgs| {
        walk(args.limit, |after| {
            let args = ListApplicationsArgs { after, ..args.clone() };
            let page = reader.list_applications(args)?;
            Ok((page.items.iter().map(|row| row.id).collect(), page.next))
        })
    };
    let by = |limit| ListApplicationsArgs { limit, ..Default::default() };
    assert_eq!(applications(by(100)), expected);
    assert_eq!(applications(ListApplicationsArgs { program: Some(program), ..by(97) }), expected);
    let submitted = ListApplicationsArgs {
        program: Some(program),
        state: Some(ApplicationState::Submitted),
        ..by(100)
    };
    assert_eq!(applications(submitted), expected);
    let drafts = ListApplicationsArgs {
        program: Some(program),
        state: Some(ApplicationState::Draft),
        ..by(100)
    };
    assert!(applications(drafts).is_empty());
    let of_one = ListApplicationsArgs { applicant: Some(applicant(7)), ..by(9) };
    assert_eq!(applications(of_one).len(), APPLICATIONS / AUTHORS);
    let report = walk(100, |after| {
        let page = reader.export_report(ExportReportArgs { program, after, limit: 100 })?;
        Ok((page.items.iter().map(|row| row.application).collect(), page.next))
    });
    assert_eq!(report, expected);

    let metrics = reader.get_canister_metrics().value("metrics");
    assert_eq!(metrics.total_applications, u64::try_from(APPLICATIONS).unwrap());
    assert_eq!(metrics.total_requested_units, DOLLAR * u128::try_from(APPLICATIONS).unwrap());

    let exported: usize =
        digest::pages(&world, "applications", 65_536).iter().map(|page| page.records.len()).sum();
    assert!(exported >= APPLICATIONS, "the backup has every application: {exported}");
    fixtures::assert_valid(&world);

    let before = digest::state(&world);
    world.upgrade();
    assert_eq!(digest::state(&world), before);
    assert_eq!(applications(by(100)), expected, "and again after an upgrade");
}

#[test]
fn no_reply_exceeds_its_bound() {
    let world = world();
    let program = fixtures::open_program(&world);
    // The largest applications that are taken.
    let mut content = fixtures::content_in_steps(32 * DOLLAR, 32, world.now_ns());
    content.title = "t".repeat(200);
    content.summary = "s".repeat(4_096);
    content.links = vec!["l".repeat(512); 8];
    for step in &mut content.milestones {
        step.acceptance_criteria = "c".repeat(512);
    }
    for number in 0..110 {
        let args = fixtures::submission(program, content.clone());
        world.by_principal(applicant(number)).submit_application(args).value("the largest");
    }
    let reader = world.by(Who::Auditor);
    let sizes = [
        ("list_applications", encode(&ListApplicationsArgs { limit: 100, ..Default::default() })),
        ("list_grants", encode(&ListGrantsArgs { limit: 100, ..Default::default() })),
        ("list_programs", encode(&PageArgs { after: None, limit: 100 })),
        ("list_payouts", encode(&ListGrantsArgs { limit: 100, ..Default::default() })),
        ("export_report", encode(&ExportReportArgs { program, after: None, limit: 100 })),
        ("get_events", encode(&granary_api::common::GetEventsArgs { start: 0, length: 100 })),
        ("get_logs", encode(&GetLogsArgs { after: None, limit: 100, min_level: LogLevel::Debug })),
    ];
    for (method, bytes) in sizes {
        let reply = reader.raw_query(method, bytes).unwrap();
        assert!(reply.len() <= REPLY_MAX, "{method} answers {} bytes", reply.len());
    }
    for page in digest::pages(&world, "applications", 1_500_000) {
        let size: usize = page.records.iter().map(|record| record.len()).sum();
        assert!(size <= 1_500_000, "an export page has {size} bytes");
    }
    // Beyond the bounds nothing is taken.
    let author = world.by_principal(applicant(200));
    let changes: [fn(&mut ApplicationContent); 5] = [
        |content| content.summary.push('s'),
        |content| content.title.push('t'),
        |content| content.links.push("l".to_owned()),
        |content| content.links[0].push('l'),
        |content| content.milestones[0].acceptance_criteria.push('c'),
    ];
    for change in changes {
        let mut content = content.clone();
        change(&mut content);
        let args = fixtures::submission(program, content);
        author.submit_application(args).refused(Category::InvalidInput, "beyond the bound");
    }
}

#[test]
fn the_canister_holds_as_many_as_it_was_told() {
    let world = world_with(InitArgs { max_applications: Some(10), ..init_args() });
    let program = fixtures::open_program(&world);
    let health = |world: &World| {
        world.advance(granary_tests::clock::MINUTE);
        let health = world.by(Who::Operator).get_system_health().value("system health");
        health.components.into_iter().find(|one| one.name == "applications").unwrap()
    };
    fill(&world, program, 7);
    let healthy = health(&world);
    assert!(healthy.reason.is_empty(), "{healthy:?}");
    fill(&world, program, 2);
    let degraded = health(&world);
    assert!(!degraded.reason.is_empty(), "nine of ten: {degraded:?}");
    fill(&world, program, 1);
    let args = fixtures::submission(program, fixtures::content(DOLLAR));
    let code = world.by_principal(applicant(60)).submit_application(args).code("full");
    assert_eq!(code, "common.capacity.full");

    let mut terms = fixtures::terms();
    terms.max_applications = 1;
    let create = CreateProgramArgs { terms, managers: Vec::new(), idempotency_key: None };
    world.by(Who::Manager).create_program(create).value("a small programme");
    fixtures::assert_valid(&world);
}
