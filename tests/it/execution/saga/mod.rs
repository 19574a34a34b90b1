//! A payment on its whole way: asked for at `micro_grants`, assessed by `risk_guard`, paid at the
//! ledger, booked by `portfolio`, committed, and settled where it was asked for.
//!
//! [`matrix`] disturbs every call of that way in every way the platform may, [`loss`] takes one
//! canister away while the others go on.

mod awaits;
mod cell;
mod loss;
mod matrix;

use std::{cell::Cell, sync::Arc};

use candid::Nat;
use granary_api::{
    execution as e,
    icrc::Value,
    micro_grants::{
        ApplicationContent, ListGrantsArgs, MilestonePlan, MilestoneState, Payout, PayoutState,
        RequestPayoutArgs, StartStreamArgs, StreamTerms,
    },
    portfolio as p, risk_guard as r,
};
use granary_stable::{journal, record};
use granary_tests::{
    clock::{DAY, HOUR, MINUTE, SECOND},
    engine::Engine,
    fixtures::{self, DOLLAR},
    people::Who,
    reply::Expect,
    subject::{MICRO_GRANTS, SetRole},
    world::{World, init_args},
};
use micro_grants_core::records as m;
use pocket_ic::PocketIc;

use super::Treasury;
use crate::localnet;

/// Milestones of one grant, as many as there may be.
const STEPS: u32 = 32;
/// Waits between two looks, seconds: what answers at once is seen soon, and what waits for a lease
/// or for the quiet after a restore is waited for.
const PAUSES: [u64; 18] =
    [1, 5, 10, 10, 30, 60, 120, 180, 300, 300, 300, 600, 600, 600, 600, 900, 900, 900];

/// The grants' canister before a treasury.
pub(super) struct Saga {
    pub(super) network: Arc<PocketIc>,
    pub(super) grants: World,
    pub(super) treasury: Treasury,
    program: u64,
    /// The grant whose milestones are used up next, and how many are.
    grant: Cell<(u64, u32)>,
    /// Milestones accepted so far; makes amounts unlike.
    accepted: Cell<u32>,
    /// Blocks from before what is looked at now.
    seen: Cell<u64>,
}

/// What is to be paid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) grant: u64,
    /// None for a stream.
    pub(super) milestone: Option<u32>,
    /// No other payment has this amount.
    pub(super) amount: u128,
}

/// False on a network that does nothing on purpose.
fn on_localnet() -> bool {
    Engine::shared(localnet()).is_localnet()
}

impl Saga {
    /// Everything installed and told as an operator does, with a programme that runs.
    pub(super) fn new() -> Self {
        // Built first: the server's time to live must not run out meanwhile.
        let _ = MICRO_GRANTS.artifact();
        let network = Arc::new(Engine::shared(localnet()).instance());
        let treasury = Treasury::on(&network);
        let grants = World::on(&network, &MICRO_GRANTS);
        let mut args = init_args();
        args.asset.decimals = 8;
        args.asset.ledger = Some(treasury.ledger);
        grants.install(args);
        let program = fixtures::open_program(&grants);
        let (grant, accepted, seen) = (Cell::new((0, STEPS)), Cell::new(0), Cell::new(0));
        let saga = Self { network, grants, treasury, program, grant, accepted, seen };
        saga.wire();
        saga
    }

    fn wire(&self) {
        let execution = &self.treasury.execution;
        let (role, holder) = (e::Role::MicroGrants, self.grants.canister);
        let may_submit = SetRole { role, holder, granted: true };
        execution.caller(Who::Governor).receipt("set_role", &may_submit).value("it may submit");
        let governor = self.grants.by(Who::Governor);
        governor.set_peer("execution", Some(execution.canister)).value("where the hands are");
        governor.set_portfolio_asset(Some(1)).value("what is paid");
    }

    /// Every canister of the suite that is there.
    pub(super) fn worlds(&self) -> [&World; 4] {
        let Treasury { portfolio, risk_guard, execution, .. } = &self.treasury;
        [&self.grants, execution, risk_guard, portfolio]
    }

