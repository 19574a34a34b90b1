//! Commitments: folded by a job, proved to a verifier that sees nothing of the store.

use crate::support::{SECOND, START, World, at, fund, governor, rich, settings, world};
use granary_kernel::{CanisterStore as _, Families as _};
use granary_proof::certified::{Labelled, Shown};
use granary_proof::leaves::{EntryLeaf, PostingLeaf, Signed as ProvedSigned};
use granary_proof::path::{Rooted, verify_consistency};
use granary_proof::statement::{BalanceProof, verify_balance, verify_chain, verify_entry};
use portfolio_core::errors::{CommitmentFault, PortfolioError, ProofFault};
use portfolio_core::invariants::check_all;
use portfolio_core::store::Store;
use portfolio_core::types::{EntryKind, Owner};

/// Lets the job run until nothing changes.
fn fold(store: &mut World, from: u64) -> u64 {
    let mut now = from;
    loop {
        now += 61 * SECOND;
        let before = store.epochs();
        let ctx = at(now, governor());
        let report = store.tick(&ctx, &mut || true).expect("ticks");
        assert!(report.failed.is_empty(), "{:?}", report.failed);
        if store.epochs() == before {
            return now;
        }
    }
}

fn proof(store: &World, owner: Owner, asset: u64) -> BalanceProof {
    let (asset, _) = store.asset(asset).expect("registered");
    let proved = store.balance_proof(owner, asset).expect("committed");
    let (_, head) = store.journal_head();
    let certified = Labelled::new(head, store.commitment_hash());
    BalanceProof {
        witness: certified.witness(Shown::Commitment),
        commitment: proved.commitment,
        leaf: proved.leaf,
        path: proved.path,
    }
}

/// Every domain, page by page.
fn copy_into(store: &World, copy: &mut World, ctx: &granary_kernel::Ctx) {
    for domain in granary_kernel::transfer::domain_names::<World>() {
        let mut cursor = None;
        loop {
            let page = store.export_state(domain, cursor, 100_000).expect("a page");
            copy.import_state(ctx, &page).expect("in order");
            if page.next.is_none() {
                break;
            }
            cursor = page.next;
        }
    }
}

fn certified(store: &World) -> [u8; 32] {
    let (_, head) = store.journal_head();
    Labelled::new(head, store.commitment_hash()).root()
}

#[test]
fn every_balance_is_proved_as_the_books_have_it() {
    let (_, mut store) = rich();
    fold(&mut store, START + 10 * SECOND);
    assert_eq!(store.epochs(), 1);
    for id in 1..=store.account_count() {
        let (_, row) = store.account(id).expect("opened");
        let proof = proof(&store, row.owner, row.asset.wire());
        let data = certified(&store);
        assert_eq!(proof.verify(&data, id, row.asset.get()), Ok(()));
        let balance = (proof.leaf.balance.negative, proof.leaf.balance.units);
        assert_eq!(balance, (row.balance.is_negative(), row.balance.magnitude()));
        assert_eq!(proof.leaf.postings, u64::from(row.postings));
    }
    assert_eq!(check_all(&store), vec![]);
}

/// What is posted after a commitment is in the next one; the proof of the old one still holds
/// against the old commitment only.
#[test]
fn a_commitment_is_of_its_entries() {
    let (_, mut store) = rich();
    let now = fold(&mut store, START + 10 * SECOND);
    let before = proof(&store, Owner::Treasury, 1);
    fund(&mut store, Owner::Treasury, 1, 500);
    // Nothing committed yet: the proof is the old one, of the old balance.
    assert_eq!(proof(&store, Owner::Treasury, 1).leaf, before.leaf);
    fold(&mut store, now);
    let after = proof(&store, Owner::Treasury, 1);
    assert_eq!(after.leaf.balance.units, before.leaf.balance.units + 500);
    assert_eq!(after.commitment.epoch, 2);
    assert!(verify_balance(&after.commitment, &before.leaf, &before.path).is_err());
    assert!(before.verify(&certified(&store), before.leaf.account, 1).is_err());
    assert_eq!(verify_chain(&[before.commitment, after.commitment]), Ok(()));
    let shown = store.entries_consistency(1, 2).expect("both are there");
    let roots = (shown.from.entries, shown.to.entries);
    assert_eq!(verify_consistency(&roots.0, &roots.1, &shown.path), Ok(()));
    let other = Rooted { root: [1; 32], ..roots.0 };
    assert!(verify_consistency(&other, &roots.1, &shown.path).is_err());
}

#[test]
fn an_empty_canister_commits_to_nothing() {
    let (_, mut store) = world();
    let (events, _) = store.journal_head();
    fold(&mut store, START);
    assert_eq!((store.epochs(), store.journal_head().0), (0, events));
}

#[test]
fn an_idle_canister_commits_to_nothing_new() {
    let (_, mut store) = rich();
    let now = fold(&mut store, START);
    let (events, _) = store.journal_head();
    for tick in 1..50 {
        store.tick(&at(now + tick * 61 * SECOND, governor()), &mut || true).expect("ticks");
    }
    assert_eq!((store.epochs(), store.journal_head().0), (1, events));
}

