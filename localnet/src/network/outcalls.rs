//! HTTPS outcalls: requests wait for a mocked response, which the caller's transform may rewrite.

use candid::{Encode, Nat, Principal};
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
    consumed::UseCase,
    context::Origin,
    journal::Asked,
    pool::{Lane, Message, Payload},
    rejects::{self, reject},
};
use crate::fees::HttpUsage;

/// How long a request waits for its response, in nanoseconds.
const OUTCALL_TIMEOUT_NS: u64 = 60_000_000_000;
/// Bytes of a response when the request names no bound, and the largest bound.
pub(crate) const MAX_RESPONSE_BYTES: u64 = 2_000_000;
/// Headers of a request or a response.
const MAX_HEADERS: usize = 64;
/// Bytes of a header's name or value.
const MAX_HEADER_PART_BYTES: usize = 8 * 1024;
/// Bytes of all names and values.
const MAX_HEADERS_BYTES: usize = 48 * 1024;
/// The pricing version that charges for what is used.
const PAY_AS_YOU_GO: u32 = 2;
const NS_PER_MS: u64 = 1_000_000;
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
    /// Cycles to hand back with the answer. Where the price follows the use, all that were
    /// attached: it is taken from them when the use is known.
    pub(crate) refund: u128,
    /// One per node, or one for all.
    pub(crate) responses: Vec<CanisterHttpResponse>,
}

impl Outcall {
    /// Whether the price follows what is used; other versions than 2 are paid at the start.
    pub(crate) fn pays_by_use(&self) -> bool {
        self.args.pricing_version == Some(PAY_AS_YOU_GO)
    }

    /// What is used before there is a response.
    fn usage(&self, now_ns: u64) -> HttpUsage {
        HttpUsage {
            request_bytes: request_bytes(&self.args),
            roundtrip_ms: now_ns.saturating_sub(self.since_ns) / NS_PER_MS,
            ..HttpUsage::default()
        }
    }
}

