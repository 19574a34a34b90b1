//! Threshold keys: public keys, signatures and vetKeys of canisters.

use candid::{CandidType, Deserialize, Principal};
use ic_management_canister_types as mg;
use pocket_ic::{ErrorCode, RejectResponse};

use super::{Request, reply};
use crate::{
    chain_keys::{Algorithm, KeyId, MasterKey, Message, PATH_MAX, held_by, vetkd},
    fees,
    network::{
        Network, Subnet,
        pool::Payload,
        rejects::{self, reject},
    },
};

impl Network {
    pub(super) fn ecdsa_public_key(&self, request: &Request) -> Payload {
        let args: mg::EcdsaPublicKeyArgs = request.decode()?;
        let id = ecdsa(args.key_id);
        self.check_known(request, &id)?;
        let canister = self.key_owner(request, args.canister_id)?;
        let derived = signing(&id)?.public_key(canister, checked_path(&args.derivation_path)?);
        reply((mg::EcdsaPublicKeyResult {
            public_key: derived.bytes,
            chain_code: derived.chain_code.to_vec(),
        },))
    }

    pub(super) fn schnorr_public_key(&self, request: &Request) -> Payload {
        let args: mg::SchnorrPublicKeyArgs = request.decode()?;
        let id = schnorr(args.key_id);
        self.check_known(request, &id)?;
        let canister = self.key_owner(request, args.canister_id)?;
        let derived = signing(&id)?.public_key(canister, checked_path(&args.derivation_path)?);
        reply((mg::SchnorrPublicKeyResult {
            public_key: derived.bytes,
            chain_code: derived.chain_code.to_vec(),
        },))
    }

    pub(super) fn sign_with_ecdsa(&mut self, request: &mut Request) -> Payload {
        let args: mg::SignWithEcdsaArgs = request.decode()?;
        let id = ecdsa(args.key_id);
        self.check_enabled(request, &id)?;
        let path = checked_path(&args.derivation_path)?;
        let hash: [u8; 32] = args.message_hash[..].try_into().map_err(|_| {
            let bytes = args.message_hash.len();
            rejects::invalid_payload(format_args!("message_hash has {bytes} bytes instead of 32"))
        })?;
        self.pay_for_signature(request, &id)?;
        let signature = signing(&id)?.sign(request.sender, path, Message::Hash(&hash));
        let signature = signature.ok_or_else(|| unsignable(&id))?.to_vec();
        reply((mg::SignWithEcdsaResult { signature },))
    }

    pub(super) fn sign_with_schnorr(&mut self, request: &mut Request) -> Payload {
        let args: mg::SignWithSchnorrArgs = request.decode()?;
        let id = schnorr(args.key_id);
        self.check_enabled(request, &id)?;
        let path = checked_path(&args.derivation_path)?;
        let message = match &args.aux {
            None => Message::Bytes(&args.message),
            Some(mg::SchnorrAux::Bip341(_)) if id.algorithm == Algorithm::Ed25519 => {
                let why = "schnorr_aux argument not supported for algorithm Ed25519";
                return Err(reject(ErrorCode::CanisterRejectedMessage, why));
            }
            Some(mg::SchnorrAux::Bip341(tree)) => {
                if !matches!(tree.merkle_root_hash.len(), 0 | 32) {
                    return Err(unsignable(&id));
                }
                Message::Taproot { message: &args.message, merkle_root: &tree.merkle_root_hash }
            }
        };
        self.pay_for_signature(request, &id)?;
        let signature = signing(&id)?.sign(request.sender, path, message);
        let signature = signature.ok_or_else(|| unsignable(&id))?.to_vec();
        reply((mg::SignWithSchnorrResult { signature },))
    }

    pub(super) fn vetkd_public_key(&self, request: &Request) -> Payload {
        let args: mg::VetKDPublicKeyArgs = request.decode()?;
        let id = vetkey(args.key_id);
        self.check_known(request, &id)?;
        let canister = self.key_owner(request, args.canister_id)?;
        let key = vetkd::Key::master(&id.name).derive(canister, &args.context);
        reply((mg::VetKDPublicKeyResult { public_key: key.public_key().to_vec() },))
    }

    pub(super) fn vetkd_derive_key(&mut self, request: &mut Request) -> Payload {
        let args: mg::VetKDDeriveKeyArgs = request.decode()?;
        let id = vetkey(args.key_id);
        self.check_enabled(request, &id)?;
        let key = vetkd::Key::master(&id.name).derive(request.sender, &args.context);
        let encrypted = key.encrypted_for(&args.input, &args.transport_public_key);
        let encrypted_key = encrypted.ok_or_else(|| {
            let why = "The provided transport public key is invalid.";
            reject(ErrorCode::CanisterRejectedMessage, why)
        })?;
        self.pay_for_signature(request, &id)?;
        reply((mg::VetKDDeriveKeyResult { encrypted_key },))
    }

