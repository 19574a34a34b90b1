//! Faults where the network meets the outside: ingress messages, outcalls, stops, certificates.

use candid::{Decode, Principal};
use ic_management_canister_types as mg;
use pocket_ic::ErrorCode;

use super::{
    management::http_request,
    puppet::{call, manage, program},
    world::{Answer, World, record, user},
};
use crate::{
    faults::{Action, FaultPlan, FaultRecord, Intervention, OutcallFault, Rule},
    network::{IngressStatus, MessageId},
};

fn plan(world: &mut World, rules: impl IntoIterator<Item = Rule>) {
    world.net.set_faults(FaultPlan::of(rules), 7).expect("the plan can be meant");
}

fn hits(world: &World) -> usize {
    world.net.fault_record().expect("a plan is in force").hits.len()
}

#[test]
fn calls_to_the_management_canister_can_be_rejected() {
    let mut world = World::new();
    let puppet = world.puppet();
    world.share(puppet, puppet);
    let action = Action::Reject { code: 2, message: "later".to_owned() };
    let rule = Rule::new(action).to(Principal::management_canister()).named("canister_status");
    plan(&mut world, [rule.from(puppet).times(1)]);
    let ask = manage("canister_status", record(puppet))
        .on_reply(program().append(b"replied").reply())
        .on_reject(program().append_reject().reply());
    let told = world.run(puppet, program().call(ask.clone())).expect("answered");
    assert_eq!(told, b"\x02later");
    assert_eq!(world.run(puppet, program().call(ask)).expect("answered"), b"replied");
    assert_eq!(hits(&world), 1);
}

#[test]
fn an_ingress_message_can_arrive_twice() {
    let mut world = World::new();
    let (puppet, other) = (world.puppet(), world.puppet());
    plan(&mut world, [Rule::new(Action::Duplicate).to(puppet).named("run").skip(1)]);
    let count = || program().count(1).append_count().reply();
    let counted = |answer: Answer| answer.expect("reply")[0];
    assert_eq!(counted(world.run(puppet, count())), 1, "the first passes");
    assert_eq!(counted(world.run(puppet, count())), 2, "the sender is told the first answer");
    assert_eq!(world.count(puppet), 3);
    assert_eq!(counted(world.run(other, count())), 1);
    assert_eq!((world.count(other), hits(&world)), (1, 1));
    world.check();
}

#[test]
fn an_ingress_message_can_expire_instead_of_running() {
    let mut world = World::new();
    let puppet = world.puppet();
    plan(&mut world, [Rule::new(Action::Expire).to(puppet).times(1)]);
    let error = world.run(puppet, program().count(1).reply()).expect_err("expired");
    assert_eq!(error.error_code, ErrorCode::IngressMessageTimeout);
    assert_eq!(world.count(puppet), 0);
    world.run(puppet, program().count(1).reply()).expect("the next one runs");
    assert_eq!(world.count(puppet), 1);
}

/// What is left of five messages, when each may be copied or expire; and what was chosen.
fn luck(record: Option<&FaultRecord>) -> (Vec<IngressStatus>, u32, FaultRecord) {
    let mut world = World::new();
    let puppet = world.puppet();
    let rules = [Action::Duplicate, Action::Expire].map(|action| Rule::new(action).chance(400));
    let plan = FaultPlan::of(rules).in_any_order();
    match record {
        None => world.net.set_faults(plan, 3),
        Some(record) => world.net.replay_faults(plan, record),
    }
    .expect("the plan can be meant");
    let sent: Vec<MessageId> = (0..5)
        .map(|_| {
            let program = program().count(1).append_count().reply();
            world.submit(user(), puppet, "run", program.0).expect("taken")
        })
        .collect();
    assert!(world.net.run_until_idle(20));
    world.check();
    let record = world.net.end_faults().expect("a plan was in force");
    let ends = sent.iter().map(|id| world.net.ingress_status(id)).collect();
    (ends, world.count(puppet), record)
}

