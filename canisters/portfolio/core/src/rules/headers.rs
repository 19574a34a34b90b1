//! Headers are taken when they link, carry their work, and lead to more of it (P9); a transaction
//! is included when its branch says so and enough blocks lie on top (P10).

use granary_proof::bitcoin::chain::{self, Chain};
use granary_proof::bitcoin::header::HeaderBytes;
use granary_proof::bitcoin::inclusion::{self, Inclusion};

use crate::errors::{HeaderFault, PortfolioError};
use crate::limits;
use crate::records::{ChainPlace, Event, EventKind, HeaderRow};
use crate::rules::proof::{NewHeaders, ProofChange};
use crate::rules::utxo_observe::confirmations;
use crate::rules::{Change, Ctx};
use crate::types::{Hash, Network};

/// The same network, as the chain's rules name it.
pub const fn rules_of(network: Network) -> chain::Network {
    match network {
        Network::Mainnet => chain::Network::Mainnet,
        Network::Testnet => chain::Network::Testnet,
        Network::Regtest => chain::Network::Regtest,
    }
}

/// Begins a chain with a header that people agreed on: everything above it is checked, it is not.
pub fn start(
    known: Option<ChainPlace>,
    network: Network,
    height: u32,
    header: HeaderBytes,
) -> Result<Change, PortfolioError> {
    if known.is_some() {
        return Err(HeaderFault::Begun.into());
    }
    let rules = rules_of(network);
    let whole = !rules.retargets() || height.checked_rem(chain::PERIOD) == Some(0);
    if !whole || height > u32::MAX.saturating_sub(limits::MAX_CHAIN) {
        return Err(HeaderFault::Base { height }.into());
    }
    let place = ChainPlace { network, base: height, tip: height };
    let hash = granary_proof::bitcoin::header::hash(&header);
    let event = Event::new(EventKind::HeadersExtended, height.into()).number(height.into());
    let headers = NewHeaders { chain: place, from: 0, headers: vec![HeaderRow(header)] };
    let proofs = ProofChange { headers: Some(headers), ..ProofChange::default() };
    Ok(Change { proofs, ..Change::with(event.digest(hash)) })
}

/// Takes a batch. A change of the past deeper than [`limits::MAX_REORG`] is a person's decision:
/// from anybody else it freezes deposits and changes no header.
pub fn submit<C: Chain>(
    view: &C,
    place: ChainPlace,
    frozen: bool,
    by_governor: bool,
    batch: &[HeaderBytes],
    ctx: &Ctx,
) -> Result<Change, PortfolioError> {
    let refused = |fault| PortfolioError::from(HeaderFault::Chain(fault));
    let verdict = chain::judge(view, batch, limits::MAX_REORG_SEARCH, ctx.now.as_secs());
    let verdict = verdict.map_err(refused)?;
    let tip = verdict.parent.saturating_add(verdict.added);
    if tip.saturating_sub(place.base) >= limits::MAX_CHAIN {
        return Err(refused(chain::ChainFault::TooHigh));
    }
    let removed = verdict.removed;
    let reorg = Event::new(EventKind::ReorgDetected, verdict.parent.into()).number(removed.into());
    let reorg = reorg.digest(verdict.tip_hash);
    if removed > limits::MAX_REORG && !by_governor {
        if frozen {
            return Err(refused(chain::ChainFault::Unlinked));
        }
        let event = Event::new(EventKind::DepositsFrozen, verdict.parent.into());
        let event = event.number(removed.into()).digest(verdict.tip_hash);
        let proofs = ProofChange { frozen: Some(Some(ctx.now)), ..ProofChange::default() };
        return Ok(Change { proofs, ..Change::with(event) });
    }
    let extended = Event::new(EventKind::HeadersExtended, tip.into());
    let extended = extended.number(verdict.added.into()).digest(verdict.tip_hash);
    let mut events = vec![extended];
    if removed > 0 {
        events.push(reorg);
    }
    let from = u64::from(verdict.parent.saturating_sub(place.base)).saturating_add(1);
    let headers = batch.iter().copied().map(HeaderRow).collect();
    let headers = NewHeaders { chain: ChainPlace { tip, ..place }, from, headers };
    let proofs = ProofChange { headers: Some(headers), ..ProofChange::default() };
    Ok(Change { proofs, events, ..Change::default() })
}

/// A person looked at the reorganisation: deposits go on.
pub fn thaw(frozen: bool) -> Result<Change, PortfolioError> {
    if !frozen {
        return Err(HeaderFault::DepositsOpen.into());
    }
    let event = Event::new(EventKind::DepositsThawed, 0);
    let proofs = ProofChange { frozen: Some(None), ..ProofChange::default() };
    Ok(Change { proofs, ..Change::with(event) })
}

/// Checks that a transaction is in the block of a kept header, deep enough.
pub fn included(
    place: ChainPlace,
    header: &HeaderBytes,
    height: u32,
    proof: &Inclusion,
    required: u32,
) -> Result<(Hash, u32), PortfolioError> {
    let read = granary_proof::bitcoin::header::Header::read(header);
    let txid = inclusion::verify(proof, &read.merkle_root).map_err(HeaderFault::Inclusion)?;
    let found = confirmations(place.tip, height);
    if found < required {
        return Err(HeaderFault::Confirmations { found, required }.into());
    }
    Ok((txid, found))
}
