//! Something went wrong, and what people do about it, in four phases.

use granary_stable::record::Record;
use minicbor::{Decode, Encode};

use crate::types::{Principal, Timestamp};

/// What people are at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Phase {
    /// Stop it from growing.
    #[n(0)]
    ImmediateActions,
    /// Find out.
    #[n(1)]
    Assessment,
    /// Repair.
    #[n(2)]
    Recovery,
    /// Learn.
    #[n(3)]
    PostIncident,
    /// Over.
    #[n(4)]
    Closed,
}

impl Phase {
    /// All phases in their order.
    pub const ALL: [Self; 5] = [
        Self::ImmediateActions,
        Self::Assessment,
        Self::Recovery,
        Self::PostIncident,
        Self::Closed,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ImmediateActions => "ImmediateActions",
            Self::Assessment => "Assessment",
            Self::Recovery => "Recovery",
            Self::PostIncident => "PostIncident",
            Self::Closed => "Closed",
        }
    }
}

/// A step of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Note {
    /// In which phase.
    #[n(0)]
    pub phase: Phase,
    /// When.
    #[n(1)]
    pub at: Timestamp,
    /// Who wrote it.
    #[cbor(n(2), with = "granary_kernel::cbor::principal")]
    pub by: Principal,
    /// What.
    #[n(3)]
    pub text: String,
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct IncidentV1 {
    /// One line.
    #[n(0)]
    pub title: String,
    /// Where it stands.
    #[n(1)]
    pub phase: Phase,
    /// When it was opened.
    #[n(2)]
    pub opened_at: Timestamp,
    /// The proposal it came from.
    #[n(3)]
    pub proposal: Option<u64>,
    /// What was written, oldest first.
    #[n(4)]
    pub notes: Vec<Note>,
}

/// The incident in its newest shape.
pub type Incident = IncidentV1;

impl Record for IncidentV1 {
    const NAME: &'static str = "incident";
    const VERSION: u8 = 1;
}
