//! The life of the `localnet` program: its port file, its signals, its end.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::signal::unix::{SignalKind, signal};

use super::{RunningServer, Server, ServerConfig, options::ServeOptions};

/// Environment variable that names the directory for compiled modules: clients start the program
/// with arguments of their own.
const CACHE_DIR: &str = "LOCALNET_CACHE_DIR";

/// A file that tells a client the port, and other processes that a server is in charge.
#[derive(Debug)]
struct PortFile {
    path: PathBuf,
    file: File,
}

impl PortFile {
    /// None when the file exists: another server of the same client is in charge.
    fn create(path: &Path) -> Result<Option<Self>, String> {
        match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(file) => Ok(Some(Self { path: path.to_owned(), file })),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(format!("cannot create {}: {error}", path.display())),
        }
    }

    /// Clients wait for the line break.
    fn announce(&mut self, port: u16) -> Result<(), String> {
        let failed = |error| format!("cannot write {}: {error}", self.path.display());
        self.file.write_all(format!("{port}\n").as_bytes()).map_err(failed)
    }
}

impl Drop for PortFile {
    fn drop(&mut self) {
        // Somebody else may have removed it; there is nothing left to do then.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Serves as asked until a signal, the TTL or a failure ends it.
pub fn run(options: &ServeOptions) -> Result<(), String> {
    let mut port_file = match &options.port_file {
        None => None,
        Some(path) => match PortFile::create(path)? {
            None => return Ok(()),
            file => file,
        },
    };
    let runtime = runtime()?;
    let config = ServerConfig {
        ip: options.ip,
        port: options.port,
        ttl: Some(options.ttl),
        cache_dir: options.cache_dir.clone().or_else(cache_dir),
        ..ServerConfig::default()
    };
    let announce = |server: &RunningServer| {
        if let Some(file) = port_file.as_mut() {
            return file.announce(server.port());
        }
        say_where(server, options.ip);
        Ok(())
    };
    let result = runtime.block_on(serve(config, options.hard_ttl, announce));
    drop(port_file);
    // Jobs that never end must not keep the process.
    runtime.shutdown_timeout(Duration::from_millis(100));
    result
}

/// Says where it listens, and what everybody who reaches it should know.
pub(super) fn say_where(server: &RunningServer, ip: IpAddr) {
    eprintln!("localnet {} listens at {}", super::VERSION, server.url());
    let reach = if ip.is_loopback() { "this machine only" } else { "whoever reaches it" };
    eprintln!("its root key is public, it proves nothing elsewhere; it serves {reach}");
    if !ip.is_loopback() {
        eprintln!("listening at {ip}: whoever reaches it controls its networks");
    }
}

/// The folder for compiled modules that the environment names.
pub(super) fn cache_dir() -> Option<PathBuf> {
    std::env::var_os(CACHE_DIR).map(Into::into)
}

/// Serves until a signal or a failure ends it; `announce` runs once it listens.
pub(super) fn serve_until_signal(
    config: ServerConfig,
    announce: impl FnOnce(&RunningServer) -> Result<(), String>,
) -> Result<(), String> {
    let runtime = runtime()?;
    let result = runtime.block_on(serve(config, None, announce));
    runtime.shutdown_timeout(Duration::from_millis(100));
    result
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start threads: {error}"))
}

async fn serve(
    config: ServerConfig,
    hard_ttl: Option<Duration>,
    announce: impl FnOnce(&RunningServer) -> Result<(), String>,
) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("cannot listen to signals: {error}");
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut server = Server::start(config).await?;
    announce(&server)?;
    tokio::select! {
        result = server.finished() => return result,
        () = hard_end(hard_ttl) => return Ok(()),
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    server.stop().await
}

async fn hard_end(ttl: Option<Duration>) {
    match ttl {
        Some(ttl) => tokio::time::sleep(ttl).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_file_marks_who_is_in_charge_until_the_end() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("server.port");
        let mut first = PortFile::create(&path).expect("created").expect("in charge");
        assert!(PortFile::create(&path).expect("exists").is_none());
        first.announce(4943).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("readable"), "4943\n");
        drop(first);
        assert!(!path.exists());
    }
}
