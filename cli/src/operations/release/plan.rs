//! What a release would do, and what stands against it. Nothing is changed here.

use std::collections::BTreeMap;

use candid::{Nat, Principal};
use granary_api::common::{Health, HealthStatus, ValidateStateArgs};
use granary_module::Verdict;
use ic_management_canister_types::{CanisterStatusResult, CanisterStatusType};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{crew::Crew, fit};
use crate::{
    client::{
        Client,
        common::{GET_VERSION, VALIDATE_STATE},
        management,
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
    render::Progress,
    suite::{EXECUTION, MICRO_GRANTS, Member, PORTFOLIO, REGISTRY, RISK_GUARD},
};

/// The order of a release: first the books and the people, then those that work with them.
pub(crate) const ORDER: [&Member; 5] =
    [&PORTFOLIO, &REGISTRY, &EXECUTION, &RISK_GUARD, &MICRO_GRANTS];

/// Snapshots the network keeps of one canister.
pub(crate) const MAX_SNAPSHOTS: usize = 10;
/// An installation may use 300 billion instructions; this pays for it, for the snapshot, and for
/// weeks of life on any subnet.
pub(crate) const MIN_CYCLES: u128 = 1_000_000_000_000;

/// New code for some canisters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Name of the release: when it was planned, which also is the epoch of its drains.
    pub(crate) release: String,
    pub(crate) network: String,
    /// Whether the states before and after are compared record by record.
    pub(crate) compare: bool,
    /// The canisters get back what an earlier release replaced.
    pub(crate) back: bool,
    pub(crate) targets: Vec<Target>,
}

/// One canister of a release, as it was when the release was planned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) canister: String,
    /// SHA-256 of the code that runs, and of the code that will.
    pub(crate) from_hash: String,
    pub(crate) to_hash: String,
    pub(crate) from_version: String,
    pub(crate) to_version: String,
    /// Schema of the stored state, and the schemas the new code reads; none when it says nothing.
    pub(crate) schema: u32,
    pub(crate) reads: Option<(u32, u32)>,
    /// Whether the new code serves the callers of what runs, and what they lose when it does not.
    #[serde(default)]
    pub(crate) interface: Verdict,
    #[serde(default)]
    pub(crate) breaks: Vec<String>,
    /// Somebody accepted by name that callers lose that.
    #[serde(default)]
    pub(crate) accepted: bool,
    /// Length and head of the journal on which the new code was rehearsed: nothing may have
    /// happened since.
    #[serde(default)]
    pub(crate) rehearsed: Option<(u64, String)>,
    pub(crate) health: String,
    pub(crate) cycles: String,
    pub(crate) memory_bytes: u64,
    pub(crate) snapshots: usize,
    /// The one to load, where an earlier release is taken back.
    pub(crate) way_back: Option<String>,
    pub(crate) controllers: Vec<String>,
    /// What has to be mended first.
    pub(crate) problems: Vec<String>,
}

impl Target {
    /// The canister's id.
    pub(crate) fn id(&self) -> Result<Principal, Failure> {
        Principal::from_text(&self.canister).map_err(|error| {
            let message = format!("the plan names the canister `{}` ({error})", self.canister);
            Failure::new(Exit::Degraded, "cli.release_spoilt", message)
        })
    }

    /// What this tool knows of the canister.
    pub(crate) fn member(&self) -> Result<&'static Member, Failure> {
        crate::suite::member(&self.name)
    }

    /// Whether the new code is another one.
    pub(crate) fn changes(&self) -> bool {
        self.from_hash != self.to_hash
    }
}

impl Plan {
    /// Refuses a plan that has something against it.
    pub(crate) fn must_stand(&self) -> Result<(), Failure> {
        let found = self.targets.iter().flat_map(|target| {
            target.problems.iter().map(|problem| format!("{}: {problem}", target.name))
        });
        let problems: Vec<String> = found.collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Failure::new(Exit::Refused, "cli.release_blocked", problems.join("; "))
            .next("granary upgrade --dry-run"))
    }
}

/// Looks at every canister of `modules` and says what a release would do to each. Canisters that
/// run the new code already are left out. Callers of those in `accepted` may lose something.
pub(crate) async fn plan<C: Client>(
    crew: &Crew<C>,
    places: &BTreeMap<&'static str, Principal>,
    modules: &BTreeMap<String, Vec<u8>>,
    accepted: &[String],
    progress: &Progress,
) -> Result<Vec<Target>, Failure> {
    let mut targets = Vec::new();
    for member in ORDER {
        let Some(module) = modules.get(member.name) else { continue };
        let canister = place(places, member.name)?;
        progress.say(format_args!("looking at {}", member.name));
        let mut target = look(crew, member.name, canister, module).await?;
        if !target.changes() {
            continue;
        }
        target.accepted = accepted.contains(&target.name);
        if target.interface == Verdict::Breaking && !target.accepted {
            target.problems.push(fit::sentence(member.name, &target.breaks));
        }
        targets.push(target);
    }
    Ok(targets)
}

