//! Ingress messages: taking them in, and remembering what became of them.

use candid::Principal;
use pocket_ic::RejectResponse;

use super::{
    Network,
    canister::Status,
    pool::{Lane, Message, Payload},
    rejects::{self, uncertified},
    types::{EffectivePrincipal, IngressMessage, IngressRecord, IngressStatus, MessageId},
};
use crate::message::{Entry, Keep};

/// Bytes of method name and argument together.
const MAX_INGRESS_BYTES: usize = 2 * 1024 * 1024;
/// How long a message may wait, and how long its answer is kept, in nanoseconds.
const INGRESS_LIFETIME_NS: u64 = 300_000_000_000;

impl Network {
    /// Takes in an update call; it executes in the next round. A message whose id is known is the
    /// same message and changes nothing. Refusals are not certified and cost nothing.
    pub fn submit_ingress(&mut self, message: IngressMessage) -> Result<MessageId, RejectResponse> {
        let id = message.message_id.unwrap_or_else(|| self.rng.draw("ingress message"));
        if self.ingress.contains_key(&id) {
            return Ok(id);
        }
        let record = self.admit(&message).map_err(uncertified)?;
        self.epoch += 1;
        self.ingress.insert(id, record);
        let IngressMessage { sender, canister_id: to, method, arg, .. } = message;
        let message = Message::Ingress { id, sender, to, method, arg };
        self.pool.push(Lane::Ingress, sender, to, message);
        Ok(id)
    }

    /// How far a message got.
    pub fn ingress_status(&self, id: &MessageId) -> IngressStatus {
        self.ingress.get(id).map_or(IngressStatus::Unknown, |record| record.status.clone())
    }

    /// Everything remembered of a message.
    pub fn ingress_record(&self, id: &MessageId) -> Option<&IngressRecord> {
        self.ingress.get(id)
    }

    /// All remembered messages by id.
    pub fn ingress_records(&self) -> impl Iterator<Item = (&MessageId, &IngressRecord)> {
        self.ingress.iter()
    }

    fn admit(&mut self, message: &IngressMessage) -> Result<IngressRecord, RejectResponse> {
        let bytes = message.method.len() + message.arg.len();
        if bytes > MAX_INGRESS_BYTES {
            return Err(rejects::payload_too_large(bytes, MAX_INGRESS_BYTES));
        }
        let effective = if self.is_management(message.canister_id) {
            self.check_management_ingress(message)?
        } else {
            Some(message.canister_id)
        };
        let payer = match effective {
            Some(canister) if self.canisters.contains_key(&canister) => Some(canister),
            Some(canister) if !self.is_management(message.canister_id) => {
                return Err(rejects::canister_not_found(canister));
            }
            _ => None,
        };
        if let Some(canister) = payer {
            if message.inspect && !self.is_management(message.canister_id) {
                self.inspect(canister, message)?;
            }
            // What rescues a frozen canister must get through.
            let free = self.is_management(message.canister_id)
                && matches!(
                    message.method.as_str(),
                    "provisional_top_up_canister"
                        | "provisional_create_canister_with_cycles"
                        | "update_settings"
                );
            if !free {
                let fee = self.tariff(canister).ingress(bytes);
                self.charge(canister, fee)?;
            }
        }
        let subnet_id = effective
            .and_then(|canister| self.subnet_of(canister))
            .or(match message.effective {
                EffectivePrincipal::Subnet(id) => self.topology.subnet(id).map(|s| s.id),
                EffectivePrincipal::None | EffectivePrincipal::Canister(_) => None,
            })
            .unwrap_or_else(|| self.topology.default_subnet().id);
        Ok(IngressRecord {
            sender: message.sender,
            canister_id: message.canister_id,
            effective_canister_id: effective,
            subnet_id,
            method: message.method.clone(),
            status: IngressStatus::Received,
            received_ns: self.time_ns,
            finished_ns: None,
        })
    }

    /// Asks the canister whether it takes the message, when it has an opinion.
    fn inspect(&mut self, id: Principal, message: &IngressMessage) -> Result<(), RejectResponse> {
        let canister = self.canisters.get(&id).ok_or_else(|| rejects::canister_not_found(id))?;
        match canister.status {
            Status::Running => {}
            Status::Stopping { .. } => return Err(rejects::stopping(id)),
            Status::Stopped => return Err(rejects::stopped(id)),
        }
        if canister.installed.is_none() {
            return Err(rejects::no_wasm_module(id));
        }
        if !canister.exports("canister_inspect_message") {
            return Ok(());
        }
        let entry = Entry::InspectMessage { method: message.method.clone() };
        let mut env = self.environment(canister, entry);
        env.caller = message.sender;
        env.arg.clone_from(&message.arg);
        let Some(installed) = self.canisters.get_mut(&id).and_then(|c| c.installed.as_mut()) else {
            return Err(rejects::no_wasm_module(id));
        };
        let outcome = installed.state.run(env, Keep::Discard);
        match &outcome.fault {
            Some(fault) => Err(super::execute::fault_reject(id, fault)),
            None if outcome.accepted => Ok(()),
            None => Err(rejects::ingress_refused()),
        }
    }

    /// Records the final answer.
    pub(crate) fn finish_ingress(&mut self, id: &MessageId, payload: Payload) {
        if let Some(record) = self.ingress.get_mut(id) {
            record.finished_ns = Some(self.time_ns);
            record.status = match payload {
                Ok(data) => IngressStatus::Replied(data),
                Err(response) => IngressStatus::Rejected(response),
            };
        }
    }

    /// Rejects messages that waited too long and forgets answers that are old enough.
    pub(crate) fn expire_ingress(&mut self) {
        let now = self.time_ns;
        let is_old = |since: u64| now.saturating_sub(since) > INGRESS_LIFETIME_NS;
        let ingress = &self.ingress;
        let late = self.pool.drain(|message| match message {
            Message::Ingress { id, .. } => {
                ingress.get(id).is_some_and(|record| is_old(record.received_ns))
            }
            _ => false,
        });
        for message in late {
            if let Message::Ingress { id, .. } = message {
                self.finish_ingress(&id, Err(rejects::ingress_timed_out(&id)));
            }
        }
        self.ingress.retain(|_, record| !record.finished_ns.is_some_and(is_old));
    }
}
