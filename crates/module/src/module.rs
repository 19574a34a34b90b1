//! All that is to be known of a module before it is installed, read in one pass.

use crate::{
    encoding::{Encoding, encoding, sha256, unpack},
    fault::ModuleFault,
    sections::{Export, Import, Sections},
    stated::Stated,
};

/// A module that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The form it was handed over in.
    pub encoding: Encoding,
    /// Bytes that were handed over.
    pub bytes: usize,
    /// SHA-256 of these bytes: what the network will tell when they are installed.
    pub sha256: [u8; 32],
    /// Bytes of the Wasm itself.
    pub raw_bytes: usize,
    /// SHA-256 of the Wasm itself: what whoever builds it compares, however it was packed.
    pub raw_sha256: [u8; 32],
    /// What it says of itself.
    pub stated: Stated,
    /// What it exports.
    pub exports: Vec<Export>,
    /// What it imports.
    pub imports: Vec<Import>,
}

impl Module {
    /// Looks at a module, as it is or packed, of at most `limit` bytes in either form
    /// ([`crate::limits::MODULE_BYTES_MAX`] is what the network accepts). Takes time and memory in
    /// proportion to the unpacked bytes.
    pub fn read(bytes: &[u8], limit: usize) -> Result<Self, ModuleFault> {
        let raw = unpack(bytes, limit)?;
        let sections = Sections::read(&raw)?;
        let stated = Stated::of(&sections)?;
        let Sections { exports, imports, .. } = sections;
        let hash = sha256(bytes);
        let encoding = encoding(bytes);
        let raw_sha256 = if encoding == Encoding::Raw { hash } else { sha256(&raw) };
        Ok(Self {
            encoding,
            bytes: bytes.len(),
            sha256: hash,
            raw_bytes: raw.len(),
            raw_sha256,
            stated,
            exports,
            imports,
        })
    }
}
