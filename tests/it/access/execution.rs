//! The table of `execution`.

use candid::Nat;
use granary_api::{common as c, execution as e};
use granary_tests::{
    clock::{DAY, MINUTE},
    hostile::Known,
    people::{
        Who::{self, Auditor, Governor, Operator, Reader, Reviewer, Service, Treasurer},
        person,
    },
    reply::Expect,
    subject::EXECUTION,
    world::encode,
};
use serde_bytes::ByteBuf;

use super::row::{ANYTHING, ASKING, NOBODY_ELSE, Row, Staged, common, nothing, public, row};
use crate::execution::{TOKEN, Treasury, payout};

/// Who reads intents. The grants' canister is `Service`, that of the plans `Reader`, and the
/// approver is a reviewer elsewhere.
const READERS: &[Who] = &[Service, Reader, Treasurer, Reviewer, Auditor, Operator, Governor];

/// What is prepared for the rows.
pub(crate) struct Stage {
    now_ns: u64,
    /// Intents that wait for people: to be approved, to lose an approval, to be rejected, to be
    /// taken back.
    approved: u64,
    revoked: u64,
    rejected: u64,
    cancelled: u64,
    digest: ByteBuf,
}

impl Staged for Stage {
    fn now_ns(&self) -> u64 {
        self.now_ns
    }
}

impl Stage {
    /// Intents that wait for people, one that is paid, an authorisation.
    pub(crate) fn build(treasury: &Treasury) -> Self {
        let paid = treasury.submit(1, TOKEN);
        treasury.paid(paid, 10);
        let [approved, revoked, rejected, cancelled] = [2, 3, 4, 5].map(|n| {
            let intent = treasury.submit(n, 200 * TOKEN);
            let waits = e::IntentState::AwaitingApproval;
            treasury.until(intent, 10, |intent| intent.state == waits);
            intent
        });
        let world = &treasury.execution;
        let digest = treasury.details(revoked).digest;
        let approve = e::ApproveIntentArgs { intent: revoked, digest };
        // It needs one: the approval is taken back before the clock looks.
        world.caller(Reviewer).receipt("approve_intent", &approve).value("an approver");
        let back = e::IntentArgs { intent: revoked };
        let revoke = world.caller(Reviewer).receipt("revoke_intent_approval", &back);
        drop(revoke);
        let grant = authorisation(world.now_ns());
        let treasurer = world.caller(Treasurer);
        treasurer.receipt("grant_standing_authorisation", &grant).value("a treasurer");
        let digest = treasury.details(approved).digest;
        Self { now_ns: world.now_ns(), approved, revoked, rejected, cancelled, digest }
    }
}

fn authorisation(now_ns: u64) -> e::GrantStandingAuthorisationArgs {
    e::GrantStandingAuthorisationArgs {
        initiator: person("somebody"),
        asset: 1,
        allowance_units: Nat::from(1_000_u32),
        window_ns: DAY,
        destinations: vec![person("payee").into()],
        expires_at_ns: now_ns + DAY,
    }
}

fn page(_: &Stage) -> Vec<u8> {
    encode(&c::PageArgs { after: None, limit: 10 })
}

fn end(intent: u64) -> Vec<u8> {
    encode(&e::EndIntentArgs { intent, reason: "a test".to_owned() })
}

fn which(intent: u64) -> Vec<u8> {
    encode(&e::IntentArgs { intent })
}

fn intents() -> Vec<Row<Stage>> {
    const SUBMITTERS: &[Who] = &[Service, Reader, Treasurer, Operator];
    vec![
        row("submit_intent", SUBMITTERS, NOBODY_ELSE, |_: &Stage| encode(&payout(9, TOKEN))),
        row(
            "cancel_intent",
            &[Service, Treasurer, Operator, Governor],
            "execution.intent.foreign",
            |stage| end(stage.cancelled),
        ),
        row("execute_ready", &[Operator, Treasurer], NOBODY_ELSE, |_| {
            encode(&e::ExecuteReadyArgs { limit: 5 })
        }),
        row("reconcile_intent", &[Operator, Treasurer, Governor], NOBODY_ELSE, |_| which(1)),
        row("get_intent", READERS, NOBODY_ELSE, |_| which(1)),
        row("get_intent_details", READERS, NOBODY_ELSE, |_| which(1)),
        row("list_intents", READERS, NOBODY_ELSE, |_| {
            encode(&e::ListIntentsArgs { limit: 10, ..e::ListIntentsArgs::default() })
        }),
        row("quarantine_list", READERS, NOBODY_ELSE, page),
    ]
}

