//! A role grant: one fixed row, in its holder's chain while it has not ended.

use std::borrow::Cow;

use granary_kernel::row::{RowReader, RowWriter, damaged, number};
use granary_stable::slots::Slot;
use ic_stable_structures::Storable;
use ic_stable_structures::storable::Bound;

use crate::limits;
use crate::types::{
    Duration, GrantId, GrantState, Holder, PersonRole, Principal, Timestamp, UserId,
};

/// What rules read and write of a role grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantHead {
    /// Which role.
    pub role: PersonRole,
    /// Whose.
    pub holder: Holder,
    /// Where it holds; empty means everywhere.
    pub scope: String,
    /// Who gave it.
    pub granted_by: Principal,
    /// When it was given.
    pub granted_at: Timestamp,
    /// It authorises nothing before (U4).
    pub effective_at: Timestamp,
    /// It authorises nothing from then on (U4).
    pub expires_at: Timestamp,
    /// The last sign of life; the grant itself is the first.
    pub last_heartbeat: Timestamp,
    /// How long a sign of life lasts; none when the role needs none.
    pub heartbeat: Option<Duration>,
    /// What the journal said last. What counts is [`Self::state_at`].
    pub state: GrantState,
}

impl GrantHead {
    /// When it ends by itself unless there is another sign of life.
    ///
    /// Before it is effective nobody can show signs of life with it, so the first one is due
    /// after that time.
    pub fn lapses_at(&self) -> Timestamp {
        let Some(heartbeat) = self.heartbeat else { return self.expires_at };
        let from = self.last_heartbeat.max(self.effective_at);
        from.saturating_add(heartbeat).min(self.expires_at)
    }

    /// Where it stands at `now`, whether or not the clock has written it down (U4).
    pub fn state_at(&self, now: Timestamp) -> GrantState {
        if !self.state.is_live() {
            self.state
        } else if now >= self.lapses_at() {
            GrantState::Expired
        } else if now >= self.effective_at {
            GrantState::Effective
        } else {
            GrantState::Granted
        }
    }
}

/// The stored row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRow {
    /// What rules read and write.
    pub head: GrantHead,
    /// The live grant its holder got before this one.
    pub holder_prev: Option<GrantId>,
}

const SCOPE_BYTES: u8 = 64;
const _: () = assert!(limits::MAX_SCOPE_BYTES <= 64);

impl Slot for GrantRow {
    const SIZE: u32 = limits::GRANT_BYTES;

    fn write(&self, out: &mut [u8]) {
        let head = &self.head;
        let mut row = RowWriter::new(out, 1);
        row.u8(number(&PersonRole::ALL, &head.role)).u8(number(&GrantState::ALL, &head.state));
        let (user, who) = match head.holder {
            Holder::User(user) => (Some(user), Principal::management_canister()),
            Holder::Principal(who) => (None, who),
        };
        row.opt_id(user).principal(&who);
        row.raw().short(head.scope.as_bytes(), SCOPE_BYTES);
        row.principal(&head.granted_by).time(head.granted_at).time(head.effective_at);
        row.time(head.expires_at).time(head.last_heartbeat);
        row.u64(head.heartbeat.map_or(0, Duration::as_nanos)).opt_id(self.holder_prev);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut row = RowReader::new(bytes, 1, "a role grant's row");
        let (role, state) = (row.case(&PersonRole::ALL), row.case(&GrantState::ALL));
        let (user, who) = (row.opt_id::<crate::types::UserKind>(), row.principal());
        let holder = user.map_or(Holder::Principal(who), |user: UserId| Holder::User(user));
        let scope = row.raw().short(SCOPE_BYTES).to_vec();
        let scope = String::from_utf8(scope).unwrap_or_else(|_| damaged());
        let (granted_by, granted_at) = (row.principal(), row.time());
        let (effective_at, expires_at, last_heartbeat) = (row.time(), row.time(), row.time());
        let heartbeat = match row.u64() {
            0 => None,
            nanos => Some(Duration::from_nanos(nanos)),
        };
        let head = GrantHead {
            role,
            holder,
            scope,
            granted_by,
            granted_at,
            effective_at,
            expires_at,
            last_heartbeat,
            heartbeat,
            state,
        };
        Self { head, holder_prev: row.opt_id() }
    }
}

/// The live grants of a principal: the value behind its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// Newest of them.
    pub newest: Option<GrantId>,
    /// How many there are.
    pub live: u32,
    /// How many there ever were (U8).
    pub ever: u32,
}

const CHAIN_BYTES: usize = 13;

impl Storable for Chain {
    const BOUND: Bound = Bound::Bounded { max_size: 13, is_fixed_size: true };

    fn to_bytes(&self) -> Cow<'_, [u8]> {
        let mut bytes = vec![0; CHAIN_BYTES];
        RowWriter::new(&mut bytes, 1).opt_id(self.newest).u32(self.live).u32(self.ever);
        Cow::Owned(bytes)
    }

    fn into_bytes(self) -> Vec<u8> {
        self.to_bytes().into_owned()
    }

    fn from_bytes(bytes: Cow<'_, [u8]>) -> Self {
        let mut row = RowReader::new(&bytes, 1, "a principal's chain of roles");
        Self { newest: row.opt_id(), live: row.u32(), ever: row.u32() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(holder: Holder) -> GrantHead {
        GrantHead {
            role: PersonRole::Guardian,
            holder,
            scope: "s".repeat(limits::MAX_SCOPE_BYTES),
            granted_by: Principal::from_slice(&[8; 29]),
            granted_at: Timestamp::from_nanos(10),
            effective_at: Timestamp::from_nanos(20),
            expires_at: Timestamp::from_nanos(100),
            last_heartbeat: Timestamp::from_nanos(10),
            heartbeat: Some(Duration::from_nanos(30)),
            state: GrantState::Granted,
        }
    }

    #[test]
    fn a_row_comes_back() {
        let holders = [
            Holder::User(UserId::new(u32::MAX).expect("not zero")),
            Holder::Principal(Principal::from_slice(&[9; 29])),
        ];
        for holder in holders {
            let row = GrantRow { head: head(holder), holder_prev: GrantId::new(u32::MAX) };
            let mut bytes = [0; limits::GRANT_BYTES as usize];
            row.write(&mut bytes);
            assert_eq!(GrantRow::read(&bytes), row);
        }
    }

    #[test]
    fn u4_time_decides_not_the_clock() {
        let mut grant = head(Holder::Principal(Principal::anonymous()));
        let at = |grant: &GrantHead, nanos| grant.state_at(Timestamp::from_nanos(nanos));
        assert_eq!(at(&grant, 19), GrantState::Granted);
        assert_eq!(at(&grant, 20), GrantState::Effective);
        assert_eq!(at(&grant, 49), GrantState::Effective);
        assert_eq!(at(&grant, 50), GrantState::Expired, "no sign of life since it took effect");
        grant.last_heartbeat = Timestamp::from_nanos(90);
        assert_eq!(at(&grant, 99), GrantState::Effective);
        assert_eq!(at(&grant, 100), GrantState::Expired, "whatever the signs of life");
        grant.state = GrantState::Revoked;
        assert_eq!(at(&grant, 30), GrantState::Revoked);
    }
}
