//! One cell of the matrix: a payment with one thing done to one of its calls.

use std::sync::Arc;

use granary_api::{
    common::{Mode, PageArgs},
    execution as e,
    micro_grants::PayoutState,
    portfolio as p, risk_guard as r,
    test_ledger::Faults as Disturbed,
};
use granary_tests::{
    clock::{HOUR, MINUTE},
    engine::announce,
    faults::{
        Action, Cut, Execution, FaultPlan, FaultRecord, Faults, Hit, Intervention, Rule, Span,
    },
    ledger,
    people::Who,
    reply::Expect,
    subject::UpgradeArg,
    world::{Snapshot, World, encode},
};

use super::{
    Due, Saga,
    awaits::{Await, Made, Part, Story},
};

/// What is done to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing: the calls are written down.
    Nothing,
    /// It is rejected before it runs.
    Rejected,
    /// It is lost on its way: nobody knows, and it did not run.
    Lost,
    /// It runs, and its answer is lost.
    Unanswered,
    /// The message that takes its answer traps.
    Trapped,
    /// The caller is upgraded between call and answer.
    CallerUpgraded,
    /// Whoever was called is upgraded before its answer arrives.
    CalleeUpgraded,
    /// The caller is taken back to a snapshot from before the call, by the governor's protocol.
    CallerRestored,
}

impl Fault {
    pub(super) const ALL: [Self; 7] = [
        Self::Rejected,
        Self::Lost,
        Self::Unanswered,
        Self::Trapped,
        Self::CallerUpgraded,
        Self::CalleeUpgraded,
        Self::CallerRestored,
    ];
}

/// Instructions after which the taking of an answer is cut off: fewer than reading it needs.
const CUT: Span = Span { first: 1, last: 2_000 };

fn refusal() -> Action {
    Action::Reject { code: 2, message: "no room in the queue".to_owned() }
}

/// One cell in progress. Tells its name when it fails.
pub(super) struct Cell<'s> {
    saga: &'s Saga,
    row: Await,
    fault: Fault,
    seed: u64,
    image: Option<(Snapshot, u64)>,
    /// Intents that a restored execution does not remember.
    forgotten: Vec<u64>,
    /// A governor had to say that a payment nobody asks about any more is known.
    acknowledged: bool,
}

impl Drop for Cell<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            announce(&format!("failed: {}", self.name()));
        }
    }
}

impl<'s> Cell<'s> {
    pub(super) fn new(saga: &'s Saga, row: Await, fault: Fault, seed: u64) -> Self {
        Self { saga, row, fault, seed, image: None, forgotten: vec![], acknowledged: false }
    }

    /// What it is called.
    pub(super) fn name(&self) -> String {
        let Self { row: Await { story, asking, asked, method, .. }, fault, seed, .. } = self;
        format!("{method} of {asked:?} by {asking:?}, {fault:?} ({story:?}, seed {seed})")
    }

    /// Plays it and looks at what came of it; the calls that were made from the disturbance on.
    pub(super) fn play(mut self) -> Vec<Made> {
        let saga = self.saga;
        saga.rest();
        saga.turn_the_page();
        let due = saga.accept();
        self.set_the_scene();
        let payout = self.begin(&due);
        self.go_on(payout);
        self.end(payout);
        let record = self.faults().end().expect("a plan was in force");
        self.assert_it_happened(&record);
        assert_eq!(self.acknowledged, self.is_nobodys(), "whether people had to act");
        saga.assert_paid_once(&due, payout);
        self.assert_capacity(payout);
        if let Some((image, _)) = self.image.take() {
            self.caller().forget(&image);
        }
        saga.calls_in(&record)
    }

