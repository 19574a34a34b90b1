//! Which roles may read what. What is decided here is public: who governs a treasury is known by
//! name, and what they decided can be read by everybody. Every verb knows its own roles and
//! members: the core refuses before anything is changed.

use governor_core::records::Role;

/// Who may see cycles, memory and the log, and have other canisters asked.
pub const TRUSTED: &[Role] = &[Role::Operator, Role::Auditor, Role::Governor];
/// Who may have the state checked.
pub const VALIDATORS: &[Role] = &[Role::Auditor, Role::Governor];
/// Who may read logical backups.
pub const BACKUP: &[Role] = &[Role::Backup];
