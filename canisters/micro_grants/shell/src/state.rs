//! The one store of this instance, and what it forgets when it is upgraded.

use core::cell::RefCell;

use granary_env::message;
use ic_stable_structures::DefaultMemoryImpl;
use micro_grants_core::store::Store;

/// The store over the platform's stable memory.
pub type Grants = Store<DefaultMemoryImpl>;

thread_local! {
    static STATE: RefCell<Option<Grants>> = const { RefCell::new(None) };
}

/// Puts the opened store in its place and certifies its journal's head.
pub fn put(store: Grants) {
    message::certify(&store.journal_head().1);
    STATE.set(Some(store));
}

/// Reads the store.
pub fn read<T>(look: impl FnOnce(&Grants) -> T) -> T {
    STATE.with_borrow(|state| match state {
        Some(store) => look(store),
        None => message::trap("BUG: a message came before the canister was installed"),
    })
}

/// Changes the store; when the journal grew, its new head is certified in the same message.
pub fn write<T>(change: impl FnOnce(&mut Grants) -> T) -> T {
    STATE.with_borrow_mut(|state| {
        let Some(store) = state.as_mut() else {
            message::trap("BUG: a message came before the canister was installed")
        };
        let (before, _) = store.journal_head();
        let answer = change(store);
        let (after, head) = store.journal_head();
        if after != before {
            message::certify(&head);
        }
        answer
    })
}
