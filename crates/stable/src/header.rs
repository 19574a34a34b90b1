//! What the state belongs to: opened before anything else, and refused when it is not ours.

use core::fmt;

use granary_units::Timestamp;
use ic_stable_structures::Memory;
use minicbor::{Decode, Encode};

use crate::StorageFault;
use crate::cell::{CellFault, RecordCell};
use crate::record::Record;

const MAGIC: &str = "granary";

/// The facts about the state as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct HeaderV1 {
    /// The suite's mark.
    #[n(0)]
    magic: String,
    /// Which canister wrote it.
    #[n(1)]
    pub kind: String,
    /// The schema the state has.
    #[n(2)]
    pub schema: u32,
    /// When the canister was first installed.
    #[n(3)]
    pub installed_at: Timestamp,
    /// When the running code took over.
    #[n(4)]
    pub upgraded_at: Timestamp,
    /// Upgrades since the first install.
    #[n(5)]
    pub upgrade_count: u64,
    /// Version of the code that last took over.
    #[n(6)]
    pub code_version: String,
    /// Counts snapshot restores: what was in flight under an older number must be reconciled.
    #[n(7)]
    pub restore_epoch: u64,
}

/// The current shape.
pub type Header = HeaderV1;

impl Record for HeaderV1 {
    const NAME: &'static str = "header";
    const VERSION: u8 = 1;
}

impl Header {
    /// The header of a canister that is installed for the first time.
    pub fn first(kind: &str, schema: u32, code_version: &str, now: Timestamp) -> Self {
        Self {
            magic: MAGIC.to_owned(),
            kind: kind.to_owned(),
            schema,
            installed_at: now,
            upgraded_at: now,
            upgrade_count: 0,
            code_version: code_version.to_owned(),
            restore_epoch: 0,
        }
    }
}

/// Why the state must not be touched.
#[derive(Debug)]
pub enum HeaderFault {
    /// There is no header: the canister was never installed, or the state is not ours.
    Missing,
    /// There is a header already: this is no first install.
    Exists {
        /// Whose.
        kind: String,
    },
    /// The suite's mark is not there.
    NotOurs,
    /// Another canister of the suite wrote it.
    WrongKind {
        /// This canister.
        expected: String,
        /// That canister.
        found: String,
    },
    /// A newer version of the code wrote it.
    NewerSchema {
        /// The newest schema this code knows.
        known: u32,
        /// The schema of the state.
        found: u32,
    },
    /// The cell.
    Cell(CellFault),
}

impl From<CellFault> for HeaderFault {
    fn from(fault: CellFault) -> Self {
        Self::Cell(fault)
    }
}

impl From<StorageFault> for HeaderFault {
    fn from(fault: StorageFault) -> Self {
        Self::Cell(fault.into())
    }
}

impl fmt::Display for HeaderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("stable memory holds no state to take over"),
            Self::Exists { kind } => {
                write!(f, "stable memory already holds the state of a {kind} canister")
            }
            Self::NotOurs => f.write_str("stable memory does not belong to this suite"),
            Self::WrongKind { expected, found } => {
                write!(f, "the state belongs to a {found} canister, this is {expected}")
            }
            Self::NewerSchema { known, found } => {
                write!(f, "the state has schema {found}, this code knows up to {known}")
            }
            Self::Cell(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for HeaderFault {}

/// The header in its region.
#[derive(Debug)]
pub struct HeaderCell<M> {
    cell: RecordCell<Header, M>,
    header: Header,
}

impl<M: Memory> HeaderCell<M> {
    /// Writes the header of a first install; refuses a region that has one.
    pub fn create(memory: M, header: Header) -> Result<Self, HeaderFault> {
        let mut cell = RecordCell::<Header, M>::open(memory)?;
        if let Some(found) = cell.get() {
            return Err(HeaderFault::Exists { kind: found.kind.clone() });
        }
        cell.set(Some(header.clone()))?;
        Ok(Self { cell, header })
    }

    /// Opens the header of a `kind` canister whose code knows schemas up to `known_schema`.
    pub fn open(memory: M, kind: &str, known_schema: u32) -> Result<Self, HeaderFault> {
        let cell = RecordCell::<Header, M>::open(memory)?;
        let header = cell.get().cloned().ok_or(HeaderFault::Missing)?;
        if header.magic != MAGIC {
            return Err(HeaderFault::NotOurs);
        }
        if header.kind != kind {
            return Err(HeaderFault::WrongKind { expected: kind.into(), found: header.kind });
        }
        if header.schema > known_schema {
            return Err(HeaderFault::NewerSchema { known: known_schema, found: header.schema });
        }
        Ok(Self { cell, header })
    }

    /// The header.
    pub const fn get(&self) -> &Header {
        &self.header
    }

    /// Changes the header.
    pub fn update(&mut self, change: impl FnOnce(&mut Header)) -> Result<(), StorageFault> {
        let mut header = self.header.clone();
        change(&mut header);
        self.cell.set(Some(header.clone()))?;
        self.header = header;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ic_stable_structures::VectorMemory;

    use super::*;

    fn installed() -> VectorMemory {
        let memory = VectorMemory::default();
        let header = Header::first("grants", 3, "1.0.0", Timestamp::from_nanos(7));
        HeaderCell::create(memory.clone(), header).expect("fresh");
        memory
    }

    #[test]
    fn the_header_survives_an_upgrade() {
        let memory = installed();
        let mut header = HeaderCell::open(memory.clone(), "grants", 4).expect("ours");
        assert_eq!((header.get().schema, header.get().upgrade_count), (3, 0));
        header.update(|h| h.upgrade_count = 1).expect("room");
        let header = HeaderCell::open(memory, "grants", 4).expect("ours");
        assert_eq!(header.get().upgrade_count, 1);
        assert_eq!(header.get().installed_at, Timestamp::from_nanos(7));
    }

    #[test]
    fn foreign_state_is_refused() {
        let opened = HeaderCell::open(VectorMemory::default(), "grants", 3);
        assert!(matches!(opened, Err(HeaderFault::Missing)));
        let opened = HeaderCell::open(installed(), "ledger", 3);
        assert!(matches!(opened, Err(HeaderFault::WrongKind { .. })));
        let opened = HeaderCell::open(installed(), "grants", 2);
        assert!(matches!(opened, Err(HeaderFault::NewerSchema { known: 2, found: 3 })));
        let again = Header::first("grants", 3, "1.0.0", Timestamp::ZERO);
        let created = HeaderCell::create(installed(), again);
        assert!(matches!(created, Err(HeaderFault::Exists { .. })));
        let memory = VectorMemory::default();
        let mut other = Header::first("grants", 3, "1.0.0", Timestamp::ZERO);
        other.magic = "else".into();
        HeaderCell::create(memory.clone(), other).expect("fresh");
        assert!(matches!(HeaderCell::open(memory, "grants", 3), Err(HeaderFault::NotOurs)));
    }
}
