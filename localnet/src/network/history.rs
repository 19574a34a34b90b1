//! Canister history: the last changes of code and controllers, and how many there ever were.

use std::collections::VecDeque;

use candid::Principal;
use ic_management_canister_types as mg;
use serde::{Deserialize, Serialize};

/// Changes remembered of each canister.
const KEPT: usize = 20;

/// Who asked for a change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Author {
    pub(crate) sender: Principal,
    /// Whether the sender is a canister, in which case it may tell its version.
    pub(crate) canister: bool,
    pub(crate) version: Option<u64>,
}

impl Author {
    fn origin(self) -> mg::ChangeOrigin {
        if self.canister {
            mg::ChangeOrigin::FromCanister(mg::FromCanisterRecord {
                canister_id: self.sender,
                canister_version: self.version,
            })
        } else {
            mg::ChangeOrigin::FromUser(mg::FromUserRecord { user_id: self.sender })
        }
    }
}

/// The history of one canister.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct History {
    total: u64,
    changes: VecDeque<mg::Change>,
}

impl History {
    /// Records a change that made the canister's version `version`.
    pub(crate) fn push(
        &mut self,
        timestamp_nanos: u64,
        version: u64,
        author: Author,
        details: mg::ChangeDetails,
    ) {
        self.total += 1;
        if self.changes.len() == KEPT {
            self.changes.pop_front();
        }
        self.changes.push_back(mg::Change {
            timestamp_nanos,
            canister_version: version,
            origin: author.origin(),
            details: Some(details),
        });
    }

    /// Drops all changes but not their number.
    pub(crate) fn forget(&mut self) {
        self.changes.clear();
    }

    /// Changes ever made.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The last `count` changes, oldest first.
    pub(crate) fn recent(&self, count: u64) -> Vec<mg::Change> {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(self.changes.len());
        self.changes.iter().skip(self.changes.len() - count).cloned().collect()
    }

    /// Bytes the history is charged for.
    pub(crate) fn bytes(&self) -> u64 {
        let bytes = size_of::<mg::Change>() * self.changes.len();
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_twenty_changes_stay() {
        let mut history = History::default();
        let author = Author { sender: Principal::anonymous(), canister: false, version: None };
        for n in 1..=25 {
            history.push(n, n, author, mg::ChangeDetails::CodeUninstall);
        }
        assert_eq!(history.total(), 25);
        let recent = history.recent(u64::MAX);
        assert_eq!((recent.len(), recent[0].canister_version), (20, 6));
        assert_eq!(
            history.recent(2).iter().map(|c| c.canister_version).collect::<Vec<_>>(),
            [24, 25]
        );
    }
}
