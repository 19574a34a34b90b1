//! The body of each common endpoint, under its name. Who may call, what it does, how it fails and
//! what a repetition does stand beside the endpoint, in the shell.

use candid::Principal;
use granary_api::common as c;
use granary_errors::Error;
use granary_kernel::{Canister, CanisterStore, Families, limits};
use granary_stable::log_ring::Level;
use granary_stable::migrate::Progress;
use granary_units::Timestamp;
use serde_bytes::ByteBuf;

use super::access::{need, verb, view};
use super::{Host, KindOf, RoleOf, convert, counters, dependencies, health, tasks};
use crate::{Env, message, origin};

/// Instructions after which a digest goes on in the next call, whatever size was asked for.
const DIGEST_INSTRUCTIONS: u64 = 1_500_000_000;

/// How the canister is, in one word, with the reasons.
pub fn health_check<H: Host>() -> c::Health {
    H::read(|store| health::short::<H>(store, message::now()))
}

/// How each part of the canister is.
pub fn get_system_health<H: Host>() -> c::SystemHealth {
    H::read(|store| health::long::<H>(store, &Env::here()))
}

/// Which code runs on which state.
pub fn get_version<H: Host>() -> c::Version {
    H::read(|store| {
        let header = store.header();
        c::Version {
            version: origin::version().to_owned(),
            schema: header.schema,
            git_commit: origin::source_commit(),
            installed_at_ns: header.installed_at.as_nanos(),
            upgraded_at_ns: header.upgraded_at.as_nanos(),
            upgrade_count: header.upgrade_count,
            canister_version: message::canister_version(),
            rehearsal: store.is_rehearsing().then_some(true),
        }
    })
}

/// The newest upgrades that took effect, oldest first.
pub fn get_upgrade_history<H: Host>() -> Vec<c::UpgradeRecord> {
    H::read(|store| {
        let start = store.header().upgrade_count.saturating_sub(limits::MAX_PAGE.into());
        store.upgrades(start, limits::MAX_PAGE).into_iter().map(convert::upgrade).collect()
    })
}

/// How far the running migration is.
pub fn get_migration_status<H: Host>() -> c::MigrationStatus {
    let Progress { schema, target, phase, done, total } = H::read(H::Store::migration);
    c::MigrationStatus { schema, target, phase: phase.to_owned(), done, total }
}

/// Where the canister stands between running and drained.
pub fn get_drain_status<H: Host>() -> c::DrainStatus {
    let calls_outstanding = counters::in_flight();
    H::read(|store| {
        let jobs_running = store.job_counts().running;
        let drain = store.drain(message::now());
        let state = match drain {
            None => c::DrainState::Running,
            Some(_) if jobs_running > 0 || calls_outstanding > 0 => c::DrainState::Draining,
            Some(_) => c::DrainState::Drained,
        };
        c::DrainStatus {
            state,
            epoch: drain.map_or(store.base().last_epoch, |drain| drain.epoch),
            deadline_ns: drain.map_or(0, |drain| drain.deadline.as_nanos()),
            jobs_running,
            calls_outstanding,
        }
    })
}

/// How many jobs wait, run, or failed for good.
pub fn get_jobs_status<H: Host>() -> c::JobsStatus {
    H::read(|store| {
        let counts = store.job_counts();
        c::JobsStatus {
            pending: counts.pending,
            running: counts.running,
            dead_letter: counts.dead_letter,
            next_due_ns: store.next_due().map(Timestamp::as_nanos),
        }
    })
}

/// Length and head of the journal, with the subnet's certificate. A canister that certifies more
/// than the head gives the `witness` that leads from the certified data to it.
pub fn get_certified_head<H: Host>(witness: Option<Vec<u8>>) -> c::CertifiedHead {
    let (length, head) = H::read(|store| store.journal_head());
    let certificate = message::data_certificate().map(ByteBuf::from);
    let witness = witness.map(ByteBuf::from);
    c::CertifiedHead { length, head: convert::bytes(&head), certificate, witness }
}

/// The standards this canister speaks: ICRC-10 and `others`, as names and addresses.
pub fn icrc10_supported_standards(others: &[(&str, &str)]) -> Vec<c::SupportedStandard> {
    const ICRC10: (&str, &str) =
        ("ICRC-10", "https://github.com/dfinity/ICRC/blob/main/ICRCs/ICRC-10/ICRC-10.md");
    let standard = |(name, url): &(&str, &str)| c::SupportedStandard {
        name: (*name).to_owned(),
        url: (*url).to_owned(),
    };
    core::iter::once(&ICRC10).chain(others).map(standard).collect()
}

/// Who holds which canister-wide role.
pub fn roles<H: Host>() -> Vec<(RoleOf<H>, Principal)> {
    let grant = |(role, holder, _)| (role, holder);
    H::read(|store| store.roles().into_iter().map(grant).collect())
}

/// Events of the journal from `start` on, as many as fit a page, with their stored bytes.
pub fn get_events<H: Host>(args: c::GetEventsArgs) -> Result<c::EventPage, Error> {
    let end = args.start.saturating_add(args.length.min(limits::MAX_EVENT_PAGE).into());
    view::<H, _>(|store, _| {
        let bytes = |index| store.event_bytes(index).unwrap_or_default();
        let event = |index| Some(convert::event::<H>(store.event(index)?, bytes(index)));
        let events = (args.start..end).map_while(event).collect();
        Ok(c::EventPage { events, total: store.journal_head().0 })
    })
}

