//! Every bound of the canister, with its unit and its reason.

use granary_units::Duration;

/// Fewest members of the committee: with two, one absence ends it.
pub const MIN_MEMBERS: usize = 3;
/// Most members: everybody's approval is looked at whenever a request is.
pub const MAX_MEMBERS: usize = 20;
/// Smallest quorum, whatever the majority is: nobody repairs alone.
pub const MIN_QUORUM: u32 = 2;

/// Open requests one member may have made: nobody fills the canister alone.
pub const MAX_OPEN_OF_MEMBER: usize = 3;
/// Open requests, those of former members included.
pub const MAX_OPEN: usize = 100;
/// Requests the canister ever takes; a repair is rare.
pub const MAX_REQUESTS: u64 = 10_000;

/// Chunks of a module: what the network stores for one canister.
pub const MAX_CHUNKS: usize = 100;
/// Bytes of one chunk: what the network takes.
pub const MAX_CHUNK_BYTES: usize = 1_048_576;
/// Bytes of an upgrade's argument: the governor's are short.
pub const MAX_ARG_BYTES: usize = 65_536;
/// Bytes of a snapshot's name: the network's have 37 at most.
pub const MAX_SNAPSHOT_ID_BYTES: usize = 64;
/// Members a rotation may name; the governor has its own bound.
pub const MAX_GOVERNOR_MEMBERS: usize = 64;
/// Largest page of requests: with the longest arguments it stays under 1.5 MiB (C6).
pub const MAX_PAGE: u32 = 20;
/// Bytes of a reason that are kept.
pub const MAX_REASON_BYTES: usize = 200;

/// How long a request may wait for its approvals and for its time.
pub const REQUEST_TTL: Duration = Duration::seconds(7 * DAY_SECONDS);
/// From the quorum to the execution, so that people can notice and object.
pub const DELAY: Duration = Duration::seconds(DAY_SECONDS);
/// The delay falls away when the governor failed for so long.
pub const OUTAGE: Duration = Duration::seconds(6 * 3_600);
/// An execution gives up after that time, and starts the governor again.
pub const LEASE: Duration = Duration::seconds(3_600);
/// No installation so soon after new code of this canister: the two never change together (Y4).
pub const APART: Duration = Duration::seconds(DAY_SECONDS);

/// How often the governor is asked how it is.
pub const WATCH_EVERY: Duration = Duration::seconds(600);
/// How long one call may be under way; the network waits 300 s at most, and its answer takes time.
pub const CALL_LEASE: Duration = Duration::seconds(360);
/// Pause before a step is looked at again.
pub const LOOK_AGAIN: Duration = Duration::seconds(10);
/// How often a step is tried.
pub const TRIES: u32 = 3;
/// How often starting is tried: a governor that stands still is what must not happen.
pub const START_TRIES: u32 = 30;
/// Times the governor is asked how it is after a repair.
pub const HEALTH_TRIES: u32 = 6;

const DAY_SECONDS: u32 = 86_400;

const _: () = {
    assert!(MAX_MEMBERS * MAX_OPEN_OF_MEMBER <= MAX_OPEN);
    assert!(DELAY.as_nanos() < REQUEST_TTL.as_nanos());
    assert!(WATCH_EVERY.as_nanos() < OUTAGE.as_nanos());
};
