//! The readings as metric families. Every figure carries `canister` and `network`.

use granary_metrics::{Exposition, Family, Unit};

use super::{
    board::{Board, Row},
    reading::{Reading, RunState, units},
};

const UP: Family = Family::gauge(
    "granary_exporter_up",
    Unit::Count,
    "Whether the newest try to read the canister's status succeeded.",
);
const READ_AT: Family = Family::gauge(
    "granary_exporter_read_timestamp_seconds",
    Unit::Seconds,
    "When the status these figures are from was read.",
);
const CYCLES: Family =
    Family::gauge("granary_canister_cycles", Unit::Cycles, "Balance, to the cycle.");
const RESERVED: Family =
    Family::gauge("granary_canister_reserved_cycles", Unit::Cycles, "Cycles set aside for memory.");
const RESERVED_LIMIT: Family = Family::gauge(
    "granary_canister_reserved_limit_cycles",
    Unit::Cycles,
    "Cycles that may be set aside for memory.",
);
const IDLE: Family = Family::gauge(
    "granary_canister_idle_day_cycles",
    Unit::Cycles,
    "Cycles a day without work costs.",
);
const RUNWAY: Family = Family::gauge(
    "granary_canister_runway_days",
    Unit::Count,
    "Whole days until the canister freezes when it does nothing; absent when that costs nothing.",
);
const FREEZING: Family = Family::gauge(
    "granary_canister_freezing_threshold_seconds",
    Unit::Seconds,
    "How long before it runs dry the canister freezes.",
);
const MEMORY: Family =
    Family::gauge("granary_canister_memory_bytes", Unit::Bytes, "Memory by kind.");
const STATE: Family =
    Family::gauge("granary_canister_run_state", Unit::Count, "0 running, 1 stopping, 2 stopped.");
const MODULE: Family = Family::gauge(
    "granary_canister_module_info",
    Unit::Count,
    "Always 1; the label is the hash of the code that runs. Absent when there is none.",
);
const CONTROLLERS: Family =
    Family::gauge("granary_canister_controllers", Unit::Count, "Controllers.");
const FOREIGN: Family = Family::gauge(
    "granary_canister_controllers_foreign",
    Unit::Count,
    "Controllers that are neither the exporter's identity nor named to it.",
);
const SNAPSHOTS: Family = Family::gauge("granary_canister_snapshots", Unit::Count, "Snapshots.");
const NEWEST: Family = Family::gauge(
    "granary_canister_snapshot_newest_timestamp_seconds",
    Unit::Seconds,
    "When the newest snapshot was taken; absent when there is none.",
);

/// Every family of the exporter, in the order of the scrape.
#[cfg(test)]
const FAMILIES: &[Family] = &[
    UP,
    READ_AT,
    CYCLES,
    RESERVED,
    RESERVED_LIMIT,
    IDLE,
    RUNWAY,
    FREEZING,
    MEMORY,
    STATE,
    MODULE,
    CONTROLLERS,
    FOREIGN,
    SNAPSHOTS,
    NEWEST,
];

