//! Migrations under every budget, interrupted at every record.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use granary_stable::StorageFault;
use granary_stable::migrate::{
    Budget, Migratable, MigrationFault, Migrator, Piece, Place, PlaceCell, Step, StepKind,
    open_place,
};
use granary_stable::slots::{Slot, Slots};
use ic_stable_structures::VectorMemory;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

#[derive(Clone, Copy, Debug, PartialEq)]
struct Number(u64);

impl Slot for Number {
    const SIZE: u32 = 8;
    fn write(&self, out: &mut [u8]) {
        out.copy_from_slice(&self.0.to_be_bytes());
    }
    fn read(bytes: &[u8]) -> Self {
        Self(u64::from_be_bytes(bytes.try_into().unwrap()))
    }
}

struct Store {
    schema: Slots<Number, VectorMemory>,
    numbers: Slots<Number, VectorMemory>,
    doubled: Slots<Number, VectorMemory>,
    place: PlaceCell<VectorMemory>,
}

type Regions = [VectorMemory; 4];

fn open(regions: &Regions) -> Store {
    let [schema, numbers, doubled, place] = regions.clone();
    let mut store = Store {
        schema: Slots::open(schema).unwrap(),
        numbers: Slots::open(numbers).unwrap(),
        doubled: Slots::open(doubled).unwrap(),
        place: open_place(place).unwrap(),
    };
    store.schema.extend_to(1, &Number(1)).unwrap();
    store
}

impl Migratable for Store {
    fn schema(&self) -> u32 {
        self.schema.get(0).unwrap().0.try_into().unwrap()
    }
    fn set_schema(&mut self, schema: u32) -> Result<(), StorageFault> {
        self.schema.set(0, &Number(schema.into()))
    }
    fn place(&self) -> Option<Place> {
        self.place.get().cloned()
    }
    fn set_place(&mut self, place: Option<Place>) -> Result<(), StorageFault> {
        self.place.set(place)
    }
}

fn double(store: &mut Store, cursor: &[u8], budget: Budget<'_>) -> Result<Piece, MigrationFault> {
    let mut at = cursor.try_into().map_or(0, u64::from_be_bytes);
    let mut done = 0;
    while let Some(Number(number)) = store.numbers.get(at) {
        if !budget() {
            return Ok(Piece::More { cursor: at.to_be_bytes().to_vec(), done });
        }
        if at == store.doubled.len() {
            store.doubled.push(&Number(number * 2))?;
        }
        at += 1;
        done += 1;
    }
    Ok(Piece::Complete { done })
}

#[expect(clippy::unnecessary_wraps, reason = "the signature of every step")]
fn nothing(_: &mut Store, _: &[u8], _: Budget<'_>) -> Result<Piece, MigrationFault> {
    Ok(Piece::Complete { done: 0 })
}

fn mark(store: &mut Store, _: &[u8], _: Budget<'_>) -> Result<Piece, MigrationFault> {
    store.numbers.push(&Number(1_000_000))?;
    Ok(Piece::Complete { done: 1 })
}

const STEPS: &[Step<Store>] = &[
    step(1, "s0002_lazy", StepKind::Lazy, nothing),
    step(2, "s0003_double", StepKind::Chunked, double),
    step(3, "s0004_mark", StepKind::Eager, mark),
];

type Run = fn(&mut Store, &[u8], Budget<'_>) -> Result<Piece, MigrationFault>;

const fn step(from: u32, name: &'static str, kind: StepKind, run: Run) -> Step<Store> {
    Step { from, to: from + 1, name, kind, total: |store| store.numbers.len(), run }
}

static GAP: [Step<Store>; 2] =
    [step(1, "a", StepKind::Lazy, nothing), step(3, "b", StepKind::Lazy, nothing)];

const MIGRATOR: Migrator<Store> = Migrator::new(STEPS, 4);

fn filled(count: u64) -> Regions {
    let regions = [(); 4].map(|()| VectorMemory::default());
    let mut store = open(&regions);
    for number in 0..count {
        store.numbers.push(&Number(number)).unwrap();
    }
    regions
}

proptest! {
    #[test]
    fn every_budget_leads_to_the_same_state(count in 0_u64..40, budget in 1_u64..7) {
        let regions = filled(count);
        let first = MIGRATOR.on_upgrade(&mut open(&regions)).unwrap();
        prop_assert_eq!((first.schema, first.target, first.phase), (2, 4, "s0003_double"));
        prop_assert_eq!((first.done, first.total), (0, count));
        let mut last = first;
        let mut messages = 0;
        while !last.is_complete() {
            // Each message opens the state anew, as an upgrade between any two would.
            let mut store = open(&regions);
            let mut left = budget;
            let next = MIGRATOR
                .advance(&mut store, &mut || left.checked_sub(1).map(|n| left = n).is_some())
                .unwrap();
            prop_assert!(next.is_complete() || next.done == last.done + budget);
            prop_assert!(next.is_complete() || next.total == count);
            (last, messages) = (next, messages + 1);
        }
        prop_assert_eq!(messages, count.div_ceil(budget).max(1));
        let mut store = open(&regions);
        prop_assert_eq!(store.doubled.len(), count);
        prop_assert!(store.doubled.iter_from(0).all(|(i, n)| n.0 == i * 2));
        prop_assert_eq!(store.numbers.get(count), Some(Number(1_000_000)));
        prop_assert_eq!(store.place(), None);
        let again = MIGRATOR.advance(&mut store, &mut || true).unwrap();
        prop_assert!(again.is_complete() && again.phase.is_empty());
        prop_assert_eq!(store.numbers.len(), count + 1);
    }
}

#[test]
fn the_steps_are_a_path() {
    assert!(MIGRATOR.is_well_formed());
    assert!(!Migrator::new(STEPS, 5).is_well_formed());
    assert!(!Migrator::new(&GAP, 4).is_well_formed());
}

#[test]
fn a_schema_without_a_path_is_refused_and_untouched() {
    for schema in [0, 5] {
        let regions = filled(3);
        let mut store = open(&regions);
        store.set_schema(schema).unwrap();
        let refused = MIGRATOR.on_upgrade(&mut store);
        assert_eq!(refused, Err(MigrationFault::NoPath { from: schema, to: 4 }));
        assert_eq!(store.schema(), schema);
    }
}

#[test]
fn an_eager_step_must_complete() {
    static HALF: [Step<Store>; 1] =
        [step(1, "half", StepKind::Eager, |_, _, _| Ok(Piece::More { cursor: vec![1], done: 1 }))];
    let refused = Migrator::new(&HALF, 2).on_upgrade(&mut open(&filled(1)));
    assert!(matches!(refused, Err(MigrationFault::Step { name: "half", .. })));
}

static BEFORE: [Step<Store>; 1] = [step(1, "s0002_lazy", StepKind::Lazy, nothing)];

#[test]
fn a_step_that_was_taken_back_begins_anew() {
    let regions = filled(3);
    let mut store = open(&regions);
    let mut once = true;
    MIGRATOR.on_upgrade(&mut store).unwrap();
    MIGRATOR.advance(&mut store, &mut || std::mem::take(&mut once)).unwrap();
    assert_eq!(store.place().unwrap().done, 1);
    let back = Migrator::new(&BEFORE, 2).on_upgrade(&mut store).unwrap();
    assert!(back.is_complete());
    assert_eq!(store.place(), None, "the older code writes records the step has not seen");
    assert_eq!(MIGRATOR.on_upgrade(&mut store).unwrap().done, 0);
}
