//! A user: one fixed row with its identities, so that reading somebody is one read.

use granary_kernel::row::{RowReader, RowWriter, number};
use granary_stable::list::{LINK_BYTES, ListField};
use granary_stable::slots::Slot;

use crate::limits;
use crate::types::{GrantId, Principal, ProfileId, RiskClass, Timestamp, UserStatus, WalletId};

/// An identity that was asked to join and has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Who was asked.
    pub identity: Principal,
    /// Who asked: an identity of the user, or a registrar who invites.
    pub proposed_by: Principal,
    /// After this time the answer is refused.
    pub expires_at: Timestamp,
}

/// What rules read and write of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserHead {
    /// Where it stands.
    pub status: UserStatus,
    /// When it was registered.
    pub created_at: Timestamp,
    /// One more with each change.
    pub version: u32,
    /// How much risk its plans may take.
    pub profile: ProfileId,
    /// In order of their link; at most [`limits::MAX_IDENTITIES`]. Of a closed user, its last.
    pub identities: Vec<Principal>,
    /// At most [`limits::MAX_PROPOSALS`].
    pub proposals: Vec<Proposal>,
    /// What people call it.
    pub name: String,
    /// Wallets that are not revoked.
    pub wallets: u32,
    /// Wallets ever added (U8).
    pub wallets_ever: u32,
    /// Roles that have not ended.
    pub grants: u32,
    /// Roles ever given (U8).
    pub grants_ever: u32,
}

impl UserHead {
    /// The identities that stand for this user now: none once it is closed.
    pub fn linked(&self) -> &[Principal] {
        if self.status == UserStatus::Closed { &[] } else { &self.identities }
    }

    /// The proposal to `identity`, whether or not it is still in time.
    pub fn proposal_to(&self, identity: &Principal) -> Option<Proposal> {
        self.proposals.iter().find(|proposal| proposal.identity == *identity).copied()
    }
}

/// What the store keeps beside a user's head: where its chains begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserLinks {
    /// Newest wallet.
    pub newest_wallet: Option<WalletId>,
    /// Newest wallet that is not revoked.
    pub newest_live: Option<WalletId>,
    /// Newest role that has not ended.
    pub newest_grant: Option<GrantId>,
}

impl UserLinks {
    /// The links' part of the row, to be written at [`LINKS_AT`].
    pub(crate) fn part(&self) -> [u8; LINKS_BYTES] {
        let mut bytes = [0; LINKS_BYTES];
        self.write(&mut RowWriter::part(&mut bytes));
        bytes
    }

    fn write(&self, row: &mut RowWriter<'_>) {
        row.opt_id(self.newest_wallet).opt_id(self.newest_live).opt_id(self.newest_grant);
    }

    fn read(row: &mut RowReader<'_>) -> Self {
        Self { newest_wallet: row.opt_id(), newest_live: row.opt_id(), newest_grant: row.opt_id() }
    }
}

/// The stored row, without its place in the list of its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// What rules read and write.
    pub head: UserHead,
    /// What the store keeps.
    pub links: UserLinks,
}

/// Bytes of the part of a row in front of the list field, a little of it room to grow.
const PART_BYTES: usize = 500;
/// The list of users in one status, by when they came into it.
pub(crate) const STATUS_LIST: ListField = ListField::at(STATUS_LIST_AT);
const STATUS_LIST_AT: u32 = 500;
const NAME_BYTES: u8 = 64;
const LINKS_BYTES: usize = 12;
/// Where the links begin: at once behind the version.
pub(crate) const LINKS_AT: u32 = 1;
/// Bytes of the front of a row: version, links, status.
pub(crate) const FRONT_BYTES: usize = 14;
/// The version of the shape that [`UserRow::read`] brings older ones up to.
const VERSION: u8 = 2;

const _: () = assert!(STATUS_LIST_AT + LINK_BYTES <= UserRow::SIZE);
const _: () = assert!(limits::MAX_NAME_BYTES <= 64);

impl UserRow {
    /// The row without its list field, to be written at its beginning.
    pub(crate) fn part(&self) -> [u8; PART_BYTES] {
        let mut bytes = [0; PART_BYTES];
        self.write_part(&mut RowWriter::new(&mut bytes, VERSION));
        bytes
    }

    fn write_part(&self, row: &mut RowWriter<'_>) {
        let UserHead { status, created_at, version, profile, identities, proposals, name, .. } =
            &self.head;
        self.links.write(row);
        row.u8(number(&UserStatus::ALL, status)).time(*created_at).u32(*version).id(*profile);
        row.u8(count(identities.len()));
        for at in 0..limits::MAX_IDENTITIES {
            row.principal(identities.get(at).unwrap_or(&NOBODY));
        }
        row.u8(count(proposals.len()));
        for at in 0..limits::MAX_PROPOSALS {
            let nobody =
                Proposal { identity: NOBODY, proposed_by: NOBODY, expires_at: Timestamp::ZERO };
            let Proposal { identity, proposed_by, expires_at } =
                proposals.get(at).copied().unwrap_or(nobody);
            row.principal(&identity).principal(&proposed_by).time(expires_at);
        }
        row.raw().short(name.as_bytes(), NAME_BYTES);
        row.u32(self.head.wallets).u32(self.head.wallets_ever);
        row.u32(self.head.grants).u32(self.head.grants_ever);
    }

