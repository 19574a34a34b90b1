//! Verbs about modules: uploads, attestations, audits.

use granary_kernel::{Class, Ctx, Receipt};
use ic_stable_structures::Memory;
use std::collections::BTreeSet;

use crate::errors::{AccessFault, GovernorError, StateFault};
use crate::records::{Audit, Event, EventKind, Module, Payload, Proposal};
use crate::rules::audit::{self, Fact, Known};
use crate::rules::modules::{self, Built, Input};
use crate::rules::{Change, Looked};
use crate::store::Store;
use crate::store::verbs_proposals::after;
use crate::types::{Hash, ProposalState, Timestamp};

/// States in which an audit is kept with the proposal; later ones only look.
const AUDITED: &[ProposalState] = &[
    ProposalState::Staged,
    ProposalState::Audited,
    ProposalState::Rehearsed,
    ProposalState::Discussion,
    ProposalState::Voting,
    ProposalState::Timelocked,
    ProposalState::Ready,
];

impl<M: Memory + 'static> Store<M> {
    /// Takes a chunk of a module.
    pub fn stage_wasm_chunk(&mut self, ctx: &Ctx, input: Input) -> Result<Receipt, GovernorError> {
        self.verb(ctx, Class::New, None, |store| {
            let module = store.module(&input.module);
            let is_new = module.is_none();
            let (own, spare) = if is_new { store.uploads(ctx) } else { (0, vec![]) };
            let view = modules::View {
                config: store.config(),
                is_denied: store.is_denied(&input.module),
                module,
                count: store.modules.len(),
                own,
                spare,
            };
            modules::stage_wasm_chunk(&view, input, ctx)
        })
    }

    /// Completes a module; drafts that waited for it go on.
    pub fn finalize_wasm(&mut self, ctx: &Ctx, hash: Hash) -> Result<Receipt, GovernorError> {
        let receipt = self.verb(ctx, Class::New, None, |store| {
            let bytes = |module: &Module| store.bytes_of(&hash, module);
            modules::finalize_wasm(store.config(), hash, store.module(&hash), bytes, ctx)
        })?;
        let drafts = self.drafts();
        self.look_now(&drafts, ctx.now);
        Ok(receipt)
    }

    /// A member says what it built.
    pub fn attest_build(&mut self, ctx: &Ctx, built: Built) -> Result<Receipt, GovernorError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let known = store.attestations_of(&built.module);
            let is_repeated = known.iter().any(|(who, _)| *who == ctx.actor);
            let module = store.module(&built.module);
            modules::attest_build(store.config(), module, is_repeated, built, ctx)
        })
    }

    /// All bytes of a module, in order.
    pub fn bytes_of(&self, hash: &Hash, module: &Module) -> Vec<u8> {
        let size = usize::try_from(module.bytes).unwrap_or_default();
        let mut bytes = Vec::with_capacity(size);
        for (place, _) in (0_u32..).zip(&module.chunks) {
            bytes.extend(self.chunk(hash, place).unwrap_or_default());
        }
        bytes
    }

    /// Audits a release over what was found out just now; nothing is written.
    pub fn audited(
        &self,
        ctx: &Ctx,
        id: u64,
        facts: &[Fact],
    ) -> Result<(Looked, Audit), GovernorError> {
        let (looked, _) = self.now(id, ctx.now)?;
        let payload = self.payload(looked.id);
        let Payload::UpgradeRelease(release) = &payload.payload else {
            return Err(StateFault::NotRelease { id }.into());
        };
        let targets = self.all_targets();
        let known: Vec<Known> = release
            .items
            .iter()
            .map(|item| Known {
                module: self.module(&item.module),
                runs: self.module(&item.from_module),
                attestations: self.attestations_of(&item.module),
                is_denied: self.is_denied(&item.module),
            })
            .collect();
        let view = audit::View {
            config: self.config(),
            payload: &payload,
            release,
            targets: &targets,
            facts,
            known: &known,
        };
        Ok((looked, audit::audit(&view, ctx)))
    }

    /// Audits a release and keeps what was found; the first good one leads on to the rehearsal.
    pub fn audit_proposal(
        &mut self,
        ctx: &Ctx,
        id: u64,
        facts: &[Fact],
    ) -> Result<Receipt, GovernorError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            if store.config().member(&ctx.actor, ctx.now).is_none() {
                return Err(AccessFault::NotMember { needs: "Member" }.into());
            }
            let (looked, events) = store.now(id, ctx.now)?;
            if looked.proposal.state == ProposalState::Draft
                && let Some(module) = store.missing_module(&store.payload(looked.id))
            {
                return Err(StateFault::NotStaged { module }.into());
            }
            looked.need(AUDITED)?;
            let (_, audit) = store.audited(ctx, id, facts)?;
            let failed = u64::try_from(audit::failures(&audit).len()).unwrap_or(u64::MAX);
            let done = Event::new(EventKind::AuditCompleted, id).number(failed);
            let done = done.name(&audit.first_failure());
            let mut change = Change { events: vec![done], ..Change::default() };
            let goes_on = looked.proposal.state == ProposalState::Staged && audit.can_proceed();
            if goes_on || !events.is_empty() {
                let proposal: Proposal = if goes_on {
                    let until = looked.proposal.until;
                    let (proposal, event) = looked.moved(ProposalState::Audited, until, ctx.now);
                    change.events.push(event);
                    proposal
                } else {
                    looked.proposal.clone()
                };
                change.proposal = Some((looked.id, proposal));
            }
            change.audit = Some((looked.id, audit));
            Ok(after(events, change))
        })
    }

    /// Uploads of the caller that are not complete, and modules nothing refers to, oldest first.
    fn uploads(&self, ctx: &Ctx) -> (u32, Vec<Hash>) {
        let needed = self.needed();
        let mut own = 0_u32;
        let mut spare: Vec<(Timestamp, Hash)> = vec![];
        for entry in self.modules.iter() {
            let (hash, module) = (entry.key().0, entry.value().0);
            let is_open = module.finished_at.is_none();
            own = own.saturating_add((is_open && module.uploader == ctx.actor).into());
            let may_go = !is_open || modules::is_abandoned(&module, ctx.now);
            if may_go && !needed.contains(&hash) {
                spare.push((module.begun_at, hash));
            }
        }
        spare.sort_unstable();
        (own, spare.into_iter().map(|(_, hash)| hash).collect())
    }

    /// Modules that run, or that something open may still install.
    fn needed(&self) -> BTreeSet<Hash> {
        let runs = self.all_targets().into_iter().filter_map(|(_, target)| target.module);
        let running = self.totals().running;
        let open = self.pending().into_iter().map(crate::types::Id::wire);
        let mut needed: BTreeSet<Hash> = runs.collect();
        for id in open.chain(core::iter::once(running)) {
            let Ok(looked) = self.stored(id) else { continue };
            if let Payload::UpgradeRelease(release) = self.payload(looked.id).payload {
                needed
                    .extend(release.items.iter().flat_map(|item| [item.module, item.from_module]));
            }
        }
        needed
    }
}
