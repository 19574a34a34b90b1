//! What is measured: one row for each canister of the suite.
//!
//! Images of stable memory are made natively through the core's own verbs. They are what the
//! canister itself would have written: the same store, the same rules, on a vector instead of the
//! platform's memory, which takes seconds instead of hours.

use granary_tests::subject::{
    EXECUTION, GOVERNOR, MICRO_GRANTS, PORTFOLIO, RECOVERY, REGISTRY, RISK_GUARD, Subject,
};

use crate::{
    execution, governor, micro_grants, portfolio, recovery, registry, risk_guard,
    world::{Answer, World},
};

/// What one kind of call cost, in the order of the calls.
pub(crate) type Samples = Vec<u64>;

/// Samples by the name of what was called.
pub(crate) type Figure = (&'static str, Samples);

/// A growing state.
pub(crate) trait Seed {
    /// Adds rows until there are so many.
    fn grow_to(&mut self, rows: u64) -> Result<(), String>;
    /// The stable memory as it is now.
    fn image(&self) -> Vec<u8>;
    /// A time after everything that happened in a state with so many rows.
    fn time_after(&self, rows: u64) -> u64;
}

/// A canister that is measured.
pub(crate) struct Bench {
    /// The canister.
    pub(crate) subject: &'static Subject,
    /// What is counted as a row.
    pub(crate) rows: &'static str,
    /// Sizes that are measured unless the command line says otherwise. At 0 only the upgrade is.
    pub(crate) sizes: &'static [u64],
    /// An installed canister without rows.
    pub(crate) seed: fn() -> Result<Box<dyn Seed>, String>,
    /// The calls people and machines make on a state with so many rows.
    pub(crate) run: fn(&mut World, u64) -> Result<Vec<Figure>, String>,
}

/// Every canister that is measured.
pub(crate) const BENCHES: [Bench; 7] = [
    Bench {
        subject: &MICRO_GRANTS,
        rows: "applications",
        sizes: &[0, 1_000, 100_000, 1_000_000],
        seed: || Ok(Box::new(micro_grants::seed::Seed::new()?)),
        run: micro_grants::scenarios::run,
    },
    Bench {
        subject: &REGISTRY,
        rows: "users",
        sizes: &[0, 1_000, 100_000],
        seed: || Ok(Box::new(registry::seed::Seed::new()?)),
        run: registry::scenarios::run,
    },
    Bench {
        subject: &PORTFOLIO,
        rows: "entries",
        sizes: &[0, 1_000, 100_000, 1_000_000],
        seed: || Ok(Box::new(portfolio::seed::Seed::new()?)),
        run: portfolio::scenarios::run,
    },
    Bench {
        subject: &RISK_GUARD,
        rows: "reservations",
        sizes: &[0, 1_000, 100_000, 1_000_000],
        seed: || Ok(Box::new(risk_guard::seed::Seed::new()?)),
        run: risk_guard::scenarios::run,
    },
    Bench {
        subject: &EXECUTION,
        rows: "intents",
        sizes: &[0, 1_000, 100_000, 1_000_000],
        seed: || Ok(Box::new(execution::seed::Seed::new()?)),
        run: execution::scenarios::run,
    },
    Bench {
        subject: &GOVERNOR,
        rows: "proposals",
        sizes: &[0, 1_000, 10_000],
        seed: || Ok(Box::new(governor::seed::Seed::new()?)),
        run: governor::scenarios::run,
    },
    Bench {
        subject: &RECOVERY,
        rows: "requests",
        sizes: &[0, 100, 5_000],
        seed: || Ok(Box::new(recovery::seed::Seed::new()?)),
        run: recovery::scenarios::run,
    },
];

/// What a call that succeeds cost.
pub(crate) fn cost(answer: Result<Answer, String>) -> Result<u64, String> {
    Ok(answer?.ok()?.trace.instructions)
}

/// What a call that is refused cost.
pub(crate) fn refusal(answer: Result<Answer, String>) -> Result<u64, String> {
    Ok(answer?.refused()?.trace.instructions)
}
