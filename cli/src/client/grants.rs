//! `micro_grants`, method by method: the name on the wire with the types it takes and gives.

use std::marker::PhantomData;

use candid::{CandidType, Principal};
use granary_api::{
    Error,
    common::{
        CertifiedHead, EventPage, ExportStateArgs, GetEventsArgs, PageArgs, Receipt, StatePage,
        SystemHealth, ValidateStateArgs, ValidationReport, Version,
    },
    micro_grants as wire,
};
use serde::de::DeserializeOwned;

use super::{Client, Message};
use crate::{exit::Exit, failure::Failure, identity::Caller};

/// A method that changes something and answers with a receipt.
pub(crate) struct Update<A>(&'static str, PhantomData<fn(A)>);

/// A method that answers a question.
pub(crate) struct Query<A, R>(&'static str, PhantomData<fn(A) -> R>);

impl<A> Update<A> {
    /// The method's name on the wire.
    pub(crate) const fn name(&self) -> &'static str {
        self.0
    }
}

const fn update<A>(name: &'static str) -> Update<A> {
    Update(name, PhantomData)
}

const fn query<A, R>(name: &'static str) -> Query<A, R> {
    Query(name, PhantomData)
}

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
pub(crate) const GET_EVENTS: Query<GetEventsArgs, EventPage> = query("get_events");
pub(crate) const VALIDATE_STATE: Query<ValidateStateArgs, ValidationReport> =
    query("validate_state");
pub(crate) const EXPORT_STATE: Query<ExportStateArgs, StatePage> = query("export_state");

pub(crate) const GET_SYSTEM_HEALTH: Query<(), SystemHealth> = query("get_system_health");
pub(crate) const GET_VERSION: Query<(), Version> = query("get_version");
pub(crate) const GET_CERTIFIED_HEAD: Query<(), CertifiedHead> = query("get_certified_head");
pub(crate) const GET_CANISTER_METRICS: Query<(), wire::CanisterMetrics> =
    query("get_canister_metrics");

/// A `micro_grants` canister, seen by one identity.
#[derive(Clone)]
pub(crate) struct Grants<C> {
    pub(crate) client: C,
    pub(crate) canister: Principal,
}

impl<C: Client> Grants<C> {
    /// The same canister under another identity.
    pub(crate) fn acting_as(&self, caller: &Caller) -> Result<Self, Failure> {
        Ok(Self { client: self.client.acting_as(caller)?, canister: self.canister })
    }

    /// Changes something.
    pub(crate) async fn update<A: CandidType>(
        &self,
        method: Update<A>,
        args: &A,
    ) -> Result<Receipt, Failure> {
        let bytes = self.client.update(self.message(method.0, encode(args)?)).await?;
        decode::<Result<Receipt, Error>>(method.0, &bytes)?.map_err(Failure::from)
    }

    /// Asks a method that answers with a result.
    pub(crate) async fn query<A: CandidType, R: CandidType + DeserializeOwned>(
        &self,
        method: Query<A, R>,
        args: &A,
    ) -> Result<R, Failure> {
        let bytes = self.client.query(self.message(method.0, encode(args)?)).await?;
        decode::<Result<R, Error>>(method.0, &bytes)?.map_err(Failure::from)
    }

    /// Asks a method that takes nothing and always has an answer.
    pub(crate) async fn ask<R: CandidType + DeserializeOwned>(
        &self,
        method: Query<(), R>,
    ) -> Result<R, Failure> {
        let arg = candid::encode_args(()).map_err(|error| undecodable(method.0, &error))?;
        let bytes = self.client.query(self.message(method.0, arg)).await?;
        decode(method.0, &bytes)
    }

    fn message(&self, method: &'static str, arg: Vec<u8>) -> Message {
        Message { canister: self.canister, effective: self.canister, method, arg }
    }
}

/// Candid bytes of one argument.
pub(crate) fn encode<A: CandidType>(args: &A) -> Result<Vec<u8>, Failure> {
    candid::encode_one(args).map_err(|error| undecodable("the request", &error))
}

/// One value from candid bytes.
pub(crate) fn decode<R: CandidType + DeserializeOwned>(
    method: &str,
    bytes: &[u8],
) -> Result<R, Failure> {
    candid::decode_one(bytes).map_err(|error| undecodable(method, &error))
}

fn undecodable(what: &str, error: &candid::Error) -> Failure {
    let why = error.to_string();
    let why = why.lines().next().unwrap_or("no reason given");
    Failure::new(
        Exit::Failed,
        "cli.interface",
        format!("{what} does not have the shape this version of the tool knows ({why})"),
    )
    .next("granary health, and compare its version with granary --version")
}
