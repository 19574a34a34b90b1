//! Seeded schedules of verbs, upgrades, stops, restores and jumps in time, checked after every
//! step against the canister's own invariants and against books kept by an outsider.
//!
//! On `localnet` the seed also chooses the order of messages that arrive together, cuts messages,
//! timers and upgrades off in the middle, and loses calls the canister makes to itself.
//!
//! `GRANARY_SCHEDULES` sets how many schedules run; `GRANARY_SEED` repeats one of them.

mod books;
mod cuts;
mod moves;

use candid::{Decode, Principal};
use granary_api::common::Receipt;
use granary_errors::Error;
use granary_tests::{
    chain,
    clock::{DAY, HOUR, MINUTE},
    engine::{Engine, announce},
    faults::{Action, Cut, FaultPlan, Faults, Rule, Span},
    fixtures,
    people::Who,
    reply::Expect,
    seed::Seed,
    world::{Snapshot, World, next_wasm},
};
use pocket_ic::{ErrorCode, RejectResponse};

use self::{books::Books, moves::Move};
use crate::world;

/// Schedules of one run; more are asked for by the environment.
const SCHEDULES: u64 = 20;
/// Messages of one schedule.
const MESSAGES: usize = 110;
/// First seed of a run.
const FIRST_SEED: u64 = 20_260_101;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}

/// Two tests, so that two cores are used.
#[test]
fn schedules_with_even_seeds_keep_the_books() {
    run(0);
}

#[test]
fn schedules_with_odd_seeds_keep_the_books() {
    run(1);
}

fn run(parity: u64) {
    if let Some(seed) = number("GRANARY_SEED") {
        if seed % 2 == parity {
            Schedule::new(seed).play();
        }
        return;
    }
    let schedules = number("GRANARY_SCHEDULES").unwrap_or(SCHEDULES);
    let seeds = FIRST_SEED..FIRST_SEED + schedules;
    for seed in seeds.filter(|seed| seed % 2 == parity) {
        Schedule::new(seed).play();
    }
}

/// One schedule in progress.
struct Schedule {
    number: u64,
    seed: Seed,
    world: World,
    books: Books,
    messages: usize,
    last_event: u64,
    kept: Option<(Snapshot, Books, u64)>,
    trail: Vec<String>,
}

/// Tells the seed and the last moves when a schedule fails.
impl Drop for Schedule {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let from = self.trail.len().saturating_sub(12);
            announce(&format!(
                "schedule GRANARY_SEED={} failed after:\n  {}",
                self.number,
                self.trail[from..].join("\n  ")
            ));
        }
    }
}

impl Schedule {
    fn new(number: u64) -> Self {
        let world = world();
        let program = fixtures::open_program(&world);
        let budget = fixtures::BUDGET;
        if on_localnet() {
            Faults::on(world.network()).plan(&disorder(world.canister), number);
        }
        Self {
            number,
            seed: Seed::new(number),
            world,
            books: Books::new(program, budget),
            messages: 0,
            last_event: 0,
            kept: None,
            trail: Vec::new(),
        }
    }

    fn play(mut self) {
        while self.messages < MESSAGES {
            match self.seed.below(100) {
                0..=3 => self.upgrade(),
                4 | 5 => self.stop_and_start(),
                6 | 7 => self.keep_or_restore(),
                8..=21 => self.jump(),
                22..=34 => self.send_together(),
                _ => self.send(1),
            }
            self.check();
        }
        self.check_everything_acknowledged();
    }

    fn note(&mut self, what: impl Into<String>) {
        self.trail.push(what.into());
    }

    fn upgrade(&mut self) {
        self.note("upgrade");
        if let Err(reject) = self.world.upgrade_to(next_wasm(0), None) {
            self.cut_off("the upgrade", &reject);
        }
        self.messages += 1;
    }

    fn stop_and_start(&mut self) {
        self.note("stop and start");
        self.world.stop();
        if self.seed.chance(50) {
            self.world.advance(HOUR);
        }
        self.world.start();
        self.messages += 2;
    }

    fn keep_or_restore(&mut self) {
        match self.kept.take() {
            None => {
                self.note("snapshot");
                let snapshot = self.world.snapshot();
                self.kept = Some((snapshot, self.books.clone(), self.last_event));
            }
            Some((snapshot, books, last_event)) => {
                self.note("restore");
                self.world.restore(&snapshot);
                self.books = books;
                self.last_event = last_event;
                let nothing = b"DIDL\0\0".to_vec();
                let woken = self.world.by(Who::Stranger).raw_update("resume_jobs", nothing);
                if let Err(reject) = woken {
                    self.cut_off("resume_jobs", &reject);
                }
                self.world.settle();
            }
        }
        self.messages += 1;
    }

