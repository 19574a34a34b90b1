//! Messages waiting for execution, in one first-in-first-out queue per sender, receiver and lane.
//!
//! The next message is the oldest of all queue heads, so execution order is a function of the
//! order in which messages were sent; or whoever asks chooses among those that may come next.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use candid::Principal;
use pocket_ic::RejectResponse;
use serde::{Deserialize, Serialize};

use super::types::MessageId;

/// Identifies a call a canister made until its callback ran.
pub(crate) type CallId = u64;

/// What answers a call.
pub(crate) type Payload = Result<Vec<u8>, RejectResponse>;

/// A message between two parties.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Message {
    Ingress {
        id: MessageId,
        sender: Principal,
        to: Principal,
        method: String,
        arg: Vec<u8>,
    },
    Request(Request),
    Response {
        call: CallId,
        payload: Payload,
        refund: u128,
    },
    /// The answer to an HTTPS outcall is there.
    Outcall {
        request: u64,
    },
}

/// A call on its way to the callee.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) call: CallId,
    pub(crate) from: Principal,
    pub(crate) to: Principal,
    pub(crate) method: String,
    pub(crate) arg: Vec<u8>,
    pub(crate) cycles: u128,
    /// 0 when the caller waits without bound.
    pub(crate) deadline_ns: u64,
}

/// Kinds of messages that are ordered among themselves only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Lane {
    Ingress,
    Request,
    Response,
    Outcall,
}

/// Names one queue.
pub(crate) type QueueKey = (Lane, Principal, Principal);

/// A message that is kept back.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Held {
    /// Rounds it still waits; None until it is released.
    rounds: Option<u64>,
    key: QueueKey,
    message: Message,
}

/// A message taken out of its queue.
#[derive(Debug)]
pub(crate) struct Taken {
    number: u64,
    key: QueueKey,
    pub(crate) message: Message,
    /// It was kept back before.
    pub(crate) was_held: bool,
}

/// All queues of a network.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pool {
    sent: u64,
    queues: BTreeMap<QueueKey, VecDeque<(u64, Message)>>,
    order: BTreeMap<u64, QueueKey>,
    /// Messages that join the queues when the next round begins.
    #[serde(default)]
    later: Vec<(QueueKey, Message)>,
    #[serde(default)]
    held: BTreeMap<u64, Held>,
    /// Numbers of waiting messages that were held before.
    #[serde(default)]
    released: BTreeSet<u64>,
}

impl Pool {
    /// Appends a message to the queue from `from` to `to`.
    pub(crate) fn push(&mut self, lane: Lane, from: Principal, to: Principal, message: Message) {
        let key = (lane, from, to);
        self.sent += 1;
        self.order.insert(self.sent, key);
        self.queues.entry(key).or_default().push_back((self.sent, message));
    }

    /// Appends a message when the next round begins.
    pub(crate) fn push_later(
        &mut self,
        lane: Lane,
        from: Principal,
        to: Principal,
        message: Message,
    ) {
        self.later.push(((lane, from, to), message));
    }

    /// Takes the oldest message.
    pub(crate) fn pop(&mut self) -> Option<Taken> {
        let number = *self.order.first_key_value()?.0;
        self.take(number)
    }

    /// Numbers of the messages that may come next, oldest first. Calls between the same two
    /// canisters keep their order; nothing else is promised one.
    pub(crate) fn candidates(&self) -> Vec<u64> {
        let mut numbers: Vec<u64> = self
            .queues
            .iter()
            .flat_map(|((lane, ..), queue)| {
                let open = if *lane == Lane::Request { 1 } else { queue.len() };
                queue.iter().take(open).map(|(number, _)| *number)
            })
            .collect();
        numbers.sort_unstable();
        numbers
    }

    /// Takes the message with this number.
    pub(crate) fn take(&mut self, number: u64) -> Option<Taken> {
        let key = self.order.remove(&number)?;
        let queue = self.queues.get_mut(&key)?;
        let position = queue.iter().position(|(known, _)| *known == number)?;
        let (_, message) = queue.remove(position)?;
        if queue.is_empty() {
            self.queues.remove(&key);
        }
        let was_held = self.released.remove(&number);
        Some(Taken { number, key, message, was_held })
    }

    /// Keeps a message back for so many rounds; None until [`Pool::release`].
    pub(crate) fn hold(&mut self, taken: Taken, rounds: Option<u64>) {
        let Taken { number, key, message, .. } = taken;
        self.held.insert(number, Held { rounds, key, message });
    }

    /// Appends what was sent for this round, and puts messages back that have waited long enough.
    /// Due once in every round.
    pub(crate) fn next_round(&mut self) {
        for ((lane, from, to), message) in std::mem::take(&mut self.later) {
            self.push(lane, from, to, message);
        }
        let mut due = Vec::new();
        for (number, held) in &mut self.held {
            let Some(rounds) = &mut held.rounds else { continue };
            if *rounds == 0 {
                due.push(*number);
            } else {
                *rounds -= 1;
            }
        }
        self.put_back(due);
    }

    /// Puts every message back that is held.
    pub(crate) fn release(&mut self) {
        let all = self.held.keys().copied().collect();
        self.put_back(all);
    }

