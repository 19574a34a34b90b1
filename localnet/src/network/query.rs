//! Non-replicated queries, composite ones included.
//!
//! A query sees the state of the last round and changes nothing. A composite query keeps its own
//! changes while it waits for the queries it calls, and loses them with its answer.

use std::sync::Arc;

use candid::Principal;
use pocket_ic::RejectResponse;

use super::{
    Network,
    execute::{entry_label, fault_reject},
    journal::Asked,
    pool::Payload,
    rejects::{self, uncertified},
    types::QueryCall,
};
use crate::{
    lazy_certificate::LazyCertificate,
    management::target_of,
    message::{Callback, Entry, Keep, MessageEnv, Outcome, OutgoingCall, RejectInfo, Response},
    runtime::{
        ExecutionState,
        limits::{BENCHMARK_INSTRUCTIONS, QUERY_INSTRUCTIONS},
    },
};

/// Nested calls of composite queries.
const MAX_DEPTH: usize = 6;

/// One canister's part of a composite query: its own copy of the state, and the answer so far.
struct Frame {
    id: Principal,
    caller: Principal,
    state: ExecutionState,
    certificate: Option<LazyCertificate>,
    answer: Option<Payload>,
    depth: usize,
    instructions: u64,
}

impl Network {
    /// Answers a query from outside. Nothing of it is certified.
    pub fn query(&mut self, call: QueryCall) -> Result<Vec<u8>, RejectResponse> {
        if self.faults.are_active() {
            self.note(|_| Asked::Query(call.clone()));
        }
        if self.is_management(call.canister_id) {
            return self.management_query(&call).map_err(uncertified);
        }
        if self.stands_in(call.canister_id) {
            return self.stand_in_query(&call).map_err(uncertified);
        }
        let certificate = call.certificate.map(LazyCertificate::from).or_else(|| {
            let certifier = self.certifier.clone()?;
            self.canisters.get(&call.canister_id)?.installed.as_ref()?;
            certifier.data_certificate(self, call.canister_id)
        });
        let mut budget = self.query_instructions(call.canister_id);
        let request = (call.sender, call.canister_id, call.method.as_str());
        self.query_tree(request, call.arg, certificate, 0, &mut budget).map_err(uncertified)
    }

    /// Runs one query, and when it is composite everything it calls.
    fn query_tree(
        &mut self,
        (sender, id, method): (Principal, Principal, &str),
        arg: Vec<u8>,
        certificate: Option<LazyCertificate>,
        depth: usize,
        budget: &mut u64,
    ) -> Payload {
        let canister = self.canisters.get(&id).ok_or_else(|| rejects::canister_not_found(id))?;
        let installed = canister.installed.as_ref().ok_or_else(|| rejects::no_wasm_module(id))?;
        canister.check_running()?;
        let frozen = canister.balance < self.freezing_limit(id);
        if frozen {
            let missing = self.freezing_limit(id);
            return Err(rejects::out_of_cycles(id, canister.balance, missing));
        }
        let module = installed.module();
        let name = method.to_owned();
        if module.has_query(method) {
            let entry = Entry::Query { method: name, replicated: false };
            return self.plain_query((sender, id), entry, arg, certificate, budget);
        }
        if !module.has_composite_query(method) {
            return Err(rejects::method_not_found(id, "query", method));
        }
        let state =
            ExecutionState::from_image(&self.engine, Arc::clone(module), installed.state.image());
        let frame =
            Frame { id, caller: sender, state, certificate, answer: None, depth, instructions: 0 };
        self.composite_query(frame, name, arg, budget)
    }

    /// Lets a query method of the caller reshape the response of an outcall, and tells how many
    /// instructions that took.
    pub(crate) fn transform(
        &mut self,
        id: Principal,
        method: String,
        arg: Vec<u8>,
    ) -> (Payload, u64) {
        let limit = self.query_instructions(id);
        let mut budget = limit;
        let sender = Principal::management_canister();
        let entry = Entry::HttpTransform { method };
        let answer = self.plain_query((sender, id), entry, arg, None, &mut budget);
        (answer, limit - budget)
    }

