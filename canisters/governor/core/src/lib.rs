//! What is true about the constitution: members, proposals, votes, releases and the way back.
//!
//! No caller, no clock and no message here: who acts and when are arguments, and the only door to
//! stored state is [`store::Store`], generic over the memory below it.
//!
//! | room | holds |
//! |---|---|
//! | [`limits`] | every bound, with its unit and its reason |
//! | [`types`] | identities, states, permissions |
//! | [`errors`] | every refusal, its code, its way to the wire |
//! | [`records`] | what is stored, version by version |
//! | [`rules`] | the decisions, pure: who may, what counts, what is next |
//! | [`store`] | the only writer: views, commit, lists, export and import |
//! | [`invariants`] | what must hold in any stored state, checkable in pieces |

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::integer_division,
        clippy::string_slice,
        clippy::unwrap_used,
        clippy::wildcard_enum_match_arm
    )
)]

// The world of the tests is written for whoever stands outside.
#[cfg(test)]
extern crate self as governor_core;

pub mod errors;
pub mod invariants;
pub mod limits;
pub mod records;
pub mod rules;
pub mod store;
pub mod types;
