//! A canister asks the others it knows how they are, remembers the answer for a while, and never
//! waits for them.

use std::sync::Arc;

use granary_api::common::{Dependency, DependencyReport, HealthStatus};
use granary_tests::{
    clock::{MINUTE, SECOND},
    engine::Engine,
    fixtures::{self, DOLLAR},
    people::Who,
    reply::Expect,
    subject::MICRO_GRANTS,
    world::World,
};

use crate::localnet;

/// Two canisters on one network; the first knows the second as its execution.
fn pair() -> (World, World) {
    // Built first: the server's time to live must not run out meanwhile.
    let _ = MICRO_GRANTS.artifact();
    let network = Arc::new(Engine::shared(localnet()).instance());
    let [main, peer] = [(); 2].map(|()| {
        let world = World::on(&network, &MICRO_GRANTS);
        world.install_encoded((MICRO_GRANTS.init)());
        world
    });
    // Healthy from the beginning, so that what is not is the dependency.
    fixtures::open_program(&main);
    main.caller(Who::Governor).set_peer("execution", Some(peer.canister)).value("tell");
    (main, peer)
}

fn named<'a>(report: &'a DependencyReport, name: &str) -> &'a Dependency {
    report.dependencies.iter().find(|one| one.name == name).expect("every name has a row")
}

fn component(world: &World) -> (HealthStatus, String) {
    let health = world.caller(Who::Operator).get_system_health().value("system health");
    let found = health.components.into_iter().find(|one| one.name == "dependencies");
    found.map(|one| (one.status, one.reason)).expect("dependencies are watched")
}

fn test_execution(world: &World) -> Dependency {
    world.caller(Who::Operator).update_plain("test_execution_connection").value("asked")
}

#[test]
fn a_peers_own_word_is_passed_on() {
    let (main, peer) = pair();
    assert_eq!(component(&main).0, HealthStatus::Healthy, "nobody was asked yet");
    let report = main.caller(Who::Operator).check_dependencies().value("asked");
    let told = named(&report, "execution");
    assert_eq!(told.canister, Some(peer.canister));
    // A fresh canister has no budget and no reviewers.
    assert_eq!((told.status, report.overall), (HealthStatus::Degraded, HealthStatus::Degraded));
    assert!(told.reason.contains("budget"), "{told:?}");
    assert_eq!(told.version.as_deref(), Some(MICRO_GRANTS.artifact().version.as_str()));
    assert!(told.checked_at_ns > 0 && told.checked_at_ns <= main.now_ns());
    let (status, reason) = component(&main);
    assert_eq!(status, HealthStatus::Degraded);
    assert!(reason.starts_with("execution: "), "{reason}");
    // Nobody has told where the other one is: known as such, and no fault of this canister's.
    let untold = named(&report, "registry");
    assert_eq!((untold.canister, untold.checked_at_ns), (None, 0));
    main.caller(Who::Governor).set_peer("execution", None).value("forget");
    assert_eq!(component(&main).0, HealthStatus::Healthy, "what is forgotten counts no more");
}

#[test]
fn an_answer_is_remembered_for_a_minute_unless_somebody_insists() {
    let (main, _peer) = pair();
    let asked = || {
        let report = main.caller(Who::Auditor).check_dependencies().value("asked");
        named(&report, "execution").checked_at_ns
    };
    let first = asked();
    // Sooner than the job asks by itself for the first time.
    main.advance(10 * SECOND);
    assert_eq!(asked(), first, "a little later it is still known");
    let insisted = test_execution(&main).checked_at_ns;
    assert!(insisted > first);
    assert_eq!(asked(), insisted, "the newest answer is the one that counts");
    main.advance(MINUTE);
    assert!(asked() > insisted);
}

#[test]
fn a_stopped_peer_stops_nobody_else() {
    let (main, peer) = pair();
    fixtures::open_program(&peer);
    assert_eq!(test_execution(&main).status, HealthStatus::Healthy);
    peer.stop();
    let lost = test_execution(&main);
    assert_eq!((lost.status, lost.version), (HealthStatus::Critical, None));
    assert_eq!(component(&main).0, HealthStatus::Critical);
    let program = fixtures::open_program(&main);
    fixtures::submit(&main, program, fixtures::content(DOLLAR));
    peer.start();
    // The job asks by itself, at the latest five minutes and a beat later.
    main.advance(5 * MINUTE);
    main.advance(MINUTE);
    assert_eq!(component(&main), (HealthStatus::Healthy, String::new()));
}

#[test]
fn what_a_peer_said_amid_a_release_is_forgotten_when_work_goes_on() {
    let (main, peer) = pair();
    fixtures::open_program(&peer);
    let governor = main.caller(Who::Governor);
    governor.prepare_upgrade(7, main.now_ns() + 10 * MINUTE).value("a drain");
    peer.stop();
    test_execution(&main);
    assert_eq!(component(&main).0, HealthStatus::Critical);
    peer.start();
    governor.resume(7, false).value("work goes on");
    assert_eq!(component(&main), (HealthStatus::Healthy, String::new()));
    main.advance(6 * MINUTE);
    assert_eq!(component(&main), (HealthStatus::Healthy, String::new()), "it has asked again");
}

#[test]
fn nobody_is_asked_amid_a_release_and_everybody_soon_after_it() {
    let (main, peer) = pair();
    let governor = main.caller(Who::Governor);
    governor.prepare_upgrade(7, main.now_ns() + 10 * MINUTE).value("a drain");
    // As if the peer stood still for its own new code.
    peer.stop();
    main.advance(4 * MINUTE);
    assert_eq!(component(&main), (HealthStatus::Healthy, String::new()), "nobody was asked");
    governor.resume(7, false).value("work goes on");
    main.advance(MINUTE);
    assert_eq!(component(&main).0, HealthStatus::Critical, "it stands still for good");
}

#[test]
fn calls_and_refusals_are_counted() {
    let (main, peer) = pair();
    test_execution(&main);
    peer.stop();
    test_execution(&main);
    main.by(Who::Stranger).pause_program(1).code("a stranger");
    main.by(Who::Stranger).pause_program(1).code("again");
    let page = main.caller(Who::Anonymous).http_get("/metrics").value("metrics");
    let text = String::from_utf8(page.body.into_vec()).expect("text");
    for line in [
        "call_outcomes_total{peer=\"execution\",outcome=\"done\"} 1",
        "call_outcomes_total{peer=\"execution\",outcome=\"not_applied\"} 0",
        // What a stopped canister answers does not say whether it acted before.
        "call_outcomes_total{peer=\"execution\",outcome=\"unknown\"} 1",
        "calls_in_flight 0",
        "dependency_health_up{peer=\"execution\"} 0",
        "errors_total{category=\"Unauthorized\",code=\"micro_grants.program.not_manager\"} 2",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}
