//! What tests of the rules begin with.

use crate::records::{AssetKind, AssetRow, LedgerAccount, Symbol};
use crate::rules::Ctx;
use crate::types::{AssetId, AssetStatus, Principal, Signed, Timestamp};

pub(crate) fn ctx() -> Ctx {
    let actor = Principal::from_slice(&[1, 1]);
    Ctx { now: Timestamp::from_nanos(1_000_000_000_000), actor, trace_id: 7 }
}

pub(crate) fn asset(number: u32) -> (AssetId, AssetRow) {
    let ledger = Principal::from_slice(&[number.to_be_bytes()[3], 2]);
    let treasury = LedgerAccount { owner: Principal::from_slice(&[9, 9]), subaccount: [0; 32] };
    let row = AssetRow {
        kind: AssetKind::Icrc { ledger, fee: 10 },
        symbol: Symbol::new("TUSD").expect("short"),
        decimals: 6,
        status: AssetStatus::Active,
        treasury,
        opened_at: Timestamp::from_nanos(1),
        booked: Signed::ZERO,
        suspense: Signed::ZERO,
        suspense_since: None,
        treasury_account: None,
        fees_account: None,
        suspense_account: None,
    };
    (AssetId::new(number).expect("not zero"), row)
}
