//! Modules that fail on purpose, one for each way a release goes back by itself.

use super::{Modules, stuck};
use crate::{failure::Failure, operations::release::trigger::Trigger, suite::MICRO_GRANTS};

/// A release that must not succeed.
pub(super) struct Broken {
    pub(super) name: &'static str,
    /// What it must go back for.
    pub(super) trigger: Trigger,
    /// What `micro_grants`, the last canister of a release, has no more.
    lacks: &'static str,
}

/// All there are.
pub(super) const BROKEN: [Broken; 4] = [
    Broken {
        name: "mute",
        trigger: Trigger::HealthCheckFailed,
        lacks: "canister_query health_check",
    },
    Broken {
        name: "alone",
        trigger: Trigger::ConnectionFailed,
        lacks: "canister_update test_execution_connection",
    },
    // A module that asks for what no network has does not install.
    Broken { name: "foreign", trigger: Trigger::CriticalFunctionFailed, lacks: "ic0" },
    Broken {
        name: "blind",
        trigger: Trigger::DataInconsistent,
        lacks: "canister_query validate_state",
    },
];

impl Broken {
    /// The modules with this fault, each another one than it was.
    pub(super) fn of(&self, modules: &Modules) -> Result<Modules, Failure> {
        let mark = vec![("drill", self.name.as_bytes().to_vec())];
        modules
            .iter()
            .map(|(name, module)| {
                let marked = granary_build::with_public_sections(module, &mark)
                    .map_err(|error| stuck(format!("the module of {name} is none ({error})")))?;
                let module = if name == MICRO_GRANTS.name {
                    without(&marked, self.lacks)
                        .ok_or_else(|| stuck(format!("{name} has no {}", self.lacks)))?
                } else {
                    marked
                };
                Ok((name.clone(), module))
            })
            .collect()
    }
}

/// The module with a name in it replaced by another one of the same length; none when it has no
/// such name.
fn without(module: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut module = module.to_vec();
    let places: Vec<usize> = module
        .windows(name.len())
        .enumerate()
        .filter(|(_, window)| *window == name.as_bytes())
        .map(|(at, _)| at)
        .collect();
    for at in &places {
        module[at + name.len() - 1] = b'?';
    }
    (!places.is_empty()).then_some(module)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_trigger_has_its_fault() {
        let triggers: BTreeSet<_> = BROKEN.iter().map(|broken| broken.trigger.words()).collect();
        assert_eq!(triggers.len(), 4, "{triggers:?}");
    }

    #[test]
    fn a_name_is_taken_away_everywhere_and_nothing_moves() {
        assert_eq!(without(b"a ic0 b ic0", "ic0").as_deref(), Some(&b"a ic? b ic?"[..]));
        assert_eq!(without(b"a", "ic0"), None);
    }
}
