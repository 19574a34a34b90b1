//! Money that flows by the second: nothing before the cliff, everything at the end, never more.

use granary_api::micro_grants::{Grant, GrantMode, StartStreamArgs, StreamTerms};
use granary_errors::Category;
use granary_tests::{
    clock::{DAY, SECOND},
    fixtures::{self, DOLLAR},
    people::Who,
    reply::Expect,
    world::World,
};

use crate::world;

/// Length of the streams here; shorter than the inactivity time.
const LENGTH: u64 = 20 * DAY;
const AWARD: u128 = 200 * DOLLAR;

/// A grant of 200 dollars that flows over twenty days from now, with a cliff after five.
fn streaming(world: &World) -> (u64, u64, StreamTerms) {
    let program = fixtures::open_program(world);
    let grant = fixtures::active_grant(world, program, fixtures::content(AWARD));
    let start_ns = world.now_ns() + SECOND;
    let terms = StreamTerms { start_ns, cliff_ns: start_ns + 5 * DAY, end_ns: start_ns + LENGTH };
    world.by(Who::Manager).start_stream(StartStreamArgs { grant, terms }).value("start");
    (program, grant, terms)
}

fn look(world: &World, grant: u64) -> Grant {
    world.by(Who::Auditor).get_grant(grant).value("the grant")
}

#[test]
fn nothing_before_the_cliff_and_everything_at_the_end() {
    let world = world();
    let (program, grant, terms) = streaming(&world);
    assert_eq!(look(&world, grant).mode, GrantMode::Stream(terms));
    let grantee = world.by(Who::Applicant);
    world.set_time(terms.cliff_ns - SECOND);
    let code = grantee.claim_stream(grant).code("before the cliff");
    assert_eq!(code, "micro_grants.stream.nothing_to_claim");

    world.set_time(terms.cliff_ns);
    grantee.claim_stream(grant).value("at the cliff");
    let claimed = look(&world, grant).queued_units;
    // A quarter of the time has passed; the message itself runs some nanoseconds later.
    assert!((50 * DOLLAR..50 * DOLLAR + 10).contains(&claimed), "{claimed}");
    let code = grantee.claim_stream(grant).code("at once again");
    // The next unit takes 8.6 milliseconds to flow, a round on the test network nanoseconds.
    assert_eq!(code, "micro_grants.stream.nothing_to_claim");

    world.set_time(terms.start_ns + LENGTH / 2);
    grantee.claim_stream(grant).value("half way");
    let claimed = look(&world, grant).queued_units;
    assert!((100 * DOLLAR..100 * DOLLAR + 10).contains(&claimed), "{claimed}");

    world.set_time(terms.end_ns + DAY);
    grantee.claim_stream(grant).value("at the end");
    let stored = look(&world, grant);
    assert_eq!(stored.queued_units, AWARD, "to the unit");
    grantee.claim_stream(grant).refused(Category::StateError, "never more than the award");
    let budget = world.by(Who::Auditor).get_budget(program).value("budget");
    assert_eq!(budget.queued_units, AWARD);
    fixtures::assert_valid(&world);
}

#[test]
fn a_pause_stops_the_flow_and_moves_the_end() {
    let world = world();
    let (_, grant, terms) = streaming(&world);
    let manager = world.by(Who::Manager);
    world.set_time(terms.start_ns + LENGTH / 2);
    manager.pause_stream(grant, true).value("pause");
    assert!(look(&world, grant).stream_paused);
    let code = manager.pause_stream(grant, true).code("paused already");
    assert_eq!(code, "micro_grants.stream.unchanged");
    world.by(Who::Applicant).claim_stream(grant).value("what had flowed is theirs");
    let claimed = look(&world, grant).queued_units;
    assert!((100 * DOLLAR..100 * DOLLAR + 10).contains(&claimed), "{claimed}");

    let paused_for = 4 * DAY;
    world.set_time(terms.start_ns + LENGTH / 2 + paused_for);
    let code = world.by(Who::Applicant).claim_stream(grant).code("nothing flows");
    assert_eq!(code, "micro_grants.stream.nothing_to_claim");
    manager.pause_stream(grant, false).value("go on");
    let GrantMode::Stream(moved) = look(&world, grant).mode else {
        panic!("the grant is still a stream")
    };
    let shift = moved.end_ns - terms.end_ns;
    assert!((paused_for - SECOND..paused_for + SECOND).contains(&shift), "moved by {shift}");

    world.set_time(moved.end_ns);
    world.by(Who::Applicant).claim_stream(grant).value("the rest");
    assert_eq!(look(&world, grant).queued_units, AWARD, "the pause lost nothing");
    fixtures::assert_valid(&world);
}

#[test]
fn a_stream_survives_an_upgrade_in_mid_flow() {
    let world = world();
    let (_, grant, terms) = streaming(&world);
    world.set_time(terms.start_ns + LENGTH / 2);
    let before = look(&world, grant);
    world.upgrade();
    assert_eq!(look(&world, grant).mode, before.mode);
    world.by(Who::Applicant).claim_stream(grant).value("claim after the upgrade");
    let claimed = look(&world, grant).queued_units;
    assert!((100 * DOLLAR..100 * DOLLAR + 10).contains(&claimed), "{claimed}");
    fixtures::assert_valid(&world);
}

#[test]
fn terms_without_sense_are_refused() {
    let world = world();
    let program = fixtures::open_program(&world);
    let grant = fixtures::active_grant(&world, program, fixtures::content(AWARD));
    let now = world.now_ns();
    let good = StreamTerms { start_ns: now, cliff_ns: now + DAY, end_ns: now + LENGTH };
    for terms in [
        StreamTerms { end_ns: good.start_ns, ..good },
        StreamTerms { cliff_ns: good.end_ns + 1, ..good },
        StreamTerms { cliff_ns: good.start_ns - 1, ..good },
        StreamTerms { end_ns: u64::MAX, ..good },
    ] {
        let code = world
            .by(Who::Manager)
            .start_stream(StartStreamArgs { grant, terms })
            .code("terms without sense");
        assert_eq!(code, "micro_grants.stream.terms", "{terms:?}");
    }
    let steps = fixtures::content_in_steps(30 * DOLLAR, 3, now);
    let stepped = fixtures::active_grant(&world, program, steps);
    world
        .by(Who::Manager)
        .start_stream(StartStreamArgs { grant: stepped, terms: good })
        .refused(Category::StateError, "milestones do not flow");
}
