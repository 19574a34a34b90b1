//! What must hold for every history.

use std::collections::BTreeMap;

use candid::Principal;
use granary_resilience::breaker::{Breaker, BreakerRule, BreakerState, Permit};
use granary_resilience::cache::{LruCache, TtlCache};
use granary_resilience::failure::FailureKind;
use granary_resilience::latency::LatencyTracker;
use granary_resilience::limiter::{Limited, Limiter, Rate};
use granary_resilience::quota::{Allowance, Quotas};
use granary_units::{Bps, Duration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

const RULE: BreakerRule = BreakerRule {
    failure_threshold: 3,
    success_threshold: 2,
    open_for: Duration::from_nanos(100),
    probe_budget: 2,
    probe_timeout: Duration::from_nanos(40),
};

#[derive(Clone, Copy, Debug)]
enum Move {
    Ask,
    Answer { which: usize, failed: bool },
    Wait(u64),
    Store,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let answer =
        (any::<usize>(), any::<bool>()).prop_map(|(which, failed)| Move::Answer { which, failed });
    vec(
        prop_oneof![Just(Move::Ask), answer, (0_u64..80).prop_map(Move::Wait), Just(Move::Store)],
        1..300,
    )
}

proptest! {
    /// Whatever happens: nobody asks while it is open, probes keep to their budget, it closes only
    /// after its successes, and it always lets someone ask again in the end.
    #[test]
    fn a_breaker_keeps_its_promises(moves in moves()) {
        let mut breaker = Breaker::new();
        let mut now = Timestamp::from_nanos(1_000);
        let mut permits: Vec<Permit> = Vec::new();
        for step in moves {
            let before = breaker.state();
            match step {
                Move::Wait(nanos) => now = now.saturating_add(Duration::from_nanos(nanos)),
                Move::Store => {
                    let bytes = minicbor::to_vec(breaker).expect("writing to a vector");
                    breaker = minicbor::decode(&bytes).expect("own bytes");
                    prop_assert_eq!(breaker.state(), before);
                }
                Move::Ask => match (breaker.admit(&RULE, now), before) {
                    (Ok(permit), BreakerState::Open { until }) => {
                        prop_assert!(now >= until, "asked {now} before {until}");
                        permits.push(permit);
                    }
                    (Ok(permit), _) => permits.push(permit),
                    (Err(refusal), _) => {
                        prop_assert!(before.name() != "closed");
                        let at = refusal.not_before.expect("a time");
                        prop_assert!(at > now);
                        prop_assert!(breaker.clone().admit(&RULE, at).is_ok(), "the time holds");
                    }
                },
                Move::Answer { which, failed } => {
                    if permits.is_empty() {
                        continue;
                    }
                    let permit = permits.swap_remove(which % permits.len());
                    breaker.record(&RULE, permit, failed.then_some(FailureKind::Timeout), now);
                    if before.name() == "half_open" && breaker.state().name() == "closed" {
                        let last = matches!(before, BreakerState::HalfOpen { successes: 1, .. });
                        prop_assert!(last, "closed from {:?}", before);
                        prop_assert!(!failed);
                    }
                    prop_assert!(before.name() != "open" || breaker.state() == before);
                }
            }
            if let BreakerState::HalfOpen { probes, successes, .. } = breaker.state() {
                prop_assert!(probes <= RULE.probe_budget && successes < RULE.success_threshold);
            }
        }
    }

    /// In any span of time no more is taken than the burst and what came in that span, whatever the
    /// clock does, and tokens never exceed the burst.
    #[test]
    fn a_limiter_never_exceeds_its_capacity(
        every in 1_u64..1_000, burst in 1_u32..20,
        steps in vec((0_u64..2_000, 1_u32..25), 1..200)
    ) {
        let rate = Rate { every: Duration::from_nanos(every), burst };
        let mut limiter = Limiter::new();
        let begin = 1_000_000;
        let (mut now, mut taken) = (begin, 0_u64);
        for (wait, cost) in steps {
            now += wait;
            let at = Timestamp::from_nanos(now);
            prop_assert!(limiter.tokens(&rate, at) <= burst);
            let before = limiter;
            match limiter.take(&rate, cost, at) {
                Ok(()) => taken += u64::from(cost),
                Err(Limited::Until(then)) => {
                    prop_assert_eq!(limiter, before);
                    prop_assert!(limiter.clone().take(&rate, cost, then).is_ok(), "the time holds");
                    let early = Timestamp::from_nanos(then.as_nanos() - 1);
                    prop_assert!(limiter.clone().take(&rate, cost, early).is_err(), "to the ns");
                }
                Err(Limited::Never { most }) => prop_assert!(u64::from(cost) > most),
            }
            prop_assert!(taken <= u64::from(burst) + (now - begin) / every);
        }
    }

    /// No principal ever spends more than the allowance and what grew back, a full table included:
    /// forgetting costs at most what the forgotten had to regain, and the table keeps its bound.
    #[test]
    fn quotas_keep_their_bounds(
        units in 1_u64..5_000, regain in 1_u64..50_000,
        steps in vec((0_u8..6, 0_u64..4_000, 0_u64..6_000), 1..200)
    ) {
        let allowance = Allowance { units, regain: Duration::from_nanos(regain) };
        let (mut roomy, mut tight) = (Quotas::new(100), Quotas::new(3));
        let mut spent: BTreeMap<u8, u64> = BTreeMap::new();
        let begin = 1_000_000;
        let mut now = begin;
        for (n, wait, cost) in steps {
            now += wait;
            let (at, who) = (Timestamp::from_nanos(now), Principal::from_slice(&[n]));
            let before = roomy.clone();
            let promised = roomy.left(&allowance, &who, at);
            match roomy.spend(&allowance, who, cost, at) {
                Ok(left) => {
                    prop_assert!(cost <= promised && left <= promised - cost);
                    *spent.entry(n).or_insert(0) += cost;
                }
                Err(Limited::Until(then)) => {
                    prop_assert_eq!(&roomy, &before);
                    prop_assert!(roomy.clone().spend(&allowance, who, cost, then).is_ok());
                }
                Err(Limited::Never { most }) => prop_assert!(cost > most),
            }
            let grown = u128::from(units) * u128::from(now - begin) / u128::from(regain);
            let spent = spent.get(&n).copied().unwrap_or(0);
            prop_assert!(u128::from(spent) <= u128::from(units) + grown);
            let _ = tight.spend(&allowance, who, cost, at);
            prop_assert!(tight.len() <= 3 && roomy.forgotten() == 0);
        }
        let bytes = minicbor::to_vec(&roomy).expect("writing to a vector");
        prop_assert_eq!(minicbor::decode::<Quotas>(&bytes).expect("own bytes"), roomy);
    }

    /// The cache holds what a list in order of use holds.
    #[test]
    fn an_lru_cache_is_a_list_in_order_of_use(
        capacity in 1_usize..8, steps in vec((0_u8..3, 0_u8..12, any::<u16>()), 1..300)
    ) {
        let mut cache = LruCache::new(capacity);
        let mut list: Vec<(u8, u16)> = Vec::new();
        for (verb, key, value) in steps {
            let place = list.iter().position(|(known, _)| *known == key);
            let known = place.map(|place| list.remove(place));
            match verb {
                0 => {
                    list.push((key, value));
                    let gone = (list.len() > capacity).then(|| list.remove(0));
                    prop_assert_eq!(cache.insert(key, value), gone);
                }
                1 => {
                    list.extend(known);
                    prop_assert_eq!(cache.get(&key).copied(), known.map(|(_, value)| value));
                }
                _ => prop_assert_eq!(cache.remove(&key), known.map(|(_, value)| value)),
            }
            prop_assert_eq!(cache.len(), list.len());
        }
    }

    /// No item is ever served at or after the end of its time, and none before it is lost to age.
    #[test]
    fn a_ttl_cache_serves_nothing_stale(
        ttl in 0_u64..100, steps in vec((any::<bool>(), 0_u8..4, 0_u64..60), 1..200)
    ) {
        let mut cache = TtlCache::new(100, Duration::from_nanos(ttl));
        let mut learnt: BTreeMap<u8, u64> = BTreeMap::new();
        let mut now = 0;
        for (learn, key, wait) in steps {
            now += wait;
            let at = Timestamp::from_nanos(now);
            if learn {
                cache.insert(key, now, at);
                learnt.insert(key, now);
                continue;
            }
            let good = learnt.get(&key).copied().filter(|then| now - then < ttl);
            prop_assert_eq!(cache.get(&key, at).copied(), good);
        }
    }

    /// A percentile is a sample; at least its share of the samples is not above it, and fewer than
    /// its share are below it.
    #[test]
    fn percentiles_have_the_nearest_rank(
        samples in vec(0_u64..50, 1..100),
        rank in 1_u16..=10_000,
    ) {
        let mut tracker = LatencyTracker::new(100);
        for sample in &samples {
            tracker.record(*sample);
        }
        let found = tracker.percentile(Bps::new(rank).expect("a share")).expect("samples");
        let share = |n: usize| n * 10_000 / samples.len();
        prop_assert!(samples.contains(&found));
        let not_above = samples.iter().filter(|sample| **sample <= found).count();
        let below = samples.iter().filter(|sample| **sample < found).count();
        prop_assert!(not_above * 10_000 >= usize::from(rank) * samples.len());
        prop_assert!(below * 10_000 < usize::from(rank) * samples.len(), "{}", share(below));
    }
}
