//! `governor`, method by method.

use granary_api::{common::PageArgs, governor as wire};

use super::remote::{Query, Update, query, update};

/// The name under which the canister is deployed.
pub(crate) const CANISTER: &str = "governor";

pub(crate) const CREATE_PROPOSAL: Update<wire::CreateProposalArgs> = update("create_proposal");
pub(crate) const STAGE_WASM_CHUNK: Update<wire::StageWasmChunkArgs> = update("stage_wasm_chunk");
pub(crate) const FINALIZE_WASM: Update<wire::ModuleArgs> = update("finalize_wasm");
pub(crate) const ATTEST_BUILD: Update<wire::AttestBuildArgs> = update("attest_build");
pub(crate) const AUDIT_PROPOSAL: Update<wire::ProposalArgs> = update("audit_proposal");
pub(crate) const REHEARSE_RELEASE: Update<wire::ProposalArgs> = update("rehearse_release");
pub(crate) const APPROVE: Update<wire::VoteArgs> = update("approve");
pub(crate) const REJECT: Update<wire::VoteArgs> = update("reject");
pub(crate) const REVOKE_APPROVAL: Update<wire::ProposalArgs> = update("revoke_approval");
pub(crate) const VETO: Update<wire::EndProposalArgs> = update("veto");
pub(crate) const CANCEL: Update<wire::EndProposalArgs> = update("cancel");
pub(crate) const EXECUTE: Update<wire::ProposalArgs> = update("execute");
pub(crate) const ROLLBACK_RELEASE: Update<wire::RollbackReleaseArgs> = update("rollback_release");
pub(crate) const MEMBER_HEARTBEAT: Update<()> = update("member_heartbeat");
pub(crate) const OPEN_INCIDENT: Update<wire::OpenIncidentArgs> = update("open_incident");
pub(crate) const UPDATE_INCIDENT: Update<wire::UpdateIncidentArgs> = update("update_incident");

pub(crate) const GET_PROPOSAL: Query<wire::ProposalArgs, wire::ProposalDetails> =
    query("get_proposal");
pub(crate) const GET_PROPOSAL_STATUS: Query<wire::ProposalArgs, wire::ProposalStatus> =
    query("get_proposal_status");
pub(crate) const LIST_PROPOSALS: Query<wire::ListProposalsArgs, wire::ProposalPage> =
    query("list_proposals");
pub(crate) const RENDER_PROPOSAL: Query<wire::ProposalArgs, wire::Rendering> =
    query("render_proposal");
pub(crate) const GET_AUDIT: Query<wire::ProposalArgs, wire::Audit> = query("get_audit");
pub(crate) const GET_REHEARSAL_REPORT: Query<wire::ProposalArgs, wire::RehearsalReport> =
    query("get_rehearsal_report");
pub(crate) const GET_EXECUTION: Query<wire::GetExecutionArgs, wire::Execution> =
    query("get_execution");
pub(crate) const GET_MODULE: Query<wire::ModuleArgs, wire::ModuleDetails> = query("get_module");
pub(crate) const GET_CONFIG: Query<(), wire::Config> = query("get_config");
pub(crate) const GET_MEMBERS: Query<(), wire::Members> = query("get_members");
pub(crate) const LIST_TARGETS: Query<(), Vec<wire::Target>> = query("list_targets");
pub(crate) const LIST_SNAPSHOTS: Query<PageArgs, wire::SnapshotPage> = query("list_snapshots");
pub(crate) const EXPLAIN_AUTHORITY: Query<(), wire::Authority> = query("explain_authority");
pub(crate) const GET_INCIDENT: Query<wire::IncidentArgs, wire::Incident> = query("get_incident");
pub(crate) const LIST_INCIDENTS: Query<PageArgs, wire::IncidentPage> = query("list_incidents");
