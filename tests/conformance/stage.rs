//! One network, and what cases do on it.

use std::{cell::Cell, path::Path};

use candid::{CandidType, Encode, Principal};
use granary_tests::{engine::Engine, people};
use ic_management_canister_types::{
    CanisterInstallMode, CanisterSettings, CanisterStatusResult, InstallCodeArgs,
};
use pocket_ic::{
    PocketIc, RejectResponse,
    common::rest::{RawEffectivePrincipal, RawMessageId},
};
use serde::Deserialize;
use universal::program::{Call, Program, get, nothing, reply, reply_with, stable_read};

/// An answer of the network.
pub(crate) type Answer = Result<Vec<u8>, RejectResponse>;

/// A network with a root and an application subnet, and the module of the universal canister.
pub(crate) struct Stage {
    pub(crate) network: PocketIc,
    module: Vec<u8>,
    localnet: bool,
    shared: Cell<Option<Principal>>,
}

/// Cycles of a canister unless a case says otherwise.
pub(crate) const CYCLES: u128 = 100_000_000_000_000;

/// Who installs, controls and calls.
pub(crate) fn user() -> Principal {
    people::person("user")
}

/// Somebody else.
pub(crate) fn other() -> Principal {
    people::person("somebody else")
}

/// The management canister.
pub(crate) const IC: Principal = Principal::management_canister();

/// An upgrade that keeps nothing of the heap.
pub(crate) const UPGRADE: CanisterInstallMode = CanisterInstallMode::Upgrade(None);

/// `record { canister_id }`, what many methods of the management canister take.
pub(crate) fn only(canister_id: Principal) -> Vec<u8> {
    #[derive(CandidType)]
    struct Only {
        canister_id: Principal,
    }
    Encode!(&Only { canister_id }).unwrap()
}

impl Stage {
    pub(crate) fn new() -> Self {
        let server = env!("CARGO_BIN_EXE_granary-test-server");
        let engine = Engine::shared(Path::new(server));
        let module = granary_build::canister("universal").unwrap().bytes;
        let localnet = engine.is_localnet();
        Self { network: engine.rooted(), module, localnet, shared: Cell::new(None) }
    }

    pub(crate) fn is_localnet(&self) -> bool {
        self.localnet
    }

    /// A universal canister that cases may share: they leave it as they found it, but for what it
    /// keeps in memory.
    pub(crate) fn shared(&self) -> Principal {
        let canister = self.shared.get().unwrap_or_else(|| self.idle());
        self.shared.set(Some(canister));
        canister
    }

    /// The next case shares a new canister: one failed with the last.
    pub(crate) fn forget_shared(&self) {
        self.shared.set(None);
    }

    /// An empty canister.
    pub(crate) fn create(&self) -> Principal {
        self.create_with(CYCLES)
    }

    /// An empty canister with so many cycles, controlled by [`user`].
    pub(crate) fn create_with(&self, cycles: u128) -> Principal {
        let settings =
            CanisterSettings { controllers: Some(vec![user()]), ..CanisterSettings::default() };
        self.provisional(Some(cycles), &settings).unwrap()
    }

