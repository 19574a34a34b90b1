//! Metric families as tables, and their text for Prometheus.
//!
//! A canister lists its families in one `const` table; names are checked by a test, never at run
//! time. Names are `<area>_<noun>[_<unit>][_total]` in base units; only counters end in `_total`;
//! labels come from closed sets and never hold a principal. The families of [`COMMON`] mean the
//! same in every canister.

#![warn(missing_docs)]

use std::collections::BTreeSet;
use std::fmt::Write;

use ic_metrics_encoder::MetricsEncoder;

/// How a family moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only up. Back to zero never, as these figures live in stable memory; or at an upgrade, when
    /// the help says so.
    Counter,
    /// Up and down.
    Gauge,
}

/// What a family counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things; the noun says which.
    Count,
    /// Seconds.
    Seconds,
    /// Thousandths of a second, where whole seconds would say nothing.
    Milliseconds,
    /// Bytes.
    Bytes,
    /// Cycles.
    Cycles,
    /// Instructions.
    Instructions,
    /// Smallest units of the canister's asset.
    Units,
    /// Basis points of a whole.
    Bps,
}

impl Unit {
    /// The word that names of families with this unit hold; none for counted things.
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Count => None,
            Self::Seconds => Some("seconds"),
            Self::Milliseconds => Some("milliseconds"),
            Self::Bytes => Some("bytes"),
            Self::Cycles => Some("cycles"),
            Self::Instructions => Some("instructions"),
            Self::Units => Some("units"),
            Self::Bps => Some("bps"),
        }
    }
}

/// One family of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// How it moves.
    pub kind: Kind,
    /// What it counts.
    pub unit: Unit,
    /// One sentence for people.
    pub help: &'static str,
}

impl Family {
    /// A family that only grows.
    pub const fn counter(name: &'static str, unit: Unit, help: &'static str) -> Self {
        Self { name, kind: Kind::Counter, unit, help }
    }

    /// A family that moves both ways.
    pub const fn gauge(name: &'static str, unit: Unit, help: &'static str) -> Self {
        Self { name, kind: Kind::Gauge, unit, help }
    }
}

/// The families every canister has.
pub const COMMON: &[Family] = &[CYCLES, STABLE, HEAP, SCHEMA, TASKS, CALLS, MIGRATION, VIOLATIONS];

/// Balance; only for trusted readers.
pub const CYCLES: Family =
    Family::gauge("canister_cycles", Unit::Cycles, "Cycles the canister has.");
/// Stable memory.
pub const STABLE: Family =
    Family::gauge("canister_stable_memory_bytes", Unit::Bytes, "Stable memory in use.");
/// Heap memory.
pub const HEAP: Family =
    Family::gauge("canister_heap_memory_bytes", Unit::Bytes, "Heap memory in use.");
/// Schema.
pub const SCHEMA: Family =
    Family::gauge("canister_schema_version", Unit::Count, "Schema of the stored state.");
/// Tasks, with labels `task` and `outcome`.
pub const TASKS: Family =
    Family::counter("task_runs_total", Unit::Count, "Task runs by task and outcome.");
/// Calls to other canisters, with labels `peer` and `outcome`.
pub const CALLS: Family =
    Family::counter("call_outcomes_total", Unit::Count, "Calls to peers by outcome.");
/// The running migration.
pub const MIGRATION: Family = Family::gauge(
    "migration_remaining_records",
    Unit::Count,
    "Records the running migration has not reached.",
);
/// Broken invariants.
pub const VIOLATIONS: Family = Family::counter(
    "invariant_violations_total",
    Unit::Count,
    "Violations found by sweeps of the state.",
);

/// What is wrong with a table of families.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyFault {
    /// The name is not two or more words of `a-z` and `0-9` joined by single underscores.
    Name(&'static str),
    /// A counter does not end in `_total`, or a gauge does.
    Total(&'static str),
    /// The name does not hold the word of its unit.
    Unit(&'static str),
    /// The help is empty, has a line break or does not end in a full stop.
    Help(&'static str),
    /// The name appears twice.
    Twice(&'static str),
}

/// Checks a table of families. Run by a test.
pub fn validate<'a>(families: impl IntoIterator<Item = &'a Family>) -> Result<usize, FamilyFault> {
    let mut seen = BTreeSet::new();
    for Family { name, kind, unit, help } in families {
        let is_word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        if !name.contains('_') || !name.split('_').all(is_word) {
            return Err(FamilyFault::Name(name));
        }
        if name.ends_with("_total") != (*kind == Kind::Counter) {
            return Err(FamilyFault::Total(name));
        }
        if unit.word().is_some_and(|word| !name.split('_').any(|part| part == word)) {
            return Err(FamilyFault::Unit(name));
        }
        if help.contains('\n') || !help.ends_with('.') {
            return Err(FamilyFault::Help(name));
        }
        if !seen.insert(*name) {
            return Err(FamilyFault::Twice(name));
        }
    }
    Ok(seen.len())
}

/// The rows of `docs/METRICS.md`.
pub fn markdown<'a>(families: impl IntoIterator<Item = &'a Family>) -> String {
    let mut text = String::from("| name | kind | unit | meaning |\n|---|---|---|---|\n");
    for Family { name, kind, unit, help } in families {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        let unit = unit.word().unwrap_or("count");
        let written = writeln!(text, "| `{name}` | {kind} | {unit} | {help} |");
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
    }
    text
}

/// Labels of one figure.
pub type Labels<'a> = &'a [(&'a str, &'a str)];

/// The text a scrape answers with.
pub struct Exposition {
    encoder: MetricsEncoder<Vec<u8>>,
}

impl std::fmt::Debug for Exposition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exposition").finish_non_exhaustive()
    }
}

