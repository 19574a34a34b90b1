//! What the state tree of a subnet holds, read from the network.

use std::{collections::BTreeMap, sync::Arc};

use super::{cbor, keys::SubnetKeys, tree::StateTree};
use crate::network::{Network, Subnet, SubnetKind};
use candid::Principal;
use ciborium::Value;

/// The certified view of custom sections, by module hash: sections are large and change only with
/// the module.
pub(super) type MetadataCache = BTreeMap<[u8; 32], Arc<StateTree>>;

/// The whole state tree of `own`, which signs with `keys`; `requests` is its part on requests.
pub(super) fn subnet_state(
    network: &Network,
    own: &Subnet,
    keys: &SubnetKeys,
    requests: StateTree,
    metadata: &mut MetadataCache,
) -> StateTree {
    StateTree::branch([
        ("api_boundary_nodes", StateTree::branch::<Vec<u8>, StateTree>([])),
        ("canister", canisters(network, own, metadata)),
        ("canister_ranges", canister_ranges(network)),
        ("request_status", requests),
        ("subnet", subnets(network, Some((own.id, keys)))),
        ("time", time(network)),
    ])
}

/// The part of the root subnet's state that delegations certify.
pub(super) fn delegation_state(network: &Network) -> StateTree {
    StateTree::branch([
        ("canister_ranges", canister_ranges(network)),
        ("subnet", subnets(network, None)),
        ("time", time(network)),
    ])
}

fn time(network: &Network) -> StateTree {
    StateTree::leaf(cbor::leb128(network.certificate_time_ns()))
}

fn encoded_ranges(subnet: &Subnet) -> StateTree {
    let ranges: Vec<_> = subnet.ranges.iter().map(|range| (range.start, range.end)).collect();
    StateTree::leaf(cbor::encode(&ranges))
}

/// `/canister_ranges/<subnet>/<first id>`, one shard per subnet.
fn canister_ranges(network: &Network) -> StateTree {
    StateTree::branch(network.topology().subnets().iter().map(|subnet| {
        let shard =
            subnet.ranges.first().map(|first| (first.start.as_slice(), encoded_ranges(subnet)));
        (subnet.id.as_slice(), StateTree::branch(shard))
    }))
}

/// `/subnet/<id>`: keys, kind and ranges of every subnet; node keys and figures of `own` only.
fn subnets(network: &Network, own: Option<(Principal, &SubnetKeys)>) -> StateTree {
    StateTree::branch(network.topology().subnets().iter().map(|subnet| {
        let mut fields = vec![
            ("public_key", StateTree::leaf(subnet.public_key_der.clone())),
            ("type", StateTree::leaf(kind_name(subnet.kind))),
            ("canister_ranges", encoded_ranges(subnet)),
        ];
        if let Some((_, keys)) = own.filter(|(id, _)| *id == subnet.id) {
            fields.push(("node", nodes(keys)));
            fields.extend(metrics(network, subnet.id).map(|leaf| ("metrics", leaf)));
        }
        (subnet.id.as_slice(), StateTree::branch(fields))
    }))
}

/// `/subnet/<id>/metrics`: a map by number; cycles are two halves of 64 bits.
fn metrics(network: &Network, subnet: Principal) -> Option<StateTree> {
    let metrics = network.subnet_figures(subnet)?;
    let number = |number: u64| Value::Integer(number.into());
    let map = |values: Vec<Value>| {
        Value::Map((0..).zip(values).map(|(key, value)| (number(key), value)).collect())
    };
    let low = u64::try_from(metrics.consumed_cycles & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    let high = u64::try_from(metrics.consumed_cycles >> 64).unwrap_or(u64::MAX);
    let cycles = map(if high == 0 { vec![number(low)] } else { vec![number(low), number(high)] });
    let all = vec![
        number(metrics.canisters),
        number(metrics.state_bytes),
        cycles,
        number(metrics.transactions),
    ];
    Some(StateTree::leaf(cbor::encode(&map(all))))
}

fn nodes(keys: &SubnetKeys) -> StateTree {
    StateTree::branch(keys.nodes.iter().map(|node| {
        let key = StateTree::leaf(node.der());
        (node.id().as_slice().to_vec(), StateTree::branch([("public_key", key)]))
    }))
}

fn kind_name(kind: SubnetKind) -> &'static str {
    match kind {
        SubnetKind::Application
        | SubnetKind::Fiduciary
        | SubnetKind::SNS
        | SubnetKind::TestThresholdKeys => "application",
        SubnetKind::VerifiedApplication => "verified_application",
        SubnetKind::CloudEngine => "cloud_engine",
        SubnetKind::NNS | SubnetKind::II | SubnetKind::Bitcoin | SubnetKind::System => "system",
    }
}

fn canisters(network: &Network, own: &Subnet, cache: &mut MetadataCache) -> StateTree {
    let ids = network.canister_ids().into_iter().filter(|id| own.contains(*id));
    let mut trees = Vec::new();
    for id in ids {
        let controllers = network.controllers(id).unwrap_or_default();
        let mut fields =
            vec![("controllers", Arc::new(StateTree::leaf(cbor::encode(controllers))))];
        if let Some(hash) = network.module_hash(id) {
            let certified = network.certified_data(id).unwrap_or_default();
            fields.push(("certified_data", Arc::new(StateTree::leaf(certified))));
            fields.push(("module_hash", Arc::new(StateTree::leaf(hash))));
            let metadata = cache.entry(hash).or_insert_with(|| Arc::new(metadata(network, id)));
            fields.push(("metadata", Arc::clone(metadata)));
        }
        trees.push((id.as_slice().to_vec(), StateTree::branch(fields)));
    }
    StateTree::branch(trees)
}

fn metadata(network: &Network, canister: Principal) -> StateTree {
    StateTree::branch(network.metadata_names(canister).into_iter().filter_map(|name| {
        let (_, content) = network.metadata(canister, &name)?;
        Some((name.into_bytes(), StateTree::leaf(content)))
    }))
}
