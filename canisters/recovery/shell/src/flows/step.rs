//! One call of an execution: made, and its answer settled.

use granary_env::call::Answer;
use granary_env::suite::Host as _;
use granary_env::suite::install::actor;
use granary_env::suite::tasks;
use recovery_core::records::Operation;
use recovery_core::rules::answered::Outcome;
use recovery_core::rules::next::Ask;
use recovery_core::store::Ticket;

use super::watch;
use crate::convert::{input, output};
use crate::ports;
use crate::state::Here;

/// Asks what the ticket says, and settles the answer over what is stored then.
pub async fn run(ticket: &Ticket) {
    let outcome = ask(ticket).await;
    let ctx = actor();
    Here::write(|store| {
        // Refused only while the canister is being filled: then nobody waits for the answer.
        store.settle(&ctx, ticket, outcome).ok();
        tasks::wake::<Here>(store, &ctx);
    });
}

/// Asks, and turns the answer into what the rules know. Nothing is decided here.
async fn ask(ticket: &Ticket) -> Outcome {
    let target = ticket.target;
    let done = |()| Outcome::Done;
    match (&ticket.ask, &ticket.operation) {
        (Ask::Status, _) => {
            known(ports::status(target).await, |status| Outcome::Status(input::status(status)))
        }
        (Ask::Snapshots, _) => known(ports::snapshots(target).await, |snapshots| {
            Outcome::Snapshots(snapshots.into_iter().map(|there| there.id.into_vec()).collect())
        }),
        (Ask::Stop, _) => known(ports::stop(target).await, done),
        (Ask::Start, _) => known(ports::start(target).await, done),
        (Ask::Snapshot { replace }, _) => {
            let taken = ports::take_snapshot(target, replace.clone()).await;
            known(taken, |taken| Outcome::Taken(taken.id.into_vec()))
        }
        (Ask::Install, Operation::Install { wasm_hash, chunk_hashes, arg }) => {
            let args = output::installation(target, wasm_hash, chunk_hashes, arg);
            known(ports::install(&args).await, done)
        }
        (Ask::Load, Operation::Restore { snapshot_id }) => {
            known(ports::load_snapshot(target, snapshot_id.to_vec()).await, done)
        }
        (Ask::Resume, _) => resume(target).await,
        (Ask::Health, _) => Outcome::Seen(watch::look(target).await),
        (Ask::Rotate, Operation::RotateGovernorMembers { members, threshold }) => {
            match ports::rotate(target, members.clone(), *threshold).await {
                Answer::Done(Ok(_)) => Outcome::Done,
                Answer::Done(Err(error)) => Outcome::Refused(error.to_string()),
                Answer::NotApplied { reason } | Answer::Unknown { reason } => {
                    Outcome::Failed(reason)
                }
            }
        }
        _ => Outcome::Refused("the operation has no such step".to_owned()),
    }
}

/// Tells the governor that it was restored, and wakes its jobs whether or not it listens.
async fn resume(target: candid::Principal) -> Outcome {
    let resumed = match ports::drain(target).await {
        Answer::Done(drain) => match ports::resume(target, drain.epoch).await {
            Answer::Done(Err(error)) => Err(error.to_string()),
            answer => answer.into_result("the governor").map(drop).map_err(|e| e.to_string()),
        },
        answer => answer.into_result("the governor").map(drop).map_err(|e| e.to_string()),
    };
    let woken = ports::resume_jobs(target).await.into_result("the governor");
    match (resumed, woken) {
        (Ok(()), Ok(Ok(_))) => Outcome::Done,
        (Err(reason), _) => Outcome::Failed(reason),
        (Ok(()), Ok(Err(error)) | Err(error)) => Outcome::Failed(error.to_string()),
    }
}

fn known<T>(answer: Answer<T>, done: impl FnOnce(T) -> Outcome) -> Outcome {
    match answer {
        Answer::Done(value) => done(value),
        Answer::NotApplied { reason } | Answer::Unknown { reason } => Outcome::Failed(reason),
    }
}
