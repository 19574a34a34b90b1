//! Random verbs against the store and a naive model of maps and scans; after each step both agree
//! on who was refused, on every state, sum and list, and every invariant holds.

use micro_grants_core::invariants;
use micro_grants_core::records::{Conflict, Evidence, Recommendation};
use micro_grants_core::rules::start_stream;
use micro_grants_core::store::CanisterStore;
use micro_grants_core::store::{ApplicationFilter, DraftInput};
use micro_grants_core::types::{ApplicationState, Timestamp};
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_oneof, proptest};

mod entities;
mod op;
mod oracle;
mod payouts;

use crate::support::{
    self, DAY, World, applicant, at, content, manager, review, reviewer, treasurer, world,
};
use op::Op;
use oracle::Model;

fn ops() -> impl Strategy<Value = Op> {
    let id = 1_u64..6;
    let who = 0_u8..10;
    let seat = 0_u8..4;
    let recommend = prop_oneof![
        5 => Just(Recommendation::Approve),
        1 => Just(Recommendation::Reject),
        1 => Just(Recommendation::Changes),
    ];
    let units = prop_oneof![Just(0_u128), Just(99), Just(100), 100_u128..3_002];
    let applications = prop_oneof![
        3 => (who.clone(), units.clone(), 0_u64..4).prop_map(|(w, u, m)| Op::Submit(w, u, m)),
        1 => (who.clone(), units.clone()).prop_map(|(w, u)| Op::Save(w, u)),
        1 => (who.clone(), id.clone(), units.clone()).prop_map(|(w, i, u)| Op::Promote(w, i, u)),
        1 => (who.clone(), id.clone(), units).prop_map(|(w, i, u)| Op::Revise(w, i, u)),
        1 => (who.clone(), id.clone()).prop_map(|(w, i)| Op::Withdraw(w, i)),
        6 => (seat.clone(), id.clone(), 0_u8..8).prop_map(|(s, i, c)| Op::Declare(s, i, c == 0)),
        8 => (seat.clone(), id.clone(), 3_u32..10, recommend)
            .prop_map(|(s, i, x, r)| Op::Review(s, i, x, r)),
        5 => id.clone().prop_map(Op::Finalize),
        1 => (who.clone(), id.clone()).prop_map(|(w, i)| Op::Appeal(w, i)),
    ];
    let gid = 1_u64..4;
    let step = 0_u64..3;
    let grants = prop_oneof![
        4 => (who.clone(), gid.clone()).prop_map(|(w, g)| Op::Accept(w, g)),
        1 => gid.clone().prop_map(Op::Suspend),
        2 => gid.clone().prop_map(Op::Reinstate),
        1 => gid.clone().prop_map(Op::Notice),
        1 => gid.clone().prop_map(Op::Terminate),
        1 => (who.clone(), gid.clone()).prop_map(|(w, g)| Op::Report(w, g)),
        4 => (who.clone(), gid.clone(), step.clone()).prop_map(|(w, g, s)| Op::Show(w, g, s)),
        4 => (seat, gid.clone(), step.clone(), 0_u8..4)
            .prop_map(|(r, g, s, x)| Op::Judge(r, g, s, x > 0)),
        4 => (who.clone(), gid.clone(), proptest::option::of(step))
            .prop_map(|(w, g, s)| Op::Pay(w, g, s)),
        1 => gid.clone().prop_map(Op::Stream),
        1 => (gid.clone(), 0_u8..2).prop_map(|(g, p)| Op::PauseStream(g, p == 0)),
        2 => (who, gid).prop_map(|(w, g)| Op::Claim(w, g)),
        2 => (1_u64..5).prop_map(Op::Send),
        2 => (1_u64..5).prop_map(Op::Settle),
        1 => (1_u64..5, 0_u8..4).prop_map(|(p, q)| Op::Fail(p, q == 0)),
        1 => (0_u8..2, 1_u64..5).prop_map(|(w, p)| Op::Retry(w, p)),
    ];
    prop_oneof![
        8 => applications,
        8 => grants,
        1 => (1_u64..12).prop_map(Op::Wait),
    ]
}

