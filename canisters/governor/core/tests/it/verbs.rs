//! Verbs over a stored state: what they write, in which order, and that refusals write nothing.

use crate::support::{
    DAY, HOUR, START, World, approve, at, deny, own, person, propose, recovery, release, rich,
    seat, seen, state, tick, wasm, world,
};
use governor_core::errors::{AccessFault, GovernorError, StateFault};
use governor_core::invariants;
use governor_core::records::{Member, Payload};
use governor_core::rules::create_proposal::Input;
use governor_core::rules::modules;
use governor_core::store::{ProposalFilter, Upgrade};
use granary_kernel::{CanisterStore, Fault, Id};
use granary_units::Timestamp;

fn kinds(store: &World, from: u64) -> Vec<&'static str> {
    let (len, _) = store.journal_head();
    (from..len).filter_map(|at| Some(store.event(at)?.1.kind.name())).collect()
}

#[test]
fn a_vote_is_told_as_it_went() {
    let (_, mut store) = world();
    let before = store.journal_head().0;
    let id = propose(&mut store, START, deny(7));
    assert_eq!(kinds(&store, before), ["ProposalCreated", "ProposalMoved"]);
    let before = store.journal_head().0;
    // Nobody looked since the discussion ended: the first vote tells that too.
    approve(&mut store, START + DAY, id, 1);
    assert_eq!(kinds(&store, before), ["ProposalMoved", "ApprovalGiven"]);
    approve(&mut store, START + DAY, id, 2);
    let before = store.journal_head().0;
    approve(&mut store, START + DAY, id, 3);
    assert_eq!(kinds(&store, before), ["ApprovalGiven", "ProposalMoved", "ProposalTimelocked"]);
    let before = store.journal_head().0;
    tick(&mut store, START + 3 * DAY);
    assert_eq!(kinds(&store, before), ["ProposalMoved"]);
    assert_eq!(state(&store, id, START + 3 * DAY), "Ready");
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn c11_a_repeated_proposal_is_the_same_one() {
    let (_, mut store) = world();
    let ctx = at(START, person(1));
    let input = || Input { payload: deny(7) };
    let first = store.create_proposal(&ctx, input(), Some("a")).expect("taken");
    let again = store.create_proposal(&ctx, input(), Some("a")).expect("the same");
    assert_eq!((first, store.proposal_count()), (again, 1));
    let other = Input { payload: deny(8) };
    let conflict = store.create_proposal(&ctx, other, Some("a")).expect_err("other arguments");
    assert_eq!(conflict, Fault::IdempotencyConflict.into());
    let twice = store.create_proposal(&ctx, input(), None).expect("a copy");
    let digest = |store: &World, id| store.stored(id).expect("known").proposal.digest;
    assert_ne!(digest(&store, first.id), digest(&store, twice.id), "approved on its own");
}

#[test]
fn x3_members_who_change_leave_open_proposals_behind() {
    let (_, mut store) = world();
    let id = propose(&mut store, START, deny(7));
    for n in [1, 2, 3] {
        approve(&mut store, START + DAY, id, n);
    }
    let members = [1, 2, 3].map(seat);
    let stranger = store.rotate_members(&at(START + DAY, person(1)), &members, 2);
    assert_eq!(stranger.err(), Some(AccessFault::NotRecovery.into()));
    store.rotate_members(&at(START + DAY, recovery()), &members, 2).expect("recovery");
    assert_eq!((store.config().epoch, store.config().rules.threshold), (2, 2));
    assert_eq!(state(&store, id, START + DAY), "Stale");
    tick(&mut store, START + DAY);
    let totals = store.totals();
    assert_eq!((totals.pending(), totals.created), (0, 1));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn v17_everything_is_counted_once() {
    let (_, mut store) = rich();
    assert_eq!(invariants::check_all(&store), []);
    let totals = store.totals();
    let mut sum = 0;
    for count in totals.states {
        sum += count;
    }
    assert_eq!((totals.created, sum, totals.pending()), (3, 3, 2));
    tick(&mut store, START + 40 * DAY);
    assert_eq!((store.totals().created, store.totals().pending()), (3, 0));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn a_draft_goes_on_when_its_module_is_complete() {
    let (_, mut store) = world();
    let (hash, bytes) = wasm();
    let id = propose(&mut store, START, release(hash));
    let ctx = at(START + HOUR, person(2));
    let early = store.audit_proposal(&ctx, id, &[]).expect_err("no module");
    assert_eq!(early, StateFault::NotStaged { module: hash }.into());
    let chunk = modules::Input { module: hash, of: 1, place: 0, bytes: bytes.clone() };
    store.stage_wasm_chunk(&ctx, chunk).expect("taken");
    assert_eq!(state(&store, id, START + HOUR), "Draft");
    store.finalize_wasm(&ctx, hash).expect("complete");
    tick(&mut store, START + HOUR);
    assert_eq!(state(&store, id, START + HOUR), "Staged");
    assert_eq!(store.bytes_of(&hash, &store.module(&hash).expect("here")), bytes);
    // Nothing was found out about the canister, and the module exports nothing.
    store.audit_proposal(&ctx, id, &[]).expect("audited");
    let audit = store.audit(store.stored(id).expect("known").id).expect("kept");
    assert!(!audit.can_proceed());
    assert_eq!(state(&store, id, START + HOUR), "Staged", "a failed audit leads nowhere");
}

#[test]
fn nobody_and_strangers_change_nothing() {
    let (_, mut store) = rich();
    let before = (store.journal_head(), store.totals());
    let now = START + 3 * DAY;
    for who in [person(77), own(), candid::Principal::anonymous()] {
        let ctx = at(now, who);
        let payload = deny(9);
        assert!(store.create_proposal(&ctx, Input { payload }, None).is_err());
        let seen = seen(&store, 2, now);
        assert!(store.approve(&ctx, 2, seen).is_err());
        assert!(store.reject(&ctx, 2, seen).is_err());
        assert!(store.revoke_approval(&ctx, 2).is_err());
        assert!(store.veto(&ctx, 2, "no").is_err());
        assert!(store.cancel(&ctx, 2, "no").is_err());
        assert!(store.member_heartbeat(&ctx).is_err());
        assert!(store.rotate_members(&ctx, &[1, 2, 3].map(seat), 2).is_err());
        assert!(store.open_incident(&ctx, "a", "b", None).is_err());
        assert!(store.audit_proposal(&ctx, 1, &[]).is_err());
    }
    assert_eq!((store.journal_head(), store.totals()), before);
}

#[test]
fn lists_go_from_the_newest_back() {
    let (_, mut store) = world();
    for n in 1..=7 {
        propose(&mut store, START, deny(n));
    }
    let ctx = at(START, person(1));
    store.cancel(&ctx, 6, "a better one").expect("mine");
    let at = Timestamp::from_nanos(START);
    let page = |filter, after, limit| {
        let page = store.list_proposals(filter, after, limit, at).expect("a page");
        (page.items.iter().map(|one| one.id.wire()).collect::<Vec<_>>(), page.next)
    };
    assert_eq!(page(ProposalFilter::All, None, 3), (vec![7, 6, 5], Some(5)));
    assert_eq!(page(ProposalFilter::All, Some(5), 50), (vec![4, 3, 2, 1], None));
    assert_eq!(page(ProposalFilter::Open, None, 3), (vec![7, 5, 4], Some(4)));
    for wrong in [0, 8, u64::MAX] {
        let refused = store.list_proposals(ProposalFilter::All, Some(wrong), 3, at);
        assert_eq!(refused.err(), Some(Fault::Cursor.into()), "{wrong}");
    }
    assert!(store.list_proposals(ProposalFilter::All, None, 0, at).is_err());
    assert!(store.list_proposals(ProposalFilter::All, None, 51, at).is_err());
}

#[test]
fn everything_survives_an_upgrade() {
    let (memory, store) = rich();
    let before = (store.totals(), store.config().clone());
    drop(store);
    let ctx = at(START + 3 * DAY, recovery());
    let store = World::upgrade(memory, Upgrade::default(), &ctx).expect("the same schema");
    assert_eq!((store.totals(), store.config().clone()), before);
    assert_eq!(store.header().upgrade_count, 1);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn a_member_shows_that_it_is_there() {
    let (_, mut store) = world();
    store.member_heartbeat(&at(START + DAY, person(3))).expect("a member");
    let seen: Vec<&Member> =
        store.config().members.iter().filter(|one| one.last_seen.as_nanos() > START).collect();
    assert_eq!((seen.len(), seen[0].principal), (1, person(3)));
    let gone = store.member_heartbeat(&at(START + DAY, person(6)));
    assert!(matches!(gone, Err(GovernorError::Access(AccessFault::NotMember { .. }))));
}

#[test]
fn a_shorter_delay_is_in_force_only_after_the_difference() {
    let (_, mut store) = world();
    let rules = governor_core::records::Rules {
        min_delay: granary_units::Duration::from_nanos(2 * DAY),
        long_delay: granary_units::Duration::from_nanos(2 * DAY),
        ..crate::support::rules()
    };
    let change = Payload::ChangeConfig { rules, methods: None, escalation: None };
    let payload = crate::support::proposal(change);
    let id = propose(&mut store, START, payload);
    for n in [1, 2, 3] {
        approve(&mut store, START + DAY, id, n);
    }
    assert_eq!(state(&store, id, START + 5 * DAY - 1), "Timelocked", "four days");
    assert_eq!(state(&store, id, START + 5 * DAY), "Ready");
    let now = START + 5 * DAY;
    store.execute(&at(now, person(1)), id, None).expect("ready");
    let long = |store: &World| store.config().rules.long_delay.as_nanos();
    let pending = store.config().pending.clone().expect("not before the difference");
    assert_eq!(pending.effective_at.as_nanos(), now + 2 * DAY, "from four days to two");
    tick(&mut store, now + 2 * DAY - 1);
    assert_eq!(long(&store), 4 * DAY, "the old rules to the last");
    tick(&mut store, now + 2 * DAY);
    assert_eq!((long(&store), store.config().pending.is_none()), (2 * DAY, true));
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn what_is_cancelled_takes_no_place_and_hides_nothing_that_is_open() {
    let (_, mut store) = world();
    let cancelled = governor_core::limits::MAX_PENDING + 5;
    for n in 0..cancelled {
        let ctx = at(START + n * HOUR, person(1));
        let payload = deny(7);
        let id = store.create_proposal(&ctx, Input { payload }, None).expect("a free place").id;
        store.cancel(&ctx, id, "not this one").expect("mine");
        assert_eq!(store.jobs(None, 1), [], "nothing to look at");
    }
    assert_eq!(store.pending(), []);
    let open = propose(&mut store, START + cancelled * HOUR, deny(8));
    let pending: Vec<u64> = store.pending().into_iter().map(Id::wire).collect();
    assert_eq!(pending, [open]);
    assert_eq!(invariants::check_all(&store), []);
}

#[test]
fn what_waits_takes_no_row_of_the_job_table_until_it_is_due() {
    let (_, mut store) = world();
    for n in 1..=3 {
        propose(&mut store, START, deny(n));
    }
    let due = Some(Timestamp::from_nanos(START + DAY));
    assert_eq!((store.jobs(None, 1), store.next_due()), (vec![], due));
    // A beat with time for two rows and nothing else.
    let mut left = 2;
    let mut budget = || {
        left -= 1;
        left >= 0
    };
    let report = store.tick(&at(START + DAY, own()), &mut budget).expect("runs");
    assert_eq!((report.looked, report.next_due, store.jobs(None, 9).len()), (0, due, 2));
    let report = store.tick(&at(START + DAY, own()), &mut || true).expect("runs");
    let voted = Some(Timestamp::from_nanos(START + 6 * DAY));
    assert_eq!((report.looked, report.applied, report.next_due), (3, 3, voted));
    assert_eq!((store.jobs(None, 1), store.pending().len()), (vec![], 3));
    assert_eq!(invariants::check_all(&store), []);
}
