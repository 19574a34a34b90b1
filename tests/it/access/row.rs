//! What a table is made of, and the rows that every canister has.

use granary_api::{common as c, http};
use granary_tests::{
    clock::HOUR,
    fixtures,
    people::Who::{self, Anonymous, Auditor, Backup, Controller, Governor, Operator},
    world::encode,
};
use serde_bytes::ByteBuf;

/// One method of a canister whose prepared entities are an `S`.
pub(crate) struct Row<S> {
    pub(crate) method: &'static str,
    /// Who may; the first of them succeeds on a fresh stage.
    pub(crate) allowed: &'static [Who],
    /// The code for everybody else who is signed in.
    denied: &'static str,
    /// What the first of those who may gets, when it is not a value.
    pub(crate) answer: Option<&'static str>,
    /// The arguments, which are right.
    pub(crate) args: fn(&S) -> Vec<u8>,
}

/// An answer that depends on what is outside of the canister: anything but a refusal of the caller.
pub(super) const ANYTHING: &str = "*";
/// Everybody.
pub(super) const EVERYBODY: &[Who] = &Who::ALL;
/// Refuses who has none of the roles that a method needs.
pub(super) const NOBODY_ELSE: &str = "common.not_allowed";
/// Who sees what things cost.
const TRUSTED: &[Who] = &[Operator, Auditor, Governor];
/// Who may make it ask others how they are.
pub(super) const ASKING: &[Who] = &[Operator, Auditor, Governor, Controller];

/// These may, and the others get this code.
pub(super) const fn row<S>(
    method: &'static str,
    allowed: &'static [Who],
    denied: &'static str,
    args: fn(&S) -> Vec<u8>,
) -> Row<S> {
    Row { method, allowed, denied, answer: None, args }
}

/// Everybody may.
pub(super) const fn public<S>(method: &'static str, args: fn(&S) -> Vec<u8>) -> Row<S> {
    row(method, EVERYBODY, "", args)
}

/// No arguments.
pub(super) fn nothing<S>(_: &S) -> Vec<u8> {
    b"DIDL\0\0".to_vec()
}

impl<S> Row<S> {
    /// The code somebody who may not gets.
    pub(crate) fn refusal(&self, who: Who) -> &'static str {
        if who == Anonymous { "common.anonymous" } else { self.denied }
    }

    /// The first of those who may gets this code: the method is not in its place here.
    pub(super) const fn answers(self, code: &'static str) -> Self {
        Self { answer: Some(code), ..self }
    }
}

/// What the rows of all canisters need to know of a stage.
pub(super) trait Staged {
    /// When it was ready, nanoseconds since 1970.
    fn now_ns(&self) -> u64;
}

/// Rows of the methods that every canister has with the same arguments; the last rows of a table,
/// because a drain is among them.
pub(super) fn common<S: Staged>() -> Vec<Row<S>> {
    let mut rows: Vec<Row<S>> = [
        "health_check",
        "get_system_health",
        "get_version",
        "get_upgrade_history",
        "get_migration_status",
        "get_drain_status",
        "get_jobs_status",
        "get_certified_head",
        "icrc10_supported_standards",
        "get_peers",
        "resume_jobs",
    ]
    .map(|method| public(method, nothing))
    .into();
    rows.extend([
        public("get_events", |_| encode(&c::GetEventsArgs { start: 0, length: 10 })),
        public("http_request", |_| encode(&page("/metrics"))),
        row("check_dependencies", ASKING, NOBODY_ELSE, nothing),
        row("get_logs", TRUSTED, NOBODY_ELSE, |_| {
            encode(&c::GetLogsArgs { after: None, limit: 10, min_level: c::LogLevel::Info })
        }),
        row("validate_state", &[Auditor, Governor], NOBODY_ELSE, |_| {
            encode(&c::ValidateStateArgs { cursor: None, max_items: 100 })
        }),
        row("export_state", &[Backup], NOBODY_ELSE, |_| {
            let domain = "config".to_owned();
            encode(&c::ExportStateArgs { domain, cursor: None, max_bytes: 100_000 })
        }),
        row("get_state_digest", &[Auditor, Governor, Backup], NOBODY_ELSE, |_| {
            encode(&c::GetStateDigestArgs { cursor: None, max_bytes: 100_000 })
        }),
        // A canister that runs takes no page: the governor gets that far, the others do not.
        row("import_state", &[Governor], NOBODY_ELSE, |_| encode(&no_page()))
            .answers("common.lifecycle.not_importing"),
        row("set_mode", &[Governor], NOBODY_ELSE, |_| {
            encode(&c::SetModeArgs { mode: c::Mode::Full, reason: "drill".to_owned() })
        }),
        row("set_peer", &[Governor], NOBODY_ELSE, |_| {
            encode(&c::SetPeerArgs { name: "nowhere".to_owned(), canister: None })
        })
        .answers("common.peer.unknown"),
        row("prepare_upgrade", &[Governor], NOBODY_ELSE, |stage: &S| {
            let deadline_ns = stage.now_ns() + HOUR;
            encode(&c::PrepareUpgradeArgs { epoch: 1, deadline_ns })
        }),
        row("resume", &[Governor], NOBODY_ELSE, |_| {
            encode(&c::ResumeArgs { epoch: 1, restored: false })
        }),
    ]);
    rows
}

/// A page of the export without a record.
fn no_page() -> c::StatePage {
    c::StatePage {
        domain: "config".to_owned(),
        schema: 1,
        cursor: None,
        records: Vec::new(),
        digest: fixtures::hash(""),
        next: None,
    }
}

/// A request for a page.
fn page(url: &str) -> http::HttpRequest {
    http::HttpRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: ByteBuf::new(),
        certificate_version: None,
    }
}
