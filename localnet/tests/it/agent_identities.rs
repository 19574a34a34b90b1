//! Who may send what: signatures, delegations, expiry.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use candid::Principal;
use ic_agent::{
    AgentError, Identity,
    agent::{Envelope, EnvelopeContent},
    identity::{
        BasicIdentity, DelegatedIdentity, Delegation, Prime256v1Identity, Secp256k1Identity,
        SignedDelegation,
    },
};

use crate::{
    agent_calls::Live,
    support::{HttpAnswer, http},
};

fn ed25519(seed: u8) -> BasicIdentity {
    BasicIdentity::from_raw_key(&[seed; 32])
}

fn secp256k1(seed: u8) -> Secp256k1Identity {
    Secp256k1Identity::from_private_key(k256::SecretKey::from_slice(&[seed; 32]).unwrap())
}

fn p256(seed: u8) -> Prime256v1Identity {
    Prime256v1Identity::from_private_key(p256::SecretKey::from_slice(&[seed; 32]).unwrap())
}

fn in_ns(from_now: Duration) -> u64 {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + from_now;
    u64::try_from(time.as_nanos()).unwrap()
}

fn query(sender: Principal, canister: Principal) -> EnvelopeContent {
    EnvelopeContent::Query {
        ingress_expiry: in_ns(Duration::from_mins(2)),
        sender,
        canister_id: canister,
        method_name: "whoami".to_owned(),
        arg: vec![],
        nonce: None,
        sender_info: None,
    }
}

fn call(sender: Principal, canister: Principal) -> EnvelopeContent {
    EnvelopeContent::Call {
        ingress_expiry: in_ns(Duration::from_mins(2)),
        sender,
        canister_id: canister,
        method_name: "bump".to_owned(),
        arg: vec![],
        nonce: None,
        sender_info: None,
    }
}

fn signed<'a>(content: &'a EnvelopeContent, identity: &dyn Identity) -> Envelope<'a> {
    let signature = identity.sign(content).unwrap();
    Envelope {
        content: std::borrow::Cow::Borrowed(content),
        sender_pubkey: signature.public_key,
        sender_sig: signature.signature,
        sender_delegation: signature.delegations,
    }
}

/// Sends an envelope as it is.
async fn post(live: &Live, operation: &'static str, envelope: &Envelope<'_>) -> HttpAnswer {
    let (port, canister) = (live.server.port(), live.canister);
    let body = envelope.encode_bytes();
    let version = if operation == "call" { "v4" } else { "v3" };
    tokio::task::spawn_blocking(move || {
        let path = format!("/api/{version}/canister/{canister}/{operation}");
        http(port, "POST", &path, "localhost", &body)
    })
    .await
    .unwrap()
}

#[track_caller]
fn assert_refused(answer: &HttpAnswer, reason: &str) {
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.text().contains(reason), "{}", answer.text());
}

