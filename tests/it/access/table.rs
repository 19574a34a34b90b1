//! The table of `micro_grants`.

use granary_api::{common as c, http, micro_grants as m};
use granary_tests::{
    fixtures::{self, DOLLAR},
    people::Who::{
        self, Applicant, Auditor, Backup, Compliance, Controller, Execution, Governor, Guardian,
        Manager, Operator, Reader, Registrar, Reviewer, Service, Steward, Stranger, Treasurer,
    },
    world::encode,
};
use serde_bytes::ByteBuf;

use super::{
    row::{ASKING, NOBODY_ELSE, nothing, public, row},
    stage::Stage,
};

/// One method of `micro_grants`.
pub(crate) type Row = super::row::Row<Stage>;

/// Everybody who signed in.
const SIGNED_IN: &[Who] = &[
    Applicant, Stranger, Reviewer, Manager, Treasurer, Registrar, Compliance, Service, Execution,
    Reader, Steward, Guardian, Auditor, Operator, Backup, Governor, Controller,
];
const NOT_MANAGER: &str = "micro_grants.program.not_manager";
const NOT_APPLICANT: &str = "micro_grants.application.not_applicant";
const NOT_GRANTEE: &str = "micro_grants.grant.not_grantee";
const NOT_REVIEWER: &str = "micro_grants.program.not_reviewer";
const NOT_PANEL: &str = "micro_grants.program.not_panel";

fn page(_: &Stage) -> Vec<u8> {
    encode(&c::PageArgs { after: None, limit: 10 })
}

fn grant(grant: u64) -> Vec<u8> {
    encode(&m::GrantArgs { grant })
}

fn program(program: u64) -> Vec<u8> {
    encode(&m::ProgramArgs { program })
}

fn application(application: u64) -> Vec<u8> {
    encode(&m::ApplicationArgs { application })
}

fn reason(grant: u64) -> Vec<u8> {
    encode(&fixtures::reason(grant))
}

