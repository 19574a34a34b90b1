//! The methods that every canister has.

use granary_api::common::{GetLogsArgs, HealthStatus, LogLevel, Mode, Profile};
use granary_errors::Category;
use granary_tests::{
    chain, engine::GENESIS_NS, fixtures, people::Who, reply::Expect, subject, world::World,
};
use sha2::{Digest, Sha256};

/// Methods without which a canister is not one of the suite.
const METHODS: [&str; 24] = [
    "check_dependencies",
    "export_state",
    "get_certified_head",
    "get_drain_status",
    "get_events",
    "get_jobs_status",
    "get_logs",
    "get_migration_status",
    "get_peers",
    "get_state_digest",
    "get_system_health",
    "get_upgrade_history",
    "get_version",
    "health_check",
    "http_request",
    "icrc10_supported_standards",
    "import_state",
    "prepare_upgrade",
    "resume",
    "resume_jobs",
    "set_mode",
    "set_peer",
    "set_role",
    "validate_state",
];

/// Fails unless a fresh canister answers as all do; `fresh` is what it says about its health while
/// it holds nothing.
#[track_caller]
pub(super) fn assert_standard(world: &World, fresh: HealthStatus) {
    has_every_method(world);
    says_who_it_is(world);
    says_how_it_is(world, fresh);
    hides_what_it_costs(world);
    starts_a_certified_journal(world);
    names_its_peers(world);
    serves_pages(world);
    keeps_its_log_for_those_it_trusts(world);
    fixtures::assert_valid(world);
}

