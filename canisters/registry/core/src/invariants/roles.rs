//! Role grants and the chains of principals.

use std::ops::Bound as From;

use granary_kernel::roles::principal_of;
use ic_stable_structures::Memory;

use super::Check;
use super::people::after;
use crate::limits;
use crate::types::{GrantId, GrantState, Holder};

const ENTITY: &str = "grant";

impl<M: Memory + 'static> Check<'_, M> {
    /// One role grant; false behind the last.
    pub(super) fn grant(&mut self) -> bool {
        let slot = self.cursor.position;
        let (Some(row), Some(id)) = (self.store.grants.get(slot), GrantId::from_slot(slot)) else {
            return false;
        };
        let head = row.head;
        if head.effective_at < head.granted_at || head.expires_at <= head.effective_at {
            self.violation("U4", ENTITY, id.wire(), "has times that are not in order");
        }
        if head.expires_at > head.effective_at.saturating_add(limits::MAX_GRANT_LIFE) {
            self.violation("U4", ENTITY, id.wire(), "lives longer than a grant may");
        }
        // Before its time a grant may only be waiting, or have been taken back.
        let before = head.granted_at;
        let early = head.state_at(before) == GrantState::Effective && before < head.effective_at;
        if early || head.heartbeat.is_some() != head.role.needs_heartbeat() {
            self.violation("U4", ENTITY, id.wire(), "authorises when it should not");
        }
        if let Holder::User(user) = head.holder
            && self.store.user(user.wire()).is_err()
        {
            self.violation("U5", ENTITY, id.wire(), "is held by nobody");
        }
        if let Holder::Principal(who) = head.holder
            && head.granted_by == who
        {
            self.violation("U5", ENTITY, id.wire(), "was given by its holder");
        }
        let live = u64::from(head.state.is_live());
        self.cursor.live_grants = self.cursor.live_grants.saturating_add(live);
        self.piece.spend(1);
        self.cursor.position = slot.saturating_add(1);
        true
    }

    /// The roles of one principal; false behind the last.
    pub(super) fn chain(&mut self) -> bool {
        let range = (after::<30>(&self.cursor.key), From::Unbounded);
        let Some(entry) = self.store.chains.range(range).next() else { return false };
        let (key, chain) = (*entry.key(), entry.value());
        let who = principal_of(key.0);
        let grants = self.store.grants_from(chain.newest);
        let id = grants.first().map_or(0, |grant| grant.id.wire());
        if u32::try_from(grants.len()) != Ok(chain.live) || chain.live > chain.ever {
            self.violation("U7", "chain", id, format!("{who} counts other roles than it has"));
        }
        let own = grants
            .iter()
            .all(|grant| grant.head.holder == Holder::Principal(who) && grant.head.state.is_live());
        if !own {
            self.violation("U5", "chain", id, format!("{who} has a role of somebody else"));
        }
        let bounds = (limits::MAX_GRANTS_OF_HOLDER, limits::MAX_GRANTS_EVER);
        if chain.live > bounds.0 || chain.ever > bounds.1 {
            self.violation("U8", "chain", id, format!("{who} has more roles than it may"));
        }
        self.piece.spend(1);
        self.cursor.key = key.0.to_vec();
        true
    }
}
