//! Books kept by an outsider: what was asked, awarded, earned and queued, from receipts alone.

use std::collections::BTreeMap;

use candid::{Nat, Principal};
use granary_api::{
    common::Receipt,
    micro_grants::{ApplicationState, Grant, GrantState, StreamTerms},
};
use granary_tests::{people::Who, reply::Expect, world::World};

/// What a call changes when it is acknowledged.
#[derive(Debug, Clone)]
pub(super) enum Effect {
    /// An application of so much in these steps.
    Submitted { author: Principal, amount: u128, steps: Vec<u128> },
    /// The application may have been decided.
    Finalized { application: u64 },
    /// A milestone was judged.
    Judged { grant: u64, index: u32, accepted: bool },
    /// A payout was queued.
    Queued { grant: u64, milestone: Option<u32> },
    /// The grant flows from now on.
    StreamStarted { grant: u64, terms: StreamTerms },
    /// The flow was stopped or goes on.
    StreamPaused { grant: u64, paused: bool },
    /// What had flowed was claimed.
    StreamClaimed { grant: u64 },
    /// The grant ended early.
    Terminated { grant: u64 },
    /// Nothing that concerns money.
    Nothing,
}

/// An application that was acknowledged.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) author: Principal,
    pub(super) amount: u128,
    pub(super) steps: Vec<u128>,
}

/// The flow of one grant: its time runs only while it is not paused.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    terms: StreamTerms,
    /// When it was stopped.
    stopped_at: Option<u64>,
    /// Sum of the pauses that are over.
    paused_ns: u64,
    claimed: u128,
}

impl Flow {
    /// What has flowed of `award` at this time.
    fn vested(&self, award: u128, at_ns: u64) -> u128 {
        let at = self.stopped_at.unwrap_or(at_ns) - self.paused_ns.min(at_ns);
        let StreamTerms { start_ns, cliff_ns, end_ns } = self.terms;
        if at < cliff_ns || at <= start_ns {
            return 0;
        }
        let elapsed = u128::from(at.min(end_ns) - start_ns);
        award * elapsed / u128::from(end_ns - start_ns)
    }
}

/// One grant.
#[derive(Debug, Clone)]
pub(super) struct Awarded {
    pub(super) author: Principal,
    pub(super) award: u128,
    pub(super) steps: Vec<u128>,
    earned: BTreeMap<u32, u128>,
    queued: u128,
    payouts: u64,
    pub(super) flow: Option<Flow>,
    /// What stays promised after an early end.
    kept: Option<u128>,
}

/// The books of one programme.
#[derive(Debug, Clone)]
pub(super) struct Books {
    pub(super) program: u64,
    budget: u128,
    pub(super) applications: BTreeMap<u64, Asked>,
    pub(super) grants: BTreeMap<u64, Awarded>,
}

impl Books {
    pub(super) fn new(program: u64, budget: u128) -> Self {
        Self { program, budget, applications: BTreeMap::new(), grants: BTreeMap::new() }
    }

    /// Books an acknowledged call.
    pub(super) fn apply(&mut self, world: &World, effect: &Effect, receipt: &Receipt) {
        match effect {
            Effect::Submitted { author, amount, steps } => {
                let asked = Asked { author: *author, amount: *amount, steps: steps.clone() };
                let before = self.applications.insert(receipt.id, asked);
                assert!(before.is_none(), "number {} was given twice", receipt.id);
            }
            Effect::Finalized { application } => self.decided(world, *application),
            Effect::Judged { grant, index, accepted } => {
                if *accepted {
                    let grant = self.grant(*grant);
                    let amount = grant.steps[usize::try_from(*index).unwrap()];
                    assert!(grant.earned.insert(*index, amount).is_none(), "earned twice");
                }
            }
            Effect::Queued { grant, milestone } => {
                let grant = self.grant(*grant);
                let amount = match milestone {
                    Some(index) => grant.earned[index],
                    None => grant.kept.unwrap_or(grant.award),
                };
                assert!(amount > 0, "a payout of nothing was acknowledged");
                grant.queued += amount;
                grant.payouts += 1;
            }
            Effect::StreamStarted { grant, terms } => {
                let flow = Flow { terms: *terms, stopped_at: None, paused_ns: 0, claimed: 0 };
                self.grant(*grant).flow = Some(flow);
            }
            Effect::StreamPaused { grant, paused } => self.paused(*grant, *paused, receipt.at_ns),
            Effect::StreamClaimed { grant } => {
                let grant = self.grant(*grant);
                let (award, kept) = (grant.award, grant.kept);
                let flow = grant.flow.as_mut().expect("only a stream is claimed");
                let vested = kept.unwrap_or_else(|| flow.vested(award, receipt.at_ns));
                assert!(vested > flow.claimed, "a claim of nothing was acknowledged");
                grant.queued += vested - flow.claimed;
                grant.payouts += 1;
                flow.claimed = vested;
            }
            Effect::Terminated { grant } => self.terminated(*grant, receipt.at_ns),
            Effect::Nothing => {}
        }
    }

