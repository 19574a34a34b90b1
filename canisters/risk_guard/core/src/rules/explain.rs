//! Every way by which an amount of an asset could leave, who must act for it, and after how long:
//! over the policy and the state there are at this moment.
//!
//! The ways are those the rules know: directly, in parts, announced, after a change of the policy,
//! and after a governor lifted what stops it. Each is decided by the same code that decides
//! outflows, over a view in which its step is done, so that no way is left out by a second opinion.

use crate::limits;
use crate::records::reservation::{Needs, Outflow};
use crate::records::{AssetLimits, DestinationRow, WindowLimit};
use crate::rules::outflow::{Denial, OutflowView, capacity, decide};
use crate::types::{AnnouncementState, Duration, Principal, Purpose, Rule, Standing, Timestamp};

/// How an amount could leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As one outflow, now.
    Direct,
    /// As several outflows, one after another.
    InParts {
        /// How many.
        parts: u32,
    },
    /// As one outflow, announced before.
    Announced,
    /// As one outflow, after a change of the policy lets it.
    AfterPolicyChange,
    /// As one outflow, after a governor lifted the seal.
    AfterLift,
}

impl Way {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::InParts { .. } => "in_parts",
            Self::Announced => "announced",
            Self::AfterPolicyChange => "after_policy_change",
            Self::AfterLift => "after_lift",
        }
    }

    /// Whose step it needs before the outflow is asked for.
    pub const fn who(self) -> &'static [&'static str] {
        match self {
            Self::Direct | Self::InParts { .. } => &[],
            Self::Announced => &["Governor", "Steward"],
            Self::AfterPolicyChange | Self::AfterLift => &["Governor"],
        }
    }
}

/// What the destination is, as far as the rules tell destinations apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The one that was asked about.
    Asked,
    /// Listed, and money went there before.
    Known,
    /// Listed, and no money went there yet.
    New,
    /// Not listed.
    Unlisted,
}

impl Kind {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Known => "known",
            Self::New => "new",
            Self::Unlisted => "unlisted",
        }
    }

    fn row(self, asked: DestinationRow) -> DestinationRow {
        let used = Some(Timestamp::from_nanos(1));
        match self {
            Self::Asked => asked,
            Self::Known => DestinationRow { standing: Standing::Allowed, first_used_at: used },
            Self::New => DestinationRow { standing: Standing::Allowed, first_used_at: None },
            Self::Unlisted => DestinationRow { standing: Standing::Unlisted, first_used_at: None },
        }
    }
}

/// One way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// How.
    pub way: Way,
    /// What for.
    pub purpose: Purpose,
    /// Where to.
    pub destination: Kind,
    /// Time the steps before the outflow take at least.
    pub wait: Duration,
    /// What the outflow needs then; none when it is denied.
    pub needs: Option<Needs>,
    /// Why it is denied all the same.
    pub denial: Option<Denial>,
}

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The outflow; its purpose and destination are replaced by each of those there are.
    pub outflow: Outflow,
    /// Only this purpose.
    pub purpose: Option<Purpose>,
    /// True when the destination is one that was named.
    pub is_named: bool,
}

/// Answers every way, those that lead out and those that do not.
pub fn explain(view: &mut OutflowView<'_>, question: &Question, now: Timestamp) -> Vec<Path> {
    let mut paths = vec![];
    let asked = view.destination;
    let kinds: &[Kind] =
        if question.is_named { &[Kind::Asked] } else { &[Kind::Known, Kind::New, Kind::Unlisted] };
    let purposes = Purpose::ALL.into_iter().filter(|it| question.purpose.is_none_or(|p| p == *it));
    for purpose in purposes {
        for kind in kinds {
            view.destination = kind.row(asked);
            let outflow = Outflow { purpose, announcement: None, ..question.outflow };
            let mut add = |way, wait, decided: Result<Needs, Denial>| {
                let (needs, denial) = (decided.ok(), decided.err());
                let path = Path { way, purpose, destination: *kind, wait, needs, denial };
                if paths.len() < limits::MAX_PATHS {
                    paths.push(path);
                }
            };
            add(Way::Direct, Duration::ZERO, needs_of(view, &outflow, now));
            if let Some((parts, wait)) = parts(view, &outflow) {
                let part = Outflow { amount: part_of(view, &outflow), ..outflow };
                add(Way::InParts { parts }, wait, needs_of(view, &part, now));
            }
            add(Way::Announced, view.rules.announce_delay, announced(view, &outflow, now));
            let wait = view.rules.loosen_delay;
            add(Way::AfterPolicyChange, wait, opened(view, &outflow, now));
            if view.sealed.is_some() {
                let sealed = view.sealed.take();
                add(Way::AfterLift, Duration::ZERO, needs_of(view, &outflow, now));
                view.sealed = sealed;
            }
        }
    }
    view.destination = asked;
    paths
}

