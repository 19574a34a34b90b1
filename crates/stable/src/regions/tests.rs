//! Regions against the memory manager whose layout they have.

use ic_stable_structures::VectorMemory;
use ic_stable_structures::memory_manager::MemoryManager;
use proptest::prelude::*;

use super::*;

/// Small buckets, so that few pages cross many of them.
const BUCKET: u16 = 2;
const IDS: [u8; 3] = [0, 7, 254];

#[derive(Clone, Debug)]
enum Step {
    Grow { region: usize, pages: u64 },
    Write { region: usize, at: u64, bytes: Vec<u8> },
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let region = 0..IDS.len();
    let step = prop_oneof![
        3 => (region.clone(), 0..6_u64).prop_map(|(region, pages)| Step::Grow { region, pages }),
        5 => (region, any::<u64>(), prop::collection::vec(any::<u8>(), 1..200))
            .prop_map(|(region, at, bytes)| Step::Write { region, at, bytes }),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..40)
}

/// Where `count` bytes of a region of `pages` pages can be written; buckets' ends are likely.
fn place(at: u64, pages: u64, count: usize) -> Option<u64> {
    let count = u64::try_from(count).expect("small");
    let last = (pages * PAGE).checked_sub(count)?;
    let edge = (at % (last / PAGE + 1)) * PAGE;
    let before = edge.saturating_sub(at % 300);
    Some(before.min(last))
}

fn contents<R: Memory>(memory: &R) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(memory.size() * PAGE).expect("small")];
    memory.read(0, &mut bytes);
    bytes
}

proptest! {
    #[test]
    fn both_write_the_same_bytes(steps in steps()) {
        let (mine, theirs) = (VectorMemory::default(), VectorMemory::default());
        let mut regions = Regions::open(mine.clone(), BUCKET).expect("empty");
        let manager = MemoryManager::init_with_bucket_size(theirs.clone(), BUCKET);
        let mut open = IDS.map(|id| regions.get(MemoryId::new(id)));
        let other = IDS.map(|id| manager.get(MemoryId::new(id)));
        for step in steps {
            match step {
                Step::Grow { region, pages } => {
                    prop_assert_eq!(open[region].grow(pages), other[region].grow(pages));
                }
                Step::Write { region, at, bytes } => {
                    prop_assert_eq!(open[region].size(), other[region].size());
                    if let Some(at) = place(at, open[region].size(), bytes.len()) {
                        open[region].write(at, &bytes);
                        other[region].write(at, &bytes);
                    }
                }
                Step::Reopen => {
                    regions = Regions::open(mine.clone(), 99).expect("its own");
                    open = IDS.map(|id| regions.get(MemoryId::new(id)));
                }
            }
        }
        for (mine, theirs) in open.iter().zip(&other) {
            prop_assert_eq!(contents(mine), contents(theirs));
        }
        prop_assert_eq!(&*mine.borrow(), &*theirs.borrow());
        let taken_over = MemoryManager::init_with_bucket_size(mine, 99);
        for (id, theirs) in IDS.iter().zip(&other) {
            prop_assert_eq!(contents(&taken_over.get(MemoryId::new(*id))), contents(theirs));
        }
    }
}

#[test]
fn an_access_across_many_buckets_is_one_access() {
    let regions = Regions::open(VectorMemory::default(), BUCKET).expect("empty");
    let (a, b) = (regions.get(MemoryId::new(1)), regions.get(MemoryId::new(2)));
    for _ in 0..5 {
        assert!(a.grow(2) >= 0 && b.grow(2) >= 0, "the buckets of both take turns");
    }
    let bytes: Vec<u8> =
        (0..500_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
    a.write(70_000, &bytes);
    let mut back = vec![0; bytes.len()];
    a.clone().read(70_000, &mut back);
    assert!(back == bytes);
    assert!(contents(&b).iter().all(|byte| *byte == 0), "the neighbour is untouched");
}

#[test]
fn foreign_memory_is_refused() {
    let memory = VectorMemory::default();
    memory.grow(1);
    memory.write(0, b"XXXX");
    let fault = Regions::open(memory, 1).expect_err("not ours");
    assert_eq!(fault, StorageFault::Foreign { expected: MARK, found: *b"XXXX" });
}

#[test]
fn growth_beyond_the_table_is_refused_and_changes_nothing() {
    let memory = VectorMemory::default();
    let regions = Regions::open(memory.clone(), 1).expect("empty");
    let region = regions.get(MemoryId::new(3));
    assert_eq!(region.grow(2), 0);
    let before = memory.borrow().clone();
    assert_eq!(region.grow(32_767), -1, "one more than there are buckets");
    assert_eq!(region.grow(u64::MAX), -1);
    assert_eq!(region.size(), 2);
    assert!(*memory.borrow() == before);
}

#[test]
#[should_panic(expected = "BUG: byte 131072 of region 3 of 131072 bytes")]
fn an_access_outside_is_a_bug() {
    let regions = Regions::open(VectorMemory::default(), 4).expect("empty");
    let region = regions.get(MemoryId::new(3));
    region.grow(2);
    // Within the bucket, and not within the region.
    region.read(131_070, &mut [0; 4]);
}
