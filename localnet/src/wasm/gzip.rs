//! Unpacking of gzip-compressed modules.

use std::{borrow::Cow, io::Read};

use flate2::read::GzDecoder;

use super::MAX_MODULE_BYTES;
use crate::runtime::WasmFault;

const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];

/// The Wasm binary itself, unpacked when the bytes are a gzip stream.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Cow<'_, [u8]>, WasmFault> {
    if !bytes.starts_with(&GZIP_MAGIC) {
        return within_limit(bytes.len()).map(|()| Cow::Borrowed(bytes));
    }
    let mut unpacked = Vec::new();
    // One byte more than allowed tells a module that is too large from one that just fits.
    GzDecoder::new(bytes)
        .take(MAX_MODULE_BYTES as u64 + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| WasmFault::invalid(format_args!("failed to unpack gzip: {error}")))?;
    within_limit(unpacked.len()).map(|()| Cow::Owned(unpacked))
}

fn within_limit(bytes: usize) -> Result<(), WasmFault> {
    if bytes > MAX_MODULE_BYTES {
        return Err(WasmFault::invalid(format_args!(
            "the module is larger than the allowed {MAX_MODULE_BYTES} bytes"
        )));
    }
    Ok(())
}
