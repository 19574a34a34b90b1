//! Verbs about people's roles.

use granary_kernel::{Class, Ctx, Receipt, Request};
use granary_stable::dedup::{Fingerprint, Fingerprinter};
use ic_stable_structures::Memory;

use crate::errors::RegistryError;
use crate::records::Role;
use crate::rules::{grant_role, revoke_role, role_heartbeat};
use crate::store::Store;
use crate::types::{GrantId, Holder, Timestamp};

/// Who gives and takes roles.
const GIVERS: &[Role] = &[Role::Governor, Role::Registrar];

impl<M: Memory + 'static> Store<M> {
    /// Gives somebody a role.
    pub fn grant_role(
        &mut self,
        ctx: &Ctx,
        input: grant_role::Input,
        key: Option<&str>,
    ) -> Result<Receipt, RegistryError> {
        let request = key.map(|key| Request { key, print: print_of(&input) });
        self.verb(ctx, Class::New, request, |store| {
            let view = store.granting(&input.holder, ctx)?;
            grant_role::grant_role(&view, input, ctx)
        })
    }

    /// Takes a role back, or gives it up.
    pub fn revoke_role(&mut self, ctx: &Ctx, grant: u64) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let grant = store.grant(grant)?;
            let user = store.holding_user(&grant);
            let offices = store.offices(ctx, GIVERS);
            revoke_role::revoke_role(&grant, user.as_ref(), offices, ctx)
        })
    }

    /// The holder of a role shows that it is there.
    pub fn role_heartbeat(&mut self, ctx: &Ctx, grant: u64) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let grant = store.grant(grant)?;
            let user = store.holding_user(&grant);
            role_heartbeat::role_heartbeat(&grant, user.as_ref(), ctx)
        })
    }

    fn granting(&self, holder: &Holder, ctx: &Ctx) -> Result<grant_role::View, RegistryError> {
        let user = match holder {
            Holder::User(user) => Some(self.user(user.wire())?),
            Holder::Principal(who) => self.user_of(who).ok(),
        };
        let (chained, counts) = match (&user, holder) {
            (Some(user), Holder::User(_)) => {
                (self.grants_around(user), (user.head.grants, user.head.grants_ever))
            }
            (user, Holder::Principal(who)) => {
                let chain = self.chain(who);
                let around = match user {
                    Some(user) => self.grants_around(user),
                    None => self.grants_from(chain.newest),
                };
                (around, (chain.live, chain.ever))
            }
            (None, Holder::User(_)) => (vec![], (0, 0)),
        };
        Ok(grant_role::View {
            offices: self.offices(ctx, GIVERS),
            user,
            chained,
            counts,
            policies: self.policies(),
            next: GrantId::from_slot(self.grants.len()),
        })
    }
}

fn print_of(input: &grant_role::Input) -> Fingerprint {
    let grant_role::Input { role, holder, scope, effective_at, expires_at } = input;
    let mut print = Fingerprinter::new("grant_role");
    print.write(role.name().as_bytes()).write(scope.as_bytes());
    match holder {
        Holder::User(user) => print.write_u64(user.wire()),
        Holder::Principal(who) => print.write(who.as_slice()),
    };
    print.write_u64(effective_at.map_or(0, Timestamp::as_nanos));
    print.write_u64(expires_at.as_nanos()).finish()
}
