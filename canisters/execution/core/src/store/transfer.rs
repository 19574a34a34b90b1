//! Export and import: the families of records this canister adds to the kernel's.
//!
//! Lists, indexes, counts, breakers and jobs are not part of it: an import makes them anew. What
//! an asset is known to have been looked at for is left out on purpose: a state that comes from a
//! backup is older than the ledger, so every block is looked at before anything is sent (E7).

use granary_kernel::Fault;
use granary_kernel::transfer::{Domain, Families, Found, Held, tools};
use granary_resilience::breaker::Breaker;
use granary_stable::list::Anchor;
use granary_stable::slots::Slot;
use ic_stable_structures::Memory;

use crate::records::{
    ApprovalRow, AssetRow, AuthorisationRow, IntentRow, KeyRow, Marks, OrphanRow, Totals,
    TroubleRow, UseRow,
};
use crate::store::{LOOKBACK, PAY, Store};
use crate::types::{AssetId, AuthorisationId, IntentId, IntentState, OrphanId, Timestamp};

/// One kind of record. The numbers are part of the format and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// 2: the figures that nothing else tells.
    Totals,
    /// 4: assets.
    Asset,
    /// 5: errors of intents.
    Trouble,
    /// 6: approvals.
    Approval,
    /// 7: standing authorisations.
    Authorisation,
    /// 8: uses of them.
    Use,
    /// 9: intents.
    Intent,
    /// 10: payments without an intent.
    Orphan,
    /// 11: signing key references.
    Key,
}

impl<M: Memory + 'static> Families for Store<M> {
    type Family = Family;
    const DOMAINS: &'static [Domain<Family>] = &[
        Domain { name: "config", families: &[Held::Config, Held::Own(Family::Totals)] },
        Domain { name: "roles", families: &[Held::Roles] },
        Domain { name: "assets", families: &[Held::Own(Family::Asset), Held::Own(Family::Key)] },
        Domain {
            name: "intents",
            families: &[
                Held::Own(Family::Trouble),
                Held::Own(Family::Approval),
                Held::Own(Family::Authorisation),
                Held::Own(Family::Use),
                Held::Own(Family::Intent),
                Held::Own(Family::Orphan),
            ],
        },
        Domain { name: "journal", families: &[Held::Events] },
    ];

    fn number(family: Family) -> u8 {
        match family {
            Family::Totals => 2,
            Family::Asset => 4,
            Family::Trouble => 5,
            Family::Approval => 6,
            Family::Authorisation => 7,
            Family::Use => 8,
            Family::Intent => 9,
            Family::Orphan => 10,
            Family::Key => 11,
        }
    }

    fn record_from(&self, family: Family, from: &[u8]) -> Found {
        match family {
            Family::Totals => tools::single(from, || tools::bytes_of(&told(&self.totals()))),
            Family::Asset => tools::row(&self.assets, from, |row| tools::bytes_of(&bare(&row))),
            Family::Trouble => tools::row(&self.troubles, from, |row| tools::bytes_of(&row)),
            Family::Approval => tools::row(&self.approvals, from, |row| tools::bytes_of(&row)),
            Family::Authorisation => {
                tools::row(&self.authorisations, from, |row| tools::bytes_of(&row))
            }
            Family::Use => tools::row(&self.uses, from, |row| tools::bytes_of(&row)),
            Family::Intent => tools::row(&self.intents, from, |row| {
                tools::bytes_of(&IntentRow { busy_until: None, ..row })
            }),
            Family::Orphan => tools::row(&self.orphans, from, |row| tools::bytes_of(&row)),
            Family::Key => tools::row(&self.keys, from, |row| tools::bytes_of(&row)),
        }
    }

    fn rows(&self, family: Family) -> Option<u64> {
        match family {
            Family::Totals => None,
            Family::Asset => Some(self.assets.len()),
            Family::Trouble => Some(self.troubles.len()),
            Family::Approval => Some(self.approvals.len()),
            Family::Authorisation => Some(self.authorisations.len()),
            Family::Use => Some(self.uses.len()),
            Family::Intent => Some(self.intents.len()),
            Family::Orphan => Some(self.orphans.len()),
            Family::Key => Some(self.keys.len()),
        }
    }

    fn fits(family: Family, key: &[u8], value: &[u8]) -> bool {
        let sized = match family {
            Family::Totals => return tools::sized::<Totals>(value),
            Family::Asset => tools::sized::<AssetRow>(value),
            Family::Trouble => tools::sized::<TroubleRow>(value),
            Family::Approval => tools::sized::<ApprovalRow>(value),
            Family::Authorisation => tools::sized::<AuthorisationRow>(value),
            Family::Use => tools::sized::<UseRow>(value),
            Family::Intent => tools::sized::<IntentRow>(value),
            Family::Orphan => tools::sized::<OrphanRow>(value),
            Family::Key => tools::sized::<KeyRow>(value),
        };
        sized && key.len() == 4
    }

    fn put_record(&mut self, family: Family, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let slot = tools::number(key).unwrap_or_default().saturating_sub(1);
        match family {
            Family::Totals => Ok(self.totals.set(0, &told(&Totals::read(value)))?),
            Family::Asset => {
                let row = bare(&AssetRow::read(value));
                let slot = self.assets.push(&row)?;
                if let Some(id) = AssetId::from_slot(slot).filter(|_| row.adopted) {
                    self.ensure_job(LOOKBACK, id.wire(), Timestamp::ZERO);
                }
                tools::check_slot(key, slot)
            }
            Family::Trouble => {
                tools::check_slot(key, self.troubles.push(&TroubleRow::read(value))?)
            }
            Family::Approval => {
                tools::check_slot(key, self.approvals.push(&ApprovalRow::read(value))?)
            }
            Family::Authorisation => {
                let id = AuthorisationId::from_slot(slot).ok_or_else(|| tools::gap("row"))?;
                let next = self.authorisations.len();
                self.put_authorisation(id, &AuthorisationRow::read(value));
                tools::check_slot(key, next)
            }
            Family::Use => tools::check_slot(key, self.uses.push(&UseRow::read(value))?),
            Family::Intent => self.put_back_intent(key, &IntentRow::read(value)),
            Family::Orphan => {
                let row = OrphanRow::read(value);
                self.need_asset(row.asset)?;
                let next = self.orphans.len();
                let id = OrphanId::from_slot(next).ok_or_else(|| tools::gap("row"))?;
                self.put_orphan(id, &row);
                tools::check_slot(key, next)
            }
            Family::Key => tools::check_slot(key, self.keys.push(&KeyRow::read(value))?),
        }
    }
}

