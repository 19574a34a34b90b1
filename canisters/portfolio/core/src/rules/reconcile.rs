//! The books are compared with the ledger that holds the money (P8).
//!
//! A run has three steps, each a decision of its own over what is stored then: it begins, it takes
//! blocks, it settles. What an answer of the ledger leads to is decided when the answer is there,
//! never before. A block nobody booked in time is booked; what blocks do not explain goes to
//! Suspense, and only on the second sight.

use granary_kernel::Fault;
use sha2::{Digest, Sha256};

use crate::errors::{LedgerFault, PortfolioError, StateFault};
use crate::limits;
use crate::records::{AssetKind, AssetRow, Event, EventKind, ExternalRef, ReconciliationRow, Run};
use crate::rules::post_entry::{EntryInput, Leg};
use crate::rules::{Change, Ctx};
use crate::types::{
    AssetId, AssetStatus, Duration, EntryKind, Hash, Owner, Principal, ReconciliationState, Signed,
    Timestamp,
};

/// What the rules read.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Which asset.
    pub id: AssetId,
    /// The asset.
    pub asset: AssetRow,
    /// Where its reconciliation stands.
    pub row: ReconciliationRow,
    /// How long a block waits for its entry.
    pub grace: Duration,
    /// How often all is compared.
    pub every: Duration,
}

/// What a block did to the treasury's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Value came in (true) or went out.
    pub inward: bool,
    /// How much, without the fee.
    pub amount: u128,
    /// The fee the account paid.
    pub fee: u128,
    /// Digest of the account on the other side; none when there is no other side.
    pub other: Option<Hash>,
}

/// A block of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its place.
    pub index: u64,
    /// When the ledger made it.
    pub at: Timestamp,
    /// Its hash.
    pub hash: Hash,
    /// The hash it names as the one before it.
    pub parent: Option<Hash>,
    /// What it did to the treasury's account.
    pub effect: Option<Effect>,
}

/// What to do with a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is booked, or of no concern.
    Pass,
    /// Its entry may still come.
    Wait,
    /// Nobody booked it in time.
    Book(EntryInput),
}

/// What the ledger said at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// What the treasury's account holds.
    pub balance: u128,
    /// Blocks there are.
    pub length: u64,
    /// Fee of a transfer.
    pub fee: u128,
}

/// What a settled run leads to.
#[derive(Clone, Debug)]
pub struct Settled {
    /// What is written.
    pub change: Change,
    /// What nothing explains: to be posted before the change is made.
    pub unexplained: Option<EntryInput>,
}

/// Begins a run.
pub fn begin(view: &View, ctx: &Ctx) -> Result<Change, PortfolioError> {
    let View { id, asset, row, .. } = view;
    let allowed: &'static [AssetStatus] = &[AssetStatus::Active, AssetStatus::Suspended];
    if !allowed.contains(&asset.status) {
        return Err(StateFault::Asset { id: id.wire(), actual: asset.status, allowed }.into());
    }
    if asset.ledger().is_none() {
        return Err(StateFault::NoLedger { asset: id.wire() }.into());
    }
    if row.running.is_some_and(|run| ctx.now <= run.until) {
        return Err(Fault::Busy { what: "a reconciliation of the asset" }.into());
    }
    let number = row.runs.saturating_add(1);
    let until = ctx.now.saturating_add(limits::RECONCILE_LEASE);
    let running = Some(Run { number, until });
    let row = ReconciliationRow { runs: number, running, explained: 0, ..*row };
    let event = Event::new(EventKind::ReconcileStarted, id.wire()).number(number);
    Ok(Change { reconciliation: Some((*id, row)), ..Change::with(event) })
}

/// Refuses an answer that belongs to a run that is over.
pub fn need_run(row: &ReconciliationRow, run: u64) -> Result<(), PortfolioError> {
    if row.running.is_some_and(|running| running.number == run) {
        return Ok(());
    }
    Err(StateFault::RunOver { run }.into())
}

/// Refuses a block that does not follow the one before it.
pub fn check_block(row: &ReconciliationRow, block: &Block) -> Result<(), PortfolioError> {
    if block.index != row.next_block {
        return Err(LedgerFault::Gap { block: row.next_block }.into());
    }
    match row.head {
        Some(head) if block.parent != Some(head) => {
            Err(LedgerFault::Chain { block: block.index }.into())
        }
        Some(_) | None => Ok(()),
    }
}

/// Decides about one block; `booked` says whether an entry names it.
pub fn judge(view: &View, block: &Block, booked: bool, ctx: &Ctx) -> Verdict {
    let Some(effect) = block.effect.filter(|_| !booked) else { return Verdict::Pass };
    if ctx.now < block.at.saturating_add(view.grace) {
        return Verdict::Wait;
    }
    let legs = legs(view, &effect);
    if legs.is_empty() {
        return Verdict::Pass;
    }
    Verdict::Book(EntryInput {
        kind: EntryKind::Explained,
        intent: None,
        external_ref: Some(ExternalRef::Icrc { asset: view.id, block: block.index }),
        legs,
    })
}