/// Bytes a request is charged for.
pub(crate) fn request_bytes(args: &mg::HttpRequestArgs) -> u64 {
    let headers: usize = args.headers.iter().map(|h| h.name.len() + h.value.len()).sum();
    let transform =
        args.transform.as_ref().map_or(0, |t| t.context.len() + t.function.0.method.len());
    let bytes = args.url.len() + headers + args.body.as_ref().map_or(0, Vec::len) + transform;
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// Bytes of a response: its headers and its body.
fn response_bytes(reply: &CanisterHttpReply) -> u64 {
    let headers: usize = reply.headers.iter().map(|h| h.name.len() + h.value.len()).sum();
    u64::try_from(headers + reply.body.len()).unwrap_or(u64::MAX)
}

/// Refuses headers of a response that the interface does not allow.
fn check_headers(reply: &CanisterHttpReply) -> Result<(), String> {
    header_fault(reply.headers.iter().map(|h| (h.name.as_str(), h.value.as_str())))
        .map_or(Ok(()), |fault| {
            Err(format!("The headers of the http response are not allowed: {fault}"))
        })
}

/// What is wrong with headers of a request or a response: there are too many, or they are too
/// long.
pub(crate) fn header_fault<'a>(
    headers: impl Iterator<Item = (&'a str, &'a str)>,
) -> Option<String> {
    let (mut count, mut total) = (0, 0);
    for (name, value) in headers {
        count += 1;
        total += name.len() + value.len();
        let longest = name.len().max(value.len());
        if longest > MAX_HEADER_PART_BYTES {
            return Some(format!(
                "a name or value has {longest} bytes, at most {MAX_HEADER_PART_BYTES} are allowed"
            ));
        }
    }
    if count > MAX_HEADERS {
        return Some(format!("there are {count} headers, at most {MAX_HEADERS} are allowed"));
    }
    (total > MAX_HEADERS_BYTES)
        .then(|| format!("they have {total} bytes, at most {MAX_HEADERS_BYTES} are allowed"))
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
        self.note(|_| Asked::MockHttp(mock.clone()));
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

    /// Lets the caller of a request with responses see them in the next round.
    pub(crate) fn deliver_outcall(&mut self, id: u64, outcall: &Outcall) {
        let message = Message::Outcall { request: id };
        self.pool.push_later(Lane::Outcall, outcall.subnet, outcall.caller, message);
    }

    /// Registers a request. Its price is paid already.
    pub(crate) fn start_outcall(&mut self, mut outcall: Outcall) {
        let id = self.next_outcall;
        self.next_outcall += 1;
        self.sabotage_outcall(id, &mut outcall);
        self.outcalls.insert(id, outcall);
    }

    /// Answers the caller of a request that has its responses.
    pub(crate) fn finish_outcall(&mut self, id: u64) {
        let Some(outcall) = self.outcalls.remove(&id) else { return };
        let mut usage = outcall.usage(self.time_ns);
        let answers: Vec<Payload> = outcall
            .responses
            .iter()
            .map(|response| self.transformed(&outcall, response, &mut usage))
            .collect();
        let agreed = answers.windows(2).all(|pair| pair[0] == pair[1]);
        let payload = match answers.into_iter().next() {
            Some(answer) if agreed => answer,
            _ => Err(no_consensus(id)),
        };
        self.settle(&outcall, payload, &usage);
    }

    /// Answers the caller, who pays for the use now unless everything was paid at the start.
    fn settle(&mut self, outcall: &Outcall, payload: Payload, usage: &HttpUsage) {
        if !outcall.pays_by_use() {
            self.respond(outcall.origin, payload, outcall.refund);
            return;
        }
        let cost = self.tariff(outcall.caller).http_outcall_v2(usage);
        let paid = cost.min(outcall.refund);
        self.consume(outcall.caller, UseCase::HttpOutcalls, paid);
        let payload = if paid < cost { Err(too_expensive(paid, cost)) } else { payload };
        self.respond(outcall.origin, payload, outcall.refund - paid);
    }

    /// What the caller is told of a response. `usage` becomes that of the response.
    fn transformed(
        &mut self,
        outcall: &Outcall,
        response: &CanisterHttpResponse,
        usage: &mut HttpUsage,
    ) -> Payload {
        let reply = match response {
            CanisterHttpResponse::CanisterHttpReply(reply) => reply,
            CanisterHttpResponse::CanisterHttpReject(rejected) => {
                return Err(mocked_reject(rejected.reject_code, &rejected.message));
            }
        };
        let limit = outcall.args.max_response_bytes.unwrap_or(MAX_RESPONSE_BYTES);
        check_headers(reply).map_err(transient)?;
        usage.raw_response_bytes = response_bytes(reply);
        if usage.raw_response_bytes > limit {
            let text = format!("Http body exceeds size limit of {limit} bytes.");
            return Err(transient(text));
        }
        let result = result_of(reply);
        let Some(transform) = &outcall.args.transform else {
            let answer = encode_result(&result);
            usage.transformed_response_bytes = answer.len() as u64;
            return Ok(answer);
        };
        let context = transform.context.clone();
        let args = mg::TransformArgs { response: result, context };
        let arg = Encode!(&args).expect("transform arguments always encode");
        let (answer, instructions) = self.transform(
            transform.function.0.principal,
            transform.function.0.method.clone(),
            arg,
        );
        usage.transform_instructions = instructions;
        match answer {
            Ok(data) if data.len() as u64 > limit => Err(transient(format!(
                "Transformed http response exceeds limit: {limit}, got {}",
                data.len()
            ))),
            Ok(data) => match crate::untrusted::decode_one::<mg::HttpRequestResult>(&data) {
                Ok(result) => {
                    usage.transformed_response_bytes = data.len() as u64;
                    Ok(encode_result(&result))
                }
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
                let usage = outcall.usage(now);
                self.settle(&outcall, Err(rejects::http_timed_out()), &usage);
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
        pricing_version: if outcall.pays_by_use() {
            CanisterHttpPricingVersion::PayAsYouGo
        } else {
            CanisterHttpPricingVersion::Legacy
        },
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

fn too_expensive(paid: u128, cost: u128) -> RejectResponse {
    reject(
        ErrorCode::CanisterRejectedMessage,
        format!("http_request used {cost} cycles, but only {paid} were attached."),
    )
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
