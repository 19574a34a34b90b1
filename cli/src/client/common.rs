//! What every canister of the suite answers.

use granary_api::common::{
    CertifiedHead, Dependency, DrainStatus, EventPage, ExportStateArgs, GetEventsArgs, Health,
    Peer, PrepareUpgradeArgs, ResumeArgs, SetPeerArgs, StatePage, SystemHealth, UpgradeRecord,
    ValidateStateArgs, ValidationReport, Version,
};

use super::remote::{Action, Query, Update, action, query, update};

pub(crate) const GET_EVENTS: Query<GetEventsArgs, EventPage> = query("get_events");
pub(crate) const VALIDATE_STATE: Query<ValidateStateArgs, ValidationReport> =
    query("validate_state");
pub(crate) const EXPORT_STATE: Query<ExportStateArgs, StatePage> = query("export_state");
pub(crate) const GET_SYSTEM_HEALTH: Query<(), SystemHealth> = query("get_system_health");
pub(crate) const GET_VERSION: Query<(), Version> = query("get_version");
pub(crate) const GET_UPGRADE_HISTORY: Query<(), Vec<UpgradeRecord>> = query("get_upgrade_history");
pub(crate) const GET_CERTIFIED_HEAD: Query<(), CertifiedHead> = query("get_certified_head");
pub(crate) const IMPORT_STATE: Update<StatePage> = update("import_state");
pub(crate) const GET_PEERS: Query<(), Vec<Peer>> = query("get_peers");
pub(crate) const SET_PEER: Update<SetPeerArgs> = update("set_peer");
pub(crate) const HEALTH_CHECK: Query<(), Health> = query("health_check");
pub(crate) const PREPARE_UPGRADE: Update<PrepareUpgradeArgs> = update("prepare_upgrade");
pub(crate) const GET_DRAIN_STATUS: Query<(), DrainStatus> = query("get_drain_status");
pub(crate) const RESUME: Update<ResumeArgs> = update("resume");
pub(crate) const RESUME_JOBS: Update<()> = update("resume_jobs");

/// The method by which a canister asks another one how it is.
pub(crate) const fn test_connection(name: &'static str) -> Action<(), Dependency> {
    action(name)
}
