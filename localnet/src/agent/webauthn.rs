//! Signatures of authenticators, such as security keys: the message is the challenge of an
//! assertion, and the key is encoded as COSE has it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::Value;
use ed25519_dalek::{Verifier as _, VerifyingKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::certification::{cbor, parse};

/// Labels and values of COSE keys, from RFC 8152 and RFC 8812.
const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;
const CURVE: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const OKP: i64 = 1;
const EC2: i64 = 2;
const RSA: i64 = 3;
const EDDSA: i64 = -8;
const ES256: i64 = -7;
const ED25519_CURVE: i64 = 6;
const P256_CURVE: i64 = 1;

/// What of the client's data is looked at.
#[derive(Deserialize)]
struct ClientData {
    challenge: String,
}

/// Checks that `signature` asserts `message` with the key whose COSE encoding is `cose`.
pub(super) fn verify(cose: &[u8], message: &[u8], signature: &[u8]) -> Result<(), String> {
    let mut fields = parse::Fields::of(cbor::decode(signature)?, "WebAuthn signature")?;
    let authenticator = parse::bytes_of(fields.take("authenticator_data")?, "authenticator_data")?;
    let client = fields.take("client_data_json")?;
    let client = client.into_text().map_err(|_| "client_data_json is not a text".to_owned())?;
    let signature = parse::bytes_of(fields.take("signature")?, "signature")?;
    let data: ClientData = serde_json::from_str(&client)
        .map_err(|error| format!("client_data_json is not what it should be: {error}"))?;
    // Padding at the end is left away by the standard and let pass.
    if data.challenge.trim_end_matches('=') != URL_SAFE_NO_PAD.encode(message) {
        return Err("the challenge of the WebAuthn signature is another message".to_owned());
    }
    let signed = [&authenticator[..], &Sha256::digest(client.as_bytes())].concat();
    Key::parse(cose)?.verify(&signed, &signature)
}

/// A key of an authenticator.
#[derive(Debug)]
enum Key {
    P256(p256::ecdsa::VerifyingKey),
    Ed25519(VerifyingKey),
}

impl Key {
    fn parse(cose: &[u8]) -> Result<Self, String> {
        let malformed = || "Malformed COSE public key".to_owned();
        let key: Value = cbor::decode(cose)?;
        let entries = key.into_map().map_err(|_| malformed())?;
        let entry = |label: i64| {
            entries.iter().find(|(key, _)| *key == Value::Integer(label.into())).map(|(_, v)| v)
        };
        let number = |label| {
            let number = entry(label).and_then(Value::as_integer);
            number.and_then(|number| i64::try_from(number).ok())
        };
        let coordinate = |label| -> Result<[u8; 32], String> {
            let bytes = entry(label).and_then(Value::as_bytes).ok_or_else(malformed)?;
            bytes[..].try_into().map_err(|_| malformed())
        };
        match (number(KEY_TYPE), number(ALGORITHM), number(CURVE)) {
            (Some(EC2), Some(ES256), Some(P256_CURVE)) => {
                let point = [&[4][..], &coordinate(X)?, &coordinate(Y)?].concat();
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point);
                Ok(Self::P256(key.map_err(|_| malformed())?))
            }
            (Some(OKP), Some(EDDSA), Some(ED25519_CURVE)) => {
                let key = VerifyingKey::from_bytes(&coordinate(X)?);
                Ok(Self::Ed25519(key.map_err(|_| malformed())?))
            }
            (Some(RSA), ..) => Err("localnet does not verify WebAuthn with RSA keys".to_owned()),
            _ => Err(malformed()),
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), String> {
        let valid = match self {
            Self::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        };
        if valid { Ok(()) } else { Err("WebAuthn signature could not be verified".to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::signature::Signer as _;

    use super::*;
    use crate::certification::cbor::{bytes, map, text};

    fn cose(entries: &[(i64, Value)]) -> Vec<u8> {
        let entries = entries.iter().cloned();
        cbor::encode(&Value::Map(entries.map(|(k, v)| (Value::Integer(k.into()), v)).collect()))
    }

    fn number(number: i64) -> Value {
        Value::Integer(number.into())
    }

    fn assertion(message: &[u8], sign: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
        let challenge = URL_SAFE_NO_PAD.encode(message);
        let client = format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"x"}}"#);
        let signed = [&[9; 37][..], &Sha256::digest(client.as_bytes())].concat();
        cbor::encode(&map([
            ("authenticator_data", bytes([9; 37])),
            ("client_data_json", text(&client)),
            ("signature", bytes(sign(&signed))),
        ]))
    }

    #[test]
    fn an_assertion_with_a_p256_key_verifies_for_its_message_only() {
        let key = p256::ecdsa::SigningKey::from_slice(&[5; 32]).expect("a key");
        let point = key.verifying_key().to_encoded_point(false);
        let cose = cose(&[
            (KEY_TYPE, number(EC2)),
            (ALGORITHM, number(ES256)),
            (CURVE, number(P256_CURVE)),
            (X, bytes(point.as_bytes()[1..33].to_vec())),
            (Y, bytes(point.as_bytes()[33..].to_vec())),
        ]);
        let sign = |signed: &[u8]| {
            let signature: p256::ecdsa::Signature = key.sign(signed);
            signature.to_der().as_bytes().to_vec()
        };
        let signature = assertion(b"payload", sign);
        assert_eq!(verify(&cose, b"payload", &signature), Ok(()));
        let wrong = verify(&cose, b"another", &signature).expect_err("another message");
        assert!(wrong.contains("challenge"), "{wrong}");
        let forged = assertion(b"payload", |_| sign(b"something else"));
        let wrong = verify(&cose, b"payload", &forged).expect_err("forged");
        assert!(wrong.contains("could not be verified"), "{wrong}");
    }

    #[test]
    fn an_assertion_with_an_ed25519_key_verifies_and_rsa_is_named() {
        use ed25519_dalek::Signer as _;
        let key = ed25519_dalek::SigningKey::from_bytes(&[6; 32]);
        let entries = [
            (KEY_TYPE, number(OKP)),
            (ALGORITHM, number(EDDSA)),
            (CURVE, number(ED25519_CURVE)),
            (X, bytes(key.verifying_key().to_bytes().to_vec())),
        ];
        let signature = assertion(b"payload", |signed| key.sign(signed).to_bytes().to_vec());
        assert_eq!(verify(&cose(&entries), b"payload", &signature), Ok(()));
        let rsa = cose(&[(KEY_TYPE, number(RSA)), (ALGORITHM, number(-257))]);
        let refused = verify(&rsa, b"payload", &signature).expect_err("RSA");
        assert!(refused.contains("RSA"), "{refused}");
        assert!(verify(&cose(&entries[..3]), b"payload", &signature).is_err(), "no point");
        assert!(verify(b"", b"payload", &signature).is_err());
    }
}
