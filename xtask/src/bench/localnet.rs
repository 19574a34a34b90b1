//! The network timed: what a developer waits for. Printed beside the goals and never a verdict: a
//! machine that does something else at the same time is slower.

use super::Figures;

/// What is measured, its name in the figures, and the median to stay below in microseconds.
const GOALS: [(&str, &str, u64); 6] = [
    ("a new network with a canister", "new network with a canister", 60_000),
    ("an installation, compiled before", "install, compiled before", 20_000),
    ("a query", "query/1000", 300),
    ("an update", "update/1000", 1_000),
    ("a query on a million rows", "query/1000000", 300),
    ("an update on a million rows", "update/1000000", 1_000),
];

/// The figures beside their goals, and what a thousand times the rows cost.
pub(super) fn table(figures: &Figures) -> Result<String, String> {
    let figure = |name: &str| {
        figures.get(name).copied().ok_or_else(|| format!("the bench did not measure `{name}`"))
    };
    let head = format!("{:<40}{:>12}{:>12}", "median of one run", "µs", "goal µs");
    let mut lines = vec![head];
    for (what, name, goal) in GOALS {
        let median = figure(name)? / 1_000;
        let verdict = if median <= goal { "" } else { "  MISSED" };
        lines.push(format!("{what:<40}{median:>12}{goal:>12}{verdict}"));
    }
    for call in ["query", "update"] {
        let (small, large) =
            (figure(&format!("{call}/1000"))?, figure(&format!("{call}/1000000"))?);
        let permille = large.saturating_mul(1_000).checked_div(small).unwrap_or_default();
        let ratio = format!("{}.{:03}", permille / 1_000, permille % 1_000);
        lines.push(format!("{:<40}{ratio:>12}", format!("{call}: a million rows / a thousand")));
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(update: u64) -> Figures {
        let mut figures: Figures =
            GOALS.iter().map(|(_, name, goal)| ((*name).to_owned(), goal * 1_000)).collect();
        figures.insert("update/1000000".to_owned(), update);
        figures
    }

    #[test]
    fn a_goal_that_is_missed_is_marked_and_sizes_are_compared() {
        let text = table(&figures(1_500_000)).expect("all measured");
        let marked: Vec<&str> = text.lines().filter(|line| line.ends_with("MISSED")).collect();
        assert_eq!(marked.len(), 1, "{text}");
        assert!(marked[0].starts_with("an update on a million rows"), "{text}");
        assert!(text.ends_with("1.500"), "{text}");
    }

    #[test]
    fn what_was_not_measured_is_named() {
        let mut some = figures(1);
        some.remove("query/1000");
        assert!(table(&some).expect_err("one is missing").contains("query/1000"));
    }
}
