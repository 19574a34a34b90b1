//! `granary verify`: whether the network runs the code it should, under the right controllers.

use std::{path::PathBuf, process::Command};

use candid::Principal;

use crate::{
    client::{Client, remote::Remote},
    exit::Exit,
    failure::Failure,
    operations::verify::{self, Verification, Wanted},
    render::Progress,
    session::Session,
    suite,
};

/// Compares each canister with the module built from this checkout, or with the one of a folder:
/// the hash the network certifies, the metadata of the code that runs, and the controllers. Nobody
/// has to control the canisters. What differs is named, and the command ends with 1.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Canisters to verify; otherwise all that are known for the network.
    names: Vec<String>,
    /// Folder with the modules that should run, `<canister>.wasm` or `<canister>.wasm.gz` each.
    #[arg(long, value_name = "DIR")]
    modules: Option<PathBuf>,
    /// Build this checkout in two folders first, and go on only when both give the same bytes;
    /// takes minutes.
    #[arg(long, conflicts_with = "modules")]
    repro: bool,
    /// A principal that should control the canisters; may be given several times. Otherwise the
    /// identity that asks.
    #[arg(long = "controller", value_name = "PRINCIPAL")]
    controllers: Vec<Principal>,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client("manager").await?;
    let expected = if args.controllers.is_empty() {
        vec![client.principal()]
    } else {
        args.controllers.clone()
    };
    if expected == [Principal::anonymous()] {
        let message = "nobody is named who should control the canisters";
        return Err(Failure::new(Exit::Usage, "cli.controllers", message)
            .next("granary verify --controller PRINCIPAL"));
    }
    let progress = Progress::new(session.out);
    if args.repro {
        progress.say("building in two folders");
        reproduced()?;
    }
    let mut canisters = Vec::new();
    for (name, canister) in session.around(&args.names)? {
        suite::member(&name)?;
        progress.say(format_args!("looking at {name}"));
        let wanted = wanted(&args, &name)?;
        let remote = Remote { client: client.clone(), canister };
        canisters.push(verify::verify(&name, &remote, &wanted, &expected).await?);
    }
    progress.clear();
    let ok = canisters.iter().all(|canister| canister.drift.is_empty());
    let against = match (&args.modules, args.repro) {
        (Some(folder), _) => format!("the modules of {}", folder.display()),
        (None, true) => "this checkout, built twice with the same result".to_owned(),
        (None, false) => "this checkout".to_owned(),
    };
    let network = session.network()?.name;
    session.out.emit(&Verification { ok, network, against, canisters })?;
    Ok(if ok { Exit::Ok } else { Exit::Failed })
}

/// The code the canister `name` should run.
fn wanted(args: &Args, name: &str) -> Result<Wanted, Failure> {
    let Some(folder) = &args.modules else {
        let wrong = |error: granary_build::BuildError| {
            Failure::new(Exit::Failed, "cli.build", error.to_string())
                .next("granary verify --modules DIR")
        };
        let built = granary_build::canister(name).map_err(wrong)?;
        let packed = built.gzip().map_err(wrong)?;
        return Ok(Wanted::new(&built.bytes, Some(&packed)));
    };
    let plain = folder.join(format!("{name}.wasm"));
    let packed = folder.join(format!("{name}.wasm.gz"));
    let read = |path: &PathBuf| std::fs::read(path).map_err(Failure::file("read", path));
    if !plain.exists() && packed.exists() {
        return Ok(Wanted::new(&read(&packed)?, None));
    }
    let beside = if packed.exists() { Some(read(&packed)?) } else { None };
    Ok(Wanted::new(&read(&plain)?, beside.as_deref()))
}

/// Runs the project's own check that the folder does not decide the bytes.
fn reproduced() -> Result<(), Failure> {
    let wrong =
        |message: String| Failure::new(Exit::Failed, "cli.repro", message).next("scripts/repro.sh");
    let root = granary_build::workspace_root().map_err(|error| wrong(error.to_string()))?;
    let ended = Command::new(root.join("scripts").join("repro.sh"))
        .output()
        .map_err(|error| wrong(format!("cannot run scripts/repro.sh: {error}")))?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stdout);
    let last = said.lines().rev().find(|line| !line.starts_with("FAIL")).unwrap_or("no reason");
    Err(wrong(format!("two builds of this checkout differ ({last})")))
}
