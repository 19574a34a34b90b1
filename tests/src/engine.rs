//! Which server runs the tests: a given one, or `localnet`; started once per process.

use std::{
    env,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use pocket_ic::{PocketIc, PocketIcBuilder, StartServerParams, Time, start_server};

/// 2026-01-01T00:00:00Z: every instance starts here, so that runs are repeatable.
pub const GENESIS_NS: u64 = 1_767_225_600_000_000_000;

/// The server ends by itself after so long without a request. A canister that does not build is
/// compiled again by every test that needs it, one after the other, which takes minutes.
const SERVER_TTL: Duration = Duration::from_mins(20);

/// A running server.
#[derive(Debug)]
pub struct Engine {
    url: String,
    /// What `--version` of the server says.
    pub version: String,
}

static ENGINE: OnceLock<Engine> = OnceLock::new();

impl Engine {
    /// The server of this process. `localnet` is the program to start unless `POCKET_IC_BIN` names
    /// another one; nothing is ever downloaded.
    ///
    /// # Panics
    /// When the program does not start or is not of the protocol's version.
    pub fn shared(localnet: &Path) -> &'static Self {
        ENGINE.get_or_init(|| {
            build_all();
            let given = env::var_os("POCKET_IC_BIN").filter(|path| !path.is_empty());
            Self::start(given.map_or_else(|| localnet.to_owned(), PathBuf::from))
        })
    }

    fn start(program: PathBuf) -> Self {
        let output = Command::new(&program)
            .arg("--version")
            .output()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", program.display()));
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        announce(&format!("engine: {version} ({})", program.display()));
        let parameters = StartServerParams {
            server_binary: Some(program),
            reuse: false,
            ttl: Some(SERVER_TTL),
            hard_ttl: None,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime without threads can be built");
        // Nobody waits for the child: it ends with its time to live, after the last test.
        let (_child, url) = runtime.block_on(start_server(parameters));
        Self { url: url.to_string(), version }
    }

    /// True when the server is this project's `localnet`.
    pub fn is_localnet(&self) -> bool {
        self.version.contains("localnet")
    }

    /// True when the server of this process is this project's `localnet`; false before it starts.
    pub fn runs_localnet() -> bool {
        ENGINE.get().is_some_and(Self::is_localnet)
    }

    /// A fresh network with one application subnet, at [`GENESIS_NS`].
    pub fn instance(&self) -> PocketIc {
        PocketIcBuilder::new()
            .with_server_url(self.url.parse().expect("the server's own address parses"))
            .with_application_subnet()
            .with_initial_time(Time::from_nanos_since_unix_epoch(GENESIS_NS))
            .build()
    }

    /// As [`Self::instance`], with a root subnet whose key vouches for the application subnet's.
    pub fn rooted(&self) -> PocketIc {
        PocketIcBuilder::new()
            .with_server_url(self.url.parse().expect("the server's own address parses"))
            .with_nns_subnet()
            .with_application_subnet()
            .with_initial_time(Time::from_nanos_since_unix_epoch(GENESIS_NS))
            .build()
    }
}

/// Builds every canister there is: one that is built while the server waits would let it run out of
/// its time to live. What does not build is told by the test that needs it.
fn build_all() {
    drop(granary_build::every_canister());
}

/// Writes a line that the test runner does not swallow when the test passes.
pub fn announce(line: &str) {
    // A run without a terminal to write to is no reason to fail.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
