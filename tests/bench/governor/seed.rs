//! Stable memory with many proposals that are over, and a few that are voted on.

use candid::Principal;
use governor_core::{
    errors::GovernorError,
    records::{
        Denied, Escalation, MemberSpec, MemoryPersistence, Payload, PayloadV1, Placement, Role,
        Rules, payload::Item, payload::Release,
    },
    rules::create_proposal::Input,
    store::{Install, Store},
    types::{Duration, Permissions, VotingRule},
};
use granary_kernel::{CanisterStore, Ctx, Profile};
use granary_tests::people::{Who, person};
use granary_units::Timestamp;
use ic_stable_structures::VectorMemory;

use crate::subject;

/// Time of the first proposal: the network's earliest time and a day.
const BEGIN_NS: u64 = 1_620_414_000_000_000_000;
/// Between two proposals.
const STEP_NS: u64 = 60_000_000_000;
const DAY_NS: u64 = 86_400_000_000_000;
/// Proposals that are voted on, whatever there was before.
pub(crate) const OPEN: u64 = 12;
/// Members: with as many, a vote reads most.
pub(crate) const MEMBERS: u8 = 9;

/// A growing state.
pub(crate) struct Seed {
    memory: VectorMemory,
    store: Store<VectorMemory>,
    rows: u64,
}

/// Member `n`, from 1 on.
pub(crate) fn member(n: u8) -> Principal {
    person(&format!("member {n}"))
}

fn seat(n: u8) -> MemberSpec {
    let permissions = Permissions::ALL;
    MemberSpec { principal: member(n), permissions, weight: 1, expires_at: None }
}

fn ctx(actor: Principal, now: u64) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now), actor, trace_id: 1 }
}

/// Nobody talks first, everybody votes for long, and delays are those of production.
fn rules() -> Rules {
    let days = |days: u64| Duration::from_nanos(days * DAY_NS);
    Rules {
        threshold: 5,
        voting: VotingRule::OneMemberOneVote,
        min_delay: days(2),
        long_delay: days(4),
        approval_ttl: days(60),
        discussion: Duration::ZERO,
        voting_period: days(30),
        execution_window: days(3),
        observation: days(1),
        rehearsal_ttl: days(60),
        late_quorum: Duration::ZERO,
        late_extension: Duration::ZERO,
        heartbeat: days(300),
        attestations: 0,
    }
}

fn target(n: u8) -> Principal {
    Principal::from_slice(&[n, 0, 0, 0, 0, 0, 0, 1, 1, 1])
}

/// A release of eight canisters: the largest payload that is usual.
fn release(number: u64) -> PayloadV1 {
    let item = |n: u8| Item {
        target: target(n),
        module: [n; 32],
        from_module: [n + 100; 32],
        arg: vec![0; 16],
        memory: MemoryPersistence::Unset,
        schema_from: 1,
        schema_to: 1,
        may_break_callers: false,
    };
    let text = |text: &str| text.to_owned();
    PayloadV1 {
        title: format!("Release number {number}"),
        description: "What it does, why, and who was asked. ".repeat(20),
        payload: Payload::UpgradeRelease(Release {
            version: text("1.1.0"),
            items: (1..=8).map(item).collect(),
            repository: text("https://example.org/granary"),
            commit: text("0123456789abcdef0123456789abcdef01234567"),
            sbom: Some([9; 32]),
            window: text("Sunday, 02:00 to 04:00 UTC"),
            rollback_plan: text("The fleet snapshot is restored by itself."),
            communication: text("Grantees were told a week before."),
        }),
    }
}

/// A proposal that denies a module.
fn deny(number: u64) -> PayloadV1 {
    let mut module = [0; 32];
    module[..8].copy_from_slice(&number.to_be_bytes());
    PayloadV1 {
        title: format!("Deny module {number}"),
        description: "It was withdrawn by who built it. ".repeat(10),
        payload: Payload::DenyModules { hashes: vec![Denied { module }] },
    }
}

impl Seed {
    /// An installed canister without proposals.
    pub(crate) fn new() -> Result<Self, String> {
        let memory = VectorMemory::default();
        let common = granary_kernel::Install {
            governor: Who::Governor.principal(),
            roles: vec![(Role::Operator, Who::Operator.principal())],
            profile: Profile::Testing,
            importing: false,
            peers: vec![],
            code_version: "0.1.0".to_owned(),
        };
        let placement = |n: u8| Placement {
            name: format!("canister {n}"),
            phase: 1,
            order: n,
            dependencies: vec![],
        };
        let install = Install {
            common,
            own: Principal::from_slice(&[200, 0, 0, 0, 0, 0, 0, 1, 1, 1]),
            members: (1..=MEMBERS).map(seat).collect(),
            rules: rules(),
            recovery: None,
            methods: vec![],
            escalation: Escalation::default(),
            targets: (1..=8).map(|n| (target(n), placement(n))).collect(),
        };
        let ctx = ctx(Who::Controller.principal(), BEGIN_NS - DAY_NS);
        let store = Store::install(memory.clone(), install, &ctx).map_err(|e| e.to_string())?;
        Ok(Self { memory, store, rows: 0 })
    }

    /// Every fourth is a release; all but the newest are taken back.
    fn add(&mut self, number: u64) -> Result<(), GovernorError> {
        let now = BEGIN_NS + number * STEP_NS;
        let proposer = ctx(member(1), now);
        if number >= OPEN {
            self.store.cancel(&proposer, number + 1 - OPEN, "a better one came")?;
        }
        let payload = if number.is_multiple_of(4) { release(number) } else { deny(number) };
        let id = self.store.create_proposal(&proposer, Input { payload }, None)?.id;
        if !number.is_multiple_of(4) {
            let seen = self.store.stored(id)?.proposal;
            let seen = governor_core::rules::vote::Seen {
                digest: seen.digest,
                epoch: seen.epoch,
                rehearsal: seen.rehearsal,
            };
            self.store.approve(&ctx(member(2), now + 1), id, seen)?;
            self.store.reject(&ctx(member(3), now + 2), id, seen)?;
        }
        Ok(())
    }
}

impl subject::Seed for Seed {
    fn grow_to(&mut self, rows: u64) -> Result<(), String> {
        while self.rows < rows {
            self.add(self.rows).map_err(|error| granary_errors::Error::from(error).to_string())?;
            self.rows += 1;
            if self.rows.is_multiple_of(50) {
                let now = BEGIN_NS + self.rows * STEP_NS;
                let report = self.store.tick(&ctx(member(1), now), &mut || true);
                report.map_err(|error| granary_errors::Error::from(error).to_string())?;
            }
        }
        Ok(())
    }

    fn image(&self) -> Vec<u8> {
        self.memory.borrow().clone()
    }

    fn time_after(&self, rows: u64) -> u64 {
        BEGIN_NS + rows * STEP_NS
    }
}
