//! What a plan does to the network: the next message, its delivery, and each execution.

use pocket_ic::{ErrorCode, RejectResponse};

use super::{
    Action, Cut, MemoryKind, Span,
    director::{Director, Scene},
    plan::Point,
};
use crate::{
    message::MessageEnv,
    network::{
        EffectivePrincipal, IngressMessage, Network,
        context::Origin,
        pool::{Message, Request, Taken},
        rejects,
    },
};

/// What becomes of a message.
enum Verdict {
    Deliver,
    Reject { code: u8, message: String },
    Unknown { executed: bool },
    Hold { rounds: Option<u64> },
    Duplicate,
    Expire,
}

impl Network {
    /// Begins a round. The answer is how many messages it may execute.
    pub(crate) fn begin_fault_round(&mut self) -> u64 {
        self.faults.round += 1;
        self.pool.next_round();
        self.faults.director.as_ref().map_or(u64::MAX, Director::messages_per_round)
    }

    /// The message that comes next.
    pub(crate) fn next_message(&mut self) -> Option<Taken> {
        match &mut self.faults.director {
            Some(director) if director.chooses() => {
                let candidates = self.pool.candidates();
                let of = u64::try_from(candidates.len()).unwrap_or(u64::MAX);
                let picked = usize::try_from(director.choose(of)).ok()?;
                self.pool.take(*candidates.get(picked)?)
            }
            _ => self.pool.pop(),
        }
    }

    /// Delivers a message, or does to it what the plan says.
    pub(crate) fn deliver_by_plan(&mut self, taken: Taken) {
        let scene = match &taken.message {
            // A message that was kept back has had its turn.
            _ if taken.was_held || self.faults.director.is_none() => None,
            message => self.scene(message),
        };
        let Some(scene) = scene else { return self.deliver(taken.message) };
        self.intervene_before(&scene);
        match self.verdict(&taken.message, &scene) {
            Verdict::Deliver => self.deliver(taken.message),
            Verdict::Reject { code, message } => {
                if let Message::Request(Request { call, cycles, .. }) = taken.message {
                    self.respond(Origin::Call(call), Err(reject(code, message)), cycles);
                }
            }
            Verdict::Unknown { executed } => self.answer_unknown(taken.message, executed),
            Verdict::Duplicate => {
                self.copy_ingress(&taken.message);
                self.deliver(taken.message);
            }
            Verdict::Expire => {
                if let Message::Ingress { id, .. } = taken.message {
                    self.finish_ingress(&id, Err(rejects::ingress_timed_out(&id)));
                }
            }
            Verdict::Hold { rounds } => {
                self.let_deadline_pass(&taken.message);
                self.pool.hold(taken, rounds);
            }
        }
    }

    /// Who gets what from whom; None for what no rule is about.
    fn scene(&self, message: &Message) -> Option<Scene> {
        match message {
            Message::Ingress { sender, to, method, .. } => {
                Some(Scene { canister: *to, sender: *sender, name: method.clone() })
            }
            Message::Request(Request { from, to, method, .. }) => {
                Some(Scene { canister: *to, sender: *from, name: method.clone() })
            }
            Message::Response { call, .. } => self.pending_call(*call).map(|pending| Scene {
                canister: pending.caller,
                sender: pending.callee,
                name: pending.method.clone(),
            }),
            Message::Outcall { .. } => None,
        }
    }

    fn intervene_before(&mut self, scene: &Scene) {
        let round = self.faults.round;
        let Some(director) = &mut self.faults.director else { return };
        for fired in director.all(Point::Message, scene, round) {
            let Action::Before(intervention) = &fired.action else { continue };
            let Err(reject) = self.carry_out(intervention) else { continue };
            if let Some(director) = &mut self.faults.director {
                director.note_failure(&fired, reject.reject_message);
            }
        }
    }

