//! Verbs about wallets.

use granary_kernel::{Class, Ctx, Receipt, Request};
use granary_stable::dedup::Fingerprinter;
use ic_stable_structures::Memory;

use crate::errors::{RegistryError, SystemFault};
use crate::records::{Address, Role};
use crate::rules::{add_wallet, mark_wallet_used, revoke_wallet, verify_wallet};
use crate::store::Store;
use crate::store::layout::ADDRESSES_INDEXED;
use crate::types::{Hash, WalletId};

impl<M: Memory + 'static> Store<M> {
    /// The actor's user names a place that can receive its money.
    pub fn add_wallet(
        &mut self,
        ctx: &Ctx,
        address: Address,
        label: &str,
        key: Option<&str>,
    ) -> Result<Receipt, RegistryError> {
        let request = key.map(|key| {
            let mut print = Fingerprinter::new("add_wallet");
            print.write(&address.key()).write(label.as_bytes());
            Request { key, print: print.finish() }
        });
        self.verb(ctx, Class::New, request, |store| {
            let user = store.own_user(ctx)?;
            let wallets = store.live_wallets(user.id);
            let next = WalletId::from_slot(store.wallets.len());
            add_wallet::add_wallet(&user, &wallets, next, address, label, ctx)
        })
    }

    /// A wallet becomes its user's beyond doubt.
    pub fn verify_wallet(
        &mut self,
        ctx: &Ctx,
        wallet: u64,
        evidence: Option<Hash>,
    ) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            if store.header().schema < ADDRESSES_INDEXED {
                let what = "the index of verified addresses";
                return Err(SystemFault::Migrating { what }.into());
            }
            let wallet = store.wallet(wallet)?;
            let view = verify_wallet::View {
                user: store.user(wallet.head.user.wire())?,
                holder: store.holder_of(&wallet.head.key),
                offices: store.offices(ctx, &[Role::Registrar, Role::Compliance]),
                wallet,
            };
            verify_wallet::verify_wallet(&view, evidence, ctx)
        })
    }

    /// A wallet is not used any more.
    pub fn revoke_wallet(&mut self, ctx: &Ctx, wallet: u64) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Ordinary, None, |store| {
            let wallet = store.wallet(wallet)?;
            let user = store.user(wallet.head.user.wire())?;
            revoke_wallet::revoke_wallet(&wallet, &user, store.carers(&user, ctx), ctx)
        })
    }

    /// Money went to a wallet for the first time.
    pub fn mark_wallet_used(&mut self, ctx: &Ctx, wallet: u64) -> Result<Receipt, RegistryError> {
        self.verb(ctx, Class::Finish, None, |store| {
            let wallet = store.wallet(wallet)?;
            let offices = store.offices(ctx, &[Role::Service]);
            mark_wallet_used::mark_wallet_used(&wallet, offices, ctx)
        })
    }
}