    /// What a query of the canister and everything it calls may take together.
    fn query_instructions(&self, id: Principal) -> u64 {
        match self.canisters.get(&id) {
            Some(canister) if self.benchmarks(canister.subnet) => BENCHMARK_INSTRUCTIONS,
            _ => QUERY_INSTRUCTIONS,
        }
    }

    fn plain_query(
        &mut self,
        (sender, id): (Principal, Principal),
        entry: Entry,
        arg: Vec<u8>,
        certificate: Option<LazyCertificate>,
        budget: &mut u64,
    ) -> Payload {
        let request_bytes = arg.len();
        let mut env = self.query_environment(id, entry, *budget)?;
        env.caller = sender;
        env.arg = arg;
        env.certificate = certificate;
        let label = entry_label(&env.entry, "");
        let canister =
            self.canisters.get_mut(&id).ok_or_else(|| rejects::canister_not_found(id))?;
        let installed = canister.installed.as_mut().ok_or_else(|| rejects::no_wasm_module(id))?;
        let outcome = installed.state.run(env, Keep::Discard);
        *budget = budget.saturating_sub(outcome.instructions);
        let answer = self.query_answer(id, label, &outcome, request_bytes);
        answer.unwrap_or_else(|| Err(rejects::did_not_reply(id)))
    }

    fn query_environment(
        &self,
        id: Principal,
        entry: Entry,
        budget: u64,
    ) -> Result<MessageEnv, RejectResponse> {
        let canister = self.canisters.get(&id).ok_or_else(|| rejects::canister_not_found(id))?;
        let mut env = self.environment(canister, entry);
        env.time_ns = self.on_clock_of(id, self.certified_time_ns);
        env.instruction_limit = env.instruction_limit.min(budget);
        Ok(env)
    }

    /// The answer in an outcome, after counting the query and keeping its trace. Logs of queries
    /// are not part of the canister's log.
    fn query_answer(
        &mut self,
        id: Principal,
        label: String,
        outcome: &Outcome,
        request_bytes: usize,
    ) -> Option<Payload> {
        self.trace(id, label, outcome);
        let answer = match (&outcome.fault, &outcome.response) {
            (Some(fault), _) => Some(Err(fault_reject(id, fault))),
            (None, Some(Response::Reply(data))) => Some(Ok(data.clone())),
            (None, Some(Response::Reject(text))) => Some(Err(rejects::rejected_by_canister(text))),
            (None, None) => None,
        };
        if let Some(canister) = self.canisters.get_mut(&id) {
            let stats = &mut canister.query_stats;
            let response_bytes = answer.iter().flatten().map(Vec::len).sum::<usize>();
            stats.calls += 1;
            stats.instructions = stats.instructions.saturating_add(outcome.instructions);
            stats.request_bytes += u64::try_from(request_bytes).unwrap_or(u64::MAX);
            stats.response_bytes += u64::try_from(response_bytes).unwrap_or(u64::MAX);
        }
        answer
    }

    fn composite_query(
        &mut self,
        mut frame: Frame,
        method: String,
        arg: Vec<u8>,
        budget: &mut u64,
    ) -> Payload {
        let label = method.clone();
        let entry = Entry::CompositeQuery { method };
        let mut calls = std::collections::VecDeque::new();
        self.step(&mut frame, entry, (arg, None), &label, budget, &mut calls)?;
        while let Some(call) = calls.pop_front() {
            let answer = self.sub_query(&frame, &call, budget);
            let (callback, input, is_reply) = match answer {
                Ok(data) => (call.on_reply, (data, None), true),
                Err(response) => {
                    let code = u32::try_from(response.reject_code as u64).unwrap_or(0);
                    let info = RejectInfo { code, message: response.reject_message };
                    (call.on_reject, (Vec::new(), Some(info)), false)
                }
            };
            let entry = if is_reply {
                Entry::Reply { callback, composite: true }
            } else {
                Entry::Reject { callback, composite: true }
            };
            let reject = input.1.clone();
            let step = self.step(&mut frame, entry, input, &label, budget, &mut calls);
            if let Err(fault) = step {
                if let Some(callback) = call.on_cleanup {
                    self.clean_up(&mut frame, callback, reject, &label, budget);
                }
                if calls.is_empty() && frame.answer.is_none() {
                    return Err(fault);
                }
            }
        }
        let id = frame.id;
        frame.answer.unwrap_or_else(|| Err(rejects::did_not_reply(id)))
    }

