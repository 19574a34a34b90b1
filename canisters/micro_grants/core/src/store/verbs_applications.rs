//! Verbs on applications.

use granary_stable::dedup::{Fingerprint, Fingerprinter};
use ic_stable_structures::Memory;

use crate::errors::GrantError;
use crate::records::{Conflict, Content};
use crate::rules::quorum::Case;
use crate::rules::standing::People;
use crate::rules::submit_application::Fill;
use crate::rules::{
    Change, Ctx, SealedContent, appeal_decision, declare_conflict, finalize_application,
    revise_application, save_draft, submit_application, submit_review, withdraw_application,
};
use crate::store::{Informed, Receipt, Request, Store};
use crate::types::{ApplicationId, GrantId, Hash, Principal};
use granary_kernel::Class;

/// A draft to keep.
#[derive(Clone, Debug)]
pub struct DraftInput {
    /// The programme asked.
    pub program: u64,
    /// The draft to overwrite; none makes a new one.
    pub draft: Option<u64>,
    /// What is asked for.
    pub content: Content,
    /// On whose behalf a manager records it; none means the actor's own.
    pub applicant: Option<Principal>,
}

/// An application to submit; a draft with the same fields.
pub type SubmitInput = DraftInput;

impl<M: Memory + 'static> Informed<'_, M> {
    /// Keeps a draft. The amount may still be 0.
    pub fn save_draft(
        &mut self,
        ctx: &Ctx,
        input: DraftInput,
        key: Option<&str>,
    ) -> Result<Receipt, GrantError> {
        let DraftInput { program, draft, content, applicant } = input;
        let sealed = SealedContent::new(content);
        let print = || print_of("save_draft", program, draft, applicant, &sealed);
        let request = key.map(|key| Request { key, print: print() });
        let applicant = applicant.unwrap_or(ctx.actor);
        let people = self.people;
        self.store.run(ctx, Class::New, request, |store| {
            let view = store.draft_view(ctx, people, (program, draft), applicant)?;
            let account = || store.account(&applicant, view.program.0);
            save_draft::save_draft(&view, account, applicant, sealed, ctx)
        })
    }

    /// Submits an application, from nothing or replacing a draft.
    pub fn submit_application(
        &mut self,
        ctx: &Ctx,
        input: SubmitInput,
        key: Option<&str>,
    ) -> Result<Receipt, GrantError> {
        let DraftInput { program, draft, content, applicant } = input;
        let sealed = SealedContent::new(content);
        let print = || print_of("submit_application", program, draft, applicant, &sealed);
        let request = key.map(|key| Request { key, print: print() });
        let applicant = applicant.unwrap_or(ctx.actor);
        let people = self.people;
        self.store.run(ctx, Class::New, request, |store| {
            let view = store.draft_view(ctx, people, (program, draft), applicant)?;
            let config = store.config();
            let submitted = store.totals().submitted;
            let fill = Fill { submitted, max: config.max_applications };
            let account = || store.account(&applicant, view.program.0);
            let asset = &config.asset;
            submit_application::submit_application(
                &view, account, fill, asset, applicant, sealed, ctx,
            )
        })
    }

    /// Answers requested changes with a new version.
    pub fn revise_application(
        &mut self,
        ctx: &Ctx,
        application: u64,
        content: Content,
    ) -> Result<Receipt, GrantError> {
        let sealed = SealedContent::new(content);
        let people = self.people;
        self.store.run(ctx, Class::Ordinary, None, |store| {
            let view = store.application_view(application)?;
            let (_, program) = store.program_head(view.head.program.wire())?;
            let asset = &store.config().asset;
            revise_application::revise_application(&view, &program, asset, sealed, people, ctx)
        })
    }

