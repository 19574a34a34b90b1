//! Pages by cursor. Every list follows links or ids from the cursor on; nothing scans.
//!
//! | list | order |
//! |---|---|
//! | programmes, applications, grants without a filter | by number, oldest first |
//! | applications of a programme in one state | by when they came into it, oldest first |
//! | applications of a programme | newest first |
//! | applications of an applicant | by programme, newest first in each |
//! | grants of a programme, payouts of a grant | newest first |
//! | the report of a programme | newest application first |

use granary_kernel::lists::{Page, by_number, threaded, walk};
use granary_kernel::roles::principal_array;
use granary_kernel::{Fault, checks};
use granary_stable::blobs::Extent;
use ic_stable_structures::Memory;

use crate::errors::{GrantError, InputFault};
use crate::limits;
use crate::records::application::STATE_LIST;
use crate::records::{ApplicationHead, ApplicationRow, GrantHead, GrantMode, PayoutHead};
use crate::rules::ProgramView;
use crate::store::Store;
use crate::store::commit::{account_key, anchor_of, state_list};
use crate::types::{
    ApplicationId, ApplicationState, GrantId, Id, MilestoneState, PayoutId, Principal, ProgramId,
};
use granary_kernel::row::damaged;

/// At most one of programme (with or without state) and applicant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApplicationFilter {
    /// Only this programme's.
    pub program: Option<u64>,
    /// Only in this state; needs the programme.
    pub state: Option<ApplicationState>,
    /// Only this applicant's.
    pub applicant: Option<Principal>,
}

/// A row of a list of applications.
#[derive(Clone, Debug)]
pub struct ApplicationItem {
    /// Its number.
    pub id: ApplicationId,
    /// Its row.
    pub head: ApplicationHead,
    /// The title of its current version.
    pub title: String,
}

/// A row of a programme's report.
#[derive(Clone, Debug)]
pub struct ReportItem {
    /// The application.
    pub application: ApplicationItem,
    /// The grant it became.
    pub grant: Option<(GrantId, GrantHead)>,
    /// Milestones accepted, queued or paid.
    pub milestones_accepted: u32,
    /// Milestones of the grant.
    pub milestones_total: u32,
}

/// Bytes of a body that surely hold its title: version, array head, text head, text.
const TITLE_BYTES: u32 = 216;

