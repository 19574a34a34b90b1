//! A release as a proposal's payload: what runs, what will run, and what people are told.
//!
//! What a module says of itself is read as `granary upgrade` reads it, and what runs is taken from
//! the certified state tree, so both ways refuse the same modules.

use std::collections::BTreeMap;

use candid::Principal;
use granary_api::governor::{MemoryPersistence, Release, ReleaseItem};
use granary_module::Verdict;
use serde_bytes::ByteBuf;

use super::staging;
use crate::{
    client::{Client, common::GET_VERSION, remote::Remote},
    exit::Exit,
    failure::Failure,
    operations::{
        deploy,
        release::{
            fit,
            plan::{ORDER, place},
        },
    },
    render::Progress,
};

/// What people are told about a release.
#[derive(Clone, Debug, Default)]
pub(crate) struct About {
    /// None takes it from the modules.
    pub(crate) version: Option<String>,
    pub(crate) repository: String,
    /// None takes it from the modules.
    pub(crate) commit: Option<String>,
    pub(crate) sbom: Option<ByteBuf>,
    pub(crate) window: String,
    pub(crate) rollback_plan: String,
    pub(crate) communication: String,
    /// Canisters whose callers may lose something.
    pub(crate) accepted: Vec<String>,
}

impl About {
    /// Named after its modules: those built in a dirty checkout name no commit, and then nobody
    /// could look it up anyway.
    pub(crate) fn named(self, modules: &BTreeMap<String, Vec<u8>>) -> Self {
        let all: Vec<_> = modules.values().map(|module| fit::stated(module)).collect();
        let one = |texts: Vec<&str>| {
            let first = texts.first().copied().unwrap_or_default();
            let same = texts.iter().all(|text| *text == first);
            if same && !first.is_empty() { first.to_owned() } else { "unknown".to_owned() }
        };
        Self {
            version: Some(one(all.iter().map(|it| it.version.as_str()).collect())),
            commit: Some(one(all.iter().map(|it| it.commit.as_str()).collect())),
            ..self
        }
    }
}

/// The release that installs `modules` where they do not run yet.
pub(crate) async fn plan<C: Client>(
    client: &C,
    places: &BTreeMap<&'static str, Principal>,
    modules: &BTreeMap<String, Vec<u8>>,
    about: &About,
    progress: &Progress,
) -> Result<Release, Failure> {
    let (mut items, mut problems) = (Vec::new(), Vec::new());
    let (mut versions, mut commits) = (Vec::new(), Vec::new());
    for member in ORDER {
        let Some(module) = modules.get(member.name) else { continue };
        let canister = place(places, member.name)?;
        progress.say(format_args!("looking at {}", member.name));
        let stated = fit::stated(module);
        let found = look(client, member.name, canister, module, about).await?;
        let Some((item, against)) = found else { continue };
        problems.extend(against.into_iter().map(|what| format!("{}: {what}", member.name)));
        items.push(item);
        versions.push(stated.version);
        commits.push(stated.commit);
    }
    progress.clear();
    if !problems.is_empty() {
        return Err(Failure::new(Exit::Refused, "cli.release_blocked", problems.join("; "))
            .next("granary proposal create upgrade with other modules"));
    }
    if items.is_empty() {
        let message = "all of these modules run already, so there is nothing to propose";
        return Err(Failure::new(Exit::Usage, "cli.no_module", message).next("granary verify"));
    }
    Ok(Release {
        version: one("version", about.version.clone(), versions)?,
        items,
        repository: about.repository.clone(),
        commit: one("commit", about.commit.clone(), commits)?,
        sbom: about.sbom.clone(),
        window: about.window.clone(),
        rollback_plan: about.rollback_plan.clone(),
        communication: about.communication.clone(),
    })
}

/// What a release does to one canister, and what stands against it; none when it changes nothing.
async fn look<C: Client>(
    client: &C,
    name: &str,
    canister: Principal,
    module: &[u8],
    about: &About,
) -> Result<Option<(ReleaseItem, Vec<String>)>, Failure> {
    let named =
        |failure: Failure| Failure { message: format!("{name}: {}", failure.message), ..failure };
    let runs = client.module_hash(canister).await.map_err(named)?.ok_or_else(|| {
        let message = format!("{name} has no code yet");
        Failure::new(Exit::Failed, "cli.no_module", message).next(format!("granary deploy {name}"))
    })?;
    let hash = staging::hash(module);
    if runs == hash.as_slice() {
        return Ok(None);
    }
    let remote = Remote { client: client.clone(), canister };
    let schema_from = remote.ask(GET_VERSION).await.map_err(named)?.schema;
    let stated = fit::stated(module);
    let mut problems = stated.problems(name, schema_from);
    let accepted = about.accepted.iter().any(|one| one == name);
    if problems.is_empty() {
        let (verdict, breaks) = fit::serves(&stated, client, canister).await.map_err(named)?;
        if verdict == Verdict::Breaking && !accepted {
            problems.push(fit::sentence(name, &breaks));
        }
    }
    let item = ReleaseItem {
        target: canister,
        module: hash,
        from_module: ByteBuf::from(runs),
        arg: ByteBuf::from(deploy::upgrade_arg(name, Some(schema_from))?),
        memory: MemoryPersistence::Unset,
        schema_from,
        schema_to: stated.reads.map_or(schema_from, |(_, newest)| newest),
        may_break_callers: accepted,
    };
    Ok(Some((item, problems)))
}

