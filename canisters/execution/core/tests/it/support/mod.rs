//! A small world for the tests: people, assets, a store over memory that can be reopened.
#![allow(dead_code, reason = "each test uses another part of it, so none can expect it")]

pub(crate) mod sparse;

use candid::Principal;
use execution_core::records::{Profile, Role};
use execution_core::rules::assets::Facts;
use execution_core::rules::submit_intent::{Destination, Submission};
use execution_core::store::{BOOKS, GUARD, Store};
use execution_core::types::{Account, Origin};
use granary_kernel::{Ctx, Install, Peer};
use granary_units::Timestamp;
use sparse::SparseMemory;

pub(crate) type World = Store<SparseMemory>;

pub(crate) const SECOND: u64 = 1_000_000_000;
pub(crate) const HOUR: u64 = 3_600 * SECOND;
pub(crate) const START: u64 = 1_700_000_000 * SECOND;
pub(crate) const FEE: u128 = 10;

pub(crate) fn person(n: u8) -> Principal {
    Principal::from_slice(&[n, 7])
}
pub(crate) fn governor() -> Principal {
    person(1)
}
pub(crate) fn grants() -> Principal {
    person(2)
}
pub(crate) fn treasurer() -> Principal {
    person(3)
}
pub(crate) fn operator() -> Principal {
    person(4)
}
pub(crate) fn approver(n: u8) -> Principal {
    person(20 + n)
}
pub(crate) fn guard() -> Principal {
    person(50)
}
pub(crate) fn books() -> Principal {
    person(51)
}
/// This canister.
pub(crate) fn own() -> Principal {
    person(52)
}
pub(crate) fn ledger(n: u8) -> Principal {
    person(100 + n)
}

pub(crate) fn at(now: u64, actor: Principal) -> Ctx {
    Ctx { now: Timestamp::from_nanos(now), actor, trace_id: now % 1_000 }
}

pub(crate) fn settings(importing: bool) -> Install<Role> {
    Install {
        governor: governor(),
        roles: vec![
            (Role::MicroGrants, grants()),
            (Role::Treasurer, treasurer()),
            (Role::Operator, operator()),
            (Role::Approver, approver(0)),
            (Role::Approver, approver(1)),
        ],
        profile: Profile::Testing,
        importing,
        peers: vec![
            Peer { name: BOOKS.to_owned(), canister: books() },
            Peer { name: GUARD.to_owned(), canister: guard() },
        ],
        code_version: "0.1.0".to_owned(),
    }
}

pub(crate) fn facts(n: u8) -> Facts {
    Facts {
        ledger: ledger(n),
        treasury: Account { owner: own(), subaccount: [0; 32] },
        decimals: 8,
        symbol: *b"TUSD\0\0\0\0\0\0\0\0",
        fee: FEE,
        length: 1,
    }
}

/// A store with one asset.
pub(crate) fn world() -> (SparseMemory, World) {
    let memory = SparseMemory::default();
    let ctx = at(START, operator());
    let mut store = Store::install(memory.clone(), settings(false), &ctx).expect("empty memory");
    store.adopt_asset(&ctx, 1, &facts(1), &own()).expect("a new asset");
    (memory, store)
}

pub(crate) fn payout(n: u64, amount: u128) -> Submission {
    Submission {
        key: format!("payout-{n}"),
        origin: Origin::Grant { grant: 1, payout: n },
        asset: 1,
        destination: Destination::Icrc { owner: person(200), subaccount: None },
        amount,
        announcement: None,
        expires_at: None,
    }
}

pub(crate) fn manual(key: &str, amount: u128) -> Submission {
    Submission { key: key.to_owned(), origin: Origin::Manual, ..payout(0, amount) }
}

/// An approver's digest of an intent.
pub(crate) fn digest(store: &World, intent: u64) -> [u8; 32] {
    store.intent_view(intent, Timestamp::from_nanos(START)).expect("it").digest
}

/// What a guard without rules answers.
pub(crate) fn needs(approvals: u32) -> execution_core::records::Needs {
    execution_core::records::Needs { policy: 1, approvals, ..Default::default() }
}

/// The question the intent asks next, which is thereby under way.
pub(crate) fn ask(store: &mut World, now: u64, intent: u64) -> execution_core::store::Ticket {
    use execution_core::store::Step;
    let place = intent & u64::from(u32::MAX);
    match store.begin_step(&at(now, own()), place).expect("running") {
        Step::Call(ticket) => *ticket,
        other => panic!("nothing is asked: {other:?}"),
    }
}

