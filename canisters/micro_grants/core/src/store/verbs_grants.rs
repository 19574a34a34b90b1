//! Verbs on grants, milestones and streams.

use ic_stable_structures::Memory;

use crate::errors::GrantError;
use crate::records::Evidence;
use crate::rules::quorum::Case;
use crate::rules::{
    Change, Ctx, GrantView, accept_grant, give_notice, pause_stream, reinstate_grant,
    reply_to_notice, review_milestone, start_stream, submit_milestone, submit_progress_report,
    suspend_grant, terminate_grant,
};
use crate::store::{Receipt, Store};
use crate::types::Hash;
use granary_kernel::Class;

impl<M: Memory + 'static> Store<M> {
    fn on_grant(
        &mut self,
        ctx: &Ctx,
        grant: u64,
        decide: impl FnOnce(&Self, &GrantView) -> Result<Change, GrantError>,
    ) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Ordinary, None, |store| {
            let view = store.grant_view(grant)?;
            decide(store, &view)
        })
    }

    /// The grantee accepts the offer.
    pub fn accept_grant(&mut self, ctx: &Ctx, grant: u64) -> Result<Receipt, GrantError> {
        self.on_grant(ctx, grant, |_, view| accept_grant::accept_grant(view, ctx))
    }

    /// A manager stops a grant.
    pub fn suspend_grant(
        &mut self,
        ctx: &Ctx,
        grant: u64,
        reason: Hash,
    ) -> Result<Receipt, GrantError> {
        self.on_grant(ctx, grant, |_, view| suspend_grant::suspend_grant(view, reason, ctx))
    }

    /// A manager lets a suspended grant, or one under notice, go on.
    pub fn reinstate_grant(
        &mut self,
        ctx: &Ctx,
        grant: u64,
        reason: Hash,
    ) -> Result<Receipt, GrantError> {
        self.on_grant(ctx, grant, |_, view| reinstate_grant::reinstate_grant(view, reason, ctx))
    }

    /// A manager announces that a grant may be terminated.
    pub fn give_notice(
        &mut self,
        ctx: &Ctx,
        grant: u64,
        reason: Hash,
    ) -> Result<Receipt, GrantError> {
        self.on_grant(ctx, grant, |_, view| give_notice::give_notice(view, reason, ctx))
    }

    /// The grantee replies to a notice.
    pub fn reply_to_notice(
        &mut self,
        ctx: &Ctx,
        grant: u64,
        reply: Hash,
    ) -> Result<Receipt, GrantError> {
        self.on_grant(ctx, grant, |_, view| reply_to_notice::reply_to_notice(view, reply, ctx))
    }

    /// A manager ends a grant whose notice is over.
    pub fn terminate_grant(&mut self, ctx: &Ctx, grant: u64) -> Result<Receipt, GrantError> {
        self.on_grant(ctx, grant, |store, view| {
            terminate_grant::terminate_grant(view, &store.milestones_of(view.id), ctx)
        })
    }

    /// The grantee tells how it goes.
    pub fn submit_progress_report(
        &mut self,
        ctx: &Ctx,
        grant: u64,
        summary: String,
        evidence: Vec<Evidence>,
    ) -> Result<Receipt, GrantError> {
        self.on_grant(ctx, grant, |_, view| {
            submit_progress_report::submit_progress_report(view, summary, evidence, ctx)
        })
    }

    /// The grantee shows work for a milestone.
    pub fn submit_milestone(
        &mut self,
        ctx: &Ctx,
        grant: u64,
        index: u64,
        evidence: Vec<Evidence>,
    ) -> Result<Receipt, GrantError> {
        self.on_grant(ctx, grant, |store, view| {
            let (index, milestone) = store.milestone(view.id, index)?;
            submit_milestone::submit_milestone(view, index, &milestone, evidence, ctx)
        })
    }

    /// A reviewer accepts or returns what was shown for a milestone.
    pub fn review_milestone(
        &mut self,
        ctx: &Ctx,
        grant: u64,
        index: u64,
        accept: bool,
        note_hash: Option<Hash>,
    ) -> Result<Receipt, GrantError> {
        self.on_grant(ctx, grant, |store, view| {
            let (index, milestone) = store.milestone(view.id, index)?;
            let (id, head, content) = store.application(view.head.application.wire())?;
            let mut panel = store.panel(id, &head);
            // Judging work is not judging the appeal: both panels may.
            panel.first_panel.clear();
            let body = &view.program.body;
            let case = Case { body, head: &head, content: &content, panel: &panel };
            let input = review_milestone::Input { index, accept, note_hash };
            review_milestone::review_milestone(view, &case, &milestone, input, ctx)
        })
    }

    /// A manager lets a lump sum vest with time.
    pub fn start_stream(
        &mut self,
        ctx: &Ctx,
        grant: u64,
        input: start_stream::Input,
    ) -> Result<Receipt, GrantError> {
        self.on_grant(ctx, grant, |_, view| start_stream::start_stream(view, input, ctx))
    }

    /// A manager lets a stream stand still or go on.
    pub fn pause_stream(
        &mut self,
        ctx: &Ctx,
        grant: u64,
        paused: bool,
    ) -> Result<Receipt, GrantError> {
        self.on_grant(ctx, grant, |_, view| pause_stream::pause_stream(view, paused, ctx))
    }
}
