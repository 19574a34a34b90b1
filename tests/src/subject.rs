//! The canisters of the suite as the tests see them: one row each, and what is true for all of
//! them is tested for every row.

use candid::{CandidType, Principal};
use granary_api::{
    common::{Mode, Profile},
    execution, governor, micro_grants, portfolio, recovery, registry, risk_guard,
};
use granary_build::Artifact;

use crate::{
    did::Interface,
    people::{self, Who},
    world::{encode, init_args, marked},
};

/// A canister of the suite.
#[derive(Debug)]
pub struct Subject {
    /// Its package, its interface file, and the kind its state says it is.
    pub name: &'static str,
    /// Arguments of a first installation, with one person for each role.
    pub init: fn() -> Vec<u8>,
    /// The families of records it exports, without the journal: an upgrade adds to that one.
    pub domains: &'static [&'static str],
    /// The names by which it knows other canisters.
    pub peers: &'static [&'static str],
}

/// Spending programmes.
pub static MICRO_GRANTS: Subject = Subject {
    name: "micro_grants",
    init: || encode(&micro_grants::InstallArgs::Init(init_args())),
    domains: &["config", "roles", "programs", "applications", "reviews", "grants", "payouts"],
    peers: &["execution", "registry"],
};

/// People.
pub static REGISTRY: Subject = Subject {
    name: "registry",
    init: || encode(&registry::InstallArgs::Init(registry_args())),
    domains: &["config", "roles", "profiles", "users", "wallets", "grants"],
    peers: &[],
};

/// The books.
pub static PORTFOLIO: Subject = Subject {
    name: "portfolio",
    init: || encode(&portfolio::InstallArgs::Init(portfolio_args())),
    domains: &["config", "roles", "portfolios", "transactions", "proofs"],
    peers: &["price_oracle"],
};

/// The rules about money that wants to leave.
pub static RISK_GUARD: Subject = Subject {
    name: "risk_guard",
    init: || encode(&risk_guard::InstallArgs::Init(risk_guard_args())),
    domains: &["config", "roles", "policy", "reservations", "guards", "watch"],
    peers: &["portfolio", "price_oracle"],
};

/// The hands.
pub static EXECUTION: Subject = Subject {
    name: "execution",
    init: || encode(&execution::InstallArgs::Init(execution_args())),
    domains: &["config", "roles", "assets", "intents"],
    peers: &["portfolio", "risk_guard"],
};

/// The constitution.
pub static GOVERNOR: Subject = Subject {
    name: "governor",
    init: || encode(&governor::InstallArgs::Init(governor_args())),
    domains: &["config", "roles", "targets", "modules", "proposals", "incidents"],
    peers: &[],
};

/// The committee that repairs the governor.
pub static RECOVERY: Subject = Subject {
    name: "recovery",
    init: || encode(&recovery::InstallArgs::Init(recovery_args())),
    domains: &["config", "roles", "requests"],
    peers: &[],
};

/// Every canister of the suite.
pub static SUITE: [&Subject; 7] =
    [&MICRO_GRANTS, &REGISTRY, &PORTFOLIO, &RISK_GUARD, &EXECUTION, &GOVERNOR, &RECOVERY];

/// Arguments of a first installation of `recovery`: two of three members repair a governor that is
/// not there.
pub fn recovery_args() -> recovery::InitArgs {
    use recovery::Role;
    let roles = [
        (Role::Auditor, Who::Auditor),
        (Role::Operator, Who::Operator),
        (Role::Backup, Who::Backup),
    ];
    let members = [Who::Treasurer, Who::Reviewer, Who::Guardian].map(Who::principal).to_vec();
    recovery::InitArgs {
        governor: Who::Governor.principal(),
        roles: roles
            .map(|(role, who)| recovery::RoleGrant { role, holder: who.principal() })
            .to_vec(),
        profile: Profile::Testing,
        target: people::person("a governor that is not there"),
        committee: recovery::Committee { members, quorum: 2 },
        delays: None,
        importing: None,
    }
}

/// Arguments of a first installation of `registry`.
pub fn registry_args() -> registry::InitArgs {
    use registry::Role;
    let roles = [
        (Role::Registrar, Who::Registrar),
        (Role::Compliance, Who::Compliance),
        (Role::Service, Who::Service),
        (Role::Auditor, Who::Auditor),
        (Role::Operator, Who::Operator),
        (Role::Backup, Who::Backup),
    ];
    registry::InitArgs {
        governor: Who::Governor.principal(),
        roles: roles
            .map(|(role, who)| registry::RoleHolder { role, holder: who.principal() })
            .to_vec(),
        profile: Profile::Testing,
        policies: None,
        importing: None,
    }
}

