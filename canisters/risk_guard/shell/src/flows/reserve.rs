//! Capacity is taken for an intent; before that the books are asked when what is known of them is
//! too old to take shares of.
//!
//! Nothing is decided before the answer: the outflow is decided once, over the state of the message
//! that takes the capacity, whatever the books said and whether or not they said anything.

use core::marker::PhantomData;

use granary_api::risk_guard as r;
use granary_env::suite::{Host as _, counters, install};
use granary_env::unread::Unread;
use granary_errors::Error;
use granary_kernel::Ctx;
use risk_guard_core::errors::GuardError;
use risk_guard_core::rules::treasury::{Because, Ticket};
use risk_guard_core::store::Wanted;
use risk_guard_core::types::Principal;

use crate::access;
use crate::convert::{self, input, output};
use crate::endpoints;
use crate::flows::refresh;
use crate::ports::BooksAt;
use crate::state::{Guard, Here};

/// The reply of a method that sends it itself, perhaps in a later message.
pub type Later = PhantomData<Result<r::Verdict, Error>>;

/// Takes the capacity and replies, now or when the books have answered.
pub fn answer(args: Unread<r::OutflowArgs>) -> Later {
    let ctx = install::actor();
    if let Err(refusal) = Here::read(|store| access::need_execution(store, &ctx)) {
        return reply(Err(counters::refused(refusal.into())));
    }
    let outflow = endpoints::outflow(args);
    let wanted = match outflow.and_then(|args| input::wanted(&args)) {
        Ok(wanted) => wanted,
        Err(refusal) => return reply(Err(counters::refused(refusal.into()))),
    };
    let begun = Here::write(|store| first(store, &ctx, &wanted));
    match begun {
        First::Decided(verdict) => reply(verdict),
        First::Ask(portfolio, ticket) => {
            ic_cdk::futures::spawn(async move {
                // Decided whether or not the books answered: silence changes no limit.
                let _ = refresh::run(&BooksAt(portfolio), ticket).await;
                // The caller stays; the time and the number are those of the message that decides.
                let ctx = Ctx { actor: ctx.actor, ..install::actor() };
                reply(Here::write(|store| decided(store, &ctx, &wanted)));
            });
            PhantomData
        }
    }
}

enum First {
    Decided(Result<r::Verdict, Error>),
    Ask(Principal, Ticket),
}

fn first(store: &mut Guard, ctx: &Ctx, wanted: &Wanted) -> First {
    if store.wants_refresh(ctx, wanted.asset) {
        // No books, a question that is open, or one that was asked a moment ago: as things are.
        if let Ok((portfolio, ticket)) = store.begin_refresh(ctx, Because::Outflow) {
            return First::Ask(portfolio, ticket);
        }
    }
    First::Decided(decided(store, ctx, wanted))
}

fn decided(store: &mut Guard, ctx: &Ctx, wanted: &Wanted) -> Result<r::Verdict, Error> {
    let verdict: Result<_, GuardError> = store.reserve_outflow(ctx, wanted);
    verdict.map(|verdict| output::verdict(&verdict)).map_err(|it| counters::refused(it.into()))
}

fn reply(answer: Result<r::Verdict, Error>) -> Later {
    ic_cdk::api::msg_reply(convert::reply(answer));
    PhantomData
}
