//! Any canister as one principal sees it: calls by name, and the methods every canister has.

#![expect(missing_docs, reason = "each function has the name and the arguments of a method")]

use candid::{CandidType, Deserialize, Principal};
use granary_api::{common as c, http};
use pocket_ic::RejectResponse;

use crate::{
    reply::{Answer, plain, typed},
    world::{World, encode},
};

/// The Candid bytes of no arguments.
pub(crate) const NOTHING: &[u8] = b"DIDL\0\0";

/// A canister as one principal sees it.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'w> {
    world: &'w World,
    /// Who calls.
    pub caller: Principal,
}

/// Calls by name.
impl<'w> Caller<'w> {
    pub(crate) fn new(world: &'w World, caller: Principal) -> Self {
        Self { world, caller }
    }

    /// Calls an update method with these bytes.
    pub fn raw_update(&self, method: &str, bytes: Vec<u8>) -> Result<Vec<u8>, RejectResponse> {
        self.world.network().update_call(self.world.canister, self.caller, method, bytes)
    }

    /// Calls a query method with these bytes.
    pub fn raw_query(&self, method: &str, bytes: Vec<u8>) -> Result<Vec<u8>, RejectResponse> {
        self.world.network().query_call(self.world.canister, self.caller, method, bytes)
    }

    /// Calls an update method that answers with a result.
    pub fn update<R>(&self, method: &str, args: &impl CandidType) -> Answer<R>
    where
        R: CandidType + for<'de> Deserialize<'de>,
    {
        typed(self.raw_update(method, encode(args)))
    }

    /// Calls an update method that answers with a receipt.
    pub fn receipt(&self, method: &str, args: &impl CandidType) -> Answer<c::Receipt> {
        self.update(method, args)
    }

    /// Calls a query method that answers with a result.
    pub fn query<R>(&self, method: &str, args: &impl CandidType) -> Answer<R>
    where
        R: CandidType + for<'de> Deserialize<'de>,
    {
        typed(self.raw_query(method, encode(args)))
    }

    /// Calls a query method without arguments that answers with a plain value.
    pub fn plain<R>(&self, method: &str) -> Answer<R>
    where
        R: CandidType + for<'de> Deserialize<'de>,
    {
        plain(self.raw_query(method, NOTHING.to_vec()))
    }

    /// Calls an update method without arguments that answers with a result.
    pub fn update_plain<R>(&self, method: &str) -> Answer<R>
    where
        R: CandidType + for<'de> Deserialize<'de>,
    {
        typed(self.raw_update(method, NOTHING.to_vec()))
    }
}

/// What every canister of the suite answers.
impl Caller<'_> {
    pub fn health_check(&self) -> Answer<c::Health> {
        self.plain("health_check")
    }
    pub fn get_system_health(&self) -> Answer<c::SystemHealth> {
        self.plain("get_system_health")
    }
    pub fn get_version(&self) -> Answer<c::Version> {
        self.plain("get_version")
    }
    pub fn get_upgrade_history(&self) -> Answer<Vec<c::UpgradeRecord>> {
        self.plain("get_upgrade_history")
    }
    pub fn get_migration_status(&self) -> Answer<c::MigrationStatus> {
        self.plain("get_migration_status")
    }
    pub fn get_drain_status(&self) -> Answer<c::DrainStatus> {
        self.plain("get_drain_status")
    }
    pub fn get_jobs_status(&self) -> Answer<c::JobsStatus> {
        self.plain("get_jobs_status")
    }
    pub fn get_certified_head(&self) -> Answer<c::CertifiedHead> {
        self.plain("get_certified_head")
    }
    pub fn icrc10_supported_standards(&self) -> Answer<Vec<c::SupportedStandard>> {
        self.plain("icrc10_supported_standards")
    }
    pub fn get_peers(&self) -> Answer<Vec<c::Peer>> {
        self.plain("get_peers")
    }
    pub fn get_events(&self, start: u64, length: u32) -> Answer<c::EventPage> {
        self.query("get_events", &c::GetEventsArgs { start, length })
    }
    pub fn get_logs(&self, args: c::GetLogsArgs) -> Answer<c::LogPage> {
        self.query("get_logs", &args)
    }
    pub fn validate_state(&self, args: &c::ValidateStateArgs) -> Answer<c::ValidationReport> {
        self.query("validate_state", args)
    }
    pub fn export_state(&self, args: &c::ExportStateArgs) -> Answer<c::StatePage> {
        self.query("export_state", args)
    }
    pub fn get_state_digest(&self, args: &c::GetStateDigestArgs) -> Answer<c::StateDigest> {
        self.query("get_state_digest", args)
    }
    pub fn import_state(&self, page: &c::StatePage) -> Answer<c::Receipt> {
        self.receipt("import_state", page)
    }
    pub fn prepare_upgrade(&self, epoch: u64, deadline_ns: u64) -> Answer<c::Receipt> {
        self.receipt("prepare_upgrade", &c::PrepareUpgradeArgs { epoch, deadline_ns })
    }
    pub fn resume(&self, epoch: u64, restored: bool) -> Answer<c::Receipt> {
        self.receipt("resume", &c::ResumeArgs { epoch, restored })
    }
    pub fn resume_jobs(&self) -> Answer<c::Receipt> {
        self.update_plain("resume_jobs")
    }
    pub fn set_mode(&self, mode: c::Mode, reason: &str) -> Answer<c::Receipt> {
        self.receipt("set_mode", &c::SetModeArgs { mode, reason: reason.to_owned() })
    }
    pub fn set_peer(&self, name: &str, canister: Option<Principal>) -> Answer<c::Receipt> {
        self.receipt("set_peer", &c::SetPeerArgs { name: name.to_owned(), canister })
    }
    pub fn check_dependencies(&self) -> Answer<c::DependencyReport> {
        self.update_plain("check_dependencies")
    }
    pub fn http_get(&self, url: &str) -> Answer<http::HttpResponse> {
        let request = http::HttpRequest {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: serde_bytes::ByteBuf::new(),
            certificate_version: Some(2),
        };
        plain(self.raw_query("http_request", encode(&request)))
    }
}
