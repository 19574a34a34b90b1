//! From each refusal to the wire: one sentence with the thing and the limit, figures as details.

use granary_errors::Error;
use granary_kernel::wording::{in_the_way, until, wrong_state};

use super::catalogue as code;
use super::{InputFault, StateFault};
use crate::limits;
use crate::types::StateKind;

pub(super) fn input(fault: InputFault) -> Error {
    match fault {
        InputFault::Committee { problem } => {
            let text = format!("the committee {problem}");
            Error::invalid_input(code::COMMITTEE.code, "members", text)
        }
        InputFault::Operation { field, problem } => {
            Error::invalid_input(code::OPERATION.code, field, format!("{field} {problem}"))
        }
        InputFault::Delays { problem } => {
            Error::invalid_input(code::DELAYS.code, "delays", format!("the delays {problem}"))
        }
        InputFault::Digest => {
            let text = "the digest is not that of the request";
            Error::invalid_input(code::DIGEST.code, "digest", text)
        }
        InputFault::Chunk { bytes } => {
            let max = limits::MAX_CHUNK_BYTES;
            let text = format!("the chunk has {bytes} bytes and must have 1 to {max}");
            Error::invalid_input(code::CHUNK.code, "chunk", text)
        }
    }
}

pub(super) fn not_member() -> Error {
    let text = "only a member of the committee may do this";
    Error::unauthorized(code::NOT_MEMBER.code, "a member of the committee", text)
}

pub(super) fn not_found(id: u64) -> Error {
    Error::not_found(code::REQUEST_NOT_FOUND.code, "request", id.to_string())
}

pub(super) fn state(fault: StateFault) -> Error {
    match fault {
        StateFault::Request { id, actual, allowed } => {
            let allowed: Vec<_> = allowed.iter().copied().map(StateKind::name).collect();
            wrong_state(code::REQUEST_STATE, format!("request {id}"), actual.name(), &allowed)
        }
        StateFault::NotApproved => {
            in_the_way(code::NOT_APPROVED, "missing", "the caller did not approve the request")
        }
        StateFault::TooEarly { until: at } => until(code::TOO_EARLY, "too early", at),
        StateFault::Running { id } => {
            let text = format!("request {id} is being executed");
            in_the_way(code::RUNNING, "running", text).with("request", id)
        }
        StateFault::Apart { until: at } => until(code::APART, "too new", at),
        StateFault::Stale => in_the_way(code::STALE, "stale", code::STALE.meaning),
    }
}

pub(super) fn management(reason: &str) -> Error {
    let text = format!("the network: {reason:.120}");
    Error::not_applied(code::MANAGEMENT.code, None, text)
}
