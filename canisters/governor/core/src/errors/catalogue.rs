//! The codes of this canister, each with its meaning and what its operator should do.

use granary_errors::Category::{InvalidInput, NotFound, StateError, SystemError, Unauthorized};
use granary_errors::CodeEntry;

pub(super) const MEMBERS: CodeEntry = CodeEntry::new(
    "governor.members.invalid",
    InvalidInput,
    "the members or their permissions let too few decide, or nobody",
    "correct the list",
);
pub(super) const COMMITTEE: CodeEntry = CodeEntry::new(
    "governor.committee.invalid",
    InvalidInput,
    "the recovery committee is too small, or could act with governing members alone",
    "correct the list",
);
pub(super) const PAYLOAD: CodeEntry = CodeEntry::new(
    "governor.payload.invalid",
    InvalidInput,
    "the proposal names something that cannot be done",
    "correct the request",
);
pub(super) const NOT_SEEN: CodeEntry = CodeEntry::new(
    "governor.vote.not_seen",
    InvalidInput,
    "what the member says it saw is not what the proposal is now",
    "read the proposal again, and vote on what it is",
);
pub(super) const CHUNK: CodeEntry = CodeEntry::new(
    "governor.module.chunk",
    InvalidInput,
    "the chunk does not fit the module it is for",
    "send the chunk the module needs",
);
pub(super) const MODULE: CodeEntry = CodeEntry::new(
    "governor.module.invalid",
    InvalidInput,
    "the bytes are no module that could ever be installed",
    "build the module again",
);
pub(super) const MODULE_HASH: CodeEntry = CodeEntry::new(
    "governor.module.hash",
    InvalidInput,
    "the bytes do not have the hash they were announced with",
    "stage the module again",
);
pub(super) const INCIDENT: CodeEntry = CodeEntry::new(
    "governor.incident.invalid",
    InvalidInput,
    "the phases of an incident are gone through in their order",
    "name a later phase",
);
pub(super) const NOT_MEMBER: CodeEntry = CodeEntry::new(
    "governor.member.needed",
    Unauthorized,
    "only a member with this permission may do this",
    "call as a member who may",
);
pub(super) const NOT_PROPOSER: CodeEntry = CodeEntry::new(
    "governor.proposal.not_proposer",
    Unauthorized,
    "only who proposed it takes it back",
    "ask the proposer, or veto it in its timelock",
);
pub(super) const SELF_TARGET: CodeEntry = CodeEntry::new(
    "governor.target.self",
    Unauthorized,
    "the governor never changes its own code or settings: recovery does",
    "ask the recovery committee",
);
pub(super) const UNREGISTERED: CodeEntry = CodeEntry::new(
    "governor.method.unregistered",
    Unauthorized,
    "the method is not on the list of what proposals may call",
    "register the method by a change of the configuration first",
);
pub(super) const NOT_RECOVERY: CodeEntry = CodeEntry::new(
    "governor.recovery.needed",
    Unauthorized,
    "only the recovery canister does this",
    "ask the recovery committee",
);
pub(super) const PROPOSAL_STATE: CodeEntry = CodeEntry::new(
    "governor.proposal.state",
    StateError,
    "the proposal is in a state that does not allow this",
    "see `allowed`",
);
pub(super) const VOTED: CodeEntry = CodeEntry::new(
    "governor.vote.repeated",
    StateError,
    "the member said this already",
    "nothing is to be done",
);
pub(super) const NOT_VOTED: CodeEntry = CodeEntry::new(
    "governor.vote.missing",
    StateError,
    "there is no word to take back",
    "nothing is to be done",
);
pub(super) const TOO_FEW: CodeEntry = CodeEntry::new(
    "governor.vote.too_few",
    StateError,
    "too few approvals count now",
    "wait for more approvals",
);
pub(super) const TOO_EARLY: CodeEntry = CodeEntry::new(
    "governor.timelock.running",
    StateError,
    "the timelock is not over",
    "wait until it is",
);
pub(super) const RUNNING: CodeEntry = CodeEntry::new(
    "governor.execution.running",
    StateError,
    "another proposal changes canisters now",
    "wait until it is over",
);
pub(super) const APART: CodeEntry = CodeEntry::new(
    "governor.recovery.apart",
    StateError,
    "the governor's own code was replaced lately: it does not touch recovery now",
    "wait until the time",
);
pub(super) const NOT_STAGED: CodeEntry = CodeEntry::new(
    "governor.module.missing",
    StateError,
    "a module of the release is not here",
    "stage the module",
);
pub(super) const NOT_AUDITED: CodeEntry = CodeEntry::new(
    "governor.audit.missing",
    StateError,
    "the release was not audited",
    "audit the proposal",
);
pub(super) const AUDIT_FAILED: CodeEntry = CodeEntry::new(
    "governor.audit.failed",
    StateError,
    "a check of the audit failed",
    "read the audit, and mend what it names",
);
pub(super) const NOT_REHEARSED: CodeEntry = CodeEntry::new(
    "governor.rehearsal.missing",
    StateError,
    "the release was not rehearsed",
    "rehearse the proposal",
);
pub(super) const REHEARSAL_OLD: CodeEntry = CodeEntry::new(
    "governor.rehearsal.old",
    StateError,
    "the rehearsal is too old to count",
    "rehearse the proposal again",
);
pub(super) const DENIED: CodeEntry = CodeEntry::new(
    "governor.module.denied",
    StateError,
    "the module is on the list of denied ones",
    "build another one",
);
pub(super) const FROM_MODULE: CodeEntry = CodeEntry::new(
    "governor.target.changed",
    StateError,
    "the canister runs other code than the release was made for",
    "make the release for what runs",
);
pub(super) const SNAPSHOT_STATE: CodeEntry = CodeEntry::new(
    "governor.snapshot.state",
    StateError,
    "the fleet snapshot is not complete, or was deleted",
    "list the snapshots",
);
pub(super) const SNAPSHOT_PINNED: CodeEntry = CodeEntry::new(
    "governor.snapshot.needed",
    StateError,
    "the fleet snapshot is the only one that leads back",
    "take another one first",
);
pub(super) const ADOPTED: CodeEntry = CodeEntry::new(
    "governor.target.adopted",
    StateError,
    "the canister, or one of its name, is under control already",
    "list the targets",
);
pub(super) const NO_RECOVERY: CodeEntry = CodeEntry::new(
    "governor.recovery.unset",
    StateError,
    "the governor knows no recovery canister",
    "install it with one",
);
pub(super) const MODULE_DONE: CodeEntry = CodeEntry::new(
    "governor.module.complete",
    StateError,
    "the module is complete already",
    "nothing is to be done",
);
pub(super) const NOT_RELEASE: CodeEntry = CodeEntry::new(
    "governor.proposal.no_release",
    StateError,
    "the proposal installs no code: there is nothing to audit or rehearse",
    "nothing is to be done",
);
pub(super) const INCIDENT_CLOSED: CodeEntry = CodeEntry::new(
    "governor.incident.closed",
    StateError,
    "the incident is closed",
    "open another one",
);
pub(super) const PROPOSAL_NOT_FOUND: CodeEntry = CodeEntry::new(
    "governor.proposal.not_found",
    NotFound,
    "there is no such proposal",
    "list the proposals",
);
pub(super) const TARGET_NOT_FOUND: CodeEntry = CodeEntry::new(
    "governor.target.not_found",
    NotFound,
    "the canister is not under control",
    "list the targets",
);
pub(super) const MODULE_NOT_FOUND: CodeEntry =
    CodeEntry::new("governor.module.not_found", NotFound, "there is no such module", "stage it");
