//! Verbs of guardians, and of whoever announces.

use granary_kernel::{Class, Ctx, Receipt, Request};
use granary_stable::dedup::Fingerprinter;
use ic_stable_structures::Memory;

use crate::errors::GuardError;
use crate::records::{AnnouncementRow, Role, SeatRow};
use crate::rules::seal::{self, View};
use crate::rules::{announce, seat};
use crate::store::Store;
use crate::types::{AnnouncementId, Duration, Principal, Scope, SealId, SealState, SeatId};

impl<M: Memory + 'static> Store<M> {
    /// Stops outflows at once, for a bounded time. Works in every mode: it only tightens.
    pub fn seal(&mut self, ctx: &Ctx, input: seal::Input) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Governance, None, |store| {
            let is_governor = store.is_governor(ctx);
            let seats = if is_governor { vec![] } else { store.seats_of(&ctx.actor) };
            // The clock may be late: a seal whose time is over is no seal (R4).
            let active: Vec<_> = store.active_seals();
            let alive = active.iter().filter(|(_, row)| row.is_active(ctx.now));
            let view = View {
                is_governor,
                seats,
                active: alive.clone().find(|(_, row)| row.scope == input.scope).cloned(),
                count: u64::try_from(active.len()).unwrap_or(u64::MAX),
                next: SealId::from_slot(store.seals.len()),
            };
            seal::seal(&view, input, ctx)
        })
    }

    /// Ends a seal.
    pub fn lift_seal(&mut self, ctx: &Ctx, id: u64) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_role(ctx, &[Role::Governor])?;
            let (id, row) = store.seal_row(id)?;
            seal::lift(id, &row, ctx)
        })
    }

    /// Arms the seat of this scope and holder.
    pub fn arm_seat(
        &mut self,
        ctx: &Ctx,
        scope: Scope,
        holder: Principal,
        heartbeat: Duration,
    ) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_role(ctx, &[Role::Governor])?;
            let seats = store.all_seats();
            let known =
                seats.into_iter().find(|(_, row)| row.scope == scope && row.holder == holder);
            let next = SeatId::from_slot(store.seats.len());
            seat::arm(known, next, (scope, holder, heartbeat), ctx)
        })
    }

    /// Takes a seat back.
    pub fn disarm_seat(&mut self, ctx: &Ctx, id: u64) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_role(ctx, &[Role::Governor])?;
            let (id, row) = store.seat(id)?;
            seat::disarm(id, &row, ctx)
        })
    }

    /// A guardian shows that it is there.
    pub fn guardian_heartbeat(&mut self, ctx: &Ctx, id: u64) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Finish, None, |store| {
            let (id, row) = store.seat(id)?;
            seat::heartbeat(id, &row, ctx)
        })
    }

    /// Says in advance that an outflow will come.
    pub fn announce_outflow(
        &mut self,
        ctx: &Ctx,
        input: announce::Input,
        key: Option<&str>,
    ) -> Result<Receipt, GuardError> {
        let mut print = Fingerprinter::new("announce_outflow");
        print.write_u64(input.asset.wire()).write(&input.amount.to_be_bytes());
        print.write(&input.destination).write_u64(input.earliest_at.as_nanos());
        let print = print.write_u64(input.latest_at.as_nanos()).finish();
        let request = key.map(|key| Request { key, print });
        self.verb(ctx, Class::New, request, |store| {
            store.need_role(ctx, &[Role::Governor, Role::Steward])?;
            let next = AnnouncementId::from_slot(store.announcements.len());
            announce::announce(store.rules(), store.totals().announced, next, &input, ctx)
        })
    }

    /// Takes an announcement back.
    pub fn cancel_announcement(&mut self, ctx: &Ctx, id: u64) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_role(ctx, &[Role::Governor, Role::Steward, Role::Operator])?;
            let (id, row): (_, AnnouncementRow) = store.announcement(id)?;
            announce::cancel(id, &row)
        })
    }

    fn seats_of(&self, who: &Principal) -> Vec<(SeatId, SeatRow)> {
        let mut seats = self.all_seats();
        seats.retain(|(_, row)| row.holder == *who);
        seats
    }

    /// Seals that stop something now.
    pub fn seals_now(&self, ctx: &Ctx) -> Vec<(SealId, crate::records::SealRow)> {
        let mut seals = self.active_seals();
        seals.retain(|(_, row)| row.is_active(ctx.now) && row.state == SealState::Active);
        seals
    }
}
