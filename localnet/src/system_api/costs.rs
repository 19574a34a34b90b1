//! What calls and management requests cost, for canisters that attach exactly enough.

use candid::{CandidType, Deserialize, Reserved};
use wasmtime::Result;

use super::{
    Registry,
    host::{Guest, Pointer, enter, fetch, store_u128},
    request::violation,
};
use crate::fees::{self, HttpUsage};

/// Largest Candid blob `cost_http_request_v2` decodes.
const MAX_PARAMS_BYTES: u64 = 1_024;

/// What the `cost_sign_*` calls answer.
const SUCCESS: u32 = 0;
const UNKNOWN_CURVE: u32 = 1;
const UNKNOWN_KEY: u32 = 2;

pub(super) fn register<P: Pointer>(api: &mut Registry) {
    api.add("cost_call", |call| {
        move |mut guest: Guest<'_>, method: u64, payload: u64, dst: P| -> Result<()> {
            enter(&mut guest, call, 0)?;
            let cost = guest.data().env.tariff.of_width(P::WIDTH).call(method, payload);
            store_u128(&mut guest, dst, cost)
        }
    });
    api.add("cost_create_canister", |call| {
        move |mut guest: Guest<'_>, dst: P| -> Result<()> {
            enter(&mut guest, call, 0)?;
            let cost = guest.data().env.tariff.creation();
            store_u128(&mut guest, dst, cost)
        }
    });
    api.add("cost_http_request", |call| {
        move |mut guest: Guest<'_>, request: u64, response: u64, dst: P| -> Result<()> {
            enter(&mut guest, call, 0)?;
            let cost = guest.data().env.tariff.http_outcall(request, response);
            store_u128(&mut guest, dst, cost)
        }
    });
    api.add("cost_http_request_v2", |call| {
        move |mut guest: Guest<'_>, src: P, size: P, dst: P| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            let usage = http_usage(&mut guest, src, size)?;
            let cost = guest.data().env.tariff.http_outcall_v2(&usage);
            store_u128(&mut guest, dst, cost)
        }
    });
    signature::<P>(api, "cost_sign_with_ecdsa", 1);
    signature::<P>(api, "cost_sign_with_schnorr", 2);
    signature::<P>(api, "cost_vetkd_derive_key", 1);
}

/// Registers the cost of signing with a named key of one of `curves` curves or algorithms.
fn signature<P: Pointer>(api: &mut Registry, name: &str, curves: u32) {
    api.add(name, |call| {
        move |mut guest: Guest<'_>, src: P, size: P, curve: u32, dst: P| -> Result<u32> {
            enter(&mut guest, call, size.into())?;
            let key = fetch(&mut guest, src, size)?;
            if curve >= curves {
                return Ok(UNKNOWN_CURVE);
            }
            let cost = std::str::from_utf8(&key).ok().and_then(fees::threshold_signature);
            let Some(cost) = cost else { return Ok(UNKNOWN_KEY) };
            let cost = guest.data().env.tariff.charge(cost);
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

fn http_usage<P: Pointer>(guest: &mut Guest<'_>, src: P, size: P) -> Result<HttpUsage> {
    if size.into() > MAX_PARAMS_BYTES {
        return violation(format_args!(
            "ic0.cost_http_request_v2: {size} bytes are more than the allowed {MAX_PARAMS_BYTES}"
        ));
    }
    let bytes = fetch(guest, src, size)?;
    let params: HttpParams = match crate::untrusted::decode_one(&bytes) {
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