#[test]
fn faults_of_ingress_are_repeated_by_the_record() {
    let (ends, count, record) = luck(None);
    let names: Vec<_> = record.hits.iter().map(|hit| hit.rule).collect();
    assert!(names.contains(&0) && names.contains(&1), "some were copied, some expired: {names:?}");
    assert_eq!(luck(Some(&record)), (ends, count, record.clone()));
    let (_, calm, _) = luck(Some(&FaultRecord { choices: Vec::new(), ..record }));
    assert_eq!(calm, 5, "with nothing left to choose nothing happens");
}

/// What the caller of an outcall is told under this fault: a status and a body, or a code and a
/// text.
fn outcall(fault: OutcallFault) -> Result<(u16, Vec<u8>), (u8, String)> {
    let mut world = World::new();
    let puppet = world.puppet();
    let url = "https://example.com/price";
    plan(&mut world, [Rule::new(Action::Outcall(fault)).to(puppet).named(url).times(1)]);
    let ask = manage("http_request", http_request(None))
        .cycles(100_000_000_000)
        .on_reply(program().append(b"+").append_arg().reply())
        .on_reject(program().append(b"-").append_reject().reply());
    let told = world.run(puppet, program().call(ask.clone())).expect("answered");
    assert_eq!(hits(&world), 1);
    let waiting = world.submit(user(), puppet, "run", program().call(ask).0).expect("taken");
    world.net.tick();
    world.check();
    assert_eq!(world.net.pending_http_requests().len(), 1, "the next one waits to be mocked");
    assert!(!world.net.ingress_status(&waiting).is_final());
    if let [b'-', code, text @ ..] = &told[..] {
        return Err((*code, String::from_utf8_lossy(text).into_owned()));
    }
    let result = Decode!(&told[1..], mg::HttpRequestResult).expect("a response");
    let status = u16::try_from(result.status.0).expect("a small number");
    Ok((status, result.body))
}

#[test]
fn outcalls_end_as_the_plan_says() {
    let answer = OutcallFault::Respond { status: 503, body: b"busy".to_vec() };
    assert_eq!(outcall(answer), Ok((503, b"busy".to_vec())));
    let (code, text) = outcall(OutcallFault::Timeout).expect_err("no response");
    assert_eq!((code, text.as_str()), (2, "Canister http request timed out"));
    let (code, text) = outcall(OutcallFault::Disagree).expect_err("no consensus");
    assert!(code == 2 && text.contains("No consensus could be reached"), "{code}: {text}");
    let refused = OutcallFault::Reject { code: 1, message: "connection refused".to_owned() };
    assert_eq!(outcall(refused), Err((1, "connection refused".to_owned())));
    let large = OutcallFault::Respond { status: 200, body: vec![0; 1_001] };
    let (_, text) = outcall(large).expect_err("more than was asked for");
    assert!(text.contains("exceeds size limit of 1000 bytes"), "{text}");
}

#[test]
fn a_stop_can_take_too_long_at_once() {
    let mut world = World::new();
    let (a, b) = (world.puppet(), world.puppet());
    plan(&mut world, [Rule::new(Action::Delay { rounds: None }).to(a)]);
    let open = program().call(call(b, program().reply()).on_reply(program().reply()));
    let open = world.submit(user(), a, "run", open.0).expect("taken");
    world.net.tick();
    let aaaaa = Principal::management_canister();
    let stop = world.submit(user(), aaaaa, "stop_canister", record(a)).expect("taken");
    world.net.tick();
    assert!(!world.net.ingress_status(&stop).is_final(), "a call is open");
    world.net.intervene(&Intervention::TimeOutStop { canister: a }).expect("done");
    let IngressStatus::Rejected(reject) = world.net.ingress_status(&stop) else {
        panic!("the stop is still waited for");
    };
    assert_eq!(reject.error_code, ErrorCode::StopCanisterRequestTimeout);
    let refused = world.run(a, program().reply()).expect_err("it is stopping all the same");
    assert_eq!(refused.error_code, ErrorCode::CanisterStopping);
    world.net.intervene(&Intervention::Release).expect("done");
    world.wait(&open).expect("the open call ends");
    assert_eq!(world.status(a).status, mg::CanisterStatusType::Stopped);
    let nobody = Intervention::TimeOutStop { canister: aaaaa };
    assert!(world.net.intervene(&nobody).is_err());
}
