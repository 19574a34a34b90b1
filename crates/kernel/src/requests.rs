//! A repeated request gets the first answer (C11); and the course of every verb.

use granary_stable::dedup::{Fingerprint, Lookup, Remembered, RequestKey};
use granary_units::Timestamp;
use ic_stable_structures::Memory;

use crate::canister::{Canister, CanisterStore};
use crate::ctx::{Ctx, Receipt};
use crate::fault::Fault;
use crate::gate::Class;
use crate::state::{Kernel, NO_ROOM};

/// A request that names itself, so that repeating it is harmless.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The caller's idempotency key.
    pub key: &'a str,
    /// What was asked for.
    pub print: Fingerprint,
}

/// What to do with a request.
#[derive(Clone, Copy, Debug)]
pub enum Begin {
    /// It was applied before: this is its answer.
    Answered(Receipt),
    /// It is new; when it is applied its answer is remembered under what is in here.
    Go(Option<Pending>),
}

/// A request that is being applied.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    key: RequestKey,
    print: Fingerprint,
}

impl<M: Memory, C: Canister> Kernel<M, C> {
    /// The gate, then the table of recent requests.
    pub fn begin(
        &self,
        ctx: &Ctx,
        class: Class,
        request: Option<Request<'_>>,
    ) -> Result<Begin, Fault> {
        self.gate(ctx, class)?;
        let Some(Request { key, print }) = request else { return Ok(Begin::Go(None)) };
        let bytes = key.len();
        let key = RequestKey::new(ctx.actor.as_slice(), key.as_bytes())
            .ok_or(Fault::KeySize { bytes })?;
        match self.dedup.lookup(key, print, ctx.now) {
            Lookup::Repeat(Remembered { id, event, at }) => {
                Ok(Begin::Answered(Receipt { id, event, at }))
            }
            Lookup::Conflict => Err(Fault::IdempotencyConflict),
            Lookup::Fresh => {
                let frees_at = self.dedup.frees_at();
                if self.dedup.used() >= self.dedup.capacity() && ctx.now < frees_at {
                    let retry_after_ns = frees_at.saturating_since(ctx.now).as_nanos();
                    return Err(Fault::DedupFull { retry_after_ns });
                }
                Ok(Begin::Go(Some(Pending { key, print })))
            }
        }
    }

    /// Remembers the answer of an applied request.
    ///
    /// # Panics
    /// When stable memory has no room, which takes the whole message back.
    pub fn remember(&mut self, pending: Option<Pending>, receipt: Receipt, now: Timestamp) {
        let Some(Pending { key, print }) = pending else { return };
        let Receipt { id, event, at } = receipt;
        self.dedup.remember(key, print, Remembered { id, event, at }, now).expect(NO_ROOM);
    }
}

/// Gate, request, decision, commit: the course of every verb of a core.
pub fn run<S: CanisterStore, D>(
    store: &mut S,
    ctx: &Ctx,
    class: Class,
    request: Option<Request<'_>>,
    decide: impl FnOnce(&S) -> Result<D, S::Error>,
    commit: impl FnOnce(&mut S, D, &Ctx) -> Receipt,
) -> Result<Receipt, S::Error> {
    let pending = match store.begin(ctx, class, request)? {
        Begin::Answered(receipt) => return Ok(receipt),
        Begin::Go(pending) => pending,
    };
    let decision = decide(store)?;
    let receipt = commit(store, decision, ctx);
    store.remember(pending, receipt, ctx.now);
    Ok(receipt)
}
