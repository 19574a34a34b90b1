//! The official `icp` command against localnet.
//!
//! Rooms:
//! * `install` – the program, from npm, in the version the contract was written for;
//! * `contract` – what is typed, what must be said, how it must end;
//! * `desk` – types it, keeps what later rows need, notes the verdicts;
//! * `sample` – the canister most rows are about.

mod contract;
mod desk;
mod install;
mod sample;

use std::{fs, path::PathBuf};

use self::{contract::Row, desk::Desk};
use super::{
    Verdict, failed, granary, localnet, print,
    served::{self, Served},
};
use crate::project::Project;

/// Where the connected network of icp.yaml listens.
const ENGINE_URL: &str = "http://127.0.0.1:4943";

/// Runs the whole contract and prints a line for every command.
pub(super) fn run(project: &Project) -> Result<bool, String> {
    let target = project.metadata()?.target_directory.clone().into_std_path_buf();
    let icp = install::ready(&target)?;
    let localnet = localnet(project, &target)?;
    let folder = target.join("tier/icp");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed(&folder))?;
    }
    let desk = |name: &str| {
        Desk::new(&icp, &localnet, &folder.join(name), &folder.join("home"), &target.join("tier"))
    };
    let operator = Operator {
        granary: granary(project, &target)?,
        script: project.root.join("scripts/production-validation.sh"),
    };
    let mut verdicts = managed(desk("managed")?, &operator)?;
    verdicts.extend(refused(desk("managed")?)?);
    let served = Served::start(&localnet, &folder.join("served"))?;
    verdicts.extend(connected(desk("connected")?, &served)?);
    verdicts.extend(suite(project, desk("suite")?, &served)?);
    verdicts.push(("end of the served network".to_owned(), served.end()));
    Ok(print(&format!("icp {} on localnet", install::VERSION), &verdicts))
}

/// What an operator of the suite types beside `icp`.
struct Operator {
    granary: PathBuf,
    script: PathBuf,
}

/// A network that `icp` starts and stops.
fn managed(mut desk: Desk, operator: &Operator) -> Result<Vec<Verdict>, String> {
    let port = served::free_port()?;
    desk.keep("port", &port.to_string());
    desk.write("hello.wasm", &sample::hello()?)?;
    desk.write("large.wasm", &sample::large()?)?;
    let local = format!("  - name: local\n    mode: managed\n    gateway:\n      port: {port}\n");
    desk.write("icp.yaml", sample::manifest(&local).as_bytes())?;
    desk.type_all(contract::STARTED);
    desk.fetch("the page of Candid UI", "{candid_ui}", "", "Candid UI");
    desk.type_all(contract::MONEY);
    desk.type_all(contract::DEPLOYED);
    desk.fetch("a page by the canister's name", "hello.local", "", "http_request");
    desk.type_all(contract::SNAPSHOTS);
    desk.type_all(contract::CREATED);
    desk.validate(&operator.script, &operator.granary);
    desk.type_all(contract::ENDED);
    Ok(desk.verdicts())
}

/// A network with Internet Identity, which localnet has not got.
fn refused(mut desk: Desk) -> Result<Vec<Verdict>, String> {
    let local = "  - name: local\n    mode: managed\n    ii: true\n";
    desk.write("icp.yaml", sample::manifest(local).as_bytes())?;
    desk.type_all(contract::REFUSED);
    Ok(desk.verdicts())
}

/// A network that runs already, named by its address and its root key.
fn connected(mut desk: Desk, served: &Served) -> Result<Vec<Verdict>, String> {
    desk.write("hello.wasm", &sample::hello()?)?;
    desk.keep("url", &served.url());
    desk.keep("root_key", &served.root_key);
    desk.keep("wrong_key", &served.wrong_key());
    let engine = format!(
        "  - name: engine\n    mode: connected\n    url: {}\n    root-key: {}\nenvironments:\n  \
         - name: engine\n    network: engine\n    canisters: [hello]\n",
        served.url(),
        served.root_key
    );
    desk.write("icp.yaml", sample::manifest(&engine).as_bytes())?;
    desk.type_all(contract::CONNECTED);
    Ok(desk.verdicts())
}

/// The suite as icp.yaml describes it. The modules are there already, so the build steps find
/// them; the address is that of the served network, the pinned root key is the file's.
fn suite(project: &Project, mut desk: Desk, served: &Served) -> Result<Vec<Verdict>, String> {
    let path = project.root.join("icp.yaml");
    let manifest = fs::read_to_string(&path).map_err(failed(&path))?;
    if !manifest.contains(ENGINE_URL) {
        return Err(format!("icp.yaml does not name {ENGINE_URL}"));
    }
    desk.write("icp.yaml", manifest.replace(ENGINE_URL, &served.url()).as_bytes())?;
    desk.write_program("scripts/build.sh", "#!/bin/sh\nexit 0\n")?;
    let names = project.canisters();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let options = granary_build::BuildOptions { version: None, features: Vec::new() };
    let built = granary_build::canisters(&names, &options).map_err(|error| error.to_string())?;
    for (name, artifact) in names.iter().zip(&built) {
        desk.write(&format!("target/canisters/{name}.wasm"), &artifact.bytes)?;
    }
    desk.type_all(contract::SUITE_BEGINS);
    for name in names {
        desk.keep("name", name);
        desk.keep("asset", if name == "micro_grants" { contract::ASSET } else { "" });
        desk.type_all(contract::SUITE);
    }
    Ok(desk.verdicts())
}
