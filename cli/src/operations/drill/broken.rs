//! Releases that fail on purpose, one for each way a release goes back by itself.

use super::{Modules, stuck};
use crate::{
    failure::Failure,
    operations::release::trigger::Trigger,
    suite::{MICRO_GRANTS, RISK_GUARD},
};

/// A release that must not succeed.
#[derive(Clone, Copy)]
pub(super) struct Broken {
    pub(super) name: &'static str,
    /// What it must go back for.
    pub(super) trigger: Trigger,
    /// The canister at fault.
    pub(super) canister: &'static str,
    fault: Fault,
}

#[derive(Clone, Copy)]
enum Fault {
    /// A name the module has no more.
    Lacks(&'static str),
    /// Two methods that answer in each other's place, and so to nobody: what is audited is all
    /// there.
    Exchanged(&'static str, &'static str),
    /// The module is good, and is installed with an argument that no state meets.
    Demands,
}

const fn broken(
    name: &'static str,
    trigger: Trigger,
    canister: &'static str,
    fault: Fault,
) -> Broken {
    Broken { name, trigger, canister, fault }
}

/// Those a person releases: the last canister is at fault, so that all others were replaced.
pub(super) const BROKEN: [Broken; 4] = [
    broken(
        "mute",
        Trigger::HealthCheckFailed,
        MICRO_GRANTS.name,
        Fault::Lacks("canister_query health_check"),
    ),
    broken(
        "alone",
        Trigger::ConnectionFailed,
        MICRO_GRANTS.name,
        Fault::Lacks("canister_update test_execution_connection"),
    ),
    // A module that asks for what no network has does not install.
    broken("foreign", Trigger::CriticalFunctionFailed, MICRO_GRANTS.name, Fault::Lacks("ic0")),
    broken(
        "blind",
        Trigger::DataInconsistent,
        MICRO_GRANTS.name,
        Fault::Lacks("canister_query validate_state"),
    ),
];

/// Those members decide: its audit would refuse what lacks anything, so these have all there has to
/// be.
pub(super) const VOTED: [Broken; 4] = [
    broken(
        "mute",
        Trigger::HealthCheckFailed,
        MICRO_GRANTS.name,
        Fault::Exchanged("canister_query health_check", "canister_query list_payouts"),
    ),
    broken(
        "alone",
        Trigger::ConnectionFailed,
        MICRO_GRANTS.name,
        Fault::Exchanged(
            "canister_update check_dependencies",
            "canister_update revise_application",
        ),
    ),
    broken("demanding", Trigger::CriticalFunctionFailed, MICRO_GRANTS.name, Fault::Demands),
    broken(
        "blind",
        Trigger::DataInconsistent,
        RISK_GUARD.name,
        Fault::Exchanged("canister_query validate_state", "canister_query explain_policy"),
    ),
];

impl Broken {
    /// True for one whose module is good and whose argument no state meets.
    pub(super) const fn demands_too_much(&self) -> bool {
        matches!(self.fault, Fault::Demands)
    }

    /// The modules with this fault, each another one than it was.
    pub(super) fn of(&self, modules: &Modules) -> Result<Modules, Failure> {
        let mut modules = marked(modules, self.name)?;
        let missing = || stuck(format!("{} has nothing to break for {}", self.canister, self.name));
        let module = modules.get_mut(self.canister).ok_or_else(missing)?;
        let spoilt = match self.fault {
            Fault::Lacks(name) => without(module, name),
            Fault::Exchanged(one, other) => exchanged(module, one, other),
            Fault::Demands => Some(module.clone()),
        };
        *module = spoilt.ok_or_else(missing)?;
        Ok(modules)
    }
}

/// The same code with a mark: other modules to the network, and to nobody else.
pub(crate) fn marked(modules: &Modules, mark: &str) -> Result<Modules, Failure> {
    let mark = vec![("drill", mark.as_bytes().to_vec())];
    modules
        .iter()
        .map(|(name, module)| {
            let marked = granary_build::with_public_sections(module, &mark)
                .map_err(|error| stuck(format!("the module of {name} is none ({error})")))?;
            Ok((name.clone(), marked))
        })
        .collect()
}

/// Where `name` is in a module.
fn places(module: &[u8], name: &str) -> Vec<usize> {
    let windows = module.windows(name.len()).enumerate();
    windows.filter(|(_, window)| *window == name.as_bytes()).map(|(at, _)| at).collect()
}

/// The module with a name in it replaced by another one of the same length; none when it has no
/// such name.
fn without(module: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut module = module.to_vec();
    let places = places(&module, name);
    for at in &places {
        module[at + name.len() - 1] = b'?';
    }
    (!places.is_empty()).then_some(module)
}

/// The module with each of two names of the same length in the place of the other; none when it
/// lacks one.
fn exchanged(module: &[u8], one: &str, other: &str) -> Option<Vec<u8>> {
    let (ones, others) = (places(module, one), places(module, other));
    if one.len() != other.len() || ones.is_empty() || others.is_empty() {
        return None;
    }
    let mut module = module.to_vec();
    for (places, name) in [(ones, other), (others, one)] {
        for at in places {
            module[at..at + name.len()].copy_from_slice(name.as_bytes());
        }
    }
    Some(module)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_trigger_has_its_fault() {
        for all in [BROKEN, VOTED] {
            let triggers: BTreeSet<_> = all.iter().map(|broken| broken.trigger.words()).collect();
            assert_eq!(triggers.len(), 4, "{triggers:?}");
        }
        let demanding = VOTED.iter().filter(|one| one.demands_too_much());
        assert_eq!(demanding.count(), 1);
    }

    #[test]
    fn a_name_is_taken_away_everywhere_and_nothing_moves() {
        assert_eq!(without(b"a ic0 b ic0", "ic0").as_deref(), Some(&b"a ic? b ic?"[..]));
        assert_eq!(without(b"a", "ic0"), None);
    }

    #[test]
    fn two_names_change_places() {
        assert_eq!(exchanged(b"ab cd ab", "ab", "cd").as_deref(), Some(&b"cd ab cd"[..]));
        assert_eq!(exchanged(b"ab cd", "ab", "ef"), None, "there is no such name");
        assert_eq!(exchanged(b"ab cde", "ab", "cde"), None, "they do not fit");
    }
}