    /// A grant with so many milestones, each of another amount.
    fn open_grant(&self) -> u64 {
        let first = u128::from(self.accepted.get());
        let now = self.grants.now_ns();
        let plan = |step: u32| MilestonePlan {
            amount_units: Nat::from(2 * DOLLAR + first + u128::from(step)),
            due_at_ns: now + 90 * DAY,
            acceptance_criteria: format!("step {step} is merged"),
        };
        let milestones: Vec<MilestonePlan> = (0..STEPS).map(plan).collect();
        let steps = u128::from(STEPS);
        let sum = steps * (2 * DOLLAR + first) + steps * (steps - 1) / 2;
        let content = ApplicationContent { milestones, ..fixtures::content(sum) };
        fixtures::active_grant(&self.grants, self.program, content)
    }

    /// The next milestone, delivered and accepted.
    pub(super) fn accept(&self) -> Due {
        if self.grant.get().1 == STEPS {
            self.grant.set((self.open_grant(), 0));
        }
        let (grant, index) = self.grant.get();
        self.grant.set((grant, index + 1));
        let accepted = self.accepted.replace(self.accepted.get() + 1);
        fixtures::hand_in(&self.grants, grant, index);
        let verdict = fixtures::verdict(grant, index, true);
        self.grants.by(Who::Reviewer).review_milestone(verdict).value("accepted");
        let amount = 2 * DOLLAR + u128::from(accepted);
        Due { grant, milestone: Some(index), amount }
    }

    /// What asks for a payment.
    pub(super) fn request(due: &Due) -> RequestPayoutArgs {
        let Due { grant, milestone, .. } = *due;
        RequestPayoutArgs { grant, milestone, idempotency_key: None }
    }

    /// The grantee asks for a payment; the payout.
    pub(super) fn ask(&self, due: &Due) -> u64 {
        let grantee = self.grants.by(Who::Applicant);
        grantee.request_payout(Self::request(due)).value("a payout").id
    }

    /// A payout.
    pub(super) fn payout(&self, payout: u64) -> Payout {
        self.grants.by(Who::Auditor).get_payout(payout).value("a payout")
    }

    /// The intent that carries a payout; none when there is none, or nobody remembers it.
    pub(super) fn intent(&self, payout: u64) -> Option<e::Intent> {
        let intent = self.payout(payout).intent?;
        let caller = self.treasury.execution.caller(Who::Auditor);
        caller.query("get_intent", &e::IntentArgs { intent }).ok()
    }

    /// True when it is settled where it was asked for, and booked and committed.
    pub(super) fn is_over(&self, payout: u64) -> bool {
        self.payout(payout).state == PayoutState::Settled
            && self.intent(payout).is_some_and(|intent| intent.booked)
    }

    /// Lets time pass until it is so; `between` may act before each look.
    pub(super) fn until(&self, is_so: impl Fn() -> bool, mut between: impl FnMut()) {
        for pause in PAUSES {
            self.grants.settle();
            between();
            if is_so() {
                return;
            }
            self.grants.advance(pause * SECOND);
        }
        panic!("nothing comes of it");
    }

    /// Lets time pass until a payout is over.
    pub(super) fn paid(&self, payout: u64) {
        self.until(|| self.is_over(payout), || ());
    }

    /// So long that fees and balances are asked for anew; what beats by itself has just beaten.
    pub(super) fn rest(&self) {
        self.grants.advance(6 * MINUTE);
    }

    /// Blocks of until now are not looked at any more.
    pub(super) fn turn_the_page(&self) {
        let page = self.treasury.ledger().page(0, 0);
        self.seen.set(u64::try_from(&page.log_length.0).unwrap());
    }

    /// The blocks that paid this amount to the grantee.
    pub(super) fn payments(&self, amount: u128) -> Vec<u64> {
        let page = self.treasury.ledger().page(self.seen.get(), 1_000);
        let paid = page.blocks.iter().filter(|block| {
            let tx = field(&block.block, "tx");
            let to = tx.and_then(|tx| field(tx, "to"));
            let grantee = Who::Applicant.principal();
            let is_theirs = matches!(to, Some(Value::Array(parts))
                if matches!(&parts[..], [Value::Blob(owner)] if **owner == *grantee.as_slice()));
            is_theirs && tx.and_then(|tx| field(tx, "amt")) == Some(&Value::Nat(amount.into()))
        });
        paid.map(|block| u64::try_from(&block.id.0).unwrap()).collect()
    }

