//! All canisters at a glance, as text.

use super::{Page, Report, page::Tone};
use crate::{
    duration,
    operations::monitor::{
        findings::{Finding, Level},
        fleet::{Answer, Fleet, Panel},
    },
};

/// What a table of canisters is headed by.
pub(crate) const HEAD: [&str; 9] =
    ["canister", "health", "mode", "code", "uptime", "heap", "stable", "cycles", "runway"];
/// Columns of it that hold numbers.
const NUMBERS: [usize; 5] = [4, 5, 6, 7, 8];
/// Beyond this nobody plans.
const CENTURY_DAYS: u32 = 36_500;

/// The colour of a level.
pub(crate) const fn tone(level: Level) -> Tone {
    match level {
        Level::Good => Tone::Good,
        Level::Info => Tone::Faint,
        Level::Warning => Tone::Warning,
        Level::Critical => Tone::Bad,
    }
}

/// The health of a canister in one word.
pub(crate) fn health(panel: &Panel) -> (&'static str, Level) {
    match panel.answer.as_ref().map(|answer| answer.level) {
        None => ("silent", Level::Critical),
        Some(Level::Critical) => ("critical", Level::Critical),
        Some(Level::Warning) => ("degraded", Level::Warning),
        Some(level) => ("healthy", level),
    }
}

/// What follows the name and the health in the table.
pub(crate) fn figures(panel: &Panel) -> Vec<String> {
    let Some(answer) = &panel.answer else { return vec![String::new(); HEAD.len() - 2] };
    let Answer { mode, version, state_schema, uptime_ns, .. } = answer;
    let whole_seconds = uptime_ns / 1_000_000_000 * 1_000_000_000;
    vec![
        (*mode).to_owned(),
        format!("{version}, schema {state_schema}"),
        duration::format(whole_seconds),
        answer.heap_bytes.map_or_else(unknown, bytes),
        answer.stable_bytes.map_or_else(unknown, bytes),
        answer.cycles.map_or_else(unknown, trillions),
        match answer.runway_days {
            None => unknown(),
            Some(days) if days > CENTURY_DAYS => "a century".to_owned(),
            Some(days) => format!("{days} d"),
        },
    ]
}

fn unknown() -> String {
    "–".to_owned()
}

/// Bytes in the largest unit that leaves a whole number, tenths below 10.
fn bytes(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.into_iter().find(|(_, size)| bytes >= *size) {
        None => format!("{bytes} B"),
        Some((unit, size)) if bytes < 10 * size => {
            let tenths = u128::from(bytes) * 10 / u128::from(size);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        Some((unit, size)) => format!("{} {unit}", bytes / size),
    }
}

/// Cycles in trillions, hundredths of them cut off.
fn trillions(cycles: u128) -> String {
    let hundredths = cycles / 10_000_000_000;
    format!("{}.{:02} T", hundredths / 100, hundredths % 100)
}

impl Report for Fleet {
    const SCHEMA: &'static str = "granary.fleet/1";

    fn text(&self, page: &mut Page) {
        let level = page.paint(tone(self.level), self.level.name());
        page.line(format!("{} at {}: {level}", self.network, self.at));
        let row = |panel: &Panel| {
            let names = [panel.name.clone(), health(panel).0.to_owned()];
            [names.to_vec(), figures(panel)].concat()
        };
        let rows: Vec<_> = self.canisters.iter().map(row).collect();
        page.table(&HEAD, &NUMBERS, &rows);
        for finding in &self.findings {
            let level = page.paint(tone(finding.level), finding.level.name());
            let Finding { canister, subject, reason, .. } = finding;
            page.line(format!("{level} {canister} {subject}: {reason}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short_and_never_say_more_than_there_is() {
        assert_eq!(bytes(1_023), "1023 B");
        assert_eq!(bytes(1_536), "1.5 KiB");
        assert_eq!(bytes(10 * 1_024 * 1_024 - 1), "9.9 MiB");
        assert_eq!(bytes(12 * 1_024 * 1_024), "12 MiB");
        assert_eq!(trillions(1_999_999_999_999), "1.99 T");
        assert_eq!(trillions(7), "0.00 T");
    }
}
