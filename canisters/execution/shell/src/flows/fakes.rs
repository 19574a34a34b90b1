//! A guard, books and a ledger for the tests of the flows. Each of their calls waits twice, before
//! it acts and after, so that a test can drop it in either place: that is a callback that traps.

use core::cell::RefCell;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::collections::BTreeMap;

use candid::{Nat, Principal};
use granary_api::common::{PageArgs, Receipt};
use granary_api::icrc::{Account, GetBlocksResult, TransferArgs, TransferError};
use granary_api::portfolio::{AssetPage, EntryPage, ListEntriesArgs, PostEntryArgs};
use granary_api::risk_guard::{
    Assessment, OutflowArgs, RecordOutcomeArgs, Requirements, Reservation, ReservationState,
    Verdict,
};
use granary_env::call::Answer;
use granary_errors::{Code, Error};
use granary_units::Timestamp;

use crate::ports::{Peers, Reply};

/// What happened on the other sides.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Transfers that were executed, with their block.
    pub(crate) executed: Vec<(TransferArgs, u64)>,
    /// Blocks that are booked.
    pub(crate) booked: BTreeMap<u64, PostEntryArgs>,
    /// What the guard holds or knows, by intent.
    pub(crate) reserved: BTreeMap<u64, ReservationState>,
    /// Who was found silent.
    pub(crate) silences: Vec<RecordOutcomeArgs>,
    /// Makes the ledger silent.
    pub(crate) mute: bool,
    /// Calls that acted.
    pub(crate) calls: u32,
}

/// Everybody.
#[derive(Debug)]
pub(crate) struct Fakes {
    pub(crate) world: RefCell<World>,
    pub(crate) now: Timestamp,
}

impl Fakes {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { world: RefCell::default(), now }
    }

    async fn call<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        Once::default().await;
        let answer = {
            let mut world = self.world.borrow_mut();
            world.calls += 1;
            act(&mut world)
        };
        Once::default().await;
        answer
    }
}

/// Pending once.
#[derive(Default)]
struct Once(bool);

impl Future for Once {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if core::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Polls at most `polls` times; none when the future was dropped before its end.
pub(crate) fn drive<T>(future: impl Future<Output = T>, polls: u32) -> Option<T> {
    let mut future = Box::pin(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
    }
    None
}

fn receipt(id: u64) -> Receipt {
    Receipt { id, event: 0, at_ns: 0 }
}

fn log(length: u64) -> GetBlocksResult {
    GetBlocksResult { log_length: Nat::from(length), blocks: vec![], archived_blocks: vec![] }
}

impl Peers for Fakes {
    fn now(&self) -> Timestamp {
        self.now
    }
    fn known_fee(&self, _: Principal) -> Option<u128> {
        None
    }
    fn keep_fee(&self, _: Principal, _: u128) {}
    fn forget_fee(&self, _: Principal) {}
    fn silent(&self, silence: RecordOutcomeArgs) {
        self.world.borrow_mut().silences.push(silence);
    }

    async fn assess(&self, _: Principal, _: &OutflowArgs) -> Reply<Assessment> {
        let needs = Requirements { policy_version: 1, tier: 0, approvals: 0, delay_ns: 0 };
        self.call(|_| Answer::Done(Ok(Assessment::Allowed(needs)))).await
    }

    async fn reserve(&self, _: Principal, outflow: &OutflowArgs) -> Reply<Verdict> {
        let requirements = Requirements { policy_version: 1, tier: 0, approvals: 0, delay_ns: 0 };
        let (intent, asset) = (outflow.intent, outflow.asset);
        let (amount_units, now) = (outflow.amount_units, self.now.as_nanos());
        self.call(|world| {
            world.reserved.insert(intent, ReservationState::Held);
            Answer::Done(Ok(Verdict::Held(Reservation {
                id: 1,
                intent,
                asset,
                amount_units,
                state: ReservationState::Held,
                expires_at_ns: now + 3_600_000_000_000,
                requirements,
            })))
        })
        .await
    }

    async fn commit(&self, _: Principal, intent: u64) -> Reply<Receipt> {
        self.call(|world| {
            world.reserved.insert(intent, ReservationState::Committed);
            Answer::Done(Ok(receipt(intent)))
        })
        .await
    }

    async fn release(&self, _: Principal, intent: u64) -> Reply<Receipt> {
        self.call(|world| {
            world.reserved.insert(intent, ReservationState::Released);
            Answer::Done(Ok(receipt(intent)))
        })
        .await
    }

    async fn record_outcome(&self, _: Principal, _: &RecordOutcomeArgs) -> Reply<Receipt> {
        self.call(|_| Answer::Done(Ok(receipt(0)))).await
    }

    async fn post_entry(&self, _: Principal, entry: &PostEntryArgs) -> Reply<Receipt> {
        let entry = entry.clone();
        self.call(|world| {
            let Some(granary_api::portfolio::ExternalRef::Icrc { block, .. }) = entry.external_ref
            else {
                panic!("an entry of a payment stands for its block");
            };
            if world.booked.contains_key(&block) {
                let code = Code::new("portfolio.reference.taken");
                return Answer::Done(Err(Error::state_error(code, "booked", &[], "taken")));
            }
            world.booked.insert(block, entry);
            Answer::Done(Ok(receipt(block)))
        })
        .await
    }

    async fn entries(&self, _: Principal, which: ListEntriesArgs) -> Reply<EntryPage> {
        let block = which.block.map_or(0, |place| place.block);
        self.call(|world| {
            let entry = world.booked.get(&block).map(|_| granary_api::portfolio::Entry {
                id: block,
                kind: granary_api::portfolio::EntryKind::GrantPaid,
                at_ns: 0,
                intent: None,
                external_ref: None,
                event: 0,
                postings: vec![],
            });
            Answer::Done(Ok(EntryPage { items: entry.into_iter().collect(), next: None }))
        })
        .await
    }

    async fn assets(&self, _: Principal, _: PageArgs) -> Reply<AssetPage> {
        self.call(|_| Answer::Done(Ok(AssetPage { items: vec![], next: None }))).await
    }

    async fn transfer(
        &self,
        _: Principal,
        transfer: &TransferArgs,
    ) -> Answer<Result<Nat, TransferError>> {
        let transfer = transfer.clone();
        self.call(|world| {
            if world.mute {
                return Answer::Unknown { reason: "silence".to_owned() };
            }
            if let Some((_, block)) = world.executed.iter().find(|(known, _)| *known == transfer) {
                let duplicate_of = Nat::from(*block);
                return Answer::Done(Err(TransferError::Duplicate { duplicate_of }));
            }
            let block = 5 + u64::try_from(world.executed.len()).expect("few");
            world.executed.push((transfer, block));
            Answer::Done(Ok(Nat::from(block)))
        })
        .await
    }

    async fn fee(&self, _: Principal) -> Answer<Nat> {
        self.call(|_| Answer::Done(Nat::from(10_u32))).await
    }

    async fn decimals(&self, _: Principal) -> Answer<u8> {
        self.call(|_| Answer::Done(8)).await
    }

    async fn balance(&self, _: Principal, _: Account) -> Answer<Nat> {
        self.call(|_| Answer::Done(Nat::from(1_000_000_u32))).await
    }

    async fn blocks(&self, _: Principal, _: u64, _: u64) -> Answer<GetBlocksResult> {
        self.call(|_| Answer::Done(log(5))).await
    }
}
