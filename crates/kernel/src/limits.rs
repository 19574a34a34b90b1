//! Bounds that mean the same in every canister, with their unit and their reason.

use granary_units::Duration;

/// Holders of canister-wide roles: the table is read whole, so it stays small.
pub const MAX_ROLE_GRANTS: u64 = 256;
/// Reason given with a change of mode, bytes.
pub const MAX_REASON_BYTES: usize = 200;
/// Principals a restricted mode lists.
pub const MAX_RESTRICTED: usize = 32;
/// Canisters one canister knows by name.
pub const MAX_PEERS: usize = 16;

/// Largest page of a list.
pub const MAX_PAGE: u32 = 100;
/// Largest page of the journal or the log; their rows are small.
pub const MAX_EVENT_PAGE: u32 = 200;
/// Bytes one page of an export may have; a reply must stay under 2 MiB with its envelope (C6).
pub const MAX_EXPORT_BYTES: u32 = 1_500_000;
/// Fewest bytes an export page takes, so that the largest record always fits.
pub const MIN_EXPORT_BYTES: u32 = 65_536;
/// Entities one step of the validation looks at.
pub const MAX_VALIDATE_ITEMS: u32 = 10_000;
/// Violations one step of the validation reports.
pub const MAX_VIOLATIONS: usize = 100;

/// How long a repeated request gets the first answer again (C11).
pub const DEDUP_WINDOW: Duration = Duration::seconds(DAY_SECONDS);
/// Longest time a drain may take before the canister resumes by itself.
pub const MAX_DRAIN: Duration = Duration::seconds(DAY_SECONDS);
/// Due jobs one tick of the clock looks at.
pub const MAX_TICK_JOBS: u32 = 100;

const DAY_SECONDS: u32 = 86_400;

const _: () = {
    assert!(MIN_EXPORT_BYTES < MAX_EXPORT_BYTES);
    assert!(MAX_EXPORT_BYTES <= 1_572_864);
};
