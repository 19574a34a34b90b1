//! A small world for the tests: people, terms, contents, a store over memory that can be reopened.
#![allow(dead_code, reason = "each test uses another part of it, so none can expect it")]

use candid::Principal;
use granary_units::{Duration, Timestamp};
use ic_stable_structures::VectorMemory;
use micro_grants_core::records::{
    Asset, Bounds, Conflict, Content, Dimension, Evidence, MilestonePlan, Profile, Recommendation,
    Role,
};
use micro_grants_core::rules::terms::Terms;
use micro_grants_core::rules::{Ctx, create_program, submit_review};
use micro_grants_core::store::{DraftInput, Install, Store, Upgrade};
use micro_grants_core::types::Units;

pub(crate) type World = Store<VectorMemory>;

pub(crate) const DAY: u64 = 86_400_000_000_000;
pub(crate) const START: u64 = 1_700_000_000_000_000_000;

pub(crate) fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 7])
}
pub(crate) fn governor() -> Principal {
    person(1)
}
pub(crate) fn manager() -> Principal {
    person(2)
}
pub(crate) fn treasurer() -> Principal {
    person(3)
}
pub(crate) fn reviewer(n: u8) -> Principal {
    person(10 + n)
}
pub(crate) fn applicant(n: u8) -> Principal {
    person(20 + n)
}

pub(crate) fn at(now: u64, actor: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now), actor, trace_id: now % 1_000 }
}

pub(crate) fn install_args(importing: bool) -> Install {
    Install {
        common: granary_kernel::Install {
            governor: governor(),
            roles: vec![(Role::ProgramManager, manager()), (Role::Treasurer, treasurer())],
            profile: Profile::Testing,
            importing,
            peers: vec![],
            code_version: "0.1.0".to_owned(),
        },
        asset: Asset { symbol: "TUSD".to_owned(), decimals: 6, ledger: None },
        max_applications: None,
    }
}

/// An upgrade that changes nothing but the code.
pub(crate) fn release(code_version: &str) -> Upgrade {
    let code_version = code_version.to_owned();
    let common = granary_kernel::Upgrade { code_version, ..granary_kernel::Upgrade::default() };
    Upgrade { common, ..Upgrade::default() }
}

pub(crate) fn days(n: u64) -> Duration {
    Duration::from_nanos(n * DAY)
}

pub(crate) fn terms() -> Terms {
    let axis = |name: &str| Dimension { name: name.to_owned(), min: 0, max: 10, weight_bps: 5_000 };
    Terms {
        title: "Round one".to_owned(),
        budget: Units::new(10_000),
        bounds: Bounds {
            min_grant: Units::new(100),
            max_grant: Units::new(3_000),
            per_applicant_cap: Units::new(4_000),
            treasurer_above: Units::new(1_000),
            max_applications: 1_000_000,
            min_reviews: 2,
            min_approvals_bps: 5_000,
            min_score_bps: 5_000,
            review_window: days(14),
            appeal_window: days(7),
            challenge_window: days(3),
            inactivity: days(40),
        },
        reviewers: vec![reviewer(0), reviewer(1), reviewer(2), reviewer(3)],
        rubric: vec![axis("impact"), axis("team")],
    }
}

/// A store with one open programme.
pub(crate) fn world() -> (VectorMemory, World) {
    let memory = VectorMemory::default();
    let ctx = at(START, governor());
    let mut store =
        World::install(memory.clone(), install_args(false), &ctx).expect("fresh memory");
    let input = create_program::Input { terms: terms(), managers: vec![] };
    let ctx = at(START, manager());
    let receipt = store.create_program(&ctx, &input, None).expect("a manager creates");
    store.open_program(&ctx, receipt.id).expect("a manager opens");
    (memory, store)
}

pub(crate) fn content(requested: u128, milestones: u64) -> Content {
    let share = requested / u128::from(milestones.max(1));
    let milestones = (0..milestones)
        .map(|index| {
            let rest = if index == 0 { requested - share * u128::from(milestones) } else { 0 };
            MilestonePlan {
                amount: Units::new(share + rest),
                due_at: Timestamp::from_nanos(START + (index + 1) * 30 * DAY),
                acceptance_criteria: format!("step {index} can be seen"),
            }
        })
        .collect();
    Content {
        title: format!("Work for {requested}"),
        summary: "What it is and why.".to_owned(),
        requested: Units::new(requested),
        plan_hash: [9; 32],
        milestones,
        team: vec![],
        links: vec![],
    }
}

pub(crate) fn draft(content: Content) -> DraftInput {
    DraftInput { program: 1, draft: None, content, applicant: None }
}

pub(crate) fn review(score: u32, recommendation: Recommendation) -> submit_review::Input {
    submit_review::Input { scores: vec![score, score], recommendation, rationale_hash: None }
}

/// Submits for `who` and has three reviewers approve; answers application and grant.
pub(crate) fn approved(
    store: &mut World,
    who: Principal,
    content: Content,
    now: u64,
) -> (u64, u64) {
    let id = store.submit_application(&at(now, who), draft(content), None).expect("taken").id;
    for n in 0..3 {
        let ctx = at(now, reviewer(n));
        store.declare_conflict(&ctx, id, Conflict::None, None).expect("no conflict");
        store.submit_review(&ctx, id, &review(8, Recommendation::Approve)).expect("reviewed");
    }
    store.finalize_application(&at(now, manager()), id).expect("decided");
    let (_, head, _) = store.application(id).expect("there");
    (id, head.grant.expect("approved").wire())
}

/// A world with something in every domain.
pub(crate) fn rich() -> (VectorMemory, World) {
    let (memory, mut store) = world();
    let (_, grant) = approved(&mut store, applicant(0), content(900, 3), START + 1);
    let (_, lump) = approved(&mut store, applicant(1), content(500, 0), START + 2);
    for (who, id) in [(applicant(0), grant), (applicant(1), lump)] {
        store.accept_grant(&at(START + 3, who), id).expect("offered");
    }
    let now = START + 4 * DAY;
    let evidence = vec![Evidence { uri: "https://e.org".to_owned(), sha256: [1; 32] }];
    let ctx = at(now, applicant(0));
    store.submit_milestone(&ctx, grant, 0, evidence.clone()).expect("active");
    store.submit_progress_report(&ctx, grant, "Well.".to_owned(), evidence).expect("active");
    let judge = at(now, reviewer(0));
    store.review_milestone(&judge, grant, 0, true, None).expect("submitted");
    store.request_payout(&ctx, grant, Some(0), Some("a")).expect("accepted");
    store.request_payout(&at(now, applicant(1)), lump, None, None).expect("active");
    store.send_payout(&at(now, treasurer()), 1, 5).expect("queued");
    store.settle_payout(&at(now, treasurer()), 1, 6).expect("sent");
    store.save_draft(&at(now, applicant(2)), draft(content(0, 0)), None).expect("open");
    let changes = at(now, applicant(2));
    let id = store.submit_application(&changes, draft(content(200, 2)), None).expect("open").id;
    for n in 0..2 {
        let ctx = at(now, reviewer(n));
        store.declare_conflict(&ctx, id, Conflict::None, Some([2; 32])).expect("open");
        store.submit_review(&ctx, id, &review(5, Recommendation::Changes)).expect("open");
    }
    store.finalize_application(&at(now, manager()), id).expect("changes");
    (memory, store)
}
