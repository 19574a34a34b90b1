//! The tool as scripts see it: exit codes, streams, formats.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// Nobody listens at port 1.
const NOWHERE: &str = "http://127.0.0.1:1";
const CANISTER: &str = "rwlgt-iiaaa-aaaaa-aaaaa-cai";

thread_local! {
    /// A folder for each test, which has a thread of its own; it goes with the thread.
    static FOLDER: TempDir = tempfile::tempdir().unwrap();
}

/// The tool in the test's folder, untouched by the environment of whoever runs the tests.
fn granary(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_granary"));
    FOLDER.with(|folder| command.args(arguments).current_dir(folder.path()).env_clear());
    command
}

fn run(arguments: &[&str]) -> Output {
    granary(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Exit code, with standard output empty and one sentence on standard error.
fn fails(arguments: &[&str]) -> (i32, String) {
    let output = run(arguments);
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
    (output.status.code().unwrap(), text(&output.stderr))
}

#[test]
fn exit_codes_say_what_went_wrong() {
    let at = ["--url", NOWHERE, "--canister", CANISTER];
    let with = |rest: &[&'static str]| [&at[..], rest].concat();
    let main = ["--url", "https://icp-api.io", "--canister", CANISTER];
    let cases: [(i32, Vec<&str>); 14] = [
        (4, with(&["health"])),
        (4, with(&["grants", "finalize", "7"])),
        (4, with(&["payments", "approve", "7"])),
        (4, with(&["guard", "status"])),
        (2, with(&["payments", "approve", "7", "--digest", "07"])),
        (2, with(&["guard", "seal", "--scope", "all", "--for", "soon", "--reason", "x"])),
        (2, vec!["--url", NOWHERE, "health"]),
        (2, vec!["--url", "not a url", "health"]),
        (2, vec!["no-such-command"]),
        (2, vec!["grants", "milestone", "review", "1", "0"]),
        (2, vec!["import", "no-such-file.json", "--program", "1"]),
        (5, [&main[..], &["--as", "manager", "grants", "accept", "1"]].concat()),
        (5, [&main[..], &["--root-key", "fetch", "health"]].concat()),
        (5, [&main[..], &["payments", "approve", "7", "--yes"]].concat()),
    ];
    for (code, arguments) in cases {
        assert_eq!(fails(&arguments).0, code, "{arguments:?}");
    }
}

#[test]
fn an_error_is_one_sentence_that_ends_with_what_to_do() {
    let (_, error) = fails(&["--url", NOWHERE, "--canister", CANISTER, "health"]);
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.starts_with("error: cannot reach http://127.0.0.1:1 ("), "{error}");
    assert!(error.trim_end().ends_with("; next: granary node"), "{error}");
    let (_, error) = fails(&["--json", "--url", NOWHERE, "--canister", CANISTER, "health"]);
    let document: Value = serde_json::from_str(&error).unwrap();
    assert_eq!(document["schema"], "granary.error/1");
    assert_eq!((&document["exit"], &document["next"]), (&4.into(), &"granary node".into()));
}

#[test]
fn a_backtrace_variable_changes_nothing_for_people() {
    let mut command = granary(&["--url", NOWHERE, "--canister", CANISTER, "health"]);
    let output = command.env("RUST_BACKTRACE", "full").output().unwrap();
    assert_eq!(text(&output.stderr).lines().count(), 1);
}

#[test]
fn a_machine_without_certificates_still_has_its_own_network() {
    let bare = |url: &str| {
        let mut command = granary(&["--url", url, "--canister", CANISTER, "health"]);
        command.env("SSL_CERT_FILE", "/nowhere").env("SSL_CERT_DIR", "/nowhere");
        let output = command.env("HTTP_PROXY", "http://127.0.0.1:2").output().unwrap();
        (output.status.code().unwrap(), text(&output.stderr))
    };
    assert_eq!(bare(NOWHERE).0, 4);
    let (code, error) = bare("https://127.0.0.1:1");
    assert!(code == 1 || code == 4, "{error}");
    assert!(error.starts_with("error: cannot "), "{error}");
}

#[test]
fn a_change_on_the_main_network_has_to_be_confirmed() {
    let key = tempfile::tempdir().unwrap();
    let pem = key.path().join("identity.pem");
    // An Ed25519 key made for this test alone.
    let body = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
    let text = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    std::fs::write(&pem, text).unwrap();
    for line in [
        "grants accept 1",
        "payments cancel 1 --reason mistake",
        "payments reject 1 --reason mistake",
        "payments resolve 1 give-up --evidence ledger",
        "guard seal --scope all --for 2h --reason key-lost",
        "guard unseal 1",
        "guard change apply 1",
    ] {
        let mut command = granary(&line.split(' ').collect::<Vec<_>>());
        let output = command
            .env("IC_URL", "https://icp-api.io")
            .env("GRANARY_CANISTER", CANISTER)
            .env("IDENTITY_PEM", &pem)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(5), "{line}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("--yes"), "{line}");
    }
}

#[test]
fn a_dry_run_needs_nobody_on_the_other_side() {
    let output = run(&[
        "--json",
        "--url",
        NOWHERE,
        "--canister",
        CANISTER,
        "grants",
        "finalize",
        "7",
        "--dry-run",
    ]);
    assert_eq!(output.status.code(), Some(0));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["schema"], "granary.plan/1");
    assert_eq!(document["method"], "finalize_application");
    assert!(document["argument"].as_str().unwrap().starts_with("4449444c"), "candid");
}

#[test]
fn every_command_explains_itself() {
    fn visit(path: &mut Vec<String>) {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        arguments.push("--help");
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        let help = text(&output.stdout);
        assert!(help.contains("Usage: granary"), "{help}");
        let commands = help.split("\nCommands:\n").nth(1).unwrap_or_default();
        let commands = commands.split("\n\n").next().unwrap_or_default();
        let names =
            commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        for name in names.filter_map(|line| line.split_whitespace().next()) {
            if name != "help" {
                path.push(name.to_owned());
                visit(path);
                path.pop();
            }
        }
    }
    visit(&mut Vec::new());
}

#[test]
fn colour_is_asked_for_by_flag_or_variable() {
    let coloured = |flags: &[&str], variables: &[(&str, &str)]| {
        let mut command = granary(&["--url", NOWHERE, "--canister", CANISTER]);
        command.args(["grants", "finalize", "7", "--dry-run"]).args(flags);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        text(&output.stdout).contains('\x1b')
    };
    let forced = ("CLICOLOR_FORCE", "1");
    assert!(!coloured(&[], &[]), "a pipe is no terminal");
    assert!(coloured(&[], &[forced]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!coloured(&[], &[forced, ("NO_COLOR", "1")]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[forced]));
    assert!(!coloured(&["--color", "always", "--json"], &[forced]));
}

#[test]
fn a_table_becomes_a_document_without_any_network() {
    let convert = |flags: &[&str]| {
        let mut command = granary(flags);
        let folder = command.get_current_dir().unwrap().to_owned();
        let mapping = r#"{"about":{"system":"s","system_type":"","pool":"p","pool_name":"",
            "pool_description":"","denomination":"USD","source":null},
            "columns":{"title":"title","amount":"usd"}}"#;
        std::fs::write(folder.join("a.csv"), "title,usd\nx,5\ntoo,many,cells\n").unwrap();
        std::fs::write(folder.join("m.json"), mapping).unwrap();
        command.args(["import", "a.csv", "--mapping", "m.json", "--convert", "out.json"]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
        let document = std::fs::read_to_string(folder.join("out.json")).unwrap();
        assert!(document.contains("\"fundsAskedInUSD\": \"5\""), "{document}");
        text(&output.stdout)
    };
    let report = "out.json: 1 of 2 rows\n\
                  line 3: the row has 3 cells and the heading has 2 (too)\n";
    assert_eq!(convert(&[]), report);
    assert_eq!(convert(&["--quiet"]), "");
    let document: Value = serde_json::from_str(&convert(&["--json"])).unwrap();
    assert_eq!((&document["schema"], &document["rows"]), (&"granary.convert/1".into(), &2.into()));
}

#[test]
fn completions_are_there_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("granary"), "{shell}");
    }
    let output = run(&["completions", "bash", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["schema"], "granary.completions/1");
    assert_eq!(run(&["completions", "no-such-shell"]).status.code(), Some(2));
}

#[test]
fn the_version_is_the_packages() {
    let output = run(&["--version"]);
    assert_eq!(output.status.code(), Some(0));
    let text = text(&output.stdout);
    assert!(text.starts_with(concat!("granary ", env!("CARGO_PKG_VERSION"))), "{text}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = granary(&["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!((status.code(), error.as_str()), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn a_node_says_where_it_is_and_keeps_its_state() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let state = state.to_str().unwrap();
    let mut child = granary(&["--json", "node", "--port", "0", "--state", state])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let started: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(started["schema"], "granary.node/1");
    let url = started["url"].as_str().unwrap().to_owned();
    let output = run(&["--url", &url, "--canister", CANISTER, "health"]);
    assert_eq!(output.status.code(), Some(1), "somebody is there, but not this canister");
    assert!(text(&output.stderr).contains("no such canister"), "{}", text(&output.stderr));
    let stop = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(stop.success());
    let stopped: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(
        (&stopped["schema"], &stopped["saved"]),
        (&"granary.node_stopped/1".into(), &true.into())
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(std::fs::read_dir(state).unwrap().next().is_some());
}
