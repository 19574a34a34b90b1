//! The look around: whether code and controllers of every target are what was approved (X45).

use governor_core::records::run::RunKind;
use governor_core::rules::audit::Status;
use governor_core::rules::watch::Seen;
use governor_core::types::{Principal, ProposalId};
use granary_env::call::Answer;
use granary_env::suite::Host as _;
use granary_env::suite::health;
use granary_env::suite::install::actor;
use granary_stable::log_ring::Level;

use crate::convert::answers;
use crate::ports::Fleet;
use crate::ports::network::{Change, InfoReply, Origin};
use crate::state::{Constitution, Here};

/// Changes of a canister that are asked for: the newest tells who was there last.
const CHANGES: u64 = 1;

/// Looks at every target, one after the other; whoever does not answer is looked at next time.
pub async fn run<F: Fleet>(fleet: &F) {
    let targets = Here::read(Constitution::all_targets);
    for (canister, _) in targets {
        let before = Here::read(|store| hand(store, &canister));
        let Some(Look { status, changes, newest }) = look(fleet, canister).await else {
            continue;
        };
        let ctx = actor();
        Here::write(|store| {
            // What an execution does is judged by the execution itself: a look it overlaps says
            // nothing.
            let now = hand(store, &canister);
            let is_busy = before.is_in || now.is_in || before.begun != now.begun;
            let was = store.target(&canister).and_then(|target| target.drift);
            store.watched(&ctx, canister, &Seen { status, changes, is_busy, left: None });
            let is = store.target(&canister).and_then(|target| target.drift);
            if let Some(drift) = is.filter(|_| was.is_none()) {
                let text = format!("{canister}: {}; {newest}", drift.name());
                health::log::<Here>(store, &ctx, Level::Error, "watch", "", &text);
            }
        });
    }
}

/// What this canister itself has to do with a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hand {
    /// True while an execution works on it.
    is_in: bool,
    /// Executions that ever began.
    begun: u64,
}

fn hand(store: &Constitution, canister: &Principal) -> Hand {
    let totals = store.totals();
    let id = ProposalId::from_wire(totals.running);
    let run = id.and_then(|id| store.run(RunKind::Execution, id));
    let is_in = run.is_some_and(|run| run.steps.iter().any(|step| step.target == *canister));
    Hand { is_in, begun: totals.timelocks }
}

/// What the network says about a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Code and controllers.
    pub status: Status,
    /// Changes of them there ever were.
    pub changes: u64,
    /// Who made the newest one, in words: the network's memory of them is short.
    pub newest: String,
}

/// Looks; none without an answer.
pub async fn look<F: Fleet>(fleet: &F, canister: Principal) -> Option<Look> {
    let Answer::Done(info) = fleet.info(canister, CHANGES).await else { return None };
    let status = match fleet.status(canister).await {
        Answer::Done(reply) => answers::audit_status(&reply, 0),
        // Whoever is no controller any more is not told; what everybody is told is enough.
        Answer::NotApplied { .. } | Answer::Unknown { .. } => {
            let (module, controllers) = answers::informed(&info);
            Status { module, controllers, ..Status::default() }
        }
    };
    Some(Look { status, changes: info.total_num_changes, newest: newest(&info) })
}

fn newest(info: &InfoReply) -> String {
    match info.recent_changes.last() {
        None => "the network tells of no change".to_owned(),
        Some(Change { timestamp_nanos, origin }) => {
            let who = match origin {
                Origin::User { user_id } => user_id,
                Origin::Canister { canister_id } => canister_id,
            };
            format!("changed last by {who} at {timestamp_nanos} ns since 1970")
        }
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
