//! Releases under load, on a network of the drill's own: a good one, and one for each way to fail.
//!
//! | room | holds |
//! |---|---|
//! | `stage` | the whole suite with money, and who acts |
//! | `load` | clients that keep asking, and what they were told |
//! | `broken` | modules that fail on purpose |
//! | `governed` | releases that members decide |
//! | `report` | what there is to say |

mod broken;
mod governed;
mod load;
pub(crate) mod report;
mod stage;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

pub(crate) use self::broken::marked;
use self::{
    broken::{BROKEN, Broken, VOTED},
    load::{Kind, Load, Tally},
    report::{Acknowledged, DrillReport, DrilledRelease},
    stage::Stage,
};
use crate::{
    client::Client,
    exit::Exit,
    failure::Failure,
    operations::{
        demo::{cast::Cast, governing::Governing, report::Check},
        release::{
            crew::{Crew, now_ms},
            journal::Journal,
            plan::{self, Plan},
            report::{Outcome, ReleaseReport},
            run,
            trigger::Trigger,
        },
        validate,
    },
    render::Progress,
};

/// Work done before a release begins, and after it ended.
const AROUND: Duration = Duration::from_secs(1);

/// Modules by canister.
pub(crate) type Modules = BTreeMap<String, Vec<u8>>;

/// What the drill is given.
pub(crate) struct Drill {
    pub(crate) seed: u64,
    pub(crate) engine: String,
    /// The code the suite starts on, a ledger for tests beside it.
    pub(crate) current: Modules,
    pub(crate) ledger: Vec<u8>,
    /// The code that is released.
    pub(crate) next: Modules,
    /// The governor's module, when its members decide on the releases.
    pub(crate) governor: Option<Vec<u8>>,
    /// Where the releases are written down.
    pub(crate) folder: PathBuf,
}

/// Plays the drill through `client`, whose identity controls the canisters.
pub(crate) async fn run<C: Client>(
    client: C,
    drill: &Drill,
    progress: &Progress,
) -> Result<DrillReport, Failure> {
    let cast = Cast::new(drill.seed);
    let stage = stage::set(client, cast, drill, progress).await?;
    let makers = Makers::new(&stage, drill, progress).await?;
    let before = stage.totals().await?;
    let mut all = Vec::new();

    let every = [Kind::Person, Kind::Application, Kind::Payment];
    let load = Load::start(&stage, &every, &[]);
    tokio::time::sleep(AROUND).await;
    let good = makers.release("good", None, progress).await?;
    tokio::time::sleep(AROUND).await;
    progress.say("paying what was asked for");
    all.extend(load.stop().await?);
    stage.paid(&all).await?;
    let after_release = stage.totals().await?;
    let mut lost = stage.lost(&all).await?;

    let mut releases = vec![DrilledRelease::new("good", None, good)];
    // After a way back the treasury looks for payments it does not know of before it pays again,
    // for ten minutes, so nothing more is paid here.
    let load = Load::start(&stage, &[Kind::Person, Kind::Application], &all);
    for broken in makers.failing() {
        tokio::time::sleep(AROUND).await;
        let ended = makers.release(broken.name, Some(broken), progress).await?;
        releases.push(DrilledRelease::new(broken.name, Some(broken.trigger), ended));
    }
    tokio::time::sleep(AROUND).await;
    let more = load.stop().await?;
    lost.extend(stage.lost(&more).await?);
    all.extend(more);
    progress.say("reading back");
    let after = stage.totals().await?;
    let violations = violations(&stage, progress).await?;
    progress.clear();
    let mut report = DrillReport {
        ok: false,
        engine: drill.engine.clone(),
        governed: makers.governing.is_some(),
        releases,
        acknowledged: Acknowledged::of(&all),
        refused: load::refused(&all),
        asked_again: all.iter().map(|tally| tally.asked_again).sum(),
        lost,
        before,
        after_release,
        after,
        violations,
        checks: Vec::new(),
    };
    report.checks = checks(&report, &all);
    report.ok = report.checks.iter().all(|check| check.ok);
    Ok(report)
}

/// Who releases: a person, or the members of a governor.
struct Makers<'a, C> {
    stage: &'a Stage<C>,
    drill: &'a Drill,
    governing: Option<Governing<C>>,
}

