//! Where notices go. A sink that fails keeps what it was given and is tried again at the next look.

use std::{
    collections::VecDeque,
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use ic_agent::export::reqwest::{self, Url};
use serde_json::{Value, json};

use super::{
    findings::Level,
    watch::{Notice, Turn},
};
use crate::{exit::Exit, failure::Failure, render};

/// How long a service may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Notices a sink that fails keeps; the oldest go first.
const KEPT: usize = 1_000;
/// Where `PagerDuty` takes events (its Events API, version 2).
const PAGERDUTY: &str = "https://events.pagerduty.com/v2/enqueue";

/// Where notices go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sink {
    /// Standard output, a line of JSON each.
    Stdout,
    /// A file, to which a line of JSON is added.
    File(PathBuf),
    /// A service that takes the notice as JSON, with a `text` that Slack and its likes show.
    Webhook(Url),
    /// `PagerDuty`: an incident is opened and resolved.
    PagerDuty { key: String, url: Url },
}

impl FromStr for Sink {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = |text: &str| match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
            _ => Err(format!("`{text}` is no http or https URL")),
        };
        match text.split_once(':') {
            None if text == "stdout" => Ok(Self::Stdout),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("webhook", address)) => Ok(Self::Webhook(url(address)?)),
            Some(("pagerduty", target)) => {
                let (key, address) = target.split_once('@').unwrap_or((target, PAGERDUTY));
                if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric()) {
                    return Err("pagerduty: needs the routing key of a service".to_owned());
                }
                Ok(Self::PagerDuty { key: key.to_owned(), url: url(address)? })
            }
            _ => Err("a sink is stdout, file:PATH, webhook:URL or pagerduty:KEY".to_owned()),
        }
    }
}

impl std::fmt::Display for Sink {
    /// Without what lets others speak in our name: paths of webhooks and routing keys are secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = |url: &Url| url.host_str().unwrap_or_default().to_owned();
        match self {
            Self::Stdout => f.write_str("stdout"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Webhook(url) => write!(f, "webhook at {}", host(url)),
            Self::PagerDuty { url, .. } => write!(f, "pagerduty at {}", host(url)),
        }
    }
}

impl Sink {
    /// Delivers one notice.
    pub(crate) async fn deliver(&self, notice: &Notice) -> Result<(), Failure> {
        match self {
            Self::Stdout => render::write_out(&line(notice)),
            Self::File(path) => append(path, &line(notice)),
            Self::Webhook(url) => self.post(url, &webhook(notice)).await,
            Self::PagerDuty { key, url } => self.post(url, &pagerduty(notice, key)).await,
        }
    }

    async fn post(&self, url: &Url, body: &Value) -> Result<(), Failure> {
        let undelivered = |why: String| {
            Failure::new(Exit::Unreachable, "cli.undelivered", format!("{self}: {why}"))
                .next("granary alerts test")
        };
        // The error's own words hold the URL, and that is a secret.
        let why = |error: reqwest::Error| error.without_url().to_string();
        let http = reqwest::Client::builder().timeout(PATIENCE).build();
        let http = http.map_err(|error| undelivered(why(error)))?;
        let sent = http.post(url.clone()).header("content-type", "application/json");
        let answer = sent.body(body.to_string()).send().await;
        let status = answer.map_err(|error| undelivered(why(error)))?.status();
        if status.is_success() { Ok(()) } else { Err(undelivered(format!("it answered {status}"))) }
    }
}

fn document(notice: &Notice) -> Value {
    let mut document = serde_json::to_value(notice).expect("texts are JSON");
    document["schema"] = "granary.notice/1".into();
    document
}

fn line(notice: &Notice) -> String {
    format!("{}\n", document(notice))
}

fn append(path: &Path, line: &str) -> Result<(), Failure> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    let mut file = opened.map_err(Failure::file("open", path))?;
    file.write_all(line.as_bytes()).map_err(Failure::file("write", path))
}

fn webhook(notice: &Notice) -> Value {
    let mut document = document(notice);
    document["text"] = notice.sentence().into();
    document
}

/// An event by the Events API: the key joins what is told about one finding in one incident.
fn pagerduty(notice: &Notice, key: &str) -> Value {
    let severity = match notice.finding.level {
        Level::Critical => "critical",
        Level::Warning => "warning",
        Level::Info | Level::Good => "info",
    };
    let action = if notice.turn == Turn::Cleared { "resolve" } else { "trigger" };
    json!({
        "routing_key": key,
        "event_action": action,
        "dedup_key": notice.key(),
        "payload": {
            "summary": notice.sentence(),
            "source": notice.network,
            "severity": severity,
            "timestamp": notice.at,
            "component": notice.finding.canister,
            "class": notice.finding.subject,
        },
    })
}

/// A sink and what it has not taken yet.
#[derive(Debug)]
pub(crate) struct Outbox {
    sink: Sink,
    waiting: VecDeque<Notice>,
}

impl Outbox {
    pub(crate) fn new(sink: Sink) -> Self {
        Self { sink, waiting: VecDeque::new() }
    }

