//! The codes of this canister, each with its meaning and what its operator should do.

use granary_errors::Category::{InvalidInput, NotFound, StateError, Unauthorized};
use granary_errors::CodeEntry;

pub(super) const ADDRESS_INVALID: CodeEntry = CodeEntry::new(
    "registry.address.invalid",
    InvalidInput,
    "the text is no Bitcoin address, or not of the network and script it is said to be",
    "correct the request",
);
pub(super) const SCOPE_INVALID: CodeEntry = CodeEntry::new(
    "registry.scope.invalid",
    InvalidInput,
    "a scope has letters, digits and . _ : / - only, at most 64 bytes",
    "correct the request",
);
pub(super) const PROFILE_BPS: CodeEntry = CodeEntry::new(
    "registry.profile.bps",
    InvalidInput,
    "a limit of a risk profile is between 1 and 10,000 basis points",
    "correct the request",
);
pub(super) const GRANT_TIMES: CodeEntry = CodeEntry::new(
    "registry.grant.times",
    InvalidInput,
    "the times of a grant are in order, and it lives at most two years",
    "correct the request",
);
pub(super) const POLICY_RANGE: CodeEntry = CodeEntry::new(
    "registry.policy.range",
    InvalidInput,
    "a policy is outside the range the profile allows",
    "correct the arguments; short times need the Testing profile",
);
pub(super) const EVIDENCE_MISSING: CodeEntry = CodeEntry::new(
    "registry.wallet.evidence",
    InvalidInput,
    "an attestation names the SHA-256 of what was seen",
    "keep the proof and send its hash",
);
pub(super) const NOT_USER: CodeEntry = CodeEntry::new(
    "registry.user.not_registered",
    Unauthorized,
    "the caller is no identity of any user",
    "register first",
);
pub(super) const NOT_SELF: CodeEntry = CodeEntry::new(
    "registry.user.not_self",
    Unauthorized,
    "only the user itself or the office named in `needs` may do this",
    "call with an identity of the user",
);
pub(super) const SENIORITY: CodeEntry = CodeEntry::new(
    "registry.identity.seniority",
    Unauthorized,
    "an identity unlinks itself and those that were linked after it",
    "call with an earlier identity, or ask a registrar",
);
pub(super) const NOT_PROPOSED: CodeEntry = CodeEntry::new(
    "registry.identity.not_proposed",
    Unauthorized,
    "the identity was not asked to join the user",
    "let the user propose it first",
);
pub(super) const NOT_GRANTABLE: CodeEntry = CodeEntry::new(
    "registry.grant.office",
    Unauthorized,
    "the role is given and taken by another office",
    "call with the office named in `needs`",
);
pub(super) const SELF_GRANT: CodeEntry = CodeEntry::new(
    "registry.grant.self",
    Unauthorized,
    "nobody gives a role to itself",
    "let somebody else give it",
);
pub(super) const NOT_HOLDER: CodeEntry = CodeEntry::new(
    "registry.grant.not_holder",
    Unauthorized,
    "only the holder of the grant may do this",
    "call with the holder's identity",
);
pub(super) const RAISES_LIMITS: CodeEntry = CodeEntry::new(
    "registry.profile.raises_limits",
    Unauthorized,
    "a user lowers its limits by itself; raising them takes compliance",
    "let compliance set the profile",
);
pub(super) const SELF_ATTEST: CodeEntry = CodeEntry::new(
    "registry.wallet.self_attest",
    Unauthorized,
    "nobody attests its own wallet",
    "let another registrar attest it",
);
pub(super) const USER_NOT_FOUND: CodeEntry =
    CodeEntry::new("registry.user.not_found", NotFound, "there is no such user", "list the users");
