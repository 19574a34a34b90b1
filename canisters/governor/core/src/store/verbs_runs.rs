//! Verbs that begin a run, and the one that turns it round.

use granary_kernel::{Class, Ctx, Receipt};
use ic_stable_structures::Memory;

use crate::errors::{GovernorError, InputFault, Missing, StateFault};
use crate::records::run::RunKind;
use crate::records::{Audit, Event, EventKind, Run};
use crate::rules::execute::{self, execute};
use crate::rules::payload::{World, check};
use crate::rules::run::{plan, rehearsal, take_back};
use crate::rules::{Change, need};
use crate::store::Store;
use crate::store::verbs_proposals::after;
use crate::types::{Hash, Permissions, Timestamp};

impl<M: Memory + 'static> Store<M> {
    /// A member begins what is ready. `audit` is the audit of a release, made again just now (V10).
    pub fn execute(
        &mut self,
        ctx: &Ctx,
        proposal: u64,
        audit: Option<Audit>,
    ) -> Result<Receipt, GovernorError> {
        let receipt = self.verb(ctx, Class::New, None, |store| {
            let (stored, votes) = store.voted(proposal)?;
            let (looked, events) = store.passed(stored, &votes, ctx.now);
            let payload = store.payload(looked.id).payload;
            let targets = store.all_targets();
            let snapshot = |epoch| store.snapshot(epoch);
            let denied = |hash: &_| store.is_denied(hash);
            let config = store.config();
            let own = config.own;
            let view = execute::View {
                looked: &looked,
                payload: &payload,
                config,
                votes: &votes,
                world: World {
                    own,
                    targets: &targets,
                    snapshot: &snapshot,
                    denied: &denied,
                    kept: store.kept(),
                },
                audit: audit.as_ref(),
                running: store.totals().running,
                upgraded_at: store.header().upgraded_at,
            };
            let begun = execute(&view, ctx)?;
            let mut change = after(events, begun.change);
            if begun.runs {
                let epoch = store.next_epoch(ctx.now);
                let recovery = config.recovery.as_ref().map(|one| one.canister);
                let steps = plan::steps(&payload, epoch, recovery, store)?;
                change.run = Some(Run::new(RunKind::Execution, proposal, epoch, steps, ctx.now));
            }
            change.audit = audit.map(|audit| (looked.id, audit));
            Ok(change)
        })?;
        if self.run_is_open(RunKind::Execution, proposal) {
            self.wake_run(RunKind::Execution, proposal, ctx.now);
        }
        Ok(receipt)
    }

    /// A member has a release tried on copies. During the vote a new rehearsal makes who approved
    /// after an older one say so again.
    pub fn rehearse_release(&mut self, ctx: &Ctx, proposal: u64) -> Result<Receipt, GovernorError> {
        let receipt = self.verb(ctx, Class::New, None, |store| {
            need(store.config(), Permissions::PROPOSE, ctx)?;
            let (looked, events) = store.now(proposal, ctx.now)?;
            looked.need(rehearsal::REHEARSABLE)?;
            let record = store.payload(looked.id);
            if !record.payload.is_release() {
                let problem = "installs no code";
                return Err(InputFault::Payload { field: "payload", problem }.into());
            }
            if let Some(module) = store.missing_module(&record) {
                return Err(StateFault::NotStaged { module }.into());
            }
            let rehearsing = store.totals().rehearsing;
            if rehearsing != 0 {
                return Err(StateFault::Running { proposal: rehearsing }.into());
            }
            let targets = store.all_targets();
            let snapshot = |epoch| store.snapshot(epoch);
            let denied = |hash: &_| store.is_denied(hash);
            let config = store.config();
            let own = config.own;
            let kept = store.kept();
            let world =
                World { own, targets: &targets, snapshot: &snapshot, denied: &denied, kept };
            check(&record.payload, config, &world, ctx.now)?;
            let steps = plan::rehearsal(&record.payload.targets(), store);
            let epoch = store.next_epoch(ctx.now);
            let run = Run::new(RunKind::Rehearsal, proposal, epoch, steps, ctx.now);
            let begun = Event::new(EventKind::RehearsalStarted, proposal);
            let proposal = Some((looked.id, looked.proposal));
            let change =
                Change { proposal, run: Some(run), events: vec![begun], ..Change::default() };
            Ok(after(events, change))
        })?;
        self.wake_run(RunKind::Rehearsal, proposal, ctx.now);
        Ok(receipt)
    }

    /// A member wants a release taken back while it is observed. When as many want it as had to
    /// approve it, it goes back.
    pub fn rollback_release(
        &mut self,
        ctx: &Ctx,
        proposal: u64,
        digest: Hash,
    ) -> Result<Receipt, GovernorError> {
        let receipt = self.verb(ctx, Class::Ordinary, None, |store| {
            let (looked, _) = store.now(proposal, ctx.now)?;
            let run = store.run(RunKind::Execution, looked.id);
            let run = run.ok_or(Missing::Run { proposal })?;
            let payload = store.payload(looked.id).payload;
            let mut work = store.work(run, looked, &payload, ctx.now);
            take_back::take_back(&mut work, digest, ctx)?;
            Ok(work.finish())
        })?;
        self.wake_run(RunKind::Execution, proposal, ctx.now);
        Ok(receipt)
    }

    /// Has the clock go on with whatever runs of a proposal: for whoever thinks that it stands
    /// still (K47). Changes nothing that is not due.
    pub fn advance_execution(&mut self, ctx: &Ctx, proposal: u64) -> Result<(), GovernorError> {
        self.stored(proposal)?;
        let kinds = [RunKind::Execution, RunKind::Rehearsal];
        let open = kinds.into_iter().filter(|kind| self.run_is_open(*kind, proposal));
        let open: Vec<_> = open.collect();
        if open.is_empty() {
            return Err(Missing::Run { proposal }.into());
        }
        for kind in open {
            self.wake_run(kind, proposal, ctx.now);
        }
        Ok(())
    }

    /// Greater than every epoch that ever was, and no less than the time in milliseconds: a
    /// governor that was filled from a backup has forgotten some.
    fn next_epoch(&self, now: Timestamp) -> u64 {
        let newest = self.totals().newest_epoch.saturating_add(1);
        newest.max(now.as_nanos().checked_div(1_000_000).unwrap_or_default())
    }
}
