//! Whether a backup restores: every file has the hash it was written with, and a copy that is
//! booted from it is what the manifest says it is.

use std::path::{Path, PathBuf};

use granary_api::common::HealthStatus;
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
        common::{GET_VERSION, HEALTH_CHECK},
        remote::Remote,
    },
    date,
    failure::Failure,
    operations::{digest, release::crew::Crew, validate},
    render::Progress,
};

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
    let health = auditor.ask(HEALTH_CHECK).await?;
    if health.status == HealthStatus::Critical {
        problems.push(format!("its health is critical: {}", health.reasons.join(", ")));
    }
    let found = validate::validate(&auditor, progress).await?;
    let broken = found.violations.iter().map(|one| format!("{}: {}", one.rule, one.message));
    problems.extend(broken.chain(found.journal.problem));
    Ok(health.status)
}
