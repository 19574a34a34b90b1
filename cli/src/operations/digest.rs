//! One hash over everything a canister exports, computed on this side.

use granary_api::common::{ExportStateArgs, StatePage};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    client::{Client, common::EXPORT_STATE, remote::Remote},
    exit::Exit,
    failure::Failure,
    suite::Member,
};

/// Bytes asked for in one page; below what a reply may hold.
const PAGE_BYTES: u32 = 1_000_000;

/// The hash of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct StateDigest {
    /// SHA-256 over every domain's name and records, each preceded by its length.
    pub(crate) sha256: String,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
}

/// Hashes a state page by page, domain after domain.
#[derive(Default)]
pub(crate) struct Digester {
    hash: Sha256,
    domain: Option<String>,
    records: u64,
    bytes: u64,
}

impl Digester {
    /// Checks the page's own digest and, when `counts`, adds its records.
    pub(crate) fn page(
        &mut self,
        domain: &str,
        counts: bool,
        page: &StatePage,
    ) -> Result<(), Failure> {
        let mut own = Sha256::new();
        page.records.iter().for_each(|record| add(&mut own, record));
        if own.finalize()[..] != page.digest[..] {
            let message = format!("a page of the {domain} does not have the hash it claims");
            return Err(Failure::new(Exit::Degraded, "cli.digest", message));
        }
        if !counts {
            return Ok(());
        }
        if self.domain.as_deref() != Some(domain) {
            add(&mut self.hash, domain.as_bytes());
            self.domain = Some(domain.to_owned());
        }
        for record in &page.records {
            add(&mut self.hash, record);
            self.records += 1;
            self.bytes += u64::try_from(record.len()).unwrap_or(u64::MAX);
        }
        Ok(())
    }

    /// The hash of everything that counted.
    pub(crate) fn finish(self) -> StateDigest {
        let Self { hash, records, bytes, .. } = self;
        StateDigest { sha256: hex::encode(hash.finalize()), records, bytes }
    }
}

/// Reads all pages of all domains but the journal as the identity of `remote`, which must hold the
/// backup role.
pub(crate) async fn digest<C: Client>(
    remote: &Remote<C>,
    member: &Member,
) -> Result<StateDigest, Failure> {
    over(remote, member.lasting()).await
}

/// The same without the configuration: it counts the drains, so a release that drains the canister
/// changes it.
pub(crate) async fn records<C: Client>(
    remote: &Remote<C>,
    member: &Member,
) -> Result<StateDigest, Failure> {
    over(remote, member.lasting().filter(|domain| *domain != "config")).await
}

async fn over<C: Client>(
    remote: &Remote<C>,
    domains: impl Iterator<Item = &'static str>,
) -> Result<StateDigest, Failure> {
    let mut state = Digester::default();
    for domain in domains {
        let mut cursor = None;
        loop {
            let args = ExportStateArgs {
                domain: domain.to_owned(),
                cursor: cursor.take(),
                max_bytes: PAGE_BYTES,
            };
            let page = remote.query(EXPORT_STATE, &args).await?;
            state.page(domain, true, &page)?;
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok(state.finish())
}

fn add(hash: &mut Sha256, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    hash.update(length.to_be_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use granary_api::Error;
    use serde_bytes::ByteBuf;

    use super::*;
    use crate::{client::fake::Answers, suite::MICRO_GRANTS};

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
        let found = digest(&pages(false).grants(), &MICRO_GRANTS).await.expect("digests");
        assert_eq!(found.records, 2 * u64::try_from(MICRO_GRANTS.lasting().count()).expect("few"));
        assert_eq!(digest(&pages(false).grants(), &MICRO_GRANTS).await, Ok(found));
    }

    #[tokio::test]
    async fn a_page_that_is_not_what_it_claims_is_noticed() {
        let failure = digest(&pages(true).grants(), &MICRO_GRANTS).await.expect_err("spoilt");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Degraded, "cli.digest"));
    }
}
