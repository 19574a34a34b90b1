//! The system interface `ic0`: what a canister can ask of the network while a message runs.
//!
//! - `calls` is the table of all functions: signature, permitted modes, charge,
//! - `modes` maps entry points to modes,
//! - `host` is what one message knows and has done, and the door each call goes through,
//! - the other modules implement the functions, a family each.

mod calls;
mod costs;
mod cycles;
mod environment;
mod host;
mod info;
mod memory;
mod modes;
mod outgoing;
mod request;

#[cfg(test)]
mod tests;

use wasmtime::{Engine, IntoFunc, Linker};

pub(crate) use calls::CALLS;
use calls::Call;
pub(crate) use calls::find as call;
pub(crate) use host::{Host, heap_limit};

/// Registers implementations by name, each with its row of the table.
struct Registry {
    linker: Linker<Host>,
    registered: usize,
}

impl Registry {
    /// Adds the implementation `build` makes for the named call.
    fn add<Params, Results, F>(&mut self, name: &str, build: impl FnOnce(&'static Call) -> F)
    where
        F: IntoFunc<Host, Params, Results>,
    {
        let call = calls::find(name).expect("every implementation has a row in the table");
        self.linker.func_wrap("ic0", name, build(call)).expect("each name is registered once");
        self.registered += 1;
    }
}

/// A linker that knows the whole system interface.
pub(crate) fn linker(engine: &Engine) -> Linker<Host> {
    let mut registry = Registry { linker: Linker::new(engine), registered: 0 };
    request::register(&mut registry);
    cycles::register(&mut registry);
    outgoing::register(&mut registry);
    memory::register(&mut registry);
    info::register(&mut registry);
    environment::register(&mut registry);
    costs::register(&mut registry);
    assert_eq!(registry.registered, CALLS.len(), "every call has an implementation");
    registry.linker
}