/// Log lines of at least a level, oldest first.
pub fn get_logs<H: Host>(args: c::GetLogsArgs) -> Result<c::LogPage, Error> {
    view::<H, _>(|store, ctx| {
        need::<H>(store, ctx, H::TRUSTED)?;
        let (start, level) = (args.after.unwrap_or(0), convert::given_level(args.min_level));
        let (lines, next) = store.log_page(start, level, args.limit);
        Ok(c::LogPage { entries: lines.into_iter().map(convert::log_entry).collect(), next })
    })
}

/// Checks the stored state against its invariants, a piece at a time.
pub fn validate_state<H: Host>(args: &c::ValidateStateArgs) -> Result<c::ValidationReport, Error> {
    view::<H, _>(|store, ctx| {
        need::<H>(store, ctx, H::VALIDATORS)?;
        let cursor = args.cursor.as_ref().map(|cursor| cursor.as_slice());
        H::invariants(store, cursor, args.max_items).map(convert::validation)
    })
}

/// A page of a logical backup.
pub fn export_state<H: Host>(args: c::ExportStateArgs) -> Result<c::StatePage, Error> {
    view::<H, _>(|store, ctx| {
        need::<H>(store, ctx, H::BACKUP)?;
        let c::ExportStateArgs { domain, cursor, max_bytes } = args;
        let cursor = cursor.map(ByteBuf::into_vec);
        Ok(store.export_state(&domain, cursor, max_bytes).map(convert::state_page)?)
    })
}

/// Goes on with the hash over every record of a backup but the journal's.
pub fn get_state_digest<H: Host>(args: &c::GetStateDigestArgs) -> Result<c::StateDigest, Error> {
    let mut budget = || message::instructions() < DIGEST_INSTRUCTIONS;
    view::<H, _>(|store, ctx| {
        need::<H>(store, ctx, &[H::VALIDATORS, H::BACKUP].concat())?;
        let cursor = args.cursor.as_ref().map(|cursor| cursor.as_slice());
        let own = message::self_id();
        let done = store.digest_state(&own, cursor, args.max_bytes, &mut budget)?;
        Ok(convert::state_digest(done))
    })
}

/// Takes the next page of a backup; after the last one the canister runs.
pub fn import_state<H: Host>(page: c::StatePage) -> Result<c::Receipt, Error> {
    verb::<H>(|store, ctx| {
        need::<H>(store, ctx, &[governor::<H>()])?;
        let page = convert::given_page(page)?;
        let finished = store.import_state(ctx, &page)?;
        let (event, _) = store.journal_head();
        if finished {
            health::log::<H>(store, ctx, Level::Info, "import", "", "the import is complete");
            tasks::begin::<H>(store, ctx);
        }
        Ok(granary_kernel::Receipt { id: finished.into(), event, at: ctx.now })
    })
}

fn governor<H: Host>() -> RoleOf<H> {
    <RoleOf<H> as granary_kernel::Role>::GOVERNOR
}

/// Wakes a canister that lost its timers, or goes on with the migration of a rehearsal.
pub fn resume_jobs<H: Host>() -> Result<c::Receipt, Error> {
    tasks::resume_jobs::<H>().map_err(|fault| counters::refused(fault.into()))
}

/// Gives a canister-wide role to somebody, or takes it.
pub fn set_role<H: Host>(
    role: RoleOf<H>,
    holder: Principal,
    granted: bool,
) -> Result<c::Receipt, Error> {
    verb::<H>(|store, ctx| Ok(store.set_role(ctx, role, holder, granted)?))
}

/// Tightens or loosens what the canister still does.
pub fn set_mode<H: Host>(args: c::SetModeArgs) -> Result<c::Receipt, Error> {
    let c::SetModeArgs { mode, reason } = args;
    verb::<H>(|store, ctx| {
        let text = format!("mode {mode:?}: {reason}");
        let receipt = store.set_mode(ctx, convert::given_mode(mode), &reason)?;
        health::log::<H>(store, ctx, Level::Warning, "mode", "", &text);
        Ok(receipt)
    })
}

/// Stops taking new work before an upgrade.
pub fn prepare_upgrade<H: Host>(args: c::PrepareUpgradeArgs) -> Result<c::Receipt, Error> {
    let deadline = Timestamp::from_nanos(args.deadline_ns);
    verb::<H>(|store, ctx| Ok(store.prepare_upgrade(ctx, args.epoch, deadline)?))
}

/// Ends the drain of this epoch, forgets what peers said amid it, and sets the alarm.
pub fn resume<H: Host>(args: c::ResumeArgs) -> Result<c::Receipt, Error> {
    verb::<H>(|store, ctx| {
        let receipt = store.resume(ctx, args.epoch, args.restored)?;
        dependencies::forget();
        tasks::start::<H>(store, ctx);
        Ok(receipt)
    })
}

/// The canisters this one may know, and where they are.
pub fn get_peers<H: Host>() -> Vec<c::Peer> {
    H::read(|store| convert::peers(KindOf::<H>::PEERS, store.peers()))
}

/// Says where another canister is, or forgets it.
pub fn set_peer<H: Host>(args: c::SetPeerArgs) -> Result<c::Receipt, Error> {
    let c::SetPeerArgs { name, canister } = args;
    verb::<H>(|store, ctx| {
        let receipt = store.set_peer(ctx, &name, canister)?;
        // The first peer brings the job that asks.
        tasks::begin::<H>(store, ctx);
        Ok(receipt)
    })
}

/// Asks the other canisters how they are, unless they were asked within the last minute.
pub async fn check_dependencies<H: Host>() -> Result<c::DependencyReport, Error> {
    dependencies::check::<H>().await
}

/// Asks one other canister how it is, now.
pub async fn test_connection<H: Host>(peer: &'static str) -> Result<c::Dependency, Error> {
    dependencies::test::<H>(peer).await
}
