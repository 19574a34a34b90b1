//! One history: what happens, which answers come, and what must be true all along.

mod answers;

use std::collections::BTreeSet;

use execution_core::invariants;
use execution_core::records::{Marks, Mode, Needs, Role};
use execution_core::rules::quarantine::Finding;
use execution_core::rules::submit_intent::memo;
use execution_core::store::{IntentFilter, LOOKBACK, LookStep, LookTicket, PAY, Step, Store};
use execution_core::types::{Duration, IntentState, Timestamp};
use granary_kernel::CanisterStore;
use granary_resilience::failure::{Failure, FailureKind};
use granary_stable::jobs::Job;

use crate::model::fakes::{Books, Guard, Ledger};
use crate::support::sparse::SparseMemory;
use crate::support::{
    FEE, HOUR, SECOND, START, World, approver, at, governor, grants, own, payout, world,
};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    LostAfter,
    LostBefore,
    TrapAfter,
    TrapBefore,
    Late,
    NotSent,
    Unavailable,
}

const FAULTS: [Fate; 7] = [
    Fate::LostAfter,
    Fate::LostBefore,
    Fate::TrapAfter,
    Fate::TrapBefore,
    Fate::Late,
    Fate::NotSent,
    Fate::Unavailable,
];

/// One history.
#[expect(clippy::struct_excessive_bools, reason = "switches of a test")]
pub(crate) struct Play {
    seed: u64,
    random: u64,
    faults: u64,
    is_calm: bool,
    is_restoring: bool,
    is_busy: bool,
    now: u64,
    memory: SparseMemory,
    store: Option<World>,
    ledger: Ledger,
    guard: Guard,
    books: Books,
    submitted: Vec<(u64, u128)>,
    images: Vec<SparseMemory>,
    epoch: u64,
    needs: Needs,
    may_adjust: bool,
}

fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, "a fault")
}

impl Play {
    /// A history; `faults` calls of a hundred go wrong.
    pub(crate) fn new(seed: u64, is_busy: bool, faults: u64) -> Self {
        let (memory, store) = world();
        Self {
            seed,
            random: seed ^ 0x9e37_79b9_7f4a_7c15,
            faults,
            is_calm: false,
            is_restoring: false,
            is_busy,
            now: START,
            memory,
            store: Some(store),
            ledger: Ledger::new(),
            guard: Guard::default(),
            books: Books::default(),
            submitted: vec![],
            images: vec![],
            epoch: 0,
            needs: Needs::default(),
            may_adjust: !seed.is_multiple_of(3),
        }
    }

    /// Nothing happens but submissions.
    pub(crate) fn calm(mut self) -> Self {
        self.is_calm = true;
        self
    }

    /// Mostly snapshots and restores.
    pub(crate) fn restoring(mut self) -> Self {
        self.is_restoring = true;
        self
    }

    /// Plays it to its end; how many intents were paid, and how many there are.
    pub(crate) fn run(mut self, steps: u32) -> (usize, usize) {
        for _ in 0..steps {
            self.event();
            self.beat();
            self.check();
        }
        self.end();
        (self.ledger.paid().len(), self.submitted.len())
    }

