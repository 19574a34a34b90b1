//! Rewriting of a checked module so that the runtime can reach all of its state.
//!
//! Functions get the weight that the engine's table cannot express. Memory, table and mutable
//! globals are exported under reserved names, and `start` becomes an ordinary export: a module is
//! instantiated again whenever a state is restored, and `start` must not run a second time. Custom
//! sections are dropped; execution needs none of them. Nor does it need the names of functions:
//! they are exported under numbers, so that modules that differ in names alone share machine code.

use wasm_encoder::{CodeSection, ExportKind, ExportSection, Module, RawSection, SectionId};
use wasmparser::{ExternalKind, Parser, Payload};

use super::{check::Facts, meter::metered};
use crate::runtime::WasmFault;

/// Prefix of all names the rewriting adds.
pub(super) const OWN_PREFIX: &str = "localnet:";
/// Export name of the heap.
pub(crate) const MEMORY: &str = "localnet:memory";
/// Export name of the table callbacks are found in.
pub(crate) const TABLE: &str = "localnet:table";
/// Export name of what was the `start` function.
pub(crate) const START: &str = "localnet:start";
/// Number of this rewriting, part of the key of compiled modules: raise it with every change
/// here or in the facts that are kept beside them.
pub(crate) const VERSION: u32 = 3;

/// Export name of the `position`-th exported function.
pub(crate) fn function_name(position: u32) -> String {
    format!("localnet:function:{position}")
}

/// Export name of the `position`-th mutable global.
pub(crate) fn global_name(position: usize) -> String {
    format!("localnet:global:{position}")
}

/// The module the engine compiles.
pub(crate) fn rewrite(wasm: &[u8], facts: &Facts) -> Result<Vec<u8>, WasmFault> {
    let mut exports = Some(exports(wasm, facts)?);
    let mut module = Module::new();
    let mut code = CodeSection::new();
    let mut bodies = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(WasmFault::invalid)?;
        if let Payload::CodeSectionEntry(body) = &payload {
            code.raw(&metered(body)?);
            if code.len() == bodies {
                module.section(&code);
            }
        }
        let Some((id, range)) = payload.as_section() else { continue };
        if id == SectionId::Custom as u8 {
            continue;
        }
        // Sections come in a fixed order; the exports belong before everything listed here.
        let after_exports = [
            SectionId::Export,
            SectionId::Start,
            SectionId::Element,
            SectionId::DataCount,
            SectionId::Code,
            SectionId::Data,
        ];
        if after_exports.iter().any(|section| *section as u8 == id)
            && let Some(exports) = exports.take()
        {
            module.section(&exports);
        }
        if let Payload::CodeSectionStart { count, .. } = payload {
            bodies = count;
        } else if id != SectionId::Export as u8 && id != SectionId::Start as u8 {
            module.section(&RawSection { id, data: &wasm[range] });
        }
    }
    if let Some(exports) = exports {
        module.section(&exports);
    }
    Ok(module.finish())
}

/// The exported functions of the module and everything the runtime adds. Other exports, which
/// nobody outside the module can use, are left out.
fn exports(wasm: &[u8], facts: &Facts) -> Result<ExportSection, WasmFault> {
    let unknown = || WasmFault::invalid("the module is not the one that was checked");
    let mut section = ExportSection::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::ExportSection(reader) = payload.map_err(WasmFault::invalid)? else { continue };
        for export in reader {
            let export = export.map_err(WasmFault::invalid)?;
            if export.kind == ExternalKind::Func {
                let position = facts.functions.get(export.name).copied().ok_or_else(unknown)?;
                section.export(&function_name(position), ExportKind::Func, export.index);
            }
        }
    }
    if facts.memory_pages.is_some() {
        section.export(MEMORY, ExportKind::Memory, 0);
    }
    if facts.has_table {
        section.export(TABLE, ExportKind::Table, 0);
    }
    if let Some(start) = facts.start {
        section.export(START, ExportKind::Func, start);
    }
    for (position, index) in facts.mutable_globals.iter().enumerate() {
        section.export(&global_name(position), ExportKind::Global, *index);
    }
    Ok(section)
}
