//! Linkage, difficulty and the chain with most work.
//!
//! Only the best chain is kept, by height, 80 bytes a header. Headers come in batches, each a chain
//! of its own that hangs on a kept header. A batch that ends with more work than what it would
//! replace takes its place; one that does not changes nothing and can be sent again when it has
//! grown. Nobody has to be trusted for headers: what counts is work.

use core::fmt;

use super::header::{Header, HeaderBytes, compact, hash, meets, target};
use super::number::U256;
use crate::Hash;

/// Blocks between two changes of the difficulty.
pub const PERIOD: u32 = 2_016;
/// Seconds a period should take: two weeks.
const PERIOD_SECONDS: u32 = 1_209_600;
/// Headers whose median time the next one must exceed.
const MEDIAN_SPAN: u32 = 11;
/// Seconds a header's time may lie ahead of ours.
const MAX_AHEAD_SECONDS: u64 = 7_200;
/// Seconds without a block after which a test network allows the easiest target.
const EASY_AFTER_SECONDS: u32 = 1_200;

/// Which network's difficulty rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Bitcoin itself.
    Mainnet,
    /// The public test network, which allows an easy block after twenty minutes without one.
    Testnet,
    /// A private network: the easiest target, never changed.
    Regtest,
}

impl Network {
    /// Compact form of the easiest target.
    pub const fn easiest(self) -> u32 {
        match self {
            Self::Mainnet | Self::Testnet => 0x1d00_ffff,
            Self::Regtest => 0x207f_ffff,
        }
    }

    /// True where the difficulty changes; the kept chain must then begin with a period.
    pub const fn retargets(self) -> bool {
        match self {
            Self::Mainnet | Self::Testnet => true,
            Self::Regtest => false,
        }
    }
}

/// The kept chain, as far as the rules read it.
pub trait Chain {
    /// Which network it is of.
    fn network(&self) -> Network;
    /// Height of the first kept header.
    fn base(&self) -> u32;
    /// Height of the last kept header.
    fn tip(&self) -> u32;
    /// The header at a height between the two.
    fn header(&self, height: u32) -> Option<HeaderBytes>;
}

/// Why a batch of headers is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainFault {
    /// There are no headers in it.
    Empty,
    /// The first header hangs on none of the last kept ones.
    Unlinked,
    /// A header does not name the one before it.
    Broken {
        /// Its place in the batch.
        index: usize,
    },
    /// A header's target is not the one its height asks for.
    Difficulty {
        /// Its place in the batch.
        index: usize,
        /// The compact form it must have.
        expected: u32,
        /// The compact form it has.
        found: u32,
    },
    /// A header's hash is above its target.
    Work {
        /// Its place in the batch.
        index: usize,
    },
    /// A header's time is not after the median of those before, or too far ahead of ours.
    Time {
        /// Its place in the batch.
        index: usize,
        /// What it says, seconds since 1970.
        time: u32,
    },
    /// The batch has not more work than what it would replace.
    NotMoreWork,
    /// Heights end.
    TooHigh,
}

impl fmt::Display for ChainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there are no headers"),
            Self::Unlinked => f.write_str("the first header hangs on no recent header of ours"),
            Self::Broken { index } => {
                write!(f, "header {index} of the batch does not name the one before it")
            }
            Self::Difficulty { index, expected, found } => write!(
                f,
                "header {index} of the batch has target {found:08x} where {expected:08x} is due"
            ),
            Self::Work { index } => {
                write!(f, "the hash of header {index} of the batch is above its target")
            }
            Self::Time { index, time } => {
                write!(f, "the time {time} of header {index} of the batch cannot be")
            }
            Self::NotMoreWork => f.write_str("the headers have not more work than ours"),
            Self::TooHigh => f.write_str("heights end at 2^32"),
        }
    }
}

impl std::error::Error for ChainFault {}

/// What a batch would do to the kept chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Height of the kept header the batch hangs on.
    pub parent: u32,
    /// Kept headers that would go.
    pub removed: u32,
    /// Headers of the batch, by number.
    pub added: u32,
    /// Work of the batch.
    pub work_added: U256,
    /// Work of what would go.
    pub work_removed: U256,
    /// Hash of the last header.
    pub tip_hash: Hash,
}

/// Judges a batch against the kept chain. `search` is how many kept headers, from the tip down,
/// may be its parent.
///
/// # Errors
/// See [`ChainFault`].
pub fn judge<C: Chain>(
    chain: &C,
    batch: &[HeaderBytes],
    search: u32,
    now_seconds: u64,
) -> Result<Verdict, ChainFault> {
    let first = Header::read(batch.first().ok_or(ChainFault::Empty)?);
    let parent = find(chain, &first.previous, search).ok_or(ChainFault::Unlinked)?;
    let view = Joined { chain, parent, batch };
    let added = u32::try_from(batch.len()).map_err(|_| ChainFault::TooHigh)?;
    parent.checked_add(added).ok_or(ChainFault::TooHigh)?;
    let (mut previous, mut work_added) = (first.previous, U256::ZERO);
    let mut known = (0, U256::ZERO, U256::ZERO);
    for (index, bytes) in batch.iter().enumerate() {
        let header = Header::read(bytes);
        if header.previous != previous {
            return Err(ChainFault::Broken { index });
        }
        let step = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        let height = parent.saturating_add(step);
        view.need_difficulty(index, height, &header)?;
        view.need_time(index, height, &header, now_seconds)?;
        if known.0 != header.bits {
            let target = target(header.bits).ok_or(ChainFault::Work { index })?;
            known = (header.bits, target, target.work_of_target());
        }
        previous = hash(bytes);
        if !meets(&previous, known.1) {
            return Err(ChainFault::Work { index });
        }
        work_added = work_added.checked_add(known.2).unwrap_or(U256::MAX);
    }
    let removed = chain.tip().saturating_sub(parent);
    let work_removed = work_above(chain, parent);
    if work_added <= work_removed {
        return Err(ChainFault::NotMoreWork);
    }
    Ok(Verdict { parent, removed, added, work_added, work_removed, tip_hash: previous })
}

