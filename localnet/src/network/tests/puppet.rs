//! A canister that does what it is told, and the programs to tell it.

use candid::Principal;

/// A puppet without heartbeat, inspection or hooks.
pub(super) fn wasm() -> Vec<u8> {
    wasm_with("")
}

/// A puppet with more exports.
pub(super) fn wasm_with(exports: &str) -> Vec<u8> {
    let text = include_str!("puppet.wat").replace(";; EXPORTS", exports);
    wat::parse_str(text).expect("valid WAT")
}

/// What a puppet is to do, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Program(pub(super) Vec<u8>);

/// A call a program makes.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub(super) callee: Principal,
    pub(super) method: &'static str,
    pub(super) cycles: u64,
    pub(super) timeout: u32,
    pub(super) on_reply: Program,
    pub(super) on_reject: Program,
    pub(super) on_cleanup: Program,
    pub(super) arg: Vec<u8>,
}

/// A call of `run` on `callee` that executes `program` there, and does nothing afterwards.
pub(super) fn call(callee: Principal, program: Program) -> Outgoing {
    Outgoing {
        callee,
        method: "run",
        cycles: 0,
        timeout: 0,
        on_reply: Program::default(),
        on_reject: Program::default(),
        on_cleanup: Program::default(),
        arg: program.0,
    }
}

impl Outgoing {
    pub(super) fn cycles(self, cycles: u64) -> Self {
        Self { cycles, ..self }
    }
    pub(super) fn timeout(self, timeout: u32) -> Self {
        Self { timeout, ..self }
    }
    pub(super) fn on_reply(self, on_reply: Program) -> Self {
        Self { on_reply, ..self }
    }
    pub(super) fn on_reject(self, on_reject: Program) -> Self {
        Self { on_reject, ..self }
    }
    pub(super) fn on_cleanup(self, on_cleanup: Program) -> Self {
        Self { on_cleanup, ..self }
    }
    pub(super) fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }
}

/// A call of a management method.
pub(super) fn manage(method: &'static str, arg: Vec<u8>) -> Outgoing {
    let mut outgoing = call(Principal::management_canister(), Program::default()).method(method);
    outgoing.arg = arg;
    outgoing
}

/// An empty program.
pub(super) fn program() -> Program {
    Program::default()
}

impl Program {
    fn op(mut self, op: u8, operand: &[u8]) -> Self {
        self.0.push(op);
        self.0.extend_from_slice(operand);
        self
    }

    fn block(mut self, bytes: &[u8]) -> Self {
        let length = u16::try_from(bytes.len()).expect("short block");
        self.0.extend_from_slice(&length.to_le_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn append(self, bytes: &[u8]) -> Self {
        self.op(1, &[]).block(bytes)
    }
    pub(super) fn reply(self) -> Self {
        self.op(2, &[])
    }
    pub(super) fn reject(self, text: &str) -> Self {
        self.op(3, &[]).block(text.as_bytes())
    }
    pub(super) fn trap(self, text: &str) -> Self {
        self.op(4, &[]).block(text.as_bytes())
    }
    pub(super) fn accept(self, cycles: u64) -> Self {
        self.op(5, &cycles.to_le_bytes())
    }
    #[expect(clippy::needless_pass_by_value, reason = "programs are built in one expression")]
    pub(super) fn call(self, call: Outgoing) -> Self {
        self.op(6, &[])
            .block(call.callee.as_slice())
            .block(call.method.as_bytes())
            .raw(&call.cycles.to_le_bytes())
            .raw(&call.timeout.to_le_bytes())
            .block(&call.on_reply.0)
            .block(&call.on_reject.0)
            .block(&call.on_cleanup.0)
            .block(&call.arg)
    }
    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }
    /// Adds to the counter on the heap.
    pub(super) fn count(self, n: u32) -> Self {
        self.op(7, &n.to_le_bytes())
    }
    pub(super) fn append_count(self) -> Self {
        self.op(8, &[])
    }
    pub(super) fn stable_write(self, offset: u32, bytes: &[u8]) -> Self {
        self.op(9, &offset.to_le_bytes()).block(bytes)
    }
    /// Appends eight bytes of stable memory.
    pub(super) fn append_stable(self, offset: u32) -> Self {
        self.op(10, &offset.to_le_bytes())
    }
    pub(super) fn timer(self, at_ns: u64) -> Self {
        self.op(11, &at_ns.to_le_bytes())
    }
    pub(super) fn certify(self, bytes: &[u8]) -> Self {
        self.op(12, &[]).block(bytes)
    }
    pub(super) fn print(self, text: &str) -> Self {
        self.op(13, &[]).block(text.as_bytes())
    }
    pub(super) fn burn(self, cycles: u64) -> Self {
        self.op(14, &cycles.to_le_bytes())
    }
    pub(super) fn append_arg(self) -> Self {
        self.op(15, &[])
    }
    /// Appends the reject code and message.
    pub(super) fn append_reject(self) -> Self {
        self.op(16, &[])
    }
    pub(super) fn append_refund(self) -> Self {
        self.op(17, &[])
    }
    pub(super) fn append_time(self) -> Self {
        self.op(20, &[])
    }
    pub(super) fn loop_forever(self) -> Self {
        self.op(21, &[])
    }
    pub(super) fn grow_heap(self, pages: u32) -> Self {
        self.op(22, &pages.to_le_bytes())
    }
    pub(super) fn append_heap_pages(self) -> Self {
        self.op(23, &[])
    }
    /// What `canister_pre_upgrade` does.
    pub(super) fn before_upgrade(self, program: &Program) -> Self {
        self.op(24, &[4]).block(&program.0)
    }
    /// What `canister_global_timer` does.
    pub(super) fn on_timer(self, program: &Program) -> Self {
        self.op(24, &[8]).block(&program.0)
    }
    /// What `canister_heartbeat` and other hooks do.
    pub(super) fn on_heartbeat(self, program: &Program) -> Self {
        self.op(24, &[12]).block(&program.0)
    }
    pub(super) fn append_deadline(self) -> Self {
        self.op(25, &[])
    }
    pub(super) fn append_available(self) -> Self {
        self.op(27, &[])
    }
    /// Appends how many calls `call_perform` refused.
    pub(super) fn append_refusals(self) -> Self {
        self.op(28, &[])
    }
    /// Appends a mutable global that every message moves.
    pub(super) fn append_global(self) -> Self {
        self.op(29, &[])
    }
}
