//! The whole suite with money in its treasury, who acts, and what can be asked of it.

use candid::Nat;
use granary_api::{
    common::{HealthStatus, Profile},
    execution::{Destination, IntentArgs, ListIntentsArgs, Origin, SubmitIntentArgs},
    micro_grants::{
        ApplicationArgs, ApplicationContent, CreateProgramArgs, ProgramArgs, SubmitApplicationArgs,
    },
    portfolio::{LedgerAccount, ReconcileArgs},
    registry::{ListUsersArgs, RegisterUserArgs, UserArgs},
};
use serde_bytes::ByteBuf;

use super::{
    Drill,
    load::{Kind, Tally},
    report::Totals,
    stuck,
};
use crate::{
    client::{
        Client,
        common::HEALTH_CHECK,
        execution::{GET_INTENT, LIST_INTENTS, SUBMIT_INTENT},
        grants::{
            CREATE_PROGRAM, GET_APPLICATION, GET_CANISTER_METRICS, OPEN_PROGRAM, SUBMIT_APPLICATION,
        },
        management,
        portfolio::RECONCILE,
        registry::{GET_USER, LIST_USERS, REGISTER_USER},
        remote::Remote,
    },
    exit::Exit,
    failure::Failure,
    identity::Caller,
    operations::{
        demo::{
            cast::{BUDGET, Cast, DOLLAR, MIN_GRANT},
            payments::{self, FEE, Hands},
            report::dollars,
            treasury,
        },
        deploy::{self, Places, Setup},
        wiring,
    },
    render::Progress,
    suite::{EXECUTION, MICRO_GRANTS, PORTFOLIO, REGISTRY, RISK_GUARD, SUITE},
};

/// What each payment is about.
const PAYMENT: u128 = 10 * DOLLAR;
/// How often, and how many times, something is looked at that happens by itself.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(250);
const LOOKS: u32 = 480;

/// Where the drill plays.
#[derive(Clone)]
pub(super) struct Stage<C> {
    /// Whoever controls the canisters.
    pub(super) client: C,
    pub(super) places: Places,
    cast: Cast,
    program: u64,
    asset: u64,
}

/// What the treasury has when so many payments have left.
pub(super) fn left(payments: u64) -> String {
    let spent = u128::from(payments).saturating_mul(PAYMENT + FEE);
    dollars(BUDGET.saturating_sub(spent))
}

/// Deploys the suite and a ledger, funds the treasury, tells the canisters of each other, and opens
/// a programme.
pub(super) async fn set<C: Client>(
    client: C,
    cast: Cast,
    drill: &Drill,
    progress: &Progress,
) -> Result<Stage<C>, Failure> {
    progress.say("deploying");
    let mut places = Places::new();
    for member in SUITE {
        places.insert(member.name, management::create(&client, deploy::CYCLES).await?);
    }
    let at = |name: &str| Remote { client: client.clone(), canister: places[name] };
    let mut setup = Setup::development(drill.seed, Cast::asset(), Profile::Testing)?;
    install(&client, &places, drill, &setup, PORTFOLIO.name).await?;
    let (books, execution) = (at(PORTFOLIO.name), at(EXECUTION.name));
    let vault = treasury::fund(books, cast, &drill.ledger, execution.canister, progress).await?;
    // The first policy holds at once; what loosens it later has to wait.
    setup.policy = Some(payments::policy(vault.asset));
    for name in [REGISTRY.name, RISK_GUARD.name, EXECUTION.name, MICRO_GRANTS.name] {
        install(&client, &places, drill, &setup, name).await?;
    }
    let governor = client.acting_as(&cast.named("governor"))?;
    wiring::wire(&governor, &places).await?;
    let (guard, ledger, asset) = (at(RISK_GUARD.name), vault.ledger, vault.asset);
    Hands { execution, guard, ledger, asset, cast }.adopt().await?;
    let manager = at(MICRO_GRANTS.name).acting_as(&cast.named("manager"))?;
    let call = CreateProgramArgs {
        terms: cast.terms("The drill")?,
        managers: Vec::new(),
        idempotency_key: Some("drill".to_owned()),
    };
    let program = manager.update(CREATE_PROGRAM, &call).await?.id;
    manager.update(OPEN_PROGRAM, &ProgramArgs { program }).await?;
    let stage = Stage { client, places, cast, program, asset };
    progress.say("waiting until all are well");
    stage.well().await?;
    Ok(stage)
}

