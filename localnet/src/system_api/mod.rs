//! The system interface `ic0`: what a canister can ask of the network while a message runs.
//!
//! - `calls` is the table of all functions: signature, permitted modes, charge,
//! - `modes` maps entry points to modes,
//! - `host` is what one message knows and has done, and the door each call goes through,
//! - `growth` is what taking up memory costs,
//! - the other modules implement the functions, a family each.

mod calls;
mod costs;
mod cycles;
mod environment;
mod growth;
mod host;
mod info;
mod memory;
mod modes;
mod outgoing;
mod request;
mod sender_version;

#[cfg(test)]
mod tests;

use wasmtime::{Engine, IntoFunc, Linker};

pub(crate) use calls::CALLS;
use calls::Call;
pub(crate) use calls::importable as call;
use host::Pointer;
pub(crate) use host::{Host, heap_limit};

use crate::wasm::Width;

/// Registers implementations by name, each with its row of the table.
struct Registry {
    linker: Linker<Host>,
    width: Width,
    registered: usize,
}

impl Registry {
    /// Adds the implementation `build` makes for the named call, unless modules of this width do
    /// not have it.
    fn add<Params, Results, F>(&mut self, name: &str, build: impl FnOnce(&'static Call) -> F)
    where
        F: IntoFunc<Host, Params, Results>,
    {
        let call = calls::find(name).expect("every implementation has a row in the table");
        if calls::available(call, self.width) {
            self.linker.func_wrap("ic0", name, build(call)).expect("each name is registered once");
            self.registered += 1;
        }
    }

    /// Adds the whole interface with pointers of one width.
    fn add_all<P: Pointer>(&mut self) {
        request::register::<P>(self);
        cycles::register::<P>(self);
        outgoing::register::<P>(self);
        memory::register(self);
        info::register::<P>(self);
        environment::register::<P>(self);
        costs::register::<P>(self);
    }
}

/// A linker that knows the whole system interface as modules of one width see it.
pub(crate) fn linker(engine: &Engine, width: Width) -> Linker<Host> {
    let mut registry = Registry { linker: Linker::new(engine), width, registered: 0 };
    match width {
        Width::Wasm32 => registry.add_all::<u32>(),
        Width::Wasm64 => registry.add_all::<u64>(),
    }
    let expected = CALLS.iter().filter(|call| calls::available(call, width)).count();
    assert_eq!(registry.registered, expected, "every call has an implementation");
    registry.linker
}
