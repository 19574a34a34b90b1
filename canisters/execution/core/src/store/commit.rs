//! One change in one go: rows, lists, indexes, totals, jobs, journal.

use granary_kernel::row::damaged;
use granary_kernel::{Ctx, NO_ROOM, Receipt};
use granary_stable::keys::FixedKey;
use granary_stable::slots::{Slot, Slots};
use ic_stable_structures::Memory;

use crate::limits;
use crate::records::{
    AssetRow, AuthorisationRow, IntentRow, Marks, OrphanRow, OrphanState, STATE_LIST, Totals,
    TroubleRow,
};
use crate::rules::Change;
use crate::store::views::place_of;
use crate::store::{PAY, Store};
use crate::types::{AssetId, AuthorisationId, Id, IntentId, IntentState, OrphanId, TroubleId};
use granary_kernel::Vm;
use granary_resilience::recovery::RecoveryContext;

const BAD_LIST: &str = "BUG: the list of a state is damaged";

/// What an intent counts as in the totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "five counters it is in or not")]
pub(crate) struct Counted {
    unbooked: bool,
    unreleased: bool,
    struggling: bool,
    short: bool,
    for_people: bool,
}

impl Counted {
    pub(crate) fn of(row: &IntentRow) -> Self {
        let has = |fact| row.marks.has(fact);
        let settled = row.state == IntentState::Settled;
        Self {
            unbooked: settled && !(has(Marks::POSTED) && has(Marks::COMMITTED)),
            unreleased: row.state.is_failed() && has(Marks::RESERVED) && !has(Marks::RELEASED),
            struggling: has(Marks::STRUGGLING),
            short: has(Marks::SHORT),
            for_people: has(Marks::FOR_PEOPLE),
        }
    }

    pub(crate) const fn each(self) -> [bool; 5] {
        [self.unbooked, self.unreleased, self.struggling, self.short, self.for_people]
    }
}

/// The counters of [`Counted::each`], in its order.
pub(crate) const fn counters(totals: &mut Totals) -> [&mut u64; 5] {
    [
        &mut totals.unbooked,
        &mut totals.unreleased,
        &mut totals.struggling,
        &mut totals.short,
        &mut totals.for_people,
    ]
}

