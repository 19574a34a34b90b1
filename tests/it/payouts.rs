//! Payouts on their way to `execution`, which is a canister here that always answers the same.

use candid::Principal;
use granary_api::{
    common::{HealthStatus, Mode, Receipt},
    execution::{Destination, Intent, IntentState, Origin},
    micro_grants::{Payout, PayoutState, RequestPayoutArgs, UpgradeArgs},
    portfolio::ExternalRef,
};
use granary_errors::{Category, Error};
use granary_tests::{
    clock::{DAY, MINUTE},
    fixtures::{self, DOLLAR},
    modules,
    people::Who,
    reply::Expect,
    world::{World, encode},
};
use pocket_ic::CanisterSettings;

use crate::world;

const AMOUNT: u128 = 5 * DOLLAR;
/// Longer than any wait between two questions.
const SOON: u64 = 11 * MINUTE;

/// A canister in the place of `execution`.
struct Hands<'a> {
    world: &'a World,
    canister: Principal,
}

impl<'a> Hands<'a> {
    /// One that answers nothing yet.
    fn new(world: &'a World) -> Self {
        let controller = Who::Controller.principal();
        let settings =
            CanisterSettings { controllers: Some(vec![controller]), ..Default::default() };
        let network = world.network();
        let canister = network.create_canister_with_settings(Some(controller), Some(settings));
        network.add_cycles(canister, 1_000_000_000_000);
        network.install_canister(canister, modules::empty(), vec![], Some(controller));
        Self { world, canister }
    }

    /// From now on payout 1 is intent 7, and stands there.
    fn says(&self, state: IntentState, reason: Option<&str>) {
        let block = ExternalRef::Icrc { ledger: self.canister, block: 88 };
        let intent = Intent {
            id: 7,
            idempotency_key: "grant-1-from-0".to_owned(),
            origin: Origin::Grant { grant: 1, payout: 1 },
            initiator: self.world.canister,
            asset: 1,
            destination: Destination::Icrc(Who::Applicant.principal().into()),
            amount_units: AMOUNT,
            fee_units: 10,
            state,
            external_ref: (state == IntentState::Settled).then_some(block),
            booked: false,
            attempts: 1,
            reason: reason.map(str::to_owned),
            approvals_needed: 0,
            approvals: vec![],
            eta_ns: None,
            created_at_ns: 0,
            expires_at_ns: 0,
            settled_at_ns: None,
        };
        let receipt = Receipt { id: 7, event: 0, at_ns: 0 };
        let module = modules::replying(&[
            ("canister_update submit_intent", encode(&Ok::<_, Error>(receipt))),
            ("canister_query get_intent", encode(&Ok::<_, Error>(intent))),
        ]);
        let controller = Some(Who::Controller.principal());
        let network = self.world.network();
        network.upgrade_canister(self.canister, module, vec![], controller).expect("stateless");
    }

    fn wire(&self) {
        let governor = self.world.by(Who::Governor);
        self.world
            .caller(Who::Governor)
            .set_peer("execution", Some(self.canister))
            .value("where it is");
        governor.set_portfolio_asset(Some(1)).value("what is paid");
    }
}

/// A lump sum that was asked for, as payout 1; its programme.
fn queued(world: &World) -> u64 {
    let program = fixtures::open_program(world);
    let grant = fixtures::active_grant(world, program, fixtures::content(AMOUNT));
    let args = RequestPayoutArgs { grant, milestone: None, idempotency_key: None };
    let payout = world.by(Who::Applicant).request_payout(args).value("asked for").id;
    assert_eq!((grant, payout), (1, 1));
    program
}

fn look(world: &World) -> Payout {
    world.by(Who::Anonymous).get_payout(1).value("the payout")
}

fn why(world: &World) -> String {
    look(world).reason.unwrap_or_default()
}

/// Lets so much time pass that whatever waits is due, and the answers come.
fn later(world: &World) {
    for _ in 0..3 {
        world.advance(SOON / 3);
    }
}

