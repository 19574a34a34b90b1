//! Seeded schedules of verbs, upgrades, stops, restores and jumps in time, checked after every
//! step against the canister's own invariants and against books kept by an outsider.
//!
//! `GRANARY_SCHEDULES` sets how many schedules run; `GRANARY_SEED` repeats one of them.

mod books;
mod moves;

use candid::{Decode, Principal};
use granary_api::common::Receipt;
use granary_errors::Error;
use granary_tests::{
    chain,
    clock::{DAY, HOUR, MINUTE},
    engine::announce,
    fixtures,
    people::Who,
    reply::Expect,
    seed::Seed,
    world::{Snapshot, World},
};

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
        self.world.upgrade();
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
                self.world.by(Who::Stranger).resume_jobs().value("wake the timer");
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
            let reply = self.world.network().await_call(id);
            let bytes = reply.unwrap_or_else(|reject| panic!("{}: {reject}", one.method));
            let answer = Decode!(&bytes, Result<Receipt, Error>).expect("a receipt or an error");
            self.note(format!("{} {:?}: {answer:?}", one.method, one.effect));
            if let Ok(receipt) = answer {
                done.push((receipt, one));
            }
            self.messages += 1;
        }
        // Answers are booked in the order in which the canister applied the calls.
        done.sort_by_key(|(receipt, _)| receipt.event);
        for (receipt, one) in done {
            assert!(receipt.event > self.last_event, "an event is never numbered again");
            self.last_event = receipt.event;
            self.books.apply(&self.world, &one.effect, &receipt);
        }
    }

    fn check(&self) {
        self.books.check(&self.world);
        fixtures::assert_valid(&self.world);
    }

    /// Every acknowledged call is in the state, and the journal is whole.
    fn check_everything_acknowledged(&self) {
        self.books.check_applications(&self.world);
        let events = chain::checked(&self.world.by(Who::Auditor));
        assert!(u64::try_from(events.len()).unwrap() > self.last_event);
        let jobs = self.world.by(Who::Operator).get_jobs_status().value("jobs");
        assert_eq!(jobs.dead_letter, 0, "no job was given up");
    }
}

/// Somebody of the round.
fn author(number: usize) -> Principal {
    granary_tests::people::applicant(number)
}
