//! Verbs about what is seen: alerts, the books, the canister itself; and explanations.

use granary_kernel::{Class, Ctx, Fault, Receipt};
use granary_resilience::failure::Failure;
use ic_stable_structures::Memory;

use crate::errors::{GuardError, InputFault};
use crate::limits;
use crate::records::reservation::Outflow;
use crate::records::{AssetRow, Escalation, Role, ServiceRow};
use crate::rules::alert::{self, Vitals};
use crate::rules::explain::{self, Path};
use crate::rules::treasury::{self, Because, Figure, SettleView, Ticket};
use crate::rules::{AlertCall, Change, ratio_bps};
use crate::store::Store;
use crate::types::{AssetId, Hash, Principal, Purpose, Service, Span};

/// What an explanation is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Number of the asset.
    pub asset: u64,
    /// How much.
    pub amount: u128,
    /// Only to this destination.
    pub destination: Option<Hash>,
    /// Only for this purpose.
    pub purpose: Option<Purpose>,
}

impl<M: Memory + 'static> Store<M> {
    /// Somebody looks after an alert.
    pub fn acknowledge_alert(&mut self, ctx: &Ctx, id: u64) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Finish, None, |store| {
            store.need_role(ctx, &[Role::Operator, Role::Governor])?;
            let (id, row) = store.alert(id)?;
            alert::acknowledge(id, &row)
        })
    }

    /// Somebody says that an alert is over.
    pub fn resolve_alert(&mut self, ctx: &Ctx, id: u64) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Finish, None, |store| {
            store.need_role(ctx, &[Role::Operator, Role::Governor])?;
            let (id, row) = store.alert(id)?;
            alert::resolve(id, &row)
        })
    }

    /// Says whom alerts reach.
    pub fn set_escalation(
        &mut self,
        ctx: &Ctx,
        escalation: Escalation,
    ) -> Result<Receipt, GuardError> {
        self.verb(ctx, Class::Governance, None, |store| {
            store.need_role(ctx, &[Role::Governor])?;
            alert::set_escalation(escalation)
        })
    }

    /// What the canister sees of itself; alerts are raised and cleared by it.
    pub fn observe(&mut self, ctx: &Ctx, seen: &Vitals) {
        let mut alerts = alert::vitals(seen);
        // What is well and was well needs no look into the table of alerts.
        alerts.retain(|call| match call {
            AlertCall::Raise { .. } => true,
            AlertCall::Clear { kind, subject } => self.open_alert(*kind, *subject).is_some(),
        });
        if !alerts.is_empty() {
            self.commit(Change { alerts, ..Change::default() }, ctx);
        }
    }

    /// Writes a question about the treasury down; the shell asks it. Amid a drain only a person
    /// asks: a release compares the state before and after, and nothing else changes it.
    pub fn begin_refresh(
        &mut self,
        ctx: &Ctx,
        because: Because,
    ) -> Result<(Principal, Ticket), GuardError> {
        self.gate(ctx, Class::Finish)?;
        if because != Because::Person && self.drain(ctx.now).is_some() {
            return Err(Fault::Draining.into());
        }
        let portfolio = self.peer("portfolio")?;
        let service = self.service(Service::Portfolio);
        let begun = treasury::begin(self.refresh(), service, self.profile(), because, ctx.now);
        let (ticket, refresh, service) = begun?;
        let change = Change {
            refresh: Some(refresh),
            service: Some((Service::Portfolio, service)),
            ..Change::default()
        };
        self.commit(change, ctx);
        Ok((portfolio, ticket))
    }

    /// Keeps what the books said; nothing when the question is not the newest.
    pub fn settle_refresh(
        &mut self,
        ctx: &Ctx,
        ticket: Ticket,
        answer: Result<Vec<Figure>, Failure>,
    ) -> Option<Receipt> {
        let rows: Vec<(AssetId, AssetRow)> = self.all_assets().collect();
        let rows = rows.into_iter().map(|(id, row)| {
            let used = row.is_nearly_used.then(|| self.used_bps(id, &row, ctx));
            (id, row, used)
        });
        let view = SettleView {
            ticket,
            refresh: self.refresh(),
            rules: self.rules(),
            profile: self.profile(),
            treasury: self.treasury_row(),
            is_insolvent: self.totals().is_insolvent,
            rows: rows.collect(),
            service: self.service(Service::Portfolio),
        };
        let change = treasury::settle(&view, answer, ctx)?;
        Some(self.commit(change, ctx))
    }

    /// How full the fullest window of an asset is, in basis points.
    fn used_bps(&self, id: AssetId, row: &AssetRow, ctx: &Ctx) -> u128 {
        let Some(limits) = row.limits else { return 0 };
        let time = ctx.now.max(row.clock);
        let flows = crate::rules::advanced(self.flows(id), time);
        let used = Span::ALL.into_iter().zip(flows.iter()).filter_map(|(span, flow)| {
            let capacity = crate::rules::outflow::capacity(&limits.window(span)?, &limits, row);
            Some(ratio_bps(flow.total().0, capacity))
        });
        used.max().unwrap_or(0)
    }

    /// Every way by which so much of an asset could leave.
    pub fn explain_policy(&self, ctx: &Ctx, question: &Question) -> Result<Vec<Path>, GuardError> {
        if question.amount == 0 {
            return Err(InputFault::AmountZero { field: "amount_units" }.into());
        }
        let asset = self.known_asset(question.asset)?;
        let outflow = Outflow {
            intent: 0,
            asset,
            amount: question.amount,
            destination: question.destination.unwrap_or_default(),
            initiator: ctx.actor,
            purpose: question.purpose.unwrap_or(Purpose::Manual),
            announcement: None,
        };
        let row = self.asset(asset);
        let (rule, time) = (self.breaker_rule(), ctx.now.max(row.clock));
        let service: ServiceRow = self.service(Service::Ledger(asset));
        let mut view = self.outflow_view(&outflow, &row, &service, &rule, (ctx.now, time));
        let asked = explain::Question {
            outflow,
            purpose: question.purpose,
            is_named: question.destination.is_some(),
        };
        Ok(explain::explain(&mut view, &asked, ctx.now))
    }

    /// Services that were told of, with their rows.
    pub fn all_services(&self) -> Vec<(Service, ServiceRow)> {
        let told = |row: &ServiceRow| row.last_at.is_some();
        let rows = self.services.iter_from(0).filter(|(_, row)| told(row));
        let most = usize::try_from(limits::MAX_SERVICES).unwrap_or(usize::MAX);
        rows.filter_map(|(slot, row)| Some((Service::of_slot(slot)?, row))).take(most).collect()
    }
}
