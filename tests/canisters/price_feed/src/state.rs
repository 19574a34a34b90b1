//! The one feed of this instance. All of it lies in one cell of stable memory, which is written
//! after every change: there are at most a hundred rates.

use core::cell::RefCell;

use candid::{Decode, Encode};
use granary_env::message;
use ic_stable_structures::{DefaultMemoryImpl, StableCell};

use crate::feed::Feed;

/// The feed as Candid.
type Stored = StableCell<Vec<u8>, DefaultMemoryImpl>;

struct State {
    feed: Feed,
    stored: Stored,
}

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// Stores a new feed.
pub fn put(feed: Feed) {
    let stored = StableCell::new(DefaultMemoryImpl::default(), bytes(&feed));
    STATE.set(Some(State { feed, stored }));
}

/// Opens the stored feed; `None` when there is none.
pub fn open() -> Option<()> {
    let stored = StableCell::init(DefaultMemoryImpl::default(), Vec::new());
    let feed = Decode!(stored.get(), Feed).ok()?;
    STATE.set(Some(State { feed, stored }));
    Some(())
}

/// Reads the feed.
pub fn read<T>(look: impl FnOnce(&Feed) -> T) -> T {
    STATE.with_borrow(|state| match state {
        Some(state) => look(&state.feed),
        None => message::trap("BUG: a message came before the canister was installed"),
    })
}

/// Changes the feed and stores it.
pub fn write<T>(change: impl FnOnce(&mut Feed) -> T) -> T {
    STATE.with_borrow_mut(|state| {
        let Some(State { feed, stored }) = state.as_mut() else {
            message::trap("BUG: a message came before the canister was installed")
        };
        let answer = change(feed);
        stored.set(bytes(feed));
        answer
    })
}

fn bytes(feed: &Feed) -> Vec<u8> {
    Encode!(feed).expect("BUG: the feed does not encode")
}
