//! Stable memory, through the 64-bit calls and the deprecated 32-bit ones.

use wasmtime::Result;

use super::{
    Registry,
    host::{Guest, charge, enter, heap, range},
};
use crate::{
    message::ExecutionFault,
    runtime::{OutOfBounds, limits::MAX_STABLE32_PAGES},
};

/// Charged for each 4 KiB page a message is the first to write to.
const DIRTY_PAGE_CHARGE: u64 = 1_000;

pub(super) fn register(api: &mut Registry) {
    api.add("stable64_size", |call| {
        move |mut guest: Guest<'_>| -> Result<u64> {
            enter(&mut guest, call, 0)?;
            Ok(guest.data().stable.size_pages())
        }
    });
    api.add("stable64_grow", |call| {
        move |mut guest: Guest<'_>, pages: u64| -> Result<u64> {
            enter(&mut guest, call, 0)?;
            Ok(guest.data_mut().grow_stable(pages)?.unwrap_or(u64::MAX))
        }
    });
    api.add("stable64_read", |call| {
        move |mut guest: Guest<'_>, dst: u64, offset: u64, size: u64| -> Result<()> {
            enter(&mut guest, call, size)?;
            read(&mut guest, dst, offset, size)
        }
    });
    api.add("stable64_write", |call| {
        move |mut guest: Guest<'_>, offset: u64, src: u64, size: u64| -> Result<()> {
            enter(&mut guest, call, size)?;
            write(&mut guest, offset, src, size)
        }
    });
    register_narrow(api);
}

fn register_narrow(api: &mut Registry) {
    api.add("stable_size", |call| {
        move |mut guest: Guest<'_>| -> Result<u32> {
            enter(&mut guest, call, 0)?;
            narrow(&guest)
        }
    });
    api.add("stable_grow", |call| {
        move |mut guest: Guest<'_>, pages: u32| -> Result<u32> {
            enter(&mut guest, call, 0)?;
            let old = narrow(&guest)?;
            if u64::from(old) + u64::from(pages) > MAX_STABLE32_PAGES {
                return Ok(u32::MAX);
            }
            Ok(guest.data_mut().grow_stable(pages.into())?.map_or(u32::MAX, |_| old))
        }
    });
    api.add("stable_read", |call| {
        move |mut guest: Guest<'_>, dst: u32, offset: u32, size: u32| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            narrow(&guest)?;
            read(&mut guest, dst.into(), offset.into(), size.into())
        }
    });
    api.add("stable_write", |call| {
        move |mut guest: Guest<'_>, offset: u32, src: u32, size: u32| -> Result<()> {
            enter(&mut guest, call, size.into())?;
            narrow(&guest)?;
            write(&mut guest, offset.into(), src.into(), size.into())
        }
    });
}

/// The size in pages, where the 32-bit calls can address all of it.
fn narrow(guest: &Guest<'_>) -> Result<u32> {
    let pages = guest.data().stable.size_pages();
    if pages > MAX_STABLE32_PAGES {
        return Err(ExecutionFault::trapped(
            "32 bit stable memory api used on a memory larger than 4GB",
        )
        .into());
    }
    Ok(u32::try_from(pages)?)
}

fn read(guest: &mut Guest<'_>, dst: u64, offset: u64, size: u64) -> Result<()> {
    let (heap, host) = heap(guest);
    let range = range(dst, size, heap.len())?;
    host.stable.read(offset, &mut heap[range]).map_err(out_of_bounds)
}

fn write(guest: &mut Guest<'_>, offset: u64, src: u64, size: u64) -> Result<()> {
    let (bytes, host) = heap(guest);
    range(src, size, bytes.len())?;
    if offset.checked_add(size).is_none_or(|end| end > host.stable.size_bytes()) {
        return Err(out_of_bounds(OutOfBounds));
    }
    let fresh = host.journal.new_units(offset, size);
    charge(guest, fresh.saturating_mul(DIRTY_PAGE_CHARGE))?;
    let (heap, host) = heap(guest);
    let range = range(src, size, heap.len())?;
    host.journal.write(&mut host.stable, offset, &heap[range]).map_err(out_of_bounds)
}

fn out_of_bounds(_: OutOfBounds) -> wasmtime::Error {
    ExecutionFault::trapped("stable memory out of bounds").into()
}
