//! An intent: what is to be paid, how far it is, and what every attempt at it carries.

use granary_stable::list::{LINK_BYTES, ListField};
use granary_stable::slots::Slot;

use crate::limits;
use crate::records::row::{ReadMore as _, RowReader, RowWriter, WriteMore as _, number};
use crate::types::{
    Account, ApprovalId, AssetId, Duration, Hash, IntentId, IntentState, Origin, Principal,
    Timestamp, TroubleId, UseId,
};
use granary_kernel::row::damaged;

/// An idempotency key: 1 to 64 bytes of text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Key {
    bytes: [u8; limits::MAX_KEY_BYTES],
    len: u8,
}

impl Key {
    /// The key `text`; none when it is empty or too long.
    pub fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; limits::MAX_KEY_BYTES];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        let len = u8::try_from(text.len()).ok().filter(|len| *len > 0)?;
        Some(Self { bytes, len })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        let text = self.bytes.get(..self.len.into()).unwrap_or_default();
        core::str::from_utf8(text).unwrap_or_default()
    }
}

impl core::fmt::Debug for Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.as_str().fmt(f)
    }
}

/// What is known about an intent, each fact one bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(pub u32);

impl Marks {
    /// A send of this attempt has an outcome nobody knows: the money may have moved.
    pub const UNCERTAIN: Self = Self(1);
    /// The ledger said that this attempt is too old to be executed from then on.
    pub const TOO_OLD: Self = Self(1 << 1);
    /// The newest repetition taught nothing: the blocks come first.
    pub const LOOK: Self = Self(1 << 2);
    /// A reservation may exist at `risk_guard`.
    pub const RESERVED: Self = Self(1 << 3);
    /// The reservation was given back after the intent failed.
    pub const RELEASED: Self = Self(1 << 4);
    /// The books have the entry.
    pub const POSTED: Self = Self(1 << 5);
    /// `risk_guard` has the commitment.
    pub const COMMITTED: Self = Self(1 << 6);
    /// It was found paid after a restore; this canister does not remember sending it.
    pub const FOUND: Self = Self(1 << 7);
    /// Amount and fee are set aside from what the treasury has.
    pub const SET_ASIDE: Self = Self(1 << 8);
    /// It waits for money.
    pub const SHORT: Self = Self(1 << 9);
    /// Somebody else booked the block: their entry is to be looked at.
    pub const TAKEN: Self = Self(1 << 10);
    /// The block stands in Suspense: it is to be corrected.
    pub const SUSPENSE: Self = Self(1 << 11);
    /// A correction was asked for and nobody knows whether it was made.
    pub const ADJUSTING: Self = Self(1 << 12);
    /// The correction is left to people.
    pub const FOR_PEOPLE: Self = Self(1 << 13);
    /// `risk_guard` does not know the reservation of a payment that was made.
    pub const UNRESERVED: Self = Self(1 << 14);
    /// The capacity was used under another number, before a restore.
    pub const ELSEWHERE: Self = Self(1 << 15);
    /// The fee changed: what was reserved is given back before it is assessed anew.
    pub const REPRICED: Self = Self(1 << 16);
    /// All blocks were looked at after the ledger could execute it for the last time.
    pub const SCANNED: Self = Self(1 << 17);
    /// Its newest steps failed several times in a row.
    pub const STRUGGLING: Self = Self(1 << 18);

    /// True when the fact is known.
    pub const fn has(self, fact: Self) -> bool {
        self.0 & fact.0 != 0
    }

    /// Learns a fact.
    pub const fn set(&mut self, fact: Self) {
        self.0 |= fact.0;
    }

    /// Learns or forgets a fact.
    pub const fn put(&mut self, fact: Self, is_so: bool) {
        if is_so {
            self.set(fact);
        } else {
            self.clear(fact);
        }
    }

    /// Forgets a fact.
    pub const fn clear(&mut self, fact: Self) {
        self.0 &= !fact.0;
    }
}

/// What must be true before it may be sent, as `risk_guard` last said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The policy that says so.
    pub policy: u64,
    /// Position of the tier in it.
    pub tier: u32,
    /// Different people who must approve.
    pub approvals: u32,
    /// The wait after the last approval.
    pub delay: Duration,
}

