//! Export and import: the families of records this canister adds to the kernel's.
//!
//! Links, indexes, counts and jobs are not part of it: an import makes them anew.

use granary_kernel::Fault;
use granary_kernel::transfer::{Domain, Families, Found, Held, tools};
use granary_stable::keys::FixedKey;
use granary_stable::record::{self, Record};
use granary_stable::slots::{Slot, Slots};
use ic_stable_structures::Memory;

use crate::limits;
use crate::records::{
    AlertRow, AnnouncementRow, AssetRow, ChangeRow, DestinationEntry, FlowRow, Refresh,
    ReservationRow, Rules, SealRow, SeatRow, ServiceRow, Totals, TreasuryRow,
};
use crate::store::{ANNOUNCEMENT, EXPIRE, SEAL, SEAT, Store};
use crate::types::{
    AnnouncementId, AnnouncementState, AssetId, ChangeId, ReservationId, ReservationState, SealId,
    SealState, SeatId, SeatState, Service,
};

/// One kind of record. The numbers are part of the format and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// 2: the rules.
    Rules,
    /// 4: what the totals know and no row does: denials, solvency.
    Totals,
    /// 5: assets.
    Asset,
    /// 6: rolling windows.
    Flow,
    /// 7: destinations.
    Destination,
    /// 8: changes of the policy.
    Change,
    /// 9: reservations.
    Reservation,
    /// 10: announcements.
    Announcement,
    /// 11: seals.
    Seal,
    /// 12: seats.
    Seat,
    /// 13: services.
    Service,
    /// 15: alerts.
    Alert,
    /// 16: the treasury.
    Treasury,
    /// 17: where the question about it stands.
    Refresh,
}

impl<M: Memory + 'static> Families for Store<M> {
    type Family = Family;
    const DOMAINS: &'static [Domain<Family>] = &[
        Domain {
            name: "config",
            families: &[Held::Config, Held::Own(Family::Rules), Held::Own(Family::Totals)],
        },
        Domain { name: "roles", families: &[Held::Roles] },
        Domain {
            name: "policy",
            families: &[
                Held::Own(Family::Asset),
                Held::Own(Family::Flow),
                Held::Own(Family::Destination),
                Held::Own(Family::Change),
            ],
        },
        Domain { name: "reservations", families: &[Held::Own(Family::Reservation)] },
        Domain {
            name: "guards",
            families: &[
                Held::Own(Family::Announcement),
                Held::Own(Family::Seal),
                Held::Own(Family::Seat),
            ],
        },
        Domain {
            name: "watch",
            families: &[
                Held::Own(Family::Service),
                Held::Own(Family::Alert),
                Held::Own(Family::Treasury),
                Held::Own(Family::Refresh),
            ],
        },
        Domain { name: "journal", families: &[Held::Events] },
    ];

    fn number(family: Family) -> u8 {
        match family {
            Family::Rules => 2,
            Family::Totals => 4,
            Family::Asset => 5,
            Family::Flow => 6,
            Family::Destination => 7,
            Family::Change => 8,
            Family::Reservation => 9,
            Family::Announcement => 10,
            Family::Seal => 11,
            Family::Seat => 12,
            Family::Service => 13,
            Family::Alert => 15,
            Family::Treasury => 16,
            Family::Refresh => 17,
        }
    }

    fn record_from(&self, family: Family, from: &[u8]) -> Found {
        match family {
            Family::Rules => tools::single(from, || record::encode(self.rules())),
            Family::Totals => tools::single(from, || tools::bytes_of(&lasting(&self.totals()))),
            Family::Asset => plain(&self.assets, from),
            Family::Flow => plain(&self.flows, from),
            Family::Destination => plain(&self.destination_rows, from),
            Family::Change => tools::numbered_tree(&self.changes, from),
            Family::Reservation => plain(&self.reservations, from),
            Family::Announcement => plain(&self.announcements, from),
            Family::Seal => plain(&self.seals, from),
            Family::Seat => plain(&self.seats, from),
            Family::Service => plain(&self.services, from),
            Family::Alert => plain(&self.alerts, from),
            Family::Treasury => tools::single(from, || tools::bytes_of(&self.treasury_row())),
            Family::Refresh => tools::single(from, || record::encode(self.refresh())),
        }
    }

    fn rows(&self, family: Family) -> Option<u64> {
        match family {
            Family::Rules | Family::Totals | Family::Treasury | Family::Refresh => None,
            Family::Change => Some(self.changes.len()),
            Family::Asset => Some(self.assets.len()),
            Family::Flow => Some(self.flows.len()),
            Family::Destination => Some(self.destination_rows.len()),
            Family::Reservation => Some(self.reservations.len()),
            Family::Announcement => Some(self.announcements.len()),
            Family::Seal => Some(self.seals.len()),
            Family::Seat => Some(self.seats.len()),
            Family::Service => Some(self.services.len()),
            Family::Alert => Some(self.alerts.len()),
        }
    }

    fn fits(family: Family, key: &[u8], value: &[u8]) -> bool {
        let numbered = key.len() == 4;
        match family {
            Family::Rules => reads::<Rules>(value),
            Family::Totals => tools::sized::<Totals>(value),
            Family::Asset => numbered && tools::sized::<AssetRow>(value),
            Family::Flow => numbered && tools::sized::<FlowRow>(value),
            Family::Destination => numbered && tools::sized::<DestinationEntry>(value),
            Family::Change => numbered && reads::<ChangeRow>(value),
            Family::Reservation => numbered && tools::sized::<ReservationRow>(value),
            Family::Announcement => numbered && tools::sized::<AnnouncementRow>(value),
            Family::Seal => numbered && tools::sized::<SealRow>(value),
            Family::Seat => numbered && tools::sized::<SeatRow>(value),
            Family::Service => numbered && tools::sized::<ServiceRow>(value),
            Family::Alert => numbered && tools::sized::<AlertRow>(value),
            Family::Treasury => tools::sized::<TreasuryRow>(value),
            Family::Refresh => reads::<Refresh>(value),
        }
    }

    fn put_record(&mut self, family: Family, key: &[u8], value: &[u8]) -> Result<(), Fault> {
        let mut totals = self.totals();
        let slot = tools::number(key).unwrap_or_default().saturating_sub(1);
        match family {
            Family::Rules => self.rules.set(Some(record::decode_or_trap(value)))?,
            Family::Totals => {
                let Totals { denied, is_insolvent, refreshed_at, .. } = Totals::read(value);
                totals = Totals { denied, is_insolvent, refreshed_at, ..totals };
            }
            Family::Asset => {
                let id = AssetId::from_slot(slot)
                    .filter(|id| id.get() <= limits::MAX_ASSETS)
                    .ok_or_else(|| Fault::import("an asset beyond the table"))?;
                self.put_asset(id, &AssetRow::read(value), &mut totals);
            }
            Family::Flow => tools::check_slot(key, self.flows.push(&FlowRow::read(value))?)?,
            Family::Destination => {
                let DestinationEntry { key, row } = DestinationEntry::read(value);
                let is_known = self.destinations.get(&FixedKey(key)).is_some();
                if is_known || slot != self.destination_rows.len() {
                    return Err(tools::gap("destination"));
                }
                self.put_destination(key, row);
            }
            Family::Change => {
                let id = ChangeId::from_slot(slot).ok_or_else(|| tools::gap("change"))?;
                self.put_change(id, record::decode_or_trap(value));
            }
            Family::Reservation | Family::Announcement | Family::Seal | Family::Seat => {
                self.put_with_job(family, slot, value, &mut totals)?;
            }
            Family::Service => {
                let service = Service::of_slot(slot).ok_or_else(|| tools::gap("service"))?;
                self.put_service(service, &ServiceRow::read(value), &mut totals);
            }
            Family::Alert => self.put_back_alert(&AlertRow::read(value), &mut totals),
            Family::Treasury => self.treasury.set(0, &TreasuryRow::read(value))?,
            Family::Refresh => self.refresh.set(Some(record::decode_or_trap(value)))?,
        }
        self.totals.set(0, &totals)?;
        Ok(())
    }
}