#[test]
fn g3_what_was_queued_before_execution_was_known_is_paid_once() {
    let world = world();
    let program = queued(&world);
    later(&world);
    assert_eq!(look(&world).state, PayoutState::Queued);
    assert!(why(&world).contains("execution"), "{}", why(&world));
    let hands = Hands::new(&world);
    world.caller(Who::Governor).set_peer("execution", Some(hands.canister)).value("told");
    assert!(why(&world).contains("asset"), "{}", why(&world));
    // It does not speak yet: nobody knows what became of it, and it is asked again.
    let args = UpgradeArgs { portfolio_asset: Some(1), ..UpgradeArgs::default() };
    world.upgrade_with(args).expect("the upgrade");
    later(&world);
    assert_eq!(look(&world).state, PayoutState::Queued);
    assert!(!why(&world).is_empty());

    hands.says(IntentState::AwaitingApproval, None);
    later(&world);
    let sent = look(&world);
    assert_eq!((sent.state, sent.intent, sent.reason), (PayoutState::Sent, Some(7), None));
    world.upgrade();
    later(&world);
    assert_eq!(look(&world).state, PayoutState::Sent);
    hands.says(IntentState::Settled, None);
    later(&world);
    assert_eq!(look(&world).state, PayoutState::Settled);
    let budget = world.by(Who::Auditor).get_budget(program).value("budget");
    assert_eq!((budget.committed_units, budget.paid_units), (0, AMOUNT));
    assert_eq!((budget.queued_payouts, budget.queued_units), (0, 0));
    later(&world);
    fixtures::assert_valid(&world);
}

#[test]
fn g8_while_outflows_are_frozen_nothing_leaves_and_what_left_is_settled() {
    let world = world();
    queued(&world);
    let hands = Hands::new(&world);
    hands.says(IntentState::Submitting, None);
    let mode = |mode| {
        world.caller(Who::Governor).set_mode(mode, "a thief").value("the mode");
    };
    mode(Mode::OutflowsFrozen);
    hands.wire();
    later(&world);
    assert_eq!(look(&world).state, PayoutState::Queued);
    assert!(why(&world).contains("no payout is queued"), "{}", why(&world));
    mode(Mode::Full);
    later(&world);
    assert_eq!(look(&world).state, PayoutState::Sent);
    mode(Mode::OutflowsFrozen);
    hands.says(IntentState::Settled, None);
    later(&world);
    assert_eq!(look(&world).state, PayoutState::Settled);
    fixtures::assert_valid(&world);
}

#[test]
fn g3_what_was_denied_is_tried_again_by_a_manager_only() {
    let world = world();
    queued(&world);
    let hands = Hands::new(&world);
    hands.says(IntentState::Denied, Some("the limit of the day"));
    hands.wire();
    later(&world);
    let failed = look(&world);
    assert_eq!((failed.state, failed.failures), (PayoutState::Failed, 1));
    assert_eq!(failed.reason.as_deref(), Some("the limit of the day"));
    let health = world.by(Who::Operator).get_system_health().value("health");
    let component = health.components.iter().find(|one| one.name == "payouts").unwrap();
    assert_eq!(component.status, HealthStatus::Degraded);
    assert!(component.reason.contains("the limit of the day"), "{}", component.reason);
    world.advance(DAY);
    assert_eq!(look(&world), failed, "nothing happens by itself");
    let refused = world.by(Who::Applicant).retry_payout(1);
    refused.refused(Category::Unauthorized, "the grantee");
    world.by(Who::Manager).retry_payout(1).value("the manager");
    later(&world);
    // It answers with the intent of the first attempt, which settles nothing of the second.
    hands.says(IntentState::Settled, None);
    later(&world);
    assert_eq!(look(&world).state, PayoutState::Sent);
    assert!(why(&world).contains("not the one"), "{}", why(&world));
    fixtures::assert_valid(&world);
}
