//! The one ledger of this instance.

use core::cell::RefCell;

use granary_env::message;

use crate::ledger::Ledger;

thread_local! {
    static STATE: RefCell<Option<Ledger>> = const { RefCell::new(None) };
}

/// Puts the opened ledger in its place and certifies its tip.
pub fn put(ledger: Ledger) {
    certify(&ledger);
    STATE.set(Some(ledger));
}

/// Reads the ledger.
pub fn read<T>(look: impl FnOnce(&Ledger) -> T) -> T {
    STATE.with_borrow(|state| match state {
        Some(ledger) => look(ledger),
        None => message::trap("BUG: a message came before the canister was installed"),
    })
}

/// Reads the ledger, unless a test made it unreadable.
pub fn read_told<T>(look: impl FnOnce(&Ledger) -> T) -> T {
    read(|ledger| {
        if ledger.faults().unreadable {
            message::trap("the ledger cannot be read, as the test asked");
        }
        look(ledger)
    })
}

/// Changes the ledger; a new tip is certified in the same message.
pub fn write<T>(change: impl FnOnce(&mut Ledger) -> T) -> T {
    STATE.with_borrow_mut(|state| {
        let Some(ledger) = state.as_mut() else {
            message::trap("BUG: a message came before the canister was installed")
        };
        let before = ledger.length();
        let answer = change(ledger);
        if ledger.length() != before {
            certify(ledger);
        }
        answer
    })
}

fn certify(ledger: &Ledger) {
    if let Some(root) = ledger.certified_data() {
        message::certify(&root);
    }
}
