//! `micro_grants`, one function for each of its methods; their meaning is in the interface file.

#![expect(missing_docs, reason = "each function has the name and the arguments of a method")]
#![expect(clippy::needless_pass_by_value, reason = "arguments are made for one call")]

use std::ops::Deref;

use candid::{CandidType, Deserialize, Principal};
use granary_api::{common as c, micro_grants as m};

use crate::{caller::Caller, reply::Answer, world::World};

/// The canister as one principal sees it.
#[derive(Debug, Clone, Copy)]
pub struct MicroGrants<'w>(Caller<'w>);

impl<'w> Deref for MicroGrants<'w> {
    type Target = Caller<'w>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'w> MicroGrants<'w> {
    pub(crate) fn new(world: &'w World, caller: Principal) -> Self {
        Self(Caller::new(world, caller))
    }

    fn update<A: CandidType>(&self, method: &str, args: &A) -> Answer<c::Receipt> {
        self.0.receipt(method, args)
    }

    fn query<A, R>(&self, method: &str, args: &A) -> Answer<R>
    where
        A: CandidType,
        R: CandidType + for<'de> Deserialize<'de>,
    {
        self.0.query(method, args)
    }
}

/// Programmes.
impl MicroGrants<'_> {
    pub fn create_program(&self, args: m::CreateProgramArgs) -> Answer<c::Receipt> {
        self.update("create_program", &args)
    }
    pub fn update_program(&self, args: m::UpdateProgramArgs) -> Answer<c::Receipt> {
        self.update("update_program", &args)
    }
    pub fn open_program(&self, program: u64) -> Answer<c::Receipt> {
        self.update("open_program", &m::ProgramArgs { program })
    }
    pub fn pause_program(&self, program: u64) -> Answer<c::Receipt> {
        self.update("pause_program", &m::ProgramArgs { program })
    }
    pub fn close_program(&self, program: u64) -> Answer<c::Receipt> {
        self.update("close_program", &m::ProgramArgs { program })
    }
    pub fn get_program(&self, program: u64) -> Answer<m::Program> {
        self.query("get_program", &m::ProgramArgs { program })
    }
    pub fn list_programs(&self, args: c::PageArgs) -> Answer<m::ProgramPage> {
        self.query("list_programs", &args)
    }
    pub fn get_budget(&self, program: u64) -> Answer<m::Budget> {
        self.query("get_budget", &m::ProgramArgs { program })
    }
    pub fn export_report(&self, args: m::ExportReportArgs) -> Answer<m::ReportPage> {
        self.query("export_report", &args)
    }
}

/// Applications and their decisions.
impl MicroGrants<'_> {
    pub fn save_draft(&self, args: m::SaveDraftArgs) -> Answer<c::Receipt> {
        self.update("save_draft", &args)
    }
    pub fn submit_application(&self, args: m::SubmitApplicationArgs) -> Answer<c::Receipt> {
        self.update("submit_application", &args)
    }
    pub fn revise_application(&self, args: m::ReviseApplicationArgs) -> Answer<c::Receipt> {
        self.update("revise_application", &args)
    }
    pub fn withdraw_application(&self, application: u64) -> Answer<c::Receipt> {
        self.update("withdraw_application", &m::ApplicationArgs { application })
    }
    pub fn declare_conflict(&self, args: m::DeclareConflictArgs) -> Answer<c::Receipt> {
        self.update("declare_conflict", &args)
    }
    pub fn submit_review(&self, args: m::SubmitReviewArgs) -> Answer<c::Receipt> {
        self.update("submit_review", &args)
    }
    pub fn finalize_application(&self, application: u64) -> Answer<c::Receipt> {
        self.update("finalize_application", &m::ApplicationArgs { application })
    }
    pub fn appeal_decision(&self, args: m::AppealDecisionArgs) -> Answer<c::Receipt> {
        self.update("appeal_decision", &args)
    }
    pub fn get_application(&self, application: u64) -> Answer<m::Application> {
        self.query("get_application", &m::ApplicationArgs { application })
    }
    pub fn get_reviews(&self, application: u64) -> Answer<m::ReviewFile> {
        self.query("get_reviews", &m::ApplicationArgs { application })
    }
    pub fn list_applications(&self, args: m::ListApplicationsArgs) -> Answer<m::ApplicationPage> {
        self.query("list_applications", &args)
    }
}

