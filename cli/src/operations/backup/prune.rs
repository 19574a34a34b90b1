//! Which backups are no longer needed. Never the newest one that was proved good, nothing younger,
//! and nothing at all as long as none was proved.

use std::path::{Path, PathBuf};

use super::{
    folder::{self, Entry},
    verify,
};
use crate::failure::Failure;

/// What a retention would keep and remove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Backups that go, oldest first.
    pub(crate) removed: Vec<PathBuf>,
    /// Folders that were never complete.
    pub(crate) incomplete: Vec<PathBuf>,
    pub(crate) kept: Vec<PathBuf>,
}

/// Looks at the backups below `root` and says which go when `keep` of them stay.
pub(crate) fn plan(root: &Path, keep: usize) -> Result<Plan, Failure> {
    let good = |path: &Path| verify::mark(path).is_some_and(|mark| mark.ok);
    Ok(decide(folder::list(root)?, keep, good))
}

fn decide(found: Vec<Entry>, keep: usize, good: impl Fn(&Path) -> bool) -> Plan {
    let (complete, torn): (Vec<_>, Vec<_>) = found.into_iter().partition(|entry| entry.complete);
    let incomplete = torn.into_iter().map(|entry| entry.path).collect();
    let mut kept: Vec<PathBuf> = complete.into_iter().map(|entry| entry.path).collect();
    let newest_good = kept.iter().rposition(|path| good(path)).unwrap_or(0);
    let surplus = kept.len().saturating_sub(keep.max(1));
    let removed = kept.drain(..surplus.min(newest_good)).collect();
    Plan { removed, incomplete, kept }
}

/// Removes what the plan says.
pub(crate) fn carry_out(plan: &Plan) -> Result<(), Failure> {
    plan.incomplete.iter().chain(&plan.removed).try_for_each(|path| folder::remove(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(names: &[&str]) -> Vec<Entry> {
        let entry =
            |name: &&str| Entry { path: PathBuf::from(name), complete: !name.ends_with('?') };
        names.iter().map(entry).collect()
    }

    fn removed(names: &[&str], keep: usize, good: &[&str]) -> Vec<String> {
        let is_good = |path: &Path| good.iter().any(|one| Path::new(one) == path);
        let plan = decide(entries(names), keep, is_good);
        plan.removed.iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn the_newest_good_one_and_all_younger_ones_stay() {
        let all = ["1", "2", "3", "4", "5"];
        assert_eq!(removed(&all, 3, &["5"]), ["1", "2"]);
        assert_eq!(removed(&all, 1, &["1", "4"]), ["1", "2", "3"]);
        assert_eq!(removed(&all, 1, &["2"]), ["1"]);
        assert_eq!(removed(&all, 0, &["5"]), ["1", "2", "3", "4"]);
        assert_eq!(removed(&all, 9, &["5"]), [""; 0]);
    }

    #[test]
    fn without_a_good_one_nothing_goes_but_what_is_none() {
        let plan = decide(entries(&["1", "2?", "3"]), 1, |_| false);
        assert!(plan.removed.is_empty(), "{plan:?}");
        assert_eq!(plan.incomplete, [PathBuf::from("2?")]);
        assert_eq!(plan.kept, [PathBuf::from("1"), PathBuf::from("3")]);
    }
}
