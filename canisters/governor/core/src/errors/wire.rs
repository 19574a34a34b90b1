//! From each refusal to the wire: one sentence with the thing and the limit, figures as details.

use granary_errors::{CodeEntry, Error};
use granary_kernel::wording::{in_the_way, until as timed, wrong_state};

use super::catalogue as code;
use super::{AccessFault, InputFault, Missing, PeerFault, StateFault};
use crate::types::{Hash, ProposalState};

pub(super) fn input(fault: &InputFault) -> Error {
    let wrong =
        |entry: CodeEntry, field: &str, text: String| Error::invalid_input(entry.code, field, text);
    match fault {
        InputFault::Members { problem } => {
            wrong(code::MEMBERS, "members", format!("the members {problem}"))
        }
        InputFault::Committee { problem } => {
            wrong(code::COMMITTEE, "members", format!("the recovery committee {problem}"))
        }
        InputFault::Payload { field, problem } => {
            wrong(code::PAYLOAD, field, format!("{field} {problem}"))
        }
        InputFault::NotSeen { what } => {
            wrong(code::NOT_SEEN, what, format!("the {what} is not that of the proposal"))
        }
        InputFault::Chunk { problem } => {
            wrong(code::CHUNK, "chunk", format!("the chunk {problem}"))
        }
        InputFault::Module { problem } => {
            wrong(code::MODULE, "module", format!("the module {problem:.160}"))
        }
        InputFault::ModuleHash { expected, found } => wrong(
            code::MODULE_HASH,
            "module",
            format!("the bytes have the hash {} and not {}", hex(found), hex(expected)),
        ),
        InputFault::Incident { problem } => {
            wrong(code::INCIDENT, "phase", format!("the incident {problem}"))
        }
    }
}

pub(super) fn access(fault: &AccessFault) -> Error {
    let denied =
        |entry: CodeEntry, needs: &str, text: String| Error::unauthorized(entry.code, needs, text);
    match fault {
        AccessFault::NotMember { needs } => {
            denied(code::NOT_MEMBER, needs, format!("the caller is no member who may {needs}"))
        }
        AccessFault::NotProposer => denied(
            code::NOT_PROPOSER,
            "the proposer",
            "only who proposed it may do this".to_owned(),
        ),
        AccessFault::SelfTarget => {
            denied(code::SELF_TARGET, "recovery", "the governor is no target of itself".to_owned())
        }
        AccessFault::Unregistered { method } => denied(
            code::UNREGISTERED,
            "a registered method",
            format!("{method:.64} is not on the list of registered methods"),
        ),
        AccessFault::NotRecovery => denied(
            code::NOT_RECOVERY,
            "recovery",
            "the caller is not the recovery canister".to_owned(),
        ),
    }
}

pub(super) fn missing(missing: &Missing) -> Error {
    let (entry, kind, id) = match missing {
        Missing::Proposal { id } => (code::PROPOSAL_NOT_FOUND, "proposal", id.to_string()),
        Missing::Target { canister } => (code::TARGET_NOT_FOUND, "target", canister.to_string()),
        Missing::Module { module } => (code::MODULE_NOT_FOUND, "module", hex(module)),
        Missing::Snapshot { epoch } => {
            (code::SNAPSHOT_NOT_FOUND, "fleet snapshot", epoch.to_string())
        }
        Missing::Rehearsal { proposal } => {
            (code::REHEARSAL_NOT_FOUND, "rehearsal", proposal.to_string())
        }
        Missing::Audit { proposal } => (code::AUDIT_NOT_FOUND, "audit", proposal.to_string()),
        Missing::Run { proposal } => (code::RUN_NOT_FOUND, "execution", proposal.to_string()),
        Missing::Incident { id } => (code::INCIDENT_NOT_FOUND, "incident", id.to_string()),
    };
    Error::not_found(entry.code, kind, id)
}

