//! A small network with puppets on it, and checks that hold after everything.

use std::sync::LazyLock;

use candid::{Principal, encode_args, encode_one, utils::ArgumentEncoder};
use ic_management_canister_types as mg;
use pocket_ic::RejectResponse;

use super::puppet::{self, Program};
use crate::network::{
    EffectivePrincipal, IngressMessage, IngressStatus, MessageId, Network, NetworkConfig, QueryCall,
};
use crate::runtime::{Engine, EngineConfig};

/// Rounds any test message may take.
const MAX_ROUNDS: usize = 200;

/// A network under test.
pub(super) struct World {
    pub(super) net: Network,
}

pub(super) fn user() -> Principal {
    Principal::self_authenticating(b"a user")
}

pub(super) fn stranger() -> Principal {
    Principal::self_authenticating(b"a stranger")
}

pub(super) type Answer = Result<Vec<u8>, RejectResponse>;

impl World {
    pub(super) fn new() -> Self {
        Self::seeded(1)
    }

    pub(super) fn seeded(seed: u64) -> Self {
        Self::with(NetworkConfig { seed, ..NetworkConfig::default() })
    }

    /// All worlds share one engine, which compiles the puppet once.
    pub(super) fn with(config: NetworkConfig) -> Self {
        static ENGINE: LazyLock<Engine> =
            LazyLock::new(|| Engine::new(EngineConfig::default()).expect("engine starts"));
        let config = NetworkConfig { engine: Some(ENGINE.clone()), ..config };
        Self { net: Network::new(config).expect("network starts") }
    }

    /// Every cycle is somewhere.
    pub(super) fn check(&self) {
        let account = self.net.cycles_account();
        let total = account.balances + account.in_flight + account.burned;
        assert_eq!(account.minted, total, "cycles appeared or vanished: {account:?}");
    }

    pub(super) fn submit(
        &mut self,
        sender: Principal,
        canister: Principal,
        method: &str,
        arg: Vec<u8>,
    ) -> Result<MessageId, RejectResponse> {
        let id = self.net.submit_ingress(IngressMessage {
            sender,
            canister_id: canister,
            method: method.to_owned(),
            arg,
            effective: EffectivePrincipal::None,
            message_id: None,
            inspect: true,
        });
        self.check();
        id
    }

    pub(super) fn wait(&mut self, id: &MessageId) -> Answer {
        for _ in 0..MAX_ROUNDS {
            match self.net.ingress_status(id) {
                IngressStatus::Replied(data) => return Ok(data),
                IngressStatus::Rejected(response) => return Err(response),
                _ => {}
            }
            self.net.tick();
            self.check();
        }
        panic!("no answer after {MAX_ROUNDS} rounds");
    }

    pub(super) fn update(
        &mut self,
        sender: Principal,
        canister: Principal,
        method: &str,
        arg: Vec<u8>,
    ) -> Answer {
        let id = self.submit(sender, canister, method, arg)?;
        self.wait(&id)
    }

    /// Calls the management canister as `user`.
    pub(super) fn manage(&mut self, method: &str, args: impl ArgumentEncoder) -> Answer {
        self.manage_as(user(), method, args)
    }

    pub(super) fn manage_as(
        &mut self,
        sender: Principal,
        method: &str,
        args: impl ArgumentEncoder,
    ) -> Answer {
        let arg = encode_args(args).expect("arguments encode");
        self.update(sender, Principal::management_canister(), method, arg)
    }

    /// Creates an empty canister with `cycles`.
    pub(super) fn create_with(
        &mut self,
        cycles: u128,
        settings: mg::CanisterSettings,
    ) -> Principal {
        let args = mg::ProvisionalCreateCanisterWithCyclesArgs {
            amount: Some(cycles.into()),
            settings: Some(settings),
            specified_id: None,
            sender_canister_version: None,
        };
        let reply = self.manage("provisional_create_canister_with_cycles", (args,));
        let record: mg::CanisterIdRecord =
            candid::decode_one(&reply.expect("created")).expect("canister id");
        record.canister_id
    }

    pub(super) fn create(&mut self) -> Principal {
        self.create_with(100_000_000_000_000, mg::CanisterSettings::default())
    }

    pub(super) fn install_mode(
        &mut self,
        canister: Principal,
        mode: mg::CanisterInstallMode,
        wasm: Vec<u8>,
        init: Program,
    ) -> Answer {
        let args = mg::InstallCodeArgs {
            mode,
            canister_id: canister,
            wasm_module: wasm,
            arg: init.0,
            sender_canister_version: None,
        };
        self.manage("install_code", (args,))
    }

    pub(super) fn install(&mut self, canister: Principal, wasm: Vec<u8>, init: Program) {
        self.install_mode(canister, mg::CanisterInstallMode::Install, wasm, init)
            .expect("installed");
    }

    /// A fresh puppet.
    pub(super) fn puppet(&mut self) -> Principal {
        let canister = self.create();
        self.install(canister, puppet::wasm(), Program::default());
        canister
    }

    /// Makes a puppet run a program in an update call.
    pub(super) fn run(&mut self, canister: Principal, program: Program) -> Answer {
        self.update(user(), canister, "run", program.0)
    }

    pub(super) fn query(&mut self, canister: Principal, method: &str, program: Program) -> Answer {
        self.net.query(QueryCall {
            sender: user(),
            canister_id: canister,
            method: method.to_owned(),
            arg: program.0,
            certificate: None,
        })
    }

    /// The puppet's counter.
    pub(super) fn count(&mut self, canister: Principal) -> u32 {
        let reply = self.query(canister, "read", puppet::program().append_count().reply());
        u32::from_le_bytes(reply.expect("counter").try_into().expect("four bytes"))
    }

    pub(super) fn balance(&self, canister: Principal) -> u128 {
        self.net.cycles(canister).expect("canister exists")
    }

    pub(super) fn status(&mut self, canister: Principal) -> mg::CanisterStatusResult {
        let args = (mg::CanisterIdRecord { canister_id: canister },);
        let reply = self.manage("canister_status", args).expect("status");
        candid::decode_one(&reply).expect("status decodes")
    }

    pub(super) fn update_settings(&mut self, canister: Principal, settings: mg::CanisterSettings) {
        let args = mg::UpdateSettingsArgs {
            canister_id: canister,
            settings,
            sender_canister_version: None,
        };
        self.manage("update_settings", (args,)).expect("settings updated");
    }

    /// Lets a puppet be controlled by another one too.
    pub(super) fn share(&mut self, canister: Principal, with: Principal) {
        self.update_settings(
            canister,
            mg::CanisterSettings { controllers: Some(vec![user(), with]), ..Default::default() },
        );
    }
}

/// Candid argument naming a canister.
pub(super) fn record(canister: Principal) -> Vec<u8> {
    encode_one(mg::CanisterIdRecord { canister_id: canister }).expect("record encodes")
}

/// Little-endian number in the first eight bytes.
pub(super) fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"))
}
