//! What one message knows and has done, and the door through which every system call enters.

use std::collections::BTreeMap;

use candid::Principal;
use wasmtime::{Caller, Memory, ResourceLimiter, Result, Trap, WasmTy};

use super::{
    calls::Call,
    modes::{Modes, mode_name},
};
use crate::{
    message::{Entry, ExecutionFault, MessageEnv, Outcome, OutgoingCall},
    runtime::{
        Journal, StableMemory,
        limits::{MAX_STABLE_PAGES, WASM_PAGE_BYTES},
    },
    wasm::Width,
};

/// A canister at work on a message, as system calls see it.
pub(crate) type Guest<'a> = Caller<'a, Host>;

/// An address or a length as a module passes it, as wide as the module's memory.
pub(crate) trait Pointer: WasmTy + Copy + Into<u64> + std::fmt::Display + 'static {
    const WIDTH: Width;

    /// A length for the module.
    fn of(length: usize) -> Result<Self>;
}

impl Pointer for u32 {
    const WIDTH: Width = Width::Wasm32;

    fn of(length: usize) -> Result<Self> {
        Ok(Self::try_from(length)?)
    }
}

impl Pointer for u64 {
    const WIDTH: Width = Width::Wasm64;

    fn of(length: usize) -> Result<Self> {
        Ok(length as Self)
    }
}

/// The message being executed: its environment, its effects so far, and the stable memory.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) env: MessageEnv,
    pub(crate) mode: Modes,
    pub(crate) stable: StableMemory,
    pub(crate) journal: Journal,
    /// The heap, once the canister is instantiated.
    pub(crate) memory: Option<Memory>,
    /// Width of the heap's addresses.
    pub(crate) width: Width,
    pub(crate) effects: Outcome,
    pub(crate) reply: Vec<u8>,
    /// The call under construction.
    pub(crate) pending: Option<OutgoingCall>,
    /// Calls this message made, by destination.
    pub(crate) queued: BTreeMap<Principal, usize>,
    pub(crate) balance: u128,
    pub(crate) available: u128,
    pub(crate) timer: u64,
    grows: u64,
    stable_grows: u64,
    system_calls: u64,
    /// Bytes the message has taken up.
    pub(super) grown: u64,
    /// Size the canister's settings allow the heap in this message, in bytes.
    heap_limit: Option<u64>,
}

impl Host {
    /// A host for one message.
    pub(crate) fn new(env: MessageEnv, stable: StableMemory) -> Self {
        Self {
            mode: Modes::of(&env.entry),
            journal: Journal::begin(&stable),
            stable,
            memory: None,
            width: Width::default(),
            effects: Outcome::default(),
            reply: Vec::new(),
            pending: None,
            queued: BTreeMap::new(),
            balance: env.balance,
            available: env.cycles_available,
            timer: env.global_timer,
            grows: 0,
            stable_grows: 0,
            system_calls: 0,
            grown: 0,
            heap_limit: heap_limit(&env),
            env,
        }
    }

    /// A host for an instance that executes nothing.
    pub(crate) fn idle() -> Self {
        let nobody = Principal::management_canister();
        Self::new(MessageEnv::new(Entry::Start, nobody, nobody), StableMemory::new())
    }

    /// The fuel a message starts with: one more than its limit, because the engine stops at zero
    /// and using up the limit exactly is allowed.
    pub(crate) fn fuel(&self) -> u64 {
        self.env.instruction_limit.saturating_add(1)
    }

    /// Instructions the message has used when `fuel` is left.
    pub(crate) fn instructions(&self, fuel: u64) -> u64 {
        self.used(fuel).min(self.env.instruction_limit)
    }

    /// Whether the message has used more than its limit when `fuel` is left.
    pub(crate) fn is_exhausted(&self, fuel: u64) -> bool {
        self.used(fuel) > self.env.instruction_limit
    }

    fn used(&self, fuel: u64) -> u64 {
        self.fuel().saturating_sub(fuel)
    }

    /// Counts a system call; a fault when it is the one that must fail.
    fn count_call(&mut self, name: &str) -> Result<()> {
        self.system_calls += 1;
        if self.env.sabotage.system_call != Some(self.system_calls) {
            return Ok(());
        }
        let number = self.system_calls;
        Err(ExecutionFault::trapped(format_args!(
            "the fault plan ends the message at system call {number}, ic0.{name}"
        ))
        .into())
    }

    /// Grows stable memory; None when it cannot grow, or must not. A fault when the canister
    /// cannot pay for it.
    pub(crate) fn grow_stable(&mut self, pages: u64) -> Result<Option<u64>> {
        if pages > 0 {
            self.stable_grows += 1;
            if self.env.sabotage.stable_growth == Some(self.stable_grows) {
                return Ok(None);
            }
        }
        let wanted = self.stable.size_pages().checked_add(pages);
        if wanted.is_none_or(|wanted| wanted > MAX_STABLE_PAGES)
            || !self.occupy(pages * WASM_PAGE_BYTES)?
        {
            return Ok(None);
        }
        Ok(self.stable.grow(pages))
    }

    /// Cycles that may be spent without the canister freezing.
    pub(crate) fn liquid(&self) -> u128 {
        self.balance.saturating_sub(self.env.freezing_limit)
    }
}

