//! The one store of the instance.

use core::cell::RefCell;

use super::Host;
use crate::message;

/// Where a shell keeps its store. Each shell declares one of its own:
///
/// ```text
/// thread_local! {
///     static STATE: Place<Grants> = const { Place::new(None) };
/// }
/// ```
pub type Place<S> = RefCell<Option<S>>;

const NOT_INSTALLED: &str = "BUG: a message came before the canister was installed";

/// Puts the opened store in its place and certifies it.
pub fn put<H: Host>(store: H::Store) {
    message::certify(&H::certified(&store));
    H::place().set(Some(store));
}

/// Reads the store.
pub fn read<H: Host, T>(look: impl FnOnce(&H::Store) -> T) -> T {
    H::place().with_borrow(|state| match state {
        Some(store) => look(store),
        None => message::trap(NOT_INSTALLED),
    })
}

/// Changes the store; what it shows to the subnet is certified in the same message.
pub fn write<H: Host, T>(change: impl FnOnce(&mut H::Store) -> T) -> T {
    H::place().with_borrow_mut(|state| {
        let Some(store) = state.as_mut() else { message::trap(NOT_INSTALLED) };
        let before = H::certified(store);
        let answer = change(store);
        let after = H::certified(store);
        if after != before {
            message::certify(&after);
        }
        answer
    })
}

/// Certifies the store again: a restored snapshot may stand under an older certificate.
pub fn certify<H: Host>() {
    message::certify(&read::<H, _>(H::certified));
}
