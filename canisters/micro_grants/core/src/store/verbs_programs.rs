//! Verbs on programmes.

use granary_stable::dedup::Fingerprinter;
use granary_stable::record;
use ic_stable_structures::Memory;

use crate::errors::GrantError;
use crate::records::{Bounds, ProgramBody, Role};
use crate::rules::terms::Terms;
use crate::rules::{
    Ctx, close_program, create_program, open_program, pause_program, update_program,
};
use crate::store::{Informed, Receipt, Request, Store};
use crate::types::{ApplicationState, ProgramId};
use granary_kernel::Class;

impl<M: Memory + 'static> Informed<'_, M> {
    /// A programme manager writes a programme.
    pub fn create_program(
        &mut self,
        ctx: &Ctx,
        input: &create_program::Input,
        key: Option<&str>,
    ) -> Result<Receipt, GrantError> {
        let request = key.map(|key| Request { key, print: print_of(input).finish() });
        let people = self.people;
        self.store.run(ctx, Class::New, request, |store| {
            let view = create_program::View {
                profile: store.base().profile,
                is_program_manager: store.has_role(Role::ProgramManager, &ctx.actor),
                next: ProgramId::from_slot(store.programs.len()),
                people,
            };
            create_program::create_program(&view, input, ctx)
        })
    }

    /// A manager changes the terms of a draft or a paused programme.
    pub fn update_program(
        &mut self,
        ctx: &Ctx,
        program: u64,
        terms: &Terms,
    ) -> Result<Receipt, GrantError> {
        let people = self.people;
        self.store.run(ctx, Class::Ordinary, None, |store| {
            let view = store.program(program)?;
            let config = store.config();
            let (profile, asset) = (config.base.profile, &config.asset);
            update_program::update_program(&view, profile, asset, terms, people, ctx)
        })
    }
}

impl<M: Memory + 'static> Store<M> {
    /// A manager opens a draft or a paused programme.
    pub fn open_program(&mut self, ctx: &Ctx, program: u64) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Ordinary, None, |store| {
            open_program::open_program(&store.program(program)?, ctx)
        })
    }

    /// A manager stops a programme for a while.
    pub fn pause_program(&mut self, ctx: &Ctx, program: u64) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Ordinary, None, |store| {
            pause_program::pause_program(&store.program(program)?, ctx)
        })
    }

    /// A manager ends a programme, in two calls.
    pub fn close_program(&mut self, ctx: &Ctx, program: u64) -> Result<Receipt, GrantError> {
        self.run(ctx, Class::Ordinary, None, |store| {
            let view = store.program(program)?;
            let counts = store.state_counts(view.id);
            let open = ApplicationState::ALL
                .iter()
                .zip(counts)
                .filter(|(state, _)| state.is_open())
                .fold(0_u64, |sum, (_, count)| sum.saturating_add(count));
            close_program::close_program(&view, open, ctx)
        })
    }
}

fn print_of(input: &create_program::Input) -> Fingerprinter {
    let create_program::Input { terms, managers } = input;
    let Terms { title, budget, bounds, reviewers, rubric } = terms;
    let body = ProgramBody {
        title: title.clone(),
        managers: managers.clone(),
        seats: vec![],
        rubric: rubric.clone(),
    };
    let mut print = Fingerprinter::new("create_program");
    print.write(&record::encode(&body)).write(&budget.get().to_be_bytes());
    for reviewer in reviewers {
        print.write(reviewer.as_slice());
    }
    let Bounds {
        min_grant,
        max_grant,
        per_applicant_cap,
        treasurer_above,
        max_applications,
        min_reviews,
        min_approvals_bps,
        min_score_bps,
        review_window,
        appeal_window,
        challenge_window,
        inactivity,
    } = bounds;
    for units in [min_grant, max_grant, per_applicant_cap, treasurer_above] {
        print.write(&units.get().to_be_bytes());
    }
    print.write_u64(*max_applications);
    for number in [min_reviews, min_approvals_bps, min_score_bps] {
        print.write_u64(u64::from(*number));
    }
    for window in [review_window, appeal_window, challenge_window, inactivity] {
        print.write_u64(window.as_nanos());
    }
    print
}
