//! Every code of this canister, with its category, its meaning and what to do.

use granary_errors::{Category, CodeEntry};

pub(super) const AMOUNT_ZERO: CodeEntry = CodeEntry::new(
    "risk_guard.amount.zero",
    Category::InvalidInput,
    "an outflow of nothing",
    "give the amount that leaves, with its fee",
);
pub(super) const ASSET_NUMBER: CodeEntry = CodeEntry::new(
    "risk_guard.asset.number",
    Category::InvalidInput,
    "no asset can have this number",
    "give the number portfolio gave the asset",
);
pub(super) const WINDOW_SPAN: CodeEntry = CodeEntry::new(
    "risk_guard.window.span",
    Category::InvalidInput,
    "no rolling window has this length",
    "use 3600, 86400, 604800 or 2592000 seconds",
);
pub(super) const POLICY_FIELD: CodeEntry = CodeEntry::new(
    "risk_guard.policy.field",
    Category::InvalidInput,
    "a field of the policy cannot be so",
    "correct the field the message names",
);
pub(super) const POLICY_FLOOR: CodeEntry = CodeEntry::new(
    "risk_guard.policy.floor",
    Category::InvalidInput,
    "a tier asks for less than the declared floor",
    "raise the tier, or lower the floor in a change of its own",
);
pub(super) const POLICY_EMPTY: CodeEntry = CodeEntry::new(
    "risk_guard.policy.empty",
    Category::InvalidInput,
    "a change that changes nothing",
    "say what is to change",
);
pub(super) const DELAY_RANGE: CodeEntry = CodeEntry::new(
    "risk_guard.delay.range",
    Category::InvalidInput,
    "a time of the request is too short or too long",
    "keep within the bounds in the details",
);
pub(super) const STEWARD_BOUND: CodeEntry = CodeEntry::new(
    "risk_guard.steward.bound",
    Category::InvalidInput,
    "a steward may not move a parameter so far at once",
    "move it less, or propose a change of the policy",
);
pub(super) const SEAL_NO_SEAT: CodeEntry = CodeEntry::new(
    "risk_guard.seal.no_seat",
    Category::Unauthorized,
    "the caller has no armed seat for this scope",
    "have a governor arm the seat, or seal",
);
pub(super) const SEAT_NOT_HOLDER: CodeEntry = CodeEntry::new(
    "risk_guard.seat.not_holder",
    Category::Unauthorized,
    "the seat is somebody else's",
    "use the identity that holds the seat",
);
pub(super) const RESERVATION_NOT_FOUND: CodeEntry = CodeEntry::new(
    "risk_guard.reservation.not_found",
    Category::NotFound,
    "the intent never had a reservation",
    "reserve first",
);
pub(super) const ANNOUNCEMENT_NOT_FOUND: CodeEntry = CodeEntry::new(
    "risk_guard.announcement.not_found",
    Category::NotFound,
    "there is no such announcement",
    "list the announcements",
);
pub(super) const SEAL_NOT_FOUND: CodeEntry = CodeEntry::new(
    "risk_guard.seal.not_found",
    Category::NotFound,
    "there is no such seal",
    "list the seals",
);
pub(super) const SEAT_NOT_FOUND: CodeEntry = CodeEntry::new(
    "risk_guard.seat.not_found",
    Category::NotFound,
    "there is no such seat",
    "list the seats",
);
pub(super) const ALERT_NOT_FOUND: CodeEntry = CodeEntry::new(
    "risk_guard.alert.not_found",
    Category::NotFound,
    "there is no such alert",
    "list the alerts",
);
pub(super) const CHANGE_NOT_FOUND: CodeEntry = CodeEntry::new(
    "risk_guard.policy.not_found",
    Category::NotFound,
    "there is no such change of the policy",
    "list the changes",
);
pub(super) const RESERVATION_CONFLICT: CodeEntry = CodeEntry::new(
    "risk_guard.reservation.conflict",
    Category::StateError,
    "the intent holds a reservation with other arguments",
    "release it first, or use the arguments it was made with",
);
pub(super) const RESERVATION_STATE: CodeEntry = CodeEntry::new(
    "risk_guard.reservation.state",
    Category::StateError,
    "the reservation is not where the request needs it",
    "read the reservation",
);
pub(super) const SEAL_ACTIVE: CodeEntry = CodeEntry::new(
    "risk_guard.seal.active",
    Category::StateError,
    "the scope is sealed already",
    "keep the seat for later; a governor can extend the seal",
);
pub(super) const SEAL_STATE: CodeEntry = CodeEntry::new(
    "risk_guard.seal.state",
    Category::StateError,
    "the seal has ended",
    "nothing is left to do",
);
pub(super) const SEAT_STATE: CodeEntry = CodeEntry::new(
    "risk_guard.seat.state",
    Category::StateError,
    "the seat is not armed",
    "have a governor arm it",
);
pub(super) const ANNOUNCEMENT_STATE: CodeEntry = CodeEntry::new(
    "risk_guard.announcement.state",
    Category::StateError,
    "the announcement is not waiting",
    "read the announcement",
);
pub(super) const CHANGE_STATE: CodeEntry = CodeEntry::new(
    "risk_guard.policy.state",
    Category::StateError,
    "the change is not waiting any more",
    "propose it again",
);
pub(super) const CHANGE_WAITS: CodeEntry = CodeEntry::new(
    "risk_guard.policy.waits",
    Category::StateError,
    "what loosens is not effective before its delay",
    "wait until the time in the details",
);
pub(super) const STEWARD_TOO_SOON: CodeEntry = CodeEntry::new(
    "risk_guard.steward.too_soon",
    Category::StateError,
    "the parameter changed a short time ago",
    "wait until the time in the details",
);
pub(super) const STEWARD_UNSET: CodeEntry = CodeEntry::new(
    "risk_guard.steward.unset",
    Category::StateError,
    "the asset has no such parameter",
    "propose a change of the policy",
);
pub(super) const ALERT_STATE: CodeEntry = CodeEntry::new(
    "risk_guard.alert.state",
    Category::StateError,
    "the alert is not where the request needs it",
    "read the alert",
);
pub(super) const TREASURY_ASKING: CodeEntry = CodeEntry::new(
    "risk_guard.treasury.asking",
    Category::StateError,
    "the treasury is being asked, or was a moment ago",
    "wait until the time in the details",
);
pub(super) const TREASURY_UNAVAILABLE: CodeEntry = CodeEntry::new(
    "risk_guard.treasury.unavailable",
    Category::SystemError,
    "the books did not say what the treasury has",
    "check portfolio; absolute limits bind meanwhile",
);
pub(super) const TREASURY_REPLY: CodeEntry = CodeEntry::new(
    "risk_guard.treasury.reply",
    Category::SystemError,
    "the books' answer cannot be used",
    "compare the versions of portfolio and risk_guard",
);

/// Every code of this canister.
pub const CATALOGUE: &[CodeEntry] = &[
    AMOUNT_ZERO,
    ASSET_NUMBER,
    WINDOW_SPAN,
    POLICY_FIELD,
    POLICY_FLOOR,
    POLICY_EMPTY,
    DELAY_RANGE,
    STEWARD_BOUND,
    SEAL_NO_SEAT,
    SEAT_NOT_HOLDER,
    RESERVATION_NOT_FOUND,
    ANNOUNCEMENT_NOT_FOUND,
    SEAL_NOT_FOUND,
    SEAT_NOT_FOUND,
    ALERT_NOT_FOUND,
    CHANGE_NOT_FOUND,
    RESERVATION_CONFLICT,
    RESERVATION_STATE,
    SEAL_ACTIVE,
    SEAL_STATE,
    SEAT_STATE,
    ANNOUNCEMENT_STATE,
    CHANGE_STATE,
    CHANGE_WAITS,
    STEWARD_TOO_SOON,
    STEWARD_UNSET,
    ALERT_STATE,
    TREASURY_ASKING,
    TREASURY_UNAVAILABLE,
    TREASURY_REPLY,
];
