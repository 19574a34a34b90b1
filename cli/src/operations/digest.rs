//! One hash over everything a canister exports, computed on this side.

use granary_api::common::ExportStateArgs;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    client::{
        Client,
        grants::{EXPORT_STATE, Grants},
    },
    exit::Exit,
    failure::Failure,
};

/// Bytes asked for in one page; below what a reply may hold.
const PAGE_BYTES: u32 = 1_000_000;

/// Families of records the canister exports, in the order they are hashed.
pub(crate) const DOMAINS: [&str; 9] = [
    "programs",
    "applications",
    "drafts",
    "reviews",
    "conflicts",
    "grants",
    "milestones",
    "payouts",
    "events",
];

/// The hash of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct StateDigest {
    /// SHA-256 over every domain's name and records, each preceded by its length.
    pub(crate) sha256: String,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
}

/// Reads all pages of all domains as the identity of `grants`, which must hold the backup role.
pub(crate) async fn digest<C: Client>(grants: &Grants<C>) -> Result<StateDigest, Failure> {
    let mut hash = Sha256::new();
    let (mut records, mut bytes) = (0_u64, 0_u64);
    for domain in DOMAINS {
        add(&mut hash, domain.as_bytes());
        let mut cursor = None;
        loop {
            let args = ExportStateArgs {
                domain: domain.to_owned(),
                cursor: cursor.take(),
                max_bytes: PAGE_BYTES,
            };
            let page = grants.query(EXPORT_STATE, &args).await?;
            let mut own = Sha256::new();
            for record in &page.records {
                add(&mut own, record);
                add(&mut hash, record);
                records += 1;
                bytes += u64::try_from(record.len()).unwrap_or(u64::MAX);
            }
            if own.finalize()[..] != page.digest[..] {
                let message = format!("a page of the {domain} does not have the hash it claims");
                return Err(Failure::new(Exit::Degraded, "cli.digest", message));
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(StateDigest { sha256: hex::encode(hash.finalize()), records, bytes })
}

fn add(hash: &mut Sha256, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    hash.update(length.to_be_bytes());
    hash.update(bytes);
}
