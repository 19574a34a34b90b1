//! A request in one go: its record, the figures, its jobs, the journal.

use granary_kernel::row::damaged;
use granary_kernel::{Ctx, NO_ROOM, Receipt};
use granary_stable::record::Stored;
use ic_stable_structures::Memory;

use crate::records::{Request, State, Totals};
use crate::rules::{Change, standing};
use crate::store::{EXECUTE, EXPIRE, Store};
use crate::types::{RequestId, Timestamp};

impl<M: Memory + 'static> Store<M> {
    /// Applies a change.
    pub(crate) fn commit(&mut self, change: Change, ctx: &Ctx) -> Receipt {
        let Change { id, request, events } = change;
        self.put(id, request, ctx.now);
        self.record(&events, ctx)
    }

    /// Puts a request in its place, counts it, and has the clock look at it.
    pub(crate) fn put(&mut self, id: RequestId, request: Request, now: Timestamp) {
        let before = self.requests.get(&id.get()).map(|stored| stored.0);
        let mut totals = self.totals().clone();
        recount(&mut totals, id, before.as_ref(), &request);
        let executes_at = match &request.state {
            State::Ready { since } => {
                Some(standing::eta(*since, self.outlook(), &self.config().delays, now))
            }
            State::Executing(run) => Some(run.not_before),
            State::Open
            | State::Completed { .. }
            | State::Failed { .. }
            | State::Expired { .. } => None,
        };
        if before.is_none() && request.is_live() {
            self.ensure_job(EXPIRE, id.wire(), request.expires_at);
        }
        if let Some(at) = executes_at {
            self.ensure_job(EXECUTE, id.wire(), at);
        }
        self.requests.insert(id.get(), Stored(request));
        self.totals.set(Some(totals)).expect(NO_ROOM);
    }

    /// The running figures.
    pub fn totals(&self) -> &Totals {
        self.totals.get().unwrap_or_else(damaged)
    }
}

fn recount(totals: &mut Totals, id: RequestId, before: Option<&Request>, now: &Request) {
    if let Some(before) = before
        && let Some(count) = totals.counts.get_mut(before.state.kind().at())
    {
        *count = count.saturating_sub(1);
    }
    if let Some(count) = totals.counts.get_mut(now.state.kind().at()) {
        *count = count.saturating_add(1);
    }
    let number = id.get();
    totals.live.retain(|live| *live != number);
    if now.is_live() {
        totals.live.push(number);
        totals.live.sort_unstable();
    }
    totals.running = totals.running.filter(|running| running.0 != number);
    if let State::Executing(run) = &now.state {
        totals.running = Some((number, run.started));
    }
    let ended = now.state.executed_at();
    if let Some(at) = ended
        && totals.last.is_none_or(|(_, last)| last <= at)
    {
        totals.last = Some((number, at));
    }
    // While it is being executed nobody else is: what it took is the newest.
    let is_newest = matches!(now.state, State::Executing(_)) || ended == totals.last.map(|l| l.1);
    if let Some(snapshot) = now.snapshot.clone().filter(|_| is_newest) {
        totals.snapshot = Some((number, snapshot));
    }
}
