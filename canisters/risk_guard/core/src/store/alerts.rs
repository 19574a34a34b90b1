//! Alerts as they are told: raised over the open one of their kind and subject, cleared, acted on.

use granary_kernel::row::{damaged, number};
use granary_kernel::{Ctx, NO_ROOM};
use granary_stable::keys::FixedKey;
use ic_stable_structures::Memory;

use crate::records::{AlertRow, Event, EventKind, Totals};
use crate::rules::{AlertCall, alert};
use crate::store::Store;
use crate::types::{AlertId, AlertKind, AlertState};

fn key(kind: AlertKind, subject: u64) -> FixedKey<9> {
    FixedKey::of(|key| {
        key.u8(number(&AlertKind::ALL, &kind)).u64(subject);
    })
}

impl<M: Memory + 'static> Store<M> {
    pub(crate) fn tell_alerts(
        &mut self,
        calls: &[AlertCall],
        acted: Option<(AlertId, AlertState)>,
        totals: &mut Totals,
        events: &mut Vec<Event>,
        ctx: &Ctx,
    ) {
        for call in calls {
            match *call {
                AlertCall::Raise { kind, subject, level, value, threshold } => {
                    let known = self.open_alert(kind, subject);
                    let before = known.map(|(_, row)| row);
                    let about = (kind, subject);
                    let row = alert::raised(before, about, level, (value, threshold), ctx.now);
                    let id = self.put_alert(known.map(|(id, _)| id), &row, totals);
                    let event = Event::new(EventKind::AlertRaised, id.wire());
                    events.push(event.name(kind.name()).units(value));
                }
                AlertCall::Clear { kind, subject } => {
                    // Nothing is open: nothing is looked for.
                    let open = totals.firing.iter().chain(&totals.acknowledged);
                    if open.copied().all(|count| count == 0) {
                        continue;
                    }
                    let Some((id, row)) = self.open_alert(kind, subject) else { continue };
                    let row = AlertRow { state: AlertState::Resolved, by: None, ..row };
                    self.put_alert(Some(id), &row, totals);
                    let event = Event::new(EventKind::AlertResolved, id.wire());
                    events.push(event.name(kind.name()));
                }
            }
        }
        if let Some((id, state)) = acted {
            let row = self.alerts.get(id.slot()).unwrap_or_else(damaged);
            let row = AlertRow { state, by: Some(ctx.actor), ..row };
            self.put_alert(Some(id), &row, totals);
        }
    }

    /// The alert of this kind and subject that is not resolved.
    pub(crate) fn open_alert(&self, kind: AlertKind, subject: u64) -> Option<(AlertId, AlertRow)> {
        let id = AlertId::new(self.open_alerts.get(&key(kind, subject))?)?;
        Some((id, self.alerts.get(id.slot())?))
    }

    /// Writes an alert; a new one without a number.
    pub(crate) fn put_alert(
        &mut self,
        id: Option<AlertId>,
        row: &AlertRow,
        totals: &mut Totals,
    ) -> AlertId {
        let key = key(row.kind, row.subject);
        let id = if let Some(id) = id {
            let old = self.alerts.get(id.slot()).unwrap_or_else(damaged);
            counted(totals, &old, u64::saturating_sub);
            self.alerts.set(id.slot(), row).expect(NO_ROOM);
            id
        } else {
            let slot = self.alerts.push(row).expect(NO_ROOM);
            AlertId::from_slot(slot).expect(NO_ROOM)
        };
        counted(totals, row, u64::saturating_add);
        if row.state == AlertState::Resolved {
            self.open_alerts.remove(&key);
        } else {
            self.open_alerts.insert(key, id.get());
        }
        id
    }
}

fn counted(totals: &mut Totals, row: &AlertRow, step: fn(u64, u64) -> u64) {
    let counts = match row.state {
        AlertState::Firing => &mut totals.firing,
        AlertState::Acknowledged => &mut totals.acknowledged,
        AlertState::Resolved => return,
    };
    if let Some(count) = counts.get_mut(row.level.at()) {
        *count = step(*count, 1);
    }
}
