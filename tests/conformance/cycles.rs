//! Cycles: balances, what is sent, accepted and refunded, deposits.

use candid::{CandidType, Encode, Nat, Principal};
use universal::{
    op::{self, hook},
    program::{
        Call, Program, append, apply, as_8, as_16, bytes, cat, get, ignore, int, nothing, on,
        reply, reply_with, set_global, stable_grow, stable_read, stable_write, trap,
    },
};

use crate::{
    SPEC,
    area::{Area, Case, case},
    stage::{Answer, IC, Stage, created, number, only, rejected, relayed, user},
};

/// What a canister of these cases begins with.
const START: u64 = 80_000_000_000_000;
/// The platform burns less than this in a case.
const ROUGHLY: u64 = 3_000_000_000_000;

pub(crate) fn areas() -> Vec<Area> {
    let area = |title, cases| Area { title, source: SPEC, cases };
    vec![
        area("cycles: API", api()),
        area("cycles: balance", balances()),
        area("cycles: sent and refunded", transfers()),
        area("cycles: between three", relays()),
        area("cycles: deposit_cycles", deposits()),
        area("cycles: provisional top up", top_ups()),
    ]
}

#[track_caller]
fn roughly(found: u64, expected: u64) {
    assert!(found.abs_diff(expected) < ROUGHLY, "{found} is not near {expected}");
}

fn canister(s: &Stage, program: &Program) -> Principal {
    let canister = s.create_with(u128::from(START));
    s.install_at(canister, program);
    canister
}

fn balance() -> Program {
    as_8(get(op::CANISTER_CYCLE_BALANCE))
}

fn refund() -> Program {
    as_8(get(op::MSG_CYCLES_REFUNDED))
}

fn accept_all() -> Program {
    ignore(apply(op::MSG_CYCLES_ACCEPT, [get(op::MSG_CYCLES_AVAILABLE)]))
}

fn has(s: &Stage, canister: Principal) -> u64 {
    number(&s.read(canister, balance()))
}

fn remember() -> Program {
    stable_grow(1) + stable_write(0, balance())
}

/// An answer of two equal halves of eight bytes.
#[track_caller]
fn same(pair: &[u8]) {
    assert_eq!(pair.len(), 16);
    assert_eq!(pair[..8], pair[8..]);
}

fn api() -> Vec<Case> {
    let twice = |op| cat(as_8(get(op)), as_8(get(op)));
    let both = move || reply_with(twice(op::CANISTER_CYCLE_BALANCE));
    let available = move || reply_with(twice(op::MSG_CYCLES_AVAILABLE));
    vec![
        case(
            "canister_cycle_balance = canister_cycle_balance128 for numbers fitting in 64 bits",
            |s| {
                let pair = cat(balance(), as_16(get(op::CANISTER_CYCLE_BALANCE128)));
                let pair = s.read(canister(s, &nothing()), pair);
                assert_eq!(number(&pair[..8]), number(&pair[8..16]));
                assert_eq!(pair[16..], [0; 8]);
            },
        ),
        case("legacy API traps when a result is too big", |s| {
            let rich = canister(s, &nothing());
            top_up(s, rich, 1 << 65).unwrap();
            rejected(s.query(rich, reply_with(balance())), &[5]);
            let all = s.read(rich, as_16(get(op::CANISTER_CYCLE_BALANCE128)));
            assert_eq!(number(&all[8..]), 2);
        }),
        case("can use balance API: in query", move |s| {
            same(&s.query(s.shared(), both()).unwrap());
        }),
        case("can use balance API: in update", move |s| {
            same(&s.call(s.shared(), both()).unwrap());
        }),
        case("can use balance API: in init", move |s| {
            same(&s.global(s.install(&set_global(twice(op::CANISTER_CYCLE_BALANCE)))));
        }),
        case("can use balance API: in callback", move |s| {
            same(
                &s.call(s.shared(), Call::new(s.shared(), "query").on_reply(both()).make())
                    .unwrap(),
            );
        }),
        case("can use available cycles API: in update", move |s| {
            same(&s.call(s.shared(), available()).unwrap());
        }),
        case("can use available cycles API: in callback", move |s| {
            let call = Call::new(s.shared(), "query").on_reply(available());
            same(&s.call(s.shared(), call.make()).unwrap());
        }),
        accepting("can accept zero cycles", op::MSG_CYCLES_ACCEPT, 0),
        accepting("can accept more than available cycles", op::MSG_CYCLES_ACCEPT, 1),
        accepting("can accept absurd amount of cycles", op::MSG_CYCLES_ACCEPT128, u128::MAX),
    ]
}

/// There is nothing to accept, and asking for it is no failure.
fn accepting(name: &str, op: u8, most: u128) -> Case {
    case(name, move |s| {
        let accepted = reply_with(as_16(apply(op, [int(most)])));
        assert_eq!(s.call(s.shared(), accepted).unwrap(), [0; 16]);
    })
}

