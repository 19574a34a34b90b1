//! The books as this tool shows them: amounts exact, with their sign.

use candid::Int;
use granary_api::portfolio as wire;
use serde::Serialize;

use super::{Page, Report, page::Tone};
use crate::{amount, date};

/// An amount with its sign, for people.
pub(super) fn money(units: &Int, asset: Option<&wire::Asset>) -> String {
    let (symbol, decimals) = asset.map_or(("units", 0), |asset| (&asset.symbol, asset.decimals));
    let text = units.0.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    digits.parse().map_or_else(
        |_| format!("{text} units"),
        |units| format!("{sign}{} {symbol}", amount::grouped(units, decimals)),
    )
}

/// An owner as people write it.
pub(crate) fn owner_name(owner: &wire::AccountOwner) -> String {
    match owner {
        wire::AccountOwner::Treasury => "treasury".to_owned(),
        wire::AccountOwner::Fees => "fees".to_owned(),
        wire::AccountOwner::Suspense => "suspense".to_owned(),
        wire::AccountOwner::User(user) => format!("user:{user}"),
        wire::AccountOwner::GrantCommitment(grant) => format!("grant:{grant}"),
        wire::AccountOwner::External(hash) => format!("external:{}", hex::encode(hash)),
    }
}

/// The owner's name, short enough for a table.
fn short_owner(owner: &str) -> String {
    super::page::cut(owner, 24)
}

fn find(assets: &[wire::Asset], id: u64) -> Option<&wire::Asset> {
    assets.iter().find(|asset| asset.id == id)
}

/// All assets.
#[derive(Debug, Serialize)]
pub(crate) struct Assets {
    items: Vec<Asset>,
}

#[derive(Debug, Serialize)]
struct Asset {
    id: u64,
    symbol: String,
    decimals: u8,
    status: String,
    /// Canister of the ledger; none for Bitcoin.
    ledger: Option<String>,
    booked_units: String,
    booked: String,
    suspense_units: String,
    suspense_since: Option<String>,
}

impl Assets {
    pub(crate) fn new(assets: &[wire::Asset]) -> Self {
        let asset = |asset: &wire::Asset| Asset {
            id: asset.id,
            symbol: asset.symbol.clone(),
            decimals: asset.decimals,
            status: format!("{:?}", asset.status).to_lowercase(),
            ledger: match &asset.kind {
                wire::AssetKind::Icrc { ledger, .. } => Some(ledger.to_text()),
                wire::AssetKind::Btc { .. } => None,
            },
            booked_units: asset.booked_units.0.to_string(),
            booked: money(&asset.booked_units, Some(asset)),
            suspense_units: asset.suspense_units.0.to_string(),
            suspense_since: asset.suspense_since_ns.map(date::iso),
        };
        Self { items: assets.iter().map(asset).collect() }
    }
}

impl Report for Assets {
    const SCHEMA: &'static str = "granary.assets/1";

    fn text(&self, page: &mut Page) {
        let row = |asset: &Asset| {
            vec![
                asset.id.to_string(),
                asset.symbol.clone(),
                asset.status.clone(),
                asset.booked.clone(),
                asset.suspense_units.clone(),
                asset.ledger.clone().unwrap_or_else(|| "Bitcoin".to_owned()),
            ]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["id", "symbol", "status", "booked", "suspense", "ledger"], &[0, 3, 4], &rows);
    }
}

/// What one owner has.
#[derive(Debug, Serialize)]
pub(crate) struct Balances {
    owner: String,
    items: Vec<Held>,
}

#[derive(Debug, Serialize)]
struct Held {
    asset: u64,
    symbol: String,
    account: u64,
    balance_units: String,
    balance: String,
}

impl Balances {
    pub(crate) fn new(
        owner: &wire::AccountOwner,
        balances: &[wire::Balance],
        assets: &[wire::Asset],
    ) -> Self {
        let held = |balance: &wire::Balance| {
            let asset = find(assets, balance.asset);
            Held {
                asset: balance.asset,
                symbol: asset.map_or_else(String::new, |asset| asset.symbol.clone()),
                account: balance.account,
                balance_units: balance.balance_units.0.to_string(),
                balance: money(&balance.balance_units, asset),
            }
        };
        Self { owner: owner_name(owner), items: balances.iter().map(held).collect() }
    }
}

impl Report for Balances {
    const SCHEMA: &'static str = "granary.balances/1";

    fn text(&self, page: &mut Page) {
        page.title(&self.owner);
        let row = |balance: &Held| {
            vec![balance.account.to_string(), balance.symbol.clone(), balance.balance.clone()]
        };
        let rows: Vec<_> = self.items.iter().map(row).collect();
        page.table(&["account", "asset", "balance"], &[0, 2], &rows);
    }
}

