//! One canister on an embedded network, called directly and counted exactly.

use std::path::Path;

use candid::{CandidType, Principal, Reserved, encode_args, utils::ArgumentEncoder};
use granary_errors::Error;
use ic_management_canister_types::{
    CanisterInstallMode, InstallCodeArgs, ProvisionalCreateCanisterWithCyclesArgs,
    ProvisionalCreateCanisterWithCyclesResult, UpgradeFlags,
};
use localnet::network::{
    EffectivePrincipal, ExecutionTrace, IngressMessage, IngressStatus, Network, NetworkConfig,
    QueryCall,
};

/// Rounds after which a call that has no answer is given up.
const ROUNDS_MAX: usize = 100;

/// Cycles the canister starts with: enough for everything a bench does.
const CYCLES: u128 = 1_000_000_000_000_000;

/// A network with one canister.
pub(crate) struct World {
    network: Network,
    canister: Principal,
    controller: Principal,
}

impl World {
    /// Starts a network at `time_ns` whose compiled modules are kept below `cache`, with an empty
    /// canister that `controller` controls.
    pub(crate) fn start(cache: &Path, controller: Principal, time_ns: u64) -> Result<Self, String> {
        let mut network = Network::new(NetworkConfig {
            initial_time_ns: Some(time_ns),
            compile_cache_dir: Some(cache.to_path_buf()),
            trace_capacity: 1_024,
            ..NetworkConfig::default()
        })?;
        let args = ProvisionalCreateCanisterWithCyclesArgs {
            amount: Some(CYCLES.into()),
            ..ProvisionalCreateCanisterWithCyclesArgs::default()
        };
        let method = "provisional_create_canister_with_cycles";
        let effective = network.topology().default_effective_canister_id();
        let reply = manage(
            &mut network,
            controller,
            EffectivePrincipal::Canister(effective),
            method,
            args,
        )?;
        let created: ProvisionalCreateCanisterWithCyclesResult =
            candid::decode_one(&reply).map_err(|error| error.to_string())?;
        Ok(Self { network, canister: created.canister_id, controller })
    }

    /// Installs the packed module on the empty canister.
    pub(crate) fn install(&mut self, module: &[u8], arg: Vec<u8>) -> Result<(), String> {
        self.install_code(CanisterInstallMode::Install, module, arg)
    }

    /// Upgrades to the packed module and returns what `post_upgrade` cost. The first beat has
    /// passed then: what follows meets the canister as it usually is.
    pub(crate) fn upgrade(
        &mut self,
        module: &[u8],
        arg: Vec<u8>,
    ) -> Result<ExecutionTrace, String> {
        let keep = UpgradeFlags { skip_pre_upgrade: None, wasm_memory_persistence: None };
        self.install_code(CanisterInstallMode::Upgrade(Some(keep)), module, arg)?;
        let trace = self.last("post_upgrade")?;
        self.network.tick();
        self.network.run_until_idle(ROUNDS_MAX);
        Ok(trace)
    }

    fn install_code(
        &mut self,
        mode: CanisterInstallMode,
        module: &[u8],
        arg: Vec<u8>,
    ) -> Result<(), String> {
        let args = InstallCodeArgs {
            mode,
            canister_id: self.canister,
            wasm_module: module.to_vec(),
            arg,
            sender_canister_version: None,
        };
        let effective = EffectivePrincipal::Canister(self.canister);
        manage(&mut self.network, self.controller, effective, "install_code", args).map(|_| ())
    }

    /// Calls an update method and returns what was answered and what it cost.
    pub(crate) fn update(
        &mut self,
        sender: Principal,
        method: &str,
        args: impl ArgumentEncoder,
    ) -> Result<Answer, String> {
        let message = IngressMessage {
            sender,
            canister_id: self.canister,
            method: method.to_owned(),
            arg: encode_args(args).map_err(|error| error.to_string())?,
            effective: EffectivePrincipal::None,
            message_id: None,
            inspect: true,
        };
        let reply = submit(&mut self.network, message)?;
        Ok(Answer { reply, trace: self.last(&format!("update {method}"))? })
    }

