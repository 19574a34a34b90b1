//! What a restore would do and what it did, in words.

use serde::Serialize;

use super::{
    manifest::Kept,
    report::{problem_line, tidied},
};
use crate::{
    exit::Exit,
    failure::Failure,
    operations::errand::Tidied,
    render::{Page, Report, page::Tone},
};

/// The failure of a restore that would lose work.
pub(super) const LOSS: &str = "cli.restore_loss";

/// What a restore would do.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RestorePlan {
    pub(crate) dry_run: bool,
    pub(crate) folder: String,
    pub(crate) network: String,
    pub(crate) taken_at: String,
    pub(crate) canisters: Vec<PlannedRestore>,
}

/// One canister of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PlannedRestore {
    pub(crate) name: String,
    pub(crate) canister: String,
    /// The code that runs, and the code that will.
    pub(crate) from_hash: String,
    pub(crate) to_hash: String,
    /// What would be lost; none when nothing would.
    pub(crate) loss: Option<String>,
    pub(crate) problems: Vec<String>,
    #[serde(skip)]
    pub(super) kept: Kept,
}

impl RestorePlan {
    /// Refuses what must not be done, and what would lose work unless that was accepted.
    pub(crate) fn must_stand(&self, accept_loss: bool) -> Result<(), Failure> {
        let named = |name: &str, what: &str| format!("{name}: {what}");
        let all = self.canisters.iter();
        let problems: Vec<String> = all
            .clone()
            .flat_map(|one| one.problems.iter().map(|problem| named(&one.name, problem)))
            .collect();
        if !problems.is_empty() {
            return Err(Failure::new(Exit::Refused, "cli.restore_blocked", problems.join("; "))
                .next("granary restore DIR --dry-run"));
        }
        let losses: Vec<String> =
            all.filter_map(|one| one.loss.as_deref().map(|loss| named(&one.name, loss))).collect();
        if losses.is_empty() || accept_loss {
            return Ok(());
        }
        let message = format!("going back would lose what was done: {}", losses.join("; "));
        Err(Failure::new(Exit::Refused, LOSS, message).next("granary restore DIR --accept-loss"))
    }
}

impl Report for RestorePlan {
    const SCHEMA: &'static str = "granary.restore_plan/1";

    fn text(&self, page: &mut Page) {
        let (folder, network) = (&self.folder, &self.network);
        page.line(format!("{folder} of {} would be loaded on {network}", self.taken_at));
        for one in &self.canisters {
            let hash = |hash: &str| hash.chars().take(12).collect::<String>();
            let (from, to) = (hash(&one.from_hash), hash(&one.to_hash));
            page.field(&one.name, format!("{} code {from} → {to}", one.canister));
            if let Some(loss) = &one.loss {
                let word = page.paint(Tone::Warning, "loss");
                page.line(format!("{word}: {} {loss}", one.name));
            }
            for problem in &one.problems {
                problem_line(page, &format!("{}: {problem}", one.name));
            }
        }
    }
}

/// A restore that ended.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Restored {
    pub(crate) folder: String,
    pub(crate) network: String,
    pub(crate) taken_at: String,
    /// Every canister proved to be what was saved.
    pub(crate) ok: bool,
    pub(crate) writes_paused_ms: u64,
    pub(crate) canisters: Vec<RestoredCanister>,
    pub(crate) tidied: Vec<Tidied>,
}

/// One canister of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RestoredCanister {
    pub(crate) name: String,
    pub(crate) canister: String,
    pub(crate) module_hash: String,
    /// The snapshot of what ran before.
    pub(crate) way_back: String,
    /// The state's digest, where nothing has changed it since.
    pub(crate) state_sha256: Option<String>,
    pub(crate) problems: Vec<String>,
}

impl Report for Restored {
    const SCHEMA: &'static str = "granary.restored/1";

    fn text(&self, page: &mut Page) {
        tidied(page, &self.tidied);
        let (tone, word) =
            if self.ok { (Tone::Good, "restored") } else { (Tone::Bad, "restored, not proven") };
        let word = page.paint(tone, word);
        page.line(format!("{word}: {} on {}", self.folder, self.network));
        for one in &self.canisters {
            page.field(&one.name, format!("{} its way back is {}", one.canister, one.way_back));
            for problem in &one.problems {
                problem_line(page, &format!("{}: {problem}", one.name));
            }
        }
        page.field("writes paused", format!("{} ms", self.writes_paused_ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(loss: Option<&str>, problem: Option<&str>) -> RestorePlan {
        let one = PlannedRestore {
            name: "registry".to_owned(),
            canister: String::new(),
            from_hash: String::new(),
            to_hash: String::new(),
            loss: loss.map(str::to_owned),
            problems: problem.map(str::to_owned).into_iter().collect(),
            kept: Kept::default(),
        };
        let (folder, network, taken_at) = (String::new(), String::new(), String::new());
        RestorePlan { dry_run: false, folder, network, taken_at, canisters: vec![one] }
    }

    #[test]
    fn a_loss_is_refused_until_it_is_accepted_and_a_problem_always() {
        assert_eq!(plan(None, None).must_stand(false), Ok(()));
        let failure = plan(Some("did work"), None).must_stand(false).expect_err("refused");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Refused, LOSS));
        assert!(failure.message.contains("registry: did work"), "{failure}");
        assert_eq!(plan(Some("did work"), None).must_stand(true), Ok(()));
        let failure = plan(None, Some("is another")).must_stand(true).expect_err("refused");
        assert_eq!(failure.code, "cli.restore_blocked");
    }
}
