//! Why bytes are no module that could be looked at.

use core::fmt;

/// Why bytes are no module that could be looked at. Places count from the beginning of the unpacked
/// module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleFault {
    /// It is larger than that, as it is or unpacked.
    TooLarge {
        /// Bytes it may have.
        limit: usize,
    },
    /// It begins as gzip and cannot be unpacked, or not to its end.
    Packing,
    /// Bytes follow what is packed; who reads them and who does not would see different modules.
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// It does not begin as Wasm does.
    NotWasm,
    /// It is Wasm of another version.
    Version {
        /// The version.
        found: u32,
    },
    /// It ends, or a section of it ends, where more must follow.
    Truncated {
        /// Where that was noticed.
        at: usize,
    },
    /// A number is longer or larger than its type.
    Number {
        /// Where it stands.
        at: usize,
    },
    /// A name is no UTF-8, or longer than the network accepts.
    Name {
        /// Where it stands.
        at: usize,
    },
    /// A section is longer than what is left of the module.
    SectionOversized {
        /// Its kind.
        id: u8,
        /// Bytes it says it has.
        bytes: usize,
        /// Bytes that are left.
        left: usize,
    },
    /// A section of a kind nobody knows.
    SectionUnknown {
        /// Its kind.
        id: u8,
    },
    /// A section that stands there twice, or behind one that it must stand before.
    SectionMisplaced {
        /// Its kind.
        id: u8,
    },
    /// A section has bytes that belong to nothing in it.
    SectionRest {
        /// Its kind.
        id: u8,
        /// Where they begin.
        at: usize,
    },
    /// There are more sections, exports, imports or metadata sections.
    TooMany {
        /// Of what, in the plural.
        what: &'static str,
        /// How many there may be.
        limit: usize,
    },
    /// The metadata has more bytes.
    MetadataOversized {
        /// Bytes it may have.
        limit: usize,
    },
    /// A section of the network's own is neither public nor private.
    MetadataName,
    /// A metadata section is there twice.
    MetadataTwice {
        /// Its name.
        name: String,
    },
    /// Something is exported twice under one name.
    ExportTwice {
        /// The name.
        name: String,
    },
    /// What is exported or imported is of a kind nobody knows.
    Kind {
        /// The kind.
        kind: u8,
        /// Where it stands.
        at: usize,
    },
    /// What the module says in a section is longer than anybody would say.
    StatedTooLong {
        /// The section.
        section: &'static str,
        /// Bytes it may have.
        limit: usize,
    },
}

impl fmt::Display for ModuleFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { limit } => {
                write!(f, "the module is larger than the allowed {limit} bytes")
            }
            Self::Packing => f.write_str("the module cannot be unpacked"),
            Self::Trailing { bytes } => write!(f, "{bytes} bytes follow the packed module"),
            Self::NotWasm => f.write_str("it is no Wasm module, packed or not"),
            Self::Version { found } => write!(f, "it is Wasm of version {found}, and not of 1"),
            Self::Truncated { at } => write!(f, "the module is cut short at byte {at}"),
            Self::Number { at } => write!(f, "the number at byte {at} has no end or no room"),
            Self::Name { at } => write!(f, "the name at byte {at} is no UTF-8, or too long"),
            Self::SectionOversized { id, bytes, left } => {
                write!(f, "section {id} is to have {bytes} bytes, and {left} are left")
            }
            Self::SectionUnknown { id } => write!(f, "nobody knows a section {id}"),
            Self::SectionMisplaced { id } => {
                write!(f, "section {id} is there twice or in the wrong place")
            }
            Self::SectionRest { id, at } => {
                write!(f, "the bytes from {at} on belong to nothing in section {id}")
            }
            Self::TooMany { what, limit } => {
                write!(f, "the module has more than the allowed {limit} {what}")
            }
            Self::MetadataOversized { limit } => {
                write!(f, "the metadata sections have more than the allowed {limit} bytes")
            }
            Self::MetadataName => {
                f.write_str("a metadata section is neither public nor private by its name")
            }
            Self::MetadataTwice { name } => {
                write!(f, "the metadata section {name:?} is there twice")
            }
            Self::ExportTwice { name } => write!(f, "{name:?} is exported twice"),
            Self::Kind { kind, at } => write!(f, "nobody knows the kind {kind} at byte {at}"),
            Self::StatedTooLong { section, limit } => {
                write!(f, "the section {section} has more than the allowed {limit} bytes")
            }
        }
    }
}

impl std::error::Error for ModuleFault {}
