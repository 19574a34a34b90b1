//! What the commands print, kept as snapshots: text and JSON of the same value.

use candid::{Nat, Principal};
use granary_api::{
    common::{ComponentHealth, HealthStatus, Mode, Profile, SystemHealth, Version},
    micro_grants as wire,
};
use serde_bytes::ByteBuf;

use super::{Report, grant, to_json, to_text, wire as shown};
use crate::{
    commands::{
        health::{HealthReport, SuiteHealth},
        import::ImportReport,
    },
    exit::Exit,
    failure::Failure,
    operations::{
        change::Done,
        connections::Connection,
        demo::{
            governing::{Decided, Decision},
            payments::{AnnouncedPayment, LimitDenial, Payments},
            report::{BadUpgrade, Check, DemoReport, Upgrade},
            treasury::Treasury,
        },
        deploy::{Deployed, Deployment},
        export,
        import::{Became, Imported, Refusal, Taken},
        round::{About, Round, Skipped, Status},
        validate::{Found, Journal, SuiteValidation, Validated, Validation},
    },
};

const AT: u64 = 1_532_513_472_000_000_000;

fn snapshot<R: Report>(name: &str, report: &R) {
    insta::assert_snapshot!(format!("{name}_text"), to_text(report, false));
    insta::assert_snapshot!(format!("{name}_json"), to_json(report, true));
}

fn someone(number: u8) -> Principal {
    Principal::from_slice(&[number; 29])
}

fn hash(number: u8) -> ByteBuf {
    ByteBuf::from([number; 32])
}

#[test]
fn health() {
    let component = |name: &str, status, reason: &str| ComponentHealth {
        name: name.to_owned(),
        status,
        reason: reason.to_owned(),
    };
    let health = SystemHealth {
        overall: HealthStatus::Degraded,
        components: vec![
            component("applications", HealthStatus::Healthy, ""),
            component("memory", HealthStatus::Degraded, "81 % of the heap\u{1b}[31m is used"),
        ],
        last_check_ns: AT,
        missed_beats: 1,
        version: "0.1.0".to_owned(),
        schema: 1,
        uptime_ns: 90_000_000_000,
        mode: Mode::Full,
        profile: Profile::Development,
        log_head: hash(1),
        heap_bytes: Some(65_536),
        stable_bytes: Some(131_072),
        cycles: Some(1_000_000_000_000),
        runway_days: None,
    };
    let version = Version {
        version: "0.1.0".to_owned(),
        schema: 1,
        git_commit: "0123456789abcdef".to_owned(),
        installed_at_ns: 0,
        upgraded_at_ns: 0,
        upgrade_count: 2,
        canister_version: 5,
        rehearsal: None,
    };
    let report = HealthReport::new("micro_grants", "aaaaa-aa".to_owned(), &health, &version);
    snapshot("health", &SuiteHealth { status: "degraded", canisters: vec![report] });
}

#[test]
fn validation() {
    let found = Validation {
        ok: false,
        checked: 400,
        violation_count: 1,
        violations: vec![Found {
            rule: "G1".to_owned(),
            entity: "program".to_owned(),
            id: 3,
            message: "budget is not available + committed + paid".to_owned(),
        }],
        journal: Journal {
            events: 12,
            head: "ab".repeat(32),
            chain_ok: true,
            certified: false,
            problem: Some("the head came without a certificate".to_owned()),
        },
    };
    let (name, canister) = ("micro_grants".to_owned(), "aaaaa-aa".to_owned());
    let canisters = vec![Validated { name, canister, found }];
    let between = vec![Found {
        rule: "P6".to_owned(),
        entity: "user".to_owned(),
        id: 7,
        message: "is Active and has no books: granary books open user:7 --asset 1".to_owned(),
    }];
    let connections = vec![Connection {
        from: "execution",
        to: "portfolio",
        reached: false,
        reason: "it is stopped".to_owned(),
    }];
    snapshot("validate", &SuiteValidation { ok: false, canisters, between, connections });
}

