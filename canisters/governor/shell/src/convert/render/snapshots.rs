//! What is in a fleet snapshot, for people who decide whether to go back to it or to delete it.

use governor_core::records::{FleetSnapshot, SnapshotState};

use super::words::{day, hex};
use super::{Scene, named};

/// Its number, when and for which proposal it was taken, and the code of each canister in it.
pub(super) fn lines(epoch: u64, scene: &Scene<'_>) -> Vec<(String, String)> {
    let line = |label: &str, text: String| (label.to_owned(), text);
    let mut lines = vec![line("Fleet snapshot", epoch.to_string())];
    let Some(snapshot) = scene.snapshot else {
        lines.push(line("Taken", "never: there is none of this number".to_owned()));
        return lines;
    };
    lines.push(line("Taken", day(snapshot.at)));
    lines.push(line("For proposal", snapshot.proposal.to_string()));
    lines.push(line("What is known of it", known(snapshot).to_owned()));
    for shot in &snapshot.shots {
        lines.push(line("Canister", named(&shot.target, scene)));
        lines.push(line("Its code then (SHA-256)", hex(&shot.module)));
        lines.push(line("Its schema then", shot.schema.to_string()));
    }
    lines
}

const fn known(snapshot: &FleetSnapshot) -> &'static str {
    match snapshot.state {
        SnapshotState::Partial => "not all of it is there",
        SnapshotState::Complete => "all of it is there",
        SnapshotState::Good => "all of it is there, and the release after it held",
        SnapshotState::Pruned => "it is deleted",
    }
}
