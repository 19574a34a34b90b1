//! All canisters, read once. Everything here is a query: looking costs nobody cycles.

use candid::Principal;
use granary_api::{
    common::{HealthStatus, Mode, SystemHealth},
    risk_guard::{Alert, CircuitState, ListAlertsArgs},
};
use serde::Serialize;

use super::findings::{self, Finding, Level};
use crate::{
    client::{
        Client,
        common::GET_SYSTEM_HEALTH,
        remote::Remote,
        risk_guard::{GET_CIRCUIT_BREAKERS, LIST_ALERTS},
    },
    date,
    failure::Failure,
    render::guard::service_name,
    suite::RISK_GUARD,
};

/// Open alerts that are looked at; the newest pages of more are in `granary guard alerts`.
const ALERTS: u32 = 50;

/// Every canister that was asked, and what follows from the answers.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fleet {
    pub(crate) network: String,
    pub(crate) at: String,
    /// The worst of all findings.
    pub(crate) level: Level,
    pub(crate) canisters: Vec<Panel>,
    /// Those that are not closed.
    pub(crate) breakers: Vec<Breaker>,
    /// Worst first.
    pub(crate) findings: Vec<Finding>,
}

/// One canister.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Panel {
    pub(crate) name: String,
    pub(crate) canister: String,
    /// None when it did not answer.
    pub(crate) answer: Option<Answer>,
    /// Why it did not answer.
    pub(crate) failure: Option<String>,
}

/// What a canister says about itself.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Answer {
    pub(crate) level: Level,
    pub(crate) version: String,
    pub(crate) state_schema: u32,
    /// `full`, `read_only`, `outflows_frozen` or `restricted`.
    pub(crate) mode: &'static str,
    pub(crate) uptime_ns: u64,
    pub(crate) missed_beats: u64,
    pub(crate) components: Vec<Component>,
    /// Bytes, where the identity may know.
    pub(crate) heap_bytes: Option<u64>,
    pub(crate) stable_bytes: Option<u64>,
    /// Cycles, where the identity may know.
    pub(crate) cycles: Option<u128>,
    pub(crate) runway_days: Option<u32>,
}

/// One watched part of a canister.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) level: Level,
    pub(crate) reason: String,
}

/// A circuit breaker that is not closed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Breaker {
    pub(crate) service: String,
    /// `open` or `half_open`.
    pub(crate) state: &'static str,
}

impl From<HealthStatus> for Level {
    fn from(status: HealthStatus) -> Self {
        match status {
            HealthStatus::Healthy => Self::Good,
            HealthStatus::Degraded => Self::Warning,
            HealthStatus::Critical => Self::Critical,
        }
    }
}

impl Answer {
    fn new(health: &SystemHealth) -> Self {
        let component = |part: &granary_api::common::ComponentHealth| Component {
            name: part.name.clone(),
            level: part.status.into(),
            reason: part.reason.clone(),
        };
        Self {
            level: health.overall.into(),
            version: health.version.clone(),
            state_schema: health.schema,
            mode: match health.mode {
                Mode::Full => "full",
                Mode::ReadOnly => "read_only",
                Mode::OutflowsFrozen => "outflows_frozen",
                Mode::Restricted(_) => "restricted",
            },
            uptime_ns: health.uptime_ns,
            missed_beats: health.missed_beats,
            components: health.components.iter().map(component).collect(),
            heap_bytes: health.heap_bytes,
            stable_bytes: health.stable_bytes,
            cycles: health.cycles,
            runway_days: health.runway_days,
        }
    }
}

/// Asks every canister how it is, and the guard what is open. One that does not answer is part of
/// the result.
pub(crate) async fn look<C: Client>(
    client: &C,
    network: &str,
    canisters: &[(String, Principal)],
    now_ns: u64,
) -> Fleet {
    let mut panels = Vec::with_capacity(canisters.len());
    let (mut breakers, mut alerts) = (Vec::new(), Vec::new());
    for (name, canister) in canisters {
        let remote = Remote { client: client.clone(), canister: *canister };
        let asked = remote.ask(GET_SYSTEM_HEALTH).await;
        if asked.is_ok() && name == RISK_GUARD.name {
            // Whoever may not see them sees at least the health of their keeper.
            (breakers, alerts) = guard(&remote).await.unwrap_or_default();
        }
        let (answer, failure) = match asked {
            Ok(health) => (Some(Answer::new(&health)), None),
            Err(failure) => (None, Some(failure.message)),
        };
        panels.push(Panel { name: name.clone(), canister: canister.to_text(), answer, failure });
    }
    let findings = findings::all(&panels, &breakers, &alerts);
    let level = findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Good);
    let network = network.to_owned();
    Fleet { network, at: date::iso(now_ns), level, canisters: panels, breakers, findings }
}

