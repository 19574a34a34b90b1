//! What stands against a release: checks over its payload, its modules, and what its canisters are
//! just now. Made when somebody asks, and again when it is executed (V10).

use std::collections::BTreeSet;

use granary_module::interface::{self, Verdict as Served};

use crate::limits;
use crate::records::{
    Attestation, Audit, AuditCheck, Config, Item, MemoryPersistence, Module, PayloadV1, Release,
    Target, Verdict,
};
use crate::rules::Ctx;
use crate::types::{Hash, Principal, Timestamp};

/// What was found out about a canister just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Which.
    pub target: Principal,
    /// What the network says; none when it did not answer.
    pub status: Option<Status>,
    /// The schema of its state; none when it did not answer.
    pub schema: Option<u32>,
}

/// What the network says about a canister.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// True when it runs.
    pub is_running: bool,
    /// The code.
    pub module: Option<Hash>,
    /// Who controls it.
    pub controllers: Vec<Principal>,
    /// Cycles it could spend before it freezes.
    pub cycles_free: u128,
    /// Snapshots there are of it.
    pub snapshots: u32,
}

/// What the rule reads.
#[derive(Debug)]
pub struct View<'a> {
    /// Members and rules.
    pub config: &'a Config,
    /// The proposal's texts and release.
    pub payload: &'a PayloadV1,
    /// The release in it.
    pub release: &'a Release,
    /// Canisters under control.
    pub targets: &'a [(Principal, Target)],
    /// What was found out about those of the release.
    pub facts: &'a [Fact],
    /// What is known about the module of each item, in the order of the items.
    pub known: &'a [Known],
}

/// What is known here about the module of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The module; none when it is not here.
    pub module: Option<Module>,
    /// The one that runs; none when it is not here.
    pub runs: Option<Module>,
    /// Who built it too.
    pub attestations: Vec<(Principal, Attestation)>,
    /// True when it is denied.
    pub is_denied: bool,
}

/// Makes the audit.
pub fn audit(view: &View<'_>, ctx: &Ctx) -> Audit {
    let mut checks = vec![description(view)];
    for (item, known) in view.release.items.iter().zip(view.known) {
        let name = name_of(view, &item.target);
        let module = known.module.as_ref().filter(|module| module.finished_at.is_some());
        checks.push(of(&name, "module_hash", is_here(module)));
        checks.push(of(&name, "deny_list", is_allowed(known.is_denied)));
        checks.push(of(&name, "attestations", is_attested(view, item, known)));
        if let Some(module) = module {
            checks.push(of(&name, "module", is_sound(module, &name)));
            checks.push(of(&name, "schema", leads(module, item, fact_of(view, item))));
            checks.push(of(&name, "interface", serves(known.runs.as_ref(), module, item)));
        }
        checks.push(of(&name, "memory_persistence", keeps_memory(item.memory)));
        checks.extend(now(view, item, &name));
    }
    Audit { at: ctx.now, by: ctx.actor, checks }
}

type Found = (Verdict, String);

fn of(canister: &str, check: &str, (verdict, detail): Found) -> AuditCheck {
    AuditCheck { name: format!("{canister}.{check}"), verdict, detail }
}

fn pass(detail: impl Into<String>) -> Found {
    (Verdict::Pass, detail.into())
}

fn fail(detail: impl Into<String>) -> Found {
    (Verdict::Fail, detail.into())
}

fn warn(detail: impl Into<String>) -> Found {
    (Verdict::Warn, detail.into())
}

fn name_of(view: &View<'_>, canister: &Principal) -> String {
    let target = view.targets.iter().find(|(known, _)| known == canister);
    target.map_or_else(|| canister.to_text(), |(_, target)| target.placement.name.clone())
}

fn fact_of<'a>(view: &'a View<'_>, item: &Item) -> Option<&'a Fact> {
    view.facts.iter().find(|fact| fact.target == item.target)
}

fn description(view: &View<'_>) -> AuditCheck {
    let bytes = view.payload.description.len();
    let (verdict, detail) = if bytes >= limits::MIN_DESCRIPTION_BYTES {
        pass("it says what it does, when, and what is done when it fails")
    } else {
        warn(format!("its description has {bytes} bytes only"))
    };
    AuditCheck { name: "description".to_owned(), verdict, detail }
}

fn is_here(module: Option<&Module>) -> Found {
    match module {
        Some(module) => pass(format!("all {} bytes are here and have the hash", module.bytes)),
        None => fail("the module is not here"),
    }
}

fn is_allowed(denied: bool) -> Found {
    if denied { fail("the module is denied") } else { pass("the module is not denied") }
}

/// At least as many members as the rules ask for built the same bytes from the release's commit,
/// and nobody else got other bytes from it (N15).
fn is_attested(view: &View<'_>, item: &Item, known: &Known) -> Found {
    let of_commit = known.attestations.iter().filter(|(who, row)| {
        row.commit == view.release.commit && view.config.members.iter().any(|m| m.principal == *who)
    });
    let (same, other): (Vec<_>, Vec<_>) = of_commit.partition(|(_, row)| row.result == item.module);
    if let Some((who, _)) = other.first() {
        return fail(format!("{who} built other bytes from the same commit"));
    }
    let needed = usize::try_from(view.config.rules.attestations).unwrap_or(usize::MAX);
    let text = format!("{} members built the same bytes, {needed} are needed", same.len());
    if same.len() < needed { fail(text) } else { pass(text) }
}

