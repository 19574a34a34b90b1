//! Whether a backup restores: every file has the hash it was written with, and a copy that is
//! booted from it is what the manifest says it is.

use std::path::{Path, PathBuf};

use granary_api::common::{ComponentHealth, HealthStatus, SystemHealth};
use serde::{Deserialize, Serialize};

use super::{
    copy::Copy,
    folder,
    manifest::{Kept, Manifest},
    report::{Verified, VerifiedCanister},
};
use crate::{
    client::{
        Client,
        common::{GET_SYSTEM_HEALTH, GET_VERSION},
        remote::Remote,
    },
    date,
    failure::Failure,
    operations::{digest, release::crew::Crew, validate},
    render::Progress,
};

/// The component of a canister's health that is about its peers.
const DEPENDENCIES: &str = "dependencies";
/// The file a verification leaves in the backup's folder.
const VERIFIED: &str = "verified.json";

/// What the newest verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// SHA-256 of the manifest that was verified.
    pub(crate) manifest_sha256: String,
    pub(crate) verified_at: String,
    pub(crate) ok: bool,
}

/// What the newest verification of the backup as it is now found; none when there was none.
pub(crate) fn mark(folder: &Path) -> Option<Mark> {
    let bytes = std::fs::read(folder.join(VERIFIED)).ok()?;
    let mark: Mark = serde_json::from_slice(&bytes).ok()?;
    (Manifest::digest(folder).ok()? == mark.manifest_sha256).then_some(mark)
}

/// Compares every file of the backup in `folder`, boots it, asks the copy, and leaves a mark that
/// says what came of it.
pub(crate) async fn verify(
    folder: &Path,
    cache: Option<PathBuf>,
    now_ns: u64,
    progress: &Progress,
) -> Result<Verified, Failure> {
    progress.say(format_args!("comparing the files of {}", folder.display()));
    let found = match Manifest::read(folder) {
        Err(failure) if failure.code == "cli.backup" => Verified::spoilt(folder, failure.message),
        manifest => {
            let manifest = manifest?;
            let problems = manifest.differences(folder);
            let canisters = if problems.is_empty() {
                prove(folder, &manifest, cache, progress).await?
            } else {
                Vec::new()
            };
            Verified::new(folder, &manifest, problems, canisters)
        }
    };
    let mark = Mark {
        manifest_sha256: Manifest::digest(folder)?,
        verified_at: date::iso(now_ns),
        ok: found.ok,
    };
    let mut text = serde_json::to_string_pretty(&mark).expect("texts are JSON");
    text.push('\n');
    folder::write(&folder.join(VERIFIED), text.as_bytes())?;
    Ok(found)
}

/// Boots the backup and asks every canister of the copy.
async fn prove(
    folder: &Path,
    manifest: &Manifest,
    cache: Option<PathBuf>,
    progress: &Progress,
) -> Result<Vec<VerifiedCanister>, Failure> {
    let copy = match Copy::boot(folder, manifest, cache, progress).await {
        Ok(copy) => copy,
        // The files are those that were written, and yet nothing boots from them.
        Err(failure) => {
            let unbooted = |kept| VerifiedCanister::new(kept, None, vec![failure.message.clone()]);
            return Ok(manifest.canisters.iter().take(1).map(unbooted).collect());
        }
    };
    let mut canisters = Vec::new();
    for kept in &manifest.canisters {
        let (health, problems) = ask(&copy.crew, kept, progress).await;
        canisters.push(VerifiedCanister::new(kept, health, problems));
    }
    copy.end().await?;
    Ok(canisters)
}

/// What a canister that was booted or restored from `kept` has that it must not have, or lacks.
pub(super) async fn ask<C: Client>(
    crew: &Crew<C>,
    kept: &Kept,
    progress: &Progress,
) -> (Option<HealthStatus>, Vec<String>) {
    let mut problems = Vec::new();
    let health = match look(crew, kept, progress, &mut problems).await {
        Ok(health) => Some(health),
        Err(failure) => {
            problems.push(failure.message);
            None
        }
    };
    (health, problems)
}

