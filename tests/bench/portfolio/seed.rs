//! Stable memory with many entries of many users, committed to as far as they go.

use candid::Principal;
use granary_kernel::{CanisterStore as _, Ctx, Profile};
use granary_tests::people::{Who, person};
use granary_units::{Duration, Timestamp};
use ic_stable_structures::VectorMemory;
use portfolio_core::{
    errors::PortfolioError,
    records::{AssetKind, LedgerAccount, Role},
    rules::register_asset::AssetInput,
    store::{PostInput, PostingInput, ReferenceInput, Settings, Store, Tuning},
    types::{EntryKind, Owner, Signed},
};

use crate::subject;

/// Time of the first entry: the network's earliest time and a day.
const BEGIN_NS: u64 = 1_620_414_000_000_000_000;
/// Between two entries.
const STEP_NS: u64 = 1_000_000_000;
const DAY_NS: u64 = 86_400_000_000_000;

/// Assets there are; the user with number 0 has some of each.
pub(crate) const ASSETS: u64 = 20;
/// Entries of one user, spread over the whole time.
pub(crate) const PER_USER: u64 = 10;
/// Accounts that are there before the first user's: three of each asset.
pub(crate) const FUNDED_ACCOUNTS: u64 = 3 * ASSETS;
/// Entries between two looks at what is due; each look takes a new commitment.
const COMMIT_EVERY: u64 = 10_000;
/// What the treasury begins with, of each asset.
const FUNDS: u128 = 1 << 100;

/// A growing state.
pub(crate) struct Seed {
    memory: VectorMemory,
    store: Store<VectorMemory>,
    rows: u64,
}

impl Seed {
    /// Installed books with funded assets.
    pub(crate) fn new() -> Result<Self, String> {
        let memory = VectorMemory::default();
        let roles = [
            (Role::Execution, Who::Execution),
            (Role::Reader, Who::Reader),
            (Role::Auditor, Who::Auditor),
            (Role::Operator, Who::Operator),
        ];
        let base = granary_kernel::Install {
            governor: Who::Governor.principal(),
            roles: roles.map(|(role, who)| (role, who.principal())).to_vec(),
            profile: Profile::Testing,
            importing: false,
            peers: vec![],
            code_version: "0.1.0".to_owned(),
        };
        // Reconciliation is measured elsewhere; here its job must not come in between.
        let tuning = Tuning { reconcile_every: Some(week()), ..Tuning::default() };
        let settings = Settings { base, tuning };
        let ctx = ctx(Who::Operator.principal(), BEGIN_NS - DAY_NS / 2);
        let mut store =
            Store::install(memory.clone(), settings, &ctx).map_err(|e| e.to_string())?;
        for number in 1..=ASSETS {
            store.register_asset(&ctx, &asset(number)).map_err(words)?;
        }
        let mut seed = Self { memory, store, rows: 0 };
        seed.fund().map_err(words)?;
        Ok(seed)
    }

    fn fund(&mut self) -> Result<(), PortfolioError> {
        let ctx = ctx(Who::Execution.principal(), BEGIN_NS - DAY_NS / 4);
        for number in 1..=ASSETS {
            let outside = Owner::External([1; 32]);
            let from = vec![leg(Owner::Treasury, number, FUNDS), back(outside, number, FUNDS)];
            self.store.post_entry(&ctx, &entry(EntryKind::Deposit, from), None)?;
            let some = vec![leg(Owner::User(0), number, 5), back(Owner::Treasury, number, 5)];
            self.store.post_entry(&ctx, &entry(EntryKind::Transfer, some), None)?;
        }
        Ok(())
    }

    fn add(&mut self, number: u64) -> Result<(), PortfolioError> {
        let ctx = ctx(Who::Execution.principal(), BEGIN_NS + number * STEP_NS);
        let asset = number % ASSETS + 1;
        let legs = vec![
            leg(Owner::User(user_of(number)), asset, 1_000),
            back(Owner::Treasury, asset, 1_000),
        ];
        let mut input = entry(EntryKind::Transfer, legs);
        input.intent = Some(number);
        input.external_ref = Some(ReferenceInput::Icrc { ledger: ledger(asset), block: number });
        self.store.post_entry(&ctx, &input, None)?;
        Ok(())
    }

    /// Folds what was posted until nothing is left to fold.
    fn commit(&mut self, now_ns: u64) -> Result<(), String> {
        let mut now_ns = now_ns;
        loop {
            now_ns += 120 * STEP_NS;
            let before = self.store.epochs();
            let ctx = ctx(Who::Governor.principal(), now_ns);
            let report = self.store.tick(&ctx, &mut || true).map_err(words)?;
            if let Some((job, error)) = report.failed.into_iter().next() {
                return Err(format!("job {}: {}", job.kind, words(error)));
            }
            if self.store.epochs() == before {
                return Ok(());
            }
        }
    }
}

impl subject::Seed for Seed {
    fn grow_to(&mut self, rows: u64) -> Result<(), String> {
        while self.rows < rows {
            self.add(self.rows).map_err(words)?;
            self.rows += 1;
            if self.rows.is_multiple_of(COMMIT_EVERY) {
                self.commit(BEGIN_NS + self.rows * STEP_NS - STEP_NS)?;
            }
        }
        self.commit(self.time_after(rows) - DAY_NS / 2)
    }

    fn image(&self) -> Vec<u8> {
        self.memory.borrow().clone()
    }

    fn time_after(&self, rows: u64) -> u64 {
        BEGIN_NS + rows * STEP_NS + DAY_NS
    }
}

/// The user of the entry with this number; each comes back after all the others of the same part.
pub(crate) fn user_of(number: u64) -> u64 {
    1 + number / ASSETS / PER_USER * ASSETS + number % ASSETS
}

/// The ledger of an asset.
pub(crate) fn ledger(asset: u64) -> Principal {
    person(&format!("ledger {asset}"))
}

fn asset(number: u64) -> AssetInput {
    AssetInput {
        symbol: format!("T{number}"),
        decimals: 6,
        kind: AssetKind::Icrc { ledger: ledger(number), fee: 10 },
        treasury: LedgerAccount { owner: person("treasury"), subaccount: [0; 32] },
        first_block: 0,
    }
}

fn leg(owner: Owner, asset: u64, units: u128) -> PostingInput {
    PostingInput { owner, asset, delta: Signed::new(false, units) }
}

fn back(owner: Owner, asset: u64, units: u128) -> PostingInput {
    PostingInput { owner, asset, delta: Signed::new(true, units) }
}

fn entry(kind: EntryKind, postings: Vec<PostingInput>) -> PostInput {
    PostInput { kind, intent: None, external_ref: None, postings }
}

fn week() -> Duration {
    Duration::seconds(7 * 86_400)
}

fn ctx(actor: Principal, now_ns: u64) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now_ns), actor, trace_id: now_ns }
}

fn words(error: PortfolioError) -> String {
    granary_errors::Error::from(error).to_string()
}
