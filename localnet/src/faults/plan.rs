//! What can be asked for: an order of messages, and rules.
//!
//! Everything here is plain data with a JSON form, so that a plan can be sent, stored and read.

use candid::Principal;
use serde::{Deserialize, Serialize};

use super::{Intervention, OutcallFault};

/// One thousand: a chance that always comes true.
pub const ALWAYS: u16 = 1_000;

/// In which order messages run, and what goes wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultPlan {
    pub order: Order,
    /// Messages a round executes at most; None is as many as its instructions allow. With one, a
    /// test can do anything between any two messages. Timers and heartbeats do not count.
    pub messages_per_round: Option<u64>,
    /// For a call or a response the first rule that fires decides. Everything that is to happen
    /// between two messages happens, and so does everything that is to fail in one execution.
    pub rules: Vec<Rule>,
}

/// Which waiting message is next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The oldest.
    #[default]
    Oldest,
    /// Any that the platform may choose: calls between the same two canisters keep their order,
    /// ingress messages and responses have none.
    Chosen,
}

/// Something that happens, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// To what it may happen.
    #[serde(default)]
    pub to: Pattern,
    /// How many that match are let pass first.
    #[serde(default)]
    pub skip: u64,
    /// How often it happens at most; None is without end.
    #[serde(default)]
    pub times: Option<u64>,
    /// Chance for each that matches, in thousandths.
    #[serde(default = "always")]
    pub permille: u16,
    pub action: Action,
}

fn always() -> u16 {
    ALWAYS
}

/// Which messages or executions are meant; what is None matches anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pattern {
    /// Who receives the message or executes: the callee of a call, the caller that gets a response.
    pub canister: Option<Principal>,
    /// Who sent it: the caller of a call, the callee that responds.
    pub sender: Option<Principal>,
    /// The method of a call, of the call that is responded to, or of an ingress message. For an
    /// execution the form of traces: `update transfer`, `reply callback of pay`, `cleanup of pay`,
    /// `global_timer`, `post_upgrade`. For an HTTP outcall its URL.
    pub name: Option<String>,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// A call between canisters is not delivered but rejected, with a reject code from 1 to 5. All
    /// its cycles come back.
    Reject { code: u8, message: String },
    /// A bounded-wait call is answered with `SYS_UNKNOWN` at once, whether the callee executes it
    /// or not. Its cycles do not come back. Calls without a deadline are not touched.
    Unknown { executed: bool },
    /// A response waits so many rounds more; None is until it is released. Younger ones overtake
    /// it. A bounded-wait call may run into its deadline meanwhile.
    Delay { rounds: Option<u64> },
    /// An ingress message is executed twice, in the same round, as when a client sent it again in
    /// another message. Its sender is told the first answer.
    Duplicate,
    /// An ingress message is not executed, and its sender is told that it waited too long.
    Expire,
    /// An HTTP outcall ends so.
    Outcall(OutcallFault),
    /// An execution is cut off.
    Trap(Cut),
    /// The growth of a memory is refused, the `nth` of the execution counted from 1.
    RefuseGrowth { memory: MemoryKind, nth: u64 },
    /// Something happens before a message is delivered.
    Before(Intervention),
}

/// Where an execution is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// At this system call, counted from 1, before it does anything: a trap.
    SystemCall(Span),
    /// After this many instructions: the instruction limit. An execution that uses no more than
    /// that is not cut.
    Instruction(Span),
}

/// A number from `first` to `last`, both included; chosen anew each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    pub first: u64,
    pub last: u64,
}

/// One of the two memories of a canister.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryKind {
    Heap,
    Stable,
}

/// Where in the life of messages an action has its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Point {
    /// A call between canisters is about to be delivered.
    Call,
    /// A response is about to be delivered.
    Response,
    /// An ingress message is about to be delivered.
    Ingress,
    /// An HTTP outcall is made.
    Outcall,
    /// Any message is about to be delivered.
    Message,
    /// Code of a canister is about to run.
    Execution,
}

impl Action {
    pub(super) fn point(&self) -> Point {
        match self {
            Self::Reject { .. } | Self::Unknown { .. } => Point::Call,
            Self::Delay { .. } => Point::Response,
            Self::Duplicate | Self::Expire => Point::Ingress,
            Self::Outcall(_) => Point::Outcall,
            Self::Trap(_) | Self::RefuseGrowth { .. } => Point::Execution,
            Self::Before(_) => Point::Message,
        }
    }
}

impl Span {
    /// This number and no other.
    pub fn exactly(number: u64) -> Self {
        Self { first: number, last: number }
    }
}

impl Rule {
    /// Happens to everything, always.
    pub fn new(action: Action) -> Self {
        Self { to: Pattern::default(), skip: 0, times: None, permille: ALWAYS, action }
    }

    /// Only where this canister receives or executes.
    pub fn to(mut self, canister: Principal) -> Self {
        self.to.canister = Some(canister);
        self
    }

    /// Only to what this principal sent.
    pub fn from(mut self, sender: Principal) -> Self {
        self.to.sender = Some(sender);
        self
    }

