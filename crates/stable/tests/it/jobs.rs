//! The job table against a map, and the promises that outlive a trap or a restore.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use granary_stable::jobs::{Job, JobFault, JobRef, JobState, Jobs, MAX_ERRORS, Retry};
use granary_units::{Duration, Timestamp};
use ic_stable_structures::VectorMemory;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use proptest::prop_oneof;
use proptest::strategy::{Just, Strategy};

const LEASE: Duration = Duration::from_nanos(50);
const RETRY: Retry = Retry {
    first_delay: Duration::from_nanos(10),
    max_delay: Duration::from_nanos(35),
    max_attempts: 3,
};

fn name(key: u64) -> JobRef {
    JobRef { kind: 1, key }
}

fn at(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(nanos)
}

#[derive(Clone, Debug)]
enum Op {
    Ensure { key: u64, delay: u64 },
    Claim,
    Finish,
    Again { delay: u64 },
    Fail,
    Requeue { key: u64 },
    Pass { nanos: u64 },
    Reopen,
    Restore,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0_u64..6, 0_u64..40).prop_map(|(key, delay)| Op::Ensure { key, delay }),
        6 => Just(Op::Claim),
        2 => Just(Op::Finish),
        1 => (0_u64..40).prop_map(|delay| Op::Again { delay }),
        3 => Just(Op::Fail),
        1 => (0_u64..6).prop_map(|key| Op::Requeue { key }),
        4 => (1_u64..60).prop_map(|nanos| Op::Pass { nanos }),
        1 => Just(Op::Reopen),
        1 => Just(Op::Restore),
    ]
}

struct World {
    memory: VectorMemory,
    jobs: Jobs<VectorMemory>,
    model: BTreeMap<JobRef, Job>,
    taken: Option<Job>,
    now: u64,
}

impl World {
    fn apply(&mut self, op: &Op) {
        match *op {
            Op::Ensure { key, delay } => {
                let job = self.jobs.ensure(name(key), at(self.now + delay));
                assert!(!matches!(job.state, JobState::Done | JobState::DeadLetter));
                assert_eq!(Some(&job), self.jobs.get(name(key)).as_ref());
                self.model.insert(job.name, job);
            }
            Op::Claim => self.claim(),
            Op::Finish => {
                if let Some(job) = self.settled(|jobs, job, now| jobs.finish(job, at(now + 100))) {
                    assert_eq!(self.jobs.get(job.name).unwrap().state, JobState::Done);
                }
            }
            Op::Again { delay } => {
                self.settled(|jobs, job, now| jobs.again(job, at(now + delay)));
            }
            Op::Fail => {
                self.settled(|jobs, job, now| jobs.fail(job, at(now), "broken", RETRY).map(drop));
            }
            Op::Requeue { key } => {
                let known = self.model.get(&name(key)).cloned();
                let answer = self.jobs.requeue(name(key), at(self.now));
                match known {
                    None => assert_eq!(answer, Err(JobFault::Missing(name(key)))),
                    Some(known) if known.state != JobState::DeadLetter => {
                        assert_eq!(answer, Ok(known));
                    }
                    Some(_) => {
                        let job = answer.unwrap();
                        assert_eq!((job.state, job.attempts), (JobState::Pending, 0));
                        self.model.insert(job.name, job);
                    }
                }
            }
            Op::Pass { nanos } => self.now += nanos,
            Op::Reopen => self.jobs = Jobs::open(self.memory.clone()),
            Op::Restore => {
                while self.jobs.release_leases(at(self.now), 2) == 2 {}
                for job in self.model.values_mut() {
                    if matches!(job.state, JobState::Running { .. }) {
                        (job.state, job.due_at) = (JobState::Pending, at(self.now));
                    }
                }
            }
        }
    }

