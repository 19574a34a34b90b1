//! Stable memory with many reservations: most of them settled, some held, in windows of four
//! assets.

use candid::Principal;
use granary_kernel::{CanisterStore as _, Ctx, Profile};
use granary_tests::people::{Who, person};
use granary_units::{Duration, Timestamp};
use ic_stable_structures::VectorMemory;
use risk_guard_core::{
    errors::GuardError,
    records::{
        AssetLimits, Role, Rules, Tier, WindowLimit,
        policy::{AssetChange, PolicyChange, Steward},
    },
    rules::reserve::Verdict,
    store::{Install, Store, Wanted},
    types::{Hash, Purpose, Scope},
};

use crate::subject;

/// Time of the first reservation: the network's earliest time and a day.
const BEGIN_NS: u64 = 1_620_414_000_000_000_000;
/// Between two reservations.
const STEP_NS: u64 = 20_000_000_000;
const DAY_NS: u64 = 86_400_000_000_000;
const HOUR_NS: u64 = 3_600_000_000_000;

/// Assets that may leave.
pub(crate) const ASSETS: u64 = 4;
/// One reservation in so many is held; the others are committed.
const ONE_HELD_IN: u64 = 10;
/// Reservations that go to one destination.
const PER_DESTINATION: u64 = 10;

/// A growing state.
pub(crate) struct Seed {
    memory: VectorMemory,
    store: Store<VectorMemory>,
    rows: u64,
}

impl Seed {
    /// An installed canister without reservations.
    pub(crate) fn new() -> Result<Self, String> {
        let memory = VectorMemory::default();
        let roles = [
            (Role::Execution, Who::Execution),
            (Role::Reader, Who::Reader),
            (Role::Steward, Who::Steward),
            (Role::Auditor, Who::Auditor),
            (Role::Operator, Who::Operator),
        ];
        let common = granary_kernel::Install {
            governor: Who::Governor.principal(),
            roles: roles.map(|(role, who)| (role, who.principal())).to_vec(),
            profile: Profile::Testing,
            importing: false,
            peers: vec![],
            code_version: "0.1.0".to_owned(),
        };
        let install = Install { common, policy: policy() };
        let ctx = ctx(Who::Governor.principal(), BEGIN_NS - DAY_NS / 2);
        let mut store = Store::install(memory.clone(), install, &ctx).map_err(|e| e.to_string())?;
        // A guardian's seat, and a seal that is looked at by every outflow and stops none of these.
        let guardian = Who::Guardian.principal();
        let month = Duration::from_nanos(30 * DAY_NS);
        store.arm_seat(&ctx, Scope::All, guardian, month).map_err(words)?;
        Ok(Self { memory, store, rows: 0 })
    }

    fn add(&mut self, number: u64) -> Result<(), GuardError> {
        let now = BEGIN_NS + number * STEP_NS;
        let execution = ctx(Who::Execution.principal(), now);
        let verdict = self.store.reserve_outflow(&execution, &wanted(number))?;
        assert!(matches!(verdict, Verdict::Held(..)), "{number}: {verdict:?}");
        if !number.is_multiple_of(ONE_HELD_IN) {
            self.store.commit_outflow(&execution, number)?;
        }
        Ok(())
    }

    /// Lets what nobody spoke of expire.
    fn tick(&mut self, now: u64) -> Result<(), String> {
        let ctx = ctx(Who::Governor.principal(), now);
        let report = self.store.tick(&ctx, &mut || true).map_err(words)?;
        match report.failed.into_iter().next() {
            Some((job, error)) => Err(format!("job {}: {}", job.kind, words(error))),
            None => Ok(()),
        }
    }
}

impl subject::Seed for Seed {
    fn grow_to(&mut self, rows: u64) -> Result<(), String> {
        while self.rows < rows {
            self.add(self.rows).map_err(words)?;
            self.rows += 1;
            if self.rows.is_multiple_of(100) {
                self.tick(BEGIN_NS + self.rows * STEP_NS - STEP_NS / 2)?;
            }
        }
        Ok(())
    }

    fn image(&self) -> Vec<u8> {
        self.memory.borrow().clone()
    }

    fn time_after(&self, rows: u64) -> u64 {
        BEGIN_NS + rows * STEP_NS + HOUR_NS
    }
}

/// An outflow of the intent with this number.
pub(crate) fn wanted(number: u64) -> Wanted {
    Wanted {
        intent: number,
        asset: number % ASSETS + 1,
        amount: 1_000,
        destination: destination(number / PER_DESTINATION),
        initiator: person("initiator"),
        purpose: Purpose::Grant,
        announcement: None,
    }
}

/// A destination by number.
pub(crate) fn destination(number: u64) -> Hash {
    let mut key = [7; 32];
    // Spread over the tree as digests are.
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    key[..8].copy_from_slice(&spread.to_be_bytes());
    key
}

fn policy() -> PolicyChange {
    let window = |max_amount| Some(WindowLimit { max_amount, max_bps: Some(10_000) });
    let limits = AssetLimits {
        decimals: 8,
        max_per_tx: 1_000_000,
        windows: [window(1 << 40), window(1 << 50), window(1 << 60), window(1 << 70)],
        max_tx_per_window: 1_000_000,
        min_retained_bps: 0,
        min_amount_to_limit: 0,
        reference_value: 100_000_000,
    };
    let minute = Duration::from_nanos(60_000_000_000);
    let mut rules = Rules::first(Timestamp::from_nanos(BEGIN_NS), minute, minute);
    rules.allow_list_only = false;
    rules.steward = Steward { max_change_bps: 1_000, min_delay: minute };
    let tier = |up_to_value, approvals| Tier { up_to_value, approvals, delay: minute };
    rules.tiers = vec![tier(1_000, 0), tier(1_000_000, 1), tier(u128::MAX, 2)];
    let limited = |asset| AssetChange { asset, limits: Some(limits) };
    PolicyChange {
        rules: Some(rules),
        assets: (1..=4).map(limited).collect(),
        destinations: vec![],
    }
}

fn words(error: GuardError) -> String {
    granary_errors::Error::from(error).to_string()
}

fn ctx(actor: Principal, now_ns: u64) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now_ns), actor, trace_id: now_ns }
}
