//! The message at hand: argument, caller, reject, deadline, and the answer to it.

use wasmtime::Result;

use super::{
    Registry,
    host::{Guest, Host, Pointer, copy_part, enter, fetch},
    modes::Modes,
};
use crate::{
    message::{CallerInfo, Entry, ExecutionFault, RejectInfo, Response},
    runtime::limits::{MAX_MESSAGE_BYTES, MAX_QUERY_RESPONSE_BYTES},
};

pub(super) fn register<P: Pointer>(api: &mut Registry) {
    blob::<P>(api, "msg_arg_data", |host| Ok(&host.env.arg));
    blob::<P>(api, "msg_caller", |host| Ok(host.env.caller.as_slice()));
    blob::<P>(api, "msg_caller_info_data", |host| {
        Ok(caller_info(host).map_or(&[], |info| &info.data))
    });
    blob::<P>(api, "msg_caller_info_signer", |host| {
        Ok(caller_info(host).map_or(&[], |info| &info.signer))
    });
    blob::<P>(api, "msg_reject_msg", |host| {
        let reject = host.env.reject.as_ref().ok_or_else(no_reject)?;
        Ok(reject.message.as_bytes())
    });
    blob::<P>(api, "msg_method_name", |host| Ok(method_name(&host.env.entry).as_bytes()));
    api.add("msg_reject_code", |call| {
        move |mut guest: Guest<'_>| -> Result<u32> {
            enter(&mut guest, call, 0)?;
            Ok(guest.data().env.reject.as_ref().map_or(0, |RejectInfo { code, .. }| *code))
        }
    });
    api.add("msg_deadline", |call| {
        move |mut guest: Guest<'_>| -> Result<u64> {
            enter(&mut guest, call, 0)?;
            Ok(guest.data().env.deadline_ns)
        }
    });
    api.add("accept_message", |call| {
        move |mut guest: Guest<'_>| -> Result<()> {
            enter(&mut guest, call, 0)?;
            if std::mem::replace(&mut guest.data_mut().effects.accepted, true) {
                return violation("ic0.accept_message: the function was already called");
            }
            Ok(())
        }
    });
    register_answers::<P>(api);
}

fn register_answers<P: Pointer>(api: &mut Registry) {
    api.add("msg_reply_data_append", |call| {
        move |mut guest: Guest<'_>, src: P, size: P| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            unanswered(guest.data(), call.name)?;
            let bytes = fetch(&mut guest, src, size)?;
            let host = guest.data_mut();
            within(host, call.name, (host.reply.len() + bytes.len()) as u64)?;
            host.reply.extend_from_slice(&bytes);
            Ok(())
        }
    });
    api.add("msg_reply", |call| {
        move |mut guest: Guest<'_>| -> Result<()> {
            enter(&mut guest, call, 0)?;
            unanswered(guest.data(), call.name)?;
            let reply = std::mem::take(&mut guest.data_mut().reply);
            answer(guest.data_mut(), Response::Reply(reply));
            Ok(())
        }
    });
    api.add("msg_reject", |call| {
        move |mut guest: Guest<'_>, src: P, size: P| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            unanswered(guest.data(), call.name)?;
            within(guest.data(), call.name, size.into())?;
            let Ok(message) = String::from_utf8(fetch(&mut guest, src, size)?) else {
                return violation("ic0.msg_reject: the reject message is not valid UTF-8");
            };
            answer(guest.data_mut(), Response::Reject(message));
            Ok(())
        }
    });
}

/// Registers the `_size` and `_copy` calls of a blob.
pub(super) fn blob<P: Pointer>(
    api: &mut Registry,
    name: &str,
    bytes: impl Fn(&Host) -> Result<&[u8]> + Copy + Send + Sync + 'static,
) {
    api.add(&format!("{name}_size"), |call| {
        move |mut guest: Guest<'_>| -> Result<P> {
            enter(&mut guest, call, 0)?;
            P::of(bytes(guest.data())?.len())
        }
    });
    api.add(&format!("{name}_copy"), |call| {
        move |mut guest: Guest<'_>, dst: P, offset: P, size: P| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            copy_part(&mut guest, call, (dst, offset, size), bytes)
        }
    });
}

fn caller_info(host: &Host) -> Option<&CallerInfo> {
    host.env.caller_info.as_deref()
}

fn method_name(entry: &Entry) -> &str {
    match entry {
        Entry::InspectMessage { method } => method,
        _ => "",
    }
}

/// Gives the answer; what the caller attached and nobody accepted goes back with it.
fn answer(host: &mut Host, response: Response) {
    host.effects.response = Some(response);
    host.reply = Vec::new();
    host.available = 0;
}

fn unanswered(host: &Host, name: &str) -> Result<()> {
    if host.env.responded || host.effects.response.is_some() {
        return violation(format_args!("ic0.{name}: the call is already replied to"));
    }
    Ok(())
}

fn within(host: &Host, name: &str, bytes: u64) -> Result<()> {
    let query = Modes::NRQ.or(Modes::CQ).or(Modes::CRY).or(Modes::CRT);
    let allowed =
        if query.contains(host.mode) { MAX_QUERY_RESPONSE_BYTES } else { MAX_MESSAGE_BYTES };
    if bytes > allowed as u64 {
        return violation(format_args!(
            "ic0.{name}: application payload size ({bytes}) cannot be larger than {allowed}"
        ));
    }
    Ok(())
}

fn no_reject() -> wasmtime::Error {
    ExecutionFault::violated("ic0.msg_reject_msg: there is no reject message").into()
}

/// Ends the message because the canister broke the interface's contract.
pub(super) fn violation<T>(reason: impl std::fmt::Display) -> Result<T> {
    Err(ExecutionFault::violated(reason).into())
}
