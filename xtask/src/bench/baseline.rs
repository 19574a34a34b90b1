//! The committed figures, and what it means to be worse.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Growth that is still the same figure, in hundredths.
const TOLERANCE_PERCENT: u64 = 2;

/// Figures by name, such as `submit_application/1000000/p50`.
pub(crate) type Figures = BTreeMap<String, u64>;

/// The file in `tests/bench`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Baseline {
    schema: String,
    /// What the figures are.
    unit: String,
    /// The figures.
    pub(crate) figures: Figures,
}

impl Baseline {
    pub(crate) fn new(figures: Figures) -> Self {
        Self {
            schema: "granary.bench/1".to_owned(),
            unit:
                "instructions by the weights of the Internet Computer, unless the name says bytes \
                   or pages"
                    .to_owned(),
            figures,
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("the baseline is damaged: {error}"))
    }

    pub(crate) fn text(&self) -> String {
        let json = serde_json::to_string_pretty(self).expect("texts and numbers always encode");
        format!("{json}\n")
    }

    /// What got worse, what has no baseline, and what was not measured any more. `complete` says
    /// whether everything was measured.
    pub(crate) fn complaints(&self, measured: &Figures, complete: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, &now) in measured {
            match self.figures.get(name) {
                None => lines.push(format!("{name}: {now}, and no baseline")),
                Some(&before) if is_worse(before, now) => {
                    let percent = (now - before) * 100 / before.max(1);
                    lines.push(format!("{name}: {now}, was {before}: {percent} % more"));
                }
                Some(_) => {}
            }
        }
        let gone = self.figures.keys().filter(|name| complete && !measured.contains_key(*name));
        lines.extend(gone.map(|name| format!("{name}: in the baseline and not measured")));
        lines
    }
}

fn is_worse(before: u64, now: u64) -> bool {
    now.saturating_mul(100) > before.saturating_mul(100 + TOLERANCE_PERCENT)
}

/// A bound that a figure must keep, whatever the baseline says.
struct Goal {
    figure: &'static str,
    at_most: u64,
}

