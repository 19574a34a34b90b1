//! Requests as agents send them: a CBOR envelope of a content map, keys, signatures and
//! delegations.

use candid::Principal;
use ciborium::Value;

use super::{ApiError, items, request_id::hash_of_map};
use crate::certification::{RequestId, cbor, tree::Path};

/// Delegations one request may carry.
const DELEGATIONS_MAX: usize = 20;
/// Canisters one delegation may name.
const TARGETS_MAX: usize = 1_000;
/// Bytes of a nonce.
const NONCE_MAX: usize = 32;

/// A request with what is needed to authenticate it.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) request: Request,
    pub(super) public_key: Option<Vec<u8>>,
    pub(super) signature: Option<Vec<u8>>,
    pub(super) delegations: Vec<SignedDelegation>,
}

/// What is asked, by whom.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) id: RequestId,
    pub(super) sender: Principal,
    /// Nanoseconds since 1970.
    pub(super) expiry_ns: u64,
    pub(super) content: Content,
}

/// The three kinds of request.
#[derive(Debug)]
pub(super) enum Content {
    Call(Invocation),
    Query(Invocation),
    ReadState(Vec<Path>),
}

/// A method of a canister and its argument.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) canister: Principal,
    pub(super) method: String,
    pub(super) arg: Vec<u8>,
}

/// A key's permission for another key to sign in its place.
#[derive(Debug)]
pub(super) struct SignedDelegation {
    pub(super) public_key: Vec<u8>,
    pub(super) expiry_ns: u64,
    /// Canisters it is limited to.
    pub(super) targets: Option<Vec<Principal>>,
    /// Update calls are excluded.
    pub(super) queries_only: bool,
    pub(super) signature: Vec<u8>,
    /// The hash that the signature covers.
    pub(super) hash: [u8; 32],
}

impl Envelope {
    /// Reads an envelope.
    pub(super) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        if items::has_too_many(body) {
            let reason = format!("a request has at most {} values", items::ITEMS_MAX);
            return Err(ApiError::bad_request(reason));
        }
        let envelope: Value = cbor::decode_request(body).map_err(ApiError::bad_request)?;
        let mut envelope = Fields::of("envelope", envelope)?;
        let content = Fields::of("content", envelope.required("content")?)?;
        let request = Request::parse(content)?;
        let delegations = match envelope.take("sender_delegation") {
            None => Vec::new(),
            Some(Value::Array(items)) if items.len() > DELEGATIONS_MAX => {
                return Err(ApiError::bad_request(format!(
                    "Chain of delegations is too long: got {} delegations, but at most \
                     {DELEGATIONS_MAX} are allowed.",
                    items.len()
                )));
            }
            Some(Value::Array(items)) => {
                items.into_iter().map(SignedDelegation::parse).collect::<Result<_, _>>()?
            }
            Some(_) => return Err(ApiError::bad_request("sender_delegation is not an array")),
        };
        let public_key = envelope.optional_bytes("sender_pubkey")?;
        let signature = envelope.optional_bytes("sender_sig")?;
        Ok(Self { request, public_key, signature, delegations })
    }
}

impl Request {
    fn parse(mut fields: Fields) -> Result<Self, ApiError> {
        let id = hash_of_map(&fields.entries).map_err(ApiError::bad_request)?;
        let sender = fields.principal("sender")?;
        let expiry_ns = fields.number("ingress_expiry")?;
        if fields.optional_bytes("nonce")?.is_some_and(|nonce| nonce.len() > NONCE_MAX) {
            return Err(ApiError::bad_request(format!("nonce is longer than {NONCE_MAX} bytes")));
        }
        if fields.take("sender_info").is_some() {
            return Err(ApiError::bad_request("localnet does not support sender_info yet"));
        }
        let content = match fields.text("request_type")?.as_str() {
            "call" => Content::Call(Invocation::parse(fields)?),
            "query" => Content::Query(Invocation::parse(fields)?),
            "read_state" => Content::ReadState(fields.paths()?),
            other => {
                return Err(ApiError::bad_request(format!("unknown request_type `{other}`")));
            }
        };
        Ok(Self { id, sender, expiry_ns, content })
    }
}

impl Invocation {
    fn parse(mut fields: Fields) -> Result<Self, ApiError> {
        Ok(Self {
            canister: fields.principal("canister_id")?,
            method: fields.text("method_name")?,
            arg: fields.bytes("arg")?,
        })
    }
}