async fn look<C: Client>(
    crew: &Crew<C>,
    kept: &Kept,
    progress: &Progress,
    problems: &mut Vec<String>,
) -> Result<HealthStatus, Failure> {
    progress.say(format_args!("asking the restored {} what it is", kept.name));
    let canister = kept.id()?;
    let auditor = Remote { client: crew.auditor.clone(), canister };
    let reader = Remote { client: crew.backup.clone(), canister };
    let mut same = |what: &str, found: &str, kept: &str| {
        if found != kept {
            problems.push(format!("its {what} is {found}, and the manifest says {kept}"));
        }
    };
    same("code", &crew.runs(&kept.target()).await?, &kept.module_hash);
    let version = auditor.ask(GET_VERSION).await?;
    same("version", &version.version, &kept.version);
    same("schema", &version.schema.to_string(), &kept.state_schema.to_string());
    let (events, head) = validate::head(&auditor).await?;
    same("number of events", &events.to_string(), &kept.events.to_string());
    same("journal's head", &hex::encode(head), &kept.journal_head);
    let state = digest::digest(&reader, kept.member()?).await?;
    same("state", &state.sha256, &kept.state_sha256);
    let (health, reasons) = own_health(&auditor.ask(GET_SYSTEM_HEALTH).await?);
    if health == HealthStatus::Critical {
        problems.push(format!("its health is critical: {}", reasons.join(", ")));
    }
    let found = validate::validate(&auditor, progress).await?;
    let broken = found.violations.iter().map(|one| format!("{}: {}", one.rule, one.message));
    problems.extend(broken.chain(found.journal.problem));
    Ok(health)
}

/// How it is without its peers, and why. What it remembers of them is from when the backup was
/// taken: one that it asked while that was stopped for its own snapshot spoils no backup.
fn own_health(found: &SystemHealth) -> (HealthStatus, Vec<String>) {
    let own = found.components.iter().filter(|component| component.name != DEPENDENCIES);
    let ill: Vec<_> = own.filter(|one| one.status != HealthStatus::Healthy).collect();
    let worst = ill.iter().map(|component| component.status).max();
    let reason = |one: &&ComponentHealth| format!("{}: {}", one.name, one.reason);
    (worst.unwrap_or(HealthStatus::Healthy), ill.iter().map(reason).collect())
}

#[cfg(test)]
mod tests {
    use granary_api::common::{Mode, Profile};
    use serde_bytes::ByteBuf;

    use super::*;

    fn health(components: &[(&str, HealthStatus)]) -> SystemHealth {
        let component = |&(name, status): &(&str, HealthStatus)| ComponentHealth {
            name: name.to_owned(),
            status,
            reason: "why".to_owned(),
        };
        SystemHealth {
            overall: components.iter().map(|one| one.1).max().unwrap_or(HealthStatus::Healthy),
            components: components.iter().map(component).collect(),
            last_check_ns: 1,
            missed_beats: 0,
            version: "0.1.0".to_owned(),
            schema: 1,
            uptime_ns: 1,
            mode: Mode::Full,
            profile: Profile::Testing,
            log_head: ByteBuf::new(),
            heap_bytes: None,
            stable_bytes: None,
            cycles: None,
            runway_days: None,
        }
    }

    #[test]
    fn a_peer_that_was_silent_when_the_backup_was_taken_spoils_none() {
        let found = health(&[
            ("jobs", HealthStatus::Degraded),
            (DEPENDENCIES, HealthStatus::Critical),
            ("memory", HealthStatus::Healthy),
        ]);
        assert_eq!(own_health(&found), (HealthStatus::Degraded, vec!["jobs: why".to_owned()]));
        let found = health(&[(DEPENDENCIES, HealthStatus::Critical)]);
        assert_eq!(own_health(&found), (HealthStatus::Healthy, vec![]));
    }

    #[test]
    fn what_is_critical_in_itself_is_told() {
        let found = health(&[("jobs", HealthStatus::Critical), ("memory", HealthStatus::Degraded)]);
        let reasons = vec!["jobs: why".to_owned(), "memory: why".to_owned()];
        assert_eq!(own_health(&found), (HealthStatus::Critical, reasons));
    }
}
