//! The sections of a Wasm module, as far as somebody asks for them: metadata, exports, imports.
//!
//! What is not asked for, code above all, is passed over by its length. That a module is valid is
//! decided by the network, which refuses to install it otherwise.

use std::collections::BTreeSet;

use crate::{
    cursor::Cursor,
    fault::ModuleFault,
    limits::{EXPORTS_MAX, IMPORTS_MAX, METADATA_BYTES_MAX, METADATA_SECTIONS_MAX, SECTIONS_MAX},
    text::{NAME_SHOWN, one_line},
};

const MAGIC: [u8; 4] = *b"\0asm";
const VERSION: u32 = 1;
const CUSTOM: u8 = 0;
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
/// All but the custom ones, in the order in which they stand: 13 holds tags, 12 counts data.
const ORDER: [u8; 13] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/// Who may read a metadata section on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Anybody.
    Public,
    /// Controllers.
    Private,
}

/// A section `icp:public NAME` or `icp:private NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata<'a> {
    /// Who may read it.
    pub visibility: Visibility,
    /// Its name without the prefix.
    pub name: &'a str,
    /// What is in it.
    pub content: &'a [u8],
}

/// What an export or an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A function.
    Function,
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
    /// A tag of exceptions.
    Tag,
}

/// Something a module exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Its name: a method's is `canister_update NAME`, `canister_query NAME` or
    /// `canister_composite_query NAME`.
    pub name: String,
    /// What it is.
    pub kind: ItemKind,
}

/// Something a module imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Whose it is; the network gives `ic0` only.
    pub module: String,
    /// Its name there.
    pub name: String,
    /// What it is.
    pub kind: ItemKind,
}

/// What the sections of a module say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sections<'a> {
    /// The metadata, in the module's order.
    pub metadata: Vec<Metadata<'a>>,
    /// The exports, in the module's order.
    pub exports: Vec<Export>,
    /// The imports, in the module's order.
    pub imports: Vec<Import>,
}

impl<'a> Sections<'a> {
    /// Reads the sections of a module that is not packed, in one pass.
    pub fn read(module: &'a [u8]) -> Result<Self, ModuleFault> {
        let mut cursor = Cursor::new(module);
        version(&mut cursor)?;
        let mut found = Self::default();
        let (mut count, mut before) = (0_usize, None);
        while cursor.left() > 0 {
            count = count.saturating_add(1);
            if count > SECTIONS_MAX {
                return Err(ModuleFault::TooMany { what: "sections", limit: SECTIONS_MAX });
            }
            let id = cursor.byte()?;
            let (bytes, left) = (cursor.length()?, cursor.left());
            if bytes > left {
                return Err(ModuleFault::SectionOversized { id, bytes, left });
            }
            let mut section = cursor.part(bytes)?;
            if id != CUSTOM {
                before = Some(placed(id, before)?);
            }
            match id {
                CUSTOM => found.custom(&mut section)?,
                IMPORTS => found.imports = imports(&mut section)?,
                EXPORTS => found.exports = exports(&mut section)?,
                _ => continue,
            }
            if section.left() > 0 {
                return Err(ModuleFault::SectionRest { id, at: section.at() });
            }
        }
        Ok(found)
    }

    /// What is in the public section `name`.
    pub fn public(&self, name: &str) -> Option<&'a [u8]> {
        let mut sections = self.metadata.iter();
        let section = sections
            .find(|section| section.visibility == Visibility::Public && section.name == name);
        section.map(|section| section.content)
    }

    fn custom(&mut self, section: &mut Cursor<'a>) -> Result<(), ModuleFault> {
        let full = section.name()?;
        let content = section.take(section.left())?;
        let Some(named) = full.strip_prefix("icp:") else { return Ok(()) };
        let (visibility, name) = if let Some(name) = named.strip_prefix("public ") {
            (Visibility::Public, name)
        } else if let Some(name) = named.strip_prefix("private ") {
            (Visibility::Private, name)
        } else {
            return Err(ModuleFault::MetadataName);
        };
        if self.metadata.iter().any(|section| section.name == name) {
            return Err(ModuleFault::MetadataTwice { name: one_line(name, NAME_SHOWN) });
        }
        self.metadata.push(Metadata { visibility, name, content });
        if self.metadata.len() > METADATA_SECTIONS_MAX {
            let limit = METADATA_SECTIONS_MAX;
            return Err(ModuleFault::TooMany { what: "metadata sections", limit });
        }
        let bytes = self.metadata.iter().fold(0_usize, |bytes, section| {
            bytes.saturating_add(section.name.len()).saturating_add(section.content.len())
        });
        if bytes > METADATA_BYTES_MAX {
            return Err(ModuleFault::MetadataOversized { limit: METADATA_BYTES_MAX });
        }
        Ok(())
    }
}

