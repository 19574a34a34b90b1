//! Ten thousand malformed or ill-meant arguments over every public method: no uncontrolled trap,
//! no change without a receipt.
//!
//! `GRANARY_ATTACKS` sets how many arguments are made in total; `GRANARY_SEED` repeats a run.

mod limits;

use std::collections::BTreeMap;

use granary_tests::{
    chain,
    did::{Interface, Method},
    digest,
    engine::announce,
    fixtures::{self, DOLLAR},
    hostile::{Attack, Attacker, Known, Verdict, judge},
    people::{Who, applicant, reviewer},
    reply::Expect,
    seed::Seed,
    world::World,
};

use crate::world;

/// Arguments of one run, over all methods and callers.
const ATTACKS: usize = 10_000;
/// Seed of a run that is not told another.
const SEED: u64 = 4_711;
/// Calls sent before their answers are looked at.
const BATCH: usize = 32;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}

fn attacks() -> usize {
    number("GRANARY_ATTACKS").map_or(ATTACKS, |count| usize::try_from(count).unwrap())
}

/// A canister with something of everything, so that guessed numbers hit.
fn target() -> (World, Known) {
    let world = world();
    let program = fixtures::open_program(&world);
    let steps = fixtures::content_in_steps(30 * DOLLAR, 3, world.now_ns());
    let grant = fixtures::active_grant(&world, program, steps);
    fixtures::hand_in(&world, grant, 0);
    let open = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    let rejected = fixtures::submit(&world, program, fixtures::content(5 * DOLLAR));
    fixtures::reject(&world, rejected);
    let mut principals: Vec<_> = Who::ALL.iter().map(|who| who.principal()).collect();
    principals.extend([reviewer(1), applicant(1), world.canister]);
    (world, Known { ids: vec![1, program, grant, open, rejected], principals })
}

/// One call with what it came to.
struct Shot {
    method: Method,
    attack: Attack,
    verdict: Verdict,
}

/// Sends attacks to `methods` in turn as `who`, and judges every answer.
fn bombard(
    world: &World,
    interface: &Interface,
    methods: &[Method],
    attacker: &mut Attacker<'_>,
    who: Who,
    count: usize,
) -> Vec<Shot> {
    let plan: Vec<(Method, Attack)> = (0..count)
        .map(|index| {
            let method = methods[index % methods.len()].clone();
            let attack = attacker.attack(&method);
            (method, attack)
        })
        .collect();
    let client = world.by(who);
    let mut shots = Vec::with_capacity(count);
    for batch in plan.chunks(BATCH) {
        // Updates of a batch are all under way before the first answer is read.
        let sent: Vec<_> = batch
            .iter()
            .map(|(method, attack)| {
                if method.query {
                    return Err(client.raw_query(&method.name, attack.bytes.clone()));
                }
                let network = world.network();
                network
                    .submit_call(
                        world.canister,
                        who.principal(),
                        &method.name,
                        attack.bytes.clone(),
                    )
                    .map_err(Err)
            })
            .collect();
        for ((method, attack), sent) in batch.iter().zip(sent) {
            let reply = sent.map_or_else(|answer| answer, |id| world.network().await_call(id));
            let verdict = judge(interface, method, attack, &reply).unwrap_or_else(|fault| {
                let head = &attack.bytes[..attack.bytes.len().min(120)];
                panic!("{} as {who:?}, {}: {fault}\n{head:02x?}", method.name, attack.kind)
            });
            shots.push(Shot { method: method.clone(), attack: attack.clone(), verdict });
        }
    }
    shots
}

fn summary(who: &str, shots: &[Shot]) {
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    for shot in shots {
        *verdicts.entry(format!("{:?}", shot.verdict)).or_default() += 1;
    }
    announce(&format!("{} attacks as {who}: {verdicts:?}", shots.len()));
}

