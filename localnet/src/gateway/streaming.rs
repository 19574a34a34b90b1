//! Bodies that come in pieces: a response names a query method that answers the next piece, and the
//! token to call it with.

use axum::http::StatusCode;
use candid::{
    CandidType, Deserialize, IDLArgs, IDLValue, Principal, Reserved, idl_hash,
    types::value::IDLField,
};
use serde_bytes::ByteBuf;

use super::http_request::{Failure, bad_gateway, query};
use crate::{instance::InstanceHandle, untrusted};

/// Bytes of a body at the most: it is put together before it is verified and passed on.
const BODY_MAX: usize = 256 * 1024 * 1024;
/// Pieces at the most: a body of the largest size in pieces of a quarter of a megabyte.
const PIECES_MAX: usize = 1_024;

/// A piece, as the method answers it.
#[derive(CandidType, Deserialize)]
struct Piece {
    body: ByteBuf,
    token: Option<Reserved>,
}

/// Where the next piece is.
struct Next {
    canister: Principal,
    method: String,
    /// Of a type only the canister knows.
    token: IDLValue,
}

/// All pieces after the first, which came with the whole of `reply`.
pub(super) async fn rest(instance: &InstanceHandle, reply: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut next = first(reply)?;
    let (mut body, mut pieces) = (Vec::new(), 0);
    while let Some(Next { canister, method, token }) = next {
        let arg = IDLArgs::new(&[token]).to_bytes().map_err(|error| bad_gateway(&error))?;
        let reply = query(instance, canister, &method, arg).await?;
        let piece: Piece = untrusted::decode_one(&reply).map_err(|error| bad_gateway(&error))?;
        if piece.body.is_empty() && piece.token.is_some() {
            return Err(bad_gateway(&"a piece of the body is empty and not the last"));
        }
        body.extend_from_slice(&piece.body);
        pieces += 1;
        if body.len() > BODY_MAX || pieces > PIECES_MAX {
            let reason = format!("the body has more than {BODY_MAX} bytes or {PIECES_MAX} pieces");
            return Err((StatusCode::BAD_GATEWAY, reason));
        }
        let values = untyped(&reply)?;
        next = field(&values, "token").and_then(some).map(|token| Next {
            canister,
            method,
            token: token.clone(),
        });
    }
    Ok(body)
}

/// What the strategy of a response names; none when it has none.
fn first(reply: &[u8]) -> Result<Option<Next>, Failure> {
    let values = untyped(reply)?;
    let Some(strategy) = field(&values, "streaming_strategy").and_then(some) else {
        return Ok(None);
    };
    let unknown = || bad_gateway(&"its streaming strategy is none that is known");
    let IDLValue::Variant(chosen) = strategy else { return Err(unknown()) };
    if chosen.0.id.get_id() != idl_hash("Callback") {
        return Err(unknown());
    }
    let callback = field(&chosen.0.val, "callback");
    let token = field(&chosen.0.val, "token");
    match (callback, token) {
        (Some(IDLValue::Func(canister, method)), Some(token)) => {
            let (canister, method) = (*canister, method.clone());
            Ok(Some(Next { canister, method, token: token.clone() }))
        }
        _ => Err(unknown()),
    }
}

/// The first value of a reply, whatever its type.
fn untyped(reply: &[u8]) -> Result<IDLValue, Failure> {
    let value = untrusted::decode_untyped(reply).map_err(|error| bad_gateway(&error))?;
    value.ok_or_else(|| bad_gateway(&"it is empty"))
}

fn field<'v>(record: &'v IDLValue, name: &str) -> Option<&'v IDLValue> {
    let IDLValue::Record(fields) = record else { return None };
    let is_meant = |field: &&IDLField| field.id.get_id() == idl_hash(name);
    fields.iter().find(is_meant).map(|field| &field.val)
}

fn some(value: &IDLValue) -> Option<&IDLValue> {
    match value {
        IDLValue::Opt(inner) => Some(inner),
        _ => None,
    }
}