impl<M: Memory> Store<M> {
    /// Programmes by number.
    pub fn list_programs(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<ProgramView>, GrantError> {
        by_number(after, page_size(limit)?, self.programs.len()).try_map(|id| self.program(id))
    }

    /// Applications by filter.
    pub fn list_applications(
        &self,
        filter: &ApplicationFilter,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<ApplicationItem>, GrantError> {
        let limit = page_size(limit)?;
        let ids = match *filter {
            ApplicationFilter { program: None, state: None, applicant: None } => {
                by_number(after, limit, self.applications.len())
            }
            ApplicationFilter { program: None, state: None, applicant: Some(who) } => {
                self.of_applicant(&who, after, limit)?
            }
            ApplicationFilter { program: Some(program), state: None, applicant: None } => {
                self.of_program(program, after, limit)?
            }
            ApplicationFilter { program: Some(program), state: Some(state), applicant: None } => {
                self.in_state(program, state, after, limit)?
            }
            ApplicationFilter { .. } => return Err(InputFault::Filter.into()),
        };
        Ok(ids.map(|id| self.application_item(id)))
    }

    /// Grants of a programme, or all.
    pub fn list_grants(
        &self,
        program: Option<u64>,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(GrantId, GrantHead)>, GrantError> {
        let limit = page_size(limit)?;
        let Some(program) = program else {
            let head = |id| self.grant_row(id).map(|(id, row)| (id, row.head));
            return by_number(after, limit, self.grants.len()).try_map(head);
        };
        let (program, _) = self.program_head(program)?;
        let row = |id: GrantId| self.grants.get(id.slot()).unwrap_or_else(damaged);
        let first = match after {
            None => self.programs.get(program.slot()).and_then(|row| row.links.newest_grant),
            Some(id) => {
                let (_, row) = self.grant_row(id).map_err(|_| Fault::Cursor)?;
                if row.head.program != program {
                    return Err(Fault::Cursor.into());
                }
                row.links.program_prev
            }
        };
        let ids = walk(first, limit, |id| row(id).links.program_prev);
        Ok(ids.map(|id| (id, row(id).head)))
    }

    /// Payouts of a grant.
    pub fn list_payouts(
        &self,
        grant: u64,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(PayoutId, PayoutHead)>, GrantError> {
        let limit = page_size(limit)?;
        let (grant, grant_row) = self.grant_row(grant)?;
        let row = |id: PayoutId| self.payouts.get(id.slot()).unwrap_or_else(damaged);
        let first = match after {
            None => grant_row.links.newest_payout,
            Some(id) => {
                let (id, head) = self.payout(id).map_err(|_| Fault::Cursor)?;
                if head.grant != grant {
                    return Err(Fault::Cursor.into());
                }
                row(id).grant_prev
            }
        };
        Ok(walk(first, limit, |id| row(id).grant_prev).map(|id| (id, row(id).head)))
    }

    /// Payouts by number, oldest first; with a programme the others are left out, so a page may
    /// have fewer items than asked for.
    pub fn list_all_payouts(
        &self,
        program: Option<u64>,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<(PayoutId, PayoutHead)>, GrantError> {
        let program = program.map(|id| self.program_head(id)).transpose()?.map(|(id, _)| id);
        let Page { items: ids, next } = by_number(after, page_size(limit)?, self.payouts.len());
        let mut items = vec![];
        for id in ids {
            let (id, head) = self.payout(id)?;
            let pays = |program| {
                self.grant_row(head.grant.wire()).map(|(_, row)| row.head.program == program)
            };
            if program.is_none_or(|program| pays(program) == Ok(true)) {
                items.push((id, head));
            }
        }
        Ok(Page { items, next })
    }

    /// The report of a programme: each application with what became of it. Drafts are left out, so
    /// a page may have fewer items than asked for.
    pub fn export_report(
        &self,
        program: u64,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Page<ReportItem>, GrantError> {
        let filter = ApplicationFilter { program: Some(program), ..ApplicationFilter::default() };
        let Page { items, next } = self.list_applications(&filter, after, limit)?;
        let items = items
            .into_iter()
            .filter(|item| item.head.version > 0)
            .map(|application| self.report_item(application))
            .collect();
        Ok(Page { items, next })
    }

    fn report_item(&self, application: ApplicationItem) -> ReportItem {
        let grant = application
            .head
            .grant
            .and_then(|id| self.grants.get(id.slot()).map(|row| (id, row.head)));
        let (mut milestones_accepted, mut milestones_total) = (0_u32, 0_u32);
        if let Some((id, head)) = &grant
            && head.mode == GrantMode::Milestones
        {
            milestones_total = head.milestones.into();
            for (_, step) in self.milestones_of(*id) {
                let accepted = matches!(
                    step.state,
                    MilestoneState::Accepted | MilestoneState::PayoutQueued | MilestoneState::Paid
                );
                milestones_accepted = milestones_accepted.saturating_add(accepted.into());
            }
        }
        ReportItem { application, grant, milestones_accepted, milestones_total }
    }

    fn application_row(&self, id: u64) -> Option<(ApplicationId, ApplicationRow)> {
        let id = ApplicationId::from_wire(id)?;
        self.applications.get(id.slot()).map(|row| (id, row))
    }

    fn application_item(&self, id: u64) -> ApplicationItem {
        let (id, row) = self.application_row(id).unwrap_or_else(damaged);
        let Extent { offset, len } = row.links.body;
        let front = Extent { offset, len: len.min(TITLE_BYTES) };
        let bytes = self.bodies.read(front).unwrap_or_else(|_| damaged());
        ApplicationItem { id, head: row.head, title: title_of(&bytes).unwrap_or_else(damaged) }
    }

    fn of_program(
        &self,
        program: u64,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<u64>, GrantError> {
        let (program, _) = self.program_head(program)?;
        let first = match after {
            None => self.programs.get(program.slot()).and_then(|row| row.links.newest_application),
            Some(id) => {
                let (_, row) = self.application_row(id).ok_or(Fault::Cursor)?;
                if row.head.program != program {
                    return Err(Fault::Cursor.into());
                }
                row.links.program_prev
            }
        };
        let ids = walk(first, limit, |id: ApplicationId| {
            self.applications.get(id.slot()).and_then(|row| row.links.program_prev)
        });
        Ok(ids.map(Id::wire))
    }

    fn in_state(
        &self,
        program: u64,
        state: ApplicationState,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<u64>, GrantError> {
        let (program, _) = self.program_head(program)?;
        let mut row = self.programs.get(program.slot()).unwrap_or_else(damaged);
        let anchor = *anchor_of(&mut row, state);
        let list = state_list(program, state);
        Ok(threaded(STATE_LIST, &self.applications, list, &anchor, after, limit)?)
    }

    fn of_applicant(
        &self,
        who: &Principal,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Page<u64>, GrantError> {
        let step = |row: &ApplicationRow| {
            row.links.applicant_prev.or_else(|| {
                let behind = ProgramId::new(row.head.program.get().saturating_add(1));
                behind.and_then(|program| self.newest_from(who, program))
            })
        };
        let first = match after {
            None => ProgramId::new(1).and_then(|program| self.newest_from(who, program)),
            Some(id) => {
                let (_, row) = self.application_row(id).ok_or(Fault::Cursor)?;
                if row.head.applicant != *who {
                    return Err(Fault::Cursor.into());
                }
                step(&row)
            }
        };
        let ids = walk(first, limit, |id: ApplicationId| {
            self.applications.get(id.slot()).and_then(|row| step(&row))
        });
        Ok(ids.map(Id::wire))
    }

    /// The applicant's newest application in the first programme from `program` on that has one.
    fn newest_from(&self, who: &Principal, program: ProgramId) -> Option<ApplicationId> {
        let applicant = principal_array(who);
        self.accounts
            .range(account_key(who, program)..)
            .take_while(|entry| entry.key().0.starts_with(&applicant))
            .find_map(|entry| entry.value().newest)
    }
}

/// The title from the front of a body, without decoding the rest.
///
/// Every version of the record so far is an array that begins with the title.
fn title_of(body: &[u8]) -> Option<String> {
    let (_, cbor) = body.split_first()?;
    let mut decoder = minicbor::Decoder::new(cbor);
    decoder.array().ok()?;
    decoder.str().ok().map(str::to_owned)
}

fn page_size(given: u32) -> Result<usize, Fault> {
    checks::page(given, limits::MAX_PAGE)
}

const _: () = assert!(limits::MAX_TITLE_BYTES + 16 <= 216);
