//! Canister-wide roles.

use candid::Principal;
use granary_stable::keys::{FixedKey, PrincipalBytes};
use granary_stable::record::Record;
use granary_units::Timestamp;
use minicbor::{Decode, Encode};

use crate::row::{damaged, number};

/// What a principal may do canister-wide; each canister has its own closed list.
pub trait Role: Copy + Eq + Ord + core::fmt::Debug + 'static {
    /// All roles in the order of their stored numbers; a new one goes behind the last.
    const ALL: &'static [Self];
    /// Gives roles, sets modes, drains, imports.
    const GOVERNOR: Self;
    /// The name on the wire.
    fn name(self) -> &'static str;
}

/// One role of one principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RoleGrantV1 {
    /// When it was given.
    #[n(0)]
    pub since: Timestamp,
    /// Who gave it.
    #[cbor(n(1), with = "crate::cbor::principal")]
    pub granted_by: Principal,
}

/// A role grant in its newest shape.
pub type RoleGrant = RoleGrantV1;

impl Record for RoleGrantV1 {
    const NAME: &'static str = "role grant";
    const VERSION: u8 = 1;
}

/// The key of a role grant: the role's number, then the holder.
pub type RoleKey = FixedKey<31>;

/// A principal as keys hold it: padded to 29 bytes, then its length.
pub fn principal_array(who: &Principal) -> [u8; 30] {
    PrincipalBytes::from_slice(who.as_slice()).unwrap_or_else(damaged).to_array()
}

/// The principal of a key.
pub fn principal_of(array: [u8; 30]) -> Principal {
    let bytes = PrincipalBytes::from_array(&array).unwrap_or_else(damaged);
    Principal::from_slice(bytes.as_slice())
}

pub(crate) fn role_key<R: Role>(role: R, holder: &Principal) -> RoleKey {
    FixedKey::of(|key| {
        key.u8(number(R::ALL, &role)).put(&principal_array(holder));
    })
}

/// The role and the holder of a key; none for a role this code does not know.
pub(crate) fn role_of<R: Role>(key: &RoleKey) -> Option<(R, Principal)> {
    let mut reader = key.reader();
    let role = R::ALL.get(usize::from(reader.u8())).copied()?;
    Some((role, principal_of(reader.array())))
}
