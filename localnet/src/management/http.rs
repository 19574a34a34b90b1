//! HTTPS outcalls: checking a request and taking its price.

use ic_management_canister_types as mg;
use pocket_ic::{ErrorCode, RejectResponse};

use super::Request;
use crate::fees::HttpUsage;
use crate::network::{
    Network,
    consumed::UseCase,
    outcalls::{MAX_RESPONSE_BYTES, Outcall, header_fault, request_bytes},
    rejects::reject,
};

const MAX_URL_CHARS: usize = 8_192;
/// Bytes of headers and body.
const MAX_REQUEST_BYTES: usize = 2_000_000;

impl Network {
    /// Registers an outcall; the answer comes with its mocked response or its timeout.
    pub(super) fn http_request(&mut self, request: &mut Request) -> Result<(), RejectResponse> {
        let args: mg::HttpRequestArgs = request.decode()?;
        check(&args, request)?;
        let tariff = self.tariff(request.sender);
        let bytes = request_bytes(&args);
        let subnet = self.called_subnet(request);
        let outcall = Outcall {
            origin: request.origin,
            caller: request.sender,
            subnet,
            args,
            since_ns: self.time_ns,
            refund: request.cycles,
            responses: Vec::new(),
        };
        let by_use = outcall.pays_by_use();
        // Where the price follows the use, what is certain must be attached.
        let fee = if by_use {
            tariff.http_outcall_v2(&HttpUsage { request_bytes: bytes, ..HttpUsage::default() })
        } else {
            let most = outcall.args.max_response_bytes.unwrap_or(MAX_RESPONSE_BYTES);
            tariff.http_outcall(bytes, most)
        };
        if request.cycles < fee {
            return Err(reject(
                ErrorCode::CanisterRejectedMessage,
                format!(
                    "http_request request sent with {} cycles, but {fee} cycles are required.",
                    request.cycles
                ),
            ));
        }
        let paid = if by_use { 0 } else { fee };
        self.consume(request.sender, UseCase::HttpOutcalls, paid);
        let refund = std::mem::take(&mut request.cycles) - paid;
        let outcall = Outcall { refund, ..outcall };
        self.start_outcall(outcall);
        Ok(())
    }
}

fn check(args: &mg::HttpRequestArgs, request: &Request) -> Result<(), RejectResponse> {
    let refuse = |why: String| Err(reject(ErrorCode::CanisterRejectedMessage, why));
    let idempotent =
        matches!(args.method, mg::HttpMethod::GET | mg::HttpMethod::HEAD | mg::HttpMethod::POST);
    if !idempotent && args.is_replicated != Some(false) {
        return refuse(format!(
            "{:?} requests are made in non-replicated mode only: set is_replicated to false",
            args.method
        ));
    }
    if args.url.len() > MAX_URL_CHARS {
        return refuse(format!("url of {} characters exceeds {MAX_URL_CHARS}", args.url.len()));
    }
    if !args.url.starts_with("https://") && !args.url.starts_with("http://") {
        return refuse(format!("Invalid URL '{}': the scheme must be https", args.url));
    }
    let headers = args.headers.iter().map(|h| (h.name.as_str(), h.value.as_str()));
    if let Some(fault) = header_fault(headers) {
        return refuse(format!("The headers of the http request are not allowed: {fault}"));
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