    fn claim(&mut self) {
        let due = |job: &Job| match job.state {
            JobState::Pending => job.due_at <= at(self.now),
            JobState::Running { lease_until } => lease_until <= at(self.now),
            JobState::Done | JobState::DeadLetter => false,
        };
        let any_due = self.model.values().any(due);
        let taken = self.jobs.claim(at(self.now), LEASE);
        assert_eq!(taken.is_some(), any_due);
        self.model.retain(|name, job| {
            let forgotten = self.jobs.get(*name).is_none();
            assert!(!forgotten || job.state == JobState::Done && job.due_at <= at(self.now));
            !forgotten
        });
        if let Some(job) = &taken {
            assert!(due(&self.model[&job.name]));
            let lease_until = at(self.now).saturating_add(LEASE);
            assert_eq!(job.state, JobState::Running { lease_until });
            self.model.insert(job.name, job.clone());
        }
        self.taken = taken.or(self.taken.take());
    }

    /// Ends the job taken last, and checks that an old lease has no say.
    fn settled(
        &mut self,
        settle: impl Fn(&mut Jobs<VectorMemory>, &Job, u64) -> Result<(), JobFault>,
    ) -> Option<Job> {
        let taken = self.taken.take()?;
        let known = self.model.get(&taken.name).cloned();
        let answer = settle(&mut self.jobs, &taken, self.now);
        match known {
            Some(known) if known.state == taken.state => answer.unwrap(),
            Some(_) => {
                assert_eq!(answer, Err(JobFault::NotRunning(taken.name)));
                return None;
            }
            None => {
                assert_eq!(answer, Err(JobFault::Missing(taken.name)));
                return None;
            }
        }
        let job = self.jobs.get(taken.name).unwrap();
        self.model.insert(job.name, job.clone());
        Some(job)
    }
}

proptest! {
    #[test]
    fn the_table_agrees_with_a_map(ops in proptest::collection::vec(op(), 1..80)) {
        let memory = VectorMemory::default();
        let jobs = Jobs::open(memory.clone());
        let mut world = World { memory, jobs, model: BTreeMap::new(), taken: None, now: 1 };
        for op in &ops {
            world.apply(op);
            let count = |wanted: fn(&JobState) -> bool| {
                world.model.values().filter(|job| wanted(&job.state)).count() as u64
            };
            let counts = world.jobs.counts();
            prop_assert_eq!(counts.pending, count(|s| *s == JobState::Pending));
            prop_assert_eq!(counts.running, count(|s| matches!(s, JobState::Running { .. })));
            prop_assert_eq!(counts.done, count(|s| *s == JobState::Done));
            prop_assert_eq!(counts.dead_letter, count(|s| *s == JobState::DeadLetter));
            let wakes = world.model.values().filter_map(|job| match job.state {
                JobState::Pending | JobState::Done => Some(job.due_at),
                JobState::Running { lease_until } => Some(lease_until),
                JobState::DeadLetter => None,
            }).min();
            prop_assert_eq!(world.jobs.next_due(), wakes, "a waiting job always has a wake-up");
        }
        let expected: Vec<_> = world.model.values().cloned().collect();
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = world.jobs.page(after, 2);
            prop_assert!(page.len() <= 2);
            let Some(last) = page.last() else { break };
            after = Some(last.name);
            all.extend(page);
        }
        prop_assert_eq!(all, expected);
    }
}

#[test]
fn a_job_fails_with_growing_pauses_and_then_waits_for_a_person() {
    let mut jobs = Jobs::open(VectorMemory::default());
    jobs.ensure(name(1), at(0));
    for (number, pause) in [(1_u32, 10), (2, 20)] {
        let job = jobs.claim(at(1_000), LEASE).unwrap();
        assert_eq!(job.attempts, number);
        assert_eq!(jobs.fail(&job, at(0), "no", RETRY), Ok(JobState::Pending));
        assert_eq!(jobs.next_due(), Some(at(pause)));
    }
    let job = jobs.claim(at(1_000), LEASE).unwrap();
    assert_eq!(jobs.fail(&job, at(0), "no", RETRY), Ok(JobState::DeadLetter));
    assert_eq!(jobs.next_due(), None);
    assert_eq!(RETRY.delay(9), Duration::from_nanos(35));
    assert_eq!(RETRY.delay(200), Duration::from_nanos(35));
}