/// A figure of one canister: a label of its own, and the value.
type Figure = (Option<(&'static str, String)>, u128);

/// The text a scrape answers with.
pub(crate) fn scrape(board: &Board) -> String {
    let mut text = Exposition::new();
    each(&mut text, board, &UP, |row| one(u128::from(row.failure.is_none())));
    let mut of_readings = |family: &Family, figures: &dyn Fn(&Reading) -> Vec<Figure>| {
        each(&mut text, board, family, |row| row.reading.as_ref().map(figures).unwrap_or_default());
    };
    of_readings(&READ_AT, &|read| one((read.at / 1_000_000_000).into()));
    of_readings(&CYCLES, &|read| one(units(&read.status.cycles)));
    of_readings(&RESERVED, &|read| one(units(&read.status.reserved_cycles)));
    of_readings(&RESERVED_LIMIT, &|read| one(units(&read.status.settings.reserved_cycles_limit)));
    of_readings(&IDLE, &|read| one(units(&read.status.idle_cycles_burned_per_day)));
    of_readings(&RUNWAY, &|read| read.runway_days().map(one).unwrap_or_default());
    of_readings(&FREEZING, &|read| one(units(&read.status.settings.freezing_threshold)));
    of_readings(&MEMORY, &memory);
    of_readings(&STATE, &|read| one(state(read.status.run_state)));
    of_readings(&MODULE, &|read| {
        let hash = read.status.module_hash.as_ref();
        hash.map(|hash| (Some(("module_hash", hex::encode(hash))), 1)).into_iter().collect()
    });
    let count = |count: usize| one(u128::try_from(count).unwrap_or(u128::MAX));
    of_readings(&CONTROLLERS, &|read| count(read.status.settings.controllers.len()));
    of_readings(&FOREIGN, &|read| count(read.foreign(&board.expected).count()));
    of_readings(&SNAPSHOTS, &|read| count(read.snapshots.len()));
    of_readings(&NEWEST, &|read| {
        read.newest_snapshot().map(|at| one(at.into())).unwrap_or_default()
    });
    text.finish()
}

const fn state(state: RunState) -> u128 {
    match state {
        RunState::Running => 0,
        RunState::Stopping => 1,
        RunState::Stopped => 2,
    }
}

fn memory(read: &Reading) -> Vec<Figure> {
    let metrics = &read.status.memory_metrics;
    let kinds = [
        ("all", &read.status.memory_size),
        ("heap", &metrics.heap),
        ("stable", &metrics.stable),
        ("snapshots", &metrics.snapshots),
    ];
    kinds.map(|(kind, size)| (Some(("kind", kind.to_owned())), units(size))).to_vec()
}

fn one(value: u128) -> Vec<Figure> {
    vec![(None, value)]
}

/// Writes a family with the figures of every canister; a family without any is left out.
fn each(text: &mut Exposition, board: &Board, family: &Family, of: impl Fn(&Row) -> Vec<Figure>) {
    let figures: Vec<(&str, Figure)> = board
        .rows
        .iter()
        .flat_map(|(name, row)| of(row).into_iter().map(move |figure| (name.as_str(), figure)))
        .collect();
    let labels: Vec<Vec<(&str, &str)>> = figures
        .iter()
        .map(|(name, (own, _))| {
            let mut labels = vec![("canister", *name), ("network", board.network.as_str())];
            labels.extend(own.iter().map(|(label, value)| (*label, value.as_str())));
            labels
        })
        .collect();
    let rows: Vec<_> = labels
        .iter()
        .map(Vec::as_slice)
        .zip(figures.iter().map(|(_, (_, value))| *value))
        .collect();
    if !rows.is_empty() {
        text.labelled(family, &rows);
    }
}

#[cfg(test)]
mod tests {
    use candid::Principal;

    use super::{
        super::reading::{Snapshot, tests::status},
        *,
    };
    use crate::{exit::Exit, failure::Failure};

    #[test]
    fn the_families_are_well_named() {
        assert_eq!(granary_metrics::validate(FAMILIES), Ok(FAMILIES.len()));
    }

    #[test]
    fn generated_metrics_section_is_current() {
        let own = granary_metrics::markdown(FAMILIES);
        granary_build::generated_section("docs/METRICS.md", "granary exporter", &own);
    }

    fn board() -> Board {
        let mut board = Board::new("local", vec![Principal::from_slice(&[1])]);
        let snapshots = vec![Snapshot { taken_at_timestamp: 6_000_000_000 }];
        let running = Reading { at: 7_000_000_000, status: status(40_000_000_000), snapshots };
        let mut stopped = Reading { snapshots: vec![], ..running.clone() };
        stopped.status.run_state = RunState::Stopped;
        stopped.status.module_hash = None;
        stopped.status.idle_cycles_burned_per_day = candid::Nat::from(0_u64);
        board.note("execution", Ok(running));
        board.note("registry", Ok(stopped));
        let gone = || Err(Failure::new(Exit::Unreachable, "cli.unreachable", "nobody"));
        board.note("registry", gone());
        board.note("portfolio", gone());
        board
    }

    #[test]
    fn every_family_is_written() {
        let text = scrape(&board());
        for Family { name, .. } in FAMILIES {
            assert!(text.contains(&format!("# TYPE {name} gauge\n")), "{name}\n{text}");
        }
        assert_eq!(text.matches("# TYPE ").count(), FAMILIES.len(), "{text}");
    }

    #[test]
    fn figures_are_those_of_the_readings() {
        let text = scrape(&board());
        let of = |canister: &str| format!("{{canister=\"{canister}\",network=\"local\"");
        let (hands, people, books) = (of("execution"), of("registry"), of("portfolio"));
        for line in [
            format!("granary_exporter_up{hands}}} 1"),
            format!("granary_exporter_up{people}}} 0"),
            format!("granary_exporter_up{books}}} 0"),
            format!("granary_exporter_read_timestamp_seconds{people}}} 7"),
            format!("granary_canister_cycles{hands}}} 40000000000"),
            format!("granary_canister_runway_days{hands}}} 10"),
            format!("granary_canister_memory_bytes{hands},kind=\"stable\"}} 300"),
            format!("granary_canister_run_state{people}}} 2"),
            format!("granary_canister_module_info{hands},module_hash=\"abcd\"}} 1"),
            format!("granary_canister_controllers_foreign{hands}}} 1"),
            format!("granary_canister_snapshots{people}}} 0"),
            format!("granary_canister_snapshot_newest_timestamp_seconds{hands}}} 6"),
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        for absent in [
            format!("granary_canister_cycles{books}"),
            format!("granary_canister_runway_days{people}"),
            format!("granary_canister_module_info{people}"),
            format!("granary_canister_snapshot_newest_timestamp_seconds{people}"),
        ] {
            assert!(!text.contains(&absent), "{absent}\n{text}");
        }
    }

    #[test]
    fn an_empty_board_is_an_empty_text() {
        assert_eq!(scrape(&Board::new("local", vec![])), "");
    }
}
