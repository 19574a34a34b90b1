//! A governor with three targets in two phases, a proposal that is ready, and the clock.

use granary_kernel::{Ctx, Receipt};
use granary_resilience::failure::{Failure, FailureKind};
use ic_stable_structures::VectorMemory;

use super::fleet::{Code, Fleet, canister, failed};
use crate::errors::GovernorError;
use crate::records::run::RunKind;
use crate::records::{
    Audit, AuditCheck, Ballot, Chunk, Escalation, Event, EventKind, Module, Packing, Payload,
    Proposal, Recovery, Role, Stated, Verdict, Vote,
};
use crate::rules::Change;
use crate::rules::fixtures::{DAY, START, item, own, payload, person, placement, rules, seat};
use crate::rules::fixtures::{release as one_item, target};
use crate::store::{Install, Step, Store, Ticket, Upgrade};
use crate::types::{Hash, Principal, ProposalId, ProposalState, Timestamp};

pub(super) type World = Store<VectorMemory>;

/// The members of the release, in the order in which they are replaced.
pub(super) const CREW: [u8; 3] = [11, 12, 13];

pub(super) struct Play {
    pub(super) memory: VectorMemory,
    pub(super) store: World,
    pub(super) fleet: Fleet,
    pub(super) now: u64,
    pub(super) calls: u32,
    late: Vec<(Ticket, crate::store::Outcome)>,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Fine,
    /// It is refused for good.
    Refused,
    /// It is refused for now.
    Busy,
    /// It is done, and nobody says so.
    DoneUnsaid,
    /// It is not done, and nobody says so.
    UndoneUnsaid,
    /// It is done, and the answer comes after it was given up.
    Late,
    /// It is not done, and no answer ever comes.
    Silent,
    /// It is done, and the governor's code is replaced before the answer.
    Upgraded,
}

impl Fate {
    pub(super) const BAD: [Self; 7] = [
        Self::Refused,
        Self::Busy,
        Self::DoneUnsaid,
        Self::UndoneUnsaid,
        Self::Late,
        Self::Silent,
        Self::Upgraded,
    ];
}

pub(super) fn recovery() -> Principal {
    Principal::from_slice(&[201, 1])
}

fn install_args() -> Install {
    let place = |n: u8| {
        let names = ["registry", "risk_guard", "micro_grants"];
        let mut at = placement(names[usize::from(n - 11)]);
        (at.phase, at.order) = if n == 13 { (2, 1) } else { (1, n) };
        (target(n), at)
    };
    Install {
        common: granary_kernel::Install {
            governor: recovery(),
            roles: vec![(Role::Operator, person(31))],
            profile: granary_kernel::Profile::Production,
            importing: false,
            peers: vec![],
            code_version: "0.1.0".to_owned(),
        },
        own: own(),
        members: (1..=5).map(seat).collect(),
        rules: rules(),
        recovery: Some(Recovery {
            canister: recovery(),
            committee: [21, 22, 23].map(person).to_vec(),
            quorum: 2,
        }),
        methods: vec![],
        escalation: Escalation::default(),
        targets: CREW.map(place).to_vec(),
    }
}

pub(super) fn old(n: u8) -> Hash {
    [n + 100; 32]
}

pub(super) fn new(n: u8) -> Hash {
    [n; 32]
}

fn chunks_of(module: Hash) -> Vec<Hash> {
    [1, 2].map(|n| [module[0].wrapping_add(n * 50); 32]).to_vec()
}

pub(super) fn release() -> Payload {
    let items = CREW.map(item).to_vec();
    Payload::UpgradeRelease(crate::records::Release { items, ..one_item() })
}

impl Play {
    /// A fleet at rest.
    pub(super) fn new() -> Self {
        let memory = VectorMemory::default();
        let ctx = ctx(START, person(99));
        let store = World::install(memory.clone(), install_args(), &ctx).expect("fresh memory");
        let now = Timestamp::from_nanos(START);
        let mut fleet = Fleet {
            now,
            own: own(),
            canisters: CREW
                .map(|n| (target(n), canister(own(), Some(old(n)), 9_000_000_000_000)))
                .into(),
            codes: std::collections::BTreeMap::new(),
            chunks_of: std::collections::BTreeMap::new(),
            next: 0,
            called: vec![],
        };
        fleet.canisters.insert(recovery(), canister(own(), Some(old(1)), 9_000_000_000_000));
        fleet.codes.insert(old(1), Code::good(1));
        for n in CREW {
            fleet.codes.insert(old(n), Code::good(1));
            fleet.codes.insert(new(n), Code::good(1));
            fleet.chunks_of.insert(new(n), chunks_of(new(n)));
        }
        let mut play = Self { memory, store, fleet, now: START, calls: 0, late: vec![] };
        for n in CREW {
            play.stage(new(n));
        }
        play
    }