    /// `provisional_create_canister_with_cycles` with settings of any kind.
    pub(crate) fn provisional<S: CandidType>(
        &self,
        amount: Option<u128>,
        settings: &S,
    ) -> Result<Principal, RejectResponse> {
        #[derive(CandidType)]
        struct Args<'s, S> {
            amount: Option<candid::Nat>,
            settings: Option<&'s S>,
        }
        let args = Args { amount: amount.map(Into::into), settings: Some(settings) };
        let some = self.some_canister();
        let method = "provisional_create_canister_with_cycles";
        let answer = self.manage(user(), some, method, &Encode!(&args).unwrap())?;
        Ok(created(&answer))
    }

    /// An identity that the application subnet may give to a canister.
    fn some_canister(&self) -> Principal {
        let topology = self.network.topology();
        let subnet = topology.get_app_subnets()[0];
        let first = topology.subnet_configs[&subnet].canister_ranges[0].start.clone();
        Principal::from_slice(&first.canister_id)
    }

    /// A user calls the management canister about a canister.
    pub(crate) fn manage(
        &self,
        by: Principal,
        about: Principal,
        method: &str,
        argument: &[u8],
    ) -> Answer {
        let effective = RawEffectivePrincipal::CanisterId(about.as_slice().to_vec());
        let argument = argument.to_vec();
        self.network.update_call_with_effective_principal(IC, effective, by, method, argument)
    }

    /// `install_code` by [`user`].
    pub(crate) fn install_code(
        &self,
        canister_id: Principal,
        mode: CanisterInstallMode,
        wasm_module: Vec<u8>,
        arg: Vec<u8>,
    ) -> Answer {
        let args =
            InstallCodeArgs { mode, canister_id, wasm_module, arg, sender_canister_version: None };
        self.manage(user(), canister_id, "install_code", &Encode!(&args).unwrap())
    }

    /// The universal canister in a mode, with what it does on installation.
    pub(crate) fn code(
        &self,
        canister: Principal,
        mode: CanisterInstallMode,
        program: &Program,
    ) -> Answer {
        self.install_code(canister, mode, self.module.clone(), program.0.clone())
    }

    /// A new universal canister.
    pub(crate) fn install(&self, program: &Program) -> Principal {
        let canister = self.create();
        self.install_at(canister, program);
        canister
    }

    /// A new universal canister that does nothing at first.
    pub(crate) fn idle(&self) -> Principal {
        self.install(&nothing())
    }

    /// The universal canister in an empty canister.
    pub(crate) fn install_at(&self, canister: Principal, program: &Program) {
        self.code(canister, CanisterInstallMode::Install, program).unwrap();
    }

    pub(crate) fn upgrade(&self, canister: Principal, program: &Program) -> Answer {
        self.code(canister, UPGRADE, program)
    }

    pub(crate) fn reinstall(&self, canister: Principal, program: &Program) -> Answer {
        self.code(canister, CanisterInstallMode::Reinstall, program)
    }

    pub(crate) fn uninstall(&self, canister: Principal) {
        self.manage(user(), canister, "uninstall_code", &only(canister)).unwrap();
    }

    pub(crate) fn stop(&self, canister: Principal) {
        self.network.stop_canister(canister, Some(user())).unwrap();
    }

    pub(crate) fn start(&self, canister: Principal) {
        self.network.start_canister(canister, Some(user())).unwrap();
    }

    pub(crate) fn status(&self, canister: Principal) -> CanisterStatusResult {
        let answer = self.manage(user(), canister, "canister_status", &only(canister));
        candid::decode_one(&answer.unwrap()).unwrap()
    }

    /// A program in an update, by [`user`].
    pub(crate) fn call(&self, canister: Principal, program: Program) -> Answer {
        self.network.update_call(canister, user(), "update", program.0)
    }

    /// A program in a query that is executed as an update.
    pub(crate) fn replicated(&self, canister: Principal, program: Program) -> Answer {
        self.network.update_call(canister, user(), "query", program.0)
    }

    /// A program in a query.
    pub(crate) fn query(&self, canister: Principal, program: Program) -> Answer {
        self.network.query_call(canister, user(), "query", program.0)
    }

    /// A value, computed in a query.
    pub(crate) fn read(&self, canister: Principal, value: Program) -> Vec<u8> {
        self.query(canister, reply_with(value)).unwrap()
    }

    /// What is kept on the heap.
    pub(crate) fn global(&self, canister: Principal) -> Vec<u8> {
        self.read(canister, universal::program::global())
    }

    /// Eight bytes at the beginning of stable memory.
    pub(crate) fn stable(&self, canister: Principal) -> u64 {
        number(&self.read(canister, stable_read(0, 8)))
    }

    /// A program that does not end before [`Self::release`] of the canister beside it: a canister
    /// that stops itself waits for its own call.
    pub(crate) fn hold(&self) -> (Program, Principal) {
        let holder = self.idle();
        self.network.set_controllers(holder, Some(user()), vec![user(), holder]).unwrap();
        let stop = Call::new(IC.as_slice(), "stop_canister").argument(only(holder));
        let stop = stop.on_reply(reply()).on_reject(reply());
        (Call::new(holder, "update").there(stop.make()).on_reply(reply()).make(), holder)
    }

    /// Lets what is held go on.
    pub(crate) fn release(&self, holder: Principal) {
        self.start(holder);
    }

    /// Submits a program and lets the network work on it.
    pub(crate) fn begin(&self, canister: Principal, program: Program) -> RawMessageId {
        let id = self.network.submit_call(canister, user(), "update", program.0).unwrap();
        self.settle();
        id
    }

    /// Submits a call of the management canister and lets the network work on it.
    pub(crate) fn begin_managing(&self, about: Principal, method: &str) -> RawMessageId {
        let effective = RawEffectivePrincipal::CanisterId(about.as_slice().to_vec());
        let id = self
            .network
            .submit_call_with_effective_principal(IC, effective, user(), method, only(about))
            .unwrap();
        self.settle();
        id
    }

    /// Enough rounds for a chain of calls.
    pub(crate) fn settle(&self) {
        for _ in 0..5 {
            self.network.tick();
        }
    }

    /// Fails when the call has ended.
    #[track_caller]
    pub(crate) fn pending(&self, id: &RawMessageId) {
        assert!(self.network.ingress_status(id.clone()).is_none(), "the call has ended");
    }

    /// The version of a canister, as it reads it in a query.
    pub(crate) fn version(&self, canister: Principal) -> u64 {
        let version = universal::program::as_8(get(universal::op::CANISTER_VERSION));
        number(&self.read(canister, version))
    }

    /// A universal canister calls the management canister.
    pub(crate) fn manage_via(
        &self,
        canister: Principal,
        method: &str,
        argument: Vec<u8>,
        cycles: u128,
    ) -> Result<Vec<u8>, u32> {
        relayed(&self.managing(canister, method, argument, cycles).unwrap())
    }

    /// The same, when the message that calls may be rejected itself.
    pub(crate) fn managing(
        &self,
        canister: Principal,
        method: &str,
        argument: Vec<u8>,
        cycles: u128,
    ) -> Answer {
        let call = Call::new(IC.as_slice(), method).argument(argument).cycles(cycles);
        self.call(canister, call.make())
    }
}

/// The canister that was created.
pub(crate) fn created(answer: &[u8]) -> Principal {
    #[derive(CandidType, Deserialize)]
    struct Created {
        canister_id: Principal,
    }
    let (created,): (Created,) = candid::decode_args(answer).unwrap();
    created.canister_id
}

/// Fails unless the answer is a rejection with one of these codes.
#[track_caller]
pub(crate) fn rejected(answer: Answer, codes: &[u64]) {
    match answer {
        Ok(reply) => panic!("not rejected: {reply:?}"),
        Err(reject) => {
            let code = reject.reject_code as u64;
            assert!(codes.contains(&code), "code {code}: {}", reject.reject_message);
        }
    }
}

/// What a relayed answer says: the reply, or the code of the rejection.
pub(crate) fn relayed(answer: &[u8]) -> Result<Vec<u8>, u32> {
    let (code, rest) = answer.split_at(4);
    match u32::from_le_bytes(code.try_into().unwrap()) {
        0 => Ok(rest.to_vec()),
        code => Err(code),
    }
}

/// Up to eight bytes as a number.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
