//! Who calls, and in which frame a call runs.
//!
//! Every verb knows its own roles: the gate and the rules of the core refuse before anything is
//! changed. Here are the roles of what only reads, and the frames that make an actor of a caller.

use candid::Principal;
use granary_api::common::Receipt;
use granary_env::{Env, message};
use granary_errors::Error;
use micro_grants_core::errors::{AccessFault, GrantError};
use micro_grants_core::records::Role;
use micro_grants_core::rules::Ctx;
use micro_grants_core::store;

use crate::convert;
use crate::state::{self, Grants};

/// Who may read the log.
pub const LOG_READERS: &[Role] = &[Role::Operator, Role::Auditor, Role::Governor];
/// Who may have the state checked.
pub const VALIDATORS: &[Role] = &[Role::Auditor, Role::Governor];
/// Who may read logical backups.
pub const BACKUP: &[Role] = &[Role::Backup];
/// Who may fill the canister from a backup.
pub const IMPORTERS: &[Role] = &[Role::Governor];
/// Who may see cycles and memory.
pub const TRUSTED: &[Role] = &[Role::Operator, Role::Governor, Role::Auditor];

/// The actor of the message: its caller, its time, and a number no other message has.
pub fn actor(env: &Env) -> Ctx {
    Ctx { now: env.now(), actor: env.caller(), trace_id: message::canister_version() }
}

/// Runs a verb for the caller of the message.
pub fn verb(
    run: impl FnOnce(&mut Grants, &Ctx) -> Result<store::Receipt, GrantError>,
) -> Result<Receipt, Error> {
    let ctx = actor(&Env::here());
    let answer = state::write(|store| run(store, &ctx));
    answer.map(convert::receipt).map_err(Error::from)
}

/// Reads for the caller of the message.
pub fn view<T>(look: impl FnOnce(&Grants, &Ctx) -> Result<T, GrantError>) -> Result<T, Error> {
    let ctx = actor(&Env::here());
    state::read(|store| look(store, &ctx)).map_err(Error::from)
}

/// Refuses a reader without one of the roles.
pub fn need(store: &Grants, ctx: &Ctx, any_of: &'static [Role]) -> Result<(), GrantError> {
    if ctx.actor == Principal::anonymous() {
        return Err(AccessFault::NoIdentity.into());
    }
    store.need_role(ctx, any_of)
}

/// True for a caller who may see figures that tell which code path ran.
pub fn is_trusted(store: &Grants, env: &Env) -> bool {
    let ctx = actor(env);
    env.caller_is_controller() || need(store, &ctx, TRUSTED).is_ok()
}
