//! A canister that runs the program it is sent: a stack machine whose instructions are functions of
//! `ic0` and a few of its own. What a method, a callback or a hook does is the test's to say.
//!
//! | file | holds |
//! |---|---|
//! | [`op`] | the numbers of the instructions |
//! | [`program`] | programs, written in Rust and sent as bytes |
//! | `machine` | the stack, and the instructions that need no network |
//! | `system` | the instructions that are functions of `ic0` |
//! | `ic0` | their declarations |
//! | `endpoints` | every entry point |
//!
//! Only [`op`] and [`program`] exist outside of a canister.

pub mod op;
pub mod program;

#[cfg(target_family = "wasm")]
mod endpoints;
#[cfg(target_family = "wasm")]
mod ic0;
#[cfg(target_family = "wasm")]
mod machine;
#[cfg(target_family = "wasm")]
mod system;
