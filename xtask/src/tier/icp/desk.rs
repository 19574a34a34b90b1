//! Types the rows of the contract in a project folder of its own and notes what came of them.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    Row,
    contract::{Ends, Keeps},
};
use crate::process::{self, Ended, Show};
use crate::tier::{Verdict, failed};

/// A project folder, and somebody who types there.
pub(super) struct Desk {
    icp: PathBuf,
    launcher: PathBuf,
    folder: PathBuf,
    home: PathBuf,
    modules: PathBuf,
    kept: BTreeMap<String, String>,
    verdicts: Vec<Verdict>,
}

impl Desk {
    /// `home` holds the identities; compiled modules are kept below `tier`.
    pub(super) fn new(
        icp: &Path,
        launcher: &Path,
        folder: &Path,
        home: &Path,
        tier: &Path,
    ) -> Result<Self, String> {
        for path in [folder, home] {
            fs::create_dir_all(path).map_err(failed(path))?;
        }
        Ok(Self {
            icp: icp.to_owned(),
            launcher: launcher.to_owned(),
            folder: folder.to_owned(),
            home: home.to_owned(),
            modules: tier.join("modules"),
            kept: BTreeMap::new(),
            verdicts: Vec::new(),
        })
    }

    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<(), String> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        fs::write(&path, content).map_err(failed(&path))
    }

    pub(super) fn write_program(&self, name: &str, text: &str) -> Result<(), String> {
        use std::os::unix::fs::PermissionsExt as _;
        self.write(name, text.as_bytes())?;
        let path = self.folder.join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(failed(&path))
    }

    /// Makes `{name}` in later rows stand for `value`.
    pub(super) fn keep(&mut self, name: &str, value: &str) {
        self.kept.insert(name.to_owned(), value.to_owned());
    }

    pub(super) fn verdicts(self) -> Vec<Verdict> {
        self.verdicts
    }

    pub(super) fn type_all(&mut self, rows: &[Row]) {
        for row in rows {
            let verdict = self.type_row(row);
            let shown = self.filled(row.words).unwrap_or_else(|_| row.words.to_owned());
            eprintln!("{} icp {}", if verdict.is_ok() { "ok  " } else { "FAIL" }, brief(&shown));
            self.verdicts.push((format!("icp {}", brief(&shown)), verdict));
        }
    }

    fn type_row(&mut self, row: &Row) -> Result<(), String> {
        let words = split(&self.filled(row.words)?);
        let ended = process::run(self.command().args(words), Show::Nothing)?;
        if ended.success != (row.ends == Ends::Well) {
            let how = if ended.success { "succeeded" } else { "failed" };
            return Err(format!("it {how}:\n{}", last_words(&ended)));
        }
        let said = format!("{}{}", ended.stdout, ended.stderr);
        for part in row.says {
            let part = self.filled(part)?;
            if !said.contains(&part) {
                return Err(format!("it does not say `{part}`:\n{}", last_words(&ended)));
            }
        }
        for part in row.lacks {
            let part = self.filled(part)?;
            if said.contains(&part) {
                return Err(format!("it says `{part}`:\n{}", last_words(&ended)));
            }
        }
        match row.keeps {
            Keeps::Nothing => {}
            Keeps::Line(name) => self.keep(name, ended.stdout.trim()),
            Keeps::Field(name, field) => {
                let value: serde_json::Value = serde_json::from_str(&ended.stdout)
                    .map_err(|error| format!("no JSON: {error}\n{}", last_words(&ended)))?;
                let text = value[field].as_str().ok_or(format!("no field `{field}`"))?;
                self.keep(name, text);
            }
        }
        Ok(())
    }

    /// Asks the managed network for the page at a host below `localhost`, and notes whether it
    /// holds `part`.
    pub(super) fn fetch(&mut self, what: &str, host: &str, path: &str, part: &str) {
        let verdict = self.page(host, path).and_then(|page| {
            let holds = page.contains(part);
            holds.then_some(()).ok_or_else(|| format!("no `{part}` in:\n{page:.400}"))
        });
        self.verdicts.push((format!("GET {what}"), verdict));
    }

    /// Lets the operator's script deploy the suite to the network of `{port}` and validate it.
    pub(super) fn validate(&mut self, script: &Path, granary: &Path) {
        let verdict = self.validated(script, granary);
        self.verdicts.push(("scripts/production-validation.sh local".to_owned(), verdict));
    }

    fn validated(&self, script: &Path, granary: &Path) -> Result<(), String> {
        let folder = self.folder.join("operator");
        fs::create_dir_all(&folder).map_err(failed(&folder))?;
        let mut command = Command::new(script);
        command.arg("local").current_dir(&folder).env("GRANARY", granary);
        command.env("IC_URL", self.filled("http://127.0.0.1:{port}")?);
        let ended = process::run(&mut command, Show::Nothing)?;
        for words in ["created micro_grants", "the suite on local works"] {
            if !ended.success || !ended.stdout.contains(words) {
                return Err(format!("it does not say `{words}`:\n{}", last_words(&ended)));
            }
        }
        Ok(())
    }

    fn page(&self, host: &str, path: &str) -> Result<String, String> {
        let (host, port) = (self.filled(host)?, self.filled("{port}")?);
        let wrong = |error: std::io::Error| format!("{host}.localhost:{port}: {error}");
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).map_err(wrong)?;
        let request = format!(
            "GET /{path} HTTP/1.1\r\nhost: {host}.localhost:{port}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).map_err(wrong)?;
        let mut page = Vec::new();
        stream.read_to_end(&mut page).map_err(wrong)?;
        Ok(String::from_utf8_lossy(&page).into_owned())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.icp);
        command.current_dir(&self.folder);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("ICP_")) {
                command.env_remove(name);
            }
        }
        command
            .env("HOME", &self.home)
            .env("ICP_HOME", &self.home)
            .env("ICP_CLI_NETWORK_LAUNCHER_PATH", &self.launcher)
            .env("LOCALNET_CACHE_DIR", &self.modules)
            // Nothing is sent to anybody.
            .envs([("CI", "1"), ("DO_NOT_TRACK", "1"), ("ICP_TELEMETRY_DISABLED", "1")])
            .env("RUST_BACKTRACE", "0");
        command
    }

    /// The text with what was kept in the place of each `{name}`.
    fn filled(&self, text: &str) -> Result<String, String> {
        let mut filled = text.to_owned();
        for (name, value) in &self.kept {
            filled = filled.replace(&format!("{{{name}}}"), value);
        }
        match filled.split_once('{').and_then(|(_, rest)| rest.split_once('}')) {
            Some((name, _)) if name.chars().all(|c| c.is_ascii_lowercase() || c == '_') => {
                Err(format!("an earlier row did not tell `{name}`"))
            }
            _ => Ok(filled),
        }
    }
}

/// Words apart by spaces; what stands in single quotes is one word.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Keys shortened, so that a line stays a line.
fn brief(words: &str) -> String {
    let short = |word: &str| match word.get(..20) {
        Some(head) if word.len() > 80 => format!("{head}…"),
        _ => word.to_owned(),
    };
    words.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

/// The last lines of both streams, without the program's own backtrace.
fn last_words(ended: &Ended) -> String {
    let text = process::last_words(ended);
    let end = text.find("Stack backtrace:").unwrap_or(text.len());
    text[..end].trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_words_together() {
        let words = split("canister call hello greet '(\"a b\")' --query");
        assert_eq!(words, ["canister", "call", "hello", "greet", "(\"a b\")", "--query"]);
    }
}