    /// Calls a query method and returns what was answered and what it cost.
    pub(crate) fn query(
        &mut self,
        sender: Principal,
        method: &str,
        args: impl ArgumentEncoder,
    ) -> Result<Answer, String> {
        let call = QueryCall {
            sender,
            canister_id: self.canister,
            method: method.to_owned(),
            arg: encode_args(args).map_err(|error| error.to_string())?,
            certificate: None,
        };
        let reply = self
            .network
            .query(call)
            .map_err(|reject| format!("{method}: {}", reject.reject_message))?;
        Ok(Answer { reply, trace: self.last(&format!("query {method}"))? })
    }

    /// Lets so many nanoseconds pass, and what is due happen; answers what each message cost.
    pub(crate) fn pass(&mut self, nanoseconds: u64) -> Result<Vec<u64>, String> {
        self.network.clear_executions();
        self.network.set_time(self.network.time_ns() + nanoseconds)?;
        self.network.tick();
        self.network.run_until_idle(ROUNDS_MAX);
        Ok(self.network.executions().map(|trace| trace.instructions).collect())
    }

    /// Replaces the canister's stable memory, as if another life had written it.
    pub(crate) fn set_stable_memory(&mut self, image: &[u8]) -> Result<(), String> {
        self.network.set_stable_memory(self.canister, image).map_err(|reject| reject.reject_message)
    }

    fn last(&self, entry: &str) -> Result<ExecutionTrace, String> {
        self.network
            .executions()
            .rev()
            .find(|trace| trace.canister == self.canister && trace.entry == entry)
            .cloned()
            .ok_or_else(|| format!("the network kept no trace of `{entry}`"))
    }
}

/// The reply to one call with what it cost.
pub(crate) struct Answer {
    /// The reply, Candid-encoded.
    pub(crate) reply: Vec<u8>,
    /// What the execution took.
    pub(crate) trace: ExecutionTrace,
}

impl Answer {
    /// The answer when it is `Ok`.
    pub(crate) fn ok(self) -> Result<Self, String> {
        match self.refusal()? {
            None => Ok(self),
            Some(error) => Err(format!("{}: refused: {error}", self.trace.entry)),
        }
    }

    /// The answer when it is a refusal.
    pub(crate) fn refused(self) -> Result<Self, String> {
        match self.refusal()? {
            Some(_) => Ok(self),
            None => Err(format!("{}: not refused", self.trace.entry)),
        }
    }

    fn refusal(&self) -> Result<Option<Error>, String> {
        candid::decode_one::<Result<Reserved, Error>>(&self.reply)
            .map(Result::err)
            .map_err(|error| format!("{}: the reply is no result: {error}", self.trace.entry))
    }
}

fn manage(
    network: &mut Network,
    sender: Principal,
    effective: EffectivePrincipal,
    method: &str,
    args: impl CandidType,
) -> Result<Vec<u8>, String> {
    let arg = candid::encode_one(args).map_err(|error| error.to_string())?;
    let message = IngressMessage {
        sender,
        canister_id: Principal::management_canister(),
        method: method.to_owned(),
        arg,
        effective,
        message_id: None,
        inspect: true,
    };
    submit(network, message)
}

fn submit(network: &mut Network, message: IngressMessage) -> Result<Vec<u8>, String> {
    let method = message.method.clone();
    let failed = |words: &str| format!("{method}: {words}");
    let id = network.submit_ingress(message).map_err(|reject| failed(&reject.reject_message))?;
    for _ in 0..ROUNDS_MAX {
        match network.ingress_status(&id) {
            IngressStatus::Replied(reply) => return Ok(reply),
            IngressStatus::Rejected(reject) => return Err(failed(&reject.reject_message)),
            IngressStatus::Unknown | IngressStatus::Received | IngressStatus::Processing => {
                network.tick();
            }
        }
    }
    Err(failed(&format!("no answer after {ROUNDS_MAX} rounds")))
}
