//! Instructions per endpoint and per upgrade at several sizes, printed as one JSON object.
//!
//! `cargo xtask bench` runs it and compares with the committed baseline. Each argument is a number
//! of applications to measure at; without arguments the usual sizes are measured.

#![expect(clippy::print_stdout, reason = "the figures are what the program is for")]

mod scenarios;
mod seed;
mod world;

use std::{collections::BTreeMap, process::ExitCode, time::Instant};

use granary_api::micro_grants::{InstallArgs, UpgradeArgs};
use granary_tests::{people::Who, world::init_args};

use self::{seed::Seed, world::World};

/// Sizes that are measured unless the command line says otherwise. At 0 only the upgrade is.
const SIZES: [u64; 4] = [0, 1_000, 100_000, 1_000_000];

/// Figures by name, such as `submit_application/1000000/p50`.
type Figures = BTreeMap<String, u64>;

fn main() -> ExitCode {
    match sizes(std::env::args().skip(1)).and_then(|sizes| measure(&sizes)) {
        Ok(figures) => {
            println!("{}", serde_json::json!(figures));
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn sizes(arguments: impl Iterator<Item = String>) -> Result<Vec<u64>, String> {
    let mut sizes = arguments
        .map(|text| text.parse().map_err(|_| format!("`{text}` is no number of applications")))
        .collect::<Result<Vec<u64>, _>>()?;
    if sizes.is_empty() {
        sizes.extend(SIZES);
    }
    sizes.sort_unstable();
    Ok(sizes)
}

fn measure(sizes: &[u64]) -> Result<Figures, String> {
    seed::check_size()?;
    let module = granary_build::canister("micro_grants").map_err(|error| error.to_string())?;
    let cache = module.path.with_file_name("compiled");
    let mut seed = Seed::new()?;
    let mut figures = Figures::new();
    let mut empty_pages = None;
    for &rows in sizes {
        let start = Instant::now();
        seed.grow_to(rows)?;
        let image = seed.image();
        eprintln!("{rows} rows seeded in {:.1} s", start.elapsed().as_secs_f64());
        let mut world = World::start(&cache, Who::Controller.principal(), Seed::time_after(rows))?;
        world.install(&module, InstallArgs::Init(init_args()))?;
        world.set_stable_memory(&image)?;
        drop(image);
        let upgrade = world.upgrade(&module, Some(InstallArgs::Upgrade(UpgradeArgs::default())))?;
        figures.insert(format!("post_upgrade/{rows}"), upgrade.instructions);
        figures.insert(format!("heap pages after post_upgrade/{rows}"), upgrade.heap_pages);
        if rows == 0 {
            empty_pages = Some(upgrade.stable_pages);
        } else {
            // Regions grow by whole buckets: only a large state says what a row takes.
            if let Some(empty) = empty_pages.filter(|_| rows >= 100_000) {
                let grown = upgrade.stable_pages.saturating_sub(empty);
                figures.insert(format!("stable bytes per row/{rows}"), grown * 65_536 / rows);
            }
            for (name, mut samples) in scenarios::run(&mut world, rows)? {
                samples.sort_unstable();
                let max = samples.last().copied().unwrap_or_default();
                if samples.len() > 1 {
                    figures.insert(format!("{name}/{rows}/p50"), samples[samples.len() / 2]);
                }
                figures.insert(format!("{name}/{rows}/max"), max);
            }
        }
        eprintln!("{rows} rows measured in {:.1} s", start.elapsed().as_secs_f64());
    }
    Ok(figures)
}
