//! A wallet is not used any more.

use crate::errors::{RegistryError, StateFault};
use crate::records::{Event, EventKind, WalletHead};
use crate::rules::{Change, Ctx, Offices, UserView, WalletView, self_or};
use crate::types::WalletStatus;

/// Decides. For ever; the address can be added again as another wallet.
pub fn revoke_wallet(
    wallet: &WalletView,
    user: &UserView,
    offices: Offices,
    ctx: &Ctx,
) -> Result<Change, RegistryError> {
    self_or(user, offices.cares_for_people(), "Registrar or Compliance", ctx)?;
    let WalletView { id, head } = wallet;
    if head.status == WalletStatus::Revoked {
        let allowed = &["Unverified", "Verified"];
        return Err(StateFault::Wallet { actual: head.status, allowed }.into());
    }
    let mut owner = user.next();
    owner.wallets = owner.wallets.saturating_sub(1);
    let event = Event::new(EventKind::WalletRevoked, id.wire()).number(user.id.wire());
    Ok(Change {
        user: Some((user.id, owner)),
        wallets: vec![(*id, WalletHead { status: WalletStatus::Revoked, ..head.clone() })],
        ..Change::with(event)
    })
}
