//! Where Prometheus finds the canisters' own metrics: an answer of its HTTP service discovery.

use std::collections::BTreeMap;

use candid::Principal;
use serde::Serialize;

use crate::{client::network::Network, exit::Exit, failure::Failure};

/// Where the main network shows canisters that do not certify what they answer.
const MAINNET_RAW: &str = "raw.icp0.io";

/// One canister, as service discovery names it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Target {
    targets: [String; 1],
    labels: BTreeMap<&'static str, String>,
}

/// The canisters of `network`. On the main network each has a host of its own; elsewhere the
/// endpoint is told which one is meant, so that no name needs to resolve.
pub(crate) fn targets(
    network: &Network,
    canisters: &[(String, Principal)],
) -> Result<Vec<Target>, Failure> {
    let Some((scheme, rest)) = network.url.split_once("://") else {
        return Err(Failure::new(Exit::Usage, "cli.url", format!("{} has no scheme", network.url)));
    };
    let host = rest.split('/').next().unwrap_or_default();
    let target = |(name, canister): &(String, Principal)| {
        let mut labels = BTreeMap::from([
            ("canister", name.clone()),
            ("network", network.name.clone()),
            ("__scheme__", scheme.to_owned()),
        ]);
        if network.is_mainnet() {
            return Target { targets: [format!("{canister}.{MAINNET_RAW}")], labels };
        }
        labels.insert("__param_canisterId", canister.to_text());
        labels.insert("__param_raw", "true".to_owned());
        Target { targets: [host.to_owned()], labels }
    };
    Ok(canisters.iter().map(target).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(url: &str) -> serde_json::Value {
        let canister = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 9, 1, 1]);
        let network = Network::new(url, None).expect("a network");
        let found = targets(&network, &[("registry".to_owned(), canister)]).expect("targets");
        serde_json::to_value(&found[0]).expect("JSON")
    }

    #[test]
    fn a_local_network_is_asked_at_its_own_address() {
        let found = first("http://127.0.0.1:4943");
        assert_eq!(found["targets"][0], "127.0.0.1:4943");
        let labels = &found["labels"];
        assert_eq!(
            (&labels["canister"], &labels["network"]),
            (&"registry".into(), &"local".into())
        );
        assert_eq!(
            (&labels["__scheme__"], &labels["__param_raw"]),
            (&"http".into(), &"true".into())
        );
        let id = labels["__param_canisterId"].as_str().expect("an id");
        assert!(Principal::from_text(id).is_ok(), "{id}");
    }

    #[test]
    fn on_the_main_network_each_canister_has_its_host() {
        let found = first("https://icp-api.io");
        let host = found["targets"][0].as_str().expect("a host");
        assert!(host.ends_with("-cai.raw.icp0.io"), "{host}");
        let labels = &found["labels"];
        assert_eq!((&labels["__scheme__"], &labels["network"]), (&"https".into(), &"ic".into()));
        assert!(labels.get("__param_canisterId").is_none());
    }
}
