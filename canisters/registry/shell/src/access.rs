//! Who may read what. Every verb knows its own offices: the rules of the core refuse before
//! anything is changed.

use granary_env::suite::access::need;
use granary_kernel::Fault;
use registry_core::errors::{AccessFault, RegistryError};
use registry_core::records::Role;
use registry_core::rules::Ctx;

use crate::state::{Here, People};

/// Who may see cycles and memory, read the log, and have other canisters asked.
pub const TRUSTED: &[Role] = &[Role::Operator, Role::Auditor, Role::Governor];
/// Who may have the state checked.
pub const VALIDATORS: &[Role] = &[Role::Auditor, Role::Governor];
/// Who may read logical backups.
pub const BACKUP: &[Role] = &[Role::Backup];
/// Who may read about people: the offices that look after them.
pub const READERS: &[Role] = &[Role::Registrar, Role::Compliance, Role::Auditor, Role::Governor];
/// Who may ask how people stand.
pub const STANDING_READERS: &[Role] =
    &[Role::Service, Role::Auditor, Role::Registrar, Role::Governor];

/// Refuses whoever reads about somebody else without an office.
pub fn need_self_or_reader(store: &People, ctx: &Ctx, user: u64) -> Result<(), RegistryError> {
    // The user's row names its identities, and is one read; the index of identities is a search.
    if store.user(user).is_ok_and(|user| user.is(ctx)) {
        return Ok(());
    }
    match need::<Here>(store, ctx, READERS) {
        Ok(()) => return Ok(()),
        Err(Fault::NoIdentity) => return Err(Fault::NoIdentity.into()),
        Err(_) => {}
    }
    Err(AccessFault::NotSelf { or: "an office that looks after people" }.into())
}
