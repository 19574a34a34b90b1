//! Every question goes to whom the ticket names, and its answer is what was said: nothing of what
//! is not known is taken for done.

use candid::Decode;
use governor_core::records::run::RunKind;
use governor_core::rules::run::ask::{Digested, Drained, Held, Life};
use governor_core::types::ProposalId;
use granary_api::{execution, micro_grants, portfolio, registry, risk_guard};
use granary_errors::{Code, Error};

use super::*;
use crate::flows::fakes::{Fakes, Mood, canister, now_or_never};

const NOW: Timestamp = Timestamp::from_nanos(100);

fn ticket(ask: Ask) -> Ticket {
    Ticket {
        proposal: ProposalId::from_wire(1).expect("a number"),
        kind: RunKind::Execution,
        turn: 1,
        peer: canister(10),
        ask,
        lease_until: NOW,
    }
}

fn outcome(mood: Mood, question: Ask) -> (Outcome, Vec<String>) {
    let fakes = Fakes::new(mood);
    let outcome = now_or_never(ask(&fakes, &ticket(question), Some(vec![1, 2]), NOW));
    (outcome, fakes.asked.into_inner())
}

/// Every question, with what is written down when it is asked and whether it changes something.
fn all() -> Vec<(Ask, &'static str, bool)> {
    let hash = [4; 32];
    let install = Ask::Install {
        module: hash,
        chunks: vec![[5; 32], [6; 32]],
        arg: vec![7],
        memory: MemoryPersistence::Keep,
        rehearsal: false,
    };
    let freeze = CanisterSettings { freezing_threshold_s: Some(9), ..CanisterSettings::default() };
    let log = CanisterSettings { public_logs: Some(false), ..freeze.clone() };
    vec![
        (Ask::Status, "status @", false),
        (Ask::Version, "version @", false),
        (Ask::ClearChunks, "clear @", true),
        (Ask::UploadChunk { module: hash, place: 0 }, "upload @ [1, 2]", true),
        (Ask::PrepareUpgrade { epoch: 3, deadline: NOW }, "prepare @ 3 100", true),
        (Ask::DrainStatus, "drain @", false),
        (Ask::Stop, "stop @", true),
        (Ask::Start, "start @", true),
        (Ask::Snapshots, "snapshots @", false),
        (Ask::TakeSnapshot { replace: Some(vec![2]) }, "take @ Some([2])", true),
        (Ask::DeleteSnapshot { snapshot: vec![3] }, "delete snapshot @ [3]", true),
        (Ask::LoadSnapshot { snapshot: vec![3] }, "load @ [3]", true),
        (
            install,
            "install @ Upgrade(Some(UpgradeFlags { wasm_memory_persistence: Some(Keep) })) \
             [5, 6] 4 [7]",
            true,
        ),
        (Ask::Health, "health @", false),
        (Ask::Validate { cursor: Some(vec![1]) }, "validate @ Some([1]) 2000", false),
        (Ask::MigrationStatus, "migration @", false),
        (Ask::Digest { cursor: None }, "digest @ None", false),
        (Ask::Head, "head @", false),
        (Ask::Resume { epoch: 3, restored: true }, "resume @ 3 true", true),
        (Ask::ResumeJobs, "wake @", true),
        (Ask::CheckDependencies, "connect @", false),
        (Ask::CreateCanister { cycles: 5 }, "create 5", true),
        (Ask::DeleteCanister, "delete @", true),
        (Ask::SetControllers { controllers: vec![] }, "set @ (Some([]), None, None)", true),
        (Ask::SetSettings { settings: log }, "set @ (None, Some(Nat(9)), Some(Controllers))", true),
        (Ask::Call { method: "m".to_owned(), arg: vec![1, 2, 3] }, "call @ m", true),
        (Ask::CommitBatch { batch: 2, evidence: hash }, "call @ commit_proposed_batch", true),
        (Ask::SetCommittee { members: vec![], quorum: 2 }, "call @ set_committee", true),
    ]
}

#[test]
fn everything_is_asked_of_whom_the_ticket_names() {
    for (ask, text, _) in all() {
        let (outcome, asked) = outcome(Mood::Good, ask.clone());
        assert_eq!(outcome.failure(), None, "{ask:?}");
        assert_eq!(asked, [text.replace('@', &canister(10).to_text())], "{ask:?}");
    }
}

#[test]
fn what_is_sent_is_what_was_voted_for() {
    #[derive(CandidType, serde::Deserialize, Debug, PartialEq, Eq)]
    struct Batch {
        batch_id: Nat,
        evidence: ByteBuf,
    }
    #[derive(CandidType, serde::Deserialize, Debug, PartialEq, Eq)]
    struct Named {
        members: Vec<Principal>,
        quorum: u32,
    }
    let bytes = encoded(&commit(2, &[4; 32])).expect("encodes");
    let batch = Batch { batch_id: Nat::from(2_u8), evidence: ByteBuf::from([4; 32]) };
    assert_eq!(Decode!(&bytes, Batch).expect("decodes"), batch);
    let committee = Committee { members: vec![canister(1)], quorum: 2 };
    let bytes = encoded(&committee).expect("encodes");
    let named = Named { members: vec![canister(1)], quorum: 2 };
    assert_eq!(Decode!(&bytes, Named).expect("decodes"), named);
}

