//! Every bound of the canister, with its unit and its reason.

use granary_kernel::limits as suite;
use granary_units::Duration;

/// Users the code can hold: four times the scale of DAO registries known today, and their rows
/// stay below 2 GiB.
pub const MAX_USERS: u64 = 4_000_000;
/// Users unless the installation says otherwise.
pub const DEFAULT_USERS: u64 = 1_000_000;
/// Share of the configured users above which the canister is Degraded, basis points.
pub const DEGRADED_FROM_BPS: u64 = 8_000;
/// Users that may wait for admission: nobody should fill the canister for free.
pub const MAX_PENDING: u64 = 100_000;
/// Waiting users unless the installation says otherwise.
pub const DEFAULT_PENDING: u64 = 10_000;
/// Largest number of people who may register themselves in one hour.
pub const MAX_REGISTRATIONS_PER_HOUR: u64 = 100_000;
/// Registrations an hour unless the installation says otherwise.
pub const DEFAULT_REGISTRATIONS_PER_HOUR: u64 = 1_000;
/// The span over which registrations are counted.
pub const REGISTRATION_WINDOW: Duration = Duration::seconds(3_600);
/// How long a registration waits before it is closed.
pub const PENDING_LIFETIME: Duration = Duration::seconds(14 * DAY_SECONDS);
/// Waiting users one run of the clock closes.
pub const PENDING_PER_RUN: u32 = 20;

/// Identities of one user.
pub const MAX_IDENTITIES: usize = 5;
/// Identities asked to join and not answered.
pub const MAX_PROPOSALS: usize = 3;
/// How long a proposed identity may answer.
pub const PROPOSAL_LIFETIME: Duration = Duration::seconds(7 * DAY_SECONDS);
/// Name of a user, bytes.
pub const MAX_NAME_BYTES: usize = 64;
/// Label of a wallet, bytes; it may be empty.
pub const MAX_LABEL_BYTES: usize = 64;
/// A Bitcoin address, characters: bech32 allows 90.
pub const MAX_ADDRESS_BYTES: usize = 90;
/// Shortest Bitcoin address, characters.
pub const MIN_ADDRESS_BYTES: usize = 26;
/// Wallets of a user that are not revoked; what a standing lists.
pub const MAX_WALLETS: u32 = 20;
/// Wallets a user ever adds: revoked ones keep their rows (U8).
pub const MAX_WALLETS_EVER: u32 = 100;
/// Wallets the canister can hold.
pub const MAX_WALLET_ROWS: u64 = 16_000_000;

/// Risk profiles.
pub const MAX_PROFILES: u64 = 1_000;
/// Versions of one risk profile.
pub const MAX_PROFILE_VERSIONS: u32 = 1_000;
/// A whole, in basis points.
pub const WHOLE_BPS: u32 = 10_000;

/// Roles of one holder that have not ended: what a standing walks through.
pub const MAX_GRANTS_OF_HOLDER: u32 = 16;
/// Roles one user is ever given: ended ones keep their rows (U8).
pub const MAX_GRANTS_EVER: u32 = 250;
/// Role grants the canister can hold.
pub const MAX_GRANT_ROWS: u64 = 4_000_000;
/// Scope of a role, bytes.
pub const MAX_SCOPE_BYTES: usize = 64;
/// Longest life of a role grant: authority is confirmed or it ends.
pub const MAX_GRANT_LIFE: Duration = Duration::seconds(2 * 365 * DAY_SECONDS);
/// Latest time a grant may wait for its effect.
pub const MAX_GRANT_WAIT: Duration = Duration::seconds(365 * DAY_SECONDS);

/// The delay before powerful roles, unless the installation says otherwise.
pub const DEFAULT_GRANT_DELAY: Duration = Duration::seconds(DAY_SECONDS);
/// Shortest such delay in production: people must be able to notice a grant before it works.
pub const MIN_GRANT_DELAY: Duration = Duration::seconds(DAY_SECONDS);
/// Longest such delay.
pub const MAX_GRANT_DELAY: Duration = Duration::seconds(30 * DAY_SECONDS);
/// Time without a sign of life after which a role lapses, unless the installation says otherwise.
pub const DEFAULT_HEARTBEAT: Duration = Duration::seconds(30 * DAY_SECONDS);
/// Shortest such time in production.
pub const MIN_HEARTBEAT: Duration = Duration::seconds(DAY_SECONDS);
/// Longest such time.
pub const MAX_HEARTBEAT: Duration = Duration::seconds(365 * DAY_SECONDS);
/// Longest age of a delegation, unless the installation says otherwise, and at all: the network
/// takes none that is older.
pub const MAX_DELEGATION_AGE: Duration = Duration::seconds(30 * DAY_SECONDS);

/// Principals whose standing one query answers.
pub const MAX_STANDINGS: usize = 64;
/// Reason given with a change of somebody's status, bytes.
pub const MAX_REASON_BYTES: usize = suite::MAX_REASON_BYTES;
/// Largest page of users: each is read with its identities.
pub const MAX_PAGE: u32 = suite::MAX_PAGE;

/// Bytes of a user's row.
pub const USER_BYTES: u32 = 512;
/// Bytes of a wallet's row.
pub const WALLET_BYTES: u32 = 320;
/// Bytes of a role grant's row.
pub const GRANT_BYTES: u32 = 224;
/// Most bytes of stable memory one user can ever take in rows (U8): its own, its wallets, its
/// roles. Its keys in the indexes add at most 64 bytes for each identity and each wallet.
pub const USER_STORAGE_BYTES: u64 = 88_512;

const DAY_SECONDS: u32 = 86_400;

const _: () = {
    assert!(USER_BYTES + MAX_WALLETS_EVER * WALLET_BYTES + MAX_GRANTS_EVER * GRANT_BYTES <= 88_512);
    assert!(DEFAULT_USERS <= MAX_USERS && DEFAULT_PENDING <= MAX_PENDING);
    assert!(DEFAULT_REGISTRATIONS_PER_HOUR <= MAX_REGISTRATIONS_PER_HOUR);
    assert!(MIN_GRANT_DELAY.as_nanos() <= DEFAULT_GRANT_DELAY.as_nanos());
    assert!(DEFAULT_GRANT_DELAY.as_nanos() <= MAX_GRANT_DELAY.as_nanos());
    assert!(MIN_HEARTBEAT.as_nanos() <= DEFAULT_HEARTBEAT.as_nanos());
    assert!(MAX_WALLETS < MAX_WALLETS_EVER && MAX_GRANTS_OF_HOLDER < MAX_GRANTS_EVER);
    assert!(DEGRADED_FROM_BPS < 10_000);
};
