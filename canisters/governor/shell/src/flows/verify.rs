//! Whether a target runs what this canister believes it runs.

use governor_core::errors::{GovernorError, Missing, PeerFault};
use governor_core::types::{Hash, Principal};
use granary_api::governor::ProgramCheck;
use granary_env::call::Answer;
use granary_env::suite::Host as _;
use granary_errors::Error;

use crate::convert::{answers, output};
use crate::ports::Fleet;
use crate::state::Here;

/// Asks the network for the code of a target, and compares.
pub async fn run<F: Fleet>(fleet: &F, target: Principal) -> Result<ProgramCheck, Error> {
    let known = Here::read(|store| store.target(&target));
    let known = known.ok_or(GovernorError::Missing(Missing::Target { canister: target }))?;
    let found = found(fleet, target).await?;
    let is_equal = found.is_some() && found == known.module;
    Ok(ProgramCheck {
        expected: output::opt_hash(known.module.as_ref()),
        found: output::opt_hash(found.as_ref()),
        is_equal,
    })
}

/// The code a canister runs; none for an empty one.
pub async fn found<F: Fleet>(
    fleet: &F,
    canister: Principal,
) -> Result<Option<Hash>, GovernorError> {
    match fleet.info(canister, 0).await {
        Answer::Done(info) => Ok(answers::informed(&info).0),
        Answer::NotApplied { reason } | Answer::Unknown { reason } => {
            Err(PeerFault::Canister { canister, reason }.into())
        }
    }
}
