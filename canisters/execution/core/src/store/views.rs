//! Records for rules and for readers.

use granary_kernel::row::damaged;
use granary_kernel::{Class, Ctx};
use granary_resilience::recovery::RecoveryContext;
use granary_stable::keys::FixedKey;
use ic_stable_structures::Memory;

use crate::errors::{ExecutionError, Missing};
use crate::records::{
    ApprovalRow, AssetRow, AuthorisationRow, IntentRow, KeyRow, OrphanRow, Role, Totals, UseRow,
};
use crate::rules::lookback::{self, Wanted};
use crate::rules::people::{self, Standing};
use crate::rules::{Work, standing, submit_intent};
use crate::store::Store;
use crate::types::{
    ApprovalId, AssetId, AuthorisationId, Hash, Id, IntentId, IntentState, KeyId, OrphanId,
    Principal, Timestamp, UseId,
};

/// An intent with what people read beside it.
#[derive(Clone, Debug)]
pub struct IntentView {
    /// Its number on the wire.
    pub wire: u64,
    /// The row.
    pub row: IntentRow,
    /// People whose approvals count now.
    pub approvals: Vec<Principal>,
    /// Its errors.
    pub trouble: Option<RecoveryContext>,
    /// What an approver approves.
    pub digest: Hash,
    /// The ledger.
    pub ledger: Principal,
}

/// How an intent's requirement of approvals is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needed {
    /// It is.
    Met,
    /// A standing authorisation would meet it: its use is to be written down.
    Standing(AuthorisationId),
    /// It is not.
    Open,
}

/// The place of a memo in the indexes.
pub(crate) fn place_of(memo: &Hash) -> FixedKey<16> {
    FixedKey(memo.first_chunk().copied().unwrap_or_else(damaged))
}

/// The rows of a chain, newest first.
fn chain<K>(newest: Option<Id<K>>, prev: impl Fn(Id<K>) -> Option<Id<K>>) -> Vec<Id<K>> {
    core::iter::successors(newest, |id| prev(*id)).collect()
}

