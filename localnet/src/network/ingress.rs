//! Ingress messages: taking them in, and remembering what became of them.

use candid::Principal;
use pocket_ic::RejectResponse;

use super::{
    Network,
    consumed::UseCase,
    journal::Asked,
    pool::{Lane, Message, Payload},
    rejects::{self, uncertified},
    types::{EffectivePrincipal, IngressMessage, IngressRecord, IngressStatus, MessageId},
};
use crate::message::{Entry, Keep};

/// Bytes of method name and argument together.
const MAX_INGRESS_BYTES: usize = 2 * 1024 * 1024;
/// How long a message may wait, and how long its answer is kept, in nanoseconds.
const INGRESS_LIFETIME_NS: u64 = 300_000_000_000;
/// Answers kept at most, however young.
const MAX_ANSWERS: usize = 100_000;

impl Network {
    /// Takes in an update call; it executes in the next round. A message whose id is known is the
    /// same message and changes nothing. Refusals are not certified and cost nothing.
    pub fn submit_ingress(&mut self, message: IngressMessage) -> Result<MessageId, RejectResponse> {
        self.note(|_| Asked::Submit(message.clone()));
        let id = message.message_id.unwrap_or_else(|| self.rng.draw("ingress message"));
        if self.ingress.contains_key(&id) {
            return Ok(id);
        }
        let record = self.admit(&message).map_err(uncertified)?;
        self.epoch += 1;
        self.ingress.insert(id, record);
        self.received.push_back((self.time_ns, id));
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

    /// Checks a message, takes its price, and opens its record.
    fn admit(&mut self, message: &IngressMessage) -> Result<IngressRecord, RejectResponse> {
        let bytes = message.method.len() + message.arg.len();
        if bytes > MAX_INGRESS_BYTES {
            return Err(rejects::payload_too_large(bytes, MAX_INGRESS_BYTES));
        }
        let to_management = self.is_management(message.canister_id);
        let effective = if to_management {
            self.check_management_ingress(message)?
        } else if self.canisters.contains_key(&message.canister_id)
            || self.stands_in(message.canister_id)
        {
            Some(message.canister_id)
        } else {
            return Err(rejects::canister_not_found(message.canister_id));
        };
        // What rescues a frozen canister must get through; stand-ins have nothing to pay with.
        let rescue = matches!(
            message.method.as_str(),
            "provisional_top_up_canister"
                | "provisional_create_canister_with_cycles"
                | "update_settings"
        );
        let unpriced = to_management && rescue || self.stands_in(message.canister_id);
        if let Some(payer) = effective.filter(|_| !unpriced) {
            let fee = self.tariff(payer).ingress(bytes);
            // A canister that cannot pay is not asked; one that refuses does not pay.
            self.check_affordable(payer, fee)?;
            if message.inspect && !to_management {
                self.inspect(payer, message)?;
            }
            self.charge(payer, UseCase::Ingress, fee)?;
        }
        Ok(IngressRecord {
            sender: message.sender,
            canister_id: message.canister_id,
            effective_canister_id: effective,
            subnet_id: self.ingress_subnet(effective, message.effective),
            method: message.method.clone(),
            status: IngressStatus::Received,
            received_ns: self.time_ns,
            finished_ns: None,
        })
    }

    /// The subnet that executes and certifies a message.
    fn ingress_subnet(
        &self,
        effective: Option<Principal>,
        routed: EffectivePrincipal,
    ) -> Principal {
        let named = match routed {
            EffectivePrincipal::Subnet(id) => self.topology.subnet(id).map(|subnet| subnet.id),
            EffectivePrincipal::None | EffectivePrincipal::Canister(_) => None,
        };
        effective
            .and_then(|canister| self.subnet_of(canister))
            .or(named)
            .unwrap_or_else(|| self.topology.default_subnet().id)
    }

    /// Asks the canister whether it takes the message, when it has an opinion.
    fn inspect(&mut self, id: Principal, message: &IngressMessage) -> Result<(), RejectResponse> {
        let canister = self.canisters.get(&id).ok_or_else(|| rejects::canister_not_found(id))?;
        canister.check_running()?;
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

    /// Records the final answer, and forgets the oldest ones beyond what is kept.
    pub(crate) fn finish_ingress(&mut self, id: &MessageId, payload: Payload) {
        let Some(record) = self.ingress.get_mut(id) else { return };
        record.finished_ns = Some(self.time_ns);
        record.status = match payload {
            Ok(data) => IngressStatus::Replied(data),
            Err(response) => IngressStatus::Rejected(response),
        };
        self.answered.push_back((self.time_ns, *id));
        if self.answered.len() > MAX_ANSWERS {
            self.forget_oldest_answer();
        }
    }

    fn forget_oldest_answer(&mut self) {
        if let Some((_, id)) = self.answered.pop_front() {
            self.ingress.remove(&id);
        }
    }

    /// Rejects messages that waited too long and forgets answers that are old enough.
    pub(crate) fn expire_ingress(&mut self) {
        let now = self.time_ns;
        let is_old = |since: u64| now.saturating_sub(since) > INGRESS_LIFETIME_NS;
        while let Some((since, id)) = self.received.front().copied() {
            let record = self.ingress.get(&id);
            let waits = record.is_some_and(|record| record.status == IngressStatus::Received);
            if waits && !is_old(since) {
                break;
            }
            self.received.pop_front();
            if waits {
                self.pool.drain(|message| match message {
                    Message::Ingress { id: queued, .. } => *queued == id,
                    Message::Request(_) | Message::Response { .. } | Message::Outcall { .. } => {
                        false
                    }
                });
                self.finish_ingress(&id, Err(rejects::ingress_timed_out(&id)));
            }
        }
        while self.answered.front().is_some_and(|(since, _)| is_old(*since)) {
            self.forget_oldest_answer();
        }
    }

    /// Rebuilds the order in which messages came and were answered, from the records.
    pub(crate) fn restore_ingress_order(&mut self) {
        let mut received: Vec<_> = self
            .ingress
            .iter()
            .filter(|(_, record)| record.status == IngressStatus::Received)
            .map(|(id, record)| (record.received_ns, *id))
            .collect();
        received.sort_unstable();
        self.received = received.into();
        let mut answered: Vec<_> = self
            .ingress
            .iter()
            .filter_map(|(id, record)| Some((record.finished_ns?, *id)))
            .collect();
        answered.sort_unstable();
        self.answered = answered.into();
    }
}
