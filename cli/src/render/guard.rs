//! The guard as this tool shows it: seals, seats, alerts, breakers, limits with what is used.

use std::collections::BTreeMap;

use granary_api::{
    common::{ComponentHealth, HealthStatus, Mode},
    portfolio,
    risk_guard::{self as wire, Policy, Scope},
};
use serde::Serialize;

pub(crate) use super::limits::{Limits, LimitsList};
use super::{
    Page, Report, more, name,
    page::{Tone, cut},
    short,
};
use crate::{amount, date, duration, exit::Exit, failure::Failure};

/// Decimal places of a value in the policy.
pub(crate) const VALUE_DECIMALS: u8 = 8;

/// How assets are called and counted.
pub(crate) struct Names(BTreeMap<u64, Named>);

struct Named {
    symbol: Option<String>,
    decimals: u8,
}

impl Names {
    pub(crate) fn new(policy: &Policy, books: &[portfolio::Asset]) -> Self {
        let mut known = BTreeMap::new();
        for asset in books {
            let symbol = Some(asset.symbol.clone());
            known.insert(asset.id, Named { symbol, decimals: asset.decimals });
        }
        for change in &policy.assets {
            let Some(limits) = &change.limits else { continue };
            let decimals = limits.decimals;
            let named = known.entry(change.asset).or_insert(Named { symbol: None, decimals });
            // The guard counts in its own places, whatever the books say.
            named.decimals = decimals;
        }
        Self(known)
    }

    /// Decimal places of the asset.
    pub(crate) fn decimals(&self, asset: u64) -> Result<u8, Failure> {
        self.0.get(&asset).map(|named| named.decimals).ok_or_else(|| {
            let message = format!("neither the policy nor the books know asset {asset}");
            Failure::new(Exit::Usage, "cli.asset", message).next("granary books asset list")
        })
    }

    /// What to call the asset.
    pub(crate) fn symbol(&self, asset: u64) -> String {
        let symbol = self.0.get(&asset).and_then(|named| named.symbol.clone());
        symbol.unwrap_or_else(|| format!("asset {asset}"))
    }

    /// An amount for people.
    pub(crate) fn money(&self, units: u128, asset: u64) -> String {
        let plain = self.plain(units, asset);
        match self.0.get(&asset) {
            Some(Named { symbol: Some(symbol), .. }) => format!("{plain} {symbol}"),
            Some(_) => format!("{plain} of asset {asset}"),
            None => format!("{units} units of asset {asset}"),
        }
    }

    /// An amount for a table whose rows say the asset.
    pub(super) fn plain(&self, units: u128, asset: u64) -> String {
        let decimals = self.0.get(&asset).map_or(0, |named| named.decimals);
        amount::grouped(units, decimals)
    }
}

/// A scope as people write it.
pub(crate) fn scope_name(scope: &Scope) -> String {
    match scope {
        Scope::All => "all".to_owned(),
        Scope::Asset(asset) => format!("asset:{asset}"),
        Scope::Purpose(purpose) => format!("purpose:{}", name(purpose)),
        Scope::Destination(hash) => format!("destination:{}", hex::encode(hash)),
    }
}

/// What the canister still does.
pub(crate) const fn mode_name(mode: &Mode) -> &'static str {
    match mode {
        Mode::Full => "full",
        Mode::ReadOnly => "read_only",
        Mode::OutflowsFrozen => "outflows_frozen",
        Mode::Restricted(_) => "restricted",
    }
}

/// A seal.
#[derive(Debug, Serialize)]
pub(crate) struct Seal {
    id: u64,
    state: String,
    scope: String,
    reason: String,
    #[serde(rename = "sealed_by")]
    by: String,
    seat: Option<u64>,
    #[serde(rename = "sealed_at")]
    at: String,
    #[serde(rename = "expires_at")]
    until: String,
}