/// Applies `op` to the store; true when it was taken.
fn apply(store: &mut World, op: &Op, now: u64, paused: bool) -> bool {
    let by = |who| at(now, who);
    let app = |n: u8| at(now, applicant(n));
    let hash = [5; 32];
    match op.clone() {
        Op::Submit(w, u, m) => {
            store.submit_application(&app(w), support::draft(content(u, m)), None).is_ok()
        }
        Op::Save(w, u) => store.save_draft(&app(w), support::draft(content(u, 0)), None).is_ok(),
        Op::Promote(w, i, u) => {
            let input = DraftInput { draft: Some(i), ..support::draft(content(u, 0)) };
            store.submit_application(&app(w), input, None).is_ok()
        }
        Op::Revise(w, i, u) => store.revise_application(&app(w), i, content(u, 0)).is_ok(),
        Op::Withdraw(w, i) => store.withdraw_application(&app(w), i).is_ok(),
        Op::Declare(s, i, conflicted) => {
            let conflict = if conflicted { Conflict::Personal } else { Conflict::None };
            store.declare_conflict(&by(reviewer(s)), i, conflict, None).is_ok()
        }
        Op::Review(s, i, x, r) => store.submit_review(&by(reviewer(s)), i, &review(x, r)).is_ok(),
        Op::Finalize(i) => store.finalize_application(&by(manager()), i).is_ok(),
        Op::Appeal(w, i) => store.appeal_decision(&app(w), i, hash).is_ok(),
        Op::Accept(w, g) => store.accept_grant(&app(w), g).is_ok(),
        Op::Suspend(g) => store.suspend_grant(&by(manager()), g, hash).is_ok(),
        Op::Reinstate(g) => store.reinstate_grant(&by(manager()), g, hash).is_ok(),
        Op::Notice(g) => store.give_notice(&by(manager()), g, hash).is_ok(),
        Op::Terminate(g) => store.terminate_grant(&by(manager()), g).is_ok(),
        Op::Report(w, g) => {
            store.submit_progress_report(&app(w), g, "Going on.".to_owned(), vec![]).is_ok()
        }
        Op::Show(w, g, s) => {
            let evidence = vec![Evidence { uri: "https://e.org".to_owned(), sha256: hash }];
            store.submit_milestone(&app(w), g, s, evidence).is_ok()
        }
        Op::Judge(r, g, s, ok) => store.review_milestone(&by(reviewer(r)), g, s, ok, None).is_ok(),
        Op::Pay(w, g, s) => {
            // The second applicant stands for the treasurer here.
            let who = if w == 1 { by(treasurer()) } else { app(0) };
            store.request_payout(&who, g, s, None).is_ok()
        }
        Op::Stream(g) => {
            let day = |n: u64| Timestamp::from_nanos(now + n * DAY);
            let input = start_stream::Input { start: day(0), cliff: day(2), end: day(20) };
            store.start_stream(&by(manager()), g, input).is_ok()
        }
        Op::PauseStream(g, p) => store.pause_stream(&by(manager()), g, p).is_ok(),
        Op::Claim(w, g) => {
            let who = if w == 1 { by(treasurer()) } else { app(0) };
            store.claim_stream(&who, g).is_ok()
        }
        Op::Send(p) => store.send_payout(&by(manager()), p, 77).is_ok(),
        Op::Settle(p) => store.settle_payout(&by(manager()), p, 88).is_ok(),
        Op::Fail(p, q) => store.fail_payout(&by(manager()), p, q, "no").is_ok(),
        Op::Retry(w, p) => {
            let who = if w == 1 { treasurer() } else { manager() };
            store.retry_payout(&by(who), p).is_ok()
        }
        Op::Wait(_) => {
            let report = store.tick(&by(manager()), &mut || true).expect("running");
            assert_eq!(report.failed.len(), 0, "{report:?}");
            true
        }
        Op::TogglePause => {
            let ctx = by(manager());
            let done =
                if paused { store.open_program(&ctx, 1) } else { store.pause_program(&ctx, 1) };
            done.is_ok()
        }
    }
}

