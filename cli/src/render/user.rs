//! People, wallets, risk profiles and roles as this tool shows them.

use granary_api::registry as wire;
use serde::Serialize;

use super::{Page, Report, more, page::cut};
use crate::date;

/// Somebody.
#[derive(Debug, Serialize)]
pub(crate) struct User {
    id: u64,
    name: String,
    status: String,
    identities: Vec<String>,
    proposals: Vec<Proposal>,
    risk_profile: u64,
    wallets: u32,
    version: u64,
    created_at: String,
}

#[derive(Debug, Serialize)]
struct Proposal {
    identity: String,
    proposed_by: String,
    expires_at: String,
}

impl From<&wire::User> for User {
    fn from(user: &wire::User) -> Self {
        let proposal = |p: &wire::LinkProposal| Proposal {
            identity: p.identity.to_text(),
            proposed_by: p.proposed_by.to_text(),
            expires_at: date::iso(p.expires_at_ns),
        };
        Self {
            id: user.id,
            name: user.display_name.clone(),
            status: lower(&user.status),
            identities: user.identities.iter().map(candid::Principal::to_text).collect(),
            proposals: user.proposals.iter().map(proposal).collect(),
            risk_profile: user.risk_profile,
            wallets: user.wallets,
            version: user.version,
            created_at: date::iso(user.created_at_ns),
        }
    }
}

/// The name of a value without fields, in lower case.
fn lower(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase()
}

impl Report for User {
    const SCHEMA: &'static str = "granary.user/1";

    fn text(&self, page: &mut Page) {
        page.title(&format!("user {}: {}", self.id, cut(&self.name, 64)));
        page.field("status", &self.status);
        for identity in &self.identities {
            page.field("identity", identity);
        }
        for Proposal { identity, expires_at, .. } in &self.proposals {
            page.field("asked to join", format!("{identity} until {expires_at}"));
        }
        page.field("risk profile", self.risk_profile.to_string());
        page.field("wallets", self.wallets.to_string());
        page.field("since", &self.created_at);
    }
}

/// A page of people.
#[derive(Debug, Serialize)]
pub(crate) struct Users {
    pub(crate) items: Vec<User>,
    pub(crate) next: Option<u64>,
}

impl Report for Users {
    const SCHEMA: &'static str = "granary.users/1";

    fn text(&self, page: &mut Page) {
        let row = |user: &User| {
            let identity = user.identities.first().cloned().unwrap_or_default();
            vec![user.id.to_string(), user.status.clone(), cut(&user.name, 32), identity]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "status", "name", "first identity"], &[0], &rows);
        more(page, self.next);
    }
}

/// A page of wallets.
#[derive(Debug, Serialize)]
pub(crate) struct Wallets {
    items: Vec<Wallet>,
    next: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Wallet {
    id: u64,
    user: u64,
    /// `icrc` or `bitcoin`.
    kind: &'static str,
    /// Canister of the ledger, or name of the network.
    place: String,
    address: String,
    label: String,
    status: String,
    first_used_at: Option<String>,
}

impl From<&wire::Wallet> for Wallet {
    fn from(wallet: &wire::Wallet) -> Self {
        let (kind, place, address) = match &wallet.kind {
            wire::WalletKind::IcrcAccount { ledger, owner, subaccount } => {
                let subaccount =
                    subaccount.as_ref().map(|bytes| format!(".{}", hex::encode(bytes)));
                let address = owner.to_text() + &subaccount.unwrap_or_default();
                ("icrc", ledger.to_text(), address)
            }
            wire::WalletKind::BitcoinAddress { network, address, .. } => {
                ("bitcoin", lower(network), address.clone())
            }
        };
        let status = match wallet.status {
            wire::WalletStatus::Unverified => "unverified".to_owned(),
            wire::WalletStatus::Verified { method, .. } => {
                format!("verified by {}", lower(&method))
            }
            wire::WalletStatus::Revoked => "revoked".to_owned(),
        };
        Self {
            id: wallet.id,
            user: wallet.user,
            kind,
            place,
            address,
            label: wallet.label.clone(),
            status,
            first_used_at: wallet.first_used_at_ns.map(date::iso),
        }
    }
}

impl From<&wire::WalletPage> for Wallets {
    fn from(page: &wire::WalletPage) -> Self {
        Self { items: page.items.iter().map(Wallet::from).collect(), next: page.next }
    }
}

impl Report for Wallets {
    const SCHEMA: &'static str = "granary.wallets/1";

