//! A payout goes to `execution` and comes back settled, failed, or as somebody's work.
//!
//! Each question is one run of the payout's job: load and decide ([`begin`]), write down that
//! somebody asks, call, and settle over the state of that moment (`settle`). A run whose message
//! is lost changes nothing: the job asks again when its time is over, with the same key, and
//! `execution` answers what it answered before. An answer to an older attempt counts for nothing.
//!
//! What keeps a payout from leaving is looked up before each hand-over; one that was handed over is
//! asked about whatever the mode, because its money may be on its way. An intent that `execution`
//! forgot, because it went back to a snapshot, is handed over again with the key of its attempt:
//! the block that paid it is found by that key and by nothing else.

use core::cell::RefCell;
use std::collections::BTreeMap;

use granary_api::common::Receipt;
use granary_api::execution::{Destination, Intent, IntentState, Origin, SubmitIntentArgs};
use granary_api::portfolio::{ExternalRef, LedgerAccount};
use granary_env::call::Answer;
use granary_env::suite::{Host, health, install, tasks};
use granary_errors::Error;
use granary_kernel::Ctx;
use granary_resilience::failure::{Effect, Failure, FailureKind};
use granary_resilience::retry::{Next, RetryPolicy};
use granary_stable::log_ring::Level;
use granary_units::{Bps, Duration, Timestamp};
use micro_grants_core::errors::GrantError;
use micro_grants_core::limits;
use micro_grants_core::rules::hand_over::{Order, Step};
use micro_grants_core::types::PayoutState;

use crate::ports::{Execution, ExecutionAt};
use crate::state::{Grants, Here};

const FIFTH: Bps = match Bps::new(2_000) {
    Ok(share) => share,
    Err(_) => Bps::ZERO,
};
/// Between two questions about an intent on its way: fast at first, people wait for it.
const ASK: RetryPolicy = RetryPolicy {
    first_delay: Duration::seconds(5),
    factor: 2,
    max_delay: Duration::seconds(600),
    max_attempts: u32::MAX,
    jitter: FIFTH,
};
/// Between two attempts to hand over: whoever refuses or is silent has a reason.
const HAND_OVER: RetryPolicy = RetryPolicy { first_delay: Duration::seconds(10), ..ASK };
/// Between two questions about an intent that waits for a person.
const PERSON: RetryPolicy = RetryPolicy { first_delay: Duration::seconds(60), ..ASK };

/// `execution` has no such intent. It uses a number once, so it had one and forgot it.
const FORGOTTEN: &str = "execution.intent.not_found";

/// Payouts whose newest refusal is remembered, on the heap: it is for people to read.
const REMEMBERED: usize = 1_000;

thread_local! {
    static REFUSED: RefCell<BTreeMap<u64, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// What `execution` said last about a payout that did not move, since the last upgrade.
pub fn refusal(payout: u64) -> Option<String> {
    REFUSED.with_borrow(|refused| refused.get(&payout).cloned())
}

/// Where a run finds its state.
pub trait Desk {
    /// Changes the store in the message of this moment.
    fn write<T>(&self, change: impl FnOnce(&mut Grants, &Ctx) -> T) -> T;
}

/// The store of this instance; its alarm is set anew after each change.
#[derive(Clone, Copy, Debug)]
pub struct Hosted;

impl Desk for Hosted {
    fn write<T>(&self, change: impl FnOnce(&mut Grants, &Ctx) -> T) -> T {
        let ctx = install::actor();
        Here::write(|store| {
            let answer = change(store, &ctx);
            tasks::wake::<Here>(store, &ctx);
            answer
        })
    }
}

/// Sees to a payout because it is time to; answers when to look again. The end of the question
/// moves that time.
pub fn by_job(store: &mut Grants, ctx: &Ctx, payout: u64) -> Result<Option<Timestamp>, String> {
    // Whoever tells where it is has every payout looked at.
    let Some(canister) = store.base().peer("execution") else { return Ok(None) };
    match begin(store, ctx, payout) {
        Ok(Begun::Ask(order)) => {
            ic_cdk::futures::spawn(
                async move { run(&Hosted, &ExecutionAt(canister), order).await },
            );
            Ok(Some(ctx.now.saturating_add(limits::PAYOUT_LEASE)))
        }
        Ok(Begun::Later(next)) => Ok(next),
        Err(fault) => Err(Error::from(fault).to_string()),
    }
}

/// What a look at a payout comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Ask `execution`.
    Ask(Order),
    /// Look again then, or not at all.
    Later(Option<Timestamp>),
}

