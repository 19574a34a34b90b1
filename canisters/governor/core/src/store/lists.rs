//! Pages by cursor, newest first: what people look for is what happened last.

use granary_kernel::{Page, checks};
use ic_stable_structures::Memory;

use crate::errors::GovernorError;
use crate::limits;
use crate::store::{ProposalView, Store};
use crate::types::{ProposalState, Timestamp};

/// Which proposals a page lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProposalFilter {
    /// All.
    #[default]
    All,
    /// Those something still happens to.
    Open,
}

/// Heads a filtered page looks at: it may be shorter than asked for, and then goes on.
const SCANNED: u32 = 200;

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
        let newest = u32::try_from(self.proposals.len()).unwrap_or(u32::MAX);
        let mut at = match after {
            None => newest,
            Some(after) => {
                let after = u32::try_from(after).ok().filter(|id| (1..=newest).contains(id));
                after.ok_or(granary_kernel::Fault::Cursor)?.saturating_sub(1)
            }
        };
        let mut items = vec![];
        let mut scanned = 0_u32;
        while at > 0 && items.len() < limit && scanned < SCANNED {
            let fits = match filter {
                ProposalFilter::All => true,
                ProposalFilter::Open => self.state_of(at).is_some_and(|state| !state.is_over()),
            };
            if fits {
                items.push(self.proposal(at.into(), now)?);
            }
            scanned = scanned.saturating_add(1);
            at = at.saturating_sub(1);
        }
        let next = (at > 0).then(|| u64::from(at).saturating_add(1));
        Ok(Page { items, next })
    }

    fn state_of(&self, id: u32) -> Option<ProposalState> {
        self.proposals.get(&id).map(|proposal| proposal.0.state)
    }
}
