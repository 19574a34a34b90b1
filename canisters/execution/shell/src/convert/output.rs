//! What the core knows as others are asked and told.

use candid::{Int, Nat};
use execution_core::records::{
    AssetRow, AuthorisationRow, KeyRow, Marks, OrphanRow, OrphanState, Role,
};
use execution_core::store::{IntentView, Ticket};
use execution_core::types::{
    Account, AssetId, AuthorisationId, Hash, IntentState, KeyId, Origin, OrphanId, Scheme,
    Timestamp, fee_sink,
};
use granary_api::execution as e;
use granary_api::icrc::{self, TransferArgs};
use granary_api::portfolio::{
    AccountOwner, EntryKind, ExternalRef, LedgerAccount, PostEntryArgs, Posting,
};
use granary_api::risk_guard::{OutflowArgs, Purpose};
use serde_bytes::ByteBuf;

use crate::state::Hands;

fn bytes(hash: &[u8]) -> ByteBuf {
    ByteBuf::from(hash.to_vec())
}

/// A role.
pub const fn role(role: Role) -> e::Role {
    match role {
        Role::MicroGrants => e::Role::MicroGrants,
        Role::Strategy => e::Role::Strategy,
        Role::Treasurer => e::Role::Treasurer,
        Role::Approver => e::Role::Approver,
        Role::Operator => e::Role::Operator,
        Role::Auditor => e::Role::Auditor,
        Role::Backup => e::Role::Backup,
        Role::Governor => e::Role::Governor,
    }
}

/// What the guard is asked about: everything that leaves.
pub fn outflow(ticket: &Ticket) -> OutflowArgs {
    let row = &ticket.row;
    OutflowArgs {
        intent: ticket.wire,
        asset: row.asset.wire(),
        amount_units: row.total(),
        destination: bytes(&row.to.destination(&ticket.asset.ledger)),
        initiator: row.initiator,
        purpose: match row.origin {
            Origin::Grant { .. } => Purpose::Grant,
            Origin::Plan { .. } => Purpose::Plan,
            Origin::Manual => Purpose::Manual,
            Origin::CyclesTopUp { .. } => Purpose::Cycles,
        },
        announcement: row.announcement,
    }
}

/// An account as ledgers know it.
pub fn icrc_account(account: &Account) -> icrc::Account {
    icrc::Account { owner: account.owner, subaccount: subaccount(&account.subaccount) }
}

fn subaccount(bytes: &Hash) -> Option<icrc::Subaccount> {
    (*bytes != [0; 32]).then(|| (*bytes).into())
}

