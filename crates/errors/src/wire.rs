//! The shape of an error on the wire.

use core::fmt;

use candid::{CandidType, Principal};
use serde::{Deserialize, Serialize};

use crate::Code;

/// Why a method did not do what it was asked. Nothing was changed unless `outcome` says `Unknown`.
///
/// The fault is boxed so that the many results that are no error stay small.
#[derive(Clone, Debug, PartialEq, Eq, CandidType, Serialize, Deserialize)]
pub enum Error {
    /// The request itself is wrong: correct it.
    InvalidInput {
        /// What is wrong.
        fault: Box<Fault>,
        /// The argument that is wrong, as a path (`milestones[2].amount`).
        field: String,
    },
    /// The caller may not do this: get the role.
    Unauthorized {
        /// What is wrong.
        fault: Box<Fault>,
        /// The role or relation that would be enough.
        needs: String,
    },
    /// There is not enough: fund it or ask for less.
    InsufficientFunds {
        /// What is wrong.
        fault: Box<Fault>,
        /// How much the request needs.
        required: u128,
        /// How much there is.
        available: u128,
        /// What both figures count.
        unit: String,
    },
    /// There is no such thing: look elsewhere.
    NotFound {
        /// What is wrong.
        fault: Box<Fault>,
        /// What kind of thing was looked for.
        kind: String,
        /// Its identity, as text.
        id: String,
    },
    /// Not now, or not in this order: wait or do something else first.
    StateError {
        /// What is wrong.
        fault: Box<Fault>,
        /// The state the thing is in.
        actual: String,
        /// The states in which the request would be taken.
        allowed: Vec<String>,
    },
    /// The system could not: retry when `outcome` is `NotApplied`, reconcile when it is `Unknown`.
    SystemError {
        /// What is wrong.
        fault: Box<Fault>,
        /// Whether anything may have happened.
        outcome: Outcome,
        /// When trying again makes sense, in nanoseconds from now.
        retry_after_ns: Option<u64>,
    },
}

/// What is wrong, in three readings: for programs, for people, for tools.
#[derive(Clone, Debug, PartialEq, Eq, CandidType, Serialize, Deserialize)]
pub struct Fault {
    /// A literal from the catalogue (`docs/ERRORS.md`).
    pub code: String,
    /// One sentence that names the thing and the limit.
    pub message: String,
    /// The figures of the sentence under stable keys.
    pub details: Vec<(String, Value)>,
}

/// Whether a failed request may have had an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, CandidType, Serialize, Deserialize)]
pub enum Outcome {
    /// It had none.
    NotApplied,
    /// It may have had one: find out before trying again.
    Unknown,
}

/// A figure of an error.
#[derive(Clone, Debug, PartialEq, Eq, CandidType, Serialize, Deserialize)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A natural number.
    Nat(u128),
    /// An integer.
    Int(i128),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// An identity.
    Principal(Principal),
}

/// The six kinds of error, without their content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// See [`Error::InvalidInput`].
    InvalidInput,
    /// See [`Error::Unauthorized`].
    Unauthorized,
    /// See [`Error::InsufficientFunds`].
    InsufficientFunds,
    /// See [`Error::NotFound`].
    NotFound,
    /// See [`Error::StateError`].
    StateError,
    /// See [`Error::SystemError`].
    SystemError,
}

impl Category {
    /// All six, in the order of the wire type.
    pub const ALL: [Self; 6] = [
        Self::InvalidInput,
        Self::Unauthorized,
        Self::InsufficientFunds,
        Self::NotFound,
        Self::StateError,
        Self::SystemError,
    ];

    /// The name of the case on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidInput => "InvalidInput",
            Self::Unauthorized => "Unauthorized",
            Self::InsufficientFunds => "InsufficientFunds",
            Self::NotFound => "NotFound",
            Self::StateError => "StateError",
            Self::SystemError => "SystemError",
        }
    }

    /// What a caller should do about it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::InvalidInput => "correct the request",
            Self::Unauthorized => "use an identity that has the role",
            Self::InsufficientFunds => "fund it or ask for less",
            Self::NotFound => "look elsewhere",
            Self::StateError => "wait, or do what comes first",
            Self::SystemError => "retry when not applied, reconcile when unknown",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Fault {
    /// A fault without figures.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code: code.as_str().to_owned(), message: message.into(), details: Vec::new() }
    }
}

impl Error {
    /// The argument `field` is wrong.
    pub fn invalid_input(code: Code, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::InvalidInput { fault: Box::new(Fault::new(code, message)), field: field.into() }
    }

