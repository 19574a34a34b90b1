//! What one asset is worth, by whose word, and how the last questions went.

use granary_stable::slots::Slot;

use crate::records::Symbol;
use crate::records::row::{ReadMore as _, RowReader, RowWriter, WriteMore as _, damaged, number};
use crate::types::{Duration, Timestamp};

/// What kind of thing a symbol of the oracle names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetClass {
    /// A token.
    Cryptocurrency,
    /// A state's money.
    FiatCurrency,
}

impl AssetClass {
    /// All classes in the order of their stored numbers.
    pub const ALL: [Self; 2] = [Self::Cryptocurrency, Self::FiatCurrency];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cryptocurrency => "Cryptocurrency",
            Self::FiatCurrency => "FiatCurrency",
        }
    }
}

/// What the oracle is asked, and what is asked of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceSource {
    /// What the oracle calls the asset.
    pub base: Symbol,
    /// Which kind of thing it is.
    pub base_class: AssetClass,
    /// In what it is priced.
    pub quote: Symbol,
    /// Which kind of thing that is.
    pub quote_class: AssetClass,
    /// Age from which on a quote is stale.
    pub max_age: Duration,
    /// Fewest rates the answer must rest on.
    pub min_sources: u32,
    /// Largest deviation between those rates, basis points of the rate.
    pub max_deviation_bps: u32,
    /// How often it is asked for by itself; zero: never.
    pub every: Duration,
}

/// A rate that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Quote units for one whole unit of the asset, scaled.
    pub rate: u64,
    /// Scaled by ten to this power.
    pub decimals: u32,
    /// Rates it rests on: the fewer of the two sides.
    pub sources: u32,
    /// Deviation between them, basis points.
    pub deviation_bps: u32,
    /// The minute it is of.
    pub fetched_at: Timestamp,
}

/// Why the oracle gave no rate that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// It is still asking its own sources.
    Pending,
    /// It was asked too often.
    RateLimited,
    /// Its sources disagree, or ours: too few, too far apart.
    Inconsistent,
    /// It does not know the asset.
    UnknownBase,
    /// It does not know what to price it in.
    UnknownQuote,
    /// It has no rate for this time.
    NoRate,
    /// The cycles were not enough, or it could not take them.
    Cycles,
    /// It does not answer us at all.
    NotAllowed,
    /// An error of another name.
    Other,
    /// It could not be called, or did not answer.
    Unreachable,
    /// Whether it answered is not known.
    Unknown,
    /// It answered something else than was asked, or what cannot be.
    Reply,
}

impl Refusal {
    /// All refusals in the order of their stored numbers.
    pub const ALL: [Self; 12] = [
        Self::Pending,
        Self::RateLimited,
        Self::Inconsistent,
        Self::UnknownBase,
        Self::UnknownQuote,
        Self::NoRate,
        Self::Cycles,
        Self::NotAllowed,
        Self::Other,
        Self::Unreachable,
        Self::Unknown,
        Self::Reply,
    ];

    /// The name on the wire and in the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::RateLimited => "RateLimited",
            Self::Inconsistent => "Inconsistent",
            Self::UnknownBase => "UnknownBase",
            Self::UnknownQuote => "UnknownQuote",
            Self::NoRate => "NoRate",
            Self::Cycles => "Cycles",
            Self::NotAllowed => "NotAllowed",
            Self::Other => "Other",
            Self::Unreachable => "Unreachable",
            Self::Unknown => "Unknown",
            Self::Reply => "Reply",
        }
    }
}

/// The stored row, in the asset's slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriceRow {
    /// What is asked; none: the asset has no price.
    pub source: Option<PriceSource>,
    /// The newest rate that was taken.
    pub quote: Option<Quote>,
    /// Since when a person froze it.
    pub frozen_at: Option<Timestamp>,
    /// Number of the newest question.
    pub attempt: u64,
    /// Until when that question may still be answered; none: it was.
    pub open_until: Option<Timestamp>,
    /// When it may be asked again.
    pub not_before: Timestamp,
    /// Questions without a rate since the last one with.
    pub failures: u32,
    /// How the last of them ended.
    pub refusal: Option<Refusal>,
    /// True once the journal says that the quote is stale.
    pub stale_noted: bool,
}