/// What one attempt at the transfer carries. Fixed before the first send and the same in each
/// repetition (E2); memo, amount and destination are the intent's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// Its number, from 1; 0 before the first.
    pub number: u32,
    /// The time the transfer carries.
    pub created_at: Timestamp,
    /// A block from which on the transfer is, if it is anywhere.
    pub from_block: u64,
    /// Sends of this attempt.
    pub sends: u32,
    /// The next block to be looked at.
    pub next_block: u64,
}

impl Attempt {
    /// The last moment of the ledger's clock at which it can still be executed, with the drift.
    pub const fn deadline(&self) -> Timestamp {
        self.created_at.saturating_add(limits::LEDGER_WINDOW).saturating_add(limits::LEDGER_DRIFT)
    }

    /// The end of the time in which the ledger knows a repetition for certain (K39).
    pub fn repeatable_until(&self) -> Timestamp {
        let window = limits::LEDGER_WINDOW.as_nanos();
        let safe = window.saturating_sub(limits::WINDOW_SLACK.as_nanos());
        self.created_at.saturating_add(Duration::from_nanos(safe))
    }
}

/// The stored row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntentRow {
    /// Where it stands.
    pub state: IntentState,
    /// What is known about it.
    pub marks: Marks,
    /// The generation its number belongs to: 0 until a snapshot was restored.
    pub generation: u32,
    /// On whose behalf.
    pub origin: Origin,
    /// Who submitted it.
    pub initiator: Principal,
    /// Of which asset.
    pub asset: AssetId,
    /// Where the money goes.
    pub to: Account,
    /// What the destination receives.
    pub amount: u128,
    /// What the ledger takes on top.
    pub fee: u128,
    /// SHA-256 over submitter and key: the same however often it is submitted (E7).
    pub memo: Hash,
    /// The submitter's key.
    pub key: Key,
    /// The announcement it was announced with.
    pub announcement: Option<u64>,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// Its first event; with the time what its receipt says, however often it is asked for.
    pub event: u64,
    /// After this time it is not sent any more.
    pub expires_at: Timestamp,
    /// When it came into its state.
    pub since: Timestamp,
    /// When its delay ends.
    pub eta: Option<Timestamp>,
    /// When it was learnt that the money moved.
    pub settled_at: Option<Timestamp>,
    /// What it needs.
    pub needs: Needs,
    /// The reservation at `risk_guard`.
    pub reservation: Option<u64>,
    /// Until when the reservation holds.
    pub reserved_until: Option<Timestamp>,
    /// The asset's look back after which it was held: an older word is not relied on (E7).
    pub reserved_look: u64,
    /// The attempt at the transfer.
    pub attempt: Attempt,
    /// Steps that were begun; an answer names its step.
    pub turn: u32,
    /// Until when a step is under way.
    pub busy_until: Option<Timestamp>,
    /// The block that moved the money.
    pub block: Option<u64>,
    /// The entry that books it.
    pub entry: Option<u64>,
    /// When the correction of Suspense was first asked for.
    pub adjusting_since: Option<Timestamp>,
    /// The newest approval.
    pub newest_approval: Option<ApprovalId>,
    /// Approvals it ever got.
    pub approvals: u32,
    /// Its errors, once there were any.
    pub trouble: Option<TroubleId>,
    /// The standing authorisation that stands in for approvals.
    pub standing: Option<UseId>,
}

/// Where a row's link in the list of its state begins.
const LINK_AT: u32 = limits::INTENT_BYTES - LINK_BYTES;
/// Bytes in front of it.
pub(crate) const FRONT_BYTES: usize = 500;
/// The lists of intents by state.
pub const STATE_LIST: ListField = ListField::at(LINK_AT);

const _: () = assert!(LINK_AT == 500);

impl IntentRow {
    /// The number callers know: position and generation, so that a number given out before a
    /// snapshot was restored never means another intent afterwards.
    pub fn wire(&self, id: IntentId) -> u64 {
        u64::from(self.generation) << 32 | id.wire()
    }

    /// Everything that leaves the treasury.
    pub const fn total(&self) -> u128 {
        self.amount.saturating_add(self.fee)
    }

    /// The row without its link.
    pub(crate) fn part(&self) -> [u8; FRONT_BYTES] {
        let mut out = [0; FRONT_BYTES];
        self.fill(&mut out);
        out
    }

