//! The one unsafe door of the runtime: machine code that was compiled before.

use wasmtime::{Engine, Module, Result};

/// Loads machine code that [`Module::serialize`] produced.
///
/// `bytes` must have passed the checks of [`super::artifact`].
#[expect(unsafe_code, reason = "loading machine code cannot be checked by the compiler")]
pub(super) fn deserialize(engine: &Engine, bytes: &[u8]) -> Result<Module> {
    // SAFETY: the bytes must be the unmodified output of `Module::serialize` of a compatible
    // engine. They come from a file this program wrote into its own cache directory, under a name
    // derived from the engine's version and whole configuration, and their SHA-256 equals the one
    // stored beside them, so neither a damaged file nor one of another version gets here. The
    // engine checks version, target and configuration a second time.
    unsafe { Module::deserialize(engine, bytes) }
}
