//! Work that must happen: the truth about it is here, and timers are only wake-ups.
//!
//! A job is known by its kind and its key (usually an entity), so asking for it twice is asking
//! once. Whoever runs it takes a lease; a job whose runner died with its message is taken again
//! when the lease is over, so its effect must be idempotent by `(kind, key)`. A job that failed
//! too often becomes a dead letter and waits for a person.
//!
//! One tree holds three kinds of rows: the jobs, an index by the time each needs attention, and
//! one row of counters. The table is meant for thousands of jobs, not for millions.

use core::cell::Cell;
use core::fmt;
use std::borrow::Cow;

use granary_units::{Duration, Timestamp};
use ic_stable_structures::storable::Bound;
use ic_stable_structures::{Memory, StableBTreeMap, Storable};
use minicbor::{Decode, Encode};

use crate::keys::FixedKey;
use crate::record::{self, Record};

/// Errors kept per job.
pub const MAX_ERRORS: usize = 10;
/// Longest error kept.
pub const MAX_ERROR_BYTES: usize = 200;

/// Which job: its kind, and what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct JobRef {
    /// What is to be done; the canister's own numbering.
    #[n(0)]
    pub kind: u16,
    /// For which entity.
    #[n(1)]
    pub key: u64,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum JobState {
    /// Waiting until it is due.
    #[n(0)]
    Pending,
    /// Taken; taken again when the lease is over.
    #[n(1)]
    Running {
        /// End of the lease.
        #[n(0)]
        lease_until: Timestamp,
    },
    /// Done; forgotten after a while.
    #[n(2)]
    Done,
    /// Failed too often; waits for a person.
    #[n(3)]
    DeadLetter,
}

/// A job as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct JobV1 {
    /// Number in order of arrival.
    #[n(0)]
    pub id: u64,
    /// Kind and key.
    #[n(1)]
    pub name: JobRef,
    /// When it should run.
    #[n(2)]
    pub due_at: Timestamp,
    /// How often it was taken since it last succeeded.
    #[n(3)]
    pub attempts: u32,
    /// Where it stands.
    #[n(4)]
    pub state: JobState,
    /// The newest errors, oldest first.
    #[n(5)]
    pub last_errors: Vec<String>,
}

/// The current shape.
pub type Job = JobV1;

impl Record for JobV1 {
    const NAME: &'static str = "job";
    const VERSION: u8 = 1;
}

impl Job {
    /// When the table must look at the job again; none for a dead letter.
    const fn wakes_at(&self) -> Option<Timestamp> {
        match self.state {
            JobState::Pending | JobState::Done => Some(self.due_at),
            JobState::Running { lease_until } => Some(lease_until),
            JobState::DeadLetter => None,
        }
    }
}

/// How a failed job is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Wait before the second try; doubles each time.
    pub first_delay: Duration,
    /// Longest wait.
    pub max_delay: Duration,
    /// Tries before the job becomes a dead letter.
    pub max_attempts: u32,
}

impl Retry {
    /// The wait after `attempts` tries.
    pub fn delay(&self, attempts: u32) -> Duration {
        let doubled = 1_u64
            .checked_shl(attempts.saturating_sub(1))
            .unwrap_or(u64::MAX)
            .saturating_mul(self.first_delay.as_nanos());
        Duration::from_nanos(doubled.min(self.max_delay.as_nanos()))
    }
}

/// How many jobs stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct JobCounts {
    /// Waiting.
    #[n(0)]
    pub pending: u64,
    /// Taken.
    #[n(1)]
    pub running: u64,
    /// Done and not yet forgotten.
    #[n(2)]
    pub done: u64,
    /// Waiting for a person.
    #[n(3)]
    pub dead_letter: u64,
    /// Jobs that ever arrived.
    #[n(4)]
    pub arrived: u64,
}

impl Record for JobCounts {
    const NAME: &'static str = "job counts";
    const VERSION: u8 = 1;
}

/// Why a job could not be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobFault {
    /// There is no such job.
    Missing(JobRef),
    /// The job is not taken, or was taken by someone else since.
    NotRunning(JobRef),
}

impl fmt::Display for JobFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(JobRef { kind, key }) => write!(f, "there is no job {kind} for {key}"),
            Self::NotRunning(JobRef { kind, key }) => {
                write!(f, "job {kind} for {key} is not running under this lease")
            }
        }
    }
}

impl std::error::Error for JobFault {}

const COUNTS: u8 = 0;
const BY_NAME: u8 = 1;
const BY_TIME: u8 = 2;

type Key = FixedKey<19>;

struct Row(Vec<u8>);

impl Storable for Row {
    fn to_bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.0)
    }

    fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn from_bytes(bytes: Cow<[u8]>) -> Self {
        Self(bytes.into_owned())
    }

    const BOUND: Bound = Bound::Unbounded;
}

