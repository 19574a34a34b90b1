//! The table of `registry`.

use granary_api::{common as c, registry as g};
use granary_tests::{
    clock::DAY,
    hostile::Known,
    people::{
        Who::{
            self, Applicant, Auditor, Backup, Compliance, Controller, Execution, Governor,
            Guardian, Manager, Operator, Reader, Registrar, Reviewer, Service, Steward, Stranger,
            Treasurer,
        },
        person,
    },
    reply::Expect,
    subject::REGISTRY,
    world::{World, encode},
};

use super::row::{NOBODY_ELSE, Row, Staged, common, nothing, public, row};
use crate::registry::{account, add_wallet, admit, grant, link};

const NOT_SELF: &str = "registry.user.not_self";
const NOT_USER: &str = "registry.user.not_registered";
const OFFICE: &str = "registry.grant.office";
/// Who reads about people.
const READERS: &[Who] = &[Applicant, Registrar, Compliance, Auditor, Governor];
/// Everybody who signed in.
const SIGNED_IN: &[Who] = &[
    Stranger, Applicant, Reviewer, Manager, Treasurer, Registrar, Compliance, Service, Execution,
    Reader, Steward, Guardian, Auditor, Operator, Backup, Governor, Controller,
];

/// What is prepared for the rows.
pub(crate) struct Stage {
    now_ns: u64,
    /// The applicant's user.
    pub(crate) owner: u64,
    waiting: u64,
    active: u64,
    suspended: u64,
    closing: u64,
    /// Has asked the reviewer to join.
    asker: u64,
    pub(crate) wallets: Vec<u64>,
    /// A role of the owner that registrars give.
    member: u64,
    /// A role of the owner that needs signs of life.
    pub(crate) guardian: u64,
}

impl Staged for Stage {
    fn now_ns(&self) -> u64 {
        self.now_ns
    }
}

impl Stage {
    /// One entity for each method.
    pub(crate) fn build(world: &World) -> Self {
        let owner = admit(world, Applicant.principal());
        let [active, suspended, closing, asker] =
            ["active", "suspended", "closing", "asker"].map(|name| admit(world, person(name)));
        let reason = g::UserReasonArgs { user: suspended, reason: "a question".to_owned() };
        world.caller(Compliance).receipt("suspend_user", &reason).value("suspended");
        let waiting = {
            let args = crate::registry::registration();
            let caller = world.caller_principal(person("waiting"));
            caller.receipt("register_user", &args).value("waits").id
        };
        link(world, Applicant.principal(), person("second"), owner);
        let invited = g::IdentityArgs { identity: Reviewer.principal() };
        let caller = world.caller_principal(person("asker"));
        caller.receipt("link_identity", &invited).value("asked");
        let applicant = Applicant.principal();
        let wallets = (1..=3).map(|n| add_wallet(world, applicant, account(applicant, n)));
        let wallets = wallets.collect();
        let member = grant(world, g::PersonRole::Member, g::Holder::User(owner));
        let guardian = grant(world, g::PersonRole::Guardian, g::Holder::User(owner));
        world.advance(2 * DAY);
        let now_ns = world.now_ns();
        Self {
            now_ns,
            owner,
            waiting,
            active,
            suspended,
            closing,
            asker,
            wallets,
            member,
            guardian,
        }
    }

    fn wallet(&self, at: usize) -> Vec<u8> {
        encode(&g::WalletArgs { wallet: self.wallets[at] })
    }
}

fn user(user: u64) -> Vec<u8> {
    encode(&g::UserArgs { user })
}

fn reason(user: u64) -> Vec<u8> {
    encode(&g::UserReasonArgs { user, reason: "because".to_owned() })
}

fn people() -> Vec<Row<Stage>> {
    vec![
        row("activate_user", &[Registrar], NOBODY_ELSE, |stage: &Stage| user(stage.waiting)),
        row("suspend_user", &[Compliance], NOBODY_ELSE, |stage| reason(stage.active)),
        row("reactivate_user", &[Compliance], NOBODY_ELSE, |stage| reason(stage.suspended)),
        row("close_user", &[Registrar, Compliance], NOT_SELF, |stage| reason(stage.closing)),
        row("link_identity", &[Applicant], NOT_USER, |_| {
            encode(&g::IdentityArgs { identity: person("third") })
        }),
        row("unlink_identity", &[Applicant, Registrar, Compliance], NOT_SELF, |stage| {
            let (identity, user) = (person("second"), Some(stage.owner));
            encode(&g::UnlinkIdentityArgs { identity, user })
        }),
        row("get_user", READERS, NOT_SELF, |stage| user(stage.owner)),
        row("get_user_by_principal", READERS, NOT_SELF, |_| {
            encode(&g::IdentityArgs { identity: Applicant.principal() })
        }),
        row("list_users", &READERS[1..], NOBODY_ELSE, |_| {
            encode(&g::ListUsersArgs { status: None, after: None, limit: 10 })
        }),
        row("validate_user_consistency", &[Auditor, Governor], NOBODY_ELSE, nothing),
    ]
}