async fn install<C: Client>(
    client: &C,
    places: &Places,
    drill: &Drill,
    setup: &Setup,
    name: &str,
) -> Result<(), Failure> {
    let module = drill.current.get(name).ok_or_else(|| stuck(format!("no module of {name}")))?;
    let arg = setup.init_arg(name)?;
    deploy::install(client, places[name], module, arg).await.map(drop)
}

fn person(number: u64) -> String {
    format!("Person {number}")
}

fn title(number: u64) -> String {
    format!("Proposal {number}")
}

fn key(number: u64) -> String {
    format!("drill:{number}")
}

impl<C: Client> Stage<C> {
    /// The identity `name`.
    pub(super) fn caller(&self, name: &str) -> Caller {
        self.cast.named(name)
    }

    /// The same endpoint under the identity `name`.
    pub(super) fn named(&self, name: &str) -> Result<C, Failure> {
        self.client.acting_as(&self.caller(name))
    }

    /// The canister `name` as `who` sees it.
    pub(super) fn remote(&self, name: &str, who: &str) -> Result<Remote<C>, Failure> {
        Ok(Remote { client: self.named(who)?, canister: self.places[name] })
    }

    /// Waits until no canister calls itself critical: the guard does until it has asked the books.
    async fn well(&self) -> Result<(), Failure> {
        for name in self.places.keys() {
            let remote = self.remote(name, "governor")?;
            let mut looks = LOOKS;
            loop {
                let health = remote.ask(HEALTH_CHECK).await?;
                if health.status != HealthStatus::Critical {
                    break;
                }
                looks = looks.checked_sub(1).ok_or_else(|| {
                    stuck(format!("{name} is critical: {}", health.reasons.join(", ")))
                })?;
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    /// Sends request `number` of its kind; the same number is the same request.
    pub(super) async fn ask(&self, kind: Kind, number: u64) -> Result<u64, Failure> {
        let idempotency_key = Some(key(number));
        let receipt = match kind {
            Kind::Person => {
                let remote = self.remote(REGISTRY.name, &format!("person/{number}"))?;
                let display_name = person(number);
                let call = RegisterUserArgs { display_name, identity: None, idempotency_key };
                remote.update(REGISTER_USER, &call).await?
            }
            Kind::Application => {
                let remote = self.remote(MICRO_GRANTS.name, &format!("author/{number}"))?;
                let content = ApplicationContent {
                    title: title(number),
                    summary: "Written by the drill".to_owned(),
                    requested_units: Nat::from(MIN_GRANT),
                    plan_hash: ByteBuf::from(vec![7; 32]),
                    milestones: Vec::new(),
                    team: Vec::new(),
                    links: Vec::new(),
                };
                let (program, draft, applicant) = (self.program, None, None);
                let call =
                    SubmitApplicationArgs { program, draft, content, applicant, idempotency_key };
                remote.update(SUBMIT_APPLICATION, &call).await?
            }
            Kind::Payment => {
                let remote = self.remote(EXECUTION.name, "treasurer")?;
                let to = self.cast.named("payee").principal()?;
                let call = SubmitIntentArgs {
                    idempotency_key: key(number),
                    origin: Origin::Manual,
                    asset: self.asset,
                    destination: Destination::Icrc(LedgerAccount::from(to)),
                    amount_units: PAYMENT,
                    announcement: None,
                    expires_at_ns: None,
                };
                remote.update(SUBMIT_INTENT, &call).await?
            }
        };
        Ok(receipt.id)
    }

    /// What was acknowledged and is not there, or is something else.
    pub(super) async fn lost(&self, tallies: &[Tally]) -> Result<Vec<String>, Failure> {
        let mut lost = Vec::new();
        for tally in tallies {
            for &(number, id) in &tally.acknowledged {
                match self.is_there(tally.kind, number, id).await {
                    Ok(true) => {}
                    Ok(false) => {
                        lost.push(format!("{:?} {id} is not request {number}", tally.kind));
                    }
                    Err(failure) if failure.exit == Exit::Failed => {
                        lost.push(format!("{:?} {id}: {}", tally.kind, failure.message));
                    }
                    Err(failure) => return Err(failure),
                }
            }
        }
        Ok(lost)
    }

    async fn is_there(&self, kind: Kind, number: u64, id: u64) -> Result<bool, Failure> {
        Ok(match kind {
            Kind::Person => {
                let remote = self.remote(REGISTRY.name, "registrar")?;
                let user = remote.query(GET_USER, &UserArgs { user: id }).await?;
                let own = self.cast.named(&format!("person/{number}")).principal()?;
                user.display_name == person(number) && user.identities == [own]
            }
            Kind::Application => {
                let remote = self.remote(MICRO_GRANTS.name, "manager")?;
                let which = ApplicationArgs { application: id };
                let application = remote.query(GET_APPLICATION, &which).await?;
                let own = self.cast.named(&format!("author/{number}")).principal()?;
                application.content.title == title(number) && application.applicant == own
            }
            Kind::Payment => {
                let remote = self.remote(EXECUTION.name, "auditor")?;
                let intent = remote.query(GET_INTENT, &IntentArgs { intent: id }).await?;
                intent.idempotency_key == key(number) && intent.amount_units == PAYMENT
            }
        })
    }

    /// Waits until every acknowledged payment has left and is booked.
    pub(super) async fn paid(&self, tallies: &[Tally]) -> Result<(), Failure> {
        let auditor = self.remote(EXECUTION.name, "auditor")?;
        let payments = tallies.iter().filter(|tally| tally.kind == Kind::Payment);
        let mut looks = LOOKS;
        for &(_, intent) in payments.flat_map(|tally| &tally.acknowledged) {
            loop {
                let seen = auditor.query(GET_INTENT, &IntentArgs { intent }).await?;
                if seen.booked {
                    break;
                }
                looks = looks.checked_sub(1).ok_or_else(|| {
                    let why = seen.reason.unwrap_or_default();
                    stuck(format!("payment {intent} is {:?} and not booked: {why}", seen.state))
                })?;
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    /// What there is.
    pub(super) async fn totals(&self) -> Result<Totals, Failure> {
        let grants = self.remote(MICRO_GRANTS.name, "auditor")?;
        let operator = self.remote(PORTFOLIO.name, "operator")?;
        let found = operator.act(RECONCILE, &ReconcileArgs { asset: self.asset }).await?;
        let booked = u128::try_from(found.booked_units.0.clone()).unwrap_or_default();
        Ok(Totals {
            people: self.people().await?,
            applications: grants.ask(GET_CANISTER_METRICS).await?.total_applications,
            payments: self.payments().await?,
            ledger_usd: dollars(found.external_units),
            booked_usd: dollars(booked),
            reconciliation: format!("{:?}", found.state).to_lowercase(),
        })
    }

    async fn people(&self) -> Result<u64, Failure> {
        let registrar = self.remote(REGISTRY.name, "registrar")?;
        let (mut count, mut after) = (0, None);
        loop {
            let which = ListUsersArgs { status: None, after, limit: 100 };
            let page = registrar.query(LIST_USERS, &which).await?;
            count += page.items.len();
            after = page.next;
            if after.is_none() {
                return Ok(u64::try_from(count).unwrap_or(u64::MAX));
            }
        }
    }

    async fn payments(&self) -> Result<u64, Failure> {
        let auditor = self.remote(EXECUTION.name, "auditor")?;
        let (mut count, mut after) = (0, None);
        loop {
            let which = ListIntentsArgs { state: None, after, limit: 50 };
            let page = auditor.query(LIST_INTENTS, &which).await?;
            count += page.items.len();
            after = page.next;
            if after.is_none() {
                return Ok(u64::try_from(count).unwrap_or(u64::MAX));
            }
        }
    }
}
