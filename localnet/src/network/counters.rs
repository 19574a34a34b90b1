//! What subnets count: blocks, messages, instructions, cycles.

use std::collections::VecDeque;

use candid::Principal;
use serde::{Deserialize, Serialize};

use super::{Network, canister::Canister};

/// Days of which the number of blocks is remembered.
const MAX_SAMPLES: usize = 60;
const NS_PER_DAY: u64 = 86_400_000_000_000;
const MILLION: u64 = 1_000_000;

/// How many blocks there were at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) time_ns: u64,
    pub(crate) blocks: u64,
}

/// Blocks of the network, of which every subnet makes one in a round.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Blocks {
    pub(crate) count: u64,
    last_ns: u64,
    samples: VecDeque<Sample>,
}

impl Blocks {
    /// Counts the block of a round. The first one of a day tells how many there were before it.
    pub(crate) fn made(&mut self, time_ns: u64) {
        if self.count > 0 && time_ns / NS_PER_DAY != self.last_ns / NS_PER_DAY {
            if self.samples.len() == MAX_SAMPLES {
                self.samples.pop_front();
            }
            self.samples.push_back(Sample { time_ns: self.last_ns, blocks: self.count });
        }
        self.count += 1;
        self.last_ns = time_ns;
    }

    /// The last state of each day that is over, at or after a time.
    pub(crate) fn since(&self, time_ns: u64) -> impl Iterator<Item = Sample> {
        self.samples.iter().copied().filter(move |sample| sample.time_ns >= time_ns)
    }
}

/// What the canisters of one subnet did since there is one, deleted ones included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SubnetCounters {
    /// Messages executed in replicated mode.
    pub(crate) messages: u64,
    pub(crate) million_instructions: u64,
    /// Cycles of canisters that do not exist any more.
    pub(crate) consumed_by_deleted: u128,
}

impl Network {
    /// Counts one message of a canister.
    pub(crate) fn count_message(&mut self, canister: Principal, instructions: u64) {
        let Some(subnet) = self.canisters.get(&canister).map(|known| known.subnet) else { return };
        let counters = self.counters.entry(subnet).or_default();
        counters.messages += 1;
        counters.million_instructions += instructions.div_ceil(MILLION);
    }

    /// Counts what a canister took along when it was deleted.
    pub(crate) fn count_deleted(&mut self, canister: &Canister) {
        let counters = self.counters.entry(canister.subnet).or_default();
        let taken = canister.consumed.total() + canister.balance + canister.reserved;
        counters.consumed_by_deleted = counters.consumed_by_deleted.saturating_add(taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_sampled_when_it_is_over() {
        let mut blocks = Blocks::default();
        for time in [1, 2, NS_PER_DAY + 5, NS_PER_DAY + 6, 3 * NS_PER_DAY] {
            blocks.made(time);
        }
        let all: Vec<_> = blocks.since(0).map(|sample| (sample.time_ns, sample.blocks)).collect();
        assert_eq!(all, [(2, 2), (NS_PER_DAY + 6, 4)]);
        assert_eq!(blocks.since(3).count(), 1);
        for day in 4..100 {
            blocks.made(day * NS_PER_DAY);
        }
        assert_eq!(blocks.since(0).count(), MAX_SAMPLES);
    }
}
