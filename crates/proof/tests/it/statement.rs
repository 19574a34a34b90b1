//! A balance proved from certified data, and everything that must break it.

use granary_proof::ProofFault;
use granary_proof::certified::{Labelled, Shown};
use granary_proof::commitment::Commitment;
use granary_proof::hash::{self, Hash};
use granary_proof::leaves::{BalanceLeaf, EntryLeaf, Signed, UtxoLeaf};
use granary_proof::path::Rooted;
use granary_proof::statement::{
    BalanceProof, verify_chain, verify_commitment, verify_entry, verify_utxo,
};
use granary_proof::tree::{append, inclusion, root};

const ACCOUNTS: u64 = 13;

fn balance(account: u64) -> BalanceLeaf {
    BalanceLeaf {
        account,
        asset: 1 + u32::try_from(account % 3).expect("small"),
        owner: [u8::try_from(account).expect("small"); 33],
        balance: Signed { negative: false, units: u128::from(account) * 1_000 },
        postings: account,
    }
}

fn tree(leaves: impl Iterator<Item = Hash>) -> (Vec<Hash>, Rooted) {
    let mut nodes = vec![];
    let mut size = 0;
    for leaf in leaves {
        append(&mut nodes, size, &leaf).expect("a vector takes it");
        size += 1;
    }
    let rooted = Rooted { size, root: root(&nodes, size) };
    (nodes, rooted)
}

fn proof(account: u64) -> (Hash, BalanceProof) {
    let (nodes, balances) = tree((1..=ACCOUNTS).map(|account| balance(account).hash()));
    let commitment = Commitment {
        epoch: 4,
        at_ns: 99,
        entries: Rooted { size: 20, root: [5; 32] },
        balances,
        utxos: Rooted::empty(),
        previous: [6; 32],
    };
    let certified = Labelled::new([1; 32], commitment.hash());
    let proof = BalanceProof {
        witness: certified.witness(Shown::Commitment),
        commitment,
        leaf: balance(account),
        path: inclusion(&nodes, account - 1, ACCOUNTS).expect("an account"),
    };
    (certified.root(), proof)
}

#[test]
fn every_account_is_proved() {
    for account in 1..=ACCOUNTS {
        let (data, proof) = proof(account);
        assert_eq!(proof.verify(&data, account, balance(account).asset), Ok(()));
    }
}

#[test]
fn each_step_fails_alone() {
    let (data, good) = proof(5);
    let asset = good.leaf.asset;
    let fault = |proof: &BalanceProof| proof.verify(&data, 5, asset).expect_err("it is tampered");

    let mut richer = good.clone();
    richer.leaf.balance.units += 1;
    assert_eq!(fault(&richer), ProofFault::Root);
    let mut other_owner = good.clone();
    other_owner.leaf.owner[0] = 9;
    assert_eq!(fault(&other_owner), ProofFault::Root);
    let mut path = good.clone();
    path.path[2][0] ^= 1;
    assert_eq!(fault(&path), ProofFault::Root);
    let mut short = good.clone();
    short.path.pop();
    assert_eq!(fault(&short), ProofFault::PathLength { expected: 4, found: 3 });
    let mut root = good.clone();
    root.commitment.balances.root = [0; 32];
    assert_eq!(fault(&root), ProofFault::Commitment);
    let mut witness = good.clone();
    witness.witness = Labelled::new([1; 32], [2; 32]).witness(Shown::Commitment);
    assert_eq!(fault(&witness), ProofFault::WitnessRoot);
    let mut head = good.clone();
    head.witness = Labelled::new([1; 32], good.commitment.hash()).witness(Shown::Journal);
    assert_eq!(fault(&head), ProofFault::WitnessSilent);
    assert_eq!(good.verify(&[0; 32], 5, asset), Err(ProofFault::WitnessRoot));
    assert_eq!(good.verify(&[], 5, asset), Err(ProofFault::WitnessRoot));
    // A true proof of another account or asset answers another question.
    assert_eq!(good.verify(&data, 6, asset), Err(ProofFault::Subject));
    assert_eq!(good.verify(&data, 5, asset + 1), Err(ProofFault::Subject));
    let mut nobody = good.clone();
    nobody.leaf.account = 0;
    assert_eq!(nobody.verify(&data, 0, asset), Err(ProofFault::Subject));
}

#[test]
fn entries_and_outputs_are_proved_by_the_same_commitment() {
    let entry = |entry| EntryLeaf {
        entry,
        at_ns: entry,
        kind: 1,
        intent: None,
        external: b"block",
        postings: &[],
    };
    let utxo = |utxo| UtxoLeaf {
        utxo,
        txid: [3; 32],
        vout: 0,
        value_sat: utxo,
        account: 1,
        height: 9,
        state: 3,
    };
    let (log, entries) = tree((1..=9).map(|number| entry(number).hash()));
    let (set, utxos) = tree((1..=3).map(|number| utxo(number).hash()));
    let (_, mut proof) = proof(1);
    proof.commitment.entries = entries;
    proof.commitment.utxos = utxos;
    for number in 1..=9 {
        let path = inclusion(&log, number - 1, 9).expect("an entry");
        assert_eq!(verify_entry(&proof.commitment, &entry(number), &path), Ok(()));
        let later = EntryLeaf { at_ns: 0, ..entry(number) };
        assert!(verify_entry(&proof.commitment, &later, &path).is_err());
    }
    let path = inclusion(&set, 1, 3).expect("an output");
    assert_eq!(verify_utxo(&proof.commitment, &utxo(2), &path), Ok(()));
    let spent = UtxoLeaf { state: 4, ..utxo(2) };
    assert_eq!(verify_utxo(&proof.commitment, &spent, &path), Err(ProofFault::Root));
}

#[test]
fn commitments_chain() {
    let (_, proof) = proof(1);
    let first = Commitment { epoch: 1, previous: [0; 32], ..proof.commitment };
    let second = Commitment { epoch: 2, previous: first.hash(), ..proof.commitment };
    let third = Commitment { epoch: 3, previous: second.hash(), ..proof.commitment };
    assert_eq!(verify_chain(&[first, second, third]), Ok(()));
    assert_eq!(verify_chain(&[first, third]), Err(ProofFault::Commitment));
    let rewritten = Commitment { at_ns: 100, ..second };
    assert_eq!(verify_chain(&[first, rewritten, third]), Err(ProofFault::Commitment));
    let shrunk = Rooted { size: 19, root: hash::empty() };
    let smaller = Commitment { entries: shrunk, ..second };
    assert_eq!(verify_chain(&[first, smaller]), Err(ProofFault::Commitment));
    let certified = Labelled::new([1; 32], third.hash());
    let witness = certified.witness(Shown::Commitment);
    assert_eq!(verify_commitment(&certified.root(), &witness, &third), Ok(()));
    let stale = verify_commitment(&certified.root(), &witness, &second);
    assert_eq!(stale, Err(ProofFault::Commitment));
}
