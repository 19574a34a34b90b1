//! What an asset is worth, by whose word, and for how long (P11).
//!
//! An answer replaces the kept quote only when it rests on enough sources that agree enough, and is
//! newer. Anything else leaves the old quote to age: it can be read, with its age, and it can never
//! raise a limit once it is stale, frozen, or contradicted by a later answer.

use granary_kernel::Fault;

use crate::errors::{PortfolioError, PriceFault};
use crate::limits;
use crate::records::{Event, EventKind, PriceRow, PriceSource, Quote, Refusal};
use crate::rules::proof::ProofChange;
use crate::rules::{Change, Ctx};
use crate::types::{AssetId, Duration, Timestamp};

/// Whether a quote may be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceStatus {
    /// Young enough.
    Fresh,
    /// Too old.
    Stale,
    /// A person holds it still.
    Frozen,
}

impl PriceStatus {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fresh => "Fresh",
            Self::Stale => "Stale",
            Self::Frozen => "Frozen",
        }
    }
}

/// The rate of an answer, before it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Quote units for one whole unit, scaled.
    pub rate: u64,
    /// Scaled by ten to this power.
    pub decimals: u32,
    /// Deviation of the rates, scaled alike.
    pub deviation: u64,
    /// Rates received: the fewer of the two sides.
    pub sources: u64,
    /// The minute it is of, seconds since 1970.
    pub timestamp: u64,
}

/// How old the quote is.
pub fn age(quote: &Quote, now: Timestamp) -> Duration {
    now.saturating_since(quote.fetched_at)
}

/// Whether the kept quote may be believed; none without a quote.
pub fn status(row: &PriceRow, now: Timestamp) -> Option<PriceStatus> {
    let quote = row.quote?;
    let max_age = row.source?.max_age;
    Some(match row.frozen_at {
        Some(_) => PriceStatus::Frozen,
        None if age(&quote, now) > max_age => PriceStatus::Stale,
        None => PriceStatus::Fresh,
    })
}

/// The first moment at which what is kept may not be believed; the beginning of time without a
/// quote, and while the price is held still.
pub fn believed_until(row: &PriceRow) -> Timestamp {
    match (row.quote, row.source, row.frozen_at) {
        (Some(quote), Some(source), None) => {
            quote.fetched_at.saturating_add(source.max_age).saturating_add(Duration::from_nanos(1))
        }
        _ => Timestamp::ZERO,
    }
}

/// True when the quote may raise a limit: fresh, and not contradicted since.
pub fn may_raise(row: &PriceRow, now: Timestamp) -> bool {
    status(row, now) == Some(PriceStatus::Fresh) && row.refusal != Some(Refusal::Inconsistent)
}

/// Sets what is asked. Another source has another price: the kept quote goes.
pub fn set_source(
    id: AssetId,
    row: &PriceRow,
    source: PriceSource,
    ctx: &Ctx,
) -> Result<Change, PortfolioError> {
    let field = if source.max_age == Duration::ZERO || source.max_age > limits::MAX_PRICE_AGE {
        Some("max_age_ns")
    } else if source.min_sources == 0 {
        Some("min_sources")
    } else if source.max_deviation_bps == 0 || source.max_deviation_bps > 10_000 {
        Some("max_deviation_bps")
    } else if source.every != Duration::ZERO && source.every < limits::PRICE_EVERY_LEAST {
        Some("every_ns")
    } else if (source.base, source.base_class) == (source.quote, source.quote_class) {
        Some("quote")
    } else {
        None
    };
    if let Some(field) = field {
        return Err(PriceFault::SourceInvalid { field }.into());
    }
    let same = row.source.is_some_and(|old| {
        (old.base, old.base_class, old.quote, old.quote_class)
            == (source.base, source.base_class, source.quote, source.quote_class)
    });
    let quote = row.quote.filter(|_| same);
    let after = PriceRow { source: Some(source), quote, refusal: None, failures: 0, ..*row };
    let event = Event::new(EventKind::PriceSourceSet, id.wire()).name(source.base.as_str());
    let mut change = change(id, after, event);
    change.proofs.price_at = (source.every != Duration::ZERO).then_some((id, ctx.now));
    Ok(change)
}

/// Begins a question: its number is in the row before anybody is asked.
pub fn begin(id: AssetId, row: &PriceRow, ctx: &Ctx) -> Result<Change, PortfolioError> {
    if row.source.is_none() {
        return Err(PriceFault::NoSource { asset: id.wire() }.into());
    }
    if row.frozen_at.is_some() {
        return Err(PriceFault::State { frozen: true }.into());
    }
    if row.open_until.is_some_and(|until| ctx.now <= until) {
        return Err(Fault::Busy { what: "a question to the price oracle" }.into());
    }
    if ctx.now < row.not_before {
        let retry_after_ns = row.not_before.saturating_since(ctx.now).as_nanos();
        return Err(PriceFault::TooSoon { retry_after_ns }.into());
    }
    let attempt = row.attempt.saturating_add(1);
    let row = PriceRow {
        attempt,
        open_until: Some(ctx.now.saturating_add(limits::PRICE_LEASE)),
        not_before: ctx.now.saturating_add(limits::PRICE_EVERY_LEAST),
        ..*row
    };
    Ok(change(id, row, Event::new(EventKind::PriceAsked, id.wire()).number(attempt)))
}

