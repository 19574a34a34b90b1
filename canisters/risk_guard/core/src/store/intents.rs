//! The newest reservation of each intent.
//!
//! Intents are numbered by whoever has them, nearly always one after another. So the index has a
//! page for each group of 256 neighbours: finding one is a look into a small tree, and none at all
//! for the page that was used last. A number far away costs a page and nothing else.

use granary_kernel::NO_ROOM;
use granary_kernel::row::damaged;
use granary_stable::keys::FixedKey;
use ic_stable_structures::Memory;

use crate::records::reservation::{PAGE_INTENTS, PageRow};
use crate::store::Store;
use crate::types::ReservationId;

const fn key(group: u64) -> FixedKey<8> {
    FixedKey(group.to_be_bytes())
}

impl<M: Memory + 'static> Store<M> {
    /// The newest reservation of an intent.
    pub(crate) fn newest_of(&self, intent: u64) -> Option<ReservationId> {
        let page = self.page_of(intent)?;
        let entry = self.pages.read_part(page, PageRow::entry_at(intent));
        ReservationId::new(u32::from_be_bytes(entry.unwrap_or_else(|_| damaged())))
    }

    /// Makes `id` the newest reservation of an intent.
    pub(crate) fn set_newest(&mut self, intent: u64, id: ReservationId) {
        let page = self.page_of(intent).unwrap_or_else(|| self.new_page(intent));
        let at = PageRow::entry_at(intent);
        self.pages.write_part(page, at, &PageRow::entry(id)).expect(NO_ROOM);
    }

    fn page_of(&self, intent: u64) -> Option<u64> {
        let group = intent.checked_div(PAGE_INTENTS)?;
        if let Some((known, page)) = self.last_page.get()
            && known == group
        {
            return Some(page);
        }
        let page = u64::from(self.intents.get(&key(group))?);
        self.last_page.set(Some((group, page)));
        Some(page)
    }

    fn new_page(&mut self, intent: u64) -> u64 {
        let group = intent.checked_div(PAGE_INTENTS).unwrap_or_else(damaged);
        let page = self.pages.push(&PageRow::EMPTY).expect(NO_ROOM);
        let number = u32::try_from(page).expect(NO_ROOM);
        self.intents.insert(&key(group), number).expect(NO_ROOM);
        self.last_page.set(Some((group, page)));
        page
    }
}
