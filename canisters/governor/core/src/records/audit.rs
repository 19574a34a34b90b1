//! What an audit and a rehearsal found.

use granary_stable::record::{self, Record};
use minicbor::{Decode, Encode};

use crate::types::{Hash, Principal, Timestamp, digest_of};

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Verdict {
    /// Nothing stands against it.
    #[n(0)]
    Pass,
    /// People should know.
    #[n(1)]
    Warn,
    /// It must not go on.
    #[n(2)]
    Fail,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CheckV1 {
    /// Name of the check, such as `module_hash`.
    #[n(0)]
    pub name: String,
    /// How it went.
    #[n(1)]
    pub verdict: Verdict,
    /// What was found, in a sentence.
    #[n(2)]
    pub detail: String,
}

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AuditV1 {
    /// When.
    #[n(0)]
    pub at: Timestamp,
    /// Who asked for it.
    #[cbor(n(1), with = "granary_kernel::cbor::principal")]
    pub by: Principal,
    /// The checks.
    #[n(2)]
    pub checks: Vec<CheckV1>,
}

impl Record for AuditV1 {
    const NAME: &'static str = "audit";
    const VERSION: u8 = 1;
}

impl AuditV1 {
    /// True when no check failed.
    pub fn can_proceed(&self) -> bool {
        self.checks.iter().all(|check| check.verdict != Verdict::Fail)
    }

    /// Name of the first check that failed; empty when none did.
    pub fn first_failure(&self) -> String {
        let failed = self.checks.iter().find(|check| check.verdict == Verdict::Fail);
        failed.map_or_else(String::new, |check| check.name.clone())
    }
}

/// How a rehearsal came by its copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum CopyWay {
    /// The network loaded the target's snapshot into the scratch canister.
    #[n(0)]
    Loaded,
    /// Somebody downloaded the snapshot and uploaded it again.
    #[n(1)]
    Carried,
}

/// The rehearsal of one canister.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RehearsedV1 {
    /// Which.
    #[cbor(n(0), with = "granary_kernel::cbor::principal")]
    pub target: Principal,
    /// The copy.
    #[cbor(n(1), with = "granary_kernel::cbor::principal")]
    pub scratch: Principal,
    /// The code that was tried.
    #[cbor(n(2), with = "granary_kernel::cbor::hash")]
    pub module: Hash,
    /// The state's digest before; none when the target worked meanwhile.
    #[cbor(n(3), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub digest_before: Option<Hash>,
    /// The state's digest after.
    #[cbor(n(4), with = "granary_kernel::cbor::opt_hash", has_nil)]
    pub digest_after: Option<Hash>,
    /// The schema before.
    #[n(5)]
    pub schema_before: u32,
    /// The schema after.
    #[n(6)]
    pub schema_after: u32,
    /// Records that were hashed after.
    #[n(7)]
    pub records: u64,
    /// Violations that were found.
    #[n(8)]
    pub violations: u64,
    /// Calls it took to migrate.
    #[n(9)]
    pub slices: u64,
    /// Cycles the scratch canister spent on it.
    #[cbor(n(10), with = "granary_stable::cbor::u128")]
    pub cycles: u128,
    /// Why it failed; empty when it did not.
    #[n(11)]
    pub problem: String,
}

/// A rehearsal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RehearsalV1 {
    /// Of which payload (V11).
    #[cbor(n(0), with = "granary_kernel::cbor::hash")]
    pub digest: Hash,
    /// When it began.
    #[n(1)]
    pub begun_at: Timestamp,
    /// When it ended.
    #[n(2)]
    pub ended_at: Option<Timestamp>,
    /// How the copies were made.
    #[n(3)]
    pub way: CopyWay,
    /// One for each canister, in the release's order.
    #[n(4)]
    pub canisters: Vec<RehearsedV1>,
}

impl Record for RehearsalV1 {
    const NAME: &'static str = "rehearsal";
    const VERSION: u8 = 1;
}

impl RehearsalV1 {
    /// True when it ended and nothing failed.
    pub fn succeeded(&self) -> bool {
        self.ended_at.is_some() && self.canisters.iter().all(|one| one.problem.is_empty())
    }

    /// What people vote on: SHA-256 over the stored bytes.
    pub fn hash(&self) -> Hash {
        digest_of("granary.rehearsal", &[&record::encode(self)])
    }
}
