//! Clients that keep asking: for people, applications and payments, one request after the other,
//! each repeated until it is acknowledged.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinSet;

use super::{stage::Stage, stuck};
use crate::{client::Client, exit::Exit, failure::Failure};

/// Between two requests of a client.
const GAP: Duration = Duration::from_millis(100);
/// The same of payments: the treasury makes a few in a second, and at the end all of them are
/// waited for.
const PAYMENT_GAP: Duration = Duration::from_millis(500);
/// Requests of one client: the canisters take a thousand in an hour.
const MOST: u64 = 900;
/// How often a request whose outcome is unknown is repeated after the end.
const PATIENCE: u32 = 200;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Person,
    Application,
    Payment,
}

impl Kind {
    const fn gap(self) -> Duration {
        match self {
            Self::Person | Self::Application => GAP,
            Self::Payment => PAYMENT_GAP,
        }
    }
}

/// What one client was told.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub(super) kind: Kind,
    /// Number of the request, and of what the canister says it made of it.
    pub(super) acknowledged: Vec<(u64, u64)>,
    /// Refusals by their code.
    pub(super) refused: BTreeMap<String, u64>,
    /// Answers that left the outcome open; the same request was sent again.
    pub(super) asked_again: u64,
    /// The outcome of the last request is not known.
    pub(super) open: bool,
    /// The first number that was not acknowledged.
    next: u64,
}

impl Tally {
    fn new(kind: Kind, next: u64) -> Self {
        let (acknowledged, refused) = (Vec::new(), BTreeMap::new());
        Self { kind, acknowledged, refused, asked_again: 0, open: false, next }
    }
}

/// Clients at work.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    clients: JoinSet<Tally>,
}

impl Load {
    /// Starts a client for each kind, which goes on where those of `earlier` ended.
    pub(super) fn start<C: Client>(stage: &Stage<C>, kinds: &[Kind], earlier: &[Tally]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut clients = JoinSet::new();
        for &kind in kinds {
            let known = earlier.iter().filter(|tally| tally.kind == kind);
            let next = known.map(|tally| tally.next).max().unwrap_or(0);
            let (stage, stop) = (stage.clone(), stop.clone());
            clients.spawn(async move {
                let ask = |number| stage.ask(kind, number);
                keep_asking(Tally::new(kind, next), &stop, kind.gap(), ask).await
            });
        }
        Self { stop, clients }
    }

    /// Lets every client finish the request it is at.
    pub(super) async fn stop(mut self) -> Result<Vec<Tally>, Failure> {
        self.stop.store(true, Ordering::Relaxed);
        let mut tallies = Vec::new();
        while let Some(ended) = self.clients.join_next().await {
            tallies.push(ended.map_err(|error| stuck(format!("a client ended: {error}")))?);
        }
        Ok(tallies)
    }
}

async fn keep_asking<F: Future<Output = Result<u64, Failure>>>(
    mut tally: Tally,
    stop: &AtomicBool,
    gap: Duration,
    ask: impl Fn(u64) -> F,
) -> Tally {
    let (end, mut patience) = (tally.next.saturating_add(MOST), PATIENCE);
    while tally.next < end {
        if stop.load(Ordering::Relaxed) {
            if !tally.open || patience == 0 {
                break;
            }
            patience -= 1;
        }
        match ask(tally.next).await {
            Ok(id) => {
                tally.acknowledged.push((tally.next, id));
                tally.next += 1;
                tally.open = false;
            }
            Err(failure) if matches!(failure.exit, Exit::Degraded | Exit::Unreachable) => {
                tally.asked_again += 1;
                tally.open = true;
            }
            Err(failure) => *tally.refused.entry(failure.code).or_default() += 1,
        }
        tokio::time::sleep(gap).await;
    }
    tally
}

/// All refusals by their code.
pub(super) fn refused(tallies: &[Tally]) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for (code, times) in tallies.iter().flat_map(|tally| &tally.refused) {
        *all.entry(code.clone()).or_default() += times;
    }
    all
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn a_request_is_repeated_until_it_is_acknowledged() {
        let failed = |exit, code: &str| Err(Failure::new(exit, code, "no"));
        let answers = Mutex::new(vec![
            Ok(10),
            failed(Exit::Failed, "common.lifecycle.draining"),
            failed(Exit::Degraded, "cli.unknown_outcome"),
            failed(Exit::Failed, "common.lifecycle.draining"),
            Ok(11),
        ]);
        answers.lock().expect("one thread").reverse();
        let (stop, asked) = (AtomicBool::new(false), Mutex::new(Vec::new()));
        let tally = keep_asking(Tally::new(Kind::Person, 5), &stop, Duration::ZERO, |number| {
            asked.lock().expect("one thread").push(number);
            let mut answers = answers.lock().expect("one thread");
            let answer = answers.pop().expect("an answer");
            // Whoever stops while an outcome is open waits for it.
            stop.store(answers.len() < 3, Ordering::Relaxed);
            async move { answer }
        })
        .await;
        assert_eq!(*asked.lock().expect("one thread"), [5, 6, 6, 6, 6]);
        assert_eq!(tally.acknowledged, [(5, 10), (6, 11)]);
        assert_eq!((tally.asked_again, tally.open, tally.next), (1, false, 7));
        assert_eq!(
            refused(&[tally]),
            BTreeMap::from([("common.lifecycle.draining".to_owned(), 2)])
        );
    }
}
