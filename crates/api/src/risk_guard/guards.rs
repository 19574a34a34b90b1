//! Announcements, seals, guardians' seats.

use candid::{CandidType, Nat, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::Purpose;

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AnnounceOutflowArgs {
    pub asset: u64,
    /// The outflow may have at most so much.
    pub amount_units: Nat,
    pub destination: ByteBuf,
    /// Not before; at least the policy's announcement delay away.
    pub earliest_at_ns: u64,
    /// Not after.
    pub latest_at_ns: u64,
    pub idempotency_key: Option<String>,
}

/// Names an announcement.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnnouncementArgs {
    pub announcement: u64,
}

/// Where an announcement stands.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnnouncementState {
    /// Its time has not come.
    Announced,
    /// An outflow may use it.
    Ripe,
    /// An intent holds it or was paid with it.
    Used,
    Lapsed,
    Cancelled,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    pub id: u64,
    pub asset: u64,
    pub amount_units: u128,
    pub destination: ByteBuf,
    pub announced_by: Principal,
    pub announced_at_ns: u64,
    pub earliest_at_ns: u64,
    pub latest_at_ns: u64,
    pub state: AnnouncementState,
    pub intent: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AnnouncementPage {
    pub items: Vec<Announcement>,
    pub next: Option<u64>,
}

/// What a seal or a seat is about.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every outflow.
    All,
    /// Outflows of one asset.
    Asset(u64),
    /// Outflows of one purpose.
    Purpose(Purpose),
    /// Outflows to one destination.
    Destination(ByteBuf),
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SealOutflowsArgs {
    pub scope: Scope,
    /// One hour to fourteen days.
    pub duration_ns: u64,
    /// 1–120 bytes.
    pub reason: String,
}

/// Names a seal.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealArgs {
    pub seal: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealState {
    Active,
    Lifted,
    Expired,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    pub id: u64,
    pub scope: Scope,
    pub sealed_by: Principal,
    /// The seat it was sealed from; none for a governor.
    pub seat: Option<u64>,
    pub sealed_at_ns: u64,
    pub expires_at_ns: u64,
    pub state: SealState,
    pub reason: String,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct SealPage {
    pub items: Vec<Seal>,
    pub next: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ArmSeatArgs {
    pub scope: Scope,
    pub holder: Principal,
    /// How often the holder must show that it is there: one hour to ninety days.
    pub heartbeat_ns: u64,
}

/// Names a seat.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatArgs {
    pub seat: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatState {
    Armed,
    Used,
    Lapsed,
    Disarmed,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    pub id: u64,
    pub scope: Scope,
    pub holder: Principal,
    pub state: SeatState,
    pub heartbeat_ns: u64,
    /// Disarmed after this time.
    pub alive_until_ns: u64,
    pub armed_at_ns: u64,
    pub times_armed: u32,
    pub times_used: u32,
}
