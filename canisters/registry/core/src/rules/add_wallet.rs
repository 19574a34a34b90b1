//! A user names a place that can receive its money.

use granary_kernel::{Fault, checks};

use crate::errors::{InputFault, RegistryError, StateFault};
use crate::limits;
use crate::records::{Address, Event, EventKind, WalletHead, address};
use crate::rules::{Change, Ctx, UserView, WalletView, full};
use crate::types::{BitcoinNetwork, UserStatus, WalletId, WalletStatus};

/// Decides. `wallets` are the user's that are not revoked.
pub fn add_wallet(
    user: &UserView,
    wallets: &[WalletView],
    next: Option<WalletId>,
    given: Address,
    label: &str,
    ctx: &Ctx,
) -> Result<Change, RegistryError> {
    user.need(&[UserStatus::Active])?;
    let bytes = label.len();
    if bytes > limits::MAX_LABEL_BYTES {
        let max = limits::MAX_LABEL_BYTES;
        return Err(Fault::TextSize { field: "label".to_owned(), bytes, max }.into());
    }
    let address = spelled(given)?;
    if user.head.wallets >= limits::MAX_WALLETS {
        return Err(full("the user's list of wallets", limits::MAX_WALLETS));
    }
    if user.head.wallets_ever >= limits::MAX_WALLETS_EVER {
        return Err(full("the user's record of wallets", limits::MAX_WALLETS_EVER));
    }
    let key = address.key();
    if let Some(known) = wallets.iter().find(|wallet| wallet.head.key == key) {
        return Err(StateFault::AddressRepeated { wallet: known.id.wire() }.into());
    }
    let max = limits::MAX_WALLET_ROWS;
    let table = "the canister's table of wallets";
    let id = next.filter(|id| id.wire() <= max).ok_or_else(|| full(table, max))?;
    let head = WalletHead {
        user: user.id,
        address,
        key,
        label: label.to_owned(),
        status: WalletStatus::Unverified,
        added_at: ctx.now,
        first_used_at: None,
    };
    let mut owner = user.next();
    owner.wallets = owner.wallets.saturating_add(1);
    owner.wallets_ever = owner.wallets_ever.saturating_add(1);
    let event = Event::new(EventKind::WalletAdded, id.wire()).number(user.id.wire()).digest(key);
    Ok(Change { user: Some((user.id, owner)), wallets: vec![(id, head)], ..Change::with(event) })
}

/// The address in its one spelling, unless it is none.
fn spelled(given: Address) -> Result<Address, RegistryError> {
    match given {
        Address::Icrc { ledger, owner, subaccount } => {
            checks::person("kind.ledger", &ledger)?;
            checks::person("kind.owner", &owner)?;
            Ok(Address::Icrc { ledger, owner, subaccount })
        }
        Address::Bitcoin { network, text, script } => {
            let (found, kind, spelling) = address::bitcoin(&text)
                .map_err(|address::BadAddress(problem)| InputFault::Address { problem })?;
            // The old spelling of a test network's address is that of a regtest network's too.
            let either = found == BitcoinNetwork::Testnet && network == BitcoinNetwork::Regtest;
            let same = found == network || (either && !spelling.starts_with("tb1"));
            if !same {
                let problem = "it belongs to another network";
                return Err(InputFault::Address { problem }.into());
            }
            if kind != script {
                let problem = "it pays to another kind of script";
                return Err(InputFault::Address { problem }.into());
            }
            Ok(Address::Bitcoin { network, text: spelling, script })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{account, alice, ctx, user};
    use crate::types::{Principal, ScriptType};

    fn add(
        user: &UserView,
        wallets: &[WalletView],
        address: Address,
    ) -> Result<Change, RegistryError> {
        add_wallet(user, wallets, WalletId::new(1), address, "", &ctx(alice()))
    }

    #[test]
    fn the_same_address_is_added_once() {
        let owner = user(1, alice());
        let change = add(&owner, &[], account(1)).expect("new");
        let [(id, head)] = <[_; 1]>::try_from(change.wallets).expect("one wallet");
        let known = [WalletView { id, head }];
        let again = add(&owner, &known, account(1)).err();
        assert_eq!(again, Some(StateFault::AddressRepeated { wallet: 1 }.into()));
        assert!(add(&owner, &known, account(2)).is_ok());
    }

    #[test]
    fn u8_wallets_are_few_now_and_ever() {
        let mut owner = user(1, alice());
        owner.head.wallets = limits::MAX_WALLETS;
        assert!(add(&owner, &[], account(1)).is_err());
        owner.head.wallets = 0;
        owner.head.wallets_ever = limits::MAX_WALLETS_EVER;
        assert!(add(&owner, &[], account(1)).is_err());
    }

    #[test]
    fn an_address_is_what_it_is_said_to_be() {
        let owner = user(1, alice());
        let bitcoin = |text: &str, network, script| {
            add(&owner, &[], Address::Bitcoin { network, text: text.to_owned(), script })
        };
        let text = "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4";
        let change = bitcoin(text, BitcoinNetwork::Mainnet, ScriptType::P2wpkh).expect("valid");
        let Address::Bitcoin { text: kept, .. } = &change.wallets[0].1.address else { panic!() };
        assert_eq!(*kept, text.to_lowercase(), "one spelling");
        assert!(bitcoin(text, BitcoinNetwork::Testnet, ScriptType::P2wpkh).is_err());
        assert!(bitcoin(text, BitcoinNetwork::Mainnet, ScriptType::P2tr).is_err());
        let nobody =
            Address::Icrc { ledger: alice(), owner: Principal::anonymous(), subaccount: [0; 32] };
        assert!(add(&owner, &[], nobody).is_err());
    }
}