/// Height of the kept header with this hash, looked for from the tip down. A header's hash stands
/// in the header above it, so only the tip is hashed.
pub fn find<C: Chain>(chain: &C, wanted: &Hash, search: u32) -> Option<u32> {
    let tip = chain.tip();
    let mut name = hash(&chain.header(tip)?);
    let lowest = chain.base().max(tip.saturating_sub(search));
    let mut height = tip;
    loop {
        if name == *wanted {
            return Some(height);
        }
        if height <= lowest {
            return None;
        }
        name = Header::read(&chain.header(height)?).previous;
        height = height.saturating_sub(1);
    }
}

/// Hash of the kept header at a height.
pub fn hash_at<C: Chain>(chain: &C, height: u32) -> Option<Hash> {
    if height == chain.tip() {
        return Some(hash(&chain.header(height)?));
    }
    let above = chain.header(height.checked_add(1)?)?;
    (height >= chain.base()).then(|| Header::read(&above).previous)
}

/// Work of the kept headers above a height.
pub fn work_above<C: Chain>(chain: &C, height: u32) -> U256 {
    let mut work = U256::ZERO;
    let mut known = (0, U256::ZERO);
    for height in height.saturating_add(1)..=chain.tip() {
        let Some(bytes) = chain.header(height) else { break };
        let bits = Header::read(&bytes).bits;
        if known.0 != bits {
            known = (bits, target(bits).map_or(U256::ZERO, U256::work_of_target));
        }
        work = work.checked_add(known.1).unwrap_or(U256::MAX);
    }
    work
}

/// The kept chain up to the parent, and the batch above it.
struct Joined<'a, C> {
    chain: &'a C,
    parent: u32,
    batch: &'a [HeaderBytes],
}

impl<C: Chain> Joined<'_, C> {
    fn header(&self, height: u32) -> Option<Header> {
        let bytes = match height.checked_sub(self.parent).filter(|above| *above > 0) {
            None => self.chain.header(height)?,
            Some(above) => *self.batch.get(usize::try_from(above).ok()?.saturating_sub(1))?,
        };
        Some(Header::read(&bytes))
    }

    /// The compact target due at a height; none when the chain does not reach far enough back.
    fn due(&self, height: u32) -> Option<u32> {
        let network = self.chain.network();
        if !network.retargets() {
            return Some(network.easiest());
        }
        let into = height.checked_rem(PERIOD)?;
        if into != 0 {
            // Within a period the first header has the target of all.
            return Some(self.header(height.checked_sub(into)?)?.bits);
        }
        let first = self.header(height.checked_sub(PERIOD)?)?;
        let last = self.header(height.checked_sub(1)?)?;
        let took = last.time.saturating_sub(first.time);
        let took = took.clamp(PERIOD_SECONDS >> 2, PERIOD_SECONDS << 2);
        let easiest = target(network.easiest())?;
        let next =
            target(first.bits)?.checked_mul(took.into())?.checked_div(PERIOD_SECONDS.into())?;
        Some(compact(next.min(easiest)))
    }

    fn need_difficulty(
        &self,
        index: usize,
        height: u32,
        header: &Header,
    ) -> Result<(), ChainFault> {
        let found = header.bits;
        let expected = self.due(height).ok_or(ChainFault::Unlinked)?;
        if found == expected {
            return Ok(());
        }
        let network = self.chain.network();
        let late = height
            .checked_sub(1)
            .and_then(|before| self.header(before))
            .is_some_and(|before| header.time.saturating_sub(before.time) > EASY_AFTER_SECONDS);
        let within = height.checked_rem(PERIOD).is_some_and(|into| into != 0);
        let easy = network == Network::Testnet && late && within;
        if easy && found == network.easiest() {
            return Ok(());
        }
        Err(ChainFault::Difficulty { index, expected, found })
    }

    fn need_time(
        &self,
        index: usize,
        height: u32,
        header: &Header,
        now_seconds: u64,
    ) -> Result<(), ChainFault> {
        let lowest = height.saturating_sub(MEDIAN_SPAN).max(self.chain.base());
        let mut times: Vec<u32> =
            (lowest..height).filter_map(|height| Some(self.header(height)?.time)).collect();
        times.sort_unstable();
        let median = times.get(times.len() >> 1).copied().unwrap_or(0);
        let latest = now_seconds.saturating_add(MAX_AHEAD_SECONDS);
        if header.time > median && u64::from(header.time) <= latest {
            return Ok(());
        }
        Err(ChainFault::Time { index, time: header.time })
    }
}
