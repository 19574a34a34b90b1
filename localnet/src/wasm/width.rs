//! The width of a module's memory.

use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload};

use crate::runtime::{
    WasmFault,
    limits::{MAX_HEAP_PAGES, MAX_WIDE_HEAP_PAGES},
};

/// How wide the addresses of a module are: in its memory, and where it passes them to the system
/// interface. A module without a memory has the narrow interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Width {
    #[default]
    Wasm32,
    Wasm64,
}

impl Width {
    /// The width of a module. Its imports come before its memory, so it is looked for ahead.
    pub(crate) fn of(wasm: &[u8]) -> Result<Self, WasmFault> {
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.map_err(WasmFault::undecodable)? {
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        if memory.map_err(WasmFault::undecodable)?.memory64 {
                            return Ok(Self::Wasm64);
                        }
                    }
                    break;
                }
                // No memory can follow.
                Payload::ExportSection(_) | Payload::CodeSectionStart { .. } => break,
                _ => {}
            }
        }
        Ok(Self::Wasm32)
    }

    /// Pages a heap of this width can grow to.
    pub(crate) fn max_heap_pages(self) -> u64 {
        match self {
            Self::Wasm32 => MAX_HEAP_PAGES,
            Self::Wasm64 => MAX_WIDE_HEAP_PAGES,
        }
    }
}