/// A posted entry.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    id: u64,
    kind: String,
    at: String,
    intent: Option<u64>,
    /// Block of a ledger, or output of a Bitcoin transaction.
    external_ref: Option<String>,
    event: u64,
    postings: Vec<Leg>,
}

#[derive(Debug, Serialize)]
struct Leg {
    account: u64,
    owner: String,
    asset: u64,
    delta_units: String,
    delta: String,
    after_units: String,
}

/// What outside of the books an entry stands for.
pub(super) fn reference(reference: &wire::ExternalRef) -> String {
    match reference {
        wire::ExternalRef::Icrc { ledger, block } => format!("block {block} of {ledger}"),
        wire::ExternalRef::Btc { txid, vout } => format!("output {}:{vout}", hex::encode(txid)),
    }
}

impl Entry {
    pub(crate) fn new(entry: &wire::Entry, assets: &[wire::Asset]) -> Self {
        let leg = |line: &wire::EntryLine| Leg {
            account: line.account,
            owner: owner_name(&line.owner),
            asset: line.asset,
            delta_units: line.delta_units.0.to_string(),
            delta: money(&line.delta_units, find(assets, line.asset)),
            after_units: line.after_units.0.to_string(),
        };
        Self {
            id: entry.id,
            kind: format!("{:?}", entry.kind),
            at: date::iso(entry.at_ns),
            intent: entry.intent,
            external_ref: entry.external_ref.as_ref().map(reference),
            event: entry.event,
            postings: entry.postings.iter().map(leg).collect(),
        }
    }
}

impl Report for Entry {
    const SCHEMA: &'static str = "granary.entry/1";

    fn text(&self, page: &mut Page) {
        let outside = self.external_ref.as_ref().map(|text| format!(", {text}"));
        let outside = outside.unwrap_or_default();
        page.line(format!("entry {} {} {}{outside}", self.id, self.at, self.kind));
        for leg in &self.postings {
            page.line(format!("  {:<24} {:>24}", short_owner(&leg.owner), leg.delta));
        }
    }
}

/// A page of entries.
#[derive(Debug, Serialize)]
pub(crate) struct Entries {
    pub(crate) items: Vec<Entry>,
    pub(crate) next: Option<u64>,
}

impl Report for Entries {
    const SCHEMA: &'static str = "granary.entries/1";

    fn text(&self, page: &mut Page) {
        self.items.iter().for_each(|entry| entry.text(page));
        if let Some(next) = self.next {
            page.line(format!("more: --after {next}"));
        }
    }
}

/// What a comparison with a ledger found.
#[derive(Debug, Serialize)]
pub(crate) struct Reconciliation {
    asset: u64,
    symbol: String,
    /// `matched`, `explained`, `difference`, `suspense` or `never`.
    state: String,
    external_units: String,
    booked_units: String,
    difference_units: String,
    blocks: u64,
    explained: u32,
    failures: u32,
    running: bool,
    at: Option<String>,
    next_at: String,
    #[serde(skip)]
    lines: [String; 3],
}

impl Reconciliation {
    pub(crate) fn new(found: &wire::Reconciliation, asset: &wire::Asset) -> Self {
        let external = Int::from(found.external_units);
        let amounts = [&external, &found.booked_units, &found.difference_units];
        Self {
            asset: found.asset,
            symbol: asset.symbol.clone(),
            state: format!("{:?}", found.state).to_lowercase(),
            external_units: external.0.to_string(),
            booked_units: found.booked_units.0.to_string(),
            difference_units: found.difference_units.0.to_string(),
            blocks: found.at_ref,
            explained: found.explained,
            failures: found.failures,
            running: found.running,
            at: found.at_ns.map(date::iso),
            next_at: date::iso(found.next_at_ns),
            lines: amounts.map(|units| money(units, Some(asset))),
        }
    }
}

impl Report for Reconciliation {
    const SCHEMA: &'static str = "granary.reconciliation/1";

    fn text(&self, page: &mut Page) {
        let tone = match self.state.as_str() {
            "matched" | "explained" => Tone::Good,
            "suspense" => Tone::Bad,
            _ => Tone::Warning,
        };
        let state = page.paint(tone, &self.state);
        page.line(format!("{} is {state}", self.symbol));
        let [external, booked, difference] = &self.lines;
        page.field("ledger", external);
        page.field("books", booked);
        page.field("difference", difference);
        page.field("blocks", format!("{}, {} explained now", self.blocks, self.explained));
        page.field("at", self.at.as_deref().unwrap_or("never"));
        page.field("next", &self.next_at);
    }
}
