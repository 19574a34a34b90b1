//! Threshold keys: what a canister asks for verifies, costs, and is refused.

use candid::{CandidType, Principal, encode_one};
use ic_management_canister_types as mg;
use k256::ecdsa::signature::hazmat::PrehashVerifier as _;
use serde::de::DeserializeOwned;

use super::{
    puppet::{manage, program},
    world::{World, user},
};
use crate::network::{NetworkConfig, SubnetKind};

/// What a puppet got, or the code and the text of the reject.
type Answer = Result<Vec<u8>, String>;

/// What a signature of `dfx_test_key` costs, and one of `key_1`.
const TEST_FEE: u64 = 10_000_000_000;
const KEY_1_FEE: u64 = 26_153_846_153;

fn world() -> World {
    world_of(&[SubnetKind::Application, SubnetKind::TestThresholdKeys, SubnetKind::Fiduciary])
}

fn world_of(subnets: &[SubnetKind]) -> World {
    World::with(NetworkConfig { subnets: subnets.to_vec(), ..NetworkConfig::default() })
}

/// The answer to a puppet that calls a management method with cycles attached.
fn ask(
    world: &mut World,
    puppet: Principal,
    method: &'static str,
    args: impl CandidType,
    cycles: u64,
) -> Answer {
    ask_at(world, puppet, Principal::management_canister(), method, args, cycles)
}

fn ask_at(
    world: &mut World,
    puppet: Principal,
    callee: Principal,
    method: &'static str,
    args: impl CandidType,
    cycles: u64,
) -> Answer {
    let mut call = manage(method, encode_one(args).expect("arguments encode"))
        .cycles(cycles)
        .on_reply(program().append(b"+").append_arg().reply())
        .on_reject(program().append(b"-").append_reject().reply());
    call.callee = callee;
    let answer = world.run(puppet, program().call(call)).expect("the puppet answers");
    match &answer[..] {
        [b'-', code, text @ ..] => Err(format!("{code}: {}", String::from_utf8_lossy(text))),
        _ => Ok(answer[1..].to_vec()),
    }
}

fn refusal(answer: Answer) -> String {
    answer.expect_err("refused")
}

fn decode<T: CandidType + DeserializeOwned>(answer: Answer) -> T {
    candid::decode_one(&answer.expect("an answer")).expect("the answer decodes")
}

fn ecdsa(name: &str) -> mg::EcdsaKeyId {
    mg::EcdsaKeyId { curve: mg::EcdsaCurve::Secp256k1, name: name.to_owned() }
}

fn schnorr(algorithm: mg::SchnorrAlgorithm, name: &str) -> mg::SchnorrKeyId {
    mg::SchnorrKeyId { algorithm, name: name.to_owned() }
}

fn path() -> Vec<Vec<u8>> {
    vec![vec![0, 0, 0, 44], b"any length".to_vec(), Vec::new()]
}

fn ecdsa_key(world: &mut World, puppet: Principal, of: Option<Principal>) -> Answer {
    let args = mg::EcdsaPublicKeyArgs {
        canister_id: of,
        derivation_path: path(),
        key_id: ecdsa("dfx_test_key"),
    };
    ask(world, puppet, "ecdsa_public_key", args, 0)
}

fn to_sign(hash: &[u8], name: &str) -> mg::SignWithEcdsaArgs {
    mg::SignWithEcdsaArgs {
        message_hash: hash.to_vec(),
        derivation_path: path(),
        key_id: ecdsa(name),
    }
}

fn schnorr_of(
    algorithm: mg::SchnorrAlgorithm,
    aux: Option<mg::SchnorrAux>,
) -> mg::SignWithSchnorrArgs {
    mg::SignWithSchnorrArgs {
        message: b"message".to_vec(),
        derivation_path: path(),
        key_id: schnorr(algorithm, "test_key_1"),
        aux,
    }
}