fn compare(store: &World, model: &Model) {
    let (programs, applications) = (store.counts()[0], store.counts()[1]);
    assert_eq!(programs, 1);
    assert_eq!(applications, u64::try_from(model.apps.len()).expect("few"));
    for (id, app) in &model.apps {
        let (_, head, _) = store.application(*id).expect("in both");
        assert_eq!((head.state, head.version), (app.state, app.version), "application {id}");
        assert_eq!(head.requested.get(), app.requested);
        assert_eq!(head.grant.map(micro_grants_core::types::Id::wire), app.grant);
    }
    for (id, grant) in &model.grants {
        let file = store.grant(*id, Timestamp::from_nanos(model.now)).expect("in both");
        let head = file.head;
        assert_eq!(head.state, grant.state, "grant {id}");
        let kept = (head.award.get(), head.paid.get(), head.queued.get());
        assert_eq!(kept, (grant.award, grant.paid, grant.queued), "grant {id}");
        let states: Vec<_> = file.milestones.iter().map(|step| step.milestone.state).collect();
        let expected: Vec<_> = grant.steps.iter().map(|step| step.state).collect();
        assert_eq!(states, expected, "grant {id}");
    }
    for (id, payout) in &model.payouts {
        let (_, head) = store.payout(*id).expect("in both");
        assert_eq!((head.state, head.amount.get()), (payout.state, payout.amount));
    }
    let ledger = store.program(1).expect("there").head.ledger;
    let (available, committed, paid) = model.ledger();
    let kept = (ledger.available.get(), ledger.committed.get(), ledger.paid.get());
    assert_eq!(kept, (available, committed, paid));
    compare_lists(store, model);
    assert_eq!(invariants::check_all(store), []);
}

