//! The interface of each canister: what callers were promised, and what the module really has.

use std::collections::BTreeSet;

use candid_parser::{
    candid::types::FuncMode,
    utils::{CandidSource, service_compatibility_report},
};
use wasmparser::{ExternalKind, Parser, Payload};

use crate::{
    process::{self, Show},
    project::Project,
    step::Verdict,
};

/// Exports of a module that are no methods and that every canister may have.
const PLUMBING: [&str; 3] = ["memory", "__data_end", "__heap_base"];

/// Entry points the network calls. `pre_upgrade` and `heartbeat` are absent on purpose.
const ENTRY_POINTS: [&str; 5] = [
    "canister_init",
    "canister_post_upgrade",
    "canister_inspect_message",
    "canister_global_timer",
    "canister_on_low_wasm_memory",
];

/// Packages that reach for randomness or a browser, which do not exist on chain.
const NOT_ON_CHAIN: [&str; 5] = ["getrandom", "js-sys", "wasm-bindgen", "web-sys", "web-time"];

/// A new interface must serve every caller of the released one.
pub(crate) fn compatible_with_released(project: &Project) -> Verdict {
    let mut verdicts = Vec::new();
    for canister in project.canisters() {
        let current = project.read(format!("candid/{canister}.did"))?;
        let Ok(released) = project.read(format!("candid/released/{canister}.did")) else {
            verdicts.push(format!("{canister}: not released yet"));
            continue;
        };
        let broken = incompatibilities(&current, &released)?;
        if !broken.is_empty() {
            return Err(format!(
                "{canister} breaks callers of the released interface:\n{}",
                broken.join("\n")
            ));
        }
        verdicts.push(format!("{canister}: compatible"));
    }
    Ok(verdicts.join(", "))
}

/// What of `released` a caller could no longer rely on.
fn incompatibilities(current: &str, released: &str) -> Result<Vec<String>, String> {
    let (new, old) = (CandidSource::Text(current), CandidSource::Text(released));
    let report = service_compatibility_report(new, old).map_err(|error| error.to_string())?;
    Ok(report.iter().map(ToString::to_string).collect())
}

/// Each module exports the methods of its `.did`, those listed as hidden, and no others.
pub(crate) fn exports_match(project: &Project) -> Verdict {
    let mut problems = Vec::new();
    let mut count = 0;
    let mut interfaces = Vec::new();
    for canister in project.canisters() {
        let did = project.read(format!("candid/{canister}.did"))?;
        let list = format!("canisters/{canister}/shell/hidden_exports.txt");
        interfaces.push((canister, did, list));
    }
    for canister in project.fixtures() {
        let folder = format!("tests/canisters/{canister}");
        let did = project.read(format!("{folder}/{canister}.did"))?;
        interfaces.push((canister, did, format!("{folder}/hidden_exports.txt")));
    }
    // In one run, which keeps every core busy; what does not build is told below.
    let names: Vec<&str> = interfaces.iter().map(|(canister, ..)| canister.as_str()).collect();
    drop(granary_build::canisters(&names, &granary_build::BuildOptions::default()));
    for (canister, did, list) in interfaces {
        // A canister that hides nothing needs no list.
        let hidden = hidden_exports(&project.read(&list).unwrap_or_default());
        let artifact = granary_build::canister(&canister).map_err(|error| error.to_string())?;
        let mut wanted = methods(&did)?;
        count += wanted.len();
        wanted.extend(hidden);
        let found = exports(&artifact.bytes)?;
        let missing = wanted.difference(&found).map(|name| format!("lacks `{name}`"));
        let extra = found
            .difference(&wanted)
            .map(|name| format!("exports `{name}`, which is neither in the .did nor in {list}"));
        problems.extend(missing.chain(extra).map(|problem| format!("{canister}: {problem}")));
    }
    if problems.is_empty() { Ok(format!("{count} methods")) } else { Err(problems.join("\n")) }
}

/// The lines of a hidden list without comments.
fn hidden_exports(list: &str) -> BTreeSet<String> {
    list.lines()
        .map(|line| line.split(" #").next().unwrap_or(line).trim())
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// The exports a `.did` stands for: `canister_update submit`, `canister_query get_health`, …
fn methods(did: &str) -> Result<BTreeSet<String>, String> {
    let (env, service) =
        CandidSource::Text(did).load().map_err(|error| format!("the .did: {error}"))?;
    let service = service.ok_or("the .did has no service")?;
    let methods = env.as_service(&service).map_err(|error| format!("the .did: {error}"))?;
    methods
        .iter()
        .map(|(name, method)| {
            let method = env.as_func(method).map_err(|error| format!("{name}: {error}"))?;
            let kind = match method.modes.as_slice() {
                [FuncMode::Query, ..] => "query",
                [FuncMode::CompositeQuery, ..] => "composite_query",
                _ => "update",
            };
            Ok(format!("canister_{kind} {name}"))
        })
        .collect()
}

/// The exports of a module that are not plumbing and not entry points of the network.
fn exports(module: &[u8]) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ExportSection(section) = payload.map_err(|error| error.to_string())? {
            for export in section {
                let export = export.map_err(|error| error.to_string())?;
                let known = PLUMBING.contains(&export.name) || ENTRY_POINTS.contains(&export.name);
                if export.kind == ExternalKind::Func && !known {
                    names.insert(export.name.to_owned());
                }
            }
        }
    }
    Ok(names)
}

