//! Every bound of the canister, with its unit and its reason; what is the same in every canister
//! stands in [`granary_kernel::limits`].

use granary_units::Duration;

/// Assets the policy can name; as many as `portfolio` keeps books for, under the same numbers.
pub const MAX_ASSETS: u32 = 256;
/// Reservations there ever are; their numbers have 32 bits.
pub const MAX_RESERVATIONS: u64 = 4_000_000_000;
/// Parts a rolling window is summed in. Each outflow counts for its window and at most one part
/// longer, never shorter.
pub const WINDOW_PARTS: u64 = 24;
/// Parts that are kept: those of a whole window, and the one that has begun.
pub const RING: usize = 25;

/// How long capacity stays taken without a word. A transfer whose outcome is unknown may be sent
/// again unchanged for a ledger's deduplication window of 24 hours; two hours more for the ledger's
/// permitted drift and for the last word to arrive.
pub const HOLD: Duration = Duration::seconds(26 * HOUR_SECONDS);
/// Reservations one run of the clock lets expire.
pub const EXPIRE_PER_RUN: u32 = 50;

/// Shortest seal: one that ends before people met decides nothing.
pub const SEAL_LEAST: Duration = Duration::seconds(HOUR_SECONDS);
/// Longest seal: whoever needs more time has had time to govern.
pub const SEAL_MOST: Duration = Duration::seconds(14 * DAY_SECONDS);
/// Seals active at one time; every outflow is compared with each of them.
pub const MAX_SEALS: u64 = 16;
/// Seats of guardians.
pub const MAX_SEATS: u64 = 64;
/// Shortest time a guardian may be given to show signs of life.
pub const HEARTBEAT_LEAST: Duration = Duration::seconds(HOUR_SECONDS);
/// Longest time.
pub const HEARTBEAT_MOST: Duration = Duration::seconds(90 * DAY_SECONDS);

/// Least wait of what loosens, in production.
pub const LOOSEN_LEAST: Duration = Duration::seconds(2 * DAY_SECONDS);
/// Least wait of what loosens, where tests and people at a terminal wait for it.
pub const LOOSEN_LEAST_TESTING: Duration = Duration::seconds(1);
/// Least time between an announcement and its outflow, in production: longer than any loosening
/// needs at least.
pub const ANNOUNCE_LEAST: Duration = Duration::seconds(3 * DAY_SECONDS);
/// The same elsewhere.
pub const ANNOUNCE_LEAST_TESTING: Duration = Duration::seconds(1);
/// Longest of any delay of the policy.
pub const DELAY_MOST: Duration = Duration::seconds(90 * DAY_SECONDS);
/// How far ahead an announcement may end.
pub const ANNOUNCE_HORIZON: Duration = Duration::seconds(180 * DAY_SECONDS);
/// Announcements open at one time.
pub const MAX_ANNOUNCEMENTS: u64 = 256;

/// Approval tiers of a policy.
pub const MAX_TIERS: usize = 8;
/// Approvals one tier can ask for: more people never come together in time.
pub const MAX_APPROVALS: u32 = 20;
/// Assets one change names.
pub const MAX_CHANGED_ASSETS: usize = 64;
/// Destinations one change names.
pub const MAX_CHANGED_DESTINATIONS: usize = 64;
/// Changes that wait at one time.
pub const MAX_WAITING: u64 = 8;
/// How long a change may be applied once its wait is over: consent does not outlive its context.
pub const CHANGE_LIFETIME: Duration = Duration::seconds(14 * DAY_SECONDS);
/// Changes there ever are.
pub const MAX_CHANGES: u64 = 1_000_000;
/// Decimal places of an asset's smallest unit.
pub const MAX_DECIMALS: u8 = 36;
/// Outflows of one asset counted in one window, at most.
pub const MAX_TX_PER_WINDOW: u32 = 1_000_000;
/// Longest age of a price a policy can allow.
pub const PRICE_AGE_MOST: Duration = Duration::seconds(7 * DAY_SECONDS);
/// The whole, in basis points.
pub const WHOLE_BPS: u16 = 10_000;

/// Age from which a balance is asked for anew before an outflow is decided.
pub const BALANCE_AGE: Duration = Duration::seconds(600);
/// How often the treasury is asked for when all is well; within the age above.
pub const REFRESH_EVERY: Duration = Duration::seconds(300);
/// How long one question about the treasury may be open: three calls of half a minute.
pub const REFRESH_LEASE: Duration = Duration::seconds(120);
/// Between two questions about the treasury that outflows cause, on average.
pub const REFRESH_PACE: Duration = Duration::seconds(10);
/// Questions that may come at once.
pub const REFRESH_BURST: u32 = 3;
/// Days over which the highest value of the treasury is remembered.
pub const PEAK_DAYS: usize = 30;

/// Share of a limit from which it is nearly used, in basis points.
pub const NEARLY_USED_BPS: u128 = 8_000;
/// Share of memory that warns, in basis points.
pub const MEMORY_WARNS_BPS: u128 = 8_000;
/// Share of memory that is critical, in basis points.
pub const MEMORY_CRITICAL_BPS: u128 = 9_000;
/// Cycles below which it warns.
pub const CYCLES_WARN: u128 = 1_000_000_000_000;
/// Cycles below which it is critical.
pub const CYCLES_CRITICAL: u128 = 500_000_000_000;
/// Days of runway below which it warns.
pub const RUNWAY_WARNS_DAYS: u128 = 30;
/// Days of runway below which it is critical.
pub const RUNWAY_CRITICAL_DAYS: u128 = 7;
/// A health check that takes longer warns, nanoseconds.
pub const HEALTH_SLOW_NS: u128 = 10_000_000_000;
/// Length of the part in which outcomes are counted.
pub const OUTCOME_PART: Duration = Duration::seconds(600);
/// Parts that count: an hour.
pub const OUTCOME_PARTS: usize = 6;
/// Services whose outcomes are told: three fixed ones and a ledger for each asset.
pub const MAX_SERVICES: u64 = 259;

/// Name of a person or channel in the escalation policy, bytes.
pub const MAX_CONTACT_BYTES: usize = 64;
/// Steps of an escalation behind the backup.
pub const MAX_ESCALATION: usize = 8;
/// Shortest time for an acknowledgement.
pub const ESCALATE_LEAST: Duration = Duration::seconds(60);
/// Longest time.
pub const ESCALATE_MOST: Duration = Duration::seconds(7 * DAY_SECONDS);
/// Reason of a seal or of a withdrawal, bytes.
pub const MAX_REASON_BYTES: usize = 120;
/// Ways of leaving one explanation names.
pub const MAX_PATHS: usize = 64;

const HOUR_SECONDS: u32 = 3_600;
const DAY_SECONDS: u32 = 86_400;

const _: () = {
    assert!(HOLD.as_nanos() > Duration::seconds(DAY_SECONDS).as_nanos());
    assert!(ANNOUNCE_LEAST.as_nanos() > LOOSEN_LEAST.as_nanos());
    assert!(REFRESH_EVERY.as_nanos() < BALANCE_AGE.as_nanos());
    assert!(SEAL_LEAST.as_nanos() < SEAL_MOST.as_nanos());
    assert!(MAX_RESERVATIONS < 0xffff_ffff);
};
