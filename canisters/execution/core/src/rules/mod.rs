//! The decisions: values in, values out. What is next for an intent, what an answer means, and
//! every verb of people; nothing here touches the store.
//!
//! | room | decides |
//! |---|---|
//! | [`submit_intent`] | whether an intent is taken |
//! | [`next`] | the next step of an intent |
//! | [`guard`] | what `risk_guard`'s answers mean |
//! | [`funds`] | whether the money is there, at which fee (E9) |
//! | [`sent`] | what the ledger's answer to a transfer means (E1, E2) |
//! | [`scan`] | what the ledger's blocks prove (E3) |
//! | [`booking`] | what the books' answers mean (E5) |
//! | [`lookback`] | what happened after a snapshot that was restored (E7) |
//! | [`people`] | approvals, rejections, cancellations |
//! | [`standing`] | standing authorisations (E8) |
//! | [`quarantine`] | what people found out |
//! | [`assets`] | assets and signing keys (E6, E10) |

pub mod assets;
pub mod booking;
pub mod funds;
pub mod guard;
pub mod lookback;
pub mod next;
pub mod people;
pub mod quarantine;
pub mod scan;
pub mod sent;
pub mod standing;
pub mod submit_intent;

#[cfg(test)]
pub(crate) mod fixtures;

pub use granary_kernel::Ctx;
use granary_resilience::failure::Failure;
use granary_resilience::recovery::RecoveryContext;
use granary_resilience::retry::Next as Retry;

use crate::limits;
use crate::records::{
    ApprovalRow, AssetRow, Attempt, AuthorisationRow, Event, EventKind, IntentRow, KeyRow, Marks,
    OrphanRow, UseRow,
};
use crate::types::{
    ApprovalId, AssetId, AuthorisationId, Duration, IntentId, IntentState, KeyId, OrphanId,
    Timestamp, UseId,
};

/// Failures in a row from which on an intent is said to struggle.
const STRUGGLES_FROM: u32 = 3;

/// Everything one verb writes. The store applies it in one go and keeps lists, indexes and totals.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// An intent's row; the next number makes a new one.
    pub intent: Option<(IntentId, IntentRow)>,
    /// Its errors, when they changed.
    pub trouble: Option<RecoveryContext>,
    /// When it is looked at next.
    pub due: Option<Timestamp>,
    /// The standing authorisation's use it gives back.
    pub give_back: Option<UseId>,
    /// An asset's row.
    pub asset: Option<(AssetId, AssetRow)>,
    /// An approval's row.
    pub approval: Option<(ApprovalId, ApprovalRow)>,
    /// A standing authorisation's row.
    pub authorisation: Option<(AuthorisationId, AuthorisationRow)>,
    /// A use of one.
    pub used: Option<(UseId, UseRow)>,
    /// A payment without an intent.
    pub orphan: Option<(OrphanId, OrphanRow)>,
    /// A signing key reference.
    pub key: Option<(KeyId, KeyRow)>,
    /// What happened; the first one's subject is the receipt's id.
    pub events: Vec<Event>,
}

/// One intent being worked on, with what it stands on.
#[derive(Clone, Debug)]
pub struct Work {
    /// Which intent.
    pub id: IntentId,
    /// The intent.
    pub row: IntentRow,
    /// Its asset.
    pub asset: AssetRow,
    /// Its errors.
    pub trouble: RecoveryContext,
    /// The time of the message.
    pub now: Timestamp,
    /// What happened.
    pub events: Vec<Event>,
    /// When it is looked at next.
    pub due: Option<Timestamp>,
    touched: bool,
    give_back: Option<UseId>,
}

