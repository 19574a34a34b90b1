//! Verbs of whoever moves the money.

use granary_kernel::{Class, Ctx, Fault, Receipt, checks};
use ic_stable_structures::Memory;

use crate::errors::{GuardError, InputFault, Missing};
use crate::limits;
use crate::records::reservation::Outflow;
use crate::records::{ReservationRow, Role};
use crate::rules::outcome::{self, OutcomeView};
use crate::rules::outflow::{Denial, decide};
use crate::rules::reserve::{self, ReserveView, Verdict};
use crate::rules::settle;
use crate::store::{REFRESH_JOB, Store};
use crate::types::{
    AnnouncementId, AssetId, Hash, Principal, Purpose, ReservationId, ReservationState, Rule,
    Service, Timestamp, asset_id,
};

/// An outflow as somebody asks for it: its numbers may name nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The caller's key.
    pub intent: u64,
    /// Number of the asset.
    pub asset: u64,
    /// Everything that leaves, smallest units.
    pub amount: u128,
    /// Where to.
    pub destination: Hash,
    /// Who asked for it.
    pub initiator: Principal,
    /// What for.
    pub purpose: Purpose,
    /// What it was announced with.
    pub announcement: Option<u64>,
}

impl Wanted {
    fn check(&self) -> Result<(), GuardError> {
        if self.amount == 0 {
            return Err(InputFault::AmountZero { field: "amount_units" }.into());
        }
        checks::person("initiator", &self.initiator)?;
        Ok(())
    }

    /// The outflow, or the denial of one that names nothing (R7).
    fn outflow(&self) -> Result<Outflow, Denial> {
        let asset = asset_id(self.asset).ok_or(Denial::flat(Rule::Asset))?;
        let announcement = match self.announcement {
            None => None,
            Some(number) => {
                let id = AnnouncementId::from_wire(number);
                Some(id.ok_or(Denial::flat(Rule::Announcement))?)
            }
        };
        Ok(Outflow {
            intent: self.intent,
            asset,
            amount: self.amount,
            destination: self.destination,
            initiator: self.initiator,
            purpose: self.purpose,
            announcement,
        })
    }
}

