//! Operations on one instance: the table of their names, and those on time, cycles and state.

use std::{io::Read, time::Duration};

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use candid::Principal;
use pocket_ic::common::rest::{
    AutoProgressConfig, RawAddCycles, RawCanisterId, RawCycles, RawPrincipalId, RawSetStableMemory,
    RawStableMemory, RawSubnetId, RawTickConfigs, RawTime,
};

use super::{
    Answer, Blob, Hub, Refusal, answer, faults, instances,
    messages::{self, principal},
    parse, respond, snapshots,
};
use crate::{bounds::CONTROL_MAX, instance::Instance};

pub(super) async fn dispatch(
    State(hub): State<Hub>,
    Path((id, kind, name)): Path<(usize, String, String)>,
    body: Bytes,
) -> Response {
    respond(on_instance(&hub.clone(), id, move |i| operate(i, &hub, &kind, &name, &body)).await)
}

/// Runs an operation on the thread of the instance.
async fn on_instance(
    hub: &Hub,
    id: usize,
    operation: impl FnOnce(&mut Instance) -> Answer + Send + 'static,
) -> Answer {
    let handle = hub.instance(id)?;
    let gone = |error: crate::instance::InstanceGone| {
        Refusal::with_status(StatusCode::NOT_FOUND, format!("Instance {id}: {error}"))
    };
    handle.run(operation).await.map_err(gone)?
}

fn operate(instance: &mut Instance, hub: &Hub, kind: &str, name: &str, body: &[u8]) -> Answer {
    match (kind, name) {
        ("update", "submit_ingress_message") => messages::submit(instance, body),
        ("update", "await_ingress_message") => messages::wait(instance, body),
        ("read", "ingress_status") => messages::status(instance, body),
        ("read", "query") => messages::query(instance, body),
        ("read", "get_canister_http") => messages::http_requests(instance),
        ("update", "mock_canister_http") => messages::mock_http_response(instance, body),
        ("update", "tick") => tick(instance, body),
        ("read", "get_time") => answer(&RawTime { nanos_since_epoch: instance.network.time_ns() }),
        ("update", "set_time") => {
            let time: RawTime = parse(body)?;
            instance.network.set_time(time.nanos_since_epoch).map_err(Refusal::new)?;
            answer(&())
        }
        ("update", "set_certified_time") => {
            let time: RawTime = parse(body)?;
            instance.network.set_certified_time(time.nanos_since_epoch).map_err(Refusal::new)?;
            answer(&())
        }
        ("read", "get_cycles") => get_cycles(instance, body),
        ("update", "add_cycles") => add_cycles(instance, body),
        ("read", "get_stable_memory") => get_stable_memory(instance, body),
        ("update", "set_stable_memory") => set_stable_memory(instance, hub, body),
        ("read", "get_controllers") => get_controllers(instance, body),
        ("read", "get_subnet") => get_subnet(instance, body),
        ("read", "pub_key") => public_key(instance, body),
        ("sim", _) => faults::operate(instance, name, body),
        ("read", "topology") => answer(&instances::topology(&instance.network)),
        ("update", "canister_snapshot_download") => snapshots::download(instance, body),
        ("update", "canister_snapshot_upload") => snapshots::upload(instance, body),
        ("update", "delete_subnet" | "mock_flexible_canister_http") => Err(Refusal::missing(name)),
        _ => Err(Refusal::with_status(
            StatusCode::NOT_FOUND,
            format!("localnet has no operation {kind}/{name}"),
        )),
    }
}

pub(super) async fn topology(State(hub): State<Hub>, Path(id): Path<usize>) -> Response {
    let read = |instance: &mut Instance| answer(&instances::topology(&instance.network));
    respond(on_instance(&hub, id, read).await)
}

pub(super) async fn is_live(State(hub): State<Hub>, Path(id): Path<usize>) -> Response {
    respond(on_instance(&hub, id, |instance| answer(&instance.is_live())).await)
}

pub(super) async fn go_live(
    State(hub): State<Hub>,
    Path(id): Path<usize>,
    body: Bytes,
) -> Response {
    let start = move |instance: &mut Instance| {
        let config: AutoProgressConfig = parse(&body)?;
        let delay = Duration::from_millis(config.artificial_delay_ms.unwrap_or(0));
        instance.start_live(delay).map_err(Refusal::new)?;
        answer(&())
    };
    respond(on_instance(&hub, id, start).await)
}

