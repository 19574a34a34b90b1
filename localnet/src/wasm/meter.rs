//! Instructions that weigh more than the engine's table of weights can say.
//!
//! Its entries end at 255; four instructions of the Internet Computer's table weigh 300. The rest
//! is put before each of them as `nop`s, which weigh 1 and compile to nothing.

use wasmparser::{FunctionBody, Operator};

use crate::runtime::WasmFault;

/// What an instruction of weight 300 lacks.
const MISSING: usize = 300 - 255;
const NOP: u8 = 0x01;

/// Whether an instruction weighs 300.
fn is_heavy(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::MemoryGrow { .. }
            | Operator::TableGrow { .. }
            | Operator::DataDrop { .. }
            | Operator::ElemDrop { .. }
    )
}

/// A function with the weight its heavy instructions lack.
pub(super) fn metered(body: &FunctionBody<'_>) -> Result<Vec<u8>, WasmFault> {
    let bytes = body.as_bytes();
    let start = body.range().start;
    let mut operators = body.get_operators_reader().map_err(WasmFault::undecodable)?;
    let mut out = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset().map_err(WasmFault::undecodable)?;
        if is_heavy(&operator) {
            out.extend_from_slice(&bytes[copied..offset - start]);
            out.extend_from_slice(&[NOP; MISSING]);
            copied = offset - start;
        }
    }
    out.extend_from_slice(&bytes[copied..]);
    Ok(out)
}
