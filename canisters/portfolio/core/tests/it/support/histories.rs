//! Random histories, counted: a property over fewer than it promises is no property.

use std::cell::Cell;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};

/// Histories of each property over the books' invariants.
pub(crate) const HISTORIES: u32 = 10_000;

/// Plays [`HISTORIES`] histories and answers how many were played to their end.
///
/// A failure prints the smallest history that fails, and leaves its seed beside `file`.
pub(crate) fn played<S: Strategy>(
    file: &'static str,
    test: &'static str,
    histories: &S,
    play: impl Fn(S::Value),
) -> u32 {
    let config = Config {
        source_file: Some(file),
        test_name: Some(test),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..Config::with_cases(HISTORIES)
    };
    let ended = Cell::new(0);
    let run = TestRunner::new(config).run(histories, |history| {
        play(history);
        ended.set(ended.get() + 1);
        Ok(())
    });
    if let Err(failure) = run {
        panic!("{failure}");
    }
    ended.get()
}
