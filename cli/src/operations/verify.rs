//! Whether the network runs the code it should, under the controllers it should have. Everything is
//! read from the certified state tree, so anybody can verify; only the list of upgrades is the
//! canister's own word.

use candid::Principal;
use granary_api::common::UpgradeRecord;
use granary_module::{
    Stated,
    encoding::unpack,
    limits::MODULE_BYTES_MAX,
    stated::{CANISTER, COMMIT, VERSION},
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    client::{
        Client,
        common::{GET_UPGRADE_HISTORY, GET_VERSION},
        remote::Remote,
    },
    date,
    failure::Failure,
    operations::release::fit,
    render::{Page, Report, page::Tone, page::cut},
};

/// Upgrades that are listed, the newest first.
const LISTED: usize = 5;

/// The code a canister should run.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    stated: Stated,
    /// The hashes the network may show for it: as Wasm, and packed where that is known.
    hashes: Vec<String>,
}

impl Wanted {
    /// The module as it may be installed: as it is, unpacked, or as `packed`.
    pub(crate) fn new(module: &[u8], packed: Option<&[u8]>) -> Self {
        let unpacked = unpack(module, MODULE_BYTES_MAX).ok();
        let forms = [Some(module), unpacked.as_deref(), packed];
        let mut hashes: Vec<String> = forms.into_iter().flatten().map(sha256).collect();
        hashes.dedup();
        Self { stated: fit::stated(module), hashes }
    }
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Verification {
    pub(crate) ok: bool,
    pub(crate) network: String,
    /// How the code it is compared with came about.
    pub(crate) against: String,
    pub(crate) canisters: Vec<Verified>,
}

/// What was found of one canister.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Verified {
    pub(crate) name: String,
    pub(crate) canister: String,
    /// SHA-256 of the code that runs.
    pub(crate) module_hash: Option<String>,
    /// What the code that runs says of itself.
    pub(crate) commit: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) controllers: Vec<String>,
    /// The newest upgrades, as the canister remembers them.
    pub(crate) upgrades: Vec<UpgradeSeen>,
    /// What is not as it should be.
    pub(crate) drift: Vec<String>,
}

/// An upgrade that took effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct UpgradeSeen {
    pub(crate) number: u64,
    pub(crate) at: String,
    pub(crate) from_version: String,
    pub(crate) to_version: String,
}

impl From<&UpgradeRecord> for UpgradeSeen {
    fn from(record: &UpgradeRecord) -> Self {
        Self {
            number: record.number,
            at: date::iso(record.at_ns),
            from_version: record.from_version.clone(),
            to_version: record.to_version.clone(),
        }
    }
}

/// Compares what runs at `remote` with `wanted`, and who controls it with `expected`.
pub(crate) async fn verify<C: Client>(
    name: &str,
    remote: &Remote<C>,
    wanted: &Wanted,
    expected: &[Principal],
) -> Result<Verified, Failure> {
    let (client, canister) = (&remote.client, remote.canister);
    let module_hash = client.module_hash(canister).await?.map(hex::encode);
    let controllers = client.controllers(canister).await?;
    let mut found = Verified {
        name: name.to_owned(),
        canister: canister.to_text(),
        module_hash: module_hash.clone(),
        controllers: controllers.iter().map(Principal::to_text).collect(),
        ..Verified::default()
    };
    let foreign = controllers.iter().filter(|one| !expected.contains(one));
    found.drift.extend(foreign.map(|one| format!("{one} controls it and is not expected to")));
    let absent = expected.iter().filter(|one| !controllers.contains(one));
    found.drift.extend(absent.map(|one| format!("{one} does not control it")));
    let Some(hash) = module_hash else {
        found.drift.push("it has no code".to_owned());
        return Ok(found);
    };
    let section = async |section: &'static str| -> Result<Option<String>, Failure> {
        let content = client.metadata(canister, section).await?;
        Ok(content.map(|content| cut(&String::from_utf8_lossy(&content), 100)))
    };
    found.commit = section(COMMIT).await?;
    found.version = section(VERSION).await?;
    if !wanted.hashes.contains(&hash) {
        found
            .drift
            .push(format!("it runs {hash}, and the module has {}", wanted.hashes.join(" or ")));
        let differs = |what: &str, runs: Option<&str>, wanted: &str| {
            let runs = runs.unwrap_or("none");
            (runs != wanted).then(|| format!("its {what} is {runs}, and the module's {wanted}"))
        };
        found.drift.extend(differs("commit", found.commit.as_deref(), &wanted.stated.commit));
        found.drift.extend(differs("version", found.version.as_deref(), &wanted.stated.version));
    }
    if let Some(stated) = section(CANISTER).await?.filter(|stated| stated != name) {
        found.drift.push(format!("its code is {stated} and not {name}"));
    }
    // A canister that is stopped is no drift; what it says is left out.
    let says = remote.ask(GET_VERSION).await.ok().map(|version| version.version);
    if let (Some(says), Some(version)) = (says, &found.version)
        && says != *version
    {
        found.drift.push(format!("it calls itself {says}, and its code is {version}"));
    }
    let history = remote.ask(GET_UPGRADE_HISTORY).await.unwrap_or_default();
    found.upgrades = history.iter().rev().take(LISTED).map(UpgradeSeen::from).collect();
    Ok(found)
}

