//! An intent, an asset and a moment for the tests of the rules.

use granary_resilience::recovery::RecoveryContext;

use crate::records::{AssetRow, Attempt, IntentRow, Key, Marks, Needs};
use crate::rules::next::Around;
use crate::rules::{Ctx, Work};
use crate::types::{Account, AssetId, IntentId, IntentState, Origin, Principal, Timestamp};

/// The moment of the tests.
pub(crate) const NOW: u64 = 1_700_000_000_000_000_000;
/// Blocks the ledger is known to have.
pub(crate) const TIP: u64 = 50;

pub(crate) fn at(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(nanos)
}

pub(crate) fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 5])
}

pub(crate) fn ctx(n: u8) -> Ctx {
    Ctx { now: at(NOW), actor: person(n), trace_id: 7 }
}

pub(crate) fn account(n: u8) -> Account {
    Account { owner: person(n), subaccount: [0; 32] }
}

pub(crate) fn asset() -> AssetRow {
    AssetRow {
        adopted: true,
        ledger: person(100),
        treasury: account(101),
        fee: 10,
        tip: TIP,
        ..AssetRow::none()
    }
}

pub(crate) const fn around() -> Around {
    Around { may_send: true, is_known: true, is_cleared: true, is_approved: true }
}

/// An intent over 1,000 units, reserved, in `state`.
pub(crate) fn intent(state: IntentState) -> IntentRow {
    let mut marks = Marks::default();
    marks.set(Marks::RESERVED);
    let hour = 3_600_000_000_000;
    IntentRow {
        state,
        marks,
        generation: 0,
        origin: Origin::Manual,
        initiator: person(1),
        asset: AssetId::new(1).expect("not zero"),
        to: account(9),
        amount: 1_000,
        fee: 10,
        memo: [3; 32],
        key: Key::new("key").expect("short"),
        announcement: None,
        created_at: at(NOW - 1_000),
        event: 1,
        expires_at: at(NOW + 1_000 * hour),
        since: at(NOW - 1_000),
        eta: None,
        settled_at: None,
        needs: Needs::default(),
        reservation: Some(4),
        reserved_until: Some(at(NOW + hour)),
        reserved_look: 0,
        attempt: Attempt {
            number: 1,
            created_at: at(NOW - 500),
            from_block: TIP,
            sends: 1,
            next_block: TIP,
        },
        turn: 3,
        busy_until: None,
        block: None,
        entry: None,
        adjusting_since: None,
        newest_approval: None,
        approvals: 0,
        trouble: None,
        standing: None,
    }
}

/// Work on [`intent`].
pub(crate) fn work(state: IntentState) -> Work {
    let (row, mut asset) = (intent(state), asset());
    let mut work = Work::new(
        IntentId::new(1).expect("not zero"),
        row,
        asset,
        RecoveryContext::new(1),
        at(NOW),
    );
    if state.is_in_flight() {
        asset.set_aside = row.total();
        work.asset = asset;
        work.row.marks.set(Marks::SET_ASIDE);
    }
    work
}