fn schnorr_key(world: &mut World, puppet: Principal, algorithm: mg::SchnorrAlgorithm) -> Vec<u8> {
    let args = mg::SchnorrPublicKeyArgs {
        canister_id: None,
        derivation_path: path(),
        key_id: schnorr(algorithm, "test_key_1"),
    };
    decode::<mg::SchnorrPublicKeyResult>(ask(world, puppet, "schnorr_public_key", args, 0))
        .public_key
}

#[test]
fn an_ecdsa_signature_verifies_under_the_public_key_of_the_canister_and_path() {
    let mut world = world();
    let puppet = world.puppet();
    let other = world.puppet();
    let public: mg::EcdsaPublicKeyResult = decode(ecdsa_key(&mut world, puppet, None));
    let asked: mg::EcdsaPublicKeyResult = decode(ecdsa_key(&mut world, other, Some(puppet)));
    assert_eq!(asked, public, "anybody may ask for the key of another canister");
    let own: mg::EcdsaPublicKeyResult = decode(ecdsa_key(&mut world, other, None));
    assert_ne!(own.public_key, public.public_key);
    let hash = [7; 32];
    let args = to_sign(&hash, "dfx_test_key");
    let signed = ask(&mut world, puppet, "sign_with_ecdsa", args, TEST_FEE);
    let signature = decode::<mg::SignWithEcdsaResult>(signed).signature;
    let signature = k256::ecdsa::Signature::from_slice(&signature).expect("r and s");
    let verifies = |key: &[u8], hash: &[u8]| {
        let key = k256::ecdsa::VerifyingKey::from_sec1_bytes(key).expect("a point");
        key.verify_prehash(hash, &signature).is_ok()
    };
    assert!(verifies(&public.public_key, &hash));
    assert!(!verifies(&own.public_key, &hash));
    assert!(!verifies(&public.public_key, &[8; 32]));
}

/// Derived from the published public half of the master key, as a client does it offline.
#[test]
fn public_keys_are_those_that_clients_derive_offline() {
    let mut world = world();
    let puppet = world.puppet();
    let derived = schnorr_key(&mut world, puppet, mg::SchnorrAlgorithm::Ed25519);
    let (offline, _) = ic_ed25519::PublicKey::derive_pocketic_key(
        ic_ed25519::PocketIcMasterPublicKeyId::TestKey1,
        &puppet,
        &path(),
    );
    assert_eq!(hex::encode(derived), hex::encode(offline.serialize_raw()));
}

#[test]
fn schnorr_signatures_verify_with_and_without_taproot() {
    use mg::SchnorrAlgorithm::{Bip340secp256k1, Ed25519};
    let mut world = world();
    let puppet = world.puppet();
    let mut sign = |args| {
        let signed = ask(&mut world, puppet, "sign_with_schnorr", args, TEST_FEE);
        decode::<mg::SignWithSchnorrResult>(signed).signature
    };
    let (plain, edwards) =
        (sign(schnorr_of(Bip340secp256k1, None)), sign(schnorr_of(Ed25519, None)));
    let merkle_root_hash = vec![9; 32];
    let tree = mg::SchnorrAux::Bip341(mg::Bip341 { merkle_root_hash: merkle_root_hash.clone() });
    let spend = sign(schnorr_of(Bip340secp256k1, Some(tree)));
    let internal = schnorr_key(&mut world, puppet, Bip340secp256k1);
    let verifies = |key: &[u8], signature: &[u8]| {
        let key = k256::schnorr::VerifyingKey::from_bytes(key).expect("a point");
        let signature = k256::schnorr::Signature::try_from(signature).expect("64 bytes");
        key.verify_raw(b"message", &signature).is_ok()
    };
    assert!(verifies(&internal[1..], &plain));
    assert!(verifies(&taproot_output(&internal[1..], &merkle_root_hash), &spend));
    assert!(!verifies(&internal[1..], &spend));
    let public = schnorr_key(&mut world, puppet, Ed25519);
    let public = ed25519_dalek::VerifyingKey::from_bytes(&public.try_into().expect("32 bytes"));
    let signature = ed25519_dalek::Signature::from_slice(&edwards).expect("64 bytes");
    assert!(public.expect("a point").verify_strict(b"message", &signature).is_ok());
}

