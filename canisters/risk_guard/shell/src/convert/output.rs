//! The core's types to the wire's.

use granary_api::risk_guard as r;
use granary_resilience::breaker::BreakerState;
use risk_guard_core::records::reservation::Needs;
use risk_guard_core::records::{
    AlertRow, AnnouncementRow, ChangeRow, ChangeState, DestinationRow, Escalation, ReservationRow,
    Role, SealRow, SeatRow, ServiceRow,
};
use risk_guard_core::rules::explain::{Path, Way};
use risk_guard_core::rules::outflow::Denial;
use risk_guard_core::rules::reserve::Verdict;
use risk_guard_core::store::{LimitsStatus, WindowStatus};
use risk_guard_core::types::{
    AlertState, AnnouncementState, Id, Level, Purpose, ReservationId, ReservationState, Scope,
    SealState, SeatState, Service, Timestamp,
};
use serde_bytes::ByteBuf;

use crate::convert::policy;
use crate::state::Guard;

/// A role.
pub const fn role(role: Role) -> r::Role {
    match role {
        Role::Execution => r::Role::Execution,
        Role::Reader => r::Role::Reader,
        Role::Steward => r::Role::Steward,
        Role::Auditor => r::Role::Auditor,
        Role::Operator => r::Role::Operator,
        Role::Backup => r::Role::Backup,
        Role::Governor => r::Role::Governor,
    }
}

/// What an outflow is for.
pub const fn purpose(purpose: Purpose) -> r::Purpose {
    match purpose {
        Purpose::Grant => r::Purpose::Grant,
        Purpose::Plan => r::Purpose::Plan,
        Purpose::Manual => r::Purpose::Manual,
        Purpose::Cycles => r::Purpose::Cycles,
    }
}

/// Why an outflow may not happen.
pub fn denial(denial: &Denial) -> r::Denial {
    r::Denial {
        rule: denial.rule.name().to_owned(),
        remaining_units: denial.remaining,
        retry_at_ns: denial.retry_at.map(Timestamp::as_nanos),
        reason: denial.rule.reason().to_owned(),
    }
}

/// What an outflow needs.
pub const fn requirements(needs: &Needs) -> r::Requirements {
    r::Requirements {
        policy_version: needs.policy_version,
        tier: needs.tier,
        approvals: needs.approvals,
        delay_ns: needs.delay.as_nanos(),
    }
}

/// Where a reservation stands.
pub const fn state(state: ReservationState) -> r::ReservationState {
    match state {
        ReservationState::Held => r::ReservationState::Held,
        ReservationState::Committed => r::ReservationState::Committed,
        ReservationState::Released => r::ReservationState::Released,
        ReservationState::Expired => r::ReservationState::Expired,
    }
}

/// A reservation, as whoever moves the money reads it.
pub fn reservation(id: ReservationId, row: &ReservationRow) -> r::Reservation {
    r::Reservation {
        id: id.wire(),
        intent: row.outflow.intent,
        asset: row.outflow.asset.wire(),
        amount_units: row.outflow.amount,
        state: state(row.state),
        expires_at_ns: row.expires_at.as_nanos(),
        requirements: requirements(&row.needs),
    }
}

/// A reservation, as people read it.
pub fn reservation_view((id, row): (ReservationId, ReservationRow)) -> r::ReservationView {
    let outflow = row.outflow;
    r::ReservationView {
        id: id.wire(),
        intent: outflow.intent,
        asset: outflow.asset.wire(),
        amount_units: outflow.amount,
        destination: ByteBuf::from(outflow.destination),
        initiator: outflow.initiator,
        purpose: purpose(outflow.purpose),
        announcement: outflow.announcement.map(Id::wire),
        state: state(row.state),
        requirements: requirements(&row.needs),
        reserved_at_ns: row.reserved_at.as_nanos(),
        expires_at_ns: row.expires_at.as_nanos(),
        settled_at_ns: row.settled_at.map(Timestamp::as_nanos),
    }
}

/// The answer to `reserve_outflow`.
pub fn verdict(verdict: &Verdict) -> r::Verdict {
    match verdict {
        Verdict::Held(id, row) => r::Verdict::Held(reservation(*id, row)),
        Verdict::Denied(why) => r::Verdict::Denied(denial(why)),
    }
}

/// The answer to `assess_outflow`.
pub fn assessment(verdict: &Verdict) -> r::Assessment {
    match verdict {
        Verdict::Held(_, row) => r::Assessment::Allowed(requirements(&row.needs)),
        Verdict::Denied(why) => r::Assessment::Denied(denial(why)),
    }
}

fn scope(scope: &Scope) -> r::Scope {
    match scope {
        Scope::All => r::Scope::All,
        Scope::Asset(asset) => r::Scope::Asset(asset.wire()),
        Scope::Purpose(given) => r::Scope::Purpose(purpose(*given)),
        Scope::Destination(digest) => r::Scope::Destination(ByteBuf::from(*digest)),
    }
}

