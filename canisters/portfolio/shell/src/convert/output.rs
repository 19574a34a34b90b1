//! The core's types to the wire's.

use candid::{Int, Nat, Principal};
use granary_api::portfolio as p;
use portfolio_core::records::{
    AccountRow, AssetKind, AssetRow, ExternalRef, LedgerAccount, ReconciliationRow, Role,
};
use portfolio_core::store::{EntryView, LineView, Statement};
use portfolio_core::types::{
    AccountId, AssetId, AssetStatus, EntryKind, Id, Network, Owner, ReconciliationState, Signed,
    Timestamp,
};
use serde_bytes::ByteBuf;

use crate::state::Books;

/// A signed amount.
pub fn int(value: Signed) -> Int {
    let magnitude = Int::from(value.magnitude());
    if value.is_negative() { Int(-magnitude.0) } else { magnitude }
}

/// A role.
pub const fn role(role: Role) -> p::Role {
    match role {
        Role::Execution => p::Role::Execution,
        Role::Reader => p::Role::Reader,
        Role::Auditor => p::Role::Auditor,
        Role::Operator => p::Role::Operator,
        Role::Backup => p::Role::Backup,
        Role::Governor => p::Role::Governor,
    }
}

/// Whose account.
pub fn owner(owner: Owner) -> p::AccountOwner {
    match owner {
        Owner::Treasury => p::AccountOwner::Treasury,
        Owner::User(number) => p::AccountOwner::User(number),
        Owner::GrantCommitment(number) => p::AccountOwner::GrantCommitment(number),
        Owner::Fees => p::AccountOwner::Fees,
        Owner::Suspense => p::AccountOwner::Suspense,
        Owner::External(digest) => p::AccountOwner::External(ByteBuf::from(digest)),
    }
}

fn kind_of(kind: AssetKind) -> p::AssetKind {
    match kind {
        AssetKind::Icrc { ledger, fee } => p::AssetKind::Icrc { ledger, fee_units: Nat::from(fee) },
        AssetKind::Btc { network, min_confirmations } => p::AssetKind::Btc {
            network: match network {
                Network::Mainnet => p::BtcNetwork::Mainnet,
                Network::Testnet => p::BtcNetwork::Testnet,
                Network::Regtest => p::BtcNetwork::Regtest,
            },
            min_confirmations,
        },
    }
}

fn ledger_account(account: LedgerAccount) -> p::LedgerAccount {
    let LedgerAccount { owner, subaccount } = account;
    let subaccount = (subaccount != [0; 32]).then(|| ByteBuf::from(subaccount));
    p::LedgerAccount { owner, subaccount }
}

/// An asset with its sums.
pub fn asset((id, row): (AssetId, AssetRow)) -> p::Asset {
    p::Asset {
        id: id.wire(),
        symbol: row.symbol.as_str().to_owned(),
        decimals: row.decimals,
        kind: kind_of(row.kind),
        status: match row.status {
            AssetStatus::Active => p::AssetStatus::Active,
            AssetStatus::Suspended => p::AssetStatus::Suspended,
            AssetStatus::Retired => p::AssetStatus::Retired,
        },
        treasury: ledger_account(row.treasury),
        opened_at_ns: row.opened_at.as_nanos(),
        booked_units: int(row.booked),
        suspense_units: int(row.suspense),
        suspense_since_ns: row.suspense_since.map(Timestamp::as_nanos),
    }
}

/// An account.
pub fn account((id, row): (AccountId, AccountRow)) -> p::Account {
    p::Account {
        id: id.wire(),
        owner: owner(row.owner),
        asset: row.asset.wire(),
        balance_units: int(row.balance),
        postings: row.postings,
        opened_at_ns: row.opened_at.as_nanos(),
    }
}

/// A balance.
pub fn balance((id, row): (AccountId, AccountRow)) -> p::Balance {
    let balance_units = int(row.balance);
    p::Balance { asset: row.asset.wire(), account: id.wire(), balance_units }
}

/// What an owner's account says about an asset.
pub fn position(asset: (AssetId, AssetRow), balance: Signed) -> p::Position {
    let (id, row) = asset;
    p::Position {
        asset: id.wire(),
        symbol: row.symbol.as_str().to_owned(),
        decimals: row.decimals,
        balance_units: int(balance),
    }
}