/// Takes an intent as far as `until`, with answers that let it pass.
pub(crate) fn drive(
    store: &mut World,
    now: u64,
    intent: u64,
    until: execution_core::types::IntentState,
) {
    use execution_core::rules::booking::Booked;
    use execution_core::rules::funds::Funds;
    use execution_core::rules::guard::{Assessment, Reserved};
    use execution_core::rules::next::Ask;
    use execution_core::rules::sent::Sent;
    use execution_core::store::Outcome;
    for _ in 0..12 {
        if store.intent(intent).expect("it").1.state == until {
            return;
        }
        let ticket = ask(store, now, intent);
        let later = Timestamp::from_nanos(now + HOUR);
        let outcome = match ticket.ask {
            Ask::Assess => Outcome::Assessed(Ok(Assessment::Allowed(needs(0)))),
            Ask::Reserve => {
                Outcome::Reserved(Ok(Reserved::Held { id: 9, until: later, needs: needs(0) }))
            }
            Ask::Funds => {
                let (balance, moves) = (1_000_000, ticket.asset.moves);
                Outcome::Funds(Ok(Funds { balance, fee: FEE, length: 5, moves }))
            }
            Ask::Transfer { .. } => Outcome::Sent(Sent::Moved { block: 5 + intent }),
            Ask::Book => Outcome::Booked(Booked::Posted { entry: intent }),
            Ask::Commit => Outcome::Committed(Ok(true)),
            other => panic!("{other:?}"),
        };
        store.settle(&at(now, own()), &ticket, outcome).expect("running");
    }
    panic!("intent {intent} does not reach {until:?}");
}

/// Submits for the grants' canister and answers the number.
pub(crate) fn submit(store: &mut World, n: u64, amount: u128) -> u64 {
    store.submit_intent(&at(START + n, grants()), &payout(n, amount)).expect("right").id
}

/// A store with a bit of everything: one intent in most states, an approval, a standing
/// authorisation with a use, a payment without an intent, errors, a key.
pub(crate) fn rich() -> (SparseMemory, World) {
    use execution_core::rules::guard::Assessment;
    use execution_core::rules::standing::Grant;
    use execution_core::store::Outcome;
    use execution_core::types::{Duration, IntentState, Scheme};
    use granary_resilience::failure::{Failure, FailureKind};
    let (memory, mut store) = world();
    let now = START + HOUR;
    let paid = submit(&mut store, 1, 500);
    drive(&mut store, now, paid, IntentState::Settled);
    while store.totals().unbooked > 0 {
        let ticket = ask(&mut store, now, paid);
        let outcome = match ticket.ask {
            execution_core::rules::next::Ask::Book => {
                Outcome::Booked(execution_core::rules::booking::Booked::Posted { entry: 3 })
            }
            _ => Outcome::Committed(Ok(true)),
        };
        store.settle(&at(now, own()), &ticket, outcome).expect("running");
    }
    let lost = submit(&mut store, 2, 600);
    drive(&mut store, now, lost, IntentState::Submitting);
    let ticket = ask(&mut store, now, lost);
    let silence = Failure::new(FailureKind::OutcomeUnknown, "no answer in 60 s");
    let unknown = Outcome::Sent(execution_core::rules::sent::Sent::Unknown(silence));
    store.settle(&at(now + SECOND, own()), &ticket, unknown).expect("running");
    let seen = submit(&mut store, 3, 700);
    let ticket = ask(&mut store, now, seen);
    let allowed = Outcome::Assessed(Ok(Assessment::Allowed(needs(2))));
    store.settle(&at(now, own()), &ticket, allowed).expect("running");
    let approved = digest(&store, seen);
    store.approve_intent(&at(now, approver(0)), seen, &approved).expect("an approver");
    let gone = submit(&mut store, 4, 800);
    store.cancel_intent(&at(now, grants()), gone, "not wanted").expect("its submitter");
    let destination = person(200);
    let account = Account { owner: destination, subaccount: [0; 32] };
    let grant = Grant {
        initiator: grants(),
        allowance: 5_000,
        window: Duration::seconds(86_400),
        destinations: vec![account.destination(&ledger(1))],
        expires_at: Timestamp::from_nanos(now + 1_000 * HOUR),
    };
    store.grant_standing_authorisation(&at(now, treasurer()), 1, &grant).expect("a treasurer");
    let standing = submit(&mut store, 5, 900);
    let ticket = ask(&mut store, now, standing);
    let allowed = Outcome::Assessed(Ok(Assessment::Allowed(needs(1))));
    store.settle(&at(now, own()), &ticket, allowed).expect("running");
    drive(&mut store, now, standing, IntentState::Submitting);
    let ctx = at(now, governor());
    store.reference_key(&ctx, 2, Scheme::SchnorrBip340, "key_1", &[1, 2]).expect("a new path");
    (memory, store)
}