fn version(cursor: &mut Cursor<'_>) -> Result<(), ModuleFault> {
    if !cursor.rest().starts_with(&MAGIC) {
        return Err(ModuleFault::NotWasm);
    }
    cursor.take(MAGIC.len())?;
    let at = cursor.at();
    let bytes = cursor.take(size_of::<u32>())?;
    let bytes = bytes.try_into().map_err(|_| ModuleFault::Truncated { at })?;
    let found = u32::from_le_bytes(bytes);
    if found == VERSION { Ok(()) } else { Err(ModuleFault::Version { found }) }
}

/// The place of a section, which is behind the place of the one `before`.
fn placed(id: u8, before: Option<usize>) -> Result<usize, ModuleFault> {
    let place = ORDER.iter().position(|known| *known == id);
    let place = place.ok_or(ModuleFault::SectionUnknown { id })?;
    if before.is_some_and(|before| place <= before) {
        return Err(ModuleFault::SectionMisplaced { id });
    }
    Ok(place)
}

fn exports(section: &mut Cursor<'_>) -> Result<Vec<Export>, ModuleFault> {
    let count = section.count("exports", EXPORTS_MAX)?;
    let (mut found, mut names) = (Vec::new(), BTreeSet::new());
    for _ in 0..count {
        let name = section.name()?;
        let kind = kind(section)?;
        section.u32()?;
        if !names.insert(name) {
            return Err(ModuleFault::ExportTwice { name: one_line(name, NAME_SHOWN) });
        }
        found.push(Export { name: name.to_owned(), kind });
    }
    Ok(found)
}

fn imports(section: &mut Cursor<'_>) -> Result<Vec<Import>, ModuleFault> {
    let count = section.count("imports", IMPORTS_MAX)?;
    let mut found = Vec::new();
    for _ in 0..count {
        let (module, name) = (section.name()?.to_owned(), section.name()?.to_owned());
        let kind = kind(section)?;
        described(section, kind)?;
        found.push(Import { module, name, kind });
    }
    Ok(found)
}

fn kind(section: &mut Cursor<'_>) -> Result<ItemKind, ModuleFault> {
    let at = section.at();
    Ok(match section.byte()? {
        0 => ItemKind::Function,
        1 => ItemKind::Table,
        2 => ItemKind::Memory,
        3 => ItemKind::Global,
        4 => ItemKind::Tag,
        kind => return Err(ModuleFault::Kind { kind, at }),
    })
}

/// Passes over the type of an import.
fn described(section: &mut Cursor<'_>, kind: ItemKind) -> Result<(), ModuleFault> {
    match kind {
        ItemKind::Function => {
            section.u32()?;
        }
        ItemKind::Table => {
            value_type(section)?;
            limits(section)?;
        }
        ItemKind::Memory => limits(section)?,
        ItemKind::Global => {
            value_type(section)?;
            section.byte()?;
        }
        ItemKind::Tag => {
            section.byte()?;
            section.u32()?;
        }
    }
    Ok(())
}

/// A type of values: a byte, and behind two of them the type of heap values they refer to.
fn value_type(section: &mut Cursor<'_>) -> Result<(), ModuleFault> {
    const REFERENCES: [u8; 2] = [0x63, 0x64];
    if REFERENCES.contains(&section.byte()?) {
        section.u64()?;
    }
    Ok(())
}

/// Limits of a table or a memory: flags, the least, and the most where the flags say so.
fn limits(section: &mut Cursor<'_>) -> Result<(), ModuleFault> {
    const BOUNDED: u8 = 1;
    const PAGE_SIZE: u8 = 8;
    let at = section.at();
    let flags = section.byte()?;
    if flags > 0x0f {
        return Err(ModuleFault::Kind { kind: flags, at });
    }
    section.u64()?;
    if flags & BOUNDED != 0 {
        section.u64()?;
    }
    if flags & PAGE_SIZE != 0 {
        section.u32()?;
    }
    Ok(())
}
