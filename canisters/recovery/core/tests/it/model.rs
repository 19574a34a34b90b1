//! Random lives of the canister: members, a changing committee, lost and failing calls. Whatever
//! happens, invariants hold, only what a quorum approved is done, and the governor runs in the end.

use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::Config;

use crate::support::{
    DAY, Governor, HOUR, START, World, at, committee, governor, install, member, own, world,
};
use recovery_core::invariants;
use recovery_core::records::{Operation, State};
use recovery_core::rules::answered::{Outcome, Running};
use recovery_core::rules::next::Ask;
use recovery_core::store::Begun;
use recovery_core::types::StateKind;

#[derive(Clone, Debug)]
enum Op {
    Submit {
        by: u8,
        what: u8,
    },
    Approve {
        by: u8,
        request: u64,
    },
    Withdraw {
        by: u8,
        request: u64,
    },
    Committee {
        from: u8,
        count: u8,
    },
    Execute {
        by: u8,
        request: u64,
    },
    /// One beat of the clock: what is due runs, its calls end so.
    Beat {
        fate: u8,
    },
    Pass {
        hours: u8,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let by = || 1..8_u8;
    let request = || 1..12_u64;
    prop_oneof![
        2 => (by(), 0..6_u8).prop_map(|(by, what)| Op::Submit { by, what }),
        4 => (by(), request()).prop_map(|(by, request)| Op::Approve { by, request }),
        1 => (by(), request()).prop_map(|(by, request)| Op::Withdraw { by, request }),
        1 => (1..4_u8, 3..6_u8).prop_map(|(from, count)| Op::Committee { from, count }),
        1 => (by(), request()).prop_map(|(by, request)| Op::Execute { by, request }),
        6 => any::<u8>().prop_map(|fate| Op::Beat { fate }),
        2 => (1..30_u8).prop_map(|hours| Op::Pass { hours }),
    ]
}

fn operation(what: u8) -> Operation {
    match what {
        0..=2 => install(what + 1),
        3 => Operation::Snapshot,
        4 => Operation::Restore { snapshot_id: vec![1].into() },
        _ => Operation::Start,
    }
}

/// The canister, its governor, and who approved what according to the test.
struct Life {
    store: World,
    there: Governor,
    now: u64,
    committee: (Vec<candid::Principal>, u32),
    /// Bytes that a quorum approved at some time.
    approved: Vec<Operation>,
}

impl Life {
    fn new() -> Self {
        let committee = committee(1..=5, 3);
        let committee = (committee.members, committee.quorum);
        let there = Governor::new();
        Self { store: world().1, there, now: START, committee, approved: vec![] }
    }

    fn plays(&mut self, op: &Op) {
        let now = self.now;
        match *op {
            Op::Submit { by, what } => {
                self.store.submit_request(&at(now, member(by)), operation(what), None).ok();
            }
            Op::Approve { by, request } => {
                if let Ok((_, found)) = self.store.request(request) {
                    let ctx = at(now, member(by));
                    self.store.approve_request(&ctx, request, &found.digest).ok();
                }
            }
            Op::Withdraw { by, request } => {
                self.store.withdraw_approval(&at(now, member(by)), request).ok();
            }
            Op::Committee { from, count } => {
                let named = committee(from..=from + count - 1, u32::from(count) / 2 + 1);
                let ctx = at(now, governor());
                self.store.set_committee(&ctx, &own(), named.clone()).expect("a committee");
                self.committee = (named.members, named.quorum);
            }
            Op::Execute { by, request } => {
                self.store.execute_request(&at(now, member(by)), request).ok();
            }
            Op::Beat { fate } => self.beat(fate),
            Op::Pass { hours } => self.now += u64::from(hours) * HOUR,
        }
        self.remember();
    }

    /// What a quorum of the members of now approved, counted by the test itself.
    fn remember(&mut self) {
        for (_, request) in (1..).map_while(|number| self.store.request(number).ok()) {
            let (members, quorum) = &self.committee;
            let count = request.approvals.iter().filter(|a| members.contains(&a.member)).count();
            let is_waiting = matches!(request.state, State::Open | State::Ready { .. });
            if is_waiting && count >= usize::try_from(*quorum).expect("small") {
                self.approved.push(request.operation);
            }
        }
    }

    fn beat(&mut self, fate: u8) {
        let ctx = at(self.now, own());
        let tick = granary_kernel::CanisterStore::tick(&mut self.store, &ctx, &mut || true);
        for job in tick.expect("running").handed {
            let begun = self.store.begin_step(&ctx, job.name.key).expect("running");
            let next = match begun {
                Begun::Over => None,
                Begun::Wait(at) => Some(at),
                Begun::Call(ticket) => {
                    let is_change = ticket.ask.name().is_some();
                    if is_change {
                        assert!(self.approved.contains(&ticket.operation), "Y2: {ticket:?}");
                    }
                    self.store.finish_job(&ctx, &job, Some(ticket.lease_until)).expect("taken");
                    let done = (fate % 4 != 1).then(|| self.there.does(&ticket));
                    if ticket.ask == Ask::Stop && fate % 16 == 5 {
                        self.there.running = Running::Stopping;
                    }
                    let outcome = match (fate % 4, done) {
                        (0, Some(done)) => done,
                        // The answer comes when nobody waits for it any more, or never.
                        (3, Some(_)) => return self.now += 400_000_000_000,
                        _ => Outcome::Failed("no answer".to_owned()),
                    };
                    self.store.settle(&ctx, &ticket, outcome).expect("running");
                    return self.now += 1_000_000_000;
                }
            };
            self.store.finish_job(&ctx, &job, next).expect("taken");
        }
        self.now += 11_000_000_000;
    }
}

proptest! {
    #![proptest_config(Config { cases: 300, ..Config::default() })]
    #[test]
    fn whatever_happens_a_quorum_decides_and_the_governor_runs(
        ops in proptest::collection::vec(op(), 1..160)
    ) {
        let mut life = Life::new();
        for op in &ops {
            life.plays(op);
        }
        prop_assert_eq!(invariants::check_all(&life.store), vec![]);
        // From here on every call is answered: what runs ends, and the governor runs.
        for _ in 0..200 {
            life.beat(0);
        }
        life.now += 8 * DAY;
        for _ in 0..200 {
            life.beat(0);
        }
        let totals = life.store.totals();
        prop_assert_eq!(totals.in_state(StateKind::Executing), 0);
        prop_assert!(totals.live.is_empty(), "{:?}", totals);
        prop_assert_eq!(life.there.running, Running::Running);
        prop_assert_eq!(invariants::check_all(&life.store), vec![]);
    }
}