impl<M: Memory + 'static> Store<M> {
    fn need_asset(&self, id: AssetId) -> Result<(), Fault> {
        match self.assets.get(id.slot()) {
            Some(row) if row.adopted => Ok(()),
            Some(_) | None => Err(Fault::import("a record of an asset nobody adopted")),
        }
    }

    fn put_back_intent(&mut self, key: &[u8], row: &IntentRow) -> Result<(), Fault> {
        self.need_asset(row.asset)?;
        if self.intent_of(&row.memo).is_some() {
            return Err(Fault::import("two intents with one memo"));
        }
        let next = self.intents.len();
        let id = IntentId::from_slot(next).ok_or_else(|| tools::gap("intent"))?;
        let mut totals = self.totals();
        self.push_intent(id, row, &mut totals);
        self.totals.set(0, &totals)?;
        if row.marks.has(Marks::SET_ASIDE) {
            let mut asset = self.asset_row(row.asset);
            asset.set_aside = asset.set_aside.saturating_add(row.total());
            self.put_asset(row.asset, &asset);
        }
        if row.state != IntentState::Quarantined && is_open(row) {
            self.ensure_job(PAY, id.wire(), Timestamp::ZERO);
        }
        tools::check_slot(key, next)
    }
}

/// True while the clock has something to do about it.
pub(crate) fn is_open(row: &IntentRow) -> bool {
    let has = |fact| row.marks.has(fact);
    match row.state {
        IntentState::Settled => !(has(Marks::POSTED) && has(Marks::COMMITTED)),
        IntentState::Cancelled | IntentState::Expired | IntentState::Denied => {
            has(Marks::RESERVED) && !has(Marks::RELEASED)
        }
        IntentState::Quarantined => false,
        IntentState::Created
        | IntentState::Assessed
        | IntentState::AwaitingApproval
        | IntentState::Timelocked
        | IntentState::Ready
        | IntentState::Submitting
        | IntentState::Unknown
        | IntentState::Reconciling => true,
    }
}

/// The figures that nothing else tells.
fn told(totals: &Totals) -> Totals {
    Totals {
        untaken: 0,
        untaken_since: Timestamp::ZERO,
        lists: [Anchor::default(); 13],
        unbooked: 0,
        unreleased: 0,
        struggling: 0,
        short: 0,
        orphans: 0,
        for_people: 0,
        guard: Breaker::new(),
        books: Breaker::new(),
        ..*totals
    }
}

/// An asset as it is in a backup: nothing is known about its newer blocks.
const fn bare(row: &AssetRow) -> AssetRow {
    AssetRow {
        cleared: 0,
        cleared_drain: 0,
        lookback: None,
        set_aside: 0,
        orphans: 0,
        breaker: Breaker::new(),
        ..*row
    }
}