    fn text(&self, page: &mut Page) {
        let row = |wallet: &Wallet| {
            let label = cut(&wallet.label, 24);
            let address = cut(&wallet.address, 70);
            vec![wallet.id.to_string(), wallet.status.clone(), wallet.kind.into(), label, address]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "status", "kind", "label", "address"], &[0], &rows);
        more(page, self.next);
    }
}

/// A page of risk profiles.
#[derive(Debug, Serialize)]
pub(crate) struct Profiles {
    items: Vec<Profile>,
    next: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Profile {
    id: u64,
    version: u32,
    class: String,
    max_position_bps: u32,
    max_drawdown_bps: u32,
    max_asset_concentration_bps: u32,
}

impl From<&wire::RiskProfilePage> for Profiles {
    fn from(page: &wire::RiskProfilePage) -> Self {
        let profile = |profile: &wire::RiskProfile| Profile {
            id: profile.id,
            version: profile.version,
            class: lower(&profile.class),
            max_position_bps: profile.limits.max_position_bps,
            max_drawdown_bps: profile.limits.max_drawdown_bps,
            max_asset_concentration_bps: profile.limits.max_asset_concentration_bps,
        };
        Self { items: page.items.iter().map(profile).collect(), next: page.next }
    }
}

impl Report for Profiles {
    const SCHEMA: &'static str = "granary.risk_profiles/1";

    fn text(&self, page: &mut Page) {
        let share = |bps: u32| format!("{}.{:02} %", bps / 100, bps % 100);
        let row = |profile: &Profile| {
            vec![
                profile.id.to_string(),
                profile.version.to_string(),
                profile.class.clone(),
                share(profile.max_position_bps),
                share(profile.max_drawdown_bps),
                share(profile.max_asset_concentration_bps),
            ]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        let head = ["id", "version", "class", "position", "drawdown", "one asset"];
        page.table(&head, &[0, 1, 3, 4, 5], &rows);
        more(page, self.next);
    }
}

/// A page of role grants.
#[derive(Debug, Serialize)]
pub(crate) struct Roles {
    items: Vec<Granted>,
    next: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Granted {
    id: u64,
    role: String,
    /// `user 7` or a principal.
    holder: String,
    scope: String,
    state: String,
    #[serde(rename = "granted_by")]
    giver: String,
    effective_at: String,
    expires_at: String,
    heartbeat_due_at: Option<String>,
}

impl From<&wire::RoleGrantPage> for Roles {
    fn from(page: &wire::RoleGrantPage) -> Self {
        let role = |grant: &wire::RoleGrant| Granted {
            id: grant.id,
            role: lower(&grant.role),
            holder: match grant.holder {
                wire::Holder::User(user) => format!("user {user}"),
                wire::Holder::Principal(principal) => principal.to_text(),
            },
            scope: grant.scope.clone(),
            state: lower(&grant.state),
            giver: grant.granted_by.to_text(),
            effective_at: date::iso(grant.effective_at_ns),
            expires_at: date::iso(grant.expires_at_ns),
            heartbeat_due_at: grant.heartbeat_due_ns.map(date::iso),
        };
        Self { items: page.items.iter().map(role).collect(), next: page.next }
    }
}

impl Report for Roles {
    const SCHEMA: &'static str = "granary.roles/1";

    fn text(&self, page: &mut Page) {
        let row = |grant: &Granted| {
            let scope = if grant.scope.is_empty() { "everywhere" } else { &grant.scope };
            vec![
                grant.id.to_string(),
                grant.state.clone(),
                grant.role.clone(),
                cut(scope, 24),
                grant.holder.clone(),
                grant.expires_at.clone(),
            ]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "state", "role", "where", "holder", "until"], &[0], &rows);
        more(page, self.next);
    }
}
