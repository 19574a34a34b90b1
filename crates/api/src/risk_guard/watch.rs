//! What is seen: limits, services, alerts, solvency.

use candid::{CandidType, Nat, Principal};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{Requirements, ReservationState};

/// Names an asset.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetArgs {
    pub asset: u64,
}

/// Names a destination.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct DestinationArgs {
    pub destination: ByteBuf,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    pub standing: super::Standing,
    /// When money went there first.
    pub first_used_at_ns: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct RecordInflowArgs {
    pub asset: u64,
    pub amount_units: Nat,
}

/// A dependency whose outcomes are counted.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Portfolio,
    PriceOracle,
    Bitcoin,
    /// The ledger of an asset.
    Ledger(u64),
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordOutcomeArgs {
    pub service: Service,
    /// False when it failed or did not answer.
    pub answered: bool,
    /// The intent whose transfer it was, if it was one.
    pub intent: Option<u64>,
}

/// One rolling window of one asset. It is summed in twenty-fourths of its length, so an outflow
/// counts for at least the window and at most a twenty-fourth longer.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowStatus {
    pub seconds: u64,
    pub used_units: u128,
    pub used_tx: u32,
    /// What the policy says; none when the window is counted only.
    pub max_amount_units: Option<u128>,
    pub max_bps_of_treasury: Option<u16>,
    /// The most it lets through now, shares included.
    pub capacity_units: Option<u128>,
    /// When the oldest of it leaves the window.
    pub frees_at_ns: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct LimitsStatus {
    pub asset: u64,
    /// False when the policy does not name the asset.
    pub may_leave: bool,
    pub windows: Vec<WindowStatus>,
    pub held_units: u128,
    pub held_reservations: u32,
    /// What may leave so that enough remains; none when nothing must.
    pub free_units: Option<u128>,
    /// What the treasury had when the books were asked; none before the first answer.
    pub balance_units: Option<u128>,
    pub balance_at_ns: Option<u64>,
    /// What one whole token is worth, eight decimal places; none without a price.
    pub price: Option<u128>,
    /// True when that price may raise a limit.
    pub price_is_fresh: bool,
    pub inflow_units: u128,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CircuitState {
    Closed,
    Open,
    HalfOpen,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitBreaker {
    pub service: Service,
    pub state: CircuitState,
    pub since_ns: u64,
    /// When it lets probes through; while it is open.
    pub until_ns: Option<u64>,
    pub times_opened: u64,
    /// Of the last hour.
    pub failures: u64,
    pub samples: u64,
}

#[derive(
    CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub enum AlertLevel {
    Info,
    Warning,
    Critical,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertState {
    Firing,
    Acknowledged,
    Resolved,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub id: u64,
    pub level: AlertLevel,
    /// Such as `LimitNearlyUsed`.
    pub kind: String,
    /// Such as `asset:1`.
    pub component: String,
    pub value: u128,
    pub threshold: u128,
    pub first_at_ns: u64,
    pub last_at_ns: u64,
    pub count: u32,
    pub state: AlertState,
    /// Who acknowledged or resolved it.
    pub handled_by: Option<Principal>,
    /// Who looks after it now, by the escalation policy, while it fires.
    pub contact: Option<String>,
}

/// Names an alert.
#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertArgs {
    pub alert: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListAlertsArgs {
    /// True for those that are not resolved.
    pub only_open: bool,
    pub after: Option<u64>,
    pub limit: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct AlertPage {
    pub items: Vec<Alert>,
    pub next: Option<u64>,
}

/// Whom alerts reach.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct EscalationPolicy {
    /// 1–64 bytes each.
    pub primary: String,
    pub backup: String,
    pub channel: String,
    /// At most 8, one for each further wait.
    pub escalation_path: Vec<String>,
    /// How long each of them has to acknowledge: one minute to seven days.
    pub acknowledge_within_ns: u64,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetSolvency {
    pub asset: u64,
    /// What ledgers hold, as far as the books know.
    pub assets_units: u128,
    /// What is owed to users and grants.
    pub liabilities_units: u128,
    /// Assets over liabilities; none when nothing is owed.
    pub ratio_bps: Option<u128>,
    pub at_ns: u64,
}

/// Whether the treasury has what it owes.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Solvency {
    /// False stops grants and plans; what people ask for goes by its tier.
    pub solvent: bool,
    /// When that was judged; none before the first answer of the books.
    pub judged_at_ns: Option<u64>,
    pub assets: Vec<AssetSolvency>,
    /// Value of the whole treasury, eight decimal places; none while a price is missing.
    pub value: Option<u128>,
    /// The highest value of the last thirty days.
    pub peak_value: u128,
    /// Questions in a row the books did not answer.
    pub failures: u32,
}

/// A reservation, as people read it.
#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReservationView {
    pub id: u64,
    pub intent: u64,
    pub asset: u64,
    pub amount_units: u128,
    pub destination: ByteBuf,
    pub initiator: Principal,
    pub purpose: super::Purpose,
    pub announcement: Option<u64>,
    pub state: ReservationState,
    pub requirements: Requirements,
    pub reserved_at_ns: u64,
    pub expires_at_ns: u64,
    pub settled_at_ns: Option<u64>,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListReservationsArgs {
    /// True for those that are held, in the order in which they expire.
    pub only_held: bool,
    pub after: Option<u64>,
    pub limit: u32,
}

#[derive(CandidType, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct ReservationPage {
    pub items: Vec<ReservationView>,
    pub next: Option<u64>,
}
