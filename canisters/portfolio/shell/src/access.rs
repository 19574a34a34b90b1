//! Which roles may read what. Every verb knows its own roles: the core refuses before anything is
//! changed.

use granary_env::suite::access::need;
use granary_kernel::{Ctx, Fault};
use portfolio_core::records::Role;

use crate::state::{Books, Here};

/// Who may see cycles, memory and the log, and have other canisters asked.
pub const TRUSTED: &[Role] = &[Role::Operator, Role::Auditor, Role::Governor];
/// Who may have the state checked.
pub const VALIDATORS: &[Role] = &[Role::Auditor, Role::Governor];
/// Who may read logical backups.
pub const BACKUP: &[Role] = &[Role::Backup];
/// Who may read the books.
pub const READERS: &[Role] =
    &[Role::Execution, Role::Reader, Role::Auditor, Role::Operator, Role::Governor];
/// Who may have an asset reconciled.
pub const RECONCILERS: &[Role] = &[Role::Operator, Role::Auditor, Role::Governor];

/// Who may have the price oracle asked.
pub const PRICERS: &[Role] = &[Role::Execution, Role::Reader, Role::Operator, Role::Governor];

/// Refuses everybody who may not read the books.
pub fn need_reader(store: &Books, ctx: &Ctx) -> Result<(), Fault> {
    need::<Here>(store, ctx, READERS)
}
