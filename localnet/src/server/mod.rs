//! The server: instances on their threads, the ports they are reached at, and how long it all
//! lives.
//!
//! `options` and `process` are the command line and the life of the `localnet` program; `launcher`
//! is both for the official command-line tool.

pub mod launcher;
mod options;
mod process;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub use crate::instance::{Instance, InstanceGone, InstanceHandle, InstanceSpec, VERSION};
pub use launcher::LauncherOptions;
pub use options::{Options, USAGE};
pub use process::run;

use crate::{
    activity::tracked,
    bounds::bounded,
    gateway,
    listen::{self, HEADER_TIME},
    pocketic::Hub,
};

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Address to listen at. Anything but the loopback interface exposes networks that everybody
    /// can control.
    pub ip: IpAddr,
    /// Port to listen at; 0 lets the system choose.
    pub port: u16,
    /// Ends the server when it has served no request for this long.
    pub ttl: Option<Duration>,
    /// Where compiled modules are kept for the next start; None keeps them in memory only.
    pub cache_dir: Option<PathBuf>,
    /// An instance that is served at the root of the port to agents and browsers.
    pub instance: Option<InstanceSpec>,
    /// Domains besides `localhost` under which canisters are found by their id.
    pub domains: Vec<String>,
    /// A file that names further hosts, a line `host:canister id` for each. It may appear and
    /// change at any time.
    pub domains_file: Option<PathBuf>,
    /// Time a connection has to say what it wants.
    pub header_time: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            ttl: None,
            cache_dir: None,
            instance: None,
            domains: Vec::new(),
            domains_file: None,
            header_time: HEADER_TIME,
        }
    }
}

/// Starts servers.
#[derive(Debug)]
pub struct Server;

impl Server {
    /// Starts a server on the current tokio runtime; it listens when this returns.
    pub async fn start(config: ServerConfig) -> Result<RunningServer, String> {
        let address = SocketAddr::new(config.ip, config.port);
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| format!("cannot listen at {address}: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let hub = Hub::new(config.cache_dir);
        let instance = match config.instance {
            Some(spec) => Some(hub.create_instance(spec).await?.1),
            None => None,
        };
        let mut router: Router = crate::pocketic::router(hub.clone());
        if let Some(handle) = &instance {
            let gateway = gateway::router(handle.clone(), config.domains, config.domains_file);
            router = router.fallback_service(gateway);
        }
        let router = tracked(bounded(router, true), hub.activity());
        let (stop, stopped) = watch::channel(false);
        if let Some(ttl) = config.ttl {
            let (activity, stop) = (hub.activity(), stop.clone());
            tokio::spawn(async move {
                activity.idle_for(ttl).await;
                stop.send_replace(true);
            });
        }
        let served = listen::serve(listener, router, stopped.clone(), config.header_time);
        let task = tokio::spawn(serve(served, stopped, hub));
        Ok(RunningServer { address, instance, stop, task })
    }
}

/// Waits until the server has been stopped, and saves all states.
async fn serve(
    served: impl Future<Output = ()>,
    mut stopped: watch::Receiver<bool>,
    hub: Hub,
) -> Result<(), String> {
    // Idle connections close at once; one that never ends must not keep the process.
    let given_up = async {
        let _ = stopped.wait_for(|stop| *stop).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
    };
    tokio::select! {
        () = served => {}
        () = given_up => {}
    }
    hub.stop_all().await
}

/// A server that listens. Dropping it stops the server in the background;
/// [`RunningServer::stop`] waits until the states are saved.
#[derive(Debug)]
pub struct RunningServer {
    address: SocketAddr,
    instance: Option<InstanceHandle>,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), String>>,
}

impl RunningServer {
    /// Where the server is reached.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port it listens at.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The instance served at the root, when the configuration asked for one.
    pub fn instance(&self) -> Option<&InstanceHandle> {
        self.instance.as_ref()
    }

    /// Returns when the server has ended, by its TTL or a failure, with the states saved.
    pub async fn finished(&mut self) -> Result<(), String> {
        (&mut self.task).await.map_err(|error| error.to_string())?
    }

    /// Stops the server and saves the states of instances that have a directory for it.
    pub async fn stop(mut self) -> Result<(), String> {
        self.stop.send_replace(true);
        self.finished().await
    }
}
