//! From each refusal to the wire: one sentence with the thing and the limit, figures as details.

use granary_errors::{CodeEntry, Error};
use granary_kernel::wording::{in_the_way, until, wrong_state};

use super::catalogue as code;
use super::{AccessFault, InputFault, Missing, PeerFault, StateFault};
use crate::types::IntentState;

pub(super) fn input(fault: &InputFault) -> Error {
    let wrong =
        |entry: CodeEntry, field: &str, text: String| Error::invalid_input(entry.code, field, text);
    match fault {
        InputFault::AmountZero => {
            wrong(code::AMOUNT_ZERO, "amount_units", "the amount is 0".to_owned())
        }
        InputFault::AmountDust { amount, fee } => {
            let text = format!("the amount of {amount} is not above the ledger's fee of {fee}");
            wrong(code::AMOUNT_DUST, "amount_units", text).with("fee_units", *fee)
        }
        InputFault::Destination { problem } => {
            wrong(code::DESTINATION, "destination", format!("the destination {problem}"))
        }
        InputFault::DestinationSelf => {
            let text = "the destination is the treasury itself".to_owned();
            wrong(code::DESTINATION_SELF, "destination", text)
        }
        InputFault::BitcoinUnserved => {
            let text = "payments on a Bitcoin network are not served yet".to_owned();
            wrong(code::BITCOIN_UNSERVED, "destination", text)
        }
        InputFault::CyclesUnserved => {
            let text =
                "sending cycles is not served yet: no ledger of cycles is adopted".to_owned();
            wrong(code::CYCLES_UNSERVED, "origin", text)
        }
        InputFault::Origin { origin, needs } => {
            let text = format!("the origin {origin} is named by {needs} only");
            wrong(code::ORIGIN, "origin", text)
        }
        InputFault::Expiry { max_ns } => {
            let text = format!("the end must be in the future and at most {max_ns} ns away");
            wrong(code::EXPIRY, "expires_at_ns", text).with("max_ns", *max_ns)
        }
        InputFault::Digest => {
            let text = "the digest is not that of the intent".to_owned();
            wrong(code::DIGEST, "digest", text)
        }
        InputFault::Authorisation { field, problem } => {
            wrong(code::AUTHORISATION, field, format!("{field} {problem}"))
        }
        InputFault::KeyReference { problem } => {
            wrong(code::KEY_REFERENCE, "derivation_path", format!("the key reference {problem}"))
        }
    }
}

pub(super) fn access(fault: &AccessFault) -> Error {
    match fault {
        AccessFault::SelfApproval => {
            let text = "nobody approves what they want paid";
            Error::unauthorized(code::SELF_APPROVAL.code, "another approver", text)
        }
        AccessFault::NotInitiator { or } => {
            let text = format!("only who submitted the intent, or {or}, may do this");
            Error::unauthorized(code::NOT_INITIATOR.code, *or, text)
        }
    }
}

pub(super) fn missing(missing: Missing) -> Error {
    let (entry, kind, id) = match missing {
        Missing::Intent { id } => (code::INTENT_NOT_FOUND, "intent", id),
        Missing::Asset { id } => (code::ASSET_NOT_FOUND, "adopted asset", id),
        Missing::Authorisation { id } => {
            (code::AUTHORISATION_NOT_FOUND, "standing authorisation", id)
        }
        Missing::Orphan { id } => (code::ORPHAN_NOT_FOUND, "payment without an intent", id),
    };
    Error::not_found(entry.code, kind, id.to_string())
}

pub(super) fn state(fault: &StateFault) -> Error {
    match fault {
        StateFault::Intent { id, actual, allowed } => {
            let allowed: Vec<_> = allowed.iter().copied().map(IntentState::name).collect();
            let what = format!("intent {id}");
            wrong_state(code::INTENT_STATE, what, actual.name(), &allowed)
        }
        StateFault::Approved => {
            in_the_way(code::APPROVED, "approved", "the caller approved the intent already")
        }
        StateFault::NotApproved => {
            in_the_way(code::NOT_APPROVED, "missing", "the caller did not approve the intent")
        }
        StateFault::AssetChanged { what } => {
            let text = format!("the books name another {what} than was adopted");
            in_the_way(code::ASSET_CHANGED, "changed", text)
        }
        StateFault::Custody => {
            let text = "the treasury's account on the ledger is not this canister's";
            in_the_way(code::CUSTODY, "foreign", text)
        }
        StateFault::AuthorisationOver => {
            in_the_way(code::AUTHORISATION_OVER, "over", "the standing authorisation ended")
        }
        StateFault::KeyTaken { key } => {
            let text = format!("key reference {key} has this path");
            in_the_way(code::KEY_TAKEN, "taken", text).with("key", *key)
        }
        StateFault::TooEarly { until: at } => until(code::TOO_EARLY, "too early", *at),
        StateFault::Evidence { what } => {
            in_the_way(code::EVIDENCE, "different", format!("the block has another {what}"))
        }
        StateFault::Looking => {
            let text = "the blocks since a restore or a drain are not looked at yet";
            in_the_way(code::LOOKING, "looking", text)
        }
        StateFault::Orphan { actual } => {
            let text = format!("the payment is {}", actual.name());
            in_the_way(code::ORPHAN_STATE, actual.name(), text)
        }
    }
}

pub(super) fn peer(fault: &PeerFault) -> Error {
    let (entry, text) = match fault {
        PeerFault::Books { reason } => (code::BOOKS, format!("the books: {reason:.120}")),
        PeerFault::Ledger { reason } => (code::LEDGER, format!("the ledger: {reason:.120}")),
    };
    Error::not_applied(entry.code, None, text)
}
