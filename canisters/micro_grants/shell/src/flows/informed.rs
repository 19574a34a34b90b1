//! A verb is decided with what the registry knows about people.
//!
//! Without a registry the verb runs and answers in its own message, as it always did. With one it
//! runs at once too: a repeated request gets its first answer and a wrong one its refusal before
//! anybody is asked. When only the people are left to judge, the verb says whom it needs; the
//! registry is asked, and the verb is run from its beginning again, on the state of that moment.
//! Nothing is written before the last run, so a registry that is silent changes nothing.
//!
//! Answers are good for a minute. They live on the heap: an upgrade forgets them.

use core::cell::RefCell;
use core::marker::PhantomData;
use std::collections::BTreeMap;

use granary_api::common as c;
use granary_env::call::Answer;
use granary_env::suite::convert::receipt as receipt_on_wire;
use granary_env::suite::{Host, counters, install};
use granary_errors::{Error, common};
use granary_kernel::Ctx;
use granary_resilience::cache::TtlCache;
use granary_units::Duration;
use ic_stable_structures::DefaultMemoryImpl;
use micro_grants_core::errors::GrantError;
use micro_grants_core::limits;
use micro_grants_core::rules::standing::{People, Standing};
use micro_grants_core::store::{Informed, Receipt};
use micro_grants_core::types::Principal;

use crate::convert::{self, input};
use crate::ports::{Registry, RegistryAt};
use crate::state::Here;

/// The reply of a method that sends it itself, perhaps in a later message.
pub type Later = PhantomData<Result<c::Receipt, Error>>;

/// A verb that depends on what is known about people.
pub type Verb<I> = fn(&mut Informed<'_, DefaultMemoryImpl>, &Ctx, I) -> Result<Receipt, GrantError>;

/// How long an answer of the registry is good.
const TTL: Duration = Duration::seconds(60);
/// Standings that are remembered; each has at most 20 wallets and a few roles.
const REMEMBERED: usize = 1_000;
/// How often the registry is asked for one request: who is concerned can change meanwhile.
const QUESTIONS: u32 = 3;
/// Principals the registry takes in one question.
const MAX_ASKED: usize = 64;

/// A panel, and a reviewer with the applicant and the team, fit one question.
const _: () = assert!(limits::MAX_REVIEWERS <= MAX_ASKED && limits::MAX_TEAM + 2 <= MAX_ASKED);

thread_local! {
    /// By registry and principal: another registry knows nothing of what the last one said.
    static SEEN: RefCell<TtlCache<(Principal, Principal), Standing>> =
        const { RefCell::new(TtlCache::new(REMEMBERED, TTL)) };
}

/// Runs the verb and replies, now or when the registry has answered.
pub fn answer<I>(input: Result<I, GrantError>, verb: Verb<I>) -> Later
where
    I: Clone + 'static,
{
    match Here::read(|store| store.base().peer("registry")) {
        None => {
            let people = &People::NoRegistry;
            reply(Here::verb(|store, ctx| verb(&mut store.informed(people), ctx, input?)));
        }
        Some(canister) => {
            let registry = RegistryAt(canister);
            let ctx = install::actor();
            ic_cdk::futures::spawn(async move {
                let settled = settle(&registry, &ctx, input, verb).await;
                reply(settled.map_err(counters::refused));
            });
        }
    }
    PhantomData
}

fn reply(answer: Result<c::Receipt, Error>) {
    ic_cdk::api::msg_reply(convert::reply(answer));
}

async fn settle<R: Registry, I: Clone>(
    registry: &R,
    caller: &Ctx,
    input: Result<I, GrantError>,
    verb: Verb<I>,
) -> Result<c::Receipt, Error> {
    let input = input?;
    let mut people = People::Known(BTreeMap::new());
    for asked in 0..=QUESTIONS {
        // The caller stays; the time and the number are those of the message that decides.
        let ctx = Ctx { actor: caller.actor, ..install::actor() };
        let run = Here::write(|store| verb(&mut store.informed(&people), &ctx, input.clone()));
        let wanted = match run {
            Ok(receipt) => return Ok(receipt_on_wire(receipt)),
            Err(GrantError::Unasked(wanted)) if asked < QUESTIONS => wanted,
            Err(refusal) => return Err(refusal.into()),
        };
        let learnt = standings(registry, &wanted, &ctx).await?;
        if let People::Known(known) = &mut people {
            known.extend(learnt);
        }
    }
    unreachable!("BUG: the last round answers")
}

/// How these people stand: what is remembered, and for the rest one question.
async fn standings<R: Registry>(
    registry: &R,
    wanted: &[Principal],
    ctx: &Ctx,
) -> Result<Vec<(Principal, Standing)>, Error> {
    let canister = registry.canister();
    let known = |who: &Principal| {
        SEEN.with_borrow_mut(|seen| seen.get(&(canister, *who), ctx.now).cloned())
    };
    let mut found = Vec::with_capacity(wanted.len());
    let mut missing = Vec::new();
    for who in wanted {
        match known(who) {
            Some(standing) => found.push((*who, standing)),
            None => missing.push(*who),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    let learnt = match registry.get_standings(&missing).await {
        // What the registry refuses is its word: the category and the code are passed on.
        Answer::Done(answer) => answer.map_err(|refusal| refusal.with("peer", "registry"))?,
        // A question changes nothing, so both kinds of silence are alike.
        Answer::NotApplied { reason } | Answer::Unknown { reason } => {
            let message = format!("the registry did not answer: {reason}");
            return Err(Error::not_applied(common::CALL_REJECTED, None, message));
        }
    };
    let learnt = input::standings(learnt, &missing).ok_or_else(|| {
        let message = "the registry answered about other people, or in an unknown shape";
        Error::not_applied(common::CALL_REPLY, None, message)
    })?;
    SEEN.with_borrow_mut(|seen| {
        for (who, standing) in &learnt {
            // As old as the question: an answer that was long on its way is not good for longer.
            seen.insert((canister, *who), standing.clone(), ctx.now);
        }
    });
    found.extend(learnt);
    Ok(found)
}
