//! Executing one message on one canister and putting its effects into the network.

use std::sync::Arc;

use candid::Principal;
use pocket_ic::RejectResponse;

use super::{
    Network,
    canister::{Canister, LowMemoryHook},
    consumed::UseCase,
    context::{ContextId, Origin, PendingCall},
    pool::{Payload, Request},
    rejects,
    types::ExecutionTrace,
};
use crate::{
    message::{
        Entry, ExecutionFault, Keep, MessageEnv, Outcome, OutgoingCall, RejectInfo, Response,
    },
    runtime::{
        limits::{self, MAX_CALL_TIMEOUT_SECONDS},
        report,
    },
};

/// Instructions every execution takes from its round besides its own.
pub(crate) const EXECUTION_OVERHEAD: u64 = 2_000_000;
const WASM_PAGE_BYTES: u64 = 65_536;
const NS_PER_SECOND: u64 = 1_000_000_000;

/// One message to execute in a call context.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) context: ContextId,
    pub(crate) entry: Entry,
    pub(crate) arg: Vec<u8>,
    pub(crate) reject: Option<RejectInfo>,
    pub(crate) refunded: u128,
}

/// What is left to do after an execution.
#[derive(Debug, Default)]
pub(crate) struct Executed {
    pub(crate) fault: Option<RejectResponse>,
    pub(crate) instructions: u64,
}

/// The reject that tells a caller about a fault.
pub(crate) fn fault_reject(canister: Principal, fault: &ExecutionFault) -> RejectResponse {
    rejects::reject(fault.code, report(&canister, &fault.message))
}

impl Network {
    /// What a message to `canister` may learn and spend, before its own particulars.
    pub(crate) fn environment(&self, canister: &Canister, entry: Entry) -> MessageEnv {
        let mut env = MessageEnv::new(entry, canister.id, canister.subnet);
        env.instruction_limit = self.instruction_limit(canister.subnet, &env.entry);
        env.time_ns = self.on_clock_of(canister.id, self.time_ns);
        env.balance = canister.balance;
        env.freezing_limit = self.freezing_limit(canister.id);
        env.status = canister.run_status();
        env.canister_version = canister.version;
        env.controllers = Arc::new(canister.settings.controllers.clone());
        env.tariff = self.tariff(canister.id);
        env.subnet_nodes = env.tariff.nodes;
        env.storage = self.storage_of(canister, &env.entry);
        env.root_key = Arc::clone(&self.root_key);
        env.environment = Arc::new(canister.settings.environment.clone());
        env.global_timer = canister.global_timer;
        env.calls_in_flight = Arc::clone(&canister.in_flight);
        env.heap_limit_bytes = (canister.settings.wasm_memory_limit > 0)
            .then_some(canister.settings.wasm_memory_limit);
        env
    }

    /// Instructions after which a message ends on this subnet.
    pub(crate) fn instruction_limit(&self, subnet: Principal, entry: &Entry) -> u64 {
        match entry.instruction_limit() {
            limits::UPDATE_INSTRUCTIONS | limits::QUERY_INSTRUCTIONS if self.benchmarks(subnet) => {
                limits::BENCHMARK_INSTRUCTIONS
            }
            limit => limit,
        }
    }

    /// Whether the subnet is there for benchmarks.
    pub(crate) fn benchmarks(&self, subnet: Principal) -> bool {
        let position = self.topology.subnet(subnet).map(|subnet| subnet.index);
        let position = position.and_then(|index| usize::try_from(index).ok());
        position.is_some_and(|index| self.config.benchmarking.contains(&index))
    }

    /// Executes a job that is paid from the balance. A canister that cannot afford the largest
    /// possible execution does not start.
    pub(crate) fn execute_paid(&mut self, job: Job, keep: Keep) -> Executed {
        let Some(canister) = self.contexts.get(&job.context).map(|context| context.canister) else {
            return Executed::default();
        };
        let tariff = self.tariff(canister);
        let subnet = self.canisters.get(&canister).map(|canister| canister.subnet);
        let limit = subnet.map_or(0, |subnet| self.instruction_limit(subnet, &job.entry));
        let reserve = tariff.execution(limit);
        if let Err(refusal) = self.withdraw(canister, reserve) {
            return Executed { fault: Some(refusal), instructions: 0 };
        }
        let executed = self.execute(job, keep);
        let cost = tariff.execution(executed.instructions).min(reserve);
        self.consume(canister, UseCase::Instructions, cost);
        self.credit(canister, reserve - cost);
        executed
    }

