//! What the tests of the rules share: one asset, its limits, people, a time.

use granary_kernel::{Ctx, Profile};
use granary_resilience::breaker::BreakerRule;

use crate::records::asset::Known;
use crate::records::policy::Steward;
use crate::records::reservation::Outflow;
use crate::records::{
    AssetLimits, AssetRow, DestinationRow, FlowRow, Rules, SeatRow, Tier, WindowLimit,
};
use crate::rules::outflow::OutflowView;
use crate::rules::policy::PolicyView;
use crate::rules::treasury;
use crate::types::{
    AssetId, ChangeId, Duration, Principal, Purpose, Scope, SeatState, Standing, Timestamp,
};

/// A time far from zero, in whole days of every span.
const START_SECONDS: u32 = 2_592_000 * 600;

pub(crate) fn at(seconds: u32) -> Timestamp {
    Timestamp::ZERO.saturating_add(Duration::seconds(seconds))
}

/// So many seconds after [`ctx`].
pub(crate) fn after(seconds: u32) -> Timestamp {
    at(START_SECONDS).saturating_add(Duration::seconds(seconds))
}

pub(crate) fn ctx(actor: Principal) -> Ctx {
    Ctx { now: after(0), actor, trace_id: 1 }
}

pub(crate) fn execution() -> Principal {
    Principal::from_slice(&[1, 1])
}
pub(crate) fn governor() -> Principal {
    Principal::from_slice(&[2, 1])
}
pub(crate) fn guardian() -> Principal {
    Principal::from_slice(&[3, 1])
}
pub(crate) fn steward() -> Principal {
    Principal::from_slice(&[4, 1])
}

pub(crate) fn asset() -> AssetId {
    AssetId::new(1).expect("a number")
}

pub(crate) fn breaker_rule() -> BreakerRule {
    treasury::policy(Profile::Production).breaker
}

/// 1,000 for one outflow, 5,000 a day or a tenth of the balance, 20 outflows, worth 1.00 a token.
pub(crate) fn limits() -> AssetLimits {
    let day = WindowLimit { max_amount: 5_000, max_bps: Some(1_000) };
    AssetLimits {
        decimals: 0,
        max_per_tx: 1_000,
        windows: [None, Some(day), None, None],
        max_tx_per_window: 20,
        min_retained_bps: 0,
        min_amount_to_limit: 0,
        reference_value: 100_000_000,
    }
}

/// Up to 500.00 one approval, beyond two and a day.
pub(crate) fn rules() -> Rules {
    let day = Duration::seconds(86_400);
    let mut rules = Rules::first(after(0), Duration::seconds(2 * 86_400), day.max(day));
    rules.announce_delay = Duration::seconds(3 * 86_400);
    rules.allow_list_only = false;
    rules.first_use_delay = Duration::seconds(3_600);
    rules.tiers = vec![
        Tier { up_to_value: 50_000_000_000, approvals: 1, delay: Duration::ZERO },
        Tier { up_to_value: u128::MAX, approvals: 2, delay: day },
    ];
    rules.steward = Steward { max_change_bps: 1_000, min_delay: day };
    rules
}

pub(crate) fn row() -> AssetRow {
    AssetRow { limits: Some(limits()), changed_at: [after(0); 5], ..AssetRow::default() }
}

pub(crate) fn known(balance: u128) -> Known {
    Known { balance, at: after(0), ..Known::default() }
}

pub(crate) fn outflow(amount: u128) -> Outflow {
    Outflow {
        intent: 7,
        asset: asset(),
        amount,
        destination: [9; 32],
        initiator: governor(),
        purpose: Purpose::Grant,
        announcement: None,
    }
}

pub(crate) fn view<'a>(rules: &'a Rules, breaker_rule: &'a BreakerRule) -> OutflowView<'a> {
    let first_used_at = Some(after(0));
    OutflowView {
        rules,
        row: row(),
        flows: crate::rules::advanced(Box::new([FlowRow::default(); 4]), after(0)),
        sealed: None,
        breaker: granary_resilience::breaker::Breaker::new(),
        breaker_rule,
        is_insolvent: false,
        treasury: None,
        destination: DestinationRow { standing: Standing::Unlisted, first_used_at },
        announcement: None,
    }
}

pub(crate) fn policy_view(rules: &Rules) -> PolicyView<'_> {
    PolicyView {
        rules,
        profile: Profile::Production,
        assets: vec![(asset(), row())],
        destinations: vec![],
        waiting: 0,
        next: ChangeId::new(1),
    }
}

pub(crate) fn seat(scope: Scope) -> SeatRow {
    SeatRow {
        scope,
        holder: guardian(),
        heartbeat: Duration::seconds(7 * 86_400),
        alive_until: after(7 * 86_400),
        state: SeatState::Armed,
        armed_at: after(0),
        times_armed: 1,
        times_used: 0,
    }
}
