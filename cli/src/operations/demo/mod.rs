//! The whole story: a real grant round on a network of its own, a good upgrade, a bad upgrade, and
//! the books checked at the end.
//!
//! | room | holds |
//! |---|---|
//! | `network` | a network inside this process |
//! | `cast` | identities and the programme |
//! | `work` | reviews, deliveries, payouts |
//! | `stage` | the canisters of the suite, installed and told about each other |
//! | `treasury` | the ledger, the books, and a proof |
//! | `payments` | what leaves the treasury, and what does not |
//! | `governing` | the governor, and the two releases its members decide |
//! | `totals` | figures from the file and figures from the canister |
//! | `report` | what there is to say |

pub(crate) mod cast;
pub(crate) mod governing;
pub(crate) mod network;
pub(crate) mod payments;
pub(crate) mod report;
mod stage;
pub(crate) mod totals;
pub(crate) mod treasury;
mod work;

use std::{collections::BTreeMap, time::Instant};

use candid::Principal;
use granary_api::micro_grants::{ApplicationState, CreateProgramArgs, ProgramArgs};
use granary_build::Artifact;

use self::{
    cast::{BUDGET, Cast, DECIMALS},
    governing::{Decided, Decision, Governing},
    network::Meter,
    payments::{ANNOUNCED, FEE, Payments},
    report::{BadUpgrade, Check, DemoReport, Upgrade, cents, dollars},
    stage::Stage,
    totals::Totals,
    treasury::Treasury,
};
use crate::{
    client::{
        Client,
        common::{GET_SYSTEM_HEALTH, GET_VERSION},
        grants::{CREATE_PROGRAM, GET_PROGRAM, OPEN_PROGRAM},
        remote::Remote,
    },
    commands::health::status_name,
    failure::Failure,
    operations::{
        connections,
        deploy::{self, Places},
        digest,
        import::{self, Became, Imported, Terms},
        round::Round,
        validate,
    },
    render::Progress,
    suite::{MICRO_GRANTS, SUITE},
};

/// A schema no state has: the bad upgrade asks for it.
const IMPOSSIBLE_SCHEMA: u32 = u32::MAX;

/// What the demo is given.
pub(crate) struct Script {
    pub(crate) seed: u64,
    pub(crate) engine: String,
    pub(crate) url: String,
    /// The code the round starts on.
    pub(crate) current: Artifact,
    /// The code it is upgraded to.
    pub(crate) next: Artifact,
    /// A token ledger for tests.
    pub(crate) ledger: Artifact,
    /// The canister that keeps the books.
    pub(crate) books: Artifact,
    /// The canister that limits what leaves.
    pub(crate) guard: Artifact,
    /// The canister that pays.
    pub(crate) hands: Artifact,
    /// The canister that replaces code when its members decide so.
    pub(crate) governor: Artifact,
    pub(crate) round: Round,
    pub(crate) meter: Meter,
    /// The key whose signatures count.
    pub(crate) root_key: Vec<u8>,
}