/// Ends a question with what came of it. The change is made in either case; a refusal is told.
pub fn settle(
    id: AssetId,
    row: &PriceRow,
    attempt: u64,
    answer: Result<Answer, Refusal>,
    ctx: &Ctx,
) -> Result<(Change, Option<Refusal>), PortfolioError> {
    let source = row.source.ok_or(PriceFault::NoSource { asset: id.wire() })?;
    if row.attempt != attempt || row.open_until.is_none() {
        return Err(PriceFault::AttemptOver { attempt }.into());
    }
    // Frozen while the question was open: the answer is not taken, and that is no failure.
    if row.frozen_at.is_some() {
        return Err(PriceFault::State { frozen: true }.into());
    }
    let judged = answer.and_then(|answer| judge(row, &source, &answer, ctx.now));
    let again = ctx.now.saturating_add(source.every);
    Ok(match judged {
        Ok(quote) => {
            let after = PriceRow {
                quote: Some(quote),
                open_until: None,
                failures: 0,
                refusal: None,
                stale_noted: false,
                ..*row
            };
            let event = Event::new(EventKind::PriceUpdated, id.wire()).number(quote.rate);
            let mut change = change(id, after, event);
            change.proofs.price_at = (source.every != Duration::ZERO).then_some((id, again));
            (change, None)
        }
        Err(refusal) => (failed(id, row, &source, refusal, ctx), Some(refusal)),
    })
}

fn failed(
    id: AssetId,
    row: &PriceRow,
    source: &PriceSource,
    refusal: Refusal,
    ctx: &Ctx,
) -> Change {
    let stale = status(row, ctx.now) == Some(PriceStatus::Stale);
    let failures = row.failures.saturating_add(1);
    let not_before = ctx.now.saturating_add(wait(refusal, failures));
    let after = PriceRow {
        open_until: None,
        failures,
        refusal: Some(refusal),
        not_before: not_before.max(row.not_before),
        stale_noted: row.stale_noted || stale,
        ..*row
    };
    let event = Event::new(EventKind::PriceFailed, id.wire()).name(refusal.name());
    let mut change = change(id, after, event.number(failures.into()));
    if stale && !row.stale_noted {
        change.events.push(Event::new(EventKind::PriceStale, id.wire()));
    }
    let next = after.not_before.max(ctx.now.saturating_add(limits::PRICE_EVERY_LEAST));
    change.proofs.price_at = (source.every != Duration::ZERO).then_some((id, next));
    change
}

/// How long the oracle is left alone: a moment when it is busy, longer and longer when asking again
/// cannot help, up to an hour.
fn wait(refusal: Refusal, failures: u32) -> Duration {
    const LONGEST_SHIFT: u32 = 6;
    let doublings = match refusal {
        Refusal::Pending => 0,
        Refusal::RateLimited
        | Refusal::Inconsistent
        | Refusal::UnknownBase
        | Refusal::UnknownQuote
        | Refusal::NoRate
        | Refusal::Cycles
        | Refusal::NotAllowed
        | Refusal::Other
        | Refusal::Unreachable
        | Refusal::Unknown
        | Refusal::Reply => failures.saturating_sub(1).min(LONGEST_SHIFT),
    };
    let factor = 1_u64 << doublings;
    limits::PRICE_EVERY_LEAST.checked_mul(factor).unwrap_or(limits::PRICE_EVERY_LEAST)
}

/// Judges an answer: enough sources, close enough to each other, of a time that can be, and not
/// older than what is kept.
fn judge(
    row: &PriceRow,
    source: &PriceSource,
    answer: &Answer,
    now: Timestamp,
) -> Result<Quote, Refusal> {
    let Answer { rate, decimals, deviation, sources, timestamp } = *answer;
    let fetched_at = Timestamp::from_secs(timestamp).map_err(|_| Refusal::Reply)?;
    let latest = now.saturating_add(limits::MAX_PRICE_AHEAD);
    if rate == 0 || decimals > limits::MAX_QUOTE_DECIMALS || fetched_at > latest {
        return Err(Refusal::Reply);
    }
    if row.quote.is_some_and(|kept| fetched_at < kept.fetched_at) {
        return Err(Refusal::Reply);
    }
    let sources = u32::try_from(sources).unwrap_or(u32::MAX);
    let share = u128::from(deviation).saturating_mul(10_000);
    // Rounded up: a deviation just above the bound is above it.
    let share = share.div_ceil(u128::from(rate.max(1)));
    let deviation_bps = u32::try_from(share).unwrap_or(u32::MAX);
    if sources < source.min_sources || deviation_bps > source.max_deviation_bps {
        return Err(Refusal::Inconsistent);
    }
    Ok(Quote { rate, decimals, sources, deviation_bps, fetched_at })
}

/// Holds the price still.
pub fn freeze(id: AssetId, row: &PriceRow, ctx: &Ctx) -> Result<Change, PortfolioError> {
    if row.source.is_none() {
        return Err(PriceFault::NoSource { asset: id.wire() }.into());
    }
    if row.frozen_at.is_some() {
        return Err(PriceFault::State { frozen: true }.into());
    }
    let row = PriceRow { frozen_at: Some(ctx.now), open_until: None, ..*row };
    Ok(change(id, row, Event::new(EventKind::PriceFrozen, id.wire())))
}

/// Lets the price move again.
pub fn thaw(id: AssetId, row: &PriceRow, ctx: &Ctx) -> Result<Change, PortfolioError> {
    let Some(source) = row.source.filter(|_| row.frozen_at.is_some()) else {
        return Err(PriceFault::State { frozen: false }.into());
    };
    let after = PriceRow { frozen_at: None, ..*row };
    let mut change = change(id, after, Event::new(EventKind::PriceThawed, id.wire()));
    let next = row.not_before.max(ctx.now);
    change.proofs.price_at = (source.every != Duration::ZERO).then_some((id, next));
    Ok(change)
}

fn change(id: AssetId, row: PriceRow, event: Event) -> Change {
    let proofs = ProofChange { price: Some((id, row)), ..ProofChange::default() };
    Change { proofs, ..Change::with(event) }
}