/// The kind of an entry.
pub const fn kind(kind: EntryKind) -> p::EntryKind {
    match kind {
        EntryKind::Deposit => p::EntryKind::Deposit,
        EntryKind::Withdrawal => p::EntryKind::Withdrawal,
        EntryKind::Transfer => p::EntryKind::Transfer,
        EntryKind::GrantCommitted => p::EntryKind::GrantCommitted,
        EntryKind::GrantReleased => p::EntryKind::GrantReleased,
        EntryKind::GrantPaid => p::EntryKind::GrantPaid,
        EntryKind::Fee => p::EntryKind::Fee,
        EntryKind::Adjustment => p::EntryKind::Adjustment,
        EntryKind::Explained => p::EntryKind::Explained,
        EntryKind::Unexplained => p::EntryKind::Unexplained,
    }
}

/// Whose block a reference names. Lines that follow each other are mostly of one asset, so the
/// last one found is kept.
#[derive(Debug)]
pub struct Ledgers<'a> {
    store: &'a Books,
    last: Option<(AssetId, Option<Principal>)>,
}

impl<'a> Ledgers<'a> {
    /// The ledgers of these books.
    pub const fn of(store: &'a Books) -> Self {
        Self { store, last: None }
    }

    fn ledger(&mut self, asset: AssetId) -> Option<Principal> {
        match self.last {
            Some((known, ledger)) if known == asset => ledger,
            _ => {
                let found = self.store.asset(asset.wire()).ok();
                let ledger = found.and_then(|(_, row)| row.ledger());
                self.last = Some((asset, ledger));
                ledger
            }
        }
    }

    /// An external reference; a block's asset becomes its ledger.
    fn reference(&mut self, reference: Option<ExternalRef>) -> Option<p::ExternalRef> {
        match reference? {
            ExternalRef::Icrc { asset, block } => {
                Some(p::ExternalRef::Icrc { ledger: self.ledger(asset)?, block })
            }
            ExternalRef::Btc { txid, vout } => {
                Some(p::ExternalRef::Btc { txid: ByteBuf::from(txid), vout })
            }
        }
    }
}

/// An entry with its postings.
pub fn entry(ledgers: &mut Ledgers<'_>, view: EntryView) -> p::Entry {
    let EntryView { id, row, lines } = view;
    let line = |line: LineView| p::EntryLine {
        account: line.account.wire(),
        owner: owner(line.owner),
        asset: line.asset.wire(),
        delta_units: int(line.delta),
        after_units: int(line.after),
    };
    p::Entry {
        id: id.wire(),
        kind: kind(row.kind),
        at_ns: row.at.as_nanos(),
        intent: row.intent,
        external_ref: ledgers.reference(row.external_ref),
        event: row.event,
        postings: lines.into_iter().map(line).collect(),
    }
}

/// Where the reconciliation of an asset stands.
pub fn reconciliation(store: &Books, id: AssetId, now: Timestamp) -> p::Reconciliation {
    let row: ReconciliationRow = store.reconciliation(id);
    p::Reconciliation {
        asset: id.wire(),
        state: match row.state {
            ReconciliationState::Never => p::ReconciliationState::Never,
            ReconciliationState::Matched => p::ReconciliationState::Matched,
            ReconciliationState::Difference => p::ReconciliationState::Difference,
            ReconciliationState::Explained => p::ReconciliationState::Explained,
            ReconciliationState::Suspense => p::ReconciliationState::Suspense,
        },
        external_units: row.external,
        booked_units: int(row.booked),
        difference_units: int(row.difference),
        at_ref: row.at_ref,
        at_ns: row.at.map(Timestamp::as_nanos),
        explained: row.explained,
        newest_entry: row.newest_entry.map(Id::wire),
        next_block: row.next_block,
        failures: row.failures,
        running: row.running.is_some_and(|run| now <= run.until),
        next_at_ns: store.reconcile_due(id, now).as_nanos(),
    }
}

/// A statement.
pub fn statement(store: &Books, statement: Statement) -> p::Statement {
    let Statement { account: of, lines, opening, closing, next } = statement;
    let mut ledgers = Ledgers::of(store);
    let lines = lines
        .into_iter()
        .map(|(id, posting, entry)| p::StatementLine {
            posting: id.wire(),
            entry: posting.entry.wire(),
            kind: kind(entry.kind),
            at_ns: entry.at.as_nanos(),
            delta_units: int(posting.delta),
            after_units: int(posting.after),
            external_ref: ledgers.reference(entry.external_ref),
        })
        .collect();
    let (opening_units, closing_units) = (int(opening), int(closing));
    p::Statement { account: account(of), lines, opening_units, closing_units, next }
}
