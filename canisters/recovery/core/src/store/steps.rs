//! What the clock does: requests expire, executions go step by step, the governor is watched.

use crate::errors::{RecoveryError, StateFault};
use crate::limits;
use crate::records::{Event, EventKind, Operation, Seen, State};
use crate::rules::answered::{self, Outcome};
use crate::rules::next::{self, Ask, End, Next};
use crate::rules::{Change, standing, watch};
use crate::store::{EXECUTE, Store, WATCH};
use crate::types::{ByteVec, Ctx, Principal, RequestId, Timestamp};
use granary_kernel::{Class, Done, NO_ROOM};
use ic_stable_structures::Memory;

/// What the shell does about a request.
#[derive(Clone, Debug)]
pub enum Begun {
    /// Nothing more.
    Over,
    /// Look again then.
    Wait(Timestamp),
    /// Ask, and bring the answer to [`Store::settle`].
    Call(Box<Ticket>),
}

/// A call that was written down and may be made, with everything it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// For which request.
    pub request: RequestId,
    /// Which call of its execution.
    pub turn: u32,
    /// The governor (Y1).
    pub target: Principal,
    /// What is being done.
    pub operation: Operation,
    /// What to ask.
    pub ask: Ask,
    /// Until when the answer counts as under way.
    pub lease_until: Timestamp,
}

