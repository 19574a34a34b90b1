//! The other canisters this one knows by name: asked how they are, remembered for a while.
//!
//! A peer that cannot be reached must not make this canister wait: every question has a bound, the
//! answer is remembered, and health only ever looks at what is remembered.

use core::cell::RefCell;
use std::collections::BTreeMap;

use granary_api::common::{Dependency, DependencyReport, Health, HealthStatus};
use granary_errors::Error;
use granary_health::Check;
use granary_kernel::{Canister, Ctx, Fault, Peer, Principal};
use granary_units::{Duration, Timestamp};

use super::{Host, KindOf, access, calls, counters};
use crate::call::Answer;
use crate::{Env, message};

/// How long an answer is good for whoever asks.
pub const TTL: Duration = Duration::seconds(60);
/// How often the job asks.
pub const EVERY: Duration = Duration::seconds(300);
/// How soon after its start a canister asks.
pub(super) const FIRST: Duration = Duration::seconds(20);
/// How long a peer may take, seconds: one that needs longer is not well.
const WAIT_SECONDS: u32 = 10;
/// Bytes of a peer's reasons that are kept.
const MAX_REASON_BYTES: usize = 200;

/// What is remembered of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    canister: Principal,
    status: HealthStatus,
    reason: String,
    version: Option<String>,
    latency_ns: u64,
    at: Timestamp,
}

thread_local! {
    static SEEN: RefCell<BTreeMap<&'static str, Seen>> = const { RefCell::new(BTreeMap::new()) };
}

/// The component of health: the worst of the peers that are told and were asked.
pub fn component(told: &[Peer], now: Timestamp) -> Check {
    let checks = SEEN.with_borrow(|seen| {
        let seen_of = |peer: &Peer| {
            let seen = seen.get(peer.name.as_str())?;
            (seen.canister == peer.canister).then(|| judge(&peer.name, seen, now))
        };
        told.iter().filter_map(seen_of).collect::<Vec<_>>()
    });
    let worst = checks.into_iter().max_by_key(|check| check.status);
    worst.unwrap_or_else(|| Check::healthy("dependencies"))
}

fn judge(name: &str, seen: &Seen, now: Timestamp) -> Check {
    if seen.status != HealthStatus::Healthy {
        let reason = format!("{name}: {}", seen.reason);
        return Check::not_healthy("dependencies", seen.status, reason);
    }
    let age = now.saturating_since(seen.at).as_nanos();
    let check = Check::heartbeat("dependencies", age, EVERY.as_nanos());
    if check.status == HealthStatus::Healthy {
        return check;
    }
    Check { reason: format!("{name}: {}", check.reason), ..check }
}

/// The job: asks all peers in the background; answers when it is due again, if there are peers.
/// Amid a drain it waits: a peer may stand still for its own new code, and this canister would call
/// itself critical for that, or keep it in a snapshot.
pub(super) fn due<H: Host>(store: &H::Store, ctx: &Ctx) -> Option<Timestamp> {
    if store.peers().is_empty() {
        return None;
    }
    if store.drain(ctx.now).is_some() {
        return Some(ctx.now.saturating_add(FIRST));
    }
    ic_cdk::futures::spawn(async {
        let works = || H::read(|store| store.drain(message::now()).is_none());
        ask_each(peers::<H>(), works, look).await;
    });
    Some(ctx.now.saturating_add(EVERY))
}

