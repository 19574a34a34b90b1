//! Reading the log by pages. Nothing is archived: the ledger keeps every block itself.

use candid::{Nat, Principal};
use granary_api::icrc::{ArchiveInfo, Block, BlockType, GetBlocksArgs, GetBlocksResult};

use crate::ledger::Ledger;

/// Blocks in one answer, over all ranges together.
pub const PAGE_BLOCKS: u64 = 100;

/// Kinds of block, by the name the standard gives them and the standard that defines them.
const BLOCK_TYPES: [(&str, u8); 6] =
    [("1burn", 1), ("1mint", 1), ("1xfer", 1), ("2approve", 2), ("2burn", 2), ("2xfer", 2)];

impl Ledger {
    /// `icrc3_get_blocks`: what there is of the ranges, up to a page.
    pub fn blocks(&self, ranges: &[GetBlocksArgs]) -> GetBlocksResult {
        let length = self.length();
        let mut blocks = Vec::new();
        let mut left = PAGE_BLOCKS;
        for range in ranges {
            let Ok(start) = u64::try_from(&range.start.0) else { continue };
            let wanted = u64::try_from(&range.length.0).unwrap_or(u64::MAX).min(left);
            let end = start.saturating_add(wanted).min(length);
            let shown = (start..end).filter_map(|index| Some((index, self.block(index)?)));
            blocks.extend(
                shown.map(|(index, block)| Block { id: Nat::from(index), block: block.value() }),
            );
            left = left.saturating_sub(end.saturating_sub(start));
            if left == 0 {
                break;
            }
        }
        GetBlocksResult { log_length: Nat::from(length), blocks, archived_blocks: Vec::new() }
    }
}

/// `icrc3_get_archives`: none, whichever comes after.
pub const fn archives(_after: Option<Principal>) -> Vec<ArchiveInfo> {
    Vec::new()
}

/// `icrc3_supported_block_types`.
pub fn block_types() -> Vec<BlockType> {
    BLOCK_TYPES
        .iter()
        .map(|(name, standard)| BlockType { block_type: (*name).to_owned(), url: url(*standard) })
        .collect()
}

/// The numbers of the standards the ledger keeps to.
pub const STANDARDS: [u8; 4] = [1, 2, 3, 10];

/// Where a standard is written.
pub fn url(standard: u8) -> String {
    if standard == 10 {
        return "https://github.com/dfinity/ICRC/blob/main/ICRCs/ICRC-10/ICRC-10.md".to_owned();
    }
    format!("https://github.com/dfinity/ICRC-1/tree/main/standards/ICRC-{standard}")
}
