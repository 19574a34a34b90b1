//! `execution`, method by method.

use granary_api::execution as wire;

use super::remote::{Query, Update, query, update};

/// The name under which the canister is deployed.
pub(crate) const CANISTER: &str = "execution";

pub(crate) const ADOPT_ASSET: Update<wire::AssetArgs> = update("adopt_asset");
pub(crate) const SUBMIT_INTENT: Update<wire::SubmitIntentArgs> = update("submit_intent");
pub(crate) const APPROVE_INTENT: Update<wire::ApproveIntentArgs> = update("approve_intent");
pub(crate) const CANCEL_INTENT: Update<wire::EndIntentArgs> = update("cancel_intent");

pub(crate) const GET_INTENT: Query<wire::IntentArgs, wire::Intent> = query("get_intent");
pub(crate) const GET_INTENT_DETAILS: Query<wire::IntentArgs, wire::IntentDetails> =
    query("get_intent_details");
