//! Random histories of a treasury whose every call may fail in every way, against a ledger, a
//! guard and books that keep to their contracts (E1 to E9).
//!
//! Before each answer a choice is made: it comes; it is lost after or before the other side acted;
//! the callback traps, so that nothing is settled; the request arrives late; it never leaves.
//! Between calls memory is reopened as an upgrade does, an older image is loaded as a restore does,
//! the clock jumps both ways, the fee changes, money runs out, outflows are frozen, approvals die.
//! At any time the ledger has paid no intent twice, and in the end every intent has ended, books
//! and ledger agree, and every payment has one entry and one commitment.
//!
//! A failure prints the seed and the number of steps that replay it.

mod fakes;
mod play;

use play::Play;
use proptest::prelude::{ProptestConfig, any, proptest};

/// Histories of each run; `PROPTEST_CASES` asks for more.
const HISTORIES: u32 = 3_000;

fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig { cases: asked.cases.max(HISTORIES), ..asked }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn e1_no_history_pays_an_intent_twice_and_every_history_ends(
        seed in any::<u64>(),
        steps in 10_u32..120,
        is_busy in any::<bool>(),
    ) {
        Play::new(seed, is_busy, 25).run(steps);
    }

    #[test]
    fn e7_no_restore_pays_an_intent_twice(seed in any::<u64>(), steps in 20_u32..80) {
        Play::new(seed, true, 10).restoring().run(steps);
    }
}

/// Without faults every intent is paid at once; a model that pays nothing would prove nothing.
#[test]
fn without_faults_everything_is_paid() {
    for seed in 0..200 {
        let play = Play::new(seed, true, 0).calm();
        let (paid, submitted) = play.run(60);
        assert_eq!(paid, submitted, "seed {seed}");
        assert!(submitted > 0 || seed > 0);
    }
}

/// Histories that once found something: a snapshot of a look back under way; a restore after which
/// nobody waited for the blocks; a clock that goes back while a transfer is on its way; a
/// correction of Suspense that nobody ever answered.
#[test]
fn e1_histories_that_once_paid_twice_do_not() {
    Play::new(10_432_367_066_436_265_332, true, 10).restoring().run(22);
    Play::new(5_954_480_501_648_628_896, true, 25).run(112);
    Play::new(12_870_597_121_150_852_363, true, 25).run(90);
    Play::new(142_759_020_848_282_506, false, 25).run(24);
}
