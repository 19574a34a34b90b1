//! How long localnet itself takes: medians of one run, in nanoseconds of this machine.
//!
//! `micro_grants` is what is run: a canister of the size people deploy. The same call on a small
//! and on a large state shows whether the size of the state is felt.

use std::time::Instant;

use granary_build::Artifact;
use granary_tests::{
    people::{Who, person},
    subject::{CommonRole, CommonUpgrade, MICRO_GRANTS, SetRole, UpgradeArg},
    world::encode,
};

use crate::{Figures, micro_grants::seed::Seed, subject::Seed as _, world::World};

/// Networks that are started, each with an installation.
const STARTS: usize = 30;
/// Calls of each kind.
const CALLS: usize = 500;
/// Applications in the small state and in the large one.
const SIZES: [u64; 2] = [1_000, 1_000_000];

/// Everything that is timed, by name.
pub(crate) fn measure() -> Result<Figures, String> {
    let module = granary_build::canister(MICRO_GRANTS.name).map_err(|error| error.to_string())?;
    let packed = module.gzip().map_err(|error| error.to_string())?;
    let mut figures = Figures::new();
    // Compiles the module, unless an earlier run did.
    started(&module)?.install(&packed, (MICRO_GRANTS.init)())?;
    let (mut starts, mut installs) = (vec![], vec![]);
    for _ in 0..STARTS {
        let mut world = timed(&mut starts, || started(&module))?;
        timed(&mut installs, || world.install(&packed, (MICRO_GRANTS.init)()))?;
    }
    figures.insert("new network with a canister".to_owned(), median(starts));
    figures.insert("install, compiled before".to_owned(), median(installs));
    let mut seed = Seed::new()?;
    for rows in SIZES {
        seed.grow_to(rows)?;
        let mut world = started_at(&module, seed.time_after(rows))?;
        world.install(&packed, (MICRO_GRANTS.init)())?;
        world.set_stable_memory(&seed.image())?;
        let args = Some(UpgradeArg::Upgrade(CommonUpgrade::default()));
        world.upgrade(&packed, encode(&args))?;
        calls(&mut world, rows, &mut figures)?;
    }
    Ok(figures)
}

fn calls(world: &mut World, rows: u64, figures: &mut Figures) -> Result<(), String> {
    let (mut queries, mut updates) = (vec![], vec![]);
    let (governor, holder) = (Who::Governor.principal(), person("now and then"));
    for call in 0..CALLS {
        timed(&mut queries, || world.query(governor, "get_version", ()))?;
        // Given and taken away in turn: a record, the count of it and two events are written.
        let args = SetRole { role: CommonRole::Auditor, holder, granted: call % 2 == 0 };
        timed(&mut updates, || world.update(governor, "set_role", (args,)))?.ok()?;
    }
    for (name, samples) in [("query", queries), ("update", updates)] {
        figures.insert(format!("{name}/{rows}"), median(samples));
    }
    Ok(())
}

fn started(module: &Artifact) -> Result<World, String> {
    started_at(module, Seed::new()?.time_after(0))
}

fn started_at(module: &Artifact, time_ns: u64) -> Result<World, String> {
    let cache = module.path.with_file_name("compiled");
    World::start(&cache, Who::Controller.principal(), time_ns)
}

fn timed<T>(samples: &mut Vec<u64>, run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let start = Instant::now();
    let answer = run()?;
    samples.push(u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX));
    Ok(answer)
}

fn median(mut samples: Vec<u64>) -> u64 {
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}
