//! The codes of this canister, each with its meaning and what its operator should do.

use granary_errors::Category::{
    InsufficientFunds, InvalidInput, NotFound, StateError, SystemError, Unauthorized,
};
use granary_errors::CodeEntry;

pub(super) const AMOUNT_ZERO: CodeEntry = CodeEntry::new(
    "micro_grants.amount.zero",
    InvalidInput,
    "an application asks for something: 0 is refused except in a draft",
    "correct the request",
);
pub(super) const AMOUNT_BELOW_MIN: CodeEntry = CodeEntry::new(
    "micro_grants.amount.below_minimum",
    InvalidInput,
    "the request is below the programme's least grant",
    "ask for more, or let the manager change the terms while the programme is paused",
);
pub(super) const AMOUNT_ABOVE_MAX: CodeEntry = CodeEntry::new(
    "micro_grants.amount.above_maximum",
    InvalidInput,
    "the request is above the programme's largest grant",
    "ask for less, or let the manager change the terms while the programme is paused",
);
pub(super) const MILESTONE_SUM: CodeEntry = CodeEntry::new(
    "micro_grants.milestone.sum",
    InvalidInput,
    "the milestones do not add up to the request",
    "correct the plan",
);
pub(super) const PROGRAM_BOUNDS: CodeEntry = CodeEntry::new(
    "micro_grants.program.bounds",
    InvalidInput,
    "budget, least grant, largest grant and cap are not in order",
    "correct the terms",
);
pub(super) const PROGRAM_WINDOW: CodeEntry = CodeEntry::new(
    "micro_grants.program.window",
    InvalidInput,
    "a window of the terms is too short or too long",
    "correct the terms; short windows need the Testing profile",
);
pub(super) const PROGRAM_BPS: CodeEntry = CodeEntry::new(
    "micro_grants.program.bps",
    InvalidInput,
    "a share is above 10,000 basis points",
    "correct the terms",
);
pub(super) const RUBRIC_WEIGHTS: CodeEntry = CodeEntry::new(
    "micro_grants.rubric.weights",
    InvalidInput,
    "the weights of the rubric do not sum to 10,000",
    "correct the terms",
);
pub(super) const RUBRIC_RANGE: CodeEntry = CodeEntry::new(
    "micro_grants.rubric.range",
    InvalidInput,
    "a dimension of the rubric has an empty or too wide range",
    "correct the terms",
);
pub(super) const PROGRAM_QUORUM: CodeEntry = CodeEntry::new(
    "micro_grants.program.quorum",
    InvalidInput,
    "the quorum is zero or larger than the panel",
    "correct the terms",
);
pub(super) const PROGRAM_MANAGER_ALONE: CodeEntry = CodeEntry::new(
    "micro_grants.program.manager_alone",
    InvalidInput,
    "a manager who reviews could decide an application alone",
    "ask for at least two reviews, or take the manager off the panel",
);
pub(super) const SCORE_COUNT: CodeEntry = CodeEntry::new(
    "micro_grants.score.count",
    InvalidInput,
    "a review has one score for each dimension",
    "correct the request",
);
pub(super) const SCORE_RANGE: CodeEntry = CodeEntry::new(
    "micro_grants.score.range",
    InvalidInput,
    "a score is outside its dimension",
    "correct the request",
);
pub(super) const STREAM_TERMS: CodeEntry = CodeEntry::new(
    "micro_grants.stream.terms",
    InvalidInput,
    "the times of the stream are not in order",
    "correct the request",
);
pub(super) const LIST_FILTER: CodeEntry = CodeEntry::new(
    "micro_grants.list.filter",
    InvalidInput,
    "the filters of the list do not go together",
    "use programme (with or without state) or applicant",
);
pub(super) const NOT_MANAGER: CodeEntry = CodeEntry::new(
    "micro_grants.program.not_manager",
    Unauthorized,
    "only a manager of the programme may do this",
    "ask a manager of the programme",
);
pub(super) const NOT_REVIEWER: CodeEntry = CodeEntry::new(
    "micro_grants.program.not_reviewer",
    Unauthorized,
    "only a reviewer of the programme may do this",
    "let a manager put the reviewer on the panel while the programme is paused",
);
pub(super) const NOT_PANEL: CodeEntry = CodeEntry::new(
    "micro_grants.program.not_panel",
    Unauthorized,
    "only a manager or a reviewer of the programme may do this",
    "ask a manager or a reviewer",
);
pub(super) const NOT_APPLICANT: CodeEntry = CodeEntry::new(
    "micro_grants.application.not_applicant",
    Unauthorized,
    "only the applicant may do this",
    "use the identity that applied",
);
pub(super) const NOT_GRANTEE: CodeEntry = CodeEntry::new(
    "micro_grants.grant.not_grantee",
    Unauthorized,
    "only the grantee may do this",
    "use the identity the grant was offered to",
);
pub(super) const NOT_INDEPENDENT: CodeEntry = CodeEntry::new(
    "micro_grants.reviewer.not_independent",
    Unauthorized,
    "the caller has an interest in the matter",
    "let somebody else decide",
);
pub(super) const NOT_TREASURER: CodeEntry = CodeEntry::new(
    "micro_grants.payout.needs_treasurer",
    Unauthorized,
    "a payout of this size is released by the treasurer",
    "ask the treasurer to request it",
);
pub(super) const BUDGET_EXHAUSTED: CodeEntry = CodeEntry::new(
    "micro_grants.budget.exhausted",
    InsufficientFunds,
    "the programme has less money than the award needs",
    "raise the budget while the programme is paused, or free committed money",
);
pub(super) const APPLICANT_CAP: CodeEntry = CodeEntry::new(
    "micro_grants.applicant.cap",
    InsufficientFunds,
    "the applicant's open requests and awards leave less than was asked",
    "ask for less, or wait until a grant has ended",
);
pub(super) const BUDGET_CUT: CodeEntry = CodeEntry::new(
    "micro_grants.budget.below_commitments",
    InsufficientFunds,
    "the new budget is less than what is committed and paid",
    "choose a larger budget",
);
pub(super) const PROGRAM_NOT_FOUND: CodeEntry = CodeEntry::new(
    "micro_grants.program.not_found",
    NotFound,
    "there is no such programme",
    "list the programmes",
);
pub(super) const APPLICATION_NOT_FOUND: CodeEntry = CodeEntry::new(
    "micro_grants.application.not_found",
    NotFound,
    "there is no such application",
    "list the applications",
);
pub(super) const GRANT_NOT_FOUND: CodeEntry = CodeEntry::new(
    "micro_grants.grant.not_found",
    NotFound,
    "there is no such grant",
    "list the grants",
);
pub(super) const MILESTONE_NOT_FOUND: CodeEntry = CodeEntry::new(
    "micro_grants.milestone.not_found",
    NotFound,
    "the grant has no such milestone",
    "read the grant",
);
pub(super) const PAYOUT_NOT_FOUND: CodeEntry = CodeEntry::new(
    "micro_grants.payout.not_found",
    NotFound,
    "there is no such payout",
    "read the grant's payouts",
);
pub(super) const PROGRAM_STATE: CodeEntry = CodeEntry::new(
    "micro_grants.program.state",
    StateError,
    "the programme is in a state that does not allow this",
    "see `allowed`; open, pause or close the programme first",
);
pub(super) const APPLICATION_STATE: CodeEntry = CodeEntry::new(
    "micro_grants.application.state",
    StateError,
    "the application is in a state that does not allow this",
    "see `allowed`",
);
pub(super) const GRANT_STATE: CodeEntry = CodeEntry::new(
    "micro_grants.grant.state",
    StateError,
    "the grant is in a state that does not allow this",
    "see `allowed`",
);
pub(super) const MILESTONE_STATE: CodeEntry = CodeEntry::new(
    "micro_grants.milestone.state",
    StateError,
    "the milestone is in a state that does not allow this",
    "see `allowed`",
);
pub(super) const PAYOUT_STATE: CodeEntry = CodeEntry::new(
    "micro_grants.payout.state",
    StateError,
    "the payout is in a state that does not allow this",
    "see `allowed`",
);
pub(super) const GRANT_MODE: CodeEntry = CodeEntry::new(
    "micro_grants.grant.mode",
    StateError,
    "the grant is released another way",
    "see `allowed`",
);
pub(super) const PROGRAM_BUSY: CodeEntry = CodeEntry::new(
    "micro_grants.program.busy",
    StateError,
    "open applications or live grants keep the programme from closing",
    "decide the applications and end the grants first",
);
pub(super) const REVIEW_UNDECLARED: CodeEntry = CodeEntry::new(
    "micro_grants.review.undeclared",
    StateError,
    "a reviewer declares conflicts before scoring",
    "declare first",
);
pub(super) const REVIEW_RECUSED: CodeEntry = CodeEntry::new(
    "micro_grants.review.recused",
    StateError,
    "a declared conflict stays",
    "let another reviewer review",
);
pub(super) const DECLARATION_REPEATED: CodeEntry = CodeEntry::new(
    "micro_grants.declaration.repeated",
    StateError,
    "the same declaration was made before",
    "nothing to do",
);
pub(super) const REVIEW_REPEATED: CodeEntry = CodeEntry::new(
    "micro_grants.review.repeated",
    StateError,
    "a reviewer reviews a version once per panel",
    "nothing to do; a revision can be reviewed again",
);
pub(super) const REVIEW_FIRST_PANEL: CodeEntry = CodeEntry::new(
    "micro_grants.review.first_panel",
    StateError,
    "a reviewer of the first panel does not judge the appeal",
    "let other reviewers judge",
);
pub(super) const APPLICATION_BLOCKED: CodeEntry = CodeEntry::new(
    "micro_grants.application.blocked",
    StateError,
    "fewer eligible reviewers are left than the quorum needs",
    "put more independent reviewers on the panel while the programme is paused",
);
pub(super) const REVIEWS_MISSING: CodeEntry = CodeEntry::new(
    "micro_grants.application.reviews_missing",
    StateError,
    "the quorum is not reached yet",
    "wait for more reviews",
);
pub(super) const APPEAL_CLOSED: CodeEntry = CodeEntry::new(
    "micro_grants.appeal.closed",
    StateError,
    "the appeal window is over",
    "apply again",
);
pub(super) const APPEAL_USED: CodeEntry = CodeEntry::new(
    "micro_grants.appeal.used",
    StateError,
    "an application is appealed once",
    "apply again",
);
pub(super) const REVISION_CLOSED: CodeEntry = CodeEntry::new(
    "micro_grants.revision.closed",
    StateError,
    "the time for a revision is over",
    "apply again",
);
pub(super) const OFFER_LAPSED: CodeEntry = CodeEntry::new(
    "micro_grants.offer.lapsed",
    StateError,
    "the offer was not accepted in time",
    "apply again",
);
pub(super) const CHALLENGE_OPEN: CodeEntry = CodeEntry::new(
    "micro_grants.payout.challenge_open",
    StateError,
    "nothing is paid while the decision can be challenged",
    "wait until the window ends",
);
pub(super) const NOTICE_RUNNING: CodeEntry = CodeEntry::new(
    "micro_grants.notice.running",
    StateError,
    "the grantee still has time to reply",
    "wait until the notice ends",
);
pub(super) const NOTICE_REPLIED: CodeEntry = CodeEntry::new(
    "micro_grants.notice.replied",
    StateError,
    "the grantee has replied already",
    "nothing to do",
);
pub(super) const STREAM_NOTHING: CodeEntry = CodeEntry::new(
    "micro_grants.stream.nothing_to_claim",
    StateError,
    "nothing has vested that is not claimed",
    "wait",
);
pub(super) const PAYOUT_EXISTS: CodeEntry = CodeEntry::new(
    "micro_grants.payout.exists",
    StateError,
    "this was asked for already",
    "read the grant's payouts",
);
pub(super) const ASSET_UNSET: CodeEntry = CodeEntry::new(
    "micro_grants.asset.unset",
    StateError,
    "the asset's number in the books is not told, so nothing is handed over",
    "set_portfolio_asset",
);
pub(super) const STREAM_UNCHANGED: CodeEntry = CodeEntry::new(
    "micro_grants.stream.unchanged",
    StateError,
    "the stream already stands still or runs",
    "nothing to do",
);