fn refusal() -> Refusal {
    Refusal {
        row: Skipped {
            line: 140,
            title: "Globee's Secret Project Fundraiser".to_owned(),
            code: "micro_grants.amount.above_max".to_owned(),
            reason: "456750 TUSD is more than the 250000 TUSD of the largest grant".to_owned(),
        },
        requested_units: Some(456_750_000_000),
    }
}

#[test]
fn import() {
    let taken = |line, became, units| Taken {
        line,
        author: "ann".to_owned(),
        became,
        units,
        status: Status::Approved,
        milestones: 3,
        delivered: 1,
    };
    let round = Round {
        about: About::default(),
        proposals: Vec::new(),
        skipped: vec![refusal().row, refusal().row, refusal().row],
    };
    let imported = Imported {
        taken: vec![taken(2, Became::Draft(1), 0), taken(3, Became::Application(2), 61_950_000)],
        refused: vec![refusal()],
    };
    snapshot("import", &ImportReport::new(false, &round, imported, &program().asset));
}

#[test]
fn changes() {
    let receipt = granary_api::common::Receipt { id: 4, event: 17, at_ns: AT };
    snapshot("receipt", &Done::new("submit_review", "review application 4", receipt));
    snapshot(
        "deploy",
        &Deployment {
            network: "local".to_owned(),
            canisters: vec![Deployed {
                name: "micro_grants",
                canister: "aaaaa-aa".to_owned(),
                action: "created",
                version: "0.1.0".to_owned(),
                module_hash: "cd".repeat(32),
            }],
            wired: vec!["execution knows risk_guard".to_owned()],
            ids_file: Some("./.granary/local.ids.json".to_owned()),
        },
    );
    let failure = Failure::new(Exit::Unreachable, "cli.unreachable", "cannot reach the endpoint");
    snapshot("error", &super::FailureReport::from(&failure));
}

fn program() -> wire::Program {
    wire::Program {
        id: 1,
        terms: wire::ProgramTerms {
            title: "Round one".to_owned(),
            budget_units: Nat::from(2_000_000_000_000_u64),
            min_grant_units: Nat::from(100_000_000_u64),
            max_grant_units: Nat::from(250_000_000_000_u64),
            per_applicant_cap_units: Nat::from(500_000_000_000_u64),
            max_applications: 1_000,
            reviewers: vec![someone(1), someone(2)],
            min_reviews: 2,
            approval_rule: wire::ApprovalRule { min_approvals_bps: 5_001, min_score_bps: 5_000 },
            rubric: vec![wire::Dimension {
                name: "merit".to_owned(),
                min: 0,
                max: 10,
                weight_bps: 10_000,
            }],
            review_window_ns: 86_400_000_000_000,
            appeal_window_ns: 0,
            challenge_window_ns: 3_600_000_000_000,
            inactivity_ns: 90 * 86_400_000_000_000,
            treasurer_above_units: Nat::from(20_000_000_000_u64),
        },
        asset: wire::Asset { symbol: "TUSD".to_owned(), decimals: 6, ledger: None },
        managers: vec![someone(3)],
        state: wire::ProgramState::Open,
        created_at_ns: AT,
        applications: 2,
    }
}

#[test]
fn programs() {
    let program = program();
    snapshot("program", &shown::Program::from(&program));
    let items = vec![shown::Program::from(&program)];
    snapshot("programs", &shown::Programs { items, next: Some(1) });
}

#[test]
fn applications() {
    let row = wire::ApplicationRow {
        id: 4,
        program: 1,
        applicant: someone(4),
        title: "A very long title that goes on and on and on until it has to be cut".to_owned(),
        requested_units: 61_950_000,
        state: wire::ApplicationState::UnderReview,
        version: 1,
        submitted_at_ns: AT,
    };
    let asset = shown::Asset::from(&program().asset);
    let items = vec![shown::ApplicationRow::new(&row, &asset)];
    snapshot("applications", &shown::Applications { items, next: None });
    let application = wire::Application {
        id: 4,
        program: 1,
        applicant: someone(4),
        content: wire::ApplicationContent {
            title: "ɱ".to_owned(),
            summary: "A sign".to_owned(),
            requested_units: Nat::from(61_950_000_u64),
            plan_hash: hash(2),
            milestones: vec![wire::MilestonePlan {
                amount_units: Nat::from(61_950_000_u64),
                due_at_ns: AT,
                acceptance_criteria: "delivered".to_owned(),
            }],
            team: Vec::new(),
            links: Vec::new(),
        },
        version: 1,
        state: wire::ApplicationState::UnderReview,
        submitted_at_ns: Some(AT),
        decided_at_ns: None,
        grant: None,
    };
    let file = wire::ReviewFile {
        reviews: vec![wire::Review {
            reviewer: someone(1),
            version: 1,
            panel: 0,
            scores: vec![8],
            score_bps: 8_000,
            recommendation: wire::Recommendation::Approve,
            rationale_hash: None,
            at_ns: AT,
        }],
        declarations: Vec::new(),
        eligible_reviewers: 1,
        min_reviews: 2,
    };
    snapshot("application", &shown::Application::new(&application, &file, &program().asset));
}

