//! What turned since the look before, so that nobody is told the same thing twice.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    findings::{Finding, Level},
    fleet::Fleet,
};

/// What became of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Turn {
    /// It is there, or worse than it was.
    Raised,
    /// It is over.
    Cleared,
    /// Nobody needs to do anything: somebody tries whether notices arrive.
    Test,
}

/// What somebody is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Notice {
    pub(crate) turn: Turn,
    pub(crate) network: String,
    pub(crate) at: String,
    #[serde(flatten)]
    pub(crate) finding: Finding,
}

impl Notice {
    /// One that only tries the way.
    pub(crate) fn test(network: &str, at: String) -> Self {
        let finding = Finding {
            level: Level::Info,
            canister: "granary".to_owned(),
            subject: "test".to_owned(),
            reason: "somebody tries whether notices arrive; nothing is wrong".to_owned(),
        };
        Self { turn: Turn::Test, network: network.to_owned(), at, finding }
    }

    /// The same for everything that is told about one finding, whatever became of it.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}/{}", self.network, self.finding.canister, self.finding.subject)
    }

    /// In one sentence.
    pub(crate) fn sentence(&self) -> String {
        let Finding { level, canister, subject, reason } = &self.finding;
        let turn = match self.turn {
            Turn::Raised => level.name(),
            Turn::Cleared => "over",
            Turn::Test => "test",
        };
        format!("[{turn}] {}: {canister} {subject}: {reason}", self.network)
    }
}

/// What was found at the last look.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    known: BTreeMap<(String, String), Finding>,
}

impl Watch {
    /// What turned. A canister that does not answer now keeps what was found in it before: nobody
    /// knows that it is over.
    pub(crate) fn turns(&mut self, fleet: &Fleet) -> Vec<Notice> {
        let notice = |turn, finding: &Finding| Notice {
            turn,
            network: fleet.network.clone(),
            at: fleet.at.clone(),
            finding: finding.clone(),
        };
        let key = |finding: &Finding| (finding.canister.clone(), finding.subject.clone());
        let mut now: BTreeMap<_, _> =
            fleet.findings.iter().map(|finding| (key(finding), finding.clone())).collect();
        let silent = |name: &str| {
            fleet.canisters.iter().any(|panel| panel.name == name && panel.answer.is_none())
        };
        for (key, finding) in &self.known {
            if silent(&key.0) && !now.contains_key(key) {
                now.insert(key.clone(), finding.clone());
            }
        }
        let raised = now.iter().filter(|(key, finding)| {
            self.known.get(*key).is_none_or(|before| before.level < finding.level)
        });
        let cleared = self.known.iter().filter(|(key, _)| !now.contains_key(*key));
        let notices = raised
            .map(|(_, finding)| notice(Turn::Raised, finding))
            .chain(cleared.map(|(_, finding)| notice(Turn::Cleared, finding)))
            .collect();
        self.known = now;
        notices
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::monitor::fleet::Panel;

    fn finding(level: Level, canister: &str, subject: &str) -> Finding {
        let (canister, subject) = (canister.to_owned(), subject.to_owned());
        Finding { level, canister, subject, reason: "why".to_owned() }
    }

    fn fleet(findings: Vec<Finding>, silent: &[&str]) -> Fleet {
        let panel = |name: &&str| Panel {
            name: (*name).to_owned(),
            canister: String::new(),
            answer: None,
            failure: None,
        };
        Fleet {
            network: "local".to_owned(),
            at: "now".to_owned(),
            level: Level::Good,
            canisters: silent.iter().map(panel).collect(),
            breakers: Vec::new(),
            findings,
        }
    }

    fn turns(watch: &mut Watch, findings: Vec<Finding>, silent: &[&str]) -> Vec<(Turn, String)> {
        let notices = watch.turns(&fleet(findings, silent));
        notices.into_iter().map(|notice| (notice.turn, notice.finding.subject)).collect()
    }

    #[test]
    fn a_finding_is_told_when_it_comes_worsens_and_goes() {
        let mut watch = Watch::default();
        let memory = |level| vec![finding(level, "registry", "memory")];
        let told = |turn| vec![(turn, "memory".to_owned())];
        assert_eq!(turns(&mut watch, memory(Level::Warning), &[]), told(Turn::Raised));
        assert_eq!(turns(&mut watch, memory(Level::Warning), &[]), []);
        assert_eq!(turns(&mut watch, memory(Level::Critical), &[]), told(Turn::Raised));
        assert_eq!(turns(&mut watch, memory(Level::Warning), &[]), [], "better, but still there");
        assert_eq!(turns(&mut watch, vec![], &[]), told(Turn::Cleared));
        assert_eq!(turns(&mut watch, vec![], &[]), []);
    }

    #[test]
    fn what_a_silent_canister_had_is_not_over() {
        let mut watch = Watch::default();
        turns(&mut watch, vec![finding(Level::Warning, "registry", "memory")], &[]);
        let silence = vec![finding(Level::Critical, "registry", "reachable")];
        let told = turns(&mut watch, silence, &["registry"]);
        assert_eq!(told, [(Turn::Raised, "reachable".to_owned())]);
        let mut told = turns(&mut watch, vec![], &[]);
        told.sort_by(|a, b| a.1.cmp(&b.1));
        assert_eq!(
            told,
            [(Turn::Cleared, "memory".to_owned()), (Turn::Cleared, "reachable".to_owned())]
        );
    }
}
