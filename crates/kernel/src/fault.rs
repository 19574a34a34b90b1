//! Every refusal that means the same in every canister, and its way to the wire.

use granary_errors::{Code, Error, common};
use granary_stable::StorageFault;
use granary_units::OutOfRange;

use crate::roles::Role;

/// Why nothing was changed. A core's own error holds one of these beside its own refusals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A text is empty or too long.
    TextSize {
        /// Which.
        field: String,
        /// What it has.
        bytes: usize,
        /// What it may have.
        max: usize,
    },
    /// A list is empty or too long.
    ListSize {
        /// Which.
        field: String,
        /// What it has.
        count: usize,
        /// What it may have.
        max: usize,
    },
    /// An amount cannot be counted.
    AmountRange {
        /// Which.
        field: String,
    },
    /// A number or a bound above what the code can hold.
    Limit {
        /// Which.
        field: String,
        /// What was given.
        given: u64,
        /// What may be given.
        max: u64,
    },
    /// A number outside its range.
    Range {
        /// Which.
        field: String,
        /// What was given.
        given: u64,
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// Somebody is named twice.
    DuplicatePerson {
        /// In which list.
        field: String,
    },
    /// The identity cannot hold rights: anonymous, or the management canister (C5).
    PersonInvalid {
        /// Where.
        field: String,
    },
    /// A digest that is not 32 bytes.
    HashSize {
        /// Which.
        field: String,
        /// What it has.
        bytes: usize,
    },
    /// The deadline of a drain is in the past or too far.
    DrainDeadline {
        /// How far it may be.
        max_ns: u64,
    },
    /// A page of nothing or beyond the limit.
    PageLimit {
        /// What was asked for.
        given: u32,
        /// What is given.
        max: u32,
    },
    /// A cursor this list did not give.
    Cursor,
    /// An idempotency key that is empty or too long.
    KeySize {
        /// What it has.
        bytes: usize,
    },
    /// No domain of the state has this name.
    Domain {
        /// The name.
        name: String,
    },
    /// A page that no export of this canister made.
    ImportFormat {
        /// What is wrong.
        problem: String,
    },
    /// A name this canister gives to no other one.
    PeerUnknown {
        /// The name.
        name: String,
        /// The names it gives.
        known: &'static [&'static str],
    },
    /// Anonymous, or the management canister (C5).
    NoIdentity,
    /// One of these canister-wide roles is needed.
    Role {
        /// Their names.
        any_of: Vec<&'static str>,
    },
    /// Something holds as many as it may.
    Full {
        /// What.
        what: &'static str,
        /// How many that is.
        max: u64,
    },
    /// The same work is under way.
    Busy {
        /// Which.
        what: &'static str,
    },
    /// Nobody has told this canister where the other one is.
    PeerUnset {
        /// Its name.
        name: &'static str,
    },
    /// Mode `ReadOnly` (C12).
    ReadOnly,
    /// Mode `OutflowsFrozen` (C12).
    OutflowsFrozen,
    /// Mode `Restricted` (C12).
    Restricted,
    /// A drain is running (C10).
    Draining,
    /// There is no drain.
    NotDraining,
    /// The epoch is not newer, or not the running one.
    EpochStale {
        /// The newest epoch.
        current: u64,
    },
    /// The canister is a copy on which an upgrade is tried.
    Rehearsing,
    /// The canister is being filled from a backup.
    Importing,
    /// The canister is not open for an import.
    NotImporting,
    /// The page is not the next one.
    ImportOrder {
        /// The domain that comes next.
        expected: String,
    },
    /// The key was used with other arguments (C11).
    IdempotencyConflict,
    /// The item at the cursor left the list.
    CursorMoved,
    /// A canister without a governor could never be governed again.
    LastGovernor,
    /// The request needs a part of the state that a migration is still building.
    Migrating {
        /// Which.
        what: &'static str,
    },
    /// A migration met a record it cannot carry over.
    MigrationFailed {
        /// What is wrong, in one sentence.
        reason: String,
    },
    /// Too many requests came in a short time.
    RateLimited {
        /// Which.
        what: &'static str,
        /// When there is room again.
        retry_after_ns: u64,
    },
    /// Stable memory has no room.
    Storage {
        /// What the memory says.
        reason: String,
    },
    /// The table of recent requests is full.
    DedupFull {
        /// When it frees a half.
        retry_after_ns: u64,
    },
}

impl Fault {
    /// The refusal of everybody without one of `any_of`.
    pub fn needs<R: Role>(any_of: &[R]) -> Self {
        Self::Role { any_of: any_of.iter().map(|role| role.name()).collect() }
    }

