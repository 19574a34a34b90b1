//! `granary exporter`: the controller's view for Prometheus.

use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
    routing::get,
};
use candid::Principal;
use serde::Serialize;

use crate::{
    client::{Client, agent::AgentClient},
    duration,
    exit::Exit,
    failure::Failure,
    operations::{
        demo::network,
        exporter::{
            board::{self, Board},
            families,
            targets::{self, Target},
        },
    },
    render::{Page, Report, page::Tone},
    session::Session,
};

/// A status call costs the canister cycles, so nobody is asked more often.
const SHORTEST: u64 = 60 * 1_000_000_000;
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Serves what only a controller sees (exact cycles, memory, code, controllers, snapshots) at
/// /metrics, and where the canisters' own metrics are at /targets, until Ctrl-C. The identity must
/// be a controller of the canisters.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Canisters to read; otherwise all that are known for the network.
    names: Vec<String>,
    /// Address to listen at. Exact balances are nobody else's business: leave it on this machine.
    #[arg(long, env = "GRANARY_EXPORTER_LISTEN", default_value = "127.0.0.1:9464")]
    listen: SocketAddr,
    /// How often the canisters are read, at least 1m.
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = interval)]
    interval: u64,
    /// A controller besides this identity that is expected; may be given several times.
    #[arg(long = "controller", value_name = "PRINCIPAL")]
    controllers: Vec<Principal>,
}

fn interval(text: &str) -> Result<u64, String> {
    let nanos = duration::parse(text)?;
    if nanos < SHORTEST {
        return Err("a canister is asked at most once a minute".to_owned());
    }
    Ok(nanos)
}

/// Where it listens.
#[derive(Debug, Serialize)]
struct Started {
    metrics: String,
    targets: String,
    canisters: Vec<String>,
}

impl Report for Started {
    const SCHEMA: &'static str = "granary.exporter/1";

    fn text(&self, page: &mut Page) {
        let up = page.paint(Tone::Good, "up");
        page.line(format!("{up}: {}", self.metrics));
        page.field("targets", &self.targets);
        page.field("canisters", self.canisters.join(", "));
    }
}

/// What the routes read.
#[derive(Clone)]
struct Shared {
    board: Arc<RwLock<Board>>,
    targets: Arc<Vec<Target>>,
}

pub(crate) async fn exec(args: Args, session: &Session) -> Result<Exit, Failure> {
    let canisters = session.around(&args.names)?;
    // The identity that deploys is a controller.
    let client = session.client("manager").await?;
    let own = session.network()?;
    let expected = [vec![client.principal()], args.controllers].concat();
    let shared = Shared {
        board: Arc::new(RwLock::new(Board::new(&own.name, expected))),
        targets: Arc::new(targets::targets(&own, &canisters)?),
    };
    let listener = tokio::net::TcpListener::bind(args.listen).await.map_err(|error| {
        let message = format!("cannot listen at {} ({error})", args.listen);
        Failure::new(Exit::Failed, "cli.listen", message)
            .next("granary exporter --listen 127.0.0.1:0")
    })?;
    let at = listener.local_addr().map_or(args.listen, |address| address);
    look(&client, &canisters, &shared.board, session).await;
    let asked_to_stop = network::asked_to_stop()?;
    session.out.emit_line(&Started {
        metrics: format!("http://{at}/metrics"),
        targets: format!("http://{at}/targets"),
        canisters: canisters.iter().map(|(name, _)| name.clone()).collect(),
    })?;
    let app = Router::new()
        .route("/metrics", get(|State(shared): State<Shared>| async move { metrics(&shared) }))
        .route("/targets", get(|State(shared): State<Shared>| async move { known(&shared) }))
        .with_state(shared.clone());
    let served = axum::serve(listener, app).into_future();
    let every = Duration::from_nanos(args.interval);
    let again = async {
        loop {
            tokio::time::sleep(every).await;
            look(&client, &canisters, &shared.board, session).await;
        }
    };
    tokio::select! {
        ended = served => ended.map_err(|error| {
            Failure::new(Exit::Failed, "cli.listen", format!("listening ended: {error}"))
        })?,
        () = again => {}
        asked = asked_to_stop => asked?,
    }
    Ok(Exit::Ok)
}

/// Reads every canister once; tells of what changed on standard error.
async fn look(
    client: &AgentClient,
    canisters: &[(String, Principal)],
    board: &RwLock<Board>,
    session: &Session,
) {
    let tried = board::read(client, canisters, || duration::from_now(0)).await;
    for (name, tried) in tried {
        let failure = tried.as_ref().err().cloned();
        let turned = board.write().unwrap_or_else(PoisonError::into_inner).note(&name, tried);
        if let (true, Some(failure)) = (turned, failure) {
            session
                .out
                .fail(&Failure { message: format!("{name}: {}", failure.message), ..failure });
        }
    }
}

fn metrics(shared: &Shared) -> Response {
    let text = families::scrape(&shared.board.read().unwrap_or_else(PoisonError::into_inner));
    ([(CONTENT_TYPE, TEXT)], text).into_response()
}

fn known(shared: &Shared) -> Response {
    Json(shared.targets.as_slice()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_more_than_once_a_minute() {
        assert_eq!(interval("1m"), Ok(SHORTEST));
        assert_eq!(interval("2h"), Ok(120 * SHORTEST));
        for wrong in ["59s", "0s", "often"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }
}
