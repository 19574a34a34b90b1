//! Programs that run while the tier looks at them, and what they answer over HTTP.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// A program that ends with the tier.
pub(super) struct Running {
    child: Child,
    name: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts it; what it says goes to a file.
    pub(super) fn start(command: &mut Command, log: &Path) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let file = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file).spawn();
        let child = child.map_err(|error| format!("cannot run {name}: {error}"))?;
        Ok(Self { child, name })
    }

    /// The first line of its standard output, which is a document.
    pub(super) fn first_document(&mut self) -> Result<Value, String> {
        let stdout = self.child.stdout.take().ok_or("its output was read already")?;
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        read.map_err(|error| format!("{}: {error}", self.name))?;
        serde_json::from_str(&line).map_err(|error| format!("{}: {error}: {line}", self.name))
    }
}

/// A port nobody listens at.
pub(super) fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

/// What `GET path` is answered with at a port of this machine.
pub(super) fn get(port: u16, path: &str) -> Result<Value, String> {
    let wrong = |error: std::io::Error| format!("127.0.0.1:{port}: {error}");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(wrong)?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(wrong)?;
    // The older protocol has no answers in pieces.
    let request = format!("GET {path} HTTP/1.0\r\nhost: 127.0.0.1\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(wrong)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(wrong)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    let status = head.lines().next().unwrap_or_default();
    if !status.contains(" 200") {
        return Err(format!("{path}: {status}: {body}"));
    }
    serde_json::from_str(body).map_err(|error| format!("{path}: {error}"))
}

/// Asks until the answer is good or the time is over; then the last answer is the reason.
pub(super) fn wait<T>(
    seconds: u64,
    mut ask: impl FnMut() -> Result<T, String>,
) -> Result<T, String> {
    let end = Instant::now() + Duration::from_secs(seconds);
    loop {
        match ask() {
            Err(_) if Instant::now() < end => thread::sleep(Duration::from_millis(500)),
            answer => return answer,
        }
    }
}

/// A text as a part of an address.
pub(super) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_encoded() {
        assert_eq!(encoded("a_b{c=\"d\"} > 1"), "a_b%7Bc%3D%22d%22%7D%20%3E%201");
    }

    #[test]
    fn the_last_answer_is_the_reason() {
        let mut count = 0;
        let mut ask = || {
            count += 1;
            if count < 3 { Err("not yet".to_owned()) } else { Ok(count) }
        };
        assert_eq!(wait(5, &mut ask), Ok(3));
        assert_eq!(wait(0, || Err::<u8, _>("never".to_owned())), Err("never".to_owned()));
    }
}
