//! The constitution of the demo: five members, and the two releases they decide.

use std::{collections::BTreeMap, time::Duration};

use granary_api::{
    common::{PageArgs, Profile},
    governor::{ProposalArgs, RehearsalReport, Release, Rules},
};
use serde::Serialize;

use crate::{
    client::{
        Client,
        governor::{CANISTER, GET_REHEARSAL_REPORT, LIST_SNAPSHOTS},
        management,
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
    identity::Caller,
    operations::{
        deploy::{self, Places},
        govern::{
            DEVELOPERS, developers,
            follow::View,
            install::{Constitution, Hands, join},
            release::{self, About},
            rules,
            whole::Assembly,
        },
    },
    render::{self, Progress},
};

/// Ordinary decisions wait so long, where a treasury with money in it waits for days.
const TIMELOCK: Duration = Duration::from_secs(2);
/// How long a release is watched before it is called good.
const OBSERVED: Duration = Duration::from_secs(2);
/// How long one release may take, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(20);
/// Snapshots listed in one page.
const PAGE: u32 = 50;
/// A release whose rehearsal failed is not pushed on.
const NOT_PROVEN: &str = "cli.rehearsal";

/// The governor, and its members.
pub(crate) struct Governing<C> {
    governor: Remote<C>,
    assembly: Assembly<C>,
    places: Places,
}

/// A proposal at its end.
pub(crate) struct Ended {
    pub(crate) view: View,
    pub(crate) rehearsal: RehearsalReport,
    /// The moment it could be taken back to.
    pub(crate) snapshot: Option<u64>,
}

/// What the members decided, and what came of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Decided {
    /// Who may decide.
    pub(crate) members: u64,
    /// How many of them approved the release that holds.
    pub(crate) approvals: u64,
    pub(crate) timelock_s: u64,
    /// What they approved besides the code: its rehearsal on a copy.
    pub(crate) rehearsal_hash: String,
    /// The moment to which the bad release was taken back.
    pub(crate) fleet_snapshot: Option<u64>,
    /// Why it was taken back.
    pub(crate) trigger: Option<String>,
    pub(crate) rolled_back: bool,
    /// Every record before the first release, and after the second.
    pub(crate) digest_before: String,
    pub(crate) digest_after: String,
    pub(crate) proposals: Vec<Decision>,
}

/// One proposal at its end, in words and figures.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Decision {
    pub(crate) proposal: u64,
    pub(crate) state: String,
    pub(crate) approvals: u64,
    pub(crate) rehearsal_hash: String,
    pub(crate) rehearsal_succeeded: bool,
    /// What the rehearsal found; none when nothing was wrong.
    pub(crate) rehearsal_problem: Option<String>,
    pub(crate) fleet_snapshot: Option<u64>,
    pub(crate) trigger: Option<String>,
    /// Why it was taken back; none when it was not.
    pub(crate) reason: Option<String>,
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn rules() -> Rules {
    Rules {
        min_delay_ns: nanoseconds(TIMELOCK),
        long_delay_ns: nanoseconds(TIMELOCK),
        observation_ns: nanoseconds(OBSERVED),
        ..rules::testing(DEVELOPERS)
    }
}

impl<C: Client> Governing<C> {
    /// Installs the governor and brings every canister of `places` under it. Whoever deployed them
    /// goes on controlling them beside it, so that a demo that is served can be backed up like any
    /// suite.
    pub(crate) async fn found(
        client: C,
        person: &Caller,
        places: &Places,
        seed: u64,
        module: &[u8],
        progress: &Progress,
    ) -> Result<Self, Failure> {
        progress.say("founding the constitution");
        let members: Result<Vec<_>, _> = developers(seed).iter().map(Caller::principal).collect();
        let constitution = Constitution {
            repairs: person.principal()?,
            roles: vec![],
            profile: Profile::Testing,
            members: members?,
            rules: rules(),
            targets: places.iter().map(|(name, canister)| (*name, *canister)).collect(),
        };
        let canister = management::create(&client, deploy::CYCLES).await?;
        deploy::install(&client, canister, module, constitution.init_arg()?).await?;
        let hands = Hands { controller: client.clone(), person: client.acting_as(person)? };
        for (name, target) in places {
            join(&hands, canister, name, *target, false).await?;
        }
        let governor = Remote { client, canister };
        let assembly = Assembly::of(&governor, seed)?;
        let mut places = places.clone();
        places.insert(CANISTER, canister);
        Ok(Self { governor, assembly, places })
    }

