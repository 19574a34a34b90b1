//! Programs, written in Rust and sent as bytes.
//!
//! A program is a list of instructions; one that leaves a value on the stack stands for the value.
//! Programs are put one after the other with `+`.

use std::ops::Add;

use crate::op;

/// What the canister is to do, or a value it is to compute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program(pub Vec<u8>);

impl Add for Program {
    type Output = Self;
    fn add(mut self, next: Self) -> Self {
        self.0.extend(next.0);
        self
    }
}

/// Nothing.
pub fn nothing() -> Program {
    Program::default()
}

/// An instruction after what it pops.
pub fn apply(op: u8, operands: impl IntoIterator<Item = Program>) -> Program {
    let program = operands.into_iter().fold(nothing(), Add::add);
    program + Program(vec![op])
}

/// An instruction that pops nothing.
pub fn get(op: u8) -> Program {
    Program(vec![op])
}

/// A number.
pub fn int(number: u128) -> Program {
    get(op::INT) + Program(number.to_le_bytes().to_vec())
}

/// Bytes; more than four gibibytes are cut off.
pub fn bytes(bytes: impl AsRef<[u8]>) -> Program {
    let bytes = bytes.as_ref();
    let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    get(op::BYTES) + Program(size.to_le_bytes().to_vec()) + Program(bytes.to_vec())
}

/// Computes a value and forgets it.
pub fn ignore(value: Program) -> Program {
    apply(op::DROP, [value])
}

/// Two pieces, joined.
pub fn cat(left: Program, right: Program) -> Program {
    apply(op::CAT, [left, right])
}

/// A number as four bytes.
pub fn as_4(number: Program) -> Program {
    apply(op::AS_4, [number])
}

/// A number as eight bytes.
pub fn as_8(number: Program) -> Program {
    apply(op::AS_8, [number])
}

/// A number as sixteen bytes.
pub fn as_16(number: Program) -> Program {
    apply(op::AS_16, [number])
}

/// Answers what was appended.
pub fn reply() -> Program {
    get(op::MSG_REPLY)
}

/// Appends to the answer.
pub fn append(bytes: Program) -> Program {
    apply(op::MSG_REPLY_DATA_APPEND, [bytes])
}

/// Appends and answers.
pub fn reply_with(bytes: Program) -> Program {
    append(bytes) + reply()
}

/// Answers with a rejection.
pub fn reject(words: &str) -> Program {
    apply(op::MSG_REJECT, [bytes(words)])
}

/// Fails.
pub fn trap(words: &str) -> Program {
    apply(op::TRAP, [bytes(words)])
}

/// Fails when both are equal.
pub fn trap_if_eq(left: Program, right: Program) -> Program {
    apply(op::TRAP_IF_EQ, [left, right, bytes("they are equal")])
}

/// Fails when both are not equal.
pub fn trap_if_ne(left: Program, right: Program) -> Program {
    apply(op::TRAP_IF_NE, [left, right, bytes("they differ")])
}

/// Keeps bytes on the heap.
pub fn set_global(bytes: Program) -> Program {
    apply(op::SET_GLOBAL, [bytes])
}

/// What is kept on the heap.
pub fn global() -> Program {
    get(op::GLOBAL)
}

/// What a hook is to do; its number is in [`op::hook`].
pub fn on(hook: u8, program: &Program) -> Program {
    bytes(&program.0) + Program(vec![op::HOOK, hook])
}

/// Grows stable memory by so many pages.
pub fn stable_grow(pages: u128) -> Program {
    ignore(apply(op::STABLE_GROW, [int(pages)]))
}

/// Writes into stable memory.
pub fn stable_write(offset: u128, bytes: Program) -> Program {
    apply(op::STABLE_WRITE, [int(offset), bytes])
}

/// Bytes of stable memory.
pub fn stable_read(offset: u128, size: u128) -> Program {
    apply(op::STABLE_READ, [int(offset), int(size)])
}

/// A call of another canister.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who is called.
    pub callee: Vec<u8>,
    /// Its method.
    pub method: String,
    /// The argument.
    pub argument: Vec<u8>,
    /// When there is a reply.
    pub on_reply: Program,
    /// When there is a rejection.
    pub on_reject: Program,
    /// When one of the two fails.
    pub on_cleanup: Option<Program>,
    /// How many cycles go with it.
    pub cycles: u128,
    /// Seconds after which the answer may be unknown.
    pub timeout: Option<u32>,
}

impl Call {
    /// The call of a universal canister: it names its caller and itself, and what it answers is
    /// relayed: see [`relay_reply`].
    pub fn new(callee: impl AsRef<[u8]>, method: &str) -> Self {
        let names = cat(get(op::MSG_CALLER), get(op::CANISTER_SELF));
        Self {
            callee: callee.as_ref().to_vec(),
            method: method.to_owned(),
            argument: reply_with(names).0,
            on_reply: relay_reply(),
            on_reject: relay_reject(),
            on_cleanup: None,
            cycles: 0,
            timeout: None,
        }
    }

    /// What the other is to do.
    pub fn there(self, program: Program) -> Self {
        Self { argument: program.0, ..self }
    }

    /// The argument of a method that runs no programs.
    pub fn argument(self, argument: Vec<u8>) -> Self {
        Self { argument, ..self }
    }

    /// What happens on a reply.
    pub fn on_reply(self, on_reply: Program) -> Self {
        Self { on_reply, ..self }
    }

    /// What happens on a rejection.
    pub fn on_reject(self, on_reject: Program) -> Self {
        Self { on_reject, ..self }
    }

    /// What happens when one of the two fails.
    pub fn on_cleanup(self, program: Program) -> Self {
        Self { on_cleanup: Some(program), ..self }
    }

    /// Cycles go with it.
    pub fn cycles(self, cycles: u128) -> Self {
        Self { cycles, ..self }
    }

    /// The answer may be unknown after so many seconds.
    pub fn timeout(self, seconds: u32) -> Self {
        Self { timeout: Some(seconds), ..self }
    }

    /// The call is made.
    pub fn make(self) -> Program {
        let callbacks = [bytes(&self.on_reply.0), bytes(&self.on_reject.0)];
        let who = [bytes(&self.callee), bytes(&self.method)];
        let mut program = apply(op::CALL_NEW, who.into_iter().chain(callbacks));
        if let Some(cleanup) = self.on_cleanup {
            program = program + apply(op::CALL_ON_CLEANUP, [bytes(&cleanup.0)]);
        }
        program = program + apply(op::CALL_DATA_APPEND, [bytes(&self.argument)]);
        if self.cycles > 0 {
            program = program + apply(op::CALL_CYCLES_ADD128, [int(self.cycles)]);
        }
        if let Some(seconds) = self.timeout {
            let seconds = int(u128::from(seconds));
            program = program + apply(op::CALL_WITH_BEST_EFFORT_RESPONSE, [seconds]);
        }
        program + ignore(get(op::CALL_PERFORM))
    }
}

/// Answers with four zeros and the reply.
pub fn relay_reply() -> Program {
    append(as_4(int(0))) + reply_with(get(op::MSG_ARG_DATA))
}

/// Answers with the code of the rejection in four bytes and its words.
pub fn relay_reject() -> Program {
    append(as_4(get(op::MSG_REJECT_CODE))) + reply_with(get(op::MSG_REJECT_MSG))
}
