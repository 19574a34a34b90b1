//! One shape into another: wire types to the core's ([`input`], [`policy`], [`books`]) and back
//! ([`output`]), frequent arguments without Candid's detour ([`exact`]), and the type headers of
//! what crosses the border ([`headers`]). Total functions, no decisions.

pub mod books;
pub mod exact;
pub mod headers;
pub mod input;
pub mod output;
pub mod policy;

use candid::CandidType;
use granary_env::wire;

/// A type that crosses the border alone, and the type header of such a message.
///
/// Making the header costs more than the rest of a small call, and it is the same every time; so
/// [`headers`] holds the headers of exactly the types of the interface, and a test compares them
/// with what the types give.
pub trait Headed: CandidType {
    /// `DIDL`, the type table and the type of the one value.
    const HEADER: &'static [u8];
}

/// The reply `value` under the ready header of its type.
#[expect(clippy::needless_pass_by_value, reason = "the CDK hands the reply over by value")]
pub fn reply<T: Headed>(value: T) -> Vec<u8> {
    wire::encode(T::HEADER, &value)
}

#[cfg(test)]
mod tests {
    use candid::Encode;
    use granary_api::{common, risk_guard as r};
    use granary_errors::{Error, common as codes};

    use super::*;

    #[test]
    fn a_reply_is_what_candid_would_write() {
        let receipt = common::Receipt { id: 1, event: 2, at_ns: 3 };
        for answer in [Ok(receipt), Err(Error::not_applied(codes::RATE_LIMITED, Some(9), "slow"))] {
            assert_eq!(reply(answer.clone()), Encode!(&answer).expect("encodes"));
        }
        let denial = r::Denial {
            rule: "window".to_owned(),
            remaining_units: u128::MAX,
            retry_at_ns: Some(5),
            reason: "full".to_owned(),
        };
        let answer: Result<_, Error> = Ok(r::Verdict::Denied(denial.clone()));
        assert_eq!(reply(answer.clone()), Encode!(&answer).expect("encodes"));
        let answer: Result<_, Error> = Ok(r::Assessment::Denied(denial));
        assert_eq!(reply(answer.clone()), Encode!(&answer).expect("encodes"));
    }
}
