//! What the books' answers mean: one entry for the block, whoever posted it (E5).
//!
//! The entry stands for the block, and the books take a block once for ever, so repeating is safe.
//! When reconciliation was faster, the block stands in Suspense: that is corrected by an
//! adjustment where the role allows it, and left to people where it does not.

use granary_resilience::failure::Failure;

use crate::limits;
use crate::records::{EventKind, Marks};
use crate::rules::Work;
use crate::types::IntentState;

/// What became of the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Booked {
    /// It was posted, now or before.
    Posted {
        /// The entry.
        entry: u64,
    },
    /// Another entry has the block.
    Taken,
    /// It was not, or nobody knows.
    Failed(Failure),
}

/// The entry that has the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub entry: u64,
    /// True when what left is missing from Suspense and not from the treasury.
    pub in_suspense: bool,
}

/// What became of the correction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Adjusted {
    /// It was made.
    Done,
    /// This canister may not.
    NotAllowed,
    /// It was not made, or nobody knows.
    Failed(Failure),
}

/// The books answer to the entry.
pub fn booked(work: &mut Work, answer: Booked) {
    if !awaits_entry(work) {
        return;
    }
    match answer {
        Booked::Posted { entry } => posted(work, entry),
        Booked::Taken => {
            work.recovered();
            work.row.marks.set(Marks::TAKEN);
            work.due = Some(work.now);
            work.say(|event| event.name("taken").number(0), EventKind::IntentDelayed);
        }
        Booked::Failed(failure) => work.failed("book", &failure),
    }
}

/// The books answer who has the block; none when nobody has it any more.
pub fn looked_up(work: &mut Work, answer: Result<Option<Entry>, Failure>) {
    if !awaits_entry(work) {
        return;
    }
    match answer {
        Err(failure) => work.failed("find", &failure),
        Ok(None) => {
            work.row.marks.clear(Marks::TAKEN);
            let reason = "the books have no entry of the block they called booked";
            let kind = granary_resilience::failure::FailureKind::Temporary;
            work.failed("find", &Failure::new(kind, reason));
        }
        Ok(Some(Entry { entry, in_suspense: false })) => posted(work, entry),
        Ok(Some(Entry { entry, in_suspense: true })) => {
            work.recovered();
            work.row.entry = Some(entry);
            work.row.marks.set(Marks::SUSPENSE);
            work.due = Some(work.now);
            work.say(|event| event.name("suspense").number(entry), EventKind::IntentDelayed);
        }
    }
}

/// The books answer to the correction.
pub fn adjusted(work: &mut Work, answer: Adjusted) {
    if !awaits_entry(work) {
        return;
    }
    let entry = work.row.entry.unwrap_or_default();
    match answer {
        Adjusted::Done => {
            work.row.marks.clear(Marks::SUSPENSE);
            work.row.marks.clear(Marks::ADJUSTING);
            posted(work, entry);
        }
        Adjusted::NotAllowed => for_people(work, entry),
        Adjusted::Failed(failure) => {
            work.failed("adjust", &failure);
            // An adjustment stands for no block: the books know a repetition for a day only.
            let since = work.row.adjusting_since.unwrap_or(work.now);
            let waited = work.now.saturating_since(since);
            let unsure = work.row.marks.has(Marks::ADJUSTING);
            if unsure && waited > limits::ADJUST_WINDOW {
                for_people(work, entry);
            }
        }
    }
}

/// The block is booked, if in the wrong place: people correct it.
fn for_people(work: &mut Work, entry: u64) {
    work.row.marks.clear(Marks::SUSPENSE);
    work.row.marks.set(Marks::FOR_PEOPLE);
    posted(work, entry);
}

fn awaits_entry(work: &Work) -> bool {
    work.row.state == IntentState::Settled && !work.row.marks.has(Marks::POSTED)
}

fn posted(work: &mut Work, entry: u64) {
    work.recovered();
    work.row.entry = Some(entry);
    work.row.marks.set(Marks::POSTED);
    work.due = Some(work.now);
    work.say(|event| event.number(entry), EventKind::IntentPosted);
}

#[cfg(test)]
mod tests {
    use granary_resilience::failure::FailureKind;

    use super::*;
    use crate::rules::fixtures::work;
    use crate::rules::next::{Ask, Next, next};

    fn settled() -> Work {
        work(IntentState::Settled)
    }

    fn down() -> Failure {
        Failure::new(FailureKind::OutcomeUnknown, "no answer")
    }

    fn wants(work: &mut Work) -> Next {
        next(work, crate::rules::fixtures::around())
    }

    #[test]
    fn e5_an_entry_is_posted_once_and_asked_for_until_it_is() {
        let mut work = settled();
        booked(&mut work, Booked::Failed(down()));
        assert!(!work.row.marks.has(Marks::POSTED));
        booked(&mut work, Booked::Posted { entry: 7 });
        assert_eq!((work.row.entry, wants(&mut work)), (Some(7), Next::Ask(Ask::Commit)));
        booked(&mut work, Booked::Posted { entry: 8 });
        assert_eq!(work.row.entry, Some(7));
    }

    #[test]
    fn e5_a_block_that_reconciliation_booked_is_not_booked_twice() {
        let mut work = settled();
        booked(&mut work, Booked::Taken);
        assert_eq!(wants(&mut work), Next::Ask(Ask::Find));
        looked_up(&mut work, Ok(Some(Entry { entry: 5, in_suspense: true })));
        assert_eq!(wants(&mut work), Next::Ask(Ask::Adjust));
        let mut allowed = work.clone();
        adjusted(&mut allowed, Adjusted::Done);
        assert!(!allowed.row.marks.has(Marks::FOR_PEOPLE));
        assert_eq!((allowed.row.entry, wants(&mut allowed)), (Some(5), Next::Ask(Ask::Commit)));
        adjusted(&mut work, Adjusted::NotAllowed);
        assert!(work.row.marks.has(Marks::FOR_PEOPLE));
        assert_eq!(wants(&mut work), Next::Ask(Ask::Commit));
    }

    #[test]
    fn an_adjustment_nobody_answers_is_left_to_people_before_it_could_be_made_twice() {
        let mut work = settled();
        work.row.marks.set(Marks::SUSPENSE);
        work.row.marks.set(Marks::ADJUSTING);
        work.row.adjusting_since = Some(work.now);
        work.now = work.now.saturating_add(limits::ADJUST_WINDOW);
        adjusted(&mut work, Adjusted::Failed(down()));
        assert!(!work.row.marks.has(Marks::POSTED));
        work.now = work.now.saturating_add(crate::types::Duration::from_nanos(1));
        adjusted(&mut work, Adjusted::Failed(down()));
        assert!(work.row.marks.has(Marks::FOR_PEOPLE));
    }

    #[test]
    fn e5_an_entry_somebody_else_posted_in_the_right_place_is_the_entry() {
        let mut work = settled();
        booked(&mut work, Booked::Taken);
        looked_up(&mut work, Ok(None));
        assert!(!work.row.marks.has(Marks::TAKEN), "it is posted after all");
        booked(&mut work, Booked::Taken);
        looked_up(&mut work, Ok(Some(Entry { entry: 5, in_suspense: false })));
        assert!(work.row.marks.has(Marks::POSTED));
    }
}
