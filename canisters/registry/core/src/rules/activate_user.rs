//! A registrar admits somebody who waits.

use crate::errors::{RegistryError, StateFault};
use crate::records::{Role, UserHead};
use crate::rules::{Change, Offices, UserView, need_office, status_event};
use crate::types::UserStatus;

/// Decides.
pub fn activate_user(user: &UserView, offices: Offices) -> Result<Change, RegistryError> {
    need_office(offices.registrar, &[Role::Registrar])?;
    user.need(&[UserStatus::Pending])?;
    if user.head.identities.is_empty() {
        return Err(StateFault::NoIdentity.into());
    }
    let status = UserStatus::Active;
    let head = UserHead { status, ..user.next() };
    Ok(Change::of_user(user.id, head, status_event(user.id, status, None)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{alice, user};

    #[test]
    fn u2_nobody_is_admitted_without_an_identity() {
        let offices = Offices { registrar: true, ..Offices::default() };
        let mut waiting = user(1, alice());
        waiting.head.status = UserStatus::Pending;
        let change = activate_user(&waiting, offices).expect("a registrar admits");
        assert_eq!(change.user.expect("a row").1.status, UserStatus::Active);
        assert!(activate_user(&waiting, Offices::default()).is_err());
        waiting.head.identities.clear();
        assert_eq!(activate_user(&waiting, offices).err(), Some(StateFault::NoIdentity.into()));
    }
}
