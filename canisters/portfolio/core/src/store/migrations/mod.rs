//! The steps from schema to schema, in order; each stays for ever.

use core::marker::PhantomData;

use granary_stable::migrate::Step;
use ic_stable_structures::Memory;

use crate::store::Store;

mod s0002_migrate_portfolio_schema;
mod s0003_update_transaction_format;
mod s0004_validate_utxo_consistency;

#[cfg(test)]
mod first_schema;

/// The steps this code knows, over one kind of memory.
#[derive(Debug)]
pub(crate) struct Steps<M>(PhantomData<fn() -> M>);

impl<M: Memory + 'static> Steps<M> {
    pub(crate) const ALL: &'static [Step<Store<M>>] = &[
        s0002_migrate_portfolio_schema::step(),
        s0003_update_transaction_format::step(),
        s0004_validate_utxo_consistency::step(),
    ];
}

/// Records one message goes through.
const PIECE: u64 = 1_000;

/// The number in a cursor; the beginning without one.
fn position(cursor: &[u8]) -> u64 {
    cursor.try_into().map_or(0, u64::from_be_bytes)
}