fn balances() -> Vec<Case> {
    let remembered = |s: &Stage, canister| roughly(s.stable(canister), START);
    vec![
        case("provisional: balance as expected", |s| {
            roughly(has(s, canister(s, &nothing())), START);
        }),
        case("provisional: default (i.e. max) balance", |s| {
            let settings = ic_management_canister_types::CanisterSettings {
                controllers: Some(vec![user()]),
                ..Default::default()
            };
            let canister = s.provisional(None, &settings).unwrap();
            assert!(s.network.cycle_balance(canister) >= u128::from(START));
        }),
        case("cycles in canister_status", |s| {
            let cycles = s.status(canister(s, &nothing())).cycles;
            roughly(u64::try_from(cycles.0).unwrap(), START);
        }),
        case("cycle balance: install", move |s| remembered(s, canister(s, &remember()))),
        case("cycle balance: update", |s| {
            let answer = s.call(canister(s, &nothing()), reply_with(balance()));
            roughly(number(&answer.unwrap()), START);
        }),
        case("cycle balance: query", |s| roughly(has(s, canister(s, &nothing())), START)),
        case("cycle balance: in pre_upgrade", move |s| {
            let canister = canister(s, &on(hook::PRE_UPGRADE, &remember()));
            s.upgrade(canister, &nothing()).unwrap();
            assert_eq!(s.read(canister, stable_read(0, 8)).len(), 8);
            remembered(s, canister);
        }),
        case("cycle balance: in post_upgrade", move |s| {
            let canister = canister(s, &nothing());
            s.upgrade(canister, &remember()).unwrap();
            remembered(s, canister);
            roughly(has(s, canister), START);
        }),
    ]
}

fn paid(callee: Principal, cycles: u64) -> Call {
    Call::new(callee, "update").cycles(u128::from(cycles))
}

fn transfers() -> Vec<Case> {
    vec![
        case("can send cycles", |s| {
            let (one, two) = (canister(s, &nothing()), canister(s, &nothing()));
            let there = append(as_8(get(op::MSG_CYCLES_AVAILABLE))) + accept_all() + reply();
            let answer = s.call(one, paid(two, START / 4).there(there).make()).unwrap();
            roughly(number(&relayed(&answer).unwrap()), START / 4);
            roughly(has(s, one), START - START / 4);
            roughly(has(s, two), START + START / 4);
        }),
        case("sending more cycles than in balance traps", |s| {
            let canister = canister(s, &nothing());
            let call = paid(canister, has(s, canister) + 1_000_000).make();
            rejected(s.call(canister, call), &[5]);
        }),
        case("aborting call resets balance", |s| {
            let canister = canister(s, &nothing());
            let begin = || apply(op::CALL_NEW, ["Foo", "Bar", "", ""].map(bytes));
            let program = begin()
                + apply(op::CALL_CYCLES_ADD, [int(u128::from(START / 2))])
                + append(balance())
                + begin()
                + append(balance())
                + reply();
            let answer = s.call(canister, program).unwrap();
            roughly(number(&answer[..8]), START / 2);
            roughly(number(&answer[8..]), START);
        }),
        case("partial refund", |s| {
            let (one, two) = (canister(s, &nothing()), canister(s, &nothing()));
            let part = apply(op::MSG_CYCLES_ACCEPT, [int(u128::from(START / 4))]);
            let call = paid(two, START / 2).there(ignore(part) + reply());
            let call = call.on_reply(reply_with(refund())).on_reject(trap("rejected"));
            roughly(number(&s.call(one, call.make()).unwrap()), START / 4);
            roughly(has(s, one), START - START / 4);
            roughly(has(s, two), START + START / 4);
        }),
        case("cycles not in balance while in transit", |s| {
            let one = canister(s, &nothing());
            let call = paid(one, START / 4).there(reply_with(balance()));
            let answer = s.call(one, call.make()).unwrap();
            roughly(number(&relayed(&answer).unwrap()), START - START / 4);
            roughly(has(s, one), START);
        }),
        case("two-step-refund", |s| {
            let one = canister(s, &nothing());
            let failed = || trap("rejected");
            let inner = paid(one, 5).there(reply());
            let inner = inner.on_reply(append(refund()) + reply()).on_reject(failed());
            let after = append(get(op::MSG_ARG_DATA)) + append(refund()) + reply();
            let outer = paid(one, 10).there(inner.make()).on_reply(after).on_reject(failed());
            let answer = s.call(one, outer.make()).unwrap();
            assert_eq!((number(&answer[..8]), number(&answer[8..])), (5, 10));
            roughly(has(s, one), START);
        }),
    ]
}

