//! Wallets: proven by the owner, attested by an office, one user for an address.

use granary_api::registry::{self as g, VerificationMethod, WalletStatus};
use granary_tests::{
    fixtures,
    people::{Who, person},
    reply::Expect,
    subject::REGISTRY,
    world::World,
};

use super::{account, add_wallet, admit, standing};
use crate::world_of;

fn verify(world: &World, who: candid::Principal, wallet: u64, seen: Option<&str>) -> String {
    let evidence_hash = seen.map(fixtures::hash);
    let args = g::VerifyWalletArgs { wallet, evidence_hash };
    match world.caller_principal(who).receipt("verify_wallet", &args) {
        Ok(_) => String::new(),
        Err(refusal) => refusal.code(),
    }
}

fn wallets(world: &World, user: u64) -> Vec<g::Wallet> {
    let args = g::ListWalletsArgs { user, after: None, limit: 100 };
    let page: g::WalletPage = world.caller(Who::Auditor).query("list_wallets", &args).value("all");
    page.items
}

#[test]
fn an_address_is_one_users_once_it_is_proven() {
    let world = world_of(&REGISTRY);
    let [alice, bob] = ["alice", "bob"].map(person);
    let users = [alice, bob].map(|who| admit(&world, who));
    let own = add_wallet(&world, alice, account(alice, 1));
    let claimed = add_wallet(&world, bob, account(alice, 1));
    assert_eq!(verify(&world, bob, claimed, None), "registry.user.not_self", "a claim");
    assert_eq!(verify(&world, alice, own, None), "", "the owner calls");
    let registrar = Who::Registrar.principal();
    let taken = verify(&world, registrar, claimed, Some("a forgery"));
    assert_eq!(taken, "registry.wallet.address_taken");
    assert_eq!(verify(&world, alice, own, None), "registry.wallet.state", "once");
    let [shown] = <[_; 1]>::try_from(wallets(&world, users[0])).unwrap();
    let WalletStatus::Verified { method, .. } = shown.status else { panic!("{shown:?}") };
    assert_eq!(method, VerificationMethod::Ownership);
    // When the first one gives it up the address is free.
    let revoke = g::WalletArgs { wallet: own };
    world.caller_principal(alice).receipt("revoke_wallet", &revoke).value("its own");
    assert_eq!(verify(&world, registrar, claimed, None), "registry.wallet.evidence");
    assert_eq!(verify(&world, registrar, claimed, Some("a proof")), "");
    assert_eq!(standing(&world, alice).wallets.len(), 0);
    assert_eq!(standing(&world, bob).wallets, [shown.address_key]);
    fixtures::assert_valid(&world);
}

#[test]
fn a_bitcoin_address_is_checked_before_anybody_pays_it() {
    let world = world_of(&REGISTRY);
    let alice = person("alice");
    admit(&world, alice);
    let add = |address: &str, network, script_type| {
        let address = address.to_owned();
        let kind = g::WalletKind::BitcoinAddress { network, address, script_type };
        let args = g::AddWalletArgs { kind, label: String::new(), idempotency_key: None };
        world.caller_principal(alice).receipt("add_wallet", &args)
    };
    let (mainnet, segwit) = (g::BitcoinNetwork::Mainnet, g::ScriptType::P2wpkh);
    let good = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
    let wrong = add("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", mainnet, segwit);
    assert_eq!(wrong.code("one letter"), "registry.address.invalid");
    let test = add(good, g::BitcoinNetwork::Testnet, segwit);
    assert_eq!(test.code("another network"), "registry.address.invalid");
    let taproot = add(good, mainnet, g::ScriptType::P2tr);
    assert_eq!(taproot.code("another script"), "registry.address.invalid");
    let id = add(good, mainnet, segwit).value("right").id;
    let shouted = add(&good.to_uppercase(), mainnet, segwit);
    assert_eq!(shouted.code("the same address"), "registry.wallet.repeated");
    assert_eq!(verify(&world, alice, id, None), "registry.user.not_self", "by nobody's word");
    assert_eq!(verify(&world, Who::Compliance.principal(), id, Some("signed")), "");
    let used = g::WalletArgs { wallet: id };
    world.caller(Who::Service).receipt("mark_wallet_used", &used).value("paid");
    let twice = world.caller(Who::Service).receipt("mark_wallet_used", &used);
    assert_eq!(twice.code("the first time is once"), "registry.wallet.used");
    fixtures::assert_valid(&world);
}