/// Plays the story through `client`, whose identity deploys the canister.
pub(crate) async fn run<C: Client>(
    client: C,
    script: Script,
    progress: &Progress,
) -> Result<DemoReport, Failure> {
    let began = Instant::now();
    let cast = Cast::new(script.seed);
    let Stage { grants, vault, hands, places } =
        stage::set(client, cast, &script, progress).await?;
    let manager = grants.acting_as(&cast.named("manager"))?;
    let program = create(&manager, cast, &script.round.about.pool_name).await?;
    let known = manager.query(GET_PROGRAM, &ProgramArgs { program }).await?;
    let terms = Terms {
        program,
        decimals: DECIMALS,
        derive_applicants: Some(script.seed),
        due_from_ns: known.created_at_ns,
        dry_run: false,
    };
    let imported = import::import(&manager, &script.round, &terms, progress).await?;
    work::work(&grants, cast, &imported, progress).await?;
    let mut payments = Payments {
        payout_blocks: hands.payouts(&grants, program, progress).await?,
        ..Payments::default()
    };
    let (denials, announced) = hands.theft_and_announcement(progress).await?;
    payments.limit_denials = denials;
    payments.announced = announced;

    let (governing, release, upgrade, bad_upgrade) =
        govern(&grants, cast, &places, &script, progress).await?;
    let auditor = grants.acting_as(&cast.named("auditor"))?;
    let found = validate::validate(&auditor, progress).await?;

    let drafts = imported.taken.iter().filter(|row| matches!(row.became, Became::Draft(_)));
    let drafts = u64::try_from(drafts.count()).unwrap_or(u64::MAX);
    let seen = totals::observed(&manager, program, drafts, progress).await?;
    let undecided = totals::count(&manager, program, ApplicationState::Submitted).await?;
    let unreached = acquaint(&grants.client, cast, &places).await?;
    let health = grants.ask(GET_SYSTEM_HEALTH).await?;
    let treasury = vault.audit(&script.root_key, progress).await?;
    progress.clear();
    payments.received(seen.paid_units);
    let mut report = report(&script, grants.canister, imported, &seen);
    report.canisters = governing.places();
    report.undecided = undecided;
    report.treasury = treasury;
    report.payments = payments;
    report.release = release;
    report.upgrade = upgrade;
    report.bad_upgrade = bad_upgrade;
    status_name(health.overall).clone_into(&mut report.health);
    report.violations = found.violation_count;
    report.records_checked = found.checked;
    report.events = found.journal.events;
    report.journal_certified = found.journal.chain_ok && found.journal.certified;
    report.journal_problem = found.journal.problem;
    let books = &report.treasury;
    report.books_balanced =
        books.reconciliation == "matched" && books.ledger_usd == books.booked_usd;
    report.checks = checks(&script, &report, &seen);
    report.checks.push(Check::same("connections that do not hold", "", &unreached.join(", ")));
    report.ok = report.checks.iter().all(|check| check.ok);
    report.elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(report)
}

/// Has every canister ask those it works with, each behind those it calls: what it remembers may be
/// minutes old, such as a warning that somebody has looked after since. Answers who does not reach
/// whom.
async fn acquaint<C: Client>(
    client: &C,
    cast: Cast,
    places: &Places,
) -> Result<Vec<String>, Failure> {
    let operator = client.acting_as(&cast.named("operator"))?;
    let mut unreached = Vec::new();
    for member in SUITE {
        let Some(&canister) = places.get(member.name) else { continue };
        let remote = Remote { client: operator.clone(), canister };
        for tried in connections::test(member.name, &remote).await? {
            if !tried.reached {
                unreached.push(format!("{} to {}", tried.from, tried.to));
            }
        }
    }
    Ok(unreached)
}

async fn create<C: Client>(manager: &Remote<C>, cast: Cast, title: &str) -> Result<u64, Failure> {
    let call = CreateProgramArgs {
        terms: cast.terms(title)?,
        managers: Vec::new(),
        idempotency_key: Some("demo".to_owned()),
    };
    let program = manager.update(CREATE_PROGRAM, &call).await?.id;
    manager.update(OPEN_PROGRAM, &ProgramArgs { program }).await?;
    Ok(program)
}

/// Brings the canisters under members, who decide on a good release and on a bad one.
async fn govern<C: Client>(
    grants: &Remote<C>,
    cast: Cast,
    places: &Places,
    script: &Script,
    progress: &Progress,
) -> Result<(Governing<C>, Decided, Upgrade, BadUpgrade), Failure> {
    let (client, founder) = (grants.client.clone(), cast.named("governor"));
    let module = &script.governor.bytes;
    let governing =
        Governing::found(client, &founder, places, script.seed, module, progress).await?;
    let backup = grants.acting_as(&cast.named("backup"))?;
    let releases = Releases { grants, backup: &backup, governing: &governing };
    let from_hash = releases.runs().await?;
    let mut upgrade = Upgrade { from_hash, ..Upgrade::default() };
    let good = releases.good(script, &mut upgrade, progress).await?;
    let (bad, bad_upgrade) = releases.bad(script, &upgrade, progress).await?;
    let decided = Decided {
        digest_before: upgrade.state_digest_before.clone(),
        digest_after: bad_upgrade.state_digest_after.clone(),
        ..Decided::of(&good, &bad)
    };
    Ok((governing, decided, upgrade, bad_upgrade))
}

/// What the two releases are about.
struct Releases<'a, C> {
    grants: &'a Remote<C>,
    backup: &'a Remote<C>,
    governing: &'a Governing<C>,
}

