//! `execution`, method by method.

use granary_api::{common::PageArgs, execution as wire};

use super::remote::{Action, Query, Update, action, query, update};

/// The name under which the canister is deployed.
pub(crate) const CANISTER: &str = "execution";

pub(crate) const ADOPT_ASSET: Update<wire::AssetArgs> = update("adopt_asset");
pub(crate) const SUBMIT_INTENT: Update<wire::SubmitIntentArgs> = update("submit_intent");
pub(crate) const APPROVE_INTENT: Update<wire::ApproveIntentArgs> = update("approve_intent");
pub(crate) const REVOKE_INTENT_APPROVAL: Update<wire::IntentArgs> =
    update("revoke_intent_approval");
pub(crate) const REJECT_INTENT: Update<wire::EndIntentArgs> = update("reject_intent");
pub(crate) const CANCEL_INTENT: Update<wire::EndIntentArgs> = update("cancel_intent");
pub(crate) const RECONCILE_INTENT: Update<wire::IntentArgs> = update("reconcile_intent");
pub(crate) const EXECUTE_READY: Update<wire::ExecuteReadyArgs> = update("execute_ready");
pub(crate) const RESOLVE_QUARANTINE: Update<wire::ResolveQuarantineArgs> =
    update("resolve_quarantine");
pub(crate) const GRANT_STANDING_AUTHORISATION: Update<wire::GrantStandingAuthorisationArgs> =
    update("grant_standing_authorisation");
pub(crate) const REVOKE_STANDING_AUTHORISATION: Update<wire::AuthorisationArgs> =
    update("revoke_standing_authorisation");
pub(crate) const ACKNOWLEDGE_ORPHAN: Update<wire::OrphanArgs> = update("acknowledge_orphan");
pub(crate) const TEST_LEDGER_CONNECTION: Action<wire::AssetArgs, wire::LedgerConnection> =
    action("test_ledger_connection");

pub(crate) const GET_INTENT: Query<wire::IntentArgs, wire::Intent> = query("get_intent");
pub(crate) const GET_INTENT_DETAILS: Query<wire::IntentArgs, wire::IntentDetails> =
    query("get_intent_details");
pub(crate) const LIST_INTENTS: Query<wire::ListIntentsArgs, wire::IntentPage> =
    query("list_intents");
pub(crate) const LIST_ADOPTED_ASSETS: Query<(), Vec<wire::AdoptedAsset>> =
    query("list_adopted_assets");
pub(crate) const LIST_STANDING_AUTHORISATIONS: Query<PageArgs, wire::AuthorisationPage> =
    query("list_standing_authorisations");
pub(crate) const LIST_ORPHANS: Query<PageArgs, wire::OrphanPage> = query("list_orphans");