fn needs_of(view: &OutflowView<'_>, outflow: &Outflow, now: Timestamp) -> Result<Needs, Denial> {
    decide(view, outflow, now).map(|pass| pass.needs)
}

/// The same outflow behind an announcement that is ripe.
fn announced(
    view: &mut OutflowView<'_>,
    outflow: &Outflow,
    now: Timestamp,
) -> Result<Needs, Denial> {
    let row = crate::records::AnnouncementRow {
        asset: outflow.asset,
        amount: outflow.amount,
        destination: outflow.destination,
        by: Principal::anonymous(),
        announced_at: now,
        earliest_at: now,
        latest_at: now,
        state: AnnouncementState::Announced,
        intent: None,
    };
    let before = view.announcement.replace(row);
    let id = crate::types::AnnouncementId::new(1);
    let outflow = Outflow { announcement: id, ..*outflow };
    let decided = needs_of(view, &outflow, now);
    view.announcement = before;
    decided
}

/// The same outflow under a policy that lets it as far as any may: the floor stays, and so does
/// what no policy rules (seals, breakers, solvency).
fn opened(view: &mut OutflowView<'_>, outflow: &Outflow, now: Timestamp) -> Result<Needs, Denial> {
    let before = (view.row, view.destination);
    let window = WindowLimit { max_amount: u128::MAX, max_bps: None };
    let decimals = view.row.limits.map_or(0, |limits| limits.decimals);
    view.row.limits = Some(AssetLimits {
        decimals,
        max_per_tx: u128::MAX,
        windows: [None, None, None, Some(window)],
        max_tx_per_window: limits::MAX_TX_PER_WINDOW,
        min_retained_bps: 0,
        min_amount_to_limit: u128::MAX,
        reference_value: 1,
    });
    view.destination.standing = Standing::Allowed;
    // Without its figures neither drawdown nor concentration denies.
    let treasury = view.treasury.take();
    let decided = needs_of(view, outflow, now);
    (view.row, view.destination, view.treasury) = (before.0, before.1, treasury);
    let floor = view.rules.floor;
    decided.map(|needs| Needs {
        tier: 0,
        approvals: floor.map_or(0, |floor| floor.approvals),
        delay: floor.map_or(Duration::ZERO, |floor| floor.delay),
        ..needs
    })
}

fn part_of(view: &OutflowView<'_>, outflow: &Outflow) -> u128 {
    let Some(limits) = view.row.limits else { return outflow.amount };
    let of = |limit: WindowLimit| capacity(&limit, &limits, &view.row);
    let least = limits.limited().map(|(_, limit)| of(limit)).min().unwrap_or(u128::MAX);
    outflow.amount.min(limits.max_per_tx).min(least)
}

/// How many outflows it takes, and how long until the last of them fits every window; none when one
/// is enough, or when no number is.
fn parts(view: &OutflowView<'_>, outflow: &Outflow) -> Option<(u32, Duration)> {
    let limits = view.row.limits?;
    let part = part_of(view, outflow);
    if part == outflow.amount || part == 0 {
        return None;
    }
    let count = outflow.amount.div_ceil(part);
    let mut wait = 0_u64;
    for (span, limit) in limits.limited() {
        let most = capacity(&limit, &limits, &view.row);
        let by_amount = outflow.amount.div_ceil(most.max(1));
        let by_count = count.div_ceil(limits.max_tx_per_window.max(1).into());
        let full = u64::try_from(by_amount.max(by_count)).unwrap_or(u64::MAX).saturating_sub(1);
        let length = Duration::seconds(span.seconds()).as_nanos();
        wait = wait.max(full.saturating_mul(length));
    }
    Some((u32::try_from(count).unwrap_or(u32::MAX), Duration::from_nanos(wait)))
}

/// Rules that no change of the policy removes.
pub const BEYOND_POLICY: [Rule; 3] = [Rule::Seal, Rule::Breaker, Rule::Solvency];

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
