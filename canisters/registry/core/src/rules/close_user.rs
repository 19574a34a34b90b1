//! A user leaves for ever: its identities and addresses are free again, its roles end.

use crate::errors::RegistryError;
use crate::records::{Event, EventKind, GrantHead, UserHead, WalletHead};
use crate::rules::{
    Change, Ctx, GrantView, Offices, UserView, WalletView, reason, self_or, status_event,
};
use crate::types::{GrantState, Hash, UserStatus, WalletStatus};

/// Decides. The names of its identities stay in its row as history.
pub fn close_user(
    user: &UserView,
    wallets: Vec<WalletView>,
    grants: Vec<GrantView>,
    offices: Offices,
    why: &str,
    ctx: &Ctx,
) -> Result<Change, RegistryError> {
    self_or(user, offices.cares_for_people(), "Registrar or Compliance", ctx)?;
    Ok(closing(user, wallets, grants, Some(reason(why)?)))
}

/// The user at its end, with everything that hangs on it.
pub(crate) fn closing(
    user: &UserView,
    wallets: Vec<WalletView>,
    grants: Vec<GrantView>,
    digest: Option<Hash>,
) -> Change {
    let status = UserStatus::Closed;
    let head = UserHead { status, wallets: 0, grants: 0, proposals: vec![], ..user.next() };
    let event = status_event(user.id, status, digest);
    let mut change = Change::of_user(user.id, head, event);
    for WalletView { id, head } in wallets {
        let event = Event::new(EventKind::WalletRevoked, id.wire()).number(user.id.wire());
        change.events.push(event);
        change.wallets.push((id, WalletHead { status: WalletStatus::Revoked, ..head }));
    }
    for GrantView { id, head } in grants {
        change.events.push(Event::new(EventKind::RoleRevoked, id.wire()).name(head.role.name()));
        change.grants.push((id, GrantHead { state: GrantState::Revoked, ..head }));
    }
    change
}