/// Arguments of a first installation of `portfolio`.
pub fn portfolio_args() -> portfolio::InitArgs {
    use portfolio::Role;
    let roles = [
        (Role::Execution, Who::Execution),
        (Role::Reader, Who::Reader),
        (Role::Auditor, Who::Auditor),
        (Role::Operator, Who::Operator),
        (Role::Backup, Who::Backup),
    ];
    portfolio::InitArgs {
        governor: Who::Governor.principal(),
        roles: roles
            .map(|(role, who)| portfolio::RoleGrant { role, holder: who.principal() })
            .to_vec(),
        profile: Profile::Testing,
        tuning: None,
        peers: None,
        importing: None,
    }
}

/// Arguments of a first installation of `risk_guard`: assets 1 and 2 may leave, a thousand tokens
/// at once; what loosens waits a minute.
pub fn risk_guard_args() -> risk_guard::InitArgs {
    use risk_guard::Role;
    let roles = [
        (Role::Execution, Who::Execution),
        (Role::Reader, Who::Reader),
        (Role::Steward, Who::Steward),
        (Role::Auditor, Who::Auditor),
        (Role::Operator, Who::Operator),
        (Role::Backup, Who::Backup),
    ];
    risk_guard::InitArgs {
        governor: Who::Governor.principal(),
        roles: roles
            .map(|(role, who)| risk_guard::RoleGrant { role, holder: who.principal() })
            .to_vec(),
        profile: Profile::Testing,
        policy: Some(first_policy()),
        peers: None,
        importing: None,
    }
}

/// Arguments of a first installation of `execution`: `Who::Service` submits payouts as the grants'
/// canister does, `Who::Reader` legs of plans, and a reviewer approves.
pub fn execution_args() -> execution::InitArgs {
    use execution::Role;
    let roles = [
        (Role::MicroGrants, Who::Service),
        (Role::Strategy, Who::Reader),
        (Role::Treasurer, Who::Treasurer),
        (Role::Approver, Who::Reviewer),
        (Role::Auditor, Who::Auditor),
        (Role::Operator, Who::Operator),
        (Role::Backup, Who::Backup),
    ];
    execution::InitArgs {
        governor: Who::Governor.principal(),
        roles: roles
            .map(|(role, who)| execution::RoleGrant { role, holder: who.principal() })
            .to_vec(),
        profile: Profile::Testing,
        peers: None,
        importing: None,
    }
}

/// Who governs in the tests, and what each of them may do.
pub const MEMBERS: [(Who, &[governor::Permission]); 4] = {
    use governor::Permission::{Approve, Execute, Propose, Veto};
    [
        (Who::Treasurer, &[Propose, Approve, Execute, Veto]),
        (Who::Reviewer, &[Approve]),
        (Who::Steward, &[Approve, Veto]),
        (Who::Service, &[Execute]),
    ]
};

/// Arguments of a first installation of `governor`: two of three approve, nobody discusses, what is
/// ordinary waits an hour. `Who::Governor` is the recovery canister; the targets are no canisters.
pub fn governor_args() -> governor::InitArgs {
    use governor::Role;
    let roles = [
        (Role::Auditor, Who::Auditor),
        (Role::Operator, Who::Operator),
        (Role::Backup, Who::Backup),
    ];
    let hour = 3_600_000_000_000;
    governor::InitArgs {
        governor: Who::Governor.principal(),
        roles: roles
            .map(|(role, who)| governor::RoleGrant { role, holder: who.principal() })
            .to_vec(),
        profile: Profile::Testing,
        members: MEMBERS.map(|(who, permissions)| seat(who.principal(), permissions)).to_vec(),
        rules: Some(governor::Rules {
            threshold: 2,
            voting: governor::VotingRule::OneMemberOneVote,
            min_delay_ns: hour,
            long_delay_ns: 2 * hour,
            approval_ttl_ns: 30 * 24 * hour,
            discussion_ns: 0,
            voting_period_ns: 48 * hour,
            execution_window_ns: 24 * hour,
            observation_ns: hour,
            rehearsal_ttl_ns: 30 * 24 * hour,
            late_quorum_ns: hour,
            late_extension_ns: hour,
            heartbeat_ns: 30 * 24 * hour,
            attestations: 0,
        }),
        recovery: Some(governor::RecoverySpec {
            canister: Who::Governor.principal(),
            committee: (0..3).map(people::applicant).collect(),
            quorum: 2,
        }),
        methods: vec![governor::Method {
            target: "registry".to_owned(),
            method: "define_risk_profile".to_owned(),
        }],
        escalation: None,
        targets: vec![target("registry", 1), target("risk_guard", 2), target("execution", 3)],
        importing: None,
    }
}

/// A member of weight 1 for ever.
pub fn seat(principal: Principal, permissions: &[governor::Permission]) -> governor::MemberSpec {
    let permissions = permissions.to_vec();
    governor::MemberSpec { principal, permissions, weight: 1, expires_at_ns: None }
}