impl<M: Memory + 'static> Store<M> {
    /// Applies `change` and answers its receipt.
    ///
    /// # Panics
    /// When stable memory has no room, which takes the whole message back.
    pub(crate) fn commit(&mut self, change: Change, ctx: &Ctx) -> Receipt {
        let Change {
            intent,
            trouble,
            due,
            give_back,
            asset,
            approval,
            authorisation,
            used,
            orphan,
            key,
            events,
        } = change;
        if let Some((id, row)) = &asset {
            self.put_asset(*id, row);
        }
        if let Some((id, row)) = intent {
            let totals = self.put_intent(id, row, trouble);
            if let Some(due) = due
                && id.slot() < self.first_untaken(&totals)
            {
                self.ensure_job(PAY, id.wire(), due);
            }
        }
        if let Some(id) = give_back {
            let row = self.use_row(id);
            let row = crate::records::UseRow { returned: true, ..row };
            self.uses.set(id.slot(), &row).expect(NO_ROOM);
        }
        if let Some((id, row)) = approval {
            put(&mut self.approvals, id, &row);
        }
        if let Some((id, row)) = authorisation {
            self.put_authorisation(id, &row);
        }
        if let Some((id, row)) = used {
            put(&mut self.uses, id, &row);
        }
        if let Some((id, row)) = orphan {
            self.put_orphan(id, &row);
        }
        if let Some((id, row)) = key {
            put(&mut self.keys, id, &row);
        }
        self.record(&events, ctx)
    }

    pub(crate) fn put_asset(&mut self, id: AssetId, row: &AssetRow) {
        self.assets.extend_to(id.wire(), &AssetRow::none()).expect(NO_ROOM);
        self.assets.set(id.slot(), row).expect(NO_ROOM);
    }

    /// Writes an intent's row; the next number makes a new one. Answers the totals after it.
    fn put_intent(
        &mut self,
        id: IntentId,
        mut row: IntentRow,
        trouble: Option<RecoveryContext>,
    ) -> Totals {
        let slot = id.slot();
        if let Some(trouble) = trouble {
            row.trouble = Some(self.put_trouble(row.trouble, trouble));
        }
        let before = self.totals();
        let mut totals = before;
        let Some(old) = self.intents.get(slot) else {
            let pushed = self.push_intent(id, &row, &mut totals);
            assert!(pushed == slot, "BUG: an intent's number is not the next");
            if totals.untaken == 0 {
                totals.untaken_since = row.created_at;
            }
            totals.untaken = totals.untaken.saturating_add(1);
            self.totals.set(0, &totals).expect(NO_ROOM);
            return totals;
        };
        if old == row {
            return totals;
        }
        self.intents.write_part(slot, 0, &row.part()).expect(NO_ROOM);
        count(&mut totals, Counted::of(&old), Counted::of(&row));
        if old.state != row.state {
            self.unlist(slot, old.state, &mut totals);
            self.enlist(slot, row.state, &mut totals);
            if row.state == IntentState::Settled {
                let took = row.since.saturating_since(row.created_at).as_secs();
                totals.settled = totals.settled.saturating_add(1);
                totals.settle_seconds = totals.settle_seconds.saturating_add(took);
            }
        }
        if totals != before {
            self.totals.set(0, &totals).expect(NO_ROOM);
        }
        totals
    }

    /// The slot from which on no intent has a job: the clock has not seen them yet.
    pub(crate) const fn first_untaken(&self, totals: &Totals) -> u64 {
        self.intents.len().saturating_sub(totals.untaken)
    }

    /// Gives jobs to the oldest intents that have none.
    pub(crate) fn take_intents(&mut self, budget: &mut dyn FnMut() -> bool) {
        let mut totals = self.totals();
        let before = totals.untaken;
        let mut room = limits::TAKEN_AT_ONCE;
        while totals.untaken > 0 && room > 0 && budget() {
            let slot = self.first_untaken(&totals);
            let (Some(row), Some(id)) = (self.intents.get(slot), IntentId::from_slot(slot)) else {
                return damaged();
            };
            totals.untaken_since = row.created_at;
            if crate::store::is_open(&row) {
                self.ensure_job(PAY, id.wire(), row.created_at);
            }
            totals.untaken = totals.untaken.saturating_sub(1);
            room = room.saturating_sub(1);
        }
        if totals.untaken != before {
            self.totals.set(0, &totals).expect(NO_ROOM);
        }
    }

    /// A new intent: its row, its place in the index, its place in the list of its state.
    pub(crate) fn push_intent(
        &mut self,
        id: IntentId,
        row: &IntentRow,
        totals: &mut Totals,
    ) -> u64 {
        let slot = self.intents.push(row).expect(NO_ROOM);
        let before = self.index.insert(&place_of(&row.memo), id.get()).expect(NO_ROOM);
        assert!(before.is_none(), "BUG: two intents have one memo");
        count(totals, Counted::default(), Counted::of(row));
        self.enlist(slot, row.state, totals);
        slot
    }

    fn enlist(&mut self, slot: u64, state: IntentState, totals: &mut Totals) {
        let anchor = totals.lists.get_mut(state.at()).unwrap_or_else(damaged);
        STATE_LIST.push_back(&mut self.intents, list_of(state), anchor, slot).expect(BAD_LIST);
    }

    fn unlist(&mut self, slot: u64, state: IntentState, totals: &mut Totals) {
        let anchor = totals.lists.get_mut(state.at()).unwrap_or_else(damaged);
        STATE_LIST.unlink(&mut self.intents, list_of(state), anchor, slot).expect(BAD_LIST);
    }

    fn put_trouble(&mut self, known: Option<TroubleId>, trouble: RecoveryContext) -> TroubleId {
        let row = TroubleRow(trouble);
        if let Some(id) = known {
            self.troubles.set(id.slot(), &row).expect(NO_ROOM);
            return id;
        }
        let slot = self.troubles.push(&row).expect(NO_ROOM);
        TroubleId::from_slot(slot).unwrap_or_else(damaged)
    }

    pub(crate) fn put_authorisation(&mut self, id: AuthorisationId, row: &AuthorisationRow) {
        put(&mut self.authorisations, id, row);
        let before = self.live.get().cloned().unwrap_or_default();
        let mut live = before.clone();
        live.numbers.retain(|number| *number != id.get());
        if row.revoked_at.is_none() {
            live.numbers.push(id.get());
        }
        live.numbers.sort_unstable();
        if live != before {
            self.live.set(Some(live)).expect(NO_ROOM);
        }
    }

    /// Writes a payment without an intent, and holds its asset while nobody explained it.
    pub(crate) fn put_orphan(&mut self, id: OrphanId, row: &OrphanRow) {
        let was = self.orphans.get(id.slot()).is_some_and(|old| old.state == OrphanState::Open);
        let is = row.state == OrphanState::Open;
        let is_new = id.slot() >= self.orphans.len();
        put(&mut self.orphans, id, row);
        if is_new {
            self.index_orphan(id, row);
        }
        if was != is {
            let mut totals = self.totals();
            let mut asset = self.asset_row(row.asset);
            (totals.orphans, asset.orphans) = if is {
                (totals.orphans.saturating_add(1), asset.orphans.saturating_add(1))
            } else {
                (totals.orphans.saturating_sub(1), asset.orphans.saturating_sub(1))
            };
            self.totals.set(0, &totals).expect(NO_ROOM);
            self.put_asset(row.asset, &asset);
        }
    }

    /// By its memo, when that is free; by its block in any case, so that it is found once.
    fn index_orphan(&mut self, id: OrphanId, row: &OrphanRow) {
        let memo = place_of(&row.memo);
        if row.memo != [0; 32] && self.orphan_index.get(&memo).is_none() {
            self.orphan_index.insert(&memo, id.get()).expect(NO_ROOM);
        }
        let block = block_place(row.asset, row.block);
        self.orphan_index.insert(&block, id.get()).expect(NO_ROOM);
    }
}

/// Where a block of an asset stands in the index of payments without an intent.
pub(crate) fn block_place(asset: AssetId, block: u64) -> FixedKey<16> {
    FixedKey::of(|key| {
        key.u32(u32::MAX).u32(asset.get()).u64(block);
    })
}

/// The number of the list of intents in a state.
pub(crate) fn list_of(state: IntentState) -> u32 {
    u32::try_from(state.at()).unwrap_or(u32::MAX).saturating_add(1)
}

pub(crate) fn count(totals: &mut Totals, old: Counted, new: Counted) {
    for ((counter, was), is) in counters(totals).into_iter().zip(old.each()).zip(new.each()) {
        if was && !is {
            *counter = counter.checked_sub(1).expect("BUG: intents miscounted");
        }
        if is && !was {
            *counter = counter.saturating_add(1);
        }
    }
}

/// Writes a row; the next number makes a new one.
fn put<K, S: Slot, M: Memory>(slots: &mut Slots<S, Vm<M>>, id: Id<K>, row: &S) {
    if id.slot() < slots.len() {
        slots.set(id.slot(), row).expect(NO_ROOM);
        return;
    }
    let slot = slots.push(row).expect(NO_ROOM);
    assert!(slot == id.slot(), "BUG: a number is not the next");
}