impl From<&wire::Seal> for Seal {
    fn from(seal: &wire::Seal) -> Self {
        Self {
            id: seal.id,
            state: name(&seal.state),
            scope: scope_name(&seal.scope),
            reason: seal.reason.clone(),
            by: seal.sealed_by.to_text(),
            seat: seal.seat,
            at: date::iso(seal.sealed_at_ns),
            until: date::iso(seal.expires_at_ns),
        }
    }
}

/// A page of seals.
#[derive(Debug, Serialize)]
pub(crate) struct Seals {
    items: Vec<Seal>,
    next: Option<u64>,
}

impl From<&wire::SealPage> for Seals {
    fn from(page: &wire::SealPage) -> Self {
        Self { items: page.items.iter().map(Seal::from).collect(), next: page.next }
    }
}

impl Report for Seals {
    const SCHEMA: &'static str = "granary.seals/1";

    fn text(&self, page: &mut Page) {
        let row = |seal: &Seal| {
            let Seal { id, state, scope, until, reason, .. } = seal;
            vec![id.to_string(), state.clone(), short(scope), until.clone(), cut(reason, 40)]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "state", "scope", "until", "reason"], &[0], &rows);
        more(page, self.next);
    }
}

/// A guardian's seat.
#[derive(Debug, Serialize)]
pub(crate) struct Seat {
    id: u64,
    state: String,
    scope: String,
    holder: String,
    heartbeat: String,
    alive_until: String,
    times_armed: u32,
    times_used: u32,
}

impl From<&wire::Seat> for Seat {
    fn from(seat: &wire::Seat) -> Self {
        Self {
            id: seat.id,
            state: name(&seat.state),
            scope: scope_name(&seat.scope),
            holder: seat.holder.to_text(),
            heartbeat: duration::format(seat.heartbeat_ns),
            alive_until: date::iso(seat.alive_until_ns),
            times_armed: seat.times_armed,
            times_used: seat.times_used,
        }
    }
}

/// All seats.
#[derive(Debug, Serialize)]
pub(crate) struct Seats {
    items: Vec<Seat>,
}

impl From<&[wire::Seat]> for Seats {
    fn from(seats: &[wire::Seat]) -> Self {
        Self { items: seats.iter().map(Seat::from).collect() }
    }
}

impl Report for Seats {
    const SCHEMA: &'static str = "granary.seats/1";

    fn text(&self, page: &mut Page) {
        let row = |seat: &Seat| {
            let Seat { id, state, scope, holder, alive_until, .. } = seat;
            vec![id.to_string(), state.clone(), short(scope), short(holder), alive_until.clone()]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "state", "scope", "guardian", "alive until"], &[0], &rows);
    }
}

/// An alert.
#[derive(Debug, Serialize)]
pub(crate) struct Alert {
    id: u64,
    level: String,
    state: String,
    kind: String,
    component: String,
    value: String,
    threshold: String,
    count: u32,
    first_at: String,
    last_at: String,
    handled_by: Option<String>,
    contact: Option<String>,
}

impl From<&wire::Alert> for Alert {
    fn from(alert: &wire::Alert) -> Self {
        Self {
            id: alert.id,
            level: name(&alert.level),
            state: name(&alert.state),
            kind: alert.kind.clone(),
            component: alert.component.clone(),
            value: alert.value.to_string(),
            threshold: alert.threshold.to_string(),
            count: alert.count,
            first_at: date::iso(alert.first_at_ns),
            last_at: date::iso(alert.last_at_ns),
            handled_by: alert.handled_by.map(|by| by.to_text()),
            contact: alert.contact.clone(),
        }
    }
}

/// A page of alerts.
#[derive(Debug, Serialize)]
pub(crate) struct Alerts {
    items: Vec<Alert>,
    next: Option<u64>,
}

impl From<&wire::AlertPage> for Alerts {
    fn from(page: &wire::AlertPage) -> Self {
        Self { items: page.items.iter().map(Alert::from).collect(), next: page.next }
    }
}

impl Report for Alerts {
    const SCHEMA: &'static str = "granary.alerts/1";

