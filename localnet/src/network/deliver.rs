//! Delivering messages: calls open contexts, responses run callbacks, contexts end answered.

use candid::Principal;
use pocket_ic::RejectResponse;

use super::{
    Network,
    canister::Status,
    consumed::UseCase,
    context::{CallContext, ContextId, Origin, PendingCall},
    execute::{Executed, Job},
    pool::{CallId, Lane, Message, Payload, Pool, Request},
    rejects,
    types::IngressStatus,
};
use crate::message::{Entry, Keep, RejectInfo};

/// A call about to be executed, from whomever.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) origin: Origin,
    pub(crate) sender: Principal,
    pub(crate) to: Principal,
    pub(crate) method: String,
    pub(crate) arg: Vec<u8>,
    pub(crate) cycles: u128,
    pub(crate) deadline_ns: u64,
}

impl Network {
    /// Executes one message from the pool.
    pub(crate) fn deliver(&mut self, message: Message) {
        match message {
            Message::Ingress { id, sender, to, method, arg } => {
                if let Some(record) = self.ingress.get_mut(&id) {
                    record.status = IngressStatus::Processing;
                }
                self.call(Call {
                    origin: Origin::Ingress(id),
                    sender,
                    to,
                    method,
                    arg,
                    cycles: 0,
                    deadline_ns: 0,
                });
            }
            Message::Request(Request { call, from, to, method, arg, cycles, deadline_ns }) => {
                self.call(Call {
                    origin: Origin::Call(call),
                    sender: from,
                    to,
                    method,
                    arg,
                    cycles,
                    deadline_ns,
                });
            }
            Message::Response { call, payload, refund } => {
                self.deliver_response(call, payload, refund);
            }
            Message::Outcall { request } => self.finish_outcall(request),
        }
    }

    fn call(&mut self, call: Call) {
        if self.is_management(call.to) {
            self.management_call(call);
            return;
        }
        if self.stands_in(call.to) {
            self.stand_in_call(call);
            return;
        }
        self.run_low_memory_hook(call.to);
        let callable =
            self.carries_enough(&call).and_then(|()| self.callable(call.to, &call.method));
        match callable {
            Ok((entry, keep)) => {
                let Call { origin, sender, to, method, arg, cycles, deadline_ns } = call;
                let context = self.open_context(to, origin, sender, &method, cycles, deadline_ns);
                let job = Job { context, entry, arg, reject: None, refunded: 0 };
                let executed = self.execute_paid(job, keep);
                self.close_if_done(context, executed.fault);
            }
            Err(refusal) => self.respond(call.origin, Err(refusal), call.cycles),
        }
    }

    /// A call that has no response delivered yet.
    pub(crate) fn pending_call(&self, call: CallId) -> Option<&PendingCall> {
        self.calls.get(&call)
    }

    pub(crate) fn pending_call_mut(&mut self, call: CallId) -> Option<&mut PendingCall> {
        self.calls.get_mut(&call)
    }

    /// Whether calls to this id go to the management canister: its own id, or that of a subnet.
    pub(crate) fn is_management(&self, id: Principal) -> bool {
        id == Principal::management_canister() || self.topology.subnet(id).is_some()
    }

    /// Refuses a call of another canister with fewer cycles than the callee wants.
    fn carries_enough(&self, call: &Call) -> Result<(), RejectResponse> {
        let wanted =
            self.canisters.get(&call.to).map_or(0, |callee| callee.settings.minimum_call_cycles);
        let between = matches!(call.origin, Origin::Call(_)) && call.sender != call.to;
        if between && call.cycles < wanted {
            return Err(rejects::too_few_cycles(call.to, call.cycles, wanted));
        }
        Ok(())
    }

    /// The entry point of a replicated call, when the canister takes it.
    fn callable(&self, id: Principal, method: &str) -> Result<(Entry, Keep), RejectResponse> {
        let canister = self.canisters.get(&id).ok_or_else(|| rejects::canister_not_found(id))?;
        canister.check_running()?;
        let Some(installed) = &canister.installed else { return Err(rejects::no_wasm_module(id)) };
        let module = installed.module();
        let name = method.to_owned();
        if module.has_update(method) {
            Ok((Entry::Update { method: name }, Keep::Commit))
        } else if module.has_query(method) {
            Ok((Entry::Query { method: name, replicated: true }, Keep::Discard))
        } else if module.has_composite_query(method) {
            Err(rejects::composite_in_replicated_mode(id, method))
        } else {
            Err(rejects::method_not_found(id, "update", method))
        }
    }

    pub(crate) fn open_context(
        &mut self,
        canister: Principal,
        origin: Origin,
        caller: Principal,
        method: &str,
        available: u128,
        deadline_ns: u64,
    ) -> ContextId {
        self.next_context += 1;
        let id = self.next_context;
        self.contexts.insert(
            id,
            CallContext {
                canister,
                origin,
                caller,
                method: method.to_owned(),
                responded: false,
                deleted: false,
                available,
                outstanding: 0,
                deadline_ns,
                instructions: 0,
            },
        );
        if let Some(known) = self.canisters.get_mut(&canister) {
            known.contexts.insert(id);
        }
        id
    }

    /// Ends a context without outstanding calls. One that never answered is rejected for the
    /// canister: with the fault that ended it, or because nothing can answer any more.
    pub(crate) fn close_if_done(&mut self, id: ContextId, fault: Option<RejectResponse>) {
        let Some(context) = self.contexts.get(&id) else { return };
        if context.outstanding > 0 {
            return;
        }
        let canister = context.canister;
        if !context.responded {
            let payload = Err(fault.unwrap_or_else(|| rejects::did_not_reply(canister)));
            self.answer_context(id, payload);
        }
        let leftover = self.contexts.remove(&id).map_or(0, |context| context.available);
        self.burn(leftover);
        if let Some(known) = self.canisters.get_mut(&canister) {
            known.contexts.remove(&id);
        }
        self.finish_stopping(canister);
    }