#[test]
fn errors_are_kept_short_and_few() {
    let mut jobs = Jobs::open(VectorMemory::default());
    let retry = Retry { max_attempts: u32::MAX, ..RETRY };
    jobs.ensure(name(1), at(0));
    for number in 0..MAX_ERRORS + 3 {
        let job = jobs.claim(at(1_000), LEASE).unwrap();
        let error = format!("{number}{}", "é".repeat(300));
        jobs.fail(&job, at(0), &error, retry).unwrap();
    }
    let job = jobs.get(name(1)).unwrap();
    assert_eq!(job.last_errors.len(), MAX_ERRORS);
    assert!(job.last_errors[0].starts_with("3é"));
    assert!(job.last_errors.iter().all(|error| error.len() <= 200));
}

#[test]
fn a_job_is_wanted_at_the_earliest_time_anybody_named() {
    let mut jobs = Jobs::open(VectorMemory::default());
    let due = |job: &Job| job.due_at.as_nanos();
    assert_eq!(due(&jobs.ensure(name(1), at(50))), 50);
    assert_eq!(due(&jobs.ensure(name(1), at(70))), 50, "later changes nothing");
    assert_eq!(due(&jobs.ensure(name(1), at(30))), 30, "earlier is earlier");
    assert_eq!(jobs.next_due(), Some(at(30)));
    assert_eq!(jobs.counts().arrived, 1, "it is one job");
    let taken = jobs.claim(at(30), LEASE).unwrap();
    assert_eq!(jobs.ensure(name(1), at(1)), taken, "one that runs is left alone");
    assert_eq!(jobs.ensure(name(2), at(90)).id, 1, "numbers follow arrival");
}

#[test]
fn what_succeeds_begins_anew() {
    let mut jobs = Jobs::open(VectorMemory::default());
    jobs.ensure(name(1), at(0));
    let first = jobs.claim(at(5), LEASE).unwrap();
    jobs.fail(&first, at(5), "once", RETRY).unwrap();
    let second = jobs.claim(at(100), LEASE).unwrap();
    assert_eq!((second.attempts, second.last_errors.len()), (2, 1));
    jobs.again(&second, at(140)).unwrap();
    let waiting = jobs.get(name(1)).unwrap();
    assert_eq!((waiting.attempts, waiting.due_at), (0, at(140)), "at the time it was told");
    let third = jobs.claim(at(150), LEASE).unwrap();
    assert_eq!(third.attempts, 1);
    jobs.finish(&third, at(300)).unwrap();
    let done = jobs.get(name(1)).unwrap();
    assert_eq!((done.due_at, done.attempts), (at(300), 0), "remembered for so long");
    assert!(done.last_errors.is_empty(), "its errors are over");
    assert_eq!(jobs.claim(at(299), LEASE), None);
    assert!(jobs.get(name(1)).is_some(), "not forgotten before its time");
    assert_eq!(jobs.claim(at(300), LEASE), None);
    assert!(jobs.get(name(1)).is_none(), "forgotten in its time");
}

#[test]
fn a_dead_letter_lives_again_with_all_its_tries() {
    let mut jobs = Jobs::open(VectorMemory::default());
    jobs.ensure(name(1), at(0));
    let once = Retry { max_attempts: 1, ..RETRY };
    let die = |jobs: &mut Jobs<VectorMemory>, now: u64| {
        let taken = jobs.claim(at(now), LEASE).unwrap();
        assert_eq!(jobs.fail(&taken, at(now), "no", once), Ok(JobState::DeadLetter));
    };
    die(&mut jobs, 1);
    let again = jobs.requeue(name(1), at(20)).unwrap();
    assert_eq!((again.state, again.attempts, again.due_at), (JobState::Pending, 0, at(20)));
    die(&mut jobs, 20);
    let wanted = jobs.ensure(name(1), at(30));
    assert_eq!((wanted.state, wanted.attempts, wanted.due_at), (JobState::Pending, 0, at(30)));
}

#[test]
fn forgetting_does_not_hold_up_a_beat() {
    let mut jobs = Jobs::open(VectorMemory::default());
    for key in 0..20 {
        jobs.ensure(name(key), at(0));
        let taken = jobs.claim(at(1), LEASE).unwrap();
        jobs.finish(&taken, at(2)).unwrap();
    }
    assert_eq!(jobs.claim(at(10), LEASE), None);
    assert_eq!(jobs.counts().done, 4, "sixteen are forgotten at a time");
    assert_eq!(jobs.claim(at(10), LEASE), None);
    assert_eq!(jobs.counts().done, 0);
}