fn has_every_method(world: &World) {
    let interface = world.subject().interface();
    let has = |name: &str| interface.methods.iter().any(|method| method.name == name);
    let missing: Vec<_> = METHODS.iter().filter(|name| !has(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for peer in world.subject().peers {
        let method = format!("test_{peer}_connection");
        assert!(has(&method), "{method}");
    }
}

fn says_who_it_is(world: &World) {
    let version = world.caller(Who::Anonymous).get_version().value("the version");
    let artifact = world.subject().artifact();
    assert_eq!(version.version, artifact.version);
    assert!(version.schema >= 1, "the schema has a number");
    assert_eq!(version.upgrade_count, 0);
    assert!(version.installed_at_ns >= GENESIS_NS, "installed on this network");
    assert!(version.canister_version > 0, "the platform's counter is told");
    let built = Sha256::digest(world.subject().packed());
    assert_eq!(world.module_hash(), built[..], "what runs is what was built");
    let migration = world.caller(Who::Anonymous).get_migration_status().value("migration");
    assert_eq!((migration.schema, migration.target), (version.schema, version.schema));
    let history = world.caller(Who::Anonymous).get_upgrade_history().value("history");
    assert_eq!(history, Vec::new());
    let standards = world.caller(Who::Anonymous).icrc10_supported_standards().value("standards");
    assert!(standards.iter().any(|standard| standard.name == "ICRC-10"), "{standards:?}");
    assert!(standards.iter().all(|standard| standard.url.starts_with("https://")));
}

fn says_how_it_is(world: &World, fresh: HealthStatus) {
    let health = world.caller(Who::Anonymous).health_check().value("health");
    assert_eq!((health.status, health.mode), (fresh, Mode::Full), "{:?}", health.reasons);
    assert_eq!(health.reasons.is_empty(), fresh == HealthStatus::Healthy, "{:?}", health.reasons);
    let whole = world.caller(Who::Operator).get_system_health().value("system health");
    let worst = whole.components.iter().map(|component| component.status).max();
    assert_eq!((Some(whole.overall), whole.overall), (worst, fresh), "{:?}", whole.components);
    for component in &whole.components {
        let healthy = component.status == HealthStatus::Healthy;
        assert_eq!(component.reason.is_empty(), healthy, "{component:?}");
    }
    for name in ["memory", "jobs", "schema"] {
        assert!(whole.components.iter().any(|component| component.name == name), "{name}");
    }
    assert_eq!(whole.profile, Profile::Testing);
}

fn hides_what_it_costs(world: &World) {
    for who in [Who::Anonymous, Who::Stranger, Who::Applicant, Who::Backup] {
        let seen = world.caller(who).get_system_health().value("system health");
        assert_eq!((seen.cycles, seen.runway_days), (None, None), "{who:?}");
        assert_eq!((seen.heap_bytes, seen.stable_bytes), (None, None), "{who:?}");
    }
    for who in [Who::Operator, Who::Auditor, Who::Governor, Who::Controller] {
        let seen = world.caller(who).get_system_health().value("system health");
        assert!(seen.cycles.is_some_and(|cycles| cycles > 0), "{who:?}");
        assert!(seen.heap_bytes.is_some_and(|bytes| bytes > 0), "{who:?}");
        assert!(seen.stable_bytes.is_some_and(|bytes| bytes > 0), "{who:?}");
    }
}

fn starts_a_certified_journal(world: &World) {
    let events = chain::checked(&world.caller(Who::Stranger));
    assert_eq!(events.first().map(|event| event.kind.as_str()), Some("Installed"));
    let jobs = world.caller(Who::Stranger).get_jobs_status().value("jobs");
    assert_eq!((jobs.running, jobs.dead_letter), (0, 0), "{jobs:?}");
}

fn names_its_peers(world: &World) {
    let told = world.caller(Who::Stranger).get_peers().value("peers");
    let mut names: Vec<&str> = told.iter().map(|peer| peer.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, world.subject().peers);
    assert!(told.iter().all(|peer| peer.canister.is_none()), "nobody told it yet: {told:?}");
    let governor = world.caller(Who::Governor);
    let code = governor.set_peer("nowhere", None).code("a peer it has not");
    assert_eq!(code, "common.peer.unknown");
    let Some(name) = names.first() else { return };
    let place = subject::newcomer();
    let stranger = world.caller(Who::Stranger).set_peer(name, Some(place));
    stranger.refused(Category::Unauthorized, "a stranger");
    governor.set_peer(name, Some(place)).value("tell it");
    let told = governor.get_peers().value("peers");
    let found = told.iter().find(|peer| peer.name == *name).and_then(|peer| peer.canister);
    assert_eq!(found, Some(place));
    governor.set_peer(name, None).value("forget it");
}

fn serves_pages(world: &World) {
    let anonymous = world.caller(Who::Anonymous);
    for url in ["/metrics", "/monitoring/metrics"] {
        let response = anonymous.http_get(url).value(url);
        assert_eq!(response.status_code, 200, "{url}");
        let text = String::from_utf8(response.body.into_vec()).unwrap();
        let lines = |head: &str| text.lines().filter(|line| line.starts_with(head)).count();
        assert!(lines("# TYPE ") >= 20, "{url}: {text}");
        assert_eq!(lines("# TYPE "), lines("# HELP "), "every family is explained");
        assert!(text.contains("\ncanister_schema_version "), "{url}: {text}");
        assert!(!text.contains("\ncanister_cycles "), "nobody is not told the balance");
    }
    for url in ["/health", "/monitoring/health"] {
        let health = anonymous.http_get(url).value(url);
        assert!(matches!(health.status_code, 200 | 503), "{url}: {}", health.status_code);
    }
    let dashboard = anonymous.http_get("/dashboard").value("dashboard");
    assert_eq!(dashboard.status_code, 200);
    let text = String::from_utf8(dashboard.body.into_vec()).unwrap();
    assert!(text.contains(world.subject().name), "{text}");
    assert_eq!(anonymous.http_get("/no/such/page").value("unknown").status_code, 404);
}

fn keeps_its_log_for_those_it_trusts(world: &World) {
    let args = || GetLogsArgs { after: None, limit: 10, min_level: LogLevel::Info };
    let page = world.caller(Who::Operator).get_logs(args()).value("the log");
    assert!(!page.entries.is_empty(), "the installation is logged");
    world.caller(Who::Stranger).get_logs(args()).refused(Category::Unauthorized, "a stranger");
}