/// The soft heap limit of the canister's settings where it applies: it stops new work, but never
/// the responses, hooks and queries a canister needs to get out of trouble.
pub(crate) fn heap_limit(env: &MessageEnv) -> Option<u64> {
    let limited = match env.entry {
        Entry::Start
        | Entry::Init
        | Entry::PostUpgrade
        | Entry::Update { .. }
        | Entry::Heartbeat
        | Entry::GlobalTimer
        | Entry::LowWasmMemory => true,
        Entry::PreUpgrade
        | Entry::Query { .. }
        | Entry::CompositeQuery { .. }
        | Entry::HttpTransform { .. }
        | Entry::InspectMessage { .. }
        | Entry::Reply { .. }
        | Entry::Reject { .. }
        | Entry::Cleanup { .. } => false,
    };
    env.heap_limit_bytes.filter(|limit| limited && *limit > 0)
}

impl ResourceLimiter for Host {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        // Instantiation also asks, before there is a heap.
        if self.memory.is_none() {
            return Ok(true);
        }
        if desired > current {
            self.grows += 1;
            if self.env.sabotage.heap_growth == Some(self.grows) {
                return Ok(false);
            }
        }
        let possible = maximum.is_none_or(|maximum| desired <= maximum)
            && desired as u64 <= self.width.max_heap_pages() * WASM_PAGE_BYTES;
        if let Some(limit) = self.heap_limit.filter(|limit| possible && desired as u64 > *limit) {
            return Err(ExecutionFault::heap_limit(limit, desired as u64).into());
        }
        let grown = desired.saturating_sub(current) as u64;
        Ok(possible && self.occupy(grown)?)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<bool> {
        const MAX_TABLE_ELEMENTS: usize = 10_000_000;
        Ok(desired <= maximum.unwrap_or(MAX_TABLE_ELEMENTS).min(MAX_TABLE_ELEMENTS))
    }
}

/// Every system call begins here: refused unless its mode permits it, then charged for the call
/// and for the `bytes` it copies.
pub(crate) fn enter(guest: &mut Guest<'_>, call: &Call, bytes: u64) -> Result<()> {
    let host = guest.data_mut();
    host.count_call(call.name)?;
    if !call.modes.contains(host.mode) {
        let mode = mode_name(&host.env.entry);
        let name = call.name;
        return Err(ExecutionFault::violated(format_args!(
            "\"ic0_{name}\" cannot be executed in {mode} mode"
        ))
        .into());
    }
    charge(guest, call.charge.saturating_add(bytes))
}

/// Takes instructions from what the message may still use.
pub(crate) fn charge(guest: &mut Guest<'_>, instructions: u64) -> Result<()> {
    let left = guest.get_fuel()?;
    if let Some(rest) = left.checked_sub(instructions).filter(|rest| *rest > 0) {
        return guest.set_fuel(rest);
    }
    guest.set_fuel(0)?;
    Err(Trap::OutOfFuel.into())
}

/// The heap and the host together.
pub(crate) fn heap<'a>(guest: &'a mut Guest<'_>) -> (&'a mut [u8], &'a mut Host) {
    match guest.data().memory {
        Some(memory) => memory.data_and_store_mut(guest),
        None => (&mut [], guest.data_mut()),
    }
}

/// A range of the heap, checked.
pub(crate) fn range(start: u64, size: u64, length: usize) -> Result<std::ops::Range<usize>> {
    let fits = start.checked_add(size).filter(|end| *end <= length as u64);
    match (usize::try_from(start), fits.map(usize::try_from)) {
        (Ok(start), Some(Ok(end))) => Ok(start..end),
        _ => Err(out_of_bounds()),
    }
}

fn out_of_bounds() -> wasmtime::Error {
    ExecutionFault::trapped("heap out of bounds").into()
}

/// Copies bytes out of the heap.
pub(crate) fn fetch<P: Pointer>(guest: &mut Guest<'_>, src: P, size: P) -> Result<Vec<u8>> {
    let (heap, _) = heap(guest);
    let range = range(src.into(), size.into(), heap.len())?;
    Ok(heap[range].to_vec())
}

/// Copies `bytes` into the heap.
pub(crate) fn store<P: Pointer>(guest: &mut Guest<'_>, dst: P, bytes: &[u8]) -> Result<()> {
    let (heap, _) = heap(guest);
    let range = range(dst.into(), bytes.len() as u64, heap.len())?;
    heap[range].copy_from_slice(bytes);
    Ok(())
}

/// Writes a 128-bit number into the heap, little endian.
pub(crate) fn store_u128<P: Pointer>(guest: &mut Guest<'_>, dst: P, value: u128) -> Result<()> {
    store(guest, dst, &value.to_le_bytes())
}

/// The part of a blob a `_copy` call asks for, into the heap.
pub(crate) fn copy_part<P: Pointer>(
    guest: &mut Guest<'_>,
    call: &Call,
    (dst, offset, size): (P, P, P),
    blob: impl FnOnce(&Host) -> Result<&[u8]>,
) -> Result<()> {
    let (heap, host) = heap(guest);
    let blob = blob(host)?;
    let Some(part) = part(blob, offset.into(), size.into()) else {
        return Err(ExecutionFault::violated(format_args!(
            "ic0.{}: offset {offset} and size {size} exceed the {} bytes there are",
            call.name,
            blob.len()
        ))
        .into());
    };
    let range = range(dst.into(), size.into(), heap.len())?;
    heap[range].copy_from_slice(part);
    Ok(())
}

fn part(blob: &[u8], offset: u64, size: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = start.checked_add(usize::try_from(size).ok()?)?;
    blob.get(start..end)
}
