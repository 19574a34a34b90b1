//! A canister of the suite reports that money went to a wallet for the first time, so that a delay
//! before first use ends.

use crate::errors::{RegistryError, StateFault};
use crate::records::{Event, EventKind, Role, WalletHead};
use crate::rules::{Change, Ctx, Offices, WalletView, need_office};
use crate::types::WalletStatus;

/// Decides.
pub fn mark_wallet_used(
    wallet: &WalletView,
    offices: Offices,
    ctx: &Ctx,
) -> Result<Change, RegistryError> {
    need_office(offices.service, &[Role::Service])?;
    let WalletView { id, head } = wallet;
    if head.status == WalletStatus::Revoked {
        let allowed = &["Unverified", "Verified"];
        return Err(StateFault::Wallet { actual: head.status, allowed }.into());
    }
    if let Some(at) = head.first_used_at {
        return Err(StateFault::AlreadyUsed { at }.into());
    }
    let event = Event::new(EventKind::WalletUsed, id.wire()).number(head.user.wire());
    Ok(Change {
        wallets: vec![(*id, WalletHead { first_used_at: Some(ctx.now), ..head.clone() })],
        ..Change::with(event)
    })
}
