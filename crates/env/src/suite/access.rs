//! The frames a call runs in.
//!
//! Every verb knows its own roles: the gate and the rules of the core refuse before anything is
//! changed. Here is what makes an actor of a caller, and the roles of what only reads.

use granary_api::common::Receipt;
use granary_errors::Error;
use granary_kernel::{Ctx, Fault, is_nobody};

use super::{ErrorOf, Host, RoleOf, convert, counters};
use crate::{Env, message};

/// The actor of the message: its caller, its time, and a number no other message has.
pub fn actor(env: &Env) -> Ctx {
    Ctx { now: env.now(), actor: env.caller(), trace_id: message::canister_version() }
}

/// Runs a verb for the caller of the message and counts a refusal.
pub fn verb<H: Host>(
    run: impl FnOnce(&mut H::Store, &Ctx) -> Result<granary_kernel::Receipt, ErrorOf<H>>,
) -> Result<Receipt, Error> {
    let ctx = actor(&Env::here());
    let answer = H::write(|store| run(store, &ctx));
    answer.map(convert::receipt).map_err(|refusal| counters::refused(refusal.into()))
}

/// Reads for the caller of the message.
pub fn view<H: Host, T>(
    look: impl FnOnce(&H::Store, &Ctx) -> Result<T, ErrorOf<H>>,
) -> Result<T, Error> {
    let ctx = actor(&Env::here());
    H::read(|store| look(store, &ctx)).map_err(Into::into)
}

/// Refuses whoever has none of the roles.
pub fn need<H: Host>(store: &H::Store, ctx: &Ctx, any_of: &[RoleOf<H>]) -> Result<(), Fault> {
    if is_nobody(&ctx.actor) {
        return Err(Fault::NoIdentity);
    }
    store.need_role(ctx, any_of)
}

/// True for a caller who may see figures that tell which code path ran.
pub fn is_trusted<H: Host>(store: &H::Store, env: &Env) -> bool {
    env.caller_is_controller() || need::<H>(store, &actor(env), H::TRUSTED).is_ok()
}

/// Refuses whoever is neither trusted nor a controller.
pub fn need_trusted<H: Host>(store: &H::Store, env: &Env) -> Result<(), Fault> {
    if env.caller_is_controller() {
        return Ok(());
    }
    need::<H>(store, &actor(env), H::TRUSTED)
}