    fn grant(&mut self, id: u64) -> &mut Awarded {
        self.grants.get_mut(&id).expect("a call about no grant was acknowledged")
    }

    fn paused(&mut self, grant: u64, paused: bool, at_ns: u64) {
        let flow = self.grant(grant).flow.as_mut().expect("only a stream is paused");
        if paused {
            assert!(flow.stopped_at.replace(at_ns).is_none(), "paused twice");
        } else {
            let since = flow.stopped_at.take().expect("resumed what was not paused");
            flow.paused_ns += at_ns - since;
        }
    }

    fn terminated(&mut self, grant: u64, at_ns: u64) {
        let grant = self.grant(grant);
        let kept = match &grant.flow {
            Some(flow) => flow.vested(grant.award, at_ns),
            None if grant.steps.is_empty() => grant.queued,
            None => grant.earned.values().sum(),
        };
        grant.kept = Some(kept);
    }

    fn decided(&mut self, world: &World, application: u64) {
        let decided = world.by(Who::Auditor).get_application(application).value("decided");
        let asked = &self.applications[&application];
        if decided.state != ApplicationState::Approved {
            return;
        }
        let id = decided.grant.expect("an approved application has a grant");
        let awarded = Awarded {
            author: asked.author,
            award: asked.amount,
            steps: asked.steps.clone(),
            earned: BTreeMap::new(),
            queued: 0,
            payouts: 0,
            flow: None,
            kept: None,
        };
        assert!(self.grants.insert(id, awarded).is_none(), "awarded twice");
    }

    /// Compares the canister's figures with the books.
    pub(super) fn check(&self, world: &World) {
        let reader = world.by(Who::Auditor);
        let budget = reader.get_budget(self.program).value("the budget");
        assert_eq!(
            budget.available_units + budget.committed_units + budget.paid_units,
            budget.budget_units,
            "conservation"
        );
        assert_eq!(budget.budget_units, self.budget, "nobody changed the budget");
        assert_eq!(budget.paid_units, 0, "nothing can be paid without an execution canister");
        let (mut committed, mut queued, mut payouts) = (0, 0, 0);
        for (id, awarded) in &self.grants {
            let grant = reader.get_grant(*id).value("an awarded grant");
            let award = awarded.kept.unwrap_or(awarded.award);
            assert_eq!(grant.award_units, award, "grant {id}");
            assert_eq!(grant.queued_units, awarded.queued, "grant {id}");
            committed += promised(&grant, awarded);
            queued += awarded.queued;
            payouts += awarded.payouts;
        }
        assert_eq!(budget.committed_units, committed, "committed");
        assert_eq!(budget.queued_units, queued, "queued");
        assert_eq!(budget.queued_payouts, payouts, "payouts");
    }

    /// Every acknowledged application is there with what was asked.
    pub(super) fn check_applications(&self, world: &World) {
        let reader = world.by(Who::Auditor);
        for (id, asked) in &self.applications {
            let stored = reader.get_application(*id).value("an acknowledged application");
            assert_eq!(stored.content.requested_units, Nat::from(asked.amount), "{id}");
            assert_eq!(stored.applicant, asked.author, "{id}");
        }
        let metrics = reader.get_canister_metrics().value("metrics");
        assert_eq!(metrics.total_applications, self.applications.len() as u64);
    }
}

/// What the programme still owes the grant.
fn promised(grant: &Grant, awarded: &Awarded) -> u128 {
    match grant.state {
        GrantState::Lapsed => {
            assert_eq!(awarded.queued, 0, "an offer nobody accepted paid something");
            0
        }
        GrantState::Terminated => awarded.kept.expect("terminated without being asked to"),
        _ => {
            assert_eq!(awarded.kept, None, "a terminated grant lives");
            awarded.award
        }
    }
}