pub(super) async fn stop_live(State(hub): State<Hub>, Path(id): Path<usize>) -> Response {
    let stop = |instance: &mut Instance| {
        instance.stop_live();
        answer(&())
    };
    respond(on_instance(&hub, id, stop).await)
}

fn tick(instance: &mut Instance, body: &[u8]) -> Answer {
    let config: RawTickConfigs = parse(body)?;
    // Who makes a block shows in nothing that localnet tells; a wrong subnet is a mistake.
    for makers in config.blockmakers.into_iter().flatten() {
        let subnet = principal(&makers.subnet.subnet_id)?;
        if instance.network.topology().subnet(subnet).is_none() {
            return Err(Refusal::new(format!("SubnetNotFound({subnet})")));
        }
        for node in std::iter::once(&makers.blockmaker).chain(&makers.failed_blockmakers) {
            principal(&node.node_id)?;
        }
    }
    instance.network.tick();
    answer(&())
}

fn canister(id: &[u8]) -> Result<Principal, Refusal> {
    principal(id)
}

fn not_found(canister: Principal) -> Refusal {
    Refusal::new(format!("CanisterNotFound(CanisterId({canister}))"))
}

fn get_cycles(instance: &Instance, body: &[u8]) -> Answer {
    let id = canister(&parse::<RawCanisterId>(body)?.canister_id)?;
    let cycles = instance.network.cycles(id).ok_or_else(|| not_found(id))?;
    answer(&RawCycles { cycles })
}

fn add_cycles(instance: &mut Instance, body: &[u8]) -> Answer {
    let args: RawAddCycles = parse(body)?;
    let id = canister(&args.canister_id)?;
    let cycles = instance.network.add_cycles(id, args.amount).ok_or_else(|| not_found(id))?;
    answer(&RawCycles { cycles })
}

fn get_controllers(instance: &Instance, body: &[u8]) -> Answer {
    let id = canister(&parse::<RawCanisterId>(body)?.canister_id)?;
    let controllers = instance.network.controllers(id).ok_or_else(|| not_found(id))?;
    answer(&controllers.iter().map(|id| RawPrincipalId::from(*id)).collect::<Vec<_>>())
}

fn get_subnet(instance: &Instance, body: &[u8]) -> Answer {
    let id = canister(&parse::<RawCanisterId>(body)?.canister_id)?;
    let subnet = instance.network.canister_exists(id).then(|| instance.network.subnet_of(id));
    answer(&subnet.flatten().map(RawSubnetId::from))
}

fn public_key(instance: &Instance, body: &[u8]) -> Answer {
    let id = principal(&parse::<RawSubnetId>(body)?.subnet_id)?;
    let subnet = instance.network.topology().subnet(id);
    let subnet = subnet.ok_or_else(|| Refusal::new(format!("SubnetNotFound({id})")))?;
    answer(&subnet.public_key_der)
}

fn get_stable_memory(instance: &Instance, body: &[u8]) -> Answer {
    let id = canister(&parse::<RawCanisterId>(body)?.canister_id)?;
    let blob = instance.network.stable_memory(id);
    answer(&RawStableMemory { blob: blob.map_err(|reject| Refusal::new(reject.reject_message))? })
}

fn set_stable_memory(instance: &mut Instance, hub: &Hub, body: &[u8]) -> Answer {
    let args: RawSetStableMemory = parse(body)?;
    let id = canister(&args.canister_id)?;
    let blob = hub
        .blob(&args.blob_id.0)
        .ok_or_else(|| Refusal::new(format!("BlobNotFound({})", args.blob_id)))?;
    let bytes = decompress(&blob)?;
    let set = instance.network.set_stable_memory(id, &bytes);
    set.map_err(|reject| Refusal::new(reject.reject_message))?;
    answer(&())
}

fn decompress(blob: &Blob) -> Result<Vec<u8>, Refusal> {
    if !blob.gzip {
        return Ok(blob.bytes.to_vec());
    }
    let mut bytes = Vec::new();
    let most = CONTROL_MAX as u64 + 1;
    flate2::read::GzDecoder::new(&blob.bytes[..])
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| Refusal::new(format!("the blob is not gzip: {error}")))?;
    if bytes.len() > CONTROL_MAX {
        return Err(Refusal::new(format!("the blob unpacks to more than {CONTROL_MAX} bytes")));
    }
    Ok(bytes)
}
