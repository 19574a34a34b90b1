//! A balance verified by somebody who has the network's key and nothing else.

use std::sync::Arc;

use candid::Principal;
use granary_api::portfolio as p;
use granary_proof::{
    ProofFault,
    certificate::{CertificateFault, Freshness, certified_data},
    commitment::Commitment,
    leaves::{BalanceLeaf, Signed},
    path::{Rooted, verify_consistency},
    statement::{BalanceProof, verify_chain, verify_commitment},
};
use granary_tests::{
    chain, clock::SECOND, engine::Engine, people::Who, reply::Expect, subject::PORTFOLIO,
    world::World,
};

use super::{fund, token};
use crate::localnet;

const USER: p::AccountOwner = p::AccountOwner::User(7);
const MINUTE: u64 = 60 * SECOND;

/// The books on a network whose root key vouches for their subnet.
fn rooted() -> (World, Vec<u8>) {
    let _ = PORTFOLIO.artifact();
    let network = Arc::new(Engine::shared(localnet()).rooted());
    let root_key = network.root_key().expect("there is a root subnet");
    let world = World::on(&network, &PORTFOLIO);
    world.install_encoded((PORTFOLIO.init)());
    (world, root_key)
}

/// Lets the commitment's job run.
fn commit(world: &World) {
    world.advance(2 * MINUTE);
    world.settle();
}

fn asked(world: &World, asset: u64) -> p::BalanceProof {
    let args = p::AccountRef { owner: USER, asset };
    world.caller(Who::Auditor).query("get_balance_proof", &args).value("a proof")
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap()
}

fn commitment(of: &p::StateCommitment) -> Commitment {
    let tree = |root: &p::Root| Rooted { size: root.size, root: hash(&root.root) };
    let commitment = Commitment {
        epoch: of.epoch,
        at_ns: of.at_ns,
        entries: tree(&of.entries),
        balances: tree(&of.balances),
        utxos: tree(&of.utxos),
        previous: hash(&of.previous),
    };
    assert_eq!(commitment.hash()[..], of.hash[..], "the hash is of what is shown");
    commitment
}

/// What the auditor takes home.
fn taken(proof: &p::BalanceProof) -> BalanceProof {
    let units = &proof.balance_units.0;
    BalanceProof {
        witness: proof.witness.to_vec(),
        commitment: commitment(&proof.commitment),
        leaf: BalanceLeaf {
            account: proof.account,
            asset: u32::try_from(proof.asset).unwrap(),
            owner: proof.owner_key[..].try_into().unwrap(),
            balance: Signed {
                negative: *units < 0.into(),
                units: u128::try_from(units.magnitude().clone()).unwrap(),
            },
            postings: proof.postings,
        },
        path: proof.path.iter().map(|node| hash(node)).collect(),
    }
}

