//! `registry`, method by method.

use granary_api::{common::PageArgs, registry as wire};

use super::remote::{Query, Update, query, update};

/// The name under which the canister is deployed.
pub(crate) const CANISTER: &str = "registry";

pub(crate) const REGISTER_USER: Update<wire::RegisterUserArgs> = update("register_user");
pub(crate) const ACTIVATE_USER: Update<wire::UserArgs> = update("activate_user");
pub(crate) const LINK_IDENTITY: Update<wire::IdentityArgs> = update("link_identity");
pub(crate) const ACCEPT_IDENTITY_LINK: Update<wire::UserArgs> = update("accept_identity_link");
pub(crate) const UNLINK_IDENTITY: Update<wire::UnlinkIdentityArgs> = update("unlink_identity");
pub(crate) const SUSPEND_USER: Update<wire::UserReasonArgs> = update("suspend_user");
pub(crate) const REACTIVATE_USER: Update<wire::UserReasonArgs> = update("reactivate_user");
pub(crate) const CLOSE_USER: Update<wire::UserReasonArgs> = update("close_user");
pub(crate) const ADD_WALLET: Update<wire::AddWalletArgs> = update("add_wallet");
pub(crate) const VERIFY_WALLET: Update<wire::VerifyWalletArgs> = update("verify_wallet");
pub(crate) const REVOKE_WALLET: Update<wire::WalletArgs> = update("revoke_wallet");
pub(crate) const SET_RISK_PROFILE: Update<wire::SetRiskProfileArgs> = update("set_risk_profile");
pub(crate) const GRANT_ROLE: Update<wire::GrantRoleArgs> = update("grant_role");
pub(crate) const REVOKE_ROLE: Update<wire::GrantArgs> = update("revoke_role");
pub(crate) const ROLE_HEARTBEAT: Update<wire::GrantArgs> = update("role_heartbeat");

pub(crate) const GET_USER: Query<wire::UserArgs, wire::User> = query("get_user");
pub(crate) const GET_USER_BY_PRINCIPAL: Query<wire::IdentityArgs, wire::User> =
    query("get_user_by_principal");
pub(crate) const LIST_USERS: Query<wire::ListUsersArgs, wire::UserPage> = query("list_users");
pub(crate) const LIST_WALLETS: Query<wire::ListWalletsArgs, wire::WalletPage> =
    query("list_wallets");
pub(crate) const LIST_RISK_PROFILES: Query<PageArgs, wire::RiskProfilePage> =
    query("list_risk_profiles");
pub(crate) const GET_ROLES: Query<wire::GetRolesArgs, wire::RoleGrantPage> = query("get_roles");
