//! The invariants are checked in the background, and what contradicts one is not kept quiet.

use granary_api::common::{GetLogsArgs, HealthStatus, LogLevel, ValidateStateArgs};
use granary_tests::{
    clock::{HOUR, MINUTE},
    fixtures::{self, DOLLAR},
    people::Who,
    reply::Expect,
    surgery::Opened,
    world::World,
};

use crate::world;

fn figure(world: &World, name: &str) -> u64 {
    let page = world.caller(Who::Anonymous).http_get("/metrics").value("metrics");
    let text = String::from_utf8(page.body.into_vec()).expect("text");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.and_then(|figure| figure.parse().ok()).unwrap_or_else(|| panic!("no {name}: {text}"))
}

fn component(world: &World) -> (HealthStatus, String) {
    let health = world.caller(Who::Operator).get_system_health().value("system health");
    let found = health.components.into_iter().find(|one| one.name == "invariants");
    found.map(|one| (one.status, one.reason)).expect("invariants are watched")
}

#[test]
fn a_whole_state_is_swept_and_found_whole() {
    let world = world();
    let program = fixtures::open_program(&world);
    fixtures::submit(&world, program, fixtures::content(DOLLAR));
    assert_eq!(figure(&world, "invariant_sweep_timestamp_seconds"), 0, "not yet");
    world.advance(MINUTE);
    assert!(figure(&world, "invariant_sweep_timestamp_seconds") > 0);
    let args = ValidateStateArgs { cursor: None, max_items: 10_000 };
    let whole = world.caller(Who::Auditor).validate_state(&args).value("validated");
    assert_eq!(whole.next, None, "small enough for one piece");
    assert_eq!(figure(&world, "invariant_sweep_checked"), whole.checked, "the same entities");
    assert_eq!(figure(&world, "invariant_violations_total"), 0);
    assert_eq!(component(&world), (HealthStatus::Healthy, String::new()));
}

/// Where in a memory these bytes stand. Nearly all of it is zero, and where only zeros are nothing
/// can begin that begins with something else: comparing whole pages first saves a second.
fn places(memory: &[u8], sought: &[u8]) -> Vec<usize> {
    const PAGE: usize = 65_536;
    assert_ne!(sought[0], 0, "it would begin among the zeros");
    let zeros = vec![0; PAGE];
    let mut found = Vec::new();
    for start in (0..memory.len()).step_by(PAGE) {
        let end = memory.len().min(start + PAGE);
        if memory[start..end] == zeros[..end - start] {
            continue;
        }
        found.extend((start..end).filter(|&at| memory[at..].starts_with(sought)));
    }
    found
}

/// Turns one bit of a stored event around, as a decaying disk might.
fn damage(world: &World, event: &[u8]) {
    let state = Opened::new(world);
    let mut memory = state.bytes().to_vec();
    let found = places(&memory, event);
    let [at] = found.as_slice() else { panic!("stored {} times", found.len()) };
    // Behind the head of the entry: it still reads, and says something else.
    memory[at + event.len() - 1] ^= 1;
    state.put(memory);
}

#[test]
fn a_damaged_state_is_found_named_and_counted() {
    let world = world();
    let program = fixtures::open_program(&world);
    fixtures::submit(&world, program, fixtures::content(DOLLAR));
    fixtures::submit(&world, program, fixtures::content(DOLLAR));
    let events = world.caller(Who::Auditor).get_events(0, 100).value("events").events;
    // Not the newest one: the chain holds what has something behind it.
    let victim = events.iter().find(|one| one.kind == "ApplicationSubmitted").expect("one");
    let good = victim.data.to_vec();
    let mut bad = good.clone();
    *bad.last_mut().expect("not empty") ^= 1;
    damage(&world, &good);
    // An upgrade begins a new sweep.
    world.upgrade();
    assert_eq!(component(&world).0, HealthStatus::Healthy, "not looked at yet");
    world.advance(MINUTE);
    let (status, reason) = component(&world);
    assert_eq!(status, HealthStatus::Critical);
    assert!(reason.contains("contradict an invariant"), "{reason}");
    let found = figure(&world, "invariant_violations_total");
    assert!(found > 0);
    let args = GetLogsArgs { after: None, limit: 100, min_level: LogLevel::Error };
    let lines = world.caller(Who::Auditor).get_logs(args).value("the log").entries;
    let line = lines.iter().find(|line| line.component == "invariants").expect("it is logged");
    assert_eq!(line.code, "C1");
    // Mended, the next sweep takes it back; what was counted stays counted.
    damage(&world, &bad);
    world.advance(7 * HOUR);
    world.advance(MINUTE);
    assert_eq!(component(&world), (HealthStatus::Healthy, String::new()));
    assert!(figure(&world, "invariant_violations_total") >= found);
    fixtures::assert_valid(&world);
}
