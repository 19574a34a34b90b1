//! Methods every canister of the suite has.

use candid::candid_method;
use candid::utils::ArgumentDecoder;
use granary_api::{common as c, http, micro_grants as m};
use granary_env::suite::{methods, pages};
use granary_env::wire;
use granary_errors::Error;
use ic_cdk::{query, update};

use super::{small, text};
use crate::access::verb;
use crate::convert::{input, output, reply};
use crate::observe;
use crate::state::Here;

/// Pages of a backup, larger than people's texts in the number of their parts.
const BACKUP: wire::ArgumentLimits =
    wire::ArgumentLimits { max_bytes: 2_097_152, max_work: 20_000_000 };

fn backup<T>(bytes: Vec<u8>) -> T
where
    (T,): for<'a> ArgumentDecoder<'a>,
{
    wire::decode_or_trap::<(T,)>(&bytes, BACKUP).0
}

/// How the canister is, in one word, with the reasons. No figures that tell costs.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn health_check() -> c::Health {
    methods::health_check::<Here>()
}

/// How each part of the canister is. Cycles, memory and runway only for operators, auditors,
/// governors and controllers.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_system_health() -> c::SystemHealth {
    methods::get_system_health::<Here>()
}

/// Which code runs on which state.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_version() -> c::Version {
    methods::get_version::<Here>()
}

/// The eight figures of the canister; each equals a recomputation from the applications.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_canister_metrics() -> m::CanisterMetrics {
    observe::metrics()
}

/// The newest 100 upgrades that took effect, oldest first.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_upgrade_history() -> Vec<c::UpgradeRecord> {
    methods::get_upgrade_history::<Here>()
}

/// How far the running migration is; schema equals target when nothing runs.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_migration_status() -> c::MigrationStatus {
    methods::get_migration_status::<Here>()
}

/// Where the canister stands between running and drained.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_drain_status() -> c::DrainStatus {
    methods::get_drain_status::<Here>()
}

/// How many jobs wait, run, or failed for good.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_jobs_status() -> c::JobsStatus {
    methods::get_jobs_status::<Here>()
}

/// Length and head of the journal, with the subnet's certificate over the head.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_certified_head() -> c::CertifiedHead {
    methods::get_certified_head::<Here>(None)
}

/// The standards this canister speaks.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn icrc10_supported_standards() -> Vec<c::SupportedStandard> {
    methods::icrc10_supported_standards(&[])
}

/// Who holds which canister-wide role, under the name every canister of the suite has for it.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn list_roles() -> Vec<m::RoleGrant> {
    let grant = |(role, holder)| m::RoleGrant { role: output::role(role), holder };
    methods::roles::<Here>().into_iter().map(grant).collect()
}

/// The same as `list_roles`: the name of the first release.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_roles() -> Vec<m::RoleGrant> {
    list_roles()
}

/// Events of the journal from `start` on, as many as fit a page, with their stored bytes.
/// Who: everybody. A page beyond the end is empty.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_events(args: c::GetEventsArgs) -> Result<c::EventPage, Error> {
    methods::get_events::<Here>(args)
}

/// Log lines of at least a level, oldest first; the ring keeps the newest.
/// Who: operators, auditors, governors. Errors: common.not_allowed.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_logs(args: c::GetLogsArgs) -> Result<c::LogPage, Error> {
    methods::get_logs::<Here>(args)
}

/// Checks the stored state against its invariants, a piece at a time.
/// Who: auditors, governors. Errors: common.not_allowed, common.page.limit, common.page.cursor.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn validate_state(args: c::ValidateStateArgs) -> Result<c::ValidationReport, Error> {
    methods::validate_state::<Here>(&args)
}

/// A page of a logical backup: records of one domain in key order, with their digest.
/// Who: holders of Backup. Errors: common.not_allowed, micro_grants.export.domain,
/// common.page.cursor.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn export_state(args: c::ExportStateArgs) -> Result<c::StatePage, Error> {
    methods::export_state::<Here>(args)
}

/// Goes on with one hash over every record that export_state shows, but for the journal's: the same
/// before and after an upgrade that changes no schema, and on a copy. For callers that are
/// canisters too: their call is replicated, as an update is.
/// Who: auditors, governors, holders of Backup. Errors: common.not_allowed, common.page.cursor,
/// common.page.cursor_moved (something happened since), common.migration.running.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_state_digest(args: c::GetStateDigestArgs) -> Result<c::StateDigest, Error> {
    methods::get_state_digest::<Here>(&args)
}

/// Takes the next page of a backup into a canister that was installed for it. After the last page
/// of the last domain the canister runs.
/// Who: governors. Effect: the records of the page.
/// Errors: common.lifecycle.not_importing, common.import.order, common.import.format.
/// Repeating a page is refused: it is not the next one.
#[candid_method(update)]
#[update(hidden = true, decode_with = "backup", encode_with = "reply")]
fn import_state(args: c::StatePage) -> Result<c::Receipt, Error> {
    methods::import_state::<Here>(args)
}

