//! Which roles may read what. Every verb knows its own roles: the core refuses before anything is
//! changed.

use granary_env::suite::access::need;
use granary_kernel::{Ctx, Fault};
use risk_guard_core::records::Role;

use crate::state::{Guard, Here};

/// Who may see cycles, memory and the log, and have other canisters asked.
pub const TRUSTED: &[Role] = &[Role::Operator, Role::Auditor, Role::Governor];
/// Who may have the state checked.
pub const VALIDATORS: &[Role] = &[Role::Auditor, Role::Governor];
/// Who may read logical backups.
pub const BACKUP: &[Role] = &[Role::Backup];
/// Who may ask whether an outflow may leave, and read reservations.
pub const READERS: &[Role] =
    &[Role::Execution, Role::Reader, Role::Steward, Role::Auditor, Role::Operator, Role::Governor];

/// Refuses everybody who may not read what waits to leave.
pub fn need_reader(store: &Guard, ctx: &Ctx) -> Result<(), Fault> {
    need::<Here>(store, ctx, READERS)
}

/// Refuses everybody but whoever moves the money. Asked before arguments are read: the others are
/// not worth the work of reading theirs.
pub fn need_execution(store: &Guard, ctx: &Ctx) -> Result<(), Fault> {
    need::<Here>(store, ctx, &[Role::Execution])
}

/// Refuses everybody who may not have the treasury asked for.
pub fn need_trusted(store: &Guard, ctx: &Ctx) -> Result<(), Fault> {
    need::<Here>(store, ctx, TRUSTED)
}
