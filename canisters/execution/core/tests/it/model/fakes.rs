//! A ledger, a guard and books that keep to their contracts.

use std::collections::BTreeMap;

use execution_core::rules::scan::{Outgoing, Page, Seen};
use execution_core::rules::sent::{Refusal, Sent};
use execution_core::store::Ticket;
use execution_core::types::{Hash, Timestamp};

use crate::support::{FEE, HOUR, SECOND};

const WINDOW: u64 = 24 * HOUR;
const DRIFT: u64 = 120 * SECOND;

/// What a transfer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Transfer {
    pub(crate) memo: Hash,
    pub(crate) created_at: u64,
    pub(crate) to: Hash,
    pub(crate) amount: u128,
    pub(crate) fee: u128,
}

impl Transfer {
    pub(crate) fn of(ticket: &Ticket) -> Self {
        Self {
            memo: ticket.row.memo,
            created_at: ticket.row.attempt.created_at.as_nanos(),
            to: ticket.row.to.outside(),
            amount: ticket.row.amount,
            fee: ticket.row.fee,
        }
    }
}

/// ICRC-1 and ICRC-3, as far as one account is concerned.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    pub(crate) blocks: Vec<(u64, Option<Transfer>)>,
    pub(crate) balance: u128,
    pub(crate) fee: u128,
    /// Requests that arrive later: when, and what.
    pub(crate) on_the_way: Vec<(u64, Transfer)>,
    executed: BTreeMap<Transfer, u64>,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            blocks: vec![(0, None)],
            balance: 100_000,
            fee: FEE,
            on_the_way: vec![],
            executed: BTreeMap::new(),
        }
    }

    /// Somebody else's block.
    pub(crate) fn foreign(&mut self, now: u64) {
        self.blocks.push((now, None));
    }

    /// What arrives by now, arrives.
    pub(crate) fn deliver(&mut self, now: u64) {
        let (due, rest) = self.on_the_way.iter().partition(|(at, _)| *at <= now);
        self.on_the_way = rest;
        let due: Vec<(u64, Transfer)> = due;
        for (_, transfer) in due {
            self.execute(now, &transfer);
        }
    }

    /// Fee, time, repetition, balance: the order of the production ledger.
    pub(crate) fn execute(&mut self, now: u64, transfer: &Transfer) -> Sent {
        if transfer.fee != self.fee {
            return Sent::Refused(Refusal::BadFee { expected: Some(self.fee) });
        }
        if transfer.created_at + WINDOW + DRIFT < now {
            return Sent::Refused(Refusal::TooOld);
        }
        if transfer.created_at > now + DRIFT {
            return Sent::Refused(Refusal::CreatedInFuture);
        }
        if let Some(block) = self.executed.get(transfer) {
            return Sent::Duplicate { block: *block };
        }
        let total = transfer.amount + transfer.fee;
        if self.balance < total {
            return Sent::Refused(Refusal::InsufficientFunds { balance: self.balance });
        }
        self.balance -= total;
        let block = u64::try_from(self.blocks.len()).expect("few");
        self.blocks.push((now, Some(*transfer)));
        self.executed.insert(*transfer, block);
        Sent::Moved { block }
    }

    pub(crate) fn page(&self, from: u64, length: u64) -> Page {
        let start = usize::try_from(from).expect("small");
        let count = usize::try_from(length).expect("small");
        let blocks = self.blocks.iter().enumerate().skip(start).take(count);
        let seen = blocks.map(|(index, (at, transfer))| Seen {
            index: u64::try_from(index).expect("small"),
            at: Timestamp::from_nanos(*at),
            outgoing: transfer.map(|transfer| Outgoing {
                memo: Some(transfer.memo),
                to: transfer.to,
                amount: transfer.amount,
                fee: transfer.fee,
            }),
        });
        Page { length: u64::try_from(self.blocks.len()).expect("few"), blocks: seen.collect() }
    }

    /// How often each intent was paid.
    pub(crate) fn paid(&self) -> BTreeMap<Hash, u32> {
        let mut paid = BTreeMap::new();
        for transfer in self.blocks.iter().filter_map(|(_, transfer)| *transfer) {
            *paid.entry(transfer.memo).or_insert(0) += 1;
        }
        paid
    }
}

/// Where a reservation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reservation {
    Held { total: u128, until: u64 },
    Committed,
    Released,
}

/// One reservation per intent; the same again while it is held, and nothing else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    pub(crate) reservations: BTreeMap<u64, Reservation>,
}

impl Guard {
    /// Until when; none when what is known of the intent contradicts it.
    pub(crate) fn reserve(&mut self, intent: u64, total: u128, now: u64) -> Option<u64> {
        let until = now + HOUR;
        match self.reservations.get(&intent) {
            Some(Reservation::Held { total: held, until: end }) if now <= *end => {
                (*held == total).then_some(*end)
            }
            Some(Reservation::Committed) => None,
            Some(Reservation::Held { .. } | Reservation::Released) | None => {
                self.reservations.insert(intent, Reservation::Held { total, until });
                Some(until)
            }
        }
    }

    /// E4: nothing is sent without it.
    pub(crate) fn is_held(&self, intent: u64, now: u64) -> bool {
        let found = self.reservations.get(&intent);
        matches!(found, Some(Reservation::Held { until, .. }) if now <= *until)
    }

    pub(crate) fn commit(&mut self, intent: u64) -> bool {
        match self.reservations.get_mut(&intent) {
            Some(Reservation::Released) | None => false,
            Some(reservation) => {
                *reservation = Reservation::Committed;
                true
            }
        }
    }

    pub(crate) fn release(&mut self, intent: u64) -> bool {
        match self.reservations.get_mut(&intent) {
            // What was committed is not given back, whoever asks.
            Some(Reservation::Committed) | None => false,
            Some(reservation) => {
                *reservation = Reservation::Released;
                true
            }
        }
    }
}

/// One entry per block, for ever.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    /// By block: the entry, and whether what left is missing from Suspense.
    pub(crate) entries: BTreeMap<u64, (u64, bool)>,
    /// By key: corrections that were made.
    pub(crate) adjusted: BTreeMap<Hash, u128>,
    pub(crate) left_treasury: u128,
    pub(crate) left_suspense: u128,
}

impl Books {
    pub(crate) fn post(&mut self, block: u64, total: u128) -> Option<u64> {
        if self.entries.contains_key(&block) {
            return None;
        }
        self.left_treasury += total;
        Some(self.put(block, false))
    }

    /// Reconciliation was faster.
    pub(crate) fn reconcile(&mut self, block: u64, total: u128) {
        if !self.entries.contains_key(&block) {
            self.left_suspense += total;
            self.put(block, true);
        }
    }

    pub(crate) fn adjust(&mut self, memo: Hash, total: u128) {
        if self.adjusted.insert(memo, total).is_none() {
            self.left_suspense -= total;
            self.left_treasury += total;
        }
    }

    fn put(&mut self, block: u64, in_suspense: bool) -> u64 {
        let entry = u64::try_from(self.entries.len()).expect("few") + 1;
        self.entries.insert(block, (entry, in_suspense));
        entry
    }
}
