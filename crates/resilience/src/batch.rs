//! Work in groups: wait until there is enough or it waits too long, then do what a message can.
//!
//! The queue can be stored, so what was accepted is done after an upgrade too.

use std::collections::VecDeque;

use granary_units::{Duration, Timestamp};
use minicbor::{Decode, Encode};

/// When a batch is due and how much of it one message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRule {
    /// Due when so many wait; also the most one run does. At least one.
    pub size: usize,
    /// Due when the oldest waits so long.
    pub age: Duration,
    /// One run begins no item after so many instructions.
    pub instructions: u64,
    /// Most items that may wait.
    pub capacity: usize,
}

/// Why a batch is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Enough wait.
    Size,
    /// The oldest waits too long.
    Age,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing waits any more.
    Empty,
    /// It did a whole batch.
    Size,
    /// Its instructions were used up.
    Instructions,
    /// An item asked to stop; it is still the first.
    Stopped,
}

/// What became of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is done.
    Done,
    /// It failed for now: it goes to the end of the queue and waits anew.
    Again,
    /// Nothing can be done for now: it stays the first and the run ends.
    Stop,
}

/// What one run did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Items done.
    pub done: usize,
    /// Items that went to the end of the queue.
    pub again: usize,
    /// Why it ended.
    pub end: End,
}

/// No more may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full {
    /// How many do.
    pub capacity: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Waiting<T> {
    #[n(0)]
    since: Timestamp,
    #[n(1)]
    item: T,
}

/// Items that wait to be done together.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Batch<T> {
    #[n(0)]
    queue: VecDeque<Waiting<T>>,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Batch<T> {
    /// Nothing waits.
    pub const fn new() -> Self {
        Self { queue: VecDeque::new() }
    }

    /// Lets an item wait from `now`.
    pub fn push(&mut self, rule: &BatchRule, item: T, now: Timestamp) -> Result<(), Full> {
        if self.queue.len() >= rule.capacity {
            return Err(Full { capacity: rule.capacity });
        }
        self.queue.push_back(Waiting { since: now, item });
        Ok(())
    }

    /// Whether a run should be made at `now`, and why.
    pub fn due(&self, rule: &BatchRule, now: Timestamp) -> Option<Due> {
        let oldest = self.queue.front()?;
        if self.queue.len() >= rule.size.max(1) {
            return Some(Due::Size);
        }
        (now.saturating_since(oldest.since) >= rule.age).then_some(Due::Age)
    }

    /// When to look again if nothing else arrives; none when nothing waits.
    pub fn due_at(&self, rule: &BatchRule) -> Option<Timestamp> {
        self.queue.front().map(|oldest| oldest.since.saturating_add(rule.age))
    }

    /// Does items from the oldest on, at most one batch, and begins none after `used` says that
    /// the instructions are used up. At least one item is tried, so that work always goes on.
    pub fn run(
        &mut self,
        rule: &BatchRule,
        now: Timestamp,
        mut used: impl FnMut() -> u64,
        mut step: impl FnMut(&T) -> Step,
    ) -> Run {
        let most = self.queue.len().min(rule.size.max(1));
        let mut run = Run { done: 0, again: 0, end: End::Size };
        for turn in 0..most {
            if turn > 0 && used() >= rule.instructions {
                run.end = End::Instructions;
                return run;
            }
            let Some(Waiting { since, item }) = self.queue.pop_front() else { break };
            match step(&item) {
                Step::Done => run.done = run.done.saturating_add(1),
                Step::Again => {
                    self.queue.push_back(Waiting { since: now, item });
                    run.again = run.again.saturating_add(1);
                }
                Step::Stop => {
                    self.queue.push_front(Waiting { since, item });
                    run.end = End::Stopped;
                    return run;
                }
            }
        }
        if self.queue.is_empty() {
            run.end = End::Empty;
        }
        run
    }

    /// Items that wait.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: BatchRule =
        BatchRule { size: 3, age: Duration::seconds(10), instructions: 100, capacity: 8 };

    fn at(seconds: u32) -> Timestamp {
        Timestamp::ZERO.saturating_add(Duration::seconds(seconds))
    }

    fn batch(items: u32) -> Batch<u32> {
        let mut batch = Batch::new();
        (0..items).for_each(|n| batch.push(&RULE, n, at(n)).expect("room"));
        batch
    }

    #[test]
    fn enough_items_make_it_due() {
        assert_eq!(batch(0).due(&RULE, at(100)), None);
        assert_eq!(batch(2).due(&RULE, at(2)), None);
        assert_eq!(batch(3).due(&RULE, at(2)), Some(Due::Size));
    }

    #[test]
    fn age_makes_it_due() {
        assert_eq!(batch(1).due(&RULE, at(9)), None);
        assert_eq!(batch(1).due(&RULE, at(10)), Some(Due::Age));
        assert_eq!(batch(2).due_at(&RULE), Some(at(10)));
        assert_eq!(batch(0).due_at(&RULE), None);
    }

    #[test]
    fn a_run_does_one_batch_in_order() {
        let mut batch = batch(5);
        let mut seen = Vec::new();
        let run = batch.run(
            &RULE,
            at(9),
            || 0,
            |item| {
                seen.push(*item);
                Step::Done
            },
        );
        assert_eq!(run, Run { done: 3, again: 0, end: End::Size });
        assert_eq!(seen, [0, 1, 2]);
        let run = batch.run(&RULE, at(9), || 0, |_| Step::Done);
        assert_eq!(run, Run { done: 2, again: 0, end: End::Empty });
    }

    #[test]
    fn instructions_end_a_run() {
        let mut batch = batch(3);
        let mut used = 0;
        let meter = || {
            used += 60;
            used
        };
        let run = batch.run(&RULE, at(9), meter, |_| Step::Done);
        assert_eq!(run, Run { done: 2, again: 0, end: End::Instructions });
        let run = batch.run(&RULE, at(9), || u64::MAX, |_| Step::Done);
        assert_eq!(run, Run { done: 1, again: 0, end: End::Empty }, "work always goes on");
    }

    #[test]
    fn a_failed_item_waits_anew_at_the_end() {
        let mut batch = batch(2);
        let run = batch.run(
            &RULE,
            at(20),
            || 0,
            |item| match item {
                0 => Step::Again,
                _ => Step::Done,
            },
        );
        assert_eq!(run, Run { done: 1, again: 1, end: End::Size });
        assert_eq!((batch.len(), batch.due_at(&RULE)), (1, Some(at(30))));
    }

    #[test]
    fn a_stop_keeps_the_order() {
        let mut batch = batch(3);
        let run = batch.run(
            &RULE,
            at(20),
            || 0,
            |item| match item {
                1 => Step::Stop,
                _ => Step::Done,
            },
        );
        assert_eq!(run, Run { done: 1, again: 0, end: End::Stopped });
        assert_eq!((batch.len(), batch.due_at(&RULE)), (2, Some(at(11))), "its age too");
    }

    #[test]
    fn the_queue_has_a_limit() {
        let mut batch = batch(8);
        assert_eq!(batch.push(&RULE, 9, at(9)), Err(Full { capacity: 8 }));
        assert_eq!(batch.len(), 8);
    }

    #[test]
    fn the_queue_comes_back_from_storage() {
        let bytes = minicbor::to_vec(batch(5)).expect("writing to a vector");
        assert_eq!(minicbor::decode::<Batch<u32>>(&bytes).expect("own bytes"), batch(5));
    }
}