fn is_sound(module: &Module, name: &str) -> Found {
    if let Some(problem) = module.stated.problems.first() {
        return fail(problem.clone());
    }
    let says = &module.stated.canister;
    if says.is_empty() {
        return fail("the module does not say which canister it is for");
    }
    if says != name {
        return fail(format!("the module is {says:.40} and not {name}"));
    }
    pass(format!("the module is {name} {:.40}", module.stated.version))
}

/// The schema it begins with is the one there is, and the code reads it and writes the one it says.
fn leads(module: &Module, item: &Item, fact: Option<&Fact>) -> Found {
    let (oldest, newest) = (module.stated.schema_oldest, module.stated.schema_newest);
    if newest == 0 {
        return fail("the module does not say which schemas it reads");
    }
    if item.schema_from < oldest || item.schema_from > newest || item.schema_to != newest {
        let (from, to) = (item.schema_from, item.schema_to);
        return fail(format!("it leads from {from} to {to}, the code reads {oldest} to {newest}"));
    }
    match fact.and_then(|fact| fact.schema) {
        Some(schema) if schema != item.schema_from => {
            fail(format!("the state has schema {schema} and not {}", item.schema_from))
        }
        Some(_) => pass(format!("from schema {} to {newest}", item.schema_from)),
        None => fail("the canister does not say which schema its state has"),
    }
}

/// Whether callers of what runs are still served, as far as the code that runs is known here.
fn serves(runs: Option<&Module>, module: &Module, item: &Item) -> Found {
    let Some(runs) = runs else {
        return warn("the interface of what runs is not known here");
    };
    if runs.stated.interface.is_empty() {
        return warn("what runs publishes no interface");
    }
    let (new, old) = (&module.stated.interface, &runs.stated.interface);
    let lost = interface::breaks(new, old).unwrap_or_else(|why| vec![why]);
    let verdict = if lost.is_empty() { Served::Compatible } else { Served::Breaking };
    match (verdict, item.may_break_callers) {
        (Served::Breaking, true) => warn(format!("callers break, as announced: {}", joined(&lost))),
        (Served::Breaking, false) => fail(format!("callers break: {}", joined(&lost))),
        (_, _) => pass("callers are served as before"),
    }
}

fn joined(lost: &[String]) -> String {
    let shown: Vec<&str> = lost.iter().take(3).map(String::as_str).collect();
    shown.join(", ")
}

fn keeps_memory(memory: MemoryPersistence) -> Found {
    match memory {
        MemoryPersistence::Unset => pass("main memory is new, as the suite's code expects"),
        MemoryPersistence::Keep => warn("main memory is kept: the suite's code does not need it"),
        MemoryPersistence::Replace => warn("main memory is replaced, said explicitly"),
    }
}

/// What the network says just now.
fn now(view: &View<'_>, item: &Item, name: &str) -> Vec<AuditCheck> {
    let Some(status) = fact_of(view, item).and_then(|fact| fact.status.as_ref()) else {
        return vec![of(name, "status", fail("the network does not say how the canister is"))];
    };
    let own = view.config.own;
    let controlled = if status.controllers == [own] {
        pass("the governor controls it, and nobody else")
    } else if status.controllers.contains(&own) {
        let others = status.controllers.len().saturating_sub(1);
        warn(format!("{others} more control it: they can change it without a proposal"))
    } else {
        fail("the governor does not control it")
    };
    let from = if status.module == Some(item.from_module) {
        pass("it runs what the release was made for")
    } else {
        fail("it runs other code than the release was made for")
    };
    let runs = if status.is_running { pass("it runs") } else { fail("it does not run") };
    let free = status.cycles_free;
    let cycles = if free >= limits::MIN_TARGET_CYCLES {
        pass(format!("{free} cycles are free"))
    } else {
        fail(format!("{free} cycles are free, {} are needed", limits::MIN_TARGET_CYCLES))
    };
    let slots = if status.snapshots < limits::MAX_SNAPSHOTS {
        pass(format!("{} of 10 snapshots are taken", status.snapshots))
    } else {
        fail("there is no room for another snapshot")
    };
    [
        ("controllers", controlled),
        ("from_module", from),
        ("running", runs),
        ("cycles", cycles),
        ("snapshot_slot", slots),
    ]
    .into_iter()
    .map(|(check, found)| of(name, check, found))
    .collect()
}

/// Names of the checks that failed, each once.
pub fn failures(audit: &Audit) -> BTreeSet<&str> {
    let failed = audit.checks.iter().filter(|check| check.verdict == Verdict::Fail);
    failed.map(|check| check.name.as_str()).collect()
}

/// True for an audit that is too old to say anything about now.
pub fn is_old(audit: &Audit, now: Timestamp) -> bool {
    now > audit.at.saturating_add(granary_units::Duration::seconds(300))
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
