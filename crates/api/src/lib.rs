//! Wire types of the suite: what canisters and their callers say to each other, and nothing else.
//!
//! | room | holds |
//! |---|---|
//! | [`common`] | what every canister speaks: receipts, pages, health, versions, events, export |
//! | [`execution`] | the hands: transfer intents, approvals, what became of them |
//! | [`exchange_rate`] | the exchange-rate canister's interface |
//! | [`governor`] | the constitution: members, proposals, releases and the way back |
//! | [`http`] | the HTTP gateway's request and response |
//! | [`icrc`] | what token ledgers speak: ICRC-1, ICRC-2, ICRC-3 |
//! | [`icrc21`] | what signers ask: consent messages, ICRC-21 |
//! | [`micro_grants`] | spending programmes: applications, reviews, grants, milestones, payouts |
//! | [`portfolio`] | the books: assets, accounts, entries, reconciliations, statements |
//! | [`price_feed`] | how a test sets up and disturbs its price feed |
//! | [`recovery`] | the committee that repairs the governor: requests and their execution |
//! | [`registry`] | people: identities, wallets, risk profiles, roles |
//! | [`risk_guard`] | the rules: limits, reservations, seals, alerts |
//! | [`test_ledger`] | how a test sets up and disturbs its ledger |
//!
//! Conventions: every method takes at most one record argument named `<Verb><Noun>Args`; every
//! update answers `Result<Receipt, Error>`; lists take `{ after; limit }` and answer
//! `{ items; next }`; times are nanoseconds since 1970 (`_ns`), ratios are basis points (`_bps`),
//! money is in the smallest unit of the programme's asset (`_units`). Optional means "may be
//! absent by meaning"; fields added later are always optional, so old clients keep working.

pub mod common;
pub mod exchange_rate;
pub mod execution;
pub mod governor;
pub mod http;
pub mod icrc;
pub mod icrc21;
pub mod micro_grants;
pub mod portfolio;
pub mod price_feed;
pub mod recovery;
pub mod registry;
pub mod risk_guard;
pub mod test_ledger;

pub use granary_errors::Error;
