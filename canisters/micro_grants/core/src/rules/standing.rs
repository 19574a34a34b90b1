//! What the registry knows about people, and what follows from it (G6, U4).
//!
//! A rule asks last, when nothing else is left to refuse: people whose standing is missing are
//! named in [`GrantError::Unasked`], and the verb is run again when the registry has answered.

use std::collections::BTreeMap;

use crate::errors::{AccessFault, GrantError, InputFault, StateFault};
use crate::types::{Hash, Principal, ProgramId};

/// The role without which nobody reviews.
const REVIEWER: &str = "reviewer";
/// The scope of roles that hold in this canister alone.
const HERE: &str = "micro_grants";

/// Where a user stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStatus {
    /// Not admitted yet.
    Pending,
    /// A full member.
    Active,
    /// May do nothing for now.
    Suspended,
    /// For ever.
    Closed,
}

impl UserStatus {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::Closed => "Closed",
        }
    }
}

/// A role that is effective, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRole {
    /// The registry's name of it.
    pub role: String,
    /// Empty means everywhere.
    pub scope: String,
}

/// What the registry knows about one principal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its user with its status; none when the principal is nobody's.
    pub user: Option<(u64, UserStatus)>,
    /// Roles effective when the registry was asked.
    pub roles: Vec<HeldRole>,
    /// SHA-256 of each address of its user's wallets.
    pub wallets: Vec<Hash>,
}

impl Standing {
    fn reviews(&self, program: ProgramId) -> bool {
        let own = format!("{HERE}/program/{}", program.wire());
        let covers = |scope: &str| scope.is_empty() || scope == HERE || scope == own;
        self.roles.iter().any(|held| held.role == REVIEWER && covers(&held.scope))
    }

    /// True for two identities of one user, and for two users of one wallet.
    fn is_close_to(&self, other: &Self) -> bool {
        let user = |standing: &Self| standing.user.map(|(id, _)| id);
        let same_user = user(self).is_some() && user(self) == user(other);
        same_user || self.wallets.iter().any(|wallet| other.wallets.contains(wallet))
    }
}

/// What is known about people when a verb is decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum People {
    /// The canister has no registry: nobody is asked, and nothing is refused for it.
    #[default]
    NoRegistry,
    /// What the registry said so far.
    Known(BTreeMap<Principal, Standing>),
}

impl People {
    /// The standings of these people in their order; none without a registry.
    fn of(&self, wanted: &[Principal]) -> Result<Option<Vec<&Standing>>, GrantError> {
        let Self::Known(known) = self else { return Ok(None) };
        let found: Vec<&Standing> = wanted.iter().filter_map(|who| known.get(who)).collect();
        if found.len() == wanted.len() {
            return Ok(Some(found));
        }
        let missing = wanted.iter().filter(|who| !known.contains_key(who)).copied().collect();
        Err(GrantError::Unasked(missing))
    }

    /// Refuses an applicant whose user is not Active. Whom the registry does not know may apply.
    pub(crate) fn need_applicant(&self, applicant: Principal) -> Result<(), GrantError> {
        for standing in self.of(&[applicant])?.unwrap_or_default() {
            match standing.user {
                Some((_, UserStatus::Active)) | None => {}
                Some((_, status)) => return Err(StateFault::ApplicantStanding { status }.into()),
            }
        }
        Ok(())
    }

    /// Refuses a panel with somebody who may not review the programme.
    pub(crate) fn need_panel(
        &self,
        program: ProgramId,
        reviewers: &[Principal],
    ) -> Result<(), GrantError> {
        let standings = self.of(reviewers)?.unwrap_or_default();
        for (reviewer, standing) in reviewers.iter().zip(standings) {
            if !standing.reviews(program) {
                return Err(InputFault::ReviewerRole { reviewer: *reviewer }.into());
            }
        }
        Ok(())
    }

    /// Refuses a reviewer whose role is not effective any more (U4).
    pub(crate) fn need_reviewer(
        &self,
        program: ProgramId,
        reviewer: Principal,
    ) -> Result<(), GrantError> {
        for standing in self.of(&[reviewer])?.unwrap_or_default() {
            if !standing.reviews(program) {
                return Err(AccessFault::ReviewerRole.into());
            }
        }
        Ok(())
    }

    /// As [`Self::need_reviewer`], and refuses one who is the same user as one of the parties or
    /// shares a wallet with one of them (G6).
    pub(crate) fn need_independent(
        &self,
        program: ProgramId,
        reviewer: Principal,
        parties: &[Principal],
    ) -> Result<(), GrantError> {
        let everybody: Vec<Principal> = [reviewer].iter().chain(parties).copied().collect();
        let standings = self.of(&everybody)?.unwrap_or_default();
        let Some((own, parties)) = standings.split_first() else { return Ok(()) };
        if !own.reviews(program) {
            return Err(AccessFault::ReviewerRole.into());
        }
        if parties.iter().any(|party| own.is_close_to(party)) {
            return Err(AccessFault::Independence.into());
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "standing_tests.rs"]
mod tests;
