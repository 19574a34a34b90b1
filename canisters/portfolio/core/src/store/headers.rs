//! Verbs of the header chain.

use granary_kernel::{Class, Ctx, Fault, Receipt};
use granary_proof::bitcoin::chain::{self, Chain};
use granary_proof::bitcoin::header::{HEADER_BYTES, HeaderBytes};
use granary_proof::bitcoin::inclusion::Inclusion;
use ic_stable_structures::Memory;

use crate::errors::{HeaderFault, PortfolioError, UtxoFault};
use crate::limits;
use crate::records::{AssetKind, ChainPlace, Role};
use crate::rules::headers;
use crate::store::Store;
use crate::types::{Hash, Network, Timestamp};

/// Where the header chain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainView {
    /// Which headers are kept.
    pub place: ChainPlace,
    /// Hash of the last one.
    pub tip_hash: Hash,
    /// When it says it was found, seconds since 1970.
    pub tip_time: u32,
    /// Since when deposits wait for a person.
    pub frozen_since: Option<Timestamp>,
}

/// A transaction that is in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Included {
    /// Its id, in the byte order in which it is hashed.
    pub txid: Hash,
    /// Blocks with it and on top of it.
    pub confirmations: u32,
}

/// The kept headers, as the chain's rules read them.
pub(crate) struct Kept<'a, M: Memory> {
    store: &'a Store<M>,
    place: ChainPlace,
}

impl<M: Memory> Chain for Kept<'_, M> {
    fn network(&self) -> chain::Network {
        headers::rules_of(self.place.network)
    }
    fn base(&self) -> u32 {
        self.place.base
    }
    fn tip(&self) -> u32 {
        self.place.tip
    }
    fn header(&self, height: u32) -> Option<HeaderBytes> {
        let slot = height.checked_sub(self.place.base).filter(|_| height <= self.place.tip)?;
        self.store.proofs.headers.get(slot.into()).map(|row| row.0)
    }
}

impl<M: Memory + 'static> Store<M> {
    /// Begins the header chain.
    pub fn start_headers(
        &mut self,
        ctx: &Ctx,
        network: Network,
        height: u32,
        header: &[u8],
    ) -> Result<Receipt, PortfolioError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_role(ctx, &[Role::Governor])?;
            let header = sized(&[header])?.first().copied().unwrap_or([0; HEADER_BYTES]);
            headers::start(store.proofs.place().chain, network, height, header)
        })
    }

    /// Takes headers in.
    pub fn submit_headers(
        &mut self,
        ctx: &Ctx,
        batch: &[&[u8]],
    ) -> Result<Receipt, PortfolioError> {
        self.verb(ctx, Class::Finish, None, |store| {
            store.need_role(ctx, &[Role::Execution, Role::Operator, Role::Governor])?;
            let (count, max) = (batch.len(), limits::MAX_HEADERS);
            if count > max {
                return Err(Fault::ListSize { field: "headers".to_owned(), count, max }.into());
            }
            let batch = sized(batch)?;
            let kept = store.kept()?;
            let frozen = store.proofs.place().frozen_since.is_some();
            let by_governor = store.has_role(Role::Governor, &ctx.actor);
            headers::submit(&kept, kept.place, frozen, by_governor, &batch, ctx)
        })
    }

    /// Lets deposits go on after a reorganisation that was too deep.
    pub fn thaw_deposits(&mut self, ctx: &Ctx) -> Result<Receipt, PortfolioError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_role(ctx, &[Role::Governor])?;
            headers::thaw(store.proofs.place().frozen_since.is_some())
        })
    }

    /// Where the header chain stands.
    pub fn header_chain(&self) -> Result<ChainView, PortfolioError> {
        let kept = self.kept()?;
        let place = kept.place;
        let missing = HeaderFault::Missing { height: place.tip };
        let tip = kept.header(place.tip).ok_or(missing)?;
        let read = granary_proof::bitcoin::header::Header::read(&tip);
        let tip_hash = granary_proof::bitcoin::header::hash(&tip);
        let frozen_since = self.proofs.place().frozen_since;
        Ok(ChainView { place, tip_hash, tip_time: read.time, frozen_since })
    }

    /// The header at a height.
    pub fn block_header(&self, height: u32) -> Result<HeaderBytes, PortfolioError> {
        self.kept()?.header(height).ok_or_else(|| HeaderFault::Missing { height }.into())
    }

    /// Checks that a transaction is in a block of the kept chain, as deep as the asset asks.
    pub fn verify_inclusion(
        &self,
        asset: u64,
        height: u32,
        proof: &Inclusion,
    ) -> Result<Included, PortfolioError> {
        let (_, row) = self.asset(asset)?;
        let AssetKind::Btc { network, min_confirmations } = row.kind else {
            return Err(UtxoFault::NotBitcoin { asset }.into());
        };
        let kept = self.kept()?;
        if kept.place.network != network {
            return Err(HeaderFault::None.into());
        }
        let header = self.block_header(height)?;
        let (txid, confirmations) =
            headers::included(kept.place, &header, height, proof, min_confirmations)?;
        Ok(Included { txid, confirmations })
    }

    /// True while deposits wait for a person after a reorganisation that was too deep.
    pub fn deposits_frozen(&self) -> bool {
        self.proofs.place().frozen_since.is_some()
    }

    pub(crate) fn kept(&self) -> Result<Kept<'_, M>, PortfolioError> {
        let place = self.proofs.place().chain.ok_or(HeaderFault::None)?;
        Ok(Kept { store: self, place })
    }
}

fn sized(batch: &[&[u8]]) -> Result<Vec<HeaderBytes>, PortfolioError> {
    let mut headers = Vec::with_capacity(batch.len());
    for (index, bytes) in batch.iter().enumerate() {
        let size = HeaderFault::Size { index, bytes: bytes.len() };
        headers.push(<HeaderBytes>::try_from(*bytes).map_err(|_| size)?);
    }
    Ok(headers)
}
