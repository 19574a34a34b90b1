//! Logical backups: the pages a canister exports, kept in a folder with a manifest that says what
//! every file must hash to, and brought back into a canister that was installed for it.

use std::path::Path;

use granary_api::common::{ExportStateArgs, StatePage};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::folder;
use crate::{
    client::{
        Client,
        common::{EXPORT_STATE, GET_VERSION, IMPORT_STATE},
        remote::{Remote, decode, encode},
    },
    date,
    exit::Exit,
    failure::Failure,
    operations::{digest, validate},
    render::{Page, Progress, Report, page::Tone},
    suite::Member,
};

/// Bytes asked for in one page; below what a reply and a request may hold.
const PAGE_BYTES: u32 = 1_000_000;
/// The file that lists the others.
pub(super) const MANIFEST: &str = "manifest.json";
/// Name and version of the manifest's shape.
const SHAPE: &str = "granary.backup/1";

/// What a folder of pages is, and what each of them must hash to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) shape: String,
    pub(crate) canister: String,
    pub(crate) canister_id: String,
    pub(crate) version: String,
    pub(crate) state_schema: u32,
    /// Events of the journal when the export began.
    pub(crate) events: u64,
    /// Hash of the newest of them.
    pub(crate) journal_head: String,
    pub(crate) taken_at: String,
    /// Over every record of every domain but the journal.
    pub(crate) state_sha256: String,
    pub(crate) pages: Vec<PageFile>,
}

/// One page in its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageFile {
    pub(crate) file: String,
    pub(crate) domain: String,
    pub(crate) records: u64,
    /// Of the file.
    pub(crate) sha256: String,
}

/// What an export or an import did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct BackupReport {
    /// `exported`, `checked` or `imported`.
    pub(crate) action: &'static str,
    pub(crate) canister: String,
    pub(crate) folder: String,
    pub(crate) pages: u64,
    pub(crate) records: u64,
    pub(crate) events: u64,
    pub(crate) state_sha256: String,
}

impl Report for BackupReport {
    const SCHEMA: &'static str = "granary.backup_report/1";

    fn text(&self, page: &mut Page) {
        let action = page.paint(Tone::Good, self.action);
        page.line(format!("{action} {} in {}", self.canister, self.folder));
        page.field("records", format!("{} in {} pages", self.records, self.pages));
        page.field("events", self.events.to_string());
        page.field("state", &self.state_sha256);
    }
}

