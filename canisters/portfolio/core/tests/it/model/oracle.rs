//! The books as maps of plain integers, written without a look at the rules.

use std::collections::{BTreeMap, BTreeSet};

use portfolio_core::store::PostInput;
use portfolio_core::types::{EntryKind, Owner, Signed};

pub(crate) fn plain(value: Signed) -> i128 {
    let magnitude = i128::try_from(value.magnitude()).expect("small in the model");
    if value.is_negative() { -magnitude } else { magnitude }
}

/// What the books should say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) balances: BTreeMap<(Owner, u64), i128>,
    pub(crate) suspended: BTreeSet<u64>,
    pub(crate) booked_blocks: BTreeSet<(u64, u64)>,
    pub(crate) entries: u64,
    pub(crate) postings: u64,
}

impl Model {
    /// True when the entry must be taken; then it is.
    pub(crate) fn post(&mut self, input: &PostInput, block: Option<(u64, u64)>) -> bool {
        let legs = &input.postings;
        let known = legs.iter().all(|leg| (1..=2).contains(&leg.asset));
        let distinct: BTreeSet<_> = legs.iter().map(|leg| (leg.owner, leg.asset)).collect();
        let some = legs.iter().all(|leg| plain(leg.delta) != 0);
        let balanced = (1..=2).all(|asset| {
            let of = legs.iter().filter(|leg| leg.asset == asset);
            of.map(|leg| plain(leg.delta)).fold(0, i128::saturating_add) == 0
        });
        let open = legs.iter().all(|leg| !self.suspended.contains(&leg.asset));
        let suspense = legs.iter().any(|leg| leg.owner == Owner::Suspense);
        let fits = !suspense || input.kind == EntryKind::Adjustment;
        let fresh = block.is_none_or(|block| {
            !self.booked_blocks.contains(&block) && legs.iter().any(|leg| leg.asset == block.0)
        });
        let enough = legs.iter().all(|leg| {
            let after = self.balance(leg.owner, leg.asset) + plain(leg.delta);
            after >= 0 || matches!(leg.owner, Owner::Suspense | Owner::External(_))
        });
        let shaped = (2..=16).contains(&legs.len()) && distinct.len() == legs.len();
        let taken = known && some && balanced && open && fits && fresh && enough && shaped;
        if taken {
            for leg in legs {
                *self.balances.entry((leg.owner, leg.asset)).or_default() += plain(leg.delta);
                self.postings += 1;
            }
            self.booked_blocks.extend(block);
            self.entries += 1;
        }
        taken
    }

    pub(crate) fn balance(&self, owner: Owner, asset: u64) -> i128 {
        self.balances.get(&(owner, asset)).copied().unwrap_or_default()
    }
}
