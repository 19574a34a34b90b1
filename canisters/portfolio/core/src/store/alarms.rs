//! What health asks of every asset: since when value is in Suspense or a difference is open,
//! whether its ledger answers, whether its price may be believed.
//!
//! The answer is kept on the heap, because health is asked by everybody and must not cost more
//! with every asset. The first beat after an upgrade reads it from the rows ([`Store::learn`]);
//! from then on every change of a row tells it. Until then health walks over the rows.

use ic_stable_structures::Memory;

use crate::limits;
use crate::records::{AssetRow, PriceRow, ReconciliationRow};
use crate::rules::price;
use crate::store::Store;
use crate::types::{AssetId, Timestamp};

/// The assets something is wrong with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alarms {
    /// Value has been in Suspense for too long.
    pub suspense: Vec<AssetId>,
    /// A difference has been open for too long.
    pub differences: Vec<AssetId>,
    /// The ledger gave no answer many times.
    pub failing: Vec<AssetId>,
    /// A price is wanted and none may be believed.
    pub unpriced: Vec<AssetId>,
}

/// From when on each of them counts for one asset; none while it does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Since {
    suspense: Option<Timestamp>,
    difference: Option<Timestamp>,
    failing: Option<Timestamp>,
    unpriced: Option<Timestamp>,
}

impl Since {
    fn of_asset(&mut self, row: &AssetRow) {
        self.suspense = row.suspense_since.map(|at| at.saturating_add(limits::SUSPENSE_ALARM));
    }

    fn of_reconciliation(&mut self, row: &ReconciliationRow) {
        self.difference = row.since.map(|at| at.saturating_add(limits::SUSPENSE_ALARM));
        let failing = row.failures >= limits::MANY_FAILURES;
        self.failing = failing.then_some(Timestamp::ZERO);
    }

    fn of_price(&mut self, row: &PriceRow) {
        self.unpriced = row.source.is_some().then(|| price::believed_until(row));
    }

    fn first(&self) -> Option<Timestamp> {
        [self.suspense, self.difference, self.failing, self.unpriced].into_iter().flatten().min()
    }
}

/// What is known of all assets; emptied by an upgrade.
#[derive(Clone, Debug, Default)]
pub(crate) struct VolatileAlarms {
    /// By slot; none until it was read.
    since: Option<Vec<Since>>,
    /// The earliest moment in it.
    first: Option<Timestamp>,
}

impl VolatileAlarms {
    pub(crate) fn asset(&mut self, id: AssetId, row: &AssetRow) {
        self.change(id, |since| since.of_asset(row));
    }

    pub(crate) fn reconciliation(&mut self, id: AssetId, row: &ReconciliationRow) {
        self.change(id, |since| since.of_reconciliation(row));
    }

    pub(crate) fn price(&mut self, id: AssetId, row: &PriceRow) {
        self.change(id, |since| since.of_price(row));
    }

    fn change(&mut self, id: AssetId, to: impl FnOnce(&mut Since)) {
        let Some(all) = &mut self.since else { return };
        let slot = usize::try_from(id.slot()).unwrap_or(usize::MAX);
        if slot >= all.len() {
            all.resize(slot.saturating_add(1), Since::default());
        }
        let Some(since) = all.get_mut(slot) else { return };
        let before = *since;
        to(since);
        if *since != before {
            self.first = first(all);
        }
    }
}

fn first(all: &[Since]) -> Option<Timestamp> {
    all.iter().filter_map(Since::first).min()
}

fn alarms(all: &[Since], now: Timestamp) -> Alarms {
    let mut alarms = Alarms::default();
    let due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    for (slot, since) in (0..).zip(all) {
        let Some(id) = AssetId::from_slot(slot) else { continue };
        let Since { suspense, difference, failing, unpriced } = *since;
        let lists = [
            (suspense, &mut alarms.suspense),
            (difference, &mut alarms.differences),
            (failing, &mut alarms.failing),
            (unpriced, &mut alarms.unpriced),
        ];
        for (at, list) in lists {
            if due(at) {
                list.push(id);
            }
        }
    }
    alarms
}

impl<M: Memory> Store<M> {
    /// The assets something is wrong with. O(1) while nothing is, from the first beat after an
    /// upgrade on.
    pub fn alarms(&self, now: Timestamp) -> Alarms {
        match &self.alarms.since {
            Some(_) if self.alarms.first.is_none_or(|first| now < first) => Alarms::default(),
            Some(all) => alarms(all, now),
            None => alarms(&self.read_since(), now),
        }
    }

    /// Reads what is known of all assets, unless that was done.
    pub fn learn(&mut self) {
        if self.alarms.since.is_none() {
            let all = self.read_since();
            self.alarms = VolatileAlarms { first: first(&all), since: Some(all) };
        }
    }

    fn read_since(&self) -> Vec<Since> {
        let since = |(id, row): (AssetId, AssetRow)| {
            let mut since = Since::default();
            since.of_asset(&row);
            // While a backup is read in there are assets whose other rows are still to come.
            if let Some(row) = self.reconciliations.get(id.slot()) {
                since.of_reconciliation(&row);
            }
            if let Some(row) = self.proofs.prices.get(id.slot()) {
                since.of_price(&row);
            }
            since
        };
        self.all_assets().map(since).collect()
    }
}
