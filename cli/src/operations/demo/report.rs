//! What the demo has to say.

use serde::Serialize;

use super::{
    cast::{CENT, DECIMALS},
    governing::Decided,
    payments::{LimitDenial, Payments},
    treasury::Treasury,
};
use crate::{
    amount,
    operations::{deploy::Places, import::Refusal},
    render::{Page, Report, page::Tone, page::cut},
};

/// The outcome of a demo. `ok` is true when every check held.
#[derive(Debug, Serialize)]
pub(crate) struct DemoReport {
    pub(crate) ok: bool,
    /// What executed the Wasm, in its own words.
    pub(crate) engine: String,
    pub(crate) seed: u64,
    pub(crate) url: String,
    /// Of the round.
    pub(crate) canister: String,
    /// All of the suite, by name.
    pub(crate) canisters: Places,
    pub(crate) source: String,
    pub(crate) rows: u64,
    pub(crate) applications: u64,
    pub(crate) drafts: u64,
    /// Rows that were not taken; `refusals` says why.
    pub(crate) refused: u64,
    pub(crate) refusals: Vec<Refusal>,
    /// Every amount of the file, refused ones included; whole cents, rounded down.
    pub(crate) requested_usd_cents: u64,
    /// The same, exact.
    pub(crate) requested_usd: String,
    pub(crate) submitted_usd_cents: u64,
    pub(crate) submitted_usd: String,
    pub(crate) refused_usd_cents: u64,
    pub(crate) refused_usd: String,
    pub(crate) approved: u64,
    /// Submitted and left undecided, because the round never decided them.
    pub(crate) undecided: u64,
    pub(crate) committed_usd_cents: u64,
    pub(crate) committed_usd: String,
    pub(crate) milestones_accepted: u64,
    pub(crate) payouts_queued: u64,
    pub(crate) queued_usd: String,
    /// What left the treasury, and what did not.
    #[serde(flatten)]
    pub(crate) payments: Payments,
    /// The money behind the round.
    pub(crate) treasury: Treasury,
    /// The ledger holds what the books say, to the last unit.
    pub(crate) books_balanced: bool,
    /// How both upgrades were decided.
    pub(crate) release: Decided,
    pub(crate) upgrade: Upgrade,
    pub(crate) bad_upgrade: BadUpgrade,
    pub(crate) health: String,
    pub(crate) violations: u64,
    pub(crate) records_checked: u64,
    pub(crate) events: u64,
    /// The journal's hash chain was recomputed here and its head is signed by the subnet.
    pub(crate) journal_certified: bool,
    pub(crate) journal_problem: Option<String>,
    pub(crate) checks: Vec<Check>,
    pub(crate) elapsed_ms: u64,
}

/// A new version of the code, installed on the living round.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Upgrade {
    pub(crate) from_version: String,
    pub(crate) to_version: String,
    pub(crate) from_hash: String,
    pub(crate) to_hash: String,
    pub(crate) state_digest_before: String,
    pub(crate) state_digest_after: String,
    pub(crate) records: u64,
    /// Events in the journal before; all of them are still there after.
    pub(crate) events_before: u64,
    pub(crate) journal_kept: bool,
    /// What the upgrade cost, counted by the engine.
    pub(crate) instructions: Option<u64>,
}

/// An upgrade that had to fail. Once installed it was taken back, with the state of before.
#[derive(Debug, Default, Serialize)]
pub(crate) struct BadUpgrade {
    /// The code of before runs.
    pub(crate) refused: bool,
    pub(crate) reason: String,
    pub(crate) attempted_hash: String,
    pub(crate) hash_before: String,
    pub(crate) hash_after: String,
    pub(crate) journal_kept: bool,
    pub(crate) state_digest_before: String,
    pub(crate) state_digest_after: String,
}

/// Something that had to be true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) ok: bool,
    pub(crate) expected: String,
    pub(crate) found: String,
}

impl Check {
    /// Two values that have to be the same.
    pub(crate) fn same<E, F>(name: &'static str, expected: &E, found: &F) -> Self
    where
        E: ToString + ?Sized,
        F: ToString + ?Sized,
    {
        let (expected, found) = (expected.to_string(), found.to_string());
        Self { name, ok: expected == found, expected, found }
    }
}

/// Whole cents of an amount, rounded down.
pub(crate) fn cents(units: u128) -> u64 {
    u64::try_from(units / CENT).unwrap_or(u64::MAX)
}

/// The exact amount in dollars.
pub(crate) fn dollars(units: u128) -> String {
    amount::format_units(units, DECIMALS)
}

/// A dollar amount for people.
fn money(text: &str) -> String {
    amount::parse_units(text, DECIMALS)
        .map_or_else(|_| text.to_owned(), |units| format!("${}", amount::grouped(units, DECIMALS)))
}

fn short(hash: &str) -> String {
    hash.chars().take(16).collect()
}

impl DemoReport {
    fn round(&self, page: &mut Page) {
        page.title("A grant round, on real Wasm");
        page.field("engine", &self.engine);
        page.field("round", format!("{} rows, {}", self.rows, self.source));
        page.field(
            "applications",
            format!("{} for {}", self.applications, money(&self.submitted_usd)),
        );
        page.field("drafts", format!("{} that asked for no amount", self.drafts));
        page.field("refused", format!("{} by the programme's bounds", self.refused));
        for refusal in self.refusals.iter().take(4) {
            let row = &refusal.row;
            let asked = refusal.requested_units.map(|units| money(&dollars(units)));
            let asked = asked.unwrap_or_default();
            page.field("", format!("line {:>3} {asked:>12}  {}", row.line, cut(&row.code, 60)));
        }
        page.field(
            "approved",
            format!("{} by three reviewers each, {} undecided", self.approved, self.undecided),
        );
        page.field("committed", money(&self.committed_usd));
        page.field("milestones", format!("{} delivered and accepted", self.milestones_accepted));
    }

