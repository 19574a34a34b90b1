//! What becomes of the calls: who acts, who answers, what is lost.

use execution_core::rules::booking::{Adjusted, Booked, Entry};
use execution_core::rules::funds::Funds;
use execution_core::rules::guard::{Assessment, Denial, Reserved};
use execution_core::rules::next::Ask;
use execution_core::rules::sent::{Refusal, Sent};
use execution_core::store::{Outcome, Ticket};
use execution_core::types::{IntentState, Timestamp};
use granary_resilience::failure::FailureKind;

use super::{Fate, Play, failure};
use crate::model::fakes::Transfer;
use crate::support::{SECOND, at, own};

impl Play {
    /// Asks, with whatever becomes of it.
    pub(super) fn ask(&mut self, ticket: &Ticket) {
        let fate = self.fate();
        let outcome = match ticket.ask {
            Ask::Transfer { probe } => self.transfer(ticket, probe, fate).map(Outcome::Sent),
            other => self.other(ticket, other, fate),
        };
        let Some(outcome) = outcome else { return };
        // Answers take time, and things happen meanwhile.
        self.now += self.draw(20) * SECOND;
        if !self.is_calm && self.draw(40) == 0 {
            self.cancel();
        }
        let ctx = at(self.now, own());
        self.store().settle(&ctx, ticket, outcome).expect("running");
    }

    /// None when the callback traps.
    fn transfer(&mut self, ticket: &Ticket, probe: bool, fate: Fate) -> Option<Sent> {
        let seed = self.seed;
        let transfer = Transfer::of(ticket);
        if !probe {
            let held = self.guard.is_held(ticket.wire, self.now);
            assert!(held, "E4: seed {seed}: {} is sent without a reservation", ticket.wire);
        }
        let total = transfer.amount + transfer.fee;
        let lost = || Some(Sent::Unknown(failure(FailureKind::OutcomeUnknown)));
        match fate {
            Fate::Answered => Some(self.ledger.execute(self.now, &transfer)),
            Fate::LostAfter => {
                self.ledger.execute(self.now, &transfer);
                lost()
            }
            Fate::TrapAfter => {
                self.ledger.execute(self.now, &transfer);
                None
            }
            Fate::LostBefore => lost(),
            Fate::TrapBefore => None,
            Fate::Late => {
                // A bounded wait: it arrives within the wait and the difference of two clocks.
                let at = self.now + self.draw(240) * SECOND;
                self.ledger.on_the_way.push((at, transfer));
                assert!(total > 0);
                lost()
            }
            Fate::NotSent => Some(Sent::NotSent(failure(FailureKind::Temporary))),
            Fate::Unavailable => Some(Sent::Refused(Refusal::Unavailable)),
        }
    }

    fn other(&mut self, ticket: &Ticket, ask: Ask, fate: Fate) -> Option<Outcome> {
        let acts = matches!(fate, Fate::Answered | Fate::LostAfter | Fate::TrapAfter | Fate::Late);
        let answer = acts.then(|| self.act(ticket, ask));
        match fate {
            Fate::TrapAfter | Fate::TrapBefore => None,
            Fate::Answered | Fate::Late => answer,
            Fate::LostAfter | Fate::LostBefore => Some(silence(ask, FailureKind::OutcomeUnknown)),
            Fate::NotSent | Fate::Unavailable => Some(silence(ask, FailureKind::Temporary)),
        }
    }

    /// The other side does what it is asked.
    fn act(&mut self, ticket: &Ticket, ask: Ask) -> Outcome {
        let (row, wire, now) = (&ticket.row, ticket.wire, self.now);
        let total = row.total();
        match ask {
            Ask::Assess if !self.is_calm && self.draw(12) == 0 => {
                Outcome::Assessed(Ok(Assessment::Denied(self.denial())))
            }
            Ask::Assess => Outcome::Assessed(Ok(Assessment::Allowed(self.needs))),
            Ask::Reserve if row.state != IntentState::Settled && self.denies() => {
                Outcome::Reserved(Ok(Reserved::Denied(self.denial())))
            }
            Ask::Reserve => {
                let Some(until) = self.guard.reserve(wire, total, now) else {
                    return Outcome::Reserved(Ok(Reserved::Conflict));
                };
                let until = Timestamp::from_nanos(until);
                Outcome::Reserved(Ok(Reserved::Held { id: wire, until, needs: self.needs }))
            }
            Ask::Funds => {
                let length = u64::try_from(self.ledger.blocks.len()).expect("few");
                let (balance, fee, moves) =
                    (self.ledger.balance, self.ledger.fee, ticket.asset.moves);
                Outcome::Funds(Ok(Funds { balance, fee, length, moves }))
            }
            Ask::Scan => Outcome::Scanned(Ok(self.ledger.page(row.attempt.next_block, 5))),
            Ask::Book => {
                let block = row.block.expect("settled");
                Outcome::Booked(match self.books.post(block, total) {
                    Some(entry) => Booked::Posted { entry },
                    None => Booked::Taken,
                })
            }
            Ask::Find => {
                let block = row.block.expect("settled");
                let found = self.books.entries.get(&block);
                let found = found.map(|(entry, suspense)| Entry {
                    entry: *entry,
                    in_suspense: *suspense && !self.books.adjusted.contains_key(&row.memo),
                });
                Outcome::Found(Ok(found))
            }
            Ask::Adjust if self.may_adjust => {
                self.books.adjust(row.memo, total);
                Outcome::Adjusted(Adjusted::Done)
            }
            Ask::Adjust => Outcome::Adjusted(Adjusted::NotAllowed),
            Ask::Commit => Outcome::Committed(Ok(self.guard.commit(wire))),
            Ask::Release => Outcome::Released(Ok(self.guard.release(wire))),
            Ask::Transfer { .. } => panic!("asked elsewhere"),
        }
    }

    fn denies(&mut self) -> bool {
        !self.is_calm && self.draw(10) == 0
    }

    fn denial(&mut self) -> Denial {
        let waits = self.draw(4) > 0;
        let after = Timestamp::from_nanos(self.now + self.draw(7_200) * SECOND);
        let retry_at = waits.then_some(after);
        Denial { rule: "window".to_owned(), retry_at, reason: "too much".to_owned() }
    }
}

/// No answer, or none that says anything.
fn silence(ask: Ask, kind: FailureKind) -> Outcome {
    match ask {
        Ask::Assess => Outcome::Assessed(Err(failure(kind))),
        Ask::Reserve => Outcome::Reserved(Err(failure(kind))),
        Ask::Funds => Outcome::Funds(Err(failure(kind))),
        Ask::Scan => Outcome::Scanned(Err(failure(kind))),
        Ask::Book => Outcome::Booked(Booked::Failed(failure(kind))),
        Ask::Find => Outcome::Found(Err(failure(kind))),
        Ask::Adjust => Outcome::Adjusted(Adjusted::Failed(failure(kind))),
        Ask::Commit => Outcome::Committed(Err(failure(kind))),
        Ask::Release => Outcome::Released(Err(failure(kind))),
        Ask::Transfer { .. } => panic!("asked elsewhere"),
    }
}
