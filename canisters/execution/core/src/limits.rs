//! Every bound of the canister, with its unit and its reason; what is the same in every canister
//! stands in [`granary_kernel::limits`].

use granary_resilience::batch::BatchRule;
use granary_resilience::breaker::BreakerRule;
use granary_resilience::quota::Allowance;
use granary_resilience::retry::RetryPolicy;
use granary_units::{Bps, Duration};

/// Intents the canister can hold: their rows stay below 8 GiB.
pub const MAX_INTENTS: u64 = 16_000_000;
/// Intents that may be on their way at once: each has a job, and the job table is for thousands.
pub const MAX_OPEN: u64 = 20_000;
/// Intents one beat gives a job: half of what it looks at, so that what has a job goes on too.
pub const TAKEN_AT_ONCE: u32 = 50;
/// Assets: as many as `portfolio` keeps books for, since their numbers are its.
pub const MAX_ASSETS: u64 = 256;
/// Idempotency key, bytes.
pub const MAX_KEY_BYTES: usize = 64;
/// Reason given by a person, bytes.
pub const MAX_REASON_BYTES: usize = granary_kernel::limits::MAX_REASON_BYTES;
/// Approvals an intent ever gets: more people than any tier asks for, and each may change its mind.
pub const MAX_APPROVALS: u32 = 32;
/// Standing authorisations that were ever given.
pub const MAX_AUTHORISATIONS: u64 = 10_000;
/// Standing authorisations in force at once: an intent looks at each of them.
pub const MAX_LIVE_AUTHORISATIONS: usize = 64;
/// Destinations of one standing authorisation.
pub const MAX_DESTINATIONS: usize = 16;
/// Uses of one authorisation inside its window that are added up; one more needs a person.
pub const MAX_USES: u32 = 200;
/// Signing key references.
pub const MAX_KEYS: u64 = 256;
/// Name of a key, bytes.
pub const MAX_KEY_NAME_BYTES: usize = 32;
/// Derivation path of a key, bytes over all its parts.
pub const MAX_PATH_BYTES: usize = 64;
/// Payments without an intent that are kept.
pub const MAX_ORPHANS: u64 = 100_000;
/// Intents of one page: each is read with its approvals and its newest error.
pub const MAX_PAGE: u32 = 50;
/// Intents one call of `execute_ready` wakes.
pub const MAX_BATCH: u32 = 20;
/// Calls to others one beat begins: what is due beyond that waits a second.
pub const CALLS_PER_BEAT: u32 = 20;

/// How long an intent lives when its submitter names no time.
pub const DEFAULT_LIFE: Duration = Duration::seconds(30 * DAY_SECONDS);
/// Longest life of an intent.
pub const MAX_LIFE: Duration = Duration::seconds(366 * DAY_SECONDS);
/// How long an approval counts.
pub const APPROVAL_LIFE: Duration = Duration::seconds(7 * DAY_SECONDS);
/// Longest life of a standing authorisation.
pub const MAX_AUTHORISATION_LIFE: Duration = Duration::seconds(366 * DAY_SECONDS);
/// Shortest window of a standing authorisation: a shorter one is no limit.
pub const MIN_WINDOW: Duration = Duration::seconds(3_600);
/// Longest window of a standing authorisation.
pub const MAX_WINDOW: Duration = Duration::seconds(90 * DAY_SECONDS);

/// For how long a ledger knows a repetition, and takes a transfer at all after the time the
/// transfer carries (ICRC-1: the transaction window, 24 h).
pub const LEDGER_WINDOW: Duration = Duration::seconds(DAY_SECONDS);
/// How far the ledger's clock may be from ours (ICRC-1: the permitted drift, 2 min; doubled).
pub const LEDGER_DRIFT: Duration = Duration::seconds(240);
/// How long before the end of the window nothing is repeated any more (K39).
pub const WINDOW_SLACK: Duration = Duration::seconds(300);
/// A transfer that was never under way gets a new time when its time is older than this.
pub const RENEW_AFTER: Duration = Duration::seconds(20 * 3_600);
/// How long a call may be under way before it is taken for lost; every call waits at most a
/// minute, and a step makes at most three in a row.
pub const CALL_LEASE: Duration = Duration::seconds(300);
/// How long nothing is sent after a restore: longer than a bounded wait and the difference of two
/// clocks, so that what was sent before the restore is in the ledger or will never be.
pub const RESTORE_QUIET: Duration = Duration::seconds(600);
/// Blocks one look asks for.
pub const SCAN_BLOCKS: u64 = 100;
/// How long evidence may stay out before people must look.
pub const MAX_SEARCH: Duration = Duration::seconds(7 * DAY_SECONDS);
/// How long a ledger's fee is taken as known.
pub const FEE_TTL: Duration = Duration::seconds(300);
/// Entries and adjustments carry an idempotency key that the books know for a day; after this
/// long an adjustment without an answer is left to people.
pub const ADJUST_WINDOW: Duration = Duration::seconds(23 * 3_600);
/// How often what cannot move by itself is looked at again.
pub const LOOK_AGAIN: Duration = Duration::seconds(60);
/// How often an intent that came due amid a drain is looked at again: a release takes seconds, and
/// nobody is to be paid a minute after its end.
pub const LOOK_AFTER_DRAIN: Duration = Duration::seconds(5);
/// An outcome that is unknown for longer alarms.
pub const UNKNOWN_ALARM: Duration = Duration::seconds(600);

/// How a step that failed is tried again. It never gives up: the intent's own end does.
pub const RETRY: RetryPolicy = RetryPolicy {
    first_delay: Duration::seconds(5),
    factor: 2,
    max_delay: Duration::seconds(3_600),
    max_attempts: u32::MAX,
    jitter: JITTER,
};
/// When a peer or a ledger is left alone, and how it is asked again.
pub const BREAKER: BreakerRule = BreakerRule {
    failure_threshold: 8,
    success_threshold: 2,
    open_for: Duration::seconds(60),
    probe_budget: 2,
    probe_timeout: CALL_LEASE,
};
/// How the guard is told who did not answer: a few at a time, and none later than a minute.
pub const TELLING: BatchRule =
    BatchRule { size: 8, age: Duration::seconds(60), instructions: 500_000_000, capacity: 64 };
/// New intents of one submitter: a thousand at once, all of them back in an hour.
pub const SUBMISSIONS: Allowance = Allowance { units: 1_000, regain: Duration::seconds(3_600) };
/// Submitters whose quota is kept.
pub const MAX_QUOTAS: usize = 256;

/// Bytes of an intent's row.
pub const INTENT_BYTES: u32 = 512;
/// Bytes of the newest ten errors of an intent that had any.
pub const TROUBLE_BYTES: u32 = 2_560;

const DAY_SECONDS: u32 = 86_400;

const JITTER: Bps = match Bps::new(2_000) {
    Ok(share) => share,
    Err(_) => Bps::ZERO,
};

const _: () = {
    assert!(MAX_INTENTS < 0xffff_ffff);
    assert!(MAX_OPEN <= MAX_INTENTS);
    assert!(RENEW_AFTER.as_nanos() < LEDGER_WINDOW.as_nanos());
    assert!(WINDOW_SLACK.as_nanos() < LEDGER_WINDOW.as_nanos());
    assert!(MIN_WINDOW.as_nanos() < MAX_WINDOW.as_nanos());
    assert!(RESTORE_QUIET.as_nanos() > CALL_LEASE.as_nanos());
};