    /// Executes a job whose instructions somebody pays for already.
    pub(crate) fn execute(&mut self, job: Job, keep: Keep) -> Executed {
        let Some(context) = self.contexts.get(&job.context) else { return Executed::default() };
        let id = context.canister;
        let Some(canister) = self.canisters.get(&id) else { return Executed::default() };
        let mut env = self.environment(canister, job.entry);
        env.caller = context.caller;
        env.arg = job.arg;
        env.reject = job.reject;
        env.deadline_ns = context.deadline_ns;
        env.responded = context.responded || context.origin == Origin::System;
        env.cycles_available = context.available;
        env.cycles_refunded = job.refunded;
        env.context_instructions = context.instructions;
        let label = entry_label(&env.entry, &context.method);
        self.sabotage(&mut env, &label);
        let outcome = self.run_on(id, env, keep, label);
        if let Some(context) = self.contexts.get_mut(&job.context) {
            context.instructions = context.instructions.saturating_add(outcome.instructions);
        }
        let instructions = outcome.instructions;
        let fault = outcome.fault.as_ref().map(|fault| fault_reject(id, fault));
        if fault.is_none() {
            self.apply(job.context, id, outcome, keep);
        }
        Executed { fault, instructions }
    }

    /// Runs a message on the live state of a canister and records logs, trace and round use.
    pub(crate) fn run_on(
        &mut self,
        id: Principal,
        env: MessageEnv,
        keep: Keep,
        label: String,
    ) -> Outcome {
        let Some(installed) =
            self.canisters.get_mut(&id).and_then(|canister| canister.installed.as_mut())
        else {
            let missing = rejects::no_wasm_module(id);
            let fault =
                ExecutionFault { code: missing.error_code, message: missing.reject_message };
            return Outcome { fault: Some(fault), ..Outcome::default() };
        };
        let outcome = installed.state.run(env, keep);
        self.record(id, label, &outcome);
        outcome
    }

    /// Keeps what an execution leaves behind even when it failed.
    pub(crate) fn record(&mut self, id: Principal, entry: String, outcome: &Outcome) {
        let instructions = outcome.instructions.saturating_add(EXECUTION_OVERHEAD);
        self.round_instructions = self.round_instructions.saturating_add(instructions);
        self.count_message(id, instructions);
        let now = self.time_ns;
        if let Some(canister) = self.canisters.get_mut(&id) {
            for line in &outcome.logs {
                canister.logs.push(now, line);
            }
        }
        self.count_transaction(id);
        self.trace(id, entry, outcome);
    }

    /// Remembers what an execution used.
    pub(crate) fn trace(&mut self, id: Principal, entry: String, outcome: &Outcome) {
        if self.config.trace_capacity == 0 {
            return;
        }
        if self.traces.len() >= self.config.trace_capacity {
            self.traces.pop_front();
        }
        self.traces.push_back(ExecutionTrace {
            canister: id,
            entry,
            instructions: outcome.instructions,
            heap_pages: outcome.heap_bytes / WASM_PAGE_BYTES,
            stable_pages: outcome.stable_pages,
            failed: outcome.fault.is_some(),
        });
    }

    fn apply(&mut self, context: ContextId, id: Principal, outcome: Outcome, keep: Keep) {
        self.apply_state(id, &outcome, keep);
        if let Some(open) = self.contexts.get_mut(&context) {
            open.available = open.available.saturating_sub(outcome.cycles_accepted);
        }
        for call in outcome.calls {
            self.send(context, id, call);
        }
        if let Some(response) = outcome.response {
            let payload = match response {
                Response::Reply(data) => Ok(data),
                Response::Reject(message) => Err(rejects::rejected_by_canister(&message)),
            };
            self.answer_context(context, payload);
        }
    }

    /// Balance, timer, certified data and version after a successful message.
    pub(crate) fn apply_state(&mut self, id: Principal, outcome: &Outcome, keep: Keep) {
        let call_fees = self.tariff(id).charge(outcome.call_fees);
        let Some(canister) = self.canisters.get_mut(&id) else { return };
        let reserved = outcome.cycles_reserved;
        let spent = outcome.cycles_sent + call_fees + outcome.cycles_burned + reserved;
        canister.reserved = canister.reserved.saturating_add(reserved);
        canister.balance = (canister.balance + outcome.cycles_accepted).saturating_sub(spent);
        if keep == Keep::Commit {
            canister.version += 1;
            if let Some(data) = &outcome.certified_data {
                canister.certified_data.clone_from(data);
            }
            if let Some(timer) = outcome.global_timer {
                canister.global_timer = timer;
            }
            canister.refresh_low_memory();
        }
        self.consume(id, UseCase::Burned, outcome.cycles_burned);
    }

