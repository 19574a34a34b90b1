//! The way to a canister: bytes out, bytes back.
//!
//! | room | holds |
//! |---|---|
//! | `agent` | the real way, through ic-agent over HTTP |
//! | `certificate` | certificates as bytes |
//! | `network` | which endpoint, under which name, trusted by which root key |
//! | `remote` | a canister seen by one identity, methods with their types |
//! | `common` | what every canister of the suite answers |
//! | `grants`, `registry`, `portfolio` | each canister method by method |
//! | `execution`, `risk_guard`, `governor` | as far as this tool calls them |
//! | `management` | creating canisters and installing code |
//! | `snapshots` | what is in a snapshot, out of the network and back |
//! | `inside` | a network in this process, spoken to as anybody |
//! | `fake` | a canister made of closures, for tests |

pub(crate) mod agent;
mod certificate;
pub(crate) mod common;
pub(crate) mod execution;
#[cfg(test)]
pub(crate) mod fake;
pub(crate) mod governor;
pub(crate) mod grants;
pub(crate) mod inside;
pub(crate) mod management;
pub(crate) mod network;
pub(crate) mod portfolio;
pub(crate) mod registry;
pub(crate) mod remote;
pub(crate) mod risk_guard;
pub(crate) mod snapshots;

use std::future::Future;

use candid::Principal;

use crate::{failure::Failure, identity::Caller};

/// A message to a canister.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The canister that gets it.
    pub(crate) canister: Principal,
    /// The canister that decides where it goes; differs for management calls only.
    pub(crate) effective: Principal,
    /// The method.
    pub(crate) method: &'static str,
    /// Candid bytes.
    pub(crate) arg: Vec<u8>,
}

/// An endpoint and the identity that speaks to it.
pub(crate) trait Client: Clone + Send + Sync + 'static {
    /// The principal that calls.
    fn principal(&self) -> Principal;

    /// The same endpoint under another identity.
    fn acting_as(&self, caller: &Caller) -> Result<Self, Failure>;

    /// Asks without changing anything; the answer is signed by a node of the subnet.
    fn query(&self, message: Message) -> impl Future<Output = Result<Vec<u8>, Failure>> + Send;

    /// Asks for a change and waits for the certified answer.
    fn update(&self, message: Message) -> impl Future<Output = Result<Vec<u8>, Failure>> + Send;

    /// The hash of the code that runs, from the certified state tree; none when there is no code. A
    /// canister that does not exist is a failure.
    fn module_hash(
        &self,
        canister: Principal,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, Failure>> + Send;

    /// A metadata section of the code that runs, from the certified state tree; none when the code
    /// has none of this name that everybody may read.
    fn metadata(
        &self,
        canister: Principal,
        name: &'static str,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, Failure>> + Send;

    /// Who controls the canister, from the certified state tree.
    fn controllers(
        &self,
        canister: Principal,
    ) -> impl Future<Output = Result<Vec<Principal>, Failure>> + Send;

    /// Checks the signature, delegation and age of a certificate a canister handed out, and gives
    /// the 32 bytes the network certifies for it.
    fn certified_data(&self, canister: Principal, certificate: &[u8]) -> Result<Vec<u8>, Failure>;

    /// The canister whose subnet new canisters are created on.
    fn default_effective(&self) -> impl Future<Output = Principal> + Send;
}