fn compare_lists(store: &World, model: &Model) {
    let ids = |filter: ApplicationFilter| -> Vec<u64> {
        let (mut all, mut after) = (vec![], None);
        loop {
            let page = store.list_applications(&filter, after, 2).expect("a page");
            all.extend(page.items.iter().map(|item| item.id.wire()));
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    };
    let program = Some(1);
    for state in ApplicationState::ALL {
        let filter = ApplicationFilter { program, state: Some(state), applicant: None };
        let mut listed = ids(filter);
        listed.sort_unstable();
        let expected: Vec<u64> =
            model.apps.iter().filter(|(_, app)| app.state == state).map(|(id, _)| *id).collect();
        assert_eq!(listed, expected, "{state:?}");
    }
    for n in 0..2 {
        let who = Some(applicant(n));
        let listed = ids(ApplicationFilter { applicant: who, ..ApplicationFilter::default() });
        let mut expected: Vec<u64> =
            model.apps.iter().filter(|(_, app)| app.who == n).map(|(id, _)| *id).collect();
        expected.reverse();
        assert_eq!(listed, expected);
    }
    let totals = store.totals();
    let submitted = model.apps.values().filter(|app| app.version > 0);
    assert_eq!(totals.submitted, u64::try_from(submitted.clone().count()).expect("few"));
    let requested = submitted.fold(0, |sum, app| sum + app.requested);
    assert_eq!(totals.requested, requested);
}

/// A panel of two says what it thinks, and the application is decided.
fn decide(i: u64, first: u8, r: Recommendation, x: u32) -> Vec<Op> {
    let second = (first + 1) % 4;
    vec![
        Op::Declare(first, i, false),
        Op::Declare(second, i, false),
        Op::Review(first, i, x, r),
        Op::Review(second, i, x, r),
        Op::Finalize(i),
    ]
}

/// Single verbs, and the short courses that lead deep: without these random verbs rarely get past
/// the first review.
fn scripts() -> impl Strategy<Value = Vec<Op>> {
    use Recommendation::{Approve, Changes, Reject};
    let i = 1_u64..6;
    let g = 1_u64..4;
    let w = 0_u8..10;
    let step = 0_u64..3;
    prop_oneof![
        12 => ops().prop_map(|op| vec![op]),
        1 => (ops(), ops()).prop_map(|(a, b)| vec![Op::TogglePause, a, b, Op::TogglePause]),
        4 => (w.clone(), 100_u128..1_300, 0_u64..4).prop_map(|(w, u, m)| vec![Op::Submit(w, u, m)]),
        3 => (i.clone(), 0_u8..4).prop_map(|(i, s)| decide(i, s, Approve, 8)),
        1 => (w.clone(), i.clone(), 100_u128..900).prop_map(|(w, i, u)| {
            let mut all = decide(i, 0, Changes, 8);
            all.push(Op::Revise(w, i, u));
            all.extend(decide(i, 1, Approve, 8));
            all
        }),
        2 => (w.clone(), i, 0_u8..4).prop_map(|(w, i, s)| {
            let mut all = decide(i, 0, Reject, 8);
            all.push(Op::Appeal(w, i));
            all.extend(decide(i, s, Approve, 8));
            all
        }),
        5 => (w.clone(), 100_u128..1_300, 0_u64..4, 0_u64..5).prop_map(|(w, u, m, d)| {
            let mut all = vec![Op::Submit(w, u, m)];
            all.extend(decide(1, 0, Approve, 8));
            all.extend([Op::Accept(9, 1), Op::Wait(d + 1)]);
            all
        }),
        3 => (w.clone(), g.clone(), 0_u64..4)
            .prop_map(|(w, g, d)| vec![Op::Accept(w, g), Op::Wait(d + 1)]),
        4 => (w.clone(), g.clone(), step.clone(), 0_u8..4).prop_map(|(w, g, s, r)| {
            vec![Op::Show(w, g, s), Op::Judge(r, g, s, true), Op::Pay(w, g, Some(s))]
        }),
        2 => (w.clone(), g.clone(), step).prop_map(|(w, g, s)| {
            vec![Op::Show(w, g, s), Op::Judge(0, g, s, true), Op::Judge(1, g, s, true)]
        }),
        3 => (1_u64..6).prop_map(|p| vec![Op::Send(p), Op::Settle(p)]),
        2 => (0_u8..2, 1_u64..6, 0_u8..2).prop_map(|(w, p, q)| {
            vec![Op::Send(p), Op::Fail(p, q == 0), Op::Fail(p, false), Op::Retry(w, p), Op::Send(p)]
        }),
        2 => (w.clone(), g.clone(), 1_u64..4, 1_u64..9).prop_map(|(w, g, a, b)| {
            vec![
                Op::Stream(g),
                Op::Wait(a),
                Op::PauseStream(g, true),
                Op::Wait(b),
                Op::PauseStream(g, false),
                Op::Wait(1),
                Op::Claim(w, g),
            ]
        }),
        2 => (w, g).prop_map(|(w, g)| {
            vec![
                Op::Notice(g),
                Op::Wait(7),
                Op::Terminate(g),
                Op::Claim(w, g),
                Op::Pay(w, g, Some(0)),
            ]
        }),
    ]
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 96, max_shrink_iters: 4_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_store_agrees_with_the_model(scripts in proptest::collection::vec(scripts(), 1..60)) {
        let (memory, mut store) = world();
        let mut model = Model::new();
        for (index, op) in scripts.iter().flatten().enumerate() {
            let op = &model.aim(op);
            if let Op::Wait(days) = op {
                model.now += days * DAY;
            } else {
                model.now += 1_000_000_000;
            }
            let events = store.journal_head();
            let paused = model.paused;
            let expected = model.step(op);
            let taken = apply(&mut store, op, model.now, paused);
            assert_eq!(taken, expected, "step {index}: {op:?}");
            if !taken {
                assert_eq!(store.journal_head(), events, "C2: a refusal leaves no trace");
            }
            if index % 16 == 0 {
                store = World::open(memory.clone()).expect("its own state");
            }
            compare(&store, &model);
        }
    }
}
