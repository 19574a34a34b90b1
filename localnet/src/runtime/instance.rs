//! A live instance of a module: the machine a message runs on.

use wasmtime::{Global, Instance, Memory, Ref, Result, Store, Table, Trap, Val};

use super::{Module, pages::Pages};
use crate::{
    message::{Callback, ExecutionFault},
    system_api::Host,
    wasm::{MEMORY, TABLE, Width, global_name},
};

/// The value of a mutable global, floats by their bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum GlobalValue {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
    V128(u128),
}

impl GlobalValue {
    /// Whether both have the same type.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// Which function a message enters by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A function, by the name the machine code has it under.
    Export(String),
    Callback(Callback),
    /// The module has no function for the entry point, which is fine.
    Nothing,
}

/// An instance and its store.
pub(super) struct Live {
    store: Store<Host>,
    instance: Instance,
    memory: Option<Memory>,
    table: Option<Table>,
    globals: Vec<Global>,
    width: Width,
}

impl Live {
    /// A fresh instance, its heap as the module declares it.
    pub(super) fn fresh(module: &Module) -> Result<Self> {
        let code = module.code();
        let mut store = Store::new(code.module().engine(), Host::idle());
        store.limiter(|host| host);
        // Data segments and globals are initialised before the message, at nobody's cost.
        store.set_fuel(u64::MAX)?;
        let instance = code.instantiate(&mut store)?;
        let memory = instance.get_memory(&mut store, MEMORY);
        let table = instance.get_table(&mut store, TABLE);
        let globals = (0..module.facts().mutable_globals.len())
            .map(|position| {
                instance
                    .get_global(&mut store, &global_name(position))
                    .expect("the rewriting exports every mutable global")
            })
            .collect();
        let width = module.facts().width;
        Ok(Self { store, instance, memory, table, globals, width })
    }

    /// An instance in a given state.
    pub(super) fn restored(module: &Module, heap: &Pages, globals: &[GlobalValue]) -> Result<Self> {
        let mut live = Self::fresh(module)?;
        if let Some(memory) = live.memory {
            let missing = (heap.count() as u64).saturating_sub(memory.size(&live.store));
            memory.grow(&mut live.store, missing)?;
            heap.fill(memory.data_mut(&mut live.store), module.facts().data_end);
        }
        live.set_globals(globals)?;
        Ok(live)
    }

    /// Brings the instance back to a state whose heap has the same size.
    pub(super) fn reset(&mut self, heap: &Pages, globals: &[GlobalValue]) -> Result<()> {
        if let Some(memory) = self.memory {
            heap.push(memory.data_mut(&mut self.store));
        }
        self.set_globals(globals)
    }

    fn set_globals(&mut self, globals: &[GlobalValue]) -> Result<()> {
        for (global, value) in self.globals.iter().zip(globals) {
            let value = match *value {
                GlobalValue::I32(value) => Val::I32(value),
                GlobalValue::I64(value) => Val::I64(value),
                GlobalValue::F32(bits) => Val::F32(bits),
                GlobalValue::F64(bits) => Val::F64(bits),
                GlobalValue::V128(bits) => Val::V128(bits.into()),
            };
            global.set(&mut self.store, value)?;
        }
        Ok(())
    }

    /// Heap size in 64 KiB pages.
    pub(super) fn heap_pages(&self) -> u64 {
        self.memory.map_or(0, |memory| memory.size(&self.store))
    }

    /// The heap.
    pub(super) fn heap(&self) -> &[u8] {
        self.memory.map_or(&[], |memory| memory.data(&self.store))
    }

    pub(super) fn globals_count(&self) -> usize {
        self.globals.len()
    }

    pub(super) fn globals(&mut self) -> Vec<GlobalValue> {
        let store = &mut self.store;
        self.globals.iter().map(|global| value_of(&global.get(&mut *store))).collect()
    }

    /// Runs a message with `host` as its environment and gives the host back, with the fuel left.
    pub(super) fn execute(&mut self, target: &Target, mut host: Host) -> (Result<()>, Host, u64) {
        let budget = host.fuel();
        host.memory = self.memory;
        host.width = self.width;
        *self.store.data_mut() = host;
        let result = self.store.set_fuel(budget).and_then(|()| self.enter(target));
        let fuel = self.store.get_fuel().unwrap_or(0);
        // The engine looks at the fuel when functions and loops begin; the last stretch is ours.
        let host = std::mem::replace(self.store.data_mut(), Host::idle());
        let exhausted = host.is_exhausted(fuel);
        let result = if exhausted { result.and(Err(Trap::OutOfFuel.into())) } else { result };
        (result, host, fuel)
    }

    fn enter(&mut self, target: &Target) -> Result<()> {
        match target {
            Target::Nothing => Ok(()),
            Target::Export(name) => {
                let function = self.instance.get_typed_func::<(), ()>(&mut self.store, name)?;
                function.call(&mut self.store, ())
            }
            Target::Callback(callback) => self.call_back(*callback),
        }
    }

    fn call_back(&mut self, callback: Callback) -> Result<()> {
        let missing = || ExecutionFault::no_function(callback.function);
        let table = self.table.ok_or_else(missing)?;
        let Some(Ref::Func(Some(function))) = table.get(&mut self.store, callback.function) else {
            return Err(missing().into());
        };
        let mismatch = |_| ExecutionFault::trapped("indirect call type mismatch");
        match self.width {
            Width::Wasm32 => {
                let function = function.typed::<u32, ()>(&self.store).map_err(mismatch)?;
                function.call(&mut self.store, u32::try_from(callback.environment)?)
            }
            Width::Wasm64 => {
                let function = function.typed::<u64, ()>(&self.store).map_err(mismatch)?;
                function.call(&mut self.store, callback.environment)
            }
        }
    }
}

fn value_of(value: &Val) -> GlobalValue {
    match value {
        Val::I32(value) => GlobalValue::I32(*value),
        Val::I64(value) => GlobalValue::I64(*value),
        Val::F32(bits) => GlobalValue::F32(*bits),
        Val::F64(bits) => GlobalValue::F64(*bits),
        Val::V128(bits) => GlobalValue::V128(bits.as_u128()),
        _ => unreachable!("the checks refuse mutable globals that hold references"),
    }
}
