//! What verbs about outputs, headers and prices write.

use granary_kernel::{Ctx, NO_ROOM};
use ic_stable_structures::Memory;

use crate::records::PriceRow;
use crate::rules::proof::{NewHeaders, ProofChange};
use crate::store::{PRICE, Store};

impl<M: Memory> Store<M> {
    /// Applies what one of these verbs decided.
    pub(crate) fn put_proofs(&mut self, change: ProofChange, _: &Ctx) {
        let ProofChange { utxos, headers, frozen, price, price_at } = change;
        for (id, row) in &utxos {
            self.proofs.put_utxo(*id, row);
        }
        if let Some(NewHeaders { chain, from, headers }) = headers {
            self.proofs.put_headers(from, &headers);
            let mut place = self.proofs.place();
            place.chain = Some(chain);
            self.proofs.set_place(&place);
        }
        if let Some(frozen_since) = frozen {
            let mut place = self.proofs.place();
            place.frozen_since = frozen_since;
            self.proofs.set_place(&place);
        }
        if let Some((id, row)) = price {
            let prices = &mut self.proofs.prices;
            prices.extend_to(id.slot().saturating_add(1), &PriceRow::default()).expect(NO_ROOM);
            prices.set(id.slot(), &row).expect(NO_ROOM);
            self.alarms.price(id, &row);
        }
        if let Some((id, at)) = price_at {
            self.ensure_job(PRICE, id.wire(), at);
        }
    }
}