fn relays() -> Vec<Case> {
    vec![
        case("relay cycles before accept traps", |s| {
            let [one, two, three] = [(); 3].map(|()| canister(s, &nothing()));
            let onward = paid(three, START + START / 4).there(accept_all() + reply());
            let there = onward.on_reply(nothing()).make() + accept_all() + reply();
            let call = paid(two, START / 2).there(there).on_reply(trap("a reply"));
            let answer = s.call(one, call.on_reject(reply_with(refund())).make()).unwrap();
            roughly(number(&answer), START / 2);
            for canister in [one, two, three] {
                roughly(has(s, canister), START);
            }
        }),
        case("relay cycles after accept works", |s| {
            let [one, two, three] = [(); 3].map(|()| canister(s, &nothing()));
            let onward = paid(three, START + START / 4).there(accept_all() + reply());
            let call = paid(two, START / 2).there(accept_all() + onward.make());
            let call = call.on_reply(reply_with(refund())).on_reject(trap("rejected"));
            assert_eq!(number(&s.call(one, call.make()).unwrap()), 0);
            roughly(has(s, one), START / 2);
            roughly(has(s, two), START / 4);
            roughly(has(s, three), 2 * START + START / 4);
        }),
        case("create and delete canister with cycles", |s| {
            let (one, two) = pair(s);
            s.manage_via(one, "stop_canister", only(two), 0).unwrap();
            let some = u128::from(START / 4);
            s.manage_via(one, "delete_canister", only(two), some).unwrap();
            roughly(has(s, one), START / 2);
        }),
    ]
}

/// A canister and one that it created with half of its cycles.
fn pair(s: &Stage) -> (Principal, Principal) {
    #[derive(CandidType)]
    struct Args {
        settings: Option<ic_management_canister_types::CanisterSettings>,
    }
    let one = canister(s, &nothing());
    let settings = ic_management_canister_types::CanisterSettings {
        controllers: Some(vec![one, user()]),
        ..Default::default()
    };
    let args = Encode!(&Args { settings: Some(settings) }).unwrap();
    let answer = s.manage_via(one, "create_canister", args, u128::from(START / 2));
    let two = created(&answer.unwrap());
    s.install_at(two, &nothing());
    roughly(has(s, one), START / 2);
    roughly(has(s, two), START / 2);
    (one, two)
}

fn deposits() -> Vec<Case> {
    let deposit =
        |s: &Stage, from, to| s.manage_via(from, "deposit_cycles", only(to), u128::from(START / 4));
    vec![
        case("as controller", move |s| {
            let (one, two) = pair(s);
            deposit(s, one, two).unwrap();
            roughly(has(s, one), START / 4);
            roughly(has(s, two), START - START / 4);
        }),
        case("as other non-controlling canister", move |s| {
            let (one, two) = pair(s);
            deposit(s, two, one).unwrap();
            roughly(has(s, one), START - START / 4);
            roughly(has(s, two), START / 4);
        }),
        case("to non-existing canister", move |s| {
            let one = canister(s, &nothing());
            let answer = deposit(s, one, Principal::from_slice(&[0, 0, 0, 0, 0, 1]));
            assert!(matches!(answer, Err(3..=5)), "{answer:?}");
            roughly(has(s, one), START);
        }),
    ]
}

fn top_up_args(canister_id: Principal, amount: u128) -> Vec<u8> {
    #[derive(CandidType)]
    struct Args {
        canister_id: Principal,
        amount: Nat,
    }
    Encode!(&Args { canister_id, amount: amount.into() }).unwrap()
}

const TOP_UP: &str = "provisional_top_up_canister";

fn top_up(s: &Stage, canister: Principal, amount: u128) -> Answer {
    s.manage(user(), canister, TOP_UP, &top_up_args(canister, amount))
}

fn top_ups() -> Vec<Case> {
    let via = |s: &Stage, from, to| {
        let argument = top_up_args(to, u128::from(START));
        let call = Call::new(IC.as_slice(), TOP_UP).argument(argument).make();
        relayed(&s.call(from, call).unwrap()).unwrap();
        roughly(has(s, to), 2 * START);
    };
    vec![
        case("as user", |s| {
            let canister = canister(s, &nothing());
            top_up(s, canister, u128::from(START)).unwrap();
            roughly(has(s, canister), 2 * START);
        }),
        case("as self", move |s| {
            let canister = canister(s, &nothing());
            via(s, canister, canister);
        }),
        case("as other canister", move |s| {
            via(s, canister(s, &nothing()), canister(s, &nothing()));
        }),
        case("nonexisting canister", |s| {
            let gone = s.create();
            s.stop(gone);
            s.manage(user(), gone, "delete_canister", &only(gone)).unwrap();
            rejected(top_up(s, gone, u128::from(START)), &[3, 5]);
        }),
    ]
}
