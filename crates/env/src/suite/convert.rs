//! The kernel's shapes to the wire and back. Total functions, no decisions.

use candid::Principal;
use granary_api::common as c;
use granary_kernel::checks;
use granary_kernel::{Canister, Fault, Hash, Mode, Peer, Profile, Receipt, Report, StatePage};
use granary_stable::history::UpgradeRow;
use granary_stable::journal;
use granary_stable::log_ring::{Level, Line};
use serde_bytes::ByteBuf;

use super::{EventOf, Host, KindOf};

/// A digest as bytes.
pub fn bytes(hash: &Hash) -> ByteBuf {
    ByteBuf::from(hash.as_slice())
}

/// The proof of a verb.
pub const fn receipt(receipt: Receipt) -> c::Receipt {
    let Receipt { id, event, at } = receipt;
    c::Receipt { id, event, at_ns: at.as_nanos() }
}

/// A set of floors, as it is shown.
pub const fn profile(profile: Profile) -> c::Profile {
    match profile {
        Profile::Production => c::Profile::Production,
        Profile::Development => c::Profile::Development,
        Profile::Testing => c::Profile::Testing,
    }
}

/// A set of floors, as it is given.
pub const fn given_profile(profile: c::Profile) -> Profile {
    match profile {
        c::Profile::Production => Profile::Production,
        c::Profile::Development => Profile::Development,
        c::Profile::Testing => Profile::Testing,
    }
}

/// What the canister still does, as it is shown.
pub fn mode(mode: &Mode) -> c::Mode {
    match mode {
        Mode::Full => c::Mode::Full,
        Mode::ReadOnly => c::Mode::ReadOnly,
        Mode::OutflowsFrozen => c::Mode::OutflowsFrozen,
        Mode::Restricted(allowed) => c::Mode::Restricted(allowed.clone()),
    }
}

/// What the canister shall still do, as it is given.
pub fn given_mode(mode: c::Mode) -> Mode {
    match mode {
        c::Mode::Full => Mode::Full,
        c::Mode::ReadOnly => Mode::ReadOnly,
        c::Mode::OutflowsFrozen => Mode::OutflowsFrozen,
        c::Mode::Restricted(allowed) => Mode::Restricted(allowed),
    }
}

/// The names a canister gives, each with where it is.
pub fn peers(known: &[&str], told: &[Peer]) -> Vec<c::Peer> {
    let place = |name: &str| told.iter().find(|peer| peer.name == name).map(|peer| peer.canister);
    known.iter().map(|name| c::Peer { name: (*name).to_owned(), canister: place(name) }).collect()
}

/// Canisters known by name, as an installer gives them; what has no place is left out.
pub fn given_peers(peers: Vec<c::Peer>) -> Vec<Peer> {
    let given = |c::Peer { name, canister }| canister.map(|canister| Peer { name, canister });
    peers.into_iter().filter_map(given).collect()
}

/// How much a log line matters, as it is given.
pub const fn given_level(level: c::LogLevel) -> Level {
    match level {
        c::LogLevel::Debug => Level::Debug,
        c::LogLevel::Info => Level::Info,
        c::LogLevel::Warning => Level::Warning,
        c::LogLevel::Error => Level::Error,
    }
}

/// An event with its stored bytes.
pub fn event<H: Host>((stored, what): (journal::Event, EventOf<H>), data: Vec<u8>) -> c::Event {
    let journal::Event { index, prev_hash, at, actor, trace_id, payload: _ } = stored;
    c::Event {
        index,
        hash: bytes(&journal::hash(&data)),
        prev_hash: bytes(&prev_hash),
        at_ns: at.as_nanos(),
        actor: Principal::from_slice(actor.as_slice()),
        trace_id,
        kind: H::event_kind(&what).to_owned(),
        subject: KindOf::<H>::subject(&what),
        data: ByteBuf::from(data),
    }
}

/// A log line.
pub fn log_entry(line: Line) -> c::LogEntry {
    let Line { index, at, level, component, code, trace_id, message } = line;
    let level = match level {
        Level::Debug => c::LogLevel::Debug,
        Level::Info => c::LogLevel::Info,
        Level::Warning => c::LogLevel::Warning,
        Level::Error => c::LogLevel::Error,
    };
    c::LogEntry { index, at_ns: at.as_nanos(), level, component, code, trace_id, message }
}

/// One upgrade; the first has number 1.
pub fn upgrade((index, row): (u64, UpgradeRow)) -> c::UpgradeRecord {
    let UpgradeRow {
        at,
        from_version,
        to_version,
        schema_from,
        schema_to,
        records,
        events,
        log_head,
    } = row;
    c::UpgradeRecord {
        number: index.saturating_add(1),
        at_ns: at.as_nanos(),
        from_version,
        to_version,
        schema_from,
        schema_to,
        records,
        events,
        log_head: bytes(&log_head),
    }
}

/// What a piece of the validation found.
pub fn validation(report: Report) -> c::ValidationReport {
    let Report { violations, checked, next } = report;
    let violation = |granary_kernel::Violation { rule, entity, id, message }| c::Violation {
        rule: rule.to_owned(),
        entity: entity.to_owned(),
        id,
        message,
    };
    c::ValidationReport {
        violations: violations.into_iter().map(violation).collect(),
        checked,
        next: next.map(ByteBuf::from),
    }
}

/// A page of a backup, as it is shown.
pub fn state_page(page: StatePage) -> c::StatePage {
    let StatePage { domain, schema, cursor, records, digest, next } = page;
    c::StatePage {
        domain,
        schema,
        cursor: cursor.map(ByteBuf::from),
        records: records.into_iter().map(ByteBuf::from).collect(),
        digest: bytes(&digest),
        next: next.map(ByteBuf::from),
    }
}

/// A hash over the records so far.
pub fn state_digest(done: granary_kernel::StateDigest) -> c::StateDigest {
    let granary_kernel::StateDigest { digest, records, next } = done;
    c::StateDigest { digest: bytes(&digest), records, next: next.map(ByteBuf::from) }
}

/// A page of a backup, as it is given.
pub fn given_page(page: c::StatePage) -> Result<StatePage, Fault> {
    let c::StatePage { domain, schema, cursor, records, digest, next } = page;
    let digest = checks::hash("digest", digest.as_slice())?;
    let bytes = |cursor: Option<ByteBuf>| cursor.map(ByteBuf::into_vec);
    let records = records.into_iter().map(ByteBuf::into_vec).collect();
    let (cursor, next) = (bytes(cursor), bytes(next));
    Ok(StatePage { domain, schema, cursor, records, digest, next })
}
