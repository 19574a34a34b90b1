//! What each Wasm instruction costs, in the Internet Computer's own instruction count.
//!
//! `memory.grow`, `table.grow`, `elem.drop` and `data.drop` weigh 300, which does not fit the
//! engine's eight bits; `wasm::meter` adds the rest.

use wasmtime::OperatorCost;

use crate::wasm::Width;

/// The table of weights. Everything not named here costs 1, blocks and their ends nothing.
pub(super) fn weights(width: Width) -> OperatorCost {
    let mut cost = OperatorCost::new();
    control(&mut cost);
    memory(&mut cost);
    numbers(&mut cost);
    vectors(&mut cost);
    vector_floats(&mut cost);
    if width == Width::Wasm64 {
        wide_accesses(&mut cost);
    }
    cost
}

fn set<const N: usize>(weight: u8, operators: [&mut u8; N]) {
    for operator in operators {
        *operator = weight;
    }
}

fn control(c: &mut OperatorCost) {
    set(1, [&mut c.Nop, &mut c.Drop, &mut c.Unreachable, &mut c.Return]);
    set(2, [&mut c.If, &mut c.Br, &mut c.BrIf, &mut c.BrTable]);
    set(2, [&mut c.GlobalGet, &mut c.GlobalSet]);
    set(5, [&mut c.Call, &mut c.RefIsNull, &mut c.TableGet, &mut c.TableSet]);
    set(10, [&mut c.CallIndirect]);
    set(3, [&mut c.ReturnCall]);
    set(60, [&mut c.ReturnCallIndirect]);
    set(130, [&mut c.RefFunc]);
}

fn memory(c: &mut OperatorCost) {
    set(20, [&mut c.MemorySize]);
    set(100, [&mut c.TableSize]);
    set(100, [&mut c.MemoryFill, &mut c.MemoryCopy, &mut c.MemoryInit]);
    set(100, [&mut c.TableFill, &mut c.TableCopy, &mut c.TableInit]);
    set(u8::MAX, [&mut c.MemoryGrow, &mut c.TableGrow, &mut c.DataDrop, &mut c.ElemDrop]);
    c.variable.memory_copy_per_byte = 1;
    c.variable.memory_fill_per_byte = 1;
    c.variable.memory_init_per_byte = 1;
    c.variable.table_copy_per_element = 1;
    c.variable.table_fill_per_element = 1;
    c.variable.table_init_per_element = 1;
    c.variable.table_grow_per_element = 0;
    c.variable.memory_grow_per_page = 0;
}

fn numbers(c: &mut OperatorCost) {
    set(10, [&mut c.I32DivS, &mut c.I32DivU, &mut c.I32RemS, &mut c.I32RemU]);
    set(10, [&mut c.I64DivS, &mut c.I64DivU, &mut c.I64RemS, &mut c.I64RemU]);

    set(2, [&mut c.F32Add, &mut c.F32Sub, &mut c.F32Mul, &mut c.F32Ceil, &mut c.F32Floor]);
    set(2, [&mut c.F64Add, &mut c.F64Sub, &mut c.F64Mul, &mut c.F64Ceil, &mut c.F64Floor]);
    set(2, [&mut c.F32Trunc, &mut c.F32Nearest, &mut c.F64Trunc, &mut c.F64Nearest]);
    set(2, [&mut c.F32Copysign]);
    set(3, [&mut c.F64Copysign, &mut c.F32Div]);
    set(5, [&mut c.F64Div, &mut c.F32Sqrt]);
    set(8, [&mut c.F64Sqrt]);
    set(18, [&mut c.F32Min, &mut c.F32Max, &mut c.F64Min, &mut c.F64Max]);
    set(3, [&mut c.F32Eq, &mut c.F32Ne, &mut c.F32Lt, &mut c.F32Gt, &mut c.F32Le, &mut c.F32Ge]);
    set(3, [&mut c.F64Eq, &mut c.F64Ne, &mut c.F64Lt, &mut c.F64Gt, &mut c.F64Le, &mut c.F64Ge]);

    set(3, [&mut c.F32ConvertI32S, &mut c.F32ConvertI64S]);
    set(3, [&mut c.F64ConvertI32S, &mut c.F64ConvertI64S]);
    set(16, [&mut c.F32ConvertI32U, &mut c.F32ConvertI64U]);
    set(16, [&mut c.F64ConvertI32U, &mut c.F64ConvertI64U]);
    set(20, [&mut c.I32TruncF32S, &mut c.I32TruncF32U, &mut c.I32TruncF64S, &mut c.I32TruncF64U]);
    set(20, [&mut c.I64TruncF32S, &mut c.I64TruncF32U, &mut c.I64TruncF64S, &mut c.I64TruncF64U]);
    set(20, [&mut c.I32TruncSatF32S, &mut c.I32TruncSatF32U]);
    set(20, [&mut c.I32TruncSatF64S, &mut c.I32TruncSatF64U]);
    set(20, [&mut c.I64TruncSatF32S, &mut c.I64TruncSatF32U]);
    set(20, [&mut c.I64TruncSatF64S, &mut c.I64TruncSatF64U]);
}