pub(super) const IDENTITY_NOT_FOUND: CodeEntry = CodeEntry::new(
    "registry.identity.not_found",
    NotFound,
    "the identity is nobody's",
    "register first",
);
pub(super) const WALLET_NOT_FOUND: CodeEntry = CodeEntry::new(
    "registry.wallet.not_found",
    NotFound,
    "there is no such wallet",
    "list the user's wallets",
);
pub(super) const PROFILE_NOT_FOUND: CodeEntry = CodeEntry::new(
    "registry.profile.not_found",
    NotFound,
    "there is no such risk profile",
    "list the risk profiles",
);
pub(super) const VERSION_NOT_FOUND: CodeEntry = CodeEntry::new(
    "registry.profile.version_not_found",
    NotFound,
    "the risk profile has no such version",
    "read the profile; versions count from 1",
);
pub(super) const GRANT_NOT_FOUND: CodeEntry = CodeEntry::new(
    "registry.grant.not_found",
    NotFound,
    "there is no such role grant",
    "list the roles",
);
pub(super) const USER_STATE: CodeEntry = CodeEntry::new(
    "registry.user.state",
    StateError,
    "the user is in a status that does not allow this",
    "see `allowed`",
);
pub(super) const WALLET_STATE: CodeEntry = CodeEntry::new(
    "registry.wallet.state",
    StateError,
    "the wallet is in a status that does not allow this",
    "see `allowed`",
);
pub(super) const GRANT_STATE: CodeEntry = CodeEntry::new(
    "registry.grant.state",
    StateError,
    "the role grant is in a state that does not allow this",
    "see `allowed`",
);
pub(super) const IDENTITY_TAKEN: CodeEntry = CodeEntry::new(
    "registry.identity.taken",
    StateError,
    "the identity belongs to a user that is not closed",
    "use another identity, or unlink it there first",
);
pub(super) const PROPOSAL_OPEN: CodeEntry = CodeEntry::new(
    "registry.identity.proposed",
    StateError,
    "the identity was asked to join already and can still answer",
    "let the identity accept",
);
pub(super) const PROPOSAL_EXPIRED: CodeEntry = CodeEntry::new(
    "registry.identity.expired",
    StateError,
    "the identity answered after its proposal expired",
    "propose it again",
);
pub(super) const LAST_IDENTITY: CodeEntry = CodeEntry::new(
    "registry.identity.last",
    StateError,
    "the last identity of a user cannot be unlinked",
    "link another first, or close the user",
);
pub(super) const NO_IDENTITY: CodeEntry = CodeEntry::new(
    "registry.user.no_identity",
    StateError,
    "the invited identity has not accepted, and an active user has at least one",
    "wait for the identity, or register the user again",
);
pub(super) const ADDRESS_TAKEN: CodeEntry = CodeEntry::new(
    "registry.wallet.address_taken",
    StateError,
    "another user has verified the address",
    "find out who controls it; the other wallet must be revoked first",
);
pub(super) const ADDRESS_REPEATED: CodeEntry = CodeEntry::new(
    "registry.wallet.repeated",
    StateError,
    "the user has a wallet with the address already",
    "use that wallet",
);
pub(super) const WALLET_USED: CodeEntry = CodeEntry::new(
    "registry.wallet.used",
    StateError,
    "money went to the wallet before",
    "nothing to do",
);
pub(super) const PROFILE_UNCHANGED: CodeEntry = CodeEntry::new(
    "registry.profile.unchanged",
    StateError,
    "the user has the risk profile already",
    "nothing to do",
);
pub(super) const GRANT_EXCLUDED: CodeEntry = CodeEntry::new(
    "registry.grant.excluded",
    StateError,
    "guardian and treasurer are never on the same user",
    "give the role to somebody else, or end the other one first",
);
pub(super) const GRANT_REPEATED: CodeEntry = CodeEntry::new(
    "registry.grant.repeated",
    StateError,
    "the holder has the role in the scope already",
    "wait until it ends, or revoke it first",
);
pub(super) const HEARTBEAT_NONE: CodeEntry = CodeEntry::new(
    "registry.grant.no_heartbeat",
    StateError,
    "the role needs no signs of life",
    "nothing to do",
);

/// Every code of this canister; docs/ERRORS.md is made of it.
pub const CATALOGUE: &[CodeEntry] = &[
    ADDRESS_INVALID,
    SCOPE_INVALID,
    PROFILE_BPS,
    GRANT_TIMES,
    POLICY_RANGE,
    EVIDENCE_MISSING,
    NOT_USER,
    NOT_SELF,
    SENIORITY,
    NOT_PROPOSED,
    NOT_GRANTABLE,
    SELF_GRANT,
    NOT_HOLDER,
    RAISES_LIMITS,
    SELF_ATTEST,
    USER_NOT_FOUND,
    IDENTITY_NOT_FOUND,
    WALLET_NOT_FOUND,
    PROFILE_NOT_FOUND,
    VERSION_NOT_FOUND,
    GRANT_NOT_FOUND,
    USER_STATE,
    WALLET_STATE,
    GRANT_STATE,
    IDENTITY_TAKEN,
    PROPOSAL_OPEN,
    PROPOSAL_EXPIRED,
    LAST_IDENTITY,
    NO_IDENTITY,
    ADDRESS_TAKEN,
    ADDRESS_REPEATED,
    WALLET_USED,
    PROFILE_UNCHANGED,
    GRANT_EXCLUDED,
    GRANT_REPEATED,
    HEARTBEAT_NONE,
];