impl<M: Memory + 'static> Store<M> {
    /// The time of a request ran out, unless it is being executed or has ended.
    pub(crate) fn expire(&mut self, ctx: &Ctx, number: u64) -> Done {
        let Ok((id, request)) = self.request(number) else {
            return Done { applied: false, next: None };
        };
        if !matches!(request.state, State::Open | State::Ready { .. }) {
            return Done { applied: false, next: None };
        }
        if ctx.now < request.expires_at {
            return Done { applied: false, next: Some(request.expires_at) };
        }
        let mut change = Change::new(id, request);
        change.request.state = State::Expired { at: ctx.now };
        change.events.push(change.event(EventKind::RequestExpired));
        self.commit(change, ctx);
        Done { applied: true, next: None }
    }

    /// The next step of a request that is ready or being executed. What is to be asked was written
    /// down when this answers: the message that asks must not do so before it ended well.
    pub fn begin_step(&mut self, ctx: &Ctx, number: u64) -> Result<Begun, RecoveryError> {
        self.gate(ctx, Class::Finish)?;
        let Ok((id, request)) = self.request(number) else { return Ok(Begun::Over) };
        let expires_at = request.expires_at;
        let mut change = match request.state {
            State::Open
            | State::Completed { .. }
            | State::Failed { .. }
            | State::Expired { .. } => return Ok(Begun::Over),
            State::Executing(_) => Change::new(id, request),
            State::Ready { .. } => {
                let again = ctx.now.saturating_add(limits::WATCH_EVERY);
                if self.gate(ctx, Class::New).is_err() {
                    return Ok(Begun::Wait(again));
                }
                match self.may_execute(id, request, ctx) {
                    Ok(change) => change,
                    Err(RecoveryError::State(
                        StateFault::TooEarly { until } | StateFault::Apart { until },
                    )) => return Ok(Begun::Wait(until)),
                    Err(RecoveryError::State(StateFault::Running { .. })) => {
                        return Ok(Begun::Wait(again));
                    }
                    // Nothing can come of it: it waits for the end of its time.
                    Err(_) => return Ok(Begun::Wait(expires_at.max(again))),
                }
            }
        };
        let own = self.totals().snapshot.as_ref().map(|(_, id)| id.to_vec());
        let lease = self.config().delays.lease;
        let operation = change.request.operation.clone();
        let State::Executing(run) = &mut change.request.state else { return Ok(Begun::Over) };
        let (failure, mut events) = (run.failure.clone(), vec![]);
        let begun = match next::next(&operation, run, own.as_deref(), lease, ctx.now) {
            Next::Wait(at) => Begun::Wait(at),
            Next::End(end) => {
                finish(&mut change, end, ctx.now);
                self.commit(change, ctx);
                return Ok(Begun::Over);
            }
            Next::Ask(ask) => {
                let lease_until = ctx.now.saturating_add(limits::CALL_LEASE);
                run.turn = run.turn.saturating_add(1);
                run.busy_until = Some(lease_until);
                if let Some(name) = ask.name() {
                    let started = Event::new(EventKind::StepStarted, id.wire());
                    events.push(started.name(name).number(run.turn.into()));
                }
                let (request, turn) = (id, run.turn);
                let target = self.config().target;
                let ticket = Ticket { request, turn, target, operation, ask, lease_until };
                Begun::Call(Box::new(ticket))
            }
        };
        if run.failure != failure {
            let reason = run.failure.clone().unwrap_or_default();
            events.insert(0, Event::new(EventKind::StepFailed, id.wire()).name(&reason));
        }
        change.events.append(&mut events);
        self.commit(change, ctx);
        Ok(begun)
    }

    /// Takes the answer to a ticket, whenever it comes.
    pub fn settle(
        &mut self,
        ctx: &Ctx,
        ticket: &Ticket,
        outcome: Outcome,
    ) -> Result<(), RecoveryError> {
        self.gate(ctx, Class::Finish)?;
        let Ok((id, request)) = self.request(ticket.request.wire()) else { return Ok(()) };
        let operation = request.operation.clone();
        let mut change = Change::new(id, request);
        let State::Executing(run) = &mut change.request.state else { return Ok(()) };
        // Somebody else took over since: what this one learnt, they look for themselves.
        if run.turn != ticket.turn || run.busy_until.is_none() {
            return Ok(());
        }
        run.busy_until = None;
        let (step, failure) = (run.step, run.failure.clone());
        let settled = answered::answered(&operation, run, &ticket.ask, outcome, ctx.now);
        let event = |kind, name: &str| Event::new(kind, id.wire()).name(name);
        if run.failure != failure {
            let reason = run.failure.clone().unwrap_or_default();
            change.events.push(event(EventKind::StepFailed, &reason));
        } else if run.step != step || settled.end == Some(Ok(())) {
            change.events.push(event(EventKind::StepDone, step.name()));
        }
        if let Some(snapshot) = settled.snapshot {
            change.request.snapshot = Some(ByteVec::from(snapshot));
        }
        if let Some(end) = settled.end {
            finish(&mut change, end, ctx.now);
        }
        self.commit(change, ctx);
        Ok(())
    }

    /// The governor was asked how it is. An outage that lasts makes ready requests due.
    pub fn note_health(&mut self, ctx: &Ctx, seen: Seen) -> Result<(), RecoveryError> {
        self.gate(ctx, Class::Finish)?;
        let (outlook, event) = watch::watch(self.outlook(), seen, ctx.now);
        self.outlook.set(Some(outlook)).expect(NO_ROOM);
        if let Some(event) = event {
            self.record(&[event], ctx);
        }
        if standing::is_outage(&outlook, &self.config().delays, ctx.now) {
            for (id, request) in self.live() {
                if matches!(request.state, State::Ready { .. }) {
                    self.ensure_job(EXECUTE, id.wire(), ctx.now);
                }
            }
        }
        Ok(())
    }

    /// Has the governor watched from now on.
    pub fn ensure_watch(&mut self, ctx: &Ctx) {
        self.ensure_job(WATCH, 0, ctx.now.saturating_add(limits::WATCH_EVERY));
    }
}

fn finish(change: &mut Change, end: End, now: Timestamp) {
    let event = match end {
        Ok(()) => {
            change.request.state = State::Completed { at: now };
            change.event(EventKind::RequestCompleted)
        }
        Err(reason) => {
            let event = change.event(EventKind::RequestFailed).name(&reason);
            change.request.state = State::Failed { at: now, reason };
            event
        }
    };
    change.events.push(event);
}
