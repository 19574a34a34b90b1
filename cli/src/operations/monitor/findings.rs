//! What of a look somebody has to look at.

use granary_api::risk_guard::{Alert, AlertLevel};
use serde::Serialize;

use super::fleet::{Breaker, Panel};
use crate::{exit::Exit, render::page::cut, suite::RISK_GUARD};

/// Days of runway below which somebody tops up, and below which he does it today.
const RUNWAY_DAYS: [(u32, Level); 2] = [(7, Level::Critical), (30, Level::Warning)];
/// Characters of a reason that reach a terminal or a channel.
const REASON_CHARS: usize = 300;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// As it should be.
    Good,
    /// Worth knowing.
    Info,
    Warning,
    Critical,
}

impl Level {
    /// The level's name in documents.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// What a script should conclude.
    pub(crate) const fn exit(self) -> Exit {
        match self {
            Self::Good | Self::Info => Exit::Ok,
            Self::Warning => Exit::Degraded,
            Self::Critical => Exit::Failed,
        }
    }
}

/// Something that is not as it should be. `canister` and `subject` tell it from every other one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) level: Level,
    pub(crate) canister: String,
    /// A component, a breaker, an alert of the guard.
    pub(crate) subject: String,
    pub(crate) reason: String,
}

impl Finding {
    fn new(level: Level, canister: &str, subject: impl Into<String>, reason: &str) -> Self {
        let canister = canister.to_owned();
        Self { level, canister, subject: subject.into(), reason: cut(reason, REASON_CHARS) }
    }
}

/// All findings, worst first, then in the order of the canisters.
pub(crate) fn all(panels: &[Panel], breakers: &[Breaker], alerts: &[Alert]) -> Vec<Finding> {
    let mut found: Vec<Finding> = panels.iter().flat_map(of_canister).collect();
    found.extend(breakers.iter().map(|breaker| {
        let subject = format!("breaker {}", cut(&breaker.service, 40));
        let reason = format!("it is {}: calls to the service are held back", breaker.state);
        Finding::new(Level::Warning, RISK_GUARD.name, subject, &reason)
    }));
    found.extend(alerts.iter().map(of_alert));
    found.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    found
}

fn of_canister(panel: &Panel) -> Vec<Finding> {
    let name = &panel.name;
    let Some(answer) = &panel.answer else {
        let why = panel.failure.as_deref().unwrap_or("it did not answer");
        return vec![Finding::new(Level::Critical, name, "reachable", why)];
    };
    let mut found: Vec<Finding> = answer
        .components
        .iter()
        .filter(|part| part.level > Level::Good)
        .map(|part| Finding::new(part.level, name, cut(&part.name, 40), &part.reason))
        .collect();
    if answer.mode != "full" {
        let reason = format!("it is in the mode {}", answer.mode);
        found.push(Finding::new(Level::Warning, name, "mode", &reason));
    }
    let short = answer.runway_days.and_then(|days| {
        let (_, level) = RUNWAY_DAYS.into_iter().find(|(limit, _)| days < *limit)?;
        Some(Finding::new(level, name, "runway", &format!("its cycles last {days} days")))
    });
    found.extend(short);
    found
}

fn of_alert(alert: &Alert) -> Finding {
    let level = match alert.level {
        AlertLevel::Info => Level::Info,
        AlertLevel::Warning => Level::Warning,
        AlertLevel::Critical => Level::Critical,
    };
    let subject = format!("alert {} {}", alert.id, cut(&alert.kind, 40));
    let Alert { component, value, threshold, count, .. } = alert;
    let reason = format!("{component}: {value}, threshold {threshold}, seen {count} times");
    Finding::new(level, RISK_GUARD.name, subject, &reason)
}
