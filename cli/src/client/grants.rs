//! `micro_grants`, method by method: the name on the wire with the types it takes and gives.

use granary_api::{common::PageArgs, micro_grants as wire};

use super::remote::{Query, Update, query, update};

pub(crate) const CREATE_PROGRAM: Update<wire::CreateProgramArgs> = update("create_program");
pub(crate) const OPEN_PROGRAM: Update<wire::ProgramArgs> = update("open_program");
pub(crate) const SAVE_DRAFT: Update<wire::SaveDraftArgs> = update("save_draft");
pub(crate) const SUBMIT_APPLICATION: Update<wire::SubmitApplicationArgs> =
    update("submit_application");
pub(crate) const DECLARE_CONFLICT: Update<wire::DeclareConflictArgs> = update("declare_conflict");
pub(crate) const SUBMIT_REVIEW: Update<wire::SubmitReviewArgs> = update("submit_review");
pub(crate) const FINALIZE_APPLICATION: Update<wire::ApplicationArgs> =
    update("finalize_application");
pub(crate) const ACCEPT_GRANT: Update<wire::GrantArgs> = update("accept_grant");
pub(crate) const SUBMIT_MILESTONE: Update<wire::SubmitMilestoneArgs> = update("submit_milestone");
pub(crate) const REVIEW_MILESTONE: Update<wire::ReviewMilestoneArgs> = update("review_milestone");
pub(crate) const REQUEST_PAYOUT: Update<wire::RequestPayoutArgs> = update("request_payout");
pub(crate) const RETRY_PAYOUT: Update<wire::PayoutArgs> = update("retry_payout");
pub(crate) const SET_PORTFOLIO_ASSET: Update<wire::SetPortfolioAssetArgs> =
    update("set_portfolio_asset");

pub(crate) const GET_PROGRAM: Query<wire::ProgramArgs, wire::Program> = query("get_program");
pub(crate) const LIST_PROGRAMS: Query<PageArgs, wire::ProgramPage> = query("list_programs");
pub(crate) const GET_APPLICATION: Query<wire::ApplicationArgs, wire::Application> =
    query("get_application");
pub(crate) const LIST_APPLICATIONS: Query<wire::ListApplicationsArgs, wire::ApplicationPage> =
    query("list_applications");
pub(crate) const GET_REVIEWS: Query<wire::ApplicationArgs, wire::ReviewFile> = query("get_reviews");
pub(crate) const GET_GRANT: Query<wire::GrantArgs, wire::Grant> = query("get_grant");
pub(crate) const LIST_GRANTS: Query<wire::ListGrantsArgs, wire::GrantPage> = query("list_grants");
pub(crate) const LIST_PAYOUTS: Query<wire::ListGrantsArgs, wire::PayoutPage> =
    query("list_payouts");
pub(crate) const GET_BUDGET: Query<wire::ProgramArgs, wire::Budget> = query("get_budget");
pub(crate) const EXPORT_REPORT: Query<wire::ExportReportArgs, wire::ReportPage> =
    query("export_report");

pub(crate) const GET_CANISTER_METRICS: Query<(), wire::CanisterMetrics> =
    query("get_canister_metrics");
