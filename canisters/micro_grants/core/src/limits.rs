//! Every bound of the canister, with its unit and its reason; those it shares with all canisters
//! come from the kernel.

pub use granary_kernel::limits::{
    MAX_EVENT_PAGE, MAX_EXPORT_BYTES, MAX_PAGE, MAX_TICK_JOBS, MAX_VALIDATE_ITEMS, MAX_VIOLATIONS,
};
use granary_units::Duration;

/// Applications one canister can hold (G11): ids are dense 32-bit numbers, and the widest list of
/// a million rows was the scale the figures were measured at; four times that leaves headroom.
pub const MAX_APPLICATIONS: u64 = 4_000_000;
/// Drafts and applications together; drafts cost storage too but do not count towards G11.
pub const MAX_APPLICATION_SLOTS: u64 = 8_000_000;
/// Share of [`MAX_APPLICATIONS`] above which the canister is Degraded, basis points.
pub const DEGRADED_FROM_BPS: u64 = 8_000;
/// Programmes one canister can hold.
pub const MAX_PROGRAMS: u64 = 10_000;
/// Times one applicant may save drafts in one programme: each save keeps its bytes for ever, and
/// nobody should fill the canister for free.
pub const MAX_DRAFT_SAVES: u32 = 1_000;

/// Managers of one programme.
pub const MAX_MANAGERS: usize = 16;
/// Reviewers a programme may have at one time.
pub const MAX_REVIEWERS: usize = 32;
/// Seats a programme ever gives; a former reviewer keeps the seat so that its reviews keep theirs.
pub const MAX_SEATS: usize = 128;
/// Axes of a rubric.
pub const MAX_DIMENSIONS: usize = 12;
/// Highest score a dimension may use.
pub const MAX_SCORE: u32 = 1_000_000;
/// A whole, in basis points.
pub const WHOLE_BPS: u32 = 10_000;

/// Title of a programme or an application, bytes.
pub const MAX_TITLE_BYTES: usize = 200;
/// Summary of an application or a progress report, bytes.
pub const MAX_SUMMARY_BYTES: usize = 4_096;
/// Name of a rubric's dimension, bytes.
pub const MAX_NAME_BYTES: usize = 64;
/// A link or the address of a piece of evidence, bytes.
pub const MAX_URI_BYTES: usize = 512;
/// Links of an application.
pub const MAX_LINKS: usize = 8;
/// People besides the applicant.
pub const MAX_TEAM: usize = 16;
/// Milestones of one grant.
pub const MAX_MILESTONES: usize = 32;
/// What must be shown for one milestone, bytes.
pub const MAX_CRITERIA_BYTES: usize = 512;
/// Pieces of evidence with one submission or report.
pub const MAX_EVIDENCE: usize = 8;
/// Progress reports of one grant.
pub const MAX_REPORTS: u32 = 1_000;
/// Revisions of one application, its first version included.
pub const MAX_VERSIONS: u16 = 100;
/// Symbol of the asset, bytes.
pub const MAX_SYMBOL_BYTES: usize = 12;
/// Decimal places of the asset's smallest unit.
pub const MAX_DECIMALS: u8 = 18;

/// Largest budget of a programme, units: sums over every programme still fit 128 bits.
pub const MAX_BUDGET_UNITS: u128 = 1 << 100;

/// Longest review, appeal, challenge or inactivity window.
pub const MAX_WINDOW: Duration = Duration::seconds(10 * 365 * DAY_SECONDS);
/// Shortest review and inactivity window in production: people need a day to answer.
pub const MIN_WINDOW: Duration = Duration::seconds(DAY_SECONDS);
/// How long an offer stands before it lapses.
pub const OFFER_LIFETIME: Duration = Duration::seconds(30 * DAY_SECONDS);
/// Least time between notice and termination: the grantee's right to reply.
pub const NOTICE_PERIOD: Duration = Duration::seconds(7 * DAY_SECONDS);
/// Longest stream.
pub const MAX_STREAM: Duration = Duration::seconds(10 * 365 * DAY_SECONDS);

/// Longest reason for a payout's failure that is kept, bytes.
pub const MAX_REASON_BYTES: usize = 200;
/// How long one question to `execution` is nobody else's: longer than any of its waits.
pub const PAYOUT_LEASE: Duration = Duration::seconds(180);
/// How often a payout that may not leave is looked at again: what holds it back ends by a person.
pub const PAYOUT_HELD: Duration = Duration::seconds(300);
/// A payout that is not settled after this time makes the canister Degraded.
pub const PAYOUT_LATE: Duration = Duration::seconds(DAY_SECONDS);
/// Payouts one walk looks at in one beat.
pub const PAYOUT_WALK: u32 = 500;

const DAY_SECONDS: u32 = 86_400;

const _: () = {
    assert!(MAX_APPLICATIONS < MAX_APPLICATION_SLOTS);
    assert!(MAX_REVIEWERS < MAX_SEATS);
    assert!(NOTICE_PERIOD.as_nanos() >= 7 * 86_400_000_000_000);
    // One application with everything at its bound stays far below one export page.
    assert!(
        MAX_TITLE_BYTES
            + MAX_SUMMARY_BYTES
            + MAX_LINKS * MAX_URI_BYTES
            + MAX_TEAM * 30
            + MAX_MILESTONES * (MAX_CRITERIA_BYTES + 32)
            < 32_768
    );
    // The budgets of every programme together fit the 128 bits of the totals.
    assert!(MAX_BUDGET_UNITS.checked_mul(10_000).is_some());
    assert!(DEGRADED_FROM_BPS < 10_000);
};