#[test]
fn grants_and_figures() {
    let grant = wire::Grant {
        id: 2,
        application: 4,
        program: 1,
        grantee: someone(4),
        award_units: 100,
        mode: wire::GrantMode::Milestones,
        paid_units: 0,
        queued_units: 33,
        vested_units: 0,
        state: wire::GrantState::Active,
        stream_paused: false,
        milestones: vec![wire::Milestone {
            index: 0,
            amount_units: 33,
            due_at_ns: AT,
            acceptance_criteria: "delivered".to_owned(),
            evidence: vec![wire::Evidence { uri: "https://x.example".to_owned(), sha256: hash(5) }],
            state: wire::MilestoneState::PayoutQueued,
        }],
        offered_at_ns: AT,
        active_at_ns: AT,
        last_activity_ns: AT,
        notice_until_ns: None,
        notice_reply_hash: None,
        progress_reports: 0,
    };
    snapshot("grant", &grant::Grant::new(&grant, &program().asset));
    let budget = wire::Budget {
        program: 1,
        asset: program().asset,
        budget_units: 1_000_000_000,
        available_units: 600_000_000,
        committed_units: 400_000_000,
        paid_units: 0,
        queued_payouts: 2,
        queued_units: 61_950_000,
    };
    snapshot("budget", &grant::Budget::from(&budget));
    let metrics = wire::CanisterMetrics {
        total_applications: 3,
        approved_applications: 2,
        rejected_applications: 1,
        total_requested_units: u128::MAX,
        total_approved_units: 7,
        average_processing_ns: 5,
        last_updated_ns: AT,
        version: "0.1.0".to_owned(),
    };
    snapshot("metrics", &grant::Metrics::from(&metrics));
}

#[test]
fn exports() {
    let row = |application, title: &str, state| wire::ReportRow {
        application,
        applicant: someone(4),
        title: title.to_owned(),
        requested_units: 61_950_000,
        state,
        submitted_at_ns: AT,
        decided_at_ns: Some(AT),
        award_units: 61_950_000,
        paid_units: 0,
        milestones_accepted: 1,
        milestones_total: 1,
    };
    let rows = [
        row(1, "=HYPERLINK(\"x\")", wire::ApplicationState::Approved),
        row(2, "two, \"three\"", wire::ApplicationState::Rejected),
    ];
    insta::assert_snapshot!("export_csv", export::csv(&program(), &rows).expect("writes"));
    let document = export::daoip5("granary", &program(), &rows);
    let text = serde_json::to_string_pretty(&document).expect("writes");
    insta::assert_snapshot!("export_daoip5", text);
    let again = crate::operations::round::daoip5::read(&text, "TUSD").expect("a document");
    assert_eq!((again.proposals.len(), again.skipped), (2, Vec::new()));
    assert_eq!(again.proposals[0].asked.as_deref(), Some("61.95"));
}

