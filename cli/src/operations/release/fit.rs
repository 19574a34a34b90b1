//! What a module says of itself, and what stands against it where another one runs.
//!
//! Modules of the suite carry their canister's name, version, readable schemas and interface in
//! metadata sections; what runs is asked for the same through the certified state tree.

use candid::Principal;

use super::journal::Journal;
use crate::{
    client::Client,
    exit::Exit,
    failure::Failure,
    interface::{self, Verdict},
    operations::verify::sha256,
};

/// The section with the name of the canister a module is for.
pub(crate) const CANISTER: &str = "suite:canister";
/// The section with the version a module calls itself.
pub(crate) const VERSION: &str = "suite:version";
/// The section with the commit a module was built from.
pub(crate) const COMMIT: &str = "git_commit_id";
/// The section with the oldest and the newest schema a module reads.
const SCHEMA: &str = "suite:schema";
/// The section with the interface.
const INTERFACE: &str = "candid:service";
/// Lost methods that a sentence names.
const NAMED: usize = 3;

/// What a module says of itself; empty where it says nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stated {
    pub(crate) canister: String,
    pub(crate) version: String,
    pub(crate) commit: String,
    pub(crate) reads: Option<(u32, u32)>,
    interface: Option<String>,
}

impl Stated {
    /// Reads the sections of a module.
    pub(crate) fn of(module: &[u8]) -> Self {
        let section = |name: &str| {
            let content = granary_build::public_section(module, name)?;
            String::from_utf8(content).ok()
        };
        Self {
            canister: section(CANISTER).unwrap_or_default(),
            version: section(VERSION).unwrap_or_default(),
            commit: section(COMMIT).unwrap_or_default(),
            reads: section(SCHEMA).and_then(|text| range(&text)),
            interface: section(INTERFACE),
        }
    }

    /// What stands against the module as new code of the canister `name`, whose state has `schema`.
    pub(crate) fn problems(&self, name: &str, schema: u32) -> Vec<String> {
        if self.canister.is_empty() {
            let unknown = "the new module is none of this suite: it does not say which canister it \
                           is for";
            return vec![unknown.to_owned()];
        }
        if self.canister != name {
            return vec![format!("the new module is {} and not {name}", self.canister)];
        }
        match self.reads {
            None => vec!["the new module does not say which schemas it reads".to_owned()],
            Some((oldest, current)) if schema < oldest || schema > current => {
                vec![format!(
                    "its state has schema {schema}, the new code reads {oldest} to {current}"
                )]
            }
            Some(_) => Vec::new(),
        }
    }

    /// What callers of the code that runs at `canister` lose.
    pub(crate) async fn serves<C: Client>(
        &self,
        client: &C,
        canister: Principal,
    ) -> Result<(Verdict, Vec<String>), Failure> {
        let Some(installed) = client.metadata(canister, INTERFACE).await? else {
            return Ok((Verdict::Unpublished, Vec::new()));
        };
        let lost = match &self.interface {
            None => vec!["the new module publishes no interface".to_owned()],
            // What cannot be read serves nobody as far as anybody knows.
            Some(new) => interface::breaks(new, &String::from_utf8_lossy(&installed))
                .unwrap_or_else(|why| vec![why]),
        };
        let verdict = if lost.is_empty() { Verdict::Compatible } else { Verdict::Breaking };
        Ok((verdict, lost))
    }
}

/// Refuses to go on with a release when a module it has yet to prove is not the planned one:
/// somebody changed the file, or the plan.
pub(crate) fn unchanged(journal: &Journal) -> Result<(), Failure> {
    if journal.plan.back || journal.triggered().is_some() {
        return Ok(());
    }
    for target in &journal.plan.targets {
        let proven = journal.track(&target.name).proven;
        if !proven && sha256(&journal.module(&target.name)?) != target.to_hash {
            let folder = journal.folder.display();
            let message = format!(
                "the module of {} in {folder} is not the one that was planned",
                target.name
            );
            return Err(Failure::new(Exit::Degraded, "cli.release_spoilt", message));
        }
    }
    Ok(())
}

