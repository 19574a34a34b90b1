//! HTTPS outcalls: requests wait for a mocked response, which the caller's transform may rewrite.

use candid::{Decode, Encode, Nat, Principal};
use ic_management_canister_types as mg;
use pocket_ic::{
    ErrorCode, RejectCode, RejectResponse,
    common::rest::{
        CanisterHttpHeader, CanisterHttpMethod, CanisterHttpPricingVersion,
        CanisterHttpReplication, CanisterHttpReply, CanisterHttpRequest, CanisterHttpResponse,
        MockCanisterHttpResponse,
    },
};

use super::{
    Network,
    context::Origin,
    pool::{Lane, Message, Payload},
    rejects::{self, reject},
};

/// How long a request waits for its response, in nanoseconds.
const OUTCALL_TIMEOUT_NS: u64 = 60_000_000_000;
/// Bytes of a response when the request names no bound, and the largest bound.
pub(crate) const MAX_RESPONSE_BYTES: u64 = 2_000_000;
/// Characters kept of a reject message a mock gives.
const MAX_REJECT_CHARS: usize = 1_024;

/// A request of a canister that waits for its response.
#[derive(Clone, Debug)]
pub(crate) struct Outcall {
    pub(crate) origin: Origin,
    pub(crate) caller: Principal,
    pub(crate) subnet: Principal,
    pub(crate) args: mg::HttpRequestArgs,
    pub(crate) since_ns: u64,
    /// Cycles to hand back with the answer.
    pub(crate) refund: u128,
    /// One per node, or one for all.
    pub(crate) responses: Vec<CanisterHttpResponse>,
}

impl Network {
    /// Requests without a response, oldest first.
    pub fn pending_http_requests(&self) -> Vec<CanisterHttpRequest> {
        self.outcalls
            .iter()
            .filter(|(_, outcall)| outcall.responses.is_empty())
            .map(|(id, outcall)| describe(*id, outcall))
            .collect()
    }

    /// Gives a pending request its response; the caller sees it in the next round.
    pub fn mock_http_response(&mut self, mock: MockCanisterHttpResponse) -> Result<(), String> {
        let unknown =
            format!("InvalidCanisterHttpRequestId(({}, {}))", mock.subnet_id, mock.request_id);
        let Some(outcall) = self.outcalls.get_mut(&mock.request_id) else { return Err(unknown) };
        if outcall.subnet != mock.subnet_id || !outcall.responses.is_empty() {
            return Err(unknown);
        }
        let nodes = self.topology.subnet(outcall.subnet).map_or(0, |subnet| subnet.nodes);
        let given = mock.additional_responses.len() + 1;
        if given > 1 && u32::try_from(given).ok() != Some(nodes) {
            return Err(format!("InvalidMockCanisterHttpResponses(({given}, {nodes}))"));
        }
        outcall.responses.push(mock.response);
        outcall.responses.extend(mock.additional_responses);
        let (subnet, caller) = (outcall.subnet, outcall.caller);
        let message = Message::Outcall { request: mock.request_id };
        self.pool.push(Lane::Outcall, subnet, caller, message);
        Ok(())
    }

    /// Registers a request. Its price is paid already.
    pub(crate) fn start_outcall(&mut self, outcall: Outcall) {
        let id = self.next_outcall;
        self.next_outcall += 1;
        self.outcalls.insert(id, outcall);
    }

    /// Answers the caller of a request that has its responses.
    pub(crate) fn finish_outcall(&mut self, id: u64) {
        let Some(outcall) = self.outcalls.remove(&id) else { return };
        let answers: Vec<Payload> =
            outcall.responses.iter().map(|response| self.transformed(&outcall, response)).collect();
        let agreed = answers.windows(2).all(|pair| pair[0] == pair[1]);
        let payload = match answers.into_iter().next() {
            Some(answer) if agreed => answer,
            _ => Err(no_consensus(id)),
        };
        self.respond(outcall.origin, payload, outcall.refund);
    }

