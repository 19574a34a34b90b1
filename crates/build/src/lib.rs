//! Builds the canisters' Wasm: reproducibly, once per source state, and without being asked twice.
//!
//! Rooms:
//! * [`canister`], [`canister_with`], [`canisters`], [`every_canister`] – what callers ask;
//! * `workspace` – where the checkout is and which folders a canister is made of;
//! * `toolchain` – compiler identity, the Wasm target, the flags that make builds reproducible;
//! * `compile` – one run of cargo for what is stale, silent unless it takes long or fails;
//! * `places` – commit and version, written into the finished module;
//! * `sections` – metadata sections appended to the module;
//! * `candid_text` – the init arguments of a `.did` file;
//! * `stamp` – the content hash that makes a repeated call cost milliseconds;
//! * `generated` – generated files that are compared in tests and rewritten by `cargo xtask bless`.
//!
//! The output lands in `target/canisters/<name>.wasm`; a variant has its own file beside it. The
//! bytes depend on the sources, the toolchain and the commit the sources come from, and not on the
//! folder the checkout lies in.

mod candid_text;
mod compile;
mod error;
mod generated;
mod git;
mod output;
mod places;
mod sections;
mod stamp;
mod toolchain;
mod workspace;

pub use error::BuildError;
pub use generated::{BLESS, compare_generated, generated, generated_section};
pub use output::{Artifact, BuildOptions, canister, canister_with, canisters, every_canister};
pub use sections::with_public_sections;
pub use toolchain::{WASM_TARGET, identity as compiler, wasm_library_present};
pub use workspace::root as workspace_root;
