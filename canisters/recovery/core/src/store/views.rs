//! Requests for rules and readers.

use crate::limits::MAX_PAGE;
use granary_kernel::lists::by_number;
use granary_kernel::row::damaged;
use granary_kernel::{Fault, Page, checks};
use ic_stable_structures::Memory;

use crate::errors::RecoveryError;
use crate::records::{Outlook, Request, State};
use crate::rules::{operation, standing};
use crate::store::Store;
use crate::types::{Ctx, Principal, RequestId, Timestamp};

/// A request as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestView {
    /// Its number.
    pub id: RequestId,
    /// All of it.
    pub request: Request,
    /// Approvals that count now.
    pub counted: u32,
    /// From when on it may be executed, when it has its quorum.
    pub eta: Option<Timestamp>,
}

impl<M: Memory + 'static> Store<M> {
    /// The request with this number.
    pub fn request(&self, number: u64) -> Result<(RequestId, Request), RecoveryError> {
        let missing = RecoveryError::NotFound { id: number };
        let id = RequestId::from_wire(number).ok_or(missing.clone())?;
        self.requests.get(&id.get()).map(|stored| (id, stored.0)).ok_or(missing)
    }

    /// The request as it stands.
    pub fn view(&self, number: u64, now: Timestamp) -> Result<RequestView, RecoveryError> {
        let (id, request) = self.request(number)?;
        let counted = standing::counted(&request, &self.config().committee);
        let eta = if let State::Ready { since } = request.state {
            Some(standing::eta(since, self.outlook(), &self.config().delays, now))
        } else {
            None
        };
        Ok(RequestView { id, request, counted, eta })
    }

    /// Requests by number.
    pub fn list_requests(
        &self,
        after: Option<u64>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Page<RequestView>, RecoveryError> {
        let limit = checks::page(limit, MAX_PAGE)?;
        by_number(after, limit, self.requests.len()).try_map(|number| self.view(number, now))
    }

    /// What was seen of the governor.
    pub fn outlook(&self) -> &Outlook {
        self.outlook.get().unwrap_or_else(damaged)
    }

    /// What a request asks for in words, with its digest.
    pub fn words(&self, number: u64) -> Result<Words, RecoveryError> {
        let (_, request) = self.request(number)?;
        let (sentence, parts) = operation::words(&self.config().target, &request.operation);
        Ok((sentence, parts, request.digest))
    }

    /// Refuses everybody but members of the committee.
    pub fn need_member(&self, ctx: &Ctx) -> Result<(), RecoveryError> {
        if granary_kernel::is_nobody(&ctx.actor) {
            return Err(Fault::NoIdentity.into());
        }
        if self.is_member(&ctx.actor) { Ok(()) } else { Err(RecoveryError::NotMember) }
    }

    /// True for a member of the committee.
    pub fn is_member(&self, who: &Principal) -> bool {
        self.config().committee.members.contains(who)
    }

    /// Requests that are open, ready or being executed.
    pub(crate) fn live(&self) -> Vec<(RequestId, Request)> {
        let live = self.totals().live.iter();
        live.filter_map(|number| self.request((*number).into()).ok()).collect()
    }
}

/// A sentence, its parts, and the digest of what they say.
pub type Words = (&'static str, Vec<(String, String)>, crate::types::Hash);
