//! Methods every canister of the suite has.

use candid::candid_method;
use candid::utils::ArgumentDecoder;
use granary_api::{common as c, http, micro_grants as m};
use granary_env::{Env, message, wire};
use granary_errors::Error;
use granary_stable::log_ring::Level;
use ic_cdk::{query, update};
use micro_grants_core::{invariants, limits};
use serde_bytes::ByteBuf;

use super::{small, text};
use crate::access::{self, need, verb, view};
use crate::convert::{input, output, reply};
use crate::observe::{self, pages};
use crate::{state, tasks};

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
    state::read(|store| observe::health(store, message::now()))
}

/// How each part of the canister is. Cycles, memory and runway only for operators, auditors,
/// governors and controllers.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_system_health() -> c::SystemHealth {
    state::read(|store| observe::system_health(store, &Env::here()))
}

/// Which code runs on which state.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_version() -> c::Version {
    state::read(observe::version)
}

/// The eight figures of the canister; each equals a recomputation from the applications.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_canister_metrics() -> m::CanisterMetrics {
    state::read(observe::metrics)
}

/// The newest 100 upgrades that took effect, oldest first.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_upgrade_history() -> Vec<c::UpgradeRecord> {
    state::read(observe::upgrades)
}

/// How far the running migration is; schema equals target when nothing runs.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_migration_status() -> c::MigrationStatus {
    state::read(observe::migration)
}

/// Where the canister stands between running and drained.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_drain_status() -> c::DrainStatus {
    state::read(|store| observe::drain(store, message::now()))
}

/// How many jobs wait, run, or failed for good.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_jobs_status() -> c::JobsStatus {
    state::read(observe::jobs_status)
}

/// Length and head of the journal, with the subnet's certificate over the head.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_certified_head() -> c::CertifiedHead {
    let (length, head) = state::read(state::Grants::journal_head);
    let certificate = message::data_certificate().map(ByteBuf::from);
    c::CertifiedHead { length, head: output::bytes(&head), certificate }
}

/// The standards this canister speaks.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn icrc10_supported_standards() -> Vec<c::SupportedStandard> {
    observe::standards()
}

/// Who holds which canister-wide role.
/// Who: everybody.
#[candid_method(query)]
#[query(hidden = true, encode_with = "reply")]
fn get_roles() -> Vec<m::RoleGrant> {
    let grant = |(role, holder, _)| m::RoleGrant { role: output::role(role), holder };
    state::read(|store| store.roles().into_iter().map(grant).collect())
}

/// Events of the journal from `start` on, as many as fit a page, with their stored bytes.
/// Who: everybody. A page beyond the end is empty.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_events(args: c::GetEventsArgs) -> Result<c::EventPage, Error> {
    let end = args.start.saturating_add(args.length.min(limits::MAX_EVENT_PAGE).into());
    view(|store, _| {
        let bytes = |index| store.event_bytes(index).unwrap_or_default();
        let event = |index| Some(output::event(store.event(index)?, bytes(index)));
        let events = (args.start..end).map_while(event).collect();
        Ok(c::EventPage { events, total: store.journal_head().0 })
    })
}

/// Log lines of at least a level, oldest first; the ring keeps the newest.
/// Who: operators, auditors, governors. Errors: common.not_allowed.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn get_logs(args: c::GetLogsArgs) -> Result<c::LogPage, Error> {
    view(|store, ctx| {
        need(store, ctx, access::LOG_READERS)?;
        let (start, level) = (args.after.unwrap_or(0), input::level(args.min_level));
        let (lines, next) = store.log_page(start, level, args.limit);
        Ok(c::LogPage { entries: lines.into_iter().map(output::log_entry).collect(), next })
    })
}

/// Checks the stored state against its invariants, a piece at a time.
/// Who: auditors, governors. Errors: common.not_allowed, common.page.limit, common.page.cursor.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn validate_state(args: c::ValidateStateArgs) -> Result<c::ValidationReport, Error> {
    view(|store, ctx| {
        need(store, ctx, access::VALIDATORS)?;
        let cursor = args.cursor.as_ref().map(|cursor| cursor.as_slice());
        invariants::check(store, cursor, args.max_items).map(output::validation)
    })
}

