//! People and records for the tests of the rules.

use granary_kernel::Ctx;

use crate::limits;
use crate::records::profile::STANDARD;
use crate::records::user::standard_profile;
use crate::records::{Address, GrantHead, ProfileHead, UserHead, WalletHead};
use crate::rules::{GrantView, UserView, WalletView};
use crate::types::{
    Duration, GrantId, GrantState, Holder, PersonRole, Principal, ProfileId, RevisionId, RiskClass,
    Timestamp, UserId, UserStatus, WalletId, WalletStatus,
};

pub(crate) fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 7])
}

pub(crate) fn alice() -> Principal {
    person(1)
}

pub(crate) fn bob() -> Principal {
    person(2)
}

pub(crate) fn ctx(actor: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(1_700_000_000_000_000_000), actor, trace_id: 1 }
}

pub(crate) fn later(ctx: &Ctx, span: Duration) -> Ctx {
    Ctx { now: ctx.now.saturating_add(span), ..*ctx }
}

/// An active user with one identity, one role and one wallet.
pub(crate) fn user(number: u32, identity: Principal) -> UserView {
    UserView {
        id: UserId::new(number).expect("not zero"),
        head: UserHead {
            status: UserStatus::Active,
            created_at: Timestamp::from_nanos(5),
            version: 1,
            profile: standard_profile(RiskClass::Conservative),
            identities: vec![identity],
            proposals: vec![],
            name: "Somebody".to_owned(),
            wallets: 1,
            wallets_ever: 1,
            grants: 1,
            grants_ever: 1,
        },
    }
}

pub(crate) fn account(n: u8) -> Address {
    Address::Icrc { ledger: person(90), owner: alice(), subaccount: [n; 32] }
}

pub(crate) fn account_of(owner: Principal) -> Address {
    Address::Icrc { ledger: person(90), owner, subaccount: [0; 32] }
}

pub(crate) fn wallet(number: u32, address: Address) -> WalletView {
    WalletView {
        id: WalletId::new(number).expect("not zero"),
        head: WalletHead {
            user: UserId::new(1).expect("not zero"),
            key: address.key(),
            address,
            label: String::new(),
            status: WalletStatus::Unverified,
            added_at: Timestamp::from_nanos(6),
            first_used_at: None,
        },
    }
}

pub(crate) fn standard(class: RiskClass) -> (ProfileId, ProfileHead) {
    let id = standard_profile(class);
    let at = usize::try_from(id.slot()).expect("small");
    let head = ProfileHead {
        class,
        limits: STANDARD[at].1,
        version: 1,
        defined_at: Timestamp::from_nanos(1),
        newest: RevisionId::new(id.get()).expect("not zero"),
    };
    (id, head)
}

/// An effective grant of user 1.
pub(crate) fn grant(number: u32, role: PersonRole) -> GrantView {
    let now = ctx(alice()).now;
    GrantView {
        id: GrantId::new(number).expect("not zero"),
        head: GrantHead {
            role,
            holder: Holder::User(UserId::new(1).expect("not zero")),
            scope: String::new(),
            granted_by: bob(),
            granted_at: now,
            effective_at: now,
            expires_at: now.saturating_add(limits::MAX_GRANT_LIFE),
            last_heartbeat: now,
            heartbeat: role.needs_heartbeat().then_some(limits::DEFAULT_HEARTBEAT),
            state: GrantState::Effective,
        },
    }
}