async fn guard<C: Client>(remote: &Remote<C>) -> Result<(Vec<Breaker>, Vec<Alert>), Failure> {
    let breakers = remote.ask(GET_CIRCUIT_BREAKERS).await?;
    let breakers = breakers.into_iter().filter_map(|breaker| {
        let state = match breaker.state {
            CircuitState::Closed => return None,
            CircuitState::Open => "open",
            CircuitState::HalfOpen => "half_open",
        };
        Some(Breaker { service: service_name(&breaker.service), state })
    });
    let args = ListAlertsArgs { only_open: true, after: None, limit: ALERTS };
    let alerts = remote.query(LIST_ALERTS, &args).await?;
    Ok((breakers.collect(), alerts.items))
}

#[cfg(test)]
mod tests {
    use granary_api::{
        Error,
        common::{ComponentHealth, Profile},
        risk_guard::{AlertLevel, AlertPage, AlertState, CircuitBreaker, Service},
    };
    use serde_bytes::ByteBuf;

    use super::*;
    use crate::client::fake::Answers;

    fn health() -> SystemHealth {
        let component = |name: &str, status, reason: &str| ComponentHealth {
            name: name.to_owned(),
            status,
            reason: reason.to_owned(),
        };
        SystemHealth {
            overall: HealthStatus::Degraded,
            components: vec![
                component("jobs", HealthStatus::Healthy, ""),
                component("memory", HealthStatus::Degraded, "9 of 10 are used"),
            ],
            last_check_ns: 1,
            missed_beats: 0,
            version: "0.1.0".to_owned(),
            schema: 3,
            uptime_ns: 1,
            mode: Mode::OutflowsFrozen,
            profile: Profile::Testing,
            log_head: ByteBuf::from(vec![0; 32]),
            heap_bytes: None,
            stable_bytes: None,
            cycles: None,
            runway_days: Some(6),
        }
    }

    fn alert() -> Alert {
        Alert {
            id: 4,
            level: AlertLevel::Critical,
            kind: "SealActive".to_owned(),
            component: "asset:1".to_owned(),
            value: 1,
            threshold: 0,
            first_at_ns: 1,
            last_at_ns: 1,
            count: 2,
            state: AlertState::Firing,
            handled_by: None,
            contact: None,
        }
    }

    fn breaker(state: CircuitState) -> CircuitBreaker {
        let service = Service::Ledger(1);
        let (since_ns, until_ns, times_opened, failures, samples) = (1, None, 1, 9, 10);
        CircuitBreaker { service, state, since_ns, until_ns, times_opened, failures, samples }
    }

    async fn seen(answers: Answers) -> Fleet {
        let guard = answers.grants();
        let canisters = [(RISK_GUARD.name.to_owned(), guard.canister)];
        look(&guard.client, "local", &canisters, 0).await
    }

    fn subjects(fleet: &Fleet) -> Vec<(Level, &str)> {
        fleet.findings.iter().map(|found| (found.level, found.subject.as_str())).collect()
    }

    #[tokio::test]
    async fn what_is_wrong_is_found_worst_first() {
        let breakers = vec![breaker(CircuitState::Closed), breaker(CircuitState::Open)];
        let page: Result<AlertPage, Error> = Ok(AlertPage { items: vec![alert()], next: None });
        let answers = Answers::default()
            .plain("get_system_health", &health())
            .plain("get_circuit_breakers", &breakers)
            .result("list_alerts", &page);
        let fleet = seen(answers).await;
        assert_eq!(
            subjects(&fleet),
            [
                (Level::Critical, "runway"),
                (Level::Critical, "alert 4 SealActive"),
                (Level::Warning, "memory"),
                (Level::Warning, "mode"),
                (Level::Warning, "breaker ledger:1"),
            ]
        );
        assert_eq!(fleet.level, Level::Critical);
        assert_eq!(fleet.breakers.len(), 1, "what is closed is no news");
    }

    #[tokio::test]
    async fn a_silent_canister_is_a_finding_and_a_shut_guard_is_none() {
        let fleet = seen(Answers::default()).await;
        assert_eq!(subjects(&fleet), [(Level::Critical, "reachable")]);
        assert!(fleet.canisters[0].answer.is_none());
        let well = SystemHealth {
            overall: HealthStatus::Healthy,
            components: Vec::new(),
            mode: Mode::Full,
            runway_days: None,
            ..health()
        };
        // Its alerts are for operators; whoever may not ask sees its health.
        let fleet = seen(Answers::default().plain("get_system_health", &well)).await;
        assert_eq!((subjects(&fleet), fleet.level), (vec![], Level::Good));
    }
}
