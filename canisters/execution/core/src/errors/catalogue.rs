//! The codes of this canister, each with its meaning and what its operator should do.

use granary_errors::Category::{InvalidInput, NotFound, StateError, SystemError, Unauthorized};
use granary_errors::CodeEntry;

pub(super) const AMOUNT_ZERO: CodeEntry = CodeEntry::new(
    "execution.amount.zero",
    InvalidInput,
    "an intent pays at least one unit",
    "correct the request",
);
pub(super) const AMOUNT_DUST: CodeEntry = CodeEntry::new(
    "execution.amount.dust",
    InvalidInput,
    "the ledger's fee is as large as the amount",
    "pay more at once",
);
pub(super) const DESTINATION: CodeEntry = CodeEntry::new(
    "execution.destination.invalid",
    InvalidInput,
    "the destination is no account anybody can hold",
    "correct the request",
);
pub(super) const DESTINATION_SELF: CodeEntry = CodeEntry::new(
    "execution.destination.treasury",
    InvalidInput,
    "the destination is the treasury itself",
    "correct the request",
);
pub(super) const BITCOIN_UNSERVED: CodeEntry = CodeEntry::new(
    "execution.bitcoin.unserved",
    InvalidInput,
    "Bitcoin is not served yet",
    "use an asset of a ledger",
);
pub(super) const CYCLES_UNSERVED: CodeEntry = CodeEntry::new(
    "execution.cycles.unserved",
    InvalidInput,
    "sending cycles to a canister is not served yet",
    "top the canister up by other means",
);
pub(super) const ORIGIN: CodeEntry = CodeEntry::new(
    "execution.origin.foreign",
    InvalidInput,
    "the origin is not one the submitter may name",
    "correct the request",
);
pub(super) const EXPIRY: CodeEntry = CodeEntry::new(
    "execution.expiry.range",
    InvalidInput,
    "an intent ends in the future and within a year",
    "correct the request",
);
pub(super) const DIGEST: CodeEntry = CodeEntry::new(
    "execution.approval.digest",
    InvalidInput,
    "what was approved is not what the intent is",
    "read the intent again and decide anew",
);
pub(super) const AUTHORISATION: CodeEntry = CodeEntry::new(
    "execution.authorisation.range",
    InvalidInput,
    "a field of the standing authorisation is outside its range",
    "correct the request",
);
pub(super) const KEY_REFERENCE: CodeEntry = CodeEntry::new(
    "execution.key.invalid",
    InvalidInput,
    "the key reference is one no key can have",
    "correct the request",
);
pub(super) const SELF_APPROVAL: CodeEntry = CodeEntry::new(
    "execution.approval.own",
    Unauthorized,
    "nobody approves what they want paid",
    "ask somebody else",
);
pub(super) const NOT_INITIATOR: CodeEntry = CodeEntry::new(
    "execution.intent.foreign",
    Unauthorized,
    "only who submitted the intent may do this",
    "ask the submitter",
);
pub(super) const INTENT_NOT_FOUND: CodeEntry = CodeEntry::new(
    "execution.intent.not_found",
    NotFound,
    "there is no intent with this number",
    "check the number; after a restore numbers of forgotten intents are not used again",
);
pub(super) const ASSET_NOT_FOUND: CodeEntry = CodeEntry::new(
    "execution.asset.not_adopted",
    NotFound,
    "the asset is not adopted",
    "adopt it: its ledger and account come from the books",
);
pub(super) const AUTHORISATION_NOT_FOUND: CodeEntry = CodeEntry::new(
    "execution.authorisation.not_found",
    NotFound,
    "there is no standing authorisation with this number",
    "check the number",
);
pub(super) const ORPHAN_NOT_FOUND: CodeEntry = CodeEntry::new(
    "execution.orphan.not_found",
    NotFound,
    "there is no payment without an intent with this number",
    "check the number",
);
pub(super) const INTENT_STATE: CodeEntry = CodeEntry::new(
    "execution.intent.state",
    StateError,
    "the intent is in another state",
    "wait, or choose what fits the state",
);
pub(super) const APPROVED: CodeEntry = CodeEntry::new(
    "execution.approval.repeated",
    StateError,
    "the approver approved the intent already",
    "nothing; the approval counts once",
);
pub(super) const NOT_APPROVED: CodeEntry = CodeEntry::new(
    "execution.approval.missing",
    StateError,
    "there is no approval of the caller to take back",
    "nothing",
);
pub(super) const ASSET_CHANGED: CodeEntry = CodeEntry::new(
    "execution.asset.changed",
    StateError,
    "the books name another ledger, account or decimals than were adopted",
    "find out who changed the books; an adopted asset never changes",
);
pub(super) const CUSTODY: CodeEntry = CodeEntry::new(
    "execution.asset.custody",
    StateError,
    "the treasury's account is not this canister's",
    "register the asset with an account of the execution canister",
);
pub(super) const AUTHORISATION_OVER: CodeEntry = CodeEntry::new(
    "execution.authorisation.over",
    StateError,
    "the standing authorisation ended",
    "give a new one",
);
pub(super) const KEY_TAKEN: CodeEntry = CodeEntry::new(
    "execution.key.taken",
    StateError,
    "the derivation path is used already",
    "choose another path",
);
pub(super) const TOO_EARLY: CodeEntry = CodeEntry::new(
    "execution.quarantine.too_early",
    StateError,
    "the ledger could still execute the transfer",
    "wait until the named time",
);
pub(super) const EVIDENCE: CodeEntry = CodeEntry::new(
    "execution.quarantine.evidence",
    StateError,
    "the block is not the payment it is said to be",
    "look at the ledger again",
);
pub(super) const LOOKING: CodeEntry = CodeEntry::new(
    "execution.restore.looking",
    StateError,
    "a restore or a drain may hide what was paid",
    "wait until the blocks since then were looked at",
);
pub(super) const ORPHAN_STATE: CodeEntry = CodeEntry::new(
    "execution.orphan.state",
    StateError,
    "the payment was explained already",
    "nothing",
);
pub(super) const BOOKS: CodeEntry = CodeEntry::new(
    "execution.books.unavailable",
    SystemError,
    "the books did not answer, or not as they should",
    "look at portfolio, then try again",
);
pub(super) const LEDGER: CodeEntry = CodeEntry::new(
    "execution.ledger.unavailable",
    SystemError,
    "the ledger did not answer, or not as it should",
    "look at the ledger, then try again",
);

/// Every code, for the generated list.
pub const CATALOGUE: &[CodeEntry] = &[
    AMOUNT_ZERO,
    AMOUNT_DUST,
    DESTINATION,
    DESTINATION_SELF,
    BITCOIN_UNSERVED,
    CYCLES_UNSERVED,
    ORIGIN,
    EXPIRY,
    DIGEST,
    AUTHORISATION,
    KEY_REFERENCE,
    SELF_APPROVAL,
    NOT_INITIATOR,
    INTENT_NOT_FOUND,
    ASSET_NOT_FOUND,
    AUTHORISATION_NOT_FOUND,
    ORPHAN_NOT_FOUND,
    INTENT_STATE,
    APPROVED,
    NOT_APPROVED,
    ASSET_CHANGED,
    CUSTODY,
    AUTHORISATION_OVER,
    KEY_TAKEN,
    TOO_EARLY,
    EVIDENCE,
    LOOKING,
    ORPHAN_STATE,
    BOOKS,
    LEDGER,
];
