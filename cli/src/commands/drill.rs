//! `granary drill`: releases under load, on a network inside this process.

use std::path::PathBuf;

use granary_build::BuildOptions;
use localnet::network::NetworkConfig;

use crate::{
    client::{agent::AgentClient, governor, network::Network},
    commands::demo::TEST_LEDGER,
    exit::Exit,
    failure::Failure,
    operations::{
        demo::{cast::Cast, network},
        drill::{self, Drill, Modules},
    },
    render::Progress,
    session::Session,
    suite::SUITE,
};

/// Deploys the suite, upgrades all of it while clients register people, apply for grants and pay,
/// and looks for every request that was acknowledged. Then releases new code that fails in each of
/// the four ways a release goes back for, and looks again.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Folder with the modules to release, `<canister>.wasm` each; otherwise the same code with a
    /// mark, which makes it other code to the network.
    #[arg(long, value_name = "DIR")]
    modules: Option<PathBuf>,
    /// Has the members of a governor decide on every release, and the governor carry it out.
    #[arg(long)]
    governed: bool,
    /// Folder for compiled modules, so that the next start is quicker.
    #[arg(long, env = "LOCALNET_CACHE_DIR", value_name = "DIR")]
    cache: Option<PathBuf>,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let seed = session.global.seed;
    let progress = Progress::new(session.out);
    let built = tokio::task::spawn_blocking(move || build(args.modules.as_deref(), args.governed));
    let Built { current, next, ledger, governor } = built.await.map_err(|error| {
        Failure::new(Exit::Failed, "cli.build", format!("the build did not finish: {error}"))
    })??;
    progress.say("starting a network");
    let config = NetworkConfig { seed, ..Default::default() };
    let server = network::start(config, 0, None, args.cache).await?;
    let own = Network::new(&server.url(), None)?;
    let client = AgentClient::connect(own, &Cast::new(seed).named("manager")).await?;
    let folder = std::env::temp_dir().join(format!("granary-drill-{}", std::process::id()));
    let engine = client.engine().await?;
    let drill = Drill { seed, engine, current, ledger, next, governor, folder };
    let played = Box::pin(drill::run(client, &drill, &progress)).await;
    progress.clear();
    network::stop(server).await?;
    drill::tidy(&drill.folder)?;
    let report = played?;
    session.out.emit(&report)?;
    Ok(if report.ok { Exit::Ok } else { Exit::Failed })
}

/// The code of a drill.
struct Built {
    /// What the suite starts on.
    current: Modules,
    /// What is released.
    next: Modules,
    /// A ledger for tests.
    ledger: Vec<u8>,
    governor: Option<Vec<u8>>,
}

fn build(folder: Option<&std::path::Path>, governed: bool) -> Result<Built, Failure> {
    let wrong = |error: granary_build::BuildError| {
        Failure::new(Exit::Failed, "cli.build", error.to_string()).next("cargo xtask check")
    };
    let names: Vec<&str> = SUITE.iter().map(|member| member.name).collect();
    let constitution: &[&str] = if governed { &[governor::CANISTER] } else { &[] };
    let all = [names.as_slice(), constitution, &[TEST_LEDGER]].concat();
    let mut built = granary_build::canisters(&all, &BuildOptions::default()).map_err(wrong)?;
    let ledger = built.pop().map(|artifact| artifact.bytes).unwrap_or_default();
    let governor = if governed { built.pop().map(|artifact| artifact.bytes) } else { None };
    let owned = names.iter().map(|name| (*name).to_owned());
    let current: Modules = owned.zip(built.into_iter().map(|artifact| artifact.bytes)).collect();
    let Some(folder) = folder else {
        let next = drill::marked(&current, "next")?;
        return Ok(Built { current, next, ledger, governor });
    };
    let mut next = Modules::new();
    for name in &names {
        let path = folder.join(format!("{name}.wasm"));
        let module = std::fs::read(&path).map_err(Failure::file("read", &path))?;
        next.insert((*name).to_owned(), module);
    }
    Ok(Built { current, next, ledger, governor })
}