/// The transfer, the same in every send of the attempt (E2).
pub fn transfer(ticket: &Ticket) -> TransferArgs {
    let row = &ticket.row;
    TransferArgs {
        from_subaccount: subaccount(&ticket.asset.treasury.subaccount),
        to: icrc_account(&row.to),
        amount: Nat::from(row.amount),
        fee: Some(Nat::from(row.fee)),
        memo: Some(bytes(&row.memo)),
        created_at_time: Some(row.attempt.created_at.as_nanos()),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = b"0123456789abcdef";
    let digit = |nibble: u8| digits.get(usize::from(nibble)).copied().map_or('0', char::from);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The entry of a payment: what left the treasury is outside now, the fee with the ledger.
pub fn entry(ticket: &Ticket) -> PostEntryArgs {
    let (row, ledger) = (&ticket.row, ticket.asset.ledger);
    let asset = row.asset.wire();
    let plus = |owner, amount: u128| Posting { owner, asset, delta_units: Int::from(amount) };
    let total = Int::from(row.total());
    let treasury = Posting { owner: AccountOwner::Treasury, asset, delta_units: Int(-total.0) };
    let mut postings =
        vec![treasury, plus(AccountOwner::External(bytes(&row.to.outside())), row.amount)];
    if row.fee > 0 {
        postings.push(plus(AccountOwner::External(bytes(&fee_sink(&ledger))), row.fee));
    }
    PostEntryArgs {
        kind: match row.origin {
            Origin::Grant { .. } => EntryKind::GrantPaid,
            Origin::Plan { .. } | Origin::Manual | Origin::CyclesTopUp { .. } => {
                EntryKind::Withdrawal
            }
        },
        intent: Some(ticket.wire),
        external_ref: Some(ExternalRef::Icrc { ledger, block: row.block.unwrap_or_default() }),
        postings,
        idempotency_key: Some(hex(&row.memo)),
    }
}

/// The correction of a payment that reconciliation booked out of Suspense.
pub fn adjustment(ticket: &Ticket) -> PostEntryArgs {
    let row = &ticket.row;
    let asset = row.asset.wire();
    let total = Int::from(row.total());
    let key = format!("s{}", hex(row.memo.get(..31).unwrap_or_default()));
    PostEntryArgs {
        kind: EntryKind::Adjustment,
        intent: Some(ticket.wire),
        external_ref: None,
        postings: vec![
            Posting { owner: AccountOwner::Treasury, asset, delta_units: Int(-total.0.clone()) },
            Posting { owner: AccountOwner::Suspense, asset, delta_units: total },
        ],
        idempotency_key: Some(key),
    }
}

const fn state(state: IntentState) -> e::IntentState {
    match state {
        IntentState::Created => e::IntentState::Created,
        IntentState::Assessed => e::IntentState::Assessed,
        IntentState::AwaitingApproval => e::IntentState::AwaitingApproval,
        IntentState::Timelocked => e::IntentState::Timelocked,
        IntentState::Ready => e::IntentState::Ready,
        IntentState::Submitting => e::IntentState::Submitting,
        IntentState::Unknown => e::IntentState::Unknown,
        IntentState::Reconciling => e::IntentState::Reconciling,
        IntentState::Settled => e::IntentState::Settled,
        IntentState::Cancelled => e::IntentState::Cancelled,
        IntentState::Expired => e::IntentState::Expired,
        IntentState::Denied => e::IntentState::Denied,
        IntentState::Quarantined => e::IntentState::Quarantined,
    }
}

const fn origin(origin: Origin) -> e::Origin {
    match origin {
        Origin::Grant { grant, payout } => e::Origin::Grant { grant, payout },
        Origin::Plan { plan, leg } => e::Origin::Plan { plan, leg },
        Origin::Manual => e::Origin::Manual,
        Origin::CyclesTopUp { canister } => e::Origin::CyclesTopUp { canister },
    }
}

fn account(account: &Account) -> LedgerAccount {
    let subaccount = (account.subaccount != [0; 32]).then(|| bytes(&account.subaccount));
    LedgerAccount { owner: account.owner, subaccount }
}

/// An intent.
pub fn intent(view: IntentView) -> e::Intent {
    let IntentView { wire, row, approvals, trouble, ledger, .. } = view;
    let reason = trouble.and_then(|trouble| Some(trouble.last_error()?.reason.clone()));
    e::Intent {
        id: wire,
        idempotency_key: row.key.as_str().to_owned(),
        origin: origin(row.origin),
        initiator: row.initiator,
        asset: row.asset.wire(),
        destination: e::Destination::Icrc(account(&row.to)),
        amount_units: row.amount,
        fee_units: row.fee,
        state: state(row.state),
        external_ref: row.block.map(|block| ExternalRef::Icrc { ledger, block }),
        booked: row.marks.has(Marks::POSTED) && row.marks.has(Marks::COMMITTED),
        attempts: row.attempt.sends,
        reason,
        approvals_needed: row.needs.approvals,
        approvals,
        eta_ns: row.eta.map(Timestamp::as_nanos),
        created_at_ns: row.created_at.as_nanos(),
        expires_at_ns: row.expires_at.as_nanos(),
        settled_at_ns: row.settled_at.map(Timestamp::as_nanos),
    }
}

/// An intent with everything that is known about it.
pub fn details(view: IntentView) -> e::IntentDetails {
    let (row, digest) = (view.row, view.digest);
    let trouble = view.trouble.clone().unwrap_or_default();
    let error = |error: granary_resilience::recovery::Attempt| e::StepError {
        number: error.number,
        at_ns: error.at.as_nanos(),
        kind: error.kind.name().to_owned(),
        reason: error.reason,
    };
    e::IntentDetails {
        intent: intent(view),
        digest: bytes(&digest),
        memo: bytes(&row.memo),
        attempt: e::Attempt {
            number: row.attempt.number,
            created_at_ns: row.attempt.created_at.as_nanos(),
            from_block: row.attempt.from_block,
            sends: row.attempt.sends,
            next_block: row.attempt.next_block,
        },
        errors: trouble.errors.into_iter().map(error).collect(),
        next_at_ns: trouble.next_at.map(Timestamp::as_nanos),
        reservation: row.reservation,
        entry: row.entry,
        found: row.marks.has(Marks::FOUND),
        for_people: row.marks.has(Marks::FOR_PEOPLE),
    }
}

/// An asset as it is paid.
pub fn asset(store: &Hands, (id, row): (AssetId, AssetRow), now: Timestamp) -> e::AdoptedAsset {
    e::AdoptedAsset {
        asset: id.wire(),
        symbol: row.symbol().to_owned(),
        decimals: row.decimals,
        ledger: row.ledger,
        treasury: account(&row.treasury),
        fee_units: row.fee,
        fee_at_ns: row.fee_at.as_nanos(),
        known_blocks: row.tip,
        set_aside_units: row.set_aside,
        paid_units: row.paid,
        cleared: store.is_cleared(&row, now),
        looking_at: row.lookback.map(|look| look.next_block),
        orphans: row.orphans,
        breaker: row.breaker.state().name().to_owned(),
        adopted_at_ns: row.adopted_at.as_nanos(),
    }
}

/// Where to send money.
pub fn deposit(id: AssetId, row: &AssetRow) -> e::DepositAddress {
    let treasury = account(&row.treasury);
    e::DepositAddress { asset: id.wire(), ledger: row.ledger, account: treasury }
}

/// A standing authorisation.
pub fn authorisation(
    store: &Hands,
    (id, row): (AuthorisationId, AuthorisationRow),
    now: Timestamp,
) -> e::StandingAuthorisation {
    e::StandingAuthorisation {
        id: id.wire(),
        initiator: row.initiator,
        asset: row.asset.wire(),
        allowance_units: row.allowance,
        window_ns: row.window.as_nanos(),
        destinations: row.destinations().iter().map(|hash| bytes(hash)).collect(),
        granted_by: row.granted_by,
        granted_at_ns: row.at.as_nanos(),
        expires_at_ns: row.expires_at.as_nanos(),
        revoked_at_ns: row.revoked_at.map(Timestamp::as_nanos),
        live: store.is_live(&row, now),
        used_units: store.used(&row, now),
    }
}

/// A payment without an intent.
pub fn orphan(store: &Hands, (id, row): (OrphanId, OrphanRow)) -> e::Orphan {
    e::Orphan {
        id: id.wire(),
        state: match row.state {
            OrphanState::Open => e::OrphanState::Open,
            OrphanState::Claimed => e::OrphanState::Claimed,
            OrphanState::Acknowledged => e::OrphanState::Acknowledged,
        },
        asset: row.asset.wire(),
        block: row.block,
        memo: (row.memo != [0; 32]).then(|| bytes(&row.memo)),
        to: bytes(&row.to),
        amount_units: row.amount,
        fee_units: row.fee,
        at_ns: row.at.as_nanos(),
        found_at_ns: row.found_at.as_nanos(),
        intent: row.intent.and_then(|id| store.wire_of(id)),
    }
}

/// A signing key reference.
pub fn key((id, row): (KeyId, KeyRow)) -> e::SigningKey {
    e::SigningKey {
        id: id.wire(),
        asset: row.asset.wire(),
        scheme: match row.scheme {
            Scheme::IcrcSubaccount => e::KeyScheme::IcrcSubaccount,
            Scheme::EcdsaSecp256k1 => e::KeyScheme::EcdsaSecp256k1,
            Scheme::SchnorrBip340 => e::KeyScheme::SchnorrBip340,
        },
        key_name: row.name,
        derivation_path: ByteBuf::from(row.path),
        referenced_at_ns: row.at.as_nanos(),
    }
}
