//! Who calls whom: docs/ARCHITECTURE.md declares it, the code is held to it, and there is no way
//! round in a circle. Canisters that wait for each other in a circle can never be stopped.

use std::collections::{BTreeMap, BTreeSet};

use granary_kernel::Canister;

/// Callers with those they may call, by name.
type Calls = BTreeMap<String, BTreeSet<String>>;

/// The names a canister can be told. Nobody else is called but ledgers of registered assets, and by
/// the governor its targets, for their lives only.
fn known() -> Calls {
    fn of<C: Canister>() -> (String, BTreeSet<String>) {
        (C::KIND.to_owned(), C::PEERS.iter().map(|&name| name.to_owned()).collect())
    }
    BTreeMap::from([
        of::<execution_core::store::Execution>(),
        of::<governor_core::store::Governor>(),
        of::<micro_grants_core::store::MicroGrants>(),
        of::<portfolio_core::store::Portfolio>(),
        // It is told the governor's place by its installation alone, and has no other peer.
        (
            "recovery".to_owned(),
            recovery_core::store::CALLS.iter().map(|&n| n.to_owned()).collect(),
        ),
        of::<registry_core::store::Registry>(),
        of::<risk_guard_core::store::RiskGuard>(),
    ])
}

/// The table under the heading "Who calls whom".
fn declared(page: &str) -> Calls {
    let section = page.split("## Who calls whom").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let names = |cell: &str| -> Vec<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| {
        let (name, others) = row.split_once("` |")?;
        Some((name.to_owned(), names(others).into_iter().collect()))
    })
    .collect()
}

/// Takes away whoever calls nobody that is left, until nobody can be taken: who remains is in a
/// circle, or calls somebody who is.
fn in_circles(mut calls: Calls) -> Vec<String> {
    loop {
        let left: BTreeSet<String> = calls.keys().cloned().collect();
        calls.retain(|_, called| called.iter().any(|name| left.contains(name)));
        if calls.len() == left.len() {
            return calls.into_keys().collect();
        }
    }
}

#[test]
fn k7_the_code_calls_whom_the_page_says_and_nobody_in_a_circle() {
    let root = granary_build::workspace_root().expect("tests run inside the checkout");
    let page = root.join("docs/ARCHITECTURE.md");
    let page = std::fs::read_to_string(page).expect("a page");
    assert_eq!(declared(&page), known(), "docs/ARCHITECTURE.md: \"Who calls whom\"");
    let canisters = super::canisters();
    assert_eq!(known().into_keys().collect::<Vec<_>>(), canisters, "`known` in this file");
    assert_eq!(in_circles(known()), Vec::<String>::new());
}

#[test]
fn a_circle_is_found() {
    let call = |from: &str, to: &[&str]| {
        (from.to_owned(), to.iter().map(|&name| name.to_owned()).collect())
    };
    let chain = [call("a", &["b", "x"]), call("b", &["c"]), call("c", &[])];
    assert_eq!(in_circles(Calls::from(chain.clone())), Vec::<String>::new());
    let mut circle = Calls::from(chain);
    circle.insert("c".to_owned(), BTreeSet::from(["a".to_owned()]));
    assert_eq!(in_circles(circle), ["a", "b", "c"]);
}
