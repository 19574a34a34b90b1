//! What must hold in any stored state, checkable in pieces of bounded work.
//!
//! | stage | looks at | rules |
//! |---|---|---|
//! | 0 | the journal | C1 |
//! | 1 | requests one by one | Y1, Y2, C8 |
//! | 2 | committee, figures | Y2, C8 |
//!
//! Counts over all requests are carried in the cursor. They are compared only when the journal did
//! not grow meanwhile.

use std::collections::BTreeSet;

use granary_kernel::invariants::{Piece, sweep};
use granary_kernel::{Fault, Report, Violation};
use granary_stable::jobs::{JobRef, JobState};
use granary_stable::record::{self, Record};
use ic_stable_structures::Memory;
use minicbor::{Decode, Encode};

use crate::limits;
use crate::records::{Request, State};
use crate::rules::{operation, standing};
use crate::store::{EXECUTE, EXPIRE, Store};
use crate::types::RequestId;

/// Where the check stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
struct CursorV1 {
    #[n(0)]
    stage: u8,
    /// Next event or request.
    #[n(1)]
    position: u64,
    /// Length of the journal when the check began.
    #[n(2)]
    events: u64,
    /// Requests by state so far.
    #[n(3)]
    counts: [u64; 6],
}

impl Record for CursorV1 {
    const NAME: &'static str = "validation cursor";
    const VERSION: u8 = 1;
}

struct Check<'a, M: Memory> {
    store: &'a Store<M>,
    cursor: CursorV1,
    piece: Piece,
}

const LAST_STAGE: u8 = 2;

/// Looks at about `max_items` entities from `cursor` on.
pub fn check<M: Memory + 'static>(
    store: &Store<M>,
    cursor: Option<&[u8]>,
    max_items: u32,
) -> Result<Report, Fault> {
    let piece = Piece::new(max_items)?;
    let cursor = match cursor {
        None => CursorV1 { events: store.journal_head().0, ..CursorV1::default() },
        Some(bytes) => record::decode::<CursorV1>(bytes)
            .ok()
            .filter(|cursor| cursor.stage <= LAST_STAGE)
            .ok_or(Fault::Cursor)?,
    };
    Ok(Check { store, cursor, piece }.run())
}

/// Looks at everything. For tests and tools: its work grows with the state.
pub fn check_all<M: Memory + 'static>(store: &Store<M>) -> Vec<Violation> {
    sweep(|cursor, max_items| check(store, cursor, max_items))
}

impl<M: Memory + 'static> Check<'_, M> {
    fn run(mut self) -> Report {
        while self.piece.goes_on() {
            let more = match self.cursor.stage {
                0 => self.piece.journal(&**self.store, &mut self.cursor.position),
                1 => self.request(),
                _ => {
                    self.figures();
                    return self.piece.finish(None);
                }
            };
            if !more {
                self.cursor.stage = self.cursor.stage.saturating_add(1);
                self.cursor.position = 0;
            }
        }
        let next = record::encode(&self.cursor);
        self.piece.finish(Some(next))
    }

    /// One request; false behind the last.
    fn request(&mut self) -> bool {
        let slot = self.cursor.position;
        if slot >= self.store.requests.len() {
            return false;
        }
        self.cursor.position = slot.saturating_add(1);
        self.piece.spend(1);
        let number = self.cursor.position;
        match self.store.request(number) {
            Ok((id, request)) => self.one(id, &request),
            Err(_) => self.wrong("C8", number, "is missing between others"),
        }
        true
    }

    fn one(&mut self, id: RequestId, request: &Request) {
        let number = id.wire();
        let config = self.store.config();
        let distinct: BTreeSet<_> = request.approvals.iter().map(|given| given.member).collect();
        if distinct.len() != request.approvals.len() {
            self.wrong("Y2", number, "counts a member twice");
        }
        let counted = standing::counted(request, &config.committee);
        let all = u32::try_from(request.approvals.len()).unwrap_or(u32::MAX);
        let waits = matches!(request.state, State::Open | State::Ready { .. });
        if waits && counted != all {
            self.wrong("Y2", number, "has approvals of people who are no members");
        }
        let ready = matches!(request.state, State::Ready { .. });
        if waits && ready != (counted >= config.committee.quorum) {
            self.wrong("Y2", number, "is ready without a quorum, or open with one");
        }
        let own = operation::digest(&config.target, &request.operation) == request.digest;
        if matches!(request.state, State::Executing(_)) && !own {
            self.wrong("Y1", number, "is executed for another governor");
        }
        let has = |kind| {
            let job = self.store.job(JobRef { kind, key: number });
            job.is_some_and(|job| job.state != JobState::Done)
        };
        let is_watched = match request.state {
            State::Open => has(EXPIRE),
            State::Ready { .. } => has(EXPIRE) && has(EXECUTE),
            State::Executing(_) => has(EXECUTE),
            State::Completed { .. } | State::Failed { .. } | State::Expired { .. } => true,
        };
        let totals = self.store.totals();
        let is_listed = totals.live.contains(&id.get()) == request.is_live();
        let is_running = matches!(request.state, State::Executing(_));
        let is_known = totals.running.is_some_and(|running| running.0 == id.get()) == is_running;
        if !(is_watched && is_listed && is_known) {
            self.wrong("C8", number, "waits and nobody looks at it");
        }
        if let Some(count) = self.cursor.counts.get_mut(request.state.kind().at()) {
            *count = count.saturating_add(1);
        }
    }

    /// The committee, and the figures beside what was counted on the way.
    fn figures(&mut self) {
        let committee = &self.store.config().committee;
        let count = committee.members.len();
        let half = committee.quorum.saturating_mul(2);
        let is_majority = usize::try_from(half).is_ok_and(|half| half > count);
        let fits = (limits::MIN_MEMBERS..=limits::MAX_MEMBERS).contains(&count);
        if !(fits && is_majority) {
            self.wrong("Y2", 0, "the committee is none");
        }
        let totals = self.store.totals();
        let live = totals.live.len();
        let [open, ready, executing, ..] = totals.counts;
        let counted = open.saturating_add(ready).saturating_add(executing);
        let same = usize::try_from(counted) == Ok(live) && executing <= 1;
        let is_still = self.store.journal_head().0 == self.cursor.events;
        if !same || (is_still && totals.counts != self.cursor.counts) {
            self.wrong("C8", 0, "the figures are not those of the requests");
        }
        self.piece.spend(1);
    }

    fn wrong(&mut self, rule: &'static str, id: u64, message: &str) {
        self.piece.violation(rule, "request", id, message);
    }
}