    fn transformed(&mut self, outcall: &Outcall, response: &CanisterHttpResponse) -> Payload {
        let reply = match response {
            CanisterHttpResponse::CanisterHttpReply(reply) => reply,
            CanisterHttpResponse::CanisterHttpReject(rejected) => {
                return Err(mocked_reject(rejected.reject_code, &rejected.message));
            }
        };
        let limit = outcall.args.max_response_bytes.unwrap_or(MAX_RESPONSE_BYTES);
        let bytes = u64::try_from(reply.body.len()).unwrap_or(u64::MAX);
        if bytes > limit {
            let text = format!("Http body exceeds size limit of {limit} bytes.");
            return Err(transient(text));
        }
        let result = result_of(reply);
        let Some(transform) = &outcall.args.transform else {
            return Ok(encode_result(&result));
        };
        let context = transform.context.clone();
        let args = mg::TransformArgs { response: result, context };
        let arg = Encode!(&args).expect("transform arguments always encode");
        let answer = self.transform(
            transform.function.0.principal,
            transform.function.0.method.clone(),
            arg,
        );
        match answer {
            Ok(data) => match Decode!(&data, mg::HttpRequestResult) {
                Ok(result) => Ok(encode_result(&result)),
                Err(error) => Err(transient(format!("Failed to parse transform result: {error}"))),
            },
            Err(response) => Err(response),
        }
    }

    /// Gives up on requests without a response.
    pub(crate) fn expire_outcalls(&mut self) {
        let now = self.time_ns;
        let late: Vec<_> = self
            .outcalls
            .iter()
            .filter(|(_, outcall)| {
                outcall.responses.is_empty()
                    && now.saturating_sub(outcall.since_ns) >= OUTCALL_TIMEOUT_NS
            })
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            if let Some(outcall) = self.outcalls.remove(&id) {
                self.respond(outcall.origin, Err(rejects::http_timed_out()), outcall.refund);
            }
        }
    }
}

fn describe(request_id: u64, outcall: &Outcall) -> CanisterHttpRequest {
    let args = &outcall.args;
    CanisterHttpRequest {
        subnet_id: outcall.subnet,
        request_id,
        http_method: match args.method {
            mg::HttpMethod::GET => CanisterHttpMethod::GET,
            mg::HttpMethod::HEAD => CanisterHttpMethod::HEAD,
            mg::HttpMethod::POST => CanisterHttpMethod::POST,
            mg::HttpMethod::PUT => CanisterHttpMethod::PUT,
            mg::HttpMethod::DELETE => CanisterHttpMethod::DELETE,
            mg::HttpMethod::PATCH => CanisterHttpMethod::PATCH,
        },
        url: args.url.clone(),
        headers: args
            .headers
            .iter()
            .map(|header| CanisterHttpHeader {
                name: header.name.clone(),
                value: header.value.clone(),
            })
            .collect(),
        body: args.body.clone().unwrap_or_default(),
        max_response_bytes: args.max_response_bytes,
        replication: if args.is_replicated == Some(false) {
            CanisterHttpReplication::NonReplicated
        } else {
            CanisterHttpReplication::FullyReplicated
        },
        pricing_version: CanisterHttpPricingVersion::Legacy,
    }
}

fn result_of(reply: &CanisterHttpReply) -> mg::HttpRequestResult {
    mg::HttpRequestResult {
        status: Nat::from(reply.status),
        headers: reply
            .headers
            .iter()
            .map(|header| mg::HttpHeader { name: header.name.clone(), value: header.value.clone() })
            .collect(),
        body: reply.body.clone(),
    }
}

fn encode_result(result: &mg::HttpRequestResult) -> Vec<u8> {
    Encode!(result).expect("HTTP responses always encode")
}

fn transient(text: String) -> RejectResponse {
    RejectResponse { reject_message: text, ..rejects::http_timed_out() }
}

fn no_consensus(request: u64) -> RejectResponse {
    transient(format!(
        "No consensus could be reached. Replicas had different responses. Details: request_id: \
         {request}"
    ))
}

fn mocked_reject(code: u64, message: &str) -> RejectResponse {
    let text: String = message.chars().take(MAX_REJECT_CHARS).collect();
    let Ok(reject_code) = RejectCode::try_from(code) else {
        return reject(ErrorCode::CanisterRejectedMessage, text);
    };
    RejectResponse { reject_code, ..transient(text) }
}
