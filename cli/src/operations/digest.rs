//! One hash over everything a canister exports, computed on this side.

use granary_api::common::ExportStateArgs;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    client::{Client, common::EXPORT_STATE, remote::Remote},
    exit::Exit,
    failure::Failure,
};

/// Bytes asked for in one page; below what a reply may hold.
const PAGE_BYTES: u32 = 1_000_000;

/// Families of records the canister exports, in the order they are hashed.
///
/// Without the journal: it grows by an entry with every upgrade, and its hash chain vouches for it.
pub(crate) const DOMAINS: [&str; 7] =
    ["config", "roles", "programs", "applications", "reviews", "grants", "payouts"];

/// The hash of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct StateDigest {
    /// SHA-256 over every domain's name and records, each preceded by its length.
    pub(crate) sha256: String,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
}

/// Reads all pages of all domains as the identity of `grants`, which must hold the backup role.
pub(crate) async fn digest<C: Client>(grants: &Remote<C>) -> Result<StateDigest, Failure> {
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

#[cfg(test)]
mod tests {
    use granary_api::{Error, common::StatePage};
    use serde_bytes::ByteBuf;

    use super::*;
    use crate::client::fake::Answers;

    /// Two pages for each domain; `spoil` changes a record after it was hashed.
    fn pages(spoil: bool) -> Answers {
        Answers::default().raw("export_state", move |arg| {
            let args: ExportStateArgs = candid::decode_one(arg).expect("arguments");
            let second = args.cursor.is_some();
            let mut record = format!("{} {second}", args.domain).into_bytes();
            let mut hash = Sha256::new();
            add(&mut hash, &record);
            if spoil && second {
                record.push(0);
            }
            let page = StatePage {
                domain: args.domain,
                schema: 1,
                cursor: args.cursor,
                records: vec![ByteBuf::from(record)],
                digest: ByteBuf::from(hash.finalize().to_vec()),
                next: (!second).then(|| ByteBuf::from([1])),
            };
            Ok(candid::encode_one(Ok::<_, Error>(page)).expect("encodes"))
        })
    }

    #[tokio::test]
    async fn every_page_of_every_domain_counts() {
        let found = digest(&pages(false).grants()).await.expect("digests");
        assert_eq!(found.records, 2 * u64::try_from(DOMAINS.len()).expect("few"));
        assert_eq!(digest(&pages(false).grants()).await, Ok(found));
    }

    #[tokio::test]
    async fn a_page_that_is_not_what_it_claims_is_noticed() {
        let failure = digest(&pages(true).grants()).await.expect_err("spoilt");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Degraded, "cli.digest"));
    }
}
