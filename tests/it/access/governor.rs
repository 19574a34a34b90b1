//! The table of `governor`.

use granary_api::{common as c, governor as g, icrc21};
use granary_tests::{
    clock::HOUR,
    fixtures,
    hostile::Known,
    people::{
        Who::{self, Auditor, Governor, Operator, Reviewer, Service, Steward, Treasurer},
        applicant, person,
    },
    reply::Expect,
    subject::{GOVERNOR, governor_args},
    world::{World, encode},
};
use serde_bytes::ByteBuf;

use super::row::{ANYTHING, NOBODY_ELSE, Row, Staged, common, nothing, public, row};
use crate::world_of;

/// Who governs.
const MEMBERS: &[Who] = &[Treasurer, Reviewer, Steward, Service];
/// Who approves.
const APPROVERS: &[Who] = &[Treasurer, Reviewer, Steward];
/// Who proposes.
const PROPOSERS: &[Who] = &[Treasurer];
/// The code for everybody who is no member, or none with the permission.
const NO_MEMBER: &str = "governor.member.needed";
/// The smallest module there is.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// What is prepared for the rows.
pub(crate) struct Stage {
    now_ns: u64,
    /// Proposals that are voted on: to be approved, to be rejected, to lose a vote.
    approved: g::Proposal,
    rejected: g::Proposal,
    revoked: u64,
    /// Proposals that are approved: one waits to be stopped, one to be executed.
    vetoed: u64,
    ready: u64,
    /// A proposal that is taken back.
    cancelled: u64,
    incident: u64,
}

impl Staged for Stage {
    fn now_ns(&self) -> u64 {
        self.now_ns
    }
}

impl Stage {
    /// Proposals in several states, a module, an incident.
    pub(crate) fn build(world: &World) -> Self {
        let treasurer = world.caller(Treasurer);
        let propose = || propose(world, Treasurer, deny("a module"));
        let [approved, rejected, revoked, vetoed, ready, cancelled] = [(); 6].map(|()| propose());
        approve(world, Treasurer, revoked);
        for who in [Treasurer, Reviewer] {
            approve(world, who, vetoed);
            approve(world, who, ready);
        }
        treasurer.receipt("stage_wasm_chunk", &chunk()).value("a proposer");
        let opened = g::OpenIncidentArgs {
            title: "A test".to_owned(),
            text: "Nothing is wrong.".to_owned(),
            proposal: None,
        };
        let incident = treasurer.receipt("open_incident", &opened).value("a member").id;
        world.advance(HOUR);
        Self {
            now_ns: world.now_ns(),
            approved: proposal(world, approved),
            rejected: proposal(world, rejected),
            revoked,
            vetoed,
            ready,
            cancelled,
            incident,
        }
    }
}

/// Proposes as `who`.
pub(crate) fn propose(world: &World, who: Who, payload: g::Payload) -> u64 {
    let args = creation(payload);
    world.caller(who).receipt("create_proposal", &args).value("a proposer").id
}

/// A proposal with some text.
pub(crate) fn creation(payload: g::Payload) -> g::CreateProposalArgs {
    g::CreateProposalArgs {
        title: "A proposal".to_owned(),
        description: "What it does, and why that is good for the treasury.".to_owned(),
        payload,
        idempotency_key: None,
    }
}

/// Denies a module that does not exist: done at once, and harmless.
pub(crate) fn deny(name: &str) -> g::Payload {
    g::Payload::DenyModules { modules: vec![fixtures::hash(name)] }
}

/// The head of a proposal.
pub(crate) fn proposal(world: &World, proposal: u64) -> g::Proposal {
    details(world, proposal).proposal
}

/// A proposal with everything.
pub(crate) fn details(world: &World, proposal: u64) -> g::ProposalDetails {
    let args = g::ProposalArgs { proposal };
    let caller = world.caller(Who::Stranger);
    caller.query("get_proposal", &args).value("a proposal")
}

/// What a member says it saw of a proposal: what there is.
pub(crate) fn seen(head: &g::Proposal) -> g::VoteArgs {
    g::VoteArgs {
        proposal: head.id,
        digest: head.digest.clone(),
        epoch: head.epoch,
        rehearsal: head.rehearsal.clone(),
    }
}

/// Approves as `who`.
pub(crate) fn approve(world: &World, who: Who, id: u64) {
    let args = seen(&proposal(world, id));
    world.caller(who).receipt("approve", &args).value("an approver");
}

