//! Environment variables of the canister's settings, by position and by name.

use wasmtime::Result;

use super::{
    Registry,
    host::{Guest, Host, Pointer, copy_part, enter, fetch},
    request::violation,
};
use crate::runtime::limits::MAX_ENV_NAME_BYTES;

pub(super) fn register<P: Pointer>(api: &mut Registry) {
    api.add("env_var_count", |call| {
        move |mut guest: Guest<'_>| -> Result<P> {
            enter(&mut guest, call, 0)?;
            P::of(guest.data().env.environment.len())
        }
    });
    api.add("env_var_name_size", |call| {
        move |mut guest: Guest<'_>, index: P| -> Result<P> {
            enter(&mut guest, call, 0)?;
            P::of(name_at(guest.data(), index.into())?.len())
        }
    });
    api.add("env_var_name_copy", |call| {
        move |mut guest: Guest<'_>, index: P, dst: P, offset: P, size: P| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            copy_part(&mut guest, call, (dst, offset, size), |host| name_at(host, index.into()))
        }
    });
    api.add("env_var_name_exists", |call| {
        move |mut guest: Guest<'_>, src: P, size: P| -> Result<u32> {
            enter(&mut guest, call, size.into())?;
            let name = name(&mut guest, call.name, src, size)?;
            Ok(u32::from(guest.data().env.environment.contains_key(&name)))
        }
    });
    api.add("env_var_value_size", |call| {
        move |mut guest: Guest<'_>, src: P, size: P| -> Result<P> {
            enter(&mut guest, call, size.into())?;
            let name = name(&mut guest, call.name, src, size)?;
            P::of(value_of(guest.data(), &name)?.len())
        }
    });
    api.add("env_var_value_copy", |call| {
        move |mut guest: Guest<'_>,
              src: P,
              name_size: P,
              dst: P,
              offset: P,
              size: P|
              -> Result<()> {
            enter(&mut guest, call, name_size.into().saturating_add(size.into()))?;
            let name = name(&mut guest, call.name, src, name_size)?;
            copy_part(&mut guest, call, (dst, offset, size), |host| value_of(host, &name))
        }
    });
}

fn name_at(host: &Host, index: u64) -> Result<&[u8]> {
    let position = usize::try_from(index)?;
    match host.env.environment.keys().nth(position) {
        Some(name) => Ok(name.as_bytes()),
        None => violation(format_args!(
            "ic0.env_var_name: there is no environment variable at index {index}"
        )),
    }
}

fn value_of<'a>(host: &'a Host, name: &str) -> Result<&'a [u8]> {
    let Some(value) = host.env.environment.get(name) else {
        return violation(format_args!(
            "ic0.env_var_value: there is no environment variable '{name}'"
        ));
    };
    Ok(value.as_bytes())
}

fn name<P: Pointer>(guest: &mut Guest<'_>, call: &str, src: P, size: P) -> Result<String> {
    if size.into() > MAX_ENV_NAME_BYTES as u64 {
        return violation(format_args!(
            "ic0.{call}: a name of {size} bytes is longer than the allowed {MAX_ENV_NAME_BYTES}"
        ));
    }
    match String::from_utf8(fetch(guest, src, size)?) {
        Ok(name) => Ok(name),
        Err(_) => violation(format_args!("ic0.{call}: the name is not valid UTF-8")),
    }
}