fn people() -> Vec<Row<Stage>> {
    const AUTHORS: &[Who] = &[Treasurer, Governor];
    vec![
        row("approve_intent", &[Reviewer], NOBODY_ELSE, |stage: &Stage| {
            let (intent, digest) = (stage.approved, stage.digest.clone());
            encode(&e::ApproveIntentArgs { intent, digest })
        }),
        row("revoke_intent_approval", &[Reviewer], NOBODY_ELSE, |stage: &Stage| {
            which(stage.revoked)
        })
        .answers("execution.approval.missing"),
        row("reject_intent", &[Reviewer, Governor], NOBODY_ELSE, |stage| end(stage.rejected)),
        row("resolve_quarantine", &[Governor], NOBODY_ELSE, |_| {
            let (finding, evidence) = (e::Finding::GiveUp, "looked".to_owned());
            encode(&e::ResolveQuarantineArgs { intent: 1, finding, evidence })
        })
        .answers("execution.intent.state"),
        row("grant_standing_authorisation", AUTHORS, NOBODY_ELSE, |stage| {
            encode(&authorisation(stage.now_ns))
        }),
        row("revoke_standing_authorisation", AUTHORS, NOBODY_ELSE, |_| {
            encode(&e::AuthorisationArgs { authorisation: 1 })
        }),
        row("list_standing_authorisations", READERS, NOBODY_ELSE, page),
        row("list_orphans", READERS, NOBODY_ELSE, page),
        row("acknowledge_orphan", &[Governor], NOBODY_ELSE, |_| {
            encode(&e::OrphanArgs { orphan: 1 })
        })
        .answers("execution.orphan.not_found"),
    ]
}

fn assets() -> Vec<Row<Stage>> {
    let asset = |_: &Stage| encode(&e::AssetArgs { asset: 1 });
    vec![
        row("adopt_asset", &[Operator, Governor], NOBODY_ELSE, asset),
        public("list_adopted_assets", nothing),
        public("get_deposit_address", asset),
        public("get_signing_keys", nothing),
        row("reference_key", &[Governor], NOBODY_ELSE, |_: &Stage| {
            encode(&e::ReferenceKeyArgs {
                asset: 2,
                scheme: e::KeyScheme::SchnorrBip340,
                key_name: "key_1".to_owned(),
                derivation_path: ByteBuf::from(vec![1, 2]),
            })
        }),
        row("test_ledger_connection", ASKING, NOBODY_ELSE, asset).answers(ANYTHING),
        row("test_bitcoin_connection", ASKING, NOBODY_ELSE, nothing)
            .answers("execution.bitcoin.unserved"),
        row("top_up_canister", &[Operator, Governor], NOBODY_ELSE, |_| {
            encode(&e::TopUpCanisterArgs { canister: person("somebody"), cycles: Nat::from(1_u32) })
        })
        .answers("execution.cycles.unserved"),
        row("test_portfolio_connection", ASKING, NOBODY_ELSE, nothing),
        row("test_risk_guard_connection", ASKING, NOBODY_ELSE, nothing),
        row("set_role", &[Governor], NOBODY_ELSE, |_| {
            let (role, holder) = (e::Role::Backup, person("keeper"));
            encode(&e::SetRoleArgs { role, holder, granted: true })
        }),
        public("list_roles", nothing),
    ]
}

/// Who may call what.
pub(crate) fn rows() -> Vec<Row<Stage>> {
    let mut rows = intents();
    rows.extend(people());
    rows.extend(assets());
    rows.extend(common());
    rows
}

/// Hands with something of everything, and what an attacker knows of them.
pub(crate) fn target() -> (Treasury, Known) {
    let treasury = Treasury::new();
    let stage = Stage::build(&treasury);
    treasury.execution.advance(MINUTE);
    let principals = Who::ALL.iter().map(|who| who.principal());
    let places = [treasury.ledger, treasury.execution.canister, person("payee")];
    let ids = vec![1, stage.approved, stage.revoked, stage.rejected, stage.cancelled];
    let known = Known { ids, principals: principals.chain(places).collect() };
    (treasury, known)
}

#[test]
fn a_rehearsal_of_execution_refuses_every_update() {
    let treasury = Treasury::new();
    let stage = Stage::build(&treasury);
    super::assert_idle_in_a_rehearsal(&treasury.execution, &rows(), &stage);
}

#[test]
fn every_method_of_execution_has_a_row() {
    super::assert_complete(&EXECUTION, &rows());
}

#[test]
fn everybody_gets_what_the_table_of_execution_says() {
    let treasury = Treasury::new();
    let stage = Stage::build(&treasury);
    super::assert_kept(&treasury.execution, &rows(), &stage);
}