    fn put_back(&mut self, numbers: Vec<u64>) {
        for number in numbers {
            let Some(Held { key, message, .. }) = self.held.remove(&number) else { continue };
            let queue = self.queues.entry(key).or_default();
            let position = queue.partition_point(|(known, _)| *known < number);
            queue.insert(position, (number, message));
            self.order.insert(number, key);
            self.released.insert(number);
        }
    }

    /// Whether no message will run by itself: none waits, and none is held for a time.
    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
            && self.later.is_empty()
            && self.held.values().all(|held| held.rounds.is_none())
    }

    /// Takes out all messages that `select` picks, oldest first.
    pub(crate) fn drain(&mut self, mut select: impl FnMut(&Message) -> bool) -> Vec<Message> {
        let mut taken = Vec::new();
        for queue in self.queues.values_mut() {
            let mut kept = VecDeque::with_capacity(queue.len());
            for (number, message) in std::mem::take(queue) {
                if select(&message) {
                    self.order.remove(&number);
                    taken.push((number, message));
                } else {
                    kept.push_back((number, message));
                }
            }
            *queue = kept;
        }
        self.queues.retain(|_, queue| !queue.is_empty());
        taken.sort_by_key(|(number, _)| *number);
        taken.into_iter().map(|(_, message)| message).collect()
    }

    /// Every message, those that are held included.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Message> {
        let held = self.held.values().map(|held| &held.message);
        let later = self.later.iter().map(|(_, message)| message);
        self.queues.values().flatten().map(|(_, message)| message).chain(held).chain(later)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(call: u64) -> Message {
        Message::Response { call, payload: Ok(vec![]), refund: 0 }
    }

    fn call(message: &Message) -> u64 {
        match message {
            Message::Response { call, .. } | Message::Request(Request { call, .. }) => *call,
            other => panic!("unexpected {other:?}"),
        }
    }

    #[test]
    fn the_oldest_message_comes_first_and_queues_keep_their_order() {
        let (a, b) = (Principal::from_slice(&[1]), Principal::from_slice(&[2]));
        let mut pool = Pool::default();
        pool.push(Lane::Response, b, a, response(1));
        pool.push(Lane::Response, a, b, response(2));
        pool.push(Lane::Response, b, a, response(3));
        let drained = pool.drain(|message| call(message) == 2);
        assert_eq!(drained.iter().map(call).collect::<Vec<_>>(), [2]);
        let order: Vec<_> = std::iter::from_fn(|| pool.pop()).map(|t| call(&t.message)).collect();
        assert_eq!(order, [1, 3]);
        assert!(pool.is_empty());
        pool.push(Lane::Response, b, a, response(4));
        pool.push(Lane::Response, a, b, response(5));
        let order: Vec<_> = std::iter::from_fn(|| pool.pop()).map(|t| call(&t.message)).collect();
        assert_eq!(order, [4, 5], "the oldest head of all queues");
    }

    fn request(call: u64, from: Principal, to: Principal) -> Message {
        let (method, arg) = (String::new(), Vec::new());
        Message::Request(Request { call, from, to, method, arg, cycles: 0, deadline_ns: 0 })
    }

    #[test]
    fn calls_of_a_pair_come_in_order_and_everything_else_in_any() {
        let (a, b) = (Principal::from_slice(&[1]), Principal::from_slice(&[2]));
        let mut pool = Pool::default();
        pool.push(Lane::Request, a, b, request(1, a, b));
        pool.push(Lane::Request, a, b, request(2, a, b));
        pool.push(Lane::Request, b, a, request(3, b, a));
        pool.push(Lane::Response, a, b, response(4));
        pool.push(Lane::Response, a, b, response(5));
        assert_eq!(pool.candidates(), [1, 3, 4, 5]);
        assert_eq!(call(&pool.take(5).expect("it waits").message), 5);
        pool.take(1).expect("it waits");
        assert_eq!(pool.candidates(), [2, 3, 4], "the second call is next in its queue");
        assert!(pool.take(1).is_none(), "a message is taken once");
    }

    #[test]
    fn a_held_message_comes_back_in_its_place() {
        let (a, b) = (Principal::from_slice(&[1]), Principal::from_slice(&[2]));
        let mut pool = Pool::default();
        for number in 1..=3 {
            pool.push(Lane::Response, a, b, response(number));
        }
        let taken = pool.take(2).expect("it waits");
        assert!(!taken.was_held);
        pool.hold(taken, Some(1));
        let taken = pool.take(1).expect("it waits");
        pool.hold(taken, None);
        assert_eq!(pool.candidates(), [3]);
        assert_eq!(pool.iter().count(), 3, "its cycles are still somewhere");
        pool.take(3).expect("it waits");
        assert!(!pool.is_empty(), "one comes back by itself");
        pool.next_round();
        assert_eq!(pool.candidates(), [0_u64; 0]);
        pool.next_round();
        assert_eq!(pool.candidates(), [2]);
        assert!(pool.take(2).expect("it waits").was_held);
        assert!(pool.is_empty(), "the other one waits to be released");
        pool.release();
        assert_eq!(pool.candidates(), [1]);
    }
}
