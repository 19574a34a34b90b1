//! The canisters this one calls, as traits with their implementation.
//!
//! `registry` is asked how people stand, and `execution` is given what is to be paid, each once the
//! canister is told where it is. Until then nobody is asked about people, and a queued payout stays
//! `Queued`: nothing pretends that money moved.

use candid::Principal;
use granary_api::common::Receipt;
use granary_api::execution::{Intent, IntentArgs, SubmitIntentArgs};
use granary_api::registry::{GetStandingsArgs, Standing};
use granary_env::call::Answer;
use granary_env::suite::calls::call_within;
use granary_errors::Error;

/// How long the registry may take, seconds: somebody waits for the answer.
const REGISTRY_SECONDS: u32 = 30;

/// Who people are and what they may do.
pub trait Registry {
    /// Which canister answers.
    fn canister(&self) -> Principal;

    /// How these people stand, in their order. Reading changes nothing there.
    fn get_standings(
        &self,
        people: &[Principal],
    ) -> impl Future<Output = Answer<Result<Vec<Standing>, Error>>>;
}

/// The registry at a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistryAt(pub Principal);

impl Registry for RegistryAt {
    fn canister(&self) -> Principal {
        self.0
    }

    async fn get_standings(&self, people: &[Principal]) -> Answer<Result<Vec<Standing>, Error>> {
        let arguments = (GetStandingsArgs { principals: people.to_vec() },);
        call_within("registry", self.0, "get_standings", &arguments, REGISTRY_SECONDS).await
    }
}

/// How long `execution` may take for one answer, seconds. It writes an intent down, or reads one;
/// what it does about it comes later.
const EXECUTION_SECONDS: u32 = 60;

/// The hands of the suite.
pub trait Execution {
    /// Hands a payment over. The same key with the same arguments gives the first receipt, for
    /// ever, so a lost answer is asked for again.
    fn submit_intent(
        &self,
        args: &SubmitIntentArgs,
    ) -> impl Future<Output = Answer<Result<Receipt, Error>>>;

    /// What became of it. Reading changes nothing there.
    fn get_intent(&self, intent: u64) -> impl Future<Output = Answer<Result<Intent, Error>>>;
}

/// The canister `execution` at a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecutionAt(pub Principal);

impl Execution for ExecutionAt {
    async fn submit_intent(&self, args: &SubmitIntentArgs) -> Answer<Result<Receipt, Error>> {
        call_within("execution", self.0, "submit_intent", &(args,), EXECUTION_SECONDS).await
    }

    async fn get_intent(&self, intent: u64) -> Answer<Result<Intent, Error>> {
        let arguments = (IntentArgs { intent },);
        call_within("execution", self.0, "get_intent", &arguments, EXECUTION_SECONDS).await
    }
}