    /// The subnet that holds the key a call of `method` is about.
    pub(super) fn key_holder(&self, method: &str, arg: &[u8]) -> Option<&Subnet> {
        #[derive(CandidType, Deserialize)]
        struct Ecdsa {
            key_id: mg::EcdsaKeyId,
        }
        #[derive(CandidType, Deserialize)]
        struct Schnorr {
            key_id: mg::SchnorrKeyId,
        }
        #[derive(CandidType, Deserialize)]
        struct VetKd {
            key_id: mg::VetKDKeyId,
        }
        let id = match method {
            "ecdsa_public_key" | "sign_with_ecdsa" => {
                ecdsa(super::decode::<Ecdsa>(arg).ok()?.key_id)
            }
            "schnorr_public_key" | "sign_with_schnorr" => {
                schnorr(super::decode::<Schnorr>(arg).ok()?.key_id)
            }
            _ => vetkey(super::decode::<VetKd>(arg).ok()?.key_id),
        };
        self.topology.subnets().iter().find(|subnet| held_by(subnet.kind).contains(&id))
    }

    /// Refuses a key whose public half is asked for and that nobody holds.
    fn check_known(&self, request: &Request, id: &KeyId) -> Result<(), RejectResponse> {
        self.check_held(request, id, |keys| {
            format!("Requested unknown threshold key: {id}, existing keys: {keys}")
        })
    }

    /// Refuses a key that is to be used and that nobody holds.
    fn check_enabled(&self, request: &Request, id: &KeyId) -> Result<(), RejectResponse> {
        self.check_held(request, id, |keys| {
            format!(
                "Requested unknown or disabled threshold key: {id}, existing enabled keys: {keys}"
            )
        })
    }

    /// Refuses a key that no subnet of this network holds, or not the one that was called.
    fn check_held(
        &self,
        request: &Request,
        id: &KeyId,
        unknown: impl FnOnce(String) -> String,
    ) -> Result<(), RejectResponse> {
        let called = self.topology.subnet(request.to);
        let subnets = self.topology.subnets().iter();
        let asked: Vec<&Subnet> = match called {
            Some(subnet) => vec![subnet],
            None => subnets.collect(),
        };
        let mut held: Vec<KeyId> = asked.iter().flat_map(|subnet| held_by(subnet.kind)).collect();
        held.sort();
        held.dedup();
        if held.contains(id) {
            return Ok(());
        }
        let keys: Vec<_> = held.iter().map(KeyId::to_string).collect();
        let keys = format!("[{}]", keys.join(", "));
        let why = match called {
            None => unknown(keys),
            Some(subnet) => format!(
                "Requested unknown threshold key {id} on subnet {}, subnet has keys: {keys}",
                subnet.id
            ),
        };
        // The platform cannot route such a call, which is a reject of this class.
        Err(reject(
            ErrorCode::CanisterNotFound,
            format!(
                "Unable to route management canister request {}: ChainKeyError({why:?})",
                request.method
            ),
        ))
    }

    /// Whose key is asked for: the caller's, unless another id is given. The subnet that holds the
    /// keys knows which ids belong to the network, not which of them exist.
    fn key_owner(
        &self,
        request: &Request,
        canister: Option<Principal>,
    ) -> Result<Principal, RejectResponse> {
        let canister = canister.unwrap_or(request.sender);
        match self.topology.route(canister) {
            Some(_) => Ok(canister),
            None => Err(rejects::canister_not_found(canister)),
        }
    }

    /// Takes the price of a signature from what was attached. Canisters of the root subnet pay
    /// nothing.
    fn pay_for_signature(
        &mut self,
        request: &mut Request,
        id: &KeyId,
    ) -> Result<(), RejectResponse> {
        if self.is_on_root(request.sender) {
            return Ok(());
        }
        let fee = fees::threshold_signature(&id.name).unwrap_or_default();
        if request.cycles < fee {
            return Err(reject(
                ErrorCode::CanisterRejectedMessage,
                format!(
                    "{} request sent with {} cycles, but {fee} cycles are required.",
                    request.method, request.cycles
                ),
            ));
        }
        request.cycles -= fee;
        self.burn(fee);
        Ok(())
    }
}

fn ecdsa(id: mg::EcdsaKeyId) -> KeyId {
    let algorithm = match id.curve {
        mg::EcdsaCurve::Secp256k1 => Algorithm::EcdsaSecp256k1,
        mg::EcdsaCurve::Secp256r1 => Algorithm::EcdsaSecp256r1,
    };
    KeyId { algorithm, name: id.name }
}

fn schnorr(id: mg::SchnorrKeyId) -> KeyId {
    let algorithm = match id.algorithm {
        mg::SchnorrAlgorithm::Bip340secp256k1 => Algorithm::Bip340,
        mg::SchnorrAlgorithm::Ed25519 => Algorithm::Ed25519,
    };
    KeyId { algorithm, name: id.name }
}

fn vetkey(id: mg::VetKDKeyId) -> KeyId {
    let mg::VetKDCurve::Bls12_381_G2 = id.curve;
    KeyId { algorithm: Algorithm::VetKd, name: id.name }
}

/// The master key, which is known to be held.
fn signing(id: &KeyId) -> Result<MasterKey, RejectResponse> {
    MasterKey::of(id).ok_or_else(|| unsignable(id))
}

fn checked_path(path: &[Vec<u8>]) -> Result<&[Vec<u8>], RejectResponse> {
    if path.len() <= PATH_MAX {
        return Ok(path);
    }
    let indices = path.len();
    Err(rejects::invalid_payload(format_args!(
        "derivation_path has {indices} elements, more than the allowed {PATH_MAX}"
    )))
}

fn unsignable(id: &KeyId) -> RejectResponse {
    reject(
        ErrorCode::CanisterRejectedMessage,
        format!("Invalid inputs for a signature with key {id}"),
    )
}
