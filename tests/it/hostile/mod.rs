//! Ten thousand malformed or ill-meant arguments over every public method of each canister: no
//! uncontrolled trap, no change without a receipt.
//!
//! `GRANARY_ATTACKS` sets how many arguments are made in total; `GRANARY_SEED` repeats a run.

mod execution;
mod governor;
mod limits;
mod micro_grants;
mod portfolio;
mod recovery;
mod registry;
mod risk_guard;

use std::collections::BTreeMap;

use granary_tests::{
    chain,
    did::{Interface, Method},
    digest,
    engine::announce,
    fixtures,
    hostile::{Attack, Attacker, Known, Verdict, judge},
    people::{Who, applicant, reviewer},
    reply::Expect,
    seed::Seed,
    subject::CommonRole,
    world::World,
};

/// Arguments of one run, over all methods and callers.
const ATTACKS: usize = 10_000;
/// Seed of a run that is not told another.
const SEED: u64 = 4_711;
/// Methods that decide what all others do.
const GOVERNANCE: [&str; 4] = ["set_mode", "prepare_upgrade", "set_role", "resume"];
/// Updates that are open to everybody and change nothing that is stored.
const HARMLESS: [&str; 2] = ["resume_jobs", "icrc21_canister_call_consent_message"];
/// Calls sent before their answers are looked at.
const BATCH: usize = 32;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}

fn attacks() -> usize {
    number("GRANARY_ATTACKS").map_or(ATTACKS, |count| usize::try_from(count).unwrap())
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
    let client = world.caller(who);
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

fn summary(world: &World, who: &str, shots: &[Shot]) {
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    for shot in shots {
        *verdicts.entry(format!("{:?}", shot.verdict)).or_default() += 1;
    }
    let name = world.subject().name;
    announce(&format!("{} attacks on {name} as {who}: {verdicts:?}", shots.len()));
}

fn head(world: &World) -> (u64, Vec<u8>) {
    let head = world.caller(Who::Auditor).get_certified_head().value("head");
    (head.length, head.head.into_vec())
}

fn seed(name: &str) -> Seed {
    Seed::named(number("GRANARY_SEED").unwrap_or(SEED), name)
}

/// So many arguments from nobody, over all methods: nothing changes.
fn nobody_changes_anything(world: &World, known: Known, count: usize) {
    let interface = world.subject().interface();
    let mut attacker = Attacker::new(&interface, known, seed("nobody"));
    let before = (digest::state(world), head(world));
    let methods = &interface.methods;
    let shots = bombard(world, &interface, methods, &mut attacker, Who::Anonymous, count);
    let after = (digest::state(world), head(world));
    assert_eq!(after, before, "an anonymous call changed the state");
    for shot in shots.iter().filter(|shot| !shot.method.query) {
        assert!(
            shot.verdict != Verdict::Accepted || HARMLESS.contains(&shot.method.name.as_str()),
            "{} accepted {} from nobody",
            shot.method.name,
            shot.attack.kind
        );
    }
    summary(world, "nobody", &shots);
    fixtures::assert_valid(world);
}

/// Everybody who holds a role may change things by what is well-formed and allowed; then there is
/// a receipt. Whatever is refused or undecodable leaves no event.
fn no_change_without_a_receipt(world: &World, known: Known, callers: &[Who], count: usize) {
    let interface = world.subject().interface();
    let mut attacker = Attacker::new(&interface, known, seed("roles"));
    // These would turn the rest of the run into one refusal; they have their own test.
    let methods: Vec<Method> = interface
        .methods
        .iter()
        .filter(|method| !GOVERNANCE.contains(&method.name.as_str()) || method.name == "resume")
        .cloned()
        .collect();
    let mut all = Vec::new();
    for who in callers {
        let before = (digest::state(world), head(world));
        let count = count / callers.len();
        let shots = bombard(world, &interface, &methods, &mut attacker, *who, count);
        let accepted = shots
            .iter()
            .filter(|shot| !shot.method.query && shot.verdict == Verdict::Accepted)
            .count();
        let after = (digest::state(world), head(world));
        if accepted == 0 {
            assert_eq!(after, before, "{who:?} changed something without a receipt");
        } else {
            // Each receipt has at least one event, and a handful at most.
            let events = usize::try_from(after.1.0 - before.1.0).unwrap();
            assert!(events <= accepted * 40, "{events} events for {accepted} receipts of {who:?}");
        }
        all.extend(shots);
    }
    chain::checked(&world.caller(Who::Auditor));
    fixtures::assert_valid(world);
    summary(world, "role holders", &all);
    let undecodable = all.iter().filter(|shot| shot.verdict == Verdict::Undecodable).count();
    let refused = all.iter().filter(|shot| shot.verdict == Verdict::Refused).count();
    assert!(undecodable > all.len() / 10, "the attacks are malformed: {undecodable}");
    assert!(refused > all.len() / 20, "the attacks reach the rules: {refused}");
}

/// What was set by nonsense of the governor's can be set back, and the canister works.
fn governance_refuses_nonsense_too(world: &World, known: Known, count: usize) {
    let interface = world.subject().interface();
    let mut attacker = Attacker::new(&interface, known, seed("governance"));
    let methods: Vec<Method> =
        GOVERNANCE.iter().map(|name| interface.method(name).clone()).collect();
    let shots = bombard(world, &interface, &methods, &mut attacker, Who::Governor, count);
    summary(world, "the governor", &shots);
    assert!(shots.iter().any(|shot| shot.verdict == Verdict::Refused));
    put_back(world);
    let governor = world.caller(Who::Governor);
    governor.set_mode(granary_api::common::Mode::Full, "back").value("the governor still governs");
    let status = governor.get_drain_status().value("drain");
    if status.state != granary_api::common::DrainState::Running {
        governor.resume(status.epoch, false).value("the drain ends");
    }
    chain::checked(&governor);
    fixtures::assert_valid(world);
}

/// Nonsense may have handed the office to somebody else, or dismissed the auditor: whoever governs
/// now puts both back. Somebody always does.
fn put_back(world: &World) {
    let governor = CommonRole::Governor.set(Who::Governor.principal(), true);
    let auditor = CommonRole::Auditor.set(Who::Auditor.principal(), true);
    let acts = |who: &candid::Principal| {
        world.caller_principal(*who).receipt("set_role", &governor).is_ok()
    };
    assert!(everybody(world).iter().any(acts), "the last governor stays");
    world.caller(Who::Governor).receipt("set_role", &auditor).value("there is an auditor");
}

/// Everybody there is, and the canister itself.
fn everybody(world: &World) -> Vec<candid::Principal> {
    let people = Who::ALL.iter().map(|who| who.principal());
    people.chain([reviewer(1), applicant(1), world.canister]).collect()
}
