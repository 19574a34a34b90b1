//! Every bound of the canister, with its unit and its reason; what is the same in every canister
//! stands in [`granary_kernel::limits`].

use granary_units::Duration;

/// Fewest members: with fewer, one of them alone decides or blocks (V1).
pub const MIN_MEMBERS: usize = 3;
/// Most members: their list is read whole by every vote.
pub const MAX_MEMBERS: usize = 64;
/// Fewest approvals of anything (V1).
pub const MIN_THRESHOLD: u32 = 2;
/// Largest weight of a member.
pub const MAX_WEIGHT: u32 = 1_000_000;

/// Shortest timelock outside of the Testing profile (V1).
pub const MIN_DELAY: Duration = Duration::seconds(48 * 3_600);
/// Longest timelock (V1).
pub const MAX_DELAY: Duration = Duration::seconds(90 * DAY_SECONDS);
/// Shortest timelock of a test network: none would leave no moment for a veto.
pub const MIN_TEST_DELAY: Duration = Duration::seconds(1);
/// How long an approval counts at most.
pub const MAX_APPROVAL_TTL: Duration = Duration::seconds(120 * DAY_SECONDS);
/// How long a proposal may be voted on at most.
pub const MAX_VOTING: Duration = Duration::seconds(30 * DAY_SECONDS);
/// How long after its eta a proposal may still be executed, at most (V4).
pub const MAX_EXECUTION_WINDOW: Duration = Duration::seconds(14 * DAY_SECONDS);
/// How long a release is watched at most: its way back takes back what was done meanwhile.
pub const MAX_OBSERVATION: Duration = Duration::seconds(7 * DAY_SECONDS);
/// How long a discussion may last at most.
pub const MAX_DISCUSSION: Duration = Duration::seconds(30 * DAY_SECONDS);
/// How long a rehearsal may count at most (V11).
pub const MAX_REHEARSAL_TTL: Duration = Duration::seconds(120 * DAY_SECONDS);
/// How long a member may be silent at most before it is called inactive.
pub const MAX_HEARTBEAT: Duration = Duration::seconds(366 * DAY_SECONDS);
/// How long a draft may take to be staged, audited and rehearsed.
pub const MAX_PREPARATION: Duration = Duration::seconds(30 * DAY_SECONDS);
/// Between an upgrade of the governor by recovery and one of recovery by the governor (Y4).
pub const APART: Duration = Duration::seconds(24 * 3_600);

/// Proposals the canister can hold.
pub const MAX_PROPOSALS: u64 = 100_000;
/// Proposals that may be pending at once: each vote reads the list of them.
pub const MAX_PENDING: u64 = 200;
/// Pending proposals of one proposer, so that nobody fills the table alone.
pub const MAX_PENDING_OF_ONE: u32 = 20;
/// Votes a proposal ever gets: every member may change its mind a few times.
pub const MAX_VOTES: u32 = 1_024;
/// Canisters under the governor's control: the suite, and some beside it.
pub const MAX_TARGETS: usize = 32;
/// Canisters of one release.
pub const MAX_ITEMS: usize = 16;
/// Argument of an upgrade or a call, bytes.
pub const MAX_ARG_BYTES: usize = 65_536;
/// Title, bytes.
pub const MAX_TITLE_BYTES: usize = 120;
/// Description, bytes.
pub const MAX_TEXT_BYTES: usize = 4_096;
/// Fewest bytes of a description that says anything: the audit warns below.
pub const MIN_DESCRIPTION_BYTES: usize = 40;
/// Version, commit, address of a repository, name of a method: bytes.
pub const MAX_NAME_BYTES: usize = 128;
/// Methods of the registered list.
pub const MAX_METHODS: usize = 64;
/// Denied hashes.
pub const MAX_DENIED: u64 = 10_000;
/// Build attestations of one module.
pub const MAX_ATTESTATIONS: u32 = 64;
/// Recovery committee, largest.
pub const MAX_COMMITTEE: usize = 20;

