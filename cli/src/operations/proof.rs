//! A balance that needs nobody's word: the file an auditor takes home, and its check without any
//! network.

use std::path::Path;

use candid::{Int, Principal};
use granary_api::portfolio::{AccountOwner, BalanceProof as Wire, Root, StateCommitment};
use granary_proof::{
    Hash,
    certificate::{Freshness, certified_data},
    commitment::Commitment,
    leaves::{BalanceLeaf, Signed},
    path::Rooted,
    statement::BalanceProof,
};
use serde::{Deserialize, Serialize};

use crate::{
    client::remote::{decode, encode},
    date,
    exit::Exit,
    failure::Failure,
    render::{Page, Report, books::owner_name, page::Tone},
};

/// Name and version of the file's shape.
const SHAPE: &str = "granary.balance_proof/1";

/// What the file holds. Only `proof` and `canister` are evidence; the rest is for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProofFile {
    shape: String,
    /// The books that were asked.
    canister: String,
    owner: String,
    symbol: String,
    decimals: u8,
    /// The canister's answer in Candid, hexadecimal.
    proof: String,
}

/// What a proof shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Proven {
    /// `proved` when it was taken, `verified` when a file was checked.
    pub(crate) action: &'static str,
    pub(crate) canister: String,
    pub(crate) account: u64,
    pub(crate) asset: u64,
    pub(crate) owner: String,
    pub(crate) balance_units: String,
    pub(crate) postings: u64,
    /// The commitment that holds it.
    pub(crate) epoch: u64,
    pub(crate) committed_at: String,
    /// When the subnet signed.
    pub(crate) signed_at: String,
    pub(crate) file: String,
}

impl Report for Proven {
    const SCHEMA: &'static str = "granary.proof/1";

    fn text(&self, page: &mut Page) {
        let action = page.paint(Tone::Good, self.action);
        page.line(format!(
            "{action}: account {} of {} held {} smallest units of asset {}",
            self.account, self.owner, self.balance_units, self.asset
        ));
        page.field("books", &self.canister);
        page.field("postings", self.postings.to_string());
        page.field("commitment", format!("{} at {}", self.epoch, self.committed_at));
        page.field("signed at", &self.signed_at);
        page.field("file", &self.file);
    }
}

impl ProofFile {
    /// The canister's answer as a file.
    pub(crate) fn new(
        canister: Principal,
        owner: &AccountOwner,
        (symbol, decimals): (&str, u8),
        proof: &Wire,
    ) -> Result<Self, Failure> {
        Ok(Self {
            shape: SHAPE.to_owned(),
            canister: canister.to_text(),
            owner: owner_name(owner),
            symbol: symbol.to_owned(),
            decimals,
            proof: hex::encode(encode(proof)?),
        })
    }

    /// Writes the file; an existing one is not replaced.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let mut text = serde_json::to_string_pretty(self).expect("texts and numbers are JSON");
        text.push('\n');
        let file = std::fs::File::create_new(path).map_err(Failure::file("create", path))?;
        std::io::Write::write_all(&mut &file, text.as_bytes()).map_err(Failure::file("write", path))
    }

    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(Failure::file("read", path))?;
        let file: Self = serde_json::from_str(&text)
            .map_err(|error| unfit(&format!("{} is no proof ({error})", path.display())))?;
        if file.shape == SHAPE { Ok(file) } else { Err(unfit("the file has another shape")) }
    }

    /// Checks everything from the network's key down to the balance.
    pub(crate) fn verify(
        &self,
        root_key: &[u8],
        freshness: Option<Freshness>,
        path: &Path,
    ) -> Result<Proven, Failure> {
        let canister = Principal::from_text(&self.canister)
            .map_err(|_| unfit("the file does not name its canister"))?;
        let bytes = hex::decode(&self.proof).map_err(|_| unfit("the proof is not hexadecimal"))?;
        let wire: Wire = decode("get_balance_proof", &bytes)?;
        let certificate =
            wire.certificate.as_ref().ok_or_else(|| unfit("the proof has no certificate"))?;
        let signed = certified_data(certificate, root_key, canister.as_slice(), freshness)
            .map_err(|fault| untrue(&fault))?;
        let proof = proof(&wire).ok_or_else(|| unfit("the proof is not in the known shape"))?;
        let asset = proof.leaf.asset;
        proof.verify(&signed.data, wire.account, asset).map_err(|fault| untrue(&fault))?;
        Ok(Proven {
            action: "verified",
            canister: self.canister.clone(),
            account: wire.account,
            asset: wire.asset,
            owner: owner_of(&proof.leaf.owner),
            balance_units: wire.balance_units.0.to_string(),
            postings: wire.postings,
            epoch: wire.commitment.epoch,
            committed_at: date::iso(wire.commitment.at_ns),
            signed_at: date::iso(signed.at_ns),
            file: path.display().to_string(),
        })
    }
}

