//! Endpoints, their names, and the root key each of them is trusted by.

use std::net::IpAddr;

use ic_agent::export::reqwest::Url;
use localnet::certification::DEV_ROOT_KEY_DER;

use crate::{exit::Exit, failure::Failure};

/// Hosts that serve the Internet Computer's main network.
const MAINNET_DOMAINS: [&str; 4] = ["icp-api.io", "ic0.app", "icp0.io", "internetcomputer.org"];

/// Whose signatures count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RootKey {
    /// The main network's key, which is part of the agent.
    Mainnet,
    /// A key in DER.
    Pinned(Vec<u8>),
    /// Whatever the endpoint says; for loopback addresses only.
    Fetched,
}

/// An endpoint of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    /// Where it listens.
    pub(crate) url: String,
    /// `ic` for the main network, `local` for this machine, otherwise the host.
    pub(crate) name: String,
    /// Whose signatures count.
    pub(crate) root_key: RootKey,
}

impl Network {
    /// Finds out which network `url` belongs to. `root_key` is none, `fetch`, or a DER key in
    /// hexadecimal.
    pub(crate) fn new(url: &str, root_key: Option<&str>) -> Result<Self, Failure> {
        let usage = |message: String| {
            Failure::new(Exit::Usage, "cli.url", message)
                .next("granary --url http://127.0.0.1:4943")
        };
        let parsed =
            Url::parse(url).map_err(|error| usage(format!("`{url}` is not a URL ({error})")))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(usage(format!("`{url}` is not an http or https URL")));
        }
        let host = parsed.host_str().ok_or_else(|| usage(format!("`{url}` names no host")))?;
        let local = is_loopback(host);
        let mainnet = is_mainnet(host);
        let root_key = match root_key {
            None if local => RootKey::Pinned(DEV_ROOT_KEY_DER.to_vec()),
            None => RootKey::Mainnet,
            Some(_) if mainnet => {
                return Err(Failure::new(
                    Exit::Refused,
                    "cli.root_key",
                    "the main network has one root key, and it is not negotiable",
                )
                .next("the same without --root-key"));
            }
            Some("fetch") if local => RootKey::Fetched,
            Some("fetch") => {
                return Err(Failure::new(
                    Exit::Refused,
                    "cli.root_key",
                    format!("a root key fetched from {host} would be trusted because it says so"),
                )
                .next("the same with --root-key HEX"));
            }
            Some(text) => RootKey::Pinned(
                hex::decode(text)
                    .map_err(|error| usage(format!("--root-key is not hexadecimal ({error})")))?,
            ),
        };
        let name = if mainnet {
            "ic"
        } else if local {
            "local"
        } else {
            host
        };
        Ok(Self { url: url.trim_end_matches('/').to_owned(), name: name.to_owned(), root_key })
    }

    /// The key whose signatures count, without asking anybody.
    pub(crate) fn trusted_key(&self) -> Result<Vec<u8>, Failure> {
        match &self.root_key {
            RootKey::Pinned(key) => Ok(key.clone()),
            RootKey::Mainnet => Ok(super::agent::mainnet_root_key()),
            RootKey::Fetched => {
                let message = "a root key that is fetched vouches for nothing offline";
                Err(Failure::new(Exit::Usage, "cli.root_key", message)
                    .next("the same with --root-key HEX"))
            }
        }
    }

    /// True when the canisters hold real money.
    pub(crate) fn is_mainnet(&self) -> bool {
        self.root_key == RootKey::Mainnet
    }
}

fn is_mainnet(host: &str) -> bool {
    MAINNET_DOMAINS.iter().any(|domain| {
        host == *domain || host.strip_suffix(domain).is_some_and(|h| h.ends_with('.'))
    })
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_decides_whom_to_trust() {
        for local in ["http://127.0.0.1:4943", "http://localhost:8000/", "http://[::1]:1"] {
            let network = Network::new(local, None).expect("a URL");
            assert_eq!(network.name, "local", "{local}");
            assert!(matches!(network.root_key, RootKey::Pinned(_)));
            assert!(!network.is_mainnet());
        }
        for main in ["https://icp-api.io", "https://ic0.app", "https://abc.icp0.io"] {
            let network = Network::new(main, None).expect("a URL");
            assert_eq!((network.name.as_str(), network.is_mainnet()), ("ic", true), "{main}");
        }
        let other = Network::new("https://testnet.example", None).expect("a URL");
        assert_eq!(other.root_key, RootKey::Mainnet, "an unknown host has to prove itself");
        assert_eq!(other.name, "testnet.example");
    }

    #[test]
    fn a_root_key_is_never_fetched_from_afar() {
        for url in ["https://icp-api.io", "https://testnet.example", "https://127.0.0.1.example"] {
            let failure = Network::new(url, Some("fetch")).expect_err("refused");
            assert_eq!(failure.exit, Exit::Refused, "{url}");
        }
        let failure = Network::new("https://icp-api.io", Some("00ff")).expect_err("refused");
        assert_eq!(failure.exit, Exit::Refused);
        let network = Network::new("http://127.0.0.1:1", Some("fetch")).expect("loopback");
        assert_eq!(network.root_key, RootKey::Fetched);
    }

    #[test]
    fn what_is_not_an_endpoint_is_a_usage_error() {
        for url in ["", "icp-api.io", "ftp://icp-api.io", "http://"] {
            assert_eq!(Network::new(url, None).expect_err("refused").exit, Exit::Usage, "{url}");
        }
        let failure = Network::new("https://testnet.example", Some("xyz")).expect_err("no hex");
        assert_eq!(failure.exit, Exit::Usage);
    }
}