    fn text(&self, page: &mut Page) {
        let row = |alert: &Alert| {
            let Alert { id, level, state, kind, component, count, last_at, .. } = alert;
            let (id, count) = (id.to_string(), format!("{count}×"));
            let (kind, component) = (cut(kind, 24), cut(component, 20));
            vec![id, level.clone(), state.clone(), kind, component, count, last_at.clone()]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        let head = ["id", "level", "state", "kind", "about", "times", "last"];
        page.table(&head, &[0, 5], &rows);
        more(page, self.next);
    }
}

/// The circuit breakers.
#[derive(Debug, Serialize)]
pub(crate) struct Breakers {
    pub(crate) items: Vec<Breaker>,
}

/// A circuit breaker.
#[derive(Debug, Serialize)]
pub(crate) struct Breaker {
    service: String,
    /// `closed`, `open` or `half_open`.
    state: String,
    since: String,
    until: Option<String>,
    times_opened: u64,
    /// Of the last hour.
    failures: u64,
    samples: u64,
}

/// The name of a service, such as `bitcoin` or `ledger:1`.
pub(crate) fn service_name(service: &wire::Service) -> String {
    match service {
        wire::Service::Ledger(asset) => format!("ledger:{asset}"),
        other
        @ (wire::Service::Portfolio | wire::Service::PriceOracle | wire::Service::Bitcoin) => {
            name(other)
        }
    }
}

impl From<&[wire::CircuitBreaker]> for Breakers {
    fn from(breakers: &[wire::CircuitBreaker]) -> Self {
        let breaker = |breaker: &wire::CircuitBreaker| Breaker {
            service: service_name(&breaker.service),
            state: name(&breaker.state),
            since: date::iso(breaker.since_ns),
            until: breaker.until_ns.map(date::iso),
            times_opened: breaker.times_opened,
            failures: breaker.failures,
            samples: breaker.samples,
        };
        Self { items: breakers.iter().map(breaker).collect() }
    }
}

impl Breakers {
    /// True when every service is asked.
    pub(crate) fn are_closed(&self) -> bool {
        self.items.iter().all(Breaker::is_closed)
    }
}

impl Breaker {
    fn is_closed(&self) -> bool {
        self.state == "closed"
    }
}

impl Report for Breakers {
    const SCHEMA: &'static str = "granary.breakers/1";

    fn text(&self, page: &mut Page) {
        let row = |breaker: &Breaker| {
            vec![
                breaker.service.clone(),
                breaker.state.clone(),
                format!("{} of {}", breaker.failures, breaker.samples),
                breaker.times_opened.to_string(),
                breaker.until.clone().unwrap_or_default(),
            ]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        let head = ["service", "breaker", "failed this hour", "opened", "until"];
        page.table(&head, &[2, 3], &rows);
    }
}

/// Whether the treasury has what it owes.
#[derive(Debug, Serialize)]
pub(crate) struct Solvency {
    solvent: bool,
    judged_at: Option<String>,
    /// Value of the whole treasury, eight decimal places.
    value: Option<String>,
    peak_value: String,
    failures: u32,
    items: Vec<Owed>,
}

#[derive(Debug, Serialize)]
struct Owed {
    asset: u64,
    symbol: String,
    assets_units: String,
    assets: String,
    liabilities_units: String,
    liabilities: String,
    ratio_bps: Option<String>,
    at: String,
}

impl Solvency {
    pub(crate) fn new(found: &wire::Solvency, names: &Names) -> Self {
        let owed = |owed: &wire::AssetSolvency| Owed {
            asset: owed.asset,
            symbol: names.symbol(owed.asset),
            assets_units: owed.assets_units.to_string(),
            assets: names.money(owed.assets_units, owed.asset),
            liabilities_units: owed.liabilities_units.to_string(),
            liabilities: names.money(owed.liabilities_units, owed.asset),
            ratio_bps: owed.ratio_bps.map(|bps| bps.to_string()),
            at: date::iso(owed.at_ns),
        };
        Self {
            solvent: found.solvent,
            judged_at: found.judged_at_ns.map(date::iso),
            value: found.value.map(|value| amount::format_units(value, VALUE_DECIMALS)),
            peak_value: amount::format_units(found.peak_value, VALUE_DECIMALS),
            failures: found.failures,
            items: found.assets.iter().map(owed).collect(),
        }
    }
}

impl Report for Solvency {
    const SCHEMA: &'static str = "granary.solvency/1";

