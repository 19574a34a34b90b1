//! A grant: a fixed row, its milestones, its reports.

use granary_stable::slots::Slot;
use minicbor::{Decode, Encode};

use crate::types::{
    ApplicationId, GrantId, GrantState, Hash, MilestoneState, PayoutId, Principal, ProgramId,
    Timestamp, Units,
};
use granary_kernel::row::{RowReader, RowWriter, number};

/// Linear release between start and end; nothing before the cliff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Vesting is counted from here.
    pub start: Timestamp,
    /// Nothing can be claimed before.
    pub cliff: Timestamp,
    /// Everything has vested.
    pub end: Timestamp,
    /// Since when it stands still.
    pub paused_at: Option<Timestamp>,
}

/// How the award is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantMode {
    /// All at once, on request.
    LumpSum,
    /// Step by step.
    Milestones,
    /// Second by second.
    Stream(Stream),
}

impl GrantMode {
    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::LumpSum => "LumpSum",
            Self::Milestones => "Milestones",
            Self::Stream(_) => "Stream",
        }
    }
}

/// What rules read and write of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantHead {
    /// The application it came from.
    pub application: ApplicationId,
    /// The programme that pays.
    pub program: ProgramId,
    /// Who receives.
    pub grantee: Principal,
    /// Where it stands.
    pub state: GrantState,
    /// How it is released.
    pub mode: GrantMode,
    /// The whole; cut to what had vested by termination.
    pub award: Units,
    /// Settled.
    pub paid: Units,
    /// Queued or sent, not settled.
    pub queued: Units,
    /// When it was approved.
    pub offered_at: Timestamp,
    /// When the challenge window ends.
    pub active_at: Timestamp,
    /// Newest sign of life.
    pub last_activity: Timestamp,
    /// Notice may be followed by termination from here on.
    pub notice_until: Option<Timestamp>,
    /// What the grantee replied.
    pub notice_reply: Option<Hash>,
    /// Reports received.
    pub reports: u32,
    /// Milestones of the plan.
    pub milestones: u16,
    /// No planned milestone is due before; the clock looks again then.
    pub next_due: Option<Timestamp>,
    /// Reviews its approval needed, whatever the programme asks for now.
    pub min_reviews: u32,
}

/// What the store keeps beside a grant's head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrantLinks {
    /// The grant its programme offered before this one.
    pub program_prev: Option<GrantId>,
    /// Newest payout.
    pub newest_payout: Option<PayoutId>,
}

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantRow {
    /// What rules read and write.
    pub head: GrantHead,
    /// What the store keeps.
    pub links: GrantLinks,
}

const MODE_LUMP_SUM: u8 = 0;
const MODE_MILESTONES: u8 = 1;
const MODE_STREAM: u8 = 2;

impl Slot for GrantRow {
    const SIZE: u32 = 256;

    fn write(&self, out: &mut [u8]) {
        let Self { head, links } = self;
        let mut row = RowWriter::new(out, 1);
        row.u8(number(&GrantState::ALL, &head.state))
            .id(head.application)
            .id(head.program)
            .principal(&head.grantee)
            .units(head.award)
            .units(head.paid)
            .units(head.queued)
            .time(head.offered_at)
            .time(head.active_at)
            .time(head.last_activity)
            .opt_time(head.notice_until)
            .u8(u8::from(head.notice_reply.is_some()))
            .array(&head.notice_reply.unwrap_or_default())
            .u32(head.reports)
            .u16(head.milestones)
            .opt_time(head.next_due)
            .u32(head.min_reviews)
            .opt_id(links.program_prev)
            .opt_id(links.newest_payout);
        match head.mode {
            GrantMode::LumpSum => row.u8(MODE_LUMP_SUM),
            GrantMode::Milestones => row.u8(MODE_MILESTONES),
            GrantMode::Stream(Stream { start, cliff, end, paused_at }) => {
                row.u8(MODE_STREAM).time(start).time(cliff).time(end).opt_time(paused_at)
            }
        };
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a grant row");
        let state = row.case(&GrantState::ALL);
        let mut head = GrantHead {
            application: row.id(),
            program: row.id(),
            grantee: row.principal(),
            state,
            mode: GrantMode::LumpSum,
            award: row.units(),
            paid: row.units(),
            queued: row.units(),
            offered_at: row.time(),
            active_at: row.time(),
            last_activity: row.time(),
            notice_until: row.opt_time(),
            notice_reply: None,
            reports: 0,
            milestones: 0,
            next_due: None,
            min_reviews: 0,
        };
        let (replied, reply) = (row.u8(), row.hash());
        head.notice_reply = (replied != 0).then_some(reply);
        head.reports = row.u32();
        head.milestones = row.u16();
        head.next_due = row.opt_time();
        head.min_reviews = row.u32();
        let links = GrantLinks { program_prev: row.opt_id(), newest_payout: row.opt_id() };
        head.mode = match row.u8() {
            MODE_LUMP_SUM => GrantMode::LumpSum,
            MODE_MILESTONES => GrantMode::Milestones,
            MODE_STREAM => GrantMode::Stream(Stream {
                start: row.time(),
                cliff: row.time(),
                end: row.time(),
                paused_at: row.opt_time(),
            }),
            _ => granary_kernel::row::damaged(),
        };
        Self { head, links }
    }
}

/// Something that shows work.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Evidence {
    /// Where it is.
    #[n(0)]
    pub uri: String,
    /// What it must hash to; never changed (G12).
    #[cbor(n(1), with = "granary_kernel::cbor::hash")]
    pub sha256: Hash,
}

/// One step of a grant. Its criteria are in the application's body.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MilestoneV1 {
    /// What it earns.
    #[n(0)]
    pub amount: Units,
    /// When it should be submitted.
    #[n(1)]
    pub due_at: Timestamp,
    /// Where it stands.
    #[n(2)]
    pub state: MilestoneState,
    /// Everything ever submitted for it, oldest first; a resubmission adds.
    #[n(3)]
    pub evidence: Vec<Evidence>,
}

/// A milestone in its newest shape.
pub type Milestone = MilestoneV1;

/// What a grantee tells between milestones.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReportV1 {
    /// What was done.
    #[n(0)]
    pub summary: String,
    /// What shows it.
    #[n(1)]
    pub evidence: Vec<Evidence>,
    /// When.
    #[n(2)]
    pub at: Timestamp,
}

/// A progress report in its newest shape.
pub type Report = ReportV1;
