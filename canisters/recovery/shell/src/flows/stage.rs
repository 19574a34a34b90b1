//! Chunks of a module are put before the governor, or removed.

use candid::Principal;
use granary_api::common::Receipt;
use granary_api::recovery::StagedChunk;
use granary_env::call::Answer;
use granary_env::suite::Host as _;
use granary_env::suite::convert as common;
use granary_env::suite::install::actor;
use granary_errors::Error;
use granary_kernel::{Ctx, checks};
use recovery_core::errors::RecoveryError;

use crate::ports;
use crate::state::Here;

/// Puts a chunk into the governor's store of chunks, for the caller of the message.
pub async fn stage(target: Principal, ctx: Ctx, chunk: Vec<u8>) -> Result<StagedChunk, Error> {
    let hash = done(ports::upload_chunk(target, chunk).await)?.hash;
    let known = checks::hash("hash", &hash)?;
    Here::write(|store| store.note_chunk(&later(ctx), known));
    Ok(StagedChunk { hash })
}

/// Removes every chunk from the governor's store, for the caller of the message.
pub async fn clear(target: Principal, ctx: Ctx) -> Result<Receipt, Error> {
    done(ports::clear_chunks(target).await)?;
    Ok(common::receipt(Here::write(|store| store.note_cleared(&later(ctx)))))
}

/// The caller is who it was; the time is that of now.
fn later(ctx: Ctx) -> Ctx {
    let now = actor();
    Ctx { now: now.now, trace_id: now.trace_id, ..ctx }
}

fn done<T>(answer: Answer<T>) -> Result<T, RecoveryError> {
    match answer {
        Answer::Done(value) => Ok(value),
        Answer::NotApplied { reason } | Answer::Unknown { reason } => {
            Err(RecoveryError::Management { reason })
        }
    }
}