/// Value that came in is the treasury's, whoever sent it. Value that went out without an entry is
/// nobody's doing that the books know: Suspense, until a person says whose it was.
fn legs(view: &View, effect: &Effect) -> Vec<Leg> {
    let asset = view.id;
    let Effect { inward, amount, fee, other } = *effect;
    let leg = |owner, delta| Leg { owner, asset, delta };
    let sink = Owner::External(outside(&view.asset, b"fees"));
    let mut legs = vec![];
    if inward {
        let from = other.unwrap_or_else(|| outside(&view.asset, b"mint"));
        legs.push(leg(Owner::Treasury, Signed::plus(amount)));
        legs.push(leg(Owner::External(from), Signed::minus(amount)));
    } else if let Some(to) = other {
        legs.push(leg(Owner::Suspense, Signed::minus(amount)));
        legs.push(leg(Owner::External(to), Signed::plus(amount)));
    }
    if fee > 0 && !inward {
        match legs.first_mut() {
            // The sum was bounded by what the ledger counts in the same 128 bits.
            Some(first) => {
                first.delta = first.delta.checked_sub(Signed::plus(fee)).unwrap_or(first.delta);
            }
            None => legs.push(leg(Owner::Suspense, Signed::minus(fee))),
        }
        legs.push(leg(sink, Signed::plus(fee)));
    }
    legs.retain(|leg| !leg.delta.is_zero());
    legs
}

/// A part of the outside world that has no account on the ledger.
pub fn outside(asset: &AssetRow, what: &[u8]) -> Hash {
    let ledger = asset.ledger();
    let ledger = ledger.as_ref().map(Principal::as_slice).unwrap_or_default();
    let mut digest = Sha256::new();
    digest.update(b"granary.outside");
    digest.update(ledger);
    digest.update(what);
    digest.finalize().into()
}

/// Compares, when every block that may be looked at was.
pub fn settle(view: &View, sight: &Sight, ctx: &Ctx) -> Result<Settled, PortfolioError> {
    let View { id, asset, row, .. } = view;
    if sight.length < row.next_block {
        let (known, found) = (row.next_block, sight.length);
        return Err(LedgerFault::Shorter { known, found }.into());
    }
    let range = |_| PortfolioError::from(LedgerFault::Range);
    let external = Signed::plus(sight.balance);
    let difference = external.checked_sub(asset.booked).map_err(range)?;
    let rest = difference.checked_sub(asset.suspense).map_err(range)?;
    let waiting = row.next_block < sight.length;
    let seen = row.since.unwrap_or(ctx.now);
    let ripe = !waiting && row.since.is_some() && ctx.now >= seen.saturating_add(view.grace);
    let unexplained = (!rest.is_zero() && ripe).then(|| in_suspense(view, rest));
    let state = if !rest.is_zero() && unexplained.is_none() {
        ReconciliationState::Difference
    } else if !difference.is_zero() {
        ReconciliationState::Suspense
    } else if row.explained > 0 {
        ReconciliationState::Explained
    } else {
        ReconciliationState::Matched
    };
    let open = state == ReconciliationState::Difference;
    let next = ctx.now.saturating_add(if open || waiting { view.grace } else { view.every });
    let after = ReconciliationRow {
        state,
        external: sight.balance,
        booked: asset.booked,
        difference,
        at_ref: sight.length,
        at: Some(ctx.now),
        since: open.then_some(seen),
        failures: 0,
        running: None,
        ..*row
    };
    let mut change = Change {
        reconciliation: Some((*id, after)),
        reconcile_at: Some((*id, next)),
        ..Change::with(outcome(*id, &after))
    };
    if let AssetKind::Icrc { ledger, fee } = asset.kind
        && fee != sight.fee
    {
        let kind = AssetKind::Icrc { ledger, fee: sight.fee };
        change.assets.push((*id, AssetRow { kind, ..*asset }));
        let event = Event::new(EventKind::AssetChanged, id.wire());
        change.events.push(event.name("fee").units(Signed::plus(sight.fee)));
    }
    Ok(Settled { change, unexplained })
}

fn in_suspense(view: &View, rest: Signed) -> EntryInput {
    let asset = view.id;
    let other = Owner::External(outside(&view.asset, b"unexplained"));
    EntryInput {
        kind: EntryKind::Unexplained,
        intent: None,
        external_ref: None,
        legs: vec![
            Leg { owner: Owner::Suspense, asset, delta: rest },
            Leg { owner: other, asset, delta: rest.negated() },
        ],
    }
}

fn outcome(id: AssetId, row: &ReconciliationRow) -> Event {
    let kind = match row.state {
        ReconciliationState::Never | ReconciliationState::Matched => EventKind::Reconciled,
        ReconciliationState::Difference => EventKind::DifferenceFound,
        ReconciliationState::Explained => EventKind::DifferenceExplained,
        ReconciliationState::Suspense => EventKind::DifferenceSuspended,
    };
    let event = Event::new(kind, id.wire()).number(row.at_ref);
    if row.difference.is_zero() { event } else { event.units(row.difference) }
}

/// A run ends without an answer; it is tried again at `next`.
pub fn fail(view: &View, fault: &LedgerFault, next: Timestamp) -> Change {
    let View { id, row, .. } = view;
    let failures = row.failures.saturating_add(1);
    let row = ReconciliationRow { failures, running: None, ..*row };
    let event = Event::new(EventKind::ReconcileFailed, id.wire());
    Change {
        reconciliation: Some((*id, row)),
        reconcile_at: Some((*id, next)),
        ..Change::with(event.name(fault.name()).number(failures.into()))
    }
}
