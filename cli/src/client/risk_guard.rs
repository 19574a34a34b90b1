//! `risk_guard`, method by method.

use granary_api::risk_guard as wire;

use super::remote::{Update, update};

/// The name under which the canister is deployed.
pub(crate) const CANISTER: &str = "risk_guard";

pub(crate) const ANNOUNCE_OUTFLOW: Update<wire::AnnounceOutflowArgs> = update("announce_outflow");
pub(crate) const ARM_SEAT: Update<wire::ArmSeatArgs> = update("arm_seat");
pub(crate) const SEAL_OUTFLOWS: Update<wire::SealOutflowsArgs> = update("seal");
pub(crate) const LIFT_SEAL: Update<wire::SealArgs> = update("lift_seal");