fn target(name: &str, order: u8) -> governor::TargetSpec {
    let (name, dependencies) = (name.to_owned(), Vec::new());
    let canister = people::person(&format!("target {name}"));
    let placement = governor::Placement { name, phase: 1, order, dependencies };
    governor::TargetSpec { canister, placement }
}

fn first_policy() -> risk_guard::PolicyChange {
    use risk_guard as r;
    let minute = 60_000_000_000;
    let window = |seconds, most: u64, max_bps_of_treasury| r::WindowLimit {
        seconds,
        max_amount_units: most.into(),
        max_bps_of_treasury,
    };
    let limits = r::AssetLimits {
        decimals: 8,
        max_per_tx_units: 100_000_000_000_u64.into(),
        windows: vec![
            window(3_600, 200_000_000_000, None),
            window(86_400, 1_000_000_000_000, Some(2_500)),
        ],
        max_tx_per_window: 1_000,
        min_retained_bps: 0,
        min_amount_to_limit_units: 0_u8.into(),
        reference_value: 100_000_000_u64.into(),
    };
    let limited = |asset| r::AssetChange { asset, limits: Some(limits.clone()) };
    let tier = |bound: Option<u64>, approvals, delay_ns| r::ApprovalTier {
        up_to_value: bound.map(Into::into),
        approvals,
        delay_ns,
    };
    r::PolicyChange {
        rules: Some(r::Rules {
            allow_list_only: false,
            first_use_delay_ns: 0,
            approval_tiers: vec![
                tier(Some(10_000_000_000), 0, 0),
                tier(Some(50_000_000_000), 1, 0),
                tier(None, 2, minute),
            ],
            max_price_age_ns: 60 * minute,
            max_price_deviation_bps: 200,
            concentration_bps: 10_000,
            drawdown_bps: 10_000,
            solvency_buffer_bps: 0,
            loosen_delay_ns: minute,
            announce_delay_ns: 2 * minute,
            steward: r::StewardBound { max_change_bps: 1_000, min_delay_ns: minute },
            floor: None,
        }),
        assets: vec![limited(1), limited(2)],
        destinations: Vec::new(),
    }
}

impl Subject {
    /// The canister's module as it is deployed.
    ///
    /// # Panics
    /// When it does not build; the message is the builder's.
    pub fn artifact(&self) -> Artifact {
        granary_build::canister(self.name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Its module packed, as it is installed: one message instead of several.
    ///
    /// # Panics
    /// When it does not build.
    pub fn packed(&self) -> Vec<u8> {
        packed(self.name)
    }

    /// The same code under another hash; see [`crate::world::next_wasm`].
    ///
    /// # Panics
    /// When it does not build.
    pub fn next(&self, number: usize) -> Vec<u8> {
        marked(&self.artifact(), number)
    }

    /// Its interface file, parsed.
    ///
    /// # Panics
    /// When the file is missing or does not parse.
    pub fn interface(&self) -> Interface {
        Interface::of(self.name)
    }
}

/// The packed module of a canister.
///
/// # Panics
/// When it does not build; the message is the builder's.
pub fn packed(name: &str) -> Vec<u8> {
    let module = granary_build::canister(name).and_then(|artifact| artifact.gzip());
    module.unwrap_or_else(|error| panic!("{error}"))
}

/// The fields that the upgrade arguments of every canister have.
#[derive(CandidType, Clone, Debug, Default)]
pub struct CommonUpgrade {
    /// Mode from then on.
    pub mode: Option<Mode>,
    /// The upgrade fails unless the state has this schema.
    pub expected_schema: Option<u32>,
    /// The canister is a copy on which the upgrade is tried.
    pub rehearsal: Option<bool>,
}

/// The arguments of `post_upgrade` of every canister.
#[derive(CandidType, Clone, Debug)]
pub enum UpgradeArg {
    /// An upgrade; what is not said stays.
    Upgrade(CommonUpgrade),
}

/// One right of one holder, as every canister's `set_role` takes it.
#[derive(CandidType, Clone, Debug)]
pub struct SetRole<R> {
    /// The canister's own role.
    pub role: R,
    /// Who.
    pub holder: Principal,
    /// Given, or taken away.
    pub granted: bool,
}

/// The roles that every canister has.
#[derive(CandidType, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommonRole {
    /// Reads everything.
    Auditor,
    /// Keeps it running.
    Operator,
    /// Takes backups.
    Backup,
    /// Decides who may what.
    Governor,
}

impl CommonRole {
    /// The right of `holder`, given or taken away.
    pub fn set(self, holder: Principal, granted: bool) -> SetRole<Self> {
        SetRole { role: self, holder, granted }
    }
}

/// Somebody who holds nothing anywhere.
pub fn newcomer() -> Principal {
    people::person("newcomer")
}
