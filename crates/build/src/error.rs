//! Why a build could not be done, each in one sentence that ends with what to do.

use std::path::PathBuf;

/// A build that did not produce a module.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// No checkout of the project above the working folder.
    #[error(
        "no Granary checkout above {0}: run this inside a clone of the project, or name a \
         prebuilt .wasm file"
    )]
    NoWorkspace(PathBuf),

    /// The workspace has no package of that name that builds to a canister.
    #[error("the workspace has no canister named `{name}`; it has: {known}")]
    UnknownCanister {
        /// What was asked for.
        name: String,
        /// What there is, separated by commas.
        known: String,
    },

    /// A tool is not installed, or did not start.
    #[error("cannot run `{command}` ({reason}): {remedy}")]
    Tool {
        /// The command line.
        command: String,
        /// The operating system's word.
        reason: String,
        /// What to install.
        remedy: String,
    },

    /// The standard library for Wasm is missing and could not be added.
    #[error("the Rust target wasm32-unknown-unknown is missing and {0}")]
    NoWasmTarget(String),

    /// cargo could not read or resolve the workspace.
    #[error("cargo metadata failed: {0}")]
    Metadata(String),

    /// The compiler refused the sources; its words were printed on standard error.
    #[error("building {packages} failed with {status}; the compiler's words are above")]
    Compile {
        /// The packages that were being built.
        packages: String,
        /// How cargo ended.
        status: String,
    },

    /// A version has no room in a module.
    #[error("the version `{0}` is longer than 24 characters")]
    LongVersion(String),

    /// A file could not be read or written.
    #[error("{action} {path}: {source}", path = path.display())]
    File {
        /// What was tried, as "cannot read".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's word.
        source: std::io::Error,
    },

    /// What the compiler produced is not a Wasm module, or its sections would be refused.
    #[error("{0}")]
    Module(String),
}

impl BuildError {
    /// Wraps an input/output error with the file it happened on.
    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}