    fn verdict(&mut self, message: &Message, scene: &Scene) -> Verdict {
        let round = self.faults.round;
        let Some(director) = &mut self.faults.director else { return Verdict::Deliver };
        let fired = match message {
            Message::Request(Request { deadline_ns, .. }) => {
                let bounded = *deadline_ns != 0;
                let possible = |action: &Action| bounded || !is_unknown(action);
                director.first(Point::Call, scene, round, possible)
            }
            Message::Response { .. } => director.first(Point::Response, scene, round, |_| true),
            Message::Ingress { id, .. } => {
                let is_copy = self.faults.copies.contains(id);
                let possible = |action: &Action| !is_copy || *action != Action::Duplicate;
                director.first(Point::Ingress, scene, round, possible)
            }
            Message::Outcall { .. } => None,
        };
        match fired.map(|fired| fired.action) {
            Some(Action::Reject { code, message }) => Verdict::Reject { code, message },
            Some(Action::Unknown { executed }) => Verdict::Unknown { executed },
            Some(Action::Delay { rounds }) => Verdict::Hold { rounds },
            Some(Action::Duplicate) => Verdict::Duplicate,
            Some(Action::Expire) => Verdict::Expire,
            _ => Verdict::Deliver,
        }
    }

    /// Sends an ingress message once more, as another message. A copy that would be refused is not
    /// sent.
    fn copy_ingress(&mut self, message: &Message) {
        let Message::Ingress { sender, to, method, arg, .. } = message else { return };
        let copy = self.submit_ingress(IngressMessage {
            sender: *sender,
            canister_id: *to,
            method: method.clone(),
            arg: arg.clone(),
            effective: EffectivePrincipal::None,
            message_id: None,
            inspect: true,
        });
        if let Ok(id) = copy {
            self.faults.copies.insert(id);
        }
    }

    /// Tells the caller of a bounded-wait call that its outcome is unknown, and executes the call
    /// or loses it.
    fn answer_unknown(&mut self, message: Message, executed: bool) {
        let Message::Request(request) = message else { return };
        self.respond(Origin::Call(request.call), Err(rejects::deadline_expired()), 0);
        if executed {
            self.deliver(Message::Request(request));
        } else {
            self.burn(request.cycles);
        }
    }

    /// Lets a bounded-wait call run into its deadline while its response is held.
    fn let_deadline_pass(&mut self, message: &Message) {
        if let Message::Response { call, .. } = message
            && let Some(pending) = self.pending_call_mut(*call)
            && pending.deadline_ns != 0
        {
            pending.answered = false;
        }
    }

    /// Puts into an execution what is to go wrong in it. `label` names it as in traces.
    pub(crate) fn sabotage(&mut self, env: &mut MessageEnv, label: &str) {
        let round = self.faults.round;
        let Some(director) = &mut self.faults.director else { return };
        let scene = Scene { canister: env.canister, sender: env.caller, name: label.to_owned() };
        for fired in director.all(Point::Execution, &scene, round) {
            match fired.action {
                Action::Trap(Cut::SystemCall(span)) => {
                    env.sabotage.system_call = Some(director.number_in(span));
                }
                Action::Trap(Cut::Instruction(span)) => {
                    let limit = director.number_in(span);
                    env.instruction_limit = env.instruction_limit.min(limit);
                }
                Action::RefuseGrowth { memory: MemoryKind::Heap, nth } => {
                    env.sabotage.heap_growth = Some(nth);
                }
                Action::RefuseGrowth { memory: MemoryKind::Stable, nth } => {
                    env.sabotage.stable_growth = Some(nth);
                }
                _ => {}
            }
        }
    }
}

impl Director {
    fn number_in(&mut self, span: Span) -> u64 {
        let others = span.last.saturating_sub(span.first);
        span.first.saturating_add(self.choose(others.saturating_add(1)))
    }
}

fn is_unknown(action: &Action) -> bool {
    matches!(action, Action::Unknown { .. })
}

/// A reject of this class, with an error code the platform uses for it.
fn reject(code: u8, message: String) -> RejectResponse {
    let code = match code {
        1 => ErrorCode::SubnetOversubscribed,
        2 => ErrorCode::CanisterQueueFull,
        3 => ErrorCode::CanisterNotFound,
        4 => ErrorCode::CanisterRejectedMessage,
        _ => ErrorCode::CanisterTrapped,
    };
    rejects::reject(code, message)
}