impl<M: Memory + 'static> Store<M> {
    /// The running figures.
    pub fn totals(&self) -> Totals {
        self.totals.get(0).unwrap_or_else(damaged)
    }

    /// Since when the intent that came into `state` first of all has been there.
    pub fn oldest(&self, totals: &Totals, state: IntentState) -> Option<Timestamp> {
        let first = totals.lists.get(state.at())?.first()?;
        self.intents.get(first).map(|row| row.since)
    }

    /// Intents there are.
    pub const fn intent_count(&self) -> u64 {
        self.intents.len()
    }

    /// The intent with this number on the wire.
    pub fn intent(&self, wire: u64) -> Result<(IntentId, IntentRow), ExecutionError> {
        let missing = || ExecutionError::from(Missing::Intent { id: wire });
        let id = IntentId::from_wire(wire & u64::from(u32::MAX)).ok_or_else(missing)?;
        let row = self.intents.get(id.slot()).ok_or_else(missing)?;
        if row.wire(id) == wire { Ok((id, row)) } else { Err(missing()) }
    }

    /// The number on the wire of the intent in this place.
    pub fn wire_of(&self, id: IntentId) -> Option<u64> {
        self.intent_at(id).map(|row| row.wire(id))
    }

    /// The intent in this place, for whoever walks over them.
    pub(crate) fn intent_at(&self, id: IntentId) -> Option<IntentRow> {
        self.intents.get(id.slot())
    }

    /// The intent with this memo.
    pub fn intent_of(&self, memo: &Hash) -> Option<(IntentId, IntentRow)> {
        let id = IntentId::new(self.index.get(&place_of(memo))?)?;
        let row = self.intents.get(id.slot()).unwrap_or_else(damaged);
        (row.memo == *memo).then_some((id, row))
    }

    /// The intent with what people read beside it.
    pub fn intent_view(&self, wire: u64, now: Timestamp) -> Result<IntentView, ExecutionError> {
        let (_, row) = self.intent(wire)?;
        Ok(self.view_of(wire, &row, now))
    }

    pub(crate) fn view_of(&self, wire: u64, row: &IntentRow, now: Timestamp) -> IntentView {
        let digest = self.digest_of(row);
        let approvals = people::counted(&self.approvals_of(row), &digest, &row.initiator, now);
        let trouble = row.trouble.map(|_| self.trouble_of(row));
        let ledger = self.asset_row(row.asset).ledger;
        IntentView { wire, row: *row, approvals, trouble, digest, ledger }
    }

    /// What an approver of the intent approves.
    pub fn digest_of(&self, row: &IntentRow) -> Hash {
        submit_intent::digest(row, &self.asset_row(row.asset).ledger)
    }

    /// The adopted asset with this number.
    pub fn asset(&self, number: u64) -> Result<(AssetId, AssetRow), ExecutionError> {
        AssetId::from_wire(number)
            .and_then(|id| self.assets.get(id.slot()).map(|row| (id, row)))
            .filter(|(_, row)| row.adopted)
            .ok_or_else(|| Missing::Asset { id: number }.into())
    }

    /// The row of an asset that is known to be adopted.
    pub(crate) fn asset_row(&self, id: AssetId) -> AssetRow {
        self.assets.get(id.slot()).unwrap_or_else(damaged)
    }

    /// Every adopted asset; at most [`crate::limits::MAX_ASSETS`].
    pub fn all_assets(&self) -> impl Iterator<Item = (AssetId, AssetRow)> + '_ {
        self.assets
            .iter_from(0)
            .filter(|(_, row)| row.adopted)
            .filter_map(|(slot, row)| Some((AssetId::from_slot(slot)?, row)))
    }

    /// The errors of an intent.
    pub(crate) fn trouble_of(&self, row: &IntentRow) -> RecoveryContext {
        let memo = row.memo.first_chunk().copied().unwrap_or_default();
        row.trouble
            .and_then(|id| self.troubles.get(id.slot()))
            .map_or_else(|| RecoveryContext::new(u64::from_be_bytes(memo)), |trouble| trouble.0)
    }

    /// Work on an intent.
    pub(crate) fn work(&self, id: IntentId, row: &IntentRow, now: Timestamp) -> Work {
        Work::new(id, *row, self.asset_row(row.asset), self.trouble_of(row), now)
    }

    /// Every approval of an intent, newest first, with what its approver's role says now.
    pub(crate) fn approvals_of(&self, row: &IntentRow) -> Vec<Standing> {
        let ids = chain(row.newest_approval, |id| self.approval(id).prev);
        ids.into_iter().map(|id| self.standing(self.approval(id))).collect()
    }

    fn standing(&self, row: ApprovalRow) -> Standing {
        let grant = self.role_grant(Role::Approver, &row.approver);
        Standing { row, role_since: grant.map(|grant| grant.since) }
    }

    pub(crate) fn approval(&self, id: ApprovalId) -> ApprovalRow {
        self.approvals.get(id.slot()).unwrap_or_else(damaged)
    }

    /// The approver's newest approval of the intent that is not taken back.
    pub(crate) fn approval_by(
        &self,
        row: &IntentRow,
        who: &Principal,
    ) -> Option<(ApprovalId, ApprovalRow)> {
        let ids = chain(row.newest_approval, |id| self.approval(id).prev);
        let mut rows = ids.into_iter().map(|id| (id, self.approval(id)));
        rows.find(|(_, row)| row.approver == *who && !row.revoked)
    }

    /// How the requirement of approvals is met now (E8).
    pub fn needed(&self, row: &IntentRow, now: Timestamp) -> Needed {
        if row.needs.approvals == 0 {
            return Needed::Met;
        }
        if let Some(used) = row.standing.and_then(|id| self.uses.get(id.slot())) {
            let authorisation = self.authorisation_row(used.authorisation);
            if self.is_live(&authorisation, now) && row.total() <= used.amount {
                return Needed::Met;
            }
        }
        let people = self.approvals_of(row);
        let count = people::counted(&people, &self.digest_of(row), &row.initiator, now).len();
        let enough = usize::try_from(row.needs.approvals).is_ok_and(|needs| count >= needs);
        if enough {
            return Needed::Met;
        }
        if row.standing.is_some() {
            return Needed::Open;
        }
        self.covering(row, now).map_or(Needed::Open, Needed::Standing)
    }

    /// A standing authorisation that covers the intent and has room for it.
    fn covering(&self, row: &IntentRow, now: Timestamp) -> Option<AuthorisationId> {
        let ledger = self.asset_row(row.asset).ledger;
        let destination = row.to.destination(&ledger);
        let live = self.live.get().cloned().unwrap_or_default();
        live.numbers.into_iter().filter_map(AuthorisationId::new).find(|id| {
            let authorisation = self.authorisation_row(*id);
            standing::covers(&authorisation, row, &destination)
                && self.is_live(&authorisation, now)
                && self
                    .used(&authorisation, now)
                    .is_some_and(|used| standing::fits(&authorisation, used, row.total()))
        })
    }

    /// What was used of an authorisation inside the window that ends now; none when there were
    /// more uses than are added up.
    pub fn used(&self, row: &AuthorisationRow, now: Timestamp) -> Option<u128> {
        let mut sum = 0_u128;
        let mut at = row.newest_use;
        for _ in 0..crate::limits::MAX_USES {
            let Some(used) = at.map(|id| self.use_row(id)) else { return Some(sum) };
            if !standing::is_inside(row, &used, now) {
                return Some(sum);
            }
            if !used.returned {
                sum = sum.checked_add(used.amount)?;
            }
            at = used.prev;
        }
        None
    }

    pub(crate) fn use_row(&self, id: UseId) -> UseRow {
        self.uses.get(id.slot()).unwrap_or_else(damaged)
    }

    pub(crate) fn authorisation_row(&self, id: AuthorisationId) -> AuthorisationRow {
        self.authorisations.get(id.slot()).unwrap_or_else(damaged)
    }

    /// The standing authorisation with this number.
    pub fn authorisation(
        &self,
        number: u64,
    ) -> Result<(AuthorisationId, AuthorisationRow), ExecutionError> {
        AuthorisationId::from_wire(number)
            .and_then(|id| self.authorisations.get(id.slot()).map(|row| (id, row)))
            .ok_or_else(|| Missing::Authorisation { id: number }.into())
    }

    /// True while it authorises: it is not over, and who gave it has the role since before (E8).
    pub fn is_live(&self, row: &AuthorisationRow, now: Timestamp) -> bool {
        let grant = self.role_grant(row.granted_as, &row.granted_by);
        standing::is_live(row, grant.map(|grant| grant.since), now)
    }

    /// The payment without an intent with this number.
    pub fn orphan(&self, number: u64) -> Result<(OrphanId, OrphanRow), ExecutionError> {
        OrphanId::from_wire(number)
            .and_then(|id| self.orphans.get(id.slot()).map(|row| (id, row)))
            .ok_or_else(|| Missing::Orphan { id: number }.into())
    }

    /// Every signing key reference; at most [`crate::limits::MAX_KEYS`].
    pub fn all_keys(&self) -> Vec<(KeyId, KeyRow)> {
        let keys = self.keys.iter_from(0);
        keys.filter_map(|(slot, row)| Some((KeyId::from_slot(slot)?, row))).collect()
    }

    /// What the blocks of an asset must have been looked at for.
    pub(crate) fn wanted(&self, now: Timestamp) -> Wanted {
        lookback::wanted(self.header().restore_epoch, self.base(), now)
    }

    /// True when nothing may have been forgotten of the asset: every block since a restore was
    /// looked at. While a drain runs nobody can tell: a snapshot is taken in one (E7).
    pub fn is_known(&self, asset: &AssetRow, now: Timestamp) -> bool {
        lookback::is_clear(asset, self.wanted(now)) && self.drain(now).is_none()
    }

    /// True when, besides, every payment in those blocks is explained.
    pub fn is_cleared(&self, asset: &AssetRow, now: Timestamp) -> bool {
        self.is_known(asset, now) && asset.orphans == 0
    }

    /// Refuses what may not be decided while something may have been forgotten (E7).
    pub(crate) fn need_known(&self, work: &Work) -> Result<(), ExecutionError> {
        if self.is_known(&work.asset, work.now) {
            return Ok(());
        }
        Err(crate::errors::StateFault::Looking.into())
    }

    /// True when mode and drain let money leave.
    pub fn may_send(&self, ctx: &Ctx) -> bool {
        self.gate(ctx, Class::Outflow).is_ok()
    }
}
