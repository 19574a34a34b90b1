//! Pages by cursor. Every list follows numbers or links; nothing scans.

use granary_kernel::lists::{Page, by_number, threaded};
use granary_kernel::{Fault, checks};
use ic_stable_structures::Memory;

use crate::errors::ExecutionError;
use crate::limits;
use crate::records::{AuthorisationRow, OrphanRow, STATE_LIST};
use crate::store::Store;
use crate::store::commit::list_of;
use crate::store::views::IntentView;
use crate::types::{AuthorisationId, Id, IntentId, IntentState, OrphanId, Timestamp};

/// Which intents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntentFilter {
    /// Only those in this state, in the order they came into it; none means all by number.
    pub state: Option<IntentState>,
}

impl From<Option<IntentState>> for IntentFilter {
    fn from(state: Option<IntentState>) -> Self {
        Self { state }
    }
}

impl<M: Memory + 'static> Store<M> {
    /// Intents.
    pub fn list_intents(
        &self,
        filter: IntentFilter,
        after: Option<u64>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Page<IntentView>, ExecutionError> {
        let limit = checks::page(limit, limits::MAX_PAGE)?;
        // A cursor is a number on the wire; lists go by places.
        let place = match after {
            None => None,
            Some(wire) => Some(self.intent(wire).map_err(|_| Fault::Cursor)?.0.wire()),
        };
        let places = match filter.state {
            None => by_number(place, limit, self.intents.len()),
            Some(state) => {
                let totals = self.totals();
                let anchor = totals.lists.get(state.at()).copied().unwrap_or_default();
                threaded(STATE_LIST, &self.intents, list_of(state), &anchor, place, limit)?
            }
        };
        let views = places.items.iter().filter_map(|place| {
            let id = IntentId::from_wire(*place)?;
            let row = self.intent_at(id)?;
            Some(self.view_of(row.wire(id), &row, now))
        });
        let items: Vec<IntentView> = views.collect();
        let next = places.next.and(items.last().map(|view| view.wire));
        Ok(Page { items, next })
    }

    /// Payments without an intent, oldest first.
    pub fn list_orphans(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(OrphanId, OrphanRow)>, ExecutionError> {
        let limit = checks::page(limit, limits::MAX_PAGE)?;
        Ok(rows(by_number(after, limit, self.orphans.len()), |id: OrphanId| {
            self.orphans.get(id.slot())
        }))
    }

    /// Standing authorisations, oldest first, with what is used of each inside its window now.
    pub fn list_authorisations(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(AuthorisationId, AuthorisationRow)>, ExecutionError> {
        let limit = checks::page(limit, limits::MAX_PAGE)?;
        Ok(rows(by_number(after, limit, self.authorisations.len()), |id: AuthorisationId| {
            self.authorisations.get(id.slot())
        }))
    }
}

fn rows<K, R>(page: Page<u64>, get: impl Fn(Id<K>) -> Option<R>) -> Page<(Id<K>, R)> {
    let items = page.items.into_iter().filter_map(|number| {
        let id = Id::from_wire(number)?;
        Some((id, get(id)?))
    });
    Page { items: items.collect(), next: page.next }
}