/// The job table in its region.
pub struct Jobs<M: Memory> {
    rows: StableBTreeMap<Key, Row, M>,
    /// The row of counters, once it was needed.
    counts: Cell<Option<JobCounts>>,
}

impl<M: Memory> Jobs<M> {
    /// Opens the table, or makes an empty one. Nothing is searched: opening is part of every
    /// upgrade, and a search costs the more the more jobs wait.
    ///
    /// # Panics
    /// When the region holds something else.
    pub fn open(memory: M) -> Self {
        Self { rows: StableBTreeMap::init(memory), counts: Cell::default() }
    }

    /// How many jobs stand where; O(1), but for the first question, which is a search.
    pub fn counts(&self) -> JobCounts {
        if let Some(counts) = self.counts.get() {
            return counts;
        }
        let row = self.rows.get(&counts_key());
        let counts = row.map(|row| record::decode_or_trap(&row.0)).unwrap_or_default();
        self.counts.set(Some(counts));
        counts
    }

    /// The job, if it is known.
    pub fn get(&self, name: JobRef) -> Option<Job> {
        self.rows.get(&name_key(name)).map(|row| record::decode_or_trap(&row.0))
    }

    /// Wants `name` done at `due_at`, or earlier if it is wanted earlier already.
    ///
    /// A job that is done or dead begins anew; one that runs is left alone. Answers the job.
    pub fn ensure(&mut self, name: JobRef, due_at: Timestamp) -> Job {
        let Some(known) = self.get(name) else {
            let counts = self.counts();
            let id = counts.arrived;
            self.counts.set(Some(JobCounts { arrived: id.saturating_add(1), ..counts }));
            let state = JobState::Pending;
            let job = Job { id, name, due_at, attempts: 0, state, last_errors: Vec::new() };
            self.put(None, &job);
            return job;
        };
        let job = match known.state {
            JobState::Running { .. } => return known,
            JobState::Pending if known.due_at <= due_at => return known,
            JobState::Pending => Job { due_at, ..known.clone() },
            JobState::Done | JobState::DeadLetter => {
                Job { due_at, attempts: 0, state: JobState::Pending, ..known.clone() }
            }
        };
        self.put(Some(&known), &job);
        job
    }

    /// Takes the job that has been due longest, with a lease until `now + lease`; none when
    /// nothing is due. Done jobs whose time is over are forgotten on the way, at most 16.
    pub fn claim(&mut self, now: Timestamp, lease: Duration) -> Option<Job> {
        for _ in 0..16 {
            let (wakes_at, name) = self.first_by_time()?;
            if wakes_at > now {
                return None;
            }
            let known = self.get(name)?;
            if known.state == JobState::Done {
                self.forget(&known);
                continue;
            }
            let job = Job {
                attempts: known.attempts.saturating_add(1),
                state: JobState::Running { lease_until: now.saturating_add(lease) },
                ..known.clone()
            };
            self.put(Some(&known), &job);
            return Some(job);
        }
        None
    }

    /// The job is done; it is remembered until `keep_until`, so that asking again is noticed.
    pub fn finish(&mut self, taken: &Job, keep_until: Timestamp) -> Result<(), JobFault> {
        let known = self.running(taken)?;
        let job = Job {
            due_at: keep_until,
            attempts: 0,
            state: JobState::Done,
            last_errors: Vec::new(),
            ..known.clone()
        };
        self.put(Some(&known), &job);
        Ok(())
    }

    /// The job is done for now and runs again at `due_at`.
    pub fn again(&mut self, taken: &Job, due_at: Timestamp) -> Result<(), JobFault> {
        let known = self.running(taken)?;
        let job = Job { due_at, attempts: 0, state: JobState::Pending, ..known.clone() };
        self.put(Some(&known), &job);
        Ok(())
    }

    /// The job failed: it is tried again later, or becomes a dead letter.
    pub fn fail(
        &mut self,
        taken: &Job,
        now: Timestamp,
        error: &str,
        retry: Retry,
    ) -> Result<JobState, JobFault> {
        let known = self.running(taken)?;
        let mut job = known.clone();
        let end = error.floor_char_boundary(MAX_ERROR_BYTES);
        job.last_errors.push(error.get(..end).unwrap_or_default().to_owned());
        if job.last_errors.len() > MAX_ERRORS {
            job.last_errors.remove(0);
        }
        if job.attempts >= retry.max_attempts {
            job.state = JobState::DeadLetter;
        } else {
            job.state = JobState::Pending;
            job.due_at = now.saturating_add(retry.delay(job.attempts));
        }
        self.put(Some(&known), &job);
        Ok(job.state)
    }

    /// A person wants a dead letter tried again at `due_at`.
    pub fn requeue(&mut self, name: JobRef, due_at: Timestamp) -> Result<Job, JobFault> {
        let known = self.get(name).ok_or(JobFault::Missing(name))?;
        if known.state != JobState::DeadLetter {
            return Ok(known);
        }
        let job = Job { due_at, attempts: 0, state: JobState::Pending, ..known.clone() };
        self.put(Some(&known), &job);
        Ok(job)
    }