#[test]
fn nobody_changes_anything() {
    let (world, known) = target();
    let interface = Interface::micro_grants();
    let seed = Seed::named(number("GRANARY_SEED").unwrap_or(SEED), "nobody");
    let mut attacker = Attacker::new(&interface, known, seed);
    let before = (digest::state(&world), head(&world));
    // Waking the timer is open to everybody and changes nothing that is stored.
    let shots = bombard(
        &world,
        &interface,
        &interface.methods,
        &mut attacker,
        Who::Anonymous,
        attacks() / 2,
    );
    assert_eq!(
        (digest::state(&world), head(&world)),
        before,
        "an anonymous call changed the state"
    );
    for shot in shots.iter().filter(|shot| !shot.method.query) {
        assert!(
            shot.verdict != Verdict::Accepted || shot.method.name == "resume_jobs",
            "{} accepted {} from nobody",
            shot.method.name,
            shot.attack.kind
        );
    }
    summary("nobody", &shots);
    fixtures::assert_valid(&world);
}

fn head(world: &World) -> (u64, Vec<u8>) {
    let head = world.by(Who::Auditor).get_certified_head().value("head");
    (head.length, head.head.into_vec())
}

/// Everybody who holds a role may change things by what is well-formed and allowed; then there is
/// a receipt. Whatever is refused or undecodable leaves no event.
#[test]
fn no_change_without_a_receipt() {
    let (world, known) = target();
    let interface = Interface::micro_grants();
    let seed = Seed::named(number("GRANARY_SEED").unwrap_or(SEED), "roles");
    let mut attacker = Attacker::new(&interface, known, seed);
    // A mode or a drain would turn the rest of the run into one refusal; they have their own test.
    let methods: Vec<Method> = interface
        .methods
        .iter()
        .filter(|method| {
            !matches!(method.name.as_str(), "set_mode" | "prepare_upgrade" | "set_role")
        })
        .cloned()
        .collect();
    let callers = [
        Who::Applicant,
        Who::Reviewer,
        Who::Manager,
        Who::Governor,
        Who::Treasurer,
        Who::Operator,
        Who::Backup,
        Who::Stranger,
    ];
    let mut all = Vec::new();
    for who in callers {
        let before = (digest::state(&world), head(&world));
        let count = attacks() / 2 / callers.len();
        let shots = bombard(&world, &interface, &methods, &mut attacker, who, count);
        let accepted = shots
            .iter()
            .filter(|shot| !shot.method.query && shot.verdict == Verdict::Accepted)
            .count();
        let after = (digest::state(&world), head(&world));
        if accepted == 0 {
            assert_eq!(after, before, "{who:?} changed something without a receipt");
        } else {
            // Each receipt has at least one event, and a handful at most.
            let events = usize::try_from(after.1.0 - before.1.0).unwrap();
            assert!(events <= accepted * 40, "{events} events for {accepted} receipts of {who:?}");
        }
        all.extend(shots);
    }
    chain::checked(&world.by(Who::Auditor));
    fixtures::assert_valid(&world);
    summary("role holders", &all);
    let undecodable = all.iter().filter(|shot| shot.verdict == Verdict::Undecodable).count();
    let refused = all.iter().filter(|shot| shot.verdict == Verdict::Refused).count();
    assert!(undecodable > all.len() / 10, "the attacks are malformed: {undecodable}");
    assert!(refused > all.len() / 20, "the attacks reach the rules: {refused}");
}

#[test]
fn governance_methods_refuse_nonsense_too() {
    let (world, known) = target();
    let interface = Interface::micro_grants();
    let seed = Seed::named(number("GRANARY_SEED").unwrap_or(SEED), "governance");
    let mut attacker = Attacker::new(&interface, known, seed);
    let methods = ["set_mode", "prepare_upgrade", "set_role", "resume"]
        .map(|name| interface.method(name).clone());
    let shots = bombard(&world, &interface, &methods, &mut attacker, Who::Governor, attacks() / 50);
    summary("the governor", &shots);
    assert!(shots.iter().any(|shot| shot.verdict == Verdict::Refused));
    // Whatever was set: it can be set back, and the canister works.
    let governor = world.by(Who::Governor);
    governor.set_mode(granary_api::common::Mode::Full, "back").value("the governor still governs");
    let status = governor.get_drain_status().value("drain");
    if status.state != granary_api::common::DrainState::Running {
        governor.resume(status.epoch, false).value("the drain ends");
    }
    chain::checked(&world.by(Who::Governor));
    fixtures::open_program(&world);
}
