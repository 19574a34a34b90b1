//! The program itself: version, port file, TTL, signals.

use std::{
    io::Read as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{http, server};

fn spawn(port_file: &Path, arguments: &[&str]) -> Child {
    Command::new(server())
        .arg("--port-file")
        .arg(port_file)
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn within<T>(time: Duration, what: &str, mut poll: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = poll() {
            return found;
        }
        assert!(start.elapsed() < time, "{what} took longer than {time:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn port(port_file: &Path) -> u16 {
    within(Duration::from_secs(20), "listening", || {
        let text = std::fs::read_to_string(port_file).ok()?;
        text.strip_suffix('\n')?.parse().ok()
    })
}

fn ends(child: &mut Child) -> std::process::ExitStatus {
    within(Duration::from_secs(20), "ending", || child.try_wait().unwrap())
}

#[test]
fn the_version_is_one_that_clients_accept_and_that_says_what_it_is() {
    let output = Command::new(server()).arg("--version").output().unwrap();
    assert!(output.status.success());
    let version = format!("pocket-ic-server 16.1.0+localnet.{}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), version);
}

#[test]
fn mistakes_on_the_command_line_are_usage_errors() {
    let output = Command::new(server()).arg("--colour").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--colour"));
}

#[test]
fn the_port_file_appears_when_listening_and_goes_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("port");
    let mut child = spawn(&file, &["--ttl", "1"]);
    let port = port(&file);
    assert_eq!(http(port, "GET", "/instances", "localhost", b"").status, 200);
    assert!(ends(&mut child).success());
    assert!(!file.exists());
}

#[test]
fn a_second_server_leaves_at_once_and_silently() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("port");
    std::fs::write(&file, "1\n").unwrap();
    let mut child = spawn(&file, &[]);
    assert!(ends(&mut child).success());
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
    assert!(file.exists(), "the port file belongs to the first server");
}

#[test]
fn signals_end_the_server_in_good_order() {
    for signal in ["INT", "TERM"] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("port");
        let mut child = spawn(&file, &[]);
        port(&file);
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        assert!(ends(&mut child).success(), "SIG{signal}");
        assert!(!file.exists(), "SIG{signal} leaves the port file behind");
    }
}

#[test]
fn the_hard_ttl_ends_a_server_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("port");
    let mut child = spawn(&file, &["--hard-ttl", "1"]);
    let port = port(&file);
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(20), "still alive");
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(ends(&mut child).success());
}