fn chunk() -> g::StageWasmChunkArgs {
    let chunk = ByteBuf::from(MODULE);
    g::StageWasmChunkArgs { module: module_hash(), of: 1, place: 0, chunk }
}

fn module_hash() -> ByteBuf {
    use sha2::Digest;
    ByteBuf::from(sha2::Sha256::digest(MODULE).to_vec())
}

fn named() -> g::ModuleArgs {
    g::ModuleArgs { module: module_hash() }
}

fn which(proposal: u64) -> Vec<u8> {
    encode(&g::ProposalArgs { proposal })
}

fn end(proposal: u64) -> Vec<u8> {
    encode(&g::EndProposalArgs { proposal, reason: "a test".to_owned() })
}

fn page(_: &Stage) -> Vec<u8> {
    encode(&c::PageArgs { after: None, limit: 10 })
}

fn proposals() -> Vec<Row<Stage>> {
    vec![
        row("create_proposal", PROPOSERS, NO_MEMBER, |_: &Stage| encode(&creation(deny("other")))),
        row("approve", APPROVERS, NO_MEMBER, |stage: &Stage| encode(&seen(&stage.approved))),
        row("reject", APPROVERS, NO_MEMBER, |stage: &Stage| encode(&seen(&stage.rejected))),
        row("revoke_approval", APPROVERS, NO_MEMBER, |stage: &Stage| which(stage.revoked)),
        row("veto", &[Treasurer, Steward], NO_MEMBER, |stage: &Stage| end(stage.vetoed)),
        row("execute", &[Treasurer, Service], NO_MEMBER, |stage: &Stage| which(stage.ready)),
        public("get_proposal", |stage: &Stage| which(stage.ready)),
        public("get_proposal_status", |stage: &Stage| which(stage.ready)),
        public("list_proposals", |_| {
            encode(&g::ListProposalsArgs { limit: 10, ..g::ListProposalsArgs::default() })
        }),
        public("render_proposal", |stage: &Stage| which(stage.ready)),
        public("icrc21_canister_call_consent_message", |stage: &Stage| {
            encode(&consent("veto", end(stage.vetoed)))
        }),
        row("advance_execution", WATCHERS, NO_MEMBER, |stage: &Stage| which(stage.cancelled))
            .answers("governor.execution.not_found"),
        row("rollback_release", APPROVERS, NO_MEMBER, |stage: &Stage| {
            let (proposal, digest) = (stage.cancelled, fixtures::hash("digest"));
            encode(&g::RollbackReleaseArgs { proposal, digest })
        })
        .answers("governor.execution.not_found"),
    ]
}

/// What a signer asks before a call.
pub(crate) fn consent(method: &str, arg: Vec<u8>) -> icrc21::ConsentMessageRequest {
    icrc21::ConsentMessageRequest {
        method: method.to_owned(),
        arg: ByteBuf::from(arg),
        user_preferences: icrc21::ConsentMessageSpec {
            metadata: icrc21::ConsentMessageMetadata {
                language: "en".to_owned(),
                utc_offset_minutes: None,
            },
            device_spec: None,
        },
    }
}

/// Who watches the fleet.
const WATCHERS: &[Who] = &[Treasurer, Reviewer, Steward, Service, Operator, Auditor, Governor];

fn releases() -> Vec<Row<Stage>> {
    let target = |_: &Stage| {
        let target = governor_args().targets[0].canister;
        encode(&g::TargetArgs { target })
    };
    vec![
        // It is no release.
        row("audit_proposal", MEMBERS, NO_MEMBER, |stage: &Stage| which(stage.cancelled))
            .answers("governor.proposal.no_release"),
        row("rehearse_release", PROPOSERS, NO_MEMBER, |stage: &Stage| which(stage.cancelled))
            .answers(ANYTHING),
        row("finalize_wasm", PROPOSERS, NO_MEMBER, |_| encode(&named())),
        row("stage_wasm_chunk", PROPOSERS, NO_MEMBER, |_| {
            let (module, chunk) = (fixtures::hash("some module"), ByteBuf::from([1, 2, 3]));
            encode(&g::StageWasmChunkArgs { module, of: 2, place: 1, chunk })
        }),
        row("attest_build", MEMBERS, NO_MEMBER, |_| encode(&attestation())),
        public("get_module", |_| encode(&named())),
        public("list_modules", |_| {
            encode(&g::ListModulesArgs { limit: 10, ..g::ListModulesArgs::default() })
        }),
        public("calculate_program_hash", |_| {
            encode(&g::CalculateProgramHashArgs { program: ByteBuf::from(MODULE) })
        }),
        public("verify_program_hash", |_| {
            let program = ByteBuf::from(MODULE);
            encode(&g::VerifyProgramHashArgs { program, expected: module_hash() })
        }),
        // The targets of this test are no canisters.
        row("verify_onchain_program", WATCHERS, NO_MEMBER, target)
            .answers("governor.canister.failed"),
        public("get_audit", |stage: &Stage| which(stage.ready)).answers("governor.audit.not_found"),
        public("get_rehearsal_report", |stage: &Stage| which(stage.ready))
            .answers("governor.rehearsal.not_found"),
        // What changes the governor alone has no steps.
        public("get_execution", |stage: &Stage| {
            let (proposal, kind) = (stage.ready, g::RunKind::Execution);
            encode(&g::GetExecutionArgs { proposal, kind })
        })
        .answers("governor.execution.not_found"),
        public("list_targets", nothing),
        public("list_snapshots", page),
    ]
}

