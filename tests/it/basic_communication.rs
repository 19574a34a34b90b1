//! The canister answers: who it is, how it is, what it speaks.

use granary_api::{
    common::{HealthStatus, Mode, Profile},
    micro_grants::Role,
};
use granary_tests::{
    chain,
    engine::GENESIS_NS,
    people::{self, Who},
    reply::Expect,
    world::wasm,
};
use sha2::{Digest, Sha256};

use crate::world;

#[test]
fn a_fresh_canister_says_who_it_is() {
    let world = world();
    let version = world.by(Who::Anonymous).get_version().value("the version");
    assert_eq!(version.version, wasm().version);
    assert!(version.schema >= 1, "the schema has a number");
    assert_eq!(version.upgrade_count, 0);
    assert!(version.installed_at_ns >= GENESIS_NS, "installed on this network");
    assert!(version.canister_version > 0, "the platform's counter is told");
    let built = Sha256::digest(world.subject().packed());
    assert_eq!(world.module_hash(), built[..], "what runs is what was built");
}

#[test]
fn health_has_three_values_and_says_why() {
    let world = world();
    let health = world.by(Who::Anonymous).health_check().value("health");
    assert_eq!(health.mode, Mode::Full);
    assert_eq!(health.version, wasm().version);
    // No programme has money or trustees yet, and the canister says so instead of looking well.
    if health.status == HealthStatus::Healthy {
        assert!(health.reasons.is_empty(), "{:?}", health.reasons);
    } else {
        assert!(!health.reasons.is_empty(), "a status that is not Healthy has a reason");
    }
}

#[test]
fn figures_that_tell_which_path_ran_are_for_trusted_callers() {
    let world = world();
    for who in [Who::Anonymous, Who::Stranger, Who::Applicant, Who::Reviewer] {
        let seen = world.by(who).get_system_health().value("system health");
        assert_eq!(seen.cycles, None, "{who:?}");
        assert_eq!(seen.heap_bytes, None, "{who:?}");
        assert_eq!(seen.stable_bytes, None, "{who:?}");
        assert_eq!(seen.runway_days, None, "{who:?}");
    }
    for who in [Who::Operator, Who::Governor] {
        let seen = world.by(who).get_system_health().value("system health");
        assert!(seen.cycles.is_some_and(|cycles| cycles > 0), "{who:?}");
        assert!(seen.heap_bytes.is_some_and(|bytes| bytes > 0), "{who:?}");
        assert!(seen.stable_bytes.is_some_and(|bytes| bytes > 0), "{who:?}");
        assert_eq!(seen.profile, Profile::Testing);
    }
}

#[test]
fn it_lists_the_standards_it_speaks() {
    let world = world();
    let standards = world.by(Who::Anonymous).icrc10_supported_standards().value("standards");
    assert!(standards.iter().any(|standard| standard.name == "ICRC-10"), "{standards:?}");
    assert!(standards.iter().all(|standard| standard.url.starts_with("https://")));
}

#[test]
fn roles_given_at_installation_are_listed() {
    let world = world();
    let roles = world.by(Who::Governor).get_roles().value("roles");
    for expected in people::roles() {
        assert!(roles.contains(&expected), "{expected:?}");
    }
    let governors = roles.iter().filter(|grant| grant.role == Role::Governor);
    assert_eq!(
        governors.map(|grant| grant.holder).collect::<Vec<_>>(),
        [Who::Governor.principal()]
    );
}

#[test]
fn the_journal_starts_with_the_installation_and_its_head_is_certified() {
    let world = world();
    let auditor = world.by(Who::Auditor);
    let events = chain::checked(&auditor);
    assert!(!events.is_empty(), "the installation is an event");
    let head = auditor.get_certified_head().value("head");
    assert!(head.certificate.is_some_and(|bytes| !bytes.is_empty()), "queries carry one");
}

#[test]
fn monitoring_is_served_over_http() {
    let world = world();
    let anonymous = world.by(Who::Anonymous);
    for url in ["/metrics", "/monitoring/metrics"] {
        let response = anonymous.http_get(url).value(url);
        assert_eq!(response.status_code, 200, "{url}");
        let text = String::from_utf8(response.body.into_vec()).unwrap();
        assert!(text.contains("# TYPE "), "{url} is Prometheus text");
    }
    let health = anonymous.http_get("/monitoring/health").value("health over HTTP");
    assert!(matches!(health.status_code, 200 | 503), "{}", health.status_code);
    assert_eq!(anonymous.http_get("/no/such/page").value("unknown").status_code, 404);
}
