//! `granary health`: how the canisters are.

use granary_api::common::{HealthStatus, SystemHealth, Version};
use serde::Serialize;

use crate::{
    client::{
        common::{GET_SYSTEM_HEALTH, GET_VERSION},
        remote::Remote,
    },
    date, duration,
    exit::Exit,
    failure::Failure,
    render::{Page, Report, page::Tone, page::cut},
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Canisters to ask; otherwise all that are known for the network.
    names: Vec<String>,
}

/// How the canisters are.
#[derive(Debug, Serialize)]
pub(crate) struct SuiteHealth {
    /// The worst of them.
    pub(crate) status: &'static str,
    pub(crate) canisters: Vec<HealthReport>,
}

/// Health and version of a canister.
#[derive(Debug, Serialize)]
pub(crate) struct HealthReport {
    name: String,
    canister: String,
    status: &'static str,
    components: Vec<Component>,
    version: String,
    state_schema: u32,
    git_commit: String,
    upgrades: u64,
    mode: String,
    profile: String,
    uptime: String,
    missed_beats: u64,
    last_check_at: Option<String>,
    log_head: String,
    heap_bytes: Option<u64>,
    stable_bytes: Option<u64>,
    cycles: Option<String>,
    runway_days: Option<u32>,
}

#[derive(Debug, Serialize)]
struct Component {
    name: String,
    status: &'static str,
    reason: String,
}

/// Beyond this nobody plans.
const CENTURY_DAYS: u32 = 36_500;

/// The value's name in documents.
pub(crate) const fn status_name(status: HealthStatus) -> &'static str {
    match status {
        HealthStatus::Healthy => "healthy",
        HealthStatus::Degraded => "degraded",
        HealthStatus::Critical => "critical",
    }
}

/// What a script should conclude.
pub(crate) const fn exit(status: HealthStatus) -> Exit {
    match status {
        HealthStatus::Healthy => Exit::Ok,
        HealthStatus::Degraded => Exit::Degraded,
        HealthStatus::Critical => Exit::Failed,
    }
}

impl HealthReport {
    pub(crate) fn new(
        name: &str,
        canister: String,
        health: &SystemHealth,
        version: &Version,
    ) -> Self {
        let component = |c: &granary_api::common::ComponentHealth| Component {
            name: c.name.clone(),
            status: status_name(c.status),
            reason: c.reason.clone(),
        };
        Self {
            name: name.to_owned(),
            canister,
            status: status_name(health.overall),
            components: health.components.iter().map(component).collect(),
            version: health.version.clone(),
            state_schema: health.schema,
            git_commit: version.git_commit.clone(),
            upgrades: version.upgrade_count,
            mode: format!("{:?}", health.mode),
            profile: format!("{:?}", health.profile),
            uptime: duration::format(health.uptime_ns / 1_000_000_000 * 1_000_000_000),
            missed_beats: health.missed_beats,
            last_check_at: Some(health.last_check_ns).filter(|&at| at > 0).map(date::iso),
            log_head: hex::encode(&health.log_head),
            heap_bytes: health.heap_bytes,
            stable_bytes: health.stable_bytes,
            cycles: health.cycles.map(|cycles| cycles.to_string()),
            runway_days: health.runway_days,
        }
    }
}

impl Report for SuiteHealth {
    const SCHEMA: &'static str = "granary.health/2";

    fn text(&self, page: &mut Page) {
        self.canisters.iter().for_each(|canister| canister.text(page));
    }
}

impl HealthReport {
    fn text(&self, page: &mut Page) {
        let tone = |status: &str| match status {
            "healthy" => Tone::Good,
            "degraded" => Tone::Warning,
            _ => Tone::Bad,
        };
        let status = page.paint(tone(self.status), self.status);
        page.line(format!("{} {} is {status}", self.name, self.canister));
        for component in &self.components {
            let status = page.paint(tone(component.status), component.status);
            page.field(&component.name, format!("{status} {}", cut(&component.reason, 100)));
        }
        let commit = match self.git_commit.as_str() {
            "" => String::new(),
            commit => format!(" of commit {}", cut(commit, 13)),
        };
        page.field("code", format!("{}{commit}, schema {}", self.version, self.state_schema));
        page.field("upgrades", self.upgrades.to_string());
        page.field("mode", format!("{}, profile {}", self.mode, self.profile));
        page.field("uptime", format!("{}, {} beats missed", self.uptime, self.missed_beats));
        page.field("journal head", &self.log_head);
        if let (Some(heap), Some(stable)) = (self.heap_bytes, self.stable_bytes) {
            page.field("memory", format!("{heap} bytes heap, {stable} bytes stable"));
        }
        if let Some(cycles) = &self.cycles {
            let days = match self.runway_days {
                None => "unknown".to_owned(),
                Some(days) if days > CENTURY_DAYS => "more than a century".to_owned(),
                Some(days) => format!("{days} days"),
            };
            page.field("cycles", format!("{cycles}, runway {days}"));
        }
    }
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client("operator").await?;
    let mut worst = HealthStatus::Healthy;
    let mut canisters = Vec::new();
    for (name, canister) in session.around(&args.names)? {
        let remote = Remote { client: client.clone(), canister };
        let health = remote.ask(GET_SYSTEM_HEALTH).await?;
        let version = remote.ask(GET_VERSION).await?;
        worst = worst.max(health.overall);
        canisters.push(HealthReport::new(&name, canister.to_text(), &health, &version));
    }
    session.out.emit(&SuiteHealth { status: status_name(worst), canisters })?;
    Ok(exit(worst))
}