impl BackupReport {
    fn of(action: &'static str, folder: &Path, manifest: &Manifest) -> Self {
        Self {
            action,
            canister: manifest.canister.clone(),
            folder: folder.display().to_string(),
            pages: u64::try_from(manifest.pages.len()).unwrap_or(u64::MAX),
            records: manifest.pages.iter().map(|page| page.records).fold(0, u64::saturating_add),
            events: manifest.events,
            state_sha256: manifest.state_sha256.clone(),
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Reads every page of `remote` into `folder`, as [`pages`] does, and says what came of it.
pub(crate) async fn export<C: Client>(
    remote: &Remote<C>,
    member: &Member,
    folder: &Path,
    now_ns: u64,
    progress: &Progress,
) -> Result<BackupReport, Failure> {
    let manifest = pages(remote, member, folder, now_ns, progress).await?;
    Ok(BackupReport::of("exported", folder, &manifest))
}

/// Reads every page of `remote` into `folder`, which must be empty or new. The identity must hold
/// the backup role. A canister that changed meanwhile is refused: drain it, or try again.
pub(crate) async fn pages<C: Client>(
    remote: &Remote<C>,
    member: &Member,
    folder: &Path,
    now_ns: u64,
    progress: &Progress,
) -> Result<Manifest, Failure> {
    empty(folder)?;
    let version = remote.ask(GET_VERSION).await?;
    let (events, head) = validate::head(remote).await?;
    let mut pages = Vec::new();
    let mut state = digest::Digester::default();
    for domain in member.domains.iter().copied() {
        let mut cursor = None;
        loop {
            progress.say(format_args!("exporting {domain}: page {}", pages.len() + 1));
            let args = ExportStateArgs {
                domain: domain.to_owned(),
                cursor: cursor.take(),
                max_bytes: PAGE_BYTES,
            };
            let page = remote.query(EXPORT_STATE, &args).await?;
            state.page(domain, domain != "journal", &page)?;
            let bytes = encode(&page)?;
            let file = format!("{:04}-{domain}.page", pages.len() + 1);
            write(&folder.join(&file), &bytes)?;
            let records = u64::try_from(page.records.len()).unwrap_or(u64::MAX);
            let domain = domain.to_owned();
            pages.push(PageFile { file, domain, records, sha256: hash(&bytes) });
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    if validate::head(remote).await?.1 != head {
        let message = "the canister changed while it was read, so the pages do not fit together";
        return Err(Failure::new(Exit::Degraded, "cli.backup_torn", message)
            .next("the same into another folder while nobody works"));
    }
    let manifest = Manifest {
        shape: SHAPE.to_owned(),
        canister: member.name.to_owned(),
        canister_id: remote.canister.to_text(),
        version: version.version,
        state_schema: version.schema,
        events,
        journal_head: hex::encode(head),
        taken_at: date::iso(now_ns),
        state_sha256: state.finish().sha256,
        pages,
    };
    // Written last: a folder without it is not a backup.
    let mut text = serde_json::to_string_pretty(&manifest).expect("texts and numbers are JSON");
    text.push('\n');
    write(&folder.join(MANIFEST), text.as_bytes())?;
    Ok(manifest)
}

/// Reads the folder and checks every hash; nothing is sent.
pub(crate) fn check(folder: &Path, member: &Member) -> Result<BackupReport, Failure> {
    let (manifest, _) = read(folder, member)?;
    Ok(BackupReport::of("checked", folder, &manifest))
}

/// Sends every page of `folder` to a canister that was installed for an import, and compares the
/// state it has afterwards. The identity must govern; `backup` reads the result.
pub(crate) async fn import<C: Client>(
    remote: &Remote<C>,
    backup: &Remote<C>,
    member: &Member,
    folder: &Path,
    progress: &Progress,
) -> Result<BackupReport, Failure> {
    let (manifest, pages) = read(folder, member)?;
    for (at, page) in pages.iter().enumerate() {
        progress.say(format_args!("importing page {}/{}", at + 1, pages.len()));
        remote.update(IMPORT_STATE, page).await?;
    }
    let state = digest::digest(backup, member).await?;
    if state.sha256 != manifest.state_sha256 {
        let message = format!(
            "the canister has the state {} and the backup was taken of {}",
            state.sha256, manifest.state_sha256
        );
        return Err(Failure::new(Exit::Degraded, "cli.backup_differs", message));
    }
    Ok(BackupReport::of("imported", folder, &manifest))
}

fn read(folder: &Path, member: &Member) -> Result<(Manifest, Vec<StatePage>), Failure> {
    let path = folder.join(MANIFEST);
    let text = std::fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
    let spoilt = |message: String| Failure::new(Exit::Usage, "cli.backup", message);
    let manifest: Manifest = serde_json::from_str(&text)
        .map_err(|error| spoilt(format!("{} is not a manifest ({error})", path.display())))?;
    if manifest.shape != SHAPE || manifest.canister != member.name {
        let (shape, canister) = (&manifest.shape, &manifest.canister);
        let message = format!("the folder holds {shape} of {canister}, not of {}", member.name);
        return Err(spoilt(message));
    }
    let mut state = digest::Digester::default();
    let mut pages = Vec::new();
    for page in &manifest.pages {
        let path = folder::inside(folder, &page.file)
            .ok_or_else(|| spoilt(format!("`{}` is no name of a page", page.file)))?;
        let bytes = std::fs::read(&path).map_err(Failure::file("read", &path))?;
        if hash(&bytes) != page.sha256 {
            return Err(spoilt(format!("{} is not the file that was written", path.display())));
        }
        let content: StatePage = decode("export_state", &bytes)?;
        state.page(&page.domain, page.domain != "journal", &content)?;
        pages.push(content);
    }
    if state.finish().sha256 != manifest.state_sha256 {
        return Err(spoilt("the pages are not the state the manifest names".to_owned()));
    }
    Ok((manifest, pages))
}

fn empty(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(Failure::file("create", folder))?;
    let mut entries = std::fs::read_dir(folder).map_err(Failure::file("read", folder))?;
    if entries.next().is_none() {
        return Ok(());
    }
    let message = format!("{} is not empty, and a backup is never written over", folder.display());
    Err(Failure::new(Exit::Usage, "cli.backup_folder", message).next("the same with a new folder"))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(folder::unwritten(path))
}