/// Load, decide, and write down that somebody asks.
pub fn begin(store: &mut Grants, ctx: &Ctx, payout: u64) -> Result<Begun, GrantError> {
    Ok(match store.payout_step(ctx, payout)? {
        Step::Rest => Begun::Later(None),
        Step::Wait(at) => Begun::Later(Some(at)),
        Step::HandOver(order) | Step::Ask(order) => {
            store.begin_payout(ctx, payout)?;
            Begun::Ask(order)
        }
    })
}

/// Asks once, and keeps what came of it.
pub async fn run<D: Desk, E: Execution>(desk: &D, execution: &E, order: Order) {
    let answer = match order.intent {
        None => Reply::Submitted(execution.submit_intent(&arguments(&order)).await),
        Some(intent) => Reply::Found(intent, execution.get_intent(intent).await),
    };
    desk.write(|store, ctx| {
        let said = match answer {
            Reply::Submitted(answer) => handed_over(answer, ctx.now),
            Reply::Found(intent, answer) => became(answer, &order, intent, ctx.now),
        };
        if let Err(fault) = settle(store, ctx, &order, said) {
            let text = format!("payout {}: {}", order.payout, Error::from(fault).message());
            health::log::<Here>(store, ctx, Level::Error, "payouts", "", &text);
        }
    });
}

/// The answer to either question.
#[expect(clippy::large_enum_variant, reason = "it is read where it is made")]
enum Reply {
    Submitted(Answer<Result<Receipt, Error>>),
    Found(u64, Answer<Result<Intent, Error>>),
}

fn arguments(order: &Order) -> SubmitIntentArgs {
    let account = LedgerAccount { owner: order.grantee, subaccount: None };
    SubmitIntentArgs {
        idempotency_key: order.key(),
        origin: origin(order),
        asset: order.asset,
        destination: Destination::Icrc(account),
        amount_units: order.amount.get(),
        announcement: None,
        expires_at_ns: None,
    }
}

const fn origin(order: &Order) -> Origin {
    Origin::Grant { grant: order.grant, payout: order.payout }
}

/// What an answer says about a payout.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    /// It is carried by this intent now.
    Taken(u64),
    /// The money moved, in this block.
    Moved(u64),
    /// It did not and will not.
    Failed(String),
    /// A person must find out.
    Stuck(String),
    /// Under way, as it should be.
    UnderWay,
    /// The intent is forgotten.
    Forgotten,
    /// Nothing, and why.
    Nothing(Failure),
}

fn handed_over(answer: Answer<Result<Receipt, Error>>, now: Timestamp) -> Said {
    match answer {
        Answer::Done(Ok(receipt)) => Said::Taken(receipt.id),
        Answer::Done(Err(error)) => Said::Nothing(Failure::from_error(&error, Effect::Write, now)),
        Answer::NotApplied { reason } => {
            Said::Nothing(Failure::new(FailureKind::Temporary, reason))
        }
        // It may have been taken: the same key finds out.
        Answer::Unknown { reason } => {
            Said::Nothing(Failure::new(FailureKind::OutcomeUnknown, reason))
        }
    }
}