/// Grants, milestones, streams and payouts.
impl MicroGrants<'_> {
    pub fn accept_grant(&self, grant: u64) -> Answer<c::Receipt> {
        self.update("accept_grant", &m::GrantArgs { grant })
    }
    pub fn submit_milestone(&self, args: m::SubmitMilestoneArgs) -> Answer<c::Receipt> {
        self.update("submit_milestone", &args)
    }
    pub fn review_milestone(&self, args: m::ReviewMilestoneArgs) -> Answer<c::Receipt> {
        self.update("review_milestone", &args)
    }
    pub fn request_payout(&self, args: m::RequestPayoutArgs) -> Answer<c::Receipt> {
        self.update("request_payout", &args)
    }
    pub fn start_stream(&self, args: m::StartStreamArgs) -> Answer<c::Receipt> {
        self.update("start_stream", &args)
    }
    pub fn pause_stream(&self, grant: u64, paused: bool) -> Answer<c::Receipt> {
        self.update("pause_stream", &m::PauseStreamArgs { grant, paused })
    }
    pub fn claim_stream(&self, grant: u64) -> Answer<c::Receipt> {
        self.update("claim_stream", &m::GrantArgs { grant })
    }
    pub fn suspend_grant(&self, args: m::ReasonArgs) -> Answer<c::Receipt> {
        self.update("suspend_grant", &args)
    }
    pub fn reinstate_grant(&self, grant: u64) -> Answer<c::Receipt> {
        self.update("reinstate_grant", &m::ReinstateGrantArgs { grant, reason_hash: None })
    }
    pub fn give_notice(&self, args: m::ReasonArgs) -> Answer<c::Receipt> {
        self.update("give_notice", &args)
    }
    pub fn reply_to_notice(&self, args: m::ReasonArgs) -> Answer<c::Receipt> {
        self.update("reply_to_notice", &args)
    }
    pub fn terminate_grant(&self, args: m::ReasonArgs) -> Answer<c::Receipt> {
        self.update("terminate_grant", &args)
    }
    pub fn submit_progress_report(&self, args: m::ProgressReportArgs) -> Answer<c::Receipt> {
        self.update("submit_progress_report", &args)
    }
    pub fn get_grant(&self, grant: u64) -> Answer<m::Grant> {
        self.query("get_grant", &m::GrantArgs { grant })
    }
    pub fn list_grants(&self, args: m::ListGrantsArgs) -> Answer<m::GrantPage> {
        self.query("list_grants", &args)
    }
    pub fn retry_payout(&self, payout: u64) -> Answer<c::Receipt> {
        self.update("retry_payout", &m::PayoutArgs { payout })
    }
    pub fn set_portfolio_asset(&self, asset: Option<u64>) -> Answer<c::Receipt> {
        self.update("set_portfolio_asset", &m::SetPortfolioAssetArgs { asset })
    }
    pub fn get_payout(&self, payout: u64) -> Answer<m::Payout> {
        self.query("get_payout", &m::PayoutArgs { payout })
    }
    pub fn list_payouts(&self, args: m::ListGrantsArgs) -> Answer<m::PayoutPage> {
        self.query("list_payouts", &args)
    }
}

/// Its own among the methods that every canister has.
impl MicroGrants<'_> {
    pub fn get_canister_metrics(&self) -> Answer<m::CanisterMetrics> {
        self.plain("get_canister_metrics")
    }
    pub fn get_roles(&self) -> Answer<Vec<m::RoleGrant>> {
        self.plain("get_roles")
    }
    pub fn set_role(&self, args: m::SetRoleArgs) -> Answer<c::Receipt> {
        self.update("set_role", &args)
    }
}
