//! Verbs about users and their identities.

use granary_kernel::{Class, Ctx, Receipt, Request};
use granary_stable::dedup::Fingerprinter;
use ic_stable_structures::Memory;

use crate::errors::RegistryError;
use crate::records::Role;
use crate::rules::{
    accept_identity_link, activate_user, close_user, link_identity, reactivate_user, register_user,
    suspend_user, unlink_identity,
};
use crate::store::Store;
use crate::types::{Holder, Principal, UserId};

/// Somebody to register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// What people call it.
    pub name: String,
    /// The identity a registrar invites; none registers the actor.
    pub identity: Option<Principal>,
}

impl<M: Memory + 'static> Store<M> {
    /// Registers the actor, or invites somebody.
    pub fn register_user(
        &mut self,
        ctx: &Ctx,
        input: &Registration,
        key: Option<&str>,
    ) -> Result<Receipt, RegistryError> {
        let Registration { name, identity } = input;
        let request = key.map(|key| {
            let mut print = Fingerprinter::new("register_user");
            print.write(name.as_bytes());
            print.write(identity.as_ref().map(Principal::as_slice).unwrap_or_default());
            Request { key, print: print.finish() }
        });
        self.verb(ctx, Class::New, request, |store| {
            // Only who invites somebody needs an office.
            let asked: &[Role] = if identity.is_some() { &[Role::Registrar] } else { &[] };
            let view = register_user::View {
                offices: store.offices(ctx, asked),
                taken: store.is_taken(&identity.unwrap_or(ctx.actor)),
                totals: store.totals(),
                policies: store.policies(),
                next: UserId::from_slot(store.users.len()),
            };
            register_user::register_user(&view, name, *identity, ctx)
        })
    }

    /// Admits somebody who waits.
    pub fn activate_user(&mut self, ctx: &Ctx, user: u64) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let offices = store.offices(ctx, &[Role::Registrar]);
            activate_user::activate_user(&store.user(user)?, offices)
        })
    }

    /// The actor's user asks another identity to join it.
    pub fn link_identity(
        &mut self,
        ctx: &Ctx,
        identity: Principal,
    ) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let user = store.own_user(ctx)?;
            link_identity::link_identity(&user, identity, store.is_taken(&identity), ctx)
        })
    }

    /// The actor joins the user that asked it.
    pub fn accept_identity_link(&mut self, ctx: &Ctx, user: u64) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let user = store.user(user)?;
            let around = store.grants_around(&user);
            let own = store.grants_of(&Holder::Principal(ctx.actor));
            let view = accept_identity_link::View {
                user_roles: Self::live_roles(&around, ctx),
                own_roles: Self::live_roles(&own, ctx),
                taken: store.is_taken(&ctx.actor),
                user,
            };
            accept_identity_link::accept_identity_link(&view, ctx)
        })
    }

    /// An identity leaves a user, the actor's own without `user`.
    pub fn unlink_identity(
        &mut self,
        ctx: &Ctx,
        identity: Principal,
        user: Option<u64>,
    ) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let user = match user {
                Some(id) => store.user(id)?,
                None => store.own_user(ctx)?,
            };
            let offices = store.carers(&user, ctx);
            unlink_identity::unlink_identity(&user, identity, offices, ctx)
        })
    }

    /// Stops somebody.
    pub fn suspend_user(
        &mut self,
        ctx: &Ctx,
        user: u64,
        reason: &str,
    ) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let offices = store.offices(ctx, &[Role::Compliance]);
            suspend_user::suspend_user(&store.user(user)?, offices, reason)
        })
    }

    /// Lets somebody go on.
    pub fn reactivate_user(
        &mut self,
        ctx: &Ctx,
        user: u64,
        reason: &str,
    ) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let offices = store.offices(ctx, &[Role::Compliance]);
            reactivate_user::reactivate_user(&store.user(user)?, offices, reason)
        })
    }

    /// Closes a user for ever.
    pub fn close_user(
        &mut self,
        ctx: &Ctx,
        user: u64,
        reason: &str,
    ) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let user = store.user(user)?;
            let wallets = store.live_wallets(user.id);
            let grants = store.grants_of(&Holder::User(user.id));
            let offices = store.carers(&user, ctx);
            close_user::close_user(&user, wallets, grants, offices, reason, ctx)
        })
    }
}
