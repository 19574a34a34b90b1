//! Valid unless a test says otherwise.

use granary_kernel::{Base, Phase, Profile};

use crate::records::payload::{Item, MemoryPersistence, Release};
use crate::records::{
    Config, Escalation, FleetSnapshot, MemberSpec, Payload, PayloadV1, Placement, Rules, Target,
};
use crate::rules::payload::{Kept, World};
use crate::rules::{Ctx, constitution};
use crate::types::{Duration, Hash, Permissions, Principal, Timestamp, VotingRule};

pub(crate) const HOUR: u64 = 3_600_000_000_000;
pub(crate) const DAY: u64 = 24 * HOUR;
/// When tests begin: never 0, which means "never" in places.
pub(crate) const START: u64 = 100 * DAY;

pub(crate) fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 9])
}

pub(crate) fn own() -> Principal {
    Principal::from_slice(&[200, 1])
}

pub(crate) fn target(n: u8) -> Principal {
    Principal::from_slice(&[n, 1])
}

pub(crate) fn at(nanos: u64, who: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(START + nanos), actor: who, trace_id: 7 }
}

pub(crate) fn later(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(START + nanos)
}

pub(crate) fn seat(n: u8) -> MemberSpec {
    MemberSpec { principal: person(n), permissions: Permissions::ALL, weight: 1, expires_at: None }
}

pub(crate) fn rules() -> Rules {
    let days = |days: u64| Duration::from_nanos(days * DAY);
    Rules {
        threshold: 3,
        voting: VotingRule::OneMemberOneVote,
        min_delay: days(2),
        long_delay: days(4),
        approval_ttl: days(20),
        discussion: days(1),
        voting_period: days(5),
        execution_window: days(3),
        observation: days(1),
        rehearsal_ttl: days(20),
        late_quorum: days(1),
        late_extension: days(1),
        heartbeat: days(30),
        attestations: 0,
    }
}

/// Members 1 to 5, of whom three must approve.
pub(crate) fn config() -> Config {
    let list: Vec<_> = (1..=5).map(seat).collect();
    Config {
        base: Base::new(Profile::Production, Phase::Running),
        epoch: 1,
        members: constitution::seated(&list, &[], 1, later(0)),
        rules: rules(),
        pending: None,
        recovery: None,
        methods: vec![],
        escalation: Escalation::default(),
        own: own(),
    }
}

pub(crate) fn placement(name: &str) -> Placement {
    Placement { name: name.to_owned(), phase: 1, order: 1, dependencies: vec![] }
}

/// Targets 11 `registry` and 12 `risk_guard`.
pub(crate) fn targets() -> Vec<(Principal, Target)> {
    let row = |n: u8, name: &str| (target(n), Target::adopted(placement(name), later(0)));
    vec![row(11, "registry"), row(12, "risk_guard")]
}

pub(crate) fn no_snapshot(_: u64) -> Option<FleetSnapshot> {
    None
}

pub(crate) fn none_denied(_: &Hash) -> bool {
    false
}

pub(crate) fn world(targets: &[(Principal, Target)]) -> World<'_> {
    let kept = Kept::default();
    World { own: own(), targets, snapshot: &no_snapshot, denied: &none_denied, kept }
}

pub(crate) fn item(n: u8) -> Item {
    Item {
        target: target(n),
        module: [n; 32],
        from_module: [n + 100; 32],
        arg: vec![],
        memory: MemoryPersistence::Unset,
        schema_from: 1,
        schema_to: 1,
        may_break_callers: false,
    }
}

pub(crate) fn release() -> Release {
    Release {
        version: "1.1.0".to_owned(),
        items: vec![item(11)],
        repository: "https://example.org/granary".to_owned(),
        commit: "0123abcd".to_owned(),
        sbom: None,
        window: "Sunday, 02:00 to 04:00 UTC".to_owned(),
        rollback_plan: "The fleet snapshot is restored by itself.".to_owned(),
        communication: "Grantees were told a week before.".to_owned(),
    }
}

pub(crate) fn payload(payload: Payload) -> PayloadV1 {
    PayloadV1 {
        title: "A proposal".to_owned(),
        description: "What it does and why it is good for the treasury.".to_owned(),
        payload,
    }
}

/// Takes a snapshot of everything: the plainest proposal there is.
pub(crate) fn plain() -> PayloadV1 {
    payload(Payload::TakeFleetSnapshot { targets: vec![], pinned: false })
}
