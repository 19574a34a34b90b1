//! Calls to other canisters, assembled piece by piece and sent when the message succeeds.

use candid::Principal;
use pocket_ic::ErrorCode;
use wasmtime::Result;

use super::{
    Registry,
    cycles::wide,
    host::{Guest, Host, Pointer, enter, fetch},
    modes::Modes,
    request::violation,
    sender_version,
};
use crate::{
    message::{Callback, ExecutionFault, MAX_CALLS_PER_PAIR, OutgoingCall},
    runtime::limits::{MAX_CALL_TIMEOUT_SECONDS, MAX_LOCAL_REQUEST_BYTES, MAX_METHOD_NAME_BYTES},
    wasm::Width,
};

/// What `call_perform` answers when the call could not be made.
const NOT_PERFORMED: u32 = 2;

/// The arguments of `call_new`, in their order.
type NewCall<P> = (P, P, P, P, P, P, P, P);

pub(super) fn register<P: Pointer>(api: &mut Registry) {
    api.add("call_new", |call| {
        move |mut guest: Guest<'_>,
              callee_src: P,
              callee_size: P,
              name_src: P,
              name_size: P,
              reply_fun: P,
              reply_env: P,
              reject_fun: P,
              reject_env: P|
              -> Result<()> {
            enter(&mut guest, call, callee_size.into().saturating_add(name_size.into()))?;
            let arguments = (
                callee_src,
                callee_size,
                name_src,
                name_size,
                reply_fun,
                reply_env,
                reject_fun,
                reject_env,
            );
            new_call(&mut guest, arguments)
        }
    });
    api.add("call_on_cleanup", |call| {
        move |mut guest: Guest<'_>, function: P, environment: P| -> Result<()> {
            enter(&mut guest, call, 0)?;
            let pending = pending(guest.data_mut(), call.name)?;
            if pending.on_cleanup.is_some() {
                return violation("ic0.call_on_cleanup can be called at most once per call");
            }
            pending.on_cleanup = Some(callback(function, environment));
            Ok(())
        }
    });
    api.add("call_data_append", |call| {
        move |mut guest: Guest<'_>, src: P, size: P| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            let bytes = fetch(&mut guest, src, size)?;
            let pending = pending(guest.data_mut(), call.name)?;
            let total = pending.arg.len() + bytes.len();
            if total > MAX_LOCAL_REQUEST_BYTES {
                return violation(format_args!(
                    "ic0.call_data_append: the argument of {total} bytes is larger than the \
                     allowed {MAX_LOCAL_REQUEST_BYTES}"
                ));
            }
            pending.arg.extend_from_slice(&bytes);
            Ok(())
        }
    });
    register_rest::<P>(api);
}

fn register_rest<P: Pointer>(api: &mut Registry) {
    api.add("call_with_best_effort_response", |call| {
        move |mut guest: Guest<'_>, seconds: u32| -> Result<()> {
            enter(&mut guest, call, 0)?;
            let pending = pending(guest.data_mut(), call.name)?;
            if pending.timeout_seconds.is_some() {
                return violation(
                    "ic0.call_with_best_effort_response can be called at most once per call",
                );
            }
            pending.timeout_seconds = Some(seconds.min(MAX_CALL_TIMEOUT_SECONDS));
            Ok(())
        }
    });
    api.add("call_cycles_add", |call| {
        move |mut guest: Guest<'_>, amount: u64| -> Result<()> {
            enter(&mut guest, call, 0)?;
            add_cycles(guest.data_mut(), call.name, amount.into())
        }
    });
    api.add("call_cycles_add128", |call| {
        move |mut guest: Guest<'_>, high: u64, low: u64| -> Result<()> {
            enter(&mut guest, call, 0)?;
            add_cycles(guest.data_mut(), call.name, wide(high, low))
        }
    });
    api.add("call_perform", |call| {
        move |mut guest: Guest<'_>| -> Result<u32> {
            enter(&mut guest, call, 0)?;
            perform(guest.data_mut(), P::WIDTH)
        }
    });
}

