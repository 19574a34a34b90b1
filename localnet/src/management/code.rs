//! Installing, reinstalling and upgrading code: all of it happens, or none.

use std::sync::Arc;

use candid::{CandidType, Deserialize, Principal};
use ic_management_canister_types as mg;
use pocket_ic::RejectResponse;
use serde_bytes::ByteBuf;

use super::{Request, reply};
use crate::{
    fees,
    message::{Entry, Keep, Outcome},
    network::{
        Network,
        canister::Installed,
        consumed::UseCase,
        execute::{entry_label, fault_reject},
        history::Author,
        pool::Payload,
        rejects,
    },
    runtime::{ExecutionState, Module, StableMemory, Visibility, limits::INSTALL_INSTRUCTIONS},
};

/// The argument of `install_code`. The shared type reads the module byte by byte as any list, which
/// takes longer than the rest of the installation.
#[derive(CandidType, Deserialize)]
struct InstallCodeArgs {
    mode: mg::CanisterInstallMode,
    canister_id: Principal,
    wasm_module: ByteBuf,
    arg: ByteBuf,
    sender_canister_version: Option<u64>,
}

/// The private custom section of a module whose heap is to outlive upgrades.
const PERSISTENCE_SECTION: &str = "enhanced-orthogonal-persistence";

/// Whether the heap of a module outlives upgrades. Such a heap must not be lost by an oversight,
/// and no other can be taken over.
fn outlives_upgrades(module: &Module) -> bool {
    module
        .custom_section(PERSISTENCE_SECTION)
        .is_some_and(|(visibility, _)| visibility == Visibility::Private)
}

/// Everything an installation needs.
#[derive(Debug)]
pub(super) struct Installation {
    pub(super) id: Principal,
    pub(super) sender: Principal,
    pub(super) mode: mg::CanisterInstallMode,
    pub(super) wasm: Arc<Vec<u8>>,
    pub(super) arg: Vec<u8>,
    pub(super) author: Author,
}

/// The code that takes over when everything went well, and what its hooks asked for.
struct Prepared {
    installed: Installed,
    certified_data: Option<Vec<u8>>,
    global_timer: u64,
    burned: u128,
}

impl Network {
    pub(super) fn install_code(&mut self, request: &mut Request) -> Payload {
        let args: InstallCodeArgs = request.decode()?;
        self.install(&Installation {
            id: args.canister_id,
            sender: request.sender,
            mode: args.mode,
            wasm: Arc::new(args.wasm_module.into_vec()),
            arg: args.arg.into_vec(),
            author: request.author(args.sender_canister_version),
        })
    }

    /// Installs code. On any failure code, state, timer and certified data stay what they were;
    /// the instructions used so far are charged.
    pub(super) fn install(&mut self, job: &Installation) -> Payload {
        let canister = self.controlled(job.id, job.sender)?;
        match (job.mode, canister.installed.is_some()) {
            (mg::CanisterInstallMode::Install, true) => return Err(rejects::non_empty(job.id)),
            (mg::CanisterInstallMode::Upgrade(_), false) => {
                return Err(rejects::no_wasm_module(job.id));
            }
            _ => {}
        }
        let tariff = self.tariff(job.id);
        let reserve = tariff.execution(INSTALL_INSTRUCTIONS);
        self.withdraw(job.id, reserve)?;
        let mut instructions = 0;
        let result = self.prepare(job, &mut instructions);
        let cost = tariff.execution(instructions).min(reserve);
        self.consume(job.id, UseCase::Instructions, cost);
        self.credit(job.id, reserve - cost);
        let prepared = result?;
        let grown = self.controlled(job.id, job.sender)?.growth_by(&prepared.installed);
        self.occupy(job.id, grown, 0)?;
        self.commit(job, prepared);
        reply(())
    }

    fn prepare(&mut self, job: &Installation, used: &mut u64) -> Result<Prepared, RejectResponse> {
        let module = self.engine.compile(&job.wasm).map_err(|fault| {
            let text = crate::runtime::report(&job.id, &fault.message);
            rejects::reject(fault.code, text)
        })?;
        *used = module.instruction_count().saturating_mul(fees::COMPILE_PER_INSTRUCTION);
        let mut certified = None;
        let mut burned = 0;
        let (mut state, last) = match job.mode {
            mg::CanisterInstallMode::Install | mg::CanisterInstallMode::Reinstall => {
                let state = ExecutionState::new(&self.engine, module, StableMemory::new());
                (state, Entry::Init)
            }
            mg::CanisterInstallMode::Upgrade(flags) => {
                let flags = flags.unwrap_or_default();
                let (state, outcome) = self.upgraded(job, module, flags, used)?;
                certified = outcome.certified_data;
                burned += outcome.cycles_burned;
                (state, Entry::PostUpgrade)
            }
        };
        let mut timer = 0;
        let hook = if last == Entry::Init { "canister_init" } else { "canister_post_upgrade" };
        let has_hook = state.module().has_export(hook);
        for entry in [Some(Entry::Start), has_hook.then_some(last)].into_iter().flatten() {
            let outcome = self.run_hook(job, &mut state, entry, used)?;
            certified = outcome.certified_data.or(certified);
            timer = outcome.global_timer.unwrap_or(timer);
            burned += outcome.cycles_burned;
        }
        let installed = Installed { state, wasm: Arc::clone(&job.wasm) };
        Ok(Prepared { installed, certified_data: certified, global_timer: timer, burned })
    }