    /// Only to this method or execution, see [`Pattern::name`].
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.to.name = Some(name.into());
        self
    }

    /// Not to the first so many that match.
    pub fn skip(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    /// Not more often than this.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// With this chance in thousandths.
    pub fn chance(mut self, permille: u16) -> Self {
        self.permille = permille;
        self
    }
}

impl FaultPlan {
    /// The oldest message first, and these rules.
    pub fn of(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self { rules: rules.into_iter().collect(), ..Self::default() }
    }

    /// The same with an order that is chosen.
    pub fn in_any_order(self) -> Self {
        Self { order: Order::Chosen, ..self }
    }

    /// Says what cannot be meant.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.messages_per_round == Some(0) {
            return Err("with no message in a round nothing would ever run".to_owned());
        }
        for (number, rule) in self.rules.iter().enumerate() {
            rule.check().map_err(|why| format!("rule {number}: {why}"))?;
        }
        Ok(())
    }
}

impl Rule {
    fn check(&self) -> Result<(), String> {
        if self.permille > ALWAYS {
            return Err(format!("a chance of {} in {ALWAYS}", self.permille));
        }
        match &self.action {
            Action::Reject { code, .. } if !(1..=5).contains(code) => {
                Err(format!("{code} is not a reject code from 1 to 5"))
            }
            Action::Trap(Cut::SystemCall(span) | Cut::Instruction(span))
                if span.first == 0 || span.first > span.last =>
            {
                Err(format!("no number from {} to {}, counted from 1", span.first, span.last))
            }
            Action::Outcall(fault) => fault.check(),
            Action::RefuseGrowth { nth: 0, .. } => Err("growths are counted from 1".to_owned()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(action: Action) -> Result<(), String> {
        FaultPlan::of([Rule::new(action)]).check()
    }

    #[test]
    fn plans_that_cannot_be_meant_are_refused() {
        let reject = |code| check(Action::Reject { code, message: String::new() });
        assert_eq!(reject(6), Err("rule 0: 6 is not a reject code from 1 to 5".to_owned()));
        assert!(reject(0).is_err());
        assert_eq!(reject(1).and(reject(5)), Ok(()));
        let cut = |first, last| check(Action::Trap(Cut::Instruction(Span { first, last })));
        assert!(cut(0, 3).is_err());
        assert!(cut(4, 3).is_err());
        assert_eq!(cut(3, 3), Ok(()));
        assert!(check(Action::RefuseGrowth { memory: MemoryKind::Heap, nth: 0 }).is_err());
        let outcall = |fault| check(Action::Outcall(fault));
        assert!(outcall(OutcallFault::Respond { status: 99, body: vec![] }).is_err());
        assert!(outcall(OutcallFault::Reject { code: 6, message: String::new() }).is_err());
        assert_eq!(outcall(OutcallFault::Disagree), Ok(()));
        let rule = Rule::new(Action::Unknown { executed: true }).chance(1_001);
        assert!(FaultPlan::of([rule]).check().is_err());
        let still = FaultPlan { messages_per_round: Some(0), ..FaultPlan::default() };
        assert!(still.check().is_err());
    }

    #[test]
    fn a_plan_has_the_json_form_that_is_documented() {
        let text = r#"{"order": "chosen", "rules": [
            {"to": {"name": "pay"}, "permille": 250, "action": {"unknown": {"executed": false}}},
            {"skip": 2, "times": 1, "action": {"trap": {"system_call": {"first": 1, "last": 9}}}},
            {"action": "duplicate"},
            {"to": {"name": "https://example.com"}, "action": {"outcall": "timeout"}},
            {"action": {"outcall": {"respond": {"status": 500, "body": "00ff"}}}},
            {"action": {"before": {"drain":
                {"canister": "aaaaa-aa", "leave": 340282366920938463463374607431768211455}}}}
        ]}"#;
        let plan: FaultPlan = serde_json::from_str(text).expect("the documented form");
        let drain =
            Intervention::Drain { canister: Principal::management_canister(), leave: u128::MAX };
        let expected = FaultPlan::of([
            Rule::new(Action::Unknown { executed: false }).named("pay").chance(250),
            Rule::new(Action::Trap(Cut::SystemCall(Span { first: 1, last: 9 }))).skip(2).times(1),
            Rule::new(Action::Duplicate),
            Rule::new(Action::Outcall(OutcallFault::Timeout)).named("https://example.com"),
            Rule::new(Action::Outcall(OutcallFault::Respond { status: 500, body: vec![0, 255] })),
            Rule::new(Action::Before(drain)),
        ])
        .in_any_order();
        assert_eq!(plan, expected);
        let again = serde_json::to_string(&plan).expect("a plan has a JSON form");
        assert_eq!(serde_json::from_str::<FaultPlan>(&again).expect("its own form"), plan);
        assert!(serde_json::from_str::<FaultPlan>(r#"{"rule": []}"#).is_err(), "a typing mistake");
    }
}
