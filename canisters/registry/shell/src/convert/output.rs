//! The core's types to the wire's.

use granary_api::registry as g;
use granary_kernel::Page;
use granary_units::{Duration, Timestamp};
use registry_core::records::profile::RevisionRow;
use registry_core::records::{self as r, Address, Limits, ProfileHead};
use registry_core::rules::{GrantView, UserView, WalletView};
use registry_core::store::{Consistency, Standing};
use registry_core::types as t;
use serde_bytes::ByteBuf;

/// An office.
pub const fn role(role: r::Role) -> g::Role {
    match role {
        r::Role::Registrar => g::Role::Registrar,
        r::Role::Compliance => g::Role::Compliance,
        r::Role::Service => g::Role::Service,
        r::Role::Auditor => g::Role::Auditor,
        r::Role::Operator => g::Role::Operator,
        r::Role::Backup => g::Role::Backup,
        r::Role::Governor => g::Role::Governor,
    }
}

/// What people are held to.
pub const fn policies(policies: r::Policies) -> g::Policies {
    g::Policies {
        grant_delay_ns: policies.grant_delay.as_nanos(),
        heartbeat_ns: policies.heartbeat.as_nanos(),
        max_delegation_age_ns: policies.max_delegation_age.as_nanos(),
        max_pending: policies.max_pending,
        max_registrations_per_hour: policies.max_registrations_per_hour,
        max_users: policies.max_users,
    }
}

/// A user's status.
pub const fn status(status: t::UserStatus) -> g::UserStatus {
    match status {
        t::UserStatus::Pending => g::UserStatus::Pending,
        t::UserStatus::Active => g::UserStatus::Active,
        t::UserStatus::Suspended => g::UserStatus::Suspended,
        t::UserStatus::Closed => g::UserStatus::Closed,
    }
}

/// A user.
pub fn user(user: UserView) -> g::User {
    let UserView { id, head } = user;
    let proposal = |open: r::Proposal| g::LinkProposal {
        identity: open.identity,
        proposed_by: open.proposed_by,
        expires_at_ns: open.expires_at.as_nanos(),
    };
    g::User {
        id: id.wire(),
        identities: head.identities,
        proposals: head.proposals.into_iter().map(proposal).collect(),
        display_name: head.name,
        status: status(head.status),
        risk_profile: head.profile.wire(),
        created_at_ns: head.created_at.as_nanos(),
        version: head.version.into(),
        wallets: head.wallets,
    }
}

/// A page of users.
pub fn users(page: Page<UserView>) -> g::UserPage {
    let Page { items, next } = page.map(user);
    g::UserPage { items, next }
}

/// A wallet.
pub fn wallet(wallet: WalletView) -> g::Wallet {
    let WalletView { id, head } = wallet;
    g::Wallet {
        id: id.wire(),
        user: head.user.wire(),
        kind: kind(head.address),
        label: head.label,
        status: match head.status {
            t::WalletStatus::Unverified => g::WalletStatus::Unverified,
            t::WalletStatus::Verified { method, at } => g::WalletStatus::Verified {
                method: match method {
                    t::Method::Ownership => g::VerificationMethod::Ownership,
                    t::Method::Attestation => g::VerificationMethod::Attestation,
                },
                at_ns: at.as_nanos(),
            },
            t::WalletStatus::Revoked => g::WalletStatus::Revoked,
        },
        first_used_at_ns: head.first_used_at.map(Timestamp::as_nanos),
        address_key: ByteBuf::from(head.key),
    }
}

fn kind(address: Address) -> g::WalletKind {
    match address {
        Address::Icrc { ledger, owner, subaccount } => g::WalletKind::IcrcAccount {
            ledger,
            owner,
            subaccount: Some(subaccount).filter(|bytes| *bytes != [0; 32]).map(ByteBuf::from),
        },
        Address::Bitcoin { network, text, script } => g::WalletKind::BitcoinAddress {
            network: match network {
                t::BitcoinNetwork::Mainnet => g::BitcoinNetwork::Mainnet,
                t::BitcoinNetwork::Testnet => g::BitcoinNetwork::Testnet,
                t::BitcoinNetwork::Regtest => g::BitcoinNetwork::Regtest,
            },
            address: text,
            script_type: match script {
                t::ScriptType::P2pkh => g::ScriptType::P2pkh,
                t::ScriptType::P2sh => g::ScriptType::P2sh,
                t::ScriptType::P2wpkh => g::ScriptType::P2wpkh,
                t::ScriptType::P2wsh => g::ScriptType::P2wsh,
                t::ScriptType::P2tr => g::ScriptType::P2tr,
            },
        },
    }
}

/// A page of wallets.
pub fn wallets(page: Page<WalletView>) -> g::WalletPage {
    let Page { items, next } = page.map(wallet);
    g::WalletPage { items, next }
}