fn unfit(message: &str) -> Failure {
    Failure::new(Exit::Usage, "cli.proof_file", message)
        .next("granary books statement prove OWNER --asset ID --out FILE")
}

fn untrue(fault: &impl std::fmt::Display) -> Failure {
    let message = format!("the proof proves nothing: {fault}");
    Failure::new(Exit::Failed, "cli.proof", message)
        .next("granary books statement prove OWNER --asset ID --out FILE")
}

/// The answer in the verifier's own terms; none when a part has another size.
fn proof(wire: &Wire) -> Option<BalanceProof> {
    Some(BalanceProof {
        witness: wire.witness.to_vec(),
        commitment: commitment(&wire.commitment)?,
        leaf: BalanceLeaf {
            account: wire.account,
            asset: u32::try_from(wire.asset).ok()?,
            owner: wire.owner_key[..].try_into().ok()?,
            balance: signed(&wire.balance_units)?,
            postings: wire.postings,
        },
        path: wire.path.iter().map(|step| hash(step)).collect::<Option<_>>()?,
    })
}

fn commitment(wire: &StateCommitment) -> Option<Commitment> {
    let tree = |root: &Root| Some(Rooted { size: root.size, root: hash(&root.root)? });
    Some(Commitment {
        epoch: wire.epoch,
        at_ns: wire.at_ns,
        entries: tree(&wire.entries)?,
        balances: tree(&wire.balances)?,
        utxos: tree(&wire.utxos)?,
        previous: hash(&wire.previous)?,
    })
}

fn hash(bytes: &[u8]) -> Option<Hash> {
    bytes.try_into().ok()
}

fn signed(units: &Int) -> Option<Signed> {
    let negative = units.0 < 0.into();
    Some(Signed { negative, units: u128::try_from(units.0.magnitude().clone()).ok()? })
}

/// The owner from the bytes that were hashed: a kind, then a number or a digest.
fn owner_of(key: &[u8; 33]) -> String {
    let [kind, rest @ ..] = key;
    let number = || {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&rest[..8]);
        u64::from_be_bytes(bytes)
    };
    match kind {
        0 => "treasury".to_owned(),
        1 => format!("user:{}", number()),
        2 => format!("grant:{}", number()),
        3 => "fees".to_owned(),
        4 => "suspense".to_owned(),
        _ => format!("external:{}", hex::encode(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_read_from_what_was_hashed() {
        let key = |kind: u8, number: u64| {
            let mut key = [0; 33];
            key[0] = kind;
            key[1..9].copy_from_slice(&number.to_be_bytes());
            key
        };
        assert_eq!(owner_of(&key(0, 0)), "treasury");
        assert_eq!(owner_of(&key(1, 7)), "user:7");
        assert_eq!(owner_of(&key(2, 300)), "grant:300");
        assert_eq!(owner_of(&[5; 33]), format!("external:{}", "05".repeat(32)));
    }

    #[test]
    fn a_file_of_another_shape_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("proof.json");
        for text in [
            "",
            "{}",
            r#"{"shape":"x","canister":"","owner":"","symbol":"","decimals":0,"proof":""}"#,
        ] {
            std::fs::write(&path, text).expect("writes");
            let failure = ProofFile::read(&path).expect_err(text);
            assert_eq!((failure.exit, failure.code.as_str()), (Exit::Usage, "cli.proof_file"));
        }
    }
}
