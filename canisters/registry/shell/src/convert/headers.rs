//! Type headers, not yet made from the types.

impl<T: candid::CandidType> super::Headed for T {
    const HEADER: &'static [u8] = b"";
}
