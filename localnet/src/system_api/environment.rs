//! Environment variables of the canister's settings, by position and by name.

use wasmtime::Result;

use super::{
    Registry,
    host::{Guest, Host, copy_part, enter, fetch, size_of},
    request::violation,
};
use crate::runtime::limits::MAX_ENV_NAME_BYTES;

pub(super) fn register(api: &mut Registry) {
    api.add("env_var_count", |call| {
        move |mut guest: Guest<'_>| -> Result<u32> {
            enter(&mut guest, call, 0)?;
            Ok(u32::try_from(guest.data().env.environment.len())?)
        }
    });
    api.add("env_var_name_size", |call| {
        move |mut guest: Guest<'_>, index: u32| -> Result<u32> {
            enter(&mut guest, call, 0)?;
            size_of(name_at(guest.data(), index)?)
        }
    });
    api.add("env_var_name_copy", |call| {
        move |mut guest: Guest<'_>, index: u32, dst: u32, offset: u32, size: u32| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            copy_part(&mut guest, call, (dst, offset, size), |host| name_at(host, index))
        }
    });
    api.add("env_var_name_exists", |call| {
        move |mut guest: Guest<'_>, src: u32, size: u32| -> Result<u32> {
            enter(&mut guest, call, size.into())?;
            let name = name(&mut guest, call.name, src, size)?;
            Ok(u32::from(guest.data().env.environment.contains_key(&name)))
        }
    });
    api.add("env_var_value_size", |call| {
        move |mut guest: Guest<'_>, src: u32, size: u32| -> Result<u32> {
            enter(&mut guest, call, size.into())?;
            let name = name(&mut guest, call.name, src, size)?;
            size_of(value_of(guest.data(), &name)?)
        }
    });
    api.add("env_var_value_copy", |call| {
        move |mut guest: Guest<'_>,
              src: u32,
              name_size: u32,
              dst: u32,
              offset: u32,
              size: u32|
              -> Result<()> {
            enter(&mut guest, call, u64::from(name_size) + u64::from(size))?;
            let name = name(&mut guest, call.name, src, name_size)?;
            copy_part(&mut guest, call, (dst, offset, size), |host| value_of(host, &name))
        }
    });
}

fn name_at(host: &Host, index: u32) -> Result<&[u8]> {
    match host.env.environment.keys().nth(index as usize) {
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

fn name(guest: &mut Guest<'_>, call: &str, src: u32, size: u32) -> Result<String> {
    if size as usize > MAX_ENV_NAME_BYTES {
        return violation(format_args!(
            "ic0.{call}: a name of {size} bytes is longer than the allowed {MAX_ENV_NAME_BYTES}"
        ));
    }
    match String::from_utf8(fetch(guest, src, size)?) {
        Ok(name) => Ok(name),
        Err(_) => violation(format_args!("ic0.{call}: the name is not valid UTF-8")),
    }
}