fn became(
    answer: Answer<Result<Intent, Error>>,
    order: &Order,
    intent: u64,
    now: Timestamp,
) -> Said {
    let found = match answer {
        Answer::Done(Ok(found)) => found,
        Answer::Done(Err(error)) if error.code() == FORGOTTEN => return Said::Forgotten,
        Answer::Done(Err(error)) => {
            return Said::Nothing(Failure::from_error(&error, Effect::Read, now));
        }
        // Asking changes nothing: both kinds of silence are alike.
        Answer::NotApplied { reason } | Answer::Unknown { reason } => {
            return Said::Nothing(Failure::new(FailureKind::Timeout, reason));
        }
    };
    let ours = found.id == intent
        && found.idempotency_key == order.key()
        // A restored snapshot may have given the payout another number since.
        && matches!(found.origin, Origin::Grant { grant, .. } if grant == order.grant)
        && found.amount_units == order.amount.get();
    if !ours {
        let text = format!("intent {intent} is not the one that was asked for");
        return Said::Nothing(Failure::new(FailureKind::Permanent, text));
    }
    let why = |state: &str| found.reason.clone().unwrap_or_else(|| state.to_owned());
    match found.state {
        IntentState::Settled => match found.external_ref {
            Some(ExternalRef::Icrc { block, .. }) => Said::Moved(block),
            Some(ExternalRef::Btc { .. }) | None => {
                let text = format!("intent {intent} is settled and names no block of a ledger");
                Said::Nothing(Failure::new(FailureKind::Permanent, text))
            }
        },
        IntentState::Denied => Said::Failed(why("denied")),
        IntentState::Expired => Said::Failed(why("not sent in time")),
        IntentState::Cancelled => Said::Failed(why("taken back")),
        IntentState::Quarantined => Said::Stuck(why("it is not known whether the money moved")),
        IntentState::Created
        | IntentState::Assessed
        | IntentState::AwaitingApproval
        | IntentState::Timelocked
        | IntentState::Ready
        | IntentState::Submitting
        | IntentState::Unknown
        | IntentState::Reconciling => Said::UnderWay,
    }
}

/// Loads and decides again: the answer counts if the payout still stands where it was asked about.
fn settle(store: &mut Grants, ctx: &Ctx, order: &Order, said: Said) -> Result<(), GrantError> {
    let (_, head) = store.payout(order.payout)?;
    if !order.is_current(&head) {
        return Ok(());
    }
    let put_off = |store: &mut Grants, policy: &RetryPolicy, failure: &Failure| {
        let at = match policy.next(head.tries, order.payout, failure, ctx.now) {
            Next::Retry { at } => at,
            // Handing over again is how one finds out.
            Next::Reconcile => ctx.now.saturating_add(policy.delay(head.tries, order.payout)),
            // Somebody must give a right or correct a setting: asked seldom, until it is done.
            Next::GiveUp | Next::Exhausted => ctx.now.saturating_add(policy.max_delay),
        };
        store.put_off_payout(order, at)
    };
    let under_way = Failure::new(FailureKind::Temporary, "under way");
    let asking = if head.state == PayoutState::Quarantined { &PERSON } else { &ASK };
    let (level, text) = match said {
        Said::Taken(intent) => {
            store.send_payout(ctx, order.payout, intent)?;
            (Level::Info, format!("is intent {intent}"))
        }
        Said::Moved(block) => {
            store.settle_payout(ctx, order.payout, block)?;
            (Level::Info, format!("is settled in block {block}"))
        }
        Said::Failed(why) => {
            store.fail_payout(ctx, order.payout, false, &why)?;
            (Level::Warning, format!("failed: {why}"))
        }
        Said::Stuck(why) if head.state == PayoutState::Sent => {
            store.fail_payout(ctx, order.payout, true, &why)?;
            (Level::Error, format!("needs a person: {why}"))
        }
        Said::Forgotten => {
            store.forget_intent(ctx, order.payout)?;
            (Level::Warning, "is handed over again: its intent is forgotten".to_owned())
        }
        Said::Stuck(_) | Said::UnderWay => {
            put_off(store, asking, &under_way)?;
            forget(order.payout);
            return Ok(());
        }
        Said::Nothing(failure) => {
            let policy = if order.intent.is_none() { &HAND_OVER } else { asking };
            put_off(store, policy, &failure)?;
            remember(order.payout, failure.to_string());
            let text = format!("payout {}: execution: {failure}", order.payout);
            health::log::<Here>(store, ctx, Level::Warning, "payouts", "", &text);
            return Ok(());
        }
    };
    forget(order.payout);
    let text = format!("payout {} {text}", order.payout);
    health::log::<Here>(store, ctx, level, "payouts", "", &text);
    Ok(())
}

fn remember(payout: u64, mut reason: String) {
    reason.truncate(reason.floor_char_boundary(limits::MAX_REASON_BYTES));
    REFUSED.with_borrow_mut(|refused| {
        if refused.len() >= REMEMBERED && !refused.contains_key(&payout) {
            refused.pop_first();
        }
        refused.insert(payout, reason);
    });
}

fn forget(payout: u64) {
    REFUSED.with_borrow_mut(|refused| refused.remove(&payout));
}

#[cfg(test)]
#[path = "payout_tests.rs"]
mod tests;