    fn draw(&mut self, below: u64) -> u64 {
        // SplitMix64.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }

    fn store(&mut self) -> &mut World {
        self.store.as_mut().expect("open")
    }

    fn fate(&mut self) -> Fate {
        if self.draw(100) >= self.faults {
            return Fate::Answered;
        }
        let pick = self.draw(u64::try_from(FAULTS.len()).expect("few"));
        FAULTS[usize::try_from(pick).expect("few")]
    }

    /// Something happens.
    fn event(&mut self) {
        let kind = self.draw(if self.is_calm { 4 } else { 30 });
        match kind {
            0 | 1 => self.submit(),
            2 | 3 => self.pass(1, 120),
            4..=6 => self.pass(60, 3 * 3_600),
            7 => self.pass(20 * 3_600, 30 * 3_600),
            8 if !self.is_restoring => {
                let before = self.now;
                let back = self.draw(7_200) * SECOND;
                self.now = (self.now - back).max(START);
                // What is on its way takes as long as it takes, whatever the clocks show.
                for (arrives_at, _) in &mut self.ledger.on_the_way {
                    *arrives_at -= before - self.now;
                }
            }
            9 | 10 => self.upgrade(),
            11 if !self.is_restoring => self.ledger.fee = FEE + u128::from(self.draw(3)),
            12 => self.ledger.balance += 50_000,
            13 if !self.is_restoring => {
                self.ledger.balance = self.ledger.balance.saturating_sub(90_000);
            }
            14 => self.freeze(),
            15 => self.cancel(),
            16 => self.change_needs(),
            17 | 18 => self.approve(),
            19 => self.reconcile_books(),
            20 => self.lose_approver(),
            21 | 22 => self.snapshot(),
            23 => self.restore(),
            24.. if self.is_restoring => match self.draw(4) {
                0 => self.snapshot(),
                1 => self.restore(),
                _ => self.submit(),
            },
            _ => self.pass(1, 900),
        }
    }

    fn pass(&mut self, least: u64, most: u64) {
        self.now += (least + self.draw(most - least)) * SECOND;
        if self.is_busy {
            self.ledger.foreign(self.now);
        }
    }

    fn submit(&mut self) {
        let n = u64::try_from(self.submitted.len()).expect("few") + 1;
        let amount = 100 + u128::from(self.draw(5_000));
        self.submitted.push((n, amount));
        self.submit_all();
    }

    /// The submitter repeats everything: it knows what it wants paid, whatever we forgot.
    fn submit_all(&mut self) {
        let ctx = at(self.now, grants());
        for (n, amount) in self.submitted.clone() {
            // Frozen, draining or full: it comes again.
            self.store().submit_intent(&ctx, &payout(n, amount)).ok();
        }
    }

    fn upgrade(&mut self) {
        drop(self.store.take());
        self.store = Some(Store::open(self.memory.clone()).expect("its own memory"));
    }

    fn freeze(&mut self) {
        let frozen = self.draw(2) == 0;
        let mode = if frozen { Mode::OutflowsFrozen } else { Mode::Full };
        let ctx = at(self.now, governor());
        self.store().set_mode(&ctx, mode, "a test").expect("the governor");
    }

    fn cancel(&mut self) {
        if let Some(wire) = self.any_intent() {
            let ctx = at(self.now, grants());
            self.store().cancel_intent(&ctx, wire, "not wanted").ok();
        }
    }

    fn any_intent(&mut self) -> Option<u64> {
        let count = self.store().intent_count();
        if count == 0 {
            return None;
        }
        let pick = self.draw(count);
        let view = self.view(None, Timestamp::from_nanos(self.now));
        view.get(usize::try_from(pick).expect("few")).map(|intent| intent.0)
    }

    /// Number and state of every intent.
    fn view(&mut self, state: Option<IntentState>, now: Timestamp) -> Vec<(u64, IntentState)> {
        let mut all = vec![];
        let mut after = None;
        loop {
            let filter = IntentFilter { state };
            let page = self.store().list_intents(filter, after, 50, now).expect("a page");
            all.extend(page.items.iter().map(|view| (view.wire, view.row.state)));
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    }

    fn change_needs(&mut self) {
        let approvals = u32::try_from(self.draw(3)).expect("few");
        let delay = Duration::from_nanos(self.draw(2) * HOUR);
        self.needs = Needs { policy: self.needs.policy + 1, tier: 0, approvals, delay };
    }

    fn approve(&mut self) {
        let now = Timestamp::from_nanos(self.now);
        for (wire, _) in self.view(Some(IntentState::AwaitingApproval), now) {
            let digest = self.store().intent_view(wire, now).expect("it").digest;
            for n in 0..2 {
                let ctx = at(self.now, approver(n));
                self.store().approve_intent(&ctx, wire, &digest).ok();
            }
        }
    }

    fn lose_approver(&mut self) {
        let ctx = at(self.now, governor());
        for granted in [false, true] {
            let role = Role::Approver;
            self.store().set_role(&ctx, role, approver(0), granted).expect("the governor");
        }
    }

    fn reconcile_books(&mut self) {
        for (block, (_, transfer)) in self.ledger.blocks.iter().enumerate() {
            if let Some(transfer) = transfer {
                let total = transfer.amount + transfer.fee;
                self.books.reconcile(u64::try_from(block).expect("few"), total);
            }
        }
    }

    /// The governor drains, takes an image, and goes on.
    fn snapshot(&mut self) {
        self.epoch += 1;
        let epoch = self.epoch;
        let ctx = at(self.now, governor());
        let deadline = Timestamp::from_nanos(self.now + HOUR);
        self.store().prepare_upgrade(&ctx, epoch, deadline).expect("a new epoch");
        self.images.push(self.memory.snapshot());
        self.store().resume(&ctx, epoch, false).expect("the epoch");
    }

    /// An image is loaded; sometimes the clock is faster than the governor's word.
    fn restore(&mut self) {
        let Ok(count) = u64::try_from(self.images.len()) else { return };
        if count == 0 {
            return;
        }
        let pick = usize::try_from(self.draw(count)).expect("few");
        self.memory = self.images[pick].snapshot();
        drop(self.store.take());
        self.store = Some(Store::open(self.memory.clone()).expect("an image"));
        self.now += 60 * SECOND;
        if self.draw(3) == 0 {
            self.beat();
            self.pass(60, 7_200);
            self.beat();
        }
        self.epoch += 1;
        let (epoch, ctx) = (self.epoch, at(self.now, governor()));
        self.store().resume(&ctx, epoch, true).expect("a newer epoch");
        self.store().ensure_looks(&ctx);
        self.submit_all();
    }

    /// The clock looks at what is due, as the shell does.
    fn beat(&mut self) {
        self.ledger.deliver(self.now);
        let ctx = at(self.now, own());
        let mut left = 40;
        let mut budget = || {
            left -= 1;
            left > 0
        };
        let report = self.store().tick(&ctx, &mut budget).expect("running");
        for job in report.handed {
            self.job(&job);
        }
    }

    fn job(&mut self, job: &Job) {
        let ctx = at(self.now, own());
        let next = match job.name.kind {
            PAY => match self.store().begin_step(&ctx, job.name.key).expect("running") {
                Step::Over => None,
                Step::Wait(at) => Some(at),
                Step::Call(ticket) => {
                    let lease = ticket.lease_until;
                    self.store().finish_job(&ctx, job, Some(lease)).expect("taken");
                    self.ask(&ticket);
                    return;
                }
            },
            LOOKBACK => match self.store().begin_look(&ctx, job.name.key).expect("running") {
                LookStep::Over => None,
                LookStep::Wait(at) => Some(at),
                LookStep::Call(ticket) => {
                    let lease = Timestamp::from_nanos(self.now + 300 * SECOND);
                    self.store().finish_job(&ctx, job, Some(lease)).expect("taken");
                    self.look(&ticket);
                    return;
                }
            },
            other => panic!("a job of kind {other}"),
        };
        self.store().finish_job(&ctx, job, next).expect("taken");
    }

    fn look(&mut self, ticket: &LookTicket) {
        let answer = match self.fate() {
            Fate::TrapAfter | Fate::TrapBefore => return,
            Fate::Answered | Fate::Late => Ok(self.ledger.page(ticket.from, 7)),
            _ => Err(failure(FailureKind::Timeout)),
        };
        let ctx = at(self.now, own());
        self.store().settle_look(&ctx, ticket, answer).expect("running");
    }

    /// What must be true at any time.
    fn check(&mut self) {
        for (memo, times) in self.ledger.paid() {
            assert!(times == 1, "E1: seed {}: {} was paid {times} times", self.seed, memo[0]);
        }
    }

    /// Faults stop; everything ends.
    fn end(&mut self) {
        (self.faults, self.is_calm, self.needs) = (0, true, Needs::default());
        self.ledger.balance += 10_000_000;
        let ctx = at(self.now, governor());
        self.store().set_mode(&ctx, Mode::Full, "the end").expect("the governor");
        for _ in 0..3_000 {
            self.acknowledge();
            self.submit_all();
            self.approve();
            self.beat();
            self.check();
            if self.has_ended() {
                return self.compare();
            }
            self.people();
            let due = self.store().next_due().map_or(0, Timestamp::as_nanos);
            self.now = self.now.max(due.min(self.now + 6 * HOUR)) + 10 * SECOND;
            if self.is_busy {
                self.ledger.foreign(self.now);
            }
        }
        let now = Timestamp::from_nanos(self.now);
        let left = self.view(None, now);
        panic!("seed {}: nothing ends: {left:?}", self.seed);
    }

    /// A governor looks at payments nobody remembers.
    fn acknowledge(&mut self) {
        let ctx = at(self.now, governor());
        for n in 1..=20 {
            self.store().acknowledge_orphan(&ctx, n).ok();
        }
    }

    /// A governor finds out what is in quarantine.
    fn people(&mut self) {
        let now = Timestamp::from_nanos(self.now);
        for (wire, _) in self.view(Some(IntentState::Quarantined), now) {
            let memo = self.store().intent_view(wire, now).expect("it").row.memo;
            let page = self.ledger.page(0, 10_000);
            let is_its = |out: Option<_>| {
                out.is_some_and(|out: execution_core::rules::scan::Outgoing| out.memo == Some(memo))
            };
            let seen = page.blocks.into_iter().find(|seen| is_its(seen.outgoing));
            let finding = match &seen {
                Some(seen) => Finding::Settled { block: seen.index },
                None => Finding::PayAgain,
            };
            let ctx = at(self.now, governor());
            self.store().resolve_quarantine(&ctx, wire, finding, seen.as_ref(), "seen").ok();
        }
    }

    fn has_ended(&mut self) -> bool {
        let totals = self.store().totals();
        let now = Timestamp::from_nanos(self.now);
        let asset = self.store().asset(1).expect("adopted").1;
        totals.open() == 0
            && self.store().is_cleared(&asset, now)
            && totals.count(IntentState::Quarantined) == 0
            && self.ledger.on_the_way.is_empty()
            && self.store().intent_count() >= u64::try_from(self.submitted.len()).expect("few")
    }

    /// Books, guard and ledger agree with what the intents say (E5).
    fn compare(&mut self) {
        let seed = self.seed;
        let store = self.store.as_ref().expect("open");
        assert_eq!(invariants::check_all(store), [], "seed {seed}");
        let paid = self.ledger.paid();
        let mut known = BTreeSet::new();
        let orphans = store.list_orphans(None, 50).expect("a page").items;
        let mut strange = false;
        let mut for_people = 0_u128;
        for (n, _) in &self.submitted {
            let memo = memo(&grants(), &format!("payout-{n}"));
            let (id, row) = store.intent_of(&memo).expect("submitted");
            let is_paid = paid.contains_key(&memo);
            let settled = row.state == IntentState::Settled;
            known.insert(memo);
            // An image of a history that was given up may call failed what another one paid: that
            // is never settled in silence, it is shown to people.
            if is_paid && row.state.is_failed() {
                let (_, orphan) = orphans.iter().find(|(_, one)| one.memo == memo).expect("E7");
                assert_eq!(orphan.intent, Some(id), "seed {seed}: payout {n}");
                strange = true;
                continue;
            }
            assert_eq!(settled, is_paid, "seed {seed}: payout {n} is {:?}", row.state);
            if settled {
                let block = row.block.expect("settled");
                let entry = self.books.entries.get(&block).expect("E5: booked").0;
                assert_eq!(row.entry, Some(entry), "seed {seed}: payout {n}");
                let marks = row.marks;
                if marks.has(Marks::FOR_PEOPLE) && !self.books.adjusted.contains_key(&memo) {
                    for_people += row.total();
                }
                let elsewhere = marks.has(Marks::ELSEWHERE);
                let wire = row.wire(id);
                let committed = self.guard.reservations.get(&wire);
                assert!(
                    elsewhere || committed == Some(&crate::model::fakes::Reservation::Committed),
                    "E5: seed {seed}: payout {n}"
                );
            }
        }
        assert!(paid.keys().all(|memo| known.contains(memo)), "seed {seed}");
        let left: u128 = self.books.left_treasury + self.books.left_suspense;
        let moved: u128 = self
            .ledger
            .blocks
            .iter()
            .filter_map(|(_, one)| *one)
            .fold(0, |sum, one| sum + one.amount + one.fee);
        assert!(strange || left == moved, "seed {seed}: books and ledger: {left} {moved}");
        if self.may_adjust && !strange {
            // A correction nobody answered for a day is left to people, and shown to them.
            let left = self.books.left_suspense;
            assert_eq!(left, for_people, "seed {seed}: Suspense is explained, or shown to people");
        }
    }
}
