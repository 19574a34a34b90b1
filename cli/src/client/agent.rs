//! The real way to a canister: ic-agent, with every signature checked.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use candid::Principal;
use ic_agent::{Agent, AgentError, agent::RejectCode, export::reqwest, lookup_value};

use super::{
    Client, Message, certificate,
    network::{Network, RootKey},
};
use crate::{exit::Exit, failure::Failure, identity::Caller};

/// How many requests may be under way at once.
const CONCURRENT_REQUESTS: usize = 64;

/// What ic-agent allows one request to take.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(6);

/// How long whoever changes much waits for a sign of life first.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The failure of asking a canister that is not there.
pub(crate) const NO_CANISTER: &str = "cli.canister_not_found";

/// Canister 0: the first canister of the first subnet of a development network.
const CANISTER_ZERO: [u8; 10] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1];

/// An ic-agent, its network and its principal.
#[derive(Clone)]
pub(crate) struct AgentClient {
    agent: Agent,
    http: reqwest::Client,
    network: Network,
    principal: Principal,
}

impl AgentClient {
    /// Prepares the way; the first message shows whether anyone is there.
    pub(crate) async fn connect(network: Network, caller: &Caller) -> Result<Self, Failure> {
        let http = http_client(&network)?;
        let agent = Agent::builder()
            .with_url(network.url.clone())
            .with_http_client(http.clone())
            .with_arc_identity(caller.0.clone())
            .with_max_concurrent_requests(CONCURRENT_REQUESTS)
            .build()
            .map_err(|error| translate(&network, &error))?;
        match &network.root_key {
            RootKey::Mainnet => {}
            RootKey::Pinned(key) => agent.set_root_key(key.clone()),
            RootKey::Fetched => {
                agent.fetch_root_key().await.map_err(|error| translate(&network, &error))?;
            }
        }
        Ok(Self { agent, http, network, principal: caller.principal()? })
    }

    /// What the endpoint calls itself.
    pub(crate) async fn engine(&self) -> Result<String, Failure> {
        self.status().await.map(|status| status.engine)
    }

    /// Says at once whether somebody answers: whoever does not within `patience` is unreachable.
    pub(crate) async fn reach(&self, patience: Duration) -> Result<Status, Failure> {
        let Ok(status) = tokio::time::timeout(patience, self.status()).await else {
            let (url, seconds) = (&self.network.url, patience.as_secs());
            let message = format!("{url} gave no answer within {seconds} seconds");
            return Err(Failure::new(Exit::Unreachable, "cli.unreachable", message));
        };
        status
    }

    /// What the endpoint says of itself; nobody signs that.
    async fn status(&self) -> Result<Status, Failure> {
        let status = self.agent.status().await.map_err(|error| translate(&self.network, &error))?;
        let engine = status.impl_version.unwrap_or_else(|| "unnamed".to_owned());
        Ok(Status { engine, root_key: status.root_key })
    }
}

/// An endpoint in its own words.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) engine: String,
    /// The root key it names, in DER.
    pub(crate) root_key: Option<Vec<u8>>,
}

/// The main network's root key in DER, as the agent knows it.
pub(crate) fn mainnet_root_key() -> Vec<u8> {
    let agent = Agent::builder().with_url("https://icp-api.io").build();
    agent.map(|agent| agent.read_root_key()).unwrap_or_default()
}

impl Client for AgentClient {
    fn principal(&self) -> Principal {
        self.principal
    }

    fn acting_as(&self, caller: &Caller) -> Result<Self, Failure> {
        let mut agent = self.agent.clone();
        agent.set_arc_identity(caller.0.clone());
        Ok(Self { agent, principal: caller.principal()?, ..self.clone() })
    }

    async fn query(&self, message: Message) -> Result<Vec<u8>, Failure> {
        self.agent
            .query(&message.canister, message.method)
            .with_effective_canister_id(message.effective)
            .with_arg(message.arg)
            .call()
            .await
            .map_err(|error| translate(&self.network, &error))
    }

    async fn update(&self, message: Message) -> Result<Vec<u8>, Failure> {
        self.agent
            .update(&message.canister, message.method)
            .with_effective_canister_id(message.effective)
            .with_arg(message.arg)
            .call_and_wait()
            .await
            .map_err(|error| translate(&self.network, &error))
    }

