//! The codes that mean the same in every canister.

use crate::Category::{InvalidInput, NotFound, StateError, SystemError, Unauthorized};
use crate::{Code, CodeEntry};

/// The anonymous identity may only call methods marked public.
pub const ANONYMOUS: Code = Code::new("common.anonymous");
/// The caller lacks the role the method needs.
pub const NOT_ALLOWED: Code = Code::new("common.not_allowed");
/// The method belongs to the operators and the controller.
pub const TRUSTED_ONLY: Code = Code::new("common.trusted_only");
/// The canister takes no changes while it is in mode `ReadOnly`.
pub const MODE_READ_ONLY: Code = Code::new("common.mode.read_only");
/// No money leaves while outflows are frozen.
pub const MODE_OUTFLOWS_FROZEN: Code = Code::new("common.mode.outflows_frozen");
/// Only listed principals may make changes for now.
pub const MODE_RESTRICTED: Code = Code::new("common.mode.restricted");
/// The canister finishes its work before an upgrade and takes no new work.
pub const LIFECYCLE_DRAINING: Code = Code::new("common.lifecycle.draining");
/// The canister is being filled from a backup.
pub const LIFECYCLE_IMPORTING: Code = Code::new("common.lifecycle.importing");
/// State can be imported only into a fresh canister that was opened for it.
pub const LIFECYCLE_NOT_IMPORTING: Code = Code::new("common.lifecycle.not_importing");
/// The canister is a copy on which an upgrade is tried, and takes no work.
pub const LIFECYCLE_REHEARSING: Code = Code::new("common.lifecycle.rehearsing");
/// There is no drain to resume from.
pub const LIFECYCLE_NOT_DRAINING: Code = Code::new("common.lifecycle.not_draining");
/// The request names an epoch that is not the current one.
pub const EPOCH_STALE: Code = Code::new("common.epoch.stale");
/// An idempotency key has 1 to 64 bytes.
pub const IDEMPOTENCY_KEY_SIZE: Code = Code::new("common.idempotency.key_size");
/// The idempotency key was used before with other arguments.
pub const IDEMPOTENCY_CONFLICT: Code = Code::new("common.idempotency.conflict");
/// The table of recent requests is full until its oldest half expires.
pub const IDEMPOTENCY_FULL: Code = Code::new("common.idempotency.full");
/// A page asks for no items or for more than the limit.
pub const PAGE_LIMIT: Code = Code::new("common.page.limit");
/// The cursor is not one this list gave out.
pub const PAGE_CURSOR: Code = Code::new("common.page.cursor");
/// The item at the cursor has left the list since the last page.
pub const PAGE_CURSOR_MOVED: Code = Code::new("common.page.cursor_moved");
/// A text is empty or longer than its limit.
pub const TEXT_SIZE: Code = Code::new("common.text.size");
/// A list is empty or longer than its limit.
pub const LIST_SIZE: Code = Code::new("common.list.size");
/// An amount or a sum of amounts is outside what can be counted.
pub const AMOUNT_RANGE: Code = Code::new("common.amount.range");
/// The caller made too many requests in a short time.
pub const RATE_LIMITED: Code = Code::new("common.rate_limited");
/// A call to another canister was refused before it had an effect.
pub const CALL_REJECTED: Code = Code::new("common.call.rejected");
/// A call to another canister may or may not have had an effect.
pub const CALL_UNKNOWN: Code = Code::new("common.call.unknown");
/// Another canister answered in a shape this one does not know.
pub const CALL_REPLY: Code = Code::new("common.call.reply");
/// Stable memory or a table in it has no room left.
pub const STORAGE_FULL: Code = Code::new("common.storage.full");
/// The request needs a part of the state that is still being migrated.
pub const MIGRATION_RUNNING: Code = Code::new("common.migration.running");
/// A migration met a record it cannot carry over.
pub const MIGRATION_FAILED: Code = Code::new("common.migration.failed");
/// There is no such job.
pub const JOB_NOT_FOUND: Code = Code::new("common.job.not_found");
/// The page does not follow the last one imported.
pub const IMPORT_ORDER: Code = Code::new("common.import.order");
/// The page is not one that an export of this canister made.
pub const IMPORT_FORMAT: Code = Code::new("common.import.format");
/// Somebody is named twice in one list.
pub const PERSON_DUPLICATE: Code = Code::new("common.person.duplicate");
/// The anonymous and the management principal cannot hold rights.
pub const PERSON_INVALID: Code = Code::new("common.person.invalid");
/// A digest has 32 bytes.
pub const HASH_SIZE: Code = Code::new("common.hash.size");
/// A number or a configured bound is outside what the code can hold.
pub const LIMIT: Code = Code::new("common.limit");
/// The deadline of a drain is in the past or too far.
pub const DRAIN_DEADLINE: Code = Code::new("common.drain.deadline");
/// No domain of the state has this name.
pub const EXPORT_DOMAIN: Code = Code::new("common.export.domain");
/// No more fit under a bound of the code or the configuration.
pub const CAPACITY_FULL: Code = Code::new("common.capacity.full");
/// The last governor cannot be removed.
pub const ROLE_LAST_GOVERNOR: Code = Code::new("common.role.last_governor");
/// The canister gives this name to no other canister.
pub const PEER_UNKNOWN: Code = Code::new("common.peer.unknown");
/// Nobody has told the canister where the other one is.
pub const PEER_UNSET: Code = Code::new("common.peer.unset");
/// The same work is under way.
pub const BUSY: Code = Code::new("common.busy");