impl<C: Client> Releases<'_, C> {
    /// The next version of the code, by the members' decision.
    async fn good(
        &self,
        script: &Script,
        upgrade: &mut Upgrade,
        progress: &Progress,
    ) -> Result<Decision, Failure> {
        let grants = self.grants;
        let before = digest::records(self.backup, &MICRO_GRANTS).await?;
        let (events, head) = validate::head(grants).await?;
        upgrade.from_version = grants.ask(GET_VERSION).await?.version;
        let modules = only_grants(&script.next);
        let plan = self.governing.plan(&modules, progress).await?;
        let decision = self.governing.decide(plan, &modules, progress).await?.decision();
        upgrade.to_hash = self.runs().await?;
        upgrade.instructions = script.meter.upgrade(grants.canister).await;
        let after = digest::records(self.backup, &MICRO_GRANTS).await?;
        upgrade.events_before = events;
        upgrade.journal_kept = validate::extends(grants, events, &head).await?;
        upgrade.to_version = grants.ask(GET_VERSION).await?.version;
        upgrade.state_digest_before = before.sha256;
        upgrade.state_digest_after = after.sha256;
        upgrade.records = after.records;
        Ok(decision)
    }

    /// The first code again, with a demand its `post_upgrade` cannot meet.
    async fn bad(
        &self,
        script: &Script,
        upgrade: &Upgrade,
        progress: &Progress,
    ) -> Result<(Decision, BadUpgrade), Failure> {
        let (events, head) = validate::head(self.grants).await?;
        let modules = only_grants(&script.current);
        let mut plan = self.governing.plan(&modules, progress).await?;
        let demand = deploy::upgrade_arg(MICRO_GRANTS.name, Some(IMPOSSIBLE_SCHEMA))?;
        plan.items.iter_mut().for_each(|item| item.arg = demand.clone().into());
        let decision = self.governing.decide(plan, &modules, progress).await?.decision();
        let hash_after = self.runs().await?;
        let bad = BadUpgrade {
            refused: hash_after == upgrade.to_hash,
            reason: words_of_trap(decision.reason.as_deref().unwrap_or_default()).to_owned(),
            attempted_hash: script.current.hash_hex(),
            hash_before: upgrade.to_hash.clone(),
            hash_after,
            journal_kept: validate::extends(self.grants, events, &head).await?,
            state_digest_before: upgrade.state_digest_after.clone(),
            state_digest_after: digest::records(self.backup, &MICRO_GRANTS).await?.sha256,
        };
        Ok((decision, bad))
    }

    /// SHA-256 of the code that runs, as the network certifies it.
    async fn runs(&self) -> Result<String, Failure> {
        let hash = self.grants.client.module_hash(self.grants.canister).await?;
        Ok(hash.map(hex::encode).unwrap_or_default())
    }
}

fn only_grants(module: &Artifact) -> BTreeMap<String, Vec<u8>> {
    BTreeMap::from([(MICRO_GRANTS.name.to_owned(), module.bytes.clone())])
}

/// The canister's own words in the network's report of a trap.
fn words_of_trap(message: &str) -> &str {
    let words = message.split_once("with message: '").map(|(_, words)| words);
    words.and_then(|words| words.rsplit_once('\'')).map_or(message, |(words, _)| words)
}

fn report(script: &Script, canister: Principal, imported: Imported, seen: &Totals) -> DemoReport {
    let refused_units = imported
        .refused
        .iter()
        .filter_map(|refusal| refusal.requested_units)
        .fold(0_u128, u128::saturating_add);
    let requested_units = seen.submitted_units.saturating_add(refused_units);
    let source = script.round.about.source.as_ref();
    DemoReport {
        ok: false,
        engine: script.engine.clone(),
        seed: script.seed,
        url: script.url.clone(),
        canister: canister.to_text(),
        canisters: Places::new(),
        source: source.map_or_else(String::new, |s| format!("{} ({})", s.name, s.licence)),
        rows: u64::try_from(script.round.rows()).unwrap_or(u64::MAX),
        applications: seen.applications,
        drafts: seen.drafts,
        refused: u64::try_from(imported.refused.len()).unwrap_or(u64::MAX),
        refusals: imported.refused,
        requested_usd_cents: cents(requested_units),
        requested_usd: dollars(requested_units),
        submitted_usd_cents: cents(seen.submitted_units),
        submitted_usd: dollars(seen.submitted_units),
        refused_usd_cents: cents(refused_units),
        refused_usd: dollars(refused_units),
        approved: seen.approved,
        undecided: 0,
        committed_usd_cents: cents(seen.committed_units),
        committed_usd: dollars(seen.committed_units),
        milestones_accepted: seen.milestones_accepted,
        payouts_queued: seen.payouts_queued,
        queued_usd: dollars(seen.queued_units),
        payments: Payments::default(),
        treasury: Treasury::default(),
        books_balanced: false,
        release: Decided::default(),
        upgrade: Upgrade::default(),
        bad_upgrade: BadUpgrade::default(),
        health: String::new(),
        violations: 0,
        records_checked: 0,
        events: 0,
        journal_certified: false,
        journal_problem: None,
        checks: Vec::new(),
        elapsed_ms: 0,
    }
}

