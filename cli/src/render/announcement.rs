//! Announced payments as this tool shows them.

use granary_api::risk_guard as wire;
use serde::Serialize;

use super::{Page, Report, guard::Names, more, name, short};
use crate::date;

/// A page of announcements.
#[derive(Debug, Serialize)]
pub(crate) struct Announcements {
    items: Vec<Announcement>,
    next: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Announcement {
    id: u64,
    /// `announced`, `ripe`, `used`, `lapsed` or `cancelled`.
    state: String,
    asset: u64,
    amount_units: String,
    amount: String,
    /// SHA-256 over network and address.
    destination: String,
    announced_by: String,
    announced_at: String,
    earliest_at: String,
    latest_at: String,
    /// The payment that holds it, or was paid with it.
    intent: Option<u64>,
}

impl Announcements {
    pub(crate) fn new(page: &wire::AnnouncementPage, names: &Names) -> Self {
        let item = |item: &wire::Announcement| Announcement {
            id: item.id,
            state: name(&item.state),
            asset: item.asset,
            amount_units: item.amount_units.to_string(),
            amount: names.money(item.amount_units, item.asset),
            destination: hex::encode(&item.destination),
            announced_by: item.announced_by.to_text(),
            announced_at: date::iso(item.announced_at_ns),
            earliest_at: date::iso(item.earliest_at_ns),
            latest_at: date::iso(item.latest_at_ns),
            intent: item.intent,
        };
        Self { items: page.items.iter().map(item).collect(), next: page.next }
    }
}

impl Report for Announcements {
    const SCHEMA: &'static str = "granary.announcements/1";

    fn text(&self, page: &mut Page) {
        let row = |item: &Announcement| {
            let Announcement { id, state, amount, destination, earliest_at, .. } = item;
            let to = short(destination);
            vec![id.to_string(), state.clone(), amount.clone(), to, earliest_at.clone()]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "state", "at most", "destination", "from"], &[0, 2], &rows);
        more(page, self.next);
    }
}
