//! What a canister can learn about itself and its place, the timer, certified data, and the
//! debugging aids.

use wasmtime::Result;

use super::{
    Registry,
    host::{Guest, Host, Pointer, enter, fetch, heap, range},
    modes::Modes,
    outgoing::principal,
    request::{blob, violation},
};
use crate::{
    lazy_certificate::LazyCertificate,
    message::{ExecutionFault, RunStatus},
    runtime::limits::{MAX_CERTIFIED_DATA_BYTES, MAX_LOG_RECORD_BYTES},
};

pub(super) fn register<P: Pointer>(api: &mut Registry) {
    blob::<P>(api, "canister_self", |host| Ok(host.env.canister.as_slice()));
    blob::<P>(api, "subnet_self", |host| Ok(host.env.subnet.as_slice()));
    blob::<P>(api, "root_key", |host| Ok(&host.env.root_key));
    blob::<P>(api, "data_certificate", |host| match certificate(host) {
        Some(certificate) => Ok(certificate.bytes()),
        None => violation("ic0.data_certificate: there is no certificate in this message"),
    });
    number(api, "canister_status", |host| match host.env.status {
        RunStatus::Running => 1,
        RunStatus::Stopping => 2,
        RunStatus::Stopped => 3,
    });
    number(api, "subnet_self_node_count", |host| host.env.subnet_nodes);
    number(api, "data_certificate_present", |host| u32::from(certificate(host).is_some()));
    number(api, "in_replicated_execution", |host| {
        u32::from(!Modes::NON_REPLICATED.contains(host.mode))
    });
    wide_number(api, "canister_version", |host| host.env.canister_version);
    wide_number(api, "time", |host| host.env.time_ns);
    register_counters::<P>(api);
    register_debugging::<P>(api);
}

fn register_counters<P: Pointer>(api: &mut Registry) {
    api.add("global_timer_set", |call| {
        move |mut guest: Guest<'_>, timestamp: u64| -> Result<u64> {
            enter(&mut guest, call, 0)?;
            let host = guest.data_mut();
            host.effects.global_timer = Some(timestamp);
            Ok(std::mem::replace(&mut host.timer, timestamp))
        }
    });
    api.add("performance_counter", |call| {
        move |mut guest: Guest<'_>, kind: u32| -> Result<u64> {
            enter(&mut guest, call, 0)?;
            let fuel = guest.get_fuel()?;
            let host = guest.data();
            let message = host.instructions(fuel);
            match kind {
                0 => Ok(message),
                1 => Ok(host.env.context_instructions.saturating_add(message)),
                _ => violation(format_args!(
                    "ic0.performance_counter: the counter type {kind} does not exist"
                )),
            }
        }
    });
    api.add("is_controller", |call| {
        move |mut guest: Guest<'_>, src: P, size: P| -> Result<u32> {
            enter(&mut guest, call, size.into())?;
            let principal = principal(&mut guest, call.name, src, size)?;
            Ok(u32::from(guest.data().env.controllers.contains(&principal)))
        }
    });
    api.add("certified_data_set", |call| {
        move |mut guest: Guest<'_>, src: P, size: P| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            if size.into() > MAX_CERTIFIED_DATA_BYTES as u64 {
                return violation(format_args!(
                    "ic0.certified_data_set: {size} bytes are more than the allowed \
                     {MAX_CERTIFIED_DATA_BYTES}"
                ));
            }
            let data = fetch(&mut guest, src, size)?;
            guest.data_mut().effects.certified_data = Some(data);
            Ok(())
        }
    });
}

fn register_debugging<P: Pointer>(api: &mut Registry) {
    api.add("debug_print", |call| {
        move |mut guest: Guest<'_>, src: P, size: P| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            let text = text(&mut guest, src, size)
                .unwrap_or_else(|| "(debug_print message out of memory bounds)".into());
            guest.data_mut().effects.logs.push(text);
            Ok(())
        }
    });
    api.add("trap", |call| {
        move |mut guest: Guest<'_>, src: P, size: P| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            let text = text(&mut guest, src, size)
                .unwrap_or_else(|| "(trap message out of memory bounds)".into());
            guest.data_mut().effects.logs.push(format!("[TRAP]: {text}"));
            Err(ExecutionFault::called_trap(&text).into())
        }
    });
}

/// A message for people: trimmed, and without the bytes that are not UTF-8.
fn text<P: Pointer>(guest: &mut Guest<'_>, src: P, size: P) -> Option<String> {
    let (heap, _) = heap(guest);
    let range = range(src.into(), size.into(), heap.len()).ok()?;
    let bytes = &heap[range];
    Some(String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_LOG_RECORD_BYTES)]).into_owned())
}

/// The certificate, which only queries outside of consensus have.
fn certificate(host: &Host) -> Option<&LazyCertificate> {
    let possible = Modes::NRQ.or(Modes::CQ).contains(host.mode);
    host.env.certificate.as_ref().filter(|_| possible)
}

fn number(api: &mut Registry, name: &str, read: impl Fn(&Host) -> u32 + Send + Sync + 'static) {
    api.add(name, |call| {
        move |mut guest: Guest<'_>| -> Result<u32> {
            enter(&mut guest, call, 0)?;
            Ok(read(guest.data()))
        }
    });
}

fn wide_number(
    api: &mut Registry,
    name: &str,
    read: impl Fn(&Host) -> u64 + Send + Sync + 'static,
) {
    api.add(name, |call| {
        move |mut guest: Guest<'_>| -> Result<u64> {
            enter(&mut guest, call, 0)?;
            Ok(read(guest.data()))
        }
    });
}