    fn read_second(mut row: RowReader<'_>) -> Self {
        let links = UserLinks::read(&mut row);
        let status = row.case(&UserStatus::ALL);
        let (created_at, version, profile) = (row.time(), row.u32(), row.id());
        let identities = read_identities(&mut row);
        let proposals = usize::from(row.u8());
        let proposals = (0..limits::MAX_PROPOSALS)
            .map(|_| Proposal {
                identity: row.principal(),
                proposed_by: row.principal(),
                expires_at: row.time(),
            })
            .collect::<Vec<_>>()
            .into_iter()
            .take(proposals)
            .collect();
        let name = read_name(&mut row);
        let head = UserHead {
            status,
            created_at,
            version,
            profile,
            identities,
            proposals,
            name,
            wallets: row.u32(),
            wallets_ever: row.u32(),
            grants: row.u32(),
            grants_ever: row.u32(),
        };
        Self { head, links }
    }

    /// Links and status from the front of a row; none when it has an older shape.
    pub(crate) fn front(bytes: &[u8; FRONT_BYTES]) -> Option<(UserLinks, UserStatus)> {
        if bytes.first() != Some(&VERSION) {
            return None;
        }
        let mut row = RowReader::new(bytes, VERSION, "a user's row");
        Some((UserLinks::read(&mut row), row.case(&UserStatus::ALL)))
    }

    /// The shape of schema 1: a class instead of a profile, no proposals, no roles, no version.
    fn read_first(mut row: RowReader<'_>) -> Self {
        let status = row.case(&FIRST_STATUSES);
        let created_at = row.time();
        let profile = standard_profile(row.case(&RiskClass::ALL));
        let identities = read_identities(&mut row);
        let name = read_name(&mut row);
        let (wallets, wallets_ever) = (row.u32(), row.u32());
        let head = UserHead {
            status,
            created_at,
            version: 1,
            profile,
            identities,
            proposals: vec![],
            name,
            wallets,
            wallets_ever,
            grants: 0,
            grants_ever: 0,
        };
        Self { head, links: UserLinks { newest_wallet: row.opt_id(), ..UserLinks::default() } }
    }

    /// True for the version byte of the newest shape.
    pub(crate) const fn is_newest(version: u8) -> bool {
        version == VERSION
    }
}

/// The statuses of schema 1 in the order of their stored numbers: nobody waited for admission.
pub(crate) const FIRST_STATUSES: [UserStatus; 3] =
    [UserStatus::Active, UserStatus::Suspended, UserStatus::Closed];

const NOBODY: Principal = Principal::management_canister();

/// The profile every installation has for a class: its place among the classes, from 1. Users of
/// schema 1 with custom limits become moderate, because their limits were never stored.
pub fn standard_profile(class: RiskClass) -> ProfileId {
    let number = match class {
        RiskClass::Conservative => 1,
        RiskClass::Moderate | RiskClass::Custom => 2,
        RiskClass::Aggressive => 3,
    };
    ProfileId::new(number).unwrap_or_else(granary_kernel::row::damaged)
}

fn count(len: usize) -> u8 {
    u8::try_from(len).unwrap_or_else(|_| granary_kernel::row::damaged())
}

fn read_identities(row: &mut RowReader<'_>) -> Vec<Principal> {
    let count = usize::from(row.u8());
    let all: Vec<Principal> = (0..limits::MAX_IDENTITIES).map(|_| row.principal()).collect();
    all.into_iter().take(count).collect()
}

fn read_name(row: &mut RowReader<'_>) -> String {
    let bytes = row.raw().short(NAME_BYTES).to_vec();
    String::from_utf8(bytes).unwrap_or_else(|_| granary_kernel::row::damaged())
}

impl Slot for UserRow {
    const SIZE: u32 = limits::USER_BYTES;

    fn write(&self, out: &mut [u8]) {
        self.write_part(&mut RowWriter::new(out, VERSION));
    }

    fn read(bytes: &[u8]) -> Self {
        let version = bytes.first().copied().unwrap_or_default();
        let row = RowReader::new(bytes, VERSION, "a user's row");
        if version == 1 { Self::read_first(row) } else { Self::read_second(row) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn u8_a_row_with_everything_at_its_bound_fits_and_comes_back() {
        let who = |n: u8| Principal::from_slice(&[n; 29]);
        let proposal = |n: u8| Proposal {
            identity: who(n),
            proposed_by: who(n + 1),
            expires_at: Timestamp::from_nanos(u64::MAX),
        };
        let row = UserRow {
            head: UserHead {
                status: UserStatus::Suspended,
                created_at: Timestamp::from_nanos(u64::MAX),
                version: u32::MAX,
                profile: ProfileId::new(u32::MAX).expect("not zero"),
                identities: (1..=5).map(who).collect(),
                proposals: (6..=8).map(proposal).collect(),
                name: "x".repeat(limits::MAX_NAME_BYTES),
                wallets: u32::MAX,
                wallets_ever: u32::MAX,
                grants: u32::MAX,
                grants_ever: u32::MAX,
            },
            links: UserLinks {
                newest_wallet: WalletId::new(u32::MAX),
                newest_live: WalletId::new(7),
                newest_grant: GrantId::new(u32::MAX),
            },
        };
        let mut bytes = [0; limits::USER_BYTES as usize];
        row.write(&mut bytes);
        assert_eq!(UserRow::read(&bytes), row);
        assert_eq!(bytes[..PART_BYTES], row.part());
        assert_eq!(bytes[PART_BYTES..], [0; 12], "the list field is its own");
        let front = bytes[..FRONT_BYTES].try_into().expect("so many");
        assert_eq!(UserRow::front(&front), Some((row.links, row.head.status)));
        assert_eq!(bytes[1..13], row.links.part());
    }
}
