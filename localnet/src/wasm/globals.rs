//! The globals that a snapshot shows: those a module can change or exports, in their order.

use wasmparser::{ConstExpr, ExternalKind, Operator, Parser, Payload};

use super::unpack;
use crate::runtime::{GlobalValue, WasmFault};

/// One global of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Global {
    pub(crate) mutable: bool,
    /// The value it starts with, which one that is not mutable keeps.
    pub(crate) initial: GlobalValue,
}

/// The globals of a module, given as Wasm or gzip, that are mutable or exported.
pub(crate) fn visible_globals(bytes: &[u8]) -> Result<Vec<Global>, WasmFault> {
    let wasm = unpack(bytes)?;
    // By index; None holds a reference, which no snapshot shows.
    let mut all: Vec<Option<Global>> = Vec::new();
    let mut exported = vec![];
    for payload in Parser::new(0).parse_all(&wasm) {
        match payload.map_err(WasmFault::invalid)? {
            Payload::GlobalSection(section) => {
                for global in section {
                    let global = global.map_err(WasmFault::invalid)?;
                    let initial = value(&global.init_expr, &all);
                    let mutable = global.ty.mutable;
                    all.push(initial.map(|initial| Global { mutable, initial }));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(WasmFault::invalid)?;
                    if export.kind == ExternalKind::Global {
                        exported.push(export.index as usize);
                    }
                }
            }
            _ => {}
        }
    }
    let shown = |(index, global): (usize, Option<Global>)| {
        global.filter(|global| global.mutable || exported.contains(&index))
    };
    Ok(all.into_iter().enumerate().filter_map(shown).collect())
}

/// What a constant expression amounts to; None when that is a reference. The module has been
/// validated, so nothing else can go wrong.
fn value(expression: &ConstExpr<'_>, before: &[Option<Global>]) -> Option<GlobalValue> {
    use GlobalValue::{F32, F64, I32, I64, V128};
    let mut stack = Vec::new();
    for operator in expression.get_operators_reader() {
        let value = match operator.ok()? {
            Operator::I32Const { value } => I32(value),
            Operator::I64Const { value } => I64(value),
            Operator::F32Const { value } => F32(value.bits()),
            Operator::F64Const { value } => F64(value.bits()),
            Operator::V128Const { value } => V128(u128::from_le_bytes(*value.bytes())),
            Operator::GlobalGet { global_index } => {
                before.get(global_index as usize).copied()??.initial
            }
            Operator::End => break,
            operator => {
                let (right, left) = (stack.pop()?, stack.pop()?);
                match (operator, left, right) {
                    (Operator::I32Add, I32(a), I32(b)) => I32(a.wrapping_add(b)),
                    (Operator::I32Sub, I32(a), I32(b)) => I32(a.wrapping_sub(b)),
                    (Operator::I32Mul, I32(a), I32(b)) => I32(a.wrapping_mul(b)),
                    (Operator::I64Add, I64(a), I64(b)) => I64(a.wrapping_add(b)),
                    (Operator::I64Sub, I64(a), I64(b)) => I64(a.wrapping_sub(b)),
                    (Operator::I64Mul, I64(a), I64(b)) => I64(a.wrapping_mul(b)),
                    _ => return None,
                }
            }
        };
        stack.push(value);
    }
    stack.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutable_and_exported_globals_are_shown_with_their_values() {
        let text = r#"(module
            (global $base i32 (i32.const 40))
            (global $counter (mut i64) (i64.const -3))
            (global $end (export "end") i32
                (i32.add (global.get $base) (i32.mul (i32.const 2) (i32.const 3))))
            (global (export "f") f32 (f32.const 1.5))
            (global (export "none") funcref (ref.null func))
            (global (mut v128) (v128.const i64x2 1 0)))"#;
        let wasm = wat::parse_str(text).expect("a module");
        let global = |mutable, initial| Global { mutable, initial };
        let expected = [
            global(true, GlobalValue::I64(-3)),
            global(false, GlobalValue::I32(46)),
            global(false, GlobalValue::F32(1.5f32.to_bits())),
            global(true, GlobalValue::V128(1)),
        ];
        assert_eq!(visible_globals(&wasm), Ok(expected.to_vec()));
        assert!(visible_globals(b"no module").is_err());
    }
}