/// Who may call what.
pub(crate) const ROWS: &[Row] = &[
    // Programmes.
    row("create_program", &[Manager], NOBODY_ELSE, |_| {
        let terms = fixtures::terms();
        encode(&m::CreateProgramArgs { terms, managers: Vec::new(), idempotency_key: None })
    }),
    row("update_program", &[Manager], NOT_MANAGER, |stage| {
        let terms = fixtures::terms();
        encode(&m::UpdateProgramArgs { program: stage.draft_program, terms })
    }),
    row("open_program", &[Manager], NOT_MANAGER, |stage| program(stage.paused_program)),
    row("pause_program", &[Manager], NOT_MANAGER, |stage| program(stage.open_program)),
    row("close_program", &[Manager], NOT_MANAGER, |stage| program(stage.closing_program)),
    public("get_program", |stage| program(stage.program)),
    public("list_programs", page),
    public("get_budget", |stage| program(stage.program)),
    public("export_report", |stage| {
        encode(&m::ExportReportArgs { program: stage.program, after: None, limit: 10 })
    }),
    // Applications.
    row("save_draft", SIGNED_IN, "", |stage| {
        encode(&m::SaveDraftArgs {
            program: stage.program,
            draft: None,
            content: fixtures::content(0),
            applicant: None,
            idempotency_key: None,
        })
    }),
    row("submit_application", SIGNED_IN, "", |stage| {
        encode(&fixtures::submission(stage.program, fixtures::content(DOLLAR)))
    }),
    row("revise_application", &[Applicant], NOT_APPLICANT, |stage| {
        let content = fixtures::content(DOLLAR);
        encode(&m::ReviseApplicationArgs { application: stage.changes, content })
    }),
    row("withdraw_application", &[Applicant], NOT_APPLICANT, |stage| application(stage.submitted)),
    row("declare_conflict", &[Reviewer], NOT_REVIEWER, |stage| {
        encode(&fixtures::declaration(stage.to_declare, m::Conflict::None))
    }),
    row("submit_review", &[Reviewer], NOT_REVIEWER, |stage| {
        encode(&fixtures::review(stage.declared, m::Recommendation::Approve, 8))
    }),
    row("finalize_application", &[Manager, Reviewer], NOT_PANEL, |stage| {
        application(stage.reviewed)
    }),
    row("appeal_decision", &[Applicant], NOT_APPLICANT, |stage| {
        let grounds_hash = fixtures::hash("grounds");
        encode(&m::AppealDecisionArgs { application: stage.rejected, grounds_hash })
    }),
    public("get_application", |stage| application(stage.submitted)),
    public("get_reviews", |stage| application(stage.reviewed)),
    public("list_applications", |_| {
        encode(&m::ListApplicationsArgs { limit: 10, ..Default::default() })
    }),
    // Grants.
    row("accept_grant", &[Applicant], NOT_GRANTEE, |stage| grant(stage.offered)),
    row("submit_milestone", &[Applicant], NOT_GRANTEE, |stage| {
        let evidence = fixtures::evidence("work");
        encode(&m::SubmitMilestoneArgs { grant: stage.stepped, index: 2, evidence })
    }),
    row("review_milestone", &[Reviewer], NOT_REVIEWER, |stage| {
        encode(&fixtures::verdict(stage.stepped, 0, true))
    }),
    row("request_payout", &[Applicant, Manager, Treasurer], NOT_GRANTEE, |stage| {
        encode(&m::RequestPayoutArgs { grant: stage.lump, milestone: None, idempotency_key: None })
    }),
    // What is queued has not failed: those who may get that far.
    row("retry_payout", &[Manager, Treasurer], NOT_MANAGER, |stage: &Stage| {
        encode(&m::PayoutArgs { payout: stage.payout })
    })
    .answers("micro_grants.payout.state"),
    row("start_stream", &[Manager], NOT_MANAGER, |stage| {
        let start_ns = stage.now;
        let end_ns = start_ns + granary_tests::clock::DAY;
        let terms = m::StreamTerms { start_ns, cliff_ns: start_ns, end_ns };
        encode(&m::StartStreamArgs { grant: stage.to_stream, terms })
    }),
    row("pause_stream", &[Manager], NOT_MANAGER, |stage| {
        encode(&m::PauseStreamArgs { grant: stage.streaming, paused: true })
    }),
    row("claim_stream", &[Applicant, Manager, Treasurer], NOT_GRANTEE, |stage| {
        grant(stage.streaming)
    }),
    row("suspend_grant", &[Manager], NOT_MANAGER, |stage| reason(stage.running)),
    row("reinstate_grant", &[Manager], NOT_MANAGER, |stage| {
        encode(&m::ReinstateGrantArgs { grant: stage.suspended, reason_hash: None })
    }),
    row("give_notice", &[Manager], NOT_MANAGER, |stage| reason(stage.to_notice)),
    row("reply_to_notice", &[Applicant], NOT_GRANTEE, |stage| reason(stage.noticed)),
    row("terminate_grant", &[Manager], NOT_MANAGER, |stage| reason(stage.over)),
    row("submit_progress_report", &[Applicant], NOT_GRANTEE, |stage| {
        let (summary, evidence) = ("It goes well.".to_owned(), Vec::new());
        encode(&m::ProgressReportArgs { grant: stage.stepped, summary, evidence })
    }),
    public("get_grant", |stage| grant(stage.stepped)),
    public("list_grants", |_| encode(&m::ListGrantsArgs { limit: 10, ..Default::default() })),
    public("get_payout", |stage| encode(&m::PayoutArgs { payout: stage.payout })),
    public("list_payouts", |_| encode(&m::ListGrantsArgs { limit: 10, ..Default::default() })),
    // What every canister of the suite answers.
    public("health_check", nothing),
    public("get_system_health", nothing),
    public("get_version", nothing),
    public("get_canister_metrics", nothing),
    public("get_upgrade_history", nothing),
    public("get_migration_status", nothing),
    public("get_drain_status", nothing),
    public("get_certified_head", nothing),
    public("icrc10_supported_standards", nothing),
    public("get_jobs_status", nothing),
    public("get_roles", nothing),
    public("list_roles", nothing),
    public("get_peers", nothing),
    row("set_peer", &[Governor], NOBODY_ELSE, |_| {
        encode(&c::SetPeerArgs { name: "registry".to_owned(), canister: None })
    }),
    row("set_portfolio_asset", &[Governor], NOBODY_ELSE, |_| {
        encode(&m::SetPortfolioAssetArgs { asset: Some(1) })
    }),
    row("check_dependencies", ASKING, NOBODY_ELSE, nothing),
    row("test_execution_connection", ASKING, NOBODY_ELSE, nothing).answers("common.peer.unset"),
    row("test_registry_connection", ASKING, NOBODY_ELSE, nothing).answers("common.peer.unset"),
    public("get_events", |_| encode(&c::GetEventsArgs { start: 0, length: 10 })),
    row("get_logs", &[Operator, Auditor, Governor], NOBODY_ELSE, |_| {
        let min_level = c::LogLevel::Info;
        encode(&c::GetLogsArgs { after: None, limit: 10, min_level })
    }),
    row("validate_state", &[Auditor, Governor], NOBODY_ELSE, |_| {
        encode(&c::ValidateStateArgs { cursor: None, max_items: 100 })
    }),
    // A canister that runs takes no page: the governor gets that far, the others do not.
    row("import_state", &[Governor], NOBODY_ELSE, |_| {
        encode(&c::StatePage {
            domain: "config".to_owned(),
            schema: 1,
            cursor: None,
            records: Vec::new(),
            digest: fixtures::hash(""),
            next: None,
        })
    })
    .answers("common.lifecycle.not_importing"),
    row("export_state", &[Backup], NOBODY_ELSE, |_| {
        encode(&c::ExportStateArgs {
            domain: granary_tests::subject::MICRO_GRANTS.domains[0].to_owned(),
            cursor: None,
            max_bytes: 100_000,
        })
    }),
    row("get_state_digest", &[Auditor, Governor, Backup], NOBODY_ELSE, |_| {
        encode(&c::GetStateDigestArgs { cursor: None, max_bytes: 100_000 })
    }),
    public("resume_jobs", nothing),
    row("set_role", &[Governor], NOBODY_ELSE, |_| {
        let holder = granary_tests::people::person("somebody");
        encode(&m::SetRoleArgs { role: m::Role::Auditor, holder, granted: true })
    }),
    row("set_mode", &[Governor], NOBODY_ELSE, |_| {
        encode(&c::SetModeArgs { mode: c::Mode::Full, reason: "drill".to_owned() })
    }),
    public("http_request", |_| {
        encode(&http::HttpRequest {
            method: "GET".to_owned(),
            url: "/metrics".to_owned(),
            headers: Vec::new(),
            body: ByteBuf::new(),
            certificate_version: None,
        })
    }),
    row("prepare_upgrade", &[Governor], NOBODY_ELSE, |stage| {
        let deadline_ns = stage.now + granary_tests::clock::HOUR;
        encode(&c::PrepareUpgradeArgs { epoch: 1, deadline_ns })
    }),
    row("resume", &[Governor], NOBODY_ELSE, |_| {
        encode(&c::ResumeArgs { epoch: 1, restored: false })
    }),
];