pub(super) const APPLICANT_NOT_ACTIVE: CodeEntry = CodeEntry::new(
    "micro_grants.applicant.not_active",
    StateError,
    "the registry knows the applicant, but its user is not Active",
    "let the registry's offices admit or reactivate the user",
);
pub(super) const PROGRAM_REVIEWER_ROLE: CodeEntry = CodeEntry::new(
    "micro_grants.program.reviewer_role",
    InvalidInput,
    "somebody on the panel does not hold the role of a reviewer in the registry",
    "grant the role there, everywhere, for micro_grants or for the programme",
);
pub(super) const REVIEWER_NO_ROLE: CodeEntry = CodeEntry::new(
    "micro_grants.reviewer.no_role",
    Unauthorized,
    "the reviewer's role in the registry has ended or never began",
    "renew the role there; what was asked is known for up to a minute",
);
pub(super) const PEOPLE_CHANGED: CodeEntry = CodeEntry::new(
    "micro_grants.people.changed",
    SystemError,
    "other people came into the matter while the registry was asked about the first",
    "repeat the request",
);

/// Every code of this canister; docs/ERRORS.md is made of it.
pub const CATALOGUE: &[CodeEntry] = &[
    AMOUNT_ZERO,
    AMOUNT_BELOW_MIN,
    AMOUNT_ABOVE_MAX,
    MILESTONE_SUM,
    PROGRAM_BOUNDS,
    PROGRAM_WINDOW,
    PROGRAM_BPS,
    RUBRIC_WEIGHTS,
    RUBRIC_RANGE,
    PROGRAM_QUORUM,
    PROGRAM_MANAGER_ALONE,
    SCORE_COUNT,
    SCORE_RANGE,
    STREAM_TERMS,
    PROGRAM_REVIEWER_ROLE,
    LIST_FILTER,
    NOT_MANAGER,
    NOT_REVIEWER,
    NOT_PANEL,
    NOT_APPLICANT,
    NOT_GRANTEE,
    REVIEWER_NO_ROLE,
    NOT_INDEPENDENT,
    NOT_TREASURER,
    BUDGET_EXHAUSTED,
    APPLICANT_CAP,
    BUDGET_CUT,
    PROGRAM_NOT_FOUND,
    APPLICATION_NOT_FOUND,
    GRANT_NOT_FOUND,
    MILESTONE_NOT_FOUND,
    PAYOUT_NOT_FOUND,
    PROGRAM_STATE,
    APPLICATION_STATE,
    GRANT_STATE,
    MILESTONE_STATE,
    PAYOUT_STATE,
    GRANT_MODE,
    PROGRAM_BUSY,
    REVIEW_UNDECLARED,
    REVIEW_RECUSED,
    DECLARATION_REPEATED,
    REVIEW_REPEATED,
    REVIEW_FIRST_PANEL,
    APPLICATION_BLOCKED,
    REVIEWS_MISSING,
    APPEAL_CLOSED,
    APPEAL_USED,
    REVISION_CLOSED,
    OFFER_LAPSED,
    CHALLENGE_OPEN,
    NOTICE_RUNNING,
    NOTICE_REPLIED,
    STREAM_NOTHING,
    PAYOUT_EXISTS,
    ASSET_UNSET,
    STREAM_UNCHANGED,
    APPLICANT_NOT_ACTIVE,
    PEOPLE_CHANGED,
];
