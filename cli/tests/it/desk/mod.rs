//! A desk to work at: a network of its own, a folder, and the tool.

pub(crate) mod vault;

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Once,
};

use serde_json::Value;

const TOOL: &str = env!("CARGO_BIN_EXE_granary");

/// Everything is compiled once, in one run that keeps every core busy: what no desk installs is
/// needed by the programs of tests that come later.
static BUILT: Once = Once::new();

fn build_all() {
    // What does not build is told by the test that needs it.
    drop(granary_build::every_canister());
}

/// A network, a folder to work in, and the tool.
pub(crate) struct Desk {
    node: Child,
    pub(crate) url: String,
    folder: tempfile::TempDir,
}

impl Drop for Desk {
    fn drop(&mut self) {
        // The network has no state worth saving.
        let _ = self.node.kill();
        let _ = self.node.wait();
    }
}

/// Where compiled modules are kept: what one desk compiled, the next one finds.
fn compiled() -> PathBuf {
    Path::new(TOOL).with_file_name("compiled-modules")
}

impl Desk {
    pub(crate) fn new() -> Self {
        BUILT.call_once(build_all);
        let folder = tempfile::tempdir().unwrap();
        let mut node = Command::new(TOOL)
            .args(["--json", "node", "--port", "0"])
            .env("LOCALNET_CACHE_DIR", compiled())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(node.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let started: Value = serde_json::from_str(&line).unwrap();
        let url = started["url"].as_str().unwrap().to_owned();
        Self { node, url, folder }
    }

    /// Ends the network, as a cut cable would.
    pub(crate) fn end_network(&mut self) {
        self.node.kill().unwrap();
        self.node.wait().unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command line.
    pub(crate) fn run(&self, line: &str) -> std::process::Output {
        self.command(line).output().unwrap()
    }

    /// Starts a command line whose documents nobody reads; what it says of trouble is shown.
    pub(crate) fn start(&self, line: &str) -> Child {
        self.command(line).stdout(Stdio::null()).spawn().unwrap()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(TOOL);
        command
            .args(["--json", "--url", &self.url])
            .args(line.split_whitespace())
            .current_dir(self.path())
            .env("LOCALNET_CACHE_DIR", compiled())
            .env_remove("GRANARY_CANISTER")
            .env_remove("GRANARY_AS")
            .env_remove("GRANARY_SEED")
            .env_remove("IDENTITY_PEM");
        command
    }

    /// Runs a command line, expects its exit code, and gives the document it printed.
    pub(crate) fn code(&self, code: i32, line: &str) -> Value {
        let output = self.run(line);
        let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said));
        assert_eq!(output.status.code(), Some(code), "granary {line}\n{}", said.join("\n"));
        // A report that tells of trouble is still a report.
        let text = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
        let document: Value = serde_json::from_slice(text).unwrap_or(Value::Null);
        assert!(document["schema"].is_string() || line.contains("--stream"), "granary {line}");
        document
    }

    pub(crate) fn ok(&self, line: &str) -> Value {
        self.code(0, line)
    }
}