/// Asks one peer after the other for as long as this canister works: a drain may begin while it
/// waits, and what is heard then is worth as little as what would be asked then.
async fn ask_each(
    peers: Vec<(&'static str, Principal)>,
    works: impl Fn() -> bool,
    look: impl AsyncFn(&'static str, Principal) -> Seen,
) {
    for (name, canister) in peers {
        let seen = look(name, canister).await;
        if !works() {
            return;
        }
        keep(name, seen);
    }
}

/// The peers that are told, by the names this code gives.
fn peers<H: Host>() -> Vec<(&'static str, Principal)> {
    let known = KindOf::<H>::PEERS;
    H::read(|store| {
        let base = store.base();
        known.iter().filter_map(|name| Some((*name, base.peer(name)?))).collect()
    })
}

/// Asks for somebody who wants to know, and remembers the answer.
async fn ask(name: &'static str, canister: Principal) {
    keep(name, look(name, canister).await);
}

async fn look(name: &'static str, canister: Principal) -> Seen {
    let sent = message::now();
    let answer: Answer<Health> =
        calls::call_within(name, canister, "health_check", &(), WAIT_SECONDS).await;
    let at = message::now();
    let latency_ns = at.saturating_since(sent).as_nanos();
    seen(answer, canister, at, latency_ns)
}

fn keep(name: &'static str, seen: Seen) {
    SEEN.with_borrow_mut(|all| all.insert(name, seen));
}

fn seen(answer: Answer<Health>, canister: Principal, at: Timestamp, latency_ns: u64) -> Seen {
    let (status, reason, version) = match answer {
        Answer::Done(health) => {
            (health.status, short(&health.reasons.join("; ")), Some(health.version))
        }
        Answer::NotApplied { reason } => {
            (HealthStatus::Critical, format!("does not take calls: {}", short(&reason)), None)
        }
        Answer::Unknown { reason } => {
            let text = format!("no answer in {WAIT_SECONDS} s: {}", short(&reason));
            (HealthStatus::Critical, text, None)
        }
    };
    Seen { canister, status, reason, version, latency_ns, at }
}

fn short(text: &str) -> String {
    text.get(..text.floor_char_boundary(MAX_REASON_BYTES)).unwrap_or_default().to_owned()
}

/// Asks every peer whose answer is older than [`TTL`], and tells what is known of all.
pub(super) async fn check<H: Host>() -> Result<DependencyReport, Error> {
    let env = Env::here();
    H::read(|store| {
        access::need_trusted::<H>(store, &env)?;
        store.need_no_rehearsal()
    })
    .map_err(refusal)?;
    for (name, canister) in peers::<H>() {
        if !is_fresh(name, canister, message::now()) {
            ask(name, canister).await;
        }
    }
    // Told anew: peers may have changed while others were asked.
    let told = peers::<H>();
    let one = |name: &&'static str| {
        let place = told.iter().find(|(peer, _)| peer == name).map(|(_, canister)| *canister);
        dependency(name, place)
    };
    let dependencies: Vec<_> = KindOf::<H>::PEERS.iter().map(one).collect();
    let told = dependencies.iter().filter(|dependency| dependency.canister.is_some());
    let worst = told.map(|dependency| dependency.status).max();
    let overall = worst.unwrap_or(HealthStatus::Healthy);
    Ok(DependencyReport { overall, dependencies })
}

/// Asks the peer `name` now, whatever is remembered.
pub(super) async fn test<H: Host>(name: &'static str) -> Result<Dependency, Error> {
    let env = Env::here();
    let canister = H::read(|store| {
        access::need_trusted::<H>(store, &env)?;
        store.need_no_rehearsal()?;
        store.peer(name)
    });
    let canister = canister.map_err(refusal)?;
    ask(name, canister).await;
    Ok(dependency(name, Some(canister)))
}

/// What is remembered of the peers that are told, for the metrics.
pub(super) fn known(told: &[Peer]) -> Vec<(String, HealthStatus)> {
    SEEN.with_borrow(|seen| {
        let row = |peer: &Peer| Some((peer.name.clone(), seen.get(peer.name.as_str())?.status));
        told.iter().filter_map(row).collect()
    })
}

/// Forgets what the peers said: after a drain they may have been stopped for their own upgrade when
/// they were asked, and this canister would call itself critical until it asks the next time.
pub(super) fn forget() {
    SEEN.with_borrow_mut(BTreeMap::clear);
}

fn refusal(fault: Fault) -> Error {
    counters::refused(fault.into())
}

fn is_fresh(name: &str, canister: Principal, now: Timestamp) -> bool {
    SEEN.with_borrow(|seen| {
        seen.get(name)
            .is_some_and(|seen| seen.canister == canister && now.saturating_since(seen.at) < TTL)
    })
}

fn dependency(name: &str, place: Option<Principal>) -> Dependency {
    let seen = SEEN.with_borrow(|seen| seen.get(name).cloned());
    let Some((canister, seen)) = place.and_then(|canister| {
        seen.filter(|seen| seen.canister == canister).map(|seen| (canister, seen))
    }) else {
        let reason = if place.is_none() { "nobody has told where it is" } else { "not asked yet" };
        return Dependency {
            name: name.to_owned(),
            canister: place,
            status: HealthStatus::Degraded,
            reason: reason.to_owned(),
            version: None,
            latency_ns: 0,
            checked_at_ns: 0,
        };
    };
    Dependency {
        name: name.to_owned(),
        canister: Some(canister),
        status: seen.status,
        reason: seen.reason,
        version: seen.version,
        latency_ns: seen.latency_ns,
        checked_at_ns: seen.at.as_nanos(),
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;
    use core::pin::pin;
    use core::task::{Context, Waker};

    use granary_api::common::Mode;

    use super::*;

    fn health(status: HealthStatus) -> Health {
        Health {
            status,
            version: "1.2.3".to_owned(),
            schema: 1,
            mode: Mode::Full,
            reasons: vec!["jobs: late".to_owned(), "x".repeat(300)],
        }
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(seconds).expect("small")
    }

    fn remember(name: &'static str, canister: Principal, answer: Answer<Health>, when: Timestamp) {
        keep(name, seen(answer, canister, when, 5));
    }

    #[test]
    fn health_takes_the_worst_of_the_peers_that_are_told() {
        let (one, two) = (Principal::management_canister(), Principal::anonymous());
        let peer = |name: &str, canister| Peer { name: name.to_owned(), canister };
        let told = [peer("ledger", one), peer("books", two)];
        assert_eq!(component(&told, at(0)).status, HealthStatus::Healthy, "nobody was asked");
        remember("ledger", one, Answer::Done(health(HealthStatus::Healthy)), at(10));
        remember("books", two, Answer::Done(health(HealthStatus::Degraded)), at(10));
        let check = component(&told, at(20));
        assert_eq!(check.status, HealthStatus::Degraded);
        assert!(check.reason.starts_with("books: jobs: late; xxx"), "{}", check.reason);
        assert!(check.reason.len() <= MAX_REASON_BYTES + 10);
        let elsewhere = [peer("books", one)];
        assert_eq!(component(&elsewhere, at(20)).status, HealthStatus::Healthy, "another one");
        remember("books", two, Answer::NotApplied { reason: "stopped".to_owned() }, at(30));
        assert_eq!(component(&told, at(30)).status, HealthStatus::Critical);
        forget();
        assert_eq!(
            component(&told, at(31)).status,
            HealthStatus::Healthy,
            "nobody was asked since"
        );
    }

    #[test]
    fn a_drain_that_begins_while_peers_are_asked_ends_the_asking() {
        let canister = Principal::management_canister();
        let (works, asked) = (Cell::new(true), Cell::new(0));
        let look = async |name, canister| {
            asked.set(asked.get() + 1);
            // The drain begins while the second one is asked.
            works.set(name == "first");
            seen(Answer::Done(health(HealthStatus::Critical)), canister, at(5), 1)
        };
        let peers = ["first", "second", "third"].map(|name| (name, canister)).to_vec();
        let mut asking = pin!(ask_each(peers, || works.get(), look));
        let mut context = Context::from_waker(Waker::noop());
        assert!(asking.as_mut().poll(&mut context).is_ready());
        assert_eq!(asked.get(), 2, "the third is not asked");
        let known: Vec<_> = SEEN.with_borrow(|all| all.keys().copied().collect());
        assert_eq!(known, ["first"], "what the second said is not kept");
    }

    #[test]
    fn an_answer_grows_old() {
        let canister = Principal::management_canister();
        let told = [Peer { name: "old".to_owned(), canister }];
        remember("old", canister, Answer::Done(health(HealthStatus::Healthy)), at(0));
        assert!(is_fresh("old", canister, at(59)));
        assert!(!is_fresh("old", canister, at(60)));
        assert!(!is_fresh("old", Principal::anonymous(), at(0)), "another canister");
        assert_eq!(component(&told, at(900)).status, HealthStatus::Healthy);
        assert_eq!(component(&told, at(901)).status, HealthStatus::Degraded);
    }
}
