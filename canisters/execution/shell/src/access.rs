//! Which roles may read what. Every verb knows its own roles: the core refuses before anything is
//! changed.

use execution_core::records::Role;
use granary_env::suite::access::need;
use granary_kernel::{Ctx, Fault};

use crate::state::{Hands, Here};

/// Who may see cycles, memory and the log, and have other canisters asked.
pub const TRUSTED: &[Role] = &[Role::Operator, Role::Auditor, Role::Governor];
/// Who may have the state checked.
pub const VALIDATORS: &[Role] = &[Role::Auditor, Role::Governor];
/// Who may read logical backups.
pub const BACKUP: &[Role] = &[Role::Backup];
/// Who may read intents: whoever has anything to do with them.
pub const READERS: &[Role] = &[
    Role::MicroGrants,
    Role::Strategy,
    Role::Treasurer,
    Role::Approver,
    Role::Operator,
    Role::Auditor,
    Role::Governor,
];

/// Refuses everybody who may not read intents.
pub fn need_reader(store: &Hands, ctx: &Ctx) -> Result<(), Fault> {
    need::<Here>(store, ctx, READERS)
}