/// Each module asks the network for `ic0` only, and nothing linked into it would ask for more.
pub(crate) fn imports_only_ic0(project: &Project) -> Verdict {
    let mut problems = Vec::new();
    let mut count = 0;
    for canister in project.canisters().into_iter().chain(project.fixtures()) {
        let artifact = granary_build::canister(&canister).map_err(|error| error.to_string())?;
        for (module, name) in imports(&artifact.bytes)? {
            count += 1;
            if module != "ic0" {
                problems.push(format!("{canister}: imports `{name}` of `{module}`"));
            }
        }
        for package in linked(project, &canister)? {
            if NOT_ON_CHAIN.contains(&package.as_str()) {
                problems.push(format!("{canister}: is linked with {package}"));
            }
        }
    }
    if problems.is_empty() { Ok(format!("{count} imports")) } else { Err(problems.join("\n")) }
}

fn imports(module: &[u8]) -> Result<Vec<(String, String)>, String> {
    let mut imports = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(section) = payload.map_err(|error| error.to_string())? {
            for import in section.into_imports() {
                let import = import.map_err(|error| error.to_string())?;
                imports.push((import.module.to_owned(), import.name.to_owned()));
            }
        }
    }
    Ok(imports)
}

/// Names of the packages linked into a canister when it is built for the chain: its normal
/// dependencies, with the features it asks for itself. What the tools switch on does not count.
fn linked(project: &Project, canister: &str) -> Result<BTreeSet<String>, String> {
    let mut tree = process::cargo(project, &["tree", "--locked", "--package", canister]);
    tree.args(["--target", granary_build::WASM_TARGET, "--edges", "normal,no-proc-macro"]);
    tree.args(["--prefix", "none", "--format", "{p}"]);
    let ended = process::run(&mut tree, Show::Nothing)?;
    if !ended.success {
        return Err(process::last_words(&ended));
    }
    let name = |line: &str| line.split_whitespace().next().map(str::to_owned);
    Ok(ended.stdout.lines().filter_map(name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DID: &str = "type A = record { id : nat64 };
        service : (opt record { bound : nat }) -> {
          get : (nat64) -> (A) query;
          find : (nat64) -> (opt A) composite_query;
          put : (A) -> ();
        }";

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn methods_keep_their_kind() {
        assert_eq!(
            methods(DID),
            Ok(set(&[
                "canister_composite_query find",
                "canister_query get",
                "canister_update put"
            ]))
        );
        assert!(methods("type A = nat;").is_err(), "no service");
    }

    #[test]
    fn a_lost_method_and_a_changed_reply_break_callers() {
        assert_eq!(incompatibilities(DID, DID), Ok(Vec::new()));
        let wider = DID.replace("id : nat64 }", "id : nat64; note : opt text }");
        assert_eq!(incompatibilities(&wider, DID), Ok(Vec::new()), "a new field is fine");
        let lost = DID.replace("put : (A) -> ();", "");
        assert_eq!(incompatibilities(&lost, DID).map(|broken| broken.len()), Ok(1));
        let narrower = DID.replace("id : nat64 }", "id : text }");
        assert!(incompatibilities(&narrower, DID).is_ok_and(|broken| !broken.is_empty()));
    }

    #[test]
    fn reads_exports_and_imports_of_a_module() {
        let module = wat::parse_str(
            r#"(module
                (import "ic0" "msg_reply" (func $reply))
                (import "env" "now" (func))
                (memory (export "memory") 1)
                (func (export "canister_update put") call $reply)
                (func (export "canister_init"))
                (func (export "canister_pre_upgrade")))"#,
        )
        .expect("the text is a module");
        assert_eq!(exports(&module), Ok(set(&["canister_pre_upgrade", "canister_update put"])));
        let pairs = [("ic0", "msg_reply"), ("env", "now")];
        let pairs = pairs.map(|(module, name)| (module.to_owned(), name.to_owned()));
        assert_eq!(imports(&module), Ok(pairs.to_vec()));
    }

    #[test]
    fn a_hidden_list_has_comments() {
        let list = "# why\ncanister_query http_request # dashboards\n\ncanister_update <x> y\n";
        assert_eq!(
            hidden_exports(list),
            set(&["canister_query http_request", "canister_update <x> y"])
        );
    }
}
