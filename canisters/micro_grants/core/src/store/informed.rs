//! The store with what the registry said about people, for the verbs that depend on it.
//!
//! Without a registry the verbs of [`Store`] itself do: they are these with
//! [`People::NoRegistry`].

use ic_stable_structures::Memory;

use crate::errors::GrantError;
use crate::records::{Conflict, Content};
use crate::rules::standing::People;
use crate::rules::terms::Terms;
use crate::rules::{Ctx, create_program, submit_review};
use crate::store::{DraftInput, Receipt, Store, SubmitInput};
use crate::types::Hash;

/// The store and what is known about people while one verb runs.
#[derive(Debug)]
pub struct Informed<'a, M: Memory> {
    pub(super) store: &'a mut Store<M>,
    pub(super) people: &'a People,
}

impl<M: Memory + 'static> Store<M> {
    /// The store for verbs that depend on what is known about people.
    pub fn informed<'a>(&'a mut self, people: &'a People) -> Informed<'a, M> {
        Informed { store: self, people }
    }

    /// Keeps a draft. The amount may still be 0.
    pub fn save_draft(
        &mut self,
        ctx: &Ctx,
        input: DraftInput,
        key: Option<&str>,
    ) -> Result<Receipt, GrantError> {
        self.informed(&People::NoRegistry).save_draft(ctx, input, key)
    }

    /// Submits an application, from nothing or replacing a draft.
    pub fn submit_application(
        &mut self,
        ctx: &Ctx,
        input: SubmitInput,
        key: Option<&str>,
    ) -> Result<Receipt, GrantError> {
        self.informed(&People::NoRegistry).submit_application(ctx, input, key)
    }

    /// Answers requested changes with a new version.
    pub fn revise_application(
        &mut self,
        ctx: &Ctx,
        application: u64,
        content: Content,
    ) -> Result<Receipt, GrantError> {
        self.informed(&People::NoRegistry).revise_application(ctx, application, content)
    }

    /// A reviewer declares how it stands to an application.
    pub fn declare_conflict(
        &mut self,
        ctx: &Ctx,
        application: u64,
        conflict: Conflict,
        note_hash: Option<Hash>,
    ) -> Result<Receipt, GrantError> {
        self.informed(&People::NoRegistry).declare_conflict(ctx, application, conflict, note_hash)
    }

    /// A reviewer judges the current version.
    pub fn submit_review(
        &mut self,
        ctx: &Ctx,
        application: u64,
        input: &submit_review::Input,
    ) -> Result<Receipt, GrantError> {
        self.informed(&People::NoRegistry).submit_review(ctx, application, input)
    }

    /// A programme manager writes a programme.
    pub fn create_program(
        &mut self,
        ctx: &Ctx,
        input: &create_program::Input,
        key: Option<&str>,
    ) -> Result<Receipt, GrantError> {
        self.informed(&People::NoRegistry).create_program(ctx, input, key)
    }

    /// A manager changes the terms of a draft or a paused programme.
    pub fn update_program(
        &mut self,
        ctx: &Ctx,
        program: u64,
        terms: &Terms,
    ) -> Result<Receipt, GrantError> {
        self.informed(&People::NoRegistry).update_program(ctx, program, terms)
    }
}