/// A page of a logical backup: records of one domain in key order, with their digest.
/// Who: holders of Backup. Errors: common.not_allowed, micro_grants.export.domain,
/// common.page.cursor.
#[candid_method(query)]
#[query(hidden = true, decode_with = "small", encode_with = "reply")]
fn export_state(args: c::ExportStateArgs) -> Result<c::StatePage, Error> {
    view(|store, ctx| {
        need(store, ctx, access::BACKUP)?;
        let c::ExportStateArgs { domain, cursor, max_bytes } = args;
        let cursor = cursor.map(ByteBuf::into_vec);
        store.export_state(&domain, cursor, max_bytes).map(output::state_page)
    })
}

/// Takes the next page of a backup into a canister that was installed for it. After the last page
/// of the last domain the canister runs.
/// Who: governors. Effect: the records of the page.
/// Errors: common.lifecycle.not_importing, common.import.order, common.import.format.
/// Repeating a page is refused: it is not the next one.
#[candid_method(update)]
#[update(hidden = true, decode_with = "backup", encode_with = "reply")]
fn import_state(args: c::StatePage) -> Result<c::Receipt, Error> {
    verb(|store, ctx| {
        need(store, ctx, access::IMPORTERS)?;
        let page = input::state_page(args)?;
        observe::import(store, ctx, &page)
    })
}

/// Wakes a canister that lost its timers, after a restored snapshot for instance.
/// Who: everybody. Effect: the alarm is set again. Repeating is harmless.
#[candid_method(update)]
#[update(hidden = true, encode_with = "reply")]
fn resume_jobs() -> Result<c::Receipt, Error> {
    tasks::resume_jobs()
}

/// Gives a canister-wide role to somebody, or takes it.
/// Who: governors. Effect: an event, whether or not anything changed.
/// Errors: common.not_allowed, micro_grants.person.invalid, micro_grants.role.last_governor.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn set_role(args: m::SetRoleArgs) -> Result<c::Receipt, Error> {
    let m::SetRoleArgs { role, holder, granted } = args;
    verb(|store, ctx| store.set_role(ctx, input::role(role), holder, granted))
}

/// Tightens or loosens what the canister still does.
/// Who: governors. Effect: the mode; the reason's hash is kept in the journal.
/// Errors: common.not_allowed, common.text.size, micro_grants.person.invalid.
#[candid_method(update)]
#[update(hidden = true, decode_with = "text", encode_with = "reply")]
fn set_mode(args: c::SetModeArgs) -> Result<c::Receipt, Error> {
    let c::SetModeArgs { mode, reason } = args;
    verb(|store, ctx| {
        let text = format!("mode {mode:?}: {reason}");
        let receipt = store.set_mode(ctx, input::mode(mode), &reason)?;
        observe::log(store, ctx, Level::Warning, "mode", "", &text);
        Ok(receipt)
    })
}

/// Stops taking new work before an upgrade; what exists may finish.
/// Who: governors. Effect: a drain with this epoch; after the deadline it ends by itself.
/// Errors: common.not_allowed, common.epoch.stale, micro_grants.drain.deadline.
/// Repeating with the same epoch moves the deadline.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn prepare_upgrade(args: c::PrepareUpgradeArgs) -> Result<c::Receipt, Error> {
    let deadline = granary_units::Timestamp::from_nanos(args.deadline_ns);
    verb(|store, ctx| store.prepare_upgrade(ctx, args.epoch, deadline))
}

/// Ends the drain of this epoch; after a restored snapshot also makes old leases void.
/// Who: governors. Effect: new work is taken again, the alarm is set.
/// Errors: common.not_allowed, common.epoch.stale, common.lifecycle.not_draining.
#[candid_method(update)]
#[update(hidden = true, decode_with = "small", encode_with = "reply")]
fn resume(args: c::ResumeArgs) -> Result<c::Receipt, Error> {
    verb(|store, ctx| {
        let receipt = store.resume(ctx, args.epoch, args.restored)?;
        tasks::start(store, ctx);
        Ok(receipt)
    })
}

/// Pages for browsers and monitors: /metrics, /health, /monitoring/alerts, /dashboard.
/// Who: everybody, in queries only.
#[candid_method(query)]
#[query(hidden = true, decode_with = "text", encode_with = "reply")]
fn http_request(request: http::HttpRequest) -> http::HttpResponse {
    pages::serve(&request)
}
