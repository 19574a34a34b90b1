//! A fake `execution` and a room to run stories in.

use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use granary_api::common::Receipt;
use granary_api::execution::{Intent, IntentState, SubmitIntentArgs};
use granary_api::portfolio::ExternalRef;
use granary_env::call::Answer;
use granary_errors::{Code, Error};
use granary_kernel::{Ctx, Principal};
use micro_grants_core::invariants;
use micro_grants_core::rules::hand_over::Order;
use micro_grants_core::types::PayoutState;

use super::super::{Begun, Desk, begin, run};
use super::support::{DAY, START, applicant, approved, at, content, governor, person, world};
use crate::ports::Execution;
use crate::state::Grants;

pub(super) const SECOND: u64 = 1_000_000_000;
pub(super) const LEDGER: Principal = Principal::management_canister();

/// `execution` as its contract says: one intent for each key, for ever.
#[derive(Default)]
pub(super) struct Hands {
    pub(super) intents: RefCell<Vec<Intent>>,
    /// Keys in the order in which they came.
    pub(super) keys: RefCell<Vec<String>>,
    pub(super) asked: Cell<u32>,
    /// Numbers below belong to what was forgotten.
    pub(super) forgot: Cell<u64>,
    /// The next answer is lost behind what it answers.
    pub(super) lose: Cell<bool>,
    /// The next submission is refused.
    pub(super) refuse: RefCell<Option<Error>>,
    /// Answers come in a later message.
    pub(super) slow: Cell<bool>,
}

/// Not ready when it is first asked.
pub(super) async fn a_message(slow: bool) {
    let mut waited = !slow;
    core::future::poll_fn(|_| {
        if core::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

impl Hands {
    pub(super) fn set(&self, state: IntentState, reason: Option<&str>) {
        let mut intents = self.intents.borrow_mut();
        let intent = intents.last_mut().expect("one was handed over");
        intent.state = state;
        intent.reason = reason.map(str::to_owned);
        let block = ExternalRef::Icrc { ledger: LEDGER, block: 88 };
        intent.external_ref = (state == IntentState::Settled).then_some(block);
    }

    /// It goes back to before anything was handed over; what comes next has other numbers.
    pub(super) fn restore(&self) {
        self.intents.borrow_mut().clear();
        self.forgot.set(self.forgot.get() + 100);
    }

    pub(super) fn take(&self, args: &SubmitIntentArgs) -> Receipt {
        self.keys.borrow_mut().push(args.idempotency_key.clone());
        let mut intents = self.intents.borrow_mut();
        let known = intents.iter().find(|one| one.idempotency_key == args.idempotency_key);
        let next = self.forgot.get() + intents.len() as u64 + 1;
        let id = known.map_or(next, |one| one.id);
        if known.is_none() {
            intents.push(Intent {
                id,
                idempotency_key: args.idempotency_key.clone(),
                origin: args.origin,
                initiator: LEDGER,
                asset: args.asset,
                destination: args.destination.clone(),
                amount_units: args.amount_units,
                fee_units: 10,
                state: IntentState::Created,
                external_ref: None,
                booked: false,
                attempts: 0,
                reason: None,
                approvals_needed: 0,
                approvals: vec![],
                eta_ns: None,
                created_at_ns: 0,
                expires_at_ns: 0,
                settled_at_ns: None,
            });
        }
        Receipt { id, event: 0, at_ns: 0 }
    }
}

impl Execution for Hands {
    async fn submit_intent(&self, args: &SubmitIntentArgs) -> Answer<Result<Receipt, Error>> {
        if let Some(error) = self.refuse.take() {
            return Answer::Done(Err(error));
        }
        let receipt = self.take(args);
        a_message(self.slow.get()).await;
        if self.lose.take() {
            return Answer::Unknown { reason: "no answer in time".to_owned() };
        }
        Answer::Done(Ok(receipt))
    }

    async fn get_intent(&self, intent: u64) -> Answer<Result<Intent, Error>> {
        self.asked.set(self.asked.get() + 1);
        let found = self.intents.borrow().iter().find(|one| one.id == intent).cloned();
        a_message(self.slow.get()).await;
        if self.lose.take() {
            return Answer::NotApplied { reason: "stopped".to_owned() };
        }
        let missing = Code::new("execution.intent.not_found");
        Answer::Done(found.ok_or_else(|| Error::not_found(missing, "intent", "")))
    }
}

/// A store and the time.
pub(super) struct Room {
    pub(super) store: RefCell<Grants>,
    pub(super) now: Cell<u64>,
    pub(super) hands: Hands,
}

impl Desk for Room {
    fn write<T>(&self, change: impl FnOnce(&mut Grants, &Ctx) -> T) -> T {
        change(&mut self.store.borrow_mut(), &at(self.now.get(), person(90)))
    }
}

impl Room {
    /// A lump sum of 500 is queued as payout 1; `execution` and the asset are told.
    pub(super) fn new() -> Self {
        let (_, mut store) = world();
        let (_, grant) = approved(&mut store, applicant(0), content(500, 0), START);
        store.accept_grant(&at(START, applicant(0)), grant).expect("offered");
        let now = START + 4 * DAY;
        let lump = store.request_payout(&at(now, applicant(0)), grant, None, None);
        assert_eq!(lump.expect("active").id, 1);
        let room =
            Self { store: RefCell::new(store), now: Cell::new(now), hands: Hands::default() };
        room.wire();
        room
    }

    pub(super) fn wire(&self) {
        let ctx = at(self.now.get(), governor());
        let mut store = self.store.borrow_mut();
        store.set_peer(&ctx, "execution", Some(person(99))).expect("a governor");
        store.set_portfolio_asset(&ctx, Some(4)).expect("a governor");
    }

    pub(super) fn begin(&self) -> Begun {
        self.write(|store, ctx| begin(store, ctx, 1)).expect("a payout")
    }

    pub(super) fn order(&self) -> Order {
        match self.begin() {
            Begun::Ask(order) => order,
            later @ Begun::Later(_) => panic!("it is time: {later:?}"),
        }
    }

    /// Asks now.
    pub(super) fn ask(&self) {
        let order = self.order();
        self.finish(order);
    }

    pub(super) fn finish(&self, order: Order) {
        let mut story = pin!(run(self, &self.hands, order));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..3 {
            if story.as_mut().poll(&mut context).is_ready() {
                return;
            }
        }
        panic!("the story does not end");
    }

    /// Asks, and the answer's message is lost.
    pub(super) fn ask_and_trap(&self) {
        self.hands.slow.set(true);
        let order = self.order();
        {
            let mut story = pin!(run(self, &self.hands, order));
            let mut context = Context::from_waker(Waker::noop());
            assert!(story.as_mut().poll(&mut context).is_pending(), "it waits for the answer");
        }
        self.hands.slow.set(false);
    }

    pub(super) fn pass(&self, seconds: u64) {
        self.now.set(self.now.get() + seconds * SECOND);
    }

    pub(super) fn state(&self) -> PayoutState {
        self.store.borrow().payout(1).expect("there").1.state
    }

    pub(super) fn whole(&self) {
        assert_eq!(invariants::check_all(&*self.store.borrow()), []);
    }

    pub(super) fn intents(&self) -> usize {
        self.hands.intents.borrow().len()
    }
}
