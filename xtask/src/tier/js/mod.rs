//! The JavaScript clients against localnet: the official agent with the verification it has by
//! default, and the client of `PocketIC`, which shares no code with the Rust client. With it runs
//! what the Motoko compiler, an npm package too, makes of actors.
//!
//! The scripts beside this file do the work and print a line of JSON for each step. Packages come
//! from npm in the versions, and with the hashes, of the lock file here.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;

use super::{Verdict, failed, localnet, npm, print, served::Served};
use crate::{
    process::{self, Show},
    project::Project,
};

/// Where the scripts and the lock file are kept.
const SOURCES: &str = "xtask/src/tier/js";
const FILES: [&str; 6] =
    ["package.json", "package-lock.json", "steps.mjs", "agent.mjs", "pic.mjs", "motoko.mjs"];
/// The oldest Node the packages run on.
const NODE_MIN: u32 = 20;
/// Bytes by which the large module is larger than one message may be.
const PADDING: usize = 3 * 1024 * 1024;
/// Governs the suite's canisters: an identity that is nobody's.
const GOVERNOR: &str = "ryjl3-tyaaa-aaaaa-aaaba-cai";

/// Runs the scripts and prints a line for every step.
pub(super) fn run(project: &Project) -> Result<bool, String> {
    let node = node_version()?;
    let target = project.metadata()?.target_directory.clone().into_std_path_buf();
    let tools = target.join("tools/js");
    install(project, &tools)?;
    let localnet = localnet(project, &target)?;
    let folder = target.join("tier/js");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed(&folder))?;
    }
    let files = Files::write(project, &folder)?;
    let script = |name: &str| {
        let mut command = Command::new("node");
        command.current_dir(&tools).arg(name);
        command.env("MODULE", &files.module).env("LARGE_MODULE", &files.large_module);
        command.env("LOCALNET_CACHE_DIR", target.join("tier/modules")).env("SUITE", &files.suite);
        command
    };
    let served = Served::start(&localnet, &folder.join("served"))?;
    let (url, key) = (served.url(), served.root_key.clone());
    let mut verdicts = steps("agent", script("agent.mjs").env("URL", url).env("ROOT_KEY", &key))?;
    verdicts.push(("agent: end of the served network".to_owned(), served.end()));
    for (name, file) in [("pic", "pic.mjs"), ("motoko", "motoko.mjs")] {
        let mut script = script(file);
        let served = script.env("POCKET_IC_BIN", &localnet).env("ROOT_KEY", &key);
        verdicts.extend(steps(name, served)?);
    }
    let what = format!(
        "@icp-sdk/core 6.1.0, @dfinity/pic 0.23.0 and motoko 4.10.0 on localnet, Node {node}"
    );
    Ok(print(&what, &verdicts))
}

fn node_version() -> Result<String, String> {
    let not_run = "the tier did not run: it needs Node";
    let ended = process::run(Command::new("node").arg("--version"), Show::Nothing)
        .map_err(|why| format!("{why}\n{not_run}"))?;
    let version = ended.stdout.trim().trim_start_matches('v').to_owned();
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= NODE_MIN => Ok(version),
        _ => Err(format!("{not_run} {NODE_MIN} or later, here is `{version}`")),
    }
}

/// Puts the scripts and the packages of the lock file into `tools`.
fn install(project: &Project, tools: &Path) -> Result<(), String> {
    fs::create_dir_all(tools).map_err(failed(tools))?;
    let installed = tools.join("installed-lock.json");
    let lock = project.read(format!("{SOURCES}/package-lock.json"))?;
    for name in FILES {
        let path = tools.join(name);
        let content = project.read(format!("{SOURCES}/{name}"))?;
        fs::write(&path, content).map_err(failed(&path))?;
    }
    if fs::read_to_string(&installed).is_ok_and(|before| before == lock) {
        return Ok(());
    }
    eprintln!("installing the JavaScript clients into {} (once)", tools.display());
    npm(tools, &["ci"], "@icp-sdk/core, @dfinity/pic and motoko")?;
    fs::write(&installed, lock).map_err(failed(&installed))
}

/// What the scripts read.
struct Files {
    module: PathBuf,
    large_module: PathBuf,
    /// Name, module and install arguments of each canister of the suite, as JSON.
    suite: String,
}