#[test]
fn what_is_not_known_is_never_taken_for_done() {
    for (ask, _, writes) in all() {
        let (refused, _) = outcome(Mood::Refusing, ask.clone());
        let failure = refused.failure().expect("refused");
        assert_eq!(failure.kind, FailureKind::Temporary, "{ask:?}");
        let (silent, _) = outcome(Mood::Silent, ask.clone());
        let failure = silent.failure().expect("silent");
        let kind = if writes { FailureKind::OutcomeUnknown } else { FailureKind::Timeout };
        assert_eq!(failure.kind, kind, "{ask:?}");
    }
}

#[test]
fn answers_are_what_was_said() {
    let good = |ask| outcome(Mood::Good, ask).0;
    let Outcome::Status(Ok(Some(status))) = good(Ask::Status) else { panic!("a status") };
    assert_eq!((status.life, status.module), (Life::Running, Some([7; 32])));
    assert_eq!(status.controllers, [canister(1), canister(2)]);
    assert_eq!((status.cycles, status.frozen_below), (50_000, 10_000));
    let settings = status.settings;
    assert_eq!((settings.public_logs, settings.public_snapshots), (Some(true), Some(false)));
    let Outcome::Drain(Ok(drain)) = good(Ask::DrainStatus) else { panic!("a drain") };
    assert_eq!((drain.state, drain.epoch, drain.left), (Drained::Draining, 3, 3));
    let held = Held { snapshot: vec![9, 9], at: Timestamp::from_nanos(11), bytes: 12 };
    assert_eq!(good(Ask::TakeSnapshot { replace: None }), Outcome::Taken(Ok(held)));
    let Outcome::Health(Ok(health)) = good(Ask::Health) else { panic!("health") };
    assert_eq!((health.critical, health.reason.as_str()), (true, "jobs: late; memory: full"));
    let Outcome::Validated(Ok(found)) = good(Ask::Validate { cursor: None }) else { panic!("one") };
    assert_eq!((found.violations, found.first.as_str()), (1, "C1 event 6: wrong"));
    let first = Digested { digest: None, records: 7, next: Some(vec![1]) };
    assert_eq!(good(Ask::Digest { cursor: None }), Outcome::Digest(Ok(first)));
    let last = Digested { digest: Some([6; 32]), records: 7, next: None };
    assert_eq!(good(Ask::Digest { cursor: Some(vec![1]) }), Outcome::Digest(Ok(last)));
    let silent = vec!["books: silent".to_owned()];
    assert_eq!(good(Ask::CheckDependencies), Outcome::Connections(Ok(silent)));
    assert_eq!(good(Ask::Head), Outcome::Head(Ok((8, [3; 32]))));
}

#[test]
fn a_copy_is_woken_before_it_is_asked_how_far_it_is() {
    let fakes = Fakes::new(Mood::Good);
    let ticket = Ticket { kind: RunKind::Rehearsal, ..ticket(Ask::MigrationStatus) };
    now_or_never(ask(&fakes, &ticket, None, NOW));
    let p = canister(10);
    assert_eq!(fakes.asked.into_inner(), [format!("wake {p}"), format!("migration {p}")]);
}

#[test]
fn a_chunk_that_is_gone_is_not_uploaded() {
    let fakes = Fakes::new(Mood::Good);
    let ticket = ticket(Ask::UploadChunk { module: [1; 32], place: 0 });
    let outcome = now_or_never(ask(&fakes, &ticket, None, NOW));
    assert_eq!(outcome.failure().map(|failure| failure.kind), Some(FailureKind::Permanent));
    assert!(fakes.asked.into_inner().is_empty());
}

#[test]
fn what_was_voted_for_is_done_when_the_canister_says_so() {
    let refused = Error::state_error(Code::new("x.y.z"), "Closed", &[], "no");
    let unknown = Error::unknown_outcome(granary_errors::common::CALL_UNKNOWN, "?");
    let receipt = crate::flows::fakes::receipt();
    let encode = |answer: Result<granary_api::common::Receipt, Error>| {
        candid::encode_one(answer).expect("encodes")
    };
    for (bytes, kind) in [
        (b"DIDL\0\0".to_vec(), None),
        (encode(Ok(receipt)), None),
        (encode(Err(refused)), Some(FailureKind::Permanent)),
        (encode(Err(unknown)), Some(FailureKind::OutcomeUnknown)),
        (candid::encode_one(7_u64).expect("encodes"), Some(FailureKind::OutcomeUnknown)),
        (b"nonsense".to_vec(), Some(FailureKind::OutcomeUnknown)),
    ] {
        let fakes = Fakes { bytes, ..Fakes::new(Mood::Good) };
        let ticket = ticket(Ask::Call { method: "m".to_owned(), arg: vec![] });
        let outcome = now_or_never(ask(&fakes, &ticket, None, NOW));
        assert_eq!(outcome.failure().map(|failure| failure.kind), kind);
    }
}

#[test]
fn every_canister_takes_the_argument_of_a_copys_upgrade() {
    let bytes = rehearse();
    macro_rules! takes {
        ($($canister:ident),*) => {$(
            let args = Decode!(&bytes, Option<$canister::InstallArgs>).expect("decodes");
            assert!(matches!(args, Some($canister::InstallArgs::Upgrade(_))), "{args:?}");
        )*};
    }
    takes!(execution, micro_grants, portfolio, registry, risk_guard);
}
