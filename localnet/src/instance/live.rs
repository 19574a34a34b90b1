//! One network with what the server keeps around it: its certification authority, its real-time
//! mode, and the agents that wait for answers.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use candid::Principal;
use pocket_ic::common::rest::{CanisterHttpReject, CanisterHttpResponse, MockCanisterHttpResponse};
use tokio::sync::oneshot;

use super::home::Home;
use crate::{
    certification::{Authority, DEV_ROOT_KEY_DER, RequestId, RequestStatus, subnet_public_key},
    network::{IngressStatus, Network, NetworkConfig},
};

/// How often an idle instance in real-time mode runs a round, for heartbeats and what expires.
const IDLE_ROUND: Duration = Duration::from_millis(100);

/// Shortest time from a round to one for a timer alone: a canister that sets its timer again and
/// again must not keep a core busy.
const TIMER_ROUND: Duration = Duration::from_millis(5);

/// Rounds run at a stretch before requests that arrived meanwhile are served.
const ROUNDS_MAX: usize = 20;

/// How long the status of a request from outside the agent interface is kept, in nanoseconds.
const STATUS_KEPT_NS: u64 = 300_000_000_000;

/// How an instance is set up.
#[derive(Clone, Debug, Default)]
pub struct InstanceSpec {
    /// The network. Keys are always the development keys.
    pub network: NetworkConfig,
    /// Where the state is loaded from, when it holds one, and kept: what has been answered
    /// survives the end of the process, however it ends.
    pub state_dir: Option<PathBuf>,
    /// Starts in real-time mode.
    pub live: bool,
    /// Shortest time between two rounds in real-time mode.
    pub round_delay: Option<Duration>,
    /// Serves requests of agents without checking signatures and expiry.
    pub trust_ingress: bool,
}

/// A running network. It lives on a thread of its own; see [`super::InstanceHandle`].
#[derive(Debug)]
pub struct Instance {
    /// The network itself.
    pub network: Network,
    authority: Arc<Authority>,
    home: Option<Home>,
    trust_ingress: bool,
    live: Option<Live>,
    waiting: BTreeMap<RequestId, Vec<oneshot::Sender<()>>>,
}

/// Real-time mode: time follows the wall clock and rounds run by themselves.
#[derive(Debug)]
struct Live {
    delay: Duration,
    last_round: Instant,
}

impl Instance {
    /// Sets the instance up, loading its state when the state directory holds one.
    pub(super) fn new(spec: InstanceSpec) -> Result<Self, String> {
        let config = NetworkConfig {
            root_key_der: DEV_ROOT_KEY_DER.to_vec(),
            subnet_public_key,
            ..spec.network
        };
        let home = spec.state_dir.map(Home::take).transpose()?;
        let mut network = match &home {
            Some(home) => home.network(config)?,
            None => Network::new(config)?,
        };
        // A loaded network brings its own seed.
        let authority = Arc::new(Authority::new(network.config().seed));
        network.set_certifier(authority.clone());
        let mut instance = Self {
            network,
            authority,
            home,
            trust_ingress: spec.trust_ingress,
            live: None,
            waiting: BTreeMap::new(),
        };
        if spec.live {
            instance.start_live(spec.round_delay.unwrap_or_default())?;
        }
        Ok(instance)
    }

    /// Who signs for the network.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Whether signatures and expiry of requests are left unchecked.
    pub fn trusts_ingress(&self) -> bool {
        self.trust_ingress
    }

    /// Whether time follows the wall clock and rounds run by themselves.
    pub fn is_live(&self) -> bool {
        self.live.is_some()
    }

    /// Enters real-time mode: from now on time follows the wall clock, and a round runs whenever
    /// a message waits, at least `delay` after the one before.
    pub fn start_live(&mut self, delay: Duration) -> Result<(), String> {
        if self.live.is_some() {
            return Err("Auto progress mode has already been enabled.".to_owned());
        }
        self.live = Some(Live { delay, last_round: Instant::now() });
        let now = wall_clock_ns();
        if now > self.network.time_ns() {
            self.network.set_certified_time(now)?;
        }
        self.network.tick();
        Ok(())
    }

    /// Leaves real-time mode: time stands still and rounds run on request.
    pub fn stop_live(&mut self) {
        self.live = None;
    }

