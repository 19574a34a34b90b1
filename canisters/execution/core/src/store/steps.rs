//! What the clock does: the next step of an intent is decided and written down, the shell asks, and
//! the answer is decided over what is stored when it comes.

use granary_kernel::{Class, Ctx};
use granary_resilience::breaker::{Breaker, Permit};
use granary_resilience::failure::{Failure, FailureKind};
use granary_stable::jobs::JobRef;
use ic_stable_structures::Memory;

use crate::errors::ExecutionError;
use crate::limits;
use crate::records::{AssetRow, AuthorisationRow, EventKind, IntentRow, Marks, UseRow};
use crate::rules::booking::{self, Adjusted, Booked, Entry};
use crate::rules::funds::{self, Funds};
use crate::rules::guard::{self, Assessment, Reserved};
use crate::rules::next::{self, Around, Ask, Next, Peer};
use crate::rules::scan::{self, Page};
use crate::rules::sent::{self, Sent};
use crate::rules::{Change, Work, standing};
use crate::store::views::Needed;
use crate::store::{BOOKS, GUARD, LOOKBACK, Store};
use crate::types::{AuthorisationId, IntentId, IntentState, Principal, Timestamp, UseId};

/// What the shell does about an intent.
#[derive(Clone, Debug)]
pub enum Step {
    /// Nothing more.
    Over,
    /// Look again then.
    Wait(Timestamp),
    /// Ask, and bring the answer to [`Store::settle`].
    Call(Box<Ticket>),
}

/// A question that was written down and may be asked, with everything it is made of.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// About which intent.
    pub intent: IntentId,
    /// Its number on the wire.
    pub wire: u64,
    /// Which step of it; the answer names it.
    pub turn: u32,
    /// What to ask.
    pub ask: Ask,
    /// Whom.
    pub peer: Principal,
    /// The intent as it was when this was written down.
    pub row: IntentRow,
    /// Its asset then.
    pub asset: AssetRow,
    /// True when an earlier send of the same attempt had no answer then.
    pub was_uncertain: bool,
    /// Until when the answer counts as under way.
    pub lease_until: Timestamp,
    permit: Permit,
}

/// A standing authorisation with its number.
type Numbered = (AuthorisationId, AuthorisationRow);

/// An answer, by what was asked.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// To [`Ask::Assess`].
    Assessed(Result<Assessment, Failure>),
    /// To [`Ask::Reserve`].
    Reserved(Result<Reserved, Failure>),
    /// To [`Ask::Funds`].
    Funds(Result<Funds, Failure>),
    /// To [`Ask::Transfer`].
    Sent(Sent),
    /// To [`Ask::Scan`].
    Scanned(Result<Page, Failure>),
    /// To [`Ask::Book`].
    Booked(Booked),
    /// To [`Ask::Find`].
    Found(Result<Option<Entry>, Failure>),
    /// To [`Ask::Adjust`].
    Adjusted(Adjusted),
    /// To [`Ask::Commit`]: false when the guard has no reservation.
    Committed(Result<bool, Failure>),
    /// To [`Ask::Release`]: false when the guard has no reservation.
    Released(Result<bool, Failure>),
}

impl Outcome {
    /// What the answer says about the health of who was asked.
    fn failure(&self) -> Option<FailureKind> {
        let of = |failure: &Failure| Some(failure.kind);
        match self {
            Self::Assessed(Err(failure))
            | Self::Reserved(Err(failure))
            | Self::Funds(Err(failure))
            | Self::Scanned(Err(failure))
            | Self::Found(Err(failure))
            | Self::Committed(Err(failure))
            | Self::Released(Err(failure))
            | Self::Sent(Sent::NotSent(failure) | Sent::Unknown(failure))
            | Self::Booked(Booked::Failed(failure))
            | Self::Adjusted(Adjusted::Failed(failure)) => of(failure),
            Self::Sent(Sent::Refused(sent::Refusal::Unavailable)) => Some(FailureKind::Temporary),
            Self::Assessed(Ok(_))
            | Self::Reserved(Ok(_))
            | Self::Funds(Ok(_))
            | Self::Scanned(Ok(_))
            | Self::Found(Ok(_))
            | Self::Committed(Ok(_))
            | Self::Released(Ok(_))
            | Self::Sent(
                Sent::Moved { .. } | Sent::Duplicate { .. } | Sent::Uncountable | Sent::Refused(_),
            )
            | Self::Booked(Booked::Posted { .. } | Booked::Taken)
            | Self::Adjusted(Adjusted::Done | Adjusted::NotAllowed) => None,
        }
    }
}

