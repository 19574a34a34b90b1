//! The price oracle is asked about one asset.
//!
//! The question is in the journal before it is sent, and the answer is judged over what is stored
//! when it arrives. The wait is bounded: an oracle that never answers costs the cycles attached and
//! cannot keep this canister from stopping.

use granary_api::exchange_rate::GetExchangeRateResult;
use granary_env::call::Answer;
use granary_env::suite::Host;
use granary_env::suite::access::need;
use granary_env::suite::install::actor;
use granary_kernel::{Ctx, Receipt};
use granary_units::{Duration, Timestamp};
use portfolio_core::errors::{PortfolioError, PriceFault, ProofFault};
use portfolio_core::limits;
use portfolio_core::records::Refusal;
use portfolio_core::store::PriceTicket;

use crate::access;
use crate::convert::proofs_in;
use crate::ports::{Oracle, OracleAt};
use crate::state::{Books, Here};

/// Begins a question for the caller of the message.
pub fn begin(store: &mut Books, asset: u64) -> Result<PriceTicket, PortfolioError> {
    let ctx = actor();
    need::<Here>(store, &ctx, access::PRICERS)?;
    store.need_no_rehearsal()?;
    store.begin_price(&ctx, asset)
}

/// Asks, and keeps what came of it.
pub async fn run<O: Oracle>(oracle: &O, ticket: PriceTicket) -> Result<Receipt, PortfolioError> {
    let asked = proofs_in::question(&ticket.source);
    let answer: Answer<GetExchangeRateResult> = oracle.rate(&asked).await;
    let answer = match answer {
        Answer::Done(answer) => proofs_in::answer(&asked, answer),
        Answer::NotApplied { .. } => Err(Refusal::Unreachable),
        Answer::Unknown { .. } => Err(Refusal::Unknown),
    };
    let ctx = actor();
    Here::write(|store| store.settle_price(&ctx, &ticket, answer))
}

/// Asks because it is time to; answers when to ask again. Settling moves that time.
pub fn by_job(store: &mut Books, ctx: &Ctx, asset: u64) -> Option<Timestamp> {
    match store.begin_price(ctx, asset) {
        Ok(ticket) => {
            let every = ticket.source.every;
            ic_cdk::futures::spawn(async move {
                // What came of it is in the journal and in the asset's row.
                let _ = run(&OracleAt(ticket.oracle), ticket).await;
            });
            (every != Duration::ZERO).then(|| ctx.now.saturating_add(every))
        }
        Err(PortfolioError::Proof(ProofFault::Price(PriceFault::TooSoon { retry_after_ns }))) => {
            let wait = Duration::from_nanos(retry_after_ns);
            Some(ctx.now.saturating_add(wait))
        }
        // Frozen, or without a source: thawing and setting one put the job into the table again.
        Err(PortfolioError::Proof(ProofFault::Price(
            PriceFault::State { .. } | PriceFault::NoSource { .. },
        ))) => None,
        // Nobody said who the oracle is, it is being asked, or the canister is restricted.
        Err(_) => Some(ctx.now.saturating_add(limits::PRICE_LEASE)),
    }
}
