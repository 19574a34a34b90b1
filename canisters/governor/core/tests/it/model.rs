//! Random members at work, held against a naive copy of the rules of deciding.

mod oracle;

use crate::support::{HOUR, START, World, at, deny, person, recovery, seat, seen, tick, world};
use governor_core::invariants;
use governor_core::rules::create_proposal::Input;
use granary_kernel::CanisterStore;
use granary_units::Timestamp;
use ic_stable_structures::VectorMemory;
use oracle::Oracle;
use proptest::collection::vec;
use proptest::prelude::*;

/// What somebody does; members are 1 to 6, of whom the sixth is none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Propose { who: u8 },
    Approve { who: u8, id: u64 },
    Reject { who: u8, id: u64 },
    Revoke { who: u8, id: u64 },
    Veto { who: u8, id: u64 },
    Cancel { who: u8, id: u64 },
    Rotate { last: u8 },
    Wait { hours: u64 },
    Tick,
    Reopen,
}

fn op() -> impl Strategy<Value = Op> {
    let (who, id) = (1_u8..=6, 1_u64..=5);
    let both = (who.clone(), id);
    prop_oneof![
        3 => who.prop_map(|who| Op::Propose { who }),
        9 => both.clone().prop_map(|(who, id)| Op::Approve { who, id }),
        2 => both.clone().prop_map(|(who, id)| Op::Reject { who, id }),
        2 => both.clone().prop_map(|(who, id)| Op::Revoke { who, id }),
        1 => both.clone().prop_map(|(who, id)| Op::Veto { who, id }),
        1 => both.prop_map(|(who, id)| Op::Cancel { who, id }),
        1 => (4_u8..=6).prop_map(|last| Op::Rotate { last }),
        6 => (1_u64..=60).prop_map(|hours| Op::Wait { hours }),
        1 => Just(Op::Tick),
        1 => Just(Op::Reopen),
    ]
}

struct Play {
    memory: VectorMemory,
    store: World,
    oracle: Oracle,
    now: u64,
}

impl Play {
    fn new() -> Self {
        let (memory, store) = world();
        Self { memory, store, oracle: Oracle::new(START), now: START }
    }

    /// True when it was applied.
    fn apply(&mut self, op: Op) -> bool {
        let (store, now) = (&mut self.store, self.now);
        let by = |who| at(now, person(who));
        let sees = |store: &World, id| (id <= store.proposal_count()).then(|| seen(store, id, now));
        match op {
            Op::Propose { who } => {
                store.create_proposal(&by(who), Input { payload: deny(who) }, None).is_ok()
            }
            Op::Approve { who, id } => {
                sees(store, id).is_some_and(|seen| store.approve(&by(who), id, seen).is_ok())
            }
            Op::Reject { who, id } => {
                sees(store, id).is_some_and(|seen| store.reject(&by(who), id, seen).is_ok())
            }
            Op::Revoke { who, id } => store.revoke_approval(&by(who), id).is_ok(),
            Op::Veto { who, id } => store.veto(&by(who), id, "no").is_ok(),
            Op::Cancel { who, id } => store.cancel(&by(who), id, "no").is_ok(),
            Op::Rotate { last } => {
                // The clock is never far behind; what ran out before is not left behind now.
                tick(store, now);
                let members: Vec<_> = [1, 2, 3, last].map(seat).to_vec();
                store.rotate_members(&at(now, recovery()), &members, 3).is_ok()
            }
            Op::Wait { hours } => {
                self.now += hours * HOUR;
                true
            }
            Op::Tick => {
                tick(store, now);
                true
            }
            Op::Reopen => {
                *store = World::open(self.memory.clone()).expect("its own memory");
                true
            }
        }
    }

    fn step(&mut self, op: Op) -> Result<(), TestCaseError> {
        let applied = self.apply(op);
        let expected = self.oracle.apply(op, self.now);
        prop_assert_eq!(applied, expected, "{:?} at {}", op, self.now - START);
        for id in 1..=self.store.proposal_count() {
            let view = self.store.proposal(id, Timestamp::from_nanos(self.now)).expect("known");
            let ours = (
                view.proposal.state.name(),
                u64::from(view.tally.approving),
                view.proposal.eta.map(Timestamp::as_nanos),
            );
            prop_assert_eq!(ours, self.oracle.of(id, self.now), "proposal {} after {:?}", id, op);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn members_decide_as_the_naive_rules_say(ops in vec(op(), 1..90)) {
        let mut play = Play::new();
        for op in ops {
            play.step(op)?;
        }
        tick(&mut play.store, play.now);
        prop_assert_eq!(invariants::check_all(&play.store), []);
        play.now += 400 * 24 * HOUR;
        tick(&mut play.store, play.now);
        prop_assert_eq!(play.store.totals().pending(), 0, "nothing waits for ever");
        prop_assert_eq!(invariants::check_all(&play.store), []);
    }
}
