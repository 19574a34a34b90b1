//! `execution` with a ledger, the books and the guard it pays through.

mod payments;
mod restores;
mod saga;

use std::sync::Arc;

use granary_api::{common as c, execution as e, portfolio as p, risk_guard as r};
use granary_tests::{
    clock::SECOND,
    engine::Engine,
    ledger::{self, TestLedger},
    people::{Who, person},
    reply::Expect,
    subject::{EXECUTION, PORTFOLIO, RISK_GUARD, SetRole},
    world::World,
};
use pocket_ic::PocketIc;

use crate::localnet;

/// What the treasury begins with: ten thousand tokens of eight decimals.
pub(crate) const FUNDS: u128 = 1_000_000_000_000;
/// A token.
pub(crate) const TOKEN: u128 = 100_000_000;

/// The canisters a payment goes through, told about each other as an operator would.
pub(crate) struct Treasury {
    pub(crate) portfolio: World,
    pub(crate) risk_guard: World,
    pub(crate) execution: World,
    pub(crate) ledger: candid::Principal,
}

impl Treasury {
    /// A funded treasury whose first asset is adopted.
    pub(crate) fn new() -> Self {
        Self::on(&Arc::new(Engine::shared(localnet()).instance()))
    }

    /// The same on a network that is there already.
    pub(crate) fn on(network: &Arc<PocketIc>) -> Self {
        let [portfolio, risk_guard, execution] =
            [&PORTFOLIO, &RISK_GUARD, &EXECUTION].map(|subject| {
                let world = World::on(network, subject);
                world.install_encoded((subject.init)());
                world
            });
        let mut args = ledger::init_args(&[(execution.canister.into(), FUNDS)]);
        args.decimals = 8;
        let ledger = TestLedger::install(network, ledger::minter(), &args).canister;
        let treasury = Self { portfolio, risk_guard, execution, ledger };
        treasury.open_books();
        treasury.wire();
        treasury
    }

    fn open_books(&self) {
        let kind = p::AssetKind::Icrc { ledger: self.ledger, fee_units: ledger::FEE.into() };
        let (symbol, treasury) = ("TUSD".to_owned(), self.execution.canister.into());
        let args = p::RegisterAssetArgs { symbol, decimals: 8, kind, treasury, first_block: None };
        self.portfolio.caller(Who::Operator).receipt("register_asset", &args).value("an asset");
        let leg = |owner, delta: i128| p::Posting { owner, asset: 1, delta_units: delta.into() };
        let funds = i128::try_from(FUNDS).unwrap();
        let outside = p::AccountOwner::External(vec![7; 32].into());
        let deposit = p::PostEntryArgs {
            kind: p::EntryKind::Deposit,
            intent: None,
            external_ref: Some(p::ExternalRef::Icrc { ledger: self.ledger, block: 0 }),
            postings: vec![leg(p::AccountOwner::Treasury, funds), leg(outside, -funds)],
            idempotency_key: None,
        };
        self.portfolio.caller(Who::Execution).receipt("post_entry", &deposit).value("funds");
    }

    fn wire(&self) {
        let holder = self.execution.canister;
        let governor = self.portfolio.caller(Who::Governor);
        let role = p::Role::Execution;
        governor.receipt("set_role", &SetRole { role, holder, granted: true }).value("posts");
        let (role, reader) = (p::Role::Reader, self.risk_guard.canister);
        let reads = SetRole { role, holder: reader, granted: true };
        governor.receipt("set_role", &reads).value("reads");
        let governor = self.risk_guard.caller(Who::Governor);
        let role = r::Role::Execution;
        governor.receipt("set_role", &SetRole { role, holder, granted: true }).value("reserves");
        governor.set_peer("portfolio", Some(self.portfolio.canister)).value("where the books are");
        let governor = self.execution.caller(Who::Governor);
        governor.set_peer("portfolio", Some(self.portfolio.canister)).value("where the books are");
        governor.set_peer("risk_guard", Some(self.risk_guard.canister)).value("where the guard is");
        self.adopt();
    }