/// An announcement; time ripens and ends it.
pub fn announcement<K>((id, row): (Id<K>, AnnouncementRow), now: Timestamp) -> r::Announcement {
    let state = match row.state {
        AnnouncementState::Announced if now > row.latest_at => r::AnnouncementState::Lapsed,
        AnnouncementState::Announced if now >= row.earliest_at => r::AnnouncementState::Ripe,
        AnnouncementState::Announced => r::AnnouncementState::Announced,
        AnnouncementState::Used => r::AnnouncementState::Used,
        AnnouncementState::Lapsed => r::AnnouncementState::Lapsed,
        AnnouncementState::Cancelled => r::AnnouncementState::Cancelled,
    };
    r::Announcement {
        id: id.wire(),
        asset: row.asset.wire(),
        amount_units: row.amount,
        destination: ByteBuf::from(row.destination),
        announced_by: row.by,
        announced_at_ns: row.announced_at.as_nanos(),
        earliest_at_ns: row.earliest_at.as_nanos(),
        latest_at_ns: row.latest_at.as_nanos(),
        state,
        intent: row.intent,
    }
}

/// A seal; time ends it.
pub fn seal<K>((id, row): (Id<K>, SealRow), now: Timestamp) -> r::Seal {
    let state = match row.state {
        SealState::Active if row.is_active(now) => r::SealState::Active,
        SealState::Active | SealState::Expired => r::SealState::Expired,
        SealState::Lifted => r::SealState::Lifted,
    };
    r::Seal {
        id: id.wire(),
        scope: scope(&row.scope),
        sealed_by: row.by,
        seat: row.seat.map(Id::wire),
        sealed_at_ns: row.at.as_nanos(),
        expires_at_ns: row.expires_at.as_nanos(),
        state,
        reason: row.reason,
    }
}

/// A seat; silence disarms it.
pub fn seat<K>((id, row): (Id<K>, SeatRow), now: Timestamp) -> r::Seat {
    r::Seat {
        id: id.wire(),
        scope: scope(&row.scope),
        holder: row.holder,
        state: match row.state_at(now) {
            SeatState::Armed => r::SeatState::Armed,
            SeatState::Used => r::SeatState::Used,
            SeatState::Lapsed => r::SeatState::Lapsed,
            SeatState::Disarmed => r::SeatState::Disarmed,
        },
        heartbeat_ns: row.heartbeat.as_nanos(),
        alive_until_ns: row.alive_until.as_nanos(),
        armed_at_ns: row.armed_at.as_nanos(),
        times_armed: row.times_armed,
        times_used: row.times_used,
    }
}

/// A change of the policy with its course.
pub fn change<K>(
    (id, row): (Id<K>, ChangeRow),
    version: u64,
    now: Timestamp,
) -> r::PolicyChangeView {
    let state = match row.state_at(version, now) {
        ChangeState::Proposed => r::PolicyChangeState::Proposed,
        ChangeState::Applied => r::PolicyChangeState::Applied,
        ChangeState::Superseded => r::PolicyChangeState::Superseded,
        ChangeState::Withdrawn => r::PolicyChangeState::Withdrawn,
        ChangeState::Lapsed => r::PolicyChangeState::Lapsed,
    };
    r::PolicyChangeView {
        id: id.wire(),
        change: policy::shown_change(&row.change),
        state,
        proposed_by: row.by,
        proposed_at_ns: row.at.as_nanos(),
        eta_ns: row.eta.as_nanos(),
        loosens: row.loosens,
        ended_at_ns: row.ended_at.map(Timestamp::as_nanos),
    }
}

/// A destination.
pub fn destination(row: DestinationRow) -> r::Destination {
    let first_used_at_ns = row.first_used_at.map(Timestamp::as_nanos);
    r::Destination { standing: policy::shown_standing(row.standing), first_used_at_ns }
}

fn service(service: Service) -> r::Service {
    match service {
        Service::Portfolio => r::Service::Portfolio,
        Service::PriceOracle => r::Service::PriceOracle,
        Service::Bitcoin => r::Service::Bitcoin,
        Service::Ledger(asset) => r::Service::Ledger(asset.wire()),
    }
}

/// A breaker with the outcomes behind it.
pub fn breaker((of, row): (Service, ServiceRow), now: Timestamp) -> r::CircuitBreaker {
    let (state, until) = match row.breaker.state() {
        BreakerState::Closed { .. } => (r::CircuitState::Closed, None),
        BreakerState::Open { until } => (r::CircuitState::Open, Some(until)),
        BreakerState::HalfOpen { .. } => (r::CircuitState::HalfOpen, None),
    };
    let (failures, samples) = row.recent(now);
    r::CircuitBreaker {
        service: service(of),
        state,
        since_ns: row.breaker.since().as_nanos(),
        until_ns: until.map(Timestamp::as_nanos),
        times_opened: row.breaker.times_opened(),
        failures,
        samples,
    }
}