    /// The caller is not `needs`.
    pub fn unauthorized(code: Code, needs: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Unauthorized { fault: Box::new(Fault::new(code, message)), needs: needs.into() }
    }

    /// `required` of `unit` were asked for and `available` are there.
    pub fn insufficient_funds(
        code: Code,
        required: u128,
        available: u128,
        unit: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let fault = Box::new(Fault::new(code, message));
        Self::InsufficientFunds { fault, required, available, unit: unit.into() }
    }

    /// There is no `kind` with this `id`.
    pub fn not_found(code: Code, kind: impl Into<String>, id: impl Into<String>) -> Self {
        let (kind, id) = (kind.into(), id.into());
        let message = format!("there is no {kind} {id}");
        Self::NotFound { fault: Box::new(Fault::new(code, message)), kind, id }
    }

    /// The thing is in the state `actual` and the request needs one of `allowed`.
    pub fn state_error(
        code: Code,
        actual: impl Into<String>,
        allowed: &[&str],
        message: impl Into<String>,
    ) -> Self {
        Self::StateError {
            fault: Box::new(Fault::new(code, message)),
            actual: actual.into(),
            allowed: allowed.iter().map(|state| (*state).to_owned()).collect(),
        }
    }

    /// The system could not and nothing happened; `retry_after_ns` says when to try again.
    pub fn not_applied(
        code: Code,
        retry_after_ns: Option<u64>,
        message: impl Into<String>,
    ) -> Self {
        let fault = Box::new(Fault::new(code, message));
        Self::SystemError { fault, outcome: Outcome::NotApplied, retry_after_ns }
    }

    /// The system cannot tell whether it happened: reconcile, do not repeat.
    pub fn unknown_outcome(code: Code, message: impl Into<String>) -> Self {
        let fault = Box::new(Fault::new(code, message));
        Self::SystemError { fault, outcome: Outcome::Unknown, retry_after_ns: None }
    }

    /// Adds a figure to the details.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.fault_mut().details.push((key.to_owned(), value.into()));
        self
    }

    /// What kind of error this is.
    pub const fn category(&self) -> Category {
        match self {
            Self::InvalidInput { .. } => Category::InvalidInput,
            Self::Unauthorized { .. } => Category::Unauthorized,
            Self::InsufficientFunds { .. } => Category::InsufficientFunds,
            Self::NotFound { .. } => Category::NotFound,
            Self::StateError { .. } => Category::StateError,
            Self::SystemError { .. } => Category::SystemError,
        }
    }

    /// What is wrong.
    pub fn fault(&self) -> &Fault {
        match self {
            Self::InvalidInput { fault, .. }
            | Self::Unauthorized { fault, .. }
            | Self::InsufficientFunds { fault, .. }
            | Self::NotFound { fault, .. }
            | Self::StateError { fault, .. }
            | Self::SystemError { fault, .. } => fault,
        }
    }

    fn fault_mut(&mut self) -> &mut Fault {
        match self {
            Self::InvalidInput { fault, .. }
            | Self::Unauthorized { fault, .. }
            | Self::InsufficientFunds { fault, .. }
            | Self::NotFound { fault, .. }
            | Self::StateError { fault, .. }
            | Self::SystemError { fault, .. } => fault,
        }
    }

    /// The code of the catalogue.
    pub fn code(&self) -> &str {
        self.fault().code.as_str()
    }

    /// The sentence for people.
    pub fn message(&self) -> &str {
        self.fault().message.as_str()
    }

    /// The figure under `key`, if there is one.
    pub fn detail(&self, key: &str) -> Option<&Value> {
        self.fault().details.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message())
    }
}

impl std::error::Error for Error {}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Nat(value.into())
    }
}

impl From<u128> for Value {
    fn from(value: u128) -> Self {
        Self::Nat(value)
    }
}

