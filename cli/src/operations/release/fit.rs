//! What a module says of itself, and what stands against it where another one runs.
//!
//! Modules of the suite carry their canister's name, version, readable schemas and interface in
//! metadata sections; what runs is asked for the same through the certified state tree.

use candid::Principal;
use granary_module::{Stated, Verdict, stated::INTERFACE};

use super::journal::Journal;
use crate::{client::Client, exit::Exit, failure::Failure, operations::verify::sha256};

/// Lost methods that a sentence names.
const NAMED: usize = 3;

/// What a module says of itself. What is no module says nothing.
pub(crate) fn stated(module: &[u8]) -> Stated {
    Stated::read(module).unwrap_or_default()
}

/// What callers of the code that runs at `canister` lose.
pub(crate) async fn serves<C: Client>(
    stated: &Stated,
    client: &C,
    canister: Principal,
) -> Result<(Verdict, Vec<String>), Failure> {
    let installed = client.metadata(canister, INTERFACE).await?;
    Ok(stated.serves(installed.as_deref()))
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
        stated(&granary_build::with_public_sections(empty, &sections).expect("a module"))
    }

    #[test]
    fn what_is_no_module_says_nothing() {
        assert_eq!(stated(b"no module"), Stated::default());
        let problems = stated(b"no module").problems("registry", 3);
        assert!(problems.len() == 1 && problems[0].contains("none of this suite"), "{problems:?}");
    }

    #[tokio::test]
    async fn what_runs_decides_what_is_lost() {
        let runs = Answers::default().metadata(INTERFACE, OLD).grants();
        let serve =
            async |new: &Stated| serves(new, &runs.client, runs.canister).await.expect("answers");
        let same = module(&[(INTERFACE, OLD)]);
        assert_eq!(serve(&same).await, (Verdict::Compatible, vec![]));
        let less = module(&[(INTERFACE, "service : { a : () -> (text) query }")]);
        let (verdict, lost) = serve(&less).await;
        assert_eq!((verdict, lost.len()), (Verdict::Breaking, 2));
        assert!(sentence("registry", &lost).contains("`b` is gone"), "{lost:?}");
        for silent in [module(&[]), module(&[(INTERFACE, "service")])] {
            assert_eq!(serve(&silent).await.0, Verdict::Breaking);
        }
        let mute = Answers::default().grants();
        let found = serves(&same, &mute.client, mute.canister).await.expect("answers");
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
