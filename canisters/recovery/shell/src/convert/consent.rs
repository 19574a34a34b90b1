//! What a signer shows to a member before a call is signed (ICRC-21): the operation in words, made
//! from the very bytes that are to be signed, with the digest every other member sees.

use core::fmt::Write;

use granary_api::icrc21::{
    ConsentError, ConsentInfo, ConsentMessage, ConsentMessageMetadata, ConsentMessageRequest,
    ConsentMessageResponse, DeviceSpec, ErrorInfo, FieldsDisplay, Value,
};
use granary_api::recovery as r;
use granary_env::wire::{self, ArgumentLimits};
use granary_errors::Error;
use recovery_core::errors::{InputFault, RecoveryError};
use recovery_core::rules::operation;
use recovery_core::store::Words;

use super::input;
use crate::state::Healer;

/// The standard, for `icrc10_supported_standards`.
pub const ICRC21: (&str, &str) = (
    "ICRC-21",
    "https://github.com/dfinity/wg-identity-authentication/blob/main/topics/ICRC-21/ICRC-21.md",
);

/// The message of one call.
pub fn message(
    store: &Healer,
    asked: &ConsentMessageRequest,
    limits: ArgumentLimits,
) -> ConsentMessageResponse {
    let ConsentMessageRequest { method, arg, user_preferences } = asked;
    let (intent, words) = match method.as_str() {
        "submit_request" => {
            let (args,) = wire::decode::<(r::SubmitRequestArgs,)>(arg, limits)
                .map_err(|fault| unread(&fault))?;
            ("Ask the recovery committee", submitted(store, args).map_err(unavailable)?)
        }
        "approve_request" => {
            let (args,) = wire::decode::<(r::ApproveRequestArgs,)>(arg, limits)
                .map_err(|fault| unread(&fault))?;
            ("Approve a repair of the governor", approved(store, &args).map_err(unavailable)?)
        }
        _ => {
            let description = "only submit_request and approve_request have messages".to_owned();
            return Err(ConsentError::UnsupportedCanisterCall(ErrorInfo { description }));
        }
    };
    let utc_offset_minutes = user_preferences.metadata.utc_offset_minutes;
    let consent_message = match user_preferences.device_spec {
        Some(DeviceSpec::FieldsDisplay) => fields(intent, words),
        Some(DeviceSpec::GenericDisplay) | None => text(intent, words),
    };
    let metadata = ConsentMessageMetadata { language: "en".to_owned(), utc_offset_minutes };
    Ok(ConsentInfo { consent_message, metadata })
}

fn submitted(store: &Healer, args: r::SubmitRequestArgs) -> Result<Words, RecoveryError> {
    let wanted = input::operation(args.operation)?;
    operation::check(&wanted)?;
    let target = store.config().target;
    let (sentence, parts) = operation::words(&target, &wanted);
    Ok((sentence, parts, operation::digest(&target, &wanted)))
}

fn approved(store: &Healer, args: &r::ApproveRequestArgs) -> Result<Words, RecoveryError> {
    let words = store.words(args.request)?;
    if input::digest(&args.digest)? != words.2 {
        return Err(InputFault::Digest.into());
    }
    Ok(words)
}

fn unavailable(error: RecoveryError) -> ConsentError {
    let description = Error::from(error).to_string();
    ConsentError::ConsentMessageUnavailable(ErrorInfo { description })
}

fn unread(fault: &wire::ArgumentFault) -> ConsentError {
    let description = format!("the arguments: {fault}");
    ConsentError::ConsentMessageUnavailable(ErrorInfo { description })
}

fn text(intent: &str, (sentence, parts, digest): Words) -> ConsentMessage {
    let mut text = format!("# {intent}\n\n{sentence}.\n");
    for (label, value) in parts.into_iter().chain([digest_part(&digest)]) {
        // Writing to a text never fails.
        write!(text, "\n**{label}:**\n`{value}`\n").ok();
    }
    ConsentMessage::GenericDisplayMessage(text)
}

fn fields(intent: &str, (sentence, parts, digest): Words) -> ConsentMessage {
    let operation = ("Operation".to_owned(), sentence.to_owned());
    let all = [operation].into_iter().chain(parts).chain([digest_part(&digest)]);
    let fields = all.map(|(label, content)| (label, Value::Text { content })).collect();
    ConsentMessage::FieldsDisplayMessage(FieldsDisplay { intent: intent.to_owned(), fields })
}

fn digest_part(digest: &[u8]) -> (String, String) {
    ("Digest".to_owned(), operation::hex(digest))
}