    async fn module_hash(&self, canister: Principal) -> Result<Option<Vec<u8>>, Failure> {
        match self.agent.read_state_canister_module_hash(canister).await {
            Ok(hash) => Ok(Some(hash)),
            // An empty canister has controllers; one that is not there has not even those.
            Err(AgentError::LookupPathAbsent(_)) => self.controllers(canister).await.map(|_| None),
            Err(error) => Err(translate(&self.network, &error)),
        }
    }

    async fn metadata(
        &self,
        canister: Principal,
        name: &'static str,
    ) -> Result<Option<Vec<u8>>, Failure> {
        match self.agent.read_state_canister_metadata(canister, name).await {
            Ok(content) => Ok(Some(content)),
            Err(AgentError::LookupPathAbsent(_)) => Ok(None),
            Err(error) => Err(translate(&self.network, &error)),
        }
    }

    async fn controllers(&self, canister: Principal) -> Result<Vec<Principal>, Failure> {
        match self.agent.read_state_canister_controllers(canister).await {
            Err(AgentError::LookupPathAbsent(_)) => Err(no_canister(&self.network)),
            answer => answer.map_err(|error| translate(&self.network, &error)),
        }
    }

    fn certified_data(&self, canister: Principal, certificate: &[u8]) -> Result<Vec<u8>, Failure> {
        let certificate = certificate::parse(certificate)
            .ok_or_else(|| untrusted(&self.network, "what it calls a certificate is none"))?;
        self.agent
            .verify(&certificate, canister)
            .and_then(|()| {
                let path: [&[u8]; 3] = [b"canister", canister.as_slice(), b"certified_data"];
                lookup_value(&certificate, path).map(<[u8]>::to_vec)
            })
            .map_err(|error| translate(&self.network, &error))
    }

    async fn default_effective(&self) -> Principal {
        let zero = Principal::from_slice(&CANISTER_ZERO);
        let request = self.http.get(format!("{}/_/topology", self.network.url));
        let Ok(answer) = request.send().await else { return zero };
        let Ok(bytes) = answer.bytes().await else { return zero };
        topology_canister(&bytes).unwrap_or(zero)
    }
}

/// A client for the endpoint. This machine is reached directly and without TLS, so neither a proxy
/// nor missing CA certificates stand in the way of a local network.
fn http_client(network: &Network) -> Result<reqwest::Client, Failure> {
    let mut builder = reqwest::Client::builder().timeout(REQUEST_TIMEOUT);
    if network.name == "local" {
        builder = builder.no_proxy();
    }
    if network.url.starts_with("http://") {
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| {
        let why = std::error::Error::source(&error).map_or(error.to_string(), ToString::to_string);
        let message = format!("cannot speak TLS to {} ({})", network.url, one_line(&why));
        Failure::new(Exit::Failed, "cli.tls", message).next("apt-get install ca-certificates")
    })
}

/// The canister a PocketIC-style topology names for calls that have none of their own.
fn topology_canister(bytes: &[u8]) -> Option<Principal> {
    let topology: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let encoded = topology.get("default_effective_canister_id")?.get("canister_id")?.as_str()?;
    Principal::try_from_slice(&BASE64.decode(encoded).ok()?).ok()
}

