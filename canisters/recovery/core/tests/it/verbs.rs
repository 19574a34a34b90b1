//! What members, the governor and the clock may do, verb by verb.

use crate::support::sparse::SparseMemory;
use crate::support::{
    DAY, Governor, HOUR, SECOND, START, World, approve, ask, at, committee, drive, governor,
    install, member, own, person, ready, settings, submit, testing, upgrade, world,
};
use granary_kernel::{CanisterStore, Fault, Mode, Profile};
use recovery_core::errors::{InputFault, RecoveryError, StateFault};
use recovery_core::invariants;
use recovery_core::limits;
use recovery_core::records::{Delays, Event, EventKind, Operation, Seen, State};
use recovery_core::rules::answered::Outcome;
use recovery_core::rules::next::Ask;
use recovery_core::store::{Begun, Store, Upgrade};
use recovery_core::types::{Duration, StateKind, Timestamp};

fn state(store: &World, request: u64) -> StateKind {
    store.request(request).expect("it").1.state.kind()
}

fn story(store: &World, from: u64) -> Vec<EventKind> {
    let events = (from..store.journal_head().0).filter_map(|at| Some(store.event(at)?.1));
    events.map(|event: Event| event.kind).collect()
}

#[test]
fn y2_the_same_bytes_from_a_quorum_of_distinct_members() {
    let (_, mut store) = world();
    let from = store.journal_head().0;
    let request = submit(&mut store, START, 1, install(1));
    assert_eq!(submit(&mut store, START, 1, install(1)), request, "the same again counts once");
    assert_eq!(submit(&mut store, START, 2, install(1)), request, "the same bytes are joined");
    assert_ne!(submit(&mut store, START, 3, install(2)), request, "other bytes are not");
    assert_eq!(state(&store, request), StateKind::Open);
    let other = store.request(2).expect("it").1.digest;
    let wrong = store.approve_request(&at(START, member(3)), request, &other);
    assert_eq!(wrong, Err(InputFault::Digest.into()));
    approve(&mut store, START, 3, request);
    assert_eq!(state(&store, request), StateKind::Ready);
    let expected = [
        EventKind::RequestSubmitted,
        EventKind::RequestApproved,
        EventKind::RequestApproved,
        EventKind::RequestSubmitted,
        EventKind::RequestApproved,
        EventKind::RequestReady,
    ];
    assert_eq!(story(&store, from), expected);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn only_members_act() {
    let (_, mut store) = world();
    let request = submit(&mut store, START, 1, Operation::Start);
    for who in [person(6), governor(), own()] {
        let ctx = at(START, who);
        let digest = store.request(request).expect("it").1.digest;
        let refused = Err(RecoveryError::NotMember);
        assert_eq!(store.submit_request(&ctx, Operation::Start, None), refused);
        assert_eq!(store.approve_request(&ctx, request, &digest), refused);
        assert_eq!(store.withdraw_approval(&ctx, request), refused);
        assert_eq!(store.execute_request(&ctx, request), refused);
        assert_eq!(store.check_chunk(&ctx, &[1]), Err(RecoveryError::NotMember));
        assert_eq!(store.check_clearing(&ctx), Err(RecoveryError::NotMember));
    }
    let nobody = at(START, candid::Principal::anonymous());
    let unsigned = Err(Fault::NoIdentity.into());
    assert_eq!(store.submit_request(&nobody, Operation::Start, None), unsigned);
}

#[test]
fn y3_the_committee_has_no_say_about_this_canister() {
    let (_, mut store) = world();
    for n in 1..=5 {
        let ctx = at(START, member(n));
        assert!(store.set_committee(&ctx, &own(), committee(1..=3, 2)).is_err());
        let deadline = Timestamp::from_nanos(START + HOUR);
        assert!(store.prepare_upgrade(&ctx, 1, deadline).is_err());
        assert!(store.resume(&ctx, 1, true).is_err());
        assert!(store.set_mode(&ctx, Mode::ReadOnly, "why").is_err());
        let role = recovery_core::records::Role::Governor;
        assert!(store.set_role(&ctx, role, member(n), true).is_err());
        assert!(store.set_peer(&ctx, "governor", Some(member(n))).is_err());
    }
    let ctx = at(START, governor());
    assert!(store.set_committee(&ctx, &own(), committee(1..=3, 2)).is_ok());
}

#[test]
fn y1_nobody_names_another_governor_but_an_upgrade() {
    let (memory, mut store) = world();
    let ctx = at(START, governor());
    let known = store.set_peer(&ctx, "governor", Some(person(60)));
    assert!(matches!(known, Err(Fault::PeerUnknown { .. })));
    let request = ready(&mut store, START, Operation::Start);
    drop(store);
    let args = Upgrade { target: Some(person(60)), ..upgrade() };
    let mut store = World::upgrade(memory.clone(), args, &ctx).expect("another governor");
    assert_eq!(store.config().target, person(60));
    // What was approved for the old one is done to nobody.
    let late = at(START + 3 * DAY, member(1));
    assert_eq!(store.execute_request(&late, request), Err(StateFault::Stale.into()));
    assert!(matches!(store.begin_step(&late, request), Ok(Begun::Wait(_))));
    let digest = store.request(request).expect("it").1.digest;
    let again = store.approve_request(&late, request, &digest);
    assert_eq!(again, Err(StateFault::Stale.into()));
    assert_eq!(invariants::check_all(&store), []);
    drop(store);
    for wrong in [own(), member(1), candid::Principal::anonymous()] {
        let args = Upgrade { target: Some(wrong), ..upgrade() };
        assert!(World::upgrade(memory.clone(), args, &ctx).is_err(), "{wrong}");
    }
}

#[test]
fn y2_approvals_end_with_the_membership() {
    let (_, mut store) = world();
    let request = ready(&mut store, START, Operation::Start);
    let ctx = at(START + HOUR, governor());
    let from = store.journal_head().0;
    let mut smaller = committee(1..=5, 3);
    smaller.members[2] = person(40);
    store.set_committee(&ctx, &own(), smaller).expect("the governor");
    assert_eq!(state(&store, request), StateKind::Open);
    let expected =
        [EventKind::CommitteeChanged, EventKind::ApprovalWithdrawn, EventKind::RequestReopened];
    assert_eq!(story(&store, from), expected);
    // Coming back brings no approval back; a smaller quorum makes it ready, and the delay is whole.
    store.set_committee(&ctx, &own(), committee(1..=5, 3)).expect("the governor");
    assert_eq!(state(&store, request), StateKind::Open);
    store.set_committee(&ctx, &own(), committee(1..=3, 2)).expect("the governor");
    let since = Timestamp::from_nanos(START + HOUR);
    assert_eq!(store.request(request).expect("it").1.state, State::Ready { since });
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn a_withdrawn_approval_opens_the_request_again() {
    let (_, mut store) = world();
    let request = ready(&mut store, START, Operation::Start);
    store.withdraw_approval(&at(START, member(2)), request).expect("its own");
    assert_eq!(state(&store, request), StateKind::Open);
    let twice = store.withdraw_approval(&at(START, member(2)), request);
    assert_eq!(twice, Err(StateFault::NotApproved.into()));
    approve(&mut store, START + HOUR, 4, request);
    let eta = store.view(request, Timestamp::from_nanos(START + HOUR)).expect("it").eta;
    assert_eq!(eta, Some(Timestamp::from_nanos(START + 25 * HOUR)), "the delay begins anew");
}

#[test]
fn the_clock_executes_when_the_delay_is_over_and_a_member_not_before() {
    let (_, mut store) = world();
    let request = ready(&mut store, START, install(1));
    let early = store.execute_request(&at(START + DAY - 1, member(1)), request);
    let until = Timestamp::from_nanos(START + DAY);
    assert_eq!(early, Err(StateFault::TooEarly { until }.into()));
    let waits = store.begin_step(&at(START + HOUR, own()), request).expect("running");
    assert!(matches!(waits, Begun::Wait(at) if at == until), "{waits:?}");
    let mut there = Governor::new();
    let ended = drive(&mut store, START + DAY, request, &mut there);
    assert_eq!(state(&store, request), StateKind::Completed);
    assert_eq!((there.module, there.changes.len()), ([1; 32], 4));
    assert!(ended < START + DAY + HOUR);
    assert_eq!(store.totals().last.map(|last| last.0), Some(1));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn an_outage_of_six_hours_takes_the_delay_away() {
    let (_, mut store) = world();
    let request = ready(&mut store, START, Operation::Start);
    let seen = |store: &mut World, now, seen| {
        store.note_health(&at(now, own()), seen).expect("running");
    };
    seen(&mut store, START, Seen::Silent);
    seen(&mut store, START + 6 * HOUR, Seen::Critical);
    assert!(store.execute_request(&at(START + 6 * HOUR, member(1)), request).is_err());
    // A look that succeeds ends the row.
    seen(&mut store, START + 7 * HOUR, Seen::Degraded);
    seen(&mut store, START + 8 * HOUR, Seen::Silent);
    assert!(store.execute_request(&at(START + 13 * HOUR, member(1)), request).is_err());
    seen(&mut store, START + 14 * HOUR + 1, Seen::Silent);
    let report = store.tick(&at(START + 14 * HOUR + 1, own()), &mut || true).expect("running");
    let due: Vec<u64> = report.handed.iter().map(|job| job.name.key).collect();
    assert_eq!(due, [request], "the clock does not wait for the delay");
    ask(&mut store, START + 14 * HOUR + 1, request);
    assert_eq!(state(&store, request), StateKind::Executing);
}

#[test]
fn one_execution_at_a_time_and_staged_chunks_stay_meanwhile() {
    let (_, mut store) = world();
    let first = ready(&mut store, START, Operation::Start);
    let second = ready(&mut store, START, Operation::Snapshot);
    let ctx = at(START + DAY, member(1));
    store.execute_request(&ctx, first).expect("due");
    let running = || StateFault::Running { id: first };
    assert_eq!(store.execute_request(&ctx, second), Err(running().into()));
    assert_eq!(store.check_clearing(&ctx), Err(running().into()));
    let waits = store.begin_step(&at(START + DAY, own()), second).expect("running");
    assert!(matches!(waits, Begun::Wait(_)));
    drive(&mut store, START + DAY, first, &mut Governor::new());
    drive(&mut store, START + 2 * DAY, second, &mut Governor::new());
    assert_eq!([state(&store, first), state(&store, second)], [StateKind::Completed; 2]);
    let again = store.execute_request(&at(START + 3 * DAY, member(1)), first);
    assert!(matches!(again, Err(RecoveryError::State(StateFault::Request { .. }))));
}

#[test]
fn y4_new_code_here_keeps_new_code_away_there() {
    let (memory, mut store) = world();
    let new = ready(&mut store, START, install(1));
    let old = ready(&mut store, START, Operation::Snapshot);
    drop(store);
    let ctx = at(START + DAY - HOUR, governor());
    let mut store = World::upgrade(memory, upgrade(), &ctx).expect("the same schema");
    let ctx = at(START + DAY, member(1));
    let until = Timestamp::from_nanos(START + 2 * DAY - HOUR);
    assert_eq!(store.execute_request(&ctx, new), Err(StateFault::Apart { until }.into()));
    let waits = store.begin_step(&at(START + DAY, own()), new).expect("running");
    assert!(matches!(waits, Begun::Wait(at) if at == until), "{waits:?}");
    assert!(store.execute_request(&ctx, old).is_ok(), "a snapshot changes no code");
}

#[test]
fn a_request_expires_and_what_is_asked_again_is_new() {
    let (_, mut store) = world();
    let request = submit(&mut store, START, 1, Operation::Start);
    let later = at(START + 7 * DAY, member(2));
    assert_eq!(store.submit_request(&later, Operation::Start, None).expect("new").id, 2);
    store.tick(&at(START + 7 * DAY, own()), &mut || true).expect("running");
    assert_eq!([state(&store, request), state(&store, 2)], [StateKind::Expired, StateKind::Open]);
    let digest = store.request(request).expect("it").1.digest;
    assert!(store.approve_request(&later, request, &digest).is_err());
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn k14_a_restored_state_executes_nothing_it_remembers() {
    let (memory, mut store) = world();
    let request = ready(&mut store, START, install(1));
    let image = memory.snapshot();
    drive(&mut store, START + DAY, request, &mut Governor::new());
    let mut restored = World::open(image).expect("an image");
    restored.resume(&at(START + DAY, governor()), 1, true).expect("the governor");
    let again = restored.execute_request(&at(START + 2 * DAY, member(1)), request);
    assert_eq!(again, Err(StateFault::Stale.into()));
    assert_ne!(submit(&mut restored, START + 2 * DAY, 1, install(1)), request);
    assert_eq!(invariants::check_all(&restored), []);
}

#[test]
fn k3_an_answer_that_comes_too_late_changes_nothing() {
    let (_, mut store) = world();
    let request = ready(&mut store, START, Operation::Start);
    let first = ask(&mut store, START + DAY, request);
    let lease = limits::CALL_LEASE.as_nanos();
    let busy = store.begin_step(&at(START + DAY + SECOND, own()), request).expect("running");
    assert!(matches!(busy, Begun::Wait(at) if at == first.lease_until));
    let second = ask(&mut store, START + DAY + lease, request);
    assert_eq!((first.turn, second.turn, &second.ask), (1, 2, &Ask::Status));
    let before = store.request(request).expect("it");
    let late = Outcome::Failed("late".to_owned());
    store.settle(&at(START + DAY + lease, own()), &first, late).expect("running");
    assert_eq!(store.request(request).expect("it"), before);
}

#[test]
fn nobody_fills_the_canister_alone() {
    let (_, mut store) = world();
    for module in 1..=3 {
        submit(&mut store, START, 1, install(module));
    }
    let ctx = at(START, member(1));
    let full = store.submit_request(&ctx, install(4), None);
    assert!(matches!(full, Err(RecoveryError::Kernel(Fault::Full { max: 3, .. }))));
    assert!(store.submit_request(&ctx, install(3), None).is_ok(), "joining is no new request");
    assert_eq!(submit(&mut store, START, 2, install(4)), 4);
    assert_eq!(store.check_chunk(&ctx, &[]), Err(InputFault::Chunk { bytes: 0 }.into()));
    let long = vec![0; 1_048_577];
    assert_eq!(store.check_chunk(&ctx, &long), Err(InputFault::Chunk { bytes: 1_048_577 }.into()));
    assert_eq!(store.check_chunk(&ctx, &long[1..]), Ok(()));
}

#[test]
fn c10_c11_c12_drain_repetition_and_mode() {
    let (_, mut store) = world();
    let ctx = at(START, member(1));
    let first = store.submit_request(&ctx, install(1), Some("k")).expect("new");
    let later = at(START + HOUR, member(1));
    assert_eq!(store.submit_request(&later, install(1), Some("k")), Ok(first));
    let other = store.submit_request(&later, install(2), Some("k"));
    assert_eq!(other, Err(Fault::IdempotencyConflict.into()));
    approve(&mut store, START, 2, 1);
    approve(&mut store, START, 3, 1);
    let by = at(START + DAY, governor());
    store.prepare_upgrade(&by, 1, Timestamp::from_nanos(START + 2 * DAY)).expect("governs");
    let ctx = at(START + DAY, member(1));
    assert_eq!(store.submit_request(&ctx, install(2), None), Err(Fault::Draining.into()));
    assert_eq!(store.execute_request(&ctx, 1), Err(Fault::Draining.into()));
    assert!(matches!(store.begin_step(&at(START + DAY, own()), 1), Ok(Begun::Wait(_))));
    store.resume(&by, 1, false).expect("the epoch");
    store.set_mode(&by, Mode::ReadOnly, "an audit").expect("governs");
    assert_eq!(store.withdraw_approval(&ctx, 1), Err(Fault::ReadOnly.into()));
    assert!(matches!(store.begin_step(&at(START + DAY, own()), 1), Ok(Begun::Wait(_))));
    store.set_mode(&by, Mode::Full, "it is over").expect("governs");
    assert!(store.execute_request(&ctx, 1).is_ok());
}

#[test]
fn c13_delays_are_shortened_by_tests_only() {
    let short = Delays { delay: Duration::seconds(60), ..Delays::DEFAULT };
    let opens = |args| Store::install(SparseMemory::default(), args, &at(START, own())).is_ok();
    assert!(opens(testing(short)));
    for profile in [Profile::Production, Profile::Development] {
        let mut args = testing(short);
        args.common.profile = profile;
        assert!(!opens(args));
    }
    let longer = Delays { delay: Duration::seconds(86_401), ..Delays::DEFAULT };
    let zero = Delays { lease: Duration::seconds(0), ..Delays::DEFAULT };
    assert!(!opens(testing(longer)) && !opens(testing(zero)));
    let mut args = settings(false);
    args.committee.members[0] = governor();
    assert!(!opens(args), "the governor repairs itself");
}
