//! Cycles: what came with the call, the balance, and burning.

use wasmtime::Result;

use super::{
    Registry,
    host::{Guest, Host, Pointer, enter, store_u128},
};
use crate::message::ExecutionFault;

pub(super) fn register<P: Pointer>(api: &mut Registry) {
    amount::<P>(api, "msg_cycles_available", |host| host.available);
    amount::<P>(api, "msg_cycles_refunded", |host| host.env.cycles_refunded);
    amount::<P>(api, "canister_cycle_balance", |host| host.balance);
    api.add("canister_liquid_cycle_balance128", |call| {
        move |mut guest: Guest<'_>, dst: P| -> Result<()> {
            enter(&mut guest, call, 0)?;
            let liquid = guest.data().liquid();
            store_u128(&mut guest, dst, liquid)
        }
    });
    api.add("msg_cycles_accept", |call| {
        move |mut guest: Guest<'_>, max: u64| -> Result<u64> {
            enter(&mut guest, call, 0)?;
            narrow(accept(guest.data_mut(), max.into()))
        }
    });
    api.add("msg_cycles_accept128", |call| {
        move |mut guest: Guest<'_>, high: u64, low: u64, dst: P| -> Result<()> {
            enter(&mut guest, call, 0)?;
            let moved = accept(guest.data_mut(), wide(high, low));
            store_u128(&mut guest, dst, moved)
        }
    });
    api.add("cycles_burn128", |call| {
        move |mut guest: Guest<'_>, high: u64, low: u64, dst: P| -> Result<()> {
            enter(&mut guest, call, 0)?;
            let host = guest.data_mut();
            let burned = wide(high, low).min(host.liquid());
            host.balance -= burned;
            host.effects.cycles_burned += burned;
            store_u128(&mut guest, dst, burned)
        }
    });
}

/// Registers both widths of a call that tells an amount.
fn amount<P: Pointer>(
    api: &mut Registry,
    name: &str,
    read: impl Fn(&Host) -> u128 + Copy + Send + Sync + 'static,
) {
    api.add(name, |call| {
        move |mut guest: Guest<'_>| -> Result<u64> {
            enter(&mut guest, call, 0)?;
            narrow(read(guest.data()))
        }
    });
    api.add(&format!("{name}128"), |call| {
        move |mut guest: Guest<'_>, dst: P| -> Result<()> {
            enter(&mut guest, call, 0)?;
            let value = read(guest.data());
            store_u128(&mut guest, dst, value)
        }
    });
}

/// Moves cycles from the call to the balance, as many as there are.
fn accept(host: &mut Host, max: u128) -> u128 {
    let moved = max.min(host.available);
    host.available -= moved;
    host.balance = host.balance.saturating_add(moved);
    host.effects.cycles_accepted += moved;
    moved
}

/// A 128-bit amount from its halves.
pub(super) fn wide(high: u64, low: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

fn narrow(amount: u128) -> Result<u64> {
    u64::try_from(amount)
        .map_err(|_| ExecutionFault::trapped("cycles amount exceeds 64-bit representation").into())
}