/// An agent's error as a sentence and an exit code.
fn translate(network: &Network, error: &AgentError) -> Failure {
    let url = &network.url;
    match error {
        AgentError::CertifiedReject { reject, .. }
        | AgentError::UncertifiedReject { reject, .. } => {
            let code = reject.error_code.clone().unwrap_or_else(|| "cli.rejected".to_owned());
            let why = one_line(&reject.reject_message);
            let message = match reject.reject_code {
                RejectCode::DestinationInvalid => format!("there is no such canister ({why})"),
                RejectCode::CanisterError => format!("the canister failed ({why})"),
                RejectCode::CanisterReject => format!("the canister rejected the call ({why})"),
                RejectCode::SysTransient | RejectCode::SysFatal => {
                    format!("the network rejected the call ({why})")
                }
            };
            let next = match reject.reject_code {
                RejectCode::DestinationInvalid => "granary deploy",
                _ => "granary health",
            };
            Failure::new(Exit::Failed, &code, message).next(next)
        }
        AgentError::TransportError(cause) => {
            let message = format!("cannot reach {url} ({})", one_line(&cause.to_string()));
            Failure::new(Exit::Unreachable, "cli.unreachable", message)
        }
        AgentError::HttpError(payload) if is_no_canister(&payload.content) => no_canister(network),
        AgentError::HttpError(payload) => {
            let why = one_line(&String::from_utf8_lossy(&payload.content));
            let message = format!("{url} answered with HTTP status {} ({why})", payload.status);
            let exit = if payload.status >= 500 { Exit::Unreachable } else { Exit::Failed };
            Failure::new(exit, "cli.http", message)
        }
        AgentError::TimeoutWaitingForResponse() => Failure::new(
            Exit::Degraded,
            "cli.unknown_outcome",
            format!("{url} gave no answer in time, so the call may or may not have taken effect"),
        ),
        AgentError::CertificateVerificationFailed()
        | AgentError::CertificateNotAuthorized()
        | AgentError::CertificateOutdated(_)
        | AgentError::CertificateHasTooManyDelegations
        | AgentError::QuerySignatureVerificationFailed
        | AgentError::MissingSignature
        | AgentError::MalformedSignature
        | AgentError::MalformedPublicKey
        | AgentError::TooManySignatures { .. } => untrusted(network, &one_line(&error.to_string())),
        other => Failure::new(
            Exit::Failed,
            "cli.agent",
            format!("{url}: {}", one_line(&other.to_string())),
        ),
    }
}

fn no_canister(network: &Network) -> Failure {
    let message = format!("there is no such canister on {}", network.url);
    Failure::new(Exit::Failed, NO_CANISTER, message).next("granary deploy")
}

/// How the gateway and the boundary of the network say that they cannot route to a canister.
fn is_no_canister(content: &[u8]) -> bool {
    String::from_utf8_lossy(content).contains("canister_not_found")
}

fn untrusted(network: &Network, why: &str) -> Failure {
    let message = format!("the answer of {} is not signed as it must be ({why})", network.url);
    Failure::new(Exit::Degraded, "cli.untrusted", message)
        .next("the same with --root-key HEX of the network")
}

/// The first line of a text, cut to what fits a sentence.
fn one_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or("").trim().trim_end_matches('.');
    line.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use ic_agent::agent_error::{HttpErrorPayload, TransportError};

    use super::*;

    fn network() -> Network {
        Network::new("http://127.0.0.1:1", None).expect("a URL")
    }

    #[test]
    fn exit_codes_follow_the_cause() {
        let cases = [
            (
                AgentError::TransportError(TransportError::Generic("refused".into())),
                Exit::Unreachable,
            ),
            (http(502), Exit::Unreachable),
            (http(400), Exit::Failed),
            (AgentError::TimeoutWaitingForResponse(), Exit::Degraded),
            (AgentError::CertificateVerificationFailed(), Exit::Degraded),
            (AgentError::InvalidReplicaStatus, Exit::Failed),
        ];
        for (error, exit) in cases {
            assert_eq!(translate(&network(), &error).exit, exit, "{error}");
        }
    }

    fn http(status: u16) -> AgentError {
        AgentError::HttpError(HttpErrorPayload { status, content_type: None, content: Vec::new() })
    }

    #[test]
    fn the_topology_names_a_canister() {
        let text = br#"{"default_effective_canister_id":{"canister_id":"AAAAAAAAAAABAQ=="}}"#;
        assert_eq!(topology_canister(text), Some(Principal::from_slice(&CANISTER_ZERO)));
        for text in ["", "{}", r#"{"default_effective_canister_id":{"canister_id":"~"}}"#] {
            assert_eq!(topology_canister(text.as_bytes()), None, "{text}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_unreachable() {
        let client = AgentClient::connect(network(), &Caller::anonymous()).await.expect("prepares");
        let failure = client.engine().await.expect_err("port 1 is closed");
        assert_eq!((failure.exit, failure.next.as_str()), (Exit::Unreachable, "granary node"));
    }

    #[tokio::test]
    async fn an_endpoint_that_hangs_is_unreachable() {
        // Whoever connects is accepted by the system and never answered.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", silent.local_addr().expect("bound"));
        let network = Network::new(&url, None).expect("a URL");
        let client = AgentClient::connect(network, &Caller::anonymous()).await.expect("prepares");
        let failure = client.reach(Duration::from_millis(50)).await.expect_err("no answer");
        assert_eq!(failure.exit, Exit::Unreachable);
    }
}
