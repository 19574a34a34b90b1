//! What the stored state is, as one hash for each domain of the export.

use std::collections::BTreeMap;

use granary_api::common::{ExportStateArgs, StatePage};
use sha2::{Digest, Sha256};

use crate::{people::Who, reply::Expect, world::World};

/// Bytes asked for at once.
const PAGE_BYTES: u32 = 500_000;

/// A hash for each domain.
pub type StateDigest = BTreeMap<String, [u8; 32]>;

/// The state as its backup shows it; every page's own digest is recomputed on the way.
///
/// # Panics
/// When a page contradicts itself.
#[track_caller]
pub fn state(world: &World) -> StateDigest {
    let domains = world.subject().domains.iter();
    domains
        .map(|domain| {
            let mut digest = Sha256::new();
            for page in pages(world, domain, PAGE_BYTES) {
                for record in &page.records {
                    digest.update(length(record));
                    digest.update(record);
                }
            }
            ((*domain).to_owned(), digest.finalize().into())
        })
        .collect()
}

/// Every page of one domain.
///
/// # Panics
/// When a page contradicts itself.
#[track_caller]
pub fn pages(world: &World, domain: &str, max_bytes: u32) -> Vec<StatePage> {
    let backup = world.caller(Who::Backup);
    let mut pages = Vec::new();
    let mut cursor = None;
    loop {
        let args = ExportStateArgs { domain: domain.to_owned(), cursor: cursor.clone(), max_bytes };
        let page = backup.export_state(&args).value("a page of the export");
        assert_eq!(page.cursor, cursor, "the page is the one asked for");
        let mut digest = Sha256::new();
        for record in &page.records {
            digest.update(length(record));
            digest.update(record);
        }
        assert_eq!(page.digest[..], digest.finalize()[..], "a page of {domain}");
        cursor.clone_from(&page.next);
        pages.push(page);
        if cursor.is_none() {
            return pages;
        }
    }
}

fn length(record: &[u8]) -> [u8; 4] {
    u32::try_from(record.len()).expect("a record is smaller than a page").to_be_bytes()
}
