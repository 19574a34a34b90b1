//! Whether the canisters reach those they work with, by asking them to try.

use granary_api::common::HealthStatus;
use serde::Serialize;

use crate::{
    client::{Client, common::test_connection, remote::Remote},
    failure::Failure,
    suite::{EXECUTION, MICRO_GRANTS, PORTFOLIO, RISK_GUARD},
};

/// Who asks whom, and by which method it tells.
const CONNECTIONS: [(&str, &str, &str); 4] = [
    (EXECUTION.name, PORTFOLIO.name, "test_portfolio_connection"),
    (EXECUTION.name, RISK_GUARD.name, "test_risk_guard_connection"),
    (RISK_GUARD.name, PORTFOLIO.name, "test_portfolio_connection"),
    (MICRO_GRANTS.name, EXECUTION.name, "test_execution_connection"),
];

/// A connection that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Connection {
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) reached: bool,
    /// What the one that was asked says of itself, or why it was not reached.
    pub(crate) reason: String,
}

/// Tries the connections of the canister `name`. Those it was never told of are left out.
pub(crate) async fn test<C: Client>(
    name: &str,
    remote: &Remote<C>,
) -> Result<Vec<Connection>, Failure> {
    let mut tried = Vec::new();
    for (from, to, method) in CONNECTIONS.iter().filter(|(from, _, _)| *from == name) {
        let answer = match remote.act(test_connection(method), &()).await {
            Err(failure) if failure.code == "common.peer.unset" => continue,
            answer => answer?,
        };
        let reached = answer.status != HealthStatus::Critical;
        tried.push(Connection { from, to, reached, reason: answer.reason });
    }
    Ok(tried)
}

#[cfg(test)]
mod tests {
    use granary_api::{Error, common::Dependency};

    use super::*;
    use crate::client::fake::Answers;

    fn dependency(status: HealthStatus) -> Dependency {
        let (name, reason) = ("portfolio".to_owned(), "so it says".to_owned());
        let (canister, version) = (None, None);
        Dependency { name, canister, status, reason, version, latency_ns: 0, checked_at_ns: 0 }
    }

    #[tokio::test]
    async fn each_connection_of_a_canister_is_tried() {
        let code = granary_errors::Code::new("common.peer.unset");
        let unset = Error::state_error(code, "unset", &[], "nobody said where it is");
        let unset: Result<Dependency, Error> = Err(unset);
        let canister = Answers::default()
            .result("test_portfolio_connection", &Ok(dependency(HealthStatus::Critical)))
            .result("test_risk_guard_connection", &unset)
            .grants();
        let tried = test("execution", &canister).await.expect("answers");
        let (from, to, reached) = ("execution", "portfolio", false);
        let reason = "so it says".to_owned();
        assert_eq!(tried, [Connection { from, to, reached, reason }]);
        assert_eq!(test("registry", &canister).await, Ok(vec![]), "it calls nobody");
        assert!(test("micro_grants", &canister).await.is_err(), "one that fails is no connection");
    }
}
