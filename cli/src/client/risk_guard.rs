//! `risk_guard`, method by method.

use granary_api::{common::PageArgs, risk_guard as wire};

use super::remote::{Query, Update, query, update};

/// The name under which the canister is deployed.
pub(crate) const CANISTER: &str = "risk_guard";

pub(crate) const ANNOUNCE_OUTFLOW: Update<wire::AnnounceOutflowArgs> = update("announce_outflow");
pub(crate) const CANCEL_ANNOUNCEMENT: Update<wire::AnnouncementArgs> =
    update("cancel_announcement");
pub(crate) const ARM_SEAT: Update<wire::ArmSeatArgs> = update("arm_seat");
pub(crate) const DISARM_SEAT: Update<wire::SeatArgs> = update("disarm_seat");
pub(crate) const GUARDIAN_HEARTBEAT: Update<wire::SeatArgs> = update("guardian_heartbeat");
pub(crate) const SEAL_OUTFLOWS: Update<wire::SealOutflowsArgs> = update("seal");
pub(crate) const LIFT_SEAL: Update<wire::SealArgs> = update("lift_seal");
pub(crate) const ACKNOWLEDGE_ALERT: Update<wire::AlertArgs> = update("acknowledge_alert");
pub(crate) const RESOLVE_ALERT: Update<wire::AlertArgs> = update("resolve_alert");
pub(crate) const PROPOSE_POLICY: Update<wire::PolicyChange> = update("propose_policy");
pub(crate) const APPLY_POLICY: Update<wire::PolicyChangeArgs> = update("apply_policy");
pub(crate) const WITHDRAW_POLICY: Update<wire::PolicyChangeArgs> = update("withdraw_policy");
pub(crate) const STEWARD_ADJUST: Update<wire::StewardAdjustArgs> = update("steward_adjust");

pub(crate) const EXPLAIN_POLICY: Query<wire::ExplainPolicyArgs, Vec<wire::OutflowPath>> =
    query("explain_policy");
pub(crate) const GET_POLICY: Query<(), wire::Policy> = query("get_policy");
pub(crate) const GET_POLICY_CHANGE: Query<wire::PolicyChangeArgs, wire::PolicyChangeView> =
    query("get_policy_change");
pub(crate) const LIST_POLICY_CHANGES: Query<PageArgs, wire::PolicyChangePage> =
    query("list_policy_changes");
pub(crate) const GET_LIMITS_STATUS: Query<wire::AssetArgs, wire::LimitsStatus> =
    query("get_limits_status");
pub(crate) const GET_CIRCUIT_BREAKERS: Query<(), Vec<wire::CircuitBreaker>> =
    query("get_circuit_breakers");
pub(crate) const GET_SOLVENCY: Query<(), wire::Solvency> = query("get_solvency");
pub(crate) const LIST_ANNOUNCEMENTS: Query<PageArgs, wire::AnnouncementPage> =
    query("list_announcements");
pub(crate) const LIST_SEALS: Query<PageArgs, wire::SealPage> = query("list_seals");
pub(crate) const LIST_SEATS: Query<(), Vec<wire::Seat>> = query("list_seats");
pub(crate) const LIST_ALERTS: Query<wire::ListAlertsArgs, wire::AlertPage> = query("list_alerts");