impl Work {
    /// Begins to work on an intent.
    pub const fn new(
        id: IntentId,
        row: IntentRow,
        asset: AssetRow,
        trouble: RecoveryContext,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            row,
            asset,
            trouble,
            now,
            events: Vec::new(),
            due: None,
            touched: false,
            give_back: None,
        }
    }

    /// What is to be written.
    pub fn finish(self) -> Change {
        Change {
            intent: Some((self.id, self.row)),
            trouble: self.touched.then_some(self.trouble),
            due: self.due,
            give_back: self.give_back,
            asset: Some((self.row.asset, self.asset)),
            events: self.events,
            ..Change::default()
        }
    }

    /// The intent's number on the wire.
    pub fn wire(&self) -> u64 {
        self.row.wire(self.id)
    }

    /// Something happened to the intent.
    pub fn say(&mut self, event: impl FnOnce(Event) -> Event, kind: EventKind) {
        self.events.push(event(Event::new(kind, self.wire())));
    }

    /// Something happened that needs no details.
    pub fn note(&mut self, kind: EventKind) {
        self.say(|event| event, kind);
    }

    /// Comes into a state. What it takes is set aside while the money may be moving (E9).
    pub fn enter(&mut self, state: IntentState) {
        let total = self.row.total();
        let is_aside = self.row.marks.has(Marks::SET_ASIDE);
        if state.is_in_flight() && !is_aside {
            self.asset.set_aside = self.asset.set_aside.saturating_add(total);
            self.row.marks.set(Marks::SET_ASIDE);
        }
        if !state.is_in_flight() && is_aside {
            self.asset.set_aside = self.asset.set_aside.saturating_sub(total);
            self.asset.moves = self.asset.moves.saturating_add(1);
            self.row.marks.clear(Marks::SET_ASIDE);
        }
        self.row.state = state;
        self.row.since = self.now;
        self.due = Some(self.now);
    }

    /// Comes into a state on its way, and says so.
    pub fn move_to(&mut self, state: IntentState) {
        self.enter(state);
        self.events.push(Event::moved(self.wire(), state));
    }

    /// It may be sent. The time its transfer carries is fixed here, before anything is sent (E2):
    /// what is in a snapshot has it.
    pub fn make_ready(&mut self) {
        self.move_to(IntentState::Ready);
        if self.row.attempt.number == 0 {
            self.next_attempt();
        }
    }

    /// What the transfer carries from now on. Only when it is known that nothing carrying what it
    /// carried before has moved or can still move money.
    pub fn next_attempt(&mut self) {
        for fact in [Marks::UNCERTAIN, Marks::TOO_OLD, Marks::LOOK, Marks::SCANNED] {
            self.row.marks.clear(fact);
        }
        self.row.attempt = Attempt {
            number: self.row.attempt.number.saturating_add(1),
            created_at: self.now,
            from_block: self.asset.tip,
            sends: 0,
            next_block: self.asset.tip,
        };
    }

    /// The money did not move and never will.
    pub fn fail(&mut self, state: IntentState) {
        self.enter(state);
        self.give_back = self.row.standing.take();
        self.row.marks.clear(Marks::SHORT);
        self.recovered();
    }

    /// The money moved in `block` and cost `fee`.
    pub fn settle(&mut self, block: u64, fee: u128, how: &str) {
        self.enter(IntentState::Settled);
        self.row.fee = fee;
        self.row.block = Some(block);
        self.row.settled_at = Some(self.now);
        for fact in [Marks::UNCERTAIN, Marks::LOOK, Marks::SHORT, Marks::TOO_OLD] {
            self.row.marks.clear(fact);
        }
        self.asset.tip = self.asset.tip.max(block.saturating_add(1));
        self.asset.paid = self.asset.paid.saturating_add(self.row.total());
        self.recovered();
        self.say(|event| event.number(block).name(how), EventKind::IntentSettled);
    }

    /// People must find out.
    pub fn quarantine(&mut self, why: &str) {
        self.enter(IntentState::Quarantined);
        self.due = None;
        self.say(|event| event.name(why), EventKind::IntentQuarantined);
    }

    /// A step failed: it is tried again after a while, longer each time.
    pub fn failed(&mut self, step: &'static str, failure: &Failure) {
        self.touched = true;
        let next = self.trouble.failed(&limits::RETRY, failure, self.now);
        let at = match next {
            Retry::Retry { at } => at,
            // What helps is not waiting: it is a person, or a look. Both need a while.
            Retry::GiveUp | Retry::Exhausted | Retry::Reconcile => {
                let delay = limits::RETRY.delay(self.trouble.attempts, self.trouble.trace_id);
                self.now.saturating_add(delay)
            }
        };
        self.put_off(at);
        self.row.marks.put(Marks::STRUGGLING, self.trouble.attempts >= STRUGGLES_FROM);
        let attempts = u64::from(self.trouble.attempts);
        self.say(|event| event.number(attempts).name(step), EventKind::IntentDelayed);
    }

    /// It is not to be looked at before `at`.
    pub fn put_off(&mut self, at: Timestamp) {
        self.touched = true;
        self.trouble.next_at = Some(at);
        self.due = Some(at);
    }

    /// The newest step succeeded.
    pub fn recovered(&mut self) {
        if self.trouble.attempts > 0 || self.trouble.next_at.is_some() {
            self.touched = true;
        }
        self.trouble.succeeded();
        self.row.marks.clear(Marks::STRUGGLING);
    }

    /// Until when it is put off; a clock that was wrong once puts nothing off for ever.
    pub fn put_off_until(&self) -> Option<Timestamp> {
        let longest = self.now.saturating_add(LONGEST_WAIT);
        self.trouble.next_at.map(|at| at.min(longest)).filter(|at| *at > self.now)
    }
}

/// Longest wait for anything but people and delays.
pub(crate) const LONGEST_WAIT: Duration = Duration::seconds(86_400);