/// What is lost, in a sentence.
pub(crate) fn sentence(name: &str, lost: &[String]) -> String {
    let more = match lost.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let named: Vec<&str> = lost.iter().take(NAMED).map(String::as_str).collect();
    format!("its callers break: {}{more} (--accept-breaking {name} accepts that)", named.join(", "))
}

/// The range in `3-5`.
fn range(text: &str) -> Option<(u32, u32)> {
    let (oldest, current) = text.split_once('-')?;
    Some((oldest.parse().ok()?, current.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        client::fake::Answers,
        operations::release::{
            journal::Event,
            plan::{Plan, Target},
        },
    };

    const OLD: &str = "service : { a : () -> (nat) query; b : () -> () }";

    fn module(sections: &[(&str, &str)]) -> Stated {
        let sections: Vec<(&str, Vec<u8>)> =
            sections.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())).collect();
        let empty = b"\0asm\x01\0\0\0";
        Stated::of(&granary_build::with_public_sections(empty, &sections).expect("a module"))
    }

    #[test]
    fn a_module_is_for_one_canister_and_the_schemas_it_names() {
        let says = |reads: &str| module(&[(CANISTER, "registry"), (SCHEMA, reads)]);
        assert_eq!(says("2-3").problems("registry", 3), Vec::<String>::new());
        for (stated, schema, words) in [
            (says("2-3"), 4, "its state has schema 4, the new code reads 2 to 3"),
            (says("2-3"), 1, "its state has schema 1"),
            (says("3"), 3, "which schemas"),
            (module(&[(CANISTER, "portfolio")]), 3, "portfolio and not registry"),
            (module(&[]), 3, "none of this suite"),
            (Stated::of(b"no module"), 3, "none of this suite"),
        ] {
            let problems = stated.problems("registry", schema);
            assert!(problems.len() == 1 && problems[0].contains(words), "{problems:?}");
        }
    }

    #[tokio::test]
    async fn what_runs_decides_what_is_lost() {
        let runs = Answers::default().metadata(INTERFACE, OLD).grants();
        let serves =
            async |new: &Stated| new.serves(&runs.client, runs.canister).await.expect("answers");
        let same = module(&[(INTERFACE, OLD)]);
        assert_eq!(serves(&same).await, (Verdict::Compatible, vec![]));
        let less = module(&[(INTERFACE, "service : { a : () -> (text) query }")]);
        let (verdict, lost) = serves(&less).await;
        assert_eq!((verdict, lost.len()), (Verdict::Breaking, 2));
        assert!(sentence("registry", &lost).contains("`b` is gone"), "{lost:?}");
        for silent in [module(&[]), module(&[(INTERFACE, "service")])] {
            assert_eq!(serves(&silent).await.0, Verdict::Breaking);
        }
        let mute = Answers::default().grants();
        let found = same.serves(&mute.client, mute.canister).await.expect("answers");
        assert_eq!(found, (Verdict::Unpublished, vec![]));
    }

    #[test]
    fn a_module_somebody_changed_is_not_installed() {
        let folder = tempfile::tempdir().expect("a folder");
        let name = || "registry".to_owned();
        let target = Target { name: name(), to_hash: sha256(b"planned"), ..Target::default() };
        let plan = Plan { release: "1".to_owned(), targets: vec![target], ..Plan::default() };
        let modules = BTreeMap::from([(name(), b"planned".to_vec())]);
        let mut journal = Journal::begin(folder.path(), plan, &modules).expect("begins");
        assert_eq!(unchanged(&journal), Ok(()));
        std::fs::write(journal.folder.join("registry.wasm"), "another").expect("writes");
        let failure = unchanged(&journal).expect_err("changed");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Degraded, "cli.release_spoilt"));
        // What is proven is not installed again.
        journal.note(Event::Proven { canister: name(), state_sha256: None }).expect("written");
        assert_eq!(unchanged(&journal), Ok(()));
    }

    #[test]
    fn a_sentence_stays_one() {
        let lost: Vec<String> = (0..5).map(|n| format!("`m{n}` is gone")).collect();
        let said = sentence("registry", &lost);
        assert!(said.contains("`m2` is gone, and 2 more (--accept-breaking registry"), "{said}");
    }
}
