//! What makes a release go back by itself.

use serde::{Deserialize, Serialize};

/// Why the old code and state were brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Trigger {
    /// The new code does not say that it is well, or does not say anything.
    HealthCheckFailed,
    /// A canister does not reach another one it works with.
    ConnectionFailed,
    /// A step everything else stands on did not succeed: stopping, a snapshot, the new code's
    /// installation or start.
    CriticalFunctionFailed,
    /// The state breaks an invariant, or is not the one it was.
    DataInconsistent,
    /// A person asked for it.
    Asked,
}

impl Trigger {
    /// In words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::HealthCheckFailed => "the health check failed",
            Self::ConnectionFailed => "a connection between canisters failed",
            Self::CriticalFunctionFailed => "a step of the release failed",
            Self::DataInconsistent => "the state is not consistent",
            Self::Asked => "it was asked for",
        }
    }
}