    fn fill(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.u8(number(&IntentState::ALL, &self.state)).u32(self.marks.0).u32(self.generation);
        origin_out(&self.origin, &mut row);
        row.principal(&self.initiator)
            .id(self.asset)
            .account(&self.to)
            .u128(self.amount)
            .u128(self.fee)
            .array(&self.memo)
            .short(self.key.as_str().as_bytes(), 64)
            .opt_u64(self.announcement)
            .time(self.created_at)
            .u64(self.event)
            .time(self.expires_at)
            .time(self.since)
            .opt_time(self.eta)
            .opt_time(self.settled_at)
            .u64(self.needs.policy)
            .u32(self.needs.tier)
            .u32(self.needs.approvals)
            .u64(self.needs.delay.as_nanos())
            .opt_u64(self.reservation)
            .opt_time(self.reserved_until)
            .u64(self.reserved_look)
            .u32(self.attempt.number)
            .time(self.attempt.created_at)
            .u64(self.attempt.from_block)
            .u32(self.attempt.sends)
            .u64(self.attempt.next_block)
            .u32(self.turn)
            .opt_time(self.busy_until)
            .opt_u64(self.block)
            .opt_u64(self.entry)
            .opt_time(self.adjusting_since)
            .opt_id(self.newest_approval)
            .u32(self.approvals)
            .opt_id(self.trouble)
            .opt_id(self.standing);
    }
}

impl Slot for IntentRow {
    const SIZE: u32 = limits::INTENT_BYTES;

    fn write(&self, out: &mut [u8]) {
        self.fill(out);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "an intent row");
        Self {
            state: row.case(&IntentState::ALL),
            marks: Marks(row.u32()),
            generation: row.u32(),
            origin: origin_in(&mut row),
            initiator: row.principal(),
            asset: row.id(),
            to: row.account(),
            amount: row.u128(),
            fee: row.u128(),
            memo: row.hash(),
            key: core::str::from_utf8(row.short(64))
                .ok()
                .and_then(Key::new)
                .unwrap_or_else(damaged),
            announcement: row.opt_u64(),
            created_at: row.time(),
            event: row.u64(),
            expires_at: row.time(),
            since: row.time(),
            eta: row.opt_time(),
            settled_at: row.opt_time(),
            needs: Needs {
                policy: row.u64(),
                tier: row.u32(),
                approvals: row.u32(),
                delay: Duration::from_nanos(row.u64()),
            },
            reservation: row.opt_u64(),
            reserved_until: row.opt_time(),
            reserved_look: row.u64(),
            attempt: Attempt {
                number: row.u32(),
                created_at: row.time(),
                from_block: row.u64(),
                sends: row.u32(),
                next_block: row.u64(),
            },
            turn: row.u32(),
            busy_until: row.opt_time(),
            block: row.opt_u64(),
            entry: row.opt_u64(),
            adjusting_since: row.opt_time(),
            newest_approval: row.opt_id(),
            approvals: row.u32(),
            trouble: row.opt_id(),
            standing: row.opt_id(),
        }
    }
}

const GRANT: u8 = 0;
const PLAN: u8 = 1;
const MANUAL: u8 = 2;
const TOP_UP: u8 = 3;

/// A tag and thirty bytes.
fn origin_out(origin: &Origin, row: &mut RowWriter<'_>) {
    let mut rest = [0; 30];
    let tag = match origin {
        Origin::Grant { grant, payout } => {
            RowWriter::part(&mut rest).u64(*grant).u64(*payout);
            GRANT
        }
        Origin::Plan { plan, leg } => {
            RowWriter::part(&mut rest).u64(*plan).u32(*leg);
            PLAN
        }
        Origin::Manual => MANUAL,
        Origin::CyclesTopUp { canister } => {
            RowWriter::part(&mut rest).principal(canister);
            TOP_UP
        }
    };
    row.u8(tag).array(&rest);
}

fn origin_in(row: &mut RowReader<'_>) -> Origin {
    let tag = row.u8();
    let rest: [u8; 30] = row.raw().array();
    let mut rest = granary_stable::bytes::Reader::new(&rest);
    match tag {
        GRANT => Origin::Grant { grant: rest.u64(), payout: rest.u64() },
        PLAN => Origin::Plan { plan: rest.u64(), leg: rest.u32() },
        MANUAL => Origin::Manual,
        TOP_UP => Origin::CyclesTopUp { canister: Principal::from_slice(rest.short(29)) },
        _ => damaged(),
    }
}
