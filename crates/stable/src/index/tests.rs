//! The tree beside the library's own: the same answers, and the same bytes.

use ic_stable_structures::VectorMemory;
use proptest::prelude::{any, prop_assert_eq, proptest};

use super::*;

/// Keys as long as the books': a node of so long keys spills into a second page.
const LONG: usize = 37;

fn key<const N: usize>(number: u64) -> FixedKey<N> {
    let mut bytes = [0; N];
    let tail = &mut bytes[N - 8..];
    tail.copy_from_slice(&number.to_be_bytes());
    FixedKey(bytes)
}

/// Ours and the library's, each over its own memory.
struct Both<const N: usize> {
    ours: (VectorMemory, Index<N, VectorMemory>),
    theirs: (VectorMemory, Map<N, VectorMemory>),
}

impl<const N: usize> Both<N> {
    fn new() -> Self {
        let (ours, theirs) = (VectorMemory::default(), VectorMemory::default());
        let index = Index::open(ours.clone()).expect("empty memory");
        let map = Map::init(theirs.clone());
        Self { ours: (ours, index), theirs: (theirs, map) }
    }

    fn insert(&mut self, number: u64, value: u32) {
        let before = self.ours.1.insert(&key(number), value).expect("room");
        assert_eq!(before, self.theirs.1.insert(key(number), value), "{number}");
    }

    fn remove(&mut self, number: u64) {
        assert_eq!(self.ours.1.remove(&key(number)), self.theirs.1.remove(&key(number)));
    }

    fn compare(&self) {
        assert_eq!(self.ours.1.len(), self.theirs.1.len());
        assert!(*self.ours.0.borrow() == *self.theirs.0.borrow(), "the bytes differ");
    }
}

/// Numbers in an order that is neither rising nor falling.
fn mixed(count: u64) -> impl Iterator<Item = u64> + Clone {
    (0..count).map(move |step| step * 7_919 % count)
}

fn grown<const N: usize>(numbers: impl Iterator<Item = u64> + Clone) {
    let mut both = Both::<N>::new();
    assert_eq!(both.ours.1.get(&key(1)), None, "an empty tree");
    for (value, number) in (0..).zip(numbers.clone()) {
        both.insert(number, value);
        if value % 97 == 0 {
            both.compare();
        }
    }
    both.compare();
    let again = Index::<N, _>::open(both.ours.0.clone()).expect("ours");
    for (value, number) in (0..).zip(numbers) {
        assert_eq!(again.get(&key(number)), Some(value), "{number}");
        assert_eq!(again.get(&key(number + 1_000_000)), None);
    }
}

#[test]
fn rising_falling_and_mixed_keys_make_the_librarys_bytes() {
    grown::<LONG>(0..5_000);
    grown::<LONG>((0..5_000).rev());
    grown::<LONG>(mixed(5_000));
    grown::<33>(mixed(3_000));
    grown::<8>(mixed(3_000));
}

#[test]
fn what_is_there_is_replaced_wherever_it_is() {
    let mut both = Both::<LONG>::new();
    for number in mixed(2_000) {
        both.insert(number, 1);
    }
    for number in 0..2_000 {
        both.insert(number, u32::try_from(number).expect("small"));
    }
    both.compare();
    assert_eq!(both.ours.1.len(), 2_000);
}

#[test]
fn pages_that_were_given_back_are_taken_again() {
    let mut both = Both::<LONG>::new();
    for number in mixed(1_000) {
        both.insert(number, 7);
    }
    for number in 0..900 {
        both.remove(number);
    }
    both.compare();
    for number in mixed(1_500) {
        both.insert(number, 8);
    }
    both.compare();
    let kept: Vec<u32> = both.ours.1.map().iter().map(|entry| entry.value()).collect();
    assert_eq!(kept, [8; 1_500]);
}

#[test]
fn what_the_library_wrote_is_opened_and_anything_else_is_not() {
    let memory = VectorMemory::default();
    let mut map = Map::<LONG, _>::init(memory.clone());
    for number in mixed(500) {
        map.insert(key(number), 3);
    }
    let index = Index::<LONG, _>::open(memory).expect("the library's");
    assert_eq!((index.len(), index.get(&key(499))), (500, Some(3)));
    let memory = VectorMemory::default();
    drop(crate::slots::Slots::<crate::watch::Watch, _>::open(memory.clone()));
    let opened = Index::<LONG, _>::open(memory);
    assert!(matches!(opened, Err(StorageFault::Foreign { .. })), "{opened:?}");
}

#[test]
fn memory_that_does_not_grow_is_said() {
    #[derive(Clone)]
    struct Full(VectorMemory);
    impl Memory for Full {
        fn size(&self) -> u64 {
            self.0.size()
        }
        fn grow(&self, pages: u64) -> i64 {
            if self.0.size() > 0 { -1 } else { self.0.grow(pages) }
        }
        fn read(&self, offset: u64, dst: &mut [u8]) {
            self.0.read(offset, dst);
        }
        fn write(&self, offset: u64, src: &[u8]) {
            self.0.write(offset, src);
        }
    }
    let mut index = Index::<LONG, _>::open(Full(VectorMemory::default())).expect("one page");
    let refused = (0..10_000).find_map(|number| index.insert(&key(number), 0).err());
    assert_eq!(refused, Some(StorageFault::OutOfMemory));
}

proptest! {
    #[test]
    fn any_course_of_changes_makes_the_librarys_bytes(
        steps in proptest::collection::vec((any::<bool>(), any::<bool>(), 0..300_u64), 0..900),
        first in 0..400_u64,
    ) {
        let mut both = Both::<LONG>::new();
        for number in 0..first {
            both.insert(number, 0);
        }
        for (value, (remove, also, number)) in (0..).zip(steps) {
            if remove && also {
                both.remove(number);
            } else {
                both.insert(number, value);
            }
        }
        both.compare();
        for number in 0..400 {
            prop_assert_eq!(both.ours.1.get(&key(number)), both.theirs.1.get(&key(number)));
        }
    }
}
