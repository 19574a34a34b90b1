//! Who is calling: a key from a PEM file, or a development identity that anyone can derive again.

use std::{path::Path, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use candid::Principal;
use ic_agent::{
    Identity,
    identity::{AnonymousIdentity, BasicIdentity, Prime256v1Identity, Secp256k1Identity},
};
use sha2::{Digest, Sha256};

use crate::{exit::Exit, failure::Failure};

/// Separates these keys from every other use of the same seed.
const DOMAIN: &[u8] = b"granary development identity";

/// A caller's key.
#[derive(Clone)]
pub(crate) struct Caller(pub(crate) Arc<dyn Identity>);

impl Caller {
    /// Nobody in particular.
    pub(crate) fn anonymous() -> Self {
        Self(Arc::new(AnonymousIdentity))
    }

    /// The Ed25519 key every run with the same `seed` derives for `name`. It is no secret, so it
    /// is for local networks only.
    pub(crate) fn development(seed: u64, name: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        hash.update(seed.to_be_bytes());
        hash.update(name.as_bytes());
        Self(Arc::new(BasicIdentity::from_raw_key(&hash.finalize().into())))
    }

    /// A private key in PEM: Ed25519, secp256k1 or P-256, as `icp`, `dfx` and OpenSSL write them.
    pub(crate) fn from_pem(path: &Path) -> Result<Self, Failure> {
        let pem = std::fs::read(path).map_err(Failure::file("read", path))?;
        if let Ok(key) = Secp256k1Identity::from_pem(&pem) {
            return Ok(Self(Arc::new(key)));
        }
        if let Ok(key) = Prime256v1Identity::from_pem(&pem) {
            return Ok(Self(Arc::new(key)));
        }
        let key = if ed25519_fits(&pem) {
            BasicIdentity::from_pem(&pem).map_err(|error| error.to_string())
        } else {
            Err("it is too short for a key".to_owned())
        };
        key.map(|key| Self(Arc::new(key))).map_err(|error| {
            let message =
                format!("{} holds no private key this tool can use ({error})", path.display());
            Failure::new(Exit::Usage, "cli.identity", message)
                .next("openssl genpkey -algorithm ed25519 -out identity.pem")
        })
    }

    /// The principal of the key.
    pub(crate) fn principal(&self) -> Result<Principal, Failure> {
        self.0.sender().map_err(|error| {
            Failure::new(Exit::Failed, "cli.identity", format!("the identity is unusable: {error}"))
        })
    }
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.principal() {
            Ok(principal) => write!(f, "Caller({principal})"),
            Err(_) => f.write_str("Caller(unusable)"),
        }
    }
}

/// True when the PEM body has a length an Ed25519 key can have: the agent's reader trusts it to.
fn ed25519_fits(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    let body: String = text
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"))
        .skip(1)
        .take_while(|line| !line.starts_with("-----END"))
        .flat_map(str::split_whitespace)
        .collect();
    BASE64.decode(body).is_ok_and(|bytes| bytes.len() == 48 || bytes.len() >= 52)
}

/// The name under which an author of an imported round acts.
pub(crate) fn applicant_name(author: &str) -> String {
    format!("applicant/{author}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_and_name_decide_the_key() {
        let principal = |seed, name| Caller::development(seed, name).principal().expect("derives");
        assert_eq!(principal(1, "manager"), principal(1, "manager"));
        assert_ne!(principal(1, "manager"), principal(2, "manager"));
        assert_ne!(principal(1, "manager"), principal(1, "reviewer"));
    }

    #[test]
    fn keys_of_every_length_are_judged_without_a_panic() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("identity.pem");
        // The head of an Ed25519 key in version 2, cut or padded to every length around the real.
        let head = hex::decode("3051020101300506032b657004220420").expect("hexadecimal");
        for length in 0..100 {
            let mut key = head.clone();
            key.resize(length, 0xa1);
            if let Some(byte) = key.get_mut(1) {
                *byte = u8::try_from(length.saturating_sub(2)).expect("short");
            }
            let body = BASE64.encode(key);
            let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
            std::fs::write(&path, pem).expect("writes");
            let _ = Caller::from_pem(&path);
        }
    }

    #[test]
    fn a_pem_file_without_a_key_is_a_usage_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("identity.pem");
        for content in ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
        {
            std::fs::write(&path, content).expect("writes");
            let failure = Caller::from_pem(&path).expect_err("no key in it");
            assert_eq!(failure.exit, Exit::Usage, "{content:?}");
        }
        let failure = Caller::from_pem(&folder.path().join("none.pem")).expect_err("no file");
        assert_eq!(failure.code, "cli.file");
    }
}
