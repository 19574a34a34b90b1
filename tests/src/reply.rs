//! What a call comes back with: a value, the canister's typed error, or a reject by the network.

use candid::{CandidType, Decode, Deserialize};
use granary_errors::{Category, Error};
use pocket_ic::RejectResponse;

/// Why a call did not give its value.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// The canister's own answer.
    Typed(Error),
    /// The message was rejected: stopped canister, undecodable arguments, a trap.
    Reject(RejectResponse),
}

/// What a call comes back with.
pub type Answer<T> = Result<T, Refusal>;

impl Refusal {
    /// The canister's error.
    ///
    /// # Panics
    /// When the network rejected the call.
    #[track_caller]
    pub fn error(self) -> Error {
        match self {
            Self::Typed(error) => error,
            Self::Reject(reject) => panic!("expected a typed error, got a reject: {reject}"),
        }
    }

    /// The network's reject.
    ///
    /// # Panics
    /// When the canister answered.
    #[track_caller]
    pub fn reject(self) -> RejectResponse {
        match self {
            Self::Reject(reject) => reject,
            Self::Typed(error) => panic!("expected a reject, got the typed error {error}"),
        }
    }

    /// The code of the typed error, or the text of the reject.
    pub fn code(&self) -> String {
        match self {
            Self::Typed(error) => error.code().to_owned(),
            Self::Reject(reject) => format!("reject: {}", reject.reject_message),
        }
    }
}

/// Short ways to say what a test expects.
pub trait Expect<T> {
    /// The value.
    ///
    /// # Panics
    /// When the call was refused.
    fn value(self, what: &str) -> T;
    /// The code of the typed error.
    ///
    /// # Panics
    /// When the call succeeded or was rejected by the network.
    fn code(self, what: &str) -> String;
    /// The typed error.
    ///
    /// # Panics
    /// When the call succeeded or was rejected by the network.
    fn refused(self, category: Category, what: &str) -> Error;
}

impl<T: std::fmt::Debug> Expect<T> for Answer<T> {
    #[track_caller]
    fn value(self, what: &str) -> T {
        match self {
            Ok(value) => value,
            Err(Refusal::Typed(error)) => panic!("{what}: refused with {error} ({error:?})"),
            Err(Refusal::Reject(reject)) => panic!("{what}: rejected with {reject}"),
        }
    }

    #[track_caller]
    fn code(self, what: &str) -> String {
        match self {
            Ok(value) => panic!("{what}: expected a refusal, got {value:?}"),
            Err(refusal) => refusal.error().code().to_owned(),
        }
    }

    #[track_caller]
    fn refused(self, category: Category, what: &str) -> Error {
        match self {
            Ok(value) => panic!("{what}: expected {category}, got {value:?}"),
            Err(refusal) => {
                let error = refusal.error();
                assert_eq!(error.category(), category, "{what}: {error}");
                error
            }
        }
    }
}

/// The plain value in a reply.
pub fn plain<T>(reply: Result<Vec<u8>, RejectResponse>) -> Answer<T>
where
    T: CandidType + for<'de> Deserialize<'de>,
{
    let bytes = reply.map_err(Refusal::Reject)?;
    Ok(Decode!(&bytes, T).expect("the reply has the type of the contract"))
}

/// The value or the typed error in a reply.
pub fn typed<T>(reply: Result<Vec<u8>, RejectResponse>) -> Answer<T>
where
    T: CandidType + for<'de> Deserialize<'de>,
{
    let bytes = reply.map_err(Refusal::Reject)?;
    Decode!(&bytes, Result<T, Error>)
        .expect("the reply has the type of the contract")
        .map_err(Refusal::Typed)
}