const SYMBOL_BYTES: u8 = 12;

impl Slot for PriceRow {
    const SIZE: u32 = 192;

    fn write(&self, out: &mut [u8]) {
        let mut row = RowWriter::new(out, 1);
        row.opt_time(self.frozen_at)
            .u64(self.attempt)
            .opt_time(self.open_until)
            .time(self.not_before)
            .u32(self.failures)
            .u8(u8::from(self.stale_noted))
            .u8(u8::from(self.refusal.is_some()))
            .u8(self.refusal.map_or(0, |refusal| number(&Refusal::ALL, &refusal)))
            .u8(u8::from(self.quote.is_some()));
        if let Some(quote) = &self.quote {
            row.u64(quote.rate)
                .u32(quote.decimals)
                .u32(quote.sources)
                .u32(quote.deviation_bps)
                .time(quote.fetched_at);
        }
        row.u8(u8::from(self.source.is_some()));
        if let Some(source) = &self.source {
            row.short(source.base.as_str().as_bytes(), SYMBOL_BYTES)
                .u8(number(&AssetClass::ALL, &source.base_class))
                .short(source.quote.as_str().as_bytes(), SYMBOL_BYTES)
                .u8(number(&AssetClass::ALL, &source.quote_class))
                .u64(source.max_age.as_nanos())
                .u32(source.min_sources)
                .u32(source.max_deviation_bps)
                .u64(source.every.as_nanos());
        }
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a price row");
        let mut price = Self {
            frozen_at: row.opt_time(),
            attempt: row.u64(),
            open_until: row.opt_time(),
            not_before: row.time(),
            failures: row.u32(),
            stale_noted: row.u8() != 0,
            ..Self::default()
        };
        let (refused, refusal) = (row.u8() != 0, row.case(&Refusal::ALL));
        price.refusal = refused.then_some(refusal);
        if row.u8() != 0 {
            price.quote = Some(Quote {
                rate: row.u64(),
                decimals: row.u32(),
                sources: row.u32(),
                deviation_bps: row.u32(),
                fetched_at: row.time(),
            });
        }
        if row.u8() != 0 {
            price.source = Some(PriceSource {
                base: symbol(&mut row),
                base_class: row.case(&AssetClass::ALL),
                quote: symbol(&mut row),
                quote_class: row.case(&AssetClass::ALL),
                max_age: Duration::from_nanos(row.u64()),
                min_sources: row.u32(),
                max_deviation_bps: row.u32(),
                every: Duration::from_nanos(row.u64()),
            });
        }
        price
    }
}

fn symbol(row: &mut RowReader<'_>) -> Symbol {
    let text = core::str::from_utf8(row.short(SYMBOL_BYTES)).ok();
    text.and_then(Symbol::new).unwrap_or_else(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_back() {
        let text = |text| Symbol::new(text).expect("a symbol");
        let full = PriceRow {
            source: Some(PriceSource {
                base: text("ICP"),
                base_class: AssetClass::Cryptocurrency,
                quote: text("USD"),
                quote_class: AssetClass::FiatCurrency,
                max_age: Duration::seconds(600),
                min_sources: 3,
                max_deviation_bps: 250,
                every: Duration::seconds(60),
            }),
            quote: Some(Quote {
                rate: u64::MAX,
                decimals: 9,
                sources: 5,
                deviation_bps: 12,
                fetched_at: Timestamp::from_nanos(1),
            }),
            frozen_at: Some(Timestamp::from_nanos(2)),
            attempt: 3,
            open_until: Some(Timestamp::from_nanos(4)),
            not_before: Timestamp::from_nanos(5),
            failures: 6,
            refusal: Some(Refusal::Reply),
            stale_noted: true,
        };
        for row in [full, PriceRow::default(), PriceRow { source: None, ..full }] {
            let mut bytes = [0; 192];
            row.write(&mut bytes);
            assert_eq!(PriceRow::read(&bytes), row);
        }
    }
}