impl<M: Memory + 'static> Store<M> {
    /// The next step of the intent in place `number`. What is to be asked was written down when
    /// this answers: the message that asks must not do so before it ended well.
    pub fn begin_step(&mut self, ctx: &Ctx, number: u64) -> Result<Step, ExecutionError> {
        self.gate(ctx, Class::Finish)?;
        let Some(id) = IntentId::from_wire(number) else { return Ok(Step::Over) };
        let Some(row) = self.intent_at(id) else { return Ok(Step::Over) };
        let mut work = self.work(id, &row, ctx.now);
        let before = (work.row, work.asset);
        let used = self.use_standing(&mut work);
        let around = self.around(ctx, &work, used.is_some());
        let decided = next::next(&mut work, around);
        if !around.is_known && !matches!(decided, Next::Over) {
            self.ensure_job(LOOKBACK, row.asset.wire(), ctx.now);
        }
        let step = match decided {
            Next::Over => Step::Over,
            Next::Wait(at) if self.drain(ctx.now).is_some() => {
                Step::Wait(at.min(ctx.now.saturating_add(limits::LOOK_AFTER_DRAIN)))
            }
            Next::Wait(at) => Step::Wait(at),
            Next::Ask(ask) => self.take_turn(&mut work, ask),
        };
        if (work.row, work.asset) == before && work.events.is_empty() {
            return Ok(step);
        }
        let mut change = work.finish();
        // The job is taken: when it runs again is what the step says.
        change.due = None;
        if let Some((authorisation, used)) = used {
            change.authorisation = Some(authorisation);
            change.used = Some(used);
        }
        self.commit(change, ctx);
        Ok(step)
    }

    fn around(&self, ctx: &Ctx, work: &Work, uses_standing: bool) -> Around {
        Around {
            may_send: self.may_send(ctx),
            is_known: self.is_known(&work.asset, ctx.now),
            is_cleared: self.is_cleared(&work.asset, ctx.now),
            is_approved: uses_standing || self.needed(&work.row, ctx.now) == Needed::Met,
        }
    }

    /// Has a standing authorisation stand in for people, when one covers the intent (E8).
    fn use_standing(&self, work: &mut Work) -> Option<(Numbered, (UseId, UseRow))> {
        if work.row.state != IntentState::AwaitingApproval {
            return None;
        }
        let Needed::Standing(id) = self.needed(&work.row, work.now) else { return None };
        let row = self.authorisation_row(id);
        let newest = row.newest_use.map(|id| self.use_row(id).at).unwrap_or_default();
        let next = UseId::from_slot(self.uses.len())?;
        let total = work.row.total();
        let (used, row) = standing::take(id, &row, work.id, total, next, newest, work.now);
        work.row.standing = Some(next);
        let number = id.wire();
        let kind = EventKind::StandingAuthorisationChanged;
        work.say(|event| event.name("used").number(number), kind);
        Some(((id, row), (next, used)))
    }

    /// Writes down what is asked, if whoever is asked may be asked now.
    fn take_turn(&mut self, work: &mut Work, ask: Ask) -> Step {
        let now = work.now;
        let peer = match ask.peer() {
            Peer::Guard => self.peer(GUARD),
            Peer::Books => self.peer(BOOKS),
            Peer::Ledger => Ok(work.asset.ledger),
        };
        let Ok(peer) = peer else { return Step::Wait(now.saturating_add(limits::LOOK_AGAIN)) };
        let permit = match self.admit(work, ask.peer()) {
            Ok(permit) => permit,
            Err(failure) => {
                let later = now.saturating_add(limits::LOOK_AGAIN);
                return Step::Wait(failure.not_before.unwrap_or(later));
            }
        };
        let was_uncertain = work.row.marks.has(Marks::UNCERTAIN);
        match ask {
            Ask::Transfer { probe } => self.note_send(work, probe),
            // It may be held from now on, whatever is heard of it.
            Ask::Reserve => {
                work.row.marks.set(Marks::RESERVED);
                work.row.marks.clear(Marks::RELEASED);
            }
            Ask::Adjust => {
                work.row.adjusting_since.get_or_insert(now);
                work.row.marks.set(Marks::ADJUSTING);
            }
            Ask::Assess
            | Ask::Funds
            | Ask::Scan
            | Ask::Book
            | Ask::Find
            | Ask::Commit
            | Ask::Release => {}
        }
        let lease_until = now.saturating_add(limits::CALL_LEASE);
        work.row.turn = work.row.turn.saturating_add(1);
        work.row.busy_until = Some(lease_until);
        if work.events.is_empty() {
            work.say(|event| event.name(ask.name()), EventKind::StepBegun);
        }
        Step::Call(Box::new(Ticket {
            intent: work.id,
            wire: work.wire(),
            turn: work.row.turn,
            ask,
            peer,
            row: work.row,
            asset: work.asset,
            was_uncertain,
            lease_until,
            permit,
        }))
    }

    /// From here on the money may be moving (E4: in a message of its own, before the answer).
    fn note_send(&mut self, work: &mut Work, probe: bool) {
        work.row.marks.set(Marks::UNCERTAIN);
        work.row.attempt.sends = work.row.attempt.sends.saturating_add(1);
        let sends = u64::from(work.row.attempt.sends);
        work.say(|event| event.number(sends), EventKind::IntentSubmitted);
        let mut totals = self.totals();
        totals.sends = totals.sends.saturating_add(1);
        totals.probes = totals.probes.saturating_add(probe.into());
        self.totals.set(0, &totals).expect(granary_kernel::NO_ROOM);
    }

    fn admit(&mut self, work: &mut Work, peer: Peer) -> Result<Permit, Failure> {
        let mut totals = self.totals();
        let breaker = breaker_of(&mut totals.guard, &mut totals.books, &mut work.asset, peer);
        let permit = breaker.admit(&limits::BREAKER, work.now);
        self.totals.set(0, &totals).expect(granary_kernel::NO_ROOM);
        permit
    }

    /// Takes the answer to a ticket, whenever it comes.
    pub fn settle(
        &mut self,
        ctx: &Ctx,
        ticket: &Ticket,
        outcome: Outcome,
    ) -> Result<(), ExecutionError> {
        self.gate(ctx, Class::Finish)?;
        let Some(row) = self.intent_at(ticket.intent) else { return Ok(()) };
        if row.wire(ticket.intent) != ticket.wire {
            return Ok(());
        }
        let mut work = self.work(ticket.intent, &row, ctx.now);
        let mut totals = self.totals();
        let (guard, books) = (&mut totals.guard, &mut totals.books);
        let breaker = breaker_of(guard, books, &mut work.asset, ticket.ask.peer());
        breaker.record(&limits::BREAKER, ticket.permit, outcome.failure(), ctx.now);
        self.totals.set(0, &totals).expect(granary_kernel::NO_ROOM);
        let is_newest = row.turn == ticket.turn && row.busy_until.is_some();
        if is_newest {
            work.row.busy_until = None;
        }
        if let Outcome::Sent(sent) = outcome {
            sent::answered(&mut work, sent, is_newest, ticket.was_uncertain);
        } else if is_newest {
            // Unless somebody else took over since: what this one learnt, they learn again.
            take(&mut work, ticket, outcome);
        }
        if is_newest && work.due.is_none() && work.row.state != IntentState::Quarantined {
            work.due = Some(ctx.now);
        }
        let change: Change = work.finish();
        self.commit(change, ctx);
        Ok(())
    }

    /// When the clock looks at the intent next; none when it does not.
    pub fn step_due(&self, id: IntentId) -> Option<Timestamp> {
        if id.slot() >= self.first_untaken(&self.totals()) {
            return self.intents.get(id.slot()).map(|row| row.created_at);
        }
        self.job(JobRef { kind: crate::store::PAY, key: id.wire() }).map(|job| job.due_at)
    }
}

/// Whatever is no answer of a ledger to a transfer.
fn take(work: &mut Work, ticket: &Ticket, outcome: Outcome) {
    match outcome {
        Outcome::Assessed(answer) => guard::assessed(work, answer),
        Outcome::Reserved(answer) => guard::reserved(work, answer),
        Outcome::Funds(answer) => funds::funded(work, answer),
        Outcome::Scanned(answer) => {
            scan::scanned(work, ticket.row.attempt.next_block, answer);
        }
        Outcome::Booked(answer) => booking::booked(work, answer),
        Outcome::Found(answer) => booking::looked_up(work, answer),
        Outcome::Adjusted(answer) => booking::adjusted(work, answer),
        Outcome::Committed(answer) => guard::committed(work, answer),
        Outcome::Released(answer) => guard::released(work, answer),
        Outcome::Sent(_) => {}
    }
}

const fn breaker_of<'a>(
    guard: &'a mut Breaker,
    books: &'a mut Breaker,
    asset: &'a mut AssetRow,
    peer: Peer,
) -> &'a mut Breaker {
    match peer {
        Peer::Guard => guard,
        Peer::Books => books,
        Peer::Ledger => &mut asset.breaker,
    }
}
