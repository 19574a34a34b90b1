//! The thread an instance lives on. Everything done to an instance is a job for its thread, so
//! operations on one instance happen one after the other, in the order of arrival.

use std::{
    panic::AssertUnwindSafe,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
};

use tokio::sync::oneshot;

use super::live::{Instance, InstanceSpec};
use crate::runtime::with_large_stack;

/// Jobs taken at a stretch before rounds run.
const JOBS_MAX: usize = 64;

type Job = Box<dyn FnOnce(&mut Instance) + Send>;

enum Order {
    Run(Job),
    /// Saves the state and ends.
    Stop(oneshot::Sender<Result<(), String>>),
}

/// The instance has been deleted, or it failed by a bug of localnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceGone;

impl std::fmt::Display for InstanceGone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the instance has been deleted, or has failed by a bug of localnet")
    }
}

impl std::error::Error for InstanceGone {}

/// Access to an instance from anywhere. Clones refer to the same instance.
#[derive(Clone, Debug)]
pub struct InstanceHandle {
    orders: Sender<Order>,
    trusts_ingress: bool,
}

impl InstanceHandle {
    /// Starts an instance on a new thread.
    pub async fn start(spec: InstanceSpec) -> Result<Self, String> {
        let (orders, inbox) = channel();
        let (ready, started) = oneshot::channel();
        let trusts_ingress = spec.trust_ingress;
        let live = move || match Instance::new(spec) {
            Ok(instance) => {
                // Whoever asked may have gone away; the instance ends with its handles.
                let _ = ready.send(Ok(()));
                work(instance, &inbox);
            }
            Err(reason) => {
                let _ = ready.send(Err(reason));
            }
        };
        // Canisters run in place on a thread with a large stack.
        std::thread::Builder::new()
            .name("instance".to_owned())
            .spawn(move || with_large_stack(live))
            .map_err(|error| format!("cannot start a thread for the instance: {error}"))?;
        started.await.map_err(|_| InstanceGone.to_string())??;
        Ok(Self { orders, trusts_ingress })
    }

    /// Does something with the instance and returns the result.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Instance) -> T + Send + 'static,
    ) -> Result<T, InstanceGone> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |instance| {
            let answer = job(instance);
            // What cannot be kept is not answered.
            if instance.is_kept().is_ok() {
                // The asker may have hung up; the job is done all the same.
                let _ = sender.send(answer);
            }
        });
        self.orders.send(Order::Run(job)).map_err(|_| InstanceGone)?;
        receiver.await.map_err(|_| InstanceGone)
    }

    /// Like [`InstanceHandle::run`], for callers outside of an async runtime.
    pub fn run_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Instance) -> T + Send + 'static,
    ) -> Result<T, InstanceGone> {
        let (sender, receiver) = channel();
        let job: Job = Box::new(move |instance| {
            let answer = job(instance);
            if instance.is_kept().is_ok() {
                // The asker waits below, so this fails only when it has been killed.
                let _ = sender.send(answer);
            }
        });
        self.orders.send(Order::Run(job)).map_err(|_| InstanceGone)?;
        receiver.recv().map_err(|_| InstanceGone)
    }

    /// Saves the state, when there is a directory for it, and ends the instance.
    pub async fn stop(&self) -> Result<(), String> {
        let (sender, receiver) = oneshot::channel();
        self.orders.send(Order::Stop(sender)).map_err(|_| InstanceGone.to_string())?;
        receiver.await.map_err(|_| InstanceGone.to_string())?
    }

    /// Whether signatures and expiry of requests are left unchecked.
    pub(crate) fn trusts_ingress(&self) -> bool {
        self.trusts_ingress
    }
}

fn work(mut instance: Instance, inbox: &Receiver<Order>) {
    loop {
        let first = match instance.next_round_in() {
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(wait) => inbox.recv_timeout(wait),
        };
        let first = match first {
            Ok(order) => Some(order),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        for order in first.into_iter().chain(inbox.try_iter()).take(JOBS_MAX) {
            match order {
                Order::Run(job) => {
                    let done = || {
                        job(&mut instance);
                        instance.settle();
                    };
                    if !survives(done) {
                        return;
                    }
                }
                Order::Stop(sender) => {
                    let saved = instance.save();
                    // The state directory is free before anybody hears that this is over.
                    drop(instance);
                    // The asker may have hung up; the state is saved all the same.
                    let _ = sender.send(saved);
                    return;
                }
            }
        }
        if !survives(|| instance.advance()) {
            return;
        }
        let kept = instance.network.shorten_journal().and_then(|()| instance.is_kept());
        if let Err(why) = kept {
            eprintln!("localnet: {why}; the network stops");
            return;
        }
    }
}

/// Runs `step`; false when it panicked, after which the instance cannot be trusted any more.
fn survives(step: impl FnOnce()) -> bool {
    std::panic::catch_unwind(AssertUnwindSafe(step)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn jobs_run_in_order_and_return_their_results() {
        let handle = InstanceHandle::start(InstanceSpec::default()).await.expect("starts");
        let time = async || handle.run(|instance| instance.network.time_ns()).await.expect("runs");
        let before = time().await;
        handle.run(|instance| instance.network.tick()).await.expect("runs");
        assert!(before < time().await);
        handle.stop().await.expect("stops");
        assert_eq!(handle.run(|_| ()).await, Err(InstanceGone));
    }

    #[tokio::test]
    async fn a_panic_ends_the_instance_and_nothing_else() {
        let handle = InstanceHandle::start(InstanceSpec::default()).await.expect("starts");
        assert_eq!(handle.run(|_| panic!("a bug, on purpose")).await, Err::<(), _>(InstanceGone));
        assert_eq!(handle.run(|_| ()).await, Err(InstanceGone));
    }

    #[tokio::test]
    async fn a_wrong_configuration_is_reported() {
        let network = crate::network::NetworkConfig {
            subnets: Vec::new(),
            ..crate::network::NetworkConfig::default()
        };
        let spec = InstanceSpec { network, ..InstanceSpec::default() };
        let error = InstanceHandle::start(spec).await.expect_err("no subnets");
        assert!(error.contains("must contain at least one subnet"), "{error}");
    }
}