impl Default for Exposition {
    fn default() -> Self {
        Self::new()
    }
}

impl Exposition {
    /// An empty text.
    pub fn new() -> Self {
        Self { encoder: MetricsEncoder::new(Vec::new(), NO_TIME) }
    }

    /// Adds a family of one figure.
    pub fn value(&mut self, family: &Family, value: u128) -> &mut Self {
        let value = approximate(value);
        let Family { name, kind, help, .. } = family;
        // Writing to a vector cannot fail; a family that did would be left out, not trap.
        let _ = match kind {
            Kind::Counter => self.encoder.encode_counter(name, value, help),
            Kind::Gauge => self.encoder.encode_gauge(name, value, help),
        };
        self
    }

    /// Adds a family with one figure for each set of labels.
    pub fn labelled(&mut self, family: &Family, figures: &[(Labels<'_>, u128)]) -> &mut Self {
        let Family { name, kind, help, .. } = family;
        let builder = match kind {
            Kind::Counter => self.encoder.counter_vec(name, help),
            Kind::Gauge => self.encoder.gauge_vec(name, help),
        };
        let _ = builder.and_then(|builder| {
            figures.iter().try_fold(builder, |builder, (labels, value)| {
                builder.value(labels, approximate(*value))
            })
        });
        self
    }

    /// The text, without times: the scraper's clock is the better one.
    pub fn finish(self) -> String {
        let text = String::from_utf8(self.encoder.into_inner()).unwrap_or_default();
        let mut out = String::with_capacity(text.len());
        for line in text.lines() {
            let line = if line.starts_with('#') {
                line
            } else {
                line.strip_suffix(NO_TIME_SUFFIX).unwrap_or(line)
            };
            out.push_str(line);
            out.push('\n');
        }
        out
    }
}

const NO_TIME: i64 = 0;
const NO_TIME_SUFFIX: &str = " 0";

/// Prometheus counts in floating point; figures above 2^53 lose their last digits there anyway.
#[expect(clippy::cast_precision_loss, reason = "the text format has no other number")]
const fn approximate(value: u128) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_families_are_well_named() {
        assert_eq!(validate(COMMON), Ok(8));
    }

    #[test]
    fn bad_tables_are_refused() {
        let check = |family: Family| validate([&family]);
        let gauge = |name| check(Family::gauge(name, Unit::Count, "Help."));
        for name in ["one", "Two_words", "a__b", "_a_b", "a_b_", "a_1b", "a_b-c"] {
            assert_eq!(gauge(name), Err(FamilyFault::Name(name)));
        }
        assert_eq!(gauge("a_total"), Err(FamilyFault::Total("a_total")));
        let counter = check(Family::counter("a_b", Unit::Count, "Help."));
        assert_eq!(counter, Err(FamilyFault::Total("a_b")));
        let unit = check(Family::gauge("a_b", Unit::Seconds, "Help."));
        assert_eq!(unit, Err(FamilyFault::Unit("a_b")));
        let help = check(Family::gauge("a_b", Unit::Count, "Help"));
        assert_eq!(help, Err(FamilyFault::Help("a_b")));
        assert_eq!(validate([&HEAP, &HEAP]), Err(FamilyFault::Twice(HEAP.name)));
    }

    #[test]
    fn the_text_has_no_times() {
        let mut text = Exposition::new();
        text.value(&SCHEMA, 0).labelled(
            &TASKS,
            &[(&[("task", "health"), ("outcome", "ok")], 7), (&[("task", "x")], u128::MAX)],
        );
        let expected = "\
# HELP canister_schema_version Schema of the stored state.
# TYPE canister_schema_version gauge
canister_schema_version 0
# HELP task_runs_total Task runs by task and outcome.
# TYPE task_runs_total counter
task_runs_total{task=\"health\",outcome=\"ok\"} 7
task_runs_total{task=\"x\"} 340282366920938500000000000000000000000
";
        assert_eq!(text.finish(), expected);
    }

    #[test]
    fn rows_for_people() {
        let row = markdown([&HEAP]).lines().last().map(str::to_owned);
        let expected = "| `canister_heap_memory_bytes` | gauge | bytes | Heap memory in use. |";
        assert_eq!(row.as_deref(), Some(expected));
    }
}