/// One chunk of a module, bytes: the largest the network's own store takes (1 MiB).
pub const MAX_CHUNK_BYTES: usize = 1_048_576;
/// Chunks of one module: the network's store holds 100.
pub const MAX_CHUNKS: u32 = 100;
/// Modules kept: newer ones push out those nothing refers to.
pub const MAX_MODULES: u64 = 256;
/// Modules being uploaded by one member.
pub const MAX_UPLOADS_OF_ONE: u32 = 16;
/// Bytes of a module once it is unpacked: the network's own bound.
pub const MAX_UNPACKED_BYTES: usize = 100 * 1_048_576;

/// Snapshots the network keeps of a canister (V14).
pub const MAX_SNAPSHOTS: u32 = 10;
/// Fleet snapshots kept when nothing else is said: those of the newest three good releases.
pub const KEPT_SNAPSHOTS: u32 = 3;
/// Fleet snapshots the canister can hold rows of.
pub const MAX_FLEET_SNAPSHOTS: u64 = 10_000;
/// Incidents the canister can hold.
pub const MAX_INCIDENTS: u64 = 10_000;
/// Proposals of one page: each is read with its payload's head.
pub const MAX_PAGE: u32 = 50;

/// How long a canister may take to finish what it has before it is stopped.
pub const DRAIN: Duration = Duration::seconds(600);
/// How long a drain lasts at most: a governor that is gone does not stop the treasury for ever.
pub const DRAIN_DEADLINE: Duration = Duration::seconds(6 * 3_600);
/// How long a call may be under way before it is taken for lost; `stop_canister` takes 5 min.
pub const CALL_LEASE: Duration = Duration::seconds(420);
/// How soon a step that must wait is looked at again.
pub const LOOK_AGAIN: Duration = Duration::seconds(2);
/// Longest wait before a step is tried again.
pub const MAX_PAUSE: Duration = Duration::seconds(60);
/// The same on a test network.
pub const TEST_MAX_PAUSE: Duration = Duration::seconds(2);
/// How often a step of the way forward is tried before it is a failure.
pub const STEP_TRIES: u32 = 5;
/// How often an installation is tried: code that traps once traps again.
pub const INSTALL_TRIES: u32 = 3;
/// Reason a step keeps, bytes.
pub const MAX_REASON_BYTES: usize = 256;
/// Before a drain ends by itself a release that is not proven goes back: behind it canisters take
/// work that the way back would lose.
pub const DRAIN_MARGIN: Duration = Duration::seconds(3_600);
/// How often a step of the way back is tried before people are called: it is the last way there is.
pub const BACK_TRIES: u32 = 20;
/// How long a canister may call itself critical after its start before it is believed.
pub const SETTLE: Duration = Duration::seconds(90);
/// The same on a test network, whose other delays are seconds as well.
pub const TEST_SETTLE: Duration = Duration::seconds(10);
/// How long a migration may stand still before it is a failure.
pub const MIGRATION_STALLED: Duration = Duration::seconds(3_600);
/// Observations of one release.
pub const OBSERVATIONS: u32 = 10;
/// Entities one call of `validate_state` looks at.
pub const VALIDATE_ITEMS: u32 = 2_000;
/// Cycles a target must have beyond its freezing threshold before it is upgraded.
pub const MIN_TARGET_CYCLES: u128 = 500_000_000_000;
/// Cycles a scratch canister of a rehearsal is given.
pub const SCRATCH_CYCLES: u128 = 2_000_000_000_000;

const DAY_SECONDS: u32 = 86_400;

const _: () = {
    assert!(MIN_DELAY.as_nanos() < MAX_DELAY.as_nanos());
    assert!(MAX_DELAY.as_nanos() < MAX_APPROVAL_TTL.as_nanos());
    assert!(LOOK_AGAIN.as_nanos() < TEST_SETTLE.as_nanos());
    assert!(TEST_SETTLE.as_nanos() < SETTLE.as_nanos());
    assert!(LOOK_AGAIN.as_nanos() <= TEST_MAX_PAUSE.as_nanos());
    assert!(TEST_MAX_PAUSE.as_nanos() < MAX_PAUSE.as_nanos());
    assert!(DRAIN.as_nanos() < DRAIN_DEADLINE.as_nanos());
    assert!(MAX_ITEMS <= MAX_TARGETS);
    assert!(KEPT_SNAPSHOTS < MAX_SNAPSHOTS);
};
