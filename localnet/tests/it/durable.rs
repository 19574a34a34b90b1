//! State directories of processes that are killed: every update that was answered is there when the
//! next process begins.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use candid::{Decode, Encode, Principal};
use ic_agent::Agent;
use ic_management_canister_types as management;

use crate::{
    launcher::{Launcher, agent, launch, status},
    support::{number, sample, server},
};

const MANAGEMENT: Principal = Principal::management_canister();
/// The first id of the application subnet, which finds that subnet.
const ANYWHERE: Principal =
    Principal::from_slice(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xe0, 0, 0, 1, 1]);
/// Longer than any answer takes, and shorter than a test may hang.
const PATIENCE: Duration = Duration::from_secs(20);

/// A process on the state directory below `dir`, and an agent of it.
fn begin(dir: &Path) -> (Launcher, Agent) {
    // Left by the process that was killed.
    let _ = std::fs::remove_file(dir.join("status.json"));
    let launcher = launch(dir, &[]);
    let agent = agent(&status(dir));
    (launcher, agent)
}

async fn install(agent: &Agent, wasm: Vec<u8>) -> Principal {
    let create = management::ProvisionalCreateCanisterWithCyclesArgs::default();
    let reply = agent
        .update(&MANAGEMENT, "provisional_create_canister_with_cycles")
        .with_effective_canister_id(ANYWHERE)
        .with_arg(Encode!(&create).unwrap())
        .call_and_wait()
        .await
        .unwrap();
    let canister = Decode!(&reply, management::CanisterIdRecord).unwrap().canister_id;
    let install = management::InstallCodeArgs {
        mode: management::CanisterInstallMode::Install,
        canister_id: canister,
        wasm_module: wasm,
        arg: vec![],
        sender_canister_version: None,
    };
    agent
        .update(&MANAGEMENT, "install_code")
        .with_effective_canister_id(canister)
        .with_arg(Encode!(&install).unwrap())
        .call_and_wait()
        .await
        .unwrap();
    canister
}

/// Counts once; None when nobody answered.
async fn bump(agent: &Agent, canister: Principal) -> Option<u32> {
    let call = agent.update(&canister, "bump").call_and_wait();
    let answer = tokio::time::timeout(PATIENCE, call).await.expect("an answer or an end");
    answer.ok().map(|reply| number(&reply))
}

async fn value(agent: &Agent, canister: Principal) -> u32 {
    number(&agent.query(&canister, "value").call().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_kill_between_any_two_messages() {
    let dir = tempfile::tempdir().unwrap();
    let (mut launcher, mut agent) = begin(dir.path());
    let canister = install(&agent, sample()).await;
    let (mut answered, mut lives) = (0, Vec::new());
    for pause_ms in [0, 2, 11, 37, 90, 250] {
        let first = answered;
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(pause_ms));
            launcher.0.kill().unwrap();
            launcher.0.wait().unwrap();
        });
        while let Some(count) = bump(&agent, canister).await {
            assert_eq!(count, answered + 1, "each call counts once");
            answered = count;
        }
        killer.join().unwrap();
        lives.push(answered - first);
        (launcher, agent) = begin(dir.path());
        let kept = value(&agent, canister).await;
        // The last call may have been done and not answered.
        assert!(kept == answered || kept == answered + 1, "{answered} answered, {kept} kept");
        answered = kept;
    }
    assert!(answered > 0, "no call was answered before a kill");
    eprintln!("answered in each life: {lives:?}");
}

/// The same counter on a heap of 32 MiB that holds no zeros, so that a save takes a while.
fn large() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (import "ic0" "msg_reply" (func $reply))
            (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
            (memory 512)
            (func (export "canister_init")
                (memory.fill (i32.const 64) (i32.const 0x5a) (i32.const 33554368)))
            (func $value (call $append (i32.const 0) (i32.const 4)) (call $reply))
            (export "canister_query value" (func $value))
            (func (export "canister_update bump")
                (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
                (call $value)))"#,
    )
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_the_state_is_saved_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (mut launcher, mut agent) = begin(dir.path());
    let canister = install(&agent, large()).await;
    let mut cut_off = 0;
    for (round, pause_ms) in (1..).zip([5, 60, 20, 120]) {
        assert_eq!(bump(&agent, canister).await, Some(round));
        let id = launcher.0.id().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
        std::thread::sleep(Duration::from_millis(pause_ms));
        // It may have saved everything and ended by itself.
        let _ = launcher.0.kill();
        launcher.0.wait().unwrap();
        let state = dir.path().join("state");
        cut_off += u32::from(state.join("next").exists() || state.join("previous").exists());
        (launcher, agent) = begin(dir.path());
        assert_eq!(value(&agent, canister).await, round);
    }
    assert!(cut_off > 0, "no save was cut off");
    eprintln!("saves cut off: {cut_off} of 4");
}

/// What a process says that cannot begin.
fn refusal(dir: &Path) -> String {
    let mut command = Command::new(server());
    command.arg("launcher").arg("--state-dir").arg(dir.join("state"));
    let output = command.stdout(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_directory_that_is_torn_or_in_use_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let (mut launcher, agent) = begin(dir.path());
    let canister = install(&agent, sample()).await;
    assert_eq!(bump(&agent, canister).await, Some(1));
    let said = refusal(dir.path());
    assert!(said.contains("in use by another process"), "{said}");
    launcher.0.kill().unwrap();
    launcher.0.wait().unwrap();
    let journal = dir.path().join("state/current/journal.bin");
    let whole = std::fs::read(&journal).unwrap();
    let mut torn = whole.clone();
    torn[whole.len() / 2] ^= 0x10;
    std::fs::write(&journal, torn).unwrap();
    let said = refusal(dir.path());
    assert!(said.contains("journal.bin is torn"), "{said}");
    std::fs::write(&journal, &whole[..whole.len() - 1]).unwrap();
    let (_launcher, agent) = begin(dir.path());
    assert_eq!(value(&agent, canister).await, 1, "the rounds after it were empty");
}