pub(super) const SNAPSHOT_NOT_FOUND: CodeEntry = CodeEntry::new(
    "governor.snapshot.not_found",
    NotFound,
    "there is no such fleet snapshot",
    "list the snapshots",
);
pub(super) const REHEARSAL_NOT_FOUND: CodeEntry = CodeEntry::new(
    "governor.rehearsal.not_found",
    NotFound,
    "the proposal was not rehearsed",
    "rehearse it",
);
pub(super) const AUDIT_NOT_FOUND: CodeEntry = CodeEntry::new(
    "governor.audit.not_found",
    NotFound,
    "the proposal was not audited",
    "audit it",
);
pub(super) const RUN_NOT_FOUND: CodeEntry = CodeEntry::new(
    "governor.execution.not_found",
    NotFound,
    "the proposal was not executed",
    "execute it",
);
pub(super) const INCIDENT_NOT_FOUND: CodeEntry = CodeEntry::new(
    "governor.incident.not_found",
    NotFound,
    "there is no such incident",
    "list the incidents",
);
pub(super) const CANISTER: CodeEntry = CodeEntry::new(
    "governor.canister.failed",
    SystemError,
    "another canister did not do its part",
    "look at it, and try again",
);

/// Every code of this canister.
pub const CATALOGUE: &[CodeEntry] = &[
    MEMBERS,
    COMMITTEE,
    PAYLOAD,
    NOT_SEEN,
    CHUNK,
    MODULE,
    MODULE_HASH,
    INCIDENT,
    NOT_MEMBER,
    NOT_PROPOSER,
    SELF_TARGET,
    UNREGISTERED,
    NOT_RECOVERY,
    PROPOSAL_STATE,
    VOTED,
    NOT_VOTED,
    TOO_FEW,
    TOO_EARLY,
    RUNNING,
    APART,
    NOT_STAGED,
    NOT_AUDITED,
    AUDIT_FAILED,
    NOT_REHEARSED,
    REHEARSAL_OLD,
    DENIED,
    FROM_MODULE,
    SNAPSHOT_STATE,
    SNAPSHOT_PINNED,
    ADOPTED,
    NO_RECOVERY,
    MODULE_DONE,
    NOT_RELEASE,
    INCIDENT_CLOSED,
    PROPOSAL_NOT_FOUND,
    TARGET_NOT_FOUND,
    MODULE_NOT_FOUND,
    SNAPSHOT_NOT_FOUND,
    REHEARSAL_NOT_FOUND,
    AUDIT_NOT_FOUND,
    RUN_NOT_FOUND,
    INCIDENT_NOT_FOUND,
    CANISTER,
];