    /// Delivers what waits and then `notices`, in order, up to the first failure.
    pub(crate) async fn send(&mut self, notices: &[Notice]) -> Result<(), Failure> {
        self.waiting.extend(notices.iter().cloned());
        while self.waiting.len() > KEPT {
            self.waiting.pop_front();
        }
        while let Some(notice) = self.waiting.front() {
            self.sink.deliver(notice).await?;
            self.waiting.pop_front();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::{Router, body::Bytes, http::StatusCode, routing::post};

    use super::*;
    use crate::operations::monitor::findings::Finding;

    fn notice(turn: Turn) -> Notice {
        let finding = Finding {
            level: Level::Critical,
            canister: "registry".to_owned(),
            subject: "memory".to_owned(),
            reason: "9 of 10 are used".to_owned(),
        };
        let (network, at) = ("ic".to_owned(), "2026-01-02T03:04:05Z".to_owned());
        Notice { turn, network, at, finding }
    }

    /// A service that answers each request with the next status, and what it was sent.
    async fn service(answers: Vec<u16>) -> (String, Arc<Mutex<Vec<Value>>>) {
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(VecDeque::from(answers)));
        let heard = Arc::clone(&bodies);
        let hear = move |body: Bytes| async move {
            let body = serde_json::from_slice(&body).expect("JSON");
            heard.lock().expect("unpoisoned").push(body);
            let code = answers.lock().expect("unpoisoned").pop_front().unwrap_or(200);
            StatusCode::from_u16(code).expect("a status")
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("bound");
        let app = Router::new().route("/{*path}", post(hear));
        tokio::spawn(async move { axum::serve(listener, app).await });
        (format!("http://{at}/secret"), bodies)
    }

    #[test]
    fn sinks_are_written_as_they_are_read() {
        for (text, shown) in [
            ("stdout", "stdout"),
            ("file:notices.jsonl", "file notices.jsonl"),
            ("webhook:https://hooks.example/T0/secret", "webhook at hooks.example"),
            ("pagerduty:abc123", "pagerduty at events.pagerduty.com"),
        ] {
            let sink: Sink = text.parse().expect(text);
            assert_eq!(sink.to_string(), shown);
        }
        for text in ["", "file:", "stderr", "webhook:hooks.example", "pagerduty:", "pagerduty:a b"]
        {
            assert!(text.parse::<Sink>().is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn services_are_told_in_their_words() {
        let (url, bodies) = service(vec![]).await;
        let sinks = [format!("webhook:{url}"), format!("pagerduty:key1@{url}")];
        for sink in sinks {
            let sink: Sink = sink.parse().expect("a sink");
            for turn in [Turn::Raised, Turn::Cleared] {
                sink.deliver(&notice(turn)).await.expect("delivered");
            }
        }
        let bodies = bodies.lock().expect("unpoisoned");
        assert_eq!(bodies[0]["text"], "[critical] ic: registry memory: 9 of 10 are used");
        assert_eq!((&bodies[0]["turn"], &bodies[1]["turn"]), (&"raised".into(), &"cleared".into()));
        assert_eq!(bodies[0]["schema"], "granary.notice/1");
        let (opened, ended) = (&bodies[2], &bodies[3]);
        assert_eq!(opened["event_action"], "trigger");
        assert_eq!(ended["event_action"], "resolve");
        assert_eq!(opened["dedup_key"], ended["dedup_key"], "one incident");
        assert_eq!(opened["payload"]["severity"], "critical");
        assert_eq!(opened["routing_key"], "key1");
    }

    #[tokio::test]
    async fn what_was_not_delivered_is_delivered_later_and_once() {
        let (url, bodies) = service(vec![503]).await;
        let mut outbox = Outbox::new(format!("webhook:{url}").parse().expect("a sink"));
        let failure = outbox.send(&[notice(Turn::Raised)]).await.expect_err("refused");
        assert_eq!(failure.exit, Exit::Unreachable);
        assert!(failure.message.contains("503"), "{failure}");
        assert!(!failure.message.contains("secret"), "the path is a secret: {failure}");
        outbox.send(&[notice(Turn::Cleared)]).await.expect("delivered");
        outbox.send(&[]).await.expect("nothing is left");
        let bodies = bodies.lock().expect("unpoisoned");
        let turns: Vec<_> = bodies.iter().map(|body| body["turn"].as_str().expect("set")).collect();
        assert_eq!(turns, ["raised", "raised", "cleared"], "the first one was refused");
    }

    #[tokio::test]
    async fn a_file_grows_by_a_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("notices.jsonl");
        let sink = Sink::File(path.clone());
        for turn in [Turn::Raised, Turn::Cleared] {
            sink.deliver(&notice(turn)).await.expect("written");
        }
        let text = std::fs::read_to_string(&path).expect("readable");
        assert_eq!(text.lines().count(), 2);
        let last: Value = serde_json::from_str(text.lines().last().expect("one")).expect("JSON");
        assert_eq!((&last["turn"], &last["canister"]), (&"cleared".into(), &"registry".into()));
        let nowhere = Sink::File(folder.path().join("no/such/folder"));
        let failure = nowhere.deliver(&notice(Turn::Raised)).await.expect_err("no folder");
        assert_eq!(failure.code, "cli.file");
    }
}
