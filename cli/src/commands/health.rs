//! `granary health`: how the canister is.

use granary_api::common::{HealthStatus, SystemHealth, Version};
use serde::Serialize;

use crate::{
    client::common::{GET_SYSTEM_HEALTH, GET_VERSION},
    date, duration,
    exit::Exit,
    failure::Failure,
    render::{Page, Report, page::Tone, page::cut},
    session::Session,
};

#[derive(clap::Args, Debug)]
pub(crate) struct Args {}

/// Health and version of a canister.
#[derive(Debug, Serialize)]
pub(crate) struct HealthReport {
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
const fn exit(status: HealthStatus) -> Exit {
    match status {
        HealthStatus::Healthy => Exit::Ok,
        HealthStatus::Degraded => Exit::Degraded,
        HealthStatus::Critical => Exit::Failed,
    }
}

impl HealthReport {
    pub(crate) fn new(canister: String, health: &SystemHealth, version: &Version) -> Self {
        let component = |c: &granary_api::common::ComponentHealth| Component {
            name: c.name.clone(),
            status: status_name(c.status),
            reason: c.reason.clone(),
        };
        Self {
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

impl Report for HealthReport {
    const SCHEMA: &'static str = "granary.health/1";

    fn text(&self, page: &mut Page) {
        let tone = |status: &str| match status {
            "healthy" => Tone::Good,
            "degraded" => Tone::Warning,
            _ => Tone::Bad,
        };
        let status = page.paint(tone(self.status), self.status);
        page.line(format!("{} is {status}", self.canister));
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

pub(crate) async fn exec(_args: Args, session: &Session) -> Result<Exit, Failure> {
    let grants = session.grants("operator").await?;
    let health = grants.ask(GET_SYSTEM_HEALTH).await?;
    let version = grants.ask(GET_VERSION).await?;
    session.out.emit(&HealthReport::new(grants.canister.to_text(), &health, &version))?;
    Ok(exit(health.overall))
}
