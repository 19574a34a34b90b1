//! The identities of the tests and what each of them is: a role, or a relation, or nobody.

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
    /// Manages programmes in `micro_grants`.
    Manager,
    /// Releases large payments in `micro_grants`.
    Treasurer,
    /// Keeps the people in `registry`.
    Registrar,
    /// Suspends people in `registry`.
    Compliance,
    /// Asks `registry` for standings, as other canisters do.
    Service,
    /// Posts to `portfolio`, as the execution canister does.
    Execution,
    /// Reads all of `portfolio`, as the canisters that decide do.
    Reader,
    /// Moves limits a little in `risk_guard`, and announces outflows.
    Steward,
    /// Holds seats in `risk_guard`.
    Guardian,
    /// Audits, everywhere.
    Auditor,
    /// Operates, everywhere.
    Operator,
    /// Takes backups, everywhere.
    Backup,
    /// Governs, everywhere.
    Governor,
    /// Controls the canister and holds no role in it.
    Controller,
}

impl Who {
    /// Everybody.
    pub const ALL: [Self; 18] = [
        Self::Anonymous,
        Self::Stranger,
        Self::Applicant,
        Self::Reviewer,
        Self::Manager,
        Self::Treasurer,
        Self::Registrar,
        Self::Compliance,
        Self::Service,
        Self::Execution,
        Self::Reader,
        Self::Steward,
        Self::Guardian,
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

/// The roles `micro_grants` hands out at installation; the governor is named by the arguments.
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
