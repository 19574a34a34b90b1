//! Signatures that canisters make, as identity providers do: over a delegation to a session key.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use candid::Principal;
use ciborium::Value;
use ic_agent::{
    Identity,
    identity::{BasicIdentity, DelegatedIdentity, Delegation, SignedDelegation},
};
use ic_certification::{HashTree, fork, labeled, leaf};
use localnet::certification::cbor;
use pocket_ic::{PocketIc, common::rest::SubnetKind};
use sha2::{Digest, Sha256};

use crate::{
    agent_calls::Live,
    support::{builder, sample},
};

/// The key of a canister with a seed, in DER.
fn key_of(canister: Principal, seed: &[u8]) -> Vec<u8> {
    let mut key = vec![0, u8::try_from(canister.as_slice().len()).unwrap()];
    key.extend(canister.as_slice());
    key.extend(seed);
    let mut body = hex::decode("300c060a2b0601040183b8430102").unwrap();
    body.extend([3, u8::try_from(key.len()).unwrap()]);
    body.extend(key);
    let mut der = vec![0x30, u8::try_from(body.len()).unwrap()];
    der.extend(body);
    der
}

/// The tree that signs these messages with the key of the seed; the canister certifies its hash.
fn signing(seed: &[u8], messages: [&[u8]; 2]) -> HashTree {
    let mut hashes = messages.map(|message| Sha256::digest(message).to_vec());
    hashes.sort();
    let [one, two] = hashes.map(|hash| labeled(hash, leaf(Vec::new())));
    labeled("sig", labeled(Sha256::digest(seed).to_vec(), fork(one, two)))
}

fn signature(certificate: Vec<u8>, tree: &HashTree) -> Vec<u8> {
    cbor::encode(&cbor::map([
        ("certificate", cbor::bytes(certificate)),
        ("tree", Value::serialized(tree).unwrap()),
    ]))
}

fn in_ns(from_now: Duration) -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + from_now;
    u64::try_from(time.as_nanos()).unwrap()
}

#[tokio::test]
async fn a_canister_delegates_to_a_session_key() {
    let live = Live::with_subnets(vec![SubnetKind::NNS, SubnetKind::Application]).await;
    let provider = live.canister;
    let session = || BasicIdentity::from_raw_key(&[7; 32]);
    let delegation = Delegation {
        pubkey: session().public_key().unwrap(),
        expiration: in_ns(Duration::from_mins(5)),
        targets: None,
        permissions: None,
    };
    let tree = signing(b"user 17", [&delegation.signable(), b"another message"]);
    let agent = live.anonymous().await;
    let certify = agent.update(&provider, "certify").with_arg(tree.digest().to_vec());
    certify.call_and_wait().await.unwrap();
    let certificate = agent.query(&provider, "certificate").call().await.unwrap();

    let whoami = async |seed: &[u8], signature: Vec<u8>| {
        let key = key_of(provider, seed);
        let sender = Principal::self_authenticating(&key);
        let signed = SignedDelegation { delegation: delegation.clone(), signature };
        let identity = DelegatedIdentity::new_unchecked(key, Box::new(session()), vec![signed]);
        let agent = live.agent(identity).await;
        let seen = agent.query(&provider, "whoami").call().await;
        if seen.is_ok() {
            let update = agent.update(&provider, "whoami_certified").call_and_wait().await;
            assert_eq!(update.unwrap(), sender.as_slice());
        }
        seen.map(|seen| assert_eq!(seen, sender.as_slice())).map_err(|error| error.to_string())
    };
    let good = signature(certificate.clone(), &tree);
    whoami(b"user 17", good.clone()).await.unwrap();
    let refused = whoami(b"user 18", good).await.unwrap_err();
    assert!(refused.contains("did not sign this message"), "{refused}");
    let other = signing(b"user 18", [&delegation.signable(), b""]);
    let refused = whoami(b"user 18", signature(certificate.clone(), &other)).await.unwrap_err();
    assert!(refused.contains("did not certify the tree"), "{refused}");
    let mut forged = certificate;
    let end = forged.len() - 1;
    forged[end] ^= 1;
    let refused = whoami(b"user 17", signature(forged, &tree)).await.unwrap_err();
    assert!(refused.contains("Invalid delegation"), "{refused}");
    let refused = whoami(b"user 17", b"no signature".to_vec()).await.unwrap_err();
    assert!(refused.contains("Invalid delegation"), "{refused}");
    live.server.stop().await.unwrap();
}

#[test]
fn the_client_has_signatures_of_canisters_verified() {
    let network = builder().with_nns_subnet().with_application_subnet().build();
    let apps = network.topology().get_app_subnets();
    let canister = network.create_canister_on_subnet(None, None, apps[0]);
    network.install_canister(canister, sample(), vec![], None);
    let tree = signing(b"seed", [b"message", b"more"]);
    let anyone = Principal::anonymous();
    network.update_call(canister, anyone, "certify", tree.digest().to_vec()).unwrap();
    let certificate = network.query_call(canister, anyone, "certificate", vec![]).unwrap();
    let signature = signature(certificate, &tree);
    let key = key_of(canister, b"seed");
    let root = network.root_key().unwrap();
    let verify = |network: &PocketIc, message: &[u8], root: &[u8]| {
        let (message, signature) = (message.to_vec(), signature.clone());
        network.verify_canister_signature(message, signature, key.clone(), root.to_vec())
    };
    assert_eq!(verify(&network, b"message", &root), Ok(()));
    assert_eq!(verify(&network, b"more", &root), Ok(()));
    assert!(verify(&network, b"less", &root).unwrap_err().contains("did not sign"));
    let mut other = root.clone();
    let end = other.len() - 1;
    other[end] ^= 1;
    assert!(verify(&network, b"message", &other).unwrap_err().contains("could not be verified"));
}