impl<M: Memory + 'static> Store<M> {
    /// What reserving would answer now; nothing is taken. An intent that holds a reservation gets
    /// that.
    pub fn assess_outflow(&self, ctx: &Ctx, wanted: &Wanted) -> Result<Verdict, GuardError> {
        self.gate(ctx, Class::Outflow)?;
        wanted.check()?;
        let named = wanted.outflow();
        let existing = self.existing(wanted.intent);
        if let Some(known) = reserve::again(&existing, named.as_ref().ok())? {
            return Ok(known);
        }
        let outflow = match named {
            Ok(outflow) => outflow,
            Err(denial) => return Ok(Verdict::Denied(denial)),
        };
        let row = self.asset(outflow.asset);
        let (rule, time) = (self.breaker_rule(), ctx.now.max(row.clock));
        let service = self.service(Service::Ledger(outflow.asset));
        let view = self.outflow_view(&outflow, &row, &service, &rule, (ctx.now, time));
        Ok(match decide(&view, &outflow, time) {
            Err(denial) => Verdict::Denied(denial),
            Ok(pass) => {
                let row = ReservationRow {
                    outflow,
                    state: ReservationState::Held,
                    needs: pass.needs,
                    reserved_at: ctx.now,
                    expires_at: ctx.now.saturating_add(limits::HOLD),
                    counted_at: None,
                    turn: 0,
                    is_told: false,
                    settled_at: None,
                    settled_event: 0,
                };
                Verdict::Held(self.next_reservation()?, row)
            }
        })
    }

    /// Takes capacity for an intent, once; a denial is an answer and is recorded.
    pub fn reserve_outflow(&mut self, ctx: &Ctx, wanted: &Wanted) -> Result<Verdict, GuardError> {
        self.gate(ctx, Class::Outflow)?;
        self.need_role(ctx, &[Role::Execution])?;
        wanted.check()?;
        let next = self.next_reservation()?;
        if let Some((id, row)) = self.existing(wanted.intent)
            && row.state == ReservationState::Held
            && ctx.now >= row.expires_at
        {
            // The clock is late: its time is over all the same (R2).
            self.expire_if_over(id, ctx);
        }
        let named = wanted.outflow();
        let existing = self.existing(wanted.intent);
        if let Some(known) = reserve::again(&existing, named.as_ref().ok())? {
            return Ok(known);
        }
        let outflow = match named {
            Ok(outflow) => outflow,
            Err(denial) => {
                let asset = u32::try_from(wanted.asset).ok();
                self.commit(reserve::denied(wanted.intent, asset, &denial), ctx);
                return Ok(Verdict::Denied(denial));
            }
        };
        let row = self.asset(outflow.asset);
        let (rule, time) = (self.breaker_rule(), ctx.now.max(row.clock));
        let service = self.service(Service::Ledger(outflow.asset));
        let view = self.outflow_view(&outflow, &row, &service, &rule, (ctx.now, time));
        let view = ReserveView { outflow: view, service, next, time };
        let (change, verdict) = reserve::reserve(view, outflow, ctx);
        self.commit(change, ctx);
        Ok(verdict)
    }

    /// True when the balance the asset's shares are taken of should be asked for first.
    pub fn wants_refresh(&self, ctx: &Ctx, asset: u64) -> bool {
        let Some(id) = asset_id(asset) else { return false };
        let row = self.asset(id);
        let Some(limits) = row.limits else { return false };
        let by_share = limits.min_retained_bps > 0
            || limits.limited().any(|(_, limit)| limit.max_bps.is_some());
        let age = ctx.now.saturating_since(row.known.at);
        by_share && age > limits::BALANCE_AGE
    }

    /// The money left. Never refused once a reservation was made: it has happened.
    pub fn commit_outflow(&mut self, ctx: &Ctx, intent: u64) -> Result<Receipt, GuardError> {
        let (id, row) = self.settling(ctx, intent)?;
        match settle::commit(self.settle_view(id, row), ctx) {
            None => Ok(settled(id, &row)),
            Some(change) => Ok(self.commit(change, ctx)),
        }
    }

    /// The money did not leave and will not.
    pub fn release_outflow(&mut self, ctx: &Ctx, intent: u64) -> Result<Receipt, GuardError> {
        let (id, row) = self.settling(ctx, intent)?;
        match settle::release(self.settle_view(id, row), ctx)? {
            None => Ok(settled(id, &row)),
            Some(change) => Ok(self.commit(change, ctx)),
        }
    }

    /// A service answered, or did not. With an intent: the answer is that of its outflow.
    pub fn record_outcome(
        &mut self,
        ctx: &Ctx,
        service: Service,
        answered: bool,
        intent: Option<u64>,
    ) -> Result<Receipt, GuardError> {
        let roles = &[Role::Execution, Role::Reader, Role::Operator];
        let rule = self.breaker_rule();
        let mut told = None;
        let receipt = self.verb(ctx, Class::Finish, None, |store| {
            store.need_role(ctx, roles)?;
            let row = store.service(service);
            let mut turn = None;
            if let Some(intent) = intent {
                let (id, row) = store.reservation_of(intent)?;
                if service != Service::Ledger(row.outflow.asset) {
                    return Err(Missing::Reservation { intent }.into());
                }
                turn = Some(row.turn);
                told = Some((id, ReservationRow { is_told: true, ..row }));
            }
            let view = OutcomeView { service, row, turn, rule };
            let mut change = outcome::record(&view, answered, ctx);
            change.reservation = told;
            Ok(change)
        })?;
        Ok(receipt)
    }

    /// Money came. It frees no window; the books are asked soon.
    pub fn record_inflow(
        &mut self,
        ctx: &Ctx,
        asset: u64,
        amount: u128,
    ) -> Result<Receipt, GuardError> {
        let receipt = self.verb(ctx, Class::Finish, None, |store| {
            store.need_role(ctx, &[Role::Execution, Role::Operator])?;
            let field = || "asset".to_owned();
            let id = asset_id(asset)
                .ok_or_else(|| InputFault::AssetNumber { field: field(), given: asset })?;
            if amount == 0 {
                return Err(InputFault::AmountZero { field: "amount_units" }.into());
            }
            Ok(outcome::inflow(id, store.asset(id), amount))
        })?;
        self.ask_soon(ctx);
        Ok(receipt)
    }

    /// Has the treasury asked for in the next beat, when there are books to ask.
    fn ask_soon(&mut self, ctx: &Ctx) {
        if self.base().peer("portfolio").is_some() {
            self.ensure_job(REFRESH_JOB, 0, ctx.now);
        }
    }

    fn settling(
        &self,
        ctx: &Ctx,
        intent: u64,
    ) -> Result<(ReservationId, ReservationRow), GuardError> {
        self.gate(ctx, Class::Finish)?;
        self.need_role(ctx, &[Role::Execution])?;
        self.reservation_of(intent)
    }

    fn existing(&self, intent: u64) -> reserve::Existing {
        self.reservation_of(intent).ok()
    }

    fn next_reservation(&self) -> Result<ReservationId, GuardError> {
        let len = self.reservations.len();
        let (what, max) = ("the table of reservations", limits::MAX_RESERVATIONS);
        let next = ReservationId::from_slot(len).filter(|_| len < max);
        Ok(next.ok_or(Fault::Full { what, max })?)
    }

    /// The asset with this number, for readers.
    pub fn known_asset(&self, asset: u64) -> Result<AssetId, GuardError> {
        let field = || "asset".to_owned();
        let id = asset_id(asset);
        Ok(id.ok_or_else(|| InputFault::AssetNumber { field: field(), given: asset })?)
    }
}

fn settled(id: ReservationId, row: &ReservationRow) -> Receipt {
    let at = row.settled_at.unwrap_or(Timestamp::ZERO);
    Receipt { id: id.wire(), event: row.settled_event, at }
}