impl SignedDelegation {
    fn parse(value: Value) -> Result<Self, ApiError> {
        let mut signed = Fields::of("signed delegation", value)?;
        let signature = signed.bytes("signature")?;
        let mut fields = Fields::of("delegation", signed.required("delegation")?)?;
        let hash = hash_of_map(&fields.entries).map_err(ApiError::bad_request)?;
        let targets = match fields.take("targets") {
            None => None,
            Some(Value::Array(items)) if items.len() <= TARGETS_MAX => {
                Some(items.into_iter().map(principal).collect::<Result<_, _>>()?)
            }
            Some(_) => {
                return Err(ApiError::bad_request(format!(
                    "targets is not an array of at most {TARGETS_MAX} canister ids"
                )));
            }
        };
        let queries_only = match fields.take("permissions") {
            None => false,
            Some(Value::Text(text)) if text == "all" => false,
            Some(Value::Text(text)) if text == "queries" => true,
            Some(_) => return Err(ApiError::bad_request("permissions is not `all` or `queries`")),
        };
        Ok(Self {
            public_key: fields.bytes("pubkey")?,
            expiry_ns: fields.number("expiration")?,
            targets,
            queries_only,
            signature,
            hash,
        })
    }
}

/// The entries of a CBOR map, taken out one by one.
struct Fields {
    what: &'static str,
    entries: Vec<(Value, Value)>,
}

impl Fields {
    fn of(what: &'static str, value: Value) -> Result<Self, ApiError> {
        match value {
            Value::Map(entries) => Ok(Self { what, entries }),
            Value::Tag(_, inner) => Self::of(what, *inner),
            _ => Err(ApiError::bad_request(format!("the {what} is not a map"))),
        }
    }

    /// Takes a field; null counts as absent.
    fn take(&mut self, name: &str) -> Option<Value> {
        let is_name = |(key, _): &(Value, Value)| key.as_text() == Some(name);
        let index = self.entries.iter().position(is_name)?;
        Some(self.entries.swap_remove(index).1).filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, expected: &str) -> ApiError {
        ApiError::bad_request(format!("field `{name}` of the {} is not {expected}", self.what))
    }

    fn required(&mut self, name: &str) -> Result<Value, ApiError> {
        self.take(name).ok_or_else(|| {
            ApiError::bad_request(format!("the {} has no field `{name}`", self.what))
        })
    }

    fn bytes(&mut self, name: &str) -> Result<Vec<u8>, ApiError> {
        self.required(name)?.into_bytes().map_err(|_| self.wrong(name, "a byte string"))
    }

    fn optional_bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, ApiError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        value.into_bytes().map(Some).map_err(|_| self.wrong(name, "a byte string"))
    }

    fn text(&mut self, name: &str) -> Result<String, ApiError> {
        self.required(name)?.into_text().map_err(|_| self.wrong(name, "a text"))
    }

    fn number(&mut self, name: &str) -> Result<u64, ApiError> {
        let number = self.required(name)?.into_integer().ok();
        number
            .and_then(|number| u64::try_from(number).ok())
            .ok_or_else(|| self.wrong(name, "a 64-bit number"))
    }

    fn principal(&mut self, name: &str) -> Result<Principal, ApiError> {
        principal(self.required(name)?).map_err(|_| self.wrong(name, "a principal"))
    }

    fn paths(&mut self) -> Result<Vec<Path>, ApiError> {
        let paths = self.required("paths")?;
        let malformed = || ApiError::bad_request("paths is not an array of arrays of byte strings");
        let mut result = Vec::new();
        for path in paths.into_array().map_err(|_| malformed())? {
            let labels = path.into_array().map_err(|_| malformed())?;
            let labels: Option<Path> = labels
                .into_iter()
                .map(|label| match label {
                    Value::Bytes(bytes) => Some(bytes),
                    Value::Text(text) => Some(text.into_bytes()),
                    _ => None,
                })
                .collect();
            result.push(labels.ok_or_else(malformed)?);
        }
        Ok(result)
    }
}

fn principal(value: Value) -> Result<Principal, ApiError> {
    let bytes = value.into_bytes().map_err(|_| ApiError::bad_request("not a principal"))?;
    Principal::try_from_slice(&bytes)
        .map_err(|error| ApiError::bad_request(format!("not a principal: {error}")))
}