impl Report for Verification {
    const SCHEMA: &'static str = "granary.verify/1";

    fn text(&self, page: &mut Page) {
        page.line(format!("{} against {}", self.network, self.against));
        for canister in &self.canisters {
            let (tone, word) = if canister.drift.is_empty() {
                (Tone::Good, "as it should be")
            } else {
                (Tone::Bad, "drifted")
            };
            let word = page.paint(tone, word);
            page.line(format!("{} {} {word}", canister.name, canister.canister));
            let said = |text: Option<&str>| text.unwrap_or("none").to_owned();
            page.field("module hash", said(canister.module_hash.as_deref()));
            page.field("commit", said(canister.commit.as_deref()));
            page.field("version", said(canister.version.as_deref()));
            page.field("controllers", canister.controllers.join(" "));
            for upgrade in &canister.upgrades {
                let UpgradeSeen { number, at, from_version, to_version } = upgrade;
                let said = format!("{number} at {at}, {from_version} to {to_version}");
                page.field("upgrade", cut(&said, 100));
            }
            for drift in &canister.drift {
                let drift = page.paint(Tone::Bad, drift);
                page.field("drift", drift);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::{Answers, FakeClient};

    const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

    fn module(version: &str) -> Vec<u8> {
        let text = |text: &str| text.as_bytes().to_vec();
        let sections =
            [(CANISTER, text("registry")), (VERSION, text(version)), (COMMIT, text("c0"))];
        granary_build::with_public_sections(EMPTY, &sections).expect("a module")
    }

    /// A canister that runs `module` and is controlled by `controller`.
    fn running(module: &[u8], controller: Principal) -> Remote<FakeClient> {
        let stated = fit::stated(module);
        Answers::default()
            .runs(module)
            .metadata(CANISTER, &stated.canister)
            .metadata(VERSION, &stated.version)
            .metadata(COMMIT, &stated.commit)
            .controlled_by(&[controller])
            .grants()
    }

    async fn drift(name: &str, runs: &[u8], wanted: &Wanted) -> Vec<String> {
        let us = Principal::from_slice(&[7; 29]);
        let remote = running(runs, us);
        verify(name, &remote, wanted, &[us]).await.expect("answers").drift
    }

    #[tokio::test]
    async fn the_same_code_is_no_drift_in_either_form() {
        let code = module("0.1.0");
        assert_eq!(drift("registry", &code, &Wanted::new(&code, None)).await, Vec::<String>::new());
        let packed = Wanted::new(&code, Some(b"packed"));
        assert_eq!(packed.hashes, [sha256(&code), sha256(b"packed")]);
    }

    #[tokio::test]
    async fn each_drift_is_named() {
        let (old, new) = (module("0.1.0"), module("0.1.1"));
        let found = drift("registry", &old, &Wanted::new(&new, None)).await;
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with(&format!("it runs {}", sha256(&old))), "{found:?}");
        assert_eq!(found[1], "its version is 0.1.0, and the module's 0.1.1");
        let found = drift("portfolio", &old, &Wanted::new(&old, None)).await;
        assert_eq!(found, ["its code is registry and not portfolio"]);
        let (us, them) = (Principal::from_slice(&[7; 29]), Principal::from_slice(&[8; 29]));
        let remote = running(&old, them);
        let found = verify("registry", &remote, &Wanted::new(&old, None), &[us]).await;
        let found = found.expect("answers").drift;
        assert_eq!(
            found,
            [
                format!("{them} controls it and is not expected to"),
                format!("{us} does not control it"),
            ]
        );
        let empty = Answers::default().controlled_by(&[us]).grants();
        let found = verify("registry", &empty, &Wanted::new(&old, None), &[us]).await;
        assert_eq!(found.expect("answers").drift, ["it has no code"]);
    }
}