    fn stage(&mut self, hash: Hash) {
        let chunks = chunks_of(hash).into_iter().map(|hash| Chunk { hash, bytes: 1 }).collect();
        let at = Timestamp::from_nanos(START);
        let module = Module {
            uploader: person(1),
            begun_at: at,
            finished_at: Some(at),
            bytes: 2,
            chunks,
            packing: Packing::Raw,
            plain: hash,
            stated: Stated::default(),
            attestations: 0,
        };
        for place in 0..2 {
            self.store.chunks.insert(crate::store::chunk_key(&hash, place), vec![1]);
        }
        let change = Change { module: Some((hash, module)), ..Change::default() };
        self.store.commit(change, &self.ctx(1));
    }

    pub(super) fn ctx(&self, who: u8) -> Ctx {
        ctx(self.now, person(who))
    }

    /// A proposal in a state, with what its way there left.
    pub(super) fn propose(&mut self, what: Payload, state: ProposalState) -> u64 {
        let id = ProposalId::from_slot(self.store.proposal_count()).expect("few");
        let record = payload(what);
        let now = Timestamp::from_nanos(self.now);
        let until = now.saturating_add(crate::types::Duration::from_nanos(5 * DAY));
        let is_release = record.payload.is_release();
        let ready = state == ProposalState::Ready;
        let proposal = Proposal {
            proposer: person(1),
            created_at: now,
            digest: record.digest(id.wire()),
            epoch: self.store.config().epoch,
            state,
            since: now,
            until: Some(until),
            voting_ends: Some(until),
            eta: ready.then_some(now),
            rehearsal: (is_release && ready).then_some([6; 32]),
            rehearsed_at: (is_release && ready).then_some(now),
            rehearsal_failed: false,
            votes: 3,
            approved_at: ready.then_some(now),
            started_at: None,
            ended_at: None,
            reason: String::new(),
            kind: record.payload.kind(),
            title: record.title.clone(),
        };
        let seen = proposal.clone();
        let created = Event::new(EventKind::ProposalCreated, id.wire());
        let change = Change { payload: Some(record), ..Change::of(id, proposal, vec![created]) };
        self.store.commit(change, &self.ctx(1));
        for n in 1..=3 {
            let vote = Vote {
                ballot: Ballot::Approve,
                at: now,
                epoch: seen.epoch,
                digest: seen.digest,
                rehearsal: seen.rehearsal,
                expires_at: Timestamp::from_nanos(self.now + 20 * DAY),
            };
            let change =
                Change { vote: Some((person(n), vote)), ..Change::of(id, seen.clone(), vec![]) };
            self.store.commit(change, &self.ctx(n));
        }
        id.wire()
    }

    pub(super) fn execute(&mut self, id: u64) -> Result<Receipt, GovernorError> {
        let ctx = self.ctx(1);
        let audit = Audit {
            at: ctx.now,
            by: person(1),
            checks: vec![AuditCheck {
                name: "module_hash".to_owned(),
                verdict: Verdict::Pass,
                detail: String::new(),
            }],
        };
        self.store.execute(&ctx, id, Some(audit))
    }

    /// A release that is being executed.
    pub(super) fn releasing() -> (Self, u64) {
        let mut play = Self::new();
        let id = play.propose(release(), ProposalState::Ready);
        play.execute(id).expect("it is ready");
        (play, id)
    }

    /// The same, watched for one round only.
    pub(super) fn releasing_briefly() -> (Self, u64) {
        let (mut play, id) = Self::releasing();
        let mut config = play.store.config().clone();
        config.rules.observation = crate::types::Duration::ZERO;
        play.store.set_config(config);
        (play, id)
    }

    /// Drops what is in memory and opens what is stored, as new code would.
    pub(super) fn reopen(&mut self) {
        let common =
            granary_kernel::Upgrade { code_version: "0.1.1".to_owned(), ..Default::default() };
        let ctx = ctx(self.now, person(99));
        let memory = self.memory.clone();
        self.store = World::upgrade(memory, Upgrade { common }, &ctx).expect("own state");
    }

    /// Goes on until the run is over or `stop` says so.
    pub(super) fn run(
        &mut self,
        kind: RunKind,
        id: u64,
        fate: &dyn Fn(u32, &Ticket) -> Fate,
        stop: &dyn Fn(&Self) -> bool,
    ) {
        for _ in 0..20_000 {
            if stop(self) {
                return;
            }
            let clock = ctx(self.now, own());
            match self.store.begin_step(&clock, kind, id).expect("the clock may") {
                Step::Over if self.late.is_empty() => return,
                Step::Over => self.hear_late(),
                Step::Wait(at) => {
                    assert!(at.as_nanos() > self.now, "it waits for the past");
                    self.now = at.as_nanos();
                }
                Step::Call(ticket) => self.call(&ticket, fate),
            }
        }
        panic!("it never ends: {:?}", self.fleet.called.iter().rev().take(20).collect::<Vec<_>>());
    }

