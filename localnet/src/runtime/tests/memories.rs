//! Stable memory against a plain vector, and the paged memory under it.

use proptest::prelude::*;

use crate::runtime::{Journal, OutOfBounds, StableMemory, limits::MAX_STABLE_PAGES};

const PAGE: usize = 65_536;

#[derive(Clone, Debug)]
enum Step {
    Grow(usize),
    Write(usize, Vec<u8>),
    Read(usize, usize),
    /// Ends the message, keeping it or not.
    End(bool),
    Snapshot,
}

fn step() -> impl Strategy<Value = Step> {
    let offset = 0..3 * PAGE + 100;
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        (any::<u8>(), 4_000..9_000usize).prop_map(|(byte, length)| vec![byte; length]),
        (4_000..70_000usize).prop_map(|length| vec![0; length]),
    ];
    prop_oneof![
        1 => (0..3usize).prop_map(Step::Grow),
        6 => (offset.clone(), bytes).prop_map(|(offset, bytes)| Step::Write(offset, bytes)),
        3 => (offset, 0..9_000usize).prop_map(|(offset, length)| Step::Read(offset, length)),
        2 => any::<bool>().prop_map(Step::End),
        1 => Just(Step::Snapshot),
    ]
}

fn fits(offset: usize, length: usize, size: usize) -> bool {
    offset + length <= size
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn stable_memory_is_a_vector(steps in prop::collection::vec(step(), 1..60)) {
        let mut memory = StableMemory::new();
        let mut journal = Journal::begin(&memory);
        let mut model: Vec<u8> = Vec::new();
        let mut committed = model.clone();
        let mut dirty = std::collections::BTreeSet::new();
        let mut snapshots = Vec::new();
        for step in steps {
            match step {
                Step::Grow(pages) => {
                    let old = memory.grow(pages as u64);
                    prop_assert_eq!(old, Some((model.len() / PAGE) as u64));
                    let size = model.len() + pages * PAGE;
                    model.resize(size, 0);
                }
                Step::Write(offset, bytes) => {
                    let ok = fits(offset, bytes.len(), model.len());
                    if ok {
                        let units = offset / 4_096..(offset + bytes.len()).div_ceil(4_096);
                        let units = if bytes.is_empty() { 0..0 } else { units };
                        let fresh = units.clone().filter(|unit| !dirty.contains(unit)).count();
                        let length = bytes.len() as u64;
                        prop_assert_eq!(journal.new_units(offset as u64, length), fresh as u64);
                        dirty.extend(units);
                        model[offset..offset + bytes.len()].copy_from_slice(&bytes);
                    }
                    let result = journal.write(&mut memory, offset as u64, &bytes);
                    prop_assert_eq!(result.is_ok(), ok);
                    prop_assert_eq!(journal.dirty_units(), dirty.len() as u64);
                }
                Step::Read(offset, length) => {
                    let mut out = vec![0; length];
                    let result = memory.read(offset as u64, &mut out);
                    if fits(offset, length, model.len()) {
                        prop_assert_eq!(result, Ok(()));
                        prop_assert_eq!(&out[..], &model[offset..offset + length]);
                    } else {
                        prop_assert_eq!(result, Err(OutOfBounds));
                    }
                }
                Step::End(keep) => {
                    if keep {
                        committed.clone_from(&model);
                    } else {
                        std::mem::take(&mut journal).undo(&mut memory);
                        model.clone_from(&committed);
                    }
                    prop_assert_eq!(memory.to_vec(), model.clone());
                    journal = Journal::begin(&memory);
                    dirty.clear();
                }
                Step::Snapshot => snapshots.push((memory.clone(), model.clone())),
            }
        }
        prop_assert_eq!(memory.to_vec(), model);
        for (memory, model) in snapshots {
            prop_assert_eq!(memory.to_vec(), model);
        }
    }
}

#[test]
fn bytes_are_padded_to_whole_pages() {
    let memory = StableMemory::from_bytes(&vec![7; PAGE + 1]);
    assert_eq!(memory.size_pages(), 2);
    let mut expected = vec![7; PAGE + 1];
    expected.resize(2 * PAGE, 0);
    assert_eq!(memory.to_vec(), expected);
    assert_eq!(memory.iter_pages().count(), 2);
    assert_eq!(StableMemory::from_bytes(&[]).size_pages(), 0);
}

#[test]
fn growth_ends_at_the_platform_maximum() {
    let mut memory = StableMemory::new();
    assert_eq!(memory.grow(MAX_STABLE_PAGES + 1), None);
    assert_eq!(memory.grow(u64::MAX), None);
    assert_eq!(memory.size_pages(), 0);
    // Pages that were never written take no memory of their own.
    assert_eq!(memory.grow(MAX_STABLE_PAGES), Some(0));
    assert_eq!(memory.grow(1), None);
    assert_eq!(memory.write(MAX_STABLE_PAGES * 65_536 - 1, &[1]), Ok(()));
    assert_eq!(memory.write(MAX_STABLE_PAGES * 65_536, &[1]), Err(OutOfBounds));
    assert_eq!(memory.write(u64::MAX, &[1]), Err(OutOfBounds));
}