fn demo() -> DemoReport {
    let digest = "0123456789abcdef".repeat(4);
    DemoReport {
        ok: true,
        engine: "16.1.0+localnet.0.1.0".to_owned(),
        seed: 0,
        url: "http://127.0.0.1:1".to_owned(),
        canister: "aaaaa-aa".to_owned(),
        canisters: [("micro_grants", Principal::management_canister())].into(),
        source: "somebody (CC0-1.0)".to_owned(),
        rows: 217,
        applications: 68,
        drafts: 146,
        refused: 3,
        refusals: vec![refusal(), refusal(), refusal()],
        requested_usd_cents: 150_665_276,
        requested_usd: "1506652.762".to_owned(),
        submitted_usd_cents: 104_974_271,
        submitted_usd: "1049742.712".to_owned(),
        refused_usd_cents: 45_691_005,
        refused_usd: "456910.05".to_owned(),
        approved: 67,
        undecided: 1,
        committed_usd_cents: 104_874_271,
        committed_usd: "1048742.712".to_owned(),
        milestones_accepted: 149,
        payouts_queued: 149,
        queued_usd: "700000.00".to_owned(),
        payments: payments(),
        treasury: treasury(),
        books_balanced: true,
        release: decided(&digest),
        upgrade: Upgrade {
            from_version: "0.1.0".to_owned(),
            to_version: "0.1.1".to_owned(),
            from_hash: digest.clone(),
            to_hash: digest.clone(),
            state_digest_before: digest.clone(),
            state_digest_after: digest.clone(),
            records: 1_234,
            events_before: 898,
            journal_kept: true,
            instructions: Some(654_321),
        },
        bad_upgrade: BadUpgrade {
            refused: true,
            reason: "the canister failed (it trapped)".to_owned(),
            hash_after: digest.clone(),
            state_digest_after: digest.clone(),
            ..BadUpgrade::default()
        },
        health: "healthy".to_owned(),
        violations: 0,
        records_checked: 1_234,
        events: 900,
        journal_certified: true,
        journal_problem: None,
        checks: vec![Check::same("rows", &1, &1)],
        elapsed_ms: 12_345,
    }
}

fn decided(digest: &str) -> Decided {
    let good = Decision {
        proposal: 1,
        state: "completed".to_owned(),
        approvals: 3,
        rehearsal_hash: digest.to_owned(),
        rehearsal_succeeded: true,
        fleet_snapshot: Some(1_795_977_007_204),
        ..Decision::default()
    };
    let bad = Decision {
        proposal: 2,
        state: "rolled_back".to_owned(),
        trigger: Some("critical_function".to_owned()),
        reason: Some("the canister failed (it trapped)".to_owned()),
        ..good.clone()
    };
    Decided {
        digest_before: digest.to_owned(),
        digest_after: digest.to_owned(),
        ..Decided::of(&good, &bad)
    }
}

fn payments() -> Payments {
    let denial = LimitDenial {
        what: "a theft",
        amount_usd: "400000".to_owned(),
        rule: "max_per_tx".to_owned(),
        reason: "more than one payment may be".to_owned(),
        is_final: true,
    };
    Payments {
        paid_usd_cents: 51_187_230,
        paid_usd: "511872.30".to_owned(),
        payout_blocks: vec![1, 2, 3],
        limit_denials: vec![denial.clone(), denial.clone(), denial],
        announced: AnnouncedPayment {
            amount_usd: "200000".to_owned(),
            approvals: 2,
            block: Some(150),
        },
    }
}

fn treasury() -> Treasury {
    Treasury {
        ledger: "aaaaa-aa".to_owned(),
        books: "aaaaa-aa".to_owned(),
        ledger_usd_cents: 200_000_000,
        ledger_usd: "2000000".to_owned(),
        booked_usd_cents: 200_000_000,
        booked_usd: "2000000".to_owned(),
        reconciliation: "matched".to_owned(),
        suspense_units: "0".to_owned(),
        proof_epoch: 1,
        proved_usd: "2000000".to_owned(),
    }
}

#[test]
fn a_demo_fits_forty_lines() {
    let mut report = demo();
    assert!(to_text(&report, false).lines().count() <= 40);
    snapshot("demo", &report);
    report.ok = false;
    report.checks = (0..20).map(|number| Check::same("figure", &number, &(number + 1))).collect();
    report.refusals = (0..20).map(|_| refusal()).collect();
    let text = to_text(&report, false);
    assert!(text.lines().count() <= 40 && text.contains("FAILED: 0 of 20"), "{text}");
}
