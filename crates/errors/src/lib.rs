//! The one error every method of the suite can answer with.
//!
//! | room | holds |
//! |---|---|
//! | [`wire`] | [`Error`], [`Fault`], [`Outcome`], [`Value`]: closed for ever, see below |
//! | [`code`] | [`Code`] and [`CodeEntry`]: the open set of text codes and what each one means |
//! | [`catalogue`] | the checks over all codes of the suite and the rows of `docs/ERRORS.md` |
//! | [`common`] | the codes that mean the same in every canister |
//!
//! The category of an error says what the caller should do: correct the request, get a role, fund,
//! look elsewhere, wait or reorder, retry or reconcile. A new case in a returned variant breaks
//! every client, so the cases never change; what grows is the set of codes and detail keys.

#![warn(missing_docs)]

pub mod catalogue;
pub mod code;
pub mod common;
pub mod wire;

pub use code::{Code, CodeEntry};
pub use wire::{Category, Error, Fault, Outcome, Value};
