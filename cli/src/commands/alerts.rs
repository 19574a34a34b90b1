//! `granary alerts`: what somebody has to look at, and telling it to people who are not here.

use std::time::Duration;

use serde::Serialize;

use crate::{
    date, duration,
    exit::Exit,
    failure::Failure,
    operations::{
        demo::network,
        monitor::{
            findings::Finding,
            fleet::{self, Fleet},
            sink::{Outbox, Sink},
            watch::{Notice, Watch},
        },
    },
    render::{Page, Report, fleet::tone, page::Tone},
    session::Session,
};

/// What somebody has to look at.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum Command {
    /// What is not as it should be now, worst first; ends with 3 for a warning and 1 for worse.
    List(List),
    /// Look again and again, and tell what turned until Ctrl-C.
    Watch(WatchArgs),
    /// Send a notice that says it is a test, to see whether notices arrive.
    Test(Test),
}

#[derive(clap::Args, Debug)]
pub(crate) struct List {
    /// Canisters to ask; otherwise all that are known for the network.
    names: Vec<String>,
}

#[derive(clap::Args, Debug)]
pub(crate) struct WatchArgs {
    /// Canisters to ask; otherwise all that are known for the network.
    names: Vec<String>,
    /// Where notices go: `stdout`, `file:PATH`, `webhook:URL` or `pagerduty:KEY`; may be given
    /// several times.
    #[arg(long = "sink", value_name = "SINK", env = "GRANARY_SINKS", value_delimiter = ',')]
    #[arg(default_value = "stdout")]
    sinks: Vec<Sink>,
    /// Between two looks, at least 1s.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = interval)]
    interval: u64,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Test {
    /// Where notices go, as for `watch`.
    #[arg(long = "sink", value_name = "SINK", env = "GRANARY_SINKS", value_delimiter = ',')]
    #[arg(default_value = "stdout")]
    sinks: Vec<Sink>,
}

/// A time between two looks, in nanoseconds.
pub(crate) fn interval(text: &str) -> Result<u64, String> {
    match duration::parse(text)? {
        nanos if nanos >= 1_000_000_000 => Ok(nanos),
        _ => Err("a canister is asked at most once a second".to_owned()),
    }
}

/// What is not as it should be.
#[derive(Debug, Serialize)]
struct Findings {
    network: String,
    items: Vec<Finding>,
}

impl Report for Findings {
    const SCHEMA: &'static str = "granary.findings/1";

    fn text(&self, page: &mut Page) {
        if self.items.is_empty() {
            let well = page.paint(Tone::Good, "well");
            return page.line(format!("all is {well} on {}", self.network));
        }
        for finding in &self.items {
            let level = page.paint(tone(finding.level), finding.level.name());
            let Finding { canister, subject, reason, .. } = finding;
            page.line(format!("{level} {canister} {subject}: {reason}"));
        }
    }
}

/// Which sinks took the test.
#[derive(Debug, Serialize)]
struct Tested {
    delivered: Vec<String>,
    failed: Vec<String>,
}

impl Report for Tested {
    const SCHEMA: &'static str = "granary.alerts_test/1";

    fn text(&self, page: &mut Page) {
        for sink in &self.delivered {
            let word = page.paint(Tone::Good, "delivered");
            page.line(format!("{word} {sink}"));
        }
        for why in &self.failed {
            let word = page.paint(Tone::Bad, "failed");
            page.line(format!("{word} {why}"));
        }
    }
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List(args) => list(args, session).await,
        Command::Watch(args) => watch(args, session).await,
        Command::Test(args) => test(args, session).await,
    }
}

/// Looks at the canisters once.
pub(crate) async fn look(names: &[String], session: &Session) -> Result<Fleet, Failure> {
    let canisters = session.around(names)?;
    let client = session.client("operator").await?;
    let network = session.network()?.name;
    Ok(fleet::look(&client, &network, &canisters, duration::from_now(0)).await)
}

async fn list(args: List, session: &Session) -> Result<Exit, Failure> {
    let Fleet { network, level, findings, .. } = look(&args.names, session).await?;
    session.out.emit(&Findings { network, items: findings })?;
    Ok(level.exit())
}

async fn watch(args: WatchArgs, session: &Session) -> Result<Exit, Failure> {
    let canisters = session.around(&args.names)?;
    let client = session.client("operator").await?;
    let network = session.network()?.name;
    let mut outboxes: Vec<Outbox> = args.sinks.into_iter().map(Outbox::new).collect();
    let mut watch = Watch::default();
    let asked_to_stop = network::asked_to_stop()?;
    let looking = async {
        loop {
            let fleet = fleet::look(&client, &network, &canisters, duration::from_now(0)).await;
            let notices = watch.turns(&fleet);
            for outbox in &mut outboxes {
                if let Err(failure) = outbox.send(&notices).await {
                    session.out.fail(&failure);
                }
            }
            tokio::time::sleep(Duration::from_nanos(args.interval)).await;
        }
    };
    tokio::select! {
        () = looking => {}
        asked = asked_to_stop => asked?,
    }
    Ok(Exit::Ok)
}

async fn test(args: Test, session: &Session) -> Result<Exit, Failure> {
    let notice = Notice::test(&session.network()?.name, date::iso(duration::from_now(0)));
    let (mut delivered, mut failed) = (Vec::new(), Vec::new());
    for sink in args.sinks {
        match sink.deliver(&notice).await {
            Ok(()) => delivered.push(sink.to_string()),
            Err(failure) => failed.push(failure.message),
        }
    }
    let exit = if failed.is_empty() { Exit::Ok } else { Exit::Failed };
    session.out.emit_line(&Tested { delivered, failed })?;
    Ok(exit)
}