/// An alert, with who looks after it while it fires.
pub fn alert<K>(
    (id, row): (Id<K>, AlertRow),
    escalation: Option<&Escalation>,
    now: Timestamp,
) -> r::Alert {
    let is_firing = row.state == AlertState::Firing;
    let contact = escalation.filter(|_| is_firing).map(|it| it.contact(row.first_at, now));
    r::Alert {
        id: id.wire(),
        level: match row.level {
            Level::Info => r::AlertLevel::Info,
            Level::Warning => r::AlertLevel::Warning,
            Level::Critical => r::AlertLevel::Critical,
        },
        kind: row.kind.name().to_owned(),
        component: row.component(),
        value: row.value,
        threshold: row.threshold,
        first_at_ns: row.first_at.as_nanos(),
        last_at_ns: row.last_at.as_nanos(),
        count: row.count,
        state: match row.state {
            AlertState::Firing => r::AlertState::Firing,
            AlertState::Acknowledged => r::AlertState::Acknowledged,
            AlertState::Resolved => r::AlertState::Resolved,
        },
        handled_by: row.by,
        contact: contact.map(str::to_owned),
    }
}

/// Whom alerts reach.
pub fn escalation(policy: &Escalation) -> r::EscalationPolicy {
    r::EscalationPolicy {
        primary: policy.primary.clone(),
        backup: policy.backup.clone(),
        channel: policy.channel.clone(),
        escalation_path: policy.path.clone(),
        acknowledge_within_ns: policy.acknowledge_within.as_nanos(),
    }
}

/// Where the limits of an asset stand.
pub fn limits(status: &LimitsStatus) -> r::LimitsStatus {
    let window = |window: &WindowStatus| r::WindowStatus {
        seconds: window.span.seconds().into(),
        used_units: window.used,
        used_tx: window.count,
        max_amount_units: window.limit.map(|limit| limit.max_amount),
        max_bps_of_treasury: window.limit.and_then(|limit| limit.max_bps),
        capacity_units: window.capacity,
        frees_at_ns: window.frees_at.map(Timestamp::as_nanos),
    };
    let row = &status.row;
    let known = row.known.is_known();
    r::LimitsStatus {
        asset: status.asset.wire(),
        may_leave: row.limits.is_some(),
        windows: status.windows.iter().map(window).collect(),
        held_units: row.held,
        held_reservations: row.held_count,
        free_units: status.free,
        balance_units: known.then_some(row.known.balance),
        balance_at_ns: known.then_some(row.known.at.as_nanos()),
        price: Some(row.known.value).filter(|price| *price > 0),
        price_is_fresh: row.known.is_fresh,
        inflow_units: row.inflow,
    }
}

/// Whether the treasury has what it owes.
pub fn solvency(store: &Guard) -> r::Solvency {
    let (totals, treasury) = (store.totals(), store.treasury_row());
    let known =
        |(id, row): (risk_guard_core::types::AssetId, risk_guard_core::records::AssetRow)| {
            let known = row.known;
            let ratio = |owed| known.assets.saturating_mul(10_000).checked_div(owed);
            known.is_known().then(|| r::AssetSolvency {
                asset: id.wire(),
                assets_units: known.assets,
                liabilities_units: known.owed,
                ratio_bps: ratio(known.owed),
                at_ns: known.at.as_nanos(),
            })
        };
    let was_judged = treasury.judged_at > Timestamp::ZERO;
    r::Solvency {
        solvent: !totals.is_insolvent,
        judged_at_ns: was_judged.then_some(treasury.judged_at.as_nanos()),
        assets: store.all_assets().filter_map(known).collect(),
        value: treasury.is_valued.then_some(treasury.total),
        peak_value: treasury.peak(),
        failures: store.refresh().recovery.attempts,
    }
}

/// One way out.
pub fn path(path: &Path) -> r::OutflowPath {
    let parts = match path.way {
        Way::InParts { parts } => Some(parts),
        Way::Direct | Way::Announced | Way::AfterPolicyChange | Way::AfterLift => None,
    };
    r::OutflowPath {
        way: path.way.name().to_owned(),
        purpose: purpose(path.purpose),
        destination: path.destination.name().to_owned(),
        who: path.way.who().iter().map(|who| (*who).to_owned()).collect(),
        parts,
        wait_ns: path.wait.as_nanos(),
        requirements: path.needs.as_ref().map(requirements),
        denial: path.denial.as_ref().map(denial),
    }
}
