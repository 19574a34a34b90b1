//! The table of `recovery`.

use granary_api::{common as c, icrc21, recovery as r};
use granary_tests::{
    hostile::Known,
    people::{
        Who::{self, Governor, Guardian, Reviewer, Treasurer},
        person,
    },
    reply::Expect,
    subject::{RECOVERY, recovery_args},
    world::{World, encode},
};
use serde_bytes::ByteBuf;

use super::row::{NOBODY_ELSE, Row, Staged, common, nothing, public, row};
use crate::world_of;

/// The committee.
const MEMBERS: &[Who] = &[Treasurer, Reviewer, Guardian];
const NOT_MEMBER: &str = "recovery.member.needed";

/// What is prepared for the rows: requests, the first of them with its quorum.
pub(crate) struct Stage {
    now_ns: u64,
    ready: u64,
    open: u64,
    digest: ByteBuf,
}

impl Staged for Stage {
    fn now_ns(&self) -> u64 {
        self.now_ns
    }
}

fn submit(operation: r::Operation) -> r::SubmitRequestArgs {
    r::SubmitRequestArgs { operation, idempotency_key: None }
}

impl Stage {
    /// A request that waits for its time, one that waits for approvals, one that expired.
    pub(crate) fn build(world: &World) -> Self {
        let by = |who: Who, operation| {
            let member = world.caller(who);
            member.receipt("submit_request", &submit(operation)).value("a member").id
        };
        by(Guardian, r::Operation::Start);
        world.advance(granary_tests::clock::DAY * 7);
        world.advance(granary_tests::clock::MINUTE);
        let ready = by(Treasurer, r::Operation::Snapshot);
        by(Reviewer, r::Operation::Snapshot);
        let open = by(Treasurer, r::Operation::Start);
        let request =
            world.caller(Treasurer).query("get_request", &r::RequestArgs { request: open });
        let digest = request.map(|request: r::Request| request.digest).value("it");
        Self { now_ns: world.now_ns(), ready, open, digest }
    }
}

fn consent() -> icrc21::ConsentMessageRequest {
    let metadata =
        icrc21::ConsentMessageMetadata { language: "en".to_owned(), utc_offset_minutes: Some(60) };
    icrc21::ConsentMessageRequest {
        method: "submit_request".to_owned(),
        arg: ByteBuf::from(encode(&submit(r::Operation::Start))),
        user_preferences: icrc21::ConsentMessageSpec { metadata, device_spec: None },
    }
}

/// Who may call what.
pub(crate) fn rows() -> Vec<Row<Stage>> {
    let ready = |stage: &Stage| encode(&r::RequestArgs { request: stage.ready });
    let mut rows = vec![
        row("submit_request", MEMBERS, NOT_MEMBER, |_: &Stage| {
            encode(&submit(r::Operation::Restore { snapshot_id: ByteBuf::from(vec![1]) }))
        }),
        row("approve_request", MEMBERS, NOT_MEMBER, |stage| {
            let digest = stage.digest.clone();
            encode(&r::ApproveRequestArgs { request: stage.open, digest })
        }),
        row("execute_request", MEMBERS, NOT_MEMBER, ready).answers("recovery.request.too_early"),
        row("withdraw_approval", MEMBERS, NOT_MEMBER, |stage| {
            encode(&r::RequestArgs { request: stage.open })
        }),
        row("stage_wasm_chunk", MEMBERS, NOT_MEMBER, |_| {
            encode(&r::StageWasmChunkArgs { chunk: ByteBuf::from(vec![7]) })
        })
        .answers("recovery.management.failed"),
        row("clear_wasm_chunks", MEMBERS, NOT_MEMBER, nothing)
            .answers("recovery.management.failed"),
        row("set_committee", &[Governor], NOBODY_ELSE, |_| encode(&recovery_args().committee)),
        public("get_request", ready),
        public("list_requests", |_| encode(&c::PageArgs { after: None, limit: 10 })),
        public("get_committee", nothing),
        public("get_recovery_status", nothing),
        public("icrc21_canister_call_consent_message", |_| encode(&consent())),
        row("set_role", &[Governor], NOBODY_ELSE, |_| {
            let (role, holder) = (r::Role::Backup, person("keeper"));
            encode(&r::SetRoleArgs { role, holder, granted: true })
        }),
        public("list_roles", nothing),
    ];
    rows.extend(common());
    rows
}

/// A canister with something of everything, and what an attacker knows of it.
pub(crate) fn target() -> (World, Known) {
    let world = world_of(&RECOVERY);
    let stage = Stage::build(&world);
    let principals = Who::ALL.iter().map(|who| who.principal()).chain([world.canister]);
    let ids = vec![1, stage.ready, stage.open];
    (world, Known { ids, principals: principals.collect() })
}

#[test]
fn every_method_of_recovery_has_a_row() {
    super::assert_complete(&RECOVERY, &rows());
}

#[test]
fn everybody_gets_what_the_table_of_recovery_says() {
    let world = world_of(&RECOVERY);
    let stage = Stage::build(&world);
    super::assert_kept(&world, &rows(), &stage);
}

#[test]
fn a_rehearsal_of_recovery_refuses_every_update() {
    let world = world_of(&RECOVERY);
    let stage = Stage::build(&world);
    super::assert_idle_in_a_rehearsal(&world, &rows(), &stage);
}