impl<'a, C: Client> Makers<'a, C> {
    async fn new(
        stage: &'a Stage<C>,
        drill: &'a Drill,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let governing = match &drill.governor {
            Some(module) => Some(governed::found(stage, drill.seed, module, progress).await?),
            None => None,
        };
        Ok(Self { stage, drill, governing })
    }

    /// The releases that must not succeed.
    const fn failing(&self) -> &'static [Broken] {
        if self.governing.is_some() { &VOTED } else { &BROKEN }
    }

    /// The code of the drill, as it is or with a fault.
    async fn release(
        &self,
        name: &str,
        broken: Option<&Broken>,
        progress: &Progress,
    ) -> Result<ReleaseReport, Failure> {
        let next = &self.drill.next;
        let modules = broken.map_or_else(|| Ok(next.clone()), |broken| broken.of(next))?;
        match &self.governing {
            Some(governing) => {
                governed::release(self.stage, governing, name, &modules, broken, progress).await
            }
            None => release(self.stage, self.drill, name, &modules, progress).await,
        }
    }
}

/// One release as `granary upgrade` makes it.
async fn release<C: Client>(
    stage: &Stage<C>,
    drill: &Drill,
    name: &str,
    modules: &Modules,
    progress: &Progress,
) -> Result<ReleaseReport, Failure> {
    let crew = Crew {
        controller: stage.client.clone(),
        governor: stage.named("governor")?,
        auditor: stage.named("auditor")?,
        backup: stage.named("backup")?,
    };
    let targets = plan::plan(&crew, &stage.places, modules, &[], progress).await?;
    let plan = Plan {
        release: format!("{}-{name}", now_ms()),
        network: "drill".to_owned(),
        compare: true,
        back: false,
        targets,
    };
    plan.must_stand()?;
    let mut journal = Journal::begin(&drill.folder, plan, modules)?;
    run::run(&crew, &mut journal, false, progress).await
}

async fn violations<C: Client>(stage: &Stage<C>, progress: &Progress) -> Result<u64, Failure> {
    let mut violations = 0;
    for name in stage.places.keys() {
        let found = validate::validate(&stage.remote(name, "auditor")?, progress).await?;
        violations += found.violation_count + u64::from(!found.ok && found.violation_count == 0);
    }
    Ok(violations)
}

/// Everything that has to hold.
fn checks(report: &DrillReport, all: &[Tally]) -> Vec<Check> {
    let typed = report.refused.keys().all(|code| !code.starts_with("cli."));
    let open = all.iter().filter(|tally| tally.open).count();
    let Acknowledged { people, applications, payments } = report.acknowledged;
    let (before, after) = (&report.before, &report.after);
    let mut checks = vec![
        Check::same("acknowledged requests that are not there", &0, &report.lost.len()),
        Check::same("requests whose outcome nobody knows", &0, &open),
        Check::same("every refusal has a code of the suite or the network", &true, &typed),
        Check::same("some requests met a release", &true, &!report.refused.is_empty()),
        Check::same("people", &(before.people + people), &after.people),
        Check::same("applications", &(before.applications + applications), &after.applications),
        Check::same("payments", &(before.payments + payments), &after.payments),
        Check::same("each payment left once", &stage::left(payments), &after.ledger_usd),
        Check::same("the books count what is left", &after.ledger_usd, &after.booked_usd),
        Check::same("books against the ledger", "matched", &after.reconciliation),
        Check::same("violations", &0, &report.violations),
    ];
    for release in &report.releases {
        let wanted =
            if release.expected.is_none() { Outcome::Released } else { Outcome::RolledBack };
        checks.push(Check::same(
            "how a release ended",
            wanted.words(),
            release.ended.outcome.words(),
        ));
        let because = |trigger: Option<_>| trigger.map_or("nothing", Trigger::words);
        let (wanted, found) = (because(release.expected), because(release.ended.trigger));
        checks.push(Check::same("why it went back", wanted, found));
    }
    checks
}

/// Removes what the drill wrote down.
pub(crate) fn tidy(folder: &Path) -> Result<(), Failure> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::file("remove", folder)(error))
        }
        _ => Ok(()),
    }
}

/// A drill that cannot go on.
fn stuck(message: String) -> Failure {
    Failure::new(Exit::Degraded, "cli.drill", message)
}
