//! Call contexts and the calls they wait for.

use candid::Principal;
use serde::{Deserialize, Serialize};

use super::{pool::CallId, types::MessageId};
use crate::message::Callback;

/// Identifies a call context.
pub(crate) type ContextId = u64;

/// Who is answered when a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Origin {
    Ingress(MessageId),
    /// The caller's pending call.
    Call(CallId),
    /// Timers and heartbeats: nobody.
    System,
}

/// One call being served by a canister, from its first message to its last callback.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CallContext {
    pub(crate) canister: Principal,
    pub(crate) origin: Origin,
    pub(crate) caller: Principal,
    /// Method name, or the task's name.
    pub(crate) method: String,
    pub(crate) responded: bool,
    /// The canister was uninstalled meanwhile: callbacks no longer run.
    pub(crate) deleted: bool,
    /// Attached cycles not yet accepted.
    pub(crate) available: u128,
    /// Calls without a response yet.
    pub(crate) outstanding: u64,
    /// 0 when the caller waits without bound.
    pub(crate) deadline_ns: u64,
    /// Used by all its messages so far.
    pub(crate) instructions: u64,
}

/// A call a canister made and has not seen the response of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PendingCall {
    pub(crate) context: ContextId,
    pub(crate) caller: Principal,
    pub(crate) callee: Principal,
    #[serde(default)]
    pub(crate) method: String,
    pub(crate) on_reply: Callback,
    pub(crate) on_reject: Callback,
    pub(crate) on_cleanup: Option<Callback>,
    pub(crate) deadline_ns: u64,
    /// Another subnet executes it.
    #[serde(default)]
    pub(crate) remote: bool,
    /// Set aside for the response and its callback.
    pub(crate) prepaid: u128,
    /// A response is on its way; later ones are dropped.
    pub(crate) answered: bool,
}