    fn caller(&self) -> &'s World {
        self.world(self.row.asking).expect("a ledger calls nobody")
    }

    fn world(&self, part: Part) -> Option<&'s World> {
        let [grants, execution, guard, books] = self.saga.worlds();
        match part {
            Part::Grants => Some(grants),
            Part::Execution => Some(execution),
            Part::Guard => Some(guard),
            Part::Books => Some(books),
            Part::Ledger => None,
        }
    }

    fn faults(&self) -> Faults<'s> {
        Faults::on(self.saga.grants.network())
    }

    /// What must be so before the payment is asked for.
    fn set_the_scene(&mut self) {
        let (saga, treasury) = (self.saga, &self.saga.treasury);
        match self.row.story {
            Story::OldBalances => {
                treasury.portfolio.stop();
                saga.grants.advance(11 * MINUTE);
                treasury.portfolio.start();
                // The guard gives books that were gone a moment before it asks them again.
                saga.grants.advance(MINUTE);
            }
            Story::TakenBack => {
                let all = treasury.ledger().balance(treasury.execution.canister);
                let lie = i128::try_from(all).unwrap();
                treasury.ledger().lie_about(treasury.execution.canister, -lie);
            }
            Story::Searched => {
                let lost = Disturbed { lost_replies: 1, ..Disturbed::default() };
                treasury.ledger().set_faults(&lost);
            }
            Story::Reconciled => {
                let unbooked =
                    Rule::new(refusal()).to(treasury.portfolio.canister).named("post_entry");
                self.faults().plan(&FaultPlan::of([unbooked]), self.seed);
            }
            Story::Plain | Story::LookedBack => {}
        }
        let restores = self.fault == Fault::CallerRestored || self.row.story == Story::LookedBack;
        if restores && self.row.asking != Part::Grants {
            self.take_image();
        }
    }

    /// The payment is asked for, disturbed or about to be.
    fn begin(&mut self, due: &Due) -> u64 {
        let saga = self.saga;
        if matches!(self.row.story, Story::Plain | Story::OldBalances) {
            self.disturb();
        }
        if self.fault == Fault::CallerRestored && self.row.asking == Part::Grants {
            // In one round, so that the snapshot knows the payout and it has not left.
            let (network, grantee) = (saga.grants.network(), Who::Applicant.principal());
            let bytes = encode(&Saga::request(due));
            let canister = saga.grants.canister;
            let sent = network.submit_call(canister, grantee, "request_payout", bytes);
            let sent = sent.expect("taken");
            self.take_image();
            let receipt = granary_tests::reply::typed(network.await_call(sent));
            let receipt: granary_api::common::Receipt = receipt.value("a payout");
            assert_eq!(saga.payout(receipt.id).state, PayoutState::Queued);
            return receipt.id;
        }
        saga.ask(due)
    }

    /// Whatever has to happen before the call that is meant is made.
    fn go_on(&mut self, payout: u64) {
        let (saga, treasury) = (self.saga, &self.saga.treasury);
        let state = || saga.intent(payout).map(|intent| intent.state);
        match self.row.story {
            Story::Plain | Story::OldBalances => {}
            Story::TakenBack => {
                let waits = || saga.intent(payout).is_some_and(|intent| intent.reason.is_some());
                saga.until(waits, || ());
                assert_eq!(state(), Some(e::IntentState::Ready));
                self.disturb();
                let intent = saga.payout(payout).intent.unwrap();
                let args = e::EndIntentArgs { intent, reason: "not yet".to_owned() };
                let treasurer = treasury.execution.caller(Who::Treasurer);
                treasurer.receipt("cancel_intent", &args).value("a treasurer");
                treasury.ledger().set_faults(&Disturbed::default());
            }
            Story::Searched => {
                let unknown = [e::IntentState::Unknown, e::IntentState::Reconciling];
                saga.until(|| state().is_some_and(|state| unknown.contains(&state)), || ());
                self.disturb();
                treasury.set_mode(Mode::OutflowsFrozen);
            }
            Story::LookedBack => {
                saga.until(|| saga.intent(payout).is_some_and(|intent| intent.booked), || ());
                self.forgotten.extend(saga.payout(payout).intent);
                let (image, epoch) = self.image.as_ref().expect("it was taken");
                treasury.execution.restore(image);
                self.disturb();
                let governor = treasury.execution.caller(Who::Governor);
                governor.resume(*epoch, true).value("after a restore");
            }
            Story::Reconciled => {
                let paid = || state() == Some(e::IntentState::Settled);
                saga.until(paid, || ());
                for _ in 0..3 {
                    let operator = treasury.portfolio.caller(Who::Operator);
                    let compared = operator.update("reconcile", &p::ReconcileArgs { asset: 1 });
                    let _: p::Reconciliation = compared.value("compared");
                    saga.grants.advance(16 * MINUTE);
                }
                self.faults().end();
                self.disturb();
            }
        }
    }

    /// Lets time pass until the payment is over, with what people do meanwhile.
    fn end(&mut self, payout: u64) {
        let saga = self.saga;
        let mut pending = self.fault == Fault::CallerRestored;
        let mut frozen = self.row.story == Story::Searched;
        let (image, caller) = (self.image.clone(), self.caller());
        let hands = &saga.treasury.execution;
        let done = std::cell::Cell::new(!pending);
        let mut forgotten = std::mem::take(&mut self.forgotten);
        let acknowledged = std::cell::Cell::new(false);
        saga.until(
            || done.get() && (saga.is_over(payout) || acknowledged.get()),
            || {
                if pending && caller.caller(Who::Stranger).get_version().is_err() {
                    let (image, epoch) = image.as_ref().expect("it was taken");
                    if caller.canister == hands.canister {
                        forgotten.extend(saga.payout(payout).intent);
                    }
                    caller.restore(image);
                    let governor = caller.caller(Who::Governor);
                    governor.resume(*epoch, true).value("after a restore");
                    pending = false;
                    done.set(true);
                }
                if pending {
                    return;
                }
                if saga.payout(payout).state == PayoutState::Failed {
                    saga.grants.by(Who::Manager).retry_payout(payout).value("once more");
                }
                let found = saga.intent(payout);
                if found.is_none() && saga.payout(payout).state == PayoutState::Settled {
                    acknowledged.set(self.acknowledge(payout));
                }
                let is_paid = found.is_some_and(|found| found.state == e::IntentState::Settled);
                if frozen && is_paid {
                    frozen = false;
                    hands.caller(Who::Governor).set_mode(Mode::Full, "found").value("a governor");
                }
            },
        );
        self.forgotten = forgotten;
        self.acknowledged = acknowledged.get();
    }

    /// True when execution is made to forget what was settled where it was asked for already.
    fn is_nobodys(&self) -> bool {
        let restored = self.fault == Fault::CallerRestored && self.row.asking == Part::Execution;
        restored && self.row.asked == Part::Books && self.row.story != Story::Plain
    }

    /// Execution forgot an intent that was settled where it was asked for, so nobody asks for it
    /// again: its block is a payment without an intent, which holds the asset until a governor says
    /// that it is known. An operator of the books corrects what reconciliation booked for it.
    fn acknowledge(&self, payout: u64) -> bool {
        let (saga, treasury) = (self.saga, &self.saga.treasury);
        let page = PageArgs { after: None, limit: 50 };
        let auditor = treasury.execution.caller(Who::Auditor);
        let found: e::OrphanPage = auditor.query("list_orphans", &page).value("a page");
        let blocks = saga.settled_in(payout);
        let mut open = found.items.iter().filter(|orphan| orphan.state == e::OrphanState::Open);
        let Some(orphan) = open.find(|orphan| blocks == [orphan.block]) else { return false };
        let args = e::OrphanArgs { orphan: orphan.id };
        let governor = treasury.execution.caller(Who::Governor);
        governor.receipt("acknowledge_orphan", &args).value("a governor");
        let owner = p::AccountOwner::Suspense;
        let args = p::GetBalancesArgs { owner, assets: Some(vec![1]) };
        let reader = treasury.portfolio.caller(Who::Reader);
        let balances: Vec<p::Balance> = reader.query("get_balances", &args).value("balances");
        if balances.iter().any(|one| one.balance_units != 0) {
            let total = i128::try_from(orphan.amount_units + orphan.fee_units).unwrap();
            let leg =
                |owner, delta: i128| p::Posting { owner, asset: 1, delta_units: delta.into() };
            let correction = p::PostEntryArgs {
                kind: p::EntryKind::Adjustment,
                intent: None,
                external_ref: None,
                postings: vec![
                    leg(p::AccountOwner::Treasury, -total),
                    leg(p::AccountOwner::Suspense, total),
                ],
                idempotency_key: None,
            };
            let operator = treasury.portfolio.caller(Who::Operator);
            operator.receipt("post_entry", &correction).value("corrected");
        }
        announce(&format!("acknowledged by a governor: {}", self.name()));
        true
    }

    /// From now on the call that is meant is disturbed.
    fn disturb(&self) {
        let Await { asking, asked, method, mut skip, answers, .. } = self.row;
        let (from, to) = (self.saga.canister(asking), self.saga.canister(asked));
        let call = |action| Rule::new(action).from(from).to(to).named(method);
        let answer = |what| Rule::new(Action::Before(what)).from(to).to(from).named(method);
        let rule = match self.fault {
            Fault::Nothing => None,
            Fault::Rejected => Some(call(refusal())),
            Fault::Lost => Some(call(Action::Unknown { executed: false })),
            Fault::Unanswered => Some(call(Action::Unknown { executed: true })),
            Fault::Trapped => {
                let cut = Action::Trap(Cut::Instruction(CUT));
                skip = answers;
                Some(Rule::new(cut).to(from).named(self.taking()))
            }
            Fault::CallerUpgraded => Some(answer(self.upgrade(asking))),
            Fault::CalleeUpgraded => Some(answer(self.upgrade(asked))),
            Fault::CallerRestored => Some(answer(Intervention::Stop { canister: from })),
        };
        let faults = self.faults();
        faults.clear_executions();
        let rules = rule.into_iter().map(|rule| rule.skip(skip).times(1));
        faults.plan(&FaultPlan::of(rules.chain([Saga::watch()])), self.seed);
    }

    /// What runs when an answer comes: it is named after what made the call.
    fn taking(&self) -> String {
        let context = match self.row.asking {
            Part::Guard => "reserve_outflow",
            _ => "<ic-cdk internal> timer_executor",
        };
        format!("reply callback of {context}")
    }

    fn upgrade(&self, part: Part) -> Intervention {
        let canister = self.saga.canister(part);
        let (module, arg) = match self.world(part) {
            Some(world) => (world.subject().packed(), encode(&None::<UpgradeArg>)),
            None => (ledger::wasm(), candid::encode_args(()).unwrap()),
        };
        Intervention::Upgrade { canister, module: Arc::new(module), arg }
    }

    /// Drains the caller, takes a snapshot, and goes on.
    fn take_image(&mut self) {
        let world = self.caller();
        let governor = world.caller(Who::Governor);
        let epoch = self.seed + 1;
        governor.prepare_upgrade(epoch, world.now_ns() + HOUR).value("a drain");
        world.stop();
        let image = world.snapshot();
        world.start();
        governor.resume(epoch, false).value("the epoch");
        self.image = Some((image, epoch));
    }

    fn assert_it_happened(&self, record: &FaultRecord) {
        if self.fault == Fault::Nothing {
            return;
        }
        let hits: Vec<_> = record.hits.iter().filter(|hit| hit.rule == 0).collect();
        assert!(matches!(hits[..], [Hit { failed: None, .. }]), "what happened: {hits:?}");
        if self.fault == Fault::Trapped {
            let (canister, taking) = (self.saga.canister(self.row.asking), self.taking());
            let cut =
                |ran: &&Execution| ran.canister_id == canister && ran.entry == taking && ran.failed;
            // What the same beat asks besides is given up with it, by the same code.
            assert!(self.faults().executions().iter().any(|ran| cut(&ran)), "it was cut off");
            let at = record.hits.iter().position(|hit| hit.rule == 0).unwrap();
            let answer = &record.hits[at.checked_sub(1).expect("an answer came before")].what;
            let callee = self.saga.canister(self.row.asked);
            let meant = format!("{} from {callee} to {canister}", self.row.method);
            assert_eq!(*answer, meant, "the answer that was being taken");
        }
    }

    /// R2: capacity was used once and nothing is held. What was taken for an intent that execution
    /// forgot is nobody's any more: the guard counts it until its time is over, and no longer.
    fn assert_capacity(&self, payout: u64) {
        let (saga, guard) = (self.saga, &self.saga.treasury.risk_guard);
        let reader = guard.caller(Who::Auditor);
        let total = reader.get_events(0, 1).value("events").total;
        let events = reader.get_events(total.saturating_sub(100), 100).value("events").events;
        if let Some(intent) = saga.intent(payout) {
            assert!(!self.forgotten.contains(&intent.id), "a number is used once");
            let reservation = saga.treasury.reservation(intent.id).id;
            let is_it = |kind: &str, subject| kind == "OutflowCommitted" && subject == reservation;
            let times = events.iter().filter(|event| is_it(&event.kind, event.subject)).count();
            assert_eq!(times, 1, "commitments of reservation {reservation}");
        } else {
            assert!(self.acknowledged, "nobody knows of its intent");
        }
        let is_held = |intent: &u64| {
            let args = r::ReservationArgs { intent: *intent };
            let found = guard.caller(Who::Execution).query("get_reservation", &args);
            found.is_ok_and(|found: r::Reservation| found.state == r::ReservationState::Held)
        };
        if self.forgotten.iter().any(is_held) {
            guard.advance(27 * HOUR);
        }
        let status = saga.limits();
        assert_eq!((status.held_reservations, status.held_units), (0, 0), "capacity nobody uses");
    }
}
