//! A network of the demo's own, inside this process.

use std::path::PathBuf;

use candid::Principal;
use localnet::{
    network::NetworkConfig,
    server::{InstanceHandle, InstanceSpec, RunningServer, Server, ServerConfig},
};

use crate::{exit::Exit, failure::Failure};

/// Starts a network in real-time mode and serves it on this machine. Compiled modules are kept in
/// `cache_dir` for the next start.
pub(crate) async fn start(
    network: NetworkConfig,
    port: u16,
    state_dir: Option<PathBuf>,
    cache_dir: Option<PathBuf>,
) -> Result<RunningServer, Failure> {
    let config = ServerConfig {
        port,
        cache_dir,
        instance: Some(InstanceSpec { network, state_dir, live: true, ..InstanceSpec::default() }),
        ..ServerConfig::default()
    };
    Server::start(config).await.map_err(|reason| {
        Failure::new(Exit::Failed, "cli.network", format!("the network did not start: {reason}"))
            .next("granary node --port 0")
    })
}

/// Ends a network and saves its state.
pub(crate) async fn stop(server: RunningServer) -> Result<(), Failure> {
    server.stop().await.map_err(|reason| {
        Failure::new(Exit::Failed, "cli.network", format!("the network did not end well: {reason}"))
    })
}

/// Listens from now on for Ctrl-C and SIGTERM; the answer waits for the first of them. Whoever
/// tells others that it runs listens before it does: they may end it at once. And not much before:
/// from now on neither ends the process by itself. Where there are no such signals it listens for
/// Ctrl-C only when it is waited for.
pub(crate) fn asked_to_stop() -> Result<impl Future<Output = Result<(), Failure>>, Failure> {
    let wrong = |error: std::io::Error| {
        Failure::new(Exit::Failed, "cli.signal", format!("cannot wait for a signal: {error}"))
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt()).map_err(wrong)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(wrong)?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            Ok(())
        })
    }
    #[cfg(not(unix))]
    Ok(async move { tokio::signal::ctrl_c().await.map_err(wrong) })
}

/// Reads what the engine counted. The only thing the demo asks of the engine beside its endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Meter(Option<InstanceHandle>);

impl Meter {
    pub(crate) fn of(server: &RunningServer) -> Self {
        Self(server.instance().cloned())
    }

    /// Instructions of the canister's last `post_upgrade`.
    pub(crate) async fn upgrade(&self, canister: Principal) -> Option<u64> {
        let handle = self.0.as_ref()?;
        let read = handle
            .run(move |instance| instance.network.last_instructions(canister, "post_upgrade"))
            .await;
        read.ok().flatten()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::*;

    #[tokio::test]
    async fn whoever_ends_it_before_it_waits_is_heard() {
        let asked = asked_to_stop().expect("a handler");
        // Without a handler this would end the tests.
        let sent = Command::new("kill").arg(std::process::id().to_string()).status();
        assert!(sent.expect("a program that sends signals").success());
        asked.await.expect("the signal");
    }
}