    /// Runs one message of a composite query on its own state.
    fn step(
        &mut self,
        frame: &mut Frame,
        entry: Entry,
        (arg, reject): (Vec<u8>, Option<RejectInfo>),
        label: &str,
        budget: &mut u64,
        calls: &mut std::collections::VecDeque<OutgoingCall>,
    ) -> Result<(), RejectResponse> {
        let request_bytes = arg.len();
        let mut env = self.query_environment(frame.id, entry, *budget)?;
        env.caller = frame.caller;
        env.arg = arg;
        env.reject = reject;
        env.responded = frame.answer.is_some();
        env.certificate.clone_from(&frame.certificate);
        env.context_instructions = frame.instructions;
        let label = entry_label(&env.entry, label);
        let mut outcome = frame.state.run(env, Keep::Commit);
        *budget = budget.saturating_sub(outcome.instructions);
        frame.instructions = frame.instructions.saturating_add(outcome.instructions);
        let answer = self.query_answer(frame.id, label, &outcome, request_bytes);
        match (&outcome.fault, answer) {
            (Some(_), Some(Err(fault))) => return Err(fault),
            (_, Some(answer)) => frame.answer = Some(answer),
            (_, None) => {}
        }
        calls.extend(std::mem::take(&mut outcome.calls));
        Ok(())
    }

    fn clean_up(
        &mut self,
        frame: &mut Frame,
        callback: Callback,
        reject: Option<RejectInfo>,
        label: &str,
        budget: &mut u64,
    ) {
        let entry = Entry::Cleanup { callback, composite: true };
        let mut none = std::collections::VecDeque::new();
        // A trap in cleanup is dropped, as in replicated execution.
        let _ = self.step(frame, entry, (Vec::new(), reject), label, budget, &mut none);
    }

    /// A query to the management canister, which knows the canisters of the caller's subnet.
    fn managed_from(&mut self, id: Principal, call: &OutgoingCall) -> Payload {
        let subnet = |id: &Principal| self.canisters.get(id).map(|canister| canister.subnet);
        if let Ok(target) = target_of(&call.method, &call.arg)
            && subnet(&target).is_some_and(|other| Some(other) != subnet(&id))
        {
            return Err(rejects::query_other_subnet(target));
        }
        self.management_query(&QueryCall {
            sender: id,
            canister_id: call.callee,
            method: call.method.clone(),
            arg: call.arg.clone(),
            certificate: None,
        })
    }

    fn sub_query(&mut self, frame: &Frame, call: &OutgoingCall, budget: &mut u64) -> Payload {
        if frame.depth + 1 >= MAX_DEPTH {
            return Err(rejects::query_too_deep(MAX_DEPTH));
        }
        if self.is_management(call.callee) {
            return self.managed_from(frame.id, call);
        }
        let subnet = |id| self.canisters.get(&id).map(|canister| canister.subnet);
        match (subnet(frame.id), subnet(call.callee)) {
            (_, None) => return Err(rejects::canister_not_found(call.callee)),
            (own, other) if own != other => return Err(rejects::query_other_subnet(call.callee)),
            _ => {}
        }
        let request = (frame.id, call.callee, call.method.as_str());
        self.query_tree(request, call.arg.clone(), None, frame.depth + 1, budget)
    }
}