    /// After a restore: leases given out before it mean nothing, so every running job is due now.
    /// Does at most `limit` and answers how many; repeat while the answer is `limit`.
    pub fn release_leases(&mut self, now: Timestamp, limit: usize) -> usize {
        let from = FixedKey::of(|w| {
            w.u8(BY_TIME).put(&[0; 18]);
        });
        let running: Vec<Job> = self
            .rows
            .range(from..)
            .filter_map(|entry| self.get(name_in(entry.key())))
            .filter(|job| matches!(job.state, JobState::Running { .. }))
            .take(limit)
            .collect();
        for known in &running {
            let job = Job { state: JobState::Pending, due_at: now, ..known.clone() };
            self.put(Some(known), &job);
        }
        running.len()
    }

    /// When the table must be looked at again; none when nothing waits.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.first_by_time().map(|(at, _)| at)
    }

    /// At most `limit` jobs by kind and key, from behind `after`.
    pub fn page(&self, after: Option<JobRef>, limit: usize) -> Vec<Job> {
        let from = after.map_or(
            FixedKey::of(|w| {
                w.u8(BY_NAME).put(&[0; 18]);
            }),
            name_key,
        );
        let to = FixedKey::of(|w| {
            w.u8(BY_TIME).put(&[0; 18]);
        });
        self.rows
            .range(from..to)
            .filter(|entry| after.map(name_key).as_ref() != Some(entry.key()))
            .take(limit)
            .map(|entry| record::decode_or_trap(&entry.value().0))
            .collect()
    }

    /// The job under the lease that `taken` stands for.
    fn running(&self, taken: &Job) -> Result<Job, JobFault> {
        let known = self.get(taken.name).ok_or(JobFault::Missing(taken.name))?;
        match known.state {
            JobState::Running { .. } if known.state == taken.state => Ok(known),
            _ => Err(JobFault::NotRunning(taken.name)),
        }
    }

    fn first_by_time(&self) -> Option<(Timestamp, JobRef)> {
        let from = FixedKey::of(|w| {
            w.u8(BY_TIME).put(&[0; 18]);
        });
        let entry = self.rows.range(from..).next()?;
        let mut reader = entry.key().reader();
        reader.u8();
        Some((Timestamp::from_nanos(reader.u64()), name_in(entry.key())))
    }

    fn put(&mut self, before: Option<&Job>, job: &Job) {
        if let Some(before) = before {
            self.count(before.state, |n| n.saturating_sub(1));
            if before.wakes_at() != job.wakes_at()
                && let Some(key) = time_key(before)
            {
                self.rows.remove(&key);
            }
        }
        self.count(job.state, |n| n.saturating_add(1));
        if before.and_then(Job::wakes_at) != job.wakes_at()
            && let Some(key) = time_key(job)
        {
            self.rows.insert(key, Row(Vec::new()));
        }
        self.rows.insert(name_key(job.name), Row(record::encode(job)));
        self.rows.insert(counts_key(), Row(record::encode(&self.counts())));
    }

    fn forget(&mut self, job: &Job) {
        self.count(job.state, |n| n.saturating_sub(1));
        if let Some(key) = time_key(job) {
            self.rows.remove(&key);
        }
        self.rows.remove(&name_key(job.name));
        self.rows.insert(counts_key(), Row(record::encode(&self.counts())));
    }

    fn count(&mut self, state: JobState, change: fn(u64) -> u64) {
        let mut counts = self.counts();
        let counter = match state {
            JobState::Pending => &mut counts.pending,
            JobState::Running { .. } => &mut counts.running,
            JobState::Done => &mut counts.done,
            JobState::DeadLetter => &mut counts.dead_letter,
        };
        *counter = change(*counter);
        self.counts.set(Some(counts));
    }
}

impl<M: Memory> fmt::Debug for Jobs<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs").field("counts", &self.counts.get()).finish_non_exhaustive()
    }
}

fn counts_key() -> Key {
    FixedKey::of(|w| {
        w.u8(COUNTS).put(&[0; 18]);
    })
}

fn name_key(JobRef { kind, key }: JobRef) -> Key {
    FixedKey::of(|w| {
        w.u8(BY_NAME).u64(0).u16(kind).u64(key);
    })
}

fn time_key(job: &Job) -> Option<Key> {
    let at = job.wakes_at()?;
    let JobRef { kind, key } = job.name;
    Some(FixedKey::of(|w| {
        w.u8(BY_TIME).u64(at.as_nanos()).u16(kind).u64(key);
    }))
}

fn name_in(key: &Key) -> JobRef {
    let mut reader = key.reader();
    reader.u8();
    reader.u64();
    JobRef { kind: reader.u16(), key: reader.u64() }
}
