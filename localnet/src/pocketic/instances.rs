//! Creating, listing and deleting instances.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use pocket_ic::common::rest::{
    CanisterCyclesCostSchedule, CanisterIdRange, CreateInstanceResponse, HttpGatewayBackend,
    HttpGatewayConfig, HttpGatewayInfo, InstanceConfig, SubnetConfig, SubnetInstructionConfig,
    Topology,
};
use sha2::{Digest, Sha256};

use super::{Hub, answer, config::instance_spec, gateways, parse, respond};
use crate::network::{Network, Subnet};

pub(super) async fn create(State(hub): State<Hub>, body: Bytes) -> Response {
    match create_instance(&hub, &body).await {
        Ok(created) => (StatusCode::CREATED, Json(created)).into_response(),
        Err(message) => {
            let error = CreateInstanceResponse::Error { message };
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
    }
}

async fn create_instance(hub: &Hub, body: &[u8]) -> Result<CreateInstanceResponse, String> {
    let config: InstanceConfig = parse(body).map_err(|refusal| refusal.message)?;
    let spec = instance_spec(&config)?;
    let (instance_id, handle) = hub.create_instance(spec).await?;
    let topology = handle.run(|instance| topology(&instance.network)).await;
    let topology = topology.map_err(|error| error.to_string())?;
    let http_gateway_info = match config.http_gateway_config {
        None => None,
        Some(wanted) => Some(
            open_gateway(hub, instance_id, wanted)
                .await
                .inspect_err(|_| drop(hub.take_instance(instance_id)))?,
        ),
    };
    Ok(CreateInstanceResponse::Created { instance_id, topology, http_gateway_info })
}

async fn open_gateway(
    hub: &Hub,
    instance_id: usize,
    wanted: pocket_ic::common::rest::InstanceHttpGatewayConfig,
) -> Result<HttpGatewayInfo, String> {
    let config = HttpGatewayConfig {
        ip_addr: wanted.ip_addr,
        port: wanted.port,
        forward_to: HttpGatewayBackend::PocketIcInstance(instance_id),
        domains: wanted.domains,
        https_config: wanted.https_config,
        domain_custom_provider_local_file: wanted.domain_custom_provider_local_file,
    };
    gateways::open(hub, config).await
}

pub(super) async fn list(State(hub): State<Hub>) -> Response {
    let state = |exists: bool| if exists { "Available" } else { "Deleted" };
    respond(answer(&hub.instances().into_iter().map(state).collect::<Vec<_>>()))
}

pub(super) async fn remove(State(hub): State<Hub>, Path(id): Path<usize>) -> Response {
    let handle = match hub.take_instance(id) {
        Ok(handle) => handle,
        Err(refusal) => return refusal.into_response(),
    };
    match handle.stop().await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(message) => super::Refusal::new(message).into_response(),
    }
}

/// The subnets as clients see them.
pub(crate) fn topology(network: &Network) -> Topology {
    let topology = network.topology();
    Topology {
        subnet_configs: topology
            .subnets()
            .iter()
            .map(|s| (s.id, subnet_config(network, s)))
            .collect(),
        default_effective_canister_id: topology.default_effective_canister_id().into(),
    }
}

fn subnet_config(network: &Network, subnet: &Subnet) -> SubnetConfig {
    let range = |range: &crate::network::CanisterRange| CanisterIdRange {
        start: range.start.into(),
        end: range.end.into(),
    };
    SubnetConfig {
        subnet_kind: subnet.kind,
        subnet_admins: None,
        cost_schedule: CanisterCyclesCostSchedule::Normal,
        subnet_seed: Sha256::digest(subnet.id.as_slice()).into(),
        instruction_config: if network.benchmarks(subnet.id) {
            SubnetInstructionConfig::Benchmarking
        } else {
            SubnetInstructionConfig::Production
        },
        canister_ranges: subnet.ranges.iter().map(range).collect(),
    }
}
