//! `granary demo`: a real grant round on a network inside this process.

use std::path::{Path, PathBuf};

use granary_build::{Artifact, BuildOptions};
use localnet::network::NetworkConfig;

use crate::{
    client::{agent::AgentClient, execution, governor, network::Network, portfolio, risk_guard},
    commands::backup::verify::Cache,
    exit::Exit,
    failure::Failure,
    ids::Ids,
    operations::{
        demo::{self, Script, cast::Cast, network, report::DemoReport},
        deploy::Places,
        round::daoip5,
    },
    render::Progress,
    session::{CANISTER, Session},
    suite::SUITE,
};

/// The facts of the Monero round as this project's own document.
const ROUND: &str = include_str!("../../data/monero-round.daoip5.json");

/// The ledger of the demo; tests run on the same.
pub(super) const TEST_LEDGER: &str = "test_ledger";

/// Builds the canisters, starts a network, deploys, funds the treasury, imports 217 proposals of
/// the Monero community, reviews them, accepts and pays milestones, stops a thief, makes a large
/// payment that was announced, has five members decide on an upgrade and on one that fails and is
/// taken back, reconciles the books, and checks.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Keep the network up afterwards, until Ctrl-C. Where its canisters are is noted in this
    /// folder, unless others are noted there.
    #[arg(long)]
    serve: bool,
    /// Port to serve at; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[command(flatten)]
    cache: Cache,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let round = daoip5::read(ROUND, "USD")?;
    let seed = session.global.seed;
    let progress = Progress::new(session.out);
    let modules = tokio::task::spawn_blocking(build).await.map_err(|error| {
        Failure::new(Exit::Failed, "cli.build", format!("the build did not finish: {error}"))
    })??;
    progress.say("starting a network");
    let cache = args.cache.cache.or_else(|| beside(&modules.current));
    let config = NetworkConfig { seed, ..Default::default() };
    let server = network::start(config, args.port, None, cache).await?;
    let url = server.url();
    let deployer = Cast::new(seed).named("manager");
    let own = Network::new(&url, None)?;
    let root_key = own.trusted_key()?;
    let client = AgentClient::connect(own, &deployer).await?;
    let engine = client.engine().await?;
    let meter = network::Meter::of(&server);
    let Modules { current, next, ledger, books, guard, hands, governor } = modules;
    let script = Script {
        seed,
        engine,
        url,
        current,
        next,
        ledger,
        books,
        guard,
        hands,
        governor,
        round,
        meter,
        root_key,
    };
    let played = Box::pin(demo::run(client, script, &progress)).await;
    progress.clear();
    let report = match played {
        Ok(report) => report,
        Err(failure) => {
            network::stop(server).await?;
            return Err(failure);
        }
    };
    let told = tell(&report, args.serve, session).await;
    network::stop(server).await?;
    told?;
    Ok(if report.ok { Exit::Ok } else { Exit::Failed })
}

/// A folder for compiled modules beside this program, where the tests look for them too; none when
/// the program does not lie in the folder of the build.
fn beside(built: &Artifact) -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let target = built.path.parent()?.parent()?;
    program.starts_with(target).then(|| program.with_file_name("compiled-modules"))
}

/// The code the demo runs.
struct Modules {
    current: Artifact,
    /// The next patch version of it.
    next: Artifact,
    ledger: Artifact,
    books: Artifact,
    guard: Artifact,
    hands: Artifact,
    governor: Artifact,
}

fn build() -> Result<Modules, Failure> {
    let wrong = |error: granary_build::BuildError| {
        Failure::new(Exit::Failed, "cli.build", error.to_string()).next("cargo xtask check")
    };
    let names = [
        CANISTER,
        TEST_LEDGER,
        portfolio::CANISTER,
        risk_guard::CANISTER,
        execution::CANISTER,
        governor::CANISTER,
    ];
    let built: [Artifact; 6] = granary_build::canisters(&names, &BuildOptions::default())
        .map_err(wrong)?
        .try_into()
        .expect("one module for each name");
    let [current, ledger, books, guard, hands, governor] = built;
    let version = next_version(&current.version);
    let options = BuildOptions { version: Some(version), ..BuildOptions::default() };
    let next = granary_build::canister_with(CANISTER, &options).map_err(wrong)?;
    Ok(Modules { current, next, ledger, books, guard, hands, governor })
}

/// `0.1.0` becomes `0.1.1`.
pub(super) fn next_version(version: &str) -> String {
    let (rest, patch) = version.rsplit_once('.').unwrap_or(("0.0", version));
    let patch = patch.parse::<u32>().unwrap_or(0).saturating_add(1);
    format!("{rest}.{patch}")
}

/// Prints the report. When the network is kept, tells where everything is and waits for Ctrl-C.
async fn tell(report: &DemoReport, serve: bool, session: &Session) -> Result<(), Failure> {
    if !serve {
        return session.out.emit(report);
    }
    let DemoReport { url, canister, seed, .. } = report;
    let which = if note(&report.canisters)? { "" } else { &format!(" --canister {canister}") };
    let asked_to_stop = network::asked_to_stop()?;
    session.out.emit(report)?;
    if !session.out.json {
        crate::render::write_out(&format!(
            "\nserving until Ctrl-C\n  endpoint     {url}\n  status       {url}/api/v2/status\n  \
             health       {url}/health?canisterId={canister}&raw=true\n  \
             metrics      {url}/metrics?canisterId={canister}&raw=true\n  \
             try          granary --url {url}{which} --seed {seed} grants list\n"
        ))?;
    }
    asked_to_stop.await
}

/// Notes where the canisters are, so that every command finds them; false when others are noted for
/// networks of this machine, and stay.
fn note(canisters: &Places) -> Result<bool, Failure> {
    let mut ids = Ids::load(Path::new("."), "local")?;
    if SUITE.iter().any(|member| ids.get(member.name).is_ok()) {
        return Ok(false);
    }
    for (name, id) in canisters {
        ids.set(name, *id)?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patch_number_is_counted_up() {
        assert_eq!(next_version("0.1.0"), "0.1.1");
        assert_eq!(next_version("1.2.9"), "1.2.10");
    }
}