    fn call(&mut self, ticket: &Ticket, fate: &dyn Fn(u32, &Ticket) -> Fate) {
        self.now += 1_000_000_000;
        self.fleet.now = Timestamp::from_nanos(self.now);
        self.calls += 1;
        self.fleet.called.push(format!("{:?} {:?}", ticket.peer, ticket.ask));
        let fail = |kind| Some(failed(&ticket.ask, Failure::new(kind, "bad luck")));
        let fate = fate(self.calls, ticket);
        let is_done =
            !matches!(fate, Fate::Refused | Fate::Busy | Fate::UndoneUnsaid | Fate::Silent);
        let done = is_done.then(|| self.fleet.ask(ticket));
        let heard = match fate {
            Fate::Fine | Fate::Upgraded => done,
            Fate::Refused => fail(FailureKind::Permanent),
            Fate::Busy => fail(FailureKind::Temporary),
            Fate::DoneUnsaid | Fate::UndoneUnsaid => fail(FailureKind::OutcomeUnknown),
            Fate::Silent => None,
            Fate::Late => {
                self.late.push((ticket.clone(), done.expect("it was done")));
                None
            }
        };
        if fate == Fate::Upgraded {
            self.reopen();
        }
        let clock = ctx(self.now, own());
        if let Some(outcome) = heard {
            self.store.settle(&clock, ticket, outcome).expect("heard");
            self.hear_late();
        }
    }

    /// Answers come that were given up.
    fn hear_late(&mut self) {
        let clock = ctx(self.now, own());
        for (old, outcome) in core::mem::take(&mut self.late) {
            self.store.settle(&clock, &old, outcome).expect("taken or not");
        }
    }

    /// Goes on to the end, everything being well.
    pub(super) fn finish(&mut self, id: u64) {
        self.run(RunKind::Execution, id, &|_, _| Fate::Fine, &|_| false);
    }

    /// Goes on until the release is observed.
    pub(super) fn watch(&mut self, id: u64) {
        let observed = |play: &Self| play.state(id) == ProposalState::Observing;
        self.run(RunKind::Execution, id, &|_, _| Fate::Fine, &observed);
    }

    pub(super) fn state(&self, id: u64) -> ProposalState {
        self.store.stored(id).expect("a proposal").proposal.state
    }

    pub(super) fn reason(&self, id: u64) -> String {
        self.store.stored(id).expect("a proposal").proposal.reason
    }

    /// The network's word about the three.
    pub(super) fn modules(&self) -> Vec<Hash> {
        CREW.iter().map(|n| self.fleet.at(target(*n)).memory.module.expect("code")).collect()
    }

    /// All canisters run the old code with the old state and take work.
    pub(super) fn is_as_before(&self) -> bool {
        self.all_run()
            && self.modules() == CREW.map(old)
            && CREW.iter().all(|n| {
                let memory = &self.fleet.at(target(*n)).memory;
                memory.state == 7 && memory.schema == 1 && memory.drain.is_none()
            })
    }

    pub(super) fn all_run(&self) -> bool {
        use crate::rules::run::ask::Life;
        CREW.iter().all(|n| self.fleet.at(target(*n)).life == Life::Running)
    }

    pub(super) fn sound(&self) {
        assert_eq!(crate::invariants::check_all(&self.store), []);
        assert_eq!(self.store.totals().running, 0, "V7");
    }
}

pub(super) fn ctx(now: u64, actor: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now), actor, trace_id: 7 }
}

impl Play {
    /// A release of all three that leads to another schema.
    pub(super) fn with_schema(schema: u32) -> (Self, u64) {
        let mut play = Self::new();
        for n in CREW {
            play.fleet.codes.insert(new(n), Code::good(schema));
        }
        let items = CREW.map(|n| crate::records::Item { schema_to: schema, ..item(n) }).to_vec();
        let release = crate::records::Release { items, ..one_item() };
        let id = play.propose(Payload::UpgradeRelease(release), ProposalState::Ready);
        play.execute(id).expect("it is ready");
        (play, id)
    }

    /// Makes the last of the three the one with the assets, which does not speak like the others.
    pub(super) fn with_assets(&mut self) {
        let last = target(CREW[2]);
        let mut row = self.store.target(&last).expect("a target");
        row.placement.name = "frontend".to_owned();
        let change = Change { target: Some((last, Some(row))), ..Change::default() };
        self.store.commit(change, &self.ctx(1));
        self.fleet.at_mut(last).silent = true;
    }

    /// A good fleet snapshot of some of the canisters, here and in the network.
    pub(super) fn keep_good(&mut self, epoch: u64, crew: &[u8], pinned: bool) {
        use crate::records::{FleetSnapshot, Shot, SnapshotState};
        let at = Timestamp::from_nanos(START);
        let shots = crew
            .iter()
            .map(|n| {
                let name = [*n].into_iter().chain(epoch.to_be_bytes()).collect::<Vec<_>>();
                let canister = self.fleet.at_mut(target(*n));
                canister.snapshots.push((name.clone(), at, canister.memory.clone()));
                let (target, module) = (target(*n), old(*n));
                Shot { target, snapshot: name, module, bytes: 5, at, schema: 1 }
            })
            .collect();
        let state = SnapshotState::Good;
        let snapshot = FleetSnapshot { proposal: 1, at, shots, pinned, state };
        let change = Change { snapshot: Some((epoch, snapshot)), ..Change::default() };
        self.store.commit(change, &self.ctx(1));
    }
}
