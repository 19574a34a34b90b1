//! What the management canister tells about a canister: status, history, metadata, logs.

use candid::{Nat, Principal};
use ic_management_canister_types as mg;
use pocket_ic::{ErrorCode, RejectResponse};

use super::{Request, decode, reply};
use crate::network::{
    Network, Visibility,
    canister::{Canister, Status},
    logs::LogRecord,
    pool::Payload,
    rejects::{self, reject},
};

impl Network {
    fn known(&self, id: Principal) -> Result<&Canister, RejectResponse> {
        self.canisters.get(&id).ok_or_else(|| rejects::canister_not_found(id))
    }

    pub(super) fn canister_status(&self, sender: Principal, arg: &[u8]) -> Payload {
        let id = decode::<mg::CanisterStatusArgs>(arg)?.canister_id;
        let canister = self.known(id)?;
        let seen = match &canister.settings.status_visibility {
            mg::StatusVisibility::Public => true,
            mg::StatusVisibility::Controllers => false,
            mg::StatusVisibility::AllowedViewers(viewers) => viewers.contains(&sender),
        };
        if !seen && sender != id && !canister.settings.is_controller(sender) {
            return Err(self.controllers_only(id, sender));
        }
        let stats = canister.query_stats;
        reply((mg::CanisterStatusResult {
            status: match canister.status {
                Status::Running => mg::CanisterStatusType::Running,
                Status::Stopping { .. } => mg::CanisterStatusType::Stopping,
                Status::Stopped => mg::CanisterStatusType::Stopped,
            },
            ready_for_migration: matches!(canister.status, Status::Stopped),
            version: canister.version,
            settings: canister.settings.definite(),
            module_hash: canister.installed.as_ref().map(|code| code.module().hash().to_vec()),
            memory_size: Nat::from(canister.memory_bytes()),
            memory_metrics: memory_metrics(canister),
            cycles: Nat::from(canister.balance),
            reserved_cycles: Nat::from(canister.reserved),
            idle_cycles_burned_per_day: Nat::from(self.idle_per_day(id)),
            query_stats: mg::QueryStats {
                num_calls_total: Nat::from(stats.calls),
                num_instructions_total: Nat::from(stats.instructions),
                request_payload_bytes_total: Nat::from(stats.request_bytes),
                response_payload_bytes_total: Nat::from(stats.response_bytes),
            },
        },))
    }

    pub(super) fn canister_metrics(&self, sender: Principal, arg: &[u8]) -> Payload {
        let id = decode::<mg::CanisterMetricsArgs>(arg)?.canister_id;
        let canister = self.known(id)?;
        if !canister.settings.is_controller(sender) {
            return Err(self.controllers_only(id, sender));
        }
        reply((mg::CanisterMetricsResult { cycles_consumed: canister.consumed.reported() },))
    }

    pub(super) fn canister_info(&mut self, request: &mut Request) -> Payload {
        let args: mg::CanisterInfoArgs = request.decode()?;
        let canister = self.known(args.canister_id)?;
        reply((mg::CanisterInfoResult {
            total_num_changes: canister.history.total(),
            recent_changes: canister.history.recent(args.num_requested_changes.unwrap_or(0)),
            module_hash: canister.installed.as_ref().map(|code| code.module().hash().to_vec()),
            controllers: canister.settings.controllers.clone(),
        },))
    }

    pub(super) fn canister_metadata(&mut self, request: &mut Request) -> Payload {
        let args: mg::CanisterMetadataArgs = request.decode()?;
        let id = args.canister_id;
        let canister = self.known(id)?;
        let missing = || {
            reject(
                ErrorCode::CanisterRejectedMessage,
                format!("Canister {id} has no metadata section '{}'", args.name),
            )
        };
        match self.metadata(id, &args.name) {
            None => Err(missing()),
            Some((Visibility::Private, _)) if !canister.settings.is_controller(request.sender) => {
                Err(self.controllers_only(id, request.sender))
            }
            Some((_, value)) => reply((mg::CanisterMetadataResult { value },)),
        }
    }

    pub(super) fn fetch_canister_logs(&self, sender: Principal, arg: &[u8]) -> Payload {
        let args: mg::FetchCanisterLogsArgs = decode(arg)?;
        let canister = self.known(args.canister_id)?;
        let seen = match &canister.settings.log_visibility {
            mg::LogVisibility::Public => true,
            mg::LogVisibility::Controllers => false,
            mg::LogVisibility::AllowedViewers(viewers) => viewers.contains(&sender),
        };
        if !seen && !canister.settings.is_controller(sender) {
            return Err(rejects::access_denied("read the logs", args.canister_id, sender));
        }
        let wanted = |record: &LogRecord| match &args.filter {
            None => true,
            Some(mg::CanisterLogFilter::ByIdx { start, end }) => {
                (*start..*end).contains(&record.idx)
            }
            Some(mg::CanisterLogFilter::ByTimestampNanos { start, end }) => {
                (*start..*end).contains(&record.timestamp_ns)
            }
        };
        let canister_log_records = canister
            .logs
            .records()
            .filter(|record| wanted(record))
            .map(|record| mg::CanisterLogRecord {
                idx: record.idx,
                timestamp_nanos: record.timestamp_ns,
                content: record.content.clone(),
            })
            .collect();
        reply((mg::FetchCanisterLogsResult { canister_log_records },))
    }
}

fn memory_metrics(canister: &Canister) -> mg::MemoryMetrics {
    mg::MemoryMetrics {
        wasm_memory_size: Nat::from(canister.heap_bytes()),
        stable_memory_size: Nat::from(canister.stable_bytes()),
        // Globals are part of the heap figure.
        global_memory_size: Nat::from(0u8),
        wasm_binary_size: Nat::from(canister.wasm_bytes()),
        custom_sections_size: Nat::from(canister.custom_section_bytes()),
        canister_history_size: Nat::from(canister.history.bytes()),
        wasm_chunk_store_size: Nat::from(canister.chunk_bytes()),
        snapshots_size: Nat::from(canister.snapshot_bytes()),
        log_memory_store_size: Nat::from(canister.log_bytes()),
    }
}