async fn look<C: Client>(
    crew: &Crew<C>,
    name: &str,
    canister: Principal,
    module: &[u8],
) -> Result<Target, Failure> {
    let named =
        |failure: Failure| Failure { message: format!("{name}: {}", failure.message), ..failure };
    let controllers = crew.controller.controllers(canister).await?;
    must_control(&crew.controller, name, &controllers)?;
    let status = management::status(&crew.controller, canister).await.map_err(named)?;
    let snapshots = management::snapshots(&crew.controller, canister).await.map_err(named)?;
    let remote = Remote { client: crew.governor.clone(), canister };
    let version = remote.ask(GET_VERSION).await.map_err(named)?;
    let health = crew.settled(name, canister).await.map_err(named)?;
    // Whoever may not validate would take a good release back.
    let auditor = Remote { client: crew.auditor.clone(), canister };
    let one = ValidateStateArgs { cursor: None, max_items: 1 };
    auditor.query(VALIDATE_STATE, &one).await.map_err(named)?;
    let stated = fit::stated(module);
    let (interface, breaks) = if stated.canister == name {
        fit::serves(&stated, &crew.controller, canister).await.map_err(named)?
    } else {
        // It is refused as what it is.
        Default::default()
    };
    let mut target = Target {
        name: name.to_owned(),
        canister: canister.to_text(),
        from_hash: status.module_hash.as_deref().map(hex::encode).unwrap_or_default(),
        to_hash: hex::encode(Sha256::digest(module)),
        from_version: version.version,
        to_version: stated.version.clone(),
        schema: version.schema,
        reads: stated.reads,
        interface,
        breaks,
        accepted: false,
        health: format!("{:?}", health.status).to_lowercase(),
        cycles: status.cycles.0.to_string(),
        memory_bytes: u64::try_from(status.memory_size.0.clone()).unwrap_or(u64::MAX),
        snapshots: snapshots.len(),
        rehearsed: None,
        way_back: None,
        controllers: status.settings.controllers.iter().map(Principal::to_text).collect(),
        problems: Vec::new(),
    };
    target.problems = stated.problems(name, version.schema);
    target.problems.extend(problems(&target, &status, &health));
    Ok(target)
}

/// Refuses when somebody else controls the canister: nothing of a release would be allowed.
pub(crate) fn must_control<C: Client>(
    client: &C,
    name: &str,
    controllers: &[Principal],
) -> Result<(), Failure> {
    let own = client.principal();
    if controllers.contains(&own) {
        return Ok(());
    }
    let names: Vec<String> = controllers.iter().map(Principal::to_text).collect();
    let whose = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
    let message = format!("{name} is controlled by {whose}, and not by {own}, who is asking");
    Err(Failure::new(Exit::Refused, "cli.not_controller", message)
        .next("the same with --identity of a controller"))
}

/// Where the canister `name` is.
pub(crate) fn place(
    places: &BTreeMap<&'static str, Principal>,
    name: &str,
) -> Result<Principal, Failure> {
    places.get(name).copied().ok_or_else(|| {
        let message = format!("no {name} canister is known on this network");
        Failure::new(Exit::Usage, "cli.no_canister", message).next("granary deploy")
    })
}

/// What stands against new code for this canister, as it is now.
fn problems(target: &Target, status: &CanisterStatusResult, health: &Health) -> Vec<String> {
    let Target { snapshots, .. } = target;
    let mut found = Vec::new();
    let mut against = |holds: bool, problem: String| {
        if holds {
            found.push(problem);
        }
    };
    let running = status.status == CanisterStatusType::Running;
    against(!running, format!("it is {:?} and not running", status.status).to_lowercase());
    let ill = format!("its health is critical: {}", health.reasons.join(", "));
    against(health.status == HealthStatus::Critical, ill);
    let cycles = &status.cycles;
    let poor = format!("it has {} cycles, and a release needs {MIN_CYCLES}", cycles.0);
    let needed = Nat::from(MIN_CYCLES);
    against(*cycles < needed, poor);
    let full = format!("it has {MAX_SNAPSHOTS} snapshots, and the network keeps no more");
    against(*snapshots >= MAX_SNAPSHOTS, full);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{client::fake::Answers, suite::SUITE};

    #[tokio::test]
    async fn somebody_elses_canister_is_refused_in_a_sentence() {
        let ours = Answers::default().controlled_by(&[Principal::from_slice(&[7; 29])]).grants();
        let controllers = ours.client.controllers(ours.canister).await.expect("known");
        assert_eq!(must_control(&ours.client, "registry", &controllers), Ok(()));
        for controllers in [&[Principal::anonymous()][..], &[]] {
            let theirs = Answers::default().controlled_by(controllers).grants();
            let controllers = theirs.client.controllers(theirs.canister).await.expect("known");
            let refused = must_control(&theirs.client, "registry", &controllers);
            let failure = refused.expect_err("another one controls it");
            assert_eq!(
                (failure.exit, failure.code.as_str()),
                (Exit::Refused, "cli.not_controller")
            );
            assert!(failure.message.starts_with("registry is controlled by "), "{failure}");
        }
    }

    #[test]
    fn every_canister_has_its_place_in_the_order() {
        for member in SUITE {
            assert!(ORDER.iter().any(|ordered| ordered.name == member.name), "{}", member.name);
        }
        assert_eq!(ORDER.len(), SUITE.len());
    }

    #[test]
    fn a_problem_stops_the_release_and_is_named() {
        let problems = vec!["it has no money".to_owned()];
        let target = Target { name: "portfolio".to_owned(), problems, ..Target::default() };
        let plan = Plan { targets: vec![target], ..Plan::default() };
        let failure = plan.must_stand().expect_err("blocked");
        assert_eq!((failure.exit, failure.code.as_str()), (Exit::Refused, "cli.release_blocked"));
        assert!(failure.message.contains("portfolio: it has no money"), "{failure}");
        assert_eq!(Plan::default().must_stand(), Ok(()));
    }
}
