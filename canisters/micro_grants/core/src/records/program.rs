//! A programme: a fixed row with everything the hot path reads, and a body with texts and people.

use granary_stable::list::Anchor;
use granary_stable::slots::Slot;
use minicbor::{Decode, Encode};

use crate::types::{
    ApplicationId, ApplicationState, Duration, GrantId, Principal, ProgramState, Timestamp, Units,
};
use granary_kernel::row::{RowReader, RowWriter, number};

/// One axis of a rubric.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Dimension {
    /// What is judged.
    #[n(0)]
    pub name: String,
    /// Lowest score.
    #[n(1)]
    pub min: u32,
    /// Highest score.
    #[n(2)]
    pub max: u32,
    /// Weights of a rubric sum to 10,000.
    #[n(3)]
    pub weight_bps: u32,
}

/// A place on the panel of a programme. Seats are only added, so that a review names its author by
/// the seat's position for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Seat {
    /// Who sits there.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub reviewer: Principal,
    /// False once the reviewer left the panel.
    #[n(1)]
    pub active: bool,
}

/// Texts and people of a programme.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ProgramBodyV1 {
    /// What people call it.
    #[n(0)]
    pub title: String,
    /// Who runs it; the creator is the first.
    #[cbor(n(1), with = "granary_kernel::cbor::principals")]
    pub managers: Vec<Principal>,
    /// Who reviews, and who did.
    #[n(2)]
    pub seats: Vec<Seat>,
    /// What reviewers score.
    #[n(3)]
    pub rubric: Vec<Dimension>,
}

/// Texts and people in their newest shape.
pub type ProgramBody = ProgramBodyV1;

impl ProgramBodyV1 {
    /// True for a manager of the programme.
    pub fn is_manager(&self, who: &Principal) -> bool {
        self.managers.contains(who)
    }

    /// The active seat of a reviewer.
    pub fn seat_of(&self, who: &Principal) -> Option<u16> {
        let at = self.seats.iter().position(|seat| seat.active && seat.reviewer == *who)?;
        u16::try_from(at).ok()
    }

    /// The reviewers who sit on the panel now.
    pub fn reviewers(&self) -> impl Iterator<Item = Principal> + '_ {
        self.seats.iter().filter(|seat| seat.active).map(|seat| seat.reviewer)
    }
}

/// The numbers of a programme's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Least request.
    pub min_grant: Units,
    /// Largest request.
    pub max_grant: Units,
    /// Bound on open requests and awards of one applicant (G4).
    pub per_applicant_cap: Units,
    /// A payout above this must be requested by the treasurer.
    pub treasurer_above: Units,
    /// Applications the programme takes in total.
    pub max_applications: u64,
    /// Reviews a decision needs, absolutely (G5).
    pub min_reviews: u32,
    /// Share of counted reviews that must recommend approval.
    pub min_approvals_bps: u32,
    /// Least weighted mean score.
    pub min_score_bps: u32,
    /// How long a requested change may take.
    pub review_window: Duration,
    /// How long a rejection can be appealed.
    pub appeal_window: Duration,
    /// How long after the decision nothing is paid (G8).
    pub challenge_window: Duration,
    /// A grant without a sign of life for so long is at risk.
    pub inactivity: Duration,
}

/// The money of a programme: `budget == available + committed + paid` (G1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// All of it.
    pub budget: Units,
    /// Free for awards.
    pub available: Units,
    /// Awarded and not yet paid; what had vested when a grant was terminated stays here.
    pub committed: Units,
    /// Settled.
    pub paid: Units,
    /// Part of `committed` that is queued or sent.
    pub queued: Units,
    /// Payouts queued or sent.
    pub queued_payouts: u32,
}

/// The row of a programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramHead {
    /// Where it stands.
    pub state: ProgramState,
    /// When it was created.
    pub created_at: Timestamp,
    /// Numbers of its terms.
    pub bounds: Bounds,
    /// Its money.
    pub ledger: Ledger,
    /// Applications ever submitted.
    pub applications: u64,
    /// Grants that keep it from closing.
    pub live_grants: u32,
    /// Grants ever offered.
    pub grants: u32,
}

/// What the store keeps beside a programme's head: anchors of its lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProgramLinks {
    /// Applications by state, in the order of [`ApplicationState::ALL`].
    pub by_state: [Anchor; ApplicationState::ALL.len()],
    /// Newest application.
    pub newest_application: Option<ApplicationId>,
    /// Newest grant.
    pub newest_grant: Option<GrantId>,
}

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramRow {
    /// What rules read and write.
    pub head: ProgramHead,
    /// What the store keeps.
    pub links: ProgramLinks,
}

impl Slot for ProgramRow {
    /// About a quarter is room to grow.
    const SIZE: u32 = 512;

    fn write(&self, out: &mut [u8]) {
        let Self { head, links } = self;
        let mut row = RowWriter::new(out, 1);
        row.u8(number(&ProgramState::ALL, &head.state)).time(head.created_at);
        write_bounds(&mut row, &head.bounds);
        let Ledger { budget, available, committed, paid, queued, queued_payouts } = head.ledger;
        row.units(budget).units(available).units(committed).units(paid).units(queued);
        row.u32(queued_payouts).u64(head.applications).u32(head.live_grants).u32(head.grants);
        for anchor in &links.by_state {
            let mut part = [0; 16];
            anchor.write(&mut part);
            row.array(&part);
        }
        row.opt_id(links.newest_application).opt_id(links.newest_grant);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a programme row");
        let state = row.case(&ProgramState::ALL);
        let created_at = row.time();
        let bounds = read_bounds(&mut row);
        let ledger = Ledger {
            budget: row.units(),
            available: row.units(),
            committed: row.units(),
            paid: row.units(),
            queued: row.units(),
            queued_payouts: row.u32(),
        };
        let (applications, live_grants, grants) = (row.u64(), row.u32(), row.u32());
        let head =
            ProgramHead { state, created_at, bounds, ledger, applications, live_grants, grants };
        let mut links = ProgramLinks::default();
        for anchor in &mut links.by_state {
            *anchor = Anchor::read(row.raw().take(16));
        }
        links.newest_application = row.opt_id();
        links.newest_grant = row.opt_id();
        Self { head, links }
    }
}

fn write_bounds(row: &mut RowWriter<'_>, bounds: &Bounds) {
    row.units(bounds.min_grant)
        .units(bounds.max_grant)
        .units(bounds.per_applicant_cap)
        .units(bounds.treasurer_above)
        .u64(bounds.max_applications)
        .u32(bounds.min_reviews)
        .u32(bounds.min_approvals_bps)
        .u32(bounds.min_score_bps)
        .u64(bounds.review_window.as_nanos())
        .u64(bounds.appeal_window.as_nanos())
        .u64(bounds.challenge_window.as_nanos())
        .u64(bounds.inactivity.as_nanos());
}

fn read_bounds(row: &mut RowReader<'_>) -> Bounds {
    Bounds {
        min_grant: row.units(),
        max_grant: row.units(),
        per_applicant_cap: row.units(),
        treasurer_above: row.units(),
        max_applications: row.u64(),
        min_reviews: row.u32(),
        min_approvals_bps: row.u32(),
        min_score_bps: row.u32(),
        review_window: Duration::from_nanos(row.u64()),
        appeal_window: Duration::from_nanos(row.u64()),
        challenge_window: Duration::from_nanos(row.u64()),
        inactivity: Duration::from_nanos(row.u64()),
    }
}
