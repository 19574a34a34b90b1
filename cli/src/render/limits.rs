//! Limits with what is used of them.

use granary_api::risk_guard as wire;
use serde::Serialize;

use super::{
    Page, Report,
    guard::{Names, VALUE_DECIMALS},
};
use crate::{amount, date};

/// The limits of an asset, and where they stand.
#[derive(Debug, Serialize)]
pub(crate) struct Limits {
    asset: u64,
    symbol: String,
    may_leave: bool,
    max_per_tx_units: Option<String>,
    max_per_tx: Option<String>,
    max_payments: Option<u32>,
    keep_bps: Option<u16>,
    /// What one whole token is taken to be worth at least.
    reference: Option<String>,
    windows: Vec<Window>,
    held_units: String,
    held: String,
    held_reservations: u32,
    /// What may leave so that enough remains.
    free_units: Option<String>,
    balance_units: Option<String>,
    balance: Option<String>,
    balance_at: Option<String>,
    price: Option<String>,
    price_is_fresh: bool,
}

#[derive(Debug, Serialize)]
struct Window {
    /// `hour`, `day`, `week` or `month`.
    #[serde(rename = "window")]
    span: String,
    used_units: String,
    used: String,
    payments: u32,
    /// None when the window is counted only.
    limit_units: Option<String>,
    limit: Option<String>,
    share_bps: Option<u16>,
    /// What it still lets through now.
    left_units: Option<String>,
    left: Option<String>,
    frees_at: Option<String>,
    #[serde(skip)]
    percent: String,
}

/// The window of this length.
fn span_name(seconds: u64) -> String {
    match seconds {
        3_600 => "hour".to_owned(),
        86_400 => "day".to_owned(),
        604_800 => "week".to_owned(),
        2_592_000 => "month".to_owned(),
        other => format!("{other}s"),
    }
}

/// A share in whole per cent, rounded up so that nothing used is shown as nothing.
fn percent(used: u128, of: u128) -> String {
    if of == 0 {
        return "-".to_owned();
    }
    let (whole, rest) = (used / of, used % of);
    // What is beyond 128 bits is beyond any limit a person reads.
    let part = rest.checked_mul(100).map_or(100, |hundred| hundred.div_ceil(of));
    format!("{} %", whole.saturating_mul(100).saturating_add(part))
}

impl Window {
    fn new(status: &wire::WindowStatus, asset: u64, names: &Names) -> Self {
        let capacity = status.capacity_units;
        let left = capacity.map(|capacity| capacity.saturating_sub(status.used_units));
        Self {
            span: span_name(status.seconds),
            used_units: status.used_units.to_string(),
            used: names.plain(status.used_units, asset),
            payments: status.used_tx,
            limit_units: capacity.map(|units| units.to_string()),
            limit: capacity.map(|units| names.plain(units, asset)),
            share_bps: status.max_bps_of_treasury,
            left_units: left.map(|units| units.to_string()),
            left: left.map(|units| names.plain(units, asset)),
            frees_at: status.frees_at_ns.map(date::iso),
            percent: capacity.map(|of| percent(status.used_units, of)).unwrap_or_default(),
        }
    }
}

impl Limits {
    pub(crate) fn new(found: &wire::LimitsStatus, policy: &wire::Policy, names: &Names) -> Self {
        let asset = found.asset;
        let said = policy.assets.iter().find(|change| change.asset == asset);
        let said = said.and_then(|change| change.limits.as_ref());
        let max_per_tx =
            said.map(|limits| u128::try_from(&limits.max_per_tx_units.0).unwrap_or(u128::MAX));
        let value = |value: u128| amount::format_units(value, VALUE_DECIMALS);
        let reference =
            said.map(|limits| u128::try_from(&limits.reference_value.0).unwrap_or(u128::MAX));
        Self {
            asset,
            symbol: names.symbol(asset),
            may_leave: found.may_leave,
            max_per_tx_units: max_per_tx.map(|units| units.to_string()),
            max_per_tx: max_per_tx.map(|units| names.money(units, asset)),
            max_payments: said.map(|limits| limits.max_tx_per_window),
            keep_bps: said.map(|limits| limits.min_retained_bps),
            reference: reference.map(value),
            windows: found.windows.iter().map(|row| Window::new(row, asset, names)).collect(),
            held_units: found.held_units.to_string(),
            held: names.money(found.held_units, asset),
            held_reservations: found.held_reservations,
            free_units: found.free_units.map(|units| units.to_string()),
            balance_units: found.balance_units.map(|units| units.to_string()),
            balance: found.balance_units.map(|units| names.money(units, asset)),
            balance_at: found.balance_at_ns.map(date::iso),
            price: found.price.map(value),
            price_is_fresh: found.price_is_fresh,
        }
    }

    /// The windows that are limited, of all assets in one table.
    pub(super) fn table(page: &mut Page, limits: &[Self]) {
        let rows: Vec<_> = limits.iter().flat_map(Self::rows).collect();
        if rows.is_empty() {
            page.field("limits", "no asset may leave");
            return;
        }
        let head = ["asset", "window", "used", "limit", "", "payments"];
        page.table(&head, &[2, 3, 4, 5], &rows);
    }

    fn rows(&self) -> impl Iterator<Item = Vec<String>> + '_ {
        let limited = self.windows.iter().filter(|window| window.limit.is_some());
        limited.map(|window| {
            let payments = match self.max_payments {
                Some(most) => format!("{} of {most}", window.payments),
                None => window.payments.to_string(),
            };
            vec![
                self.symbol.clone(),
                window.span.clone(),
                window.used.clone(),
                window.limit.clone().unwrap_or_default(),
                window.percent.clone(),
                payments,
            ]
        })
    }
}

/// Limits of one asset, or of all.
#[derive(Debug, Serialize)]
pub(crate) struct LimitsList {
    pub(crate) policy_version: u64,
    pub(crate) items: Vec<Limits>,
}

impl Report for LimitsList {
    const SCHEMA: &'static str = "granary.limits/1";

    fn text(&self, page: &mut Page) {
        for limits in &self.items {
            let number = format!("asset {}", limits.asset);
            if limits.symbol == number {
                page.title(&number);
            } else {
                page.title(&format!("{number}: {}", limits.symbol));
            }
            if !limits.may_leave {
                page.field("limits", "nothing of it may leave");
                continue;
            }
            page.field("one payment", limits.max_per_tx.as_deref().unwrap_or("nothing"));
            let held = limits.held_reservations;
            page.field("on its way", format!("{} in {held} payments", limits.held));
            let balance = match (&limits.balance, &limits.balance_at) {
                (Some(balance), Some(at)) => format!("{balance} at {at}"),
                _ => "not known yet".to_owned(),
            };
            page.field("treasury", balance);
            page.field("token's worth", limits.reference.as_deref().unwrap_or("unknown"));
            if let Some(keep) = limits.keep_bps.filter(|keep| *keep > 0) {
                page.field("must remain", format!("{keep} bps of a day ago"));
            }
        }
        Limits::table(page, &self.items);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_exact_and_never_rounded_to_nothing() {
        assert_eq!(percent(0, 10), "0 %");
        assert_eq!(percent(1, 1_000), "1 %");
        assert_eq!(percent(500, 1_000), "50 %");
        assert_eq!(percent(1_000, 1_000), "100 %");
        assert_eq!(percent(1_500, 1_000), "150 %");
        assert_eq!(percent(5, 0), "-");
        assert_eq!(percent(u128::MAX, 1), format!("{} %", u128::MAX));
        assert_eq!(percent(u128::MAX - 1, u128::MAX), "100 %");
    }
}
