//! HTTPS outcalls: checking a request and taking its price.

use ic_management_canister_types as mg;
use pocket_ic::{ErrorCode, RejectResponse};

use super::Request;
use crate::network::{
    Network,
    outcalls::{MAX_RESPONSE_BYTES, Outcall},
    rejects::{self, reject},
};

const MAX_URL_CHARS: usize = 8_192;
const MAX_HEADERS: usize = 64;
/// Bytes of headers and body.
const MAX_REQUEST_BYTES: usize = 2_000_000;

impl Network {
    /// Registers an outcall; the answer comes with its mocked response or its timeout.
    pub(super) fn http_request(&mut self, request: &mut Request) -> Result<(), RejectResponse> {
        let args: mg::HttpRequestArgs = request.decode()?;
        check(&args, request)?;
        let response_bytes = args.max_response_bytes.unwrap_or(MAX_RESPONSE_BYTES);
        let fee = self.tariff(request.sender).http_outcall(request_bytes(&args), response_bytes);
        if request.cycles < fee {
            return Err(reject(
                ErrorCode::CanisterRejectedMessage,
                format!(
                    "http_request request sent with {} cycles, but {fee} cycles are required.",
                    request.cycles
                ),
            ));
        }
        self.burn(fee);
        let subnet = self
            .canisters
            .get(&request.sender)
            .map_or_else(|| self.topology.default_subnet().id, |caller| caller.subnet);
        let outcall = Outcall {
            origin: request.origin,
            caller: request.sender,
            subnet,
            args,
            since_ns: self.time_ns,
            refund: std::mem::take(&mut request.cycles) - fee,
            responses: Vec::new(),
        };
        self.start_outcall(outcall);
        Ok(())
    }
}

fn check(args: &mg::HttpRequestArgs, request: &Request) -> Result<(), RejectResponse> {
    let refuse = |why: String| Err(reject(ErrorCode::CanisterRejectedMessage, why));
    if args.pricing_version.is_some_and(|version| version > 1) {
        return Err(rejects::not_on_localnet("http_request with pricing version 2"));
    }
    if args.url.len() > MAX_URL_CHARS {
        return refuse(format!("url of {} characters exceeds {MAX_URL_CHARS}", args.url.len()));
    }
    if !args.url.starts_with("https://") && !args.url.starts_with("http://") {
        return refuse(format!("Invalid URL '{}': the scheme must be https", args.url));
    }
    if args.headers.len() > MAX_HEADERS {
        return refuse(format!("{} headers, at most {MAX_HEADERS} allowed", args.headers.len()));
    }
    if args.max_response_bytes.is_some_and(|bytes| bytes > MAX_RESPONSE_BYTES) {
        return refuse(format!("max_response_bytes exceeds the maximum of {MAX_RESPONSE_BYTES}"));
    }
    let body = args.body.as_ref().map_or(0, Vec::len);
    let headers: usize = args.headers.iter().map(|h| h.name.len() + h.value.len()).sum();
    if body + headers > MAX_REQUEST_BYTES {
        return refuse(format!("request of {} bytes exceeds {MAX_REQUEST_BYTES}", body + headers));
    }
    if let Some(transform) = &args.transform
        && transform.function.0.principal != request.sender
    {
        return refuse(format!(
            "transform must be a method of the calling canister {}",
            request.sender
        ));
    }
    Ok(())
}

/// Bytes a request is charged for.
fn request_bytes(args: &mg::HttpRequestArgs) -> u64 {
    let headers: usize = args.headers.iter().map(|h| h.name.len() + h.value.len()).sum();
    let transform =
        args.transform.as_ref().map_or(0, |t| t.context.len() + t.function.0.method.len());
    let bytes = args.url.len() + headers + args.body.as_ref().map_or(0, Vec::len) + transform;
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
