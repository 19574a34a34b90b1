//! Payloads as documents: what `proposal show` prints, `proposal create payload` reads.
//!
//! The form is that of the wire types, principals as texts. Bytes are written `hex:07ab…`.

use std::path::Path;

use granary_api::governor::Payload;
use serde_json::Value;

use crate::{exit::Exit, failure::Failure};

/// What introduces bytes in a document.
const HEX: &str = "hex:";
/// Shorter lists of small numbers are taken for numbers.
const BYTES_MIN: usize = 8;

/// Reads the payload in the file.
pub(crate) fn read(path: &Path) -> Result<Payload, Failure> {
    let text = std::fs::read_to_string(path).map_err(Failure::file("read", path))?;
    parse(&text).map_err(|why| {
        let message = format!("{} holds no payload of a proposal ({why})", path.display());
        Failure::new(Exit::Usage, "cli.payload", message).next("granary proposal show N --json")
    })
}

fn parse(text: &str) -> Result<Payload, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    serde_json::from_value(without_hex(document)?).map_err(|error| error.to_string())
}

/// The payload as a document; nothing when it has no such form.
pub(crate) fn shown(payload: &Payload) -> Value {
    serde_json::to_value(payload).map_or(Value::Null, with_hex)
}

fn without_hex(value: Value) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => match text.strip_prefix(HEX) {
            Some(digits) => {
                let bytes = hex::decode(digits).map_err(|_| format!("`{text}` is not hex"))?;
                Value::Array(bytes.into_iter().map(Value::from).collect())
            }
            None => Value::String(text),
        },
        Value::Array(items) => {
            Value::Array(items.into_iter().map(without_hex).collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| Ok((name, without_hex(value)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other,
    })
}

fn with_hex(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let byte = |item: &Value| item.as_u64().and_then(|number| u8::try_from(number).ok());
            let bytes: Option<Vec<u8>> = items.iter().map(byte).collect();
            match bytes {
                Some(bytes) if bytes.len() >= BYTES_MIN => {
                    Value::String(format!("{HEX}{}", hex::encode(bytes)))
                }
                _ => Value::Array(items.into_iter().map(with_hex).collect()),
            }
        }
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, with_hex(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use candid::Principal;
    use granary_api::governor::{CanisterSettings, Placement, RegisteredCall};

    use super::*;

    #[test]
    fn what_is_shown_is_read_again() {
        let target = Principal::from_slice(&[9; 10]);
        let settings =
            CanisterSettings { freezing_threshold_seconds: Some(5_000_000), ..Default::default() };
        let arg = (*b"DIDL\0\0\x01\x02").to_vec().into();
        let placement = Placement {
            name: "price_oracle".to_owned(),
            phase: 1,
            order: 2,
            dependencies: vec!["portfolio".to_owned()],
        };
        let payloads = [
            Payload::DenyModules { modules: vec![vec![7; 32].into()] },
            Payload::Rollback { snapshot: 3 },
            Payload::ChangeCanisterSettings { target, settings },
            Payload::AdoptCanister { target, placement },
            Payload::CallRegisteredMethod(RegisteredCall { target, method: "x".to_owned(), arg }),
        ];
        for payload in payloads {
            let document = shown(&payload);
            assert_eq!(parse(&document.to_string()), Ok(payload), "{document}");
        }
    }

    #[test]
    fn a_person_writes_what_matters_only() {
        let text = r#"{"ChangeCanisterSettings": {"target": "aaaaa-aa",
            "settings": {"compute_allocation": 5}}}"#;
        let settings = CanisterSettings { compute_allocation: Some(5), ..Default::default() };
        let target = Principal::management_canister();
        assert_eq!(parse(text), Ok(Payload::ChangeCanisterSettings { target, settings }));
        let deny = format!(r#"{{"DenyModules": {{"modules": ["hex:{}"]}}}}"#, "07".repeat(32));
        assert_eq!(parse(&deny), Ok(Payload::DenyModules { modules: vec![vec![7; 32].into()] }));
        for wrong in ["", "{}", r#"{"DenyModules": {"modules": ["hex:0"]}}"#, r#"{"Nothing": {}}"#]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
