//! Ports that serve one instance to agents and browsers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use pocket_ic::common::rest::{
    CreateHttpGatewayResponse, HttpGatewayBackend, HttpGatewayConfig, HttpGatewayDetails,
    HttpGatewayInfo,
};
use tokio::{net::TcpListener, sync::watch};

use super::{Hub, Refusal, answer, parse, respond};
use crate::{
    activity::tracked,
    bounds::bounded,
    gateway,
    listen::{self, HEADER_TIME},
};

pub(super) async fn create(State(hub): State<Hub>, body: Bytes) -> Response {
    let opened = match parse(&body) {
        Ok(config) => open(&hub, config).await,
        Err(refusal) => Err(refusal.message),
    };
    match opened {
        Ok(info) => {
            (StatusCode::CREATED, Json(CreateHttpGatewayResponse::Created(info))).into_response()
        }
        Err(message) => {
            let error = CreateHttpGatewayResponse::Error { message };
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
    }
}

/// Opens a port as asked.
pub(super) async fn open(hub: &Hub, config: HttpGatewayConfig) -> Result<HttpGatewayInfo, String> {
    let missing = |what: &str| format!("localnet does not support {what} of an HTTP gateway yet");
    let HttpGatewayBackend::PocketIcInstance(instance) = config.forward_to else {
        return Err(missing("forwarding to another replica"));
    };
    if config.https_config.is_some() {
        return Err(missing("https_config"));
    }
    if config.domain_custom_provider_local_file.is_some() {
        return Err(missing("domain_custom_provider_local_file"));
    }
    let handle = hub.instance(instance).map_err(|refusal| refusal.message)?;
    let ip = match &config.ip_addr {
        None => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(text) => text.parse().map_err(|_| format!("`{text}` is not an IP address"))?,
    };
    let address = SocketAddr::new(ip, config.port.unwrap_or(0));
    let failed = |error: std::io::Error| format!("Failed to bind to address {address}: {error}");
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let router = gateway::router(handle, config.domains.clone().unwrap_or_default(), None);
    let router = tracked(bounded(router, false), hub.activity());
    // A gateway is stopped by dropping the sender.
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(listen::serve(listener, router, stopped, HEADER_TIME));
    let details = HttpGatewayDetails {
        instance_id: 0,
        port,
        forward_to: config.forward_to,
        domains: config.domains,
        https_config: None,
    };
    Ok(HttpGatewayInfo { instance_id: hub.add_gateway(details, stop), port })
}

pub(super) async fn list(State(hub): State<Hub>) -> Response {
    respond(answer(&hub.gateways()))
}

pub(super) async fn stop(State(hub): State<Hub>, Path(id): Path<usize>) -> Response {
    if !hub.close_gateway(id) {
        let message = format!("HTTP gateway {id} does not exist");
        return Refusal::with_status(StatusCode::NOT_FOUND, message).into_response();
    }
    respond(answer(&()))
}