fn new_call<P: Pointer>(guest: &mut Guest<'_>, arguments: NewCall<P>) -> Result<()> {
    let (callee_src, callee_size, name_src, name_size, reply, reply_env, reject, reject_env) =
        arguments;
    discard_pending(guest.data_mut());
    if name_size.into() > MAX_METHOD_NAME_BYTES as u64 {
        return violation(format_args!(
            "ic0.call_new: the method name of {name_size} bytes is longer than the allowed \
             {MAX_METHOD_NAME_BYTES}"
        ));
    }
    let callee = principal(guest, "call_new", callee_src, callee_size)?;
    let Ok(method) = String::from_utf8(fetch(guest, name_src, name_size)?) else {
        return violation("ic0.call_new: the method name is not valid UTF-8");
    };
    guest.data_mut().pending = Some(OutgoingCall {
        callee,
        method,
        arg: Vec::new(),
        cycles: 0,
        fee: 0,
        on_reply: callback(reply, reply_env),
        on_reject: callback(reject, reject_env),
        on_cleanup: None,
        timeout_seconds: None,
    });
    Ok(())
}

/// A principal a canister passed as bytes.
pub(super) fn principal<P: Pointer>(
    guest: &mut Guest<'_>,
    name: &str,
    src: P,
    size: P,
) -> Result<Principal> {
    if size.into() > Principal::MAX_LENGTH_IN_BYTES as u64 {
        return violation(format_args!(
            "ic0.{name}: a principal of {size} bytes is longer than the allowed {}",
            Principal::MAX_LENGTH_IN_BYTES
        ));
    }
    let bytes = fetch(guest, src, size)?;
    match Principal::try_from_slice(&bytes) {
        Ok(principal) => Ok(principal),
        Err(error) => violation(format_args!("ic0.{name}: invalid principal: {error}")),
    }
}

fn callback<P: Pointer>(function: P, environment: P) -> Callback {
    Callback { function: function.into(), environment: environment.into() }
}

fn pending<'a>(host: &'a mut Host, name: &str) -> Result<&'a mut OutgoingCall> {
    host.pending.as_mut().ok_or_else(|| no_call(name))
}

fn no_call(name: &str) -> wasmtime::Error {
    ExecutionFault::violated(format_args!("ic0.{name} called when no call is under construction"))
        .into()
}

/// Drops the call under construction; its cycles return to the balance.
pub(super) fn discard_pending(host: &mut Host) {
    if let Some(call) = host.pending.take() {
        host.balance = host.balance.saturating_add(call.cycles);
    }
}

fn add_cycles(host: &mut Host, name: &str, amount: u128) -> Result<()> {
    if host.pending.is_none() {
        return Err(no_call(name));
    }
    let liquid = host.liquid();
    if amount > liquid {
        return Err(ExecutionFault::new(
            ErrorCode::InsufficientCyclesInCall,
            format!(
                "Canister {} is out of cycles: please top up the canister with at least {} \
                 additional cycles",
                host.env.canister,
                amount - liquid
            ),
        )
        .into());
    }
    host.balance -= amount;
    let pending = pending(host, name)?;
    pending.cycles = pending.cycles.saturating_add(amount);
    Ok(())
}

fn perform(host: &mut Host, width: Width) -> Result<u32> {
    let Some(mut call) = host.pending.take() else { return Err(no_call("call_perform")) };
    sender_version::check(host, &call)?;
    // Nothing is paid for in query calls.
    let free = Modes::NON_REPLICATED.contains(host.mode);
    call.fee = if free {
        0
    } else {
        let (method, arg) = (call.method.len() as u64, call.arg.len() as u64);
        host.env.tariff.of_width(width).call(method, arg)
    };
    let waiting = host.env.calls_in_flight.get(&call.callee).copied().unwrap_or(0);
    let queued = host.queued.entry(call.callee).or_insert(0);
    let full = waiting.saturating_add(*queued) >= MAX_CALLS_PER_PAIR;
    if full || (!free && host.balance < call.fee.saturating_add(host.env.freezing_limit)) {
        host.balance = host.balance.saturating_add(call.cycles);
        return Ok(NOT_PERFORMED);
    }
    *queued += 1;
    host.balance = host.balance.saturating_sub(call.fee);
    host.effects.cycles_sent += call.cycles;
    host.effects.call_fees += call.fee;
    host.effects.calls.push(call);
    Ok(0)
}
