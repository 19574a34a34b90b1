//! Who may read what, and in which frame a call runs.
//!
//! Every verb knows its own roles: the gate and the rules of the core refuse before anything is
//! changed. Here are the roles of what only reads.

use granary_api::common::Receipt;
use granary_env::suite::Host;
use granary_errors::Error;
use micro_grants_core::errors::GrantError;
use micro_grants_core::records::Role;
use micro_grants_core::rules::Ctx;
use micro_grants_core::store;

use crate::state::{Grants, Here};

/// Who may see cycles and memory, read the log, and have other canisters asked.
pub const TRUSTED: &[Role] = &[Role::Operator, Role::Auditor, Role::Governor];
/// Who may have the state checked.
pub const VALIDATORS: &[Role] = &[Role::Auditor, Role::Governor];
/// Who may read logical backups.
pub const BACKUP: &[Role] = &[Role::Backup];

/// Runs a verb for the caller of the message.
pub fn verb(
    run: impl FnOnce(&mut Grants, &Ctx) -> Result<store::Receipt, GrantError>,
) -> Result<Receipt, Error> {
    Here::verb(run)
}

/// Reads for the caller of the message.
pub fn view<T>(look: impl FnOnce(&Grants, &Ctx) -> Result<T, GrantError>) -> Result<T, Error> {
    Here::view(look)
}