    /// The state the new code of an upgrade starts from, after the old code's `pre_upgrade`.
    fn upgraded(
        &mut self,
        job: &Installation,
        module: Arc<Module>,
        flags: mg::UpgradeFlags,
        used: &mut u64,
    ) -> Result<(ExecutionState, Outcome), RejectResponse> {
        let old = self
            .canisters
            .get(&job.id)
            .and_then(|canister| canister.installed.as_ref())
            .ok_or_else(|| rejects::no_wasm_module(job.id))?;
        let keeps_heap = flags.wasm_memory_persistence == Some(mg::WasmMemoryPersistence::Keep);
        let old_module = Arc::clone(old.module());
        let (lives_on, can_live_on) = (outlives_upgrades(&old_module), outlives_upgrades(&module));
        let mut image = old.state.image();
        let mut outcome = Outcome::default();
        let skips = flags.skip_pre_upgrade == Some(true);
        if !skips && old_module.has_export("canister_pre_upgrade") {
            let mut state = ExecutionState::from_image(&self.engine, old_module, image);
            outcome = self.run_hook(job, &mut state, Entry::PreUpgrade, used)?;
            image = state.image();
        }
        if flags.wasm_memory_persistence.is_none() && lives_on {
            return Err(rejects::contract_violation(
                "Missing upgrade option: Enhanced orthogonal persistence requires the \
                 `wasm_memory_persistence` upgrade option.",
            ));
        }
        if keeps_heap && !can_live_on {
            return Err(rejects::contract_violation(
                "Invalid upgrade option: The `wasm_memory_persistence: opt Keep` upgrade option \
                 requires that the new canister module supports enhanced orthogonal persistence.",
            ));
        }
        let state = if keeps_heap {
            ExecutionState::keeping_heap(&self.engine, module, image)
                .map_err(|fault| fault_reject(job.id, &fault))?
        } else {
            ExecutionState::new(&self.engine, module, image.stable().clone())
        };
        Ok((state, outcome))
    }

    fn run_hook(
        &mut self,
        job: &Installation,
        state: &mut ExecutionState,
        entry: Entry,
        used: &mut u64,
    ) -> Result<Outcome, RejectResponse> {
        let canister =
            self.canisters.get(&job.id).ok_or_else(|| rejects::canister_not_found(job.id))?;
        let label = entry_label(&entry, "");
        let before_upgrade = entry == Entry::PreUpgrade;
        let mut env = self.environment(canister, entry);
        env.caller = job.sender;
        if !before_upgrade {
            env.arg.clone_from(&job.arg);
            env.canister_version += 1;
            env.global_timer = 0;
        }
        env.instruction_limit = INSTALL_INSTRUCTIONS.saturating_sub(*used);
        self.sabotage(&mut env, &label);
        let outcome = state.run(env, Keep::Commit);
        self.record(job.id, label, &outcome);
        *used = used.saturating_add(outcome.instructions);
        match &outcome.fault {
            Some(fault) => Err(fault_reject(job.id, fault)),
            None => Ok(outcome),
        }
    }

    fn commit(&mut self, job: &Installation, prepared: Prepared) {
        let now = self.time_ns;
        let Some(canister) = self.canisters.get_mut(&job.id) else { return };
        let mode = match job.mode {
            mg::CanisterInstallMode::Install => mg::CodeDeploymentMode::Install,
            mg::CanisterInstallMode::Reinstall => mg::CodeDeploymentMode::Reinstall,
            mg::CanisterInstallMode::Upgrade(_) => mg::CodeDeploymentMode::Upgrade,
        };
        let module_hash = prepared.installed.module().hash().to_vec();
        canister.installed = Some(prepared.installed);
        canister.version += 1;
        canister.global_timer = prepared.global_timer;
        match prepared.certified_data {
            Some(data) => canister.certified_data = data,
            None if mode == mg::CodeDeploymentMode::Upgrade => {}
            None => canister.certified_data.clear(),
        }
        if mode == mg::CodeDeploymentMode::Reinstall {
            canister.logs.clear();
        }
        canister.balance = canister.balance.saturating_sub(prepared.burned);
        canister.refresh_low_memory();
        let details =
            mg::ChangeDetails::CodeDeployment(mg::CodeDeploymentRecord { mode, module_hash });
        canister.history.push(now, canister.version, job.author, details);
        self.consume(job.id, UseCase::Burned, prepared.burned);
    }

    pub(super) fn uninstall_code(&mut self, request: &mut Request) -> Payload {
        let args: mg::UninstallCodeArgs = request.decode()?;
        self.controlled(args.canister_id, request.sender)?;
        self.uninstall(args.canister_id, request.author(args.sender_canister_version));
        reply(())
    }

    /// Removes code and state. Open calls are rejected; responses to come run no callback.
    pub(super) fn uninstall(&mut self, id: Principal, author: Author) {
        let now = self.time_ns;
        let Some(canister) = self.canisters.get_mut(&id) else { return };
        canister.chunks.clear();
        canister.clear_code();
        canister.version += 1;
        let details = mg::ChangeDetails::CodeUninstall;
        canister.history.push(now, canister.version, author, details);
        self.delete_contexts(id, &rejects::uninstalled(id));
    }
}
