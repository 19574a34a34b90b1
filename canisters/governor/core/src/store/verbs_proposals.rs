//! Verbs about proposals and votes.

use granary_kernel::{Class, Ctx, Receipt, Request};
use granary_stable::dedup::{Fingerprint, Fingerprinter};
use granary_stable::record;
use ic_stable_structures::Memory;

use crate::errors::GovernorError;
use crate::records::Event;
use crate::rules::payload::World;
use crate::rules::vote::Seen;
use crate::rules::{Change, Looked, create_proposal, stop, vote};
use crate::store::Store;
use crate::types::{Principal, ProposalId, Timestamp};

impl<M: Memory + 'static> Store<M> {
    /// Somebody proposes.
    pub fn create_proposal(
        &mut self,
        ctx: &Ctx,
        input: create_proposal::Input,
        key: Option<&str>,
    ) -> Result<Receipt, GovernorError> {
        let request = key.map(|key| Request { key, print: print_of(&input) });
        self.verb(ctx, Class::New, request, |store| {
            let targets = store.all_targets();
            let snapshot = |epoch| store.snapshot(epoch);
            let denied = |hash: &_| store.is_denied(hash);
            let pending = store.pending();
            let own = store.proposed_by(&ctx.actor, &pending);
            let view = create_proposal::View {
                config: store.config(),
                world: World {
                    own: store.config().own,
                    targets: &targets,
                    snapshot: &snapshot,
                    denied: &denied,
                    kept: store.kept(),
                },
                next: ProposalId::from_slot(store.proposals.len()),
                pending: u64::try_from(pending.len()).unwrap_or(u64::MAX),
                pending_own: u32::try_from(own).unwrap_or(u32::MAX),
                staged: store.missing_module(&input.payload).is_none(),
            };
            create_proposal::create_proposal(&view, input, ctx)
        })
    }

    /// A member approves what it saw.
    pub fn approve(&mut self, ctx: &Ctx, id: u64, seen: Seen) -> Result<Receipt, GovernorError> {
        self.voting(ctx, id, |view| vote::approve(view, seen, ctx))
    }

    /// A member is against what it saw.
    pub fn reject(&mut self, ctx: &Ctx, id: u64, seen: Seen) -> Result<Receipt, GovernorError> {
        self.voting(ctx, id, |view| vote::reject(view, seen, ctx))
    }

    /// A member takes its word back.
    pub fn revoke_approval(&mut self, ctx: &Ctx, id: u64) -> Result<Receipt, GovernorError> {
        self.voting(ctx, id, |view| vote::revoke_approval(view, ctx))
    }

    /// A holder of Veto stops what waits.
    pub fn veto(&mut self, ctx: &Ctx, id: u64, reason: &str) -> Result<Receipt, GovernorError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let (looked, events) = store.now(id, ctx.now)?;
            Ok(after(events, stop::veto(&looked, store.config(), reason, ctx)?))
        })
    }

    /// Who proposed takes it back.
    pub fn cancel(&mut self, ctx: &Ctx, id: u64, reason: &str) -> Result<Receipt, GovernorError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let (looked, events) = store.now(id, ctx.now)?;
            Ok(after(events, stop::cancel(&looked, store.config(), reason, ctx)?))
        })
    }

    fn voting(
        &mut self,
        ctx: &Ctx,
        id: u64,
        decide: impl FnOnce(&vote::View<'_>) -> Result<Change, GovernorError>,
    ) -> Result<Receipt, GovernorError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let (stored, votes) = store.voted(id)?;
            let (looked, events) = store.passed(stored, &votes, ctx.now);
            let payload =
                |recovery: Option<&Principal>| store.payload(looked.id).payload.delay(recovery);
            let config = store.config();
            let view = vote::View { looked: &looked, payload: &payload, config, votes: &votes };
            Ok(after(events, decide(&view)?))
        })
    }

    /// The proposal as time has left it, with what the journal says about the way there.
    pub(crate) fn now(
        &self,
        id: u64,
        now: Timestamp,
    ) -> Result<(Looked, Vec<Event>), GovernorError> {
        let (stored, votes) = self.voted(id)?;
        Ok(self.passed(stored, &votes, now))
    }
}

/// What time did first, then what the verb did.
pub(super) fn after(mut events: Vec<Event>, mut change: Change) -> Change {
    events.append(&mut change.events);
    Change { events, ..change }
}

fn print_of(input: &create_proposal::Input) -> Fingerprint {
    let mut print = Fingerprinter::new("create_proposal");
    print.write(&record::encode(&input.payload)).finish()
}
