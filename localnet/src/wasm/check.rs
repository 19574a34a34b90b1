//! The rules a canister module must keep, and the facts the runtime keeps about it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wasmparser::{
    DataKind, DataSectionReader, Encoding, ExportSectionReader, ExternalKind, FuncType,
    FuncValidatorAllocations, FunctionBody, GlobalSectionReader, ImportSectionReader,
    MemorySectionReader, Operator, Parser, Payload, TypeRef, ValType, ValidPayload, Validator,
    WasmFeatures,
};

use super::{
    CustomSection, MAX_CODE_BYTES, MAX_FUNCTIONS, MAX_GLOBALS, Width, exports::Exports, sections,
};
use crate::{runtime::WasmFault, system_api};

/// What the runtime needs to know about a module besides its machine code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// Names of the exported functions, and the place each has among them.
    pub(crate) functions: BTreeMap<String, u32>,
    pub(crate) custom_sections: Vec<CustomSection>,
    /// Instructions of all functions together.
    pub(crate) instruction_count: u64,
    /// Width of the heap's addresses.
    pub(crate) width: Width,
    /// Initial heap size in 64 KiB pages; None without a memory.
    pub(crate) memory_pages: Option<u64>,
    /// Where in the heap the data segments end at the latest; beyond it a fresh heap is zero.
    pub(crate) data_end: u64,
    pub(crate) has_table: bool,
    /// Indices of the mutable globals.
    pub(crate) mutable_globals: Vec<u32>,
    /// Index of the `start` function.
    pub(crate) start: Option<u32>,
    /// The module changes its tables or drops segments. The Internet Computer starts every
    /// message on a fresh instance, which forgets such changes, so the runtime must do so too.
    pub(crate) fresh_each_message: bool,
}

/// WebAssembly features a canister may use.
fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::SIMD
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::FLOATS
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::MEMORY64
}

/// Checks a module, already unpacked, against every rule.
pub(crate) fn check(wasm: &[u8]) -> Result<Facts, WasmFault> {
    let mut checker = Checker::default();
    checker.facts.width = Width::of(wasm)?;
    let mut validator = Validator::new_with_features(features());
    let mut allocations = FuncValidatorAllocations::default();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(WasmFault::undecodable)?;
        // Ours first: they name what is missing where the validator only says "not enabled".
        checker.payload(&payload)?;
        if let ValidPayload::Func(function, body) =
            validator.payload(&payload).map_err(WasmFault::undecodable)?
        {
            let mut function = function.into_validator(std::mem::take(&mut allocations));
            function.validate(&body).map_err(WasmFault::undecodable)?;
            allocations = function.into_allocations();
            checker.body(&body)?;
        }
    }
    Ok(checker.finish())
}

#[derive(Debug, Default)]
struct Checker {
    facts: Facts,
    exports: Exports,
    types: Vec<FuncType>,
    /// Type index of each function, imported ones first.
    functions: Vec<u32>,
    imported: usize,
    globals: usize,
}

impl Checker {
    fn payload(&mut self, payload: &Payload<'_>) -> Result<(), WasmFault> {
        match payload {
            Payload::Version { encoding: Encoding::Component, .. } => {
                return Err(WasmFault::unsupported("the component model"));
            }
            Payload::TypeSection(types) => {
                for ty in types.clone().into_iter_err_on_gc_types() {
                    self.types.push(ty.map_err(WasmFault::undecodable)?);
                }
            }
            Payload::ImportSection(imports) => self.imports(imports)?,
            Payload::FunctionSection(functions) => {
                for ty in functions.clone() {
                    self.functions.push(ty.map_err(WasmFault::undecodable)?);
                }
                self.function_count()?;
            }
            Payload::TableSection(tables) => self.facts.has_table = tables.count() > 0,
            Payload::MemorySection(memories) => self.memories(memories)?,
            Payload::GlobalSection(globals) => self.globals(globals)?,
            Payload::ExportSection(exports) => self.exports(exports)?,
            Payload::StartSection { func, .. } => self.facts.start = Some(*func),
            Payload::CodeSectionStart { size, .. } if *size > MAX_CODE_BYTES => {
                return Err(WasmFault::invalid(format_args!(
                    "Wasm module code section size of {size} exceeds the maximum allowed size of \
                     {MAX_CODE_BYTES}"
                )));
            }
            Payload::DataSection(data) => self.data(data)?,
            Payload::CustomSection(custom) => {
                sections::collect(&mut self.facts.custom_sections, custom.name(), custom.data())?;
            }
            _ => {}
        }
        Ok(())
    }

    fn imports(&mut self, imports: &ImportSectionReader<'_>) -> Result<(), WasmFault> {
        for import in imports.clone().into_imports() {
            let import = import.map_err(WasmFault::undecodable)?;
            let (module, name) = (import.module, import.name);
            let TypeRef::Func(index) = import.ty else {
                return Err(import_fault(format_args!(
                    "Only functions can be imported, not \"{name}\" from \"{module}\"."
                )));
            };
            if module != "ic0" {
                return Err(import_fault(format_args!(
                    "Only functions of module \"ic0\" can be imported, not \"{name}\" from \
                     \"{module}\"."
                )));
            }
            let width = self.facts.width;
            let Some(call) = system_api::call(name, width) else {
                return Err(import_fault(format_args!(
                    "The system interface has no function \"ic0.{name}\"{}.",
                    if width == Width::Wasm64 { " for 64-bit memories" } else { "" }
                )));
            };
            let ty = self.type_at(index)?;
            if !signature_is(ty, call.params, call.result, width) {
                return Err(import_fault(format_args!(
                    "The function \"ic0.{name}\" is imported with a wrong signature."
                )));
            }
            self.functions.push(index);
            self.imported += 1;
        }
        Ok(())
    }