const fn class(class: t::RiskClass) -> g::RiskClass {
    match class {
        t::RiskClass::Conservative => g::RiskClass::Conservative,
        t::RiskClass::Moderate => g::RiskClass::Moderate,
        t::RiskClass::Aggressive => g::RiskClass::Aggressive,
        t::RiskClass::Custom => g::RiskClass::Custom,
    }
}

const fn limits(limits: Limits) -> g::RiskLimits {
    let Limits { max_position_bps, max_drawdown_bps, max_asset_concentration_bps } = limits;
    g::RiskLimits { max_position_bps, max_drawdown_bps, max_asset_concentration_bps }
}

/// A risk profile in its newest version.
pub fn profile((id, head): (t::ProfileId, ProfileHead)) -> g::RiskProfile {
    g::RiskProfile {
        id: id.wire(),
        class: class(head.class),
        limits: limits(head.limits),
        version: head.version,
        defined_at_ns: head.defined_at.as_nanos(),
    }
}

/// A risk profile in one of its versions.
pub fn revision(row: &RevisionRow) -> g::RiskProfile {
    g::RiskProfile {
        id: row.profile.wire(),
        class: class(row.class),
        limits: limits(row.limits),
        version: row.version,
        defined_at_ns: row.defined_at.as_nanos(),
    }
}

/// A page of risk profiles.
pub fn profiles(page: Page<(t::ProfileId, ProfileHead)>) -> g::RiskProfilePage {
    let Page { items, next } = page.map(profile);
    g::RiskProfilePage { items, next }
}

const fn person_role(role: t::PersonRole) -> g::PersonRole {
    match role {
        t::PersonRole::Member => g::PersonRole::Member,
        t::PersonRole::Reviewer => g::PersonRole::Reviewer,
        t::PersonRole::ProgramManager => g::PersonRole::ProgramManager,
        t::PersonRole::Strategist => g::PersonRole::Strategist,
        t::PersonRole::Approver => g::PersonRole::Approver,
        t::PersonRole::RiskSteward => g::PersonRole::RiskSteward,
        t::PersonRole::Treasurer => g::PersonRole::Treasurer,
        t::PersonRole::Guardian => g::PersonRole::Guardian,
        t::PersonRole::Auditor => g::PersonRole::Auditor,
        t::PersonRole::Operator => g::PersonRole::Operator,
    }
}

/// A role grant as it stands at `now`.
pub fn grant(grant: GrantView, now: Timestamp) -> g::RoleGrant {
    let GrantView { id, head } = grant;
    let lapses_at = head.lapses_at();
    g::RoleGrant {
        id: id.wire(),
        role: person_role(head.role),
        holder: match head.holder {
            t::Holder::User(user) => g::Holder::User(user.wire()),
            t::Holder::Principal(who) => g::Holder::Principal(who),
        },
        granted_by: head.granted_by,
        granted_at_ns: head.granted_at.as_nanos(),
        effective_at_ns: head.effective_at.as_nanos(),
        expires_at_ns: head.expires_at.as_nanos(),
        last_heartbeat_ns: head.last_heartbeat.as_nanos(),
        heartbeat_due_ns: head.heartbeat.map(|_: Duration| lapses_at.as_nanos()),
        state: match head.state_at(now) {
            t::GrantState::Granted => g::GrantState::Granted,
            t::GrantState::Effective => g::GrantState::Effective,
            t::GrantState::Expired => g::GrantState::Expired,
            t::GrantState::Revoked => g::GrantState::Revoked,
        },
        scope: head.scope,
    }
}

/// A page of role grants as they stand at `now`.
pub fn grants(page: Page<GrantView>, now: Timestamp) -> g::RoleGrantPage {
    let Page { items, next } = page.map(|item| grant(item, now));
    g::RoleGrantPage { items, next }
}

/// What the registry knows about somebody.
pub fn standing(standing: Standing) -> g::Standing {
    let Standing { principal, user, roles, wallets } = standing;
    let held = |(role, scope): (t::PersonRole, String)| g::HeldRole {
        role: role.name().to_owned(),
        scope,
    };
    g::Standing {
        principal,
        user: user.map(|(id, _)| id.wire()),
        status: user.map(|(_, at)| status(at)),
        roles: roles.into_iter().map(held).collect(),
        wallets: wallets.into_iter().map(ByteBuf::from).collect(),
    }
}

/// Counts beside the sizes of the indexes.
pub fn consistency(found: &Consistency) -> g::UserConsistency {
    g::UserConsistency {
        users: found.users.0,
        user_rows: found.users.1,
        identities: found.identities.0,
        identity_index: found.identities.1,
        wallets: found.wallets.0,
        wallet_rows: found.wallets.1,
        verified_wallets: found.addresses.0,
        address_index: found.addresses.1,
        profiles: found.profiles.0,
        profile_rows: found.profiles.1,
        consistent: found.holds(),
    }
}
