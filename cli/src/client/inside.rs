//! A network inside this process, spoken to without a port and without keys: whoever a message is
//! said to be from, sends it. Only for copies, which nobody else reaches.

use std::{path::PathBuf, time::Duration};

use candid::Principal;
use granary_proof::certificate::certified_data;
use localnet::{
    certification::DEV_ROOT_KEY_DER,
    network::{EffectivePrincipal, IngressMessage, IngressStatus, NetworkConfig, QueryCall},
    runtime::Visibility,
    server::{InstanceGone, InstanceHandle, InstanceSpec},
};

use super::{Client, Message};
use crate::{exit::Exit, failure::Failure, identity::Caller};

/// Rounds run for a call before others have their turn; most calls need one.
const ROUNDS_AT_ONCE: usize = 20;
/// How often those are run again, with a pause between them.
const TRIES_MAX: usize = 3_000;
const PAUSE: Duration = Duration::from_millis(20);

/// A network that is in this process, and who speaks to it.
#[derive(Clone)]
pub(crate) struct InsideClient {
    network: InstanceHandle,
    sender: Principal,
}

impl InsideClient {
    /// An empty network whose clock shows `time_ns`, and stands still but for the rounds that
    /// messages need. Compiled modules are kept in `cache`.
    pub(crate) async fn start(time_ns: u64, cache: Option<PathBuf>) -> Result<Self, Failure> {
        let network = NetworkConfig {
            initial_time_ns: Some(time_ns),
            compile_cache_dir: cache,
            any_id: true,
            ..NetworkConfig::default()
        };
        let spec = InstanceSpec { network, ..InstanceSpec::default() };
        let network = InstanceHandle::start(spec).await.map_err(|reason| {
            let message = format!("the network inside this process did not start: {reason}");
            Failure::new(Exit::Failed, "cli.network", message)
        })?;
        Ok(Self { network, sender: Principal::anonymous() })
    }

    /// The same network, spoken to by somebody else.
    pub(crate) fn as_principal(&self, sender: Principal) -> Self {
        Self { network: self.network.clone(), sender }
    }

    /// From now on time follows the clock of this machine, and timers run.
    pub(crate) async fn go_live(&self) -> Result<(), Failure> {
        let started = self.network.run(|instance| instance.start_live(Duration::ZERO));
        started.await.map_err(gone)?.map_err(|reason| {
            Failure::new(
                Exit::Failed,
                "cli.network",
                format!("the copy does not go live: {reason}"),
            )
        })
    }

    /// Instructions of the canister's last `post_upgrade`.
    pub(crate) async fn upgrade_instructions(&self, canister: Principal) -> Option<u64> {
        let read = self
            .network
            .run(move |instance| instance.network.last_instructions(canister, "post_upgrade"));
        read.await.ok().flatten()
    }

    /// Ends the network, for everybody who speaks to it.
    pub(crate) async fn stop(&self) -> Result<(), Failure> {
        self.network.stop().await.map_err(|reason| {
            let message = format!("the network inside this process did not end: {reason}");
            Failure::new(Exit::Failed, "cli.network", message)
        })
    }
}

fn gone(gone: InstanceGone) -> Failure {
    Failure::new(Exit::Failed, "cli.network", format!("the network in this process: {gone}"))
}

fn absent(canister: Principal) -> Failure {
    let message = format!("there is no canister {canister} in the copy");
    Failure::new(Exit::Failed, super::agent::NO_CANISTER, message)
}

fn rejected(message: &str) -> Failure {
    let line = message.lines().next().unwrap_or_default().trim().trim_end_matches('.');
    let line: String = line.chars().take(300).collect();
    Failure::new(Exit::Failed, "cli.rejected", format!("the call was rejected ({line})"))
}

impl Client for InsideClient {
    fn principal(&self) -> Principal {
        self.sender
    }

    fn acting_as(&self, caller: &Caller) -> Result<Self, Failure> {
        Ok(self.as_principal(caller.principal()?))
    }

    async fn query(&self, message: Message) -> Result<Vec<u8>, Failure> {
        let call = QueryCall {
            sender: self.sender,
            canister_id: message.canister,
            method: message.method.to_owned(),
            arg: message.arg,
            certificate: None,
        };
        let answer = self.network.run(move |instance| {
            instance.network.query(call).map_err(|reject| rejected(&reject.reject_message))
        });
        answer.await.map_err(gone)?
    }

    async fn update(&self, message: Message) -> Result<Vec<u8>, Failure> {
        let effective = if message.effective == Principal::management_canister() {
            EffectivePrincipal::None
        } else {
            EffectivePrincipal::Canister(message.effective)
        };
        let ingress = IngressMessage {
            sender: self.sender,
            canister_id: message.canister,
            method: message.method.to_owned(),
            arg: message.arg,
            effective,
            message_id: None,
            inspect: true,
        };
        let submitted = self.network.run(move |instance| {
            let id = instance.network.submit_ingress(ingress);
            id.map_err(|reject| rejected(&reject.reject_message))
        });
        let id = submitted.await.map_err(gone)??;
        for _ in 0..TRIES_MAX {
            let ran = self.network.run(move |instance| {
                for _ in 0..ROUNDS_AT_ONCE {
                    match instance.network.ingress_status(&id) {
                        IngressStatus::Replied(reply) => return Some(Ok(reply)),
                        IngressStatus::Rejected(reject) => {
                            return Some(Err(rejected(&reject.reject_message)));
                        }
                        _ => instance.network.tick(),
                    }
                }
                None
            });
            if let Some(answer) = ran.await.map_err(gone)? {
                return answer;
            }
            // It waits for something that time brings, where time passes.
            tokio::time::sleep(PAUSE).await;
        }
        let message = format!("{} had no answer from the network in this process", message.method);
        Err(Failure::new(Exit::Degraded, "cli.unknown_outcome", message))
    }

    async fn module_hash(&self, canister: Principal) -> Result<Option<Vec<u8>>, Failure> {
        let read = self.network.run(move |instance| {
            let network = &instance.network;
            let known = network.canister_exists(canister);
            known.then(|| network.module_hash(canister).map(|hash| hash.to_vec()))
        });
        read.await.map_err(gone)?.ok_or_else(|| absent(canister))
    }

    async fn metadata(
        &self,
        canister: Principal,
        name: &'static str,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let read = self.network.run(move |instance| {
            let section = instance.network.metadata(canister, name);
            section.and_then(|(seen_by, content)| {
                matches!(seen_by, Visibility::Public).then_some(content)
            })
        });
        read.await.map_err(gone)
    }

    async fn controllers(&self, canister: Principal) -> Result<Vec<Principal>, Failure> {
        let read = self
            .network
            .run(move |instance| instance.network.controllers(canister).map(<[Principal]>::to_vec));
        read.await.map_err(gone)?.ok_or_else(|| absent(canister))
    }

    fn certified_data(&self, canister: Principal, certificate: &[u8]) -> Result<Vec<u8>, Failure> {
        // Made a moment ago by the network in this process, whatever its clock shows.
        certified_data(certificate, DEV_ROOT_KEY_DER, canister.as_slice(), None)
            .map(|certified| certified.data)
            .map_err(|fault| Failure::new(Exit::Degraded, "cli.untrusted", fault.to_string()))
    }

    async fn default_effective(&self) -> Principal {
        Principal::management_canister()
    }
}