    /// A receiver that hears when the request is answered.
    pub(crate) fn wait_for(&mut self, subnet: Principal, id: RequestId) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        let answered = self.authority.request(subnet, &id).is_some_and(|r| r.status.is_final());
        if answered {
            // The receiver is still held here, so this cannot fail.
            let _ = sender.send(());
        } else {
            self.waiting.entry(id).or_default().push(sender);
        }
        receiver
    }

    /// Makes the status of a call certifiable that did not come in as an agent's request.
    pub(crate) fn certify_request(&self, subnet: Principal, id: RequestId) {
        if self.authority.request(subnet, &id).is_some() {
            return;
        }
        let Some(record) = self.network.ingress_record(&id) else { return };
        if record.subnet_id != subnet {
            return;
        }
        let expiry_ns = record.received_ns.saturating_add(STATUS_KEPT_NS);
        self.authority.add_request(id, record.sender, record.canister_id, subnet, expiry_ns);
        self.authority.refresh(|id| self.status(id), 0);
    }

    /// How long to wait for the next request before [`Instance::advance`] is due; None is for
    /// ever.
    pub(super) fn next_round_in(&self) -> Option<Duration> {
        let live = self.live.as_ref()?;
        let now = wall_clock_ns().max(self.network.time_ns());
        let timer = self.network.next_timer_ns();
        let timer = timer.map(|due| Duration::from_nanos(due.saturating_sub(now)));
        let since = live.last_round.elapsed();
        Some(time_to_round(live.delay, since, self.network.has_pending(), timer))
    }

    /// Runs the rounds that are due.
    pub(super) fn advance(&mut self) {
        if self.next_round_in().is_some_and(|wait| wait.is_zero()) {
            self.run_rounds();
            self.settle();
        }
    }

    /// Certifies what has been answered and tells those who wait for it. Due after everything
    /// that may have run a round, before the next request looks.
    pub(super) fn settle(&mut self) {
        let finished = self.authority.refresh(|id| self.status(id), self.network.time_ns());
        for id in finished {
            for sender in self.waiting.remove(&id).unwrap_or_default() {
                // An agent that hung up no longer wants to know.
                let _ = sender.send(());
            }
        }
        // Agents that gave up leave their senders behind.
        self.waiting.retain(|_, senders| {
            senders.retain(|sender| !sender.is_closed());
            !senders.is_empty()
        });
    }

    fn run_rounds(&mut self) {
        let Some(delay) = self.live.as_ref().map(|live| live.delay) else { return };
        let rounds = if delay.is_zero() { ROUNDS_MAX } else { 1 };
        for _ in 0..rounds {
            let now = wall_clock_ns();
            // A test may have moved the time ahead of the clock; then rounds carry it on.
            if now > self.network.time_ns() {
                self.network.set_time(now).expect("the time moves forward");
            }
            self.network.tick();
            self.refuse_outcalls();
            if !self.network.has_pending() {
                break;
            }
        }
        if let Some(live) = &mut self.live {
            live.last_round = Instant::now();
        }
    }

    /// In real-time mode nobody mocks HTTP outcalls, and localnet does not go to the network.
    fn refuse_outcalls(&mut self) {
        for request in self.network.pending_http_requests() {
            let reject = CanisterHttpReject {
                reject_code: 1,
                message: "localnet performs no HTTP outcalls in real-time mode; mock the response \
                          with real-time mode off"
                    .to_owned(),
            };
            let refused = self.network.mock_http_response(MockCanisterHttpResponse {
                subnet_id: request.subnet_id,
                request_id: request.request_id,
                response: CanisterHttpResponse::CanisterHttpReject(reject),
                additional_responses: Vec::new(),
            });
            debug_assert!(refused.is_ok(), "a pending request takes an answer: {refused:?}");
        }
    }

    fn status(&self, id: &RequestId) -> Option<RequestStatus> {
        match self.network.ingress_status(id) {
            IngressStatus::Unknown => None,
            IngressStatus::Received => Some(RequestStatus::Received),
            IngressStatus::Processing => Some(RequestStatus::Processing),
            IngressStatus::Replied(reply) => Some(RequestStatus::Replied(reply)),
            IngressStatus::Rejected(reject) => Some(RequestStatus::Rejected(reject)),
        }
    }

    /// Saves the state when there is a directory for it.
    pub(super) fn save(&self) -> Result<(), String> {
        self.home.as_ref().map_or(Ok(()), |home| self.network.save(home.dir()))
    }

    /// An error when the state should be kept and cannot be: the instance must not answer then.
    pub(super) fn is_kept(&self) -> Result<(), String> {
        let why = self.network.journal_failure();
        why.map_or(Ok(()), |why| Err(format!("the state cannot be kept: {why}")))
    }
}

/// How long the next round is off when the last one was `since` ago and rounds are `delay` apart:
/// whether messages wait for it, and how long the first timer is off, decide.
fn time_to_round(
    delay: Duration,
    since: Duration,
    messages: bool,
    timer: Option<Duration>,
) -> Duration {
    let left = |pace: Duration| delay.max(pace).saturating_sub(since);
    if messages {
        return left(Duration::ZERO);
    }
    let idle = left(IDLE_ROUND);
    timer.map_or(idle, |timer| idle.min(timer.max(left(TIMER_ROUND))))
}

fn wall_clock_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_runs_for_a_message_for_a_timer_and_otherwise_now_and_then() {
        let ms = Duration::from_millis;
        let wait = |delay, since, messages, timer: Option<u64>| {
            time_to_round(ms(delay), ms(since), messages, timer.map(ms))
        };
        assert_eq!(wait(0, 0, true, None), ms(0), "a message waits for nothing");
        assert_eq!(wait(0, 30, false, None), ms(70));
        assert_eq!(wait(0, 30, false, Some(500)), ms(70), "no timer is due that soon");
        assert_eq!(wait(0, 30, false, Some(20)), ms(20));
        assert_eq!(wait(0, 30, false, Some(0)), ms(0));
        assert_eq!(wait(0, 1, false, Some(0)), ms(4), "a timer set again and again is held up");
        assert_eq!(wait(400, 30, true, Some(0)), ms(370), "rounds were asked to be apart");
        assert_eq!(wait(400, 30, false, Some(0)), ms(370));
        assert_eq!(wait(400, 500, false, None), ms(0));
    }
}
