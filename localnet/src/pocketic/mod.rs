//! The REST protocol of the `PocketIC` client libraries, with the types of the Rust client.
//!
//! `hub` holds what requests share, `instances` creates and lists networks, `operations` and
//! `messages` act on one, `snapshots` move canisters between one and the disk, `faults` make things
//! go wrong on it, `gateways` opens ports for agents and browsers.

mod config;
mod faults;
mod gateways;
mod hub;
mod instances;
mod messages;
mod operations;
mod snapshots;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, delete, get, post},
};
use pocket_ic::common::rest::RawVerifyCanisterSigArg;
use serde::{Serialize, de::DeserializeOwned};

pub(crate) use hub::{Blob, Hub};
pub(crate) use instances::topology;

/// A refused operation: the HTTP status and the message that the client shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    /// The operation cannot be done as asked.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    pub(crate) fn with_status(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// localnet does not do this.
    pub(crate) fn missing(what: &str) -> Self {
        Self::with_status(
            StatusCode::NOT_IMPLEMENTED,
            format!("localnet does not support {what} yet"),
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(serde_json::json!({ "message": self.message }))).into_response()
    }
}

/// The answer of an operation, as JSON text.
pub(crate) type Answer = Result<String, Refusal>;

/// `value` as the answer of an operation.
pub(crate) fn answer<T: Serialize + ?Sized>(value: &T) -> Answer {
    serde_json::to_string(value)
        .map_err(|error| Refusal::new(format!("the answer has no JSON form: {error}")))
}

/// Reads the body of a request.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        Refusal::with_status(StatusCode::UNPROCESSABLE_ENTITY, format!("invalid body: {error}"))
    })
}

fn respond(answer: Answer) -> Response {
    match answer {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// All routes of the protocol.
pub(crate) fn router(hub: Hub) -> Router {
    Router::new()
        .route("/status", get(|| async { "healthy" }))
        .route("/instances", post(instances::create).get(instances::list))
        .route("/instances/", post(instances::create).get(instances::list))
        .route("/instances/{id}", delete(instances::remove))
        .route("/instances/{id}/", delete(instances::remove))
        .route("/instances/{id}/auto_progress", get(operations::is_live).post(operations::go_live))
        .route("/instances/{id}/stop_progress", post(operations::stop_live))
        .route("/instances/{id}/_/topology", get(operations::topology))
        .route("/instances/{id}/api/{*path}", any(agent))
        .route("/instances/{id}/{kind}/{name}", any(operations::dispatch))
        .route("/http_gateway", post(gateways::create).get(gateways::list))
        .route("/http_gateway/{id}/stop", post(gateways::stop))
        .route("/blobstore", post(store_blob))
        .route("/blobstore/", post(store_blob))
        .route("/blobstore/{id}", get(fetch_blob))
        .route("/verify_signature", post(verify_signature))
        .fallback(|method: Method, uri: axum::http::Uri| async move {
            let message = format!("localnet has no endpoint {method} {uri}");
            Refusal::with_status(StatusCode::NOT_FOUND, message)
        })
        .layer(DefaultBodyLimit::disable())
        .with_state(hub)
}

async fn agent(
    State(hub): State<Hub>,
    Path((id, path)): Path<(usize, String)>,
    method: Method,
    body: Bytes,
) -> Response {
    match hub.instance(id) {
        Ok(handle) => crate::agent::serve(&handle, &method, &path, body).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Keeps a blob and answers its id in hexadecimal.
async fn store_blob(State(hub): State<Hub>, headers: HeaderMap, body: Bytes) -> Response {
    let encoding = headers.get(header::CONTENT_ENCODING).map(axum::http::HeaderValue::as_bytes);
    let gzip = match encoding {
        None | Some(b"identity") => false,
        Some(b"gzip") => true,
        Some(_) => {
            return Refusal::new("blobs are encoded with gzip or not at all").into_response();
        }
    };
    hex::encode(hub.store_blob(Blob { bytes: body, gzip })).into_response()
}

/// A blob as it was uploaded.
async fn fetch_blob(State(hub): State<Hub>, Path(id): Path<String>) -> Response {
    let Some(blob) = hex::decode(&id).ok().and_then(|id| hub.blob(&id)) else {
        let message = format!("there is no blob {id:.80}");
        return Refusal::with_status(StatusCode::NOT_FOUND, message).into_response();
    };
    let encoding = if blob.gzip { "gzip" } else { "identity" };
    ([(header::CONTENT_ENCODING, encoding)], blob.bytes).into_response()
}

async fn verify_signature(body: Bytes) -> Response {
    let verified = parse::<RawVerifyCanisterSigArg>(&body).and_then(|arg| {
        let RawVerifyCanisterSigArg { msg, sig, pubkey, root_pubkey } = arg;
        answer(&crate::agent::verify_canister_signature(&pubkey, &msg, &sig, &root_pubkey))
    });
    respond(verified)
}