#[tokio::test]
async fn senders_are_who_they_say() {
    let live = Live::start().await;
    let identities: [Box<dyn Identity>; 3] =
        [Box::new(ed25519(1)), Box::new(secp256k1(2)), Box::new(p256(3))];
    for identity in identities {
        let sender = identity.sender().unwrap();
        let agent = live.agent(identity).await;
        let seen = agent.query(&live.canister, "whoami").call().await.unwrap();
        assert_eq!(seen, sender.as_slice());
        let update = agent.update(&live.canister, "whoami_certified").call_and_wait().await;
        assert_eq!(update.unwrap(), sender.as_slice());
    }
    let seen = live.anonymous().await.query(&live.canister, "whoami").call().await.unwrap();
    assert_eq!(seen, Principal::anonymous().as_slice());
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn forged_requests_are_refused() {
    let live = Live::start().await;
    let identities: [Box<dyn Identity>; 3] =
        [Box::new(ed25519(1)), Box::new(secp256k1(2)), Box::new(p256(3))];
    for identity in identities {
        let sender = identity.sender().unwrap();
        let content = query(sender, live.canister);

        let mut envelope = signed(&content, &*identity);
        assert_eq!(post(&live, "query", &envelope).await.status, 200);
        envelope.sender_sig.as_mut().unwrap()[40] ^= 1;
        assert_refused(&post(&live, "query", &envelope).await, "Invalid signature");

        let mut envelope = signed(&content, &*identity);
        envelope.sender_sig = None;
        envelope.sender_pubkey = None;
        assert_refused(&post(&live, "query", &envelope).await, "Missing signature");

        let victim = query(Principal::self_authenticating([9; 32]), live.canister);
        let envelope = signed(&victim, &*identity);
        assert_refused(&post(&live, "query", &envelope).await, "does not match the public key");

        let anonymous = query(Principal::anonymous(), live.canister);
        let envelope = signed(&anonymous, &*identity);
        assert_refused(&post(&live, "query", &envelope).await, "not allowed for the anonymous");
    }
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn keys_of_other_algorithms_are_refused_by_name() {
    let live = Live::start().await;
    // The DER header of an RSA key, and a canister id in the place of the key.
    let mut key = hex::decode("301c300d06092a864886f70d0101010500030b00").unwrap();
    key.extend(live.canister.as_slice());
    let content = query(Principal::self_authenticating(&key), live.canister);
    let envelope = Envelope {
        content: std::borrow::Cow::Borrowed(&content),
        sender_pubkey: Some(key),
        sender_sig: Some(vec![1; 64]),
        sender_delegation: None,
    };
    assert_refused(&post(&live, "query", &envelope).await, "RSA keys do not sign requests");
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn requests_outside_their_time_are_refused() {
    let live = Live::start().await;
    let now = in_ns(Duration::ZERO);
    for expiry in [now - 1_000_000_000, now + 400_000_000_000] {
        let mut content = query(Principal::anonymous(), live.canister);
        if let EnvelopeContent::Query { ingress_expiry, .. } = &mut content {
            *ingress_expiry = expiry;
        }
        let envelope = Envelope {
            content: std::borrow::Cow::Borrowed(&content),
            sender_pubkey: None,
            sender_sig: None,
            sender_delegation: None,
        };
        let reason = "Invalid request expiry: Specified ingress_expiry not within expected range";
        assert_refused(&post(&live, "query", &envelope).await, reason);
    }
    live.server.stop().await.unwrap();
}

fn delegate(
    from: &dyn Identity,
    to: &dyn Identity,
    change: impl FnOnce(&mut Delegation),
) -> SignedDelegation {
    let mut delegation = Delegation {
        pubkey: to.public_key().unwrap(),
        expiration: in_ns(Duration::from_mins(10)),
        targets: None,
        permissions: None,
    };
    change(&mut delegation);
    let signature = from.sign_delegation(&delegation).unwrap().signature.unwrap();
    SignedDelegation { delegation, signature }
}

fn delegated(change: impl FnOnce(&mut Delegation)) -> DelegatedIdentity {
    let (owner, session) = (ed25519(1), secp256k1(2));
    let link = delegate(&owner, &session, change);
    DelegatedIdentity::new_unchecked(owner.public_key().unwrap(), Box::new(session), vec![link])
}

#[tokio::test]
async fn a_delegation_lets_another_key_sign() {
    let live = Live::start().await;
    let identity = delegated(|delegation| delegation.targets = Some(vec![live.canister]));
    let agent = live.agent(identity).await;
    let seen = agent.query(&live.canister, "whoami").call().await.unwrap();
    assert_eq!(seen, ed25519(1).sender().unwrap().as_slice());
    let update = agent.update(&live.canister, "whoami_certified").call_and_wait().await;
    assert_eq!(update.unwrap(), ed25519(1).sender().unwrap().as_slice());

    let (owner, middle, last) = (ed25519(1), ed25519(3), secp256k1(4));
    let chain = vec![delegate(&owner, &middle, |_| {}), delegate(&middle, &last, |_| {})];
    let key = owner.public_key().unwrap();
    let agent = live.agent(DelegatedIdentity::new_unchecked(key, Box::new(last), chain)).await;
    let seen = agent.query(&live.canister, "whoami").call().await.unwrap();
    assert_eq!(seen, owner.sender().unwrap().as_slice());
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn a_delegation_reaches_no_further_than_it_says() {
    let live = Live::start().await;
    let refused = async |identity: DelegatedIdentity, operation, reason: &str| {
        let sender = identity.sender().unwrap();
        let content = match operation {
            "call" => call(sender, live.canister),
            _ => query(sender, live.canister),
        };
        assert_refused(&post(&live, operation, &signed(&content, &identity)).await, reason);
    };
    let other = Principal::self_authenticating([8; 32]);
    refused(delegated(|d| d.targets = Some(vec![other])), "query", "delegation targets").await;
    refused(
        delegated(|d| d.expiration = in_ns(Duration::ZERO) - 1_000_000_000),
        "query",
        "Invalid delegation expiry",
    )
    .await;
    let queries = ic_agent::identity::DelegationPermissions::Queries;
    refused(delegated(|d| d.permissions = Some(queries)), "call", "permits queries only").await;

    // Signed by a key that is not the owner's.
    let (owner, thief, session) = (ed25519(1), ed25519(5), secp256k1(2));
    let forged = vec![delegate(&thief, &session, |_| {})];
    let key = owner.public_key().unwrap();
    let identity = DelegatedIdentity::new_unchecked(key, Box::new(session), forged);
    refused(identity, "query", "Invalid delegation").await;
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn a_chain_of_delegations_is_at_most_twenty_long() {
    let live = Live::start().await;
    for (length, accepted) in [(20_u8, true), (21, false)] {
        let mut chain = Vec::new();
        for n in 0..length {
            chain.push(delegate(&ed25519(100 + n), &ed25519(101 + n), |_| {}));
        }
        let key = ed25519(100).public_key().unwrap();
        let last = Box::new(ed25519(100 + length));
        let identity = DelegatedIdentity::new_unchecked(key, last, chain);
        let agent = live.agent(identity).await;
        let result = agent.query(&live.canister, "whoami").call().await;
        assert_eq!(result.is_ok(), accepted, "{length}: {result:?}");
        if let Err(AgentError::HttpError(payload)) = result {
            assert!(String::from_utf8_lossy(&payload.content).contains("too long"));
        }
    }
    live.server.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_not_a_request_is_refused_with_a_reason() {
    let live = Live::start().await;
    let (port, canister) = (live.server.port(), live.canister);
    tokio::task::spawn_blocking(move || {
        let path = format!("/api/v3/canister/{canister}/query");
        for body in [&b""[..], b"\xff\xff", b"\xa0", b"\xa1\x67content\x01"] {
            let answer = http(port, "POST", &path, "localhost", body);
            assert_eq!(answer.status, 400, "{body:?}");
            assert!(!answer.text().is_empty());
        }
        let deep = vec![0x81; 100_000];
        assert_eq!(http(port, "POST", &path, "localhost", &deep).status, 400);
        let nowhere = http(port, "POST", "/api/v9/canister/x/query", "localhost", b"");
        assert_eq!(nowhere.status, 400);
        let unknown = http(port, "GET", "/api/v2/dreams", "localhost", b"");
        assert_eq!(unknown.status, 404);
    })
    .await
    .unwrap();
    live.server.stop().await.unwrap();
}
