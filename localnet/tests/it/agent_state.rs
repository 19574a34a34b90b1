//! Certified state: what may be read, by whom, and that it cannot be tampered with.

use candid::Principal;
use ic_agent::{
    AgentError, Identity,
    agent::{Agent, RequestStatusResponse},
    hash_tree::{Label, LookupResult},
    identity::BasicIdentity,
};

use crate::agent_calls::Live;

fn path(labels: &[&[u8]]) -> Vec<Label<Vec<u8>>> {
    labels.iter().map(|label| Label::from_bytes(label)).collect()
}

async fn refused(
    agent: &Agent,
    paths: Vec<Vec<Label<Vec<u8>>>>,
    canister: Principal,
) -> (u16, String) {
    match agent.read_state_raw(paths, canister).await.unwrap_err() {
        AgentError::HttpError(payload) => {
            (payload.status, String::from_utf8(payload.content).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_state_of_a_canister_is_read_and_verified() {
    let live = Live::start().await;
    let agent = live.anonymous().await;
    let id = live.canister;
    let controllers = agent.read_state_canister_controllers(id).await.unwrap();
    assert_eq!(controllers, [Principal::anonymous()]);
    let hash = agent.read_state_canister_module_hash(id).await.unwrap();
    let expected: [u8; 32] = sha2::Digest::finalize(
        <sha2::Sha256 as sha2::Digest>::new_with_prefix(crate::support::sample()),
    )
    .into();
    assert_eq!(hash, expected);
    assert_eq!(agent.read_state_canister_metadata(id, "greeting").await.unwrap(), b"hello");
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn absence_is_proved() {
    let live = Live::start().await;
    let agent = live.anonymous().await;
    let id = live.canister;
    let missing = agent.read_state_canister_metadata(id, "nothing").await.unwrap_err();
    assert!(matches!(missing, AgentError::LookupPathAbsent(_)), "{missing:?}");
    // An id of the range that no canister has yet.
    let mut number = id.as_slice().to_vec();
    number[6] = 0x0f;
    let nobody = Principal::from_slice(&number);
    let missing = agent.read_state_canister_module_hash(nobody).await.unwrap_err();
    assert!(matches!(missing, AgentError::LookupPathAbsent(_)), "{missing:?}");
    let unknown = ic_agent::RequestId::new(&[7; 32]);
    let (status, _) = agent.request_status_raw(&unknown, id).await.unwrap();
    assert_eq!(status, RequestStatusResponse::Unknown);
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn private_metadata_is_for_controllers() {
    let live = Live::start().await;
    let owner = BasicIdentity::from_raw_key(&[1; 32]);
    let theirs = live.create(owner.sender().unwrap()).await;
    let secret = vec![path(&[b"canister", theirs.as_slice(), b"metadata", b"secret"])];
    let stranger = live.agent(BasicIdentity::from_raw_key(&[2; 32])).await;
    let (status, reason) = refused(&stranger, secret.clone(), theirs).await;
    assert_eq!(status, 403);
    assert!(reason.contains("controllers"), "{reason}");
    let owner = live.agent(owner).await;
    let content = owner.read_state_canister_metadata(theirs, "secret").await.unwrap();
    assert_eq!(content, b"hidden");
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn only_the_permitted_paths_are_read() {
    let live = Live::start().await;
    let agent = live.anonymous().await;
    let id = live.canister;
    let other = live.create(Principal::anonymous()).await;
    for labels in [
        &[&b"canister"[..], id.as_slice(), b"certified_data"][..],
        &[b"canister", id.as_slice()],
        &[b"canister"],
        &[b"canister", other.as_slice(), b"module_hash"],
        &[b"request_status"],
        &[b"streams"],
        &[],
    ] {
        let (status, reason) = refused(&agent, vec![path(labels)], id).await;
        assert_eq!(status, 400, "{labels:?}: {reason}");
    }
    let two = vec![path(&[b"request_status", &[1; 32]]), path(&[b"request_status", &[2; 32]])];
    assert_eq!(refused(&agent, two, id).await.0, 400);
    let many = vec![path(&[b"time"]); 1_001];
    assert_eq!(refused(&agent, many, id).await.0, 400);
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn the_status_of_a_request_is_its_senders_business() {
    let live = Live::start().await;
    let sender = live.agent(BasicIdentity::from_raw_key(&[1; 32])).await;
    let signed = sender.update(&live.canister, "bump").sign().unwrap();
    sender.update_signed(live.canister, signed.signed_update).await.unwrap();
    let (status, _) = sender.request_status_raw(&signed.request_id, live.canister).await.unwrap();
    assert!(matches!(status, RequestStatusResponse::Replied(_)), "{status:?}");

    let stranger = live.agent(BasicIdentity::from_raw_key(&[2; 32])).await;
    let paths = vec![path(&[b"request_status", &signed.request_id[..]])];
    let (status, reason) = refused(&stranger, paths, live.canister).await;
    assert_eq!(status, 403);
    assert!(reason.contains("not signed by the caller"), "{reason}");
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn a_tampered_certificate_is_refused() {
    let live = Live::start().await;
    let agent = live.anonymous().await;
    let id = live.canister;
    let paths = vec![path(&[b"canister", id.as_slice(), b"controllers"])];
    let genuine = agent.read_state_raw(paths.clone(), id).await.unwrap();
    agent.verify(&genuine, id).unwrap();

    let altered = ic_certification::fork(genuine.tree.clone(), ic_certification::empty());
    let mut wrong_root = genuine.clone();
    wrong_root.tree = altered;
    let mut wrong_signature = genuine.clone();
    wrong_signature.signature[10] ^= 1;
    let mut undelegated = genuine.clone();
    undelegated.delegation = None;
    for forged in [&wrong_root, &wrong_signature, &undelegated] {
        assert!(agent.verify(forged, id).is_err());
    }
    let foreign = Principal::from_text("rwlgt-iiaaa-aaaaa-aaaaa-cai").unwrap();
    assert!(agent.verify(&genuine, foreign).is_err(), "no authority over that canister");
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn a_subnet_shows_its_keys_and_ranges() {
    let live = Live::start().await;
    let agent = live.anonymous().await;
    let subnet = agent.get_subnet_by_canister(&live.canister).await.unwrap();
    assert!(subnet.contains_canister(&live.canister));
    let id = subnet.id();
    let by_id = agent.fetch_subnet_by_id(&id).await.unwrap();
    assert!(by_id.contains_canister(&live.canister));
    let ranges = agent.read_state_subnet_canister_ranges(id).await.unwrap();
    assert!(ranges.iter().any(|(low, high)| *low <= live.canister && live.canister <= *high));
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn a_query_sees_a_certificate_of_the_certified_data() {
    let live = Live::start().await;
    let agent = live.anonymous().await;
    let data = [42; 32];
    agent.update(&live.canister, "certify").with_arg(data.to_vec()).call_and_wait().await.unwrap();
    let certificate = agent.query(&live.canister, "certificate").call().await.unwrap();
    let certificate = crate::support::certificate(&certificate);
    agent.verify(&certificate, live.canister).unwrap();
    let path = [&b"canister"[..], live.canister.as_slice(), b"certified_data"];
    assert_eq!(certificate.tree.lookup_path(path), LookupResult::Found(&data));
    live.server.stop().await.unwrap();
}
