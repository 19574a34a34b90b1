//! Requests within bounds: how large a body may be, how long it may take to come, and how many
//! large ones are held at once. A handler behind this finds a body that is there as a whole.

use std::{future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, HttpBody as _},
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
};
use tokio::sync::Semaphore;

/// Bytes of a body from agents and browsers. Messages have at most 2 MiB and some more around them.
const PUBLIC_MAX: usize = 5 * 1024 * 1024;
/// Bytes of a body from test clients, who upload whole memories.
pub(crate) const CONTROL_MAX: usize = 2 * 1024 * 1024 * 1024;
/// Bodies up to this size are read without waiting for room.
const SMALL_MAX: usize = 64 * 1024;
/// Larger bodies held at once.
const LARGE_AT_ONCE: usize = 64;
/// Time a whole body may take.
const BODY_TIME: Duration = Duration::from_mins(1);

/// Who asks, by the path.
fn limit_of(path: &str) -> usize {
    const CONTROL: [&str; 4] = ["/instances", "/blobstore", "/http_gateway", "/verify_signature"];
    let of_agents = path.starts_with("/instances/") && path.contains("/api/");
    if !of_agents && CONTROL.iter().any(|start| path.starts_with(start)) {
        CONTROL_MAX
    } else {
        PUBLIC_MAX
    }
}

/// The router behind these bounds; only where it serves test clients are their paths special.
pub(crate) fn bounded(router: Router, serves_clients: bool) -> Router {
    let room = Arc::new(Semaphore::new(LARGE_AT_ONCE));
    router.layer(from_fn(move |request: Request, next: Next| {
        let limit = if serves_clients { limit_of(request.uri().path()) } else { PUBLIC_MAX };
        let room = Arc::clone(&room);
        async move {
            let (parts, body) = request.into_parts();
            match tokio::time::timeout(BODY_TIME, whole(body, limit, &room)).await {
                Ok(Ok(body)) => next.run(Request::from_parts(parts, body)).await,
                Ok(Err(refusal)) => refusal,
                Err(_) => refusal(
                    StatusCode::REQUEST_TIMEOUT,
                    &format!("the body did not come within {} seconds", BODY_TIME.as_secs()),
                ),
            }
        }
    }))
}

fn refusal(status: StatusCode, reason: &str) -> Response {
    (status, axum::Json(serde_json::json!({ "message": reason }))).into_response()
}

/// Reads a body to its end.
async fn whole(mut body: Body, limit: usize, room: &Semaphore) -> Result<Body, Response> {
    let too_large = || {
        let reason = format!("the body has more than {limit} bytes");
        refusal(StatusCode::PAYLOAD_TOO_LARGE, &reason)
    };
    let announced = body.size_hint();
    if announced.lower() > limit as u64 {
        return Err(too_large());
    }
    let is_small = announced.upper().is_some_and(|upper| upper <= SMALL_MAX as u64);
    // The semaphore is never closed, so there is room sooner or later, or the time is over.
    let _room = if is_small { None } else { room.acquire().await.ok() };
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|why| {
            refusal(StatusCode::BAD_REQUEST, &format!("the body breaks off: {why}"))
        })?;
        // Trailers say nothing here.
        let Ok(data) = frame.into_data() else { continue };
        if data.len() > limit - bytes.len() {
            return Err(too_large());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Body::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_clients_may_send_more_than_agents() {
        for path in ["/blobstore", "/instances/0/update/set_stable_memory", "/instances"] {
            assert_eq!(limit_of(path), CONTROL_MAX, "{path}");
        }
        for path in ["/api/v2/status", "/instances/0/api/v3/canister/x/query", "/page", "/"] {
            assert_eq!(limit_of(path), PUBLIC_MAX, "{path}");
        }
    }

    #[tokio::test]
    async fn a_body_is_whole_or_refused() {
        let room = Semaphore::new(1);
        let read = async |size: usize| {
            let body = whole(Body::from(vec![1; size]), 1_000_000, &room).await;
            body.map_err(|response| response.status())
        };
        let body = read(1_000_000).await.expect("as large as it may be");
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("whole");
        assert_eq!(bytes.len(), 1_000_000);
        assert_eq!(read(1_000_001).await.err(), Some(StatusCode::PAYLOAD_TOO_LARGE));
        assert!(read(0).await.is_ok());
        assert_eq!(room.available_permits(), 1, "room is given back");
    }
}