fn vectors(c: &mut OperatorCost) {
    set(3, [&mut c.I8x16Shuffle, &mut c.I8x16Popcnt, &mut c.I8x16Shl, &mut c.I8x16ShrS]);
    set(2, [&mut c.I8x16LtU, &mut c.I8x16GtU, &mut c.I8x16ShrU]);
    set(2, [&mut c.I16x8LtU, &mut c.I16x8GtU]);
    set(2, [&mut c.I16x8Shl, &mut c.I16x8ShrS, &mut c.I16x8ShrU]);
    set(2, [&mut c.I16x8ExtAddPairwiseI8x16U]);
    set(2, [&mut c.I16x8ExtMulHighI8x16S, &mut c.I16x8ExtMulHighI8x16U]);
    set(2, [&mut c.I32x4LtU, &mut c.I32x4GtU]);
    set(2, [&mut c.I32x4Shl, &mut c.I32x4ShrS, &mut c.I32x4ShrU, &mut c.I32x4Mul]);
    set(3, [&mut c.I32x4ExtAddPairwiseI16x8U]);
    set(2, [&mut c.I32x4ExtMulLowI16x8S, &mut c.I32x4ExtMulHighI16x8S]);
    set(2, [&mut c.I32x4ExtMulLowI16x8U, &mut c.I32x4ExtMulHighI16x8U]);
    set(2, [&mut c.I64x2Shl, &mut c.I64x2ShrU]);
    set(3, [&mut c.I64x2ShrS]);
    set(4, [&mut c.I64x2Mul]);
}

fn vector_floats(c: &mut OperatorCost) {
    set(2, [&mut c.F32x4Ceil, &mut c.F32x4Floor, &mut c.F32x4Trunc, &mut c.F32x4Nearest]);
    set(2, [&mut c.F64x2Ceil, &mut c.F64x2Floor, &mut c.F64x2Trunc, &mut c.F64x2Nearest]);
    set(2, [&mut c.F32x4Abs, &mut c.F32x4Neg, &mut c.F64x2Abs, &mut c.F64x2Neg]);
    set(2, [&mut c.F32x4Add, &mut c.F32x4Sub, &mut c.F32x4Mul]);
    set(2, [&mut c.F64x2Add, &mut c.F64x2Sub, &mut c.F64x2Mul]);
    set(4, [&mut c.F32x4Min, &mut c.F32x4Max, &mut c.F64x2Min]);
    set(5, [&mut c.F64x2Max, &mut c.F32x4Sqrt]);
    set(14, [&mut c.F64x2Sqrt]);
    set(10, [&mut c.F32x4Div]);
    set(12, [&mut c.F64x2Div]);
    set(2, [&mut c.I32x4TruncSatF32x4S, &mut c.I32x4TruncSatF64x2SZero]);
    set(3, [&mut c.I32x4TruncSatF64x2UZero]);
    set(4, [&mut c.I32x4TruncSatF32x4U, &mut c.F32x4ConvertI32x4U]);
}

/// Loads and stores cost twice as much in a 64-bit memory.
fn wide_accesses(c: &mut OperatorCost) {
    set(2, [&mut c.I32Load, &mut c.I64Load, &mut c.F32Load, &mut c.F64Load]);
    set(2, [&mut c.I32Load8S, &mut c.I32Load8U, &mut c.I32Load16S, &mut c.I32Load16U]);
    set(2, [&mut c.I64Load8S, &mut c.I64Load8U, &mut c.I64Load16S, &mut c.I64Load16U]);
    set(2, [&mut c.I64Load32S, &mut c.I64Load32U]);
    set(2, [&mut c.I32Store, &mut c.I64Store, &mut c.F32Store, &mut c.F64Store]);
    set(2, [&mut c.I32Store8, &mut c.I32Store16]);
    set(2, [&mut c.I64Store8, &mut c.I64Store16, &mut c.I64Store32]);
    set(2, [&mut c.V128Load, &mut c.V128Load8x8S, &mut c.V128Load8x8U, &mut c.V128Load16x4S]);
    set(2, [&mut c.V128Load16x4U, &mut c.V128Load32x2S, &mut c.V128Load32x2U]);
    set(2, [&mut c.V128Load8Splat, &mut c.V128Load16Splat]);
    set(2, [&mut c.V128Load32Splat, &mut c.V128Load64Splat]);
    set(2, [&mut c.V128Load32Zero, &mut c.V128Load64Zero, &mut c.V128Store]);
    set(2, [&mut c.V128Load8Lane, &mut c.V128Load16Lane]);
    set(2, [&mut c.V128Load32Lane, &mut c.V128Load64Lane]);
    set(2, [&mut c.V128Store8Lane, &mut c.V128Store16Lane]);
    set(2, [&mut c.V128Store32Lane, &mut c.V128Store64Lane]);
}