    /// Blocks that `micro_grants` says settled a payout, in the journal's order.
    pub(super) fn settled_in(&self, payout: u64) -> Vec<u64> {
        let reader = self.grants.caller(Who::Auditor);
        let total = reader.get_events(0, 1).value("events").total;
        let events = reader.get_events(total.saturating_sub(100), 100).value("events").events;
        let told = events.iter().filter(|event| event.kind == "PayoutSettled");
        let about = told.filter(|event| event.subject == payout).map(|event| {
            let stored = journal::Event::decode(event.index, &event.data).expect("an event");
            let told: m::Event = record::decode(&stored.payload).expect("of this canister");
            told.number.expect("a block")
        });
        about.collect()
    }

    /// The entry that has a block.
    pub(super) fn entries(&self, block: u64) -> Vec<p::Entry> {
        let block = Some(p::BlockRef { asset: 1, block });
        let which = p::ListEntriesArgs { account: None, block, after: None, limit: 10 };
        let reader = self.treasury.portfolio.caller(Who::Auditor);
        let page: p::EntryPage = reader.query("list_entries", &which).value("entries");
        page.items
    }

    /// What the guard counts.
    pub(super) fn limits(&self) -> r::LimitsStatus {
        let reader = self.treasury.risk_guard.caller(Who::Reader);
        reader.query("get_limits_status", &r::AssetArgs { asset: 1 }).value("an asset")
    }

    /// E1, E5, G3: one block paid it, one entry has that block, one reservation was committed, and
    /// the payout and its milestone say so; nothing is left open anywhere.
    #[track_caller]
    pub(super) fn assert_paid_once(&self, due: &Due, payout: u64) {
        let blocks = self.payments(due.amount);
        assert_eq!(blocks.len(), 1, "blocks that paid {}: {blocks:?}", due.amount);
        assert_eq!(self.settled_in(payout), blocks, "what micro_grants was told");
        let found = self.payout(payout);
        assert_eq!((found.state, found.amount_units), (PayoutState::Settled, due.amount));
        let auditor = self.grants.by(Who::Auditor);
        let grant = auditor.get_grant(due.grant).value("the grant");
        assert_eq!(grant.queued_units, 0, "nothing is on its way");
        if let Some(index) = due.milestone {
            let milestone = grant.milestones.iter().find(|one| one.index == index).unwrap();
            assert_eq!(milestone.state, MilestoneState::Paid);
        }
        let (ledger, block) = (self.treasury.ledger, blocks[0]);
        let external_ref = Some(p::ExternalRef::Icrc { ledger, block });
        let entries = self.entries(block);
        assert_eq!(entries.len(), 1, "{entries:?}");
        assert_eq!(entries[0].external_ref, external_ref);
        if let Some(intent) = self.intent(payout) {
            assert_eq!((intent.state, intent.booked), (e::IntentState::Settled, true));
            assert_eq!(intent.external_ref, external_ref);
            let reservation = self.treasury.reservation(intent.id);
            assert_eq!(reservation.state, r::ReservationState::Committed);
        }
        self.assert_whole();
    }

    /// No invariant of any canister is broken, no job failed for good, and budget, books and ledger
    /// agree.
    #[track_caller]
    pub(super) fn assert_whole(&self) {
        fixtures::assert_valid(&self.grants);
        self.treasury.assert_agrees();
        for world in self.worlds() {
            let jobs = world.caller(Who::Operator).get_jobs_status().value("jobs");
            assert_eq!((jobs.running, jobs.dead_letter), (0, 0), "{}", world.subject().name);
        }
        let budget = self.grants.by(Who::Auditor).get_budget(self.program).value("the budget");
        assert_eq!((budget.queued_payouts, budget.queued_units), (0, 0));
        let grants = self.grants.by(Who::Auditor).list_grants(ListGrantsArgs {
            program: Some(self.program),
            after: None,
            limit: 50,
        });
        let awarded: u128 = grants.value("grants").items.iter().map(|one| one.award_units).sum();
        assert_eq!(budget.committed_units, awarded - budget.paid_units, "what is paid is freed");
        let received = self.treasury.ledger().balance(Who::Applicant.principal());
        assert_eq!(budget.paid_units, received, "what left is what was paid");
    }
}

fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Map(entries) = value else { return None };
    entries.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Books that were faster than the hands would leave every payment whose answer was lost to people.
#[test]
fn e5_a_block_waits_for_its_entry_longer_than_execution_needs_to_hear_of_it_again() {
    use execution_core::limits::{CALL_LEASE, RESTORE_QUIET};
    let again = CALL_LEASE.as_nanos() + RESTORE_QUIET.as_nanos();
    assert!(portfolio_core::limits::RECONCILE_GRACE.as_nanos() > again);
}

