//! What a signer shows to a member before a call is signed (ICRC-21): the proposal in the words of
//! [`render`], made from what is stored or from the very bytes that are to be signed, with the
//! digest every other member sees.

use core::fmt::Write as _;

use governor_core::errors::{GovernorError, InputFault};
use governor_core::records::{FleetSnapshot, Payload};
use governor_core::types::Timestamp;
use granary_api::governor as g;
use granary_api::icrc21::{
    ConsentError, ConsentInfo, ConsentMessage, ConsentMessageMetadata, ConsentMessageRequest,
    ConsentMessageResponse, DeviceSpec, ErrorInfo, FieldsDisplay, Value,
};
use granary_env::wire::{self, ArgumentLimits};
use granary_errors::Error;

use super::render::{self, Scene, Words, hex};
use super::{input, payload};
use crate::state::Constitution;

/// The standard, for `icrc10_supported_standards`.
pub const ICRC21: (&str, &str) = (
    "ICRC-21",
    "https://github.com/dfinity/wg-identity-authentication/blob/main/topics/ICRC-21/ICRC-21.md",
);

const METHODS: &str = "create_proposal, approve, reject, veto and execute have messages";

/// The message of one call.
pub fn message(
    store: &Constitution,
    asked: &ConsentMessageRequest,
    limits: ArgumentLimits,
    now: Timestamp,
) -> ConsentMessageResponse {
    let ConsentMessageRequest { method, arg, user_preferences } = asked;
    let (intent, words) = match method.as_str() {
        "create_proposal" => {
            let (args,) = wire::decode::<(g::CreateProposalArgs,)>(arg, limits)
                .map_err(|fault| unread(&fault))?;
            ("Propose this", created(store, args, now))
        }
        "approve" => {
            let (args,) =
                wire::decode::<(g::VoteArgs,)>(arg, limits).map_err(|fault| unread(&fault))?;
            ("Approve this proposal", voted(store, &args, now))
        }
        "reject" => {
            let (args,) =
                wire::decode::<(g::VoteArgs,)>(arg, limits).map_err(|fault| unread(&fault))?;
            ("Vote against this proposal", voted(store, &args, now))
        }
        "veto" => {
            let (args,) = wire::decode::<(g::EndProposalArgs,)>(arg, limits)
                .map_err(|fault| unread(&fault))?;
            ("Stop this proposal for ever", stored(store, args.proposal, now))
        }
        "execute" => {
            let (args,) =
                wire::decode::<(g::ProposalArgs,)>(arg, limits).map_err(|fault| unread(&fault))?;
            ("Execute this proposal now", stored(store, args.proposal, now))
        }
        _ => {
            let description = METHODS.to_owned();
            return Err(ConsentError::UnsupportedCanisterCall(ErrorInfo { description }));
        }
    };
    let words = words.map_err(unavailable)?;
    let utc_offset_minutes = user_preferences.metadata.utc_offset_minutes;
    let consent_message = match user_preferences.device_spec {
        Some(DeviceSpec::FieldsDisplay) => fields(intent, words),
        Some(DeviceSpec::GenericDisplay) | None => text(intent, &words),
    };
    let metadata = ConsentMessageMetadata { language: "en".to_owned(), utc_offset_minutes };
    Ok(ConsentInfo { consent_message, metadata })
}

/// A proposal that is not made yet has no number, and so no digest.
fn created(
    store: &Constitution,
    args: g::CreateProposalArgs,
    now: Timestamp,
) -> Result<Words, GovernorError> {
    let targets = store.all_targets();
    let at = |name: &str| {
        let found = targets.iter().find(|(_, target)| target.placement.name == name);
        found.map(|(canister, _)| *canister)
    };
    let proposed = payload::proposal(args, &at)?;
    let snapshot = snapshot_of(store, &proposed.payload.payload);
    let snapshot = snapshot.as_ref();
    let scene = Scene { config: store.config(), targets: &targets, snapshot, now };
    Ok(render::words(&proposed.payload, None, &scene))
}

/// The words of a stored proposal, with its digest.
pub fn stored(store: &Constitution, id: u64, now: Timestamp) -> Result<Words, GovernorError> {
    let view = store.proposal(id, now)?;
    let targets = store.all_targets();
    let payload = store.payload(view.id);
    let snapshot = snapshot_of(store, &payload.payload);
    let snapshot = snapshot.as_ref();
    let scene = Scene { config: store.config(), targets: &targets, snapshot, now };
    let mut words = render::words(&payload, Some(&view.proposal), &scene);
    words.lines.insert(0, ("Proposal".to_owned(), id.to_string()));
    words.lines.push(("Epoch".to_owned(), view.proposal.epoch.to_string()));
    words.lines.push(("Digest".to_owned(), hex(&view.proposal.digest)));
    Ok(words)
}

/// The fleet snapshot a payload names.
fn snapshot_of(store: &Constitution, payload: &Payload) -> Option<FleetSnapshot> {
    match payload {
        Payload::Rollback { epoch } | Payload::PruneSnapshot { epoch } => store.snapshot(*epoch),
        _ => None,
    }
}

/// A vote that names something else than what is stored has no message: it would be refused.
fn voted(store: &Constitution, args: &g::VoteArgs, now: Timestamp) -> Result<Words, GovernorError> {
    let seen = input::seen(args)?;
    let head = store.looked(args.proposal, now)?.proposal;
    let differs = |what| Err(InputFault::NotSeen { what }.into());
    if seen.digest != head.digest {
        return differs("digest");
    }
    if seen.epoch != head.epoch {
        return differs("epoch");
    }
    if seen.rehearsal != head.rehearsal {
        return differs("rehearsal");
    }
    stored(store, args.proposal, now)
}

fn unavailable(error: GovernorError) -> ConsentError {
    let description = Error::from(error).to_string();
    ConsentError::ConsentMessageUnavailable(ErrorInfo { description })
}

fn unread(fault: &wire::ArgumentFault) -> ConsentError {
    let description = format!("the arguments: {fault}");
    ConsentError::ConsentMessageUnavailable(ErrorInfo { description })
}

fn text(intent: &str, words: &Words) -> ConsentMessage {
    let mut text = format!("# {intent}\n\n{}.\n", words.summary);
    for (label, value) in &words.lines {
        // Writing to a text never fails. A value cannot leave its quotes: what members write is
        // shown, and never read as a heading of ours.
        let plain = |at: char| match at {
            '`' => '\'',
            at if at.is_control() => ' ',
            at => at,
        };
        let value: String = value.chars().map(plain).collect();
        write!(text, "\n**{label}:**\n`{value}`\n").ok();
    }
    ConsentMessage::GenericDisplayMessage(text)
}

fn fields(intent: &str, words: Words) -> ConsentMessage {
    let operation = ("Operation".to_owned(), words.summary);
    let all = core::iter::once(operation).chain(words.lines);
    let fields = all.map(|(label, content)| (label, Value::Text { content })).collect();
    ConsentMessage::FieldsDisplayMessage(FieldsDisplay { intent: intent.to_owned(), fields })
}