    /// The refusal of a record an import cannot take.
    pub fn import(problem: impl Into<String>) -> Self {
        Self::ImportFormat { problem: problem.into() }
    }
}

impl From<OutOfRange> for Fault {
    fn from(_: OutOfRange) -> Self {
        Self::AmountRange { field: "amount".to_owned() }
    }
}

impl From<StorageFault> for Fault {
    fn from(fault: StorageFault) -> Self {
        Self::Storage { reason: fault.to_string() }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        input(fault)
    }
}

fn nat(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// What is wrong with a field.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not named here is named in the next part, the last of which names all"
)]
fn input(fault: Fault) -> Error {
    match fault {
        Fault::TextSize { field, bytes, max } => {
            let text = format!("{field} has {bytes} bytes and must have 1 to {max}");
            Error::invalid_input(common::TEXT_SIZE, field, text).with("max_bytes", nat(max))
        }
        Fault::ListSize { field, count, max } => {
            let text = format!("{field} has {count} items and may have at most {max}");
            Error::invalid_input(common::LIST_SIZE, field, text).with("max", nat(max))
        }
        Fault::AmountRange { field } => {
            let text = format!("{field} is larger than can be counted");
            Error::invalid_input(common::AMOUNT_RANGE, field, text)
        }
        Fault::Limit { field, given, max } => {
            let text = format!("{field} is {given} and may be at most {max}");
            Error::invalid_input(common::LIMIT, field, text).with("max", max)
        }
        Fault::Range { field, given, min, max } => {
            let text = format!("{field} is {given} and must be {min} to {max}");
            Error::invalid_input(common::LIMIT, field, text).with("min", min).with("max", max)
        }
        Fault::DuplicatePerson { field } => {
            let text = format!("{field} names somebody twice");
            Error::invalid_input(common::PERSON_DUPLICATE, field, text)
        }
        Fault::PersonInvalid { field } => {
            let text = format!("{field} names the anonymous or the management principal");
            Error::invalid_input(common::PERSON_INVALID, field, text)
        }
        Fault::HashSize { field, bytes } => {
            let text = format!("{field} has {bytes} bytes and a digest has 32");
            Error::invalid_input(common::HASH_SIZE, field, text)
        }
        other => page(other),
    }
}

/// The rest of the wrong inputs: pages, keys, administration.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not named here is named in the next part, the last of which names all"
)]
fn page(fault: Fault) -> Error {
    match fault {
        Fault::DrainDeadline { max_ns } => {
            let text = format!("the deadline must be in the future and at most {max_ns} ns away");
            Error::invalid_input(common::DRAIN_DEADLINE, "deadline_ns", text)
        }
        Fault::PageLimit { given, max } => {
            let text = format!("a page of {given} was asked for and 1 to {max} are given");
            Error::invalid_input(common::PAGE_LIMIT, "limit", text).with("max", u64::from(max))
        }
        Fault::Cursor => {
            let text = "the cursor is not one this list gave out";
            Error::invalid_input(common::PAGE_CURSOR, "after", text)
        }
        Fault::KeySize { bytes } => {
            let text = format!("the key has {bytes} bytes and must have 1 to 64");
            Error::invalid_input(common::IDEMPOTENCY_KEY_SIZE, "idempotency_key", text)
        }
        Fault::Domain { name } => {
            let text = format!("there is no domain {name:.40}");
            Error::invalid_input(common::EXPORT_DOMAIN, "domain", text)
        }
        Fault::ImportFormat { problem } => {
            Error::invalid_input(common::IMPORT_FORMAT, "page", problem)
        }
        Fault::PeerUnknown { name, known } => {
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let text = format!("the canister has no peer {name:.40}; it has {known}");
            Error::invalid_input(common::PEER_UNKNOWN, "name", text)
        }
        other => access(other),
    }
}

/// Who may not, and what the canister could not.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not named here is named in the next part, the last of which names all"
)]
fn access(fault: Fault) -> Error {
    match fault {
        Fault::NoIdentity => {
            let text = "the anonymous identity may not do this";
            Error::unauthorized(common::ANONYMOUS, "an identity", text)
        }
        Fault::Role { any_of } => {
            let needs = any_of.join(" or ");
            let text = format!("the caller is not {needs}");
            Error::unauthorized(common::NOT_ALLOWED, needs, text)
        }
        Fault::Migrating { what } => {
            let text = format!("{what} waits for a migration");
            Error::not_applied(common::MIGRATION_RUNNING, None, text)
        }
        Fault::RateLimited { what, retry_after_ns } => {
            let text = format!("too many {what} came in a short time");
            Error::not_applied(common::RATE_LIMITED, Some(retry_after_ns), text)
        }
        Fault::Storage { reason } => Error::not_applied(common::STORAGE_FULL, None, reason),
        Fault::DedupFull { retry_after_ns } => {
            let text = "too many requests with idempotency keys were made lately";
            Error::not_applied(common::IDEMPOTENCY_FULL, Some(retry_after_ns), text)
                .with("retry_after_ns", retry_after_ns)
        }
        other => state(other),
    }
}

