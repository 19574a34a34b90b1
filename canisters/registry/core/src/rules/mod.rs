//! The decisions: values in, values out. A rule gets a view (records already loaded), an input and
//! a [`Ctx`], and answers the [`Change`] to make or the refusal. It never touches the store.

pub mod accept_identity_link;
pub mod activate_user;
pub mod add_wallet;
pub mod clock;
pub mod close_user;
pub mod define_risk_profile;
pub mod grant_role;
pub mod link_identity;
pub mod mark_wallet_used;
pub mod policies;
pub mod reactivate_user;
pub mod register_user;
pub mod revoke_role;
pub mod revoke_wallet;
pub mod role_heartbeat;
pub mod set_risk_profile;
pub mod suspend_user;
pub mod unlink_identity;
pub mod verify_wallet;

#[cfg(test)]
pub(crate) mod fixtures;

pub use granary_kernel::Ctx;
use granary_kernel::{Fault, Role as _, checks};
use sha2::{Digest, Sha256};

use crate::errors::{AccessFault, RegistryError, StateFault};
use crate::limits;
use crate::records::{
    Event, EventKind, GrantHead, ProfileHead, RevisionRow, Role, UserHead, WalletHead,
};
use crate::types::{
    GrantId, Hash, PersonRole, ProfileId, RevisionId, Timestamp, UserId, UserStatus, WalletId,
};

/// Which offices the actor holds.
#[expect(clippy::struct_excessive_bools, reason = "somebody can hold any of them together")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offices {
    /// [`Role::Governor`].
    pub governor: bool,
    /// [`Role::Registrar`].
    pub registrar: bool,
    /// [`Role::Compliance`].
    pub compliance: bool,
    /// [`Role::Service`].
    pub service: bool,
}

impl Offices {
    /// True for whoever looks after people.
    pub(crate) const fn cares_for_people(self) -> bool {
        self.registrar || self.compliance
    }
}

/// A user as rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserView {
    /// Its number.
    pub id: UserId,
    /// Its row.
    pub head: UserHead,
}

impl UserView {
    /// True when the actor is an identity of the user.
    pub fn is(&self, ctx: &Ctx) -> bool {
        self.head.linked().contains(&ctx.actor)
    }

    /// The row one version further, for a rule to change.
    pub(crate) fn next(&self) -> UserHead {
        UserHead { version: self.head.version.saturating_add(1), ..self.head.clone() }
    }

    /// Refuses a user that is in none of these statuses.
    pub(crate) fn need(&self, allowed: &'static [UserStatus]) -> Result<(), RegistryError> {
        let actual = self.head.status;
        if allowed.contains(&actual) {
            return Ok(());
        }
        Err(StateFault::User { actual, allowed }.into())
    }
}

/// A wallet as rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletView {
    /// Its number.
    pub id: WalletId,
    /// Its row.
    pub head: WalletHead,
}

/// A role grant as rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantView {
    /// Its number.
    pub id: GrantId,
    /// Its row.
    pub head: GrantHead,
}

/// When the clock must look at something again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The oldest registration expires.
    Pending(Timestamp),
    /// A grant takes effect or lapses.
    Grant(GrantId, Timestamp),
}

/// Everything one verb writes. The store applies it in one go and keeps indexes, chains, lists and
/// totals.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// A user's row; the next number makes a new one.
    pub user: Option<(UserId, UserHead)>,
    /// Wallets' rows; the next number makes a new one.
    pub wallets: Vec<(WalletId, WalletHead)>,
    /// A profile's row and the version it stands for.
    pub profile: Option<(ProfileId, ProfileHead, RevisionRow)>,
    /// Grants' rows; the next number makes a new one.
    pub grants: Vec<(GrantId, GrantHead)>,
    /// The running hour of registrations: its beginning and what it counts.
    pub window: Option<(Timestamp, u64)>,
    /// When the clock must look again.
    pub wake: Option<Wake>,
    /// What happened; the first one's subject is the receipt's id.
    pub events: Vec<Event>,
}

impl Change {
    /// A change that begins with one event.
    pub(crate) fn with(event: Event) -> Self {
        Self { events: vec![event], ..Self::default() }
    }

    /// A change of one user that begins with one event.
    pub(crate) fn of_user(id: UserId, head: UserHead, event: Event) -> Self {
        Self { user: Some((id, head)), ..Self::with(event) }
    }
}

/// The numbers a new profile and its version get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextProfile {
    /// Of a profile.
    pub profile: Option<ProfileId>,
    /// Of a version.
    pub revision: Option<RevisionId>,
}

/// Refuses whoever is neither the user, active, nor an office that may act for it at any time.
pub(crate) fn self_or(
    user: &UserView,
    office: bool,
    name: &'static str,
    ctx: &Ctx,
) -> Result<(), RegistryError> {
    if office {
        return user.need(&[UserStatus::Pending, UserStatus::Active, UserStatus::Suspended]);
    }
    if !user.is(ctx) {
        return Err(AccessFault::NotSelf { or: name }.into());
    }
    user.need(&[UserStatus::Active])
}

/// Refuses everybody without the office.
pub(crate) fn need_office(held: bool, office: &[Role]) -> Result<(), RegistryError> {
    if held { Ok(()) } else { Err(Fault::needs(office).into()) }
}

/// The digest of a reason, unless it is empty or too long.
pub(crate) fn reason(text: &str) -> Result<Hash, RegistryError> {
    checks::text("reason", text, limits::MAX_REASON_BYTES)?;
    Ok(Sha256::digest(text.as_bytes()).into())
}

/// What the journal says about a new status.
pub(crate) fn status_event(id: UserId, status: UserStatus, digest: Option<Hash>) -> Event {
    Event::new(EventKind::UserStatusChanged, id.wire()).name(status.name()).digest(digest)
}

/// Refuses a role that must not be with one of those held (U5).
pub(crate) fn exclude(
    role: PersonRole,
    held: impl IntoIterator<Item = PersonRole>,
) -> Result<(), RegistryError> {
    let Some(other) = role.excludes() else { return Ok(()) };
    if held.into_iter().any(|held| held == other) {
        return Err(StateFault::Excluded { role, held: other }.into());
    }
    Ok(())
}

/// Who gives and takes a role.
pub(crate) fn need_granter(role: PersonRole, offices: Offices) -> Result<(), RegistryError> {
    let (may, needs) = if role.is_powerful() {
        (offices.governor, Role::Governor.name())
    } else {
        (offices.governor || offices.registrar, "Governor or Registrar")
    };
    if may { Ok(()) } else { Err(AccessFault::NotGrantable { role, needs }.into()) }
}

/// Refuses because `what` holds as many as it may.
pub(crate) fn full(what: &'static str, max: impl Into<u64>) -> RegistryError {
    Fault::Full { what, max: max.into() }.into()
}