#[test]
fn a_balance_is_verified_offline() {
    let (world, root_key) = rooted();
    let asset = token(&world, "TUSD");
    fund(&world, USER, asset, 1_234);
    for n in 0..9 {
        fund(&world, p::AccountOwner::User(100 + n), asset, 5);
    }
    commit(&world);
    let shown = asked(&world, asset);
    let certificate = shown.certificate.clone().expect("a query carries a certificate").to_vec();
    let canister = world.canister.as_slice();
    let certified = certified_data(&certificate, &root_key, canister, None).unwrap();
    let proof = taken(&shown);
    let number = u32::try_from(asset).unwrap();
    assert_eq!(proof.verify(&certified.data, shown.account, number), Ok(()));
    assert_eq!(proof.leaf.balance, Signed { negative: false, units: 1_234 });
    assert_eq!(shown.owner_key[..9], [1, 0, 0, 0, 0, 0, 0, 0, 7], "a user, number 7");

    // A tampered leaf, path, commitment and witness each fail at their own step.
    let check = |proof: &BalanceProof| proof.verify(&certified.data, shown.account, number);
    let mut leaf = proof.clone();
    leaf.leaf.balance.units += 1;
    assert_eq!(check(&leaf), Err(ProofFault::Root));
    let mut path = proof.clone();
    path.path[0][31] ^= 1;
    assert_eq!(check(&path), Err(ProofFault::Root));
    let mut later = proof.clone();
    later.commitment.at_ns += 1;
    assert_eq!(check(&later), Err(ProofFault::Commitment));
    let mut witness = proof.clone();
    let last = witness.witness.len() - 1;
    witness.witness[last] ^= 1;
    assert_eq!(check(&witness), Err(ProofFault::WitnessRoot));

    // So does the certificate, for every byte of it that is looked at here.
    let refused = |certificate: &[u8], key: &[u8], canister: &[u8]| {
        certified_data(certificate, key, canister, None).expect_err("it is tampered")
    };
    for at in (0..certificate.len()).step_by(41) {
        let mut tampered = certificate.clone();
        tampered[at] ^= 4;
        refused(&tampered, &root_key, canister);
    }
    let mut other_key = root_key.clone();
    let last = other_key.len() - 1;
    other_key[last] ^= 1;
    assert_eq!(refused(&certificate, &other_key, canister), CertificateFault::Signature);
    assert_eq!(refused(&certificate, b"", canister), CertificateFault::Key);
    let elsewhere = Principal::management_canister();
    assert_eq!(refused(&certificate, &root_key, elsewhere.as_slice()), CertificateFault::Range);

    // A statement may be kept for ever; a fresh answer may not be old.
    let at = |now_ns| {
        let freshness = Freshness { now_ns, max_age_ns: 5 * MINUTE };
        certified_data(&certificate, &root_key, canister, Some(freshness)).map(|found| found.at_ns)
    };
    let at_ns = certified.at_ns;
    assert_eq!(at(at_ns + 5 * MINUTE), Ok(at_ns));
    assert_eq!(at(at_ns + 5 * MINUTE + 1), Err(CertificateFault::Stale { at_ns }));
    assert_eq!(at(at_ns - 5 * MINUTE - 1), Err(CertificateFault::Early { at_ns }));
}

#[test]
fn commitments_chain_and_logs_only_grow() {
    let world = crate::world_of(&PORTFOLIO);
    let asset = token(&world, "TUSD");
    let auditor = world.caller(Who::Auditor);
    let newest = p::CommitmentArgs { epoch: None };
    let none = auditor.query::<p::CertifiedCommitment>("get_state_commitment", &newest);
    assert_eq!(none.code("nothing was committed to"), "portfolio.commitment.not_found");
    let mut known = vec![];
    for round in 1..=3 {
        fund(&world, USER, asset, round);
        commit(&world);
        let shown: p::CertifiedCommitment =
            auditor.query("get_state_commitment", &newest).value("made");
        let witness = shown.witness.expect("the newest has one");
        let data = granary_proof::certified::read(&witness).unwrap().digest();
        let made = commitment(&shown.commitment);
        assert_eq!(verify_commitment(&data, &witness, &made), Ok(()));
        let certificate = shown.certificate.expect("a query carries a certificate");
        let inside = certificate.windows(32).any(|part| part == data);
        assert!(inside, "it leads to the canister's certified data");
        known.push(made);
    }
    assert_eq!(verify_chain(&known), Ok(()));
    let args = p::ConsistencyArgs { from_epoch: 1, to_epoch: 3 };
    let shown: p::ConsistencyProof =
        auditor.query("get_consistency_proof", &args).value("both are there");
    let path: Vec<_> = shown.path.iter().map(|node| hash(node)).collect();
    let (first, last) = (&known[0].entries, &known[2].entries);
    assert_eq!(verify_consistency(first, last, &path), Ok(()));
    assert!(verify_consistency(last, first, &path).is_err());
    // The journal's head is under the same certificate, and chained.
    chain::checked(&auditor);
    // An upgrade certifies the same again.
    let before = asked(&world, asset);
    world.upgrade();
    let after = asked(&world, asset);
    assert_eq!((before.commitment, before.path), (after.commitment, after.path));
}
