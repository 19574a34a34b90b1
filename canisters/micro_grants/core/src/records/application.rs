//! An application: a fixed row that changes, and one immutable body per version.

use std::borrow::Cow;

use granary_stable::blobs::Extent;
use granary_stable::list::{LINK_BYTES, ListField};
use granary_stable::slots::Slot;
use ic_stable_structures::Storable;
use ic_stable_structures::storable::Bound;
use minicbor::{Decode, Encode};

use crate::types::{
    ApplicationId, ApplicationState, GrantId, Hash, Principal, ProgramId, Timestamp, Units,
};
use granary_kernel::row::{RowReader, RowWriter, number};

/// One planned step.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MilestonePlan {
    /// What it earns.
    #[n(0)]
    pub amount: Units,
    /// When it should be submitted.
    #[n(1)]
    pub due_at: Timestamp,
    /// What must be shown.
    #[n(2)]
    pub acceptance_criteria: String,
}

/// What an applicant asks for; never changed once stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ContentV1 {
    /// One line.
    #[n(0)]
    pub title: String,
    /// One page.
    #[n(1)]
    pub summary: String,
    /// 0 only in a draft.
    #[n(2)]
    pub requested: Units,
    /// SHA-256 of the full plan.
    #[cbor(n(3), with = "granary_kernel::cbor::hash")]
    pub plan_hash: Hash,
    /// Sums to the request; empty means one lump sum.
    #[n(4)]
    pub milestones: Vec<MilestonePlan>,
    /// People besides the applicant.
    #[cbor(n(5), with = "granary_kernel::cbor::principals")]
    pub team: Vec<Principal>,
    /// Addresses of further reading.
    #[n(6)]
    pub links: Vec<String>,
}

/// What an applicant asks for, in its newest shape.
pub type Content = ContentV1;

/// What rules read and write of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationHead {
    /// The programme asked.
    pub program: ProgramId,
    /// Who asks.
    pub applicant: Principal,
    /// Where it stands.
    pub state: ApplicationState,
    /// 0 for a draft, 1 at submission, one more for each revision.
    pub version: u16,
    /// 0 for the first panel, 1 after an appeal.
    pub panel: u8,
    /// True when a manager recorded it on behalf of its author.
    pub recorded: bool,
    /// What the current version asks for.
    pub requested: Units,
    /// When a draft was first saved, afterwards when it was first submitted.
    pub submitted_at: Timestamp,
    /// When it was last decided.
    pub decided_at: Option<Timestamp>,
    /// The grant it became.
    pub grant: Option<GrantId>,
}

/// What the store keeps beside an application's head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApplicationLinks {
    /// The application its programme got before this one.
    pub program_prev: Option<ApplicationId>,
    /// The application its applicant made before this one in the same programme.
    pub applicant_prev: Option<ApplicationId>,
    /// Body of the current version.
    pub body: Extent,
}

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationRow {
    /// What rules read and write.
    pub head: ApplicationHead,
    /// What the store keeps.
    pub links: ApplicationLinks,
}

/// Bytes of the part of a row that holds the head.
const HEAD_BYTES: usize = 76;
/// Bytes of the part that holds the links the store writes once per version.
const LINKS_BYTES: usize = 20;
/// Where the links begin.
pub(crate) const LINKS_AT: u32 = 76;
/// The list of applications of one programme and state, oldest first.
pub(crate) const STATE_LIST: ListField = ListField::at(STATE_LIST_AT);
const STATE_LIST_AT: u32 = 96;

const _: () = assert!(STATE_LIST_AT + LINK_BYTES <= ApplicationRow::SIZE);

impl ApplicationHead {
    /// The head's part of the row, to be written at its beginning.
    pub(crate) fn part(&self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        self.write(&mut RowWriter::new(&mut bytes, 1));
        bytes
    }

    fn write(&self, row: &mut RowWriter<'_>) {
        row.u8(number(&ApplicationState::ALL, &self.state))
            .u8(self.panel)
            .u8(u8::from(self.recorded))
            .u16(self.version)
            .id(self.program)
            .principal(&self.applicant)
            .units(self.requested)
            .time(self.submitted_at)
            .opt_time(self.decided_at)
            .opt_id(self.grant);
    }

    fn read(row: &mut RowReader<'_>) -> Self {
        let (state, panel) = (row.case(&ApplicationState::ALL), row.u8());
        let (recorded, version) = (row.u8() != 0, row.u16());
        Self {
            program: row.id(),
            applicant: row.principal(),
            state,
            version,
            panel,
            recorded,
            requested: row.units(),
            submitted_at: row.time(),
            decided_at: row.opt_time(),
            grant: row.opt_id(),
        }
    }
}

impl ApplicationLinks {
    /// The links' part of the row, to be written at [`LINKS_AT`].
    pub(crate) fn part(&self) -> [u8; LINKS_BYTES] {
        let mut bytes = [0; LINKS_BYTES];
        self.write(&mut RowWriter::part(&mut bytes));
        bytes
    }

    fn write(&self, row: &mut RowWriter<'_>) {
        row.opt_id(self.program_prev).opt_id(self.applicant_prev);
        self.body.write(row.raw());
    }
}

impl Slot for ApplicationRow {
    /// 108 bytes are used: head, links, list field; the rest is room to grow.
    const SIZE: u32 = 112;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        self.head.write(&mut row);
        self.links.write(&mut row);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "an application row");
        let head = ApplicationHead::read(&mut row);
        let links = ApplicationLinks {
            program_prev: row.opt_id(),
            applicant_prev: row.opt_id(),
            body: Extent::read(row.raw()),
        };
        Self { head, links }
    }
}

/// What one applicant has in one programme (G4): the value behind (applicant, programme).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Open requests and awards.
    pub counted: Units,
    /// How often drafts were saved; each keeps its bytes.
    pub saves: u32,
    /// Newest application, anchor of the applicant's chain.
    pub newest: Option<ApplicationId>,
}

/// Bytes of an [`Account`].
pub const ACCOUNT_BYTES: u32 = 25;

impl Storable for Account {
    const BOUND: Bound = Bound::Bounded { max_size: ACCOUNT_BYTES, is_fixed_size: true };

    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let mut bytes = vec![0; 25];
        RowWriter::new(&mut bytes, 1).units(self.counted).u32(self.saves).opt_id(self.newest);
        Cow::Owned(bytes)
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let mut row = RowReader::new(&bytes, 1, "an applicant's account");
        Self { counted: row.units(), saves: row.u32(), newest: row.opt_id() }
    }
}