impl Files {
    fn write(project: &Project, folder: &Path) -> Result<Self, String> {
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let text = include_str!("sample.wat");
        let (module, large_module) = (folder.join("sample.wasm"), folder.join("large.wasm"));
        let padding = format!("(@custom \"padding\" \"{}\"))", "x".repeat(PADDING));
        let large = text.trim_end().strip_suffix(')').unwrap_or(text).to_owned() + &padding;
        for (path, text) in [(&module, text), (&large_module, large.as_str())] {
            let bytes = wat::parse_str(text).map_err(|why| format!("sample.wat: {why}"))?;
            fs::write(path, bytes).map_err(failed(path))?;
        }
        let names = project.canisters();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let options = granary_build::BuildOptions { version: None, features: Vec::new() };
        let built = granary_build::canisters(&names, &options).map_err(|why| why.to_string())?;
        let mut suite = Vec::new();
        for (name, artifact) in names.iter().zip(&built) {
            suite.push(serde_json::json!({
                "name": name,
                "path": artifact.path,
                "init": encoded(&init(name))?,
                "upgrade": encoded("(variant { Upgrade = record {} })")?,
            }));
        }
        let suite = serde_json::Value::from(suite).to_string();
        Ok(Self { module, large_module, suite })
    }
}

/// What a canister of the suite is installed with.
fn init(name: &str) -> String {
    let asset = match name {
        "micro_grants" => {
            "asset = record { decimals = 8 : nat8; ledger = null; symbol = \"ICP\" };"
        }
        _ => "",
    };
    format!(
        "(variant {{ Init = record {{ governor = principal \"{GOVERNOR}\"; roles = vec {{}}; \
         profile = variant {{ Development }}; {asset} }} }})"
    )
}

/// Candid text as hexadecimal bytes.
fn encoded(text: &str) -> Result<String, String> {
    let wrong = |why: &dyn std::fmt::Display| format!("{text}: {why}");
    let arguments = candid_parser::parse_idl_args(text).map_err(|why| wrong(&why))?;
    let bytes = arguments.to_bytes().map_err(|why| wrong(&why))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat())
}

/// A line that a script prints.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Line {
    Step { step: String, saw: String, ok: bool },
    End { end: usize },
}

/// Runs a script to its end; one that ends early, or says something else, fails as a row.
fn steps(name: &str, script: &mut Command) -> Result<Vec<Verdict>, String> {
    let ended = process::run(script, Show::Nothing)?;
    let mut verdicts = Vec::new();
    let mut complete = false;
    for line in ended.stdout.lines() {
        match serde_json::from_str(line) {
            Ok(Line::Step { step, saw, ok }) => {
                let verdict = if ok { Ok(()) } else { Err(saw.clone()) };
                let saw = if ok { format!(" – {saw}") } else { String::new() };
                verdicts.push((format!("{name}: {step}{saw}"), verdict));
            }
            Ok(Line::End { end }) => complete = end == verdicts.len(),
            Err(_) => {}
        }
    }
    if !complete || !ended.success {
        let why = Err(process::last_words(&ended));
        verdicts.push((format!("{name}: the script comes to its end"), why));
    }
    Ok(verdicts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(script: &str) -> Vec<Verdict> {
        steps("x", Command::new("sh").args(["-c", script])).expect("sh runs")
    }

    #[test]
    fn steps_are_rows_and_an_early_end_is_one_too() {
        let good = r#"echo '{"step":"a","saw":"b","ok":true}'"#;
        let bad = r#"echo '{"step":"c","saw":"d","ok":false}'"#;
        let end = |count: u32| format!(r#"echo '{{"end":{count}}}'"#);
        let all = told(&format!("{good}; {bad}; {}", end(2)));
        let expected = [("x: a – b".to_owned(), Ok(())), ("x: c".to_owned(), Err("d".to_owned()))];
        assert_eq!(all, expected);
        for script in
            [good.to_owned(), format!("{good}; {}", end(2)), format!("{}; exit 1", end(0))]
        {
            let verdicts = told(&script);
            assert!(verdicts.last().is_some_and(|(_, verdict)| verdict.is_err()), "{script}");
        }
    }

    #[test]
    fn arguments_of_the_suite_are_candid() {
        for name in ["micro_grants", "registry"] {
            assert!(encoded(&init(name)).is_ok_and(|hex| hex.starts_with("4449444c")), "{name}");
        }
    }
}
