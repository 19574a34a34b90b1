//! Instructions per endpoint and per upgrade at several sizes, printed as one JSON object.
//!
//! `cargo xtask bench` runs it for each canister and compares with the committed baselines. The
//! first argument names the canister; each further one is a number of rows to measure at. Without
//! these the usual sizes are measured. `localnet` instead of a canister times the network itself,
//! and `migration` brings the books of an earlier schema up, a million entries unless another
//! number follows.

#![expect(clippy::print_stdout, reason = "the figures are what the program is for")]

mod execution;
mod governor;
mod localnet;
mod micro_grants;
mod migration;
mod portfolio;
mod recovery;
mod registry;
mod risk_guard;
mod subject;
mod world;

use std::{collections::BTreeMap, process::ExitCode, time::Instant};

use granary_api::common::GetStateDigestArgs;
use granary_tests::{
    people::Who,
    subject::{CommonUpgrade, UpgradeArg},
    world::encode,
};

use self::{
    subject::{BENCHES, Bench, Figure, cost},
    world::World,
};

/// Figures by name, such as `submit_application/1000000/p50`.
type Figures = BTreeMap<String, u64>;

fn main() -> ExitCode {
    match figures() {
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

fn figures() -> Result<Figures, String> {
    if std::env::args().nth(1).as_deref() == Some("localnet") {
        return localnet::measure();
    }
    if std::env::args().nth(1).as_deref() == Some("migration") {
        let rows = std::env::args().nth(2).map_or(Ok(1_000_000), |rows| rows.parse());
        return migration::measure(rows.map_err(|_| "a number of entries".to_owned())?);
    }
    let (bench, sizes) = chosen(std::env::args().skip(1))?;
    measure(bench, &sizes)
}

fn chosen(
    mut arguments: impl Iterator<Item = String>,
) -> Result<(&'static Bench, Vec<u64>), String> {
    let name = arguments.next().unwrap_or_default();
    let bench = BENCHES.iter().find(|bench| bench.subject.name == name).ok_or_else(|| {
        let known: Vec<&str> = BENCHES.iter().map(|bench| bench.subject.name).collect();
        format!("`{name}` is none of {}", known.join(", "))
    })?;
    let mut sizes = arguments
        .map(|text| text.parse().map_err(|_| format!("`{text}` is no number of {}", bench.rows)))
        .collect::<Result<Vec<u64>, _>>()?;
    if sizes.is_empty() {
        sizes.extend(bench.sizes);
    }
    sizes.sort_unstable();
    Ok((bench, sizes))
}

/// What a piece of the digest costs: one that a canister can afford beside its own work, and the
/// largest.
fn digests(world: &mut World) -> Result<Vec<Figure>, String> {
    let mut piece = |max_bytes| {
        let args = GetStateDigestArgs { cursor: None, max_bytes };
        cost(world.query(Who::Governor.principal(), "get_state_digest", (args,)))
    };
    Ok(vec![
        ("get_state_digest of 2 KiB", vec![piece(2_048)?]),
        ("get_state_digest at most", vec![piece(u32::MAX)?]),
    ])
}

fn measure(bench: &Bench, sizes: &[u64]) -> Result<Figures, String> {
    let module = granary_build::canister(bench.subject.name).map_err(|error| error.to_string())?;
    let cache = module.path.with_file_name("compiled");
    let packed = module.gzip_of_no_commit().map_err(|error| error.to_string())?;
    let mut seed = (bench.seed)()?;
    let mut figures = Figures::new();
    let mut empty_pages = None;
    for &rows in sizes {
        let start = Instant::now();
        seed.grow_to(rows)?;
        let image = seed.image();
        eprintln!("{rows} {} seeded in {:.1} s", bench.rows, start.elapsed().as_secs_f64());
        let controller = Who::Controller.principal();
        let mut world = World::start(&cache, controller, seed.time_after(rows))?;
        world.install(&packed, (bench.subject.init)())?;
        world.set_stable_memory(&image)?;
        drop(image);
        let args = Some(UpgradeArg::Upgrade(CommonUpgrade::default()));
        let upgrade = world.upgrade(&packed, encode(&args))?;
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
            let mut measured = digests(&mut world)?;
            measured.extend((bench.run)(&mut world, rows)?);
            for (name, mut samples) in measured {
                samples.sort_unstable();
                let max = samples.last().copied().unwrap_or_default();
                if samples.len() > 1 {
                    figures.insert(format!("{name}/{rows}/p50"), samples[samples.len() / 2]);
                }
                figures.insert(format!("{name}/{rows}/max"), max);
            }
        }
        eprintln!("{rows} {} measured in {:.1} s", bench.rows, start.elapsed().as_secs_f64());
    }
    Ok(figures)
}
