//! What calls and management requests cost, for canisters that attach exactly enough.

use candid::{CandidType, Deserialize, Reserved};
use wasmtime::Result;

use super::{
    Registry,
    host::{Guest, enter, fetch, store_u128},
    request::violation,
};
use crate::fees::{self, HttpUsage};

/// Largest Candid blob `cost_http_request_v2` decodes.
const MAX_PARAMS_BYTES: u32 = 1_024;

/// What the `cost_sign_*` calls answer.
const SUCCESS: u32 = 0;
const UNKNOWN_CURVE: u32 = 1;
const UNKNOWN_KEY: u32 = 2;

pub(super) fn register(api: &mut Registry) {
    api.add("cost_call", |call| {
        move |mut guest: Guest<'_>, method: u64, payload: u64, dst: u32| -> Result<()> {
            enter(&mut guest, call, 0)?;
            let cost = fees::call_total(method, payload, guest.data().env.subnet_nodes);
            store_u128(&mut guest, dst, cost)
        }
    });
    api.add("cost_create_canister", |call| {
        move |mut guest: Guest<'_>, dst: u32| -> Result<()> {
            enter(&mut guest, call, 0)?;
            let cost = fees::scale(fees::CREATE_CANISTER, guest.data().env.subnet_nodes);
            store_u128(&mut guest, dst, cost)
        }
    });
    api.add("cost_http_request", |call| {
        move |mut guest: Guest<'_>, request: u64, response: u64, dst: u32| -> Result<()> {
            enter(&mut guest, call, 0)?;
            let cost = fees::http_outcall(request, response, guest.data().env.subnet_nodes);
            store_u128(&mut guest, dst, cost)
        }
    });
    api.add("cost_http_request_v2", |call| {
        move |mut guest: Guest<'_>, src: u32, size: u32, dst: u32| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            let usage = http_usage(&mut guest, src, size)?;
            let cost = fees::http_outcall_v2(&usage, guest.data().env.subnet_nodes);
            store_u128(&mut guest, dst, cost)
        }
    });
    signature(api, "cost_sign_with_ecdsa", 1);
    signature(api, "cost_sign_with_schnorr", 2);
    signature(api, "cost_vetkd_derive_key", 1);
}

/// Registers the cost of signing with a named key of one of `curves` curves or algorithms.
fn signature(api: &mut Registry, name: &str, curves: u32) {
    api.add(name, |call| {
        move |mut guest: Guest<'_>, src: u32, size: u32, curve: u32, dst: u32| -> Result<u32> {
            enter(&mut guest, call, size.into())?;
            let key = fetch(&mut guest, src, size)?;
            if curve >= curves {
                return Ok(UNKNOWN_CURVE);
            }
            let cost = std::str::from_utf8(&key).ok().and_then(fees::threshold_signature);
            let Some(cost) = cost else { return Ok(UNKNOWN_KEY) };
            store_u128(&mut guest, dst, cost)?;
            Ok(SUCCESS)
        }
    });
}

#[derive(CandidType, Deserialize)]
struct HttpParams {
    request_bytes: u64,
    http_roundtrip_time_ms: u64,
    raw_response_bytes: u64,
    transformed_response_bytes: u64,
    transform_instructions: u64,
    outcall_type: Option<OutcallType>,
}

#[derive(CandidType, Deserialize)]
enum OutcallType {
    #[serde(rename = "fully_replicated")]
    FullyReplicated(Reserved),
    #[serde(rename = "non_replicated")]
    NonReplicated(Reserved),
    #[serde(rename = "flexible")]
    Flexible(Reserved),
}

fn http_usage(guest: &mut Guest<'_>, src: u32, size: u32) -> Result<HttpUsage> {
    if size > MAX_PARAMS_BYTES {
        return violation(format_args!(
            "ic0.cost_http_request_v2: {size} bytes are more than the allowed {MAX_PARAMS_BYTES}"
        ));
    }
    let bytes = fetch(guest, src, size)?;
    let params: HttpParams = match candid::decode_one(&bytes) {
        Ok(params) => params,
        Err(error) => {
            return violation(format_args!("ic0.cost_http_request_v2: invalid Candid: {error}"));
        }
    };
    if !matches!(params.outcall_type, None | Some(OutcallType::FullyReplicated(_))) {
        return violation(
            "ic0.cost_http_request_v2: localnet prices fully replicated outcalls only",
        );
    }
    Ok(HttpUsage {
        request_bytes: params.request_bytes,
        roundtrip_ms: params.http_roundtrip_time_ms,
        raw_response_bytes: params.raw_response_bytes,
        transformed_response_bytes: params.transformed_response_bytes,
        transform_instructions: params.transform_instructions,
    })
}