    /// Where everything is, the governor included.
    pub(crate) fn places(&self) -> Places {
        self.places.clone()
    }

    /// What a release of these modules would be.
    pub(crate) async fn plan(
        &self,
        modules: &BTreeMap<String, Vec<u8>>,
        progress: &Progress,
    ) -> Result<Release, Failure> {
        let about = About {
            repository: "this checkout".to_owned(),
            window: "while the round goes on".to_owned(),
            rollback_plan: "the governor goes back by itself".to_owned(),
            communication: "whoever reads this report".to_owned(),
            ..About::default()
        }
        .named(modules);
        release::plan(&self.governor.client, &self.places, modules, &about, progress).await
    }

    /// Has the members decide on a release and carry it out. When its rehearsal fails they approve
    /// it all the same, as people do who do not read what they sign.
    pub(crate) async fn decide(
        &self,
        release: Release,
        modules: &BTreeMap<String, Vec<u8>>,
        progress: &Progress,
    ) -> Result<Ended, Failure> {
        let id = self.assembly.propose(release, modules, progress).await?;
        let carried = self.assembly.carry(id, PATIENCE, progress).await;
        let (view, exit) = match carried {
            Err(failure) if failure.code == NOT_PROVEN => {
                self.assembly.approve_all_the_same(id).await?;
                self.assembly.carry(id, PATIENCE, progress).await?
            }
            carried => carried?,
        };
        if exit == Exit::Degraded {
            let message = format!("the governor did not end: {}", view.headline());
            return Err(Failure::new(Exit::Degraded, "cli.governor", message)
                .next(format!("granary proposal show {id}")));
        }
        self.ended(view).await
    }

    async fn ended(&self, view: View) -> Result<Ended, Failure> {
        let proposal = view.details.proposal.id;
        let rehearsal =
            self.governor.query(GET_REHEARSAL_REPORT, &ProposalArgs { proposal }).await?;
        let page = PageArgs { after: None, limit: PAGE };
        let snapshots = self.governor.query(LIST_SNAPSHOTS, &page).await?.items;
        let snapshot = snapshots.iter().find(|one| one.proposal == proposal).map(|one| one.id);
        Ok(Ended { view, rehearsal, snapshot })
    }
}

impl Ended {
    /// What there is to say of it.
    pub(crate) fn decision(&self) -> Decision {
        let proposal = &self.view.details.proposal;
        let run = self.view.run.as_ref();
        Decision {
            proposal: proposal.id,
            state: render::name(&proposal.state),
            approvals: proposal.tally.approving.into(),
            rehearsal_hash: hex::encode(&self.rehearsal.hash),
            rehearsal_succeeded: self.rehearsal.is_success,
            rehearsal_problem: problem(&self.rehearsal),
            fleet_snapshot: self.snapshot,
            trigger: run.and_then(|run| run.trigger).map(|trigger| render::name(&trigger)),
            reason: run.map(|run| run.reason.clone()).filter(|reason| !reason.is_empty()),
        }
    }
}

fn problem(report: &RehearsalReport) -> Option<String> {
    report.canisters.iter().map(|one| one.problem.clone()).find(|problem| !problem.is_empty())
}

impl Decided {
    /// The release that held, and the one that was taken back.
    pub(crate) fn of(good: &Decision, bad: &Decision) -> Self {
        Self {
            members: u64::try_from(DEVELOPERS).unwrap_or(u64::MAX),
            approvals: good.approvals,
            timelock_s: TIMELOCK.as_secs(),
            rehearsal_hash: good.rehearsal_hash.clone(),
            fleet_snapshot: bad.fleet_snapshot,
            trigger: bad.trigger.clone(),
            rolled_back: bad.state == "rolled_back",
            digest_before: String::new(),
            digest_after: String::new(),
            proposals: vec![good.clone(), bad.clone()],
        }
    }
}
