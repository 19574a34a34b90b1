//! Messages waiting for execution, in one first-in-first-out queue per sender, receiver and lane.
//!
//! The next message is the oldest of all queue heads, so execution order is a function of the
//! order in which messages were sent.

use std::collections::{BTreeMap, VecDeque};

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

/// All queues of a network.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pool {
    sent: u64,
    queues: BTreeMap<QueueKey, VecDeque<(u64, Message)>>,
    order: BTreeMap<u64, QueueKey>,
}

impl Pool {
    /// Appends a message to the queue from `from` to `to`.
    pub(crate) fn push(&mut self, lane: Lane, from: Principal, to: Principal, message: Message) {
        let key = (lane, from, to);
        self.sent += 1;
        self.order.insert(self.sent, key);
        self.queues.entry(key).or_default().push_back((self.sent, message));
    }

    /// Takes the oldest message.
    pub(crate) fn pop(&mut self) -> Option<Message> {
        let (_, key) = self.order.pop_first()?;
        let queue = self.queues.get_mut(&key)?;
        let (_, message) = queue.pop_front()?;
        if queue.is_empty() {
            self.queues.remove(&key);
        }
        Some(message)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
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

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.queues.values().flatten().map(|(_, message)| message)
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
            Message::Response { call, .. } => *call,
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
        let order: Vec<_> = std::iter::from_fn(|| pool.pop()).map(|m| call(&m)).collect();
        assert_eq!(order, [1, 3]);
        assert!(pool.is_empty());
        pool.push(Lane::Response, b, a, response(4));
        pool.push(Lane::Response, a, b, response(5));
        let order: Vec<_> = std::iter::from_fn(|| pool.pop()).map(|m| call(&m)).collect();
        assert_eq!(order, [4, 5], "the oldest head of all queues");
    }
}