impl From<i128> for Value {
    fn from(value: i128) -> Self {
        Self::Int(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<Principal> for Value {
    fn from(value: Principal) -> Self {
        Self::Principal(value)
    }
}

#[cfg(test)]
mod tests {
    use candid::types::internal::TypeContainer;
    use candid::{Decode, Encode};

    use super::*;

    const CODE: Code = Code::new("test.wire.example");

    fn one_of_each() -> Vec<Error> {
        vec![
            Error::invalid_input(CODE, "amount", "the amount is 0"),
            Error::unauthorized(CODE, "reviewer", "only a reviewer may do this"),
            Error::insufficient_funds(CODE, u128::MAX, 7, "cents", "too little"),
            Error::not_found(CODE, "program", "9"),
            Error::state_error(CODE, "Closed", &["Open", "Paused"], "the program is closed"),
            Error::not_applied(CODE, Some(5), "busy"),
            Error::unknown_outcome(CODE, "no answer in time"),
        ]
    }

    #[test]
    fn every_error_survives_the_wire() {
        for error in one_of_each() {
            let error = error
                .with("yes", true)
                .with("count", 3_u64)
                .with("delta", -3_i128)
                .with("name", "x")
                .with("who", Principal::anonymous());
            let bytes = Encode!(&error).expect("encodes");
            assert_eq!(Decode!(&bytes, Error).expect("decodes"), error);
        }
    }

    #[test]
    fn helpers_read_what_constructors_wrote() {
        let categories: Vec<_> = one_of_each().iter().map(Error::category).collect();
        assert_eq!(categories[..6], Category::ALL);
        let error = Error::not_found(CODE, "program", "9").with("limit", 4_u64);
        assert_eq!(error.code(), "test.wire.example");
        assert_eq!(error.message(), "there is no program 9");
        assert_eq!(error.detail("limit"), Some(&Value::Nat(4)));
        assert_eq!(error.detail("other"), None);
        assert_eq!(error.to_string(), "test.wire.example: there is no program 9");
    }

    #[test]
    fn figures_stand_where_their_names_say() {
        let Error::InsufficientFunds { required, available, unit, .. } =
            Error::insufficient_funds(CODE, 9, 7, "cents", "too little")
        else {
            panic!("another case");
        };
        assert_eq!((required, available, unit.as_str()), (9, 7, "cents"));
        let Error::NotFound { kind, id, .. } = Error::not_found(CODE, "program", "9") else {
            panic!("another case");
        };
        assert_eq!((kind.as_str(), id.as_str()), ("program", "9"));
        let Error::StateError { actual, allowed, .. } =
            Error::state_error(CODE, "Closed", &["Open", "Paused"], "the program is closed")
        else {
            panic!("another case");
        };
        assert_eq!((actual.as_str(), allowed.join(" ")), ("Closed", "Open Paused".to_owned()));
        let reads = |error: Error| match error {
            Error::SystemError { outcome, retry_after_ns, .. } => (outcome, retry_after_ns),
            other => panic!("another case: {other}"),
        };
        assert_eq!(
            reads(Error::not_applied(CODE, Some(5), "busy")),
            (Outcome::NotApplied, Some(5)),
            "safe to repeat"
        );
        let unknown = Error::unknown_outcome(CODE, "no answer in time");
        assert_eq!(reads(unknown), (Outcome::Unknown, None), "not safe to repeat");
    }

    #[test]
    fn every_category_has_its_own_name_and_advice() {
        let names = Category::ALL.map(Category::name);
        assert_eq!(
            names,
            [
                "InvalidInput",
                "Unauthorized",
                "InsufficientFunds",
                "NotFound",
                "StateError",
                "SystemError"
            ],
            "as on the wire"
        );
        assert_eq!(Category::NotFound.to_string(), "NotFound");
        let advice = std::collections::BTreeSet::from(Category::ALL.map(Category::advice));
        assert_eq!(advice.len(), Category::ALL.len());
        assert_eq!(
            Category::SystemError.advice(),
            "retry when not applied, reconcile when unknown"
        );
    }

    /// The cases and fields are a promise to every client: this text never changes.
    #[test]
    fn the_wire_type_is_closed() {
        let mut container = TypeContainer::new();
        container.add::<Error>();
        let types = candid::pretty::candid::compile(&container.env, &None);
        let flat = types.split_whitespace().collect::<Vec<_>>().join(" ");
        let promised = "type Error = variant { \
             InvalidInput : record { field : text; fault : Fault }; \
             SystemError : record { retry_after_ns : opt nat64; outcome : Outcome; \
             fault : Fault; }; \
             NotFound : record { id : text; kind : text; fault : Fault }; \
             Unauthorized : record { needs : text; fault : Fault }; \
             StateError : record { actual : text; allowed : vec text; fault : Fault }; \
             InsufficientFunds : record { unit : text; available : nat; required : nat; \
             fault : Fault; }; }; \
             type Fault = record { code : text; message : text; \
             details : vec record { text; Value }; }; \
             type Outcome = variant { NotApplied; Unknown }; \
             type Value = variant { Int : int; Nat : nat; Blob : blob; Bool : bool; \
             Text : text; Principal : principal; };";
        assert_eq!(flat, promised);
    }
}