/// Wakes a canister that lost its timers, after a restored snapshot for instance.
/// Who: everybody. Effect: the alarm is set again. Repeating is harmless.
/// In a rehearsal it is the migration that goes on, by one slice: the id of the receipt is 1 while
/// there is more of it, and 0 after the last. Errors, there only: common.migration.failed.
#[candid_method(update)]
#[update(hidden = true, encode_with = "reply")]
fn resume_jobs() -> Result<c::Receipt, Error> {
    methods::resume_jobs::<Here>()
}

/// Gives a canister-wide role to somebody, or takes it.
/// Who: governors. Effect: an event, whether or not anything changed.
/// Errors: common.not_allowed, micro_grants.person.invalid, micro_grants.role.last_governor.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn set_role(args: m::SetRoleArgs) -> Result<c::Receipt, Error> {
    let m::SetRoleArgs { role, holder, granted } = args;
    methods::set_role::<Here>(input::role(role), holder, granted)
}

/// Tightens or loosens what the canister still does.
/// Who: governors. Effect: the mode; the reason's hash is kept in the journal.
/// Errors: common.not_allowed, common.text.size, micro_grants.person.invalid.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn set_mode(args: c::SetModeArgs) -> Result<c::Receipt, Error> {
    methods::set_mode::<Here>(args)
}

/// Stops taking new work before an upgrade; what exists may finish.
/// Who: governors. Effect: a drain with this epoch; after the deadline it ends by itself.
/// Errors: common.not_allowed, common.epoch.stale, micro_grants.drain.deadline.
/// Repeating with the same epoch moves the deadline.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn prepare_upgrade(args: c::PrepareUpgradeArgs) -> Result<c::Receipt, Error> {
    methods::prepare_upgrade::<Here>(args)
}

/// Ends the drain of this epoch; after a restored snapshot also makes old leases void.
/// Who: governors. Effect: new work is taken again, the alarm is set.
/// Errors: common.not_allowed, common.epoch.stale, common.lifecycle.not_draining.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn resume(args: c::ResumeArgs) -> Result<c::Receipt, Error> {
    methods::resume::<Here>(args)
}

/// The canisters this one may know, and where they are.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_peers() -> Vec<c::Peer> {
    methods::get_peers::<Here>()
}

/// Says where another canister of the suite is, or forgets it.
/// Who: governors. Effect: an event; from now on the canister asks there how it is.
/// Errors: common.not_allowed, common.peer.unknown, common.person.invalid.
/// Repeating sets the same place again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn set_peer(args: c::SetPeerArgs) -> Result<c::Receipt, Error> {
    methods::set_peer::<Here>(args)
}

/// Says which asset of the books the canister pays with, or forgets it.
/// Who: governors. Effect: an event; payouts that wait are handed over from now on.
/// Errors: common.not_allowed. Repeating says the same again.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn set_portfolio_asset(args: m::SetPortfolioAssetArgs) -> Result<c::Receipt, Error> {
    verb(|store, ctx| store.set_portfolio_asset(ctx, args.asset))
}

/// How the other canisters are. Whoever was not asked for a minute is asked, 10 s at most.
/// Who: operators, auditors, governors, controllers. Errors: common.not_allowed.
/// Repeating within the minute answers what is remembered.
#[candid_method(update)]
#[update(hidden = true, encode_with = "reply")]
async fn check_dependencies() -> Result<c::DependencyReport, Error> {
    methods::check_dependencies::<Here>().await
}

/// Asks the execution canister how it is, now, and waits 10 s at most.
/// Who: operators, auditors, governors, controllers. Errors: common.not_allowed,
/// common.peer.unset. Repeating asks again.
#[candid_method(update)]
#[update(hidden = true, encode_with = "reply")]
async fn test_execution_connection() -> Result<c::Dependency, Error> {
    methods::test_connection::<Here>("execution").await
}

/// Asks the registry how it is, now, and waits 10 s at most.
/// Who: operators, auditors, governors, controllers. Errors: common.not_allowed,
/// common.peer.unset. Repeating asks again.
#[candid_method(update)]
#[update(hidden = true, encode_with = "reply")]
async fn test_registry_connection() -> Result<c::Dependency, Error> {
    methods::test_connection::<Here>("registry").await
}

/// Pages for browsers and monitors: /metrics, /health, /monitoring/alerts, /dashboard.
/// Who: everybody, in queries only.
#[candid_method(query)]
#[query(hidden = true, decode_with = "text", encode_with = "reply")]
fn http_request(request: http::HttpRequest) -> http::HttpResponse {
    pages::serve::<Here>(&request, &[])
}
