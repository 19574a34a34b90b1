//! Compliance lets somebody go on.

use crate::errors::RegistryError;
use crate::records::{Role, UserHead};
use crate::rules::{Change, Offices, UserView, need_office, reason, status_event};
use crate::types::UserStatus;

/// Decides.
pub fn reactivate_user(
    user: &UserView,
    offices: Offices,
    why: &str,
) -> Result<Change, RegistryError> {
    need_office(offices.compliance, &[Role::Compliance])?;
    user.need(&[UserStatus::Suspended])?;
    let digest = reason(why)?;
    let status = UserStatus::Active;
    let head = UserHead { status, ..user.next() };
    Ok(Change::of_user(user.id, head, status_event(user.id, status, Some(digest))))
}
