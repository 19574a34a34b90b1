//! Wire types to the core's. What has no counterpart there is refused by name; everything else is
//! left to the rules.

use granary_api::registry as g;
use granary_kernel::{Fault, checks};
use granary_units::{Duration, Timestamp};
use registry_core::errors::{Missing, RegistryError};
use registry_core::records::{self as r, Address};
use registry_core::rules::grant_role;
use registry_core::types as t;
use serde_bytes::ByteBuf;

/// An office.
pub const fn role(role: g::Role) -> r::Role {
    match role {
        g::Role::Registrar => r::Role::Registrar,
        g::Role::Compliance => r::Role::Compliance,
        g::Role::Service => r::Role::Service,
        g::Role::Auditor => r::Role::Auditor,
        g::Role::Operator => r::Role::Operator,
        g::Role::Backup => r::Role::Backup,
        g::Role::Governor => r::Role::Governor,
    }
}

/// What people are held to.
pub const fn policies(policies: g::Policies) -> r::Policies {
    r::Policies {
        grant_delay: Duration::from_nanos(policies.grant_delay_ns),
        heartbeat: Duration::from_nanos(policies.heartbeat_ns),
        max_delegation_age: Duration::from_nanos(policies.max_delegation_age_ns),
        max_pending: policies.max_pending,
        max_registrations_per_hour: policies.max_registrations_per_hour,
        max_users: policies.max_users,
    }
}

/// A user's status.
pub const fn status(status: g::UserStatus) -> t::UserStatus {
    match status {
        g::UserStatus::Pending => t::UserStatus::Pending,
        g::UserStatus::Active => t::UserStatus::Active,
        g::UserStatus::Suspended => t::UserStatus::Suspended,
        g::UserStatus::Closed => t::UserStatus::Closed,
    }
}

/// A risk class.
pub const fn class(class: g::RiskClass) -> t::RiskClass {
    match class {
        g::RiskClass::Conservative => t::RiskClass::Conservative,
        g::RiskClass::Moderate => t::RiskClass::Moderate,
        g::RiskClass::Aggressive => t::RiskClass::Aggressive,
        g::RiskClass::Custom => t::RiskClass::Custom,
    }
}

/// The limits of a risk profile.
pub const fn limits(limits: g::RiskLimits) -> r::Limits {
    let g::RiskLimits { max_position_bps, max_drawdown_bps, max_asset_concentration_bps } = limits;
    r::Limits { max_position_bps, max_drawdown_bps, max_asset_concentration_bps }
}

/// A place that can receive money.
pub fn address(kind: g::WalletKind) -> Result<Address, Fault> {
    Ok(match kind {
        g::WalletKind::IcrcAccount { ledger, owner, subaccount } => {
            let given = subaccount.map(|bytes| checks::hash("kind.subaccount", &bytes));
            Address::Icrc { ledger, owner, subaccount: given.transpose()?.unwrap_or_default() }
        }
        g::WalletKind::BitcoinAddress { network, address, script_type } => Address::Bitcoin {
            network: match network {
                g::BitcoinNetwork::Mainnet => t::BitcoinNetwork::Mainnet,
                g::BitcoinNetwork::Testnet => t::BitcoinNetwork::Testnet,
                g::BitcoinNetwork::Regtest => t::BitcoinNetwork::Regtest,
            },
            text: address,
            script: match script_type {
                g::ScriptType::P2pkh => t::ScriptType::P2pkh,
                g::ScriptType::P2sh => t::ScriptType::P2sh,
                g::ScriptType::P2wpkh => t::ScriptType::P2wpkh,
                g::ScriptType::P2wsh => t::ScriptType::P2wsh,
                g::ScriptType::P2tr => t::ScriptType::P2tr,
            },
        },
    })
}

/// A digest that may be absent.
pub fn opt_hash(field: &str, bytes: Option<&ByteBuf>) -> Result<Option<t::Hash>, Fault> {
    bytes.map(|bytes| checks::hash(field, bytes)).transpose()
}

/// What people may do in the suite.
pub const fn person_role(role: g::PersonRole) -> t::PersonRole {
    match role {
        g::PersonRole::Member => t::PersonRole::Member,
        g::PersonRole::Reviewer => t::PersonRole::Reviewer,
        g::PersonRole::ProgramManager => t::PersonRole::ProgramManager,
        g::PersonRole::Strategist => t::PersonRole::Strategist,
        g::PersonRole::Approver => t::PersonRole::Approver,
        g::PersonRole::RiskSteward => t::PersonRole::RiskSteward,
        g::PersonRole::Treasurer => t::PersonRole::Treasurer,
        g::PersonRole::Guardian => t::PersonRole::Guardian,
        g::PersonRole::Auditor => t::PersonRole::Auditor,
        g::PersonRole::Operator => t::PersonRole::Operator,
    }
}

/// Who holds a grant. A number no user can have is nobody's.
pub fn holder(holder: g::Holder) -> Result<t::Holder, RegistryError> {
    Ok(match holder {
        g::Holder::User(id) => {
            t::Holder::User(t::UserId::from_wire(id).ok_or(Missing::User { id })?)
        }
        g::Holder::Principal(who) => t::Holder::Principal(who),
    })
}

/// A role to give, and its idempotency key.
pub fn grant(args: g::GrantRoleArgs) -> Result<(grant_role::Input, Option<String>), RegistryError> {
    let g::GrantRoleArgs { role, holder: held_by, scope, effective_at_ns, expires_at_ns, .. } =
        args;
    let input = grant_role::Input {
        role: person_role(role),
        holder: holder(held_by)?,
        scope,
        effective_at: effective_at_ns.map(Timestamp::from_nanos),
        expires_at: Timestamp::from_nanos(expires_at_ns),
    };
    Ok((input, args.idempotency_key))
}