/// What stands in the way, with figures.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not named here is named in the next part, the last of which names all"
)]
fn state(fault: Fault) -> Error {
    match fault {
        Fault::Full { what, max } => {
            let text = format!("{what} holds its {max}");
            Error::state_error(common::CAPACITY_FULL, "full", &[], text).with("max", max)
        }
        Fault::Busy { what } => {
            let text = format!("{what} is under way");
            Error::state_error(common::BUSY, "busy", &[], text)
        }
        Fault::PeerUnset { name } => {
            let text = format!("nobody has told this canister where {name} is");
            Error::state_error(common::PEER_UNSET, "unset", &[], text).with("name", name)
        }
        Fault::EpochStale { current } => {
            let text = format!("the newest epoch is {current}");
            Error::state_error(common::EPOCH_STALE, current.to_string(), &[], text)
                .with("current", current)
        }
        Fault::MigrationFailed { reason } => {
            Error::state_error(common::MIGRATION_FAILED, "failed", &[], reason)
        }
        Fault::ImportOrder { expected } => {
            let text = format!("the next page is {expected}");
            Error::state_error(common::IMPORT_ORDER, "importing", &[&expected], text)
        }
        other => {
            let (code, actual, text) = lifecycle(&other);
            Error::state_error(code, actual, &[], text)
        }
    }
}

/// What stands in the way of the whole canister.
fn lifecycle(fault: &Fault) -> (Code, &'static str, &'static str) {
    match fault {
        Fault::ReadOnly => {
            (common::MODE_READ_ONLY, "ReadOnly", "the canister takes no changes now")
        }
        Fault::OutflowsFrozen => {
            (common::MODE_OUTFLOWS_FROZEN, "OutflowsFrozen", "no payout is queued now")
        }
        Fault::Restricted => {
            (common::MODE_RESTRICTED, "Restricted", "only listed principals may make changes now")
        }
        Fault::Draining => {
            (common::LIFECYCLE_DRAINING, "Draining", "no new work is taken before the upgrade")
        }
        Fault::NotDraining => {
            (common::LIFECYCLE_NOT_DRAINING, "Running", "there is no drain to resume from")
        }
        Fault::Rehearsing => {
            (common::LIFECYCLE_REHEARSING, "Rehearsing", "an upgrade is tried on this copy")
        }
        Fault::Importing => {
            (common::LIFECYCLE_IMPORTING, "Importing", "the canister is being filled")
        }
        Fault::NotImporting => (
            common::LIFECYCLE_NOT_IMPORTING,
            "Running",
            "only a fresh canister opened for an import takes one",
        ),
        Fault::IdempotencyConflict => (
            common::IDEMPOTENCY_CONFLICT,
            "used",
            "the idempotency key was used with other arguments",
        ),
        Fault::CursorMoved => {
            (common::PAGE_CURSOR_MOVED, "moved", "the item at the cursor left the list")
        }
        Fault::LastGovernor => {
            (common::ROLE_LAST_GOVERNOR, "last", "the last governor cannot be removed")
        }
        // Named here so that the compiler asks for a sentence when a fault is added.
        Fault::TextSize { .. }
        | Fault::ListSize { .. }
        | Fault::AmountRange { .. }
        | Fault::Limit { .. }
        | Fault::Range { .. }
        | Fault::DuplicatePerson { .. }
        | Fault::PersonInvalid { .. }
        | Fault::HashSize { .. }
        | Fault::DrainDeadline { .. }
        | Fault::PageLimit { .. }
        | Fault::Cursor
        | Fault::KeySize { .. }
        | Fault::Domain { .. }
        | Fault::ImportFormat { .. }
        | Fault::PeerUnknown { .. }
        | Fault::NoIdentity
        | Fault::Role { .. }
        | Fault::Full { .. }
        | Fault::Busy { .. }
        | Fault::PeerUnset { .. }
        | Fault::EpochStale { .. }
        | Fault::ImportOrder { .. }
        | Fault::Migrating { .. }
        | Fault::MigrationFailed { .. }
        | Fault::RateLimited { .. }
        | Fault::Storage { .. }
        | Fault::DedupFull { .. } => unreachable!("BUG: handled by the parts before"),
    }
}

#[cfg(test)]
#[path = "fault_tests.rs"]
mod tests;
