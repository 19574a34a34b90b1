//! A network that runs before a client comes, as `localnet launcher` serves it.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::failed;

/// How long it may take to start, and to end after SIGINT.
const PATIENCE: Duration = Duration::from_secs(10);

/// The network's process. It ends with the value.
pub(super) struct Served {
    process: Child,
    port: u16,
    /// In hexadecimal.
    pub(super) root_key: String,
}

impl Served {
    pub(super) fn start(localnet: &Path, folder: &Path) -> Result<Self, String> {
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let mut command = Command::new(localnet);
        command.args(["launcher", "--status-dir"]).arg(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().map_err(failed(localnet))?;
        let mut served = Self { process, port: 0, root_key: String::new() };
        let file = folder.join("status.json");
        let start = Instant::now();
        while !file.exists() {
            if start.elapsed() > PATIENCE {
                return Err("localnet did not say where it listens".to_owned());
            }
            thread::sleep(Duration::from_millis(10));
        }
        let text = fs::read_to_string(&file).map_err(failed(&file))?;
        let status: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| format!("status.json: {error}"))?;
        let port = status["gateway_port"].as_u64().and_then(|port| u16::try_from(port).ok());
        served.port = port.ok_or("status.json names no port")?;
        status["root_key"].as_str().unwrap_or_default().clone_into(&mut served.root_key);
        Ok(served)
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// A root key that is another network's.
    pub(super) fn wrong_key(&self) -> String {
        let last = if self.root_key.ends_with('0') { "1" } else { "0" };
        let rest = self.root_key.len().saturating_sub(1);
        format!("{}{last}", &self.root_key[..rest])
    }

    /// Ends it as `icp network stop` would.
    pub(super) fn end(mut self) -> Result<(), String> {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args(["-s", "INT", &id]).status();
        if !told.is_ok_and(|status| status.success()) {
            return Err("cannot send SIGINT".to_owned());
        }
        let start = Instant::now();
        loop {
            match self.process.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => return Err(format!("it ended with {status}")),
                Ok(None) if start.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(20));
                }
                Ok(None) => return Err(format!("it runs {PATIENCE:?} after SIGINT")),
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Ended already when all went well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port nobody listens at.
pub(super) fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}