/// The output key of BIP341, computed from the public half alone.
fn taproot_output(internal_x: &[u8], merkle_root: &[u8]) -> Vec<u8> {
    use k256::elliptic_curve::{PrimeField as _, sec1::ToEncodedPoint as _};
    use sha2::{Digest as _, Sha256};
    let tag = Sha256::digest(b"TapTweak");
    let hash = Sha256::digest([&tag[..], &tag[..], internal_x, merkle_root].concat());
    let tweak = k256::Scalar::from_repr(hash).expect("below the group order");
    let internal = k256::PublicKey::from_sec1_bytes(&[&[2], internal_x].concat()).expect("a point");
    let output = internal.to_projective() + k256::ProjectivePoint::GENERATOR * tweak;
    output.to_affine().to_encoded_point(true).as_bytes()[1..].to_vec()
}

#[test]
fn a_signature_costs_what_is_told_and_the_rest_comes_back() {
    let mut world = world();
    let puppet = world.puppet();
    let short = |world: &mut World, name: &str, cycles: u64| {
        refusal(ask(world, puppet, "sign_with_ecdsa", to_sign(&[1; 32], name), cycles))
    };
    assert_eq!(
        short(&mut world, "key_1", KEY_1_FEE - 1),
        "4: sign_with_ecdsa request sent with 26153846152 cycles, but 26153846153 cycles are \
         required."
    );
    assert!(short(&mut world, "dfx_test_key", TEST_FEE - 1).contains("10000000000 cycles are"));
    let before = world.balance(puppet);
    let args = to_sign(&[1; 32], "key_1");
    ask(&mut world, puppet, "sign_with_ecdsa", args, 2 * KEY_1_FEE).expect("signed");
    let spent = before - world.balance(puppet);
    let fee = u128::from(KEY_1_FEE);
    assert!((fee..fee + fee / 100).contains(&spent), "{spent} for a fee of {fee}");
}

#[test]
fn canisters_of_the_root_subnet_sign_for_nothing() {
    let mut world = world_of(&[SubnetKind::NNS, SubnetKind::TestThresholdKeys]);
    let puppet = world.puppet();
    assert_eq!(world.net.topology().route(puppet).map(|subnet| subnet.kind), Some(SubnetKind::NNS));
    let args = to_sign(&[1; 32], "dfx_test_key");
    ask(&mut world, puppet, "sign_with_ecdsa", args, 0).expect("signed");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let mut world = world();
    let puppet = world.puppet();
    let nobody = Principal::from_slice(&[0, 0, 0, 0, 0, 1]);
    let text = refusal(ecdsa_key(&mut world, puppet, Some(nobody)));
    assert_eq!(text, format!("3: Canister {nobody} not found"));
    let mut sign = |args| refusal(ask(&mut world, puppet, "sign_with_ecdsa", args, TEST_FEE));
    let short = sign(to_sign(&[1; 31], "dfx_test_key"));
    assert!(short.starts_with("4: ") && short.contains("31 bytes instead of 32"), "{short}");
    let mut long = to_sign(&[1; 32], "dfx_test_key");
    long.derivation_path = vec![Vec::new(); 256];
    assert!(sign(long.clone()).contains("256 elements, more than the allowed 255"));
    long.derivation_path.pop();
    ask(&mut world, puppet, "sign_with_ecdsa", long, TEST_FEE).expect("255 are allowed");
    let tree = |bytes| mg::SchnorrAux::Bip341(mg::Bip341 { merkle_root_hash: vec![0; bytes] });
    let mut sign = |algorithm, bytes| {
        let args = schnorr_of(algorithm, Some(tree(bytes)));
        refusal(ask(&mut world, puppet, "sign_with_schnorr", args, TEST_FEE))
    };
    let wrong = sign(mg::SchnorrAlgorithm::Bip340secp256k1, 31);
    assert!(wrong.contains("schnorr:Bip340Secp256k1:test_key_1"), "{wrong}");
    assert!(
        sign(mg::SchnorrAlgorithm::Ed25519, 32).contains("not supported for algorithm Ed25519")
    );
    let empty = encode_one(()).expect("arguments encode");
    let refused = world.update(user(), Principal::management_canister(), "ecdsa_public_key", empty);
    assert!(refused.expect_err("no user may ask").reject_message.contains("only by canisters"));
}

