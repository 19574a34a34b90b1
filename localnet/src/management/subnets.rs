//! What the management canister tells about subnets.

use candid::{Nat, Principal};
use ic_management_canister_types as mg;
use pocket_ic::{ErrorCode, RejectResponse};

use super::{Request, reply};
use crate::{
    certification::node_id,
    instance::VERSION,
    network::{Network, canister::Canister, pool::Payload, rejects::reject},
};

/// There is one version of everything the registry would hold.
const REGISTRY_VERSION: u64 = 1;

impl Network {
    fn check_subnet(&self, id: Principal) -> Result<(), RejectResponse> {
        if self.topology().subnet(id).is_some() {
            return Ok(());
        }
        Err(reject(ErrorCode::SubnetNotFound, format!("Subnet {id} not found")))
    }

    pub(super) fn subnet_info(&mut self, request: &mut Request) -> Payload {
        let args: mg::SubnetInfoArgs = request.decode()?;
        self.check_subnet(args.subnet_id)?;
        let replica_version = VERSION.to_owned();
        reply((mg::SubnetInfoResult { replica_version, registry_version: REGISTRY_VERSION },))
    }

    /// All blocks are the first node's: there is no other.
    pub(super) fn node_metrics_history(&mut self, request: &mut Request) -> Payload {
        let args: mg::NodeMetricsHistoryArgs = request.decode()?;
        self.check_subnet(args.subnet_id)?;
        let node_id = node_id(args.subnet_id, 0);
        let history: mg::NodeMetricsHistoryResult = self
            .blocks
            .since(args.start_at_timestamp_nanos)
            .map(|sample| mg::NodeMetricsHistoryRecord {
                timestamp_nanos: sample.time_ns,
                node_metrics: vec![mg::NodeMetrics {
                    node_id,
                    num_blocks_proposed_total: sample.blocks,
                    num_block_failures_total: 0,
                }],
            })
            .collect();
        reply((history,))
    }

    pub(super) fn subnet_metrics(&mut self, request: &mut Request) -> Payload {
        let args: mg::SubnetMetricsArgs = request.decode()?;
        self.check_subnet(args.subnet_id)?;
        let there = || self.canisters.values().filter(|known| known.subnet == args.subnet_id);
        let counters = self.counters.get(&args.subnet_id).copied().unwrap_or_default();
        let consumed: u128 = there().map(|known| known.consumed.total()).sum();
        reply((mg::SubnetMetricsResult {
            block_height: Nat::from(self.blocks.count + 1),
            num_canisters: Nat::from(there().count()),
            canister_state_bytes: Nat::from(there().map(Canister::memory_bytes).sum::<u64>()),
            consumed_cycles_total: Nat::from(consumed + counters.consumed_by_deleted),
            update_transactions_total: Nat::from(counters.messages),
            million_round_instructions_total: Nat::from(counters.million_instructions),
        },))
    }
}