    /// Completes a stop request once nothing is open on the canister.
    pub(crate) fn finish_stopping(&mut self, id: Principal) {
        let Some(canister) = self.canisters.get_mut(&id) else { return };
        if !canister.contexts.is_empty() || !matches!(canister.status, Status::Stopping { .. }) {
            return;
        }
        let status = std::mem::replace(&mut canister.status, Status::Stopped);
        canister.version += 1;
        if let Status::Stopping { waiters } = status {
            let reply = candid::encode_args(()).expect("no values always encode");
            for waiter in waiters {
                self.respond(waiter.origin, Ok(reply.clone()), waiter.refund);
            }
        }
    }

    /// Sends an answer to whoever waits for it; `push` decides when a canister gets it.
    pub(super) fn respond_by(
        &mut self,
        push: fn(&mut Pool, Lane, Principal, Principal, Message),
        origin: Origin,
        payload: Payload,
        refund: u128,
    ) {
        match origin {
            Origin::Ingress(id) => {
                self.burn(refund);
                self.finish_ingress(&id, payload);
            }
            Origin::Call(call) => match self.calls.get_mut(&call) {
                Some(pending) if !pending.answered => {
                    pending.answered = true;
                    let (from, to) = (pending.callee, pending.caller);
                    let message = Message::Response { call, payload, refund };
                    push(&mut self.pool, Lane::Response, from, to, message);
                }
                // The caller was told that the outcome is unknown; the refund is lost with it.
                Some(_) | None => self.burn(refund),
            },
            Origin::System => self.burn(refund),
        }
    }

    fn deliver_response(&mut self, call: CallId, payload: Payload, refund: u128) {
        let Some(pending) = self.calls.remove(&call) else {
            self.burn(refund);
            return;
        };
        self.credit(pending.caller, refund);
        if let Some(canister) = self.canisters.get_mut(&pending.caller) {
            canister.call_answered(pending.callee);
        }
        let Some(context) = self.contexts.get_mut(&pending.context) else {
            self.credit(pending.caller, pending.prepaid);
            return;
        };
        context.outstanding = context.outstanding.saturating_sub(1);
        let deleted = context.deleted;
        let bytes = payload.as_ref().map_or_else(|r| r.reject_message.len(), Vec::len);
        let transmission = self.tariff(pending.caller).response(bytes).min(pending.prepaid);
        let mut cost = transmission;
        let mut fault = None;
        if !deleted {
            self.run_low_memory_hook(pending.caller);
            let executed = self.run_callback(&pending, payload, refund);
            cost += self.tariff(pending.caller).execution(executed.instructions);
            fault = executed.fault;
        }
        let cost = cost.min(pending.prepaid);
        self.consume(pending.caller, UseCase::Transmission, transmission);
        self.consume(pending.caller, UseCase::Instructions, cost - transmission);
        self.credit(pending.caller, pending.prepaid - cost);
        self.close_if_done(pending.context, fault);
    }

    /// Runs the callback of a response and, when it traps, the cleanup on the state before it.
    fn run_callback(&mut self, pending: &PendingCall, payload: Payload, refund: u128) -> Executed {
        let (callback, arg, reject) = match payload {
            Ok(data) => (pending.on_reply, data, None),
            Err(response) => {
                let code = u32::try_from(response.reject_code as u64).unwrap_or(0);
                let info = RejectInfo { code, message: response.reject_message };
                (pending.on_reject, Vec::new(), Some(info))
            }
        };
        let entry = match &reject {
            None => Entry::Reply { callback, composite: false },
            Some(_) => Entry::Reject { callback, composite: false },
        };
        let job =
            Job { context: pending.context, entry, arg, reject: reject.clone(), refunded: refund };
        let mut executed = self.execute(job, Keep::Commit);
        if let (Some(_), Some(callback)) = (&executed.fault, pending.on_cleanup) {
            let job = Job {
                context: pending.context,
                entry: Entry::Cleanup { callback, composite: false },
                arg: Vec::new(),
                reject,
                refunded: refund,
            };
            // A trap in cleanup is dropped: the caller learns of the callback's trap.
            let cleanup = self.execute(job, Keep::Commit);
            executed.instructions = executed.instructions.saturating_add(cleanup.instructions);
        }
        executed
    }

    /// Answers every open context of a canister and lets no callback run any more: its code is
    /// gone. Responses still to come are only accounted for.
    pub(crate) fn delete_contexts(&mut self, id: Principal, why: &RejectResponse) {
        let open: Vec<_> = self
            .canisters
            .get(&id)
            .map(|c| c.contexts.iter().copied().collect())
            .unwrap_or_default();
        for context in open {
            if let Some(known) = self.contexts.get_mut(&context) {
                known.deleted = true;
            }
            self.answer_context(context, Err(why.clone()));
            self.close_if_done(context, None);
        }
    }

    /// A canister that cannot pay for its storage loses its code and state.
    pub(crate) fn run_out_of_cycles(&mut self, id: Principal) {
        let why = rejects::out_of_cycles(id, 0, self.idle_per_day(id));
        let Some(canister) = self.canisters.get_mut(&id) else { return };
        canister.settings.compute_allocation = 0;
        canister.settings.memory_allocation = 0;
        canister.chunks.clear();
        canister.snapshots.clear();
        canister.history.forget();
        if canister.installed.is_none() {
            return;
        }
        canister.clear_code();
        canister.version += 1;
        self.delete_contexts(id, &why);
    }
}
