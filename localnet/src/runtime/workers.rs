//! Threads with enough stack to run canisters.
//!
//! A canister may use 5 MiB of stack, more than the threads of a test or a server have. Work is
//! handed to a thread that has it, unless the calling thread has it already.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use super::limits::THREAD_STACK_BYTES;

thread_local! {
    static ROOMY: Cell<bool> = const { Cell::new(false) };
}

type Job = Box<dyn FnOnce() + Send>;

/// Idle threads waiting for work. There are never more than messages ran at the same time.
#[derive(Debug, Default)]
pub(super) struct Workers {
    idle: Mutex<Vec<Sender<Job>>>,
}

impl Workers {
    /// Runs `work` where there is enough stack and waits for its result.
    pub(super) fn run<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> R {
        if ROOMY.get() {
            return work();
        }
        let worker = self.take();
        let (answer, result) = channel();
        let job: Job = Box::new(move || {
            // The receiver is gone only if this call itself was abandoned.
            let _ = answer.send(catch_unwind(AssertUnwindSafe(work)));
        });
        worker.send(job).expect("a worker ends only when its sender is dropped");
        let result = result.recv().expect("a worker always answers");
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn take(&self) -> Sender<Job> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| {
            let (sender, jobs) = channel();
            spawn("canister", move || work_on(&jobs));
            sender
        })
    }
}

fn work_on(jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        job();
    }
}

fn spawn<R: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> R + Send + 'static,
) -> thread::JoinHandle<R> {
    thread::Builder::new()
        .name(name.into())
        .stack_size(THREAD_STACK_BYTES)
        .spawn(move || {
            ROOMY.set(true);
            work()
        })
        .expect("the system can start a thread")
}

/// Runs `work` on a thread of its own on which canisters execute in place, which saves handing
/// each message to another thread. For loops that run many messages.
pub fn with_large_stack<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    spawn("canisters", work).join().unwrap_or_else(|panic| resume_unwind(panic))
}