impl<M: Memory + 'static> Store<M> {
    /// Rows that something waits for.
    fn put_with_job(
        &mut self,
        family: Family,
        slot: u64,
        value: &[u8],
        totals: &mut Totals,
    ) -> Result<(), Fault> {
        let number = slot.saturating_add(1);
        match family {
            Family::Announcement => {
                let row = AnnouncementRow::read(value);
                let id = AnnouncementId::from_slot(slot).ok_or_else(|| tools::gap("row"))?;
                self.put_announcement(id, &row, totals);
                if row.state == AnnouncementState::Announced {
                    self.ensure_job(ANNOUNCEMENT, number, row.latest_at);
                }
            }
            Family::Seal => {
                let row = SealRow::read(value);
                let id = SealId::from_slot(slot).ok_or_else(|| tools::gap("row"))?;
                self.put_seal(id, &row, totals);
                if row.state == SealState::Active {
                    self.ensure_job(SEAL, number, row.expires_at);
                }
            }
            Family::Seat => {
                let row = SeatRow::read(value);
                let id = SeatId::from_slot(slot).ok_or_else(|| tools::gap("row"))?;
                self.put_seat(id, &row, totals);
                if row.state == SeatState::Armed {
                    self.ensure_job(SEAT, number, row.alive_until);
                }
            }
            Family::Reservation
            | Family::Rules
            | Family::Totals
            | Family::Asset
            | Family::Flow
            | Family::Destination
            | Family::Change
            | Family::Service
            | Family::Alert
            | Family::Treasury
            | Family::Refresh => {
                let row = ReservationRow::read(value);
                let id = ReservationId::from_slot(slot).ok_or_else(|| tools::gap("row"))?;
                self.put_reservation(id, &row, totals);
                if row.state == ReservationState::Held {
                    self.ensure_job(EXPIRE, 0, row.expires_at);
                }
            }
        }
        Ok(())
    }

    fn put_back_alert(&mut self, row: &AlertRow, totals: &mut Totals) {
        if Self::is_open(row) || self.open_alert(row.kind, row.subject).is_none() {
            self.put_alert(None, row, totals);
            return;
        }
        // A resolved one behind an open one of its kind: the open one stays in the index.
        let open = self.open_alert(row.kind, row.subject);
        self.put_alert(None, row, totals);
        if let Some((id, open)) = open {
            self.put_alert(Some(id), &open, totals);
        }
    }
}

/// What no row tells.
fn lasting(totals: &Totals) -> Totals {
    let Totals { denied, is_insolvent, refreshed_at, .. } = *totals;
    Totals { denied, is_insolvent, refreshed_at, ..Totals::default() }
}

fn plain<S: Slot, M: Memory>(slots: &Slots<S, M>, from: &[u8]) -> Found {
    tools::row(slots, from, |row| tools::bytes_of(&row))
}

fn reads<R: Record>(value: &[u8]) -> bool {
    tools::reads::<R>(value)
}
