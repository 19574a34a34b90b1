//! Who may read what. Requests, the committee and what was done are everybody's to see: whoever
//! repairs is known, and can be objected to. Every verb knows its members: the core refuses.

use recovery_core::records::Role;

/// Who may see cycles, memory and the log.
pub const TRUSTED: &[Role] = &[Role::Operator, Role::Auditor, Role::Governor];
/// Who may have the state checked.
pub const VALIDATORS: &[Role] = &[Role::Auditor, Role::Governor];
/// Who may read logical backups.
pub const BACKUP: &[Role] = &[Role::Backup];
