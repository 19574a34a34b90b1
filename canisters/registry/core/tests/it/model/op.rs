//! What the random schedule can do. Numbers name people, entities and addresses.

use registry_core::types::PersonRole;

/// Who holds a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    User(u64),
    Person(u8),
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Register(u8),
    Invite(u8),
    Activate(u64),
    Link(u8, u8),
    Accept(u8, u64),
    Unlink(u8, u8),
    AddWallet(u8, u8),
    Verify(u8, u64),
    RevokeWallet(u8, u64),
    Suspend(u64),
    Reactivate(u64),
    Close(u8, u64),
    Grant { by: u8, role: PersonRole, who: Who, scope: bool, wait: u64, life: u64 },
    RevokeRole(u8, u64),
    Beat(u8, u64),
    SetProfile(u8, u64, u64),
    Wait(u64),
}
