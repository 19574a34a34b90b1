//! The program as the launcher of the official `icp` command: its arguments, its status file, its
//! end, and the network it serves.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use candid::{CandidType, Decode, Encode, Nat, Principal};
use ic_agent::{Agent, identity::AnonymousIdentity};
use serde::Deserialize;

use crate::support::{http, server};

/// `um5iw-rqaaa-aaaaq-qaaba-cai`.
const CYCLES_LEDGER: Principal = Principal::from_slice(&[0, 0, 0, 0, 2, 16, 0, 2, 1, 1]);
/// `rkp4c-7iaaa-aaaaa-aaaca-cai`.
const MINTING: Principal = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 4, 1, 1]);

/// A launcher that is ended with the test.
pub(crate) struct Launcher(pub(crate) Child);

impl Drop for Launcher {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[derive(Deserialize)]
pub(crate) struct Status {
    v: String,
    pub(crate) gateway_port: u16,
    root_key: String,
    supported_features: Vec<String>,
}

/// Started as `icp` 1.5.0 starts it.
pub(crate) fn launch(dir: &Path, more: &[&str]) -> Launcher {
    let state = dir.join("state");
    std::fs::create_dir_all(&state).unwrap();
    let child = Command::new(server())
        .args(["--interface-version", "1.1.0", "--state-dir"])
        .arg(state)
        .args(["--bind", "127.0.0.1", "--status-dir"])
        .arg(dir)
        .arg("--domain=localhost")
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Launcher(child)
}

pub(crate) fn status(dir: &Path) -> Status {
    let start = Instant::now();
    loop {
        if let Ok(text) = std::fs::read_to_string(dir.join("status.json")) {
            assert_eq!(text.find('\n'), Some(text.len() - 1), "one whole line");
            return serde_json::from_str(&text).unwrap();
        }
        assert!(start.elapsed() < Duration::from_mins(1), "no status file");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Ends it with SIGINT and answers what it said on standard error.
fn interrupt(mut launcher: Launcher) -> String {
    use std::io::Read as _;
    let id = launcher.0.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    let start = Instant::now();
    loop {
        if let Some(status) = launcher.0.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "icp waits ten seconds");
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut said = String::new();
    launcher.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    said
}

pub(crate) fn agent(status: &Status) -> Agent {
    let url = format!("http://127.0.0.1:{}", status.gateway_port);
    let agent = Agent::builder().with_url(url).with_identity(AnonymousIdentity).build().unwrap();
    agent.set_root_key(hex::decode(&status.root_key).unwrap());
    agent
}

#[derive(CandidType)]
struct CreateCanisterArgs {
    from_subaccount: Option<Vec<u8>>,
    created_at_time: Option<u64>,
    amount: Nat,
    creation_args: Option<Nat>,
}

#[derive(Debug, CandidType, Deserialize)]
struct Created {
    block_id: Nat,
    canister_id: Principal,
}

#[derive(CandidType)]
struct Account {
    owner: Principal,
    subaccount: Option<Vec<u8>>,
}

async fn balance(agent: &Agent) -> Nat {
    let arg = Encode!(&Account { owner: Principal::anonymous(), subaccount: None }).unwrap();
    let query = agent.query(&CYCLES_LEDGER, "icrc1_balance_of").with_arg(arg);
    Decode!(&query.call().await.unwrap(), Nat).unwrap()
}

#[tokio::test]
async fn it_tells_icp_where_it_is_and_keeps_the_state_when_asked_to_end() {
    let dir = tempfile::tempdir().unwrap();
    let launcher = launch(dir.path(), &["--shiny", "--verbose", "--colour=red"]);
    let said = status(dir.path());
    assert_eq!((said.v.as_str(), said.root_key.len()), ("1", 266));
    assert_eq!(said.supported_features, ["custom-domains"]);

    // The default verification of agents holds: node signatures, certificates, delegations.
    let agent = agent(&said);
    let arg = Encode!(&()).unwrap();
    let subnets = agent.query(&MINTING, "get_default_subnets").with_arg(arg).call().await.unwrap();
    assert_eq!(Decode!(&subnets, Vec<Principal>).unwrap().len(), 1);
    let args = CreateCanisterArgs {
        from_subaccount: None,
        created_at_time: None,
        amount: Nat::from(2_000_000_000_000u64),
        creation_args: None,
    };
    let update = agent.update(&CYCLES_LEDGER, "create_canister");
    let reply = update.with_arg(Encode!(&args).unwrap()).call_and_wait().await.unwrap();
    let created = Decode!(&reply, Result<Created, candid::Reserved>).unwrap().unwrap();
    let canister = created.canister_id;
    assert_eq!(agent.read_state_canister_controllers(canister).await.unwrap().len(), 1);
    let before = balance(&agent).await;

    let words = interrupt(launcher);
    assert!(words.contains("--shiny") && words.contains("--colour red"), "{words}");
    assert!(!words.contains("--verbose"), "known: {words}");

    std::fs::remove_file(dir.path().join("status.json")).unwrap();
    let launcher = launch(dir.path(), &[]);
    let agent = self::agent(&status(dir.path()));
    assert_eq!(balance(&agent).await, before);
    assert_eq!(agent.read_state_canister_controllers(canister).await.unwrap().len(), 1);
    interrupt(launcher);
}

#[test]
fn hosts_are_read_from_the_file_that_icp_writes() {
    let dir = tempfile::tempdir().unwrap();
    let launcher = launch(dir.path(), &[]);
    let port = status(dir.path()).gateway_port;
    let host = "books.local.localhost";
    assert_eq!(http(port, "GET", "/", host, b"").status, 400, "nobody named the host yet");
    let line = format!("{host}:lxzze-o7777-77777-aaaaa-cai\n");
    std::fs::write(dir.path().join("custom-domains.txt"), line).unwrap();
    assert_eq!(http(port, "GET", "/", host, b"").status, 404, "named, and not created yet");
    interrupt(launcher);
}

#[test]
fn what_it_has_not_got_is_refused_with_a_sentence_and_no_status_file() {
    for (flag, word) in [("--ii", "Internet Identity"), ("--nns", "NNS"), ("--subnet=x", "x")] {
        let dir = tempfile::tempdir().unwrap();
        let mut launcher = launch(dir.path(), &[flag]);
        let status = launcher.0.wait().unwrap();
        assert_eq!(status.code(), Some(2), "{flag}");
        let said = std::io::read_to_string(launcher.0.stderr.take().unwrap()).unwrap();
        assert!(said.contains(word), "{flag}: {said}");
        assert!(!dir.path().join("status.json").exists());
    }
}
