//! Snapshots that releases took and nobody needs any more. The network keeps ten of a canister.

use std::{collections::BTreeMap, path::Path};

use super::{crew::Crew, journal::Journal, plan::Target};
use crate::{
    client::{Client, snapshots},
    failure::Failure,
};

/// Releases whose snapshots stay, unless somebody says otherwise.
pub(crate) const KEEP: usize = 3;

/// A release that ended, as far as its snapshots matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Its new code proved itself.
    pub(crate) good: bool,
    /// By the canister they are of: its name, its id, the snapshot.
    pub(crate) snapshots: Vec<(String, String, String)>,
}

/// Snapshots nobody needs: those of all releases but the newest `keep` that proved themselves, and
/// those of failed ones before the newest of these. Without a good one all stay. `ended` begins
/// with the oldest.
fn surplus(ended: &[Ended], keep: usize) -> Vec<&(String, String, String)> {
    let mut good = 0;
    let mut surplus = Vec::new();
    for release in ended.iter().rev() {
        let stays = if release.good { good < keep.max(1) } else { good == 0 };
        good += usize::from(release.good);
        if !stays {
            surplus.extend(&release.snapshots);
        }
    }
    surplus
}

/// Deletes what is not needed and still there, or only finds it; gives the ids by canister.
pub(crate) async fn retain<C: Client>(
    crew: &Crew<C>,
    releases: &Path,
    keep: usize,
    dry_run: bool,
) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let ended = Journal::ended(releases)?;
    let mut there = BTreeMap::<String, Vec<String>>::new();
    let mut gone = BTreeMap::<String, Vec<String>>::new();
    for (name, canister, snapshot) in surplus(&ended, keep) {
        let target = Target { name: name.clone(), canister: canister.clone(), ..Target::default() };
        let id = target.id()?;
        if !there.contains_key(canister) {
            there.insert(canister.clone(), crew.snapshot_ids(id).await?);
        }
        if !there.get(canister).is_some_and(|known| known.contains(snapshot)) {
            continue;
        }
        if !dry_run {
            let bytes = hex::decode(snapshot).unwrap_or_default();
            snapshots::delete(&crew.controller, id, &bytes).await?;
        }
        gone.entry(name.clone()).or_default().push(snapshot.clone());
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Releases from the oldest to the newest: `g` proved itself, `f` went back.
    fn deleted(releases: &str, keep: usize) -> Vec<usize> {
        let release = |(at, kind): (usize, char)| Ended {
            good: kind == 'g',
            snapshots: vec![("a".to_owned(), "aaaaa-aa".to_owned(), at.to_string())],
        };
        let ended: Vec<Ended> = releases.chars().enumerate().map(release).collect();
        let ids = surplus(&ended, keep).into_iter().map(|one| one.2.parse().expect("a number"));
        let mut ids: Vec<usize> = ids.collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn the_newest_releases_that_proved_themselves_keep_their_snapshots() {
        assert_eq!(deleted("ggg", 3), [0; 0]);
        assert_eq!(deleted("ggggg", 3), [0, 1]);
        assert_eq!(deleted("gg", 0), [0], "never the newest");
        assert_eq!(deleted("fgfgf", 3), [0, 2], "what failed before is not needed");
        assert_eq!(deleted("ffff", 1), [0; 0], "nothing proved itself yet");
    }
}
