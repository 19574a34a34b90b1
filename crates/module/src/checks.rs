//! What stands against a module as code of a canister of this suite. Each check answers sentences;
//! none means that nothing does.

use crate::{
    limits::PROBLEMS_NAMED,
    sections::{Export, Import, ItemKind},
    text::{NAME_SHOWN, one_line},
};

/// Methods every canister of the suite has, and which its releases need.
pub const COMMON_METHODS: [&str; 7] = [
    "health_check",
    "validate_state",
    "get_version",
    "prepare_upgrade",
    "resume",
    "resume_jobs",
    "get_drain_status",
];

/// Entry points no canister of the suite has: a hook before an upgrade can make upgrades
/// impossible, and a heartbeat costs cycles in every round.
pub const FORBIDDEN_EXPORTS: [&str; 2] = ["canister_heartbeat", "canister_pre_upgrade"];

/// How an export that is a method begins; its name follows.
const METHODS: [&str; 3] = ["canister_update ", "canister_query ", "canister_composite_query "];

/// The only module the network gives.
const PLATFORM: &str = "ic0";

/// The names of the exported methods, of whatever kind.
pub fn methods(exports: &[Export]) -> impl Iterator<Item = &str> {
    functions(exports).filter_map(|name| METHODS.iter().find_map(|kind| name.strip_prefix(kind)))
}

/// A line for each entry point that is there and must not be.
pub fn forbidden_exports(exports: &[Export]) -> Vec<String> {
    functions(exports)
        .filter(|name| FORBIDDEN_EXPORTS.contains(name))
        .map(|name| format!("the new module exports {name}, which no canister of the suite has"))
        .collect()
}

/// A line when nobody could call the module: it would be installed, and be silent.
pub fn exports_nothing(exports: &[Export]) -> Vec<String> {
    if methods(exports).next().is_some() {
        return Vec::new();
    }
    vec!["the new module has no method that could be called".to_owned()]
}

/// A line for each of the methods `required` that the module lacks.
pub fn missing_methods(exports: &[Export], required: &[&str]) -> Vec<String> {
    let missing = required.iter().filter(|name| methods(exports).all(|method| method != **name));
    missing.map(|name| format!("the new module has no method {name}")).collect()
}

/// Lines for what the module imports and the network does not give.
pub fn foreign_imports(imports: &[Import]) -> Vec<String> {
    let foreign = |import: &&Import| import.module != PLATFORM || import.kind != ItemKind::Function;
    let count = imports.iter().filter(foreign).count();
    let mut found: Vec<String> = imports
        .iter()
        .filter(foreign)
        .take(PROBLEMS_NAMED)
        .map(|import| {
            let (name, module) =
                (one_line(&import.name, NAME_SHOWN), one_line(&import.module, NAME_SHOWN));
            format!("the new module imports {name} of {module}, which the network does not give")
        })
        .collect();
    match count.saturating_sub(PROBLEMS_NAMED) {
        0 => {}
        more => found.push(format!("the new module imports {more} more that it does not give")),
    }
    found
}

fn functions(exports: &[Export]) -> impl Iterator<Item = &str> {
    exports
        .iter()
        .filter(|export| export.kind == ItemKind::Function)
        .map(|export| export.name.as_str())
}
