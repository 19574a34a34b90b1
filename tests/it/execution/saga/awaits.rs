//! Every call of a payment, as one table, and the calls that are really made.

use candid::Principal;
use granary_tests::faults::{Action, FaultRecord, Intervention, Rule};

use super::Saga;

/// Who takes part in a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Grants,
    Execution,
    Guard,
    Books,
    Ledger,
}

/// What happens around a payment, besides what is done to one of its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Story {
    /// Nothing.
    Plain,
    /// The guard has not heard of the books for long and asks them before it lets money leave.
    OldBalances,
    /// A treasurer takes the intent back when its capacity is held; a manager asks again.
    TakenBack,
    /// The ledger's answer is lost while nothing may be repeated: its blocks are read.
    Searched,
    /// The snapshot from before the payment is restored behind it: the blocks since are read.
    LookedBack,
    /// The books hear of the block from the ledger before they are told of the payment.
    Reconciled,
}

/// A call one canister makes in a payment, and whose answer it waits for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Await {
    pub(super) story: Story,
    pub(super) asking: Part,
    pub(super) asked: Part,
    pub(super) method: &'static str,
    /// Such calls of the story that are let pass before the one that is meant.
    pub(super) skip: u64,
    /// Answers to the caller in the story that come before the one that is meant.
    pub(super) answers: u64,
}

const fn plain(asking: Part, asked: Part, method: &'static str, answers: u64) -> Await {
    Await { story: Story::Plain, asking, asked, method, skip: 0, answers }
}

const fn in_story(story: Story, asking: Part, asked: Part, method: &'static str) -> Await {
    Await { story, asking, asked, method, skip: 0, answers: 0 }
}

/// All of them, in the order in which they are made.
pub(super) const AWAITS: &[Await] = {
    use Part::{Books, Execution, Grants, Guard, Ledger};
    use Story::{LookedBack, OldBalances, Reconciled, Searched, TakenBack};
    &[
        plain(Grants, Execution, "submit_intent", 0),
        plain(Execution, Guard, "assess_outflow", 0),
        plain(Grants, Execution, "get_intent", 1),
        plain(Execution, Guard, "reserve_outflow", 1),
        plain(Execution, Ledger, "icrc1_balance_of", 2),
        plain(Execution, Ledger, "icrc3_get_blocks", 3),
        plain(Execution, Ledger, "icrc1_fee", 4),
        plain(Execution, Ledger, "icrc1_transfer", 5),
        plain(Execution, Books, "post_entry", 6),
        plain(Execution, Guard, "commit_outflow", 7),
        // The first one finds it under way, the second one settled.
        Await { skip: 1, ..plain(Grants, Execution, "get_intent", 2) },
        in_story(OldBalances, Guard, Books, "get_valuation"),
        Await { answers: 1, ..in_story(OldBalances, Guard, Books, "get_balances") },
        Await { answers: 2, ..in_story(OldBalances, Guard, Books, "list_assets") },
        in_story(TakenBack, Execution, Guard, "release_outflow"),
        in_story(Searched, Execution, Ledger, "icrc3_get_blocks"),
        in_story(LookedBack, Execution, Ledger, "icrc3_get_blocks"),
        Await { answers: 7, ..in_story(LookedBack, Execution, Books, "list_entries") },
        Await { answers: 1, ..in_story(Reconciled, Execution, Books, "list_entries") },
        Await { skip: 1, answers: 2, ..in_story(Reconciled, Execution, Books, "post_entry") },
    ]
};

/// What canisters ask each other besides: how they are.
const NOT_OF_A_PAYMENT: [&str; 1] = ["health_check"];

/// A call that was made.
pub(super) type Made = (Part, Part, String);

impl Saga {
    /// The canister that plays a part.
    pub(super) fn canister(&self, part: Part) -> Principal {
        let treasury = &self.treasury;
        match part {
            Part::Grants => self.grants.canister,
            Part::Execution => treasury.execution.canister,
            Part::Guard => treasury.risk_guard.canister,
            Part::Books => treasury.portfolio.canister,
            Part::Ledger => treasury.ledger,
        }
    }

    /// A rule that changes nothing and has every message written down: nothing is held.
    pub(super) fn watch() -> Rule {
        Rule::new(Action::Before(Intervention::Release))
    }

    /// The calls between the canisters of a payment in a record, each once, in the order in which
    /// they were made first.
    pub(super) fn calls_in(&self, record: &FaultRecord) -> Vec<Made> {
        use Part::{Books, Execution, Grants, Guard, Ledger};
        let parts = [Grants, Execution, Guard, Books, Ledger];
        let names = parts.map(|part| (self.canister(part).to_text(), part));
        let part = |text: &str| names.iter().find(|(name, _)| name == text).map(|(_, part)| *part);
        let (mut open, mut made): (Vec<Made>, Vec<Made>) = (vec![], vec![]);
        let watched = record.hits.iter().map(|hit| hit.rule).max();
        for hit in record.hits.iter().filter(|hit| Some(hit.rule) == watched) {
            let words: Vec<&str> = hit.what.split(' ').collect();
            let [method, "from", sender, "to", receiver] = words[..] else { continue };
            let (Some(sender), Some(receiver)) = (part(sender), part(receiver)) else { continue };
            if sender == receiver || NOT_OF_A_PAYMENT.contains(&method) {
                continue;
            }
            let answers = (receiver, sender, method.to_owned());
            if let Some(at) = open.iter().position(|call| *call == answers) {
                open.remove(at);
                continue;
            }
            let call = (sender, receiver, method.to_owned());
            if !made.contains(&call) {
                made.push(call.clone());
            }
            open.push(call);
        }
        made
    }
}