    fn text(&self, page: &mut Page) {
        let (tone, word) =
            if self.solvent { (Tone::Good, "solvent") } else { (Tone::Bad, "not solvent") };
        let word = page.paint(tone, word);
        page.line(format!("the treasury is {word}"));
        page.field("judged", self.judged_at.as_deref().unwrap_or("never"));
        page.field("value", self.value.as_deref().unwrap_or("unknown, a price is missing"));
        let row = |owed: &Owed| {
            vec![owed.asset.to_string(), owed.assets.clone(), owed.liabilities.clone()]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["asset", "has", "owes"], &[0, 1, 2], &rows);
    }
}

/// How the guard is.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    #[serde(rename = "status")]
    pub(crate) health: &'static str,
    pub(crate) mode: &'static str,
    /// Why it is not healthy.
    pub(crate) reasons: Vec<String>,
    pub(crate) policy_version: u64,
    /// Those that are active.
    pub(crate) seals: Vec<Seal>,
    pub(crate) breakers: Vec<Breaker>,
    pub(crate) solvent: bool,
    /// The first page of those that are open.
    pub(crate) alerts: Vec<Alert>,
    pub(crate) has_more_alerts: bool,
    pub(crate) seats: Vec<Seat>,
    pub(crate) limits: Vec<Limits>,
}

impl Status {
    /// Why a component is not healthy.
    pub(crate) fn reason(component: &ComponentHealth) -> Option<String> {
        let is_healthy = component.status == HealthStatus::Healthy;
        (!is_healthy).then(|| format!("{}: {}", component.name, component.reason))
    }
}

impl Report for Status {
    const SCHEMA: &'static str = "granary.guard_status/1";

    fn text(&self, page: &mut Page) {
        let tone = match self.health {
            "healthy" => Tone::Good,
            "degraded" => Tone::Warning,
            _ => Tone::Bad,
        };
        let health = page.paint(tone, self.health);
        page.line(format!("the guard is {health}"));
        for reason in &self.reasons {
            page.field("because", cut(reason, 200));
        }
        page.field("mode", self.mode);
        page.field("policy", format!("version {}", self.policy_version));
        for Seal { id, scope, until, reason, .. } in &self.seals {
            let sealed = page.paint(Tone::Bad, "sealed");
            page.field("seal", format!("{id}, {} {sealed} until {until}", short(scope)));
            page.field("", cut(reason, 120));
        }
        if self.seals.is_empty() {
            page.field("seals", "none is active");
        }
        let broken: Vec<_> = self.breakers.iter().filter(|it| !it.is_closed()).collect();
        for Breaker { service, state, until, .. } in &broken {
            let until = until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
            page.field("breaker", format!("{service} is {state}{until}"));
        }
        if broken.is_empty() {
            page.field("breakers", "all are closed");
        }
        page.field("solvent", if self.solvent { "yes" } else { "no" });
        let armed = self.seats.iter().filter(|seat| seat.state == "armed").count();
        page.field("guardians", format!("{armed} of {} seats armed", self.seats.len()));
        let critical = self.alerts.iter().filter(|alert| alert.level == "critical").count();
        let count = self.alerts.len();
        let more = if self.has_more_alerts { " or more" } else { "" };
        page.field("alerts", format!("{count}{more} open, {critical} critical"));
        if count > 0 {
            page.field("", "granary guard alerts --open");
        }
        Limits::table(page, &self.limits);
    }
}