pub(super) fn state(fault: &StateFault) -> Error {
    match fault {
        StateFault::Proposal { id, actual, allowed } => {
            let allowed: Vec<_> = allowed.iter().copied().map(ProposalState::name).collect();
            wrong_state(code::PROPOSAL_STATE, format!("proposal {id}"), actual.name(), &allowed)
        }
        StateFault::TooEarly { until } => timed(code::TOO_EARLY, "locked", *until),
        StateFault::Apart { until } => timed(code::APART, "recent", *until),
        StateFault::Voted
        | StateFault::NotVoted
        | StateFault::TooFew { .. }
        | StateFault::Running { .. }
        | StateFault::NotStaged { .. }
        | StateFault::NotAudited
        | StateFault::AuditFailed { .. }
        | StateFault::NotRehearsed
        | StateFault::RehearsalOld
        | StateFault::Denied { .. }
        | StateFault::FromModule { .. }
        | StateFault::SnapshotState { .. }
        | StateFault::SnapshotPinned { .. }
        | StateFault::Adopted { .. }
        | StateFault::NoRecovery
        | StateFault::ModuleDone { .. }
        | StateFault::NotRelease { .. }
        | StateFault::IncidentClosed { .. } => {
            let (entry, actual, text) = words(fault);
            in_the_way(entry, actual, text)
        }
    }
}

/// What stands in the way, in words.
fn words(fault: &StateFault) -> (CodeEntry, &'static str, String) {
    let text = str::to_owned;
    match fault {
        StateFault::Voted => (code::VOTED, "voted", text("the caller said this already")),
        StateFault::NotVoted => (
            code::NOT_VOTED,
            "missing",
            "the caller has said nothing that could be taken back".to_owned(),
        ),
        StateFault::TooFew { have, need } => {
            (code::TOO_FEW, "short", format!("{have} approve and {need} are needed"))
        }
        StateFault::Running { proposal } => {
            (code::RUNNING, "running", format!("proposal {proposal} changes canisters now"))
        }
        StateFault::NotStaged { module } => {
            (code::NOT_STAGED, "missing", format!("the module {} is not here", hex(module)))
        }
        StateFault::NotAudited => {
            (code::NOT_AUDITED, "missing", text("the release was not audited"))
        }
        StateFault::AuditFailed { check } => {
            (code::AUDIT_FAILED, "failed", format!("the check {check:.64} failed"))
        }
        StateFault::NotRehearsed => {
            (code::NOT_REHEARSED, "missing", text("the release was not rehearsed"))
        }
        StateFault::RehearsalOld => (code::REHEARSAL_OLD, "old", text("the rehearsal is too old")),
        StateFault::Denied { module } => {
            (code::DENIED, "denied", format!("the module {} is denied", hex(module)))
        }
        StateFault::FromModule { canister } => (
            code::FROM_MODULE,
            "changed",
            format!("{canister} runs other code than the release was made for"),
        ),
        StateFault::SnapshotState { epoch } => (
            code::SNAPSHOT_STATE,
            "unfit",
            format!("fleet snapshot {epoch} cannot be used for this"),
        ),
        StateFault::SnapshotPinned { epoch } => (
            code::SNAPSHOT_PINNED,
            "needed",
            format!("fleet snapshot {epoch} is the last good one of a canister"),
        ),
        StateFault::Adopted { canister } => (
            code::ADOPTED,
            "adopted",
            format!("{canister}, or a canister of its name, is under control already"),
        ),
        StateFault::NoRecovery => {
            (code::NO_RECOVERY, "unset", "the governor knows no recovery canister".to_owned())
        }
        StateFault::ModuleDone { module } => {
            (code::MODULE_DONE, "complete", format!("the module {} is complete", hex(module)))
        }
        StateFault::NotRelease { id } => {
            (code::NOT_RELEASE, "other", format!("proposal {id} installs no code"))
        }
        StateFault::IncidentClosed { id } => {
            (code::INCIDENT_CLOSED, "closed", format!("incident {id} is closed"))
        }
        // These have more to say than words.
        StateFault::Proposal { .. } | StateFault::TooEarly { .. } | StateFault::Apart { .. } => {
            unreachable!("BUG: handled before")
        }
    }
}

pub(super) fn peer(fault: &PeerFault) -> Error {
    let PeerFault::Canister { canister, reason } = fault;
    Error::not_applied(code::CANISTER.code, None, format!("{canister}: {reason:.160}"))
}

fn hex(hash: &Hash) -> String {
    use core::fmt::Write as _;
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a text does not fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}
