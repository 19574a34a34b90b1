//! What `execution` can pay, may pay by itself, and cannot explain, as this tool shows it.

use granary_api::execution as wire;
use serde::Serialize;

use super::{Page, Report, more, name, page::Tone, payment::money, short};
use crate::{date, duration};

fn find(assets: &[wire::AdoptedAsset], id: u64) -> Option<&wire::AdoptedAsset> {
    assets.iter().find(|asset| asset.asset == id)
}

/// Assets that can be paid.
#[derive(Debug, Serialize)]
pub(crate) struct Assets {
    items: Vec<Asset>,
}

#[derive(Debug, Serialize)]
struct Asset {
    id: u64,
    symbol: String,
    decimals: u8,
    ledger: String,
    fee_units: String,
    set_aside_units: String,
    paid_units: String,
    paid: String,
    known_blocks: u64,
    /// False while nothing is sent, because blocks since a restore are looked at or unexplained.
    cleared: bool,
    looking_at: Option<u64>,
    orphans: u32,
    breaker: String,
    adopted_at: String,
    #[serde(skip)]
    set_aside: String,
}

impl Assets {
    pub(crate) fn new(assets: &[wire::AdoptedAsset]) -> Self {
        let asset = |asset: &wire::AdoptedAsset| Asset {
            id: asset.asset,
            symbol: asset.symbol.clone(),
            decimals: asset.decimals,
            ledger: asset.ledger.to_text(),
            fee_units: asset.fee_units.to_string(),
            set_aside_units: asset.set_aside_units.to_string(),
            paid_units: asset.paid_units.to_string(),
            paid: money(asset.paid_units, Some(asset)),
            known_blocks: asset.known_blocks,
            cleared: asset.cleared,
            looking_at: asset.looking_at,
            orphans: asset.orphans,
            breaker: asset.breaker.clone(),
            adopted_at: date::iso(asset.adopted_at_ns),
            set_aside: money(asset.set_aside_units, Some(asset)),
        };
        Self { items: assets.iter().map(asset).collect() }
    }
}

impl Report for Assets {
    const SCHEMA: &'static str = "granary.payable_assets/1";

    fn text(&self, page: &mut Page) {
        let row = |asset: &Asset| {
            vec![
                asset.id.to_string(),
                asset.symbol.clone(),
                asset.paid.clone(),
                asset.set_aside.clone(),
                asset.breaker.clone(),
                if asset.cleared { "yes" } else { "no" }.to_owned(),
            ]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        let head = ["id", "symbol", "paid", "on its way", "breaker", "sends"];
        page.table(&head, &[0, 2, 3], &rows);
    }
}

/// What a ledger answered.
#[derive(Debug, Serialize)]
pub(crate) struct LedgerAnswer {
    asset: u64,
    symbol: String,
    ledger: String,
    balance_units: String,
    balance: String,
    fee_units: String,
    blocks: u64,
    latency: String,
    #[serde(skip)]
    fee: String,
}

impl LedgerAnswer {
    pub(crate) fn new(answer: &wire::LedgerConnection, asset: &wire::AdoptedAsset) -> Self {
        Self {
            asset: answer.asset,
            symbol: asset.symbol.clone(),
            ledger: answer.ledger.to_text(),
            balance_units: answer.balance_units.to_string(),
            balance: money(answer.balance_units, Some(asset)),
            fee_units: answer.fee_units.to_string(),
            blocks: answer.blocks,
            latency: duration::format(answer.latency_ns / 1_000_000 * 1_000_000),
            fee: money(answer.fee_units, Some(asset)),
        }
    }
}

impl Report for LedgerAnswer {
    const SCHEMA: &'static str = "granary.ledger_answer/1";

