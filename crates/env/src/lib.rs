//! The one door to the platform: everything the CDK offers that the suite uses, and no more.
//!
//! | room | holds |
//! |---|---|
//! | [`message`] | who calls, when, with which rights; what the canister knows about itself |
//! | [`wire`] | Candid at the border: bounded decoding, replies under a ready type header |
//! | [`exact`] | arguments whose type header is known, read without interpreting it |
//! | [`unread`] | arguments that are decoded once their caller may make the call |
//! | [`call`] | calls to other canisters with three outcomes: done, not applied, unknown |
//! | [`governed`] | calls that may take as long as they take: management, and what was voted for |
//! | [`timer`] | one wake-up alarm that survives traps, upgrades and restored snapshots |
//! | [`rehearsal`] | the doors of a copy on which an upgrade is tried |
//! | [`origin`] | which sources the running code was built from |
//! | [`http`] | `http_request` over a table of routes |
//! | [`suite`] | what every canister's host side has, generic over the kernel |
//!
//! Rules and stores never see this crate: they get time, caller and randomness as arguments.

#![warn(missing_docs)]

pub mod call;
pub mod exact;
pub mod governed;
pub mod http;
pub mod message;
pub mod origin;
pub mod rehearsal;
pub mod suite;
pub mod timer;
pub mod unread;
pub mod wire;

pub use message::Env;
