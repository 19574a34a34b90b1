//! A wallet becomes the user's beyond doubt.

use crate::errors::{AccessFault, InputFault, RegistryError, StateFault};
use crate::records::{Address, Event, EventKind, WalletHead};
use crate::rules::{Change, Ctx, Offices, UserView, WalletView};
use crate::types::{Hash, Method, UserStatus, WalletId, WalletStatus};

/// What the rule reads.
#[derive(Clone, Debug)]
pub struct View {
    /// The wallet.
    pub wallet: WalletView,
    /// Whose it is.
    pub user: UserView,
    /// The wallet that is verified with the same address (U3).
    pub holder: Option<WalletId>,
    /// What the actor may do.
    pub offices: Offices,
}

/// Decides. The owner of an account on a ledger proves itself by calling; everything else takes
/// an office that answers for a proof it saw, and never for its own wallet.
pub fn verify_wallet(
    view: &View,
    evidence: Option<Hash>,
    ctx: &Ctx,
) -> Result<Change, RegistryError> {
    let View { wallet: WalletView { id, head }, user, holder, offices } = view;
    let is_owner = match &head.address {
        Address::Icrc { owner, .. } => *owner == ctx.actor,
        Address::Bitcoin { .. } => false,
    };
    let own = user.is(ctx);
    let method = if own && is_owner {
        Method::Ownership
    } else if !offices.cares_for_people() {
        return Err(AccessFault::NotSelf { or: "Registrar or Compliance" }.into());
    } else if own {
        return Err(AccessFault::SelfAttest.into());
    } else {
        Method::Attestation
    };
    user.need(&[UserStatus::Active])?;
    if head.status != WalletStatus::Unverified {
        return Err(StateFault::Wallet { actual: head.status, allowed: &["Unverified"] }.into());
    }
    if method == Method::Attestation && evidence.is_none() {
        return Err(InputFault::Evidence.into());
    }
    if holder.is_some() {
        return Err(StateFault::AddressTaken.into());
    }
    let status = WalletStatus::Verified { method, at: ctx.now };
    let event = Event::new(EventKind::WalletVerified, id.wire())
        .number(user.id.wire())
        .name(method.name())
        .digest(evidence.filter(|_| method == Method::Attestation));
    Ok(Change {
        wallets: vec![(*id, WalletHead { status, ..head.clone() })],
        ..Change::with(event)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{account_of, alice, bob, ctx, user, wallet};

    fn view(owner: crate::types::Principal) -> View {
        View {
            wallet: wallet(1, account_of(owner)),
            user: user(1, alice()),
            holder: None,
            offices: Offices::default(),
        }
    }

    #[test]
    fn the_owner_proves_itself_and_nobody_else_does() {
        let change = verify_wallet(&view(alice()), None, &ctx(alice())).expect("its own account");
        let verified = WalletStatus::Verified { method: Method::Ownership, at: ctx(alice()).now };
        assert_eq!(change.wallets[0].1.status, verified);
        let refused = verify_wallet(&view(bob()), None, &ctx(alice()));
        assert!(matches!(refused, Err(RegistryError::Access(_))), "somebody else's account");
        let refused = verify_wallet(&view(bob()), None, &ctx(bob()));
        assert!(matches!(refused, Err(RegistryError::Access(_))), "somebody else's wallet");
    }

    #[test]
    fn an_office_answers_for_what_it_saw_and_not_for_itself() {
        let offices = Offices { registrar: true, ..Offices::default() };
        let view = View { offices, ..view(bob()) };
        let missing = verify_wallet(&view, None, &ctx(bob())).err();
        assert_eq!(missing, Some(InputFault::Evidence.into()));
        assert!(verify_wallet(&view, Some([1; 32]), &ctx(bob())).is_ok());
        let own = verify_wallet(&view, Some([1; 32]), &ctx(alice())).err();
        assert_eq!(own, Some(AccessFault::SelfAttest.into()));
    }

    #[test]
    fn u3_an_address_is_verified_for_one_user() {
        let view = View { holder: WalletId::new(7), ..view(alice()) };
        let refused = verify_wallet(&view, None, &ctx(alice())).err();
        assert_eq!(refused, Some(StateFault::AddressTaken.into()));
    }
}