/// What `micro_grants` is held to, in instructions unless the name says bytes or pages.
const MICRO_GRANTS: &[Goal] = &[
    Goal { figure: "post_upgrade/0", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/1000", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/100000", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/1000000", at_most: 1_000_000 },
    Goal { figure: "submit_application/1000000/p50", at_most: 250_000 },
    Goal { figure: "submit_application/1000000/max", at_most: 450_000 },
    Goal { figure: "get_application/1000000/max", at_most: 160_000 },
    Goal { figure: "list_applications 100 of a programme/1000000/max", at_most: 2_000_000 },
    Goal { figure: "health_check/1000000/max", at_most: 25_000 },
    Goal { figure: "refused: unknown application/1000000/max", at_most: 60_000 },
    Goal { figure: "refused: not the governor/1000000/max", at_most: 60_000 },
    Goal { figure: "refused: not a manager/1000000/max", at_most: 60_000 },
    Goal { figure: "refused: amount below the bound/1000000/max", at_most: 60_000 },
    Goal { figure: "stable bytes per row/1000000", at_most: 700 },
];

/// What `registry` is held to.
const REGISTRY: &[Goal] = &[
    Goal { figure: "post_upgrade/0", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/1000", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/100000", at_most: 1_000_000 },
    Goal { figure: "register_user/100000/max", at_most: 450_000 },
    Goal { figure: "get_user/100000/max", at_most: 160_000 },
    Goal { figure: "get_standings of 64/100000/max", at_most: 10_000_000 },
    Goal { figure: "health_check/100000/max", at_most: 25_000 },
    Goal { figure: "refused: unknown user/100000/max", at_most: 60_000 },
    Goal { figure: "refused: not the governor/100000/max", at_most: 60_000 },
    Goal { figure: "refused: not a registrar/100000/max", at_most: 60_000 },
];

/// What `portfolio` is held to.
const PORTFOLIO: &[Goal] = &[
    Goal { figure: "post_upgrade/0", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/1000", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/100000", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/1000000", at_most: 1_000_000 },
    Goal { figure: "get_balance_proof/1000000/max", at_most: 2_000_000 },
    Goal { figure: "refused: unknown entry/1000000/max", at_most: 60_000 },
    Goal { figure: "post_entry/1000000/max", at_most: 450_000 },
    Goal { figure: "post_entry that opens an account/1000000/max", at_most: 450_000 },
    Goal { figure: "get_balances of 20 assets/1000000/max", at_most: 200_000 },
    Goal { figure: "health_check/1000000/max", at_most: 25_000 },
    Goal { figure: "refused: not the governor/1000000/max", at_most: 60_000 },
    Goal { figure: "refused: may not post/1000000/max", at_most: 60_000 },
];

/// What `risk_guard` is held to.
const RISK_GUARD: &[Goal] = &[
    Goal { figure: "post_upgrade/0", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/1000", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/100000", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/1000000", at_most: 1_000_000 },
    Goal { figure: "reserve_outflow/1000000/max", at_most: 400_000 },
    Goal { figure: "reserve_outflow to a new destination/1000000/max", at_most: 400_000 },
    Goal { figure: "reserve_outflow that is denied/1000000/max", at_most: 400_000 },
    Goal { figure: "commit_outflow/1000000/max", at_most: 400_000 },
    Goal { figure: "commit_outflow to a new destination/1000000/max", at_most: 400_000 },
    Goal { figure: "release_outflow/1000000/max", at_most: 400_000 },
    Goal { figure: "assess_outflow/1000000/max", at_most: 150_000 },
    Goal { figure: "health_check/1000000/max", at_most: 25_000 },
    Goal { figure: "refused: unknown intent/1000000/max", at_most: 60_000 },
    Goal { figure: "refused: not the governor/1000000/max", at_most: 60_000 },
    Goal { figure: "refused: may not reserve/1000000/max", at_most: 60_000 },
];

/// What `execution` is held to.
const EXECUTION: &[Goal] = &[
    Goal { figure: "post_upgrade/0", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/1000", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/100000", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/1000000", at_most: 1_000_000 },
    Goal { figure: "submit_intent/1000000/max", at_most: 500_000 },
    Goal { figure: "list_intents 50/1000000/max", at_most: 10_000_000 },
    Goal { figure: "health_check/1000000/max", at_most: 25_000 },
    Goal { figure: "refused: pays nothing/1000000/max", at_most: 60_000 },
    Goal { figure: "refused: asset not adopted/1000000/max", at_most: 60_000 },
    Goal { figure: "refused: unknown intent/1000000/max", at_most: 60_000 },
    Goal { figure: "refused: not the governor/1000000/max", at_most: 60_000 },
    Goal { figure: "refused: may not submit/1000000/max", at_most: 60_000 },
];

/// What `governor` is held to.
const GOVERNOR: &[Goal] = &[
    Goal { figure: "post_upgrade/0", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/1000", at_most: 1_000_000 },
    Goal { figure: "post_upgrade/10000", at_most: 1_000_000 },
    Goal { figure: "approve/1000/max", at_most: 300_000 },
    Goal { figure: "approve/10000/max", at_most: 300_000 },
    Goal { figure: "reject/10000/max", at_most: 300_000 },
    Goal { figure: "revoke_approval/10000/max", at_most: 300_000 },
    Goal { figure: "cancel/10000/max", at_most: 300_000 },
    Goal { figure: "create_proposal/10000/max", at_most: 2_000_000 },
    Goal { figure: "list_proposals 50/10000/max", at_most: 2_000_000 },
    Goal { figure: "list_proposals 50, open ones/10000/max", at_most: 2_000_000 },
    Goal { figure: "health_check/10000/max", at_most: 25_000 },
    Goal { figure: "refused: not the governor/10000/max", at_most: 60_000 },
];

fn goals_of(canister: &str) -> &'static [Goal] {
    match canister {
        "micro_grants" => MICRO_GRANTS,
        "registry" => REGISTRY,
        "portfolio" => PORTFOLIO,
        "risk_guard" => RISK_GUARD,
        "execution" => EXECUTION,
        "governor" => GOVERNOR,
        _ => &[],
    }
}

/// Figures that exceed their goal, and upgrades whose cost depends on the size of the state.
pub(crate) fn missed_goals(canister: &str, measured: &Figures) -> Vec<String> {
    let mut lines = above(goals_of(canister), measured);
    lines.extend(uneven_upgrades(measured));
    lines
}

fn above(goals: &[Goal], measured: &Figures) -> Vec<String> {
    let missed = goals.iter().filter_map(|goal| {
        let now = *measured.get(goal.figure)?;
        (now > goal.at_most)
            .then(|| format!("{}: {now}, the goal is at most {}", goal.figure, goal.at_most))
    });
    missed.collect()
}

/// The dearest upgrade costs at most two in a hundred more than the cheapest.
fn uneven_upgrades(figures: &Figures) -> Option<String> {
    let upgrades = || figures.iter().filter(|(name, _)| name.starts_with("post_upgrade/"));
    let cheapest = upgrades().map(|(_, &value)| value).min().unwrap_or_default();
    let dearest = upgrades().map(|(_, &value)| value).max().unwrap_or_default();
    if is_worse(cheapest, dearest) {
        return Some(format!("upgrades cost from {cheapest} to {dearest}: the size shows"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(list: &[(&str, u64)]) -> Figures {
        list.iter().map(|&(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn two_percent_is_the_same_and_more_is_worse() {
        let baseline = Baseline::new(figures(&[("get", 1_000), ("put", 1_000)]));
        let same = figures(&[("get", 1_020), ("put", 10)]);
        assert_eq!(baseline.complaints(&same, true), Vec::<String>::new());
        let worse = figures(&[("get", 1_021), ("new", 5)]);
        assert_eq!(
            baseline.complaints(&worse, true),
            [
                "get: 1021, was 1000: 2 % more",
                "new: 5, and no baseline",
                "put: in the baseline and not measured",
            ]
        );
        assert_eq!(baseline.complaints(&figures(&[("get", 1_000)]), false), Vec::<String>::new());
    }

    #[test]
    fn the_file_survives_the_disk() {
        let baseline = Baseline::new(figures(&[("get", 1)]));
        assert_eq!(Baseline::parse(&baseline.text()), Ok(baseline));
        assert!(Baseline::parse("{").is_err());
    }

    #[test]
    fn what_the_books_are_meant_to_reach_is_held() {
        let measured = figures(&[
            ("post_entry/1000000/max", 450_001),
            ("post_entry that opens an account/1000000/max", 450_001),
            ("get_balances of 20 assets/1000000/max", 200_001),
            ("health_check/1000000/max", 25_001),
            ("refused: not the governor/1000000/max", 60_001),
            ("refused: may not post/1000000/max", 60_001),
        ]);
        assert_eq!(missed_goals("portfolio", &measured).len(), measured.len());
        let reached = measured.into_iter().map(|(name, value)| (name, value - 1)).collect();
        assert_eq!(missed_goals("portfolio", &reached), Vec::<String>::new());
    }

    #[test]
    fn goals_hold_whatever_the_baseline_says() {
        let measured = figures(&[
            ("health_check/1000000/max", 25_001),
            ("post_upgrade/0", 1_000_000),
            ("post_upgrade/1000", 900_000),
        ]);
        assert_eq!(
            missed_goals("micro_grants", &measured),
            [
                "health_check/1000000/max: 25001, the goal is at most 25000",
                "upgrades cost from 900000 to 1000000: the size shows",
            ]
        );
    }
}