#[test]
fn a_vetkey_is_derived_for_its_caller_and_paid_for() {
    let mut world = world();
    let puppet = world.puppet();
    let key_id =
        || mg::VetKDKeyId { curve: mg::VetKDCurve::Bls12_381_G2, name: "test_key_1".to_owned() };
    let mut public = |canister_id, context: &[u8]| {
        let args =
            mg::VetKDPublicKeyArgs { canister_id, context: context.to_vec(), key_id: key_id() };
        decode::<mg::VetKDPublicKeyResult>(ask(&mut world, puppet, "vetkd_public_key", args, 0))
            .public_key
    };
    let own = public(None, b"context");
    assert_eq!((own.len(), &own), (96, &public(Some(puppet), b"context")));
    assert_ne!(own, public(None, b""));
    // A transport key whose secret half is one.
    let transport = ic_bls12_381::G1Affine::generator().to_compressed().to_vec();
    let args = |transport_public_key: Vec<u8>| mg::VetKDDeriveKeyArgs {
        input: b"input".to_vec(),
        context: b"context".to_vec(),
        transport_public_key,
        key_id: key_id(),
    };
    let good = args(transport);
    let text = refusal(ask(&mut world, puppet, "vetkd_derive_key", good.clone(), TEST_FEE - 1));
    assert!(text.contains("vetkd_derive_key request sent with"), "{text}");
    let text = refusal(ask(&mut world, puppet, "vetkd_derive_key", args(vec![1; 48]), TEST_FEE));
    assert!(text.contains("transport public key is invalid"), "{text}");
    let derived = ask(&mut world, puppet, "vetkd_derive_key", good, TEST_FEE);
    let encrypted = decode::<mg::VetKDDeriveKeyResult>(derived).encrypted_key;
    assert_eq!(encrypted.len(), 192);
}

#[test]
fn a_key_that_no_subnet_holds_is_named_with_those_that_are_held() {
    let mut world = world_of(&[SubnetKind::Application, SubnetKind::TestThresholdKeys]);
    let puppet = world.puppet();
    let mut args = mg::EcdsaPublicKeyArgs { key_id: ecdsa("key_1"), ..Default::default() };
    let text = refusal(ask(&mut world, puppet, "ecdsa_public_key", args.clone(), 0));
    let held = "[ecdsa:Secp256k1:dfx_test_key, ecdsa:Secp256k1:test_key_1, \
                schnorr:Bip340Secp256k1:dfx_test_key, schnorr:Bip340Secp256k1:test_key_1, \
                schnorr:Ed25519:dfx_test_key, schnorr:Ed25519:test_key_1, \
                vetkd:Bls12_381_G2:dfx_test_key, vetkd:Bls12_381_G2:test_key_1]";
    assert_eq!(
        text,
        format!(
            "3: Unable to route management canister request ecdsa_public_key: \
             ChainKeyError(\"Requested unknown threshold key: ecdsa:Secp256k1:key_1, existing \
             keys: {held}\")"
        )
    );
    args.key_id.curve = mg::EcdsaCurve::Secp256r1;
    let text = refusal(ask(&mut world, puppet, "ecdsa_public_key", args, 0));
    assert!(text.contains("ecdsa:Secp256r1:key_1"), "{text}");
    let signing = to_sign(&[1; 32], "key_1");
    let text = refusal(ask(&mut world, puppet, "sign_with_ecdsa", signing, KEY_1_FEE));
    assert!(text.contains("unknown or disabled threshold key: ecdsa:Secp256k1:key_1"), "{text}");
    let at = world.net.topology().default_subnet().id;
    let signing = to_sign(&[1; 32], "dfx_test_key");
    let text = refusal(ask_at(&mut world, puppet, at, "sign_with_ecdsa", signing, TEST_FEE));
    assert!(text.contains(&format!("on subnet {at}, subnet has keys: []")), "{text}");
}