fn attestation() -> g::AttestBuildArgs {
    g::AttestBuildArgs {
        module: module_hash(),
        commit: "0123abcd".to_owned(),
        builder: "debian 13".to_owned(),
        result: module_hash(),
        audit: None,
    }
}

fn others() -> Vec<Row<Stage>> {
    const LEADERS: &[Who] = &[Operator, Treasurer, Reviewer, Steward, Service];
    vec![
        row("open_incident", LEADERS, NO_MEMBER, |_: &Stage| {
            let (title, text) = ("Another".to_owned(), "Nothing is wrong.".to_owned());
            encode(&g::OpenIncidentArgs { title, text, proposal: None })
        }),
        row("update_incident", LEADERS, NO_MEMBER, |stage: &Stage| {
            let (incident, text) = (stage.incident, "Looked.".to_owned());
            encode(&g::UpdateIncidentArgs { incident, phase: g::IncidentPhase::Assessment, text })
        }),
        public("get_incident", |stage: &Stage| {
            encode(&g::IncidentArgs { incident: stage.incident })
        }),
        public("list_incidents", page),
        public("get_dashboard", nothing),
        public("get_config", nothing),
        public("get_members", nothing),
        public("explain_authority", nothing),
        row("member_heartbeat", MEMBERS, NO_MEMBER, nothing),
        row("set_role", &[Governor], NOBODY_ELSE, |_| {
            let (role, holder) = (g::Role::Backup, person("keeper"));
            encode(&g::SetRoleArgs { role, holder, granted: true })
        }),
        public("list_roles", nothing),
    ]
}

/// The last row: it voids every proposal, and the members are others then.
fn rotation() -> Row<Stage> {
    row("rotate_members", &[Governor], "governor.recovery.needed", |_| {
        let members: Vec<_> = (10..13).map(applicant).collect();
        encode(&g::RotateMembersArgs { members, threshold: 2 })
    })
}

/// Who may call what.
pub(crate) fn rows() -> Vec<Row<Stage>> {
    let mut rows = proposals();
    rows.extend(releases());
    rows.extend(others());
    // Whoever proposes is its proposer here; that nobody else takes it back has a test of its own.
    rows.push(row("cancel", PROPOSERS, NO_MEMBER, |stage: &Stage| end(stage.cancelled)));
    rows.push(rotation());
    rows.extend(common());
    rows
}

/// A governor with something of everything, and what an attacker knows of it.
pub(crate) fn target() -> (World, Known) {
    let world = world_of(&GOVERNOR);
    Stage::build(&world);
    let principals = Who::ALL.iter().map(|who| who.principal());
    let targets = governor_args().targets.into_iter().map(|target| target.canister);
    let principals = principals.chain(targets).chain([world.canister]).collect();
    (world, Known { ids: vec![1, 2, 3, 4, 5, 6, 7], principals })
}

#[test]
fn every_method_of_governor_has_a_row() {
    super::assert_complete(&GOVERNOR, &rows());
}

#[test]
fn everybody_gets_what_the_table_of_governor_says() {
    let world = world_of(&GOVERNOR);
    let stage = Stage::build(&world);
    super::assert_kept(&world, &rows(), &stage);
}

#[test]
fn a_rehearsal_of_governor_refuses_every_update() {
    let world = world_of(&GOVERNOR);
    let stage = Stage::build(&world);
    super::assert_idle_in_a_rehearsal(&world, &rows(), &stage);
}
