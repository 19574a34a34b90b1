//! The codes of this canister, each with its meaning and what its operator should do.

use granary_errors::Category::{InvalidInput, NotFound, StateError, SystemError, Unauthorized};
use granary_errors::CodeEntry;

pub(super) const COMMITTEE: CodeEntry = CodeEntry::new(
    "recovery.committee.invalid",
    InvalidInput,
    "a committee of such members or such a quorum may not be",
    "name 3 to 20 people, none of them a canister of this suite, and more than half as quorum",
);
pub(super) const OPERATION: CodeEntry = CodeEntry::new(
    "recovery.operation.invalid",
    InvalidInput,
    "a field of the operation is outside its range",
    "correct the request",
);
pub(super) const DELAYS: CodeEntry = CodeEntry::new(
    "recovery.delays.invalid",
    InvalidInput,
    "delays are shortened by the profile Testing only",
    "leave the delays out",
);
pub(super) const DIGEST: CodeEntry = CodeEntry::new(
    "recovery.approval.digest",
    InvalidInput,
    "what was approved is not what the request is",
    "read the request again and decide anew",
);
pub(super) const CHUNK: CodeEntry = CodeEntry::new(
    "recovery.chunk.size",
    InvalidInput,
    "a chunk has 1 byte to 1 MiB",
    "cut the module into pieces of 1 MiB",
);
pub(super) const NOT_MEMBER: CodeEntry = CodeEntry::new(
    "recovery.member.needed",
    Unauthorized,
    "only a member of the committee may do this",
    "ask a member",
);
pub(super) const REQUEST_NOT_FOUND: CodeEntry = CodeEntry::new(
    "recovery.request.not_found",
    NotFound,
    "there is no request with this number",
    "check the number",
);
pub(super) const REQUEST_STATE: CodeEntry = CodeEntry::new(
    "recovery.request.state",
    StateError,
    "the request is in another state",
    "wait, or choose what fits the state",
);
pub(super) const NOT_APPROVED: CodeEntry = CodeEntry::new(
    "recovery.approval.missing",
    StateError,
    "there is no approval of the caller to take back",
    "nothing",
);
pub(super) const TOO_EARLY: CodeEntry = CodeEntry::new(
    "recovery.request.too_early",
    StateError,
    "the delay is not over",
    "wait until the named time; it is shorter while the governor is down",
);
pub(super) const RUNNING: CodeEntry = CodeEntry::new(
    "recovery.request.running",
    StateError,
    "another request is being executed",
    "wait until it ended",
);
pub(super) const APART: CodeEntry = CodeEntry::new(
    "recovery.request.apart",
    StateError,
    "this canister's own code is too new to install the governor's",
    "wait until the named time",
);
pub(super) const STALE: CodeEntry = CodeEntry::new(
    "recovery.request.stale",
    StateError,
    "the governor was moved, or this canister restored, since the request was made",
    "submit the request again",
);
pub(super) const MANAGEMENT: CodeEntry = CodeEntry::new(
    "recovery.management.failed",
    SystemError,
    "the network did not do what was asked of it",
    "look whether this canister controls the governor, then try again",
);

/// Every code, for the generated list.
pub const CATALOGUE: &[CodeEntry] = &[
    COMMITTEE,
    OPERATION,
    DELAYS,
    DIGEST,
    CHUNK,
    NOT_MEMBER,
    REQUEST_NOT_FOUND,
    REQUEST_STATE,
    NOT_APPROVED,
    TOO_EARLY,
    RUNNING,
    APART,
    STALE,
    MANAGEMENT,
];