    /// Adopts the first asset.
    pub(crate) fn adopt(&self) {
        let operator = self.execution.caller(Who::Operator);
        operator.receipt("adopt_asset", &e::AssetArgs { asset: 1 }).value("an asset of the books");
    }

    /// The ledger.
    pub(crate) fn ledger(&self) -> TestLedger<'_> {
        TestLedger::at(self.execution.network(), self.ledger)
    }

    /// Submits a payout; its number.
    pub(crate) fn submit(&self, n: u64, amount: u128) -> u64 {
        let answer =
            self.execution.caller(Who::Service).receipt("submit_intent", &payout(n, amount));
        answer.value("an intent").id
    }

    /// An intent.
    pub(crate) fn intent(&self, intent: u64) -> e::Intent {
        let args = e::IntentArgs { intent };
        self.execution.caller(Who::Auditor).query("get_intent", &args).value("an intent")
    }

    /// An intent with everything that is known about it.
    pub(crate) fn details(&self, intent: u64) -> e::IntentDetails {
        let args = e::IntentArgs { intent };
        self.execution.caller(Who::Auditor).query("get_intent_details", &args).value("an intent")
    }

    /// Lets time pass until the intent is as wanted; fails after `minutes`.
    pub(crate) fn until(
        &self,
        intent: u64,
        minutes: u64,
        wanted: impl Fn(&e::Intent) -> bool,
    ) -> e::Intent {
        for _ in 0..minutes * 6 {
            let found = self.intent(intent);
            if wanted(&found) {
                return found;
            }
            self.execution.advance(10 * SECOND);
        }
        panic!("it stays as it is: {:#?}", self.details(intent));
    }

    /// Lets time pass until the intent is paid and everybody knows it.
    pub(crate) fn paid(&self, intent: u64, minutes: u64) -> e::Intent {
        self.until(intent, minutes, |intent| intent.booked)
    }

    /// What the payee has got.
    pub(crate) fn received(&self) -> u128 {
        self.ledger().balance(person("payee"))
    }

    /// The reservation of an intent at the guard.
    pub(crate) fn reservation(&self, intent: u64) -> r::Reservation {
        let args = r::ReservationArgs { intent };
        let caller = self.risk_guard.caller(Who::Execution);
        caller.query("get_reservation", &args).value("a reservation")
    }

    /// What the books say the treasury has.
    pub(crate) fn booked(&self) -> i128 {
        let args = p::GetBalancesArgs { owner: p::AccountOwner::Treasury, assets: Some(vec![1]) };
        let caller = self.portfolio.caller(Who::Reader);
        let found: Vec<p::Balance> = caller.query("get_balances", &args).value("balances");
        i128::try_from(&found[0].balance_units.0).unwrap()
    }

    /// No invariant of any canister is broken, and books and ledger agree.
    #[track_caller]
    pub(crate) fn assert_agrees(&self) {
        for world in [&self.portfolio, &self.risk_guard, &self.execution] {
            granary_tests::fixtures::assert_valid(world);
        }
        let held = i128::try_from(self.ledger().balance(self.execution.canister)).unwrap();
        assert_eq!(self.booked(), held, "books and ledger");
    }

    /// The mode of the hands.
    pub(crate) fn set_mode(&self, mode: c::Mode) {
        self.execution.caller(Who::Governor).set_mode(mode, "a test").value("the governor may");
    }
}

/// A payout of the grants' canister to one payee.
pub(crate) fn payout(n: u64, amount_units: u128) -> e::SubmitIntentArgs {
    e::SubmitIntentArgs {
        idempotency_key: format!("payout-{n}"),
        origin: e::Origin::Grant { grant: 1, payout: n },
        asset: 1,
        destination: e::Destination::Icrc(person("payee").into()),
        amount_units,
        announcement: None,
        expires_at_ns: None,
    }
}