    fn function_count(&self) -> Result<(), WasmFault> {
        let defined = self.functions.len() - self.imported;
        if defined > MAX_FUNCTIONS {
            return Err(WasmFault::invalid(format_args!(
                "Wasm module defined {defined} functions which exceeds the maximum number allowed \
                 {MAX_FUNCTIONS}."
            )));
        }
        Ok(())
    }

    fn memories(&mut self, memories: &MemorySectionReader<'_>) -> Result<(), WasmFault> {
        for memory in memories.clone() {
            let memory = memory.map_err(WasmFault::undecodable)?;
            let most = self.facts.width.max_heap_pages();
            if memory.initial > most {
                return Err(WasmFault::invalid(format_args!(
                    "Wasm module declares a memory of {} pages, at most {most} are allowed.",
                    memory.initial
                )));
            }
            if self.facts.memory_pages.replace(memory.initial).is_some() {
                return Err(WasmFault::invalid("Wasm module declares more than one memory."));
            }
        }
        Ok(())
    }

    fn globals(&mut self, globals: &GlobalSectionReader<'_>) -> Result<(), WasmFault> {
        for global in globals.clone() {
            let ty = global.map_err(WasmFault::undecodable)?.ty;
            if ty.mutable {
                if matches!(ty.content_type, ValType::Ref(_)) {
                    return Err(WasmFault::unsupported("mutable globals that hold references"));
                }
                let index = u32::try_from(self.globals).map_err(WasmFault::undecodable)?;
                self.facts.mutable_globals.push(index);
            }
            self.globals += 1;
        }
        if self.globals > MAX_GLOBALS {
            return Err(WasmFault::invalid(format_args!(
                "Wasm module defined {} globals which exceeds the maximum number allowed \
                 {MAX_GLOBALS}.",
                self.globals
            )));
        }
        Ok(())
    }

    fn exports(&mut self, exports: &ExportSectionReader<'_>) -> Result<(), WasmFault> {
        for export in exports.clone() {
            let export = export.map_err(WasmFault::undecodable)?;
            if export.kind == ExternalKind::Func {
                let index = self.functions.get(export.index as usize).copied();
                let ty = self.type_at(index.unwrap_or(u32::MAX))?;
                let plain = ty.params().is_empty() && ty.results().is_empty();
                self.exports.function(export.name, plain)?;
            } else {
                Exports::other(export.name)?;
            }
        }
        Ok(())
    }

    fn data(&mut self, segments: &DataSectionReader<'_>) -> Result<(), WasmFault> {
        for segment in segments.clone() {
            let segment = segment.map_err(WasmFault::undecodable)?;
            let DataKind::Active { offset_expr, .. } = segment.kind else { continue };
            let mut offset = offset_expr.get_operators_reader();
            let first = offset.read().map_err(WasmFault::undecodable)?;
            let second = offset.read().map_err(WasmFault::undecodable)?;
            let offset = match (first, second) {
                (Operator::I32Const { value }, Operator::End) => u64::from(value.cast_unsigned()),
                (Operator::I64Const { value }, Operator::End) => value.cast_unsigned(),
                // The offset is computed; the segment may lie anywhere.
                _ => u64::MAX,
            };
            let end = offset.saturating_add(segment.data.len() as u64);
            self.facts.data_end = self.facts.data_end.max(end);
        }
        Ok(())
    }

    fn type_at(&self, index: u32) -> Result<&FuncType, WasmFault> {
        self.types.get(index as usize).ok_or_else(|| WasmFault::undecodable("unknown type"))
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> Result<(), WasmFault> {
        let mut operators = body.get_operators_reader().map_err(WasmFault::undecodable)?;
        while !operators.eof() {
            let operator = operators.read().map_err(WasmFault::undecodable)?;
            self.facts.instruction_count += 1;
            self.facts.fresh_each_message |= matches!(
                operator,
                Operator::TableSet { .. }
                    | Operator::TableGrow { .. }
                    | Operator::TableFill { .. }
                    | Operator::TableCopy { .. }
                    | Operator::TableInit { .. }
                    | Operator::ElemDrop { .. }
                    | Operator::DataDrop { .. }
            );
        }
        Ok(())
    }

    fn finish(mut self) -> Facts {
        self.facts.functions = self.exports.into_functions();
        self.facts
    }
}

/// Compares a function type with its notation in the table of system calls.
fn signature_is(ty: &FuncType, params: &str, result: &str, width: Width) -> bool {
    let pointer = match width {
        Width::Wasm32 => ValType::I32,
        Width::Wasm64 => ValType::I64,
    };
    let same = |types: &[ValType], notation: &str| {
        types.len() == notation.len()
            && types.iter().zip(notation.chars()).all(|(ty, letter)| match letter {
                'i' => *ty == ValType::I32,
                'l' => *ty == ValType::I64,
                'p' => *ty == pointer,
                _ => false,
            })
    };
    same(ty.params(), params) && same(ty.results(), result)
}

fn import_fault(reason: std::fmt::Arguments<'_>) -> WasmFault {
    WasmFault::invalid(format_args!("Wasm module has an invalid import section. {reason}"))
}
