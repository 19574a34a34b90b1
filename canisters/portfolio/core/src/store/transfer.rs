//! The books' own families of an export: user registry aside, this is what a backup must hold.

use granary_kernel::transfer::{Domain, Found, tools};
use granary_kernel::{Families, Fault, Held};
use granary_stable::slots::Slot;
use ic_stable_structures::Memory;

use crate::records::{AccountRow, AssetRow, EntryRow, PostingRow, ReconciliationRow, Totals};
use crate::store::{RECONCILE, Store};
use crate::types::{AccountId, AssetId, EntryId};

/// One kind of record. Numbers are part of the format and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// 2: assets.
    Asset,
    /// 4: where reconciliations stand.
    Reconciliation,
    /// 5: accounts.
    Account,
    /// 6: postings.
    Posting,
    /// 7: entries.
    Entry,
    /// From 20 on: outputs, prices, commitments.
    Proof(super::proof_state::ProofFamily),
}

impl<M: Memory + 'static> Families for Store<M> {
    type Family = Family;
    const DOMAINS: &'static [Domain<Family>] = &[
        Domain { name: "config", families: &[Held::Config] },
        Domain { name: "roles", families: &[Held::Roles] },
        Domain {
            name: "portfolios",
            families: &[
                Held::Own(Family::Asset),
                Held::Own(Family::Reconciliation),
                Held::Own(Family::Account),
            ],
        },
        Domain {
            name: "transactions",
            families: &[Held::Own(Family::Posting), Held::Own(Family::Entry)],
        },
        Domain { name: "proofs", families: super::proof_state::FAMILIES },
        Domain { name: "journal", families: &[Held::Events] },
    ];

    fn number(family: Family) -> u8 {
        match family {
            Family::Asset => 2,
            Family::Reconciliation => 4,
            Family::Account => 5,
            Family::Posting => 6,
            Family::Entry => 7,
            Family::Proof(own) => own.number(),
        }
    }

    fn record_from(&self, family: Family, from: &[u8]) -> Found {
        match family {
            Family::Asset => tools::row(&self.assets, from, |row| tools::bytes_of(&row)),
            Family::Reconciliation => tools::row(&self.reconciliations, from, |row| {
                tools::bytes_of(&ReconciliationRow { running: None, ..row })
            }),
            Family::Account => tools::row(&self.accounts, from, |row| {
                tools::bytes_of(&AccountRow { owner_prev: None, ..row })
            }),
            Family::Posting => tools::row(&self.postings, from, |row| tools::bytes_of(&row)),
            Family::Entry => tools::row(&self.entries, from, |row| tools::bytes_of(&row)),
            Family::Proof(own) => self.proof_from(own, from),
        }
    }

    fn rows(&self, family: Family) -> Option<u64> {
        match family {
            Family::Asset => Some(self.assets.len()),
            Family::Reconciliation => Some(self.reconciliations.len()),
            Family::Account => Some(self.accounts.len()),
            Family::Posting => Some(self.postings.len()),
            Family::Entry => Some(self.entries.len()),
            Family::Proof(own) => self.proof_rows(own),
        }
    }

    fn fits(family: Family, key: &[u8], value: &[u8]) -> bool {
        match family {
            Family::Asset => sized::<AssetRow>(value, 1),
            Family::Reconciliation => sized::<ReconciliationRow>(value, 1),
            Family::Account => sized::<AccountRow>(value, 2),
            Family::Posting => sized::<PostingRow>(value, 2),
            Family::Entry => sized::<EntryRow>(value, 2),
            Family::Proof(own) => Self::proof_fits(own, key, value),
        }
    }

    fn put_record(&mut self, family: Family, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        match family {
            Family::Asset => {
                let row = AssetRow::read(value);
                let slot = self.assets.push(&row)?;
                let id = AssetId::from_slot(slot).ok_or_else(|| tools::gap("asset"))?;
                self.alarms.asset(id, &row);
                if row.suspense_since.is_some() {
                    let before = self.totals();
                    let in_suspense = before.in_suspense.saturating_add(1);
                    self.totals.set(0, &Totals { in_suspense, ..before })?;
                }
                tools::check_slot(key, slot)
            }
            Family::Reconciliation => {
                let row = ReconciliationRow::read(value);
                let slot = self.reconciliations.push(&row)?;
                let id = AssetId::from_slot(slot).ok_or_else(|| tools::gap("asset"))?;
                self.alarms.reconciliation(id, &row);
                if self.asset_row(id).ledger().is_some() {
                    let at = row.at.unwrap_or_default();
                    self.ensure_job(RECONCILE, id.wire(), at);
                }
                tools::check_slot(key, slot)
            }
            Family::Account => {
                let row = AccountRow::read(value);
                let slot = self.account_count();
                let id = AccountId::from_slot(slot).ok_or_else(|| tools::gap("account"))?;
                self.push_account(id, &row);
                tools::check_slot(key, slot)
            }
            Family::Posting => {
                let slot = self.postings.push(&PostingRow::read(value))?;
                tools::check_slot(key, slot)
            }
            Family::Entry => {
                let row = EntryRow::read(value);
                let slot = self.entries.push(&row)?;
                let id = EntryId::from_slot(slot).ok_or_else(|| tools::gap("entry"))?;
                if let Some(reference) = &row.external_ref
                    && self.references.insert(&reference.key(), id.get())?.is_some()
                {
                    return Err(Fault::import("a reference is booked twice"));
                }
                tools::check_slot(key, slot)
            }
            Family::Proof(own) => self.put_proof(own, key, value),
        }
    }
}

fn sized<S: Slot>(value: &[u8], version: u8) -> bool {
    u32::try_from(value.len()) == Ok(S::SIZE) && value.first() == Some(&version)
}