    fn money(&self, page: &mut Page) {
        page.title("The money");
        let payments = &self.payments;
        page.field(
            "paid",
            format!(
                "{} in {} blocks, one for each milestone",
                money(&payments.paid_usd),
                payments.payout_blocks.len()
            ),
        );
        for denial in &payments.limit_denials {
            let LimitDenial { what, amount_usd, rule, .. } = denial;
            let amount = money(amount_usd);
            page.field("refused", format!("{what} of {amount} by the rule {rule}"));
        }
        let announced = &payments.announced;
        let how = announced.block.map_or_else(
            || "NOT paid".to_owned(),
            |block| format!("{} approvals, block {block}", announced.approvals),
        );
        page.field("announced", format!("{}: {how}", money(&announced.amount_usd)));
    }

    fn code(&self, page: &mut Page) {
        let (upgrade, release) = (&self.upgrade, &self.release);
        page.title("A good upgrade");
        page.field(
            "decided by",
            format!(
                "{} of {} members after {} s, as rehearsed in {}",
                release.approvals,
                release.members,
                release.timelock_s,
                short(&release.rehearsal_hash)
            ),
        );
        let (from, to) = (short(&upgrade.from_hash), short(&upgrade.to_hash));
        page.field(
            "code",
            format!("{} {from} becomes {} {to}", upgrade.from_version, upgrade.to_version),
        );
        let (before, after) =
            (short(&upgrade.state_digest_before), short(&upgrade.state_digest_after));
        let state = if before == after {
            format!("{before} before and after ({} records)", upgrade.records)
        } else {
            format!("{before} became {after}")
        };
        page.field("state", state);
        if let Some(instructions) = upgrade.instructions {
            let cost = amount::grouped(u128::from(instructions), 0);
            page.field("cost", format!("{cost} instructions"));
        }
        let bad = &self.bad_upgrade;
        page.title("A bad upgrade");
        for decision in release.proposals.iter().skip(1) {
            let found = decision.rehearsal_problem.as_deref().unwrap_or("nothing wrong");
            page.field(
                "decided by",
                format!("{} members; its rehearsal found {}", decision.approvals, cut(found, 50)),
            );
        }
        page.field("answer", cut(&bad.reason, 82));
        let snapshot =
            release.fleet_snapshot.map_or_else(|| "none".to_owned(), |id| id.to_string());
        let trigger = release.trigger.as_deref().unwrap_or("nothing");
        page.field("taken back", format!("to snapshot {snapshot}, because of {trigger}"));
        let (code, state) = (short(&bad.hash_after), short(&bad.state_digest_after));
        page.field("still", format!("code {code}, state {state}"));
    }
}

impl Report for DemoReport {
    const SCHEMA: &'static str = "granary.demo/1";

    fn text(&self, page: &mut Page) {
        self.round(page);
        self.money(page);
        self.code(page);
        let books = &self.treasury;
        page.title("The books");
        page.field(
            "treasury",
            format!("{} booked, ledger {}", money(&books.booked_usd), books.reconciliation),
        );
        page.field(
            "proved",
            format!(
                "{} under commitment {}, signed by the subnet",
                money(&books.proved_usd),
                books.proof_epoch
            ),
        );
        page.field("health", &self.health);
        page.field(
            "invariants",
            format!("{} violations in {} records", self.violations, self.records_checked),
        );
        let signed = if self.journal_certified { "signed by the subnet" } else { "NOT certified" };
        page.field("journal", format!("{} events, head {signed}", self.events));
        let failed: Vec<_> = self.checks.iter().filter(|check| !check.ok).collect();
        for check in failed.iter().take(4) {
            let wrong = page.paint(Tone::Bad, "WRONG");
            page.field(
                &wrong,
                format!("{}: {} is not {}", check.name, check.found, check.expected),
            );
        }
        let seconds = self.elapsed_ms.div_ceil(1_000);
        let verdict =
            if self.ok { page.paint(Tone::Good, "ok") } else { page.paint(Tone::Bad, "FAILED") };
        let (held, all) = (self.checks.len() - failed.len(), self.checks.len());
        page.line(format!("{verdict}: {held} of {all} checks held, {seconds} s"));
    }
}
