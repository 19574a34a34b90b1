//! What an export holds is enough: another canister filled from it says the same.

use crate::support::sparse::SparseMemory;
use crate::support::{START, World, at, governor, rich, settings};
use granary_kernel::{CanisterStore, Families};
use portfolio_core::invariants;
use portfolio_core::store::Store;
use portfolio_core::types::Owner;

fn domains() -> Vec<&'static str> {
    granary_kernel::transfer::domain_names::<World>()
}

#[test]
fn a_copy_filled_from_an_export_holds_the_same() {
    let (_, store) = rich();
    let memory = SparseMemory::default();
    let ctx = at(START, governor());
    let mut copy: World = Store::install(memory.clone(), settings(true), &ctx).expect("empty");
    let mut finished = false;
    for domain in domains() {
        let mut cursor = None;
        loop {
            let page = store.export_state(domain, cursor, 65_536).expect("a domain");
            finished = copy.import_state(&ctx, &page).expect("the next page");
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    assert!(finished);
    assert_eq!(invariants::check_all(&copy), []);
    for domain in ["portfolios", "transactions", "proofs"] {
        assert_eq!(copy.state_digest(domain), store.state_digest(domain), "{domain}");
    }
    let mine = |store: &World| store.accounts_of(Owner::User(7)).expect("chained");
    let balances: Vec<_> = mine(&copy).into_iter().map(|(id, row)| (id, row.balance)).collect();
    let wanted: Vec<_> = mine(&store).into_iter().map(|(id, row)| (id, row.balance)).collect();
    assert_eq!(balances, wanted);
    assert_eq!(copy.totals(), store.totals());
    let copy = World::open(memory).expect("its own state");
    assert_eq!(invariants::check_all(&copy), []);
}

#[test]
fn a_spoilt_page_changes_nothing() {
    let (_, store) = rich();
    let ctx = at(START, governor());
    let mut copy: World =
        Store::install(SparseMemory::default(), settings(true), &ctx).expect("empty");
    let good = store.export_state("config", None, 65_536).expect("a domain");
    let mut bad = good.clone();
    bad.records[0][9] ^= 1;
    assert!(copy.import_state(&ctx, &bad).is_err());
    let order = store.export_state("transactions", None, 65_536).expect("a domain");
    assert!(copy.import_state(&ctx, &order).is_err());
    assert_eq!(copy.import_state(&ctx, &good), Ok(false));
}
