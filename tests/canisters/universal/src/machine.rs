//! The stack, what a canister keeps, and the instructions that need no network.

use std::cell::RefCell;

use crate::{ic0, op, system};

/// What is on the stack.
enum Value {
    Number(u128),
    Bytes(Vec<u8>),
}

/// What is on the heap from one message to the next.
struct Kept {
    global: Vec<u8>,
    hooks: [Option<Vec<u8>>; op::hook::COUNT],
    callbacks: Vec<Vec<u8>>,
}

thread_local! {
    static KEPT: RefCell<Kept> = const {
        RefCell::new(Kept { global: vec![], hooks: [const { None }; _], callbacks: vec![] })
    };
}

/// Ends the message with these words.
pub(crate) fn trap(words: &[u8]) -> ! {
    ic0::trap(words.as_ptr().addr(), words.len())
}

/// The program a test set for a hook.
pub(crate) fn hook(number: u8) -> Option<Vec<u8>> {
    KEPT.with_borrow(|kept| kept.hooks.get(usize::from(number)).cloned().flatten())
}

/// Keeps a program for a callback; the number is its environment.
pub(crate) fn keep_callback(program: Vec<u8>) -> usize {
    KEPT.with_borrow_mut(|kept| {
        kept.callbacks.push(program);
        kept.callbacks.len() - 1
    })
}

/// What the network calls back.
pub(crate) extern "C" fn callback(env: usize) {
    let program = KEPT.with_borrow(|kept| kept.callbacks.get(env).cloned());
    run(&program.unwrap_or_else(|| trap(b"no such callback")));
}

/// Runs a program on an empty stack.
pub(crate) fn run(program: &[u8]) {
    let mut machine = Machine { rest: program, stack: vec![] };
    while let Some(op) = machine.next() {
        machine.step(op);
    }
}

/// A program that is running.
pub(crate) struct Machine<'p> {
    rest: &'p [u8],
    stack: Vec<Value>,
}

impl Machine<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn take(&mut self, size: usize) -> Vec<u8> {
        let Some((taken, rest)) = self.rest.split_at_checked(size) else {
            trap(b"the program is cut off")
        };
        self.rest = rest;
        taken.to_vec()
    }

    pub(crate) fn push(&mut self, number: impl Into<u128>) {
        self.stack.push(Value::Number(number.into()));
    }

    pub(crate) fn push_bytes(&mut self, bytes: Vec<u8>) {
        self.stack.push(Value::Bytes(bytes));
    }

    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        match self.stack.pop() {
            Some(Value::Bytes(bytes)) => bytes,
            Some(Value::Number(_)) => trap(b"bytes expected"),
            None => trap(b"empty stack"),
        }
    }

    fn any_number(&mut self) -> u128 {
        match self.stack.pop() {
            Some(Value::Number(number)) => number,
            Some(Value::Bytes(_)) => trap(b"a number expected"),
            None => trap(b"empty stack"),
        }
    }

    /// A number that fits where it is going.
    pub(crate) fn number<T: TryFrom<u128>>(&mut self) -> T {
        T::try_from(self.any_number()).unwrap_or_else(|_| trap(b"too large a number"))
    }

    fn first_bytes(&mut self, size: usize) {
        let bytes = self.any_number().to_le_bytes();
        self.push_bytes(bytes[..size].to_vec());
    }

    /// Traps when what is compared is equal, or is not.
    fn compare(&mut self, trap_if_equal: bool) {
        let (words, right, left) = (self.bytes(), self.bytes(), self.bytes());
        if (left == right) == trap_if_equal {
            trap(&words);
        }
    }

    fn step(&mut self, op: u8) {
        match op {
            op::INT => {
                let number = number_of(&self.take(16));
                self.push(number);
            }
            op::BYTES => {
                let size = number_of(&self.take(4));
                let bytes = self.take(usize::try_from(size).unwrap_or(usize::MAX));
                self.push_bytes(bytes);
            }
            op::DROP => drop(self.stack.pop().unwrap_or_else(|| trap(b"empty stack"))),
            op::CAT => {
                let (right, left) = (self.bytes(), self.bytes());
                self.push_bytes([left, right].concat());
            }
            op::AS_4 => self.first_bytes(4),
            op::AS_8 => self.first_bytes(8),
            op::AS_16 => self.first_bytes(16),
            op::NUMBER => {
                let number = number_of(&self.bytes());
                self.push(number);
            }
            op::SET_GLOBAL => {
                let bytes = self.bytes();
                KEPT.with_borrow_mut(|kept| kept.global = bytes);
            }
            op::GLOBAL => self.push_bytes(KEPT.with_borrow(|kept| kept.global.clone())),
            op::HOOK => {
                let number = self.take(1)[0];
                let program = self.bytes();
                KEPT.with_borrow_mut(|kept| match kept.hooks.get_mut(usize::from(number)) {
                    Some(hook) => *hook = Some(program),
                    None => trap(b"no such hook"),
                });
            }
            op::TRAP_IF_EQ => self.compare(true),
            op::TRAP_IF_NE => self.compare(false),
            op::SPIN => loop {
                std::hint::black_box(());
            },
            op::GROW_HEAP => {
                let pages = self.number();
                self.push(core::arch::wasm32::memory_grow(0, pages) as u64);
            }
            op::BAD_PRINT => ic0::debug_print(usize::MAX - 5, 4096),
            other => system::step(self, other),
        }
    }
}

/// The number that bytes are, lowest first.
fn number_of(bytes: &[u8]) -> u128 {
    let mut all = [0; 16];
    let Some(place) = all.get_mut(..bytes.len()) else { trap(b"too many bytes for a number") };
    place.copy_from_slice(bytes);
    u128::from_le_bytes(all)
}
