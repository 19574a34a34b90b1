//! Rows that are broken behind the store's back are found, by the number of their rule.

#[path = "../../tests/it/support/mod.rs"]
mod support;

use granary_stable::keys::FixedKey;
use granary_stable::record::Stored;
use support::{START, World, own, rich, wasm};

use super::check_all;
use crate::records::{FleetSnapshot, PendingRules, Placement, Proposal, SnapshotState, Target};
use crate::store::chunk_key;
use crate::types::{Principal, ProposalId, ProposalState, Timestamp};

/// The numbers of the rules that are found broken, each once.
fn found(breaks: impl FnOnce(&mut World)) -> Vec<&'static str> {
    let (_, mut store) = rich();
    assert_eq!(check_all(&store), []);
    breaks(&mut store);
    let mut rules: Vec<_> = check_all(&store).into_iter().map(|found| found.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn config(edit: impl FnOnce(&mut crate::records::Config)) -> impl FnOnce(&mut World) {
    move |store| {
        let mut config = store.config().clone();
        edit(&mut config);
        store.set_config(config);
    }
}

/// Breaks the one that waits for its timelock.
fn waiting(edit: impl FnOnce(&mut Proposal)) -> impl FnOnce(&mut World) {
    move |store| {
        let mut row = store.proposals.get(1).expect("a row");
        edit(&mut row.head);
        store.proposals.set(1, &row).expect("a row");
    }
}

#[test]
fn v1_members_and_rules_in_force() {
    assert_eq!(found(config(|config| config.members.truncate(2))), ["V1"]);
    assert_eq!(found(config(|config| config.rules.threshold = 1)), ["V1"]);
    let long = Timestamp::from_nanos(START);
    let days = granary_units::Duration::seconds(3_600);
    assert_eq!(found(config(|config| config.rules.min_delay = days)), ["V1"]);
    let waits = |config: &mut crate::records::Config| {
        let rules = config.rules;
        config.pending = Some(PendingRules { rules, effective_at: long });
    };
    assert_eq!(found(config(waits)), [] as [&str; 0]);
}

#[test]
fn v12_the_committee_stays_independent() {
    let same = |config: &mut crate::records::Config| {
        let people: Vec<Principal> = config.members.iter().map(|one| one.principal).collect();
        config.recovery.as_mut().expect("known").committee = people;
    };
    // Three of five need not act alone: all five are governors.
    assert_eq!(found(config(same)), ["V12"]);
}

#[test]
fn v2_v3_v4_v7_a_proposal_is_where_its_fields_say() {
    assert_eq!(found(waiting(|proposal| proposal.digest = [1; 32])), ["V2"]);
    assert_eq!(found(waiting(|proposal| proposal.eta = None)), ["V4"]);
    // The counts say Timelocked.
    let voted = |proposal: &mut Proposal| proposal.state = ProposalState::Voting;
    assert_eq!(found(waiting(voted)), ["V17", "V3"]);
    let runs = |proposal: &mut Proposal| proposal.state = ProposalState::Executing;
    assert_eq!(found(waiting(runs)), ["V17", "V7"]);
}

#[test]
fn v2_a_word_that_never_counted() {
    let breaks = |store: &mut World| {
        let mut row = store.votes.get(0).expect("a row");
        row.vote.expires_at = row.vote.at;
        store.votes.set(0, &row).expect("a row");
    };
    assert_eq!(found(breaks), ["V2"]);
}

#[test]
fn v5_a_module_has_its_chunks() {
    let (hash, _) = wasm();
    let gone = |store: &mut World| {
        store.chunks.remove(&chunk_key(&hash, 0));
    };
    assert_eq!(found(gone), ["V5"]);
    let larger = |store: &mut World| {
        let mut module = store.modules.get(&FixedKey(hash)).expect("a row").0;
        module.bytes += 1;
        store.modules.insert(FixedKey(hash), Stored(module));
    };
    assert_eq!(found(larger), ["V5"]);
}

#[test]
fn v8_a_complete_snapshot_has_parts() {
    let empty = |store: &mut World| {
        let (at, state) = (Timestamp::from_nanos(START), SnapshotState::Complete);
        let snapshot = FleetSnapshot { proposal: 1, at, shots: vec![], pinned: false, state };
        store.snapshots.insert(FixedKey(7_u64.to_be_bytes()), Stored(snapshot));
    };
    assert_eq!(found(empty), ["V8"]);
}

#[test]
fn v15_the_governor_is_no_target() {
    let itself = |store: &mut World| {
        let placement =
            Placement { name: "governor".to_owned(), phase: 1, order: 1, dependencies: vec![] };
        let target = Target::adopted(placement, Timestamp::from_nanos(START));
        let key = crate::store::principal_key(&own());
        store.targets.insert(key, Stored(target));
    };
    assert_eq!(found(itself), ["V15"]);
}

#[test]
fn v17_counts_are_compared() {
    let breaks = |store: &mut World| {
        let mut totals = store.totals();
        totals.created += 1;
        store.put_totals(&totals);
    };
    assert_eq!(found(breaks), ["V17"]);
}

#[test]
fn v17_what_is_open_is_listed_and_every_word_has_its_place() {
    let forgotten = |store: &mut World| {
        let mut open = store.open_list();
        open.close(ProposalId::new(2).expect("2"));
        store.put_open(&open);
    };
    assert_eq!(found(forgotten), ["V17"]);
    let kept = |store: &mut World| store.look_at(ProposalId::new(3).expect("3"), None);
    assert_eq!(found(kept), ["V17"]);
    let lost = |store: &mut World| {
        let mut row = store.proposals.get(1).expect("a row");
        row.links.newest_vote = None;
        store.proposals.set(1, &row).expect("a row");
    };
    // Without its words it is not approved, and the words are nobody's.
    assert_eq!(found(lost), ["V17"]);
}
