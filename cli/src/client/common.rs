//! What every canister of the suite answers.

use granary_api::common::{
    CertifiedHead, EventPage, ExportStateArgs, GetEventsArgs, Peer, SetPeerArgs, StatePage,
    SystemHealth, ValidateStateArgs, ValidationReport, Version,
};

use super::remote::{Query, Update, query, update};

pub(crate) const GET_EVENTS: Query<GetEventsArgs, EventPage> = query("get_events");
pub(crate) const VALIDATE_STATE: Query<ValidateStateArgs, ValidationReport> =
    query("validate_state");
pub(crate) const EXPORT_STATE: Query<ExportStateArgs, StatePage> = query("export_state");
pub(crate) const GET_SYSTEM_HEALTH: Query<(), SystemHealth> = query("get_system_health");
pub(crate) const GET_VERSION: Query<(), Version> = query("get_version");
pub(crate) const GET_CERTIFIED_HEAD: Query<(), CertifiedHead> = query("get_certified_head");
pub(crate) const IMPORT_STATE: Update<StatePage> = update("import_state");
pub(crate) const GET_PEERS: Query<(), Vec<Peer>> = query("get_peers");
pub(crate) const SET_PEER: Update<SetPeerArgs> = update("set_peer");
