//! Slots and the lists through them, against plain vectors.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use granary_stable::StorageFault;
use granary_stable::bytes::{Reader, Writer};
use granary_stable::list::{Anchor, Direction, LINK_BYTES, ListFault, ListField};
use granary_stable::slots::{Slot, Slots};
use ic_stable_structures::VectorMemory;
use proptest::prelude::{any, prop_assert_eq, proptest};
use proptest::prop_oneof;
use proptest::strategy::{Just, Strategy};

#[derive(Clone, Debug, PartialEq)]
struct Row {
    number: u64,
}

const FIELD: ListField = ListField::at(8);

impl Slot for Row {
    const SIZE: u32 = 8 + LINK_BYTES;
    fn write(&self, out: &mut [u8]) {
        Writer::new(out).u64(self.number);
    }
    fn read(bytes: &[u8]) -> Self {
        Self { number: Reader::new(bytes).u64() }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Push,
    Move { slot: u64, to: u32 },
    Remove { slot: u64 },
    Reopen,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => Just(Op::Push),
        6 => (any::<u64>(), 1_u32..4).prop_map(|(slot, to)| Op::Move { slot, to }),
        2 => any::<u64>().prop_map(|slot| Op::Remove { slot }),
        1 => Just(Op::Reopen),
    ]
}

struct World {
    memory: (VectorMemory, VectorMemory),
    slots: Slots<Row, VectorMemory>,
    anchors: Slots<Anchor, VectorMemory>,
    model: BTreeMap<u32, Vec<u64>>,
}

impl World {
    fn new() -> Self {
        let memory = (VectorMemory::default(), VectorMemory::default());
        let slots = Slots::open(memory.0.clone()).unwrap();
        let mut anchors = Slots::open(memory.1.clone()).unwrap();
        anchors.extend_to(4, &Anchor::default()).unwrap();
        Self { memory, slots, anchors, model: BTreeMap::new() }
    }

    fn reopen(&mut self) {
        self.slots = Slots::open(self.memory.0.clone()).unwrap();
        self.anchors = Slots::open(self.memory.1.clone()).unwrap();
    }

    fn push_back(&mut self, list: u32, slot: u64) {
        let mut anchor = self.anchors.get(list.into()).unwrap();
        FIELD.push_back(&mut self.slots, list, &mut anchor, slot).unwrap();
        self.anchors.set(list.into(), &anchor).unwrap();
        self.model.entry(list).or_default().push(slot);
    }

    fn unlink(&mut self, slot: u64) -> Option<u32> {
        let list = FIELD.list_of(&self.slots, slot).unwrap()?;
        let mut anchor = self.anchors.get(list.into()).unwrap();
        FIELD.unlink(&mut self.slots, list, &mut anchor, slot).unwrap();
        self.anchors.set(list.into(), &anchor).unwrap();
        self.model.get_mut(&list).unwrap().retain(|s| *s != slot);
        Some(list)
    }

    fn apply(&mut self, op: &Op) {
        let len = self.slots.len();
        match *op {
            Op::Push => {
                self.slots.push(&Row { number: len }).unwrap();
                self.push_back(1, len);
            }
            Op::Move { slot, to } if len > 0 => {
                self.unlink(slot % len);
                self.push_back(to, slot % len);
            }
            Op::Remove { slot } if len > 0 => {
                self.unlink(slot % len);
            }
            Op::Reopen => self.reopen(),
            Op::Move { .. } | Op::Remove { .. } => {}
        }
    }

    fn walk(&self, list: u32, step: usize, direction: Direction) -> Vec<u64> {
        let anchor = self.anchors.get(list.into()).unwrap();
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = FIELD.page(&self.slots, list, &anchor, after, step, direction).unwrap();
            let Some(end) = page.last() else { return all };
            after = Some(*end);
            all.extend(page);
        }
    }
}

proptest! {
    #[test]
    fn lists_agree_with_vectors(ops in proptest::collection::vec(op(), 1..80), step in 1_usize..7) {
        let mut world = World::new();
        for op in &ops {
            world.apply(op);
        }
        for list in 1..4 {
            let mut expected = world.model.get(&list).cloned().unwrap_or_default();
            let anchor = world.anchors.get(list.into()).unwrap();
            prop_assert_eq!(anchor.len(), expected.len() as u64);
            prop_assert_eq!(anchor.first(), expected.first().copied());
            prop_assert_eq!(anchor.last(), expected.last().copied());
            prop_assert_eq!(world.walk(list, step, Direction::Forward), expected.clone());
            expected.reverse();
            prop_assert_eq!(world.walk(list, step, Direction::Backward), expected);
        }
        for (index, row) in world.slots.iter_from(0) {
            prop_assert_eq!(row.number, index, "links never touch the record");
        }
    }
}

#[test]
fn a_slot_is_in_one_list_and_a_lost_cursor_is_noticed() {
    let mut world = World::new();
    for _ in 0..3 {
        world.apply(&Op::Push);
    }
    let mut anchor = world.anchors.get(1).unwrap();
    let again = FIELD.push_back(&mut world.slots, 1, &mut anchor, 0);
    assert_eq!(again, Err(ListFault::AlreadyListed { slot: 0 }));
    assert_eq!(FIELD.push_back(&mut world.slots, 0, &mut anchor, 0), Err(ListFault::ListZero));
    world.apply(&Op::Move { slot: 1, to: 2 });
    let anchor = world.anchors.get(1).unwrap();
    let page = FIELD.page(&world.slots, 1, &anchor, Some(1), 9, Direction::Forward);
    assert_eq!(page, Err(ListFault::NotListed { slot: 1 }));
    let page = FIELD.page(&world.slots, 1, &anchor, Some(99), 9, Direction::Forward);
    assert_eq!(page, Err(ListFault::NotListed { slot: 99 }));
    let mut anchor = anchor;
    let wrong = FIELD.unlink(&mut world.slots, 1, &mut anchor, 1);
    assert_eq!(wrong, Err(ListFault::NotListed { slot: 1 }));
}

#[test]
fn slots_keep_their_shape() {
    let memory = VectorMemory::default();
    let mut slots = Slots::<Row, _>::open(memory.clone()).unwrap();
    assert_eq!(slots.push(&Row { number: 7 }), Ok(0));
    assert_eq!(slots.get(1), None);
    let beyond = Err(StorageFault::OutOfBounds { index: 1, len: 1 });
    assert_eq!(slots.set(1, &Row { number: 8 }), beyond);
    slots.write_part(0, 0, &9_u64.to_be_bytes()).unwrap();
    assert_eq!(slots.get(0), Some(Row { number: 9 }));
    let other = Slots::<Anchor, _>::open(memory);
    assert!(matches!(other, Err(StorageFault::Shape { expected: 16, found: 20, .. })));
}

#[test]
#[should_panic(expected = "BUG: a part reaches beyond its slot")]
fn a_part_beyond_its_slot_is_a_bug() {
    let mut slots = Slots::<Row, _>::open(VectorMemory::default()).unwrap();
    slots.push(&Row { number: 7 }).unwrap();
    let _ = slots.write_part(0, 16, &[0; 8]);
}