    fn jump(&mut self) {
        let lengths = [MINUTE, MINUTE, HOUR, DAY, DAY, 3 * DAY, 8 * DAY];
        let length = *self.seed.pick(&lengths);
        self.note(format!("{} minutes pass", length / MINUTE));
        self.world.advance(length);
    }

    fn send_together(&mut self) {
        let count = 2 + self.seed.below(4);
        self.send(count);
    }

    /// Sends so many calls before any of them runs.
    fn send(&mut self, count: usize) {
        let now = self.world.now_ns();
        let moves: Vec<Move> =
            (0..count).map(|_| moves::choose(&mut self.seed, &self.books, now)).collect();
        let sent: Vec<_> = moves
            .iter()
            .map(|one| {
                self.world
                    .network()
                    .submit_call(self.world.canister, one.sender, one.method, one.bytes.clone())
                    .expect("a running canister takes calls")
            })
            .collect();
        let mut done: Vec<(Receipt, Move)> = Vec::new();
        for (id, one) in sent.into_iter().zip(moves) {
            self.messages += 1;
            let bytes = match self.world.network().await_call(id) {
                Ok(bytes) => bytes,
                Err(reject) => {
                    self.cut_off(one.method, &reject);
                    continue;
                }
            };
            let answer = Decode!(&bytes, Result<Receipt, Error>).expect("a receipt or an error");
            self.note(format!("{} {:?}: {answer:?}", one.method, one.effect));
            if let Ok(receipt) = answer {
                done.push((receipt, one));
            }
        }
        // Answers are booked in the order in which the canister applied the calls.
        done.sort_by_key(|(receipt, _)| receipt.event);
        for (receipt, one) in done {
            assert!(receipt.event > self.last_event, "an event is never numbered again");
            self.last_event = receipt.event;
            self.books.apply(&self.world, &one.effect, &receipt);
        }
    }

    /// A message that did not end was cut off on purpose, and then it has not happened.
    fn cut_off(&mut self, what: &str, reject: &RejectResponse) {
        let on_purpose = reject.error_code == ErrorCode::CanisterInstructionLimitExceeded;
        assert!(on_purpose && on_localnet(), "{what}: {reject}");
        self.note(format!("{what} is cut off"));
    }

    fn check(&self) {
        self.books.check(&self.world);
        fixtures::assert_valid(&self.world);
    }

    /// Every acknowledged call is in the state, and the journal is whole.
    fn check_everything_acknowledged(&self) {
        if on_localnet() {
            let record = Faults::on(self.world.network()).end().expect("a plan was in force");
            assert_eq!(record.diverged, None);
            self.world.by(Who::Stranger).resume_jobs().value("wake the timer");
            self.world.settle();
        }
        self.books.check_applications(&self.world);
        let events = chain::checked(&self.world.by(Who::Auditor));
        assert!(u64::try_from(events.len()).unwrap() > self.last_event);
        let jobs = self.world.by(Who::Operator).get_jobs_status().value("jobs");
        assert_eq!(jobs.dead_letter, 0, "no job was given up");
    }
}

/// Whether the server can do things on purpose.
fn on_localnet() -> bool {
    // Built first: the server's time to live must not run out meanwhile.
    let _ = granary_tests::world::wasm();
    Engine::shared(crate::localnet()).is_localnet()
}

/// Any order, and now and then something that ends in the middle or is lost.
fn disorder(canister: Principal) -> FaultPlan {
    let cut = || Action::Trap(Cut::Instruction(Span { first: 1, last: 250_000 }));
    let lost = Action::Reject { code: 2, message: "no room in the queue".to_owned() };
    FaultPlan::of([
        Rule::new(cut()).to(canister).chance(30),
        Rule::new(cut()).to(canister).named("post_upgrade").chance(200),
        Rule::new(cut()).to(canister).named("global_timer").chance(50),
        Rule::new(lost).from(canister).chance(50),
        // A timer calls its own canister and waits a bounded time for the answer.
        Rule::new(Action::Unknown { executed: true }).from(canister).chance(50),
        Rule::new(Action::Unknown { executed: false }).from(canister).chance(50),
    ])
    .in_any_order()
}

/// Somebody of the round.
fn author(number: usize) -> Principal {
    granary_tests::people::applicant(number)
}
