//! What goes wrong at one level arrives at the next one whole: as a reject, an error, a log line.

use candid::{Decode, Encode};
use granary_api::{
    common::{GetLogsArgs, LogEntry, LogLevel, Mode},
    micro_grants::{GrantArgs, ProgramArgs},
};
use granary_errors::{Category, Error, common};
use granary_tests::{
    fixtures::{self, DOLLAR},
    people::Who,
    reply::Expect,
    world::encode,
};
use pocket_ic::RejectCode;

use crate::world;

#[test]
fn undecodable_arguments_are_rejected_before_anything_happens() {
    let world = world();
    let program = fixtures::open_program(&world);
    let before = world.by(Who::Auditor).get_certified_head().value("head").head;
    let manager = world.by(Who::Manager);
    let malformed: [&[u8]; 5] =
        [b"", b"DIDL", b"not candid", b"DIDL\0\x01\x71\x03abc", b"DIDL\0\x01\x7d\x05"];
    for bytes in malformed {
        let reject = manager.raw_update("pause_program", bytes.to_vec()).unwrap_err();
        assert_eq!(reject.reject_code, RejectCode::CanisterError, "{reject}");
        let reject = manager.raw_query("get_program", bytes.to_vec()).unwrap_err();
        assert_eq!(reject.reject_code, RejectCode::CanisterError, "{reject}");
    }
    // A record with the wrong field, and one with a number that fits no machine word.
    let wrong_field = Encode!(&GrantArgs { grant: program }).unwrap();
    assert!(manager.raw_update("pause_program", wrong_field).is_err());
    let after = world.by(Who::Auditor).get_certified_head().value("head").head;
    assert_eq!(after, before);
}

#[test]
fn a_method_that_does_not_exist_is_named_in_the_reject() {
    let world = world();
    let anonymous = world.by(Who::Anonymous);
    for result in [
        anonymous.raw_query("get_everything", encode(&())),
        anonymous.raw_update("get_everything", encode(&())),
    ] {
        let reject = result.unwrap_err();
        assert!(reject.reject_message.contains("get_everything"), "{reject}");
    }
    // Updates are not queries: a query could not keep what they change.
    let reject = world
        .by(Who::Manager)
        .raw_query("open_program", encode(&ProgramArgs { program: 1 }))
        .unwrap_err();
    assert!(reject.reject_message.contains("open_program"), "{reject}");
}

#[test]
fn a_stopped_canister_says_that_it_is_stopped() {
    let world = world();
    let program = fixtures::open_program(&world);
    world.stop();
    let refusal = world.by(Who::Manager).pause_program(program).unwrap_err().reject();
    assert!(refusal.reject_message.contains("stopped"), "{refusal}");
    let refusal = world.by(Who::Manager).get_program(program).unwrap_err().reject();
    assert!(refusal.reject_message.contains("stopped"), "{refusal}");
    world.start();
    world.by(Who::Manager).pause_program(program).value("it goes on where it was");
}

#[test]
fn a_query_and_an_update_tell_the_same_error() {
    let world = world();
    let args = encode(&ProgramArgs { program: 99 });
    let errors = [
        world.by(Who::Manager).raw_query("get_program", args.clone()).unwrap(),
        world.by(Who::Manager).raw_update("get_program", args.clone()).unwrap(),
        world.by(Who::Manager).raw_update("open_program", args).unwrap(),
    ]
    .map(|bytes| {
        // Only the error is looked at; what a success would carry differs.
        Decode!(&bytes, Result<candid::Reserved, Error>).unwrap().unwrap_err()
    });
    assert_eq!(errors[0].category(), Category::NotFound);
    assert_eq!(errors[0], errors[1]);
    assert_eq!(errors[0], errors[2]);
}

#[test]
fn the_mode_reaches_every_user_method_with_its_own_code() {
    let world = world();
    let program = fixtures::open_program(&world);
    let grant = fixtures::active_grant(&world, program, fixtures::content(5 * DOLLAR));
    let governor = world.by(Who::Governor);
    governor.set_mode(Mode::ReadOnly, "drill").value("tighten");
    let expected = common::MODE_READ_ONLY.as_str();
    let applicant = world.by(Who::Applicant);
    let submit = fixtures::submission(program, fixtures::content(DOLLAR));
    assert_eq!(applicant.submit_application(submit.clone()).code("submit"), expected);
    assert_eq!(world.by(Who::Manager).pause_program(program).code("pause"), expected);
    let payout = granary_api::micro_grants::RequestPayoutArgs {
        grant,
        milestone: None,
        idempotency_key: None,
    };
    assert_eq!(applicant.request_payout(payout.clone()).code("payout"), expected);
    applicant.get_grant(grant).value("reading goes on");
    assert_eq!(applicant.health_check().value("health").mode, Mode::ReadOnly);

    governor.set_mode(Mode::OutflowsFrozen, "drill").value("loosen a little");
    let frozen = common::MODE_OUTFLOWS_FROZEN.as_str();
    assert_eq!(applicant.request_payout(payout.clone()).code("payout"), frozen);
    applicant.submit_application(submit.clone()).value("applications are no outflow");

    let only = Mode::Restricted(vec![Who::Manager.principal()]);
    governor.set_mode(only, "drill").value("restrict");
    let restricted = common::MODE_RESTRICTED.as_str();
    assert_eq!(applicant.submit_application(submit.clone()).code("submit"), restricted);
    world.by(Who::Manager).pause_program(program).value("the listed one may");
    world.by(Who::Manager).open_program(program).value("the listed one may");

    governor.set_mode(Mode::Full, "drill over").value("loosen");
    applicant.submit_application(submit).value("everything works again");
    applicant.request_payout(payout).value("and money is queued");
    fixtures::assert_valid(&world);
}

#[test]
fn log_lines_are_numbered_and_tied_to_the_event_they_belong_to() {
    let world = world();
    for mode in [Mode::ReadOnly, Mode::OutflowsFrozen, Mode::Full] {
        world.by(Who::Governor).set_mode(mode, "drill").value("set the mode");
    }
    let lines = |after: Option<u64>, min_level: LogLevel| -> Vec<LogEntry> {
        let args = GetLogsArgs { after, limit: 100, min_level };
        world.by(Who::Operator).get_logs(args).value("log").entries
    };
    let all = lines(None, LogLevel::Debug);
    assert!(all.len() >= 4, "installation and modes leave lines: {all:?}");
    assert!(all.windows(2).all(|pair| pair[0].index < pair[1].index), "in order");
    assert!(all.iter().all(|line| !line.component.is_empty() && !line.message.is_empty()));
    let one = GetLogsArgs { after: None, limit: 1, min_level: LogLevel::Debug };
    let first = world.by(Who::Operator).get_logs(one).value("one line");
    assert_eq!(first.entries[..], all[..1]);
    assert_eq!(lines(first.next, LogLevel::Debug)[..], all[1..], "a page goes on where one ended");
    assert!(lines(None, LogLevel::Error).iter().all(|line| line.level == LogLevel::Error));
}