#[test]
fn g3_e5_an_accepted_milestone_is_paid_booked_committed_and_settled_once() {
    let saga = Saga::new();
    let due = saga.accept();
    let auditor = saga.grants.by(Who::Auditor);
    let before = auditor.get_budget(saga.program).value("the budget");
    let payout = saga.ask(&due);
    saga.paid(payout);
    saga.assert_paid_once(&due, payout);
    let after = auditor.get_budget(saga.program).value("the budget");
    assert_eq!(before.committed_units - after.committed_units, due.amount, "it is freed");
    assert_eq!(after.paid_units - before.paid_units, due.amount);
    assert_eq!(saga.limits().held_reservations, 0);
    // Nothing more comes of it, however long one waits.
    saga.grants.advance(2 * HOUR);
    saga.assert_paid_once(&due, payout);
}

/// Nobody waits for the beat of a clock that may be a minute away.
#[test]
fn g3_what_is_asked_for_is_handed_over_at_once() {
    let saga = Saga::new();
    let due = saga.accept();
    // The clock has just rung: by itself it would not for a minute.
    saga.rest();
    let milestone = saga.ask(&due);
    saga.grants.settle();
    assert!(saga.payout(milestone).intent.is_some(), "a milestone");
    let grant = fixtures::active_grant(&saga.grants, saga.program, fixtures::content(DOLLAR));
    let start_ns = saga.grants.now_ns() + SECOND;
    let terms = StreamTerms { start_ns, cliff_ns: start_ns + DAY, end_ns: start_ns + 10 * DAY };
    let manager = saga.grants.by(Who::Manager);
    manager.start_stream(StartStreamArgs { grant, terms }).value("it flows");
    saga.grants.set_time(start_ns + 2 * DAY);
    saga.rest();
    let interval = saga.grants.by(Who::Applicant).claim_stream(grant).value("an interval").id;
    saga.grants.settle();
    assert!(saga.payout(interval).intent.is_some(), "an interval of a stream");
}

#[test]
fn g3_e1_what_a_restore_of_the_grants_forgot_is_not_paid_again_under_another_number() {
    let saga = Saga::new();
    let (first, second) = (saga.accept(), saga.accept());
    let world = &saga.grants;
    let governor = world.caller(Who::Governor);
    governor.prepare_upgrade(1, world.now_ns() + HOUR).value("a drain");
    world.stop();
    let image = world.snapshot();
    world.start();
    governor.resume(1, false).value("the epoch");
    let forgotten = saga.ask(&first);
    saga.paid(forgotten);
    world.restore(&image);
    governor.resume(1, true).value("after a restore");
    // Asked for in another order, so that each has the number the other one had or would have had.
    let other = saga.ask(&second);
    assert_eq!(other, forgotten);
    let again = saga.ask(&first);
    (0..5).for_each(|_| saga.grants.advance(5 * MINUTE));
    assert_eq!(saga.payments(first.amount).len(), 1, "it is not paid again");
    saga.paid(other);
    saga.paid(again);
    saga.assert_paid_once(&second, other);
    saga.assert_paid_once(&first, again);
}

#[test]
fn g3_e5_what_has_flowed_of_a_stream_is_paid_interval_by_interval() {
    let saga = Saga::new();
    let award = 200 * DOLLAR;
    let grant = fixtures::active_grant(&saga.grants, saga.program, fixtures::content(award));
    let start_ns = saga.grants.now_ns() + SECOND;
    let (cliff_ns, end_ns) = (start_ns + DAY, start_ns + 10 * DAY);
    let terms = StreamTerms { start_ns, cliff_ns, end_ns };
    let manager = saga.grants.by(Who::Manager);
    manager.start_stream(StartStreamArgs { grant, terms }).value("it flows");
    let grantee = saga.grants.by(Who::Applicant);
    let mut paid = 0;
    for day in [2, 5, 11] {
        saga.grants.set_time(start_ns + day * DAY);
        let payout = grantee.claim_stream(grant).value("an interval").id;
        let amount = saga.payout(payout).amount_units;
        saga.paid(payout);
        saga.assert_paid_once(&Due { grant, milestone: None, amount }, payout);
        paid += amount;
        let budget = saga.grants.by(Who::Auditor).get_budget(saga.program).value("the budget");
        assert_eq!((budget.paid_units, budget.committed_units), (paid, award - paid));
    }
    assert_eq!(paid, award, "to the unit");
}
