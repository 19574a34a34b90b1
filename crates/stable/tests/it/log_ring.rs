//! The ring of log lines against a list that forgets from the front.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use granary_stable::log_ring::{Level, LogRing, NewLine};
use granary_units::Timestamp;
use ic_stable_structures::VectorMemory;
use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

fn line(number: u64, message: &str) -> NewLine<'_> {
    NewLine {
        at: Timestamp::from_nanos(number),
        level: if number.is_multiple_of(3) { Level::Error } else { Level::Info },
        component: "tests",
        code: "common.anonymous",
        trace_id: number,
        message,
    }
}

proptest! {
    #[test]
    fn the_newest_lines_are_there(
        capacity in 1_u64..9, lines in 0_u64..40, reopen_at in 0_u64..40, other in 1_u64..20
    ) {
        let memory = VectorMemory::default();
        let mut ring = LogRing::open(memory.clone(), capacity).unwrap();
        for number in 0..lines {
            if number == reopen_at {
                ring = LogRing::open(memory.clone(), capacity).unwrap();
            }
            prop_assert_eq!(ring.push(&line(number, "m")), Ok(number));
        }
        let ring = LogRing::open(memory.clone(), capacity).unwrap();
        prop_assert_eq!(ring.written(), lines);
        let oldest = lines.saturating_sub(capacity);
        prop_assert_eq!(ring.oldest(), oldest);
        for number in 0..lines + 2 {
            let kept = ring.get(number);
            prop_assert_eq!(kept.is_some(), (oldest..lines).contains(&number));
            prop_assert!(kept.is_none_or(|kept| kept.trace_id == number));
        }
        let (mut found, mut start) = (Vec::new(), 0);
        loop {
            let (page, next) = ring.page(start, Level::Error, 2, 3);
            found.extend(page.into_iter().map(|line| line.index));
            let Some(next) = next else { break };
            start = next;
        }
        let errors: Vec<_> = (oldest..lines).filter(|n| n % 3 == 0).collect();
        prop_assert_eq!(found, errors);
        // A ring that has gone round keeps its size, whatever is asked of it later.
        let resized = LogRing::open(memory, other).unwrap();
        prop_assert_eq!(resized.written(), lines);
        prop_assert!(lines <= capacity || resized.capacity() == capacity);
    }
}

#[test]
fn long_texts_are_cut_at_a_character() {
    let mut ring = LogRing::open(VectorMemory::default(), 4).unwrap();
    let long = "é".repeat(150);
    let new = NewLine { component: "a-component-with-a-long-name", ..line(0, &long) };
    ring.push(&new).unwrap();
    let kept = ring.get(0).unwrap();
    assert_eq!(kept.message, "é".repeat(100));
    assert_eq!(kept.component, "a-component-with");
    assert_eq!(kept.code, "common.anonymous");
}
