//! Arguments that are decoded after their caller was found to be allowed.
//!
//! Decoding a large argument costs more than refusing its sender, and whoever may do nothing must
//! not be able to make a canister decode. An entry point that takes an [`Unread`] asks for the role
//! first and decodes then; its interface says the type that is decoded.

use core::fmt;
use core::marker::PhantomData;

use candid::CandidType;
use candid::types::{Serializer, Type, TypeId};
use serde::ser::Error as _;

/// The bytes of an argument of type `T`.
pub struct Unread<T> {
    bytes: Vec<u8>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Unread<T> {
    /// The argument that came as `bytes`.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, kind: PhantomData }
    }

    /// Its bytes, for whoever does not decode it as a `T`.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Decodes it.
    pub fn read(self, decode: impl FnOnce(Vec<u8>) -> T) -> T {
        decode(self.bytes)
    }
}

impl<T> fmt::Debug for Unread<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unread").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// For the interface, which is made from the signatures.
impl<T: CandidType> CandidType for Unread<T> {
    fn _ty() -> Type {
        T::_ty()
    }

    fn id() -> TypeId {
        T::id()
    }

    fn ty() -> Type {
        T::ty()
    }

    fn idl_serialize<S: Serializer>(&self, _: S) -> Result<(), S::Error> {
        Err(S::Error::custom("what was not read cannot be written"))
    }
}

#[cfg(test)]
mod tests {
    use candid::{Decode, Encode};

    use super::*;

    #[test]
    fn the_interface_says_what_is_decoded() {
        assert_eq!(Unread::<Option<u64>>::ty(), Option::<u64>::ty());
        assert_eq!(Unread::<Vec<String>>::ty(), Vec::<String>::ty());
    }

    #[test]
    fn it_is_decoded_when_it_is_read_and_never_written() {
        let unread = || Unread::<u64>::new(Encode!(&7_u64).expect("encodes"));
        assert_eq!(unread().read(|bytes| Decode!(&bytes, u64).expect("a number")), 7);
        assert!(Encode!(&unread()).is_err());
        assert_eq!(unread().into_bytes(), Encode!(&7_u64).expect("encodes"));
    }
}
