//! `portfolio`, method by method.

use granary_api::{common::PageArgs, portfolio as wire};

use super::remote::{Action, Query, Update, action, query, update};

/// The name under which the canister is deployed.
pub(crate) const CANISTER: &str = "portfolio";

pub(crate) const REGISTER_ASSET: Update<wire::RegisterAssetArgs> = update("register_asset");
pub(crate) const OPEN_ACCOUNTS: Update<wire::OpenAccountsArgs> = update("open_accounts");
pub(crate) const POST_ENTRY: Update<wire::PostEntryArgs> = update("post_entry");
pub(crate) const RECONCILE: Action<wire::ReconcileArgs, wire::Reconciliation> = action("reconcile");

pub(crate) const LIST_ASSETS: Query<PageArgs, wire::AssetPage> = query("list_assets");
pub(crate) const LIST_ACCOUNTS: Query<PageArgs, wire::AccountPage> = query("list_accounts");
pub(crate) const GET_BALANCES: Query<wire::GetBalancesArgs, Vec<wire::Balance>> =
    query("get_balances");
pub(crate) const LIST_ENTRIES: Query<wire::ListEntriesArgs, wire::EntryPage> =
    query("list_entries");
pub(crate) const GET_RECONCILIATION: Query<wire::ReconcileArgs, wire::Reconciliation> =
    query("get_reconciliation");
pub(crate) const GET_STATEMENT: Query<wire::GetStatementArgs, wire::Statement> =
    query("get_statement");
pub(crate) const GET_BALANCE_PROOF: Query<wire::AccountRef, wire::BalanceProof> =
    query("get_balance_proof");