fn money() -> Vec<Row<Stage>> {
    const OWNERS: &[Who] = &[Applicant, Registrar, Compliance];
    vec![
        row("add_wallet", &[Applicant], NOT_USER, |_| {
            let kind = account(Applicant.principal(), 9);
            encode(&g::AddWalletArgs { kind, label: String::new(), idempotency_key: None })
        }),
        row("verify_wallet", OWNERS, NOT_SELF, |stage: &Stage| {
            let evidence_hash = Some(granary_tests::fixtures::hash("seen"));
            encode(&g::VerifyWalletArgs { wallet: stage.wallets[0], evidence_hash })
        }),
        row("revoke_wallet", OWNERS, NOT_SELF, |stage| stage.wallet(1)),
        row("mark_wallet_used", &[Service], NOBODY_ELSE, |stage| stage.wallet(2)),
        row("list_wallets", READERS, NOT_SELF, |stage| {
            encode(&g::ListWalletsArgs { user: stage.owner, after: None, limit: 10 })
        }),
        row("define_risk_profile", &[Compliance, Governor], NOBODY_ELSE, |_| {
            let limits = g::RiskLimits {
                max_position_bps: 100,
                max_drawdown_bps: 100,
                max_asset_concentration_bps: 100,
            };
            let class = g::RiskClass::Custom;
            let (profile, idempotency_key) = (None, None);
            encode(&g::DefineRiskProfileArgs { profile, class, limits, idempotency_key })
        }),
        row("set_risk_profile", &[Compliance], NOT_SELF, |stage| {
            encode(&g::SetRiskProfileArgs { user: stage.active, profile: 2 })
        }),
        public("get_risk_profile", |_| {
            encode(&g::GetRiskProfileArgs { profile: 1, version: Some(1) })
        }),
        public("list_risk_profiles", |_| encode(&c::PageArgs { after: None, limit: 10 })),
    ]
}

fn roles() -> Vec<Row<Stage>> {
    vec![
        row("grant_role", &[Governor, Registrar], OFFICE, |stage: &Stage| {
            encode(&g::GrantRoleArgs {
                role: g::PersonRole::Reviewer,
                holder: g::Holder::User(stage.active),
                scope: "micro_grants/1".to_owned(),
                effective_at_ns: None,
                expires_at_ns: stage.now_ns + 90 * DAY,
                idempotency_key: None,
            })
        }),
        row("revoke_role", &[Registrar, Governor, Applicant], OFFICE, |stage| {
            encode(&g::GrantArgs { grant: stage.member })
        }),
        row("role_heartbeat", &[Applicant], "registry.grant.not_holder", |stage| {
            encode(&g::GrantArgs { grant: stage.guardian })
        }),
        public("get_roles", |_| encode(&g::GetRolesArgs { holder: None, after: None, limit: 10 })),
        row("get_standings", &[Service, Auditor, Registrar, Governor], NOBODY_ELSE, |_| {
            let principals = vec![Applicant.principal(), Stranger.principal()];
            encode(&g::GetStandingsArgs { principals })
        }),
        row("set_role", &[Governor], NOBODY_ELSE, |_| {
            let (role, holder) = (g::Role::Backup, person("keeper"));
            encode(&g::SetRoleArgs { role, holder, granted: true })
        }),
        public("list_roles", nothing),
        public("get_policies", nothing),
        // Whoever joins or registers is a user from then on: the last of the canister's own rows.
        row("accept_identity_link", &[Reviewer], "registry.identity.not_proposed", |stage| {
            user(stage.asker)
        }),
        row("register_user", SIGNED_IN, "", |_| encode(&crate::registry::registration())),
    ]
}

/// Who may call what.
pub(crate) fn rows() -> Vec<Row<Stage>> {
    let mut rows = people();
    rows.extend(money());
    rows.extend(roles());
    rows.extend(common());
    rows
}

#[test]
fn a_rehearsal_of_registry_refuses_every_update() {
    let world = crate::world_of(&REGISTRY);
    let stage = Stage::build(&world);
    super::assert_idle_in_a_rehearsal(&world, &rows(), &stage);
}

#[test]
fn every_method_of_registry_has_a_row() {
    super::assert_complete(&REGISTRY, &rows());
}

#[test]
fn everybody_gets_what_the_table_of_registry_says() {
    let world = crate::world_of(&REGISTRY);
    let stage = Stage::build(&world);
    super::assert_kept(&world, &rows(), &stage);
}

/// `registry` with something of everything, so that guessed numbers hit.
pub(crate) fn target() -> (World, Known) {
    let world = crate::world_of(&REGISTRY);
    let Stage {
        owner, waiting, active, suspended, closing, asker, wallets, member, guardian, ..
    } = Stage::build(&world);
    let mut ids = vec![owner, waiting, active, suspended, closing, asker, member, guardian];
    ids.extend(wallets);
    let mut principals: Vec<_> = Who::ALL.map(Who::principal).to_vec();
    principals.extend(["second", "active", "asker", "waiting"].map(person));
    principals.push(world.canister);
    (world, Known { ids, principals })
}