/// The leaf of an entry is what a reader computes from the entry alone.
#[test]
fn an_entry_is_proved_from_what_everybody_sees() {
    let (_, mut store) = rich();
    fold(&mut store, START);
    for number in 1..=store.entry_count() {
        let (_, row) = store.entry_row(number).expect("posted");
        let proved = store.entry_proof(number).expect("committed");
        let shown = store.entry(number).expect("posted");
        let external = row.external_ref.map(|reference| reference.key());
        let postings: Vec<_> = shown
            .lines
            .iter()
            .map(|posting| PostingLeaf {
                account: posting.account.wire(),
                asset: posting.asset.get(),
                delta: ProvedSigned {
                    negative: posting.delta.is_negative(),
                    units: posting.delta.magnitude(),
                },
            })
            .collect();
        let kind = EntryKind::ALL.iter().position(|kind| *kind == row.kind).expect("a kind");
        let leaf = EntryLeaf {
            entry: number,
            at_ns: row.at.as_nanos(),
            kind: u8::try_from(kind).expect("few kinds"),
            intent: row.intent,
            external: external.as_ref().map_or(&[], |key| &key.0),
            postings: &postings,
        };
        assert_eq!(verify_entry(&proved.commitment, &leaf, &proved.path), Ok(()));
        assert_eq!(proved.leaf, leaf.hash());
    }
}

#[test]
fn what_is_not_committed_is_told_so() {
    let (_, mut store) = rich();
    let (asset, _) = store.asset(1).expect("registered");
    let epoch = PortfolioError::from(CommitmentFault::EpochMissing { epoch: 0 });
    assert_eq!(store.balance_proof(Owner::Treasury, asset), Err(epoch.clone()));
    assert_eq!(store.commitment(None), Err(epoch));
    assert_eq!(store.commitment_hash(), [0; 32]);
    fold(&mut store, START);
    fund(&mut store, Owner::User(99), 1, 5);
    let pending = store.balance_proof(Owner::User(99), asset).expect_err("too new");
    assert_eq!(pending, CommitmentFault::Uncommitted { what: "the account" }.into());
    let entry = store.entry_proof(store.entry_count()).expect_err("too new");
    assert!(matches!(entry, PortfolioError::Proof(ProofFault::Commitment(_))), "{entry:?}");
    let far = CommitmentFault::EpochMissing { epoch: u64::MAX };
    assert_eq!(store.commitment(Some(u64::MAX)), Err(far.into()));
    assert!(store.commitment(Some(0)).is_err());
    assert!(store.entries_consistency(2, 1).is_err());
}

/// Trees are not exported: they are built again, and commit to the same.
#[test]
fn an_import_commits_to_the_same_roots() {
    let (_, mut store) = rich();
    fold(&mut store, START);
    fund(&mut store, Owner::User(7), 1, 1);
    let now = fold(&mut store, START + 1_000 * SECOND);
    assert_eq!(store.epochs(), 2);
    let memory = crate::support::sparse::SparseMemory::default();
    let ctx = at(now, governor());
    let mut copy = Store::install(memory, settings(true), &ctx).expect("empty memory");
    copy_into(&store, &mut copy, &ctx);
    assert_eq!(copy.commitment(None), store.commitment(None));
    let pending = copy.balance_proof(Owner::Treasury, store.asset(1).expect("there").0);
    assert!(matches!(pending, Err(PortfolioError::Proof(ProofFault::Commitment(_)))));
    let now = fold(&mut copy, now);
    assert_eq!(copy.epochs(), 2, "the same roots are no new epoch");
    assert_eq!(proof(&copy, Owner::Treasury, 1).leaf, proof(&store, Owner::Treasury, 1).leaf);
    fund(&mut copy, Owner::User(7), 1, 1);
    fold(&mut copy, now);
    let chain: Vec<_> = (1..=3).map(|n| copy.commitment(Some(n)).expect("made")).collect();
    assert_eq!(verify_chain(&chain), Ok(()));
    assert_eq!(check_all(&copy), vec![]);
}

/// More than one tick's worth: every tick ends with a commitment that proves.
#[test]
fn a_long_backlog_is_folded_piece_by_piece() {
    let (_, mut store) = world();
    for n in 0..1_300_u64 {
        fund(&mut store, Owner::User(n % 40), 1, 3);
    }
    let mut now = START;
    let mut last = 0;
    while store.epochs() < 2 {
        now += 2 * SECOND;
        store.tick(&at(now, governor()), &mut || true).expect("ticks");
        if store.epochs() > last {
            last = store.epochs();
            let shown = proof(&store, Owner::User(3), 1);
            assert_eq!(shown.verify(&certified(&store), shown.leaf.account, 1), Ok(()));
            assert_eq!(shown.leaf.balance.units, u128::from(shown.leaf.postings) * 3);
        }
    }
    fold(&mut store, now);
    let newest = store.commitment(None).expect("made");
    assert_eq!((newest.entries.size, newest.balances.size), (1_300, 41));
    assert_eq!(check_all(&store), vec![]);
}
