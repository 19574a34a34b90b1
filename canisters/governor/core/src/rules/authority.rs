//! Who could change what, and after how long: every way there is, over the configuration that is in
//! force. What is not listed here nobody can do.

use crate::records::{Config, Target};
use crate::types::{Duration, Permissions, Principal, Timestamp};

/// What a way leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// New code in a canister, tried on a copy first.
    Code,
    /// New code after a rehearsal that failed.
    CodeUnproven,
    /// An earlier state of canisters, by their snapshots.
    Rollback,
    /// Settings of a canister.
    Settings,
    /// A call under the governor's roles.
    Call,
    /// Control over a canister.
    Control,
    /// Members and their threshold.
    Members,
    /// Rules of deciding.
    Rules,
    /// The committee that repairs the governor.
    Committee,
    /// The governor's own code and members.
    Repair,
}

impl Power {
    /// The name on the wire: the case's own.
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}

/// Who goes a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// So many of these members together.
    Members {
        /// Approvals needed, or weight.
        needed: u64,
        /// Who may approve now.
        of: Vec<Principal>,
        /// Who may stop it while it waits.
        vetoers: Vec<Principal>,
    },
    /// So many of the recovery committee together.
    Committee {
        /// How many.
        needed: u32,
        /// Of whom.
        of: Vec<Principal>,
    },
    /// This principal alone: a controller beside the governor.
    Alone {
        /// Who.
        principal: Principal,
    },
}

/// One way to change something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// What it leads to.
    pub power: Power,
    /// Over which canister; none for the governor's own rules.
    pub target: Option<Principal>,
    /// Who goes it.
    pub who: Who,
    /// The shortest time from the first step to the effect.
    pub shortest: Duration,
    /// True when it is weaker than what the rules promise.
    pub is_weak: bool,
}

/// How long the recovery committee waits at least when the governor answers (§6.8).
const REPAIR_DELAY: Duration = Duration::seconds(24 * 3_600);

/// Every way there is.
pub fn explain(config: &Config, targets: &[(Principal, Target)], now: Timestamp) -> Vec<Way> {
    let mut ways = vec![];
    for (canister, target) in targets {
        let is_recovery = config.recovery.as_ref().is_some_and(|one| one.canister == *canister);
        for power in [
            Power::Code,
            Power::CodeUnproven,
            Power::Rollback,
            Power::Settings,
            Power::Call,
            Power::Control,
        ] {
            // Recovery is never taken back.
            if !(is_recovery && power == Power::Rollback) {
                ways.push(by_members(config, power, Some(*canister), is_recovery, now));
            }
        }
        for who in &target.others {
            ways.push(alone(config, *canister, *who));
        }
    }
    for power in [Power::Members, Power::Rules, Power::Committee] {
        ways.push(by_members(config, power, None, false, now));
    }
    ways.extend(config.recovery.as_ref().map(|recovery| Way {
        power: Power::Repair,
        target: Some(config.own),
        who: Who::Committee { needed: recovery.quorum, of: recovery.committee.clone() },
        shortest: REPAIR_DELAY,
        is_weak: false,
    }));
    ways
}

fn by_members(
    config: &Config,
    power: Power,
    target: Option<Principal>,
    is_recovery: bool,
    now: Timestamp,
) -> Way {
    let rules = &config.rules;
    let is_long = match power {
        Power::CodeUnproven | Power::Control | Power::Members | Power::Rules | Power::Committee => {
            true
        }
        Power::Code | Power::Settings | Power::Call => is_recovery,
        Power::Rollback | Power::Repair => false,
    };
    let delay = if is_long { rules.long_delay } else { rules.min_delay };
    let shortest = rules.discussion.as_nanos().saturating_add(delay.as_nanos());
    let extra = u64::from(power == Power::CodeUnproven);
    let named = |what| config.able(what, now).map(|member| member.principal).collect();
    Way {
        power,
        target,
        who: Who::Members {
            needed: u64::from(rules.threshold).saturating_add(extra),
            of: named(Permissions::APPROVE),
            vetoers: named(Permissions::VETO),
        },
        shortest: Duration::from_nanos(shortest),
        is_weak: false,
    }
}

fn alone(config: &Config, canister: Principal, who: Principal) -> Way {
    // The recovery canister controls the governor and nothing else; everybody else is a hole.
    Way {
        power: Power::Code,
        target: Some(canister),
        who: Who::Alone { principal: who },
        shortest: Duration::ZERO,
        is_weak: who != config.own,
    }
}

#[cfg(test)]
#[path = "authority_tests.rs"]
mod tests;