    fn text(&self, page: &mut Page) {
        let answers = page.paint(Tone::Good, "answers");
        page.line(format!("the ledger of {} {answers}", self.symbol));
        page.field("ledger", &self.ledger);
        page.field("treasury", &self.balance);
        page.field("fee", &self.fee);
        page.field("blocks", self.blocks.to_string());
        page.field("took", &self.latency);
    }
}

/// A page of standing authorisations.
#[derive(Debug, Serialize)]
pub(crate) struct Authorisations {
    items: Vec<Authorisation>,
    next: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Authorisation {
    id: u64,
    live: bool,
    initiator: String,
    asset: u64,
    allowance_units: String,
    allowance: String,
    used_units: Option<String>,
    window: String,
    /// SHA-256 over network and address.
    destinations: Vec<String>,
    #[serde(rename = "granted_by")]
    giver: String,
    granted_at: String,
    expires_at: String,
    revoked_at: Option<String>,
    #[serde(skip)]
    used: String,
}

impl Authorisations {
    pub(crate) fn new(page: &wire::AuthorisationPage, assets: &[wire::AdoptedAsset]) -> Self {
        let item = |item: &wire::StandingAuthorisation| {
            let asset = find(assets, item.asset);
            Authorisation {
                id: item.id,
                live: item.live,
                initiator: item.initiator.to_text(),
                asset: item.asset,
                allowance_units: item.allowance_units.to_string(),
                allowance: money(item.allowance_units, asset),
                used_units: item.used_units.map(|units| units.to_string()),
                window: duration::format(item.window_ns),
                destinations: item.destinations.iter().map(hex::encode).collect(),
                giver: item.granted_by.to_text(),
                granted_at: date::iso(item.granted_at_ns),
                expires_at: date::iso(item.expires_at_ns),
                revoked_at: item.revoked_at_ns.map(date::iso),
                used: item.used_units.map_or("too many uses".to_owned(), |u| money(u, asset)),
            }
        };
        Self { items: page.items.iter().map(item).collect(), next: page.next }
    }
}

impl Report for Authorisations {
    const SCHEMA: &'static str = "granary.standing_authorisations/1";

    fn text(&self, page: &mut Page) {
        let row = |item: &Authorisation| {
            vec![
                item.id.to_string(),
                if item.live { "live" } else { "over" }.to_owned(),
                short(&item.initiator),
                item.used.clone(),
                format!("{} in {}", item.allowance, item.window),
                item.expires_at.get(..10).unwrap_or_default().to_owned(),
            ]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "state", "who", "used", "allowance", "until"], &[0, 3, 4], &rows);
        more(page, self.next);
    }
}

/// A page of payments without an intent.
#[derive(Debug, Serialize)]
pub(crate) struct Orphans {
    items: Vec<Orphan>,
    next: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Orphan {
    id: u64,
    /// `open`, `claimed` or `acknowledged`.
    state: String,
    asset: u64,
    block: u64,
    amount_units: String,
    amount: String,
    fee_units: String,
    /// SHA-256 of the destination.
    to: String,
    memo: Option<String>,
    intent: Option<u64>,
    at: String,
    found_at: String,
}

impl Orphans {
    pub(crate) fn new(page: &wire::OrphanPage, assets: &[wire::AdoptedAsset]) -> Self {
        let item = |item: &wire::Orphan| Orphan {
            id: item.id,
            state: name(&item.state),
            asset: item.asset,
            block: item.block,
            amount_units: item.amount_units.to_string(),
            amount: money(item.amount_units, find(assets, item.asset)),
            fee_units: item.fee_units.to_string(),
            to: hex::encode(&item.to),
            memo: item.memo.as_ref().map(hex::encode),
            intent: item.intent,
            at: date::iso(item.at_ns),
            found_at: date::iso(item.found_at_ns),
        };
        Self { items: page.items.iter().map(item).collect(), next: page.next }
    }
}

impl Report for Orphans {
    const SCHEMA: &'static str = "granary.orphans/1";

    fn text(&self, page: &mut Page) {
        let row = |item: &Orphan| {
            vec![
                item.id.to_string(),
                item.state.clone(),
                item.amount.clone(),
                item.block.to_string(),
                short(&item.to),
                item.at.clone(),
            ]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "state", "amount", "block", "to", "at"], &[0, 2, 3], &rows);
        more(page, self.next);
    }
}
