//! What the canister is and whom it obeys: configuration, roles, whom alerts reach.

use granary_kernel::{Base, Settings};
use minicbor::{Decode, Encode};

use crate::types::{Duration, Timestamp};

/// Who looks after alerts, in which order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EscalationV1 {
    /// Who is told first.
    #[n(0)]
    pub primary: String,
    /// Who is told when nobody acknowledged in time.
    #[n(1)]
    pub backup: String,
    /// Where everybody meets.
    #[n(2)]
    pub channel: String,
    /// Who is told after that, one step for each further wait.
    #[n(3)]
    pub path: Vec<String>,
    /// How long each of them has.
    #[n(4)]
    pub acknowledge_within: Duration,
}

/// The escalation in its newest shape.
pub type Escalation = EscalationV1;

impl Escalation {
    /// Who looks after something that fires since `since` and that nobody acknowledged.
    pub fn contact(&self, since: Timestamp, now: Timestamp) -> &str {
        let waited = now.saturating_since(since).as_nanos();
        let step = waited.checked_div(self.acknowledge_within.as_nanos()).unwrap_or(0);
        match usize::try_from(step).unwrap_or(usize::MAX) {
            0 => &self.primary,
            1 => &self.backup,
            more => {
                let at = more.saturating_sub(2).min(self.path.len().saturating_sub(1));
                self.path.get(at).unwrap_or(&self.backup)
            }
        }
    }
}

/// The canister's configuration, one record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ConfigV1 {
    /// What every canister has.
    #[n(0)]
    pub base: Base,
    /// Whom alerts reach.
    #[n(1)]
    pub escalation: Option<Escalation>,
}

/// The configuration in its newest shape.
pub type Config = ConfigV1;

impl Settings for ConfigV1 {
    fn base(&self) -> &Base {
        &self.base
    }

    fn with_base(&self, base: Base) -> Self {
        Self { base, ..self.clone() }
    }
}

/// What a principal may do. Guardians hold seats instead: a seat is for one scope and one use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reserves, commits, releases: the canister that moves the money.
    Execution,
    /// Assesses and reads: canisters that decide.
    Reader,
    /// Moves parameters within bounds, announces outflows.
    Steward,
    /// Reads everything, and validates.
    Auditor,
    /// Looks after alerts, applies what is due.
    Operator,
    /// Reads logical backups.
    Backup,
    /// Policy, seats, seals, roles, modes, drain, import.
    Governor,
}

impl granary_kernel::Role for Role {
    const ALL: &'static [Self] = &[
        Self::Execution,
        Self::Reader,
        Self::Steward,
        Self::Auditor,
        Self::Operator,
        Self::Backup,
        Self::Governor,
    ];
    const GOVERNOR: Self = Self::Governor;

    fn name(self) -> &'static str {
        match self {
            Self::Execution => "Execution",
            Self::Reader => "Reader",
            Self::Steward => "Steward",
            Self::Auditor => "Auditor",
            Self::Operator => "Operator",
            Self::Backup => "Backup",
            Self::Governor => "Governor",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_does_not_answer_is_followed_by_the_next() {
        let escalation = Escalation {
            primary: "ann".to_owned(),
            backup: "ben".to_owned(),
            channel: "#treasury".to_owned(),
            path: vec!["cat".to_owned(), "dan".to_owned()],
            acknowledge_within: Duration::seconds(60),
        };
        let at = |seconds| Timestamp::ZERO.saturating_add(Duration::seconds(seconds));
        let who = |seconds| escalation.contact(at(100), at(seconds)).to_owned();
        assert_eq!([who(0), who(159), who(160)], ["ann", "ann", "ben"]);
        assert_eq!([who(220), who(280), who(9_999)], ["cat", "dan", "dan"]);
        let short = Escalation { path: vec![], ..escalation.clone() };
        assert_eq!(short.contact(at(0), at(9_999)), "ben");
    }
}
