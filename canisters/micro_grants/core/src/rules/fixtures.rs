//! Ready-made people, programmes and records for the unit tests of the rules.

use crate::records::{
    Account, ApplicationHead, Asset, Base, Bounds, Config, Content, Dimension, GrantHead,
    GrantMode, Ledger, MilestonePlan, Phase, Profile, ProgramBody, ProgramHead, Seat,
};
use crate::rules::terms::Terms;
use crate::rules::{Ctx, GrantView, ProgramView};
use crate::types::{
    ApplicationId, ApplicationState, Duration, GrantId, GrantState, Principal, ProgramId,
    ProgramState, Timestamp, Units,
};

/// One day.
pub(crate) const DAY: Duration = Duration::seconds(86_400);

fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 1])
}

pub(crate) fn alice() -> Principal {
    person(10)
}
pub(crate) fn bob() -> Principal {
    person(11)
}
pub(crate) fn manager() -> Principal {
    person(20)
}
pub(crate) fn reviewer(n: u8) -> Principal {
    person(30 + n)
}

pub(crate) fn start() -> Timestamp {
    Timestamp::from_nanos(1_700_000_000_000_000_000)
}

pub(crate) fn ctx(actor: Principal) -> Ctx {
    Ctx { now: start(), actor, trace_id: 7 }
}

pub(crate) fn later(ctx: &Ctx, days: u64) -> Ctx {
    let span = Duration::from_days(days).expect("fits");
    Ctx { now: ctx.now.saturating_add(span), ..*ctx }
}

pub(crate) fn asset() -> Asset {
    Asset { symbol: "TUSD".to_owned(), decimals: 6, ledger: None }
}

pub(crate) fn config() -> Config {
    Config {
        base: Base::new(Profile::Production, Phase::Running),
        asset: asset(),
        max_applications: 1_000,
        portfolio_asset: None,
    }
}

pub(crate) fn terms() -> Terms {
    Terms {
        title: "Round one".to_owned(),
        budget: Units::new(10_000),
        bounds: Bounds {
            min_grant: Units::new(100),
            max_grant: Units::new(3_000),
            per_applicant_cap: Units::new(4_000),
            treasurer_above: Units::new(2_500),
            max_applications: 100,
            min_reviews: 2,
            min_approvals_bps: 5_000,
            min_score_bps: 5_000,
            review_window: Duration::from_days(14).expect("fits"),
            appeal_window: Duration::from_days(7).expect("fits"),
            challenge_window: Duration::from_days(3).expect("fits"),
            inactivity: Duration::from_days(60).expect("fits"),
        },
        reviewers: vec![reviewer(0), reviewer(1), reviewer(2)],
        rubric: vec![
            Dimension { name: "impact".to_owned(), min: 0, max: 10, weight_bps: 6_000 },
            Dimension { name: "team".to_owned(), min: 0, max: 5, weight_bps: 4_000 },
        ],
    }
}

pub(crate) fn program() -> ProgramView {
    let Terms { title, budget, bounds, reviewers, rubric } = terms();
    let seats = reviewers.into_iter().map(|reviewer| Seat { reviewer, active: true }).collect();
    ProgramView {
        id: ProgramId::new(1).expect("not zero"),
        head: ProgramHead {
            state: ProgramState::Open,
            created_at: start(),
            bounds,
            ledger: Ledger { budget, available: budget, ..Ledger::default() },
            applications: 0,
            live_grants: 0,
            grants: 0,
        },
        body: ProgramBody { title, managers: vec![manager()], seats, rubric },
    }
}

pub(crate) fn content(requested: u128) -> Content {
    Content {
        title: "A library".to_owned(),
        summary: "Write it and document it.".to_owned(),
        requested: Units::new(requested),
        plan_hash: [3; 32],
        milestones: vec![],
        team: vec![person(50)],
        links: vec!["https://example.org/plan".to_owned()],
    }
}

/// Splits the request into `parts` milestones, one week apart.
pub(crate) fn split(content: &mut Content, parts: u64) {
    let total = content.requested.get();
    let share = total / u128::from(parts);
    content.milestones = (0..parts)
        .map(|index| {
            let rest = if index == 0 { total - share * u128::from(parts) } else { 0 };
            let week = Duration::from_days(7 * (index + 1)).expect("fits");
            MilestonePlan {
                amount: Units::new(share + rest),
                due_at: start().saturating_add(week),
                acceptance_criteria: format!("step {index} works"),
            }
        })
        .collect();
}

pub(crate) fn application(state: ApplicationState, requested: u128) -> ApplicationHead {
    ApplicationHead {
        program: ProgramId::new(1).expect("not zero"),
        applicant: alice(),
        state,
        version: u16::from(state != ApplicationState::Draft),
        panel: 0,
        recorded: false,
        requested: Units::new(requested),
        submitted_at: start(),
        decided_at: None,
        grant: None,
    }
}

/// A grant of `award` to Alice whose challenge window is over.
pub(crate) fn grant(state: GrantState, award: u128) -> GrantView {
    let mut program = program();
    let award = Units::new(award);
    let ledger = &mut program.head.ledger;
    ledger.available = ledger.available.checked_sub(award).expect("enough");
    ledger.committed = award;
    program.head.live_grants = 1;
    program.head.grants = 1;
    GrantView {
        id: GrantId::new(1).expect("not zero"),
        head: GrantHead {
            application: ApplicationId::new(1).expect("not zero"),
            program: program.id,
            grantee: alice(),
            state,
            mode: GrantMode::LumpSum,
            award,
            paid: Units::ZERO,
            queued: Units::ZERO,
            offered_at: start(),
            active_at: start(),
            last_activity: start(),
            notice_until: None,
            notice_reply: None,
            reports: 0,
            milestones: 0,
            next_due: None,
            min_reviews: 2,
        },
        program,
        account: Account { counted: award, saves: 0, newest: None },
        asset: asset(),
    }
}