/// What the treasury has when all is paid: each transfer costs the ledger's fee.
fn left(file: &Totals) -> u128 {
    let fees = FEE.saturating_mul(u128::from(file.payouts_queued) + 1);
    BUDGET.saturating_sub(file.paid_units).saturating_sub(ANNOUNCED).saturating_sub(fees)
}

/// Everything that has to hold: the file's figures, the upgrade's promise, the bad upgrade's
/// harmlessness, and the books.
fn checks(script: &Script, report: &DemoReport, seen: &Totals) -> Vec<Check> {
    let (file, outside) = totals::expected(&script.round);
    let (good, bad, books) = (&report.upgrade, &report.bad_upgrade, &report.treasury);
    let release = &report.release;
    let rehearsed: Vec<_> = release.proposals.iter().map(|one| one.rehearsal_succeeded).collect();
    let rows = report.applications + report.drafts + report.refused;
    let (payments, left) = (&report.payments, dollars(left(&file)));
    let denials: Vec<_> =
        payments.limit_denials.iter().map(|denial| denial.rule.as_str()).collect();
    vec![
        Check::same("every row is accounted for", &report.rows, &rows),
        Check::same("applications", &file.applications, &seen.applications),
        Check::same("drafts", &file.drafts, &seen.drafts),
        Check::same("refused rows", &outside.rows, &report.refused),
        Check::same("refused amount", &dollars(outside.units), &report.refused_usd),
        Check::same("requested amount", &file.submitted_units, &seen.submitted_units),
        Check::same("approved applications", &file.approved, &seen.approved),
        Check::same("undecided", &(file.applications - file.approved), &report.undecided),
        Check::same("committed amount", &file.committed_units, &seen.committed_units),
        Check::same("accepted milestones", &file.milestones_accepted, &seen.milestones_accepted),
        Check::same("queued payouts", &file.payouts_queued, &seen.payouts_queued),
        Check::same("queued amount", &file.queued_units, &seen.queued_units),
        Check::same("paid amount", &dollars(file.paid_units), &payments.paid_usd),
        Check::same(
            "a block for each accepted milestone",
            &true,
            &payments.one_block_each(file.milestones_accepted),
        ),
        Check::same("what the rules refused", "max_per_tx, seal, window", &denials.join(", ")),
        Check::same("the announced payment", &true, &payments.announced.block.is_some()),
        Check::same("the ledger holds what is left", &left, &books.ledger_usd),
        Check::same("the books count what is left", &left, &books.booked_usd),
        Check::same("books against the ledger", "matched", &books.reconciliation),
        Check::same("nothing in suspense", "0", &books.suspense_units),
        Check::same("the proved balance", &left, &books.proved_usd),
        Check::same("version before the upgrade", &script.current.version, &good.from_version),
        Check::same("version after the upgrade", &script.next.version, &good.to_version),
        Check::same("the upgrade changed the code", &true, &(good.from_hash != good.to_hash)),
        Check::same(
            "state across the upgrade",
            &good.state_digest_before,
            &good.state_digest_after,
        ),
        Check::same("journal across the upgrade", &true, &good.journal_kept),
        Check::same("who approved the good upgrade", &3, &release.approvals),
        // What is wrong with the second is its argument, which a copy is not given.
        Check::same("both were rehearsed on a copy", "[true, true]", &format!("{rehearsed:?}")),
        Check::same("the bad upgrade was taken back", &true, &(bad.refused && release.rolled_back)),
        Check::same(
            "because",
            "critical_function",
            release.trigger.as_deref().unwrap_or("nothing"),
        ),
        Check::same("journal after the bad upgrade", &true, &bad.journal_kept),
        Check::same("code after the bad upgrade", &bad.hash_before, &bad.hash_after),
        Check::same(
            "state after the bad upgrade",
            &bad.state_digest_before,
            &bad.state_digest_after,
        ),
        Check::same("health", "healthy", &report.health),
        Check::same("violations", &0, &report.violations),
        Check::same("certified journal", &true, &report.journal_certified),
    ]
}
