//! Pages by cursor, newest first: what people look for is what happened last.

use granary_kernel::{Page, checks};
use ic_stable_structures::Memory;

use crate::errors::GovernorError;
use crate::limits;
use crate::store::{ProposalView, Store};
use crate::types::{Id, Timestamp};

/// Which proposals a page lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProposalFilter {
    /// All.
    #[default]
    All,
    /// Those something still happens to.
    Open,
}

impl<M: Memory + 'static> Store<M> {
    /// A page of proposals from behind `after` on, newest first.
    pub fn list_proposals(
        &self,
        filter: ProposalFilter,
        after: Option<u64>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Page<ProposalView>, GovernorError> {
        let limit = checks::page(limit, limits::MAX_PAGE)?;
        let newest = self.proposals.len();
        let below = match after {
            None => newest.saturating_add(1),
            Some(after) if (1..=newest).contains(&after) => after,
            Some(_) => return Err(granary_kernel::Fault::Cursor.into()),
        };
        let wanted = limit.saturating_add(1);
        let mut ids: Vec<u64> = match filter {
            ProposalFilter::All => (1..below).rev().take(wanted).collect(),
            ProposalFilter::Open => {
                let open = self.open_list();
                open.ids().rev().map(Id::wire).filter(|id| *id < below).take(wanted).collect()
            }
        };
        let is_more = ids.len() > limit;
        ids.truncate(limit);
        let next = if is_more { ids.last().copied() } else { None };
        let items = ids.into_iter().map(|id| self.proposal(id, now)).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }
}