/// Every common code with its explanation.
pub const CATALOGUE: &[CodeEntry] = &[
    CodeEntry {
        code: ANONYMOUS,
        category: Unauthorized,
        meaning: "the anonymous identity may only call methods marked public",
        operator_action: "tell the caller to sign in",
    },
    CodeEntry {
        code: NOT_ALLOWED,
        category: Unauthorized,
        meaning: "the caller lacks the role the method needs",
        operator_action: "grant the role named in `needs`, or leave it so",
    },
    CodeEntry {
        code: TRUSTED_ONLY,
        category: Unauthorized,
        meaning: "the method belongs to the operators and the controller",
        operator_action: "call with the operator's identity",
    },
    CodeEntry {
        code: MODE_READ_ONLY,
        category: StateError,
        meaning: "the canister takes no changes while it is in mode ReadOnly",
        operator_action: "find out who set the mode and why, then loosen it",
    },
    CodeEntry {
        code: MODE_OUTFLOWS_FROZEN,
        category: StateError,
        meaning: "no money leaves while outflows are frozen",
        operator_action: "find out who froze them and why, then loosen the mode",
    },
    CodeEntry {
        code: MODE_RESTRICTED,
        category: StateError,
        meaning: "only listed principals may make changes for now",
        operator_action: "add the principal to the list or loosen the mode",
    },
    CodeEntry {
        code: LIFECYCLE_DRAINING,
        category: StateError,
        meaning: "the canister finishes its work before an upgrade and takes no new work",
        operator_action: "wait for the upgrade, or resume",
    },
    CodeEntry {
        code: LIFECYCLE_IMPORTING,
        category: StateError,
        meaning: "the canister is being filled from a backup",
        operator_action: "finish the import",
    },
    CodeEntry {
        code: LIFECYCLE_NOT_IMPORTING,
        category: StateError,
        meaning: "state can be imported only into a fresh canister that was opened for it",
        operator_action: "install a fresh canister in import mode",
    },
    CodeEntry {
        code: LIFECYCLE_REHEARSING,
        category: StateError,
        meaning: "the canister is a copy on which an upgrade is tried, and takes no work",
        operator_action: "ask the canister it is a copy of; a plain upgrade ends a rehearsal",
    },
    CodeEntry {
        code: LIFECYCLE_NOT_DRAINING,
        category: StateError,
        meaning: "there is no drain to resume from",
        operator_action: "check the lifecycle state with get_drain_status",
    },
    CodeEntry {
        code: EPOCH_STALE,
        category: StateError,
        meaning: "the request names an epoch that is not the current one",
        operator_action: "read the current epoch and decide again",
    },
    CodeEntry {
        code: IDEMPOTENCY_KEY_SIZE,
        category: InvalidInput,
        meaning: "an idempotency key has 1 to 64 bytes",
        operator_action: "correct the client",
    },
    CodeEntry {
        code: IDEMPOTENCY_CONFLICT,
        category: StateError,
        meaning: "the idempotency key was used before with other arguments",
        operator_action: "use a fresh key for a different request",
    },
    CodeEntry {
        code: IDEMPOTENCY_FULL,
        category: SystemError,
        meaning: "the table of recent requests is full until its oldest half expires",
        operator_action: "look for a client that floods the canister",
    },
    CodeEntry {
        code: PAGE_LIMIT,
        category: InvalidInput,
        meaning: "a page asks for no items or for more than the limit",
        operator_action: "ask for a page within the limit",
    },
    CodeEntry {
        code: PAGE_CURSOR,
        category: InvalidInput,
        meaning: "the cursor is not one this list gave out",
        operator_action: "start the listing again",
    },
    CodeEntry {
        code: PAGE_CURSOR_MOVED,
        category: StateError,
        meaning: "the item at the cursor has left the list since the last page",
        operator_action: "start the listing again, or list by id",
    },
    CodeEntry {
        code: TEXT_SIZE,
        category: InvalidInput,
        meaning: "a text is empty or longer than its limit",
        operator_action: "correct the request",
    },
    CodeEntry {
        code: LIST_SIZE,
        category: InvalidInput,
        meaning: "a list is empty or longer than its limit",
        operator_action: "correct the request",
    },
    CodeEntry {
        code: AMOUNT_RANGE,
        category: InvalidInput,
        meaning: "an amount or a sum of amounts is outside what can be counted",
        operator_action: "correct the request",
    },
    CodeEntry {
        code: RATE_LIMITED,
        category: SystemError,
        meaning: "the caller made too many requests in a short time",
        operator_action: "look for a client that floods the canister",
    },
    CodeEntry {
        code: CALL_REJECTED,
        category: SystemError,
        meaning: "a call to another canister was refused before it had an effect",
        operator_action: "look at the callee's health",
    },
    CodeEntry {
        code: CALL_UNKNOWN,
        category: SystemError,
        meaning: "a call to another canister may or may not have had an effect",
        operator_action: "let reconciliation find out; do not repeat by hand",
    },
    CodeEntry {
        code: CALL_REPLY,
        category: SystemError,
        meaning: "another canister answered in a shape this one does not know",
        operator_action: "compare the versions of both canisters",
    },
    CodeEntry {
        code: STORAGE_FULL,
        category: SystemError,
        meaning: "stable memory or a table in it has no room left",
        operator_action: "raise the limit or archive old records",
    },
    CodeEntry {
        code: MIGRATION_RUNNING,
        category: SystemError,
        meaning: "the request needs a part of the state that is still being migrated",
        operator_action: "wait; see get_migration_status",
    },
    CodeEntry {
        code: MIGRATION_FAILED,
        category: StateError,
        meaning: "a migration met a record it cannot carry over",
        operator_action: "go back to the snapshot from before the upgrade; do not release the code",
    },
    CodeEntry {
        code: JOB_NOT_FOUND,
        category: NotFound,
        meaning: "there is no such job",
        operator_action: "list the jobs first",
    },
    CodeEntry {
        code: IMPORT_ORDER,
        category: StateError,
        meaning: "the page does not follow the last one imported",
        operator_action: "send the page that the status names",
    },
    CodeEntry {
        code: IMPORT_FORMAT,
        category: InvalidInput,
        meaning: "the page is not one that an export of this canister made",
        operator_action: "compare canister kind, schema and digest of the export",
    },
    CodeEntry {
        code: PERSON_DUPLICATE,
        category: InvalidInput,
        meaning: "somebody is named twice in one list",
        operator_action: "correct the request",
    },
    CodeEntry {
        code: PERSON_INVALID,
        category: InvalidInput,
        meaning: "the anonymous and the management principal cannot hold rights",
        operator_action: "correct the request",
    },
    CodeEntry {
        code: HASH_SIZE,
        category: InvalidInput,
        meaning: "a digest has 32 bytes",
        operator_action: "correct the client",
    },
    CodeEntry {
        code: LIMIT,
        category: InvalidInput,
        meaning: "a number or a configured bound is outside what the code can hold",
        operator_action: "give or configure a smaller number",
    },
    CodeEntry {
        code: DRAIN_DEADLINE,
        category: InvalidInput,
        meaning: "the deadline of a drain is in the past or too far",
        operator_action: "choose a deadline within a day",
    },
    CodeEntry {
        code: EXPORT_DOMAIN,
        category: InvalidInput,
        meaning: "no domain of the state has this name",
        operator_action: "use a domain of the canister's documentation",
    },
    CodeEntry {
        code: CAPACITY_FULL,
        category: StateError,
        meaning: "no more fit under a bound of the code or the configuration",
        operator_action: "raise the bound if the code allows it, or make room",
    },
    CodeEntry {
        code: ROLE_LAST_GOVERNOR,
        category: StateError,
        meaning: "the last governor cannot be removed",
        operator_action: "name another governor first",
    },
    CodeEntry {
        code: PEER_UNKNOWN,
        category: InvalidInput,
        meaning: "the canister gives this name to no other canister",
        operator_action: "use one of the names the message lists",
    },
    CodeEntry {
        code: PEER_UNSET,
        category: StateError,
        meaning: "nobody has told the canister where the other one is",
        operator_action: "call set_peer as governor",
    },
    CodeEntry {
        code: BUSY,
        category: StateError,
        meaning: "the same work is under way",
        operator_action: "wait until it is done, then look at its outcome",
    },
];
