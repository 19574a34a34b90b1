//! The machinery of migrations over a real store, with steps that exist only here.

use crate::support::{START, World, applicant, at, content, draft, governor, rich, world};
use granary_stable::log_ring::{Level, NewLine};
use granary_stable::migrate::{
    Budget, Migratable, MigrationFault, Migrator, Piece, Step, StepKind,
};
use granary_stable::record::{self, Record, RecordFault};
use granary_units::Timestamp;
use micro_grants_core::records::{Recommendation, Review};
use micro_grants_core::store::{CanisterStore, Families, Upgrade};
use minicbor::{Decode, Encode};

/// Visits every application once and leaves a line for each.
static VISIT: &[Step<World>] = &[
    Step {
        from: 1,
        to: 2,
        name: "s0002_visit",
        kind: StepKind::Chunked,
        total: |store| store.counts()[1],
        run: visit,
    },
    Step {
        from: 2,
        to: 3,
        name: "s0003_lazy",
        kind: StepKind::Lazy,
        total: |_| 0,
        run: |_, _, _| Ok(Piece::Complete { done: 0 }),
    },
];

#[expect(clippy::unnecessary_wraps, reason = "the signature of a step")]
fn visit(store: &mut World, cursor: &[u8], budget: Budget<'_>) -> Result<Piece, MigrationFault> {
    let mut id = cursor.try_into().map_or(1, u64::from_be_bytes);
    let mut done = 0;
    while id <= store.counts()[1] {
        if !budget() {
            return Ok(Piece::More { cursor: id.to_be_bytes().to_vec(), done });
        }
        let message = format!("visited {id}");
        store.log(&NewLine {
            at: Timestamp::from_nanos(START),
            level: Level::Info,
            component: "migration",
            code: "",
            trace_id: 0,
            message: &message,
        });
        (id, done) = (id + 1, done + 1);
    }
    Ok(Piece::Complete { done })
}

#[test]
fn a_chunked_step_survives_an_upgrade_between_any_two_records() {
    let (memory, mut store) = world();
    for n in 0..7 {
        let ctx = at(START + 1, applicant(n));
        store.submit_application(&ctx, draft(content(100, 0)), None).expect("open");
    }
    let migrator = Migrator::new(VISIT, 3);
    assert!(migrator.is_well_formed());
    let progress = migrator.on_upgrade(&mut store).expect("a path");
    assert_eq!((progress.schema, progress.done, progress.total), (1, 0, 7));
    for done in 1..=7 {
        let mut left = 1;
        let mut budget = || std::mem::replace(&mut left, 0) > 0;
        let progress = migrator.advance(&mut store, &mut budget).expect("a piece");
        if done < 7 {
            assert_eq!((progress.schema, progress.done, progress.total), (1, done, 7));
            // The real code still opens the state: the schema changes when the step is complete.
            store = World::open(memory.clone()).expect("half migrated");
        } else {
            assert_eq!(progress.schema, 3);
        }
    }
    let (lines, _) = store.log_page(0, Level::Info, 100);
    let visited: Vec<_> = lines.iter().map(|line| line.message.as_str()).collect();
    let expected: Vec<_> = (1..=7).map(|id| format!("visited {id}")).collect();
    assert_eq!(visited, expected);
    assert_eq!(store.place(), None);
}

#[test]
fn c4_newer_state_and_missing_paths_are_refused() {
    let (memory, mut store) = world();
    assert!(World::migrator().is_well_formed());
    let stranded = Migrator::new(&VISIT[1..], 3);
    let refused = stranded.on_upgrade(&mut store);
    assert_eq!(refused, Err(MigrationFault::NoPath { from: 1, to: 3 }));
    store.set_schema(2).expect("a test's liberty");
    drop(store);
    assert!(World::open(memory.clone()).is_err());
    let ctx = at(START, governor());
    assert!(World::upgrade(memory, Upgrade::default(), &ctx).is_err());
}

#[derive(Encode, Decode)]
struct ReviewV2 {
    #[n(0)]
    score_bps: u32,
    #[n(1)]
    recommendation: Recommendation,
    #[n(2)]
    weight: u32,
}

impl Record for ReviewV2 {
    const NAME: &'static str = "review";
    const VERSION: u8 = 2;

    fn upcast(version: u8, bytes: &[u8]) -> Result<Self, RecordFault> {
        match version {
            1 => record::decode::<Review>(bytes).map(|old| Self {
                score_bps: old.score_bps,
                recommendation: old.recommendation,
                weight: 1,
            }),
            newer => Err(RecordFault::Newer { name: Self::NAME, version: newer }),
        }
    }
}

#[test]
fn a_stored_record_is_brought_up_when_it_is_read() {
    let (_, store) = rich();
    let page = store.export_state("reviews", None, 1_500_000).expect("a domain");
    let review = page.records.iter().find(|record| record[0] == 9).expect("a review");
    // family, key length, nine bytes of key, value length
    let value = &review[1 + 2 + 9 + 4..];
    let new = record::decode::<ReviewV2>(value).expect("version 1 is known");
    assert_eq!((new.score_bps, new.weight), (8_000, 1));
    assert_eq!(new.recommendation, Recommendation::Approve);
    let bytes = record::encode(&new);
    assert!(record::decode::<Review>(&bytes).is_err(), "older code refuses the newer shape");
}
