//! Where the canisters of the suite stand in a release: called canisters before their callers.

use granary_api::governor::Placement;

use crate::suite::{EXECUTION, MICRO_GRANTS, PORTFOLIO, REGISTRY, RISK_GUARD};

/// Canister, phase, and the canisters of the suite it calls. The order is that of a release: first
/// the books and the people, then those that work with them, each behind those it calls.
const PLACES: [(&str, u8, &[&str]); 5] = [
    (PORTFOLIO.name, 1, &[]),
    (REGISTRY.name, 1, &[]),
    (RISK_GUARD.name, 2, &[PORTFOLIO.name]),
    (EXECUTION.name, 2, &[PORTFOLIO.name, RISK_GUARD.name]),
    (MICRO_GRANTS.name, 2, &[EXECUTION.name, REGISTRY.name]),
];

/// The placement of the canister `name`; none for one that is not of the suite.
pub(crate) fn of(name: &str) -> Option<Placement> {
    let (_, phase, dependencies) = PLACES.iter().find(|(known, ..)| *known == name)?;
    let before = PLACES.iter().take_while(|(known, ..)| *known != name);
    let order = before.filter(|(_, earlier, _)| earlier == phase).count();
    Some(Placement {
        name: name.to_owned(),
        phase: *phase,
        order: u8::try_from(order).unwrap_or(u8::MAX),
        dependencies: dependencies.iter().map(|&one| one.to_owned()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::SUITE;

    /// Rows of the table `Who calls whom` of the architecture: caller, and whom it may call.
    fn manifest() -> Vec<(String, Vec<String>)> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/ARCHITECTURE.md");
        let text = std::fs::read_to_string(path).expect("the architecture");
        let (_, section) = text.split_once("## Who calls whom").expect("its section");
        let (section, _) = section.split_once("\n## ").expect("another section");
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        rows.map(|row| {
            let names: Vec<String> =
                row.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect();
            (names[0].clone(), names[1..].to_vec())
        })
        .collect()
    }

    #[test]
    fn dependencies_are_those_of_the_call_manifest() {
        let manifest = manifest();
        for member in SUITE {
            let placement = of(member.name).expect("every canister has its place");
            let row = manifest.iter().find(|(caller, _)| caller == member.name);
            let (_, called) = row.expect("every canister has its row");
            // Ledgers and oracles are nobody's release.
            let is_ours = |name: &&String| SUITE.iter().any(|one| one.name == name.as_str());
            let mut called: Vec<String> = called.iter().filter(is_ours).cloned().collect();
            called.sort();
            assert_eq!(placement.dependencies, called, "{}", member.name);
        }
    }

    #[test]
    fn whoever_is_called_is_replaced_first() {
        let at = |name: &str| {
            let placement = of(name).expect("placed");
            (placement.phase, placement.order)
        };
        for member in SUITE {
            for called in of(member.name).expect("placed").dependencies {
                assert!(at(&called) < at(member.name), "{} calls {called}", member.name);
            }
        }
        assert_eq!((at("portfolio"), at("registry")), ((1, 0), (1, 1)));
        assert_eq!((at("risk_guard"), at("micro_grants")), ((2, 0), (2, 2)));
        assert_eq!(of("price_oracle"), None);
    }
}
