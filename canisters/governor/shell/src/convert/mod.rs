//! One shape into another: wire types to the core's ([`input`], [`payload`]) and back ([`output`],
//! [`shown`], [`releases`], [`authority`]), answers of other canisters to what the rules know
//! ([`answers`]), proposals in plain words ([`render`]) and for signers ([`consent`]), rules nobody
//! named ([`defaults`]), and the type headers of what crosses the border ([`headers`]). Total
//! functions, no decisions.

pub mod answers;
pub mod authority;
pub mod consent;
pub mod defaults;
pub mod headers;
pub mod input;
pub mod output;
pub mod payload;
pub mod releases;
pub mod render;
pub mod shown;

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