    /// A reviewer declares how it stands to an application.
    pub fn declare_conflict(
        &mut self,
        ctx: &Ctx,
        application: u64,
        conflict: Conflict,
        note_hash: Option<Hash>,
    ) -> Result<Receipt, GrantError> {
        let people = self.people;
        self.store.run(ctx, Class::Ordinary, None, |store| {
            store.with_case(application, |id, case| {
                declare_conflict::declare_conflict(id, case, conflict, note_hash, people, ctx)
            })
        })
    }

    /// A reviewer judges the current version.
    pub fn submit_review(
        &mut self,
        ctx: &Ctx,
        application: u64,
        input: &submit_review::Input,
    ) -> Result<Receipt, GrantError> {
        let people = self.people;
        self.store.run(ctx, Class::Ordinary, None, |store| {
            store.with_case(application, |id, case| {
                submit_review::submit_review(id, case, input, people, ctx)
            })
        })
    }
}

impl<M: Memory + 'static> Store<M> {
    /// Takes an application or a draft back.
    pub fn withdraw_application(
        &mut self,
        ctx: &Ctx,
        application: u64,
    ) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Ordinary, None, |store| {
            withdraw_application::withdraw_application(&store.application_view(application)?, ctx)
        })
    }

    /// Counts the judgements and decides.
    pub fn finalize_application(
        &mut self,
        ctx: &Ctx,
        application: u64,
    ) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Ordinary, None, |store| {
            store.with_case(application, |id, case| {
                let (program, head) = store.program_head(case.head.program.wire())?;
                let view = finalize_application::View {
                    id,
                    program: (program, head),
                    account: store.account(&case.head.applicant, program),
                    next: GrantId::from_slot(store.grants.len()),
                    asset: store.config().asset.clone(),
                };
                finalize_application::finalize_application(&view, case, ctx)
            })
        })
    }

    /// Appeals a rejection.
    pub fn appeal_decision(
        &mut self,
        ctx: &Ctx,
        application: u64,
        grounds: Hash,
    ) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Ordinary, None, |store| {
            let view = store.application_view(application)?;
            let (_, program) = store.program_head(view.head.program.wire())?;
            let asset = &store.config().asset;
            appeal_decision::appeal_decision(&view, &program, asset, grounds, ctx)
        })
    }

    fn draft_view<'a>(
        &self,
        ctx: &Ctx,
        people: &'a People,
        (program, draft): (u64, Option<u64>),
        applicant: Principal,
    ) -> Result<save_draft::View<'a>, GrantError> {
        let (id, head) = self.program_head(program)?;
        // The body is read only when somebody acts for somebody else: the hot path does without.
        let is_manager =
            applicant != ctx.actor && self.program(program)?.body.is_manager(&ctx.actor);
        let draft = draft.map(|draft| self.application_head(draft)).transpose()?;
        if let Some((draft, _)) = draft.filter(|(_, draft)| draft.program != id) {
            let id = draft.wire();
            return Err(crate::errors::Missing::Application { id }.into());
        }
        Ok(save_draft::View {
            program: (id, head),
            is_manager,
            draft,
            next: ApplicationId::from_slot(self.applications.len()),
            people,
        })
    }

    pub(crate) fn with_case(
        &self,
        application: u64,
        decide: impl FnOnce(ApplicationId, &Case<'_>) -> Result<Change, GrantError>,
    ) -> Result<Change, GrantError> {
        let (id, head, content) = self.application(application)?;
        let program = self.program(head.program.wire())?;
        let panel = self.panel(id, &head);
        let case = Case { body: &program.body, head: &head, content: &content, panel: &panel };
        decide(id, &case)
    }
}

fn print_of(
    method: &str,
    program: u64,
    draft: Option<u64>,
    applicant: Option<Principal>,
    sealed: &SealedContent,
) -> Fingerprint {
    let mut print = Fingerprinter::new(method);
    print.write_u64(program).write_u64(draft.unwrap_or(u64::MAX));
    if let Some(applicant) = applicant {
        print.write(applicant.as_slice());
    }
    print.write(sealed.bytes()).finish()
}