/// What was given, or what all modules say.
fn one(what: &str, given: Option<String>, mut stated: Vec<String>) -> Result<String, Failure> {
    if let Some(given) = given {
        return Ok(given);
    }
    stated.sort();
    stated.dedup();
    match stated.as_slice() {
        [one] if !one.is_empty() => Ok(one.clone()),
        _ => {
            let message = format!("the modules do not name one {what}, so it has to be given");
            Err(Failure::new(Exit::Usage, "cli.release_unnamed", message).next(format!(
                "the same with --{}",
                if what == "version" { "release" } else { what }
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use granary_api::common::Version;

    use super::*;
    use crate::client::fake::{Answers, FakeClient};

    const OLD: &str = "service : { a : () -> (nat) query }";

    fn module(sections: &[(&str, &str)]) -> Vec<u8> {
        let sections: Vec<(&str, Vec<u8>)> =
            sections.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())).collect();
        granary_build::with_public_sections(b"\0asm\x01\0\0\0", &sections).expect("a module")
    }

    fn release(interface: &'static str, schema: &'static str) -> Vec<u8> {
        module(&[
            ("suite:canister", "registry"),
            ("suite:version", "0.2.0"),
            ("git_commit_id", "abc"),
            ("suite:schema", schema),
            ("candid:service", interface),
        ])
    }

    fn network() -> Remote<FakeClient> {
        let version = Version {
            version: "0.1.0".to_owned(),
            schema: 2,
            git_commit: String::new(),
            installed_at_ns: 0,
            upgraded_at_ns: 0,
            upgrade_count: 0,
            canister_version: 1,
            rehearsal: None,
        };
        Answers::default()
            .runs(b"old")
            .metadata("candid:service", OLD)
            .plain("get_version", &version)
            .grants()
    }

    #[test]
    fn modules_that_say_nothing_are_of_an_unknown_commit() {
        let modules = BTreeMap::from([("registry".to_owned(), b"no module".to_vec())]);
        let about = About::default().named(&modules);
        assert_eq!(about.commit.as_deref(), Some("unknown"));
        assert_eq!(about.version.as_deref(), Some("unknown"));
        let modules = BTreeMap::from([("registry".to_owned(), release(OLD, "1-3"))]);
        assert_eq!(About::default().named(&modules).commit.as_deref(), Some("abc"));
    }

    async fn planned(module: Vec<u8>, about: &About) -> Result<Release, Failure> {
        let network = network();
        let places = BTreeMap::from([("registry", network.canister)]);
        let modules = BTreeMap::from([("registry".to_owned(), module)]);
        plan(&network.client, &places, &modules, about, &Progress::hidden()).await
    }

    #[tokio::test]
    async fn a_release_says_what_runs_and_what_will() {
        let new = release(OLD, "1-3");
        let found = planned(new.clone(), &About::default()).await.expect("it fits");
        assert_eq!((found.version.as_str(), found.commit.as_str()), ("0.2.0", "abc"));
        let item = &found.items[0];
        assert_eq!(item.from_module, staging::hash(b"old"));
        assert_eq!(item.module, staging::hash(&new));
        assert_eq!((item.schema_from, item.schema_to), (2, 3));
        assert!(!item.may_break_callers);
        let arg = deploy::upgrade_arg("registry", Some(2)).expect("encodes");
        assert_eq!(item.arg, arg);
        let named = About { version: Some("1.0".to_owned()), ..About::default() };
        assert_eq!(planned(new, &named).await.map(|it| it.version), Ok("1.0".to_owned()));
    }

    #[tokio::test]
    async fn what_upgrade_refuses_is_not_proposed() {
        let none = About::default();
        let code = |result: Result<Release, Failure>| result.expect_err("refused").code;
        let fewer = "service : {}";
        assert_eq!(code(planned(release(OLD, "3-4"), &none).await), "cli.release_blocked");
        assert_eq!(code(planned(release(fewer, "1-2"), &none).await), "cli.release_blocked");
        assert_eq!(code(planned(b"no module".to_vec(), &none).await), "cli.release_blocked");
        assert_eq!(code(planned(b"old".to_vec(), &none).await), "cli.no_module");
        let accepted = About { accepted: vec!["registry".to_owned()], ..About::default() };
        let found = planned(release(fewer, "1-2"), &accepted).await.expect("accepted");
        assert!(found.items[0].may_break_callers);
    }

    #[test]
    fn modules_that_disagree_have_to_be_named() {
        let two = vec!["1".to_owned(), "2".to_owned()];
        let failure = one("version", None, two.clone()).expect_err("two");
        assert_eq!(failure.next, "the same with --release");
        assert_eq!(one("commit", Some("x".to_owned()), two), Ok("x".to_owned()));
        assert!(one("commit", None, vec![String::new()]).is_err());
    }
}
