//! The identities of the tests and what each of them is.

use candid::Principal;
use granary_api::micro_grants::{Role, RoleGrant};

/// A part somebody plays. Each part is one person, so that a right can be traced to its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Nobody signed in.
    Anonymous,
    /// Somebody without any role or relation.
    Stranger,
    /// The author of the applications.
    Applicant,
    /// A trustee of the programme; there are more, see [`reviewer`].
    Reviewer,
    /// Holds `Role::ProgramManager`.
    Manager,
    /// Holds `Role::Treasurer`.
    Treasurer,
    /// Holds `Role::Auditor`.
    Auditor,
    /// Holds `Role::Operator`.
    Operator,
    /// Holds `Role::Backup`.
    Backup,
    /// Holds `Role::Governor`.
    Governor,
    /// Controls the canister and holds no role in it.
    Controller,
}

impl Who {
    /// Everybody.
    pub const ALL: [Self; 11] = [
        Self::Anonymous,
        Self::Stranger,
        Self::Applicant,
        Self::Reviewer,
        Self::Manager,
        Self::Treasurer,
        Self::Auditor,
        Self::Operator,
        Self::Backup,
        Self::Governor,
        Self::Controller,
    ];

    /// The identity; the same in every run.
    pub fn principal(self) -> Principal {
        match self {
            Self::Anonymous => Principal::anonymous(),
            Self::Reviewer => reviewer(0),
            other => person(&format!("{other:?}")),
        }
    }
}

/// A made-up identity of a user, the same for the same name.
pub fn person(name: &str) -> Principal {
    Principal::self_authenticating(name.as_bytes())
}

/// The trustees, from 0 on.
pub fn reviewer(number: usize) -> Principal {
    person(&format!("reviewer {number}"))
}

/// Applicants, from 0 on; none of them is [`Who::Applicant`].
pub fn applicant(number: usize) -> Principal {
    person(&format!("applicant {number}"))
}

/// The roles handed out at installation; the governor is named by the arguments themselves.
pub fn roles() -> Vec<RoleGrant> {
    [
        (Role::ProgramManager, Who::Manager),
        (Role::Treasurer, Who::Treasurer),
        (Role::Auditor, Who::Auditor),
        (Role::Operator, Who::Operator),
        (Role::Backup, Who::Backup),
    ]
    .map(|(role, who)| RoleGrant { role, holder: who.principal() })
    .to_vec()
}