    /// Puts a call a message made on its way.
    fn send(&mut self, context: ContextId, from: Principal, call: OutgoingCall) {
        let tariff = self.tariff(from);
        let fee = tariff.charge(call.fee);
        let prepaid = tariff.response_reserve().min(fee);
        self.consume(from, UseCase::Transmission, fee - prepaid);
        let deadline_ns = call.timeout_seconds.map_or(0, |seconds| {
            let seconds = seconds.min(MAX_CALL_TIMEOUT_SECONDS);
            self.time_ns.saturating_add(u64::from(seconds) * NS_PER_SECOND)
        });
        self.next_call += 1;
        let number = self.next_call;
        let to = self.destination(from, call.callee, &call.method, &call.arg);
        let remote = to != self.home(from);
        let pending = PendingCall {
            context,
            caller: from,
            callee: call.callee,
            method: call.method.clone(),
            on_reply: call.on_reply,
            on_reject: call.on_reject,
            on_cleanup: call.on_cleanup,
            deadline_ns,
            remote,
            prepaid,
            answered: false,
        };
        self.calls.insert(number, pending);
        if let Some(canister) = self.canisters.get_mut(&from) {
            canister.call_sent(call.callee);
        }
        if let Some(open) = self.contexts.get_mut(&context) {
            open.outstanding += 1;
        }
        let request = Request {
            call: number,
            from,
            to: call.callee,
            method: call.method,
            arg: call.arg,
            cycles: call.cycles,
            deadline_ns,
        };
        self.dispatch(remote, request);
    }

    /// Answers the origin of a context and hands back the cycles it did not accept.
    pub(crate) fn answer_context(&mut self, context: ContextId, payload: Payload) {
        let Some(open) = self.contexts.get_mut(&context) else { return };
        if open.responded {
            return;
        }
        open.responded = true;
        let refund = std::mem::take(&mut open.available);
        let origin = open.origin;
        self.respond(origin, payload, refund);
    }

    /// Runs `canister_on_low_wasm_memory` when it is due.
    pub(crate) fn run_low_memory_hook(&mut self, id: Principal) {
        let Some(canister) = self.canisters.get_mut(&id) else { return };
        if canister.low_memory != LowMemoryHook::Due || !canister.is_running() {
            return;
        }
        canister.low_memory = LowMemoryHook::Done;
        if canister.exports("canister_on_low_wasm_memory") {
            self.run_task(id, Entry::LowWasmMemory, "on_low_wasm_memory");
        }
    }

    /// Runs a timer, heartbeat or low memory hook in a context of its own.
    pub(crate) fn run_task(&mut self, id: Principal, entry: Entry, name: &str) {
        let context = self.open_context(id, Origin::System, id, name, 0, 0);
        let job = Job { context, entry, arg: Vec::new(), reject: None, refunded: 0 };
        // A task that fails or cannot be paid is dropped; its message is in the canister's log.
        let _ = self.execute_paid(job, Keep::Commit);
        self.close_if_done(context, None);
    }
}

/// How an execution is named in traces.
pub(crate) fn entry_label(entry: &Entry, method: &str) -> String {
    match entry {
        Entry::Start => "start".to_owned(),
        Entry::Init => "init".to_owned(),
        Entry::PreUpgrade => "pre_upgrade".to_owned(),
        Entry::PostUpgrade => "post_upgrade".to_owned(),
        Entry::Update { method } => format!("update {method}"),
        Entry::Query { method, .. } => format!("query {method}"),
        Entry::CompositeQuery { method } => format!("composite_query {method}"),
        Entry::HttpTransform { method } => format!("transform {method}"),
        Entry::InspectMessage { method } => format!("inspect_message {method}"),
        Entry::Heartbeat => "heartbeat".to_owned(),
        Entry::GlobalTimer => "global_timer".to_owned(),
        Entry::LowWasmMemory => "on_low_wasm_memory".to_owned(),
        Entry::Reply { .. } => format!("reply callback of {method}"),
        Entry::Reject { .. } => format!("reject callback of {method}"),
        Entry::Cleanup { .. } => format!("cleanup of {method}"),
    }
}
