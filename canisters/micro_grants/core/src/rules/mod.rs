//! The decisions: values in, values out. A rule gets a view (records already loaded), an input and
//! a [`Ctx`], and answers the [`Change`] to make or the refusal. It never touches the store.

pub mod accept_grant;
pub mod appeal_decision;
pub mod claim_stream;
pub mod clock;
pub mod close_program;
pub mod content;
pub mod create_program;
pub mod declare_conflict;
pub mod finalize_application;
pub mod give_notice;
pub mod hand_over;
pub mod life;
pub mod open_program;
pub mod pause_program;
pub mod pause_stream;
pub mod payout_progress;
pub mod quorum;
pub mod reinstate_grant;
pub mod reply_to_notice;
pub mod request_payout;
pub mod retry_payout;
pub mod review_milestone;
pub mod revise_application;
pub mod save_draft;
pub mod standing;
pub mod start_stream;
pub mod stream;
pub mod submit_application;
pub mod submit_milestone;
pub mod submit_progress_report;
pub mod submit_review;
pub mod suspend_grant;
pub mod terminate_grant;
pub mod terms;
pub mod update_program;
pub mod withdraw_application;

#[cfg(test)]
pub(crate) mod fixtures;

use core::cell::OnceCell;

pub use granary_kernel::Ctx;
use granary_stable::record;
use sha2::{Digest, Sha256};

use crate::errors::{AccessFault, GrantError, StateFault};
use crate::records::{
    Account, ApplicationHead, Asset, Content, Declaration, Event, GrantHead, Milestone, PayoutHead,
    ProgramBody, ProgramHead, Report, Review,
};
use crate::types::{
    ApplicationId, ApplicationState, GrantId, GrantState, Hash, PayoutId, Principal, ProgramId,
    ProgramState, Timestamp,
};

/// A programme as rules see it.
#[derive(Clone, Debug)]
pub struct ProgramView {
    /// Its number.
    pub id: ProgramId,
    /// Its row.
    pub head: ProgramHead,
    /// Its texts and people.
    pub body: ProgramBody,
}

impl ProgramView {
    /// Refuses everybody but the managers.
    pub(crate) fn need_manager(&self, ctx: &Ctx) -> Result<(), GrantError> {
        if self.body.is_manager(&ctx.actor) { Ok(()) } else { Err(AccessFault::Manager.into()) }
    }
}

/// An application as rules see it.
#[derive(Clone, Copy, Debug)]
pub struct ApplicationView {
    /// Its number.
    pub id: ApplicationId,
    /// Its row.
    pub head: ApplicationHead,
    /// What its applicant has in the programme.
    pub account: Account,
}

/// A grant as rules see it, with the programme that pays.
#[derive(Clone, Debug)]
pub struct GrantView {
    /// Its number.
    pub id: GrantId,
    /// Its row.
    pub head: GrantHead,
    /// The programme that pays.
    pub program: ProgramView,
    /// What its grantee has in the programme.
    pub account: Account,
    /// The canister's asset, for messages.
    pub asset: Asset,
}

/// A body on its way to be stored. It is encoded when its bytes are first asked for: what is
/// refused before costs no encoding.
#[derive(Clone, Debug)]
pub struct SealedContent {
    /// The body.
    pub content: Content,
    bytes: OnceCell<Vec<u8>>,
}

impl SealedContent {
    /// A body that is not encoded yet.
    pub const fn new(content: Content) -> Self {
        Self { content, bytes: OnceCell::new() }
    }

    /// Its stored bytes, for the record and the request's print; encoded once.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get_or_init(|| record::encode(&self.content))
    }

    /// Its stored bytes, to keep.
    pub fn into_bytes(self) -> Vec<u8> {
        let Self { content, bytes } = self;
        bytes.into_inner().unwrap_or_else(|| record::encode(&content))
    }

    /// SHA-256 of the stored bytes. The dearest part of a submission: taken for the journal, when
    /// nothing can be refused any more.
    pub fn digest(&self) -> Hash {
        Sha256::digest(self.bytes()).into()
    }
}

/// When the clock must look at an entity again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// A requested change expires.
    Application(ApplicationId, Timestamp),
    /// An offer lapses, a window ends, a milestone is due, or inactivity would be reached.
    Grant(GrantId, Timestamp),
}

/// Everything one verb writes. The store applies it in one go and keeps links, lists and totals.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// A programme's row; the next number makes a new one.
    pub program: Option<(ProgramId, ProgramHead)>,
    /// A programme's texts and people.
    pub program_body: Option<(ProgramId, ProgramBody)>,
    /// An application's row; the next number makes a new one.
    pub application: Option<(ApplicationId, ApplicationHead)>,
    /// A new body of that application.
    pub content: Option<Vec<u8>>,
    /// What an applicant has in a programme; the store keeps the chain.
    pub account: Option<(Principal, ProgramId, Account)>,
    /// A reviewer's declaration, by seat.
    pub declaration: Option<(ApplicationId, u16, Declaration)>,
    /// A review, by version, panel and seat.
    pub review: Option<(ApplicationId, ReviewKey, Review)>,
    /// A grant's row; the next number makes a new one.
    pub grant: Option<(GrantId, GrantHead)>,
    /// Milestones of a grant.
    pub milestones: Vec<(GrantId, u16, Milestone)>,
    /// A payout's row; the next number makes a new one.
    pub payout: Option<(PayoutId, PayoutHead)>,
    /// A progress report, by number.
    pub report: Option<(GrantId, u32, Report)>,
    /// When the clock must look again.
    pub wake: Option<Wake>,
    /// What happened; the first one's subject is the receipt's id.
    pub events: Vec<Event>,
}

impl Change {
    /// A change that begins with one event.
    pub(crate) fn with(event: Event) -> Self {
        Self { events: vec![event], ..Self::default() }
    }
}

/// Where a review stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReviewKey {
    /// Version judged.
    pub version: u16,
    /// 0 for the first panel, 1 after an appeal.
    pub panel: u8,
    /// Seat of the reviewer.
    pub seat: u16,
}

pub(crate) fn program_in(
    head: &ProgramHead,
    allowed: &'static [ProgramState],
) -> Result<(), GrantError> {
    if allowed.contains(&head.state) {
        return Ok(());
    }
    Err(StateFault::Program { actual: head.state, allowed }.into())
}

pub(crate) fn application_in(
    head: &ApplicationHead,
    allowed: &'static [ApplicationState],
) -> Result<(), GrantError> {
    if allowed.contains(&head.state) {
        return Ok(());
    }
    Err(StateFault::Application { actual: head.state, allowed }.into())
}

pub(crate) fn grant_in(head: &GrantHead, allowed: &'static [GrantState]) -> Result<(), GrantError> {
    if allowed.contains(&head.state) {
        return Ok(());
    }
    Err(StateFault::Grant { actual: head.state, allowed }.into())
}
